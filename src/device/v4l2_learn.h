/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_V4L2_LEARN_H
#define TENON_DEVICE_V4L2_LEARN_H

/*
 * What a driver wants of one format at one size, found out by VIDIOC_TRY_FMT alone. V4L2 has no way
 * to ask "which pitches", so it is asked for several and what it makes of them is looked at.
 */

#include <stdbool.h>
#include <stdint.h>

#include "device/v4l2.h"

/* Of one memory object. All zeroes past the objects there are, so that two can be compared. */
struct v4l2_learnt_buffer {
	uint32_t row;       /* bytes of a row without padding */
	uint32_t pitch;     /* the driver's own choice */
	uint32_t multiple;  /* every pitch it makes is a multiple of this */
	uint32_t pitch_max; /* the greatest it was seen to take; 0: no end was seen */
	uint32_t tail;      /* bytes it wants after the rows, at most */
	bool takes_more;    /* pitches above its own choice are taken */
	bool is_tight;      /* its own choice has no padding */
};

struct v4l2_learnt {
	uint32_t width, height; /* what it makes of the size that was asked for */
	uint32_t buffers_len;
	struct v4l2_learnt_buffer buffers[TENON_MAX_PLANES];
	uint32_t size_align; /* every object's size is a multiple of this, which explains tails */
	bool linked;         /* one pitch rules all */
};

/*
 * 0; -EINVAL when the driver does not have the format, or makes another size of this one, which is
 * then in *out; -EPROTO when its answers contradict what the format is; or a negative errno of the
 * driver.
 */
int v4l2_learn(const struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue,
	uint32_t pixelformat, uint32_t width, uint32_t height, struct v4l2_learnt *out);

/* Whether a picture of this size would be stored as a part of the size that was learnt, in whole
 * blocks. */
bool v4l2_is_part(uint32_t width, uint32_t height, const struct v4l2_learnt *learnt);

#endif
