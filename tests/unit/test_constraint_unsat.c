/* SPDX-License-Identifier: MIT */
/* The search for the smallest set that cannot agree, on sets made up. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/conflict.h"
#include "harness.h"
#include "offers.h"
#include "oom.h"

enum {
	MANY = 1000,
	BAD_MAX = 40,
};

/* Devices cannot agree when all of one of the bad sets are there. Devices are known by numbers that
 * do not change when they are passed in another order. */
struct problem {
	size_t n;
	size_t number[MANY]; /* of the device passed at an index */
	char names[MANY][8]; /* of the device with a number */
	struct {
		size_t member[MANY], len;
	} bad[BAD_MAX];
	size_t bad_len;
	size_t calls;
	size_t fail_at; /* call */
};

static int agree(void *data, const size_t *members, size_t len)
{
	struct problem *p = data;
	bool there[MANY] = {false};

	if (++p->calls == p->fail_at) {
		return -EIO;
	}
	for (size_t i = 0; i < len; i++) {
		assert_true(members[i] < p->n);
		assert_false(there[p->number[members[i]]]); /* each at most once */
		there[p->number[members[i]]] = true;
	}
	for (size_t i = 0; i < p->bad_len; i++) {
		size_t k = 0;

		while (k < p->bad[i].len && there[p->bad[i].member[k]]) {
			k++;
		}
		if (k == p->bad[i].len) {
			return TENON_CONFLICT;
		}
	}
	return 0;
}

static void init(struct problem *p, size_t n)
{
	memset(p, 0, sizeof(*p));
	p->n = n;
	for (size_t i = 0; i < n; i++) {
		p->number[i] = i;
		snprintf(p->names[i], sizeof(p->names[i]), "d%03zu", i);
	}
}

static void shuffle(struct problem *p, struct test_random *random)
{
	for (size_t i = p->n; i > 1; i--) {
		size_t k = test_random_below(random, i), swap = p->number[i - 1];

		p->number[i - 1] = p->number[k];
		p->number[k] = swap;
	}
}

/* Searches, and turns the indices into numbers. */
static int solve(struct problem *p, size_t *members, size_t *len, bool *exact)
{
	const char *names[MANY];
	int rc;

	for (size_t i = 0; i < p->n; i++) {
		names[i] = p->names[p->number[i]];
	}
	rc = _tenon_smallest_unsat(names, p->n, agree, p, NULL, members, len, exact);
	for (size_t i = 0; rc == 0 && i < *len; i++) {
		members[i] = p->number[members[i]];
		assert_true(i == 0 || members[i - 1] < members[i]); /* in order of names */
	}
	return rc;
}

static void add_bad(struct problem *p, const size_t *members, size_t len)
{
	memcpy(p->bad[p->bad_len].member, members, len * sizeof(*members));
	p->bad[p->bad_len++].len = len;
}

static bool is_bad(const struct problem *p, const size_t *members, size_t len)
{
	for (size_t i = 0; i < p->bad_len; i++) {
		if (p->bad[i].len == len &&
			memcmp(p->bad[i].member, members, len * sizeof(*members)) == 0) {
			return true;
		}
	}
	return false;
}

static struct problem problem; /* large */

TEST_TIMEOUT(the_smallest_is_found_in_any_order, 60)
{
	struct test_random random = {.state = 5};
	size_t sizes[11] = {0};

	for (int draw = 0; draw < 2000; draw++) {
		size_t members[MANY], again[MANY], len = 0, len_again = 0, smallest = SIZE_MAX;
		bool exact = false;

		init(&problem, 1 + test_random_below(&random, 10));
		for (size_t i = 1 + test_random_below(&random, BAD_MAX); i > 0; i--) {
			size_t set[10], set_len = 0;
			uint64_t bits = test_random_next(&random) | test_random_next(&random);

			for (size_t k = 0; k < problem.n; k++) {
				if ((bits >> k & 1) != 0) {
					set[set_len++] = k;
				}
			}
			if (set_len != 0) {
				add_bad(&problem, set, set_len);
				smallest = set_len < smallest ? set_len : smallest;
			}
		}
		if (smallest == SIZE_MAX) {
			assert_int_equal(solve(&problem, members, &len, &exact), TENON_CONFLICT);
			continue;
		}
		assert_int_equal(solve(&problem, members, &len, &exact), 0);
		assert_true(exact);
		assert_int_equal(len, smallest);
		assert_true(is_bad(&problem, members, len));
		shuffle(&problem, &random);
		assert_int_equal(solve(&problem, again, &len_again, NULL), 0);
		assert_int_equal(len_again, len);
		assert_memory_equal(again, members, len * sizeof(*members));
		sizes[len]++;
	}
	for (size_t i = 1; i <= 6; i++) {
		assert_true(sizes[i] > 5); /* small and not so small ones were drawn */
	}
}

TEST(those_who_agree_are_no_conflict)
{
	size_t members[MANY], len = 7;

	init(&problem, 5);
	assert_int_equal(solve(&problem, members, &len, NULL), TENON_CONFLICT);
	init(&problem, 0);
	assert_int_equal(solve(&problem, members, &len, NULL), TENON_CONFLICT);
	assert_int_equal(len, 7);
}

TEST(an_error_ends_the_search)
{
	const size_t bad[] = {0, 1, 2, 3}, other[] = {4, 5, 6};
	size_t members[MANY], len, calls;

	init(&problem, 8);
	add_bad(&problem, bad, 4);
	add_bad(&problem, other, 3);
	assert_int_equal(solve(&problem, members, &len, NULL), 0);
	calls = problem.calls;
	for (size_t i = 1; i <= calls; i++) {
		problem.calls = 0;
		problem.fail_at = i;
		assert_int_equal(solve(&problem, members, &len, NULL), -EIO);
		assert_int_equal(problem.calls, i);
	}
}

static int solve_again(void *data)
{
	size_t members[MANY], len;

	return solve(data, members, &len, NULL);
}

TEST(out_of_memory_at_each_allocation)
{
	const size_t bad[] = {0, 1, 2, 3}, other[] = {4, 5, 6};

	init(&problem, 8);
	add_bad(&problem, bad, 4);
	add_bad(&problem, other, 3);
	assert_true(oom_run(solve_again, &problem) > 5);
}

TEST_TIMEOUT(a_thousand_devices, 60)
{
	const size_t pair[] = {17, 900}, three[] = {1, 500, 999}, five[] = {0, 2, 3, 4, 5};
	size_t members[MANY], len = 0;
	bool exact = false;

	init(&problem, MANY);
	add_bad(&problem, five, 5);
	assert_int_equal(solve(&problem, members, &len, &exact), 0);
	assert_true(exact);
	assert_int_equal(len, 5);
	add_bad(&problem, three, 3);
	assert_int_equal(solve(&problem, members, &len, &exact), 0);
	assert_true(exact);
	assert_int_equal(len, 3);
	add_bad(&problem, pair, 2);
	problem.calls = 0;
	assert_int_equal(solve(&problem, members, &len, &exact), 0);
	assert_true(exact);
	assert_int_equal(len, 2);
	assert_memory_equal(members, pair, sizeof(pair));
	assert_true(problem.calls < 5 * MANY);
}

/* Far too many ways not to agree: the search ends, with a set that cannot do without any member,
 * and says that it does not know of smaller ones. */
TEST_TIMEOUT(beyond_the_bound_the_set_is_only_irreducible, 60)
{
	struct test_random random = {.state = 3};
	size_t members[MANY], rest[MANY], len = 0;
	bool exact = true;

	init(&problem, 60);
	for (size_t i = 0; i < BAD_MAX; i++) {
		size_t bad[MANY], bad_len = 0;

		for (size_t k = 0; k < problem.n; k++) {
			if (test_random_below(&random, 4) == 0) {
				bad[bad_len++] = k;
			}
		}
		add_bad(&problem, bad, bad_len);
	}
	assert_int_equal(solve(&problem, members, &len, &exact), 0);
	assert_false(exact);
	assert_int_equal(agree(&problem, members, len), TENON_CONFLICT);
	for (size_t out = 0; out < len; out++) {
		size_t rest_len = 0;

		for (size_t i = 0; i < len; i++) {
			if (i != out) {
				rest[rest_len++] = members[i];
			}
		}
		assert_int_equal(agree(&problem, rest, rest_len), 0);
	}
}
