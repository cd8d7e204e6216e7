/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_UNIVERSE_ASPECTS_H
#define TENON_TEST_UNIVERSE_ASPECTS_H

/*
 * What can be said of a buffer in a small universe, and what limits say to it.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tenon/constraint.h>

enum aspect {
	PITCH_0,
	PITCH_1,
	PITCH_PIXELS,
	TIGHT,
	LINKED,
	WIDTH,
	HEIGHT,
	PADDED_WIDTH,
	PADDED_HEIGHT,
	OFFSET,
	BASE,
	SIZE,
	SIZE_TAIL,
	PLANE_TAIL,
	SEGMENTS,
	SEGMENT_SIZE,
	BOUNDARY,
	CACHE,
	OBJECTS,
	PROTECTED,
	OWN_FD,
	HEAP,
	ASPECTS,
};

/* Rows or columns used and room for them: that many cases (PADDED_WIDTH, PADDED_HEIGHT). */
enum { ROOMS_LEN = 21 };

/* Names of HEAP's values. */
extern const char *const universe_heap_names[3];

/* Whether limits accept a buffer of so many planes with value x in one aspect. */
bool universe_accepts(
	const struct tenon_limits *limits, enum aspect aspect, uint64_t x, unsigned planes);

#endif
