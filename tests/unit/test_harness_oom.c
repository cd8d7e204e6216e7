/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "oom.h"

/* Four allocations of different kinds; correct on every path. */
static int build(void *data)
{
	char *text = NULL, *copy = NULL;
	int *numbers = NULL;
	int rc = -ENOMEM;
	int *more;

	numbers = calloc(4, sizeof(*numbers));
	if (numbers == NULL) {
		goto out;
	}
	more = realloc(numbers, 4096 * sizeof(*numbers));
	if (more == NULL) {
		goto out;
	}
	numbers = more;
	copy = strdup("copy");
	if (copy == NULL) {
		goto out;
	}
	if (asprintf(&text, "%s of %d", copy, 4096) < 0) {
		text = NULL;
		goto out;
	}
	rc = data != NULL ? *(int *)data : 0;
out:
	free(text);
	free(copy);
	free(numbers);
	return rc;
}

TEST(each_allocation_fails_once)
{
	int conflict = 1;

	assert_int_equal(oom_run(build, NULL), 4);
	assert_int_equal(oom_run_expect(build, &conflict, 1), 4);
}

TEST(arm_and_disarm)
{
	/* volatile: a compiler may take it that an unused malloc() succeeds, and leave it out */
	void *volatile p;

	oom_arm(2, false);
	p = malloc(8);
	assert_non_null(p);
	free(p);
	p = malloc(8);
	assert_null(p);
	assert_int_equal(errno, ENOMEM);
	assert_true(oom_disarm());
	assert_false(oom_disarm());
}

TEST(live_allocations_are_counted)
{
	enum { N = 5000 };
	size_t before = oom_live();
	void **all = calloc(N, sizeof(*all));

	for (int i = 0; i < N; i++) {
		all[i] = malloc(1 + (size_t)i);
		assert_non_null(all[i]);
	}
	assert_int_equal(oom_live(), before + N + 1);
	for (int i = 0; i < N; i += 2) {
		free(all[i]);
		all[i] = realloc(NULL, 32);
	}
	assert_int_equal(oom_live(), before + N + 1);
	for (int i = 0; i < N; i++) {
		free(all[i]);
	}
	free(all);
	assert_int_equal(oom_live(), before);
}
