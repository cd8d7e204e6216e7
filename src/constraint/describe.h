/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_DESCRIBE_H
#define TENON_CONSTRAINT_DESCRIBE_H

/*
 * Limits in words, to follow a property's noun: "multiple of 256", "exactly 5464".
 */

#include <stdbool.h>

#include <tenon/constraint.h>

#include "base/text_buf.h"

/*
 * Adds the value that limits have for a property (a multiple and its remainder are one); for each
 * plane apart, if they differ. Returns false and adds nothing when it is unconstrained.
 */
bool _tenon_limits_describe(
	struct text_buf *buf, const struct tenon_limits *limits, enum tenon_property property);

/* Adds a format as its four characters, or in hex; a modifier by name or in hex. */
void _tenon_describe_format(struct text_buf *buf, uint32_t format);
void _tenon_describe_modifier(struct text_buf *buf, uint64_t modifier);

/* "multiple of 3 and of 4": what rows or columns are padded to (padding.h). */
void _tenon_paddings_describe(struct text_buf *buf, uint64_t set);

#endif
