/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/harness.h"

#define PROGRAM TEST_BUILD_ROOT "/clients/tenon-pagemap"

static size_t page;

/* A shared mapping of pages pages of a memfd called name; nothing is touched yet. */
static unsigned char *map_memfd(const char *name, size_t pages)
{
	page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = memfd_create(name, MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(pages * page)), 0);
	void *map = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	close(fd);
	return map;
}

static int run(const char *args, char *out, size_t size)
{
	char command[512];
	if (test_is_emulated()) {
		TEST_SKIP("an emulator's pagemap is not that of the addresses it shows");
	}
	snprintf(command, sizeof(command), "%s %s 2>&1", PROGRAM, args);
	FILE *f = popen(command, "r");
	assert_non_null(f);
	size_t len = fread(out, 1, size - 1, f);
	out[len] = '\0';
	int status = pclose(f);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int run_on_self(const char *name, char *out, size_t size)
{
	char args[128];
	snprintf(args, sizeof(args), "%d memfd:%s", getpid(), name);
	return run(args, out, size);
}

TEST(one_page_is_contiguous)
{
	char out[1024];
	unsigned char *map = map_memfd("pagemap-one", 1);
	map[0] = 1;
	int status = run_on_self("pagemap-one", out, sizeof(out));
	munmap(map, page);
	if (geteuid() != 0) {
		assert_int_equal(status, 4);
		assert_non_null(strstr(out, "unknown"));
		return;
	}
	assert_int_equal(status, 0);
	assert_non_null(strstr(out, "runs=1 "));
	assert_non_null(strstr(out, " contiguous physical=0x"));
}

TEST(a_hole_is_not_contiguous)
{
	char out[1024];
	unsigned char *map = map_memfd("pagemap-hole", 3);
	map[0] = 1;
	map[2 * page] = 1;
	int status = run_on_self("pagemap-hole", out, sizeof(out));
	munmap(map, 3 * page);
	assert_non_null(strstr(out, "pages=3 present=2"));
	assert_int_equal(status, geteuid() == 0 ? 1 : 4);
}

TEST(nothing_touched_is_unknown)
{
	char out[1024];
	unsigned char *map = map_memfd("pagemap-none", 2);
	int status = run_on_self("pagemap-none", out, sizeof(out));
	munmap(map, 2 * page);
	assert_int_equal(status, 4);
}

TEST(least_bytes_selects_and_demands)
{
	char out[1024], args[128];
	unsigned char *map = map_memfd("pagemap-least", 2);
	map[0] = 1;
	snprintf(args, sizeof(args), "--least %zu %d memfd:pagemap-least", 3 * page, getpid());
	assert_int_equal(run(args, out, sizeof(out)), 3);
	assert_non_null(strstr(out, "no mapping"));
	snprintf(args, sizeof(args), "--least %zu %d memfd:pagemap-least", 2 * page, getpid());
	assert_int_equal(run(args, out, sizeof(out)), geteuid() == 0 ? 1 : 4);
	munmap(map, 2 * page);
}

TEST(usage_errors)
{
	char out[1024];
	assert_int_equal(run("", out, sizeof(out)), 2);
	assert_int_equal(run("x y", out, sizeof(out)), 2);
	assert_int_equal(run("--least -5 1 x", out, sizeof(out)), 2);
	assert_int_equal(run("--least 5q 1 x", out, sizeof(out)), 2);
	assert_int_equal(run("4000000000 x", out, sizeof(out)), 3);
	assert_int_equal(run("--help", out, sizeof(out)), 0);
}
