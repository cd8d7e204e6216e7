/* SPDX-License-Identifier: MIT */
/* "tenon probe" as a board engineer meets it, on devices whose rules are known. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#include "camera.h"
#include "harness.h"
#include "rig.h"
#include "unit/client_run.h"

static struct result result;

static void probe(const char *args)
{
	setenv("TENON_HEAPS", "cma,system", 1);
	client_run(&result, args);
}

static void assert_says(const char *words)
{
	if (strstr(result.out, words) == NULL) {
		fail_msg("\"%s\" is not in:\n%s%s", words, result.out, result.err);
	}
}

static void assert_says_not(const char *words)
{
	if (strstr(result.out, words) != NULL) {
		fail_msg("\"%s\" is in:\n%s", words, result.out);
	}
}

/* The node of a video device of this name. */
static void video_node(char *out, size_t size, const char *name)
{
	char link[64];
	int fd = rig_open_video(name);
	ssize_t len;

	assert_true(fd >= 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, out, size - 1);
	assert_true(len > 0);
	out[len] = '\0';
	close(fd);
}

TEST(vkms_takes_all_and_has_a_greatest_size)
{
	rig_require();
	probe("probe vkms");
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, "");
	assert_says("vkms, in the device table\nXRGB8888 1366x768\n");
	assert_says("heap    contiguous  pitch  dma-buf  import  framebuffer  commit\n");
	assert_says("system  none         5464  ok       ok      ok           ok\n");
	assert_says("dumb    unknown      5632  ok       ok      ok           ok\n");
	if (rig_guest_is("cma")) {
		assert_says("cma     assured      5464  ok       ok      ok           ok\n");
	}
	/* what the kernel says of vkms: framebuffers up to 8192 x 8192, any pitch */
	assert_says("width-max    none   8192  too loose");
	assert_says("height-max   none   8192  too loose");
	assert_says_not("pitch-multiple  ");
	assert_says("[device vkms]\nbus = drm\n");
	assert_says("width-max.source = probed: framebuffer EINVAL at 8193x16");
	assert_int_equal(rig_dmabufs(), 0);
}

TEST(commit_is_not_tried_beside_a_master)
{
	int master;

	rig_require();
	master = rig_open_card("vkms");
	assert_true(drmIsMaster(master));
	probe("probe --no-search --heap system vkms");
	assert_int_equal(result.status, 0);
	assert_says("system  none         5464  ok       ok      ok           not tried\n");
	assert_says("commit not tried: somebody else");
	assert_says_not("cma");
	close(master);
}

TEST(gated_camera_takes_contiguous_memory_only)
{
	char node[64], args[128];

	rig_require();
	video_node(node, sizeof(node), CAMERA_CONTIGUOUS);
	snprintf(args, sizeof(args), "probe -f YUYV -s 1280x720 %s", node);
	probe(args);
	assert_string_equal(result.err, "");
	assert_says("system  none         2560  ok       ok      ok       EFAULT");
	if (rig_guest_is("cma")) {
		assert_int_equal(result.status, 0);
		assert_says("cma     assured      2560  ok       ok      ok       ok      ok\n");
		assert_says("segments-max ");
		assert_says("queue EFAULT at 1280x720");
	} else {
		assert_int_equal(result.status, 1);
		assert_says_not("segments-max");
	}
	assert_int_equal(rig_dmabufs(), 0);
}

TEST(nothing_passes)
{
	rig_require();
	probe("probe --json --heap system -f NV12 vkms");
	assert_int_equal(result.status, 1);
	assert_says("\"passes\": false");
	assert_says("\"refused\": \"framebuffer\"");
	assert_says("\"errno\": 22");
	assert_says("\"passed\": [\n        \"dma-buf\",\n        \"import\"\n      ]");
	assert_says("\"questions\": null");
}

TEST(render_device_imports)
{
	rig_require();
	probe("probe --heap system --json vgem");
	assert_int_equal(result.status, 0);
	assert_says("\"stages\": [\n    \"dma-buf\",\n    \"import\"\n  ]");
	assert_says("\"passes\": true");
	assert_says("\"findings\": [\n  ]");
	assert_says("\"corrected\": null");
}
