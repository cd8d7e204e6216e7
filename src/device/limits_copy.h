/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_LIMITS_COPY_H
#define TENON_DEVICE_LIMITS_COPY_H

#include <tenon/constraint.h>

#include "config/device_text.h"

/* Copies every value, and its source, into limits that may have some already; without those of a
 * set (NULL: all are copied). 0 or -ENOMEM. */
int device_limits_copy(struct tenon_limits *to, const struct tenon_limits *from,
	const struct property_set *without);

#endif
