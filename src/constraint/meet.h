/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_MEET_H
#define TENON_CONSTRAINT_MEET_H

/*
 * Limits as a lattice: the meet of two, and which of two is tighter. Both go slot by slot, so that
 * a <= b exactly if the meet of a and b is a; only whether anything is left looks at slots
 * together.
 */

#include <stdbool.h>

#include "constraint/arena.h"
#include "constraint/limits.h"
#include "constraint/number.h"

/* Which part of the vocabulary counts; explaining a conflict leaves some out. */
struct tenon_keep {
	uint32_t scalars; /* bit i: scalar i */
	uint16_t slots;   /* bit i: slot i of each plane */
	bool heaps, formats, modifiers;
};

extern const struct tenon_keep _tenon_keep_all;

/* Whether something is left, and whether it differs from the first of the two. */
struct tenon_meet {
	enum tenon_property conflict; /* 0: something is left */
	unsigned plane;               /* of the conflict; 0 also of what is not per plane */
	bool changed;
};

/*
 * Writes the meet of a and b to *out, as far as b's values are kept; a's are taken whole. Only so
 * many planes count (planes.h), TENON_MAX_PLANES is all; what out says of others is no matter.
 * Lists of names are made in the arena, or shared with a and b. Returns 0, -E2BIG when there are
 * more paddings than TENON_PADDINGS_MAX, or -ENOMEM.
 */
int _tenon_meet(struct tenon_limits *out, const struct tenon_limits *a,
	const struct tenon_limits *b, const struct tenon_keep *keep, unsigned planes,
	struct tenon_arena *arena, struct tenon_meet *result);

/* Copies what is valid of limits; names stay shared, sources are left behind. */
void _tenon_limits_borrow(struct tenon_limits *out, const struct tenon_limits *limits);

/* What one of two limits says of the other; preferences and unknown values do not count. */
enum {
	TENON_WITHIN = 1 << 0, /* a accepts nothing that b does not */
	TENON_AROUND = 1 << 1, /* the other way round */
};

/* Only the first planes count. */
unsigned _tenon_limits_compare(
	const struct tenon_limits *a, const struct tenon_limits *b, unsigned planes);

/* Whether value a of a slot is as tight as b or tighter; of a congruence with its remainder. */
bool _tenon_value_within(const struct tenon_property_info *info, uint64_t a, uint64_t b);
bool _tenon_congruence_within(struct tenon_congruence a, struct tenon_congruence b);

/* A congruence at a slot of a plane, and whether it is set. */
struct tenon_congruence _tenon_congruence_at(const struct tenon_limits_plane *plane, unsigned slot);

/* An order of limits in which only those that say exactly the same are equal; sources do not
 * count. Negative, 0, positive. */
int _tenon_limits_order(const struct tenon_limits *a, const struct tenon_limits *b);

#endif
