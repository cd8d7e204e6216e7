/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_V4L2_LIMITS_H
#define TENON_DEVICE_V4L2_LIMITS_H

/* From what the table says and what a driver said to limits, each value with its source. */

#include <stdbool.h>
#include <stdint.h>

#include <tenon/constraint.h>

#include "config/device_text.h"
#include "device/v4l2_learn.h"

struct v4l2_statement {
	const struct v4l2_learnt *learnt;
	uint32_t width, height; /* what was asked for; 0: no one size */
	bool is_part;           /* of a greater picture, which the driver stores */
	bool is_linear;         /* else pitches mean nothing */
	const struct tenon_format *format;
	struct tenon_v4l2_sizes sizes; /* in which a picture must be; zeroes: not known */
	const char *source;            /* "driver: VIDIOC_TRY_FMT at 1366x768" */

	const struct tenon_limits *table;  /* NULL: it does not know the device */
	const struct property_set *lifted; /* of the table's, what does not hold; NULL: none */
	enum tenon_answer contiguous;      /* as it was found out */
	bool is_variant;                   /* the table has others of the driver that differ */
};

/* 0 and *out, which is the caller's, or -ENOMEM. */
int v4l2_limits_create(struct tenon_limits **out, const struct v4l2_statement *statement);

#endif
