/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "base/system_file.h"
#include "fake/kernel.h"
#include "harness.h"
#include "heap/frames.h"
#include "heap/udmabuf.h"
#include "huge_turn.h"
#include "oom.h"

#define MIB (UINT64_C(1) << 20)

static struct tenon_alloc_request ask(uint64_t bytes, char *reason)
{
	return (struct tenon_alloc_request){
		.size = sizeof(struct tenon_alloc_request),
		.bytes = bytes,
		.reason = reason,
		.reason_size = reason != NULL ? 600 : 0,
	};
}

static struct tenon_heaps *open_heaps(const char *node)
{
	const struct tenon_heaps_options options = {
		.size = sizeof(options),
		.names = "udmabuf",
		.udmabuf = node,
	};
	struct tenon_heaps *heaps = NULL;

	assert_int_equal(tenon_heaps_create(&heaps, &options), 0);
	return heaps;
}

TEST(plain_memory_is_one_range_of_a_sealed_memfd)
{
	const struct udmabuf_create_item *items;
	struct tenon_alloc_request request = ask(100001, NULL);
	struct tenon_segment *segments;
	struct tenon_heaps *heaps;
	struct tenon_memory *memory;
	uint64_t covered = 0;
	size_t len;

	fake_start();
	heaps = open_heaps(fake_add_udmabuf(1024, 64));
	request.flags = TENON_ALLOC_DMABUF | TENON_ALLOC_OWN_FD | TENON_ALLOC_ZERO;
	assert_int_equal(tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request), 0);
	assert_int_equal(fake_calls(UDMABUF_CREATE_LIST), 1);
	assert_int_equal(fake_last_list(&items), 1);
	assert_int_equal(items[0].offset, 0);
	assert_int_equal(items[0].size, memory->bytes);
	assert_true(memory->dmabuf && memory->own_fd && memory->pinned);
	assert_true(memory->bytes >= 100001 && memory->bytes % sysconf(_SC_PAGESIZE) == 0);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_UNKNOWN);
	assert_true(fcntl(memory->fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(tenon_memory_dup_segments(memory, &segments, &len), 0);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(segments[i].offset, covered);
		covered += segments[i].bytes;
	}
	assert_int_equal(covered, memory->bytes);
	free(segments);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
	fake_finish();
}

TEST(the_module_s_limits_are_read)
{
	char root[] = "/tmp/tenon-test-XXXXXX", command[400], reason[600] = "";
	struct tenon_alloc_request request = ask(3 * MIB, reason);
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_heaps *heaps;
	struct tenon_memory *memory = NULL;

	fake_start();
	heaps = open_heaps(fake_add_udmabuf(1024, 64));
	assert_int_equal(tenon_heap_query(tenon_heaps_get(heaps, 0), &info), 0);
	assert_int_equal(info.availability, TENON_AVAILABLE);
	assert_true(info.dmabuf && info.own_fd && info.mappable);
	assert_non_null(mkdtemp(root));
	snprintf(command, sizeof(command),
		"mkdir -p %s/sys/module/udmabuf/parameters && cd %s/sys/module/udmabuf/parameters"
		" && echo 2 >size_limit_mb && echo 7 >list_limit",
		root, root);
	assert_int_equal(system(command), 0);
	_tenon_system_root = root;
	assert_int_equal(udmabuf_read_limits().items, 7);
	assert_int_equal(tenon_heap_query(tenon_heaps_get(heaps, 0), &info), 0);
	assert_int_equal(info.max_bytes, 2 * MIB);
	assert_int_equal(
		tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request), -ENOTSUP);
	assert_non_null(strstr(reason, "size_limit_mb lets one have 2097152"));
	assert_int_equal(fake_calls(UDMABUF_CREATE_LIST), 0);
	_tenon_system_root = "";
	snprintf(command, sizeof(command), "rm -rf %s", root);
	assert_int_equal(system(command), 0);
	tenon_heaps_destroy(heaps);
	fake_finish();
}

TEST(absent_and_refused_are_told_apart)
{
	char reason[600] = "", path[200];
	const char *dir = fake_start();
	struct tenon_alloc_request request = ask(MIB, reason);
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_memory *memory = NULL;
	struct tenon_heaps *heaps;
	int status;

	snprintf(path, sizeof(path), "%s/udmabuf", dir);
	heaps = open_heaps(path);
	assert_int_equal(tenon_heap_query(tenon_heaps_get(heaps, 0), &info), 0);
	assert_int_equal(info.availability, TENON_ABSENT);
	assert_int_equal(
		tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request), -ENOENT);
	fake_add_udmabuf(1024, 64);
	assert_int_equal(chmod(path, 0), 0);
	if (fork() == 0) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0)) {
			_exit(1);
		}
		if (tenon_heap_query(tenon_heaps_get(heaps, 0), &info) != 0 ||
			info.availability != TENON_REFUSED) {
			_exit(2);
		}
		_exit(tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request) ==
						-EACCES &&
					strstr(reason, "mode 0000") != NULL
				? 0
				: 3);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_null(memory);
	tenon_heaps_destroy(heaps);
	fake_finish();
}

TEST(failures_leave_nothing)
{
	char reason[600] = "";
	struct tenon_alloc_request request = ask(MIB, reason);
	struct tenon_memory *memory = NULL;
	struct tenon_heaps *heaps;

	fake_start();
	heaps = open_heaps(fake_add_udmabuf(1024, 64));
	fake_fail(UDMABUF_CREATE_LIST, EINTR, 2);
	assert_int_equal(tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request), 0);
	tenon_memory_destroy(memory);
	memory = NULL;
	fake_fail(UDMABUF_CREATE_LIST, EINVAL, 1000);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(
			tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request), -EINVAL);
	}
	assert_null(memory);
	assert_string_equal(reason, "UDMABUF_CREATE_LIST of 1 ranges: Invalid argument");
	tenon_heaps_destroy(heaps);
	fake_finish();
}

/* By pagemap, apart from the library: the frames of listed ranges, one after the other. */
static bool is_row(const struct udmabuf_create_item *items, size_t len, uint64_t *address)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t next = 0, entry;
	bool row = true;

	for (size_t i = 0; i < len; i++) {
		volatile char *at = mmap(NULL, items[i].size, PROT_READ, MAP_SHARED,
			(int)items[i].memfd, (off_t)items[i].offset);

		assert_true(at != MAP_FAILED);
		for (uint64_t j = 0; j < items[i].size; j += page) {
			(void)at[j];
			assert_int_equal(
				pread(pagemap, &entry, sizeof(entry),
					(off_t)((uintptr_t)(at + j) / page * sizeof(entry))),
				sizeof(entry));
			entry &= (UINT64_C(1) << 55) - 1;
			row = row && (next == 0 || entry == next);
			*address = next == 0 ? entry * page : *address;
			next = entry + 1;
		}
		munmap((void *)(uintptr_t)at, items[i].size);
	}
	close(pagemap);
	return row;
}

/* Finds a row and looks whether it is one; false when pages moved before that was seen. */
static bool find_and_check(const struct tenon_alloc_request *request)
{
	const struct udmabuf_limits limits = {.items = 1024, .bytes = 64 * MIB};
	uint64_t address, seen = 0, bytes = 0;
	struct udmabuf_list list;
	int memfd = -1;
	bool row;
	int ret = udmabuf_find_row(request, request->bytes, &limits, &memfd, &list, &address);

	if (ret == -ENOSPC) {
		TEST_SKIP("this machine's memory has no free row of 64 KiB");
	}
	assert_int_equal(ret, 0);
	row = is_row(list.items, list.len, &seen) && seen == address &&
	      udmabuf_is_row(&list, address);
	assert_false(udmabuf_is_row(&list, address + 4096));
	for (size_t i = 0; i < list.len; i++) {
		bytes += list.items[i].size;
	}
	assert_int_equal(bytes, request->bytes);
	free(list.items);
	close(memfd);
	return row;
}

TEST_TIMEOUT(ordinary_pages_in_a_row_are_listed_in_physical_order, 60)
{
	const struct udmabuf_limits limits = {.items = 1024, .bytes = 64 * MIB};
	struct tenon_alloc_request request = ask(64 * 1024, NULL);
	struct udmabuf_list list;
	bool row = false;
	uint64_t address;
	int memfd;

	request.segments_max = 1;
	if (!heap_may_see_frames()) {
		assert_int_equal(
			udmabuf_find_row(&request, request.bytes, &limits, &memfd, &list, &address),
			-EPERM);
		TEST_SKIP("this process is not shown physical addresses");
	}
	if (test_is_under_valgrind()) {
		TEST_SKIP("pages that nothing pins do not stay as long as valgrind takes to look");
	}
	/* nothing pins them here: the kernel may move pages, but not each time */
	for (int i = 0; i < 5 && !row; i++) {
		row = find_and_check(&request);
	}
	assert_true(row);
	/* a window that nothing lies in */
	request.address_max = request.bytes - 1;
	assert_int_equal(
		udmabuf_find_row(&request, request.bytes, &limits, &memfd, &list, &address),
		-ENOSPC);
}

TEST(contiguous_memory_is_proven_after_it_is_pinned)
{
	struct tenon_alloc_request request = ask(64 * 1024, NULL);
	struct tenon_segment *segments;
	struct tenon_heaps *heaps;
	struct tenon_memory *memory;
	char reason[600];
	size_t len;
	int ret;

	fake_start();
	heaps = open_heaps(fake_add_udmabuf(1024, 64));
	request.segments_max = 1;
	request.reason = reason;
	request.reason_size = sizeof(reason);
	ret = tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request);
	if (ret == 0) {
		assert_int_equal(memory->contiguity, TENON_CONTIGUITY_PROVEN);
		assert_true(memory->pinned);
		assert_true(memory->address != TENON_ADDRESS_UNKNOWN);
		assert_int_equal(tenon_memory_dup_segments(memory, &segments, &len), 0);
		assert_int_equal(len, 1);
		assert_int_equal(segments[0].bytes, 64 * 1024);
		free(segments);
		tenon_memory_destroy(memory);
	} else {
		/* both ways are told */
		assert_non_null(strstr(reason, "huge pages: "));
		assert_non_null(strstr(reason, "ordinary pages: "));
		assert_true(ret == -ENOSPC || ret == -EPERM);
	}
	tenon_heaps_destroy(heaps);
	fake_finish();
	if (ret < 0) {
		TEST_SKIP("no row of 64 KiB to be had here");
	}
}

/* Whether the last udmabuf was made of a file of huge pages. */
static bool made_of_huge_pages(uint64_t bytes)
{
	const struct udmabuf_create_item *items;

	/* one range, for which ordinary pages would have to lie in the order of the file */
	return fake_last_list(&items) == 1 && items[0].offset == 0 && items[0].size == bytes &&
	       bytes >= 4 * MIB;
}

TEST(huge_pages_are_used_where_nobody_maps_them_wrongly)
{
	struct tenon_hugepages *pages = huge_turn_begin(2 * MIB, 8, true);
	struct tenon_alloc_request request = ask(5 * MIB, NULL);
	struct tenon_segment *segments;
	struct tenon_heaps *heaps;
	struct tenon_memory *memory;
	size_t len;

	fake_start();
	heaps = open_heaps(fake_add_udmabuf(1024, 64));
	request.segments_max = 1;
	request.flags = TENON_ALLOC_NO_KERNEL_MAP | TENON_ALLOC_DMABUF | TENON_ALLOC_OWN_FD;
	assert_int_equal(tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request), 0);
	assert_true(made_of_huge_pages(5 * MIB));
	assert_int_equal(memory->bytes, 5 * MIB);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_PROVEN);
	assert_int_equal(memory->address % (2 * MIB), 0);
	assert_int_equal(tenon_memory_dup_segments(memory, &segments, &len), 0);
	assert_int_equal(len, 1);
	assert_int_equal(segments[0].bytes, 5 * MIB);
	free(segments);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
	fake_finish();
	huge_turn_end(pages);
}

static int out_of_memory(void *data)
{
	struct tenon_alloc_request request = ask(MIB, NULL);
	struct tenon_memory *memory = NULL;
	struct tenon_segment *segments = NULL;
	size_t len;
	int ret = tenon_heap_allocate(&memory, data, &request);

	if (ret == 0) {
		ret = tenon_memory_dup_segments(memory, &segments, &len);
	}
	free(segments);
	tenon_memory_destroy(memory);
	return ret;
}

TEST(each_allocation_may_fail)
{
	struct tenon_heaps *heaps;

	fake_start();
	heaps = open_heaps(fake_add_udmabuf(1024, 64));
	assert_true(oom_run(out_of_memory, tenon_heaps_get(heaps, 0)) >= 5);
	tenon_heaps_destroy(heaps);
	fake_finish();
}
