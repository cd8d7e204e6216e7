/* SPDX-License-Identifier: MIT */
#include "constraint/meet.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/names.h"
#include "constraint/padding.h"

const struct tenon_keep _tenon_keep_all = {
	.scalars = UINT32_MAX,
	.slots = UINT16_MAX,
	.heaps = true,
	.formats = true,
	.modifiers = true,
};

enum {
	SLOTS_PREFERRED =
		1 << TENON_PLANE_PITCH_PREFERRED | 1 << TENON_PLANE_PITCH_PREFERRED_REMAINDER,
	SLOTS_HARD = ~SLOTS_PREFERRED & ((1 << TENON_PLANE_SLOTS_LEN) - 1),
	SLOTS_PITCH = 1 << TENON_PLANE_PITCH_MULTIPLE | 1 << TENON_PLANE_PITCH_REMAINDER |
		      1 << TENON_PLANE_PITCH_MULTIPLE_PIXELS |
		      1 << TENON_PLANE_PITCH_REMAINDER_PIXELS | 1 << TENON_PLANE_PITCH_EXACT |
		      1 << TENON_PLANE_PITCH_MAX,
};

struct tenon_congruence _tenon_congruence_at(const struct tenon_limits_plane *plane, unsigned slot)
{
	unsigned set = plane->set >> slot;

	return (struct tenon_congruence){
		.multiple = (set & 1) != 0 ? plane->value[slot] : 1,
		.remainder = (set & 2) != 0 ? plane->value[slot + 1] : 0,
	};
}

/* Combines two values of a slot; false when nothing is left. */
static bool meet_value(unsigned kind, uint64_t a, uint64_t b, uint64_t *out)
{
	switch (kind) {
	case TENON_KIND_MIN:
	case TENON_KIND_FLAG:
		*out = a > b ? a : b;
		return true;
	case TENON_KIND_MAX:
	case TENON_KIND_ADDRESS:
	case TENON_KIND_BOUNDARY:
		*out = a < b ? a : b;
		return true;
	case TENON_KIND_ALIGN:
		return _tenon_lcm(a, b, out);
	case TENON_KIND_PADDING:
		return _tenon_padding_meet(a, b, out);
	case TENON_KIND_MASK:
		*out = a & b;
		return *out != 0;
	case TENON_KIND_EXACT:
		*out = a;
		return a == b;
	default:
		return false;
	}
}

static void meet_scalars(struct tenon_limits *out, const struct tenon_limits *b, uint32_t keep,
	struct tenon_meet *result)
{
	uint32_t bits = b->set & keep, had = out->set;
	uint32_t unknown = out->unknown | (b->unknown & keep);
	bool changed = (bits & ~had) != 0 || unknown != out->unknown;

	out->unknown = unknown;
	out->set = had | bits;
	for (unsigned i = 0; bits >> i != 0; i++) {
		uint64_t value = b->scalar[i], before, after;

		if ((bits >> i & 1) == 0) {
			continue;
		}
		before = (had >> i & 1) != 0 ? out->scalar[i] : value;
		if (i < TENON_SCALAR_SMALLER) {
			after = before > value ? before : value;
		} else if (i < TENON_SCALAR_OTHER) {
			after = before < value ? before : value;
		} else if (!meet_value(_tenon_scalar_kind[i], before, value, &after)) {
			result->conflict = _tenon_property_of_scalar(i)->property;
			return;
		}
		changed |= after != before;
		out->scalar[i] = after;
	}
	result->changed |= changed;
}

/* Of two preferences that no pitch can follow both, the one that is kept: the greater step. */
static struct tenon_congruence prefer(struct tenon_congruence a, struct tenon_congruence b)
{
	if (a.multiple != b.multiple) {
		return a.multiple > b.multiple ? a : b;
	}
	return a.remainder > b.remainder ? a : b;
}

static bool is_power_of_two(uint64_t n)
{
	return (n & (n - 1)) == 0;
}

static bool meet_congruence(struct tenon_limits_plane *out, const struct tenon_limits_plane *b,
	unsigned slot, bool *changed)
{
	struct tenon_congruence ca, cb, both;
	uint16_t set = (uint16_t)((out->set | b->set) & 3u << slot);

	/* Most often: powers of two without remainders. */
	if (set == 1u << slot && (out->set & b->set & set) != 0 &&
		is_power_of_two(out->value[slot]) && is_power_of_two(b->value[slot])) {
		if (out->value[slot] < b->value[slot]) {
			out->value[slot] = b->value[slot];
			*changed = true;
		}
		return true;
	}
	ca = _tenon_congruence_at(out, slot);
	cb = _tenon_congruence_at(b, slot);
	if (!_tenon_congruence_meet(&both, ca, cb)) {
		if (slot != TENON_PLANE_PITCH_PREFERRED) {
			return false;
		}
		both = prefer(ca, cb);
	}
	if (both.remainder != 0) {
		set |= (uint16_t)(2u << slot);
	}
	*changed |= (set & ~out->set) != 0 || both.multiple != ca.multiple ||
		    both.remainder != ca.remainder;
	out->set |= set;
	out->value[slot] = both.multiple;
	out->value[slot + 1] = both.remainder;
	return true;
}

/* Returns the slot in conflict, or TENON_PLANE_SLOTS_LEN. */
static unsigned meet_plane(struct tenon_limits_plane *out, const struct tenon_limits_plane *b,
	uint16_t keep, bool *changed)
{
	unsigned bits = b->set & keep;
	uint16_t unknown = (uint16_t)(out->unknown | (b->unknown & keep));

	*changed |= unknown != out->unknown;
	out->unknown = unknown;
	for (unsigned i = 0; i < TENON_PLANE_PITCH_EXACT && bits >> i != 0; i += 2) {
		if ((bits & 3u << i) != 0 && !meet_congruence(out, b, i, changed)) {
			return i;
		}
	}
	for (unsigned i = TENON_PLANE_PITCH_EXACT; bits >> i != 0; i++) {
		uint64_t value = b->value[i];

		if ((bits >> i & 1) == 0) {
			continue;
		}
		if ((out->set >> i & 1) != 0 &&
			!meet_value(_tenon_plane_kind[i], out->value[i], value, &value)) {
			return i;
		}
		if ((out->set >> i & 1) == 0 || out->value[i] != value) {
			out->set |= (uint16_t)(1u << i);
			out->value[i] = value;
			*changed = true;
		}
	}
	return TENON_PLANE_SLOTS_LEN;
}

/* 0, or -E2BIG: of paddings nothing is in conflict, but there may be too many. */
static int meet_planes(struct tenon_limits *out, const struct tenon_limits *b, uint16_t keep,
	unsigned planes, struct tenon_meet *result)
{
	if (b->split && !out->split) {
		for (unsigned i = 1; i < TENON_MAX_PLANES; i++) {
			out->plane[i] = out->plane[0];
		}
		out->split = true;
	}
	for (unsigned i = 0; i < (out->split ? planes : 1u); i++) {
		unsigned slot = meet_plane(
			&out->plane[i], _tenon_limits_of_plane(b, i), keep, &result->changed);

		if (slot != TENON_PLANE_SLOTS_LEN) {
			result->conflict = _tenon_property_of_plane(slot)->property;
			result->plane = i;
			return _tenon_plane_kind[slot] == TENON_KIND_PADDING ? -E2BIG : 0;
		}
	}
	for (unsigned i = planes; out->split && i < TENON_MAX_PLANES; i++) {
		out->plane[i] = out->plane[0];
	}
	return 0;
}

static int meet_names(struct tenon_limits *out, const struct tenon_limits *b,
	struct tenon_arena *arena, struct tenon_meet *result)
{
	struct tenon_names both;

	if (b->heaps.set && !out->heaps.set) {
		out->heaps = b->heaps;
		result->changed = true;
	} else if (b->heaps.set && !_tenon_names_is_subset(&out->heaps, &b->heaps)) {
		both.name = _tenon_arena_alloc(arena, (out->heaps.len + 1) * sizeof(*both.name));
		if (both.name == NULL) {
			return -ENOMEM;
		}
		_tenon_names_intersect(&both, &out->heaps, &b->heaps);
		out->heaps = both;
		result->changed = true;
		if (both.len == 0) {
			result->conflict = TENON_PROP_HEAP;
		}
	}
	if (b->preferred.set && !out->preferred.set) {
		out->preferred = b->preferred;
		result->changed = true;
	} else if (b->preferred.set) {
		both.name = _tenon_arena_alloc(
			arena, (out->preferred.len + b->preferred.len + 1) * sizeof(*both.name));
		if (both.name == NULL) {
			return -ENOMEM;
		}
		_tenon_names_blend(&both, &out->preferred, &b->preferred);
		out->preferred = both;
		result->changed = true;
	}
	return 0;
}

void _tenon_limits_borrow(struct tenon_limits *out, const struct tenon_limits *limits)
{
	/* In bytes: the planes after the first are valid only if split. Computed, so that it is one
	 * call of memcpy() and not two slow inline ones. */
	size_t later = sizeof(*out) - offsetof(struct tenon_limits, plane[1]);

	memcpy(out, limits, offsetof(struct tenon_limits, plane[1]) + limits->split * later);
	out->owns = false;
	out->sources = NULL;
}

/* A pitch that no number satisfies, bytes and pixels apart: the property, or 0. */
static enum tenon_property find_in_plane(const struct tenon_limits_plane *plane)
{
	struct tenon_congruence c = _tenon_congruence_at(plane, TENON_PLANE_PITCH_MULTIPLE);
	struct tenon_congruence p = _tenon_congruence_at(plane, TENON_PLANE_PITCH_MULTIPLE_PIXELS);
	bool has_exact = (plane->set >> TENON_PLANE_PITCH_EXACT & 1) != 0;
	uint64_t exact = has_exact ? plane->value[TENON_PLANE_PITCH_EXACT] : 0;
	uint64_t max = (plane->set >> TENON_PLANE_PITCH_MAX & 1) != 0
			       ? plane->value[TENON_PLANE_PITCH_MAX]
			       : UINT64_MAX;

	if (c.remainder >= c.multiple) {
		return TENON_PROP_PITCH_REMAINDER;
	}
	if (p.remainder >= p.multiple) {
		return TENON_PROP_PITCH_REMAINDER_PIXELS;
	}
	if (has_exact && exact % c.multiple != c.remainder) {
		return TENON_PROP_PITCH_MULTIPLE;
	}
	if (has_exact && exact > max) {
		return TENON_PROP_PITCH_MAX;
	}
	/* the smallest pitch, which is not 0 */
	return (c.remainder != 0 ? c.remainder : c.multiple) > max ? TENON_PROP_PITCH_MULTIPLE : 0;
}

/* Whether no aligned address is in the range. */
static bool is_base_impossible(uint64_t align, uint64_t min, uint64_t max)
{
	uint64_t over = min % align;

	return over != 0 && (align - over > UINT64_MAX - min || min + (align - over) > max);
}

/* Whether both are set, and the first is above the second. */
static bool is_above(
	const struct tenon_limits *limits, enum tenon_scalar min, enum tenon_scalar max)
{
	uint32_t both = UINT32_C(1) << min | UINT32_C(1) << max;

	return (limits->set & both) == both && limits->scalar[min] > limits->scalar[max];
}

/* As _tenon_limits_find_contradiction(); *plane: in which plane. */
static enum tenon_property find_contradiction(const struct tenon_limits *limits, unsigned *plane)
{
	*plane = 0;
	for (unsigned i = 0; i < (limits->split ? TENON_MAX_PLANES : 1u); i++) {
		enum tenon_property property = 0;

		if ((limits->plane[i].set & SLOTS_PITCH) != 0) {
			property = find_in_plane(&limits->plane[i]);
		}
		if (property != 0) {
			*plane = i;
			return property;
		}
	}
	if (is_above(limits, TENON_SCALAR_WIDTH_MIN, TENON_SCALAR_WIDTH_MAX)) {
		return TENON_PROP_WIDTH_MIN;
	}
	if (is_above(limits, TENON_SCALAR_HEIGHT_MIN, TENON_SCALAR_HEIGHT_MAX)) {
		return TENON_PROP_HEIGHT_MIN;
	}
	if (!_tenon_limits_has_scalar(limits, TENON_SCALAR_ADDRESS_MIN)) {
		return 0;
	}
	if (is_above(limits, TENON_SCALAR_ADDRESS_MIN, TENON_SCALAR_ADDRESS_MAX)) {
		return TENON_PROP_ADDRESS_MIN;
	}
	return is_base_impossible(_tenon_limits_scalar(limits, TENON_SCALAR_BASE_ALIGN),
		       limits->scalar[TENON_SCALAR_ADDRESS_MIN],
		       _tenon_limits_scalar(limits, TENON_SCALAR_ADDRESS_MAX))
		       ? TENON_PROP_BASE_ALIGN
		       : 0;
}

int _tenon_meet(struct tenon_limits *out, const struct tenon_limits *a,
	const struct tenon_limits *b, const struct tenon_keep *keep, unsigned planes,
	struct tenon_arena *arena, struct tenon_meet *result)
{
	int rc;

	*result = (struct tenon_meet){.changed = false};
	_tenon_limits_borrow(out, a);
	rc = meet_planes(out, b, keep->slots, planes, result);
	if (rc == 0 && result->conflict == 0) {
		meet_scalars(out, b, keep->scalars, result);
	}
	if (rc == 0 && result->conflict == 0 && keep->heaps && (b->heaps.set || b->preferred.set)) {
		rc = meet_names(out, b, arena, result);
	}
	if (rc == 0 && result->conflict == 0 && result->changed) {
		result->conflict = find_contradiction(out, &result->plane);
	}
	return rc;
}

enum tenon_property _tenon_limits_find_contradiction(const struct tenon_limits *limits)
{
	unsigned plane;

	return find_contradiction(limits, &plane);
}

int _tenon_limits_meet(struct tenon_limits **out, const struct tenon_limits *a,
	const struct tenon_limits *b, enum tenon_property *property)
{
	struct tenon_limits both;
	struct tenon_arena arena;
	struct tenon_meet result;
	int rc;

	_tenon_arena_init(&arena, NULL, 0);
	rc = _tenon_meet(&both, a, b, &_tenon_keep_all, TENON_MAX_PLANES, &arena, &result);
	if (rc == 0 && result.conflict != 0) {
		rc = TENON_CONFLICT;
		if (property != NULL) {
			*property = result.conflict;
		}
	}
	if (rc == 0) {
		rc = tenon_limits_dup(out, &both);
	}
	_tenon_arena_finish(&arena);
	return rc;
}
