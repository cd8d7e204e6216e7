/* SPDX-License-Identifier: MIT */

/*
 * What does a device need of a buffer? A driver answers yes or EINVAL, for one buffer at a time.
 *
 * The search stands on one buffer that is taken, the base, as generous as can be: long rows, more
 * rows than needed, contiguous memory if there is any. From there one thing is varied at a time,
 * all else stays as in the base; so a refusal speaks of that thing.
 *
 * The pitch. Suppose the rule is "pitch is congruent to r modulo M", above the shortest row, maybe
 * below a maximum. Then for a pitch a that is taken, a + d is taken exactly if M divides d: the
 * distances that are taken are the multiples of M, however odd M is. So
 *	1. find one distance D that is taken: powers of two first, then 3, 5, 7, 9 and 15 times one
 *	   (24-bit formats with a multiple in pixels need them), the long ones first, then the
 *	   short ones, since a maximum may lie near; for the same reason a - d is tried, too;
 *	2. divide D by its prime factors as long as the quotient is still taken. What is left is M:
 *	   every step keeps D a multiple of M, and at the end no D / q is one.
 * And r is a modulo M. That is a dozen questions as a rule, and some ninety if no distance is taken
 * at all (the device wants just this pitch).
 *
 * The offset of a plane is the same, with a = 0 and r = 0.
 *
 * Maxima (pitch, width, height): doubling until one is refused, then halving the interval. What is
 * taken at the end of the range is no finding, unless a smaller maximum is believed.
 *
 * Rows after the picture: memory is given out in pages, so a row of one page makes each missing row
 * visible. With a height that is 1 modulo 64, the fewest rows of memory that are taken, minus the
 * height, plus 1, is the multiple that heights are rounded up to.
 *
 * One piece or many: memory known to be scattered, and memory known to be contiguous.
 *
 * All this is blind for rules that are no congruences, and for those that change with the size.
 * What was asked and answered is in the report for people to look at.
 */
#include "device/search.h"

#include <errno.h>

#define DISTANCE_MAX 4096u /* bytes, of powers of two */
#define OFFSET_MAX 65536u  /* bytes */
#define PITCH_END 65536u   /* bytes: no search for maxima beyond */
#define FEW_ROWS 16        /* enough to try long rows without much memory */

uint64_t search_round_up(uint64_t value, uint64_t multiple)
{
	return (value + multiple - 1) / multiple * multiple;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static uint64_t lcm(uint64_t a, uint64_t b)
{
	return a / gcd(a, b) * b;
}

/* A way to ask "is the base taken with this number?". */
typedef int (*vary_fn)(struct search *search, uint64_t value);

static int try_pitch(struct search *search, uint64_t pitch)
{
	struct point point = search->base;
	int ret;

	point.pitch = pitch;
	ret = search_try(search, &point);
	if (ret == 1 && pitch > search->pitch_high) {
		search->pitch_high = pitch;
	}
	return ret;
}

static int vary_pitch(struct search *search, uint64_t distance)
{
	return try_pitch(search, search->base.pitch + distance);
}

/* The same upwards or downwards: the base may be near the maximum. */
static int vary_pitch_both(struct search *search, uint64_t distance)
{
	int ret = vary_pitch(search, distance);

	if (ret == 0 && search->base.pitch >= distance + search_row(search, search->base.width)) {
		ret = try_pitch(search, search->base.pitch - distance);
	}
	return ret;
}

static int vary_offset(struct search *search, uint64_t distance)
{
	struct point point = search->base;

	point.offset += distance;
	return search_try(search, &point);
}

/* A distance that is taken; 0: none was found; or a negative errno. */
static int64_t find_distance(
	struct search *search, vary_fn vary, uint64_t longest, uint64_t shortest)
{
	static const uint64_t factors[] = {1, 3, 5, 7, 9, 15};

	for (size_t f = 0; f < sizeof(factors) / sizeof(factors[0]); f++) {
		for (uint64_t power = longest; power >= shortest; power /= 2) {
			int ret = vary(search, power * factors[f]);

			if (ret != 0) {
				return ret < 0 ? ret : (int64_t)(power * factors[f]);
			}
		}
	}
	return 0;
}

/* Divides a distance that is taken until it is the modulus. A negative errno on failure. */
static int64_t shrink(struct search *search, vary_fn vary, uint64_t distance, uint64_t shortest)
{
	static const uint64_t primes[] = {2, 3, 5, 7};

	for (size_t p = 0; p < sizeof(primes) / sizeof(primes[0]); p++) {
		while (distance % primes[p] == 0 && distance / primes[p] % shortest == 0) {
			int ret = vary(search, distance / primes[p]);

			if (ret < 0) {
				return ret;
			}
			if (ret == 0) {
				break;
			}
			distance /= primes[p];
		}
	}
	return (int64_t)distance;
}

/* 0: no distance is taken. */
static int64_t find_modulus(
	struct search *search, vary_fn vary, uint64_t longest, uint64_t shortest)
{
	int64_t distance = find_distance(search, vary, longest, shortest);

	return distance <= 0 ? distance : shrink(search, vary, (uint64_t)distance, shortest);
}

/* What is believed of the pitch, in bytes: a multiple, at least the unit. */
static uint64_t believed_multiple(const struct search *search)
{
	unsigned bytes = 1, block = 1;
	uint64_t value, multiple = search->unit;

	tenon_format_get_plane(search->format, 0, &bytes, &block, NULL, NULL);
	if (report_believes(search->report, TENON_PROP_PITCH_MULTIPLE, &value)) {
		multiple = lcm(multiple, value);
	}
	if (report_believes(search->report, TENON_PROP_PITCH_MULTIPLE_PIXELS, &value)) {
		multiple = lcm(multiple, value * bytes / gcd(value * bytes, block));
	}
	return multiple;
}

/* Two multiples, of which each that is no more than the unit says nothing. */
static int note_multiple(struct search *search, enum tenon_property property, uint64_t believed,
	uint64_t found, uint64_t nothing)
{
	enum tenon_probe_verdict verdict = TENON_PROBE_CONFIRMED;
	uint64_t needed = lcm(believed, found);

	if (needed != believed) {
		verdict = TENON_PROBE_TOO_LOOSE;
		found = needed;
	} else if (believed != found) {
		verdict = TENON_PROBE_TOO_STRICT;
	}
	if (believed <= nothing && found <= nothing) {
		return 0;
	}
	return report_add(search->report, property, verdict, believed > nothing ? &believed : NULL,
		found > nothing ? &found : NULL,
		verdict == TENON_PROBE_TOO_STRICT ? NULL : search->refusal);
}

static int note_tight(struct search *search)
{
	uint64_t believed = 0, one = 1;
	bool known = report_believes(search->report, TENON_PROP_PITCH_TIGHT, &believed);

	if (search->base.pitch != search_row(search, search->base.width)) {
		return 0; /* just this pitch, and why is not known */
	}
	return report_add(search->report, TENON_PROP_PITCH_TIGHT,
		known && believed == 1 ? TENON_PROBE_CONFIRMED : TENON_PROBE_TOO_LOOSE,
		known ? &believed : NULL, &one, search->refusal);
}

static int note_remainder(struct search *search)
{
	uint64_t believed = 0, found = search->base.pitch % search->multiple, modulus = 0;
	bool known = report_believes(search->report, TENON_PROP_PITCH_REMAINDER, &believed);

	if (known && report_believes(search->report, TENON_PROP_PITCH_MULTIPLE, &modulus) &&
		modulus != 0 && modulus % search->multiple == 0) {
		/* the believed rule, as the found one would say it */
		believed %= search->multiple;
	}
	if (believed == 0 && found == 0) {
		return 0;
	}
	return report_add(search->report, TENON_PROP_PITCH_REMAINDER,
		believed == found ? TENON_PROBE_CONFIRMED : TENON_PROBE_TOO_LOOSE,
		known ? &believed : NULL, &found, search->refusal);
}

/* A tight pitch that is believed and not found. */
static int note_not_tight(struct search *search)
{
	uint64_t believed = 0;

	if (!report_believes(search->report, TENON_PROP_PITCH_TIGHT, &believed) || believed != 1) {
		return 0;
	}
	return report_add(search->report, TENON_PROP_PITCH_TIGHT, TENON_PROBE_TOO_STRICT, &believed,
		NULL, NULL);
}

int search_pitch(struct search *search)
{
	int64_t found = find_modulus(search, vary_pitch_both, DISTANCE_MAX, search->unit);
	int ret;

	if (found < 0) {
		return (int)found;
	}
	search->multiple = (uint64_t)found;
	if (found == 0) {
		return note_tight(search);
	}
	ret = note_multiple(search, TENON_PROP_PITCH_MULTIPLE, believed_multiple(search),
		search->multiple, search->unit);
	if (ret == 0) {
		ret = note_remainder(search);
	}
	return ret == 0 ? note_not_tight(search) : ret;
}

int search_offset(struct search *search)
{
	uint64_t believed = 1;
	int64_t found = find_modulus(search, vary_offset, OFFSET_MAX, 1);

	if (found <= 0) {
		return (int)found;
	}
	report_believes(search->report, TENON_PROP_OFFSET_ALIGN, &believed);
	return note_multiple(search, TENON_PROP_OFFSET_ALIGN, believed, (uint64_t)found, 1);
}

/*
 * The greatest step in low .. end that is taken, where low is. Writes *refused: whether a greater
 * one was. A negative errno on failure.
 */
static int64_t find_greatest(
	struct search *search, vary_fn vary, uint64_t low, uint64_t end, bool *refused)
{
	uint64_t high = end + 1; /* is refused, or past the end */
	uint64_t next = low == 0 ? 1 : 2 * low;

	*refused = false;
	while (low + 1 < high) {
		int ret;

		next = next >= high ? (*refused ? low + (high - low) / 2 : end) : next;
		ret = vary(search, next);
		if (ret < 0) {
			return ret;
		}
		if (ret == 1) {
			low = next;
			next = *refused ? low + (high - low) / 2 : 2 * low;
		} else {
			high = next;
			*refused = true;
			next = low + (high - low) / 2;
		}
	}
	return (int64_t)low;
}

static int note_maximum(
	struct search *search, enum tenon_property property, uint64_t found, bool refused)
{
	uint64_t believed = 0;
	bool known = report_believes(search->report, property, &believed);

	if (!refused) {
		/* at least so much */
		return known && believed < found
			       ? report_add(search->report, property, TENON_PROBE_TOO_STRICT,
					 &believed, NULL, NULL)
			       : 0;
	}
	return report_add(search->report, property,
		!known || believed > found ? TENON_PROBE_TOO_LOOSE
		: believed == found        ? TENON_PROBE_CONFIRMED
					   : TENON_PROBE_TOO_STRICT,
		known ? &believed : NULL, &found, search->refusal);
}

static int vary_pitch_steps(struct search *search, uint64_t steps)
{
	return vary_pitch(search, steps * search->multiple);
}

/* With few rows, if that is taken. */
int search_pitch_max(struct search *search)
{
	struct point whole = search->base;
	uint64_t end;
	int64_t steps;
	bool refused;
	int ret;

	if (search->multiple == 0 || search->base.pitch >= PITCH_END) {
		return 0;
	}
	search->base.height = FEW_ROWS;
	search->base.rows = SEARCH_ROWS_MULTIPLE;
	ret = search_try(search, &search->base);
	if (ret != 1) {
		search->base = whole;
		return ret;
	}
	end = (PITCH_END - search->base.pitch) / search->multiple;
	steps = find_greatest(search, vary_pitch_steps, 0, end, &refused);
	ret = steps < 0 ? (int)steps
			: note_maximum(search, TENON_PROP_PITCH_MAX,
				  search->base.pitch + (uint64_t)steps * search->multiple, refused);
	search->base = whole;
	return ret;
}

static int vary_width(struct search *search, uint64_t width)
{
	struct point point = search->base;

	point.width = (uint32_t)width;
	point.height = FEW_ROWS;
	point.rows = SEARCH_ROWS_MULTIPLE;
	point.pitch = search->pitch_high;
	return search_try(search, &point);
}

static int vary_height(struct search *search, uint64_t height)
{
	struct point point = search->base;

	point.height = (uint32_t)height;
	point.rows = (uint32_t)search_round_up(height, SEARCH_ROWS_MULTIPLE);
	return search_try(search, &point);
}

/* As wide as the longest rows that are taken. */
int search_width_max(struct search *search)
{
	uint64_t end = search->pitch_high / search_row(search, 1);
	int64_t found;
	bool refused;
	int ret = vary_width(search, search->base.width);

	if (ret != 1) {
		return ret;
	}
	end = end < SEARCH_SIZE_END ? end : SEARCH_SIZE_END;
	if (end <= search->base.width) {
		return 0;
	}
	found = find_greatest(search, vary_width, search->base.width, end, &refused);
	return found < 0 ? (int)found
			 : note_maximum(search, TENON_PROP_WIDTH_MAX, (uint64_t)found, refused);
}

/* With the shortest rows that are taken, so that there is memory for many. */
int search_height_max(struct search *search)
{
	struct point whole = search->base;
	int64_t found;
	bool refused;
	int ret;

	search->base.width = search->base.width < 64 ? search->base.width : 64;
	if (search->multiple != 0) {
		uint64_t rest = search->base.pitch % search->multiple;

		search->base.pitch =
			search_round_up(search_row(search, search->base.width), search->multiple) +
			rest;
	}
	ret = vary_height(search, search->base.height);
	if (ret == 1 && search->base.height < SEARCH_SIZE_END) {
		found = find_greatest(
			search, vary_height, search->base.height, SEARCH_SIZE_END, &refused);
		ret = found < 0 ? (int)found
				: note_maximum(
					  search, TENON_PROP_HEIGHT_MAX, (uint64_t)found, refused);
	}
	search->base = whole;
	return ret < 0 ? ret : 0;
}

static int vary_rows(struct search *search, uint64_t fewer)
{
	struct point point = search->base;

	point.rows -= (uint32_t)fewer;
	return search_try(search, &point);
}

/* See the head of this file; only where one plane has all the memory, and rows can be pages. */
int search_rows(struct search *search)
{
	struct point whole = search->base;
	uint64_t believed = 1, page;
	int64_t fewer;
	bool refused;
	int ret;

	if (search->multiple == 0 || search->base.pitch % search->multiple != 0 ||
		tenon_format_get_planes_len(search->format) != 1) {
		return 0;
	}
	page = lcm(search->multiple, SEARCH_PAGE);
	search->base.pitch = search_round_up(search_row(search, search->base.width), page);
	search->base.height = search->base.height / SEARCH_ROWS_MULTIPLE * SEARCH_ROWS_MULTIPLE + 1;
	search->base.rows = search->base.height + SEARCH_ROWS_MULTIPLE - 1;
	ret = page <= PITCH_END ? search_try(search, &search->base) : 0;
	if (ret == 1) {
		fewer = find_greatest(search, vary_rows, 0, SEARCH_ROWS_MULTIPLE - 1, &refused);
		ret = fewer < 0 ? (int)fewer : 0;
		believed = 1;
		report_believes(search->report, TENON_PROP_HEIGHT_ALIGN, &believed);
		if (ret == 0 && SEARCH_ROWS_MULTIPLE % (SEARCH_ROWS_MULTIPLE - fewer) == 0) {
			ret = note_multiple(search, TENON_PROP_HEIGHT_ALIGN, believed,
				(uint64_t)(SEARCH_ROWS_MULTIPLE - fewer), 1);
		}
	}
	search->base = whole;
	return ret < 0 ? ret : 0;
}

/* Whether a kind of known contiguity is taken: 1, 0; -ENOENT: there is none. */
static int try_kinds(struct search *search, enum tenon_answer contiguous)
{
	struct point point = search->base;
	int answer = -ENOENT;

	for (point.kind = 0; point.kind < search->ask->kinds_len; point.kind++) {
		size_t before = search->report->tries_len;
		int ret;

		if (search->ask->kinds[point.kind].contiguous != contiguous) {
			continue;
		}
		ret = search_try(search, &point);
		if (ret != 0) {
			return ret;
		}
		/* a kind there was no memory of has not been asked about */
		answer = search->report->tries_len > before ? 0 : answer;
	}
	return answer;
}

int search_contiguity(struct search *search)
{
	uint64_t believed = 0, one = 1;
	bool known = report_believes(search->report, TENON_PROP_SEGMENTS_MAX, &believed);
	int scattered, contiguous;

	contiguous = try_kinds(search, TENON_YES);
	if (contiguous < 0 && contiguous != -ENOENT) {
		return contiguous;
	}
	scattered = contiguous != 0 ? try_kinds(search, TENON_NO) : -ENOENT;
	if (scattered < 0) {
		return scattered == -ENOENT ? 0 : scattered;
	}
	if (scattered == 1) {
		return known && believed == 1
			       ? report_add(search->report, TENON_PROP_SEGMENTS_MAX,
					 TENON_PROBE_TOO_STRICT, &believed, NULL, NULL)
			       : 0;
	}
	if (scattered == 0 && contiguous == 1) {
		return report_add(search->report, TENON_PROP_SEGMENTS_MAX,
			known && believed == 1 ? TENON_PROBE_CONFIRMED : TENON_PROBE_TOO_LOOSE,
			known ? &believed : NULL, &one, search->refusal);
	}
	return 0;
}
