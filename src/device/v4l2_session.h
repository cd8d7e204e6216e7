/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_V4L2_SESSION_H
#define TENON_DEVICE_V4L2_SESSION_H

/*
 * A try on a device. The node is opened anew, so that the driver can tell us from the program: what
 * is in use it refuses with EBUSY. At the end streaming is stopped, buffers are let go of, and the
 * format is what it was.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/v4l2.h"

enum {
	V4L2_SESSION_BUFFERS_MAX = 32,
};

struct v4l2_session {
	int fd;
	uint32_t type;
	struct v4l2_format saved;
	bool has_format, has_buffers, streams;
	uint32_t memory;      /* enum v4l2_memory of the buffers */
	uint32_t buffers_len; /* as the driver made of one */
	/* Of the last frame: bytes before its data in each object (multi-planar). */
	uint32_t data_offset[TENON_MAX_PLANES];
};

/* 0; -EBUSY when the queue is in use; or a negative errno. Ends with v4l2_session_finish(). */
int v4l2_session_init(struct v4l2_session *session, const struct tenon_v4l2_device *device,
	enum tenon_v4l2_queue queue);
void v4l2_session_finish(struct v4l2_session *session);

/* Sets a format; *format is what the driver made of it. */
int v4l2_session_set_format(struct v4l2_session *session, struct v4l2_format *format);

/* Asks for one buffer of a type of memory; a driver may make it more, all of which are needed. */
int v4l2_session_request(struct v4l2_session *session, uint32_t memory);

/* Lets go of them. */
void v4l2_session_release(struct v4l2_session *session);

/* Queues buffer index: an fd for each of len objects, or the driver's own memory without fds. bytes
 * are the objects'; an output reads so many as are used, after the first offset ones, which the
 * multi-planar API alone can say. */
struct v4l2_session_memory {
	const int *fds;
	uint32_t len;
	uint32_t bytes[TENON_MAX_PLANES], used[TENON_MAX_PLANES], offset[TENON_MAX_PLANES];
};

int v4l2_session_queue(
	struct v4l2_session *session, uint32_t index, const struct v4l2_session_memory *memory);

/* Starts, waits for one frame and stops: its buffer's index, -ETIMEDOUT, -EIO when the driver says
 * that the frame is damaged, or a negative errno. All buffers are the program's again. */
int v4l2_session_stream(struct v4l2_session *session, int timeout_ms);

#endif
