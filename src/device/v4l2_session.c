/* SPDX-License-Identifier: MIT */
#include "device/v4l2_session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/system_file.h"

/* The node once more; where that cannot be (no /proc, no permission any more, a driver that is
 * opened once), the same file. */
static int open_again(int fd)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = system_open_node(path, O_RDWR | O_NONBLOCK);
	if (again < 0) {
		again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	}
	return again < 0 ? -errno : again;
}

/* Whether the queue has buffers: then they are somebody's, and not to be touched. */
static bool has_buffers(int fd, uint32_t type)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {.type = type};

	if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
	return v4l2_call(fd, VIDIOC_QUERYBUF, &buffer) == 0;
}

int v4l2_session_init(struct v4l2_session *session, const struct tenon_v4l2_device *device,
	enum tenon_v4l2_queue queue)
{
	int ret;

	memset(session, 0, sizeof(*session));
	session->type = device->queues[queue].type;
	session->fd = open_again(device->fd);
	if (session->fd < 0) {
		return session->fd;
	}
	session->saved.type = session->type;
	ret = v4l2_call(session->fd, VIDIOC_G_FMT, &session->saved);
	if (ret == 0 && has_buffers(session->fd, session->type)) {
		ret = -EBUSY;
	}
	if (ret < 0) {
		close(session->fd);
	}
	return ret;
}

static void stop(struct v4l2_session *session)
{
	int type = (int)session->type;

	if (session->streams) {
		(void)v4l2_call(session->fd, VIDIOC_STREAMOFF, &type);
		session->streams = false;
	}
}

void v4l2_session_release(struct v4l2_session *session)
{
	struct v4l2_requestbuffers request = {.type = session->type, .memory = session->memory};

	stop(session);
	if (session->has_buffers) {
		(void)v4l2_call(session->fd, VIDIOC_REQBUFS, &request);
		session->has_buffers = false;
	}
}

void v4l2_session_finish(struct v4l2_session *session)
{
	v4l2_session_release(session);
	if (session->has_format) {
		(void)v4l2_call(session->fd, VIDIOC_S_FMT, &session->saved);
	}
	close(session->fd);
}

int v4l2_session_set_format(struct v4l2_session *session, struct v4l2_format *format)
{
	int ret = v4l2_call(session->fd, VIDIOC_S_FMT, format);

	session->has_format = session->has_format || ret == 0;
	return ret;
}

int v4l2_session_request(struct v4l2_session *session, uint32_t memory)
{
	struct v4l2_requestbuffers request = {.count = 1, .type = session->type, .memory = memory};
	int ret = v4l2_call(session->fd, VIDIOC_REQBUFS, &request);

	if (ret < 0) {
		return ret;
	}
	session->has_buffers = true;
	session->memory = memory;
	session->buffers_len = request.count;
	return request.count == 0 || request.count > V4L2_SESSION_BUFFERS_MAX ? -EPROTO : 0;
}

int v4l2_session_queue(
	struct v4l2_session *session, uint32_t index, const struct v4l2_session_memory *memory)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {
		.index = index,
		.type = session->type,
		.memory = session->memory,
		.field = V4L2_FIELD_NONE,
	};
	bool imports = session->memory == V4L2_MEMORY_DMABUF;

	if (V4L2_TYPE_IS_MULTIPLANAR(session->type)) {
		buffer.m.planes = planes;
		buffer.length = memory->len;
		for (uint32_t i = 0; i < memory->len; i++) {
			planes[i].m.fd = imports ? memory->fds[i] : 0;
			planes[i].length = imports ? memory->bytes[i] : 0;
			planes[i].bytesused = memory->used[i] + memory->offset[i];
			planes[i].data_offset = memory->offset[i];
		}
	} else {
		buffer.m.fd = imports ? memory->fds[0] : 0;
		buffer.length = imports ? memory->bytes[0] : 0;
		buffer.bytesused = memory->used[0];
	}
	return v4l2_call(session->fd, VIDIOC_QBUF, &buffer);
}

static int take(struct v4l2_session *session, int timeout_ms)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {.type = session->type, .memory = session->memory};
	struct pollfd wait = {
		.fd = session->fd,
		.events = V4L2_TYPE_IS_OUTPUT(session->type) ? POLLOUT : POLLIN,
	};
	int ret;

	do {
		ret = poll(&wait, 1, timeout_ms);
	} while (ret < 0 && errno == EINTR);
	if (ret <= 0) {
		return ret < 0 ? -errno : -ETIMEDOUT;
	}
	if (V4L2_TYPE_IS_MULTIPLANAR(session->type)) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
	ret = v4l2_call(session->fd, VIDIOC_DQBUF, &buffer);
	if (ret < 0) {
		return ret == -EAGAIN ? -ETIMEDOUT : ret;
	}
	if (buffer.index >= session->buffers_len) {
		return -EPROTO;
	}
	for (unsigned i = 0; i < TENON_MAX_PLANES; i++) {
		session->data_offset[i] = planes[i].data_offset;
	}
	return (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0 ? -EIO : (int)buffer.index;
}

int v4l2_session_stream(struct v4l2_session *session, int timeout_ms)
{
	int type = (int)session->type;
	int ret = v4l2_call(session->fd, VIDIOC_STREAMON, &type);

	if (ret < 0) {
		return ret;
	}
	session->streams = true;
	ret = take(session, timeout_ms);
	stop(session);
	return ret;
}
