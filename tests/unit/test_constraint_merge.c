/* SPDX-License-Identifier: MIT */
/* What merging makes of each property, role, pair and alternative. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/constraint.h>

#include "constraint/limits.h"
#include "harness.h"
#include "offers.h"

static const uint64_t top = UINT64_C(1) << 63;

/* Two devices' limits and what both need; or the property they cannot agree on. */
static const struct row {
	const char *what;
	struct test_limits a, b, both;
	enum tenon_property conflict;
} rows[] = {
	{.what = "nothing said"},
	{
		.what = "one device alone has a limit",
		.a.values = {ALL(PITCH_MAX, 4096)},
		.both.values = {ALL(PITCH_MAX, 4096)},
	},
	{
		.what = "pitch multiples",
		.a.values = {ALL(PITCH_MULTIPLE, 64)},
		.b.values = {ALL(PITCH_MULTIPLE, 48)},
		.both.values = {ALL(PITCH_MULTIPLE, 192)},
	},
	{
		.what = "odd multiples of 256 and multiples of 128",
		.a.values = {ALL(PITCH_MULTIPLE, 512), ALL(PITCH_REMAINDER, 256)},
		.b.values = {ALL(PITCH_MULTIPLE, 128)},
		.both.values = {ALL(PITCH_MULTIPLE, 512), ALL(PITCH_REMAINDER, 256)},
	},
	{
		.what = "odd multiples of 256 and multiples of 768",
		.a.values = {ALL(PITCH_MULTIPLE, 512), ALL(PITCH_REMAINDER, 256)},
		.b.values = {ALL(PITCH_MULTIPLE, 768)},
		.both.values = {ALL(PITCH_MULTIPLE, 1536), ALL(PITCH_REMAINDER, 768)},
	},
	{
		.what = "odd and even multiples",
		.a.values = {ALL(PITCH_MULTIPLE, 512), ALL(PITCH_REMAINDER, 256)},
		.b.values = {ALL(PITCH_MULTIPLE, 512)},
		.conflict = TENON_PROP_PITCH_MULTIPLE,
	},
	{
		.what = "multiples beyond 64 bits",
		.a.values = {ALL(PITCH_MULTIPLE, top)},
		.b.values = {ALL(PITCH_MULTIPLE, 3)},
		.conflict = TENON_PROP_PITCH_MULTIPLE,
	},
	{
		.what = "multiples beyond 64 bits with one number in common",
		.a.values = {ALL(PITCH_MULTIPLE, top), ALL(PITCH_REMAINDER, 5)},
		.b.values = {ALL(PITCH_MULTIPLE, 3), ALL(PITCH_REMAINDER, 2)},
		.both.values = {ALL(PITCH_MULTIPLE, UINT64_MAX), ALL(PITCH_REMAINDER, 5)},
	},
	{
		.what = "bytes and pixels stay apart",
		.a.values = {ALL(PITCH_MULTIPLE, 64)},
		.b.values = {ALL(PITCH_MULTIPLE_PIXELS, 8)},
		.both.values = {ALL(PITCH_MULTIPLE, 64), ALL(PITCH_MULTIPLE_PIXELS, 8)},
	},
	{
		.what = "pixels",
		.a.values = {ALL(PITCH_MULTIPLE_PIXELS, 4), ALL(PITCH_REMAINDER_PIXELS, 2)},
		.b.values = {ALL(PITCH_MULTIPLE_PIXELS, 6)},
		.both.values = {ALL(PITCH_MULTIPLE_PIXELS, 12), ALL(PITCH_REMAINDER_PIXELS, 6)},
	},
	{
		.what = "pixels that cannot be",
		.a.values = {ALL(PITCH_MULTIPLE_PIXELS, 4), ALL(PITCH_REMAINDER_PIXELS, 1)},
		.b.values = {ALL(PITCH_MULTIPLE_PIXELS, 6)},
		.conflict = TENON_PROP_PITCH_MULTIPLE_PIXELS,
	},
	{
		.what = "exact, twice the same",
		.a.values = {ALL(PITCH_EXACT, 5464)},
		.b.values = {ALL(PITCH_EXACT, 5464)},
		.both.values = {ALL(PITCH_EXACT, 5464)},
	},
	{
		.what = "exact, differing",
		.a.values = {ALL(PITCH_EXACT, 5464)},
		.b.values = {ALL(PITCH_EXACT, 5632)},
		.conflict = TENON_PROP_PITCH_EXACT,
	},
	{
		.what = "exact and a multiple it is not",
		.a.values = {ALL(PITCH_EXACT, 5464)},
		.b.values = {ALL(PITCH_MULTIPLE, 256)},
		.conflict = TENON_PROP_PITCH_MULTIPLE,
	},
	{
		.what = "exact and a multiple it is",
		.a.values = {ALL(PITCH_EXACT, 5632)},
		.b.values = {ALL(PITCH_MULTIPLE, 256)},
		.both.values = {ALL(PITCH_EXACT, 5632), ALL(PITCH_MULTIPLE, 256)},
	},
	{
		.what = "exact above the maximum",
		.a.values = {ALL(PITCH_EXACT, 5632)},
		.b.values = {ALL(PITCH_MAX, 4096)},
		.conflict = TENON_PROP_PITCH_EXACT,
	},
	{
		.what = "multiple above the maximum",
		.a.values = {ALL(PITCH_MULTIPLE, 4096)},
		.b.values = {ALL(PITCH_MAX, 4095)},
		.conflict = TENON_PROP_PITCH_MULTIPLE,
	},
	{
		.what = "remainder just below the maximum",
		.a.values = {ALL(PITCH_MULTIPLE, 4096), ALL(PITCH_REMAINDER, 100)},
		.b.values = {ALL(PITCH_MAX, 100)},
		.both.values = {ALL(PITCH_MULTIPLE, 4096), ALL(PITCH_REMAINDER, 100),
			ALL(PITCH_MAX, 100)},
	},
	{
		.what = "tight waits for the size",
		.a.values = {ALL(PITCH_TIGHT, 1)},
		.b.values = {ALL(PITCH_MULTIPLE, 256), ALL(PITCH_EXACT, 512)},
		.both.values = {ALL(PITCH_TIGHT, 1), ALL(PITCH_MULTIPLE, 256),
			ALL(PITCH_EXACT, 512)},
	},
	{
		.what = "pitch maxima",
		.a.values = {ALL(PITCH_MAX, 4096)},
		.b.values = {ALL(PITCH_MAX, 8192)},
		.both.values = {ALL(PITCH_MAX, 4096)},
	},
	{
		.what = "flags",
		.a.values = {ALL(PITCH_LINKED, 0), ALL(OWN_FD, 1)},
		.b.values = {ALL(PITCH_LINKED, 1), ALL(OWN_FD, 0)},
		.both.values = {ALL(PITCH_LINKED, 1), ALL(OWN_FD, 1)},
	},
	{
		.what = "preferences combine",
		.a.values = {ALL(PITCH_PREFERRED, 256)},
		.b.values = {ALL(PITCH_PREFERRED, 64)},
		.both.values = {ALL(PITCH_PREFERRED, 256)},
	},
	{
		.what = "preferences that contradict: the greater step",
		.a.values = {ALL(PITCH_PREFERRED, 256)},
		.b.values = {ALL(PITCH_PREFERRED, 512), ALL(PITCH_PREFERRED_REMAINDER, 64)},
		.both.values = {ALL(PITCH_PREFERRED, 512), ALL(PITCH_PREFERRED_REMAINDER, 64)},
	},
	{
		.what = "sizes of the image",
		.a.values = {ALL(WIDTH_MIN, 16), ALL(WIDTH_MAX, 4096), ALL(HEIGHT_MAX, 2048)},
		.b.values = {ALL(WIDTH_MIN, 120), ALL(WIDTH_MAX, 8192), ALL(HEIGHT_MIN, 2)},
		.both.values = {ALL(WIDTH_MIN, 120), ALL(WIDTH_MAX, 4096), ALL(HEIGHT_MAX, 2048),
			ALL(HEIGHT_MIN, 2)},
	},
	{
		.what = "width ranges apart",
		.a.values = {ALL(WIDTH_MAX, 64)},
		.b.values = {ALL(WIDTH_MIN, 65)},
		.conflict = TENON_PROP_WIDTH_MIN,
	},
	{
		.what = "height ranges apart",
		.a.values = {ALL(HEIGHT_MAX, 64)},
		.b.values = {ALL(HEIGHT_MIN, 65)},
		.conflict = TENON_PROP_HEIGHT_MIN,
	},
	{
		.what = "alignments",
		.a.values = {ALL(WIDTH_ALIGN, 16), ALL(HEIGHT_ALIGN, 4), ALL(OFFSET_ALIGN, 4096),
			ALL(BASE_ALIGN, 6), ALL(SIZE_ALIGN, 10)},
		.b.values = {ALL(WIDTH_ALIGN, 24), ALL(HEIGHT_ALIGN, 32), ALL(OFFSET_ALIGN, 8),
			ALL(BASE_ALIGN, 4), ALL(SIZE_ALIGN, 4)},
		.both.values = {ALL(WIDTH_ALIGN, 48), ALL(HEIGHT_ALIGN, 32),
			ALL(OFFSET_ALIGN, 4096), ALL(BASE_ALIGN, 12), ALL(SIZE_ALIGN, 20)},
	},
	{
		.what = "an alignment beyond 64 bits",
		.a.values = {ALL(SIZE_ALIGN, top)},
		.b.values = {ALL(SIZE_ALIGN, 3)},
		.conflict = TENON_PROP_SIZE_ALIGN,
	},
	{
		.what = "tails",
		.a.values = {ALL(SIZE_TAIL, 64), ALL(PLANE_TAIL, 0)},
		.b.values = {ALL(SIZE_TAIL, 16), ALL(PLANE_TAIL, 8)},
		.both.values = {ALL(SIZE_TAIL, 64), ALL(PLANE_TAIL, 8)},
	},
	{
		.what = "a count beside none",
		.b.values = {ALL(SEGMENTS_MAX, 8)},
		.both.values = {ALL(SEGMENTS_MAX, 8)},
	},
	{
		.what = "segments: count and size stay both",
		.a.values = {ALL(SEGMENTS_MAX, 4), ALL(SEGMENT_SIZE_MAX, 65536)},
		.b.values = {ALL(SEGMENTS_MAX, 8), ALL(SEGMENT_SIZE_MAX, 4096)},
		.both.values = {ALL(SEGMENTS_MAX, 4), ALL(SEGMENT_SIZE_MAX, 4096)},
	},
	{
		.what = "boundaries of 64 KiB and 4 GiB",
		.a.values = {ALL(SEGMENT_BOUNDARY, 65536)},
		.b.values = {ALL(SEGMENT_BOUNDARY, UINT64_C(1) << 32)},
		.both.values = {ALL(SEGMENT_BOUNDARY, 65536)},
	},
	{
		.what = "addresses: inclusive, and no bit count",
		.a.values = {ALL(ADDRESS_MAX, 0xddbfffff), ALL(ADDRESS_MIN, 0x1000)},
		.b.values = {ALL(ADDRESS_MAX, UINT32_MAX), ALL(ADDRESS_MIN, 0xddbfffff)},
		.both.values = {ALL(ADDRESS_MAX, 0xddbfffff), ALL(ADDRESS_MIN, 0xddbfffff)},
	},
	{
		.what = "address ranges apart",
		.a.values = {ALL(ADDRESS_MAX, 0xfff)},
		.b.values = {ALL(ADDRESS_MIN, 0x1000)},
		.conflict = TENON_PROP_ADDRESS_MIN,
	},
	{
		.what = "no aligned address in the range",
		.a.values = {ALL(ADDRESS_MIN, 0x1001), ALL(ADDRESS_MAX, 0x1fff)},
		.b.values = {ALL(BASE_ALIGN, 0x1000)},
		.conflict = TENON_PROP_BASE_ALIGN,
	},
	{
		.what = "no aligned address below the end of all addresses",
		.a.values = {ALL(ADDRESS_MIN, UINT64_MAX)},
		.b.values = {ALL(BASE_ALIGN, 2)},
		.conflict = TENON_PROP_BASE_ALIGN,
	},
	{
		.what = "masks",
		.a.values = {ALL(CACHE, 3), ALL(OBJECTS, 1), ALL(PROTECTED, 3)},
		.b.values = {ALL(CACHE, 2), ALL(OBJECTS, 3), ALL(PROTECTED, 1)},
		.both.values = {ALL(CACHE, 2), ALL(OBJECTS, 1), ALL(PROTECTED, 1)},
	},
	{
		.what = "cached against uncached",
		.a.values = {ALL(CACHE, TENON_CACHE_CACHED)},
		.b.values = {ALL(CACHE, TENON_CACHE_UNCACHED)},
		.conflict = TENON_PROP_CACHE,
	},
	{
		.what = "one object against one per plane",
		.a.values = {ALL(OBJECTS, TENON_OBJECTS_ONE)},
		.b.values = {ALL(OBJECTS, TENON_OBJECTS_PER_PLANE)},
		.conflict = TENON_PROP_OBJECTS,
	},
	{
		.what = "secure against not",
		.a.values = {ALL(PROTECTED, TENON_PROTECTION_NONE)},
		.b.values = {ALL(PROTECTED, TENON_PROTECTION_SECURE)},
		.conflict = TENON_PROP_PROTECTED,
	},
	{
		.what = "heaps, as masks 6 and 4",
		.a.heaps = {"cma", "system"},
		.b.heaps = {"cma"},
		.both.heaps = {"cma"},
	},
	{
		.what = "heaps, as masks 6 and 1",
		.a.heaps = {"cma", "system"},
		.b.heaps = {"carveout"},
		.conflict = TENON_PROP_HEAP,
	},
	{
		.what = "heaps of one device",
		.b.heaps = {"b", "a"},
		.both.heaps = {"a", "b"},
	},
	{
		.what = "preferred heaps: what both like comes first",
		.a.preferred = {"huge", "cma", "system"},
		.b.preferred = {"system", "cma"},
		.both.preferred = {"cma", "system", "huge"},
	},
	{
		.what = "an unknown beside a value is the value",
		.a.values = {UNKNOWN(PITCH_MULTIPLE)},
		.b.values = {ALL(PITCH_MULTIPLE, 64)},
		.both.values = {ALL(PITCH_MULTIPLE, 64)},
	},
	{
		.what = "an unknown beside nothing stays unknown",
		.a.values = {UNKNOWN(PITCH_MULTIPLE), UNKNOWN(SEGMENTS_MAX)},
		.both.values = {UNKNOWN(PITCH_MULTIPLE), UNKNOWN(SEGMENTS_MAX)},
	},
	{
		.what = "planes that differ",
		.a.values = {AT(0, PITCH_MULTIPLE, 64), AT(1, PITCH_MULTIPLE, 16)},
		.b.values = {ALL(PITCH_MULTIPLE, 32)},
		.both.values = {AT(0, PITCH_MULTIPLE, 64), AT(1, PITCH_MULTIPLE, 32),
			AT(2, PITCH_MULTIPLE, 32), AT(3, PITCH_MULTIPLE, 32)},
	},
	{
		.what = "a conflict in one plane",
		.a.values = {AT(0, PITCH_EXACT, 64), AT(1, PITCH_EXACT, 32)},
		.b.values = {ALL(PITCH_EXACT, 64)},
		.conflict = TENON_PROP_PITCH_EXACT,
	},
};

static void check_row(const struct row *row, struct tenon_offer *a, struct tenon_offer *b)
{
	struct tenon_participant both[] = {{.offer = a}, {.offer = b}};

	if (row->conflict != 0) {
		struct tenon_conflict *conflict = must_conflict(both, 2);

		if (tenon_conflict_get_property(conflict) != row->conflict) {
			fail_msg("%s: %s", row->what, tenon_conflict_get_text(conflict));
		}
		assert_int_equal(tenon_conflict_get_devices_len(conflict), 2);
		tenon_conflict_destroy(conflict);
	} else {
		struct tenon_merge *merge = must_merge(both, 2);

		expect_limits(row->what, only_limits(merge), &row->both);
		tenon_merge_destroy(merge);
	}
}

TEST(each_property)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_offer *a = make_simple_offer("a", &rows[i].a);
		struct tenon_offer *b = make_simple_offer("b", &rows[i].b);
		struct tenon_offer *late_a = make_simple_offer("z", &rows[i].a);

		check_row(&rows[i], a, b);
		check_row(&rows[i], b, a);
		tenon_offer_unref(a);
		/* the other one first by name */
		if (rows[i].a.preferred[0] == NULL) {
			check_row(&rows[i], late_a, b);
		}
		tenon_offer_unref(late_a);
		tenon_offer_unref(b);
	}
}

TEST(limits_meet_alone)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_limits *a = make_limits(&rows[i].a), *b = make_limits(&rows[i].b);
		struct tenon_limits *both = NULL;
		enum tenon_property property = 0;
		int rc = _tenon_limits_meet(&both, a, b, &property);

		assert_int_equal(rc, rows[i].conflict != 0 ? TENON_CONFLICT : 0);
		if (rc == 0) {
			expect_limits(rows[i].what, both, &rows[i].both);
		} else {
			assert_int_not_equal(property, 0);
		}
		tenon_limits_destroy(a);
		tenon_limits_destroy(b);
		tenon_limits_destroy(both);
	}
}

TEST(nobody_accepts_everything)
{
	struct tenon_offer *offer = make_simple_offer("a", &(struct test_limits){.heaps = {"x"}});
	struct tenon_participant one = {.offer = offer};
	struct tenon_merge *nobody = must_merge(NULL, 0), *merge = must_merge(&one, 1);
	struct tenon_merge *joined = NULL;

	assert_int_equal(tenon_merge_get_candidates_len(nobody), 0);
	assert_int_equal(tenon_merge_get_candidate(nobody, 0, NULL, NULL), -EINVAL);
	assert_null(tenon_merge_dup_askers(nobody, 0, TENON_PROP_HEAP, TENON_PLANE_ALL));
	assert_int_equal(tenon_merge_join(&joined, nobody, merge, NULL), 0);
	expect_same_merge(joined, merge);
	tenon_merge_destroy(joined);
	assert_int_equal(tenon_merge_join(&joined, nobody, nobody, NULL), 0);
	expect_same_merge(joined, nobody);
	tenon_merge_destroy(joined);
	tenon_merge_destroy(nobody);
	tenon_merge_destroy(merge);
	tenon_merge_destroy(NULL);
	tenon_offer_unref(offer);
}

TEST(participants_are_checked)
{
	struct tenon_offer *offer = make_simple_offer("a", &(struct test_limits){.heaps = {"x"}});
	struct tenon_participant p[] = {{.offer = offer}, {.offer = NULL}};
	struct tenon_merge *merge = NULL;

	assert_int_equal(tenon_merge_create(&merge, p, 2, NULL), -EINVAL);
	p[1] = (struct tenon_participant){.offer = offer, .roles = 0x80};
	assert_int_equal(tenon_merge_create(&merge, p, 2, NULL), -EINVAL);
	assert_null(merge);
	tenon_offer_unref(offer);
}

TEST(an_offer_in_use_is_closed)
{
	struct tenon_format_modifier pair = {FORMAT_XR24, 0};
	struct tenon_offer *offer = make_simple_offer("a", &(struct test_limits){.heaps = {"x"}});
	struct tenon_participant one = {.offer = offer};
	struct tenon_merge *merge = must_merge(&one, 1);

	assert_int_equal(tenon_offer_add(offer, 1, &pair, 1, NULL), -EBUSY);
	tenon_offer_unref(offer); /* the merge has its own reference */
	expect_limits("after unref", only_limits(merge), &(struct test_limits){.heaps = {"x"}});
	tenon_merge_destroy(merge);
}

static void expect_pairs(
	const struct tenon_merge *merge, const struct tenon_format_modifier *pairs, size_t len)
{
	assert_int_equal(tenon_merge_get_candidates_len(merge), len);
	for (size_t i = 0; i < len; i++) {
		struct tenon_format_modifier pair;

		assert_int_equal(tenon_merge_get_candidate(merge, i, &pair, NULL), 0);
		assert_int_equal(pair.format, pairs[i].format);
		assert_true(pair.modifier == pairs[i].modifier);
	}
}

static struct tenon_offer *pair_offer(
	const char *device, const struct tenon_format_modifier *pairs, size_t len)
{
	struct test_offer spec = {.device = device};

	spec.alternatives[0].pairs_len = len;
	memcpy(spec.alternatives[0].pairs, pairs, len * sizeof(*pairs));
	return make_offer(&spec);
}

TEST(pairs_intersect)
{
	static const struct {
		struct tenon_format_modifier a[4], b[4], both[4];
		size_t a_len, b_len, both_len;
	} cases[] = {
		{{{FORMAT_XR24, 0}, {FORMAT_NV12, 0}}, {{FORMAT_NV12, 0}}, {{FORMAT_NV12, 0}}, 2, 1,
			1},
		/* the same format under another modifier is another pair */
		{{{FORMAT_XR24, MOD_X_TILED}, {FORMAT_NV12, 0}},
			{{FORMAT_XR24, 0}, {FORMAT_NV12, 0}}, {{FORMAT_NV12, 0}}, 2, 2, 1},
		/* any format, of one modifier */
		{{{TENON_FORMAT_ANY, 0}}, {{FORMAT_XR24, 0}, {FORMAT_XR24, MOD_X_TILED}},
			{{FORMAT_XR24, 0}}, 1, 2, 1},
		{{{TENON_FORMAT_ANY, 0}}, {{TENON_FORMAT_ANY, 0}}, {{TENON_FORMAT_ANY, 0}}, 1, 1,
			1},
		{{{TENON_FORMAT_ANY, 0}, {FORMAT_NV12, 0}}, {{FORMAT_XR24, 0}, {FORMAT_NV12, 0}},
			{{FORMAT_NV12, 0}, {FORMAT_XR24, 0}}, 2, 2, 2},
		/* a wildcard here, another there */
		{{{TENON_FORMAT_ANY, 0}, {FORMAT_NV12, MOD_X_TILED}},
			{{FORMAT_XR24, 0}, {TENON_FORMAT_ANY, MOD_X_TILED}},
			{{FORMAT_XR24, 0}, {FORMAT_NV12, MOD_X_TILED}}, 2, 2, 2},
		/* the implicit modifier is no wildcard */
		{{{FORMAT_XR24, MOD_INVALID}, {FORMAT_XR24, 0}},
			{{FORMAT_XR24, MOD_INVALID}, {FORMAT_AR24, 0}},
			{{FORMAT_XR24, MOD_INVALID}}, 2, 2, 1},
		/* twice the same is once */
		{{{FORMAT_XR24, 0}, {FORMAT_XR24, 0}}, {{FORMAT_XR24, 0}, {FORMAT_XR24, 0}},
			{{FORMAT_XR24, 0}}, 2, 2, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tenon_offer *a = pair_offer("a", cases[i].a, cases[i].a_len);
		struct tenon_offer *b = pair_offer("b", cases[i].b, cases[i].b_len);
		struct tenon_participant ab[] = {{.offer = a}, {.offer = b}};
		struct tenon_participant ba[] = {{.offer = b}, {.offer = a}};
		struct tenon_merge *merge = must_merge(ab, 2), *other = must_merge(ba, 2);

		expect_pairs(merge, cases[i].both, cases[i].both_len);
		expect_same_merge(merge, other);
		tenon_merge_destroy(merge);
		tenon_merge_destroy(other);
		tenon_offer_unref(a);
		tenon_offer_unref(b);
	}
}

TEST(alternatives_multiply)
{
	const struct test_offer a = {
		.device = "a",
		.len = 2,
		.alternatives = {{.limits.values = {ALL(PITCH_MULTIPLE, 64), ALL(PITCH_MAX, 4096)}},
			{.limits.values = {ALL(PITCH_MULTIPLE, 256)}}},
	};
	const struct test_offer b = {
		.device = "b",
		.len = 2,
		.alternatives = {{.limits.values = {ALL(HEIGHT_ALIGN, 8)}},
			{.limits.values = {ALL(HEIGHT_ALIGN, 1), ALL(WIDTH_MAX, 100)}}},
	};
	struct tenon_participant p[] = {{.offer = make_offer(&a)}, {.offer = make_offer(&b)}};
	struct tenon_merge *merge = must_merge(p, 2);

	assert_int_equal(tenon_merge_get_candidates_len(merge), 4);
	tenon_merge_destroy(merge);
	tenon_offer_unref(p[0].offer);
	tenon_offer_unref(p[1].offer);
}

TEST(alternatives_no_better_than_another_go)
{
	const struct test_offer spec = {
		.device = "a",
		.len = 4,
		.alternatives =
			{
				{.pairs = {{FORMAT_NV12, 0}, {FORMAT_XR24, 0}},
					.pairs_len = 2,
					.limits.values = {ALL(PITCH_MULTIPLE, 256),
						ALL(PITCH_MAX, 1024)}},
				{.limits.values = {ALL(PITCH_MULTIPLE, 64), ALL(PITCH_MAX, 1024)}},
				{.limits.values = {ALL(PITCH_MULTIPLE, 64), ALL(PITCH_MAX, 2048)}},
				{.limits.values = {ALL(PITCH_MULTIPLE, 64), ALL(PITCH_MAX, 2048)},
					.pairs = {{TENON_FORMAT_ANY, MOD_X_TILED}},
					.pairs_len = 1},
			},
	};
	struct tenon_offer *offer = make_offer(&spec);
	struct tenon_participant p = {.offer = offer};
	struct tenon_merge *merge = must_merge(&p, 1);
	const struct tenon_limits *limits;
	static const struct tenon_format_modifier left[] = {
		{FORMAT_NV12, 0}, {FORMAT_XR24, 0}, {TENON_FORMAT_ANY, MOD_X_TILED}};

	expect_pairs(merge, left, 3);
	assert_int_equal(tenon_merge_get_candidate(merge, 1, NULL, &limits), 0);
	expect_limits("the loosest", limits, &spec.alternatives[2].limits);
	tenon_merge_destroy(merge);
	tenon_offer_unref(offer);
}

TEST(each_role_must_be_served)
{
	const struct test_offer spec = {
		.device = "gpu",
		.len = 3,
		.alternatives =
			{
				{.roles = TENON_ROLE_RENDER,
					.limits.values = {ALL(PITCH_MULTIPLE, 64)}},
				{.roles = TENON_ROLE_SCANOUT,
					.limits.values = {ALL(PITCH_MULTIPLE, 48)}},
				{.roles = TENON_ROLE_CURSOR,
					.limits.values = {ALL(PITCH_EXACT, 100)}},
			},
	};
	static const struct {
		uint32_t roles;
		struct test_limits limits;
	} cases[] = {
		{TENON_ROLE_RENDER, {.values = {ALL(PITCH_MULTIPLE, 64)}}},
		{TENON_ROLE_SCANOUT, {.values = {ALL(PITCH_MULTIPLE, 48)}}},
		{TENON_ROLE_RENDER | TENON_ROLE_SCANOUT, {.values = {ALL(PITCH_MULTIPLE, 192)}}},
	};
	struct tenon_offer *gpu = make_offer(&spec);
	struct tenon_participant p[2] = {{.offer = gpu}, {.offer = gpu}};
	struct tenon_merge *merge;
	struct tenon_conflict *conflict;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		p[0].roles = cases[i].roles;
		merge = must_merge(p, 1);
		expect_limits("roles", only_limits(merge), &cases[i].limits);
		tenon_merge_destroy(merge);
	}
	/* twice the device, each time for one role, is once for both */
	p[0].roles = TENON_ROLE_SCANOUT;
	p[1].roles = TENON_ROLE_RENDER;
	merge = must_merge(p, 2);
	expect_limits("two roles", only_limits(merge), &cases[2].limits);
	tenon_merge_destroy(merge);
	/* in any role: three ways */
	p[0].roles = 0;
	merge = must_merge(p, 1);
	assert_int_equal(tenon_merge_get_candidates_len(merge), 3);
	tenon_merge_destroy(merge);
	/* the device conflicts with itself */
	p[0].roles = TENON_ROLE_RENDER | TENON_ROLE_CURSOR;
	conflict = must_conflict(p, 1);
	assert_int_equal(tenon_conflict_get_devices_len(conflict), 1);
	assert_int_equal(tenon_conflict_get_property(conflict), TENON_PROP_PITCH_MULTIPLE);
	tenon_conflict_destroy(conflict);
	/* a role it does not have */
	p[0].roles = TENON_ROLE_ENCODE;
	conflict = must_conflict(p, 1);
	assert_int_equal(tenon_conflict_get_devices_len(conflict), 1);
	assert_int_equal(tenon_conflict_get_property(conflict), TENON_PROP_FORMAT);
	assert_string_equal(tenon_conflict_get_text(conflict),
		"gpu needs format that it does not offer as encode");
	tenon_conflict_destroy(conflict);
	tenon_offer_unref(gpu);
}

static void expect_askers(const struct tenon_merge *merge, enum tenon_property property,
	uint32_t plane, const char *expected)
{
	const char **names = tenon_merge_dup_askers(merge, 0, property, plane);
	char text[100] = "";

	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			i != 0 ? " " : "", names[i]);
	}
	if (strcmp(text, expected) != 0) {
		fail_msg("%s of plane %d: \"%s\", expected \"%s\"",
			tenon_property_get_name(property), (int)plane, text, expected);
	}
	free(names);
}

TEST(every_value_remembers_who_asked)
{
	const struct test_limits a = {.values = {ALL(PITCH_MULTIPLE, 64), ALL(PITCH_MAX, 4096),
					      UNKNOWN(SEGMENTS_MAX), ALL(CACHE, 3)},
		.heaps = {"cma", "system"}};
	const struct test_limits b = {.values = {ALL(PITCH_MULTIPLE, 48), ALL(PITCH_MAX, 8192),
					      UNKNOWN(BASE_ALIGN), ALL(SEGMENTS_MAX, 1)},
		.heaps = {"cma"},
		.preferred = {"cma"}};
	const struct test_limits c = {.values = {ALL(PITCH_MULTIPLE, 16), AT(1, PITCH_MAX, 4096),
					      UNKNOWN(BASE_ALIGN), UNKNOWN(SEGMENTS_MAX)}};
	struct tenon_participant p[] = {{.offer = make_simple_offer("c", &c)},
		{.offer = make_simple_offer("b", &b)}, {.offer = make_simple_offer("a", &a)}};
	struct tenon_merge *merge = must_merge(p, 3);
	const char **names;

	for (size_t i = 0; i < 3; i++) {
		tenon_offer_unref(p[i].offer);
	}
	expect_askers(merge, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, "a b");
	expect_askers(merge, TENON_PROP_PITCH_REMAINDER, 0, "a b");
	expect_askers(merge, TENON_PROP_PITCH_MAX, 0, "a");
	expect_askers(merge, TENON_PROP_PITCH_MAX, 1, "a c");
	expect_askers(merge, TENON_PROP_PITCH_MAX, TENON_PLANE_ALL, "a c");
	expect_askers(merge, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, "b");
	expect_askers(merge, TENON_PROP_BASE_ALIGN, TENON_PLANE_ALL, "b c");
	expect_askers(merge, TENON_PROP_CACHE, TENON_PLANE_ALL, "a");
	expect_askers(merge, TENON_PROP_OBJECTS, TENON_PLANE_ALL, "");
	expect_askers(merge, TENON_PROP_HEAP, TENON_PLANE_ALL, "b");
	expect_askers(merge, TENON_PROP_HEAP_PREFERRED, TENON_PLANE_ALL, "b");
	expect_askers(merge, TENON_PROP_FORMAT, TENON_PLANE_ALL, "");
	expect_askers(merge, TENON_PROP_CACHE, 0, "");
	names = tenon_merge_dup_unsure(merge, 0, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "c");
	assert_null(names[2]);
	free(names);
	assert_true(tenon_limits_is_unknown(
		only_limits(merge), TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL));
	tenon_merge_destroy(merge);
}
