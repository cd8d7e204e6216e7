/* SPDX-License-Identifier: MIT */
#include "fake/node.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <string.h>
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
		return node->v4l2.capabilities & (V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_M2M);
	default:
		return false;
	}
}

static int v4l2_get_format(const struct node *node, struct v4l2_format *format)
{
	if (!type_is(node, format->type)) {
		return -EINVAL;
	}
	if (node->v4l2.formats_len > 0) {
		if (node->format.type == format->type) {
			*format = node->format;
			return 0;
		}
		return fake_v4l2_try(node, format);
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
	if (create->count == 0) { /* a question */
		bool known =
			create->memory == V4L2_MEMORY_MMAP || create->memory == V4L2_MEMORY_DMABUF;

		return type_is(node, create->format.type) && known ? 0 : -EINVAL;
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

static int v4l2_list_format(const struct node *node, struct v4l2_fmtdesc *description)
{
	if (!type_is(node, description->type) || description->index >= node->v4l2.formats_len) {
		return -EINVAL;
	}
	description->pixelformat = node->v4l2.formats[description->index];
	/* no end: drivers of others need not have one */
	memset(description->description, 'x', sizeof(description->description));
	return 0;
}

static int v4l2_list_size(const struct node *node, struct v4l2_frmsizeenum *size)
{
	if (node->v4l2.width == 0) {
		return -ENOTTY;
	}
	if (size->index > 0) {
		return -EINVAL;
	}
	size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
	size->discrete.width = node->v4l2.fault == FAKE_V4L2_NO_SIZE ? 0 : node->v4l2.width;
	size->discrete.height = node->v4l2.height;
	return 0;
}

static int v4l2_set_format(struct node *node, struct v4l2_format *format)
{
	int ret;

	if (!type_is(node, format->type)) {
		return -EINVAL;
	}
	if (node->made != 0 || node->imports) {
		return -EBUSY;
	}
	ret = fake_v4l2_try(node, format);
	if (ret == 0) {
		node->format = *format;
	}
	return ret;
}

static int v4l2_request(struct node *node, struct v4l2_requestbuffers *request)
{
	if (request->memory == V4L2_MEMORY_MMAP && request->count == 1) {
		return v4l2_make(node, request->type, node->v4l2.sizeimage);
	}
	if (!type_is(node, request->type) || request->memory != V4L2_MEMORY_DMABUF) {
		return -EINVAL;
	}
	node->imports = request->count > 0;
	if (node->imports && node->v4l2.fault == FAKE_V4L2_BUFFERS) {
		request->count = 1000000;
	}
	return 0;
}

static int v4l2_import(const struct node *node, int fd, uint32_t length, uint32_t sizeimage)
{
	int64_t bytes = fake_buffer_bytes(fd);

	if (bytes < 0 || bytes < sizeimage || length < sizeimage) {
		return -EINVAL;
	}
	return node->v4l2.contiguous ? -EFAULT : 0;
}

static int v4l2_queue(const struct node *node, const struct v4l2_buffer *buffer)
{
	const struct v4l2_pix_format_mplane *mp = &node->format.fmt.pix_mp;
	int ret = 0;

	if (!node->imports || buffer->memory != V4L2_MEMORY_DMABUF || buffer->index != 0 ||
		buffer->type != node->format.type) {
		return -EINVAL;
	}
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		return v4l2_import(
			node, buffer->m.fd, buffer->length, node->format.fmt.pix.sizeimage);
	}
	if (buffer->length < mp->num_planes) {
		return -EINVAL;
	}
	for (unsigned i = 0; i < mp->num_planes && ret == 0; i++) {
		ret = v4l2_import(node, buffer->m.planes[i].m.fd, buffer->m.planes[i].length,
			mp->plane_fmt[i].sizeimage);
	}
	return ret;
}

int fake_v4l2_ioctl(struct node *node, unsigned long request, void *argument)
{
	struct v4l2_capability *capability = argument;

	switch (request) {
	case VIDIOC_QUERYCAP:
		node->made = 0; /* the first that one asks of a node just opened */
		*capability = (struct v4l2_capability){
			.driver = "fake-camera-name", /* 16 bytes, no end */
			.capabilities = node->v4l2.capabilities | V4L2_CAP_DEVICE_CAPS,
			.device_caps = node->v4l2.capabilities};
		return 0;
	case VIDIOC_G_FMT:
		return v4l2_get_format(node, argument);
	case VIDIOC_TRY_FMT:
		return fake_v4l2_try(node, argument);
	case VIDIOC_S_FMT:
		return v4l2_set_format(node, argument);
	case VIDIOC_ENUM_FMT:
		return v4l2_list_format(node, argument);
	case VIDIOC_ENUM_FRAMESIZES:
		return v4l2_list_size(node, argument);
	case VIDIOC_QBUF:
		return v4l2_queue(node, argument);
	case VIDIOC_CREATE_BUFS:
		return v4l2_create(node, argument);
	case VIDIOC_REQBUFS:
		return v4l2_request(node, argument);
	case VIDIOC_QUERYBUF:
		return v4l2_query_buffer(node, argument);
	case VIDIOC_EXPBUF:
		return v4l2_export(node, argument);
	default:
		return -ENOTTY;
	}
}
