/* SPDX-License-Identifier: MIT */

/* Pools of huge pages on a machine of our own making: files in a folder instead of /proc and /sys.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "base/system_file.h"
#include "harness.h"
#include "huge_heap.h"
#include "heap/hugepages.h"
#include "heap/system.h"

#define MIB (UINT64_C(1) << 20)

/* A kernel that finds no more pages than this; of the made-up files below, nothing else. */
static long most_pages = -1;

ssize_t pwrite(int fd, const void *text, size_t len, off_t offset)
{
	char less[24] = "";

	if (len < sizeof(less)) {
		memcpy(less, text, len);
	}
	if (most_pages >= 0 && atol(less) > most_pages) {
		len = (size_t)snprintf(less, sizeof(less), "%ld\n", most_pages);
		text = less;
	}
	return lseek(fd, offset, SEEK_SET) == offset ? write(fd, text, len) : -1;
}

static void put(const char *root, const char *path, const char *text)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	file = fopen(full, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void drop_tree(const char *root)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
}

TEST(absent_and_not_reserved_are_told_apart)
{
	char root[] = "/tmp/tenon-test-XXXXXX", reason[250] = "";
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_alloc_request request = {.size = sizeof(request), .bytes = 1};
	struct tenon_memory *memory = NULL;
	struct tenon_heap *heap;

	assert_non_null(mkdtemp(root));
	_tenon_system_root = root;
	heap = open_heap("hugepages");
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_int_equal(info.availability, TENON_ABSENT);
	assert_string_equal(info.reason, "the kernel has no huge pages");
	tenon_heap_unref(heap);
	put(root, "/proc/meminfo", "MemTotal: 100 kB\nHugepagesize:       2048 kB\n");
	heap = open_heap("hugepages");
	request.reason = reason;
	request.reason_size = sizeof(reason);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENOENT);
	assert_non_null(strstr(reason, "hugepages-2048kB/nr_hugepages: No such file"));
	put(root, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n");
	put(root, "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "0\n");
	put(root, "/sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "0\n");
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_int_equal(info.availability, TENON_EXHAUSTED);
	assert_non_null(strstr(info.reason, "root can: echo COUNT > /sys/kernel/mm/hugepages"));
	put(root, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "9\n");
	put(root, "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "7\n");
	put(root, "/sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "5\n");
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_int_equal(info.availability, TENON_AVAILABLE);
	assert_int_equal(info.free_bytes, 4 * MIB); /* 5 of the 7 are promised */
	assert_int_equal(info.total_bytes, 18 * MIB);
	put(root, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "many\n");
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENOENT);
	assert_null(memory);
	tenon_heap_unref(heap);
	_tenon_system_root = "";
	drop_tree(root);
}

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/"
#define POOL_1G "/sys/kernel/mm/hugepages/hugepages-1048576kB/"

static void put_pool(const char *root, const char *total, const char *free_count)
{
	put(root, "/proc/meminfo", "Hugepagesize:       2048 kB\n");
	put(root, POOL "nr_hugepages", total);
	put(root, POOL "free_hugepages", free_count);
	put(root, POOL "resv_hugepages", "0\n");
}

TEST(what_the_kernel_does_not_find_is_an_error_and_is_put_back)
{
	char root[] = "/tmp/tenon-test-XXXXXX", reason[250] = "";
	struct tenon_hugepages *pages = NULL;

	assert_non_null(mkdtemp(root));
	_tenon_system_root = root;
	put_pool(root, "10\n", "1\n");
	assert_int_equal(tenon_hugepages_reserve(&pages, 0, 5, reason, sizeof(reason)), 0);
	assert_int_equal(total_pages(2 * MIB), 14);
	assert_int_equal(tenon_hugepages_get_raised(pages), 4);
	tenon_hugepages_release(pages);
	assert_int_equal(total_pages(2 * MIB), 10);
	pages = NULL;
	most_pages = 12;
	assert_int_equal(tenon_hugepages_reserve(&pages, 0, 5, reason, sizeof(reason)), -ENOMEM);
	assert_string_equal(reason, "4 more huge pages are needed, the kernel found 2");
	assert_int_equal(total_pages(2 * MIB), 10);
	most_pages = -1;
	assert_int_equal(tenon_hugepages_reserve(&pages, 0, 0, NULL, 0), -EINVAL);
	assert_int_equal(
		tenon_hugepages_reserve(&pages, 12345 * 1024, 1, reason, sizeof(reason)), -ENOENT);
	assert_non_null(strstr(reason, "hugepages-12345kB"));
	/* pages that cannot be cut leave none of the larger behind */
	assert_int_equal(
		tenon_hugepages_reserve_run(&pages, 0, 5, reason, sizeof(reason)), -ENOTSUP);
	put(root, POOL_1G "nr_hugepages", "3\n");
	put(root, POOL_1G "demote_size", "2048kB\n");
	put(root, POOL_1G "demote", "0\n");
	assert_int_equal(
		tenon_hugepages_reserve_run(&pages, 0, 5, reason, sizeof(reason)), -ENOMEM);
	assert_int_equal(
		tenon_hugepages_reserve_run(&pages, 0, 513, reason, sizeof(reason)), -ENOTSUP);
	assert_null(pages);
	_tenon_system_root = "";
	drop_tree(root);
}

TEST(whoever_may_not_is_told_of_the_file_its_owner_and_mode)
{
	char root[] = "/tmp/tenon-test-XXXXXX", reason[250] = "";
	struct tenon_hugepages *pages = NULL;
	int status;

	assert_non_null(mkdtemp(root));
	assert_int_equal(chmod(root, 0755), 0);
	_tenon_system_root = root;
	put_pool(root, "10\n", "1\n");
	if (fork() == 0) {
		char path[300];

		snprintf(path, sizeof(path), "%s" POOL "nr_hugepages", root);
		if (chmod(path, 0444) < 0 || (geteuid() == 0 && setuid(65534) < 0)) {
			_exit(1);
		}
		if (tenon_hugepages_reserve(&pages, 0, 5, reason, sizeof(reason)) != -EACCES) {
			_exit(2);
		}
		_exit(strstr(reason, "nr_hugepages (owner ") != NULL &&
					strstr(reason, "mode 0444") != NULL
				? 0
				: 3);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	_tenon_system_root = "";
	drop_tree(root);
}
