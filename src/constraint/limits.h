/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_LIMITS_H
#define TENON_CONSTRAINT_LIMITS_H

/*
 * The inside of limits, for this room and those to its right.
 *
 * Read values with _tenon_limits_scalar() and _tenon_limits_plane(): an unset or unknown value
 * reads as the one that constrains nothing (a multiple of 1, a maximum of UINT64_MAX, a mask of all
 * bits), so that no caller has to ask whether it is set. An exact pitch reads 0 when there is none;
 * alignments of width and height are sets (padding.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/constraint.h>

#include "constraint/property.h"

enum {
	TENON_HEAP_NAME_MAX = 63, /* bytes */
	TENON_HEAPS_MAX = 32,     /* in one list */
};

/* Values of one plane. A slot is meaningful where its bit in `set` is. */
struct tenon_limits_plane {
	uint16_t set, unknown;
	uint64_t value[TENON_PLANE_SLOTS_LEN];
};

/* Names of heaps. */
struct tenon_names {
	bool set;          /* false: no list, anything goes */
	uint32_t len;      /* the names are followed by a NULL */
	const char **name; /* NULL while len is 0 */
};

struct tenon_limits {
	uint32_t set, unknown; /* bit i: scalar i */
	bool split;            /* false: plane[0] holds for all planes, the others are not valid */
	bool owns;             /* names and sources are freed with it; not so within a merge */
	struct tenon_names heaps;     /* accepted, in byte order */
	struct tenon_names preferred; /* best first */
	char **sources;               /* NULL, or one for each row of the property table */
	uint64_t scalar[TENON_SCALARS_LEN];
	struct tenon_limits_plane plane[TENON_MAX_PLANES];
};

/* The values that hold for a plane. */
static inline const struct tenon_limits_plane *_tenon_limits_of_plane(
	const struct tenon_limits *limits, unsigned plane)
{
	return &limits->plane[limits->split ? plane : 0];
}

static inline bool _tenon_limits_has_scalar(
	const struct tenon_limits *limits, enum tenon_scalar slot)
{
	return (limits->set >> slot & 1) != 0;
}

static inline uint64_t _tenon_limits_scalar(
	const struct tenon_limits *limits, enum tenon_scalar slot)
{
	return _tenon_limits_has_scalar(limits, slot) ? limits->scalar[slot]
						      : _tenon_scalar_neutral[slot];
}

static inline bool _tenon_limits_has_plane(
	const struct tenon_limits *limits, unsigned plane, enum tenon_plane_slot slot)
{
	return (_tenon_limits_of_plane(limits, plane)->set >> slot & 1) != 0;
}

static inline uint64_t _tenon_limits_plane(
	const struct tenon_limits *limits, unsigned plane, enum tenon_plane_slot slot)
{
	const struct tenon_limits_plane *p = _tenon_limits_of_plane(limits, plane);

	return (p->set >> slot & 1) != 0 ? p->value[slot] : _tenon_plane_neutral[slot];
}

/* Whether memory of this heap is accepted. */
bool _tenon_limits_accept_heap(const struct tenon_limits *limits, const char *name);

/* Position of a heap among those preferred, 0 the best; SIZE_MAX when it is not among them. */
size_t _tenon_limits_rank_heap(const struct tenon_limits *limits, const char *name);

/*
 * What both accept. Returns 0 and writes *out: the caller releases it with tenon_limits_destroy().
 * TENON_CONFLICT when nothing is left: if property is not NULL, *property is the one in the way.
 * -E2BIG when there are too many paddings, -ENOMEM.
 */
int _tenon_limits_meet(struct tenon_limits **out, const struct tenon_limits *a,
	const struct tenon_limits *b, enum tenon_property *property);

/* Limits that nothing can be within, whatever size and format: the property, or 0. */
enum tenon_property _tenon_limits_find_contradiction(const struct tenon_limits *limits);

/*
 * The smallest pitch that is at least `least` and congruent, in bytes or pixels:
 * false when there is none in 64 bits.
 */
bool _tenon_congruence_next(uint64_t least, uint64_t multiple, uint64_t remainder, uint64_t *next);

#endif
