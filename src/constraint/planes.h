/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_PLANES_H
#define TENON_CONSTRAINT_PLANES_H

/*
 * How many planes count: what is said of a format's second plane does not matter to one that has
 * only one.
 */

#include <stddef.h>

#include <tenon/constraint.h>

/* Planes that buffers of a pair may have: of linear ones what the format has; modifiers can add
 * some, and formats that nobody knows can have all. */
unsigned _tenon_planes_of(const struct tenon_format_modifier *pair);

/* Those of a set's pairs that have at most so many planes; TENON_FORMAT_ANY becomes the formats
 * that do. out has room for len + _tenon_formats_known. Returns how many there are, a set. */
size_t _tenon_planes_select(struct tenon_format_modifier *out,
	const struct tenon_format_modifier *pairs, size_t len, unsigned planes);

/* How many formats are known. */
extern const size_t _tenon_formats_known;

#endif
