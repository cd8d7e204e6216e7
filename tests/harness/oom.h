/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_OOM_H
#define TENON_TEST_OOM_H

/*
 * Allocations that fail when told to. The linker's --wrap sends each malloc, calloc, realloc,
 * strdup and their like of the test program, and of the libtenon objects linked into it, through
 * here; what libc and other shared libraries allocate for themselves is not touched. Sanitizers
 * and valgrind still see every allocation.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs fn(data) again and again, and lets its 1st, then its 2nd, ... allocation fail, until one
 * run needs no failing allocation any more. Each run with a failure must return -ENOMEM, the last
 * one 0; each must leave no allocation and no file descriptor behind, so fn releases all it got.
 * Then the same with every allocation from the nth on failing. Returns how many allocations fn
 * makes, and fails the test if that is none.
 */
size_t oom_run(int (*fn)(void *data), void *data);

/* The same where the last run's result is something else than 0, TENON_CONFLICT for example. */
size_t oom_run_expect(int (*fn)(void *data), void *data, int expected);

/* By hand: the nth allocation from now on fails (1 is the next), 0 for none; sticky: all after it
 * fail, too. oom_disarm() ends it and tells whether one was made to fail. */
void oom_arm(size_t nth, bool sticky);
bool oom_disarm(void);

/* How many allocations have been made since the program began, and how many are not freed. */
size_t oom_calls(void);
size_t oom_live(void);

#endif
