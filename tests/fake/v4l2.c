/* SPDX-License-Identifier: MIT */
#include "fake/node.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <unistd.h>

static bool type_is(const struct node *node, uint32_t type)
{
	switch (type) {
	case V4L2_BUF_TYPE_VIDEO_CAPTURE:
		return node->v4l2.capabilities & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_M2M);
	case V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE:
		return node->v4l2.capabilities &
		       (V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_VIDEO_M2M_MPLANE);
	case V4L2_BUF_TYPE_VIDEO_OUTPUT:
		return node->v4l2.capabilities & V4L2_CAP_VIDEO_OUTPUT;
	default:
		return false;
	}
}

static int v4l2_get_format(const struct node *node, struct v4l2_format *format)
{
	if (!type_is(node, format->type)) {
		return -EINVAL;
	}
	if (V4L2_TYPE_IS_MULTIPLANAR(format->type)) {
		format->fmt.pix_mp =
			(struct v4l2_pix_format_mplane){.width = 64, .height = 48, .num_planes = 2};
		format->fmt.pix_mp.plane_fmt[0].sizeimage = node->v4l2.sizeimage;
		format->fmt.pix_mp.plane_fmt[1].sizeimage = node->v4l2.sizeimage / 2;
	} else {
		format->fmt.pix = (struct v4l2_pix_format){
			.width = 64, .height = 48, .sizeimage = node->v4l2.sizeimage};
	}
	return 0;
}

static int v4l2_make(struct node *node, uint32_t type, uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	bytes = (bytes + page - 1) / page * page;
	if (!type_is(node, type) || bytes < node->v4l2.sizeimage) {
		return -EINVAL;
	}
	if (bytes > fake_left_of(node)) {
		return -ENOMEM;
	}
	node->made = bytes;
	return 0;
}

static int v4l2_create(struct node *node, struct v4l2_create_buffers *create)
{
	bool mplane = V4L2_TYPE_IS_MULTIPLANAR(create->format.type);

	if (node->v4l2.no_create_bufs) {
		return -ENOTTY;
	}
	if (create->memory != V4L2_MEMORY_MMAP || create->count != 1) {
		return -EINVAL;
	}
	create->index = 0;
	return v4l2_make(node, create->format.type,
		mplane ? create->format.fmt.pix_mp.plane_fmt[0].sizeimage
		       : create->format.fmt.pix.sizeimage);
}

static int v4l2_query_buffer(const struct node *node, struct v4l2_buffer *buffer)
{
	if (!type_is(node, buffer->type) || node->made == 0 || buffer->index != 0) {
		return -EINVAL;
	}
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		buffer->length = (uint32_t)node->made;
		return 0;
	}
	if (buffer->m.planes == NULL || buffer->length < 2) {
		return -EINVAL;
	}
	buffer->m.planes[0].length = (uint32_t)node->made;
	buffer->m.planes[1].length = node->v4l2.sizeimage / 2;
	buffer->length = 2;
	return 0;
}

static int v4l2_export(struct node *node, struct v4l2_exportbuffer *export)
{
	if (node->v4l2.no_export || !type_is(node, export->type) || node->made == 0 ||
		export->index != 0 || export->plane != 0 ||
		(export->flags & ~(uint32_t)(O_CLOEXEC | O_ACCMODE)) != 0) {
		return -EINVAL;
	}
	export->fd = fake_new_buffer(node, node->made, export->flags & O_CLOEXEC);
	return export->fd < 0 ? export->fd : 0;
}

int fake_v4l2_ioctl(struct node *node, unsigned long request, void *argument)
{
	struct v4l2_capability *capability = argument;
	struct v4l2_requestbuffers *buffers = argument;

	switch (request) {
	case VIDIOC_QUERYCAP:
		node->made = 0; /* the first that one asks of a node just opened */
		*capability = (struct v4l2_capability){
			.capabilities = node->v4l2.capabilities | V4L2_CAP_DEVICE_CAPS,
			.device_caps = node->v4l2.capabilities};
		return 0;
	case VIDIOC_G_FMT:
		return v4l2_get_format(node, argument);
	case VIDIOC_CREATE_BUFS:
		return v4l2_create(node, argument);
	case VIDIOC_REQBUFS:
		if (buffers->memory != V4L2_MEMORY_MMAP || buffers->count != 1) {
			return -EINVAL;
		}
		return v4l2_make(node, buffers->type, node->v4l2.sizeimage);
	case VIDIOC_QUERYBUF:
		return v4l2_query_buffer(node, argument);
	case VIDIOC_EXPBUF:
		return v4l2_export(node, argument);
	default:
		return -ENOTTY;
	}
}
