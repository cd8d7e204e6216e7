/* SPDX-License-Identifier: MIT */
#include "oracle.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

enum {
	PAGE = 4096,
	FRAME_TIMEOUT_MS = 30000,
	/* "On Screen Text Mode" of vivid: its text has the time in it. */
	VIVID_CID_OSD_TEXT_MODE = 0x00f0f000 + 1,
	VIVID_OSD_NONE = 2,
};

/* The sizes of vivid's webcam input, which it delivers without scaling. */
static const struct frame {
	uint32_t width, height;
} frames[] = {{3840, 2160}, {1920, 1080}, {1280, 720}, {640, 480}};

static const struct frame *frame_for(size_t size)
{
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		if ((size_t)frames[i].width * frames[i].height * 4 <= size) {
			return &frames[i];
		}
	}
	return NULL;
}

/* Opens the instance and sets it to the frame's size, XRGB, no text in the picture. */
static int open_camera(const char *name, const struct frame *frame, size_t *frame_size)
{
	struct v4l2_control control = {.id = VIVID_CID_OSD_TEXT_MODE, .value = VIVID_OSD_NONE};
	struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
	struct v4l2_pix_format *pix = &format.fmt.pix;
	int input = 0;
	int fd = rig_open_video(name);
	int result;

	if (fd < 0) {
		return fd;
	}
	pix->width = frame->width;
	pix->height = frame->height;
	pix->pixelformat = V4L2_PIX_FMT_XBGR32;
	pix->field = V4L2_FIELD_NONE;
	result = rig_ioctl(fd, VIDIOC_S_INPUT, &input);
	if (result == 0) {
		result = rig_ioctl(fd, VIDIOC_S_CTRL, &control);
	}
	if (result == 0) {
		result = rig_ioctl(fd, VIDIOC_S_FMT, &format);
	}
	if (result == 0 && (pix->width != frame->width || pix->height != frame->height)) {
		result = -ERANGE;
	}
	if (result < 0) {
		close(fd);
		return result;
	}
	*frame_size = pix->sizeimage;
	return fd;
}

static int request(int camera, uint32_t memory, uint32_t count)
{
	struct v4l2_requestbuffers request = {
		.count = count,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = memory,
	};

	return rig_ioctl(camera, VIDIOC_REQBUFS, &request);
}

/* Captures one frame into the queued buffer. */
static int capture(int camera, uint32_t memory)
{
	struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = memory};
	struct pollfd poll_fd = {.fd = camera, .events = POLLIN};
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	int result = rig_ioctl(camera, VIDIOC_STREAMON, &type);

	if (result < 0) {
		return result;
	}
	result = poll(&poll_fd, 1, FRAME_TIMEOUT_MS);
	if (result <= 0) {
		result = result < 0 ? -errno : -ETIMEDOUT;
	} else {
		result = rig_ioctl(camera, VIDIOC_DQBUF, &buffer);
	}
	if (result == 0 && (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0) {
		result = -EIO;
	}
	rig_ioctl(camera, VIDIOC_STREAMOFF, &type);
	return result;
}

/* The frame as the ungated instance delivers it into its own memory; to be freed. */
static int reference(const struct frame *frame, uint8_t **out)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	void *map = MAP_FAILED;
	uint8_t *copy = NULL;
	size_t size = 0;
	int result;
	int camera = open_camera("vivid-000-vid-cap", frame, &size);

	if (camera < 0) {
		return camera;
	}
	result = request(camera, V4L2_MEMORY_MMAP, 1);
	if (result == 0) {
		result = rig_ioctl(camera, VIDIOC_QUERYBUF, &buffer);
	}
	if (result == 0) {
		map = mmap(NULL, size, PROT_READ, MAP_SHARED, camera, (off_t)buffer.m.offset);
		copy = malloc(size);
		result = map == MAP_FAILED || copy == NULL ? -ENOMEM : 0;
	}
	if (result == 0) {
		result = rig_ioctl(camera, VIDIOC_QBUF, &buffer);
	}
	if (result == 0) {
		result = capture(camera, V4L2_MEMORY_MMAP);
	}
	if (result == 0) {
		memcpy(copy, map, size);
		*out = copy;
		copy = NULL;
	}
	free(copy);
	if (map != MAP_FAILED) {
		munmap(map, size);
	}
	close(camera);
	return result;
}

static int sync_access(int dmabuf, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = flags};

	return rig_ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
}

/* Fills the buffer with what no frame holds, or compares it with the frame. */
static int touch(int dmabuf, size_t size, const uint8_t *frame, size_t frame_size,
	struct oracle_result *result)
{
	uint64_t flags = frame == NULL ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ;
	int error;
	uint8_t *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);

	if (map == MAP_FAILED) {
		return -errno;
	}
	error = sync_access(dmabuf, flags | DMA_BUF_SYNC_START);
	if (error == 0 && frame == NULL) {
		memset(map, 0x5a, size);
	}
	for (size_t at = 0; error == 0 && frame != NULL && at < frame_size; at += PAGE) {
		size_t len = frame_size - at < PAGE ? frame_size - at : PAGE;

		result->pages++;
		result->pages_wrong += memcmp(map + at, frame + at, len) != 0;
	}
	if (error == 0) {
		error = sync_access(dmabuf, flags | DMA_BUF_SYNC_END);
	}
	munmap(map, size);
	return error;
}

/* Queues the dma-buf; a refusal is no error here. */
static int queue(int camera, int dmabuf, size_t size, struct oracle_result *result)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
		.m.fd = dmabuf,
		.length = (uint32_t)size,
	};
	int error = request(camera, V4L2_MEMORY_DMABUF, 1);

	if (error == 0) {
		result->refused = -rig_ioctl(camera, VIDIOC_QBUF, &buffer);
	}
	return error;
}

int oracle_ask(int dmabuf, size_t size, struct oracle_result *result)
{
	const struct frame *frame = frame_for(size);
	uint8_t *expected = NULL;
	size_t frame_size = 0;
	int camera, error;

	memset(result, 0, sizeof(*result));
	if (frame == NULL) {
		return -ERANGE;
	}
	camera = open_camera("vivid-001-vid-cap", frame, &frame_size);
	if (camera < 0) {
		return camera;
	}
	error = touch(dmabuf, size, NULL, 0, result);
	if (error == 0) {
		error = queue(camera, dmabuf, size, result);
	}
	if (error == 0 && result->refused == 0) {
		error = capture(camera, V4L2_MEMORY_DMABUF);
		if (error == 0) {
			error = reference(frame, &expected);
		}
		if (error == 0) {
			error = touch(dmabuf, size, expected, frame_size, result);
		}
	}
	free(expected);
	close(camera);
	return error;
}

int oracle_accepts_contiguous(int dmabuf, size_t size)
{
	struct oracle_result result;
	int error = oracle_ask(dmabuf, size, &result);

	if (error < 0) {
		return error;
	}
	if (result.refused != 0) {
		return result.refused == EFAULT ? 0 : -result.refused;
	}
	return result.pages > 0 && result.pages_wrong == 0 ? 1 : -EIO;
}
