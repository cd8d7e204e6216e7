/* SPDX-License-Identifier: MIT */
#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "harness.h"

int program_run(
	struct weston *weston, const char *program, const char *arguments, char *out, size_t size)
{
	char command[512];
	size_t len;
	FILE *from;
	int status;

	weston_set_environment(weston);
	setenv("TENON_CONFIG", "", 1);
	setenv("TENON_HEAPS", "memfd", 0); /* what every machine has */
	snprintf(command, sizeof(command), "%s %s 2>&1", program, arguments);
	from = popen(command, "r");
	assert_non_null(from);
	len = fread(out, 1, size - 1, from);
	out[len] = '\0';
	status = pclose(from);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void program_check(const struct weston_options *options, const char *program, const char *arguments,
	int status, const char *const *said, size_t len, const char *skip)
{
	struct weston *weston = weston_start(options);
	char out[16384];
	int got = program_run(weston, program, arguments, out, sizeof(out));
	bool ok = got == status;

	for (size_t i = 0; i < len; i++) {
		ok = ok && strstr(out, said[i]) != NULL;
	}
	if (!ok) {
		fprintf(stderr, "status %d\n%s\n", got, out);
	}
	weston_stop(weston);
	if (skip != NULL && strstr(out, skip) != NULL) {
		TEST_SKIP(skip);
	}
	assert_true(ok);
}
