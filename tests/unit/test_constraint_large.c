/* SPDX-License-Identifier: MIT */
/* A thousand devices, many alternatives, and the bound. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/constraint.h>

#include "harness.h"
#include "offers.h"

enum {
	MANY = 1000,
};

static struct tenon_participant all[MANY];

static void drop(size_t len)
{
	for (size_t i = 0; i < len; i++) {
		tenon_offer_unref(all[i].offer);
	}
}

/* Devices that agree, no two of which say the same. */
static void make_many(void)
{
	for (size_t i = 0; i < MANY; i++) {
		const struct test_limits limits = {
			.values = {ALL(PITCH_MULTIPLE, UINT64_C(1) << i % 9),
				ALL(WIDTH_MAX, 16384 - (i * 7) % MANY), ALL(WIDTH_MIN, i),
				ALL(PITCH_MAX, 1 << 20)},
			.heaps = {"a", "b", "c", i % 2 == 0 ? "d" : "e"},
			.preferred = {i % 3 == 0 ? "a" : "b"},
		};
		char name[16];

		snprintf(name, sizeof(name), "d%03zu", (i * 331) % MANY);
		all[i] = (struct tenon_participant){.offer = make_simple_offer(name, &limits)};
	}
}

static void replace(size_t i, const char *name, const struct test_limits *limits)
{
	tenon_offer_unref(all[i].offer);
	all[i].offer = make_simple_offer(name, limits);
}

static void expect_conflict(const char *text)
{
	struct tenon_conflict *conflict = must_conflict(all, MANY);

	assert_string_equal(tenon_conflict_get_text(conflict), text);
	tenon_conflict_destroy(conflict);
}

TEST(a_thousand_devices_agree)
{
	struct tenon_merge *merge;
	const char **names;

	make_many();
	merge = must_merge(all, MANY);
	expect_limits("all", only_limits(merge),
		&(struct test_limits){
			.values = {ALL(PITCH_MULTIPLE, 256), ALL(WIDTH_MAX, 16384 - MANY + 1),
				ALL(WIDTH_MIN, MANY - 1), ALL(PITCH_MAX, 1 << 20)},
			.heaps = {"a", "b", "c"},
			.preferred = {"b", "a"}});
	names = tenon_merge_dup_askers(merge, 0, TENON_PROP_WIDTH_MIN, TENON_PLANE_ALL);
	assert_string_equal(names[0], "d669");
	assert_null(names[1]);
	free(names);
	names = tenon_merge_dup_askers(merge, 0, TENON_PROP_PITCH_MAX, TENON_PLANE_ALL);
	for (size_t i = 1; i < MANY; i++) {
		assert_true(strcmp(names[i - 1], names[i]) < 0);
	}
	assert_null(names[MANY]);
	free(names);
	tenon_merge_destroy(merge);
	drop(MANY);
}

TEST(two_of_a_thousand_conflict)
{
	make_many();
	replace(500, "odd one", &(struct test_limits){.values = {ALL(PITCH_EXACT, 1001)}});
	/* the first device by name that does not agree with it is the other one */
	expect_conflict("d001 needs pitch multiple of 16; odd one needs pitch exactly 1001; "
			"for d001 1008 would do");
	drop(MANY);
}

/* Each two of the three agree. */
TEST(three_of_a_thousand_conflict)
{
	make_many();
	replace(3, "x",
		&(struct test_limits){.values = {ALL(HEIGHT_ALIGN, 3)}, .heaps = {"a", "b"}});
	replace(400, "y",
		&(struct test_limits){.values = {ALL(HEIGHT_ALIGN, 5)}, .heaps = {"b", "c"}});
	replace(997, "z",
		&(struct test_limits){.values = {ALL(HEIGHT_ALIGN, 7)}, .heaps = {"a", "c"}});
	expect_conflict("x needs heap a or b; y needs heap b or c; z needs heap a or c; "
			"without z the others agree");
	drop(MANY);
}

/* Half of the devices do not agree with the other half. */
TEST(halves_conflict)
{
	make_many();
	for (size_t i = 0; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof(name), "h%03zu", i);
		replace(i, name,
			&(struct test_limits){.values = {ALL(PITCH_EXACT, i < MANY / 2 ? 64 : 128),
						      ALL(WIDTH_MIN, i)}});
	}
	expect_conflict("h000 needs pitch exactly 64; h500 needs pitch exactly 128");
	drop(MANY);
}

/* No two devices agree. */
TEST(nobody_agrees_with_anybody)
{
	for (size_t i = 0; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%03zu", i);
		all[i] = (struct tenon_participant){
			.offer = make_simple_offer(
				name, &(struct test_limits){.values = {ALL(PITCH_EXACT, 1 + i)}})};
	}
	expect_conflict("n000 needs pitch exactly 1; n001 needs pitch exactly 2");
	drop(MANY);
}

/* Alternatives that are no better than each other: device i is strict in one of two properties of
 * its own. len devices give 2^len products. */
static void make_choices(size_t len)
{
	static const enum tenon_property pairs[][2] = {
		{TENON_PROP_PITCH_MULTIPLE, TENON_PROP_HEIGHT_ALIGN},
		{TENON_PROP_WIDTH_ALIGN, TENON_PROP_OFFSET_ALIGN},
		{TENON_PROP_PITCH_MULTIPLE_PIXELS, TENON_PROP_PLANE_TAIL},
	};

	for (size_t i = 0; i < len; i++) {
		struct test_offer spec = {.len = 2};
		char name[16];

		for (size_t k = 0; k < 2; k++) {
			spec.alternatives[k].limits.values[0] = (struct test_value){
				.property = pairs[i / TENON_MAX_PLANES][k],
				.plane = (uint32_t)(i % TENON_MAX_PLANES),
				.value = 2,
			};
		}
		snprintf(name, sizeof(name), "c%02zu", i);
		spec.device = name;
		all[i] = (struct tenon_participant){.offer = make_offer(&spec)};
	}
}

TEST_TIMEOUT(alternatives_multiply_up_to_the_bound, 60)
{
	struct tenon_merge *merge;

	make_choices(8);
	merge = must_merge(all, 8);
	assert_int_equal(tenon_merge_get_candidates_len(merge), 256);
	tenon_merge_destroy(merge);
	drop(8);
}

TEST_TIMEOUT(beyond_the_bound_is_an_error_of_its_own, 60)
{
	struct tenon_merge *merge = NULL;
	struct tenon_conflict *conflict = NULL;

	make_choices(9);
	assert_int_equal(tenon_merge_create(&merge, all, 9, &conflict), -E2BIG);
	assert_null(merge);
	assert_null(conflict);
	drop(9);
}

/* One alternative for each of many formats: they multiply, but only with their like. */
TEST_TIMEOUT(an_alternative_for_each_format, 60)
{
	enum { FORMATS = 64, DEVICES = 20 };
	struct tenon_merge *merge;

	for (size_t i = 0; i < DEVICES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%02zu", i);
		assert_int_equal(tenon_offer_create(&all[i].offer, name), 0);
		all[i].roles = 0;
		for (uint32_t f = 1; f <= FORMATS; f++) {
			struct tenon_format_modifier pair = {.format = f};
			struct tenon_limits *limits = make_limits(&(struct test_limits){
				.values = {ALL(PITCH_MULTIPLE, UINT64_C(1) << (f + i) % 11)}});

			assert_int_equal(tenon_offer_add(all[i].offer, 1, &pair, 1, limits), 0);
			tenon_limits_destroy(limits);
		}
	}
	merge = must_merge(all, DEVICES);
	assert_int_equal(tenon_merge_get_candidates_len(merge), FORMATS);
	for (size_t i = 0; i < FORMATS; i++) {
		struct tenon_format_modifier pair;
		const struct tenon_limits *limits;
		uint64_t multiple = 0;

		assert_int_equal(tenon_merge_get_candidate(merge, i, &pair, &limits), 0);
		assert_int_equal(pair.format, i + 1);
		assert_int_equal(tenon_limits_get(limits, TENON_PROP_PITCH_MULTIPLE,
					 TENON_PLANE_ALL, &multiple),
			0);
		assert_int_equal(multiple, 1024);
	}
	tenon_merge_destroy(merge);
	drop(DEVICES);
}

/* Devices that cannot agree in very many ways: who is told is bounded, too. */
TEST_TIMEOUT(a_thousand_devices_of_random_heaps, 60)
{
	struct test_random random = {.state = 1};
	struct tenon_merge *merge = NULL;
	struct tenon_conflict *conflict = NULL;
	struct tenon_participant rest[MANY];
	size_t len, kept = 0;

	for (size_t i = 0; i < MANY; i++) {
		struct tenon_format_modifier pair = {FORMAT_XR24, 0};
		struct tenon_limits *limits =
			make_limits(&(struct test_limits){.values = {ALL(WIDTH_MIN, i)}});
		uint64_t out = test_random_below(&random, 20);
		char name[16];

		for (uint64_t heap = 0; heap < 20; heap++) {
			snprintf(name, sizeof(name), "h%02u", (unsigned)heap);
			if (heap != out && heap != (out * 7 + i) % 20) {
				assert_int_equal(tenon_limits_allow_heap(limits, name), 0);
			}
		}
		snprintf(name, sizeof(name), "r%03zu", i);
		assert_int_equal(tenon_offer_create(&all[i].offer, name), 0);
		assert_int_equal(tenon_offer_add(all[i].offer, 1, &pair, 1, limits), 0);
		all[i].roles = 0;
		tenon_limits_destroy(limits);
	}
	conflict = must_conflict(all, MANY);
	len = tenon_conflict_get_devices_len(conflict);
	assert_in_range(len, 10, 20); /* each leaves out two of 20 */
	assert_false(tenon_conflict_is_smallest(conflict));
	assert_non_null(
		strstr(tenon_conflict_get_text(conflict), "there may be a smaller set of devices"));
	/* they do conflict, and none but one of them does not */
	for (size_t i = 0; i < MANY; i++) {
		const char *device;

		for (size_t k = 0; k < len; k++) {
			assert_int_equal(
				tenon_conflict_get_device(conflict, k, &device, NULL, NULL), 0);
			if (strcmp(device, tenon_offer_get_device(all[i].offer)) == 0) {
				rest[kept++] = all[i];
			}
		}
	}
	assert_int_equal(kept, len);
	assert_int_equal(tenon_merge_create(&merge, rest, len, NULL), TENON_CONFLICT);
	merge = must_merge(rest, len - 1);
	tenon_merge_destroy(merge);
	tenon_conflict_destroy(conflict);
	drop(MANY);
}

enum {
	THREADS = 4,
	ROUNDS = 200,
	SHARED = 20,
};

static void *merge_again_and_again(void *data)
{
	const struct tenon_merge *first = data;

	for (int i = 0; i < ROUNDS; i++) {
		struct tenon_merge *merge = must_merge(all, SHARED), *joined = NULL;

		assert_int_equal(tenon_merge_join(&joined, merge, first, NULL), 0);
		expect_same_merge(joined, first);
		tenon_merge_destroy(merge);
		tenon_merge_destroy(joined);
	}
	return NULL;
}

/* Offers and merges that nobody changes any more may be used by all. */
TEST_TIMEOUT(threads_share_offers_and_merges, 60)
{
	pthread_t threads[THREADS];
	struct tenon_merge *first;

	make_many();
	first = must_merge(all, SHARED);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(
			pthread_create(&threads[i], NULL, merge_again_and_again, first), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	tenon_merge_destroy(first);
	drop(MANY);
}
