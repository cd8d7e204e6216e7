/* SPDX-License-Identifier: MIT */
/*
 * The pitches of planes that are linked are all multiples of one number t: with NV12 both pitches
 * are t, with YUV420 they are 2t, t and t. A plane on its own is a group of one, its pitch t. What
 * limits say of a pitch becomes a congruence of t, or a bound; the smallest t that is left gives
 * the smallest pitch of each plane, and so the fewest bytes.
 */
#include "format/pitch.h"

#include <errno.h>

#define PITCH_MAX UINT64_C(0xffffffff)

/* What t may be. */
struct range {
	struct _tenon_congruence numbers;
	uint64_t least, most;
	enum tenon_property least_by, most_by; /* who set the bound; 0: the row, 32 bits */
};

/* Planes first to last of a group, and how many t each one's pitch is. */
struct group {
	unsigned first, last;
	uint64_t factor[TENON_MAX_PLANES];
};

static uint64_t gcd_of(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

/*
 * Pitch of plane i over that of plane 0 is (bytes per column of the picture) over the same of plane
 * 0: num[i] / den[i]. The factors are the smallest whole numbers in these proportions.
 */
static void link_planes(const struct tenon_format *format, struct group *group)
{
	const struct _tenon_format_plane *p0 = &format->planes[0];
	uint64_t num[TENON_MAX_PLANES] = {1}, den[TENON_MAX_PLANES] = {1};
	uint64_t all = 1;

	group->first = 0;
	group->last = format->planes_len - 1u;
	for (unsigned i = 1; i < format->planes_len; i++) {
		const struct _tenon_format_plane *p = &format->planes[i];
		uint64_t gcd;

		num[i] = (uint64_t)p->block_bytes * p0->block_width;
		den[i] = (uint64_t)p->block_width * p->hsub * p0->block_bytes;
		gcd = gcd_of(num[i], den[i]);
		num[i] /= gcd;
		den[i] /= gcd;
		all = all / gcd_of(all, den[i]) * den[i];
	}
	for (unsigned i = 0; i < format->planes_len; i++) {
		group->factor[i] = all / den[i] * num[i];
	}
}

static void lower(struct range *range, uint64_t most, enum tenon_property by)
{
	if (most < range->most) {
		range->most = most;
		range->most_by = by;
	}
}

static void raise(struct range *range, uint64_t least, enum tenon_property by)
{
	if (least > range->least) {
		range->least = least;
		range->least_by = by;
	}
}

/* The pitch is this number. */
static bool set_exact(
	struct range *range, uint64_t factor, uint64_t pitch, enum tenon_property property)
{
	if (pitch % factor != 0 || pitch / factor < range->least || pitch / factor > range->most) {
		return false;
	}
	raise(range, pitch / factor, property);
	lower(range, pitch / factor, property);
	return true;
}

/* Adds "pitch is remainder modulo multiple pixels of this plane", pixels being bytes / width. */
static int add_pixels(struct range *range, uint64_t factor, const struct _tenon_format_plane *p,
	uint64_t multiple, uint64_t remainder)
{
	/* beyond this no product below can be reached, so that it may as well be this */
	const uint64_t end = UINT64_C(1) << 50;

	if (remainder >= end) {
		return -EOVERFLOW;
	}
	multiple = multiple < end ? multiple : end;
	return _tenon_congruence_add(&range->numbers, factor * p->block_width,
		multiple * p->block_bytes, remainder * p->block_bytes);
}

static int add_congruences(struct range *range, uint64_t factor, const struct tenon_format *format,
	const struct tenon_limits *limits, unsigned plane, enum tenon_property *property)
{
	uint64_t multiple = _tenon_limits_plane(limits, plane, TENON_PLANE_PITCH_MULTIPLE);
	uint64_t remainder = _tenon_limits_plane(limits, plane, TENON_PLANE_PITCH_REMAINDER);
	uint64_t pixels = _tenon_limits_plane(limits, plane, TENON_PLANE_PITCH_MULTIPLE_PIXELS);
	uint64_t rest = _tenon_limits_plane(limits, plane, TENON_PLANE_PITCH_REMAINDER_PIXELS);
	int rc = 0;

	/* limits that no offer has been made of may still contradict themselves */
	if (remainder >= multiple || rest >= pixels) {
		*property = remainder >= multiple ? TENON_PROP_PITCH_REMAINDER
						  : TENON_PROP_PITCH_REMAINDER_PIXELS;
		return TENON_CONFLICT;
	}
	if (multiple > 1) {
		*property = TENON_PROP_PITCH_MULTIPLE;
		rc = _tenon_congruence_add(&range->numbers, factor, multiple, remainder);
	}
	/* a multiple of 1 pixel does say something: whole pixels */
	if (rc == 0 && _tenon_limits_has_plane(limits, plane, TENON_PLANE_PITCH_MULTIPLE_PIXELS)) {
		*property = TENON_PROP_PITCH_MULTIPLE_PIXELS;
		rc = add_pixels(range, factor, &format->planes[plane], pixels, rest);
	}
	return rc;
}

static int add_bounds(struct range *range, uint64_t factor, const struct tenon_limits *limits,
	unsigned plane, const struct _tenon_plane_need *need, enum tenon_property *property)
{
	uint64_t exact = _tenon_limits_plane(limits, plane, TENON_PLANE_PITCH_EXACT);

	raise(range, (need->row + factor - 1) / factor, 0);
	lower(range, _tenon_limits_plane(limits, plane, TENON_PLANE_PITCH_MAX) / factor,
		TENON_PROP_PITCH_MAX);
	*property = TENON_PROP_PITCH_EXACT;
	if (exact != 0 && !set_exact(range, factor, exact, *property)) {
		return TENON_CONFLICT;
	}
	*property = TENON_PROP_PITCH_TIGHT;
	if (_tenon_limits_plane(limits, plane, TENON_PLANE_PITCH_TIGHT) != 0 &&
		!set_exact(range, factor, need->tight, *property)) {
		return TENON_CONFLICT;
	}
	return 0;
}

/* The smallest t of the range. */
static int take(const struct range *range, uint64_t *t, enum tenon_property *property)
{
	const struct _tenon_congruence *numbers = &range->numbers;
	uint64_t up = range->least > numbers->remainder ? range->least - numbers->remainder : 0;

	*t = numbers->remainder +
	     (up + numbers->multiple - 1) / numbers->multiple * numbers->multiple;
	if (*t <= range->most) {
		return 0;
	}
	*property = range->most_by;
	return range->most_by != 0 ? TENON_CONFLICT : -EOVERFLOW;
}

/* Adds the preferred pitch of a plane, unless nothing would be left. */
static void prefer_plane(
	struct range *range, uint64_t factor, const struct tenon_limits *limits, unsigned plane)
{
	uint64_t multiple = _tenon_limits_plane(limits, plane, TENON_PLANE_PITCH_PREFERRED);
	uint64_t remainder =
		_tenon_limits_plane(limits, plane, TENON_PLANE_PITCH_PREFERRED_REMAINDER);
	struct range trial = *range;
	enum tenon_property property;
	uint64_t t;

	if (multiple > 1 && remainder < multiple &&
		_tenon_congruence_add(&trial.numbers, factor, multiple, remainder) == 0 &&
		take(&trial, &t, &property) == 0) {
		*range = trial;
	}
}

static int get_range(struct range *range, const struct group *group,
	const struct tenon_format *format, const struct tenon_limits *limits,
	const struct _tenon_plane_need *needs, enum tenon_property *property)
{
	*range = (struct range){.numbers = {.multiple = 1}, .most = PITCH_MAX};
	for (unsigned i = group->first; i <= group->last; i++) {
		int rc;

		if (needs[i].row > PITCH_MAX) {
			return -EOVERFLOW;
		}
		lower(range, PITCH_MAX / group->factor[i], 0);
		rc = add_congruences(range, group->factor[i], format, limits, i, property);
		if (rc != 0) {
			return rc;
		}
	}
	for (unsigned i = group->first; i <= group->last; i++) {
		int rc = add_bounds(range, group->factor[i], limits, i, &needs[i], property);

		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static int solve_group(const struct group *group, const struct tenon_format *format,
	const struct tenon_limits *limits, const struct _tenon_plane_need *needs, bool prefer,
	uint32_t *pitches, enum tenon_property *property)
{
	struct range range;
	uint64_t t;
	int rc = get_range(&range, group, format, limits, needs, property);

	for (unsigned i = group->first; prefer && rc == 0 && i <= group->last; i++) {
		prefer_plane(&range, group->factor[i], limits, i);
	}
	if (rc == 0) {
		rc = take(&range, &t, property);
	}
	for (unsigned i = group->first; rc == 0 && i <= group->last; i++) {
		pitches[i] = (uint32_t)(t * group->factor[i]);
	}
	return rc;
}

int _tenon_pitch_solve(const struct tenon_format *format, const struct tenon_limits *limits,
	const struct _tenon_plane_need *needs, bool prefer, uint32_t *pitches,
	enum tenon_property *property)
{
	struct group group = {0};
	int rc = 0;

	if (_tenon_limits_scalar(limits, TENON_SCALAR_PITCH_LINKED) != 0) {
		link_planes(format, &group);
		return solve_group(&group, format, limits, needs, prefer, pitches, property);
	}
	for (unsigned i = 0; rc == 0 && i < format->planes_len; i++) {
		group.first = group.last = i;
		group.factor[i] = 1;
		rc = solve_group(&group, format, limits, needs, prefer, pitches, property);
	}
	return rc;
}

static int check_group(const struct group *group, const struct tenon_format *format,
	const struct tenon_limits *limits, const struct _tenon_plane_need *needs,
	const uint32_t *pitches, enum tenon_property *property)
{
	uint64_t t = pitches[group->first] / group->factor[group->first];
	struct range range;

	for (unsigned i = group->first; i <= group->last; i++) {
		if (t * group->factor[i] != pitches[i]) {
			*property = TENON_PROP_PITCH_LINKED;
			return TENON_CONFLICT;
		}
	}
	if (get_range(&range, group, format, limits, needs, property) != 0) {
		return TENON_CONFLICT;
	}
	if (t < range.least || t > range.most) {
		*property = t > range.most ? range.most_by : range.least_by;
		*property = *property != 0 ? *property : TENON_PROP_WIDTH_ALIGN;
		return TENON_CONFLICT;
	}
	*property = TENON_PROP_PITCH_MULTIPLE;
	return t % range.numbers.multiple == range.numbers.remainder ? 0 : TENON_CONFLICT;
}

int _tenon_pitch_check(const struct tenon_format *format, const struct tenon_limits *limits,
	const struct _tenon_plane_need *needs, const uint32_t *pitches,
	enum tenon_property *property)
{
	struct group group = {0};
	int rc = 0;

	if (_tenon_limits_scalar(limits, TENON_SCALAR_PITCH_LINKED) != 0) {
		link_planes(format, &group);
		return check_group(&group, format, limits, needs, pitches, property);
	}
	for (unsigned i = 0; rc == 0 && i < format->planes_len; i++) {
		group.first = group.last = i;
		group.factor[i] = 1;
		rc = check_group(&group, format, limits, needs, pitches, property);
	}
	return rc;
}
