/* SPDX-License-Identifier: MIT */
/*
 * The runner's own test: the program runs itself with a hidden test's name and looks at the TAP it
 * prints. The tests whose names begin with "victim_" pass when nobody asks for them.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

static bool is_asked(void)
{
	return getenv("TEST_HARNESS_VICTIM") != NULL;
}

/* How meson starts programs of another architecture. */
static const char *exe_wrapper(void)
{
	const char *wrapper = getenv("MESON_EXE_WRAPPER");

	return wrapper != NULL ? wrapper : "";
}

/* Runs the victim through the runner; returns its exit status, its output in out. */
static int run_victim(const char *name, char *out, size_t size)
{
	char exe[1024];
	char command[2048];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	size_t got;
	FILE *pipe;

	assert_true(len > 0);
	exe[len] = '\0';
	snprintf(command, sizeof(command),
		"TEST_HARNESS_VICTIM=1 TEST_TIMEOUT_SCALE=1 %s '%s' %s 2>&1", exe_wrapper(), exe,
		name);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	got = fread(out, 1, size - 1, pipe);
	out[got] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

static void expect_failure(const char *name, const char *word)
{
	char out[16384];
	char line[128];

	assert_int_equal(run_victim(name, out, sizeof(out)), 1);
	snprintf(line, sizeof(line), "not ok 1 - %s\n", name);
	assert_non_null(strstr(out, line));
	assert_non_null(strstr(out, word));
}

TEST(victim_fd_leak)
{
	if (is_asked()) {
		assert_true(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0);
	}
}

TEST(fd_leak_fails)
{
	expect_failure("victim_fd_leak", "1 file descriptors leaked");
}

TEST(victim_memory_leak)
{
	if (is_asked()) {
		char *volatile p = malloc(100);

		assert_non_null(p);
	}
}

TEST(memory_leak_fails)
{
	expect_failure("victim_memory_leak", "1 allocations not freed");
}

TEST(victim_assertion)
{
	assert_int_equal(is_asked() ? 5 : 4, 4);
}

TEST(assertion_fails)
{
	expect_failure("victim_assertion", "0x5 != 0x4");
}

TEST(victim_signal)
{
	if (is_asked()) {
		raise(SIGKILL);
	}
}

TEST(signal_fails)
{
	expect_failure("victim_signal", "killed by signal 9");
}

TEST_TIMEOUT(victim_timeout, 1)
{
	while (is_asked()) {
		pause();
	}
}

TEST(timeout_fails)
{
	expect_failure("victim_timeout", "timed out after 1 s");
}

TEST(victim_skip)
{
	if (is_asked()) {
		TEST_SKIP("no such device");
	}
}

TEST(skip_is_told_with_its_reason)
{
	char out[4096];

	assert_int_equal(run_victim("victim_skip", out, sizeof(out)), 0);
	assert_non_null(strstr(out, "ok 1 - victim_skip # SKIP no such device\n"));
}

TEST(unknown_name_is_refused)
{
	char out[4096];

	assert_int_equal(run_victim("no_such_test", out, sizeof(out)), 2);
}

TEST(preload_is_for_programs_that_are_not_instrumented)
{
	unsetenv("TEST_SANITIZER_PRELOAD");
	unsetenv("LD_PRELOAD");
	setenv("ASAN_OPTIONS", "halt_on_error=1", 1);
	test_before_exec();
	assert_null(getenv("LD_PRELOAD"));
	setenv("TEST_SANITIZER_PRELOAD", "/some/lib.so", 1);
	test_before_exec();
	assert_string_equal(getenv("LD_PRELOAD"), "/some/lib.so");
	assert_string_equal(getenv("ASAN_OPTIONS"), "halt_on_error=1:detect_leaks=0");
}
