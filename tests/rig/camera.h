/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_RIG_CAMERA_H
#define TENON_TEST_RIG_CAMERA_H

/*
 * A vivid instance as a camera, single-planar. Its picture is the same in each frame: the text in
 * it, which tells the time, is off. The second instance takes contiguous buffers only.
 */

#include <stddef.h>
#include <stdint.h>

#define CAMERA_ANY "vivid-000-vid-cap"
#define CAMERA_CONTIGUOUS "vivid-001-vid-cap"

enum {
	CAMERA_BUFFERS_MAX = 8,
};

struct camera {
	int fd;
	uint32_t width, height, format;
	uint32_t pitch; /* bytes */
	size_t size;    /* bytes of a frame */
	uint32_t memory;
	int len; /* buffers */
	int dmabufs[CAMERA_BUFFERS_MAX];
	size_t buffer_size;
};

/* Sets width, height and V4L2 format; pitch 0: the driver's. 0 or a negative errno, -ERANGE where
 * the driver makes something else of them. */
int camera_open(struct camera *camera, const char *name, uint32_t width, uint32_t height,
	uint32_t format, uint32_t pitch);
void camera_close(struct camera *camera);

/* Hands buffers over, of size bytes each, and queues them all. They stay the caller's. -EFAULT: one
 * is not contiguous. */
int camera_give(struct camera *camera, const int *dmabufs, int len, size_t size);

/* Makes len buffers of the camera's own and queues them; camera_export() gives one as dma-buf. */
int camera_make(struct camera *camera, int len);
int camera_export(struct camera *camera, int index);

int camera_start(struct camera *camera);

/* Waits for a frame; its buffer's index, or a negative errno. It is given back by the next. */
int camera_take(struct camera *camera, int timeout_ms);
int camera_give_back(struct camera *camera, int index);

/* Ends streaming; all buffers are the caller's again. */
int camera_stop(struct camera *camera);

/* The camera's instance disappears, as if it were unplugged; the other one stays. */
int camera_unplug(struct camera *camera);

/* Binds or unbinds ("bind", "unbind") vivid's driver: both instances, new after a bind. */
int camera_driver(const char *how);

#endif
