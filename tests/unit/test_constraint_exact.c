/* SPDX-License-Identifier: MIT */
/* Merging drawn offers, compared with counting out what the devices accept. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/constraint.h>

#include "constraint/meet.h"
#include "harness.h"
#include "universe.h"

enum {
	DRAWS = 1500,
};

/* Which draw failed is seen in the output of the failed test. */
static void begin(struct universe *u, uint64_t seed)
{
	fprintf(stderr, "draw %" PRIu64 "\n", seed);
	universe_draw(u, seed);
}

static unsigned all_of(const struct universe *u)
{
	return (1u << u->len) - 1;
}

/* A conflict of the right size: no smaller set of devices conflicts, and its own does. */
static void expect_smallest(const struct universe *u, const struct tenon_conflict *conflict)
{
	size_t len = tenon_conflict_get_devices_len(conflict), smallest = u->len;
	unsigned named = 0;

	for (unsigned set = 1; set <= all_of(u); set++) {
		size_t members = 0;

		for (size_t i = 0; i < u->len; i++) {
			members += set >> i & 1;
		}
		if (members < smallest && universe_count(u, set) == 0) {
			smallest = members;
		}
	}
	assert_int_equal(len, smallest);
	assert_true(tenon_conflict_is_smallest(conflict));
	for (size_t i = 0; i < len; i++) {
		const char *device, *value;

		assert_int_equal(tenon_conflict_get_device(conflict, i, &device, &value, NULL), 0);
		assert_non_null(strstr(tenon_conflict_get_text(conflict), device));
		assert_true(value[0] != '\0');
		for (size_t k = 0; k < u->len; k++) {
			if (strcmp(tenon_offer_get_device(u->participants[k].offer), device) == 0) {
				named |= 1u << k;
			}
		}
	}
	assert_int_equal(universe_count(u, named), 0);
	assert_int_equal(tenon_conflict_get_device(conflict, len, NULL, NULL, NULL), -EINVAL);
}

TEST_TIMEOUT(merges_are_exact, 120)
{
	unsigned merges = 0, conflicts = 0, of_three = 0;

	for (uint64_t seed = 1; seed <= DRAWS; seed++) {
		struct universe u;
		struct tenon_merge *merge = NULL;
		struct tenon_conflict *conflict = NULL;
		size_t accepted;
		int rc;

		begin(&u, seed);
		accepted = universe_count(&u, all_of(&u));
		rc = tenon_merge_create(&merge, u.participants, u.len, &conflict);
		assert_int_equal(rc, accepted != 0 ? 0 : TENON_CONFLICT);
		if (rc == 0) {
			universe_expect_exact(&u, merge);
			merges++;
		} else {
			expect_smallest(&u, conflict);
			conflicts++;
			of_three += tenon_conflict_get_devices_len(conflict) >= 3;
		}
		tenon_merge_destroy(merge);
		tenon_conflict_destroy(conflict);
		universe_finish(&u);
	}
	fprintf(stderr, "%u merges, %u conflicts, %u of them of three devices or more\n", merges,
		conflicts, of_three);
	assert_true(merges >= DRAWS / 4);
	assert_true(conflicts >= DRAWS / 4);
	assert_true(of_three >= 10);
}

static void shuffle(struct universe *u, struct tenon_participant *out)
{
	memcpy(out, u->participants, sizeof(u->participants));
	for (size_t i = u->len; i > 1; i--) {
		size_t k = test_random_below(&u->random, i);
		struct tenon_participant swap = out[i - 1];

		out[i - 1] = out[k];
		out[k] = swap;
	}
}

/* In another order, and with some of the devices twice, the outcome is the same to the letter. */
TEST_TIMEOUT(merges_are_commutative_and_idempotent, 120)
{
	for (uint64_t seed = 1; seed <= DRAWS; seed++) {
		struct tenon_participant other[2 * UNIVERSE_DEVICES];
		struct universe u;
		struct tenon_merge *a = NULL, *b = NULL;
		struct tenon_conflict *ca = NULL, *cb = NULL;
		size_t len;
		int rc;

		begin(&u, seed);
		shuffle(&u, other);
		len = u.len + test_random_below(&u.random, u.len + 1);
		memcpy(&other[u.len], u.participants, (len - u.len) * sizeof(other[0]));
		rc = tenon_merge_create(&a, u.participants, u.len, &ca);
		assert_int_equal(tenon_merge_create(&b, other, len, &cb), rc);
		if (rc == 0) {
			expect_same_merge(a, b);
		} else {
			assert_string_equal(
				tenon_conflict_get_text(ca), tenon_conflict_get_text(cb));
		}
		tenon_merge_destroy(a);
		tenon_merge_destroy(b);
		tenon_conflict_destroy(ca);
		tenon_conflict_destroy(cb);
		universe_finish(&u);
	}
}

/* Merges the parts of the list before and after a cut, and joins them. */
static int join_at(const struct universe *u, size_t cut, struct tenon_merge **out,
	struct tenon_conflict **conflict)
{
	struct tenon_merge *left = NULL, *right = NULL;
	int rc = tenon_merge_create(&left, u->participants, cut, conflict);

	if (rc == 0) {
		rc = tenon_merge_create(&right, &u->participants[cut], u->len - cut, conflict);
	}
	if (rc == 0) {
		rc = tenon_merge_join(out, left, right, conflict);
	}
	tenon_merge_destroy(left);
	tenon_merge_destroy(right);
	return rc;
}

TEST_TIMEOUT(merges_are_associative, 120)
{
	for (uint64_t seed = 1; seed <= DRAWS; seed++) {
		struct universe u;
		struct tenon_merge *all = NULL;
		int rc;

		begin(&u, seed);
		rc = tenon_merge_create(&all, u.participants, u.len, NULL);
		for (size_t cut = 0; cut <= u.len; cut++) {
			struct tenon_merge *joined = NULL;
			struct tenon_conflict *conflict = NULL;

			assert_int_equal(join_at(&u, cut, &joined, &conflict), rc);
			if (rc == 0) {
				expect_same_merge(joined, all);
			}
			tenon_merge_destroy(joined);
			tenon_conflict_destroy(conflict);
		}
		tenon_merge_destroy(all);
		universe_finish(&u);
	}
}

/* A join with itself is the same, and what was joined stays as it was. */
TEST_TIMEOUT(joins_do_not_touch_what_they_join, 120)
{
	for (uint64_t seed = 1; seed <= DRAWS; seed++) {
		struct universe u;
		struct tenon_merge *merge = NULL, *again = NULL, *joined = NULL;

		begin(&u, seed);
		if (tenon_merge_create(&merge, u.participants, u.len, NULL) == 0) {
			assert_int_equal(tenon_merge_join(&joined, merge, merge, NULL), 0);
			expect_same_merge(joined, merge);
			assert_int_equal(
				tenon_merge_create(&again, u.participants, u.len, NULL), 0);
			expect_same_merge(again, merge);
		}
		tenon_merge_destroy(merge);
		tenon_merge_destroy(joined);
		tenon_merge_destroy(again);
		universe_finish(&u);
	}
}

static bool is_covered(const struct tenon_merge *merge, size_t i, size_t by)
{
	struct tenon_format_modifier a, b;
	const struct tenon_limits *la, *lb;

	assert_int_equal(tenon_merge_get_candidate(merge, i, &a, &la), 0);
	assert_int_equal(tenon_merge_get_candidate(merge, by, &b, &lb), 0);
	return a.modifier == b.modifier && (a.format == b.format || b.format == TENON_FORMAT_ANY) &&
	       (_tenon_limits_compare(la, lb, TENON_MAX_PLANES) & TENON_WITHIN) != 0;
}

/* No candidate is within another: a pair occurs again only with limits that are no better. */
TEST_TIMEOUT(no_candidate_is_within_another, 120)
{
	unsigned several = 0;

	for (uint64_t seed = 1; seed <= DRAWS; seed++) {
		struct universe u;
		struct tenon_merge *merge = NULL;

		begin(&u, seed);
		if (tenon_merge_create(&merge, u.participants, u.len, NULL) == 0) {
			size_t len = tenon_merge_get_candidates_len(merge);

			several += len > 1;
			for (size_t i = 0; i < len * len; i++) {
				assert_false(
					i / len != i % len && is_covered(merge, i / len, i % len));
			}
		}
		tenon_merge_destroy(merge);
		universe_finish(&u);
	}
	assert_true(several > DRAWS / 20);
}
