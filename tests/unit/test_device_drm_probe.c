/* SPDX-License-Identifier: MIT */
/* Imports and the ladder of DRM devices, against a driver that refuses, fails and goes. */
#include <drm.h>
#include <drm_fourcc.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <linux/dma-heap.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <tenon/drm.h>

#include "fake/kernel.h"
#include "harness.h"
#include "oom.h"

enum {
	WIDTH = 640,
	HEIGHT = 480,
	BYTES = 1 << 21,
	NO_COMMIT = TENON_PROBE_DMABUF | TENON_PROBE_IMPORT | TENON_PROBE_FRAMEBUFFER,
	ALL = NO_COMMIT | TENON_PROBE_COMMIT,
};

static const uint32_t formats[] = {DRM_FORMAT_XRGB8888, DRM_FORMAT_NV12};

static const struct fake_drm plain = {
	.driver = "fake",
	.formats = formats,
	.formats_len = 2,
	.mode_width = WIDTH,
	.mode_height = HEIGHT,
};

static char directory[100];

/* A device of this configuration, and the heap "system". */
static struct tenon_drm_device *start(const struct fake_drm *config)
{
	struct tenon_drm_device *device = NULL;

	snprintf(directory, sizeof(directory), "%s", fake_start());
	fake_add_dma_heap("system", UINT64_MAX);
	assert_int_equal(tenon_drm_device_open(&device, fake_add_drm("card0", config)), 0);
	assert_string_equal(tenon_drm_device_get_driver(device), config->driver);
	return device;
}

static void finish(struct tenon_drm_device *device)
{
	if (device != NULL) {
		assert_int_equal(fake_drm_objects(tenon_drm_device_get_fd(device)), 0);
	}
	tenon_drm_device_unref(device);
	fake_finish();
}

static int alloc(void)
{
	struct dma_heap_allocation_data data = {.len = BYTES, .fd_flags = O_RDWR | O_CLOEXEC};
	char path[160];
	int node;

	snprintf(path, sizeof(path), "%s/system", directory);
	node = open(path, O_RDWR | O_CLOEXEC);
	assert_true(node >= 0);
	assert_int_equal(ioctl(node, DMA_HEAP_IOCTL_ALLOC, &data), 0);
	close(node);
	return (int)data.fd;
}

/* With rows of so many bytes; 0: no padding. */
static struct tenon_layout *lay_out(uint32_t format, uint64_t pitch)
{
	struct tenon_limits *limits = NULL;
	struct tenon_layout *layout = NULL;

	assert_int_equal(tenon_limits_create(&limits), 0);
	if (pitch != 0) {
		assert_int_equal(
			tenon_limits_set(limits, TENON_PROP_PITCH_EXACT, TENON_PLANE_ALL, pitch),
			0);
	}
	assert_int_equal(tenon_layout_create(&layout, tenon_format_get(format),
				 DRM_FORMAT_MOD_LINEAR, WIDTH, HEIGHT, limits, NULL),
		0);
	tenon_limits_destroy(limits);
	return layout;
}

struct ask {
	struct tenon_drm_device *device;
	int fd;
	uint64_t pitch;
	uint32_t stages;
	const char *memory;
	struct tenon_probe_result result;
};

static int probe(struct ask *ask)
{
	struct tenon_drm_probe_options options = {.size = sizeof(options), .memory = ask->memory};
	struct tenon_layout *layout = lay_out(DRM_FORMAT_XRGB8888, ask->pitch);
	int ret;

	ask->result = (struct tenon_probe_result){.size = sizeof(ask->result)};
	ret = tenon_drm_device_probe(
		ask->device, layout, &ask->fd, 1, ask->stages, &options, &ask->result);
	tenon_layout_destroy(layout);
	return ret;
}

/* Asks once, of a device with these rules. */
static struct tenon_probe_result probe_once(const struct fake_drm *config, uint64_t pitch)
{
	struct ask ask = {.pitch = pitch, .stages = ALL};

	ask.device = start(config);
	ask.fd = alloc();
	assert_int_equal(probe(&ask), 0);
	close(ask.fd);
	finish(ask.device);
	return ask.result;
}

static void assert_says(const struct tenon_probe_result *result, const char *words)
{
	if (strstr(result->text, words) == NULL) {
		fail_msg("\"%s\" is not in: %s", words, result->text);
	}
}

TEST(all_stages_pass)
{
	struct fake_drm config = plain;
	struct tenon_probe_result result = probe_once(&config, 0);

	assert_int_equal(result.passed, ALL);
	assert_string_equal(result.text, "");
}

TEST(import_is_refused)
{
	struct fake_drm config = plain;
	struct tenon_probe_result result;

	config.contiguous = true;
	result = probe_once(&config, 0);
	assert_int_equal(result.refused, TENON_PROBE_IMPORT);
	assert_int_equal(result.error, -EINVAL);
	assert_int_equal(result.passed, TENON_PROBE_DMABUF);
}

TEST(framebuffer_is_refused_with_its_values)
{
	struct fake_drm config = plain;
	struct tenon_probe_result result;

	config.pitch_multiple = 256;
	result = probe_once(&config, WIDTH * 4 + 64);
	assert_int_equal(result.refused, TENON_PROBE_FRAMEBUFFER);
	assert_int_equal(result.error, -EINVAL);
	assert_int_equal(result.passed, TENON_PROBE_DMABUF | TENON_PROBE_IMPORT);
	assert_says(
		&result, "EINVAL (Invalid argument) from fake for XRGB8888 640x480, pitch 2624");
}

/* A commit that fails for this buffer and not for the device's own: the buffer is to blame. */
TEST(commit_is_refused)
{
	struct fake_drm config = plain;
	struct tenon_probe_result result;

	config.commit_pitch_multiple = 512;
	result = probe_once(&config, WIDTH * 4 + 64);
	assert_int_equal(result.refused, TENON_PROBE_COMMIT);
	assert_int_equal(result.error, -EINVAL);
	assert_int_equal(result.passed, NO_COMMIT);
	assert_says(&result, "pitch 2624");
}

/* One that fails for any buffer says nothing. */
TEST(commit_that_never_passes_is_no_refusal)
{
	struct fake_drm config = plain;
	struct tenon_probe_result result;

	config.nothing_commits = true;
	result = probe_once(&config, 0);
	assert_int_equal(result.refused, 0);
	assert_int_equal(result.passed, NO_COMMIT);
	assert_says(&result, "commit not tried");
	assert_says(&result, "its own memory, too");
}

TEST(commit_cannot_be_tried)
{
	struct fake_drm config = plain;
	struct tenon_probe_result result;

	config.mode_width = 0;
	result = probe_once(&config, 0);
	assert_int_equal(result.passed, NO_COMMIT);
	assert_int_equal(result.refused, 0);
	assert_says(&result, "no connected output");
}

TEST(commit_needs_an_atomic_driver)
{
	struct fake_drm config = plain;
	struct tenon_probe_result result;

	config.not_atomic = true;
	result = probe_once(&config, 0);
	assert_int_equal(result.passed, NO_COMMIT);
	assert_int_equal(result.refused, 0);
	assert_says(&result, "no atomic mode setting");
}

/* A picture smaller than the screen on a plane that must cover it: nobody's buffer fits. */
TEST(plane_that_must_cover_the_screen)
{
	struct fake_drm config = plain;
	struct tenon_probe_result result;

	config.mode_width = 2 * WIDTH;
	config.covers = true;
	config.active = true;
	result = probe_once(&config, 0);
	assert_int_equal(result.passed, NO_COMMIT);
	assert_int_equal(result.refused, 0);
}

/* The output is in use, and shows a part of the picture. */
TEST(screen_smaller_than_the_picture)
{
	struct fake_drm config = plain;
	struct tenon_probe_result result;

	config.mode_width = WIDTH / 2;
	config.mode_height = HEIGHT / 2;
	config.covers = true;
	config.active = true;
	result = probe_once(&config, 0);
	assert_int_equal(result.passed, ALL);
}

TEST(device_that_shows_nothing)
{
	struct fake_drm config = plain;
	struct tenon_probe_result result;

	config.no_screen = true;
	result = probe_once(&config, 0);
	assert_int_equal(result.refused, TENON_PROBE_FRAMEBUFFER);
	assert_int_equal(result.error, -EOPNOTSUPP);
}

TEST(render_node_is_not_asked_to_show)
{
	struct fake_drm config = plain;
	struct tenon_probe_result result;

	config.render_node = true;
	result = probe_once(&config, 0);
	assert_int_equal(result.refused, 0);
	assert_int_equal(result.error, 0);
	assert_int_equal(result.passed, TENON_PROBE_DMABUF | TENON_PROBE_IMPORT);
	assert_says(&result, "render node");
}

/* A device that goes at each of its ioctls is an error, no answer, and leaves nothing. */
TEST(unplugged_device_is_no_answer)
{
	struct ask ask = {.stages = ALL, .memory = "system"};

	ask.device = start(&plain);
	ask.fd = alloc();
	assert_int_equal(probe(&ask), 0);
	assert_int_equal(ask.result.passed, ALL);
	tenon_drm_device_forget_probes(ask.device);
	fake_drm_unplug("card0");
	ask.result.asked = 4711;
	assert_int_equal(probe(&ask), -ENODEV);
	assert_int_equal(ask.result.passed, 0);
	assert_int_equal(probe(&ask), -ENODEV);
	close(ask.fd);
	tenon_drm_device_unref(ask.device);
	fake_finish();
}

/* Each ioctl fails once, in turn: always an errno or an answer with a stage, never a leak. */
TEST(every_failing_ioctl_is_survived)
{
	static const unsigned long requests[] = {DRM_IOCTL_PRIME_FD_TO_HANDLE,
		DRM_IOCTL_MODE_ADDFB2, DRM_IOCTL_AUTH_MAGIC, DRM_IOCTL_SET_CLIENT_CAP,
		DRM_IOCTL_MODE_GETRESOURCES, DRM_IOCTL_MODE_GETCONNECTOR, DRM_IOCTL_MODE_GETENCODER,
		DRM_IOCTL_MODE_GETCRTC, DRM_IOCTL_MODE_GETPLANERESOURCES, DRM_IOCTL_MODE_GETPLANE,
		DRM_IOCTL_MODE_OBJ_GETPROPERTIES, DRM_IOCTL_MODE_GETPROPERTY,
		DRM_IOCTL_MODE_CREATEPROPBLOB, DRM_IOCTL_MODE_ATOMIC, DRM_IOCTL_GET_CAP,
		DRM_IOCTL_MODE_RMFB};
	static const int errors[] = {ENOMEM, EINVAL, ENODEV, EACCES, EBUSY};
	struct ask ask = {.stages = ALL};

	ask.device = start(&plain);
	ask.fd = alloc();
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++) {
			int ret;

			fake_fail(requests[i], errors[e], 1);
			ret = probe(&ask);
			fake_fail(requests[i], errors[e], 0);
			assert_true(ret <= 0);
			if (ret == 0 && ask.result.passed != ALL) {
				assert_true(ask.result.text[0] != '\0');
			}
			/* the framebuffer that could not be removed goes with the file */
			if (requests[i] != DRM_IOCTL_MODE_RMFB) {
				assert_int_equal(
					fake_drm_objects(tenon_drm_device_get_fd(ask.device)), 0);
			}
		}
	}
	close(ask.fd);
	tenon_drm_device_unref(ask.device);
	fake_finish();
}

static int probe_it(void *data)
{
	struct ask *ask = data;
	struct tenon_probe_result result = {.size = sizeof(result)};
	struct tenon_layout *layout = NULL;
	int ret = tenon_layout_create(&layout, tenon_format_get(DRM_FORMAT_XRGB8888),
		DRM_FORMAT_MOD_LINEAR, WIDTH, HEIGHT, NULL, NULL);

	if (ret == 0) {
		ret = tenon_drm_device_probe(
			ask->device, layout, &ask->fd, 1, NO_COMMIT, NULL, &result);
	}
	tenon_layout_destroy(layout);
	return ret;
}

static int import_twice(void *data)
{
	struct ask *ask = data;
	struct tenon_drm_import *first = NULL, *second = NULL;
	int ret = tenon_drm_device_import(&first, ask->device, ask->fd);

	if (ret == 0) {
		ret = tenon_drm_device_import(&second, ask->device, ask->fd);
	}
	tenon_drm_import_unref(second);
	tenon_drm_import_unref(first);
	return ret;
}

static int make_framebuffer(void *data)
{
	struct ask *ask = data;
	struct tenon_drm_framebuffer *framebuffer = NULL;
	struct tenon_layout *layout = NULL;
	int ret = tenon_layout_create(&layout, tenon_format_get(DRM_FORMAT_XRGB8888),
		DRM_FORMAT_MOD_LINEAR, WIDTH, HEIGHT, NULL, NULL);

	if (ret == 0) {
		ret = tenon_drm_framebuffer_create(&framebuffer, ask->device, layout, &ask->fd, 1);
	}
	tenon_drm_framebuffer_destroy(framebuffer);
	tenon_layout_destroy(layout);
	return ret;
}

TEST(out_of_memory)
{
	struct ask ask = {.stages = ALL};

	ask.device = start(&plain);
	ask.fd = alloc();
	assert_true(oom_run(import_twice, &ask) > 0);
	assert_true(oom_run(make_framebuffer, &ask) > 0);
	assert_true(oom_run(probe_it, &ask) > 0);
	close(ask.fd);
	finish(ask.device);
}

TEST(failed_import_leaves_no_entry)
{
	struct tenon_drm_import *import = NULL;
	struct tenon_drm_device *device = start(&plain);
	int fd = alloc();

	fake_fail(DRM_IOCTL_PRIME_FD_TO_HANDLE, EINVAL, 1);
	assert_int_equal(tenon_drm_device_import(&import, device, fd), -EINVAL);
	assert_null(import);
	assert_int_equal(tenon_drm_device_import(&import, device, fd), 0);
	fake_fail(DRM_IOCTL_PRIME_HANDLE_TO_FD, EMFILE, 1);
	assert_int_equal(tenon_drm_import_export(import, &fd), -EMFILE);
	close(fd);
	tenon_drm_import_unref(import);
	finish(device);
}

/* Planes of one object, and each in its own. */
TEST(framebuffer_of_several_objects)
{
	struct tenon_drm_framebuffer *framebuffer = NULL;
	struct tenon_drm_device *device = start(&plain);
	struct tenon_plane_layout planes[2] = {
		{.object = 0, .pitch = WIDTH}, {.object = 1, .pitch = WIDTH}};
	const uint64_t sizes[2] = {WIDTH * HEIGHT, WIDTH * HEIGHT / 2};
	struct tenon_layout *layout = NULL;
	int fds[2] = {alloc(), alloc()};

	assert_int_equal(tenon_layout_create_from_planes(&layout, tenon_format_get(DRM_FORMAT_NV12),
				 DRM_FORMAT_MOD_LINEAR, WIDTH, HEIGHT, planes, 2, sizes, 2),
		0);
	assert_int_equal(tenon_drm_framebuffer_create(&framebuffer, device, layout, fds, 2), 0);
	/* handles are given up; the fake's framebuffer keeps nothing */
	assert_int_equal(fake_drm_objects(tenon_drm_device_get_fd(device)), 1);
	tenon_drm_framebuffer_destroy(framebuffer);
	framebuffer = NULL;
	assert_int_equal(
		tenon_drm_framebuffer_create(&framebuffer, device, layout, fds, 1), -EINVAL);
	tenon_layout_destroy(layout);
	/* an offset that the ioctl cannot say */
	planes[1] = (struct tenon_plane_layout){
		.object = 0, .pitch = WIDTH, .offset = UINT64_C(1) << 32};
	assert_int_equal(tenon_layout_create_from_planes(&layout, tenon_format_get(DRM_FORMAT_NV12),
				 DRM_FORMAT_MOD_LINEAR, WIDTH, HEIGHT, planes, 2,
				 (uint64_t[]){UINT64_C(1) << 33}, 1),
		0);
	assert_int_equal(
		tenon_drm_framebuffer_create(&framebuffer, device, layout, fds, 1), -EOVERFLOW);
	assert_null(framebuffer);
	tenon_layout_destroy(layout);
	close(fds[0]);
	close(fds[1]);
	finish(device);
}

/* What may pass is asked again; what holds is not. */
TEST(answers_that_may_pass_are_not_kept)
{
	struct ask ask = {.stages = ALL, .memory = "system"};
	unsigned calls;

	ask.device = start(&plain);
	ask.fd = alloc();
	fake_fail(DRM_IOCTL_MODE_ADDFB2, ENOSPC, 1);
	assert_int_equal(probe(&ask), 0);
	assert_int_equal(ask.result.error, -ENOSPC);
	assert_int_equal(probe(&ask), 0);
	assert_int_equal(ask.result.passed, ALL);
	calls = fake_calls(DRM_IOCTL_MODE_ADDFB2);
	assert_int_equal(probe(&ask), 0);
	assert_int_equal(fake_calls(DRM_IOCTL_MODE_ADDFB2), calls);
	/* and neither is one with another pitch, or without a name */
	ask.pitch = WIDTH * 4 + 256;
	assert_int_equal(probe(&ask), 0);
	assert_true(fake_calls(DRM_IOCTL_MODE_ADDFB2) > calls);
	ask.memory = NULL;
	calls = fake_calls(DRM_IOCTL_MODE_ADDFB2);
	assert_int_equal(probe(&ask), 0);
	assert_int_equal(probe(&ask), 0);
	assert_int_equal(fake_calls(DRM_IOCTL_MODE_ADDFB2), calls + 2);
	close(ask.fd);
	finish(ask.device);
}

/* The oldest answer makes place. */
TEST(many_answers)
{
	struct ask ask = {.stages = TENON_PROBE_IMPORT, .memory = "system"};
	unsigned calls;

	ask.device = start(&plain);
	ask.fd = alloc();
	for (uint64_t i = 0; i < 80; i++) {
		ask.pitch = WIDTH * 4 + 4 * i;
		assert_int_equal(probe(&ask), 0);
	}
	calls = fake_calls(DRM_IOCTL_PRIME_FD_TO_HANDLE);
	assert_int_equal(probe(&ask), 0);
	assert_int_equal(fake_calls(DRM_IOCTL_PRIME_FD_TO_HANDLE), calls);
	ask.pitch = WIDTH * 4;
	assert_int_equal(probe(&ask), 0);
	assert_int_equal(fake_calls(DRM_IOCTL_PRIME_FD_TO_HANDLE), calls + 1);
	close(ask.fd);
	finish(ask.device);
}
