/* SPDX-License-Identifier: MIT */
#include "camera.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rig.h"

enum {
	/* vivid's own controls: "OSD Text Mode" and "Disconnect" */
	VIVID_CID_OSD_TEXT_MODE = 0x00f0f000 + 1,
	VIVID_OSD_NONE = 2,
	VIVID_CID_DISCONNECT = 0x00f0f000 + 65,
};

static int set_format(struct camera *camera, uint32_t pitch)
{
	struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
	struct v4l2_pix_format *pix = &format.fmt.pix;
	int result;

	pix->width = camera->width;
	pix->height = camera->height;
	pix->pixelformat = camera->format;
	pix->field = V4L2_FIELD_NONE;
	pix->bytesperline = pitch;
	result = rig_ioctl(camera->fd, VIDIOC_S_FMT, &format);
	if (result < 0) {
		return result;
	}
	if (pix->width != camera->width || pix->height != camera->height ||
		pix->pixelformat != camera->format || (pitch != 0 && pix->bytesperline != pitch)) {
		return -ERANGE;
	}
	camera->pitch = pix->bytesperline;
	camera->size = pix->sizeimage;
	return 0;
}

/* As fast as it can: tests wait for frames. */
static int set_rate(struct camera *camera)
{
	struct v4l2_streamparm parm = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};

	parm.parm.capture.timeperframe.numerator = 1;
	parm.parm.capture.timeperframe.denominator = 60;
	return rig_ioctl(camera->fd, VIDIOC_S_PARM, &parm);
}

int camera_open(struct camera *camera, const char *name, uint32_t width, uint32_t height,
	uint32_t format, uint32_t pitch)
{
	struct v4l2_control control = {.id = VIVID_CID_OSD_TEXT_MODE, .value = VIVID_OSD_NONE};
	int input = 0;
	int result;

	memset(camera, 0, sizeof(*camera));
	camera->width = width;
	camera->height = height;
	camera->format = format;
	camera->fd = rig_open_video(name);
	if (camera->fd < 0) {
		return camera->fd;
	}
	result = rig_ioctl(camera->fd, VIDIOC_S_INPUT, &input);
	if (result == 0) {
		result = rig_ioctl(camera->fd, VIDIOC_S_CTRL, &control);
	}
	if (result == 0) {
		result = set_format(camera, pitch);
	}
	if (result == 0) {
		result = set_rate(camera);
	}
	if (result < 0) {
		camera_close(camera);
	}
	return result;
}

void camera_close(struct camera *camera)
{
	if (camera->fd >= 0) {
		close(camera->fd);
	}
	camera->fd = -1;
}

static int request(struct camera *camera, uint32_t memory, int len)
{
	struct v4l2_requestbuffers request = {
		.count = (uint32_t)len,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = memory,
	};
	int result = rig_ioctl(camera->fd, VIDIOC_REQBUFS, &request);

	if (result == 0 && request.count < (uint32_t)len) {
		result = -ERANGE;
	}
	camera->memory = memory;
	camera->len = len;
	return result;
}

int camera_give_back(struct camera *camera, int index)
{
	struct v4l2_buffer buffer = {
		.index = (uint32_t)index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = camera->memory,
	};

	if (camera->memory == V4L2_MEMORY_DMABUF) {
		buffer.m.fd = camera->dmabufs[index];
		buffer.length = (uint32_t)camera->buffer_size;
	}
	return rig_ioctl(camera->fd, VIDIOC_QBUF, &buffer);
}

static int queue_all(struct camera *camera)
{
	int result = 0;

	for (int i = 0; i < camera->len && result == 0; i++) {
		result = camera_give_back(camera, i);
	}
	return result;
}

int camera_give(struct camera *camera, const int *dmabufs, int len, size_t size)
{
	int result = len > CAMERA_BUFFERS_MAX ? -ERANGE : request(camera, V4L2_MEMORY_DMABUF, len);

	if (result < 0) {
		return result;
	}
	memcpy(camera->dmabufs, dmabufs, (size_t)len * sizeof(*dmabufs));
	camera->buffer_size = size;
	return queue_all(camera);
}

int camera_make(struct camera *camera, int len)
{
	int result = request(camera, V4L2_MEMORY_MMAP, len);

	return result < 0 ? result : queue_all(camera);
}

int camera_export(struct camera *camera, int index)
{
	struct v4l2_exportbuffer export = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.index = (uint32_t)index,
		.flags = O_RDWR | O_CLOEXEC,
	};
	int result = rig_ioctl(camera->fd, VIDIOC_EXPBUF, &export);

	return result < 0 ? result : export.fd;
}

int camera_start(struct camera *camera)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	return rig_ioctl(camera->fd, VIDIOC_STREAMON, &type);
}

int camera_take(struct camera *camera, int timeout_ms)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = camera->memory,
	};
	struct pollfd poll_fd = {.fd = camera->fd, .events = POLLIN};
	int result = poll(&poll_fd, 1, timeout_ms);

	if (result <= 0) {
		return result < 0 ? -errno : -ETIMEDOUT;
	}
	result = rig_ioctl(camera->fd, VIDIOC_DQBUF, &buffer);
	if (result < 0) {
		return result;
	}
	return (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0 ? -EIO : (int)buffer.index;
}

int camera_stop(struct camera *camera)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	return rig_ioctl(camera->fd, VIDIOC_STREAMOFF, &type);
}

int camera_unplug(struct camera *camera)
{
	struct v4l2_control control = {.id = VIVID_CID_DISCONNECT};

	return rig_ioctl(camera->fd, VIDIOC_S_CTRL, &control);
}

int camera_driver(const char *how)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/platform/drivers/vivid/%s", how);
	return rig_write_text(path, "vivid.0");
}
