/* SPDX-License-Identifier: MIT */
/*
 * V4L2 devices as they are: what the library learns of vivid without disturbing it, the offers it
 * makes of it, and the ladder that a buffer is tried by.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tenon/v4l2.h>

#include "camera.h"
#include "harness.h"
#include "rig.h"

enum {
	WIDTH = 640,
	HEIGHT = 480,
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

static struct tenon_device_table *load_table(void)
{
	struct tenon_device_table *table = NULL;

	assert_int_equal(tenon_device_table_load(&table, NULL, NULL), 0);
	return table;
}

/* The offer for one format, which it must have. */
static const struct tenon_limits *limits_of(struct tenon_offer *offer, uint32_t format)
{
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer); i++) {
		const struct tenon_format_modifier *pairs;
		const struct tenon_limits *limits;
		size_t len;

		assert_int_equal(
			tenon_offer_get_alternative(offer, i, NULL, &pairs, &len, &limits), 0);
		for (size_t j = 0; j < len; j++) {
			if (pairs[j].format == format) {
				assert_int_equal(pairs[j].modifier, DRM_FORMAT_MOD_LINEAR);
				return limits;
			}
		}
	}
	fail_msg("the format is not offered");
	return NULL;
}

static void assert_limit(const struct tenon_limits *limits, enum tenon_property property,
	uint32_t plane, uint64_t value, const char *source)
{
	uint64_t found = 0;

	assert_int_equal(tenon_limits_get(limits, property, plane, &found), 0);
	assert_int_equal(found, value);
	assert_non_null(tenon_limits_get_source(limits, property));
	assert_non_null(strstr(tenon_limits_get_source(limits, property), source));
}

TEST(facts)
{
	struct tenon_v4l2_device *device = open_device(CAMERA_ANY);
	struct tenon_v4l2_queue_info queue = {.size = sizeof(queue)};
	struct tenon_v4l2_sizes *sizes = NULL;
	size_t len = 0, known = 0;

	assert_string_equal(tenon_v4l2_device_get_driver(device), "vivid");
	assert_string_equal(tenon_v4l2_device_get_bus_info(device), "platform:vivid-000");
	assert_false(tenon_v4l2_device_is_m2m(device));
	assert_int_equal(tenon_v4l2_device_get_queue(device, TENON_V4L2_OUTPUT, &queue), -ENODEV);
	assert_int_equal(tenon_v4l2_device_get_queue(device, TENON_V4L2_CAPTURE, &queue), 0);
	assert_int_equal(queue.buffer_type, V4L2_BUF_TYPE_VIDEO_CAPTURE);
	assert_int_equal(queue.memory,
		TENON_V4L2_MEMORY_MMAP | TENON_V4L2_MEMORY_USERPTR | TENON_V4L2_MEMORY_DMABUF);
	for (size_t i = 0; i < tenon_v4l2_device_get_formats_len(device, TENON_V4L2_CAPTURE); i++) {
		struct tenon_v4l2_format format = {.size = sizeof(format)};

		assert_int_equal(
			tenon_v4l2_device_get_format(device, TENON_V4L2_CAPTURE, i, &format), 0);
		known += format.known;
	}
	assert_in_range(known, 40, 100);
	assert_int_equal(tenon_v4l2_device_dup_sizes(device, V4L2_PIX_FMT_YUYV, &sizes, &len), 0);
	assert_in_range(len, 5, 10);
	assert_int_equal(sizes[0].width_min, 320);
	assert_int_equal(sizes[0].width_max, 320);
	free(sizes);
	assert_int_equal(tenon_v4l2_device_dup_sizes(device, 0, &sizes, &len), -ENOTSUP);
	tenon_v4l2_device_unref(device);
}

/* What is asked leaves a stream alone, and the buffers of a program that does not stream yet. */
TEST(asking_disturbs_nobody)
{
	struct tenon_v4l2_device *device = NULL;
	struct tenon_offer *offer = NULL;
	struct tenon_v4l2_offer_options options = {
		.size = sizeof(options), .width = 1280, .height = 720, .probe = true};
	struct camera camera;
	int index;

	rig_require();
	assert_int_equal(
		camera_open(&camera, CAMERA_ANY, WIDTH, HEIGHT, V4L2_PIX_FMT_XBGR32, 0), 0);
	assert_int_equal(camera_make(&camera, 3), 0);
	for (int streams = 0; streams < 2; streams++) {
		if (streams) {
			assert_int_equal(camera_start(&camera), 0);
		}
		/* of the program's own open file, so that the driver cannot tell them apart */
		assert_int_equal(tenon_v4l2_device_create(&device, camera.fd), 0);
		assert_int_equal(tenon_v4l2_device_create_offer(
					 &offer, device, NULL, TENON_ROLE_CAPTURE, &options),
			0);
		assert_int_equal(tenon_v4l2_device_needs_contiguous(device), TENON_UNKNOWN);
		tenon_offer_unref(offer);
		tenon_v4l2_device_unref(device);
	}
	for (int i = 0; i < 5; i++) {
		index = camera_take(&camera, 5000);
		assert_in_range(index, 0, 2);
		assert_int_equal(camera_give_back(&camera, index), 0);
	}
	assert_int_equal(camera_stop(&camera), 0);
	camera_close(&camera);
}

TEST(offer_of_a_size)
{
	static const char source[] = "driver: VIDIOC_TRY_FMT at 640x480";
	struct tenon_v4l2_device *device = open_device(CAMERA_ANY);
	struct tenon_device_table *table = load_table();
	struct tenon_v4l2_offer_options options = {
		.size = sizeof(options), .width = WIDTH, .height = HEIGHT};
	struct tenon_offer *offer = NULL;
	const struct tenon_limits *limits;
	uint64_t value;

	assert_int_equal(
		tenon_v4l2_device_create_offer(&offer, device, table, TENON_ROLE_CAPTURE, &options),
		0);
	assert_string_equal(tenon_offer_get_device(offer), "vivid");
	limits = limits_of(offer, DRM_FORMAT_XRGB8888);
	assert_limit(limits, TENON_PROP_PITCH_MULTIPLE, 0, 1, source);
	assert_limit(limits, TENON_PROP_PITCH_MAX, 0, 65536, source);
	assert_limit(limits, TENON_PROP_WIDTH_MIN, TENON_PLANE_ALL, WIDTH, source);
	assert_limit(limits, TENON_PROP_HEIGHT_MAX, TENON_PLANE_ALL, HEIGHT, source);
	assert_limit(limits, TENON_PROP_OWN_FD, TENON_PLANE_ALL, 1, "videobuf2");
	/* the table has vivid twice, and does not know which one this is */
	assert_true(tenon_limits_is_unknown(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL));
	limits = limits_of(offer, DRM_FORMAT_NV12);
	assert_limit(limits, TENON_PROP_PITCH_LINKED, TENON_PLANE_ALL, 1, "one bytesperline");
	assert_limit(limits, TENON_PROP_OBJECTS, TENON_PLANE_ALL, TENON_OBJECTS_ONE, "ENUM_FMT");
	assert_int_equal(
		tenon_limits_get(limits, TENON_PROP_SIZE_TAIL, TENON_PLANE_ALL, &value), -ENOENT);
	tenon_offer_unref(offer);

	/* a camera makes something else of a size it has not */
	options.width = 700;
	options.height = 500;
	assert_int_equal(
		tenon_v4l2_device_create_offer(&offer, device, table, TENON_ROLE_CAPTURE, &options),
		0);
	limits = limits_of(offer, DRM_FORMAT_XRGB8888);
	assert_limit(limits, TENON_PROP_WIDTH_MAX, TENON_PLANE_ALL, WIDTH, "at 700x500");
	tenon_offer_unref(offer);

	/* no size: the range of those it has */
	options.width = options.height = 0;
	assert_int_equal(
		tenon_v4l2_device_create_offer(&offer, device, table, TENON_ROLE_CAPTURE, &options),
		0);
	limits = limits_of(offer, DRM_FORMAT_XRGB8888);
	assert_limit(limits, TENON_PROP_WIDTH_MIN, TENON_PLANE_ALL, 320, "TRY_FMT");
	assert_limit(limits, TENON_PROP_WIDTH_MAX, TENON_PLANE_ALL, 3840, "TRY_FMT");
	tenon_offer_unref(offer);
	tenon_device_table_destroy(table);
	tenon_v4l2_device_unref(device);
}

/* The two instances differ in nothing that a driver tells; a scattered buffer tells them apart. */
TEST(contiguity_is_found_out)
{
	static const struct {
		const char *node, *entry;
		enum tenon_answer answer;
	} devices[] = {
		{CAMERA_ANY, "vivid", TENON_NO},
		{CAMERA_CONTIGUOUS, "vivid-dma-contig", TENON_YES},
	};
	struct tenon_v4l2_offer_options options = {
		.size = sizeof(options), .width = WIDTH, .height = HEIGHT, .probe = true};

	for (size_t i = 0; i < 2; i++) {
		struct tenon_v4l2_device *device = open_device(devices[i].node);
		struct tenon_device_table *table = load_table();
		struct tenon_offer *offer = NULL;
		const struct tenon_limits *limits;
		uint64_t segments = 0;
		long before = rig_dmabufs();

		for (int with_table = 0; with_table < 2; with_table++) {
			assert_int_equal(
				tenon_v4l2_device_create_offer(&offer, device,
					with_table ? table : NULL, TENON_ROLE_CAPTURE, &options),
				0);
			assert_string_equal(tenon_offer_get_device(offer),
				with_table ? devices[i].entry : "vivid");
			limits = limits_of(offer, DRM_FORMAT_XRGB8888);
			assert_int_equal(tenon_limits_get(limits, TENON_PROP_SEGMENTS_MAX,
						 TENON_PLANE_ALL, &segments),
				devices[i].answer == TENON_YES ? 0 : -ENOENT);
			assert_int_equal(segments, devices[i].answer == TENON_YES);
			tenon_offer_unref(offer);
		}
		assert_int_equal(tenon_v4l2_device_needs_contiguous(device), devices[i].answer);
		tenon_device_table_destroy(table);
		tenon_v4l2_device_unref(device);
		assert_int_equal(rig_dmabufs(), before);
	}
}

static struct tenon_layout *make_layout(uint32_t format, uint32_t pitch, bool linked)
{
	struct tenon_limits *limits = NULL;
	struct tenon_layout *layout = NULL;

	assert_int_equal(tenon_limits_create(&limits), 0);
	if (pitch != 0) {
		assert_int_equal(tenon_limits_set(limits, TENON_PROP_PITCH_EXACT, 0, pitch), 0);
	}
	assert_int_equal(
		tenon_limits_set(limits, TENON_PROP_PITCH_LINKED, TENON_PLANE_ALL, linked), 0);
	assert_int_equal(tenon_layout_create(
				 &layout, tenon_format_get(format), 0, WIDTH, HEIGHT, limits, NULL),
		0);
	tenon_limits_destroy(limits);
	return layout;
}

/* Tries one buffer of a heap, all the way up. */
static void probe(struct tenon_v4l2_device *device, const struct tenon_layout *layout, int dmabuf,
	struct tenon_probe_result *result)
{
	const struct tenon_v4l2_probe_options options = {
		.size = sizeof(options),
		.role = TENON_ROLE_CAPTURE,
		.stages = TENON_PROBE_DMABUF | TENON_PROBE_FORMAT | TENON_PROBE_REQUEST |
			  TENON_PROBE_QUEUE | TENON_PROBE_DATA,
		.timeout_ms = 20000,
	};

	memset(result, 0, sizeof(*result));
	result->size = sizeof(*result);
	assert_int_equal(tenon_v4l2_device_probe(device, layout, &dmabuf, 1, &options, result), 0);
	assert_int_equal(result->asked, options.stages);
}

/* What the driver has set now. */
static void get_format(int fd, struct v4l2_format *format)
{
	memset(format, 0, sizeof(*format));
	format->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	assert_int_equal(rig_ioctl(fd, VIDIOC_G_FMT, format), 0);
}

TEST_TIMEOUT(ladder_to_the_top_and_back, 120)
{
	static const uint32_t formats[] = {DRM_FORMAT_XRGB8888, DRM_FORMAT_YUYV, DRM_FORMAT_NV12,
		DRM_FORMAT_YUV420, DRM_FORMAT_RGB565};
	struct tenon_v4l2_device *device = open_device(CAMERA_ANY);
	struct v4l2_format before, after;
	struct tenon_probe_result result;

	get_format(tenon_v4l2_device_get_fd(device), &before);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		/* padded rows, and room behind them that must stay what it was */
		struct tenon_layout *layout =
			make_layout(formats[i], i % 2 ? 0 : WIDTH * 4 + 64, true);
		int dmabuf =
			rig_heap_alloc("system", tenon_layout_get_object_size(layout, 0) + 65536);

		assert_true(dmabuf >= 0);
		probe(device, layout, dmabuf, &result);
		assert_string_equal(result.text, "");
		assert_int_equal(result.passed, result.asked);
		assert_int_equal(result.refused, 0);
		close(dmabuf);
		tenon_layout_destroy(layout);
	}
	get_format(tenon_v4l2_device_get_fd(device), &after);
	assert_memory_equal(&before.fmt.pix, &after.fmt.pix, sizeof(before.fmt.pix));
	tenon_v4l2_device_unref(device);
	assert_int_equal(rig_dmabufs(), 0);
}

TEST_TIMEOUT(ladder_tells_the_stage, 120)
{
	struct tenon_v4l2_device *device = open_device(CAMERA_CONTIGUOUS);
	struct tenon_layout *layout = make_layout(DRM_FORMAT_XRGB8888, 0, true);
	struct tenon_layout *wide = make_layout(DRM_FORMAT_XRGB8888, 1 << 17, true);
	struct tenon_layout *odd = make_layout(DRM_FORMAT_ABGR16161616, 0, true);
	struct tenon_layout *apart = make_layout(DRM_FORMAT_NV12, 1024, false);
	int scattered, memfd;
	struct tenon_probe_result result;
	struct camera camera;

	scattered = rig_heap_alloc_scattered(8 << 20);
	memfd = rig_memfd(8 << 20);
	assert_true(scattered >= 0 && memfd >= 0);
	probe(device, layout, memfd, &result);
	assert_int_equal(result.refused, TENON_PROBE_DMABUF);
	assert_int_equal(result.error, -EINVAL);
	probe(device, odd, scattered, &result);
	assert_int_equal(result.refused, TENON_PROBE_FORMAT);
	assert_non_null(strstr(result.text, "does not have the format"));
	probe(device, apart, scattered, &result);
	assert_int_equal(result.refused, TENON_PROBE_FORMAT);
	assert_non_null(strstr(result.text, "plane 1 has pitch 640, the driver expects 1024"));
	probe(device, wide, scattered, &result);
	assert_int_equal(result.refused, TENON_PROBE_FORMAT);
	assert_non_null(strstr(result.text, "makes pitch 65536 of 131072"));
	probe(device, layout, scattered, &result);
	assert_int_equal(result.refused, TENON_PROBE_QUEUE);
	assert_int_equal(result.error, -EFAULT);
	assert_int_equal(
		result.passed, TENON_PROBE_DMABUF | TENON_PROBE_FORMAT | TENON_PROBE_REQUEST);
	assert_non_null(strstr(result.text, "not contiguous"));
	assert_int_equal(tenon_v4l2_device_needs_contiguous(device), TENON_YES);
	if (rig_guest_is("cma")) {
		int dmabuf = rig_heap_alloc("reserved", WIDTH * HEIGHT * 4);

		assert_true(dmabuf >= 0);
		probe(device, layout, dmabuf, &result);
		assert_string_equal(result.text, "");
		assert_int_equal(result.passed, result.asked);
		close(dmabuf);
	}

	/* somebody streams: nothing is said of the buffer, and the stream goes on */
	assert_int_equal(
		camera_open(&camera, CAMERA_CONTIGUOUS, WIDTH, HEIGHT, V4L2_PIX_FMT_XBGR32, 0), 0);
	if (camera_make(&camera, 2) == 0) {
		assert_int_equal(camera_start(&camera), 0);
		probe(device, layout, scattered, &result);
		assert_int_equal(result.refused, 0);
		assert_int_equal(result.error, 0);
		assert_int_equal(result.passed & TENON_PROBE_QUEUE, 0);
		assert_non_null(strstr(result.text, "not tried, another user"));
		assert_in_range(camera_take(&camera, 5000), 0, 1);
		camera_stop(&camera);
	}
	camera_close(&camera);
	close(scattered);
	close(memfd);
	tenon_layout_destroy(apart);
	tenon_layout_destroy(odd);
	tenon_layout_destroy(wide);
	tenon_layout_destroy(layout);
	tenon_v4l2_device_unref(device);
	assert_int_equal(rig_dmabufs(), 0);
}

/* An outcome is remembered for the kind of memory, and for no other. */
TEST(outcomes_are_remembered)
{
	struct tenon_v4l2_device *device = open_device(CAMERA_CONTIGUOUS);
	struct tenon_layout *layout = make_layout(DRM_FORMAT_XRGB8888, 0, true);
	struct tenon_v4l2_probe_options options = {
		.size = sizeof(options), .role = TENON_ROLE_CAPTURE, .memory = "system"};
	struct tenon_probe_result result = {.size = sizeof(result)};
	int scattered = rig_heap_alloc_scattered(8 << 20);
	int memfd = rig_memfd(8 << 20);

	assert_true(scattered >= 0 && memfd >= 0);
	assert_int_equal(
		tenon_v4l2_device_probe(device, layout, &scattered, 1, &options, &result), 0);
	assert_int_equal(result.error, -EFAULT);
	/* not looked at any more: this one would be refused as no dma-buf */
	assert_int_equal(tenon_v4l2_device_probe(device, layout, &memfd, 1, &options, &result), 0);
	assert_int_equal(result.error, -EFAULT);
	options.memory = "memfd";
	assert_int_equal(tenon_v4l2_device_probe(device, layout, &memfd, 1, &options, &result), 0);
	assert_int_equal(result.refused, TENON_PROBE_DMABUF);
	close(memfd);
	close(scattered);
	tenon_layout_destroy(layout);
	tenon_v4l2_device_unref(device);
}

TEST(unplugged)
{
	struct tenon_v4l2_device *device = open_device(CAMERA_ANY);
	struct tenon_layout *layout = make_layout(DRM_FORMAT_XRGB8888, 0, true);
	const struct tenon_v4l2_probe_options options = {
		.size = sizeof(options), .role = TENON_ROLE_CAPTURE};
	struct tenon_v4l2_offer_options wanted = {
		.size = sizeof(wanted), .width = WIDTH, .height = HEIGHT, .probe = true};
	struct tenon_v4l2_layout tried = {.size = sizeof(tried)};
	struct tenon_probe_result result = {.size = sizeof(result)};
	struct tenon_offer *offer = NULL;
	int dmabuf = rig_heap_alloc("system", 2 << 20);
	struct camera camera = {.fd = tenon_v4l2_device_get_fd(device)};

	assert_int_equal(camera_unplug(&camera), 0);
	assert_int_equal(tenon_v4l2_device_try(device, TENON_V4L2_CAPTURE, V4L2_PIX_FMT_YUYV, 640,
				 480, 0, &tried),
		-ENODEV);
	assert_int_equal(
		tenon_v4l2_device_probe(device, layout, &dmabuf, 1, &options, &result), -ENODEV);
	assert_int_equal(
		tenon_v4l2_device_create_offer(&offer, device, NULL, TENON_ROLE_CAPTURE, &wanted),
		-ENODEV);
	assert_null(offer);
	close(dmabuf);
	tenon_layout_destroy(layout);
	tenon_v4l2_device_unref(device);
}
