/* SPDX-License-Identifier: MIT */
/*
 * The probe of a V4L2 device and memory that a kernel maps wrongly: Linux 6.12 takes a udmabuf of
 * huge pages and writes the frame elsewhere. The oracle, which compares with a picture of another
 * camera, says what is true; the probe, which knows no other camera, must say the same.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tenon/v4l2.h>

#include "camera.h"
#include "harness.h"
#include "oracle.h"
#include "pages.h"
#include "rig.h"

enum {
	WIDTH = 1280,
	HEIGHT = 720,
	SMALL = 4096,
	HUGE = 2 << 20,
	POOL = 100,        /* huge pages */
	POOL_SMALL = 8192, /* 32 MiB */
	FRAME_PAGES = WIDTH * HEIGHT * 4 / SMALL,
	STAGES = TENON_PROBE_DMABUF | TENON_PROBE_FORMAT | TENON_PROBE_REQUEST | TENON_PROBE_QUEUE |
		 TENON_PROBE_DATA,
};

/* A contiguous dma-buf of pages, and what both say of it. */
struct memory {
	const char *name;
	struct pages pages;
	int dmabuf;
	size_t bytes;
	struct oracle_result truth;
	struct tenon_probe_result probed;
};

static void make_huge(struct memory *memory)
{
	size_t run[POOL];

	memory->name = "huge pages";
	assert_in_range(pages_scramble(HUGE), POOL, 512);
	assert_int_equal(pages_init(&memory->pages, POOL, HUGE), 0);
	assert_true(pages_find_run(&memory->pages, run) >= 2);
	memory->bytes = 2 * HUGE;
	memory->dmabuf = pages_udmabuf(&memory->pages, run, 2);
	assert_true(memory->dmabuf >= 0);
}

static void make_small(struct memory *memory)
{
	static size_t run[POOL_SMALL];

	memory->name = "small pages";
	assert_int_equal(pages_init(&memory->pages, POOL_SMALL, SMALL), 0);
	assert_true(pages_find_run(&memory->pages, run) >= FRAME_PAGES);
	memory->bytes = (size_t)FRAME_PAGES * SMALL;
	memory->dmabuf = pages_udmabuf(&memory->pages, run, FRAME_PAGES);
	assert_true(memory->dmabuf >= 0);
}

static void memory_finish(struct memory *memory)
{
	close(memory->dmabuf);
	pages_finish(&memory->pages);
}

/* Asks both, and whether they agree. */
static void judge(
	struct memory *memory, struct tenon_v4l2_device *device, const struct tenon_layout *layout)
{
	const struct tenon_v4l2_probe_options options = {
		.size = sizeof(options),
		.role = TENON_ROLE_CAPTURE,
		.stages = STAGES,
		.timeout_ms = 30000,
		.memory = memory->name,
	};

	memory->probed.size = sizeof(memory->probed);
	assert_int_equal(tenon_v4l2_device_probe(
				 device, layout, &memory->dmabuf, 1, &options, &memory->probed),
		0);
	print_message("# %s: passed %x, refused %x: %s\n", memory->name, memory->probed.passed,
		memory->probed.refused, memory->probed.text);
	/* contiguous they are, so queueing goes well with either */
	assert_int_equal(memory->probed.passed & TENON_PROBE_QUEUE, TENON_PROBE_QUEUE);
	assert_int_equal(oracle_ask(memory->dmabuf, memory->bytes, &memory->truth), 0);
	assert_int_equal(memory->truth.refused, 0);
	if (memory->truth.pages_wrong > 0) {
		assert_int_equal(memory->probed.refused, TENON_PROBE_DATA);
		assert_int_equal(memory->probed.error, -EBADMSG);
		assert_non_null(strstr(memory->probed.text, "it went elsewhere"));
	} else {
		assert_int_equal(memory->probed.refused, 0);
		assert_int_equal(memory->probed.passed, STAGES);
	}
}

/* Of two kinds of contiguous memory the first that the probe finds good is taken, and then is. */
TEST_TIMEOUT(memory_that_is_mapped_wrongly_is_found_and_another_taken, 240)
{
	static void (*const makers[])(struct memory * memory) = {make_huge, make_small};
	struct tenon_v4l2_device *device = NULL;
	struct tenon_layout *layout = NULL;
	static struct memory kinds[2];
	struct memory *taken = NULL;
	int node;

	rig_require();
	assert_int_equal(rig_raise_udmabuf_limits(), 0);
	node = rig_open_video(CAMERA_CONTIGUOUS);
	assert_true(node >= 0);
	assert_int_equal(tenon_v4l2_device_create(&device, node), 0);
	close(node);
	assert_int_equal(tenon_layout_create(&layout, tenon_format_get(DRM_FORMAT_XRGB8888), 0,
				 WIDTH, HEIGHT, NULL, NULL),
		0);
	for (size_t i = 0; i < 2; i++) {
		makers[i](&kinds[i]);
		judge(&kinds[i], device, layout);
		if (taken == NULL && kinds[i].probed.passed == STAGES) {
			taken = &kinds[i];
		}
	}
	assert_non_null(taken);
	assert_int_equal(taken->truth.pages_wrong, 0);
	if (kinds[0].truth.pages_wrong == 0) {
		print_message("# this kernel maps huge pages right\n");
	} else {
		assert_string_equal(taken->name, "small pages");
	}
	memory_finish(&kinds[1]);
	memory_finish(&kinds[0]);
	tenon_layout_destroy(layout);
	tenon_v4l2_device_unref(device);
}
