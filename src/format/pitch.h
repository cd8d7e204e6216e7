/* SPDX-License-Identifier: MIT */
#ifndef TENON_FORMAT_PITCH_H
#define TENON_FORMAT_PITCH_H

/*
 * The smallest pitches that satisfy what limits say of them: congruences in bytes and in pixels,
 * exact values, maxima, chroma pitches that follow from luma's. Exact: a pitch is found if, and
 * only if, there is one of 32 bits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "constraint/limits.h"
#include "format/format.h"

/* The numbers x of 32 bits with x = remainder (mod multiple); 0 <= remainder < multiple <= 2^32. */
struct _tenon_congruence {
	uint64_t multiple, remainder;
};

/*
 * Leaves of the numbers those with factor * x = remainder (mod multiple). factor is 1 to 255.
 * Returns 0, TENON_CONFLICT when none is left, -EOVERFLOW when those left exceed 32 bits.
 */
int _tenon_congruence_add(
	struct _tenon_congruence *numbers, uint64_t factor, uint64_t multiple, uint64_t remainder);

/* What a plane stores, before anything is said of its pitch. */
struct _tenon_plane_need {
	uint64_t tight; /* bytes of a row of the picture */
	uint64_t row;   /* bytes of a row with its padding columns */
};

/*
 * Finds the smallest pitch of each plane. prefer: follow preferred pitches where that leaves a
 * solution.
 *
 * Returns 0 and writes pitches; TENON_CONFLICT and the property in the way; -EOVERFLOW.
 */
int _tenon_pitch_solve(const struct tenon_format *format, const struct tenon_limits *limits,
	const struct _tenon_plane_need *needs, bool prefer, uint32_t *pitches,
	enum tenon_property *property);

/* Whether these pitches are ones that _tenon_pitch_solve() could give. As it, without -EOVERFLOW.
 */
int _tenon_pitch_check(const struct tenon_format *format, const struct tenon_limits *limits,
	const struct _tenon_plane_need *needs, const uint32_t *pitches,
	enum tenon_property *property);

#endif
