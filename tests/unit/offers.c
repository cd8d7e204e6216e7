/* SPDX-License-Identifier: MIT */
#include "offers.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "harness.h"

struct tenon_limits *make_limits(const struct test_limits *spec)
{
	struct tenon_limits *limits = NULL;

	assert_int_equal(tenon_limits_create(&limits), 0);
	for (size_t i = 0; i < TEST_VALUES_MAX && spec->values[i].property != 0; i++) {
		const struct test_value *v = &spec->values[i];

		assert_int_equal(
			v->unknown ? tenon_limits_set_unknown(limits, v->property, v->plane)
				   : tenon_limits_set(limits, v->property, v->plane, v->value),
			0);
	}
	for (size_t i = 0; i < TEST_HEAPS_MAX && spec->heaps[i] != NULL; i++) {
		assert_int_equal(tenon_limits_allow_heap(limits, spec->heaps[i]), 0);
	}
	for (size_t i = 0; i < TEST_HEAPS_MAX && spec->preferred[i] != NULL; i++) {
		assert_int_equal(tenon_limits_prefer_heap(limits, spec->preferred[i]), 0);
	}
	return limits;
}

struct tenon_offer *make_offer(const struct test_offer *spec)
{
	static const struct tenon_format_modifier usual = {FORMAT_XR24, MOD_LINEAR};
	struct tenon_offer *offer = NULL;

	assert_int_equal(tenon_offer_create(&offer, spec->device), 0);
	for (size_t i = 0; i < (spec->len != 0 ? spec->len : 1); i++) {
		const struct test_alternative *a = &spec->alternatives[i];
		struct tenon_limits *limits = make_limits(&a->limits);

		assert_int_equal(
			tenon_offer_add(offer, a->roles != 0 ? a->roles : TENON_ROLE_RENDER,
				a->pairs_len != 0 ? a->pairs : &usual,
				a->pairs_len != 0 ? a->pairs_len : 1, limits),
			0);
		tenon_limits_destroy(limits);
	}
	return offer;
}

struct tenon_offer *make_simple_offer(const char *device, const struct test_limits *spec)
{
	struct test_offer offer = {.device = device};

	offer.alternatives[0].limits = *spec;
	return make_offer(&offer);
}

struct tenon_merge *must_merge(const struct tenon_participant *participants, size_t len)
{
	struct tenon_merge *merge = NULL;
	struct tenon_conflict *conflict = NULL;
	int rc = tenon_merge_create(&merge, participants, len, &conflict);

	if (rc == TENON_CONFLICT) {
		print_error("conflict: %s\n", tenon_conflict_get_text(conflict));
	}
	assert_int_equal(rc, 0);
	assert_non_null(merge);
	assert_null(conflict);
	return merge;
}

struct tenon_conflict *must_conflict(const struct tenon_participant *participants, size_t len)
{
	struct tenon_merge *merge = NULL;
	struct tenon_conflict *conflict = NULL;

	assert_int_equal(tenon_merge_create(&merge, participants, len, &conflict), TENON_CONFLICT);
	assert_null(merge);
	assert_non_null(conflict);
	return conflict;
}

const struct tenon_limits *only_limits(const struct tenon_merge *merge)
{
	const struct tenon_limits *limits = NULL;

	assert_int_equal(tenon_merge_get_candidates_len(merge), 1);
	assert_int_equal(tenon_merge_get_candidate(merge, 0, NULL, &limits), 0);
	return limits;
}

static void check_names(const char *what, const char *const *names, const char *const *expected)
{
	size_t i = 0;

	for (; names != NULL && names[i] != NULL; i++) {
		if (i == TEST_HEAPS_MAX || expected[i] == NULL) {
			fail_msg("%s: heap %s too many", what, names[i]);
		}
		assert_string_equal(names[i], expected[i]);
	}
	if (i < TEST_HEAPS_MAX && expected[i] != NULL) {
		fail_msg("%s: heap %s missing", what, expected[i]);
	}
}

static void check_value(const char *what, const struct tenon_limits *limits,
	const struct tenon_limits *expected, enum tenon_property property, uint32_t plane)
{
	uint64_t a = 0, b = 0;
	int rc = tenon_limits_get(limits, property, plane, &a);
	int rc_expected = tenon_limits_get(expected, property, plane, &b);

	if (rc != rc_expected || a != b) {
		fail_msg("%s: %s of plane %" PRId32 ": %d, %" PRIu64 ", expected %d, %" PRIu64,
			what, tenon_property_get_name(property), (int32_t)plane, rc, a, rc_expected,
			b);
	}
}

void expect_limits(
	const char *what, const struct tenon_limits *limits, const struct test_limits *spec)
{
	struct tenon_limits *expected = make_limits(spec);

	for (enum tenon_property p = 1; p < 128; p++) {
		if (!tenon_property_is_per_plane(p)) {
			check_value(what, limits, expected, p, TENON_PLANE_ALL);
			continue;
		}
		for (uint32_t plane = 0; plane < TENON_MAX_PLANES; plane++) {
			check_value(what, limits, expected, p, plane);
		}
	}
	check_names(what, tenon_limits_get_heaps(limits, TENON_PROP_HEAP), spec->heaps);
	check_names(
		what, tenon_limits_get_heaps(limits, TENON_PROP_HEAP_PREFERRED), spec->preferred);
	tenon_limits_destroy(expected);
}

static void expect_same_names(
	const struct tenon_limits *a, const struct tenon_limits *b, enum tenon_property property)
{
	const char *const *x = tenon_limits_get_heaps(a, property);
	const char *const *y = tenon_limits_get_heaps(b, property);

	assert_int_equal(x == NULL, y == NULL);
	for (size_t i = 0; x != NULL && (x[i] != NULL || y[i] != NULL); i++) {
		assert_non_null(x[i]);
		assert_non_null(y[i]);
		assert_string_equal(x[i], y[i]);
	}
}

static void expect_same_limits(const struct tenon_limits *a, const struct tenon_limits *b)
{
	for (enum tenon_property p = 1; p < 128; p++) {
		uint32_t planes = tenon_property_is_per_plane(p) ? TENON_MAX_PLANES : 1;

		for (uint32_t i = 0; i < planes; i++) {
			uint32_t plane = planes == 1 ? TENON_PLANE_ALL : i;

			check_value("merges", a, b, p, plane);
			assert_int_equal(tenon_limits_is_unknown(a, p, plane),
				tenon_limits_is_unknown(b, p, plane));
		}
	}
	expect_same_names(a, b, TENON_PROP_HEAP);
	expect_same_names(a, b, TENON_PROP_HEAP_PREFERRED);
}

void expect_same_merge(const struct tenon_merge *a, const struct tenon_merge *b)
{
	size_t len = tenon_merge_get_candidates_len(a);

	assert_int_equal(len, tenon_merge_get_candidates_len(b));
	for (size_t i = 0; i < len; i++) {
		struct tenon_format_modifier pa, pb;
		const struct tenon_limits *la, *lb;

		assert_int_equal(tenon_merge_get_candidate(a, i, &pa, &la), 0);
		assert_int_equal(tenon_merge_get_candidate(b, i, &pb, &lb), 0);
		assert_int_equal(pa.format, pb.format);
		assert_true(pa.modifier == pb.modifier);
		expect_same_limits(la, lb);
	}
}

uint64_t test_random_next(struct test_random *random)
{
	/* splitmix64's constants */
	uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t test_random_below(struct test_random *random, uint64_t n)
{
	return test_random_next(random) % n;
}
