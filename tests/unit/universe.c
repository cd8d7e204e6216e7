/* SPDX-License-Identifier: MIT */
#include "universe.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "universe_aspects.h"

/* How many values a buffer can have in an aspect, and the least; BOUNDARY's are powers of 2. */
static const struct {
	unsigned least, len;
} ranges[ASPECTS] = {
	[PITCH_0] = {1, 12},
	[PITCH_1] = {1, 12},
	[PITCH_PIXELS] = {1, 12},
	[TIGHT] = {0, 2},
	[LINKED] = {0, 2},
	[WIDTH] = {1, 5},
	[HEIGHT] = {1, 5},
	[PADDED_WIDTH] = {0, ROOMS_LEN},
	[PADDED_HEIGHT] = {0, ROOMS_LEN},
	[OFFSET] = {1, 12},
	[BASE] = {0, 25},
	[SIZE] = {1, 12},
	[SIZE_TAIL] = {0, 3},
	[PLANE_TAIL] = {0, 3},
	[SEGMENTS] = {1, 4},
	[SEGMENT_SIZE] = {1, 4},
	[BOUNDARY] = {0, 4},
	[CACHE] = {0, 2},
	[OBJECTS] = {0, 2},
	[PROTECTED] = {0, 2},
	[OWN_FD] = {0, 2},
	[HEAP] = {0, 3},
};

static const struct tenon_format_modifier universe_pairs[UNIVERSE_PAIRS] = {
	{FORMAT_XR24, MOD_LINEAR},
	{FORMAT_NV12, MOD_LINEAR},
	{FORMAT_AR24, MOD_LINEAR}, /* only under TENON_FORMAT_ANY */
	{FORMAT_XR24, MOD_INVALID},
	{FORMAT_NV12, MOD_INVALID},
	{FORMAT_AR24, MOD_INVALID},
};

/* How many planes a pair has; with a modifier nobody knows, so all count. */
static unsigned count_planes(const struct tenon_format_modifier *pair)
{
	if (pair->modifier != MOD_LINEAR) {
		return TENON_MAX_PLANES;
	}
	return pair->format == FORMAT_NV12 ? 2 : 1;
}

static uint64_t below(struct universe *u, uint64_t n)
{
	return test_random_below(&u->random, n);
}

static void set(struct tenon_limits *limits, enum tenon_property p, uint32_t plane, uint64_t value)
{
	assert_int_equal(tenon_limits_set(limits, p, plane, value), 0);
}

static void draw_congruence(struct universe *u, struct tenon_limits *limits,
	enum tenon_property multiple, uint32_t plane)
{
	static const uint64_t moduli[] = {1, 2, 3, 6};
	uint64_t m = moduli[below(u, 4)];

	set(limits, multiple, plane, m);
	if (below(u, 2) == 0) {
		set(limits, multiple + 1, plane, below(u, m));
	}
}

static void draw_pitch(struct universe *u, struct tenon_limits *limits, uint32_t plane)
{
	if (below(u, 2) == 0) {
		draw_congruence(u, limits, TENON_PROP_PITCH_MULTIPLE, plane);
	}
	if (below(u, 3) == 0) {
		set(limits, TENON_PROP_PITCH_EXACT, plane, 1 + below(u, 12));
	}
	if (below(u, 3) == 0) {
		set(limits, TENON_PROP_PITCH_MAX, plane, 1 + below(u, 12));
	}
	if (below(u, 4) == 0) {
		draw_congruence(u, limits, TENON_PROP_PITCH_PREFERRED, plane);
	}
}

static void draw_range(struct universe *u, struct tenon_limits *limits, enum tenon_property min,
	enum tenon_property max, uint64_t n)
{
	if (below(u, 2) == 0) {
		set(limits, min, TENON_PLANE_ALL, below(u, n + 1));
	}
	if (below(u, 2) == 0) {
		set(limits, max, TENON_PLANE_ALL, 1 + below(u, n));
	}
}

static void draw_align(
	struct universe *u, struct tenon_limits *limits, enum tenon_property p, uint32_t plane)
{
	static const uint64_t aligns[] = {1, 2, 3, 4, 6, 12};

	set(limits, p, plane, aligns[below(u, 6)]);
}

static void draw_heaps(struct universe *u, struct tenon_limits *limits)
{
	for (int i = 0; i < 3; i++) {
		if (below(u, 3) != 0) {
			assert_int_equal(
				tenon_limits_allow_heap(limits, universe_heap_names[i]), 0);
		}
		if (below(u, 4) == 0) {
			assert_int_equal(
				tenon_limits_prefer_heap(limits, universe_heap_names[below(u, 3)]),
				0);
		}
	}
}

/* Draws what a device says of one aspect. */
static void draw_aspect(struct universe *u, struct tenon_limits *limits, enum aspect aspect)
{
	const uint32_t all = TENON_PLANE_ALL;

	switch (aspect) {
	case PITCH_0:
	case PITCH_1:
		draw_pitch(u, limits, aspect == PITCH_0 ? 0 : 1);
		break;
	case PITCH_PIXELS:
		draw_congruence(u, limits, TENON_PROP_PITCH_MULTIPLE_PIXELS, all);
		break;
	case TIGHT:
		set(limits, TENON_PROP_PITCH_TIGHT, 2, below(u, 2));
		break;
	case LINKED:
		set(limits, TENON_PROP_PITCH_LINKED, all, below(u, 2));
		break;
	case WIDTH:
		draw_range(u, limits, TENON_PROP_WIDTH_MIN, TENON_PROP_WIDTH_MAX, 5);
		break;
	case HEIGHT:
		draw_range(u, limits, TENON_PROP_HEIGHT_MIN, TENON_PROP_HEIGHT_MAX, 5);
		break;
	case PADDED_WIDTH:
		draw_align(u, limits, TENON_PROP_WIDTH_ALIGN, all);
		break;
	case PADDED_HEIGHT:
		draw_align(u, limits, TENON_PROP_HEIGHT_ALIGN, 3);
		break;
	case OFFSET:
		draw_align(u, limits, TENON_PROP_OFFSET_ALIGN, 1);
		break;
	case BASE:
		draw_range(u, limits, TENON_PROP_ADDRESS_MIN, TENON_PROP_ADDRESS_MAX, 15);
		if (below(u, 2) == 0) {
			draw_align(u, limits, TENON_PROP_BASE_ALIGN, all);
		}
		break;
	case SIZE:
		draw_align(u, limits, TENON_PROP_SIZE_ALIGN, all);
		break;
	case SIZE_TAIL:
		set(limits, TENON_PROP_SIZE_TAIL, all, below(u, 3));
		break;
	case PLANE_TAIL:
		set(limits, TENON_PROP_PLANE_TAIL, 1, below(u, 3));
		break;
	case SEGMENTS:
		set(limits, TENON_PROP_SEGMENTS_MAX, all, 1 + below(u, 4));
		break;
	case SEGMENT_SIZE:
		set(limits, TENON_PROP_SEGMENT_SIZE_MAX, all, 1 + below(u, 4));
		break;
	case BOUNDARY:
		set(limits, TENON_PROP_SEGMENT_BOUNDARY, all, UINT64_C(1) << below(u, 4));
		break;
	case CACHE:
		set(limits, TENON_PROP_CACHE, all, 1 + below(u, 3));
		break;
	case OBJECTS:
		set(limits, TENON_PROP_OBJECTS, all, 1 + below(u, 3));
		break;
	case PROTECTED:
		set(limits, TENON_PROP_PROTECTED, all, 1 + below(u, 3));
		break;
	case OWN_FD:
		set(limits, TENON_PROP_OWN_FD, all, below(u, 2));
		break;
	default:
		draw_heaps(u, limits);
		break;
	}
}

/* Marks the points that a box accepts: the pair, and limits. */
static void mark(const struct universe *u, unsigned char *points,
	const struct tenon_format_modifier *pair, const struct tenon_limits *limits)
{
	size_t at = 0;

	for (size_t p = 0; p < UNIVERSE_PAIRS; p++) {
		const struct tenon_format_modifier *q = &universe_pairs[p];
		bool match = pair->modifier == q->modifier &&
			     (pair->format == TENON_FORMAT_ANY || pair->format == q->format);
		bool ok[UNIVERSE_ASPECTS][25] = {{false}};
		size_t len[UNIVERSE_ASPECTS];

		for (int a = 0; a < UNIVERSE_ASPECTS; a++) {
			enum aspect aspect = u->aspects[a];

			len[a] = ranges[aspect].len;
			for (size_t i = 0; i < len[a] && match; i++) {
				ok[a][i] = universe_accepts(
					limits, aspect, ranges[aspect].least + i, count_planes(q));
			}
		}
		for (size_t i = 0; i < len[0]; i++) {
			for (size_t j = 0; j < len[1]; j++) {
				for (size_t k = 0; k < len[2]; k++) {
					points[at++] |= match && ok[0][i] && ok[1][j] && ok[2][k];
				}
			}
		}
	}
	assert_int_equal(at, u->points);
}

/* What a participant accepts: in each role asked for, by some alternative for that role. */
static void count_out(struct universe *u, size_t device)
{
	const struct tenon_participant *p = &u->participants[device];
	unsigned char *result = malloc(u->points), *one = malloc(u->points);

	assert_non_null(result);
	assert_non_null(one);
	memset(result, 1, u->points);
	for (uint32_t role = 1; role <= TENON_ROLE_CPU; role <<= 1) {
		uint32_t roles = p->roles == 0 ? TENON_ROLE_ANY : p->roles & role, has;
		const struct tenon_format_modifier *pairs;
		const struct tenon_limits *limits;
		size_t pairs_len;

		if (roles == 0) {
			continue;
		}
		memset(one, 0, u->points);
		for (size_t i = 0; tenon_offer_get_alternative(
					   p->offer, i, &has, &pairs, &pairs_len, &limits) == 0;
			i++) {
			for (size_t j = 0; (has & roles) != 0 && j < pairs_len; j++) {
				mark(u, one, &pairs[j], limits);
			}
		}
		for (size_t i = 0; i < u->points; i++) {
			result[i] &= one[i];
		}
	}
	free(one);
	u->accepted[device] = result;
}

static void draw_alternative(struct universe *u, struct tenon_offer *offer)
{
	struct tenon_format_modifier pairs[3];
	static const uint32_t formats[] = {FORMAT_XR24, FORMAT_NV12, TENON_FORMAT_ANY};
	struct tenon_limits *limits = NULL;
	size_t pairs_len = 1 + below(u, 3);
	uint32_t roles = 1 + (uint32_t)below(u, 3); /* of the first two */
	int rc;

	do {
		tenon_limits_destroy(limits);
		assert_int_equal(tenon_limits_create(&limits), 0);
		for (int a = 0; a < UNIVERSE_ASPECTS; a++) {
			if (below(u, 3) != 0) {
				draw_aspect(u, limits, u->aspects[a]);
			}
		}
		if (below(u, 4) == 0) {
			assert_int_equal(tenon_limits_set_unknown(limits,
						 TENON_PROP_SEGMENT_BOUNDARY, TENON_PLANE_ALL),
				0);
		}
		for (size_t i = 0; i < pairs_len; i++) {
			pairs[i] = (struct tenon_format_modifier){
				.format = formats[below(u, 3)],
				.modifier = below(u, 3) != 0 ? MOD_LINEAR : MOD_INVALID,
			};
		}
		rc = tenon_offer_add(offer, roles, pairs, pairs_len, limits);
		assert_true(rc == 0 || rc == -EINVAL); /* limits that contradict themselves */
	} while (rc != 0);
	tenon_limits_destroy(limits);
}

void universe_draw(struct universe *u, uint64_t seed)
{
	*u = (struct universe){.random.state = seed, .points = UNIVERSE_PAIRS};
	for (int a = 0; a < UNIVERSE_ASPECTS; a++) {
		bool again;

		do {
			again = false;
			u->aspects[a] = (int)below(u, ASPECTS);
			for (int b = 0; b < a; b++) {
				again |= u->aspects[b] == u->aspects[a];
			}
		} while (again);
		u->points *= ranges[u->aspects[a]].len;
	}
	u->len = 1 + below(u, UNIVERSE_DEVICES);
	for (size_t i = 0; i < u->len; i++) {
		char name[2] = {(char)('a' + (i * 3 + 1) % 5), '\0'};
		struct tenon_offer *offer = NULL;
		size_t alternatives = 1 + below(u, UNIVERSE_ALTERNATIVES);

		assert_int_equal(tenon_offer_create(&offer, name), 0);
		for (size_t k = 0; k < alternatives; k++) {
			draw_alternative(u, offer);
		}
		u->participants[i] = (struct tenon_participant){
			.offer = offer,
			.roles = (uint32_t)(below(u, 3) == 0 ? 1 + below(u, 3) : 0),
		};
		count_out(u, i);
	}
}

void universe_finish(struct universe *u)
{
	for (size_t i = 0; i < u->len; i++) {
		tenon_offer_unref(u->participants[i].offer);
		free(u->accepted[i]);
	}
}

static bool all_accept(const struct universe *u, unsigned devices, size_t point)
{
	for (size_t i = 0; i < u->len; i++) {
		if ((devices >> i & 1) != 0 && !u->accepted[i][point]) {
			return false;
		}
	}
	return true;
}

size_t universe_count(const struct universe *u, unsigned devices)
{
	size_t n = 0;

	for (size_t i = 0; i < u->points; i++) {
		n += all_accept(u, devices, i);
	}
	return n;
}

void universe_expect_exact(const struct universe *u, const struct tenon_merge *merge)
{
	unsigned char *points = calloc(u->points, 1);
	size_t len = tenon_merge_get_candidates_len(merge);

	assert_non_null(points);
	for (size_t i = 0; i < len; i++) {
		struct tenon_format_modifier pair;
		const struct tenon_limits *limits;

		assert_int_equal(tenon_merge_get_candidate(merge, i, &pair, &limits), 0);
		mark(u, points, &pair, limits);
	}
	for (size_t i = 0; i < u->points; i++) {
		bool expected = all_accept(u, UINT_MAX, i);

		if (points[i] != expected) {
			fail_msg("point %zu of aspects %d, %d, %d: the merge %s it, the devices %s",
				i, u->aspects[0], u->aspects[1], u->aspects[2],
				points[i] ? "accepts" : "refuses", expected ? "do" : "do not");
		}
	}
	free(points);
}
