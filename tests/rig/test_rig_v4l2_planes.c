/* SPDX-License-Identifier: MIT */
/*
 * The multi-planar API: vivid with a buffer for each plane of NV12M, YUV420M and their like. A
 * dma-buf for each, of its own heap even; frames in the right one.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <string.h>
#include <unistd.h>

#include <tenon/v4l2.h>

#include "camera.h"
#include "harness.h"
#include "rig.h"

enum {
	WIDTH = 1920,
	HEIGHT = 1080, /* a plane of YUV444 is larger than a block of the system heap */
};

static struct tenon_v4l2_device *open_device(const char *name)
{
	struct tenon_v4l2_device *device = NULL;
	int fd;

	rig_require();
	fd = rig_open_video(name);
	assert_true(fd >= 0);
	assert_int_equal(tenon_v4l2_device_create(&device, fd), 0);
	close(fd);
	return device;
}

/* A layout within what the device offers for a format in one object, or one each. */
static struct tenon_layout *make_layout(
	struct tenon_v4l2_device *device, uint32_t format, uint64_t objects)
{
	const struct tenon_v4l2_offer_options options = {.size = sizeof(options),
		.width = WIDTH,
		.height = HEIGHT,
		.formats = &format,
		.formats_len = 1};
	struct tenon_layout *layout = NULL;
	struct tenon_offer *offer = NULL;

	assert_int_equal(
		tenon_v4l2_device_create_offer(&offer, device, NULL, TENON_ROLE_CAPTURE, &options),
		0);
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer); i++) {
		const struct tenon_limits *limits;
		uint64_t found = 0;

		assert_int_equal(
			tenon_offer_get_alternative(offer, i, NULL, NULL, NULL, &limits), 0);
		if (tenon_limits_get(limits, TENON_PROP_OBJECTS, TENON_PLANE_ALL, &found) == 0 &&
			found == objects) {
			assert_int_equal(tenon_layout_create(&layout, tenon_format_get(format), 0,
						 WIDTH, HEIGHT, limits, NULL),
				0);
		}
	}
	tenon_offer_unref(offer);
	return layout;
}

static void probe(struct tenon_v4l2_device *device, const struct tenon_layout *layout,
	const char *const *heaps, struct tenon_probe_result *result)
{
	const struct tenon_v4l2_probe_options options = {
		.size = sizeof(options),
		.role = TENON_ROLE_CAPTURE,
		.stages = TENON_PROBE_DATA,
		.timeout_ms = 20000,
	};
	size_t len = tenon_layout_get_objects_len(layout);
	int fds[TENON_MAX_PLANES];

	*result = (struct tenon_probe_result){.size = sizeof(*result)};
	for (size_t i = 0; i < len; i++) {
		size_t bytes = tenon_layout_get_object_size(layout, i);

		/* more than a block of the heap, so that it may not be contiguous by chance */
		fds[i] = strcmp(heaps[i], "system") == 0 ? rig_heap_alloc_scattered(4 << 20)
							 : rig_heap_alloc(heaps[i], bytes);
		assert_true(fds[i] >= 0);
	}
	assert_int_equal(tenon_v4l2_device_probe(device, layout, fds, len, &options, result), 0);
	for (size_t i = 0; i < len; i++) {
		close(fds[i]);
	}
}

static const char *const scattered[] = {"system", "system", "system"};
static const char *const contiguous[] = {"reserved", "reserved", "reserved"};
/* The last one: where another is refused, Linux 6.12 keeps the dma-bufs of those behind it for good
 * (__prepare_dmabuf() of videobuf2-core.c puts only those that it has attached). */
static const char *const mixed[] = {"reserved", "reserved", "system"};

TEST_TIMEOUT(each_plane_in_its_own_memory, 200)
{
	static const uint32_t formats[] = {
		DRM_FORMAT_NV12, DRM_FORMAT_YUV420, DRM_FORMAT_YUV422, DRM_FORMAT_YVU444};
	struct tenon_v4l2_device *device = open_device(CAMERA_ANY);
	struct tenon_v4l2_queue_info queue = {.size = sizeof(queue)};

	assert_int_equal(tenon_v4l2_device_get_queue(device, TENON_V4L2_CAPTURE, &queue), 0);
	assert_true(queue.multi_planar);
	assert_int_equal(queue.buffer_type, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tenon_layout *layout =
			make_layout(device, formats[i], TENON_OBJECTS_PER_PLANE);
		struct tenon_probe_result result;

		assert_non_null(layout);
		assert_int_equal(
			tenon_layout_get_objects_len(layout), tenon_layout_get_planes_len(layout));
		probe(device, layout, scattered, &result);
		assert_string_equal(result.text, "");
		assert_int_equal(result.passed, result.asked);
		tenon_layout_destroy(layout);
	}
	tenon_v4l2_device_unref(device);
	assert_int_equal(rig_dmabufs(), 0);
}

/* The same format in one buffer, with the same API. */
TEST_TIMEOUT(all_planes_in_one_memory, 100)
{
	struct tenon_v4l2_device *device = open_device(CAMERA_ANY);
	struct tenon_layout *layout = make_layout(device, DRM_FORMAT_NV12, TENON_OBJECTS_ONE);
	struct tenon_probe_result result;

	assert_non_null(layout);
	probe(device, layout, scattered, &result);
	assert_string_equal(result.text, "");
	assert_int_equal(result.passed, result.asked);
	tenon_layout_destroy(layout);
	tenon_v4l2_device_unref(device);
}

/* One plane in scattered memory is enough to be refused. */
TEST_TIMEOUT(each_plane_is_looked_at, 100)
{
	struct tenon_v4l2_device *device = open_device(CAMERA_CONTIGUOUS);
	struct tenon_layout *layout = make_layout(device, DRM_FORMAT_NV24, TENON_OBJECTS_ONE);
	struct tenon_probe_result result;

	tenon_layout_destroy(layout);
	layout = make_layout(device, DRM_FORMAT_YUV444, TENON_OBJECTS_PER_PLANE);
	assert_non_null(layout);
	probe(device, layout, contiguous, &result);
	assert_string_equal(result.text, "");
	assert_int_equal(result.passed, result.asked);
	probe(device, layout, mixed, &result);
	assert_int_equal(result.refused, TENON_PROBE_QUEUE);
	assert_int_equal(result.error, -EFAULT);
	tenon_layout_destroy(layout);
	tenon_v4l2_device_unref(device);
	assert_int_equal(rig_dmabufs(), 0);
}

/* vivid leaves room before the first plane of NV16M, as the API lets it (data_offset). Its size
 * tells nothing of that; the data does. */
TEST_TIMEOUT(data_that_begins_elsewhere, 100)
{
	struct tenon_v4l2_device *device = open_device(CAMERA_ANY);
	struct tenon_layout *layout = make_layout(device, DRM_FORMAT_NV16, TENON_OBJECTS_PER_PLANE);
	struct tenon_probe_result result;

	assert_non_null(layout);
	probe(device, layout, scattered, &result);
	assert_int_equal(result.refused, TENON_PROBE_DATA);
	assert_string_equal(
		result.text, "the driver puts plane 0 at byte 128 of its object, not at 0");
	tenon_layout_destroy(layout);
	tenon_v4l2_device_unref(device);
}
