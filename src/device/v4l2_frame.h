/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_V4L2_FRAME_H
#define TENON_DEVICE_V4L2_FRAME_H

/*
 * Whether what a device writes comes to where it belongs. That a driver takes a buffer does not
 * tell: Linux 6.12 maps udmabufs of huge pages wrongly for drivers that write with the CPU, reports
 * no error, and the frame is elsewhere.
 */

#include "device/v4l2_session.h"

struct v4l2_frame {
	const struct tenon_layout *layout;
	const struct tenon_v4l2_layout *granted; /* what the driver has set */
	const int *fds;
	int timeout_ms;
};

/*
 * Captures frames into the buffer, whose format the session has set; no buffers may be there.
 * Twice, over two patterns, so that every byte the device did not write is known; and, where the
 * source shows the same picture all the time, compared with memory of the driver's own.
 *
 * Returns 0; -EBADMSG when the frame is not where it belongs, and text says what is wrong; -EAGAIN
 * when it could not be tried, and text says why; -ENODEV; -ENOMEM.
 */
int v4l2_frame_check(
	struct v4l2_session *session, const struct v4l2_frame *frame, char *text, size_t text_size);

#endif
