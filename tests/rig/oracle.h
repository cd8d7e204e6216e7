/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_RIG_ORACLE_H
#define TENON_TEST_RIG_ORACLE_H

/*
 * Is this dma-buf contiguous? Asked of the kernel itself: the vivid instance with allocators=1
 * refuses, with EFAULT, a buffer whose addresses are not one run. Then it captures a frame into the
 * buffer, and the frame is compared with what a second instance delivers into memory of its own: a
 * yes without the data in the right place is worth nothing.
 *
 * Use buffers of more than 1 MiB: the system heap takes blocks of up to 1 MiB, so a smaller one of
 * its buffers may truly be contiguous.
 */

#include <stddef.h>

struct oracle_result {
	int refused;        /* errno of queueing the buffer, 0: accepted */
	size_t pages;       /* 4 KiB pages of the frame */
	size_t pages_wrong; /* of these, how many do not hold what they should */
};

/* The smallest and largest size, in bytes, that the oracle can judge. */
enum {
	ORACLE_SIZE_MIN = 640 * 480 * 4,
	ORACLE_SIZE_MAX = 3840 * 2160 * 4,
};

/*
 * Asks, and reports; 0 or a negative errno when the question could not be put. Only a frame's worth
 * of the buffer is written and compared, but all size bytes are asked about.
 */
int oracle_ask(int dmabuf, size_t size, struct oracle_result *result);

/* 1: contiguous, and the frame arrived whole. 0: refused. Or a negative errno, -EIO when it was
 * accepted and the frame is not what it should be. */
int oracle_accepts_contiguous(int dmabuf, size_t size);

#endif
