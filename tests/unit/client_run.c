/* SPDX-License-Identifier: MIT */
#include "unit/client_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/harness.h"

#define PROGRAM TEST_BUILD_ROOT "/clients/tenon/tenon"
#define ARGS_MAX 24

static void read_back(int fd, char *out, size_t size)
{
	ssize_t len = pread(fd, out, size - 1, 0);

	assert_true(len >= 0);
	out[len] = '\0';
	close(fd);
}

void client_run_program(struct result *result, const char *program, const char *args)
{
	char copy[1024], *argv[ARGS_MAX] = {(char *)program}, *arg, *rest = copy;
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
	int argc = 1, status;
	pid_t pid;

	if (test_is_emulated()) {
		TEST_SKIP("the program is of another architecture, and is not emulated");
	}
	snprintf(copy, sizeof(copy), "%s", args);
	while (rest != NULL && *rest != '\0' && (arg = strsep(&rest, " ")) != NULL) {
		for (char *c = arg; *c != '\0'; c++) {
			*c = *c == '~' ? ' ' : *c;
		}
		argv[argc++] = arg;
		assert_in_range(argc, 1, ARGS_MAX - 1);
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setenv("TENON_CONFIG", "", 0);
		setenv("TENON_DEVICE_TABLE", DEVICES_INI, 0);
		setenv("TENON_HEAPS", "memfd", 0);
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		execv(program, argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	result->status = WEXITSTATUS(status);
	read_back(out, result->out, sizeof(result->out));
	read_back(err, result->err, sizeof(result->err));
}

void client_run(struct result *result, const char *args)
{
	client_run_program(result, PROGRAM, args);
}
