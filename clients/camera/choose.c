/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <drm_fourcc.h>

#include "camera.h"

enum {
	NODES_MAX = 64,
};

/* In the order in which compositors are likely to take them without converting. */
static const uint32_t preferred[] = {
	DRM_FORMAT_XRGB8888,
	DRM_FORMAT_ARGB8888,
	DRM_FORMAT_XBGR8888,
	DRM_FORMAT_NV12,
	DRM_FORMAT_YUYV,
	DRM_FORMAT_UYVY,
	DRM_FORMAT_YUV420,
	DRM_FORMAT_NV16,
	DRM_FORMAT_RGB565,
};

enum status camera_fail(struct camera *camera, const char *what, int error)
{
	const char *node = camera->options.node;

	if (error == -ENODEV) {
		return buffers_fail(&camera->buffers, STATUS_FAILED,
			"%s: %s: the camera is gone; was it unplugged?", node, what);
	}
	if (error == -EBUSY) {
		return buffers_fail(&camera->buffers, STATUS_FAILED,
			"%s: %s: another program uses the camera", node, what);
	}
	if (error == -EFAULT) {
		return buffers_fail(&camera->buffers, STATUS_FAILED,
			"%s: %s: the memory is not contiguous as the camera sees it", node, what);
	}
	return buffers_fail(
		&camera->buffers, STATUS_FAILED, "%s: %s: %s", node, what, strerror(-error));
}

/* The size that the camera is set to. */
static int read_size(struct camera *camera)
{
	struct tenon_v4l2_queue_info queue = {.size = sizeof(queue)};
	struct v4l2_format format = {0};
	int ret = tenon_v4l2_device_get_queue(camera->device, TENON_V4L2_CAPTURE, &queue);

	if (ret < 0) {
		return ret;
	}
	format.type = queue.buffer_type;
	if (ioctl(tenon_v4l2_device_get_fd(camera->device), VIDIOC_G_FMT, &format) < 0) {
		return -errno;
	}
	/* the same members in both kinds of format */
	camera->options.width = format.fmt.pix.width;
	camera->options.height = format.fmt.pix.height;
	return camera->options.width == 0 || camera->options.height == 0 ? -EPROTO : 0;
}

/* A node that captures, and does not have to be given a picture first. */
static int open_node(struct tenon_v4l2_device **out, const char *node)
{
	struct tenon_v4l2_queue_info queue = {.size = sizeof(queue)};
	struct tenon_v4l2_device *device = NULL;
	int ret = tenon_v4l2_device_open(&device, node);

	if (ret < 0) {
		return ret;
	}
	if (tenon_v4l2_device_is_m2m(device) ||
		tenon_v4l2_device_get_queue(device, TENON_V4L2_CAPTURE, &queue) < 0) {
		tenon_v4l2_device_unref(device);
		return -ENOTSUP;
	}
	*out = device;
	return 0;
}

/* The first camera there is. */
static int find_node(struct camera *camera)
{
	for (unsigned i = 0; i < NODES_MAX; i++) {
		snprintf(camera->node, sizeof(camera->node), "/dev/video%u", i);
		if (open_node(&camera->device, camera->node) == 0) {
			camera->options.node = camera->node;
			return 0;
		}
	}
	return -ENOENT;
}

enum status camera_open(struct camera *camera)
{
	const char *node = camera->options.node;
	int ret = node != NULL ? open_node(&camera->device, node) : find_node(camera);

	if (ret < 0 && node == NULL) {
		return buffers_fail(&camera->buffers, STATUS_FAILED, "no camera in /dev");
	}
	if (ret < 0) {
		return buffers_fail(&camera->buffers, STATUS_FAILED, "%s: %s", node,
			ret == -ENODEV    ? "no V4L2 device, or it is gone"
			: ret == -ENOTSUP ? "no camera"
					  : strerror(-ret));
	}
	if (camera->options.width == 0) {
		ret = read_size(camera);
	}
	return ret < 0 ? camera_fail(camera, "reading its size", ret) : STATUS_OK;
}

static bool has_format(const struct tenon_offer *offer, uint32_t format)
{
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer); i++) {
		const struct tenon_format_modifier *pairs;
		size_t len;

		(void)tenon_offer_get_alternative(offer, i, NULL, &pairs, &len, NULL);
		for (size_t j = 0; j < len; j++) {
			if (pairs[j].format == format) {
				return true;
			}
		}
	}
	return false;
}

/* Formats that the camera has, and that can be sent, the preferred first. */
static size_t list_formats(const struct camera *camera, const struct tenon_offer *offer,
	uint32_t out[BUFFERS_FORMATS_MAX])
{
	const uint32_t *wanted = camera->options.format != 0 ? &camera->options.format : preferred;
	size_t wanted_len =
		camera->options.format != 0 ? 1 : sizeof(preferred) / sizeof(preferred[0]);
	size_t len = 0;

	for (size_t i = 0; i < wanted_len && len < BUFFERS_FORMATS_MAX; i++) {
		if (has_format(offer, wanted[i]) &&
			(!camera->as_memfd ||
				tenon_client_has_shm_format(camera->buffers.client, wanted[i]))) {
			out[len++] = wanted[i];
		}
	}
	return len;
}

static enum status make_offer(struct camera *camera, struct tenon_offer **out)
{
	const struct tenon_v4l2_offer_options options = {
		.size = sizeof(options),
		.width = camera->options.width,
		.height = camera->options.height,
		.formats = camera->options.format != 0 ? &camera->options.format : NULL,
		.formats_len = camera->options.format != 0 ? 1 : 0,
		.probe = true,
	};
	const struct tenon_device_table *table;
	int ret = tenon_context_get_device_table(camera->buffers.context, &table);

	if (ret == 0) {
		ret = tenon_v4l2_device_create_offer(
			out, camera->device, table, TENON_ROLE_CAPTURE, &options);
	}
	if (ret == -ENOTSUP) {
		return buffers_fail(&camera->buffers, STATUS_CONFLICT,
			"%s does not have the format%s", camera->options.node,
			camera->options.format == 0 ? "s that can be shown" : "");
	}
	return ret < 0 ? camera_fail(camera, "asking what it takes", ret) : STATUS_OK;
}

/* Memory of one heap alone: as a device that takes nothing else. */
static enum status add_heap(struct camera *camera, const char *name, const char *heap)
{
	const struct tenon_format_modifier any = {TENON_FORMAT_ANY, DRM_FORMAT_MOD_LINEAR};
	struct tenon_limits *limits = NULL;
	struct tenon_offer *offer = NULL;
	enum status status;
	int ret = tenon_limits_create(&limits);

	if (ret == 0) {
		ret = tenon_limits_allow_heap(limits, heap);
	}
	if (ret == 0) {
		ret = tenon_offer_create(&offer, name);
	}
	if (ret == 0) {
		ret = tenon_offer_add(offer, TENON_ROLE_CPU, &any, 1, limits);
	}
	status = ret == 0 ? buffers_add_offer(&camera->buffers, offer, TENON_ROLE_CPU)
			  : buffers_fail(&camera->buffers, STATUS_FAILED, "the heap \"%s\": %s",
				    heap, strerror(-ret));
	tenon_offer_unref(offer);
	tenon_limits_destroy(limits);
	return status;
}

/* Whether a heap of the machine has nothing but contiguous memory. */
static bool has_contiguous_heap(struct camera *camera)
{
	for (size_t i = 0; i < tenon_context_get_heaps_len(camera->buffers.context); i++) {
		struct tenon_heap_info info = {.size = sizeof(info)};

		if (tenon_heap_query(tenon_context_get_heap(camera->buffers.context, i), &info) ==
				0 &&
			info.availability == TENON_AVAILABLE &&
			info.contiguity == TENON_CONTIGUITY_ASSURED) {
			return true;
		}
	}
	return false;
}

/* What the camera would allocate for itself, where it needs contiguous memory and the machine has
 * no heap of it. */
static enum status add_own_heap(struct camera *camera)
{
	struct tenon_heap *heap = NULL;
	int ret;

	if (tenon_v4l2_device_needs_contiguous(camera->device) != TENON_YES ||
		has_contiguous_heap(camera)) {
		return STATUS_OK;
	}
	ret = tenon_heap_create_v4l2(
		&heap, "camera", camera->options.node, TENON_CONTIGUITY_ASSURED);
	if (ret == 0) {
		ret = tenon_context_add_heap(camera->buffers.context, heap);
	}
	tenon_heap_unref(heap);
	return ret < 0 && ret != -EEXIST ? camera_fail(camera, "its own memory", ret) : STATUS_OK;
}

/* How buffers will travel: as dma-bufs, or, where the compositor has none, as the memfds below
 * them, of which the camera gets udmabufs. */
static void choose_transport(struct camera *camera)
{
	uint32_t wanted = camera->options.transports;
	bool has =
		tenon_client_has_transport(camera->buffers.client, TENON_CLIENT_TRANSPORT_DMABUF);

	camera->as_memfd = wanted != 0 ? (wanted & TENON_CLIENT_TRANSPORT_DMABUF) == 0 : !has;
	if (!camera->as_memfd) {
		camera->buffers.options.flags |= TENON_BUFFER_DMABUF;
	}
}

enum status camera_choose(struct camera *camera)
{
	struct buffers *buffers = &camera->buffers;
	struct tenon_offer *offer = NULL;
	enum status status = make_offer(camera, &offer);

	if (status != STATUS_OK) {
		return status;
	}
	choose_transport(camera);
	status = add_own_heap(camera);
	if (status != STATUS_OK) {
		tenon_offer_unref(offer);
		return status;
	}
	buffers->options.formats_len = list_formats(camera, offer, buffers->options.formats);
	status = buffers->options.formats_len > 0
			 ? buffers_add_offer(buffers, offer, TENON_ROLE_CAPTURE)
			 : buffers_fail(buffers, STATUS_CONFLICT,
				   "the compositor takes no format of %s%s", camera->options.node,
				   camera->as_memfd ? " by wl_shm" : "");
	tenon_offer_unref(offer);
	if (status == STATUS_OK && camera->as_memfd) {
		status = add_heap(camera, "wl_shm", "memfd");
	}
	if (status == STATUS_OK && camera->options.heap != NULL) {
		status = add_heap(camera, "--heap", camera->options.heap);
	}
	for (size_t i = 0; i < camera->options.devices_len && status == STATUS_OK; i++) {
		status = buffers_add_device(buffers, camera->options.devices[i]);
	}
	return status == STATUS_OK ? buffers_negotiate(buffers) : status;
}
