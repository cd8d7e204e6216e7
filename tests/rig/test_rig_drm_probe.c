/* SPDX-License-Identifier: MIT */
/* The ladder for DRM devices, in a kernel that answers. */
#include <drm_fourcc.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <tenon/drm.h>

#include "harness.h"
#include "rig.h"

enum {
	WIDTH = 640,
	HEIGHT = 480,
	BYTES = WIDTH * HEIGHT * 4,
	ALL = TENON_PROBE_DMABUF | TENON_PROBE_IMPORT | TENON_PROBE_FRAMEBUFFER |
	      TENON_PROBE_COMMIT,
};

static struct tenon_layout *lay_out(const char *format, uint32_t width, uint32_t height)
{
	struct tenon_layout *layout = NULL;

	assert_int_equal(tenon_layout_create(&layout, tenon_format_from_name(format),
				 DRM_FORMAT_MOD_LINEAR, width, height, NULL, NULL),
		0);
	return layout;
}

static struct tenon_probe_result probe(struct tenon_drm_device *device, const char *format, int fd,
	uint32_t stages, const char *memory)
{
	struct tenon_drm_probe_options options = {.size = sizeof(options), .memory = memory};
	struct tenon_probe_result result = {.size = sizeof(result)};
	struct tenon_layout *layout = lay_out(format, WIDTH, HEIGHT);

	assert_int_equal(
		tenon_drm_device_probe(device, layout, &fd, 1, stages, &options, &result), 0);
	tenon_layout_destroy(layout);
	return result;
}

static struct tenon_drm_device *open_device(const char *driver)
{
	struct tenon_drm_device *device = NULL;
	int card = rig_open_card(driver);

	assert_true(card >= 0);
	assert_int_equal(tenon_drm_device_create(&device, card), 0);
	close(card);
	return device;
}

static void assert_refused(const struct tenon_probe_result *result, enum tenon_probe_stage stage,
	int error, uint32_t passed)
{
	assert_int_equal(result->refused, stage);
	assert_int_equal(result->error, error);
	assert_int_equal(result->passed, passed);
	assert_true(strlen(result->text) > 0);
}

static void check_passes(struct tenon_drm_device *device, int dmabuf)
{
	struct tenon_probe_result result = probe(device, "XRGB8888", dmabuf, ALL, NULL);

	assert_true(dmabuf >= 0);
	assert_string_equal(result.text, "");
	assert_int_equal(result.passed, ALL);
	assert_int_equal(result.asked, ALL);
	assert_int_equal(result.refused, 0);
	close(dmabuf);
	assert_int_equal(rig_dmabufs(), 0);
}

TEST(vkms_takes_all_memory)
{
	struct tenon_drm_device *device;
	uint32_t pitch;
	int card, memfd;

	rig_require();
	device = open_device("vkms");
	check_passes(device, rig_heap_alloc("system", BYTES));
	if (rig_guest_is("cma")) {
		check_passes(device, rig_heap_alloc("reserved", BYTES));
	}
	memfd = rig_memfd(BYTES);
	check_passes(device, rig_udmabuf(memfd, BYTES));
	close(memfd);
	card = rig_open_card("vgem");
	check_passes(device, rig_dumb(card, WIDTH, HEIGHT, &pitch));
	close(card);
	tenon_drm_device_unref(device);
}

TEST(each_stage_says_no)
{
	struct tenon_drm_device *vkms, *vgem;
	struct tenon_probe_result result;
	int memfd, small, dmabuf;

	rig_require();
	vkms = open_device("vkms");
	vgem = open_device("vgem");
	memfd = rig_memfd(BYTES);
	small = rig_heap_alloc("system", BYTES / 2);
	dmabuf = rig_heap_alloc("system", BYTES);
	result = probe(vkms, "XRGB8888", memfd, ALL, NULL);
	assert_refused(&result, TENON_PROBE_DMABUF, -EINVAL, 0);
	result = probe(vkms, "XRGB8888", small, ALL, NULL);
	assert_refused(&result, TENON_PROBE_DMABUF, -EINVAL, 0);
	assert_non_null(strstr(result.text, "1228800")); /* bytes that it should have */
	/* vkms has no such format */
	result = probe(vkms, "YUYV", dmabuf, ALL, NULL);
	assert_refused(
		&result, TENON_PROBE_FRAMEBUFFER, -EINVAL, TENON_PROBE_DMABUF | TENON_PROBE_IMPORT);
	assert_string_equal(result.text, "framebuffer: EINVAL (Invalid argument) from vkms for "
					 "YUYV 640x480, pitch 1280, offset 0, LINEAR (0x0), "
					 "614400 bytes");
	/* vgem has no screen */
	result = probe(vgem, "XRGB8888", dmabuf, ALL, NULL);
	assert_refused(&result, TENON_PROBE_FRAMEBUFFER, -EOPNOTSUPP,
		TENON_PROBE_DMABUF | TENON_PROBE_IMPORT);
	/* the kernel denies MAP_DUMB of others' memory */
	result = probe(vkms, "XRGB8888", dmabuf, TENON_PROBE_MAP, NULL);
	assert_refused(&result, TENON_PROBE_MAP, -EINVAL, TENON_PROBE_DMABUF | TENON_PROBE_IMPORT);
	close(memfd);
	close(small);
	close(dmabuf);
	assert_int_equal(rig_dmabufs(), 0);
	tenon_drm_device_unref(vkms);
	tenon_drm_device_unref(vgem);
}

TEST(commit_needs_the_right_to_set_modes)
{
	struct tenon_drm_device *device = NULL;
	struct tenon_probe_result result;
	int master, dmabuf;

	rig_require();
	master = rig_open_card("vkms");
	assert_true(drmIsMaster(master));
	device = open_device("vkms");
	dmabuf = rig_heap_alloc("system", BYTES);
	result = probe(device, "XRGB8888", dmabuf, ALL, "system");
	assert_int_equal(result.passed, ALL & ~TENON_PROBE_COMMIT);
	assert_int_equal(result.refused, 0);
	assert_int_equal(result.error, 0);
	assert_non_null(strstr(result.text, "not tried"));
	close(master);
	/* that is no answer to keep: now it is possible */
	result = probe(device, "XRGB8888", dmabuf, ALL, "system");
	assert_int_equal(result.passed, ALL);
	close(dmabuf);
	tenon_drm_device_unref(device);
}

static uint32_t count_planes(int card)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(card);
	uint32_t count;

	assert_non_null(planes);
	count = planes->count_planes;
	drmModeFreePlaneResources(planes);
	return count;
}

/* The probe works in the open file that has the right, and leaves it as it was. */
TEST(master_file_stays_as_it_was)
{
	struct tenon_drm_device *device = NULL;
	struct tenon_probe_result result;
	uint32_t before, universal, handle = 0;
	int master, dmabuf;

	rig_require();
	master = rig_open_card("vkms");
	assert_int_equal(tenon_drm_device_create(&device, master), 0);
	dmabuf = rig_heap_alloc("system", BYTES);
	assert_int_equal(drmPrimeFDToHandle(master, dmabuf, &handle), 0);
	before = count_planes(master);
	result = probe(device, "XRGB8888", dmabuf, ALL, NULL);
	assert_int_equal(result.passed, ALL);
	assert_int_equal(count_planes(master), before);
	assert_int_equal(drmSetClientCap(master, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1), 0);
	universal = count_planes(master);
	assert_true(universal > before);
	result = probe(device, "XRGB8888", dmabuf, ALL, NULL);
	assert_int_equal(result.passed, ALL);
	assert_int_equal(count_planes(master), universal);
	/* the handle that was there is good still */
	assert_int_equal(drmCloseBufferHandle(master, handle), 0);
	close(dmabuf);
	tenon_drm_device_unref(device);
	close(master);
}

/* Nobody is kept from setting modes by a probe that does not need the right. */
TEST(probe_takes_no_right_along)
{
	struct tenon_drm_device *device = NULL;
	int card, other, dmabuf;

	rig_require();
	card = rig_open_card("vkms");
	assert_int_equal(tenon_drm_device_create(&device, card), 0);
	assert_int_equal(drmDropMaster(card), 0);
	dmabuf = rig_heap_alloc("system", BYTES);
	probe(device, "XRGB8888", dmabuf, TENON_PROBE_FRAMEBUFFER, NULL);
	other = rig_open_card("vkms");
	assert_true(drmIsMaster(other));
	close(other);
	close(dmabuf);
	tenon_drm_device_unref(device);
	close(card);
}

TEST(answers_are_kept_until_forgotten)
{
	struct tenon_drm_device *device;
	struct tenon_probe_result result;
	int memfd, dmabuf;

	rig_require();
	device = open_device("vkms");
	memfd = rig_memfd(BYTES);
	dmabuf = rig_heap_alloc("system", BYTES);
	result = probe(device, "XRGB8888", dmabuf, ALL, "system");
	assert_int_equal(result.passed, ALL);
	/* the memory is not looked at any more */
	result = probe(device, "XRGB8888", memfd, ALL, "system");
	assert_int_equal(result.passed, ALL);
	/* but for other questions it is */
	result = probe(device, "XRGB8888", memfd, ALL, "memfd");
	assert_refused(&result, TENON_PROBE_DMABUF, -EINVAL, 0);
	result = probe(device, "XRGB8888", memfd, TENON_PROBE_IMPORT, "system");
	assert_refused(&result, TENON_PROBE_DMABUF, -EINVAL, 0);
	result = probe(device, "ARGB8888", memfd, ALL, "system");
	assert_refused(&result, TENON_PROBE_DMABUF, -EINVAL, 0);
	tenon_drm_device_forget_probes(device);
	result = probe(device, "XRGB8888", memfd, ALL, "system");
	assert_refused(&result, TENON_PROBE_DMABUF, -EINVAL, 0);
	close(memfd);
	close(dmabuf);
	tenon_drm_device_unref(device);
}

TEST(wrong_questions_are_refused)
{
	struct tenon_probe_result result = {.size = sizeof(result), .asked = 4711};
	struct tenon_drm_device *device;
	struct tenon_layout *layout;
	int fds[2];

	rig_require();
	device = open_device("vkms");
	layout = lay_out("XRGB8888", WIDTH, HEIGHT);
	fds[0] = fds[1] = rig_heap_alloc("system", BYTES);
	assert_int_equal(
		tenon_drm_device_probe(device, layout, fds, 2, ALL, NULL, &result), -EINVAL);
	assert_int_equal(
		tenon_drm_device_probe(device, layout, fds, 1, TENON_PROBE_QUEUE, NULL, &result),
		-EINVAL);
	fds[1] = -1;
	assert_int_equal(
		tenon_drm_device_probe(device, layout, &fds[1], 1, ALL, NULL, &result), -EBADF);
	result.size = 4;
	assert_int_equal(
		tenon_drm_device_probe(device, layout, fds, 1, ALL, NULL, &result), -EINVAL);
	assert_int_equal(result.asked, 4711);
	tenon_layout_destroy(layout);
	close(fds[0]);
	tenon_drm_device_unref(device);
}

TEST(framebuffer_holds_the_memory)
{
	struct tenon_drm_framebuffer *framebuffer = NULL;
	struct tenon_drm_device *device;
	struct tenon_layout *layout;
	drmModeFB2Ptr found;
	uint32_t id;
	int fd;

	rig_require();
	device = open_device("vkms");
	layout = lay_out("XRGB8888", WIDTH, HEIGHT);
	fd = rig_heap_alloc("system", BYTES);
	assert_int_equal(
		tenon_drm_framebuffer_create(&framebuffer, device, layout, &fd, 0), -EINVAL);
	assert_null(framebuffer);
	assert_int_equal(tenon_drm_framebuffer_create(&framebuffer, device, layout, &fd, 1), 0);
	close(fd);
	assert_int_equal(rig_dmabufs(), 1); /* it holds the memory */
	id = tenon_drm_framebuffer_get_id(framebuffer);
	found = drmModeGetFB2(tenon_drm_device_get_fd(device), id);
	assert_non_null(found);
	assert_int_equal(found->width, WIDTH);
	assert_int_equal(found->pitches[0], WIDTH * 4);
	assert_int_equal(found->pixel_format, DRM_FORMAT_XRGB8888);
	drmCloseBufferHandle(tenon_drm_device_get_fd(device), found->handles[0]);
	drmModeFreeFB2(found);
	tenon_drm_framebuffer_destroy(framebuffer);
	assert_null(drmModeGetFB2(tenon_drm_device_get_fd(device), id));
	assert_int_equal(rig_dmabufs(), 0);
	tenon_layout_destroy(layout);
	tenon_drm_device_unref(device);
}
