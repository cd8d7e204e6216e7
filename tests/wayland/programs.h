/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_PROGRAMS_H
#define TENON_TEST_PROGRAMS_H

/* Programs as a user runs them, against a real Weston; on memfds unless the test sets TENON_HEAPS.
 */

#include <stddef.h>

#include "weston.h"

/* Runs one with these arguments; what it prints goes to out. Returns the exit status. */
int program_run(
	struct weston *weston, const char *program, const char *arguments, char *out, size_t size);

/*
 * Runs it against a Weston of its own; fails the test unless it ends with this status and says all
 * of this. skip: not NULL, the test is skipped when that is what it says.
 */
void program_check(const struct weston_options *options, const char *program, const char *arguments,
	int status, const char *const *said, size_t len, const char *skip);

#endif
