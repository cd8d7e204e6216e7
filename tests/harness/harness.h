/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_HARNESS_H
#define TENON_TEST_HARNESS_H

/*
 * The runner of every test program. Each TEST() registers itself; the program runs each one in a
 * process of its own with a time limit, and fails it when it leaves a file descriptor or an
 * allocation behind. Results go to stdout as TAP, a failed test's output to stderr.
 *
 *	TEST(merge_is_commutative)
 *	{
 *		assert_int_equal(...);		// any of cmocka's assert_* macros
 *	}
 *
 *	TEST_TIMEOUT(big_merge, 60)		// seconds instead of 20
 *	{
 *		...
 *	}
 *
 * In a body: TEST_SKIP("no /dev/udmabuf") ends the test as skipped (before
 * it allocates anything: it does not come back to clean up); TEST_LEAVES_MEMORY() says that
 * memory stays behind on purpose (a library's cache), with a comment that says whose.
 *
 * On the command line: `prog` runs all, `prog NAME...` some, `prog --list` names them, and
 * `prog --no-fork NAME` runs one in the program itself, for a debugger. The variable
 * TEST_TIMEOUT_SCALE multiplies all time limits (valgrind, emulators).
 */

#ifdef NDEBUG
#error "tests need assert(): build without NDEBUG"
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct test_case {
	const char *name;
	void (*run)(void);
	int timeout_s; /* 0: the runner's default */
	struct test_case *next;
};

void test_register(struct test_case *test);
void test_skip(const char *reason, const char *file, int line) __attribute__((noreturn));
void test_leaves_memory(void);

/* Whether a sanitizer or valgrind is at work: address space and time are no measure then. */
bool test_is_instrumented(void);
bool test_is_under_valgrind(void);

/* Whether the program runs under an emulator of another architecture (scripts/cross): what the
 * kernel tells of this process is then about the emulator. */
bool test_is_emulated(void);

/*
 * Call it between fork() and exec() of a program that is not part of Tenon but loads a part of it
 * (Weston and its module): under a sanitizer it preloads the sanitizer's runtime
 * (TEST_SANITIZER_PRELOAD), and does not look for that program's own leaks.
 */
void test_before_exec(void);

/* Runs all, or what argv asks for; main() of every test program is this. */
int test_main(int argc, char **argv);

#define TEST_TIMEOUT(name_, seconds) \
	static void test_body_##name_(void); \
	static struct test_case test_case_##name_ = { \
		.name = #name_, \
		.run = test_body_##name_, \
		.timeout_s = (seconds), \
	}; \
	__attribute__((constructor)) static void test_register_##name_(void) \
	{ \
		test_register(&test_case_##name_); \
	} \
	static void test_body_##name_(void)

#define TEST(name_) TEST_TIMEOUT(name_, 0)

#define TEST_SKIP(reason) test_skip(reason, __FILE__, __LINE__)
#define TEST_LEAVES_MEMORY() test_leaves_memory()

#endif
