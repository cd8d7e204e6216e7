/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fds.h"
#include "oom.h"

enum {
	DEFAULT_TIMEOUT_S = 20,
	OUTPUT_LINES_MAX = 400,
	SKIP_REASON_MAX = 200,
};

/* What the child tells the runner, in memory they share. */
struct report {
	char skip_reason[SKIP_REASON_MAX];
	bool leaves_memory;
};

static struct test_case *tests;
static struct test_case *current;
static struct report *report;

void test_register(struct test_case *test)
{
	struct test_case **end = &tests;

	while (*end != NULL) {
		end = &(*end)->next;
	}
	*end = test;
}

void test_skip(const char *reason, const char *file, int line)
{
	snprintf(report->skip_reason, sizeof(report->skip_reason), "%s", reason);
	_skip(file, line);
	abort(); /* _skip() jumps; cmocka does not say so */
}

void test_leaves_memory(void)
{
	report->leaves_memory = true;
}

#ifndef __has_feature
#define __has_feature(name) 0
#endif

bool test_is_under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD"); /* valgrind puts its own there */

	return preload != NULL && strstr(preload, "/vgpreload") != NULL;
}

bool test_is_instrumented(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
	return true;
#else
	return test_is_under_valgrind();
#endif
}

bool test_is_emulated(void)
{
	return getenv("MESON_EXE_WRAPPER") != NULL; /* set by meson in cross-builds */
}

void test_before_exec(void)
{
	const char *preload = getenv("TEST_SANITIZER_PRELOAD");
	const char *options = getenv("ASAN_OPTIONS");
	char all[1024];

	if (preload == NULL) {
		return;
	}
	snprintf(all, sizeof(all), "%s%sdetect_leaks=0", options != NULL ? options : "",
		options != NULL ? ":" : "");
	setenv("ASAN_OPTIONS", all, 1);
	setenv("LD_PRELOAD", preload, 1);
}

static void body(void **state)
{
	int fds = test_count_fds();
	size_t live = oom_live();

	current->run();
	oom_disarm();
	if (test_count_fds() != fds) {
		fprintf(stderr, "%d file descriptors before, after:\n", fds);
		test_print_fds();
		fail_msg("%d file descriptors leaked", test_count_fds() - fds);
	}
	if (oom_live() > live && !report->leaves_memory) {
		fail_msg("%zu allocations not freed", oom_live() - live);
	}
}

/* Runs the test in this process; returns the exit status. */
static int run_here(struct test_case *test)
{
	const struct CMUnitTest unit = {.name = test->name, .test_func = body};

	current = test;
	return _cmocka_run_group_tests(test->name, &unit, 1, NULL, NULL) == 0 ? 0 : 1;
}

static double timeout_of(const struct test_case *test)
{
	const char *scale = getenv("TEST_TIMEOUT_SCALE");
	double seconds = test->timeout_s > 0 ? test->timeout_s : DEFAULT_TIMEOUT_S;

	return scale != NULL && atof(scale) > 0 ? seconds * atof(scale) : seconds;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Waits for the child until the time is over; false then. SIGCHLD is blocked. */
static bool wait_for(pid_t child, double seconds, int *status)
{
	double end = now_s() + seconds;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while (waitpid(child, status, WNOHANG) == 0) {
		double left = end - now_s();
		struct timespec wait;

		if (left <= 0) {
			return false;
		}
		wait.tv_sec = (time_t)left;
		wait.tv_nsec = (long)((left - (double)wait.tv_sec) * 1e9);
		sigtimedwait(&set, NULL, &wait);
	}
	return true;
}

static void child_main(struct test_case *test, int output, const sigset_t *signals)
{
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, signals, NULL);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	close(output);
	setvbuf(stdout, NULL, _IONBF, 0);
	exit(run_here(test)); /* not _exit(): LeakSanitizer looks at exit */
}

/*
 * Copies the child's output as TAP diagnostics, the last lines where it is long. To stderr: that is
 * what "meson test --print-errorlogs" shows of a TAP test.
 */
static void print_output(int fd)
{
	FILE *in = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;
	long lines = 0;
	long skip;

	rewind(in);
	while (getline(&line, &size, in) >= 0) {
		lines++;
	}
	rewind(in);
	skip = lines > OUTPUT_LINES_MAX ? lines - OUTPUT_LINES_MAX : 0;
	for (long i = 0; getline(&line, &size, in) >= 0; i++) {
		if (i >= skip) {
			fprintf(stderr, "# %s%s", line, strchr(line, '\n') != NULL ? "" : "\n");
		}
	}
	free(line);
	fclose(in);
}

static bool print_result(int number, const struct test_case *test, bool in_time, int status)
{
	bool ok = in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0;

	printf("%sok %d - %s", ok ? "" : "not ", number, test->name);
	if (ok && report->skip_reason[0] != '\0') {
		printf(" # SKIP %s", report->skip_reason);
	}
	printf("\n");
	fflush(stdout);
	if (!in_time) {
		fprintf(stderr, "# timed out after %g s\n", timeout_of(test));
	} else if (WIFSIGNALED(status)) {
		fprintf(stderr, "# killed by signal %d (%s)\n", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	}
	return ok;
}

/* Runs the test in a process group of its own, so that nothing it started outlives it. */
static bool run_forked(int number, struct test_case *test)
{
	int output = memfd_create("test-output", MFD_CLOEXEC);
	sigset_t chld, before;
	bool in_time, ok;
	int status = 0;
	pid_t child;

	memset(report, 0, sizeof(*report));
	fflush(stdout);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &before);
	child = fork();
	if (output < 0 || child < 0) {
		perror("memfd_create or fork");
		exit(99);
	}
	if (child == 0) {
		child_main(test, output, &before);
	}
	setpgid(child, child);
	in_time = wait_for(child, timeout_of(test), &status);
	kill(-child, SIGKILL);
	if (!in_time) {
		waitpid(child, &status, 0);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	ok = print_result(number, test, in_time, status);
	if (!ok) {
		print_output(output);
	} else {
		close(output);
	}
	return ok;
}

static bool is_wanted(const struct test_case *test, int names_len, char **names)
{
	for (int i = 0; i < names_len; i++) {
		if (strcmp(names[i], test->name) == 0) {
			return true;
		}
	}
	return names_len == 0;
}

static int list(void)
{
	for (struct test_case *test = tests; test != NULL; test = test->next) {
		printf("%s\n", test->name);
	}
	return 0;
}

static int run_wanted(bool forked, int names_len, char **names)
{
	int wanted = 0, number = 0;
	bool ok = true;

	for (struct test_case *test = tests; test != NULL; test = test->next) {
		wanted += is_wanted(test, names_len, names);
	}
	if (wanted == 0 || wanted < names_len) {
		fprintf(stderr, "no such test; --list names them\n");
		return 2;
	}
	if (forked) {
		printf("TAP version 13\n1..%d\n", wanted);
	}
	for (struct test_case *test = tests; test != NULL; test = test->next) {
		if (is_wanted(test, names_len, names)) {
			ok = (forked ? run_forked(++number, test) : run_here(test) == 0) && ok;
		}
	}
	return ok ? 0 : 1;
}

int test_main(int argc, char **argv)
{
	bool forked = true;
	int first = 1;

	report = mmap(
		NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED) {
		perror("mmap");
		return 99;
	}
	if (argc > 1 && strcmp(argv[1], "--list") == 0) {
		return list();
	}
	if (argc > 1 && strcmp(argv[1], "--no-fork") == 0) {
		forked = false;
		first = 2;
	}
	unsetenv("CMOCKA_MESSAGE_OUTPUT");
	unsetenv("CMOCKA_TEST_FILTER");
	return run_wanted(forked, argc - first, argv + first);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
