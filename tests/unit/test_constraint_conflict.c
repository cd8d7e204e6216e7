/* SPDX-License-Identifier: MIT */
/* Who conflicts, in what, and how it is told. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/constraint.h>

#include "constraint/conflict.h"
#include "harness.h"
#include "offers.h"
#include "oom.h"

enum {
	DEVICES_MAX = 6,
};

/* Devices that cannot agree, and how that is told; hint NULL: none. */
static const struct row {
	struct test_offer offers[DEVICES_MAX];
	enum tenon_property property;
	const char *text, *hint;
} rows[] = {
	{
		.offers = {{.device = "mxsfb-drm",
				   .alternatives[0].limits.values = {ALL(PITCH_EXACT, 5464)}},
			{.device = "amdgpu",
				.alternatives[0].limits.values = {ALL(PITCH_MULTIPLE, 256)}},
			{.device = "cpu"}},
		.property = TENON_PROP_PITCH_MULTIPLE,
		.text = "amdgpu needs pitch multiple of 256; mxsfb-drm needs pitch exactly 5464; "
			"for amdgpu 5632 would do",
		.hint = "for amdgpu 5632 would do",
	},
	{
		/* each two agree */
		.offers = {{.device = "c", .alternatives[0].limits.values = {ALL(PITCH_MAX, 1000)}},
			{.device = "b", .alternatives[0].limits.values = {ALL(PITCH_MULTIPLE, 64)}},
			{.device = "a", .alternatives[0].limits.values = {ALL(PITCH_MULTIPLE, 25)}},
			{.device = "d", .alternatives[0].limits.values = {ALL(PITCH_MULTIPLE, 5)}}},
		.property = TENON_PROP_PITCH_MULTIPLE,
		.text = "a needs pitch multiple of 25; b needs pitch multiple of 64; "
			"c needs pitch at most 1000; for c a maximum of 1600 would do",
		.hint = "for c a maximum of 1600 would do",
	},
	{
		/* each two have a heap in common, all three have none */
		.offers = {{.device = "a", .alternatives[0].limits.heaps = {"x", "y"}},
			{.device = "b", .alternatives[0].limits.heaps = {"y", "z"}},
			{.device = "c", .alternatives[0].limits.heaps = {"x", "z"}}},
		.property = TENON_PROP_HEAP,
		.text = "a needs heap x or y; b needs heap y or z; c needs heap x or z; "
			"without c the others agree",
		.hint = "without c the others agree",
	},
	{
		/* alternatives: each two have one in common, all three have none */
		.offers = {{.device = "a",
				   .len = 2,
				   .alternatives = {{.limits.values = {ALL(PITCH_EXACT, 64)}},
					   {.limits.values = {ALL(PITCH_EXACT, 128)}}}},
			{.device = "b",
				.len = 2,
				.alternatives = {{.limits.values = {ALL(PITCH_EXACT, 128)}},
					{.limits.values = {ALL(PITCH_EXACT, 256)}}}},
			{.device = "c",
				.len = 2,
				.alternatives = {{.limits.values = {ALL(PITCH_EXACT, 64)}},
					{.limits.values = {ALL(PITCH_EXACT, 256)}}}},
			{.device = "d"}},
		.property = TENON_PROP_PITCH_EXACT,
		.text = "a needs pitch exactly 64 or exactly 128; b needs pitch exactly 128 or "
			"exactly 256; c needs pitch exactly 64 or exactly 256; without c the "
			"others agree",
		.hint = "without c the others agree",
	},
	{
		.offers = {{.device = "camera",
				   .alternatives[0] = {.pairs = {{FORMAT_NV12, 0}},
					   .pairs_len = 1,
					   .limits.values = {ALL(PITCH_EXACT, 100)}}},
			{.device = "screen",
				.alternatives[0] = {.pairs = {{FORMAT_XR24, 0}, {FORMAT_AR24, 0}},
					.pairs_len = 2,
					.limits.values = {ALL(PITCH_EXACT, 200)}}}},
		.property = TENON_PROP_FORMAT,
		.text = "camera needs format NV12; screen needs format AR24 or XR24",
	},
	{
		.offers = {{.device = "gpu",
				   .alternatives[0] = {.pairs = {{FORMAT_XR24, MOD_X_TILED},
							       {FORMAT_XR24, MOD_INVALID}},
					   .pairs_len = 2}},
			{.device = "screen",
				.alternatives[0] = {.pairs = {{FORMAT_XR24, 0}}, .pairs_len = 1}}},
		.property = TENON_PROP_MODIFIER,
		.text = "gpu needs modifier INVALID or 0x0100000000000001; "
			"screen needs modifier LINEAR",
	},
	{
		/* the formats and the modifiers match, the pairs do not */
		.offers = {{.device = "gpu",
				   .alternatives[0] =
					   {.pairs = {{FORMAT_XR24, MOD_X_TILED}, {FORMAT_NV12, 0}},
						   .pairs_len = 2}},
			{.device = "screen",
				.alternatives[0] = {.pairs = {{FORMAT_XR24, 0}}, .pairs_len = 1}}},
		.property = TENON_PROP_MODIFIER,
		.text = "gpu needs modifier LINEAR for NV12 or 0x0100000000000001 for XR24; "
			"screen needs modifier LINEAR for XR24",
	},
	{
		/* an alternative for a format that the others lack is not told */
		.offers = {{.device = "a",
				   .len = 2,
				   .alternatives = {{.limits.values = {ALL(PITCH_EXACT, 64)}},
					   {.pairs = {{FORMAT_NV12, 0}},
						   .pairs_len = 1,
						   .limits.values = {ALL(PITCH_EXACT, 128)}}}},
			{.device = "b", .alternatives[0].limits.values = {ALL(PITCH_EXACT, 128)}}},
		.property = TENON_PROP_PITCH_EXACT,
		.text = "a needs pitch exactly 64; b needs pitch exactly 128",
	},
	{
		.offers = {{.device = "z", .alternatives[0].limits.values = {ALL(CACHE, 1)}},
			{.device = "a", .alternatives[0].limits.values = {ALL(CACHE, 2)}}},
		.property = TENON_PROP_CACHE,
		.text = "a needs CPU mapping uncached; z needs CPU mapping cached",
	},
	{
		.offers = {{.device = "a",
				   .alternatives[0] = {.pairs = {{FORMAT_NV12, MOD_LINEAR}},
					   .pairs_len = 1,
					   .limits.values = {AT(1, PITCH_EXACT, 64),
						   AT(0, PITCH_EXACT, 96)}}},
			{.device = "b",
				.alternatives[0] = {.pairs = {{FORMAT_NV12, MOD_LINEAR}},
					.pairs_len = 1,
					.limits.values = {AT(1, PITCH_MULTIPLE, 48)}}}},
		.property = TENON_PROP_PITCH_MULTIPLE,
		.text = "a needs pitch exactly 96 (plane 0), exactly 64 (plane 1); b needs pitch "
			"multiple of 48 (plane 1); for b 96 would do",
		.hint = "for b 96 would do",
	},
	{
		.offers = {{.device = "a",
				   .alternatives[0].limits.values = {ALL(PITCH_MULTIPLE, 512),
					   ALL(PITCH_REMAINDER, 256)}},
			{.device = "b",
				.alternatives[0].limits.values = {ALL(PITCH_MULTIPLE, 512)}}},
		.property = TENON_PROP_PITCH_MULTIPLE,
		.text = "a needs pitch 256 modulo 512; b needs pitch multiple of 512",
	},
	{
		.offers = {{.device = "a",
				   .alternatives[0].limits.values = {ALL(ADDRESS_MAX, 0xddbfffff)}},
			{.device = "b",
				.alternatives[0].limits.values = {ALL(ADDRESS_MIN, 0xddc00000)}}},
		.property = TENON_PROP_ADDRESS_MIN,
		.text = "a needs address at most 0xddbfffff; b needs address at least 0xddc00000",
	},
	{
		/* a device that offers twice, and not the same */
		.offers =
			{{.device = "a", .alternatives[0].limits.values = {ALL(PITCH_EXACT, 128)}},
				{.device = "b"},
				{.device = "a",
					.alternatives[0].limits.values = {ALL(PITCH_EXACT, 64)}}},
		.property = TENON_PROP_PITCH_EXACT,
		.text = "a needs pitch exactly 64 and exactly 128",
	},
};

static size_t make_participants(const struct row *row, struct tenon_participant *out)
{
	size_t len = 0;

	while (len < DEVICES_MAX && row->offers[len].device != NULL) {
		out[len] = (struct tenon_participant){.offer = make_offer(&row->offers[len])};
		len++;
	}
	return len;
}

static void drop_participants(struct tenon_participant *participants, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		tenon_offer_unref(participants[i].offer);
	}
}

TEST(conflicts_are_told_the_same_in_any_order)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_participant p[DEVICES_MAX];
		size_t len = make_participants(&rows[i], p);

		/* all rotations, forward and back */
		for (size_t turn = 0; turn < 2 * len; turn++) {
			struct tenon_participant turned[DEVICES_MAX];
			struct tenon_conflict *conflict;

			for (size_t k = 0; k < len; k++) {
				turned[turn < len ? k : len - 1 - k] = p[(k + turn) % len];
			}
			conflict = must_conflict(turned, len);
			assert_string_equal(tenon_conflict_get_text(conflict), rows[i].text);
			assert_int_equal(tenon_conflict_get_property(conflict), rows[i].property);
			if (rows[i].hint == NULL) {
				assert_null(tenon_conflict_get_hint(conflict));
			} else {
				assert_string_equal(
					tenon_conflict_get_hint(conflict), rows[i].hint);
			}
			tenon_conflict_destroy(conflict);
		}
		drop_participants(p, len);
	}
}

TEST(sources_are_told)
{
	struct tenon_limits *limits = NULL;
	struct tenon_format_modifier pair = {FORMAT_XR24, 0};
	struct tenon_participant p[2];
	struct tenon_conflict *conflict;
	const char *device, *value, *source;

	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_int_equal(tenon_limits_set(limits, TENON_PROP_CACHE, TENON_PLANE_ALL, 1), 0);
	assert_int_equal(tenon_limits_set_source(limits, TENON_PROP_CACHE, "manual, page 7"), 0);
	assert_int_equal(tenon_limits_set_source(limits, TENON_PROP_PITCH_MAX, "other"), 0);
	assert_int_equal(tenon_offer_create(&p[0].offer, "a"), 0);
	assert_int_equal(tenon_offer_add(p[0].offer, 1, &pair, 1, limits), 0);
	tenon_limits_destroy(limits);
	p[1].offer = make_simple_offer("b", &(struct test_limits){.values = {ALL(CACHE, 2)}});
	p[0].roles = p[1].roles = 0;
	conflict = must_conflict(p, 2);
	drop_participants(p, 2);
	/* what a conflict says outlives the offers */
	assert_int_equal(tenon_conflict_get_device(conflict, 0, &device, &value, &source), 0);
	assert_string_equal(device, "a");
	assert_string_equal(value, "cached");
	assert_string_equal(source, "manual, page 7");
	assert_int_equal(tenon_conflict_get_device(conflict, 1, &device, NULL, &source), 0);
	assert_string_equal(device, "b");
	assert_null(source);
	assert_int_equal(tenon_conflict_get_device(conflict, 2, &device, NULL, NULL), -EINVAL);
	tenon_conflict_destroy(conflict);
	tenon_conflict_destroy(NULL);
}

TEST(sources_of_formats_are_told_by_role)
{
	struct tenon_limits *limits = NULL;
	struct tenon_format_modifier pair = {FORMAT_XR24, 0}, other = {FORMAT_NV12, 0};
	struct tenon_participant p[2] = {{.roles = TENON_ROLE_SCANOUT}, {.roles = 0}};
	struct tenon_conflict *conflict;
	const char *source;

	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_int_equal(tenon_offer_create(&p[0].offer, "a"), 0);
	assert_int_equal(tenon_limits_set_source(limits, TENON_PROP_FORMAT, "cursor plane"), 0);
	assert_int_equal(tenon_offer_add(p[0].offer, TENON_ROLE_CURSOR, &pair, 1, limits), 0);
	assert_int_equal(tenon_limits_set_source(limits, TENON_PROP_FORMAT, "plane 31"), 0);
	assert_int_equal(tenon_offer_add(p[0].offer, TENON_ROLE_SCANOUT, &pair, 1, limits), 0);
	tenon_limits_destroy(limits);
	assert_int_equal(tenon_offer_create(&p[1].offer, "b"), 0);
	assert_int_equal(tenon_offer_add(p[1].offer, TENON_ROLE_CPU, &other, 1, NULL), 0);
	conflict = must_conflict(p, 2);
	drop_participants(p, 2);
	assert_int_equal(tenon_conflict_get_property(conflict), TENON_PROP_FORMAT);
	assert_int_equal(tenon_conflict_get_device(conflict, 0, NULL, NULL, &source), 0);
	assert_string_equal(source, "plane 31");
	tenon_conflict_destroy(conflict);
}

TEST(roles_are_told_where_they_differ)
{
	const struct test_offer spec = {
		.device = "a",
		.len = 2,
		.alternatives = {{.roles = TENON_ROLE_RENDER,
					 .limits.values = {ALL(PITCH_EXACT, 64)}},
			{.roles = TENON_ROLE_CURSOR, .limits.values = {ALL(PITCH_EXACT, 128)}}},
	};
	struct tenon_participant p = {
		.offer = make_offer(&spec),
		.roles = TENON_ROLE_RENDER | TENON_ROLE_CURSOR,
	};
	struct tenon_conflict *conflict = must_conflict(&p, 1);

	assert_string_equal(tenon_conflict_get_text(conflict),
		"a needs pitch exactly 64 as render and exactly 128 as cursor");
	tenon_conflict_destroy(conflict);
	tenon_offer_unref(p.offer);
}

TEST(conflict_objects_are_checked)
{
	const struct tenon_conflict_entry entry = {.device = "a", .value = "of its own"};
	struct tenon_conflict *conflict = NULL;

	assert_int_equal(
		_tenon_conflict_create(&conflict, TENON_PROP_OWN_FD, &entry, 0, NULL), -EINVAL);
	assert_int_equal(_tenon_conflict_create(&conflict, 999, &entry, 1, NULL), -EINVAL);
	assert_null(conflict);
	assert_int_equal(
		_tenon_conflict_create(&conflict, TENON_PROP_OWN_FD, &entry, 1, "hint"), 0);
	assert_string_equal(tenon_conflict_get_text(conflict), "a needs fd of its own; hint");
	tenon_conflict_destroy(conflict);
}

struct problem {
	struct tenon_participant participants[DEVICES_MAX];
	size_t len;
};

static int merge_problem(void *data)
{
	const struct problem *problem = data;
	struct tenon_conflict *conflict = NULL;
	struct tenon_merge *merge = NULL;
	int rc = tenon_merge_create(&merge, problem->participants, problem->len, &conflict);

	/* untouched unless it is told so */
	assert_int_equal(merge != NULL, rc == 0);
	assert_int_equal(conflict != NULL, rc == TENON_CONFLICT);
	tenon_conflict_destroy(conflict);
	tenon_merge_destroy(merge);
	return rc;
}

TEST_TIMEOUT(conflicts_out_of_memory_at_each_allocation, 120)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct problem problem;

		problem.len = make_participants(&rows[i], problem.participants);
		assert_true(oom_run_expect(merge_problem, &problem, TENON_CONFLICT) > 5);
		drop_participants(problem.participants, problem.len);
	}
}

static int join_and_ask(void *data)
{
	const struct problem *problem = data;
	struct tenon_merge *merge = NULL, *joined = NULL;
	const char **names = NULL;
	int rc = tenon_merge_create(&merge, problem->participants, problem->len, NULL);

	if (rc == 0) {
		rc = tenon_merge_join(&joined, merge, merge, NULL);
	}
	if (rc == 0) {
		names = tenon_merge_dup_askers(
			joined, 0, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL);
		rc = names != NULL ? 0 : -ENOMEM;
	}
	free(names);
	tenon_merge_destroy(joined);
	tenon_merge_destroy(merge);
	return rc;
}

TEST(merges_out_of_memory_at_each_allocation)
{
	struct problem problem = {.len = 2};
	struct tenon_format_modifier pairs[600];

	for (size_t i = 0; i < 600; i++) {
		pairs[i] = (struct tenon_format_modifier){.format = 1 + (uint32_t)i};
	}
	/* more pairs than fit on the stack */
	for (size_t i = 0; i < 2; i++) {
		struct tenon_limits *limits =
			make_limits(&(struct test_limits){.values = {ALL(PITCH_MULTIPLE, 64 + i)},
				.heaps = {"a", i != 0 ? "b" : "c"},
				.preferred = {i != 0 ? "d" : "a"}});
		struct tenon_offer *offer = NULL;

		assert_int_equal(tenon_offer_create(&offer, i != 0 ? "a" : "b"), 0);
		assert_int_equal(tenon_offer_add(offer, 1, &pairs[i], 599, limits), 0);
		tenon_limits_destroy(limits);
		problem.participants[i] = (struct tenon_participant){.offer = offer};
	}
	assert_true(oom_run(merge_problem, &problem) >= 2);
	assert_true(oom_run(join_and_ask, &problem) >= 5);
	drop_participants(problem.participants, problem.len);
}
