/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "camera.h"

enum {
	FRAME_TIMEOUT_MS = 5000,
};

static int call(int fd, unsigned long request, void *argument)
{
	int ret;

	do {
		ret = ioctl(fd, request, argument);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

static bool is_multi(const struct capture *capture)
{
	return V4L2_TYPE_IS_MULTIPLANAR(capture->type);
}

/* The driver's name of the layout's format; it may list an old one, too. */
static uint32_t find_pixelformat(
	const struct tenon_v4l2_device *device, const struct tenon_layout *layout)
{
	bool per_plane = tenon_layout_get_objects_len(layout) > 1;

	for (size_t i = 0; i < tenon_v4l2_device_get_formats_len(device, TENON_V4L2_CAPTURE); i++) {
		struct tenon_v4l2_format format = {.size = sizeof(format)};

		if (tenon_v4l2_device_get_format(device, TENON_V4L2_CAPTURE, i, &format) == 0 &&
			format.known &&
			format.drm.format ==
				tenon_format_get_fourcc(tenon_layout_get_format(layout)) &&
			format.drm.modifier == tenon_layout_get_modifier(layout) &&
			format.per_plane == per_plane) {
			return format.pixelformat;
		}
	}
	return 0;
}

/* The pitch of the first plane in an object. */
static uint32_t pitch_of(const struct tenon_layout *layout, size_t object)
{
	struct tenon_plane_layout plane;

	for (size_t i = 0; tenon_layout_get_plane(layout, i, &plane) == 0; i++) {
		if (plane.object == object) {
			return plane.pitch;
		}
	}
	return 0;
}

static void put_format(const struct capture *capture, const struct tenon_layout *layout,
	struct v4l2_format *format)
{
	memset(format, 0, sizeof(*format));
	format->type = capture->type;
	/* the same members in both kinds of format */
	format->fmt.pix.width = capture->width;
	format->fmt.pix.height = capture->height;
	format->fmt.pix.pixelformat = capture->pixelformat;
	format->fmt.pix.field = V4L2_FIELD_NONE;
	if (!is_multi(capture)) {
		format->fmt.pix.bytesperline = pitch_of(layout, 0);
		return;
	}
	format->fmt.pix_mp.num_planes = (uint8_t)capture->objects_len;
	for (uint32_t i = 0; i < capture->objects_len; i++) {
		format->fmt.pix_mp.plane_fmt[i].bytesperline = pitch_of(layout, i);
	}
}

/* Whether the driver has set just the layout. */
static bool is_layout(const struct capture *capture, const struct tenon_layout *layout,
	const struct v4l2_format *format)
{
	const struct v4l2_pix_format_mplane *mp = &format->fmt.pix_mp;

	if (format->fmt.pix.width != capture->width || format->fmt.pix.height != capture->height ||
		format->fmt.pix.pixelformat != capture->pixelformat) {
		return false;
	}
	if (!is_multi(capture)) {
		return format->fmt.pix.bytesperline == pitch_of(layout, 0) &&
		       format->fmt.pix.sizeimage <= capture->bytes[0];
	}
	for (uint32_t i = 0; i < capture->objects_len; i++) {
		if (mp->num_planes != capture->objects_len ||
			mp->plane_fmt[i].bytesperline != pitch_of(layout, i) ||
			mp->plane_fmt[i].sizeimage > capture->bytes[i]) {
			return false;
		}
	}
	return true;
}

int capture_set_format(struct capture *capture, const struct tenon_v4l2_device *device,
	const struct tenon_layout *layout)
{
	struct tenon_v4l2_queue_info queue = {.size = sizeof(queue)};
	struct v4l2_format format;
	int ret = tenon_v4l2_device_get_queue(device, TENON_V4L2_CAPTURE, &queue);

	if (ret < 0) {
		return ret;
	}
	memset(capture, 0, sizeof(*capture));
	capture->fd = tenon_v4l2_device_get_fd(device);
	capture->type = queue.buffer_type;
	capture->pixelformat = find_pixelformat(device, layout);
	capture->objects_len = (uint32_t)tenon_layout_get_objects_len(layout);
	tenon_layout_get_size(layout, &capture->width, &capture->height);
	for (uint32_t i = 0; i < capture->objects_len; i++) {
		uint64_t bytes = tenon_layout_get_object_size(layout, i);

		capture->bytes[i] = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
	}
	put_format(capture, layout, &format);
	ret = call(capture->fd, VIDIOC_S_FMT, &format);
	return ret == 0 && !is_layout(capture, layout, &format) ? -ERANGE : ret;
}

static int request(const struct capture *capture, uint32_t len, uint32_t memory)
{
	struct v4l2_requestbuffers buffers = {
		.count = len, .type = capture->type, .memory = memory};
	int ret = call(capture->fd, VIDIOC_REQBUFS, &buffers);

	return ret == 0 && buffers.count < len ? -ENOBUFS : ret;
}

int capture_request(struct capture *capture, uint32_t len, bool import)
{
	int ret = request(capture, len, import ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP);

	capture->len = ret == 0 ? len : 0;
	return ret;
}

int capture_queue(struct capture *capture, uint32_t index)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {
		.index = index,
		.type = capture->type,
		.memory = V4L2_MEMORY_DMABUF,
		.m.fd = capture->queue[index].fds[0],
		.length = capture->bytes[0],
	};

	if (is_multi(capture)) {
		for (uint32_t i = 0; i < capture->objects_len; i++) {
			planes[i].m.fd = capture->queue[index].fds[i];
			planes[i].length = capture->bytes[i];
		}
		buffer.m.planes = planes;
		buffer.length = capture->objects_len;
	}
	return call(capture->fd, VIDIOC_QBUF, &buffer);
}

int capture_start(struct capture *capture)
{
	int type = (int)capture->type;
	int ret = call(capture->fd, VIDIOC_STREAMON, &type);

	capture->streams = ret == 0;
	capture->has_sequence = false;
	return ret;
}

static int wait_frame(const struct capture *capture)
{
	struct pollfd wait = {.fd = capture->fd, .events = POLLIN};
	int ret;

	do {
		ret = poll(&wait, 1, FRAME_TIMEOUT_MS);
	} while (ret < 0 && errno == EINTR);
	return ret == 0 ? -ETIMEDOUT : ret < 0 ? -errno : 0;
}

static int dequeue(const struct capture *capture, uint32_t memory, struct v4l2_buffer *buffer)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	int ret = wait_frame(capture);

	if (ret < 0) {
		return ret;
	}
	*buffer = (struct v4l2_buffer){.type = capture->type, .memory = memory};
	if (is_multi(capture)) {
		buffer->m.planes = planes;
		buffer->length = VIDEO_MAX_PLANES;
	}
	ret = call(capture->fd, VIDIOC_DQBUF, buffer);
	buffer->m.planes = NULL;
	for (uint32_t i = 0; ret == 0 && i < capture->objects_len; i++) {
		ret = planes[i].data_offset != 0 ? -EPROTO : 0; /* no layout has room for that */
	}
	return ret == -EAGAIN ? -ETIMEDOUT : ret;
}

int capture_take(struct capture *capture, uint32_t *index, uint64_t *missed)
{
	struct v4l2_buffer buffer;
	int ret = dequeue(capture, V4L2_MEMORY_DMABUF, &buffer);

	if (ret < 0) {
		return ret;
	}
	if (buffer.index >= capture->len) {
		return -EPROTO;
	}
	if (capture->has_sequence && buffer.sequence - capture->sequence - 1 < UINT32_MAX / 2) {
		*missed += buffer.sequence - capture->sequence - 1;
	}
	capture->sequence = buffer.sequence;
	capture->has_sequence = true;
	*index = buffer.index;
	return (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0 ? -EIO : 0;
}

void capture_stop(struct capture *capture)
{
	int type = (int)capture->type;

	if (capture->streams) {
		(void)call(capture->fd, VIDIOC_STREAMOFF, &type);
		capture->streams = false;
	}
	if (capture->len > 0) {
		(void)request(capture, 0, V4L2_MEMORY_DMABUF);
		capture->len = 0;
	}
	for (size_t i = 0; i < QUEUE_MAX; i++) {
		for (uint32_t j = 0; capture->queue[i].slot != NULL && j < capture->objects_len;
			j++) {
			close(capture->queue[i].fds[j]);
		}
		capture->queue[i].slot = NULL;
	}
}

/* Queues all of the driver's own buffers, takes the first frame, and copies its first object. */
static int take_own(const struct capture *capture, uint8_t **out)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {.type = capture->type, .memory = V4L2_MEMORY_MMAP};
	size_t length;
	void *map;
	int ret;

	if (is_multi(capture)) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
	ret = call(capture->fd, VIDIOC_QUERYBUF, &buffer);
	if (ret < 0) {
		return ret;
	}
	length = is_multi(capture) ? planes[0].length : buffer.length;
	map = mmap(NULL, length, PROT_READ, MAP_SHARED, capture->fd,
		is_multi(capture) ? planes[0].m.mem_offset : buffer.m.offset);
	if (map == MAP_FAILED) {
		return -errno;
	}
	ret = call(capture->fd, VIDIOC_QBUF, &buffer);
	if (ret == 0) {
		ret = call(capture->fd, VIDIOC_STREAMON, &(int){(int)capture->type});
	}
	if (ret == 0) {
		ret = dequeue(capture, V4L2_MEMORY_MMAP, &buffer);
	}
	*out = ret == 0 ? malloc(length > capture->bytes[0] ? length : capture->bytes[0]) : NULL;
	if (ret == 0 && *out == NULL) {
		ret = -ENOMEM;
	}
	if (ret == 0) {
		memcpy(*out, map, length);
	}
	(void)call(capture->fd, VIDIOC_STREAMOFF, &(int){(int)capture->type});
	munmap(map, length);
	return ret;
}

int capture_own_frame(struct capture *capture, uint8_t **out, uint32_t *pitch)
{
	struct v4l2_format format = {.type = capture->type};
	int ret = call(capture->fd, VIDIOC_G_FMT, &format);

	if (ret == 0) {
		*pitch = is_multi(capture) ? format.fmt.pix_mp.plane_fmt[0].bytesperline
					   : format.fmt.pix.bytesperline;
		ret = request(capture, 1, V4L2_MEMORY_MMAP);
	}
	if (ret == 0) {
		ret = take_own(capture, out);
		(void)request(capture, 0, V4L2_MEMORY_MMAP);
	}
	return ret;
}
