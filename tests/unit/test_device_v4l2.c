/* SPDX-License-Identifier: MIT */
/* What is learnt of V4L2 drivers that pad, round, refuse and lie. */
#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <tenon/heap.h>
#include <tenon/v4l2.h>

#include "fake/kernel.h"
#include "harness.h"
#include "oom.h"

#define MIB (UINT64_C(1) << 20)

static const uint32_t rgb[] = {V4L2_PIX_FMT_XBGR32, V4L2_PIX_FMT_MJPEG};
static const uint32_t packed[] = {V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_RGB24};
static const uint32_t planar[] = {V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_NV12M, V4L2_PIX_FMT_YUV420M};

static const struct fake_v4l2 camera = {
	.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING,
	.sizeimage = 4096,
	.bytes = 8 * MIB,
	.formats = packed,
	.formats_len = 3,
	.pitch_max = 1 << 20,
};

static struct tenon_v4l2_device *open_device(const struct fake_v4l2 *config)
{
	static unsigned nodes;
	struct tenon_v4l2_device *device = NULL;
	char name[32];

	snprintf(name, sizeof(name), "video%u", nodes++);
	assert_int_equal(tenon_v4l2_device_open(&device, fake_add_v4l2(name, config)), 0);
	return device;
}

static struct tenon_offer *offer_of(
	struct tenon_v4l2_device *device, enum tenon_role role, uint32_t width, uint32_t height)
{
	const struct tenon_v4l2_offer_options options = {
		.size = sizeof(options), .width = width, .height = height};
	struct tenon_offer *offer = NULL;

	assert_int_equal(tenon_v4l2_device_create_offer(&offer, device, NULL, role, &options), 0);
	return offer;
}

/* The limits of the alternative that has the format, and of such objects; NULL: none. */
static const struct tenon_limits *limits_of(
	const struct tenon_offer *offer, uint32_t format, uint64_t objects)
{
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer); i++) {
		const struct tenon_format_modifier *pairs;
		const struct tenon_limits *limits;
		uint64_t found = 0;
		size_t len;

		assert_int_equal(
			tenon_offer_get_alternative(offer, i, NULL, &pairs, &len, &limits), 0);
		(void)tenon_limits_get(limits, TENON_PROP_OBJECTS, TENON_PLANE_ALL, &found);
		for (size_t j = 0; j < len && found == objects; j++) {
			if (pairs[j].format == format) {
				return limits;
			}
		}
	}
	return NULL;
}

static uint64_t value_of(
	const struct tenon_limits *limits, enum tenon_property property, uint32_t plane)
{
	uint64_t value = UINT64_MAX;

	assert_non_null(limits);
	(void)tenon_limits_get(limits, property, plane, &value);
	return value;
}

TEST(what_a_driver_says_of_itself)
{
	struct tenon_v4l2_format format = {.size = sizeof(format)};
	struct tenon_v4l2_queue_info queue = {.size = sizeof(queue)};
	struct tenon_v4l2_device *device;

	fake_start();
	device = open_device(&camera);
	/* 16 and 32 bytes without an end */
	assert_string_equal(tenon_v4l2_device_get_driver(device), "fake-camera-name");
	assert_int_equal(tenon_v4l2_device_get_format(device, TENON_V4L2_CAPTURE, 1, &format), 0);
	assert_int_equal(strlen(format.description), 31);
	assert_int_equal(format.drm.format, DRM_FORMAT_NV12);
	assert_int_equal(
		tenon_v4l2_device_get_format(device, TENON_V4L2_CAPTURE, 3, &format), -EINVAL);
	assert_int_equal(tenon_v4l2_device_get_queue(device, TENON_V4L2_CAPTURE, &queue), 0);
	assert_int_equal(queue.memory, TENON_V4L2_MEMORY_MMAP | TENON_V4L2_MEMORY_DMABUF);
	/* REQBUFS would free what is there */
	assert_int_equal(fake_calls(VIDIOC_REQBUFS), 0);
	assert_int_equal(tenon_v4l2_device_get_queue(device, TENON_V4L2_OUTPUT, &queue), -ENODEV);
	tenon_v4l2_device_unref(device);
	fake_finish();
}

TEST(others_are_no_v4l2_devices)
{
	struct fake_v4l2 radio = camera;
	struct tenon_v4l2_device *device = NULL;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	fake_start();
	radio.capabilities = V4L2_CAP_TUNER | V4L2_CAP_STREAMING;
	assert_int_equal(tenon_v4l2_device_open(&device, fake_add_v4l2("radio0", &radio)), -ENODEV);
	assert_int_equal(tenon_v4l2_device_create(&device, null), -ENODEV);
	assert_int_equal(tenon_v4l2_device_create(&device, -1), -EBADF);
	assert_int_equal(tenon_v4l2_device_open(&device, "/dev/nothing"), -ENOENT);
	assert_null(device);
	close(null);
	fake_finish();
}

TEST(pitches_a_driver_takes)
{
	static const struct {
		uint32_t align, max; /* the driver's */
		uint64_t multiple, exact, pitch_max;
	} drivers[] = {
		{1, 1 << 20, 1, UINT64_MAX, UINT64_MAX},
		{64, 1 << 20, 64, UINT64_MAX, UINT64_MAX},
		{48, 1 << 20, 48, UINT64_MAX, UINT64_MAX},
		{32, 8192, 32, UINT64_MAX, 8192},
		{1, 0, UINT64_MAX, 2732, UINT64_MAX},
		{256, 0, UINT64_MAX, 2816, UINT64_MAX},
	};

	fake_start();
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		struct fake_v4l2 config = camera;
		struct tenon_v4l2_device *device;
		const struct tenon_limits *limits;
		struct tenon_offer *offer;

		config.pitch_align = drivers[i].align;
		config.pitch_max = drivers[i].max;
		device = open_device(&config);
		offer = offer_of(device, TENON_ROLE_CAPTURE, 1366, 768);
		limits = limits_of(offer, DRM_FORMAT_YUYV, 0);
		assert_int_equal(
			value_of(limits, TENON_PROP_PITCH_MULTIPLE, 0), drivers[i].multiple);
		assert_int_equal(value_of(limits, TENON_PROP_PITCH_EXACT, 0), drivers[i].exact);
		assert_int_equal(value_of(limits, TENON_PROP_PITCH_MAX, 0), drivers[i].pitch_max);
		assert_string_equal(
			tenon_limits_get_source(limits, drivers[i].exact == UINT64_MAX
								? TENON_PROP_PITCH_MULTIPLE
								: TENON_PROP_PITCH_EXACT),
			"driver: VIDIOC_TRY_FMT at 1366x768");
		assert_true(
			tenon_limits_is_unknown(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL));
		tenon_offer_unref(offer);
		/* of no one size: what is tight stays so, other pitches are not foretold */
		offer = offer_of(device, TENON_ROLE_CAPTURE, 0, 0);
		limits = limits_of(offer, DRM_FORMAT_YUYV, 0);
		if (drivers[i].max == 0) {
			assert_int_equal(value_of(limits, TENON_PROP_PITCH_TIGHT, 0),
				drivers[i].align == 1 ? 1 : UINT64_MAX);
			assert_int_equal(tenon_limits_is_unknown(limits, TENON_PROP_PITCH_EXACT, 0),
				drivers[i].align != 1);
		} else {
			assert_int_equal(value_of(limits, TENON_PROP_PITCH_MULTIPLE, 0),
				drivers[i].multiple);
		}
		tenon_offer_unref(offer);
		tenon_v4l2_device_unref(device);
	}
	fake_finish();
}

TEST(bytes_a_driver_adds)
{
	struct fake_v4l2 config = camera;
	struct tenon_v4l2_device *device;
	const struct tenon_limits *limits;
	struct tenon_offer *offer;

	fake_start();
	config.tail = 1024;
	device = open_device(&config);
	offer = offer_of(device, TENON_ROLE_CAPTURE, 640, 480);
	limits = limits_of(offer, DRM_FORMAT_YUYV, 0);
	assert_int_equal(value_of(limits, TENON_PROP_SIZE_TAIL, TENON_PLANE_ALL), 1024);
	assert_false(tenon_limits_is_unknown(limits, TENON_PROP_HEIGHT_ALIGN, 0));
	/* behind luma and chroma, or between them? */
	limits = limits_of(offer, DRM_FORMAT_NV12, TENON_OBJECTS_ONE);
	assert_int_equal(value_of(limits, TENON_PROP_SIZE_TAIL, TENON_PLANE_ALL), 1024);
	assert_true(tenon_limits_is_unknown(limits, TENON_PROP_HEIGHT_ALIGN, 0));
	assert_int_equal(value_of(limits, TENON_PROP_PITCH_LINKED, TENON_PLANE_ALL), 1);
	assert_int_equal(value_of(limits, TENON_PROP_OWN_FD, TENON_PLANE_ALL), 1);
	tenon_offer_unref(offer);
	tenon_v4l2_device_unref(device);

	config.tail = 0;
	config.bytes_align = 4096;
	device = open_device(&config);
	offer = offer_of(device, TENON_ROLE_CAPTURE, 642, 479);
	limits = limits_of(offer, DRM_FORMAT_YUYV, 0);
	assert_int_equal(value_of(limits, TENON_PROP_SIZE_ALIGN, TENON_PLANE_ALL), 4096);
	assert_int_equal(value_of(limits, TENON_PROP_SIZE_TAIL, TENON_PLANE_ALL), UINT64_MAX);
	tenon_offer_unref(offer);
	tenon_v4l2_device_unref(device);
	fake_finish();
}

TEST(planes_in_objects_of_their_own)
{
	struct fake_v4l2 config = camera;
	struct tenon_v4l2_device *device;
	const struct tenon_limits *limits;
	struct tenon_offer *offer;

	fake_start();
	config.capabilities = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
	config.formats = planar;
	config.pitch_align = 32;
	config.tail = 512;
	device = open_device(&config);
	offer = offer_of(device, TENON_ROLE_CAPTURE, 720, 576);
	limits = limits_of(offer, DRM_FORMAT_NV12, TENON_OBJECTS_PER_PLANE);
	for (uint32_t plane = 0; plane < 2; plane++) {
		assert_int_equal(value_of(limits, TENON_PROP_PITCH_MULTIPLE, plane), 32);
		assert_int_equal(value_of(limits, TENON_PROP_PLANE_TAIL, plane), 512);
	}
	assert_int_equal(value_of(limits, TENON_PROP_PITCH_LINKED, TENON_PLANE_ALL), UINT64_MAX);
	assert_non_null(limits_of(offer, DRM_FORMAT_NV12, TENON_OBJECTS_ONE));
	assert_non_null(limits_of(offer, DRM_FORMAT_YUV420, TENON_OBJECTS_PER_PLANE));
	assert_null(limits_of(offer, DRM_FORMAT_YUV420, TENON_OBJECTS_ONE));
	tenon_offer_unref(offer);
	tenon_v4l2_device_unref(device);
	fake_finish();
}

TEST(codecs_store_blocks_and_cameras_have_sizes)
{
	struct fake_v4l2 config = camera;
	struct tenon_v4l2_device *device;
	const struct tenon_limits *limits;
	struct tenon_offer *offer;

	fake_start();
	config.capabilities = V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING;
	config.block = 16;
	device = open_device(&config);
	assert_true(tenon_v4l2_device_is_m2m(device));
	offer = offer_of(device, TENON_ROLE_ENCODE, 1918, 1080);
	limits = limits_of(offer, DRM_FORMAT_NV12, TENON_OBJECTS_ONE);
	assert_int_equal(value_of(limits, TENON_PROP_HEIGHT_ALIGN, 0), 16);
	assert_int_equal(value_of(limits, TENON_PROP_HEIGHT_ALIGN, 1), 8);
	assert_int_equal(value_of(limits, TENON_PROP_WIDTH_ALIGN, 0), 4);
	assert_int_equal(value_of(limits, TENON_PROP_HEIGHT_MAX, TENON_PLANE_ALL), 1080);
	tenon_offer_unref(offer);
	tenon_v4l2_device_unref(device);

	config = camera;
	config.width = 640;
	config.height = 480;
	device = open_device(&config);
	offer = offer_of(device, TENON_ROLE_CAPTURE, 630, 470);
	limits = limits_of(offer, DRM_FORMAT_YUYV, 0);
	assert_int_equal(value_of(limits, TENON_PROP_WIDTH_MIN, TENON_PLANE_ALL), 640);
	assert_int_equal(value_of(limits, TENON_PROP_HEIGHT_MIN, TENON_PLANE_ALL), 480);
	tenon_offer_unref(offer);
	tenon_v4l2_device_unref(device);
	fake_finish();
}

TEST(table_and_driver_together)
{
	static const char text[] = "[device fake-camera-name]\n"
				   "bus = v4l2\n"
				   "source = a document\n"
				   "iommu-lifts = segments-max\n"
				   "[alternative]\n"
				   "roles = capture\n"
				   "formats = any\n"
				   "pitch-multiple = 512\n"
				   "offset-align = 4096\n"
				   "base-align = 128\n"
				   "segments-max = 1\n";
	struct tenon_v4l2_offer_options options = {
		.size = sizeof(options), .width = 640, .height = 480, .name = "front"};
	struct tenon_device_table *table = NULL;
	struct tenon_offer *offer = NULL;
	struct tenon_v4l2_device *device;
	const struct tenon_limits *limits;

	fake_start();
	device = open_device(&camera);
	assert_int_equal(tenon_device_table_create(&table), 0);
	assert_int_equal(tenon_device_table_add_text(table, text, sizeof(text) - 1, NULL, NULL), 0);
	for (int lifts = 0; lifts < 2; lifts++) {
		options.iommu = lifts ? TENON_IOMMU_TRANSLATES : TENON_IOMMU_NONE;
		assert_int_equal(tenon_v4l2_device_create_offer(
					 &offer, device, table, TENON_ROLE_CAPTURE, &options),
			0);
		assert_string_equal(tenon_offer_get_device(offer), "front");
		limits = limits_of(offer, DRM_FORMAT_YUYV, 0);
		/* the driver knows its pitches, the table what no driver tells */
		assert_int_equal(value_of(limits, TENON_PROP_PITCH_MULTIPLE, 0), 1);
		assert_int_equal(value_of(limits, TENON_PROP_OFFSET_ALIGN, 0), UINT64_MAX);
		assert_int_equal(value_of(limits, TENON_PROP_BASE_ALIGN, TENON_PLANE_ALL), 128);
		assert_string_equal(
			tenon_limits_get_source(limits, TENON_PROP_BASE_ALIGN), "a document");
		assert_int_equal(value_of(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL),
			lifts ? UINT64_MAX : 1);
		tenon_offer_unref(offer);
	}
	tenon_device_table_destroy(table);
	tenon_v4l2_device_unref(device);
	fake_finish();
}

TEST(nonsense_is_not_offered)
{
	static const enum fake_v4l2_fault faults[] = {
		FAKE_V4L2_NO_PITCH, FAKE_V4L2_HUGE_PITCH, FAKE_V4L2_NO_SIZE, FAKE_V4L2_PLANES};
	struct tenon_v4l2_offer_options options = {.size = sizeof(options)};
	struct tenon_v4l2_sizes *sizes = NULL;
	struct tenon_offer *offer = NULL;
	size_t len;

	fake_start();
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct fake_v4l2 config = camera;
		struct tenon_v4l2_device *device;

		config.fault = faults[i];
		config.width = 640;
		config.height = 480;
		if (faults[i] == FAKE_V4L2_PLANES) {
			config.capabilities = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
		}
		device = open_device(&config);
		for (options.width = 0; options.width < 1000; options.width += 640) {
			options.height = options.width;
			assert_int_equal(tenon_v4l2_device_create_offer(&offer, device, NULL,
						 TENON_ROLE_CAPTURE, &options),
				-ENOTSUP);
		}
		assert_int_equal(
			tenon_v4l2_device_dup_sizes(device, V4L2_PIX_FMT_YUYV, &sizes, &len),
			faults[i] == FAKE_V4L2_NO_SIZE ? -EPROTO : 0);
		free(sizes);
		sizes = NULL;
		tenon_v4l2_device_unref(device);
	}
	assert_null(offer);
	fake_finish();
}

TEST(wrong_questions)
{
	struct tenon_v4l2_offer_options options = {.size = sizeof(options), .width = 640};
	struct tenon_offer *offer = NULL;
	struct tenon_v4l2_device *device;
	struct fake_v4l2 config = camera;

	fake_start();
	device = open_device(&camera);
	assert_int_equal(
		tenon_v4l2_device_create_offer(&offer, device, NULL, TENON_ROLE_CAPTURE, &options),
		-EINVAL);
	options.height = 480;
	options.size = 4;
	assert_int_equal(
		tenon_v4l2_device_create_offer(&offer, device, NULL, TENON_ROLE_CAPTURE, &options),
		-EINVAL);
	assert_int_equal(
		tenon_v4l2_device_create_offer(&offer, device, NULL, TENON_ROLE_RENDER, NULL),
		-EINVAL);
	assert_int_equal(
		tenon_v4l2_device_create_offer(&offer, device, NULL, TENON_ROLE_ENCODE, NULL),
		-ENODEV);
	tenon_v4l2_device_unref(device);
	config.formats = rgb + 1; /* compressed */
	config.formats_len = 1;
	device = open_device(&config);
	assert_int_equal(
		tenon_v4l2_device_create_offer(&offer, device, NULL, TENON_ROLE_CAPTURE, NULL),
		-ENOTSUP);
	assert_null(offer);
	tenon_v4l2_device_unref(device);
	fake_finish();
}

/* A picture of 640x480, and a dma-buf that has room for it. */
static struct tenon_layout *make_layout(uint32_t format, uint32_t pitch)
{
	struct tenon_limits *limits = NULL;
	struct tenon_layout *layout = NULL;

	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_int_equal(tenon_limits_set(limits, TENON_PROP_PITCH_EXACT, 0, pitch), 0);
	assert_int_equal(
		tenon_layout_create(&layout, tenon_format_get(format), 0, 640, 480, limits, NULL),
		0);
	tenon_limits_destroy(limits);
	return layout;
}

static struct tenon_memory *make_dmabuf(uint64_t bytes)
{
	struct tenon_alloc_request request = {
		.size = sizeof(request), .bytes = bytes, .flags = TENON_ALLOC_DMABUF};
	struct tenon_memory *memory = NULL;
	struct tenon_heap *heap = NULL;
	const struct fake_v4l2 source = {
		.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING,
		.sizeimage = 4096,
		.bytes = UINT64_MAX,
	};

	assert_int_equal(
		tenon_heap_create_v4l2(&heap, NULL, fake_add_v4l2("source", &source), 0), 0);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	tenon_heap_unref(heap);
	return memory;
}

static void probe(const struct fake_v4l2 *config, const struct tenon_layout *layout, int fd,
	struct tenon_probe_result *result)
{
	const struct tenon_v4l2_probe_options options = {
		.size = sizeof(options), .role = TENON_ROLE_CAPTURE};
	struct tenon_v4l2_device *device = open_device(config);
	struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};

	*result = (struct tenon_probe_result){.size = sizeof(*result)};
	assert_int_equal(tenon_v4l2_device_probe(device, layout, &fd, 1, &options, result), 0);
	/* what was set before: the first format it has, of no size */
	assert_int_equal(ioctl(tenon_v4l2_device_get_fd(device), VIDIOC_G_FMT, &format), 0);
	assert_int_not_equal(format.fmt.pix.width, 640);
	tenon_v4l2_device_unref(device);
}

TEST(each_step_may_refuse)
{
	struct tenon_layout *layout = make_layout(DRM_FORMAT_YUYV, 1280);
	struct tenon_layout *other = make_layout(DRM_FORMAT_XRGB8888, 2560);
	struct fake_v4l2 config = camera;
	struct tenon_probe_result result;
	struct tenon_memory *memory;

	fake_start();
	memory = make_dmabuf(640 * 480 * 2);
	probe(&config, layout, memory->fd, &result);
	assert_int_equal(result.passed, result.asked);
	assert_int_equal(result.asked,
		TENON_PROBE_DMABUF | TENON_PROBE_FORMAT | TENON_PROBE_REQUEST | TENON_PROBE_QUEUE);
	assert_string_equal(result.text, "");
	probe(&config, other, memory->fd, &result);
	assert_int_equal(result.refused, TENON_PROBE_FORMAT);
	config.pitch_align = 256;
	config.tail = 1;
	probe(&config, layout, memory->fd, &result);
	assert_int_equal(result.refused, TENON_PROBE_FORMAT);
	assert_string_equal(result.text, "the driver needs 614401 bytes, the buffer has 614400");
	config.pitch_align = 1024;
	probe(&config, layout, memory->fd, &result);
	assert_string_equal(result.text, "the driver makes pitch 2048 of 1280");
	config = camera;
	config.contiguous = true;
	probe(&config, layout, memory->fd, &result);
	assert_int_equal(result.refused, TENON_PROBE_QUEUE);
	assert_int_equal(result.error, -EFAULT);
	config = camera;
	fake_fail(VIDIOC_REQBUFS, EINVAL, 1);
	probe(&config, layout, memory->fd, &result);
	assert_int_equal(result.refused, TENON_PROBE_REQUEST);
	config.fault = FAKE_V4L2_BUFFERS;
	probe(&config, layout, memory->fd, &result);
	assert_int_equal(result.refused, TENON_PROBE_REQUEST);
	assert_int_equal(result.error, -EPROTO);
	tenon_memory_destroy(memory);
	tenon_layout_destroy(other);
	tenon_layout_destroy(layout);
	fake_finish();
}

/* Buffers that are there are a program's, whether it streams or not. */
TEST(a_device_in_use_is_left_alone)
{
	const struct tenon_v4l2_probe_options options = {
		.size = sizeof(options), .role = TENON_ROLE_CAPTURE};
	struct v4l2_requestbuffers request = {
		.count = 1, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
	struct tenon_layout *layout = make_layout(DRM_FORMAT_YUYV, 1280);
	struct tenon_probe_result result = {.size = sizeof(result)};
	struct tenon_v4l2_device *device;
	struct tenon_memory *memory;
	unsigned sets;

	fake_start();
	memory = make_dmabuf(640 * 480 * 2);
	device = open_device(&camera);
	assert_int_equal(ioctl(tenon_v4l2_device_get_fd(device), VIDIOC_REQBUFS, &request), 0);
	sets = fake_calls(VIDIOC_S_FMT);
	assert_int_equal(
		tenon_v4l2_device_probe(device, layout, &memory->fd, 1, &options, &result), 0);
	assert_int_equal(result.refused, 0);
	assert_int_equal(result.passed, 0);
	assert_non_null(strstr(result.text, "not tried"));
	assert_int_equal(fake_calls(VIDIOC_S_FMT), sets);
	tenon_v4l2_device_unref(device);
	tenon_memory_destroy(memory);
	tenon_layout_destroy(layout);
	fake_finish();
}

static int out_of_memory(void *data)
{
	struct tenon_v4l2_offer_options options = {
		.size = sizeof(options), .width = 640, .height = 480};
	struct tenon_v4l2_device *device = NULL;
	struct tenon_offer *offer = NULL;
	int ret = tenon_v4l2_device_open(&device, data);

	if (ret == 0) {
		ret = tenon_v4l2_device_create_offer(
			&offer, device, NULL, TENON_ROLE_CAPTURE, &options);
	}
	tenon_offer_unref(offer);
	tenon_v4l2_device_unref(device);
	return ret;
}

TEST(each_allocation_may_fail)
{
	fake_start();
	assert_true(oom_run(out_of_memory, (void *)fake_add_v4l2("oom", &camera)) > 8);
	fake_finish();
}
