/* SPDX-License-Identifier: MIT */
/* What merging makes of roles, pairs and alternatives, and what it remembers. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/constraint.h>

#include "constraint/limits.h"
#include "harness.h"
#include "offers.h"

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

TEST(preferred_heaps_are_put_to_the_vote)
{
	static const struct test_limits wishes[] = {
		{.preferred = {"huge", "cma", "system"}},
		{.preferred = {"system", "huge"}},
		{.preferred = {"system", "cma"}},
		{.preferred = {"cma"}},
		{.values = {ALL(PITCH_MULTIPLE, 64)}},
	};
	struct tenon_participant p[5];
	struct tenon_merge *merge;

	for (size_t i = 0; i < 5; i++) {
		char name[] = {(char)('a' + i), '\0'};

		p[i] = (struct tenon_participant){.offer = make_simple_offer(name, &wishes[i])};
	}
	merge = must_merge(p, 5);
	/* three like cma (ranks 1, 1, 0) and system (2, 0, 0): a tie, in byte order; two like huge
	 */
	expect_limits("vote", only_limits(merge),
		&(struct test_limits){.values = {ALL(PITCH_MULTIPLE, 64)},
			.preferred = {"cma", "system", "huge"}});
	tenon_merge_destroy(merge);
	for (size_t i = 0; i < 5; i++) {
		tenon_offer_unref(p[i].offer);
	}
}

TEST(every_value_remembers_where_it_was_found)
{
	struct tenon_limits *a = make_limits(
		&(struct test_limits){.values = {ALL(PITCH_MULTIPLE, 64), ALL(BASE_ALIGN, 8)}});
	struct tenon_limits *b =
		make_limits(&(struct test_limits){.values = {ALL(PITCH_MULTIPLE, 48)}});
	const struct tenon_format_modifier pair = {FORMAT_XR24, MOD_LINEAR};
	struct tenon_participant p[2] = {{.offer = NULL}};
	struct tenon_merge *merge;

	assert_int_equal(tenon_limits_set_source(a, TENON_PROP_PITCH_MULTIPLE, "a.c:1"), 0);
	assert_int_equal(tenon_limits_set_source(b, TENON_PROP_PITCH_MULTIPLE, "b.c:2"), 0);
	assert_int_equal(tenon_offer_create(&p[0].offer, "a"), 0);
	assert_int_equal(tenon_offer_create(&p[1].offer, "b"), 0);
	assert_int_equal(tenon_offer_add(p[0].offer, TENON_ROLE_RENDER, &pair, 1, a), 0);
	assert_int_equal(tenon_offer_add(p[1].offer, TENON_ROLE_SCANOUT, &pair, 1, b), 0);
	tenon_limits_destroy(a);
	tenon_limits_destroy(b);
	merge = must_merge(p, 2);
	tenon_offer_unref(p[0].offer);
	tenon_offer_unref(p[1].offer);
	assert_string_equal(
		tenon_merge_find_source(merge, 0, TENON_PROP_PITCH_MULTIPLE, "a"), "a.c:1");
	assert_string_equal(
		tenon_merge_find_source(merge, 0, TENON_PROP_PITCH_MULTIPLE, "b"), "b.c:2");
	assert_null(tenon_merge_find_source(merge, 0, TENON_PROP_BASE_ALIGN, "a"));
	assert_null(tenon_merge_find_source(merge, 0, TENON_PROP_PITCH_MULTIPLE, "c"));
	assert_null(tenon_merge_find_source(merge, 1, TENON_PROP_PITCH_MULTIPLE, "a"));
	assert_null(tenon_merge_find_source(merge, 0, 999, "a"));
	tenon_merge_destroy(merge);
}

/* Which of the formats a merge has, "XN" for XR24 and NV12. */
static void expect_formats(const struct tenon_merge *merge, const char *expected)
{
	char found[8] = "";
	size_t len = 0;

	for (size_t i = 0; i < tenon_merge_get_candidates_len(merge); i++) {
		struct tenon_format_modifier pair;

		assert_int_equal(tenon_merge_get_candidate(merge, i, &pair, NULL), 0);
		assert_int_equal(pair.modifier, MOD_LINEAR);
		if (pair.format == FORMAT_XR24 || pair.format == FORMAT_NV12 ||
			pair.format == FORMAT_YU12) {
			found[len++] = (char)(pair.format & 0xff);
		}
		assert_true(len < sizeof(found));
	}
	assert_string_equal(found, expected);
}

/* What devices say of a plane is no matter to formats that do not have it. */
TEST(planes_that_a_format_does_not_have)
{
	static const struct {
		uint32_t plane; /* in which they disagree */
		bool any;       /* both have any format */
		const char *formats;
	} rows[] = {
		{1, false, "X"},
		{1, true, "X"},
		{2, false, "NX"},
		{2, true, "NX"},
		{3, false, "YNX"},
		{3, true, "YNX"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_alternative all = {
			.pairs = {{FORMAT_XR24, MOD_LINEAR}, {FORMAT_NV12, MOD_LINEAR},
				{FORMAT_YU12, MOD_LINEAR}},
			.pairs_len = 3};
		struct test_offer spec = {.device = "a", .alternatives = {all}};
		struct tenon_participant p[2] = {{.offer = NULL}};
		struct tenon_merge *merge;

		spec.alternatives[0].limits = (struct test_limits){
			.values = {ALL(PITCH_MAX, 4096), {.property = TENON_PROP_PITCH_EXACT,
								 .plane = rows[i].plane,
								 .value = 64}}};
		if (rows[i].any) {
			spec.alternatives[0].pairs[0].format = TENON_FORMAT_ANY;
		}
		p[0].offer = make_offer(&spec);
		spec.device = "b";
		spec.alternatives[0].limits.values[1].value = 128;
		p[1].offer = make_offer(&spec);
		merge = must_merge(p, 2);
		expect_formats(merge, rows[i].formats);
		expect_askers(merge, TENON_PROP_PITCH_MAX, 0, "a b");
		tenon_merge_destroy(merge);
		tenon_offer_unref(p[0].offer);
		tenon_offer_unref(p[1].offer);
	}
}

/* With a modifier planes may be added, so all of them count. */
TEST(planes_that_a_modifier_may_add)
{
	struct test_offer spec = {.device = "a",
		.alternatives = {{.pairs = {{FORMAT_XR24, MOD_INVALID}},
			.pairs_len = 1,
			.limits.values = {AT(1, PITCH_EXACT, 64)}}}};
	struct tenon_participant p[2] = {{.offer = make_offer(&spec)}};
	struct tenon_conflict *conflict;

	spec.device = "b";
	spec.alternatives[0].limits.values[0].value = 128;
	p[1].offer = make_offer(&spec);
	conflict = must_conflict(p, 2);
	assert_int_equal(tenon_conflict_get_property(conflict), TENON_PROP_PITCH_EXACT);
	tenon_conflict_destroy(conflict);
	tenon_offer_unref(p[0].offer);
	tenon_offer_unref(p[1].offer);
}
