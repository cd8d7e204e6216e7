/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_PROPERTY_H
#define TENON_CONSTRAINT_PROPERTY_H

/*
 * What the vocabulary of limits means: one row for each property. Everything that handles limits
 * goes by this table and by the slots it names, so a new property is a row, a slot and, if it
 * combines in a new way, a kind.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/constraint.h>

/* Where limits keep a value that holds for the buffer as a whole. Those that combine in the same
 * way are neighbours, so that merging need not ask for each. */
enum tenon_scalar {
	/* TENON_KIND_MIN, TENON_KIND_FLAG: the greater holds */
	TENON_SCALAR_PITCH_LINKED,
	TENON_SCALAR_OWN_FD,
	TENON_SCALAR_WIDTH_MIN,
	TENON_SCALAR_HEIGHT_MIN,
	TENON_SCALAR_SIZE_TAIL,
	TENON_SCALAR_ADDRESS_MIN,
	/* TENON_KIND_MAX, TENON_KIND_ADDRESS, TENON_KIND_BOUNDARY: the smaller holds */
	TENON_SCALAR_WIDTH_MAX,
	TENON_SCALAR_SMALLER = TENON_SCALAR_WIDTH_MAX,
	TENON_SCALAR_HEIGHT_MAX,
	TENON_SCALAR_SEGMENTS_MAX,
	TENON_SCALAR_SEGMENT_SIZE_MAX,
	TENON_SCALAR_SEGMENT_BOUNDARY,
	TENON_SCALAR_ADDRESS_MAX,
	/* TENON_KIND_ALIGN, TENON_KIND_MASK */
	TENON_SCALAR_BASE_ALIGN,
	TENON_SCALAR_OTHER = TENON_SCALAR_BASE_ALIGN,
	TENON_SCALAR_SIZE_ALIGN,
	TENON_SCALAR_CACHE,
	TENON_SCALAR_OBJECTS,
	TENON_SCALAR_PROTECTED,
	TENON_SCALARS_LEN,
};

/* Where limits keep a value of one plane. A remainder follows its multiple; congruences come
 * first. */
enum tenon_plane_slot {
	TENON_PLANE_PITCH_MULTIPLE,
	TENON_PLANE_PITCH_REMAINDER,
	TENON_PLANE_PITCH_MULTIPLE_PIXELS,
	TENON_PLANE_PITCH_REMAINDER_PIXELS,
	TENON_PLANE_PITCH_PREFERRED,
	TENON_PLANE_PITCH_PREFERRED_REMAINDER,
	TENON_PLANE_PITCH_EXACT,
	TENON_PLANE_PITCH_TIGHT,
	TENON_PLANE_PITCH_MAX,
	TENON_PLANE_WIDTH_ALIGN,
	TENON_PLANE_HEIGHT_ALIGN,
	TENON_PLANE_OFFSET_ALIGN,
	TENON_PLANE_TAIL,
	TENON_PLANE_SLOTS_LEN,
};

/* How values of a property combine. */
enum tenon_kind {
	TENON_KIND_PAIRS,     /* format, modifier: of conflicts only */
	TENON_KIND_MULTIPLE,  /* modulus of a congruence; its remainder is the next slot */
	TENON_KIND_REMAINDER, /* remainder of a congruence */
	TENON_KIND_EXACT,     /* one number or another */
	TENON_KIND_MIN,       /* the greatest holds */
	TENON_KIND_MAX,       /* the smallest holds; never 0 */
	TENON_KIND_ADDRESS,   /* as TENON_KIND_MAX, but 0 is a value */
	TENON_KIND_BOUNDARY,  /* as TENON_KIND_MAX, and a power of two */
	TENON_KIND_ALIGN,     /* the least common multiple holds */
	TENON_KIND_PADDING,   /* each holds on its own: padding.h */
	TENON_KIND_FLAG,      /* 1 holds */
	TENON_KIND_MASK,      /* what all accept holds */
	TENON_KIND_NAMES,     /* lists of heaps */
};

struct tenon_property_info {
	enum tenon_property property;
	const char *name;
	const char *unit;
	const char *noun; /* for sentences: "needs <noun> <value>" */
	uint64_t neutral; /* the value that constrains nothing */
	uint64_t mask;    /* TENON_KIND_MASK: the bits there are */
	uint8_t kind;
	bool per_plane;
	uint8_t slot; /* enum tenon_plane_slot if per plane, else enum tenon_scalar */
};

/* The row of a property, or NULL. */
const struct tenon_property_info *_tenon_property_info(enum tenon_property property);

/* Row i in the order of the enum, or NULL. */
const struct tenon_property_info *_tenon_property_list(size_t i);

/* The row of a slot. */
const struct tenon_property_info *_tenon_property_of_scalar(unsigned slot);
const struct tenon_property_info *_tenon_property_of_plane(unsigned slot);

/* What an unset slot means, and how slots combine: the table's facts once more, close together. A
 * test holds them to the table. */
extern const uint8_t _tenon_scalar_kind[TENON_SCALARS_LEN];
extern const uint8_t _tenon_plane_kind[TENON_PLANE_SLOTS_LEN];
extern const uint64_t _tenon_scalar_neutral[TENON_SCALARS_LEN];
extern const uint64_t _tenon_plane_neutral[TENON_PLANE_SLOTS_LEN];

/* Whether a value makes sense for the property, looked at alone. */
bool _tenon_property_accepts(const struct tenon_property_info *info, uint64_t value);

#endif
