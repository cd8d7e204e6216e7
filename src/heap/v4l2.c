/* SPDX-License-Identifier: MIT */

/*
 * Memory of a V4L2 device: one of the buffers it would allocate for itself, exported. Where there
 * is no CMA heap, a camera or codec whose driver allocates contiguously is the way to such memory.
 *
 * Each allocation opens the node, has the driver make one buffer as large as is needed, exports it
 * and closes the node. The memory lives as long as the dma-buf; the device's queue is free again at
 * once, and its format is left as it was. While another program streams, the queue is its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dmabuf.h"
#include "base/system_file.h"
#include "device/v4l2.h"
#include "heap/dmabuf.h"
#include "heap/internal.h"
#include "heap/system.h"

struct v4l2_heap {
	enum tenon_contiguity contiguity;
	char node[512];
};

/* A queue of the device, and a buffer made in it. */
struct heap_queue {
	int fd;
	struct v4l2_format format;
	uint32_t index;
};

static int open_node(const struct v4l2_heap *heap)
{
	return system_open_node(heap->node, O_RDWR | O_NONBLOCK);
}

/* The kind of queue a device has; a memory-to-memory device's has two, of which either will do. */
static int find_type(int fd, uint32_t *type)
{
	struct v4l2_capability capability;
	uint32_t all;

	if (v4l2_get_capabilities(fd, &capability, &all) < 0) {
		return -ENODEV;
	}
	*type = v4l2_find_type(all, TENON_V4L2_CAPTURE);
	if (*type == 0) {
		*type = v4l2_find_type(all, TENON_V4L2_OUTPUT);
	}
	return *type != 0 ? 0 : -ENODEV;
}

static int open_queue(const struct v4l2_heap *heap, struct heap_queue *queue)
{
	uint32_t type = 0;
	int ret;

	*queue = (struct heap_queue){.fd = open_node(heap)};
	if (queue->fd < 0) {
		return queue->fd;
	}
	ret = find_type(queue->fd, &type);
	if (ret < 0) {
		close(queue->fd);
		return ret;
	}
	queue->format.type = type;
	return 0;
}

static int v4l2_query(void *data, struct tenon_heap_info *info)
{
	const struct v4l2_heap *heap = data;
	struct heap_queue queue;
	int ret = open_queue(heap, &queue);

	info->contiguity = heap->contiguity;
	info->protection = TENON_PROTECTION_NONE;
	info->scarcity = HEAP_SCARCITY_V4L2;
	info->granularity = heap_page_size();
	info->dmabuf = true;
	info->mappable = true;
	info->own_fd = true;
	heap_describe_ram(info); /* of which drivers allocate */
	if (ret == -ENODEV && access(heap->node, F_OK) == 0) {
		info->availability = TENON_ABSENT;
		snprintf(info->reason, sizeof(info->reason),
			"%.200s is no V4L2 device that streams", heap->node);
	} else if (ret < 0) {
		info->availability =
			heap_explain_open(info->reason, sizeof(info->reason), heap->node, ret);
	} else {
		close(queue.fd);
	}
	return 0;
}

static bool is_mplane(const struct heap_queue *queue)
{
	return V4L2_TYPE_IS_MULTIPLANAR(queue->format.type);
}

/* Asks for a first plane of at least so many bytes. */
static void ask_for_size(struct v4l2_format *format, uint32_t bytes)
{
	if (!V4L2_TYPE_IS_MULTIPLANAR(format->type)) {
		if (format->fmt.pix.sizeimage < bytes) {
			format->fmt.pix.sizeimage = bytes;
		}
	} else if (format->fmt.pix_mp.plane_fmt[0].sizeimage < bytes) {
		format->fmt.pix_mp.plane_fmt[0].sizeimage = bytes;
	}
}

/* Has the driver make a buffer: as large as asked, where it can; else as its format has it. */
static int make_buffer(struct heap_queue *queue, uint64_t bytes)
{
	struct v4l2_create_buffers create = {.count = 1, .memory = V4L2_MEMORY_MMAP};
	struct v4l2_requestbuffers request = {.count = 1, .memory = V4L2_MEMORY_MMAP};
	int ret = v4l2_call(queue->fd, VIDIOC_G_FMT, &queue->format);

	if (ret < 0) {
		return ret;
	}
	ask_for_size(&queue->format, (uint32_t)bytes);
	create.format = queue->format;
	ret = v4l2_call(queue->fd, VIDIOC_CREATE_BUFS, &create);
	if (ret == 0) {
		queue->index = create.index;
		return 0;
	}
	if (ret != -ENOTTY) {
		return ret;
	}
	request.type = queue->format.type;
	return v4l2_call(queue->fd, VIDIOC_REQBUFS, &request);
}

static int query_length(const struct heap_queue *queue, uint64_t *length)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {
		.index = queue->index,
		.type = queue->format.type,
		.memory = V4L2_MEMORY_MMAP,
	};
	int ret;

	if (is_mplane(queue)) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
	ret = v4l2_call(queue->fd, VIDIOC_QUERYBUF, &buffer);
	*length = is_mplane(queue) ? planes[0].length : buffer.length;
	return ret;
}

/* The dma-buf of the first plane, or a negative errno. */
static int export_buffer(const struct heap_queue *queue)
{
	struct v4l2_exportbuffer export = {
		.type = queue->format.type,
		.index = queue->index,
		.flags = O_RDWR | O_CLOEXEC,
	};
	int ret = v4l2_call(queue->fd, VIDIOC_EXPBUF, &export);

	return ret < 0 ? ret : export.fd;
}

/* Which step failed, for an errno alone says little. */
static int take_buffer(const struct v4l2_heap *heap, struct heap_queue *queue,
	const struct tenon_alloc_request *request, uint64_t *length)
{
	int ret = make_buffer(queue, request->bytes);

	if (ret == -EBUSY) {
		return heap_fail(request, ret, "%s: another program uses the device", heap->node);
	}
	if (ret < 0) {
		/* the kernel says ENOMEM for the machine's memory and for CMA alike */
		ret = ret == -ENOMEM && heap->contiguity == TENON_CONTIGUITY_ASSURED ? -ENOSPC
										     : ret;
		return heap_fail(request, ret, "%s: making a buffer of %" PRIu64 " bytes: %s",
			heap->node, request->bytes, strerror(-ret));
	}
	ret = query_length(queue, length);
	if (ret < 0) {
		return heap_fail(
			request, ret, "%s: VIDIOC_QUERYBUF: %s", heap->node, strerror(-ret));
	}
	if (*length < request->bytes) {
		return heap_fail(request, -ENOTSUP,
			"%s: the driver makes buffers of %" PRIu64 " bytes, %" PRIu64
			" are asked for",
			heap->node, *length, request->bytes);
	}
	ret = export_buffer(queue);
	if (ret < 0) {
		return heap_fail(request, ret, "%s: VIDIOC_EXPBUF: %s", heap->node, strerror(-ret));
	}
	return ret;
}

static int open_explained(const struct v4l2_heap *heap, const struct tenon_alloc_request *request,
	struct heap_queue *queue)
{
	char reason[HEAP_REASON_SIZE];
	int ret = open_queue(heap, queue);

	if (ret == -ENODEV) {
		return heap_fail(request, -ENOENT, "%s is no V4L2 device that streams", heap->node);
	}
	if (ret == -EBUSY) {
		return heap_fail(request, ret, "%s: another program uses the device", heap->node);
	}
	if (ret < 0) {
		bool absent =
			heap_explain_open(reason, sizeof(reason), heap->node, ret) == TENON_ABSENT;

		ret = absent ? -ENOENT : ret == -EPERM ? -EACCES : ret;
		return heap_fail(request, ret, "%s", reason);
	}
	return 0;
}

static int v4l2_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	const struct v4l2_heap *heap = data;
	struct heap_queue queue;
	uint64_t length = 0;
	int ret;

	if (request->bytes > UINT32_MAX) {
		return heap_fail(request, -ENOTSUP, "V4L2 has no buffers of more than 4 GiB");
	}
	ret = open_explained(heap, request, &queue);
	if (ret < 0) {
		return ret;
	}
	ret = take_buffer(heap, &queue, request, &length);
	close(queue.fd);
	if (ret < 0) {
		return ret;
	}
	memory->fd = ret;
	memory->bytes = dmabuf_get_size(memory->fd);
	if (memory->bytes == 0) {
		memory->bytes = length;
	}
	memory->contiguity = heap->contiguity;
	memory->protection = TENON_PROTECTION_NONE;
	memory->dmabuf = true;
	memory->own_fd = true;
	memory->mappable = true;
	memory->zeroed = true; /* each of the kernel's allocators for V4L2 clears */
	memory->pinned = true;
	heap_dmabuf_set_name(memory->fd, request->label);
	return 0;
}

static void v4l2_free(void *data, struct tenon_memory *memory)
{
	close(memory->fd);
}

static void v4l2_destroy(void *data)
{
	free(data);
}

static const struct tenon_heap_impl v4l2_impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "v4l2",
	.query = v4l2_query,
	.alloc = v4l2_alloc,
	.free = v4l2_free,
	.destroy = v4l2_destroy,
};

int tenon_heap_create_v4l2(struct tenon_heap **out, const char *name, const char *node,
	enum tenon_contiguity contiguity)
{
	struct v4l2_heap *heap;
	int ret;

	if (out == NULL || node == NULL) {
		return -EINVAL;
	}
	heap = calloc(1, sizeof(*heap));
	if (heap == NULL) {
		return -ENOMEM;
	}
	heap->contiguity = contiguity == TENON_CONTIGUITY_ASSURED ? TENON_CONTIGUITY_ASSURED
								  : TENON_CONTIGUITY_UNKNOWN;
	ret = snprintf(heap->node, sizeof(heap->node), "%s", node) < (int)sizeof(heap->node)
		      ? heap_create_named(out, &v4l2_impl, name != NULL ? name : "v4l2", heap)
		      : -EINVAL;
	if (ret < 0) {
		free(heap);
	}
	return ret;
}
