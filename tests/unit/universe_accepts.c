/* SPDX-License-Identifier: MIT */
#include "universe_aspects.h"

#include <string.h>

const char *const universe_heap_names[3] = {"cma", "huge", "system"};

/* How many planes a buffer has that the aspect is about; 0: the aspect is of all buffers. */
static const unsigned planes_of_aspect[ASPECTS] = {
	[PITCH_1] = 2,
	[OFFSET] = 2,
	[PLANE_TAIL] = 2,
	[TIGHT] = 3,
	[PADDED_HEIGHT] = 4,
};

/* So many columns or rows, and room for so many. What is rounded up to a multiple of 1, 2, 3, 4, 6
 * or 12, alone or together, differs in one of them. */
static const struct {
	uint64_t used, room;
} rooms[ROOMS_LEN] = {
	{1, 1},
	{1, 2},
	{1, 3},
	{1, 4},
	{1, 6},
	{1, 12},
	{4, 4},
	{4, 5},
	{4, 6},
	{4, 12},
	{5, 5},
	{5, 6},
	{5, 7},
	{5, 8},
	{5, 12},
	{7, 7},
	{7, 8},
	{7, 9},
	{7, 12},
	{9, 10},
	{9, 12},
};

/* Reads a value; false when there is none. */
static bool get(
	const struct tenon_limits *limits, enum tenon_property p, uint32_t plane, uint64_t *value)
{
	return tenon_limits_get(limits, p, plane, value) == 0;
}

static bool is_congruent(
	const struct tenon_limits *limits, enum tenon_property multiple, uint32_t plane, uint64_t x)
{
	uint64_t m = 1, r = 0;

	get(limits, multiple, plane, &m);
	get(limits, multiple + 1, plane, &r);
	return x % m == r;
}

static bool is_aligned(
	const struct tenon_limits *limits, enum tenon_property p, uint32_t plane, uint64_t x)
{
	uint64_t align = 1;

	get(limits, p, plane, &align);
	return x % align == 0;
}

/* Whether there is room for what is rounded up to each of the multiples. */
static bool has_room(
	const struct tenon_limits *limits, enum tenon_property p, uint32_t plane, uint64_t x)
{
	uint32_t aligns[TENON_PADDINGS_MAX];
	size_t len = tenon_limits_get_paddings(limits, p, plane, aligns);

	for (size_t i = 0; i < len; i++) {
		uint64_t padded = rooms[x].used;

		while (padded % aligns[i] != 0) {
			padded++;
		}
		if (padded > rooms[x].room) {
			return false;
		}
	}
	return true;
}

static bool is_at_most(const struct tenon_limits *limits, enum tenon_property p, uint64_t x)
{
	uint64_t max;

	return !get(limits, p, TENON_PLANE_ALL, &max) || x <= max;
}

static bool is_at_least(
	const struct tenon_limits *limits, enum tenon_property p, uint32_t plane, uint64_t x)
{
	uint64_t min;

	return !get(limits, p, plane, &min) || x >= min;
}

static bool is_in_mask(const struct tenon_limits *limits, enum tenon_property p, uint64_t x)
{
	uint64_t mask;

	return !get(limits, p, TENON_PLANE_ALL, &mask) || (mask >> x & 1) != 0;
}

static bool is_pitch(const struct tenon_limits *limits, uint32_t plane, uint64_t x)
{
	uint64_t exact = x, max = x;

	get(limits, TENON_PROP_PITCH_EXACT, plane, &exact);
	get(limits, TENON_PROP_PITCH_MAX, plane, &max);
	return exact == x && x <= max && is_congruent(limits, TENON_PROP_PITCH_MULTIPLE, plane, x);
}

static bool is_heap(const struct tenon_limits *limits, uint64_t x)
{
	const char *const *heaps = tenon_limits_get_heaps(limits, TENON_PROP_HEAP);

	for (size_t i = 0; heaps != NULL && heaps[i] != NULL; i++) {
		if (strcmp(heaps[i], universe_heap_names[x]) == 0) {
			return true;
		}
	}
	return heaps == NULL;
}

bool universe_accepts(
	const struct tenon_limits *limits, enum aspect aspect, uint64_t x, unsigned planes)
{
	const uint32_t all = TENON_PLANE_ALL;

	if (planes < planes_of_aspect[aspect]) {
		return true;
	}
	switch (aspect) {
	case PITCH_0:
	case PITCH_1:
		return is_pitch(limits, aspect == PITCH_0 ? 0 : 1, x);
	case PITCH_PIXELS:
		return is_congruent(limits, TENON_PROP_PITCH_MULTIPLE_PIXELS, 0, x) &&
		       (planes <= 3 ||
			       is_congruent(limits, TENON_PROP_PITCH_MULTIPLE_PIXELS, 3, x));
	case TIGHT:
		return is_at_least(limits, TENON_PROP_PITCH_TIGHT, 2, x);
	case LINKED:
		return is_at_least(limits, TENON_PROP_PITCH_LINKED, all, x);
	case WIDTH:
		return is_at_least(limits, TENON_PROP_WIDTH_MIN, all, x) &&
		       is_at_most(limits, TENON_PROP_WIDTH_MAX, x);
	case HEIGHT:
		return is_at_least(limits, TENON_PROP_HEIGHT_MIN, all, x) &&
		       is_at_most(limits, TENON_PROP_HEIGHT_MAX, x);
	case PADDED_WIDTH:
		return has_room(limits, TENON_PROP_WIDTH_ALIGN, 0, x) &&
		       (planes <= 2 || has_room(limits, TENON_PROP_WIDTH_ALIGN, 2, x));
	case PADDED_HEIGHT:
		return has_room(limits, TENON_PROP_HEIGHT_ALIGN, 3, x);
	case OFFSET:
		return is_aligned(limits, TENON_PROP_OFFSET_ALIGN, 1, x);
	case BASE:
		return is_aligned(limits, TENON_PROP_BASE_ALIGN, all, x) &&
		       is_at_least(limits, TENON_PROP_ADDRESS_MIN, all, x) &&
		       is_at_most(limits, TENON_PROP_ADDRESS_MAX, x);
	case SIZE:
		return is_aligned(limits, TENON_PROP_SIZE_ALIGN, all, x);
	case SIZE_TAIL:
		return is_at_least(limits, TENON_PROP_SIZE_TAIL, all, x);
	case PLANE_TAIL:
		return is_at_least(limits, TENON_PROP_PLANE_TAIL, 1, x);
	case SEGMENTS:
		return is_at_most(limits, TENON_PROP_SEGMENTS_MAX, x);
	case SEGMENT_SIZE:
		return is_at_most(limits, TENON_PROP_SEGMENT_SIZE_MAX, x);
	case BOUNDARY:
		return is_at_most(limits, TENON_PROP_SEGMENT_BOUNDARY, UINT64_C(1) << x);
	case CACHE:
		return is_in_mask(limits, TENON_PROP_CACHE, x);
	case OBJECTS:
		return is_in_mask(limits, TENON_PROP_OBJECTS, x);
	case PROTECTED:
		return is_in_mask(limits, TENON_PROP_PROTECTED, x);
	case OWN_FD:
		return is_at_least(limits, TENON_PROP_OWN_FD, all, x);
	default:
		return is_heap(limits, x);
	}
}
