/* SPDX-License-Identifier: MIT */
#include "oracle.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <linux/videodev2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "camera.h"
#include "rig.h"

enum {
	PAGE = 4096,
	FRAME_TIMEOUT_MS = 30000,
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

/* One frame into the buffer that is queued. */
static int capture(struct camera *camera)
{
	int result = camera_start(camera);

	if (result == 0) {
		result = camera_take(camera, FRAME_TIMEOUT_MS);
		camera_stop(camera);
	}
	return result < 0 ? result : 0;
}

/* The frame as the ungated instance delivers it into memory of its own; to be freed. */
static int reference(const struct frame *frame, uint8_t **out)
{
	struct camera camera;
	uint8_t *copy = NULL;
	void *map = MAP_FAILED;
	int dmabuf = -1;
	int result = camera_open(
		&camera, CAMERA_ANY, frame->width, frame->height, V4L2_PIX_FMT_XBGR32, 0);

	if (result < 0) {
		return result;
	}
	result = camera_make(&camera, 1);
	if (result == 0) {
		result = capture(&camera);
	}
	if (result == 0) {
		dmabuf = camera_export(&camera, 0);
		result = dmabuf < 0 ? dmabuf : 0;
	}
	if (result == 0) {
		map = mmap(NULL, camera.size, PROT_READ, MAP_SHARED, dmabuf, 0);
		copy = malloc(camera.size);
		result = map == MAP_FAILED || copy == NULL ? -ENOMEM : 0;
	}
	if (result == 0) {
		memcpy(copy, map, camera.size);
		*out = copy;
		copy = NULL;
	}
	free(copy);
	if (map != MAP_FAILED) {
		munmap(map, camera.size);
	}
	if (dmabuf >= 0) {
		close(dmabuf);
	}
	camera_close(&camera);
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

int oracle_ask(int dmabuf, size_t size, struct oracle_result *result)
{
	const struct frame *frame = frame_for(size);
	uint8_t *expected = NULL;
	struct camera camera;
	int error;

	memset(result, 0, sizeof(*result));
	if (frame == NULL) {
		return -ERANGE;
	}
	error = camera_open(
		&camera, CAMERA_CONTIGUOUS, frame->width, frame->height, V4L2_PIX_FMT_XBGR32, 0);
	if (error < 0) {
		return error;
	}
	error = touch(dmabuf, size, NULL, 0, result);
	if (error == 0) {
		result->refused = -camera_give(&camera, &dmabuf, 1, size);
	}
	if (error == 0 && result->refused == 0) {
		error = capture(&camera);
		if (error == 0) {
			error = reference(frame, &expected);
		}
		if (error == 0) {
			error = touch(dmabuf, size, expected, camera.size, result);
		}
	}
	free(expected);
	camera_close(&camera);
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
