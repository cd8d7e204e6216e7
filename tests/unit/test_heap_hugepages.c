/* SPDX-License-Identifier: MIT */

/*
 * Huge pages, on a machine where root may reserve some: raised here, and put back. Elsewhere these
 * tests are skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "harness.h"
#include "heap/hugepages.h"
#include "huge_heap.h"
#include "huge_turn.h"
#include "oom.h"

#define MIB (UINT64_C(1) << 20)
#define ACCESS (TENON_ACCESS_READ | TENON_ACCESS_WRITE)

enum { PAGES = 24 };

static struct tenon_alloc_request ask(uint64_t bytes)
{
	return (struct tenon_alloc_request){
		.size = sizeof(struct tenon_alloc_request), .bytes = bytes};
}

/* By pagemap, apart from the library: whether a mapping is one row of physical pages. */
static bool is_row(const char *at, uint64_t bytes, uint64_t *address)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t first = 0, entry;
	bool row = true;

	assert_true(fd >= 0);
	for (uint64_t i = 0; i < bytes; i += page) {
		(void)*(const volatile char *)(at + i);
		assert_int_equal(pread(fd, &entry, sizeof(entry),
					 (off_t)((uintptr_t)(at + i) / page * sizeof(entry))),
			sizeof(entry));
		entry &= (UINT64_C(1) << 55) - 1;
		assert_true(entry != 0);
		first = i == 0 ? entry : first;
		row = row && entry == first + i / page;
	}
	close(fd);
	*address = first * page;
	return row;
}

static void check_row(struct tenon_memory *memory)
{
	struct tenon_segment *segments;
	uint64_t address;
	size_t len;
	void *at;

	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_PROVEN);
	assert_int_equal(tenon_memory_map(memory, 0, memory->bytes, ACCESS, &at), 0);
	assert_true(is_row(at, memory->bytes, &address));
	assert_true(memory->address == address);
	tenon_memory_unmap(memory, at, memory->bytes);
	assert_int_equal(tenon_memory_dup_segments(memory, &segments, &len), 0);
	assert_int_equal(len, 1);
	assert_true(segments[0].address == address);
	assert_int_equal(segments[0].bytes, memory->bytes);
	free(segments);
}

TEST(a_page_alone_is_contiguous)
{
	struct tenon_hugepages *pages = huge_turn_begin(0, 2, false);
	struct tenon_heap *heap = open_heap("hugepages");
	struct tenon_alloc_request request = ask(100000);
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_memory *memory;
	char *at;

	request.segments_max = 1;
	request.flags = TENON_ALLOC_OWN_FD | TENON_ALLOC_ZERO;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_ASSURED);
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_int_equal(info.availability, TENON_AVAILABLE);
	assert_int_equal(info.contiguity, TENON_CONTIGUITY_PROVABLE);
	assert_int_equal(memory->bytes, info.granularity);
	assert_true(memory->address % info.granularity == 0);
	/* a window that is smaller than a huge page and not at its start */
	assert_int_equal(tenon_memory_map(memory, 65536, 5, ACCESS, (void **)&at), 0);
	at[0] = 'x';
	tenon_memory_unmap(memory, at, 5);
	assert_int_equal(tenon_memory_map(memory, 0, 65537, ACCESS, (void **)&at), 0);
	assert_int_equal(at[65536], 'x');
	tenon_memory_unmap(memory, at, 65537);
	assert_int_equal(ftruncate(memory->fd, 0), -1);
	tenon_memory_destroy(memory);
	tenon_heap_unref(heap);
	huge_turn_end(pages);
}

TEST(a_row_is_found_among_scattered_pages)
{
	struct tenon_hugepages *pages = huge_turn_begin(2 * MIB, PAGES, true);
	struct tenon_heap *heap = open_heap("hugepages");
	struct tenon_memory *all[PAGES], *memory;
	struct tenon_alloc_request one = ask(1), request = ask(9 * MIB);
	struct hugepages_pool pool;
	uint64_t before;

	/* Shuffle the kernel's list: what is freed last comes first. */
	for (int i = 0; i < PAGES; i++) {
		assert_int_equal(tenon_heap_allocate(&all[i], heap, &one), 0);
	}
	for (int i = 0; i < PAGES; i++) {
		tenon_memory_destroy(all[i * 7 % PAGES]);
	}
	assert_int_equal(hugepages_read_pool(&pool, 2 * MIB), 0);
	before = pool.free;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_NONE);
	tenon_memory_destroy(memory);
	for (int i = 0; i < PAGES; i++) {
		assert_int_equal(tenon_heap_allocate(&all[i], heap, &one), 0);
	}
	for (int i = 0; i < PAGES; i++) {
		tenon_memory_destroy(all[i * 7 % PAGES]);
	}
	request.segments_max = 1;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(memory->bytes, 10 * MIB);
	check_row(memory);
	/* nothing but the memory itself is held afterwards */
	assert_int_equal(hugepages_read_pool(&pool, 2 * MIB), 0);
	assert_int_equal(pool.free, before - 5);
	tenon_memory_destroy(memory);
	tenon_heap_unref(heap);
	huge_turn_end(pages);
}

TEST(windows_alignment_and_boundaries_choose_the_row)
{
	struct tenon_hugepages *pages = huge_turn_begin(2 * MIB, PAGES, true);
	struct tenon_heap *heap = open_heap("hugepages");
	struct tenon_alloc_request request = ask(4 * MIB);
	struct tenon_memory *all, *memory;
	uint64_t start;
	char reason[250];

	request.bytes = PAGES * 2 * MIB;
	request.segments_max = 1;
	request.reason = reason;
	request.reason_size = sizeof(reason);
	assert_int_equal(tenon_heap_allocate(&all, heap, &request), 0);
	check_row(all);
	start = all->address;
	tenon_memory_destroy(all);
	request.bytes = 4 * MIB;
	request.address_min = start + 6 * MIB;
	request.address_max = start + 10 * MIB - 1;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_true(memory->address == start + 6 * MIB);
	tenon_memory_destroy(memory);
	request.address_max--;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENOSPC);
	assert_non_null(strstr(reason, "huge pages of 2048 KiB in a row are needed"));
	request = ask(4 * MIB);
	request.segments_max = 1;
	request.align = 6 * MIB;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_true(memory->address % (6 * MIB) == 0);
	tenon_memory_destroy(memory);
	request = ask(6 * MIB);
	request.segments_max = 1;
	request.segment_boundary = 8 * MIB;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_true(memory->address / (8 * MIB) == (memory->address + 6 * MIB - 1) / (8 * MIB));
	tenon_memory_destroy(memory);
	tenon_heap_unref(heap);
	huge_turn_end(pages);
}

TEST(more_segments_than_one_need_no_row)
{
	struct tenon_hugepages *pages = huge_turn_begin(2 * MIB, 4, false);
	struct tenon_heap *heap = open_heap("hugepages");
	struct tenon_alloc_request request = ask(7 * MIB);
	struct tenon_memory *memory;

	request.segments_max = 4; /* 1792 pages of 4 KiB, but 4 huge ones */
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	tenon_memory_destroy(memory);
	tenon_heap_unref(heap);
	huge_turn_end(pages);
}

TEST(an_exhausted_pool_is_told_and_nothing_stays_taken)
{
	struct tenon_hugepages *pages = huge_turn_begin(0, 3, false);
	struct tenon_heap *heap = open_heap("hugepages");
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_alloc_request request = ask(1);
	struct tenon_memory *memory = NULL;
	char reason[250];
	uint64_t free_bytes;

	request.reason = reason;
	request.reason_size = sizeof(reason);
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	free_bytes = info.free_bytes;
	request.bytes = free_bytes + 1;
	for (int i = 0; i < 50; i++) {
		request.segments_max = (uint64_t)i % 2;
		assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENOSPC);
	}
	assert_null(memory);
	assert_non_null(strstr(reason, "are free"));
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_true(info.free_bytes == free_bytes);
	request.bytes = free_bytes;
	request.segments_max = 0;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_int_equal(info.availability, TENON_EXHAUSTED);
	assert_non_null(strstr(info.reason, "are taken"));
	tenon_memory_destroy(memory);
	tenon_heap_unref(heap);
	huge_turn_end(pages);
}

TEST(without_the_right_to_see_frames_contiguity_is_unknown)
{
	struct tenon_hugepages *pages = huge_turn_begin(0, 4, false);
	struct tenon_heap *heap = open_heap("hugepages");
	struct tenon_alloc_request request = ask(3 * MIB);
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_memory *memory = NULL;
	char reason[250] = "";

	/* a child: the pages must be put back by root */
	if (fork() == 0) {
		request.reason = reason;
		request.reason_size = sizeof(reason);
		if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0) {
			_exit(1);
		}
		if (tenon_heap_query(heap, &info) != 0 ||
			info.contiguity != TENON_CONTIGUITY_UNKNOWN) {
			_exit(2);
		}
		if (tenon_heap_allocate(&memory, heap, &request) != 0 ||
			memory->contiguity != TENON_CONTIGUITY_UNKNOWN ||
			memory->address != TENON_ADDRESS_UNKNOWN) {
			_exit(3);
		}
		tenon_memory_destroy(memory);
		request.segments_max = 1;
		if (tenon_heap_allocate(&memory, heap, &request) != -EPERM ||
			strstr(reason, "only root is shown") == NULL) {
			_exit(4);
		}
		request.bytes = 1; /* one page needs no proof */
		_exit(tenon_heap_allocate(&memory, heap, &request) == 0 ? 0 : 5);
	} else {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	tenon_heap_unref(heap);
	huge_turn_end(pages);
}

TEST_TIMEOUT(a_gigabyte_serves_a_region_of_contiguous_parts, 60)
{
	struct tenon_hugepages *pages = huge_turn_begin(HUGEPAGES_1G, 1, false);
	struct tenon_heap *parent = open_heap("hugepages-1g"), *region;
	struct tenon_alloc_request request = ask(8 * MIB);
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_memory *a, *b;

	request.segments_max = 1;
	assert_int_equal(tenon_heap_create_region(&region, "parts", parent, &request), 0);
	tenon_heap_unref(parent);
	assert_int_equal(tenon_heap_query(region, &info), 0);
	assert_int_equal(info.total_bytes, HUGEPAGES_1G);
	assert_int_equal(info.address_min % HUGEPAGES_1G, 0);
	assert_int_equal(info.address_max - info.address_min, HUGEPAGES_1G - 1);
	assert_int_equal(tenon_heap_allocate(&a, region, &request), 0);
	request.align = 3 * MIB;
	request.address_min = info.address_min + 512 * MIB;
	assert_int_equal(tenon_heap_allocate(&b, region, &request), 0);
	assert_true(b->address % (3 * MIB) == 0 && b->address >= request.address_min);
	for (int i = 0; i < 2; i++) {
		struct tenon_memory *part = i == 0 ? a : b;
		uint64_t address;
		void *at;

		assert_int_equal(part->contiguity, TENON_CONTIGUITY_ASSURED);
		assert_int_equal(tenon_memory_map(part, 0, part->bytes, ACCESS, &at), 0);
		assert_true(is_row(at, part->bytes, &address));
		assert_true(address == part->address);
		tenon_memory_unmap(part, at, part->bytes);
		tenon_memory_destroy(part);
	}
	tenon_heap_unref(region);
	huge_turn_end(pages);
}

/* One of two programs that want rows at the same time; how many times it was refused. */
static int take_rows(struct tenon_heap *heap)
{
	struct tenon_alloc_request request = ask(10 * MIB);
	int refused = 0;

	request.segments_max = 1;
	request.align = 16 * MIB; /* three places, to be searched for */
	for (int i = 0; i < 20; i++) {
		struct tenon_memory *memory = NULL;

		refused += tenon_heap_allocate(&memory, heap, &request) < 0;
		tenon_memory_destroy(memory);
	}
	return refused;
}

TEST(two_programs_do_not_starve_each_other)
{
	struct tenon_hugepages *pages = huge_turn_begin(2 * MIB, PAGES, true);
	struct tenon_heap *heap = open_heap("hugepages");
	struct tenon_alloc_request rest = ask(0);
	struct tenon_memory *ballast;
	struct hugepages_pool pool;
	int status, refused;

	/* room for both, unless one of them holds what it only looks at */
	assert_int_equal(hugepages_read_pool(&pool, 2 * MIB), 0);
	rest.bytes = (pool.free - PAGES) * 2 * MIB;
	assert_int_equal(tenon_heap_allocate(&ballast, heap, &rest), 0);
	if (fork() == 0) {
		_exit(take_rows(heap));
	}
	refused = take_rows(heap);
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_int_equal(refused, 0);
	tenon_memory_destroy(ballast);
	tenon_heap_unref(heap);
	huge_turn_end(pages);
}

static uint64_t free_pages(void)
{
	struct hugepages_pool pool;

	assert_int_equal(hugepages_read_pool(&pool, 2 * MIB), 0);
	return pool.free;
}

TEST(a_reservation_is_put_back)
{
	const uint64_t size = 2 * MIB;
	struct tenon_hugepages *first = huge_turn_begin(size, 1, false), *second, *third;
	const uint64_t before = total_pages(size), free_before = free_pages();
	char reason[200] = "x";

	assert_int_equal(tenon_hugepages_reserve(&second, size, free_before + 3, NULL, 0), 0);
	assert_int_equal(tenon_hugepages_get_raised(second), 3);
	assert_int_equal(total_pages(size), before + 3);
	/* what is free already is not raised again */
	assert_int_equal(
		tenon_hugepages_reserve(&third, size, free_before + 2, reason, sizeof(reason)), 0);
	assert_int_equal(tenon_hugepages_get_raised(third), 0);
	tenon_hugepages_release(third);
	assert_int_equal(tenon_hugepages_reserve(&third, size, free_before + 5, NULL, 0), 0);
	assert_int_equal(tenon_hugepages_get_raised(third), 2);
	/* in any order */
	tenon_hugepages_release(second);
	assert_int_equal(total_pages(size), before + 2);
	tenon_hugepages_release(third);
	tenon_hugepages_release(NULL);
	assert_int_equal(total_pages(size), before);
	huge_turn_end(first);
}

TEST(pages_in_use_go_when_they_are_freed)
{
	struct tenon_hugepages *first = huge_turn_begin(2 * MIB, 1, false), *second, *third;
	struct tenon_heap *heap = open_heap("hugepages");
	const uint64_t before = total_pages(2 * MIB), free_before = free_pages();
	struct tenon_alloc_request request = ask((free_before + 3) * 2 * MIB);
	struct tenon_memory *memory;

	assert_int_equal(tenon_hugepages_reserve(&second, 2 * MIB, free_before + 3, NULL, 0), 0);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	tenon_hugepages_release(second);
	assert_int_equal(total_pages(2 * MIB), before + 3);
	/* another reservation must not keep them for good */
	assert_int_equal(tenon_hugepages_reserve(&third, 2 * MIB, 2, NULL, 0), 0);
	assert_int_equal(tenon_hugepages_get_raised(third), 2);
	tenon_hugepages_release(third);
	tenon_memory_destroy(memory);
	assert_int_equal(total_pages(2 * MIB), before);
	tenon_heap_unref(heap);
	huge_turn_end(first);
}

/* Reserves, has a child of its own that holds every fd, and tells that one's number. */
static void reserve_and_wait(uint64_t wanted, int ready)
{
	struct tenon_hugepages *pages;
	pid_t grandchild;

	if (tenon_hugepages_reserve(&pages, 2 * MIB, wanted, NULL, 0) < 0) {
		_exit(1);
	}
	grandchild = fork();
	if (grandchild > 0 &&
		write(ready, &grandchild, sizeof(grandchild)) != (ssize_t)sizeof(grandchild)) {
		_exit(2);
	}
	pause();
}

TEST(a_crash_puts_back_too)
{
	struct tenon_hugepages *first = huge_turn_begin(2 * MIB, 1, false);
	const uint64_t before = total_pages(2 * MIB), wanted = free_pages() + 2;
	pid_t child, grandchild;
	int ready[2];

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		reserve_and_wait(wanted, ready[1]);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
	assert_int_equal(total_pages(2 * MIB), before + 2);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	for (int i = 0; i < 500 && total_pages(2 * MIB) != before; i++) {
		usleep(10000);
	}
	assert_int_equal(total_pages(2 * MIB), before);
	kill(grandchild, SIGKILL);
	close(ready[0]);
	huge_turn_end(first);
}

TEST(the_keeper_holds_no_memory_of_its_parent)
{
	struct tenon_hugepages *pages = huge_turn_begin(2 * MIB, 4, false), *more;
	struct tenon_heap *heap = open_heap("hugepages");
	struct tenon_alloc_request request = ask(1);
	struct tenon_memory *memory;
	struct hugepages_pool pool;
	uint64_t free_before;
	void *at;

	assert_int_equal(hugepages_read_pool(&pool, 2 * MIB), 0);
	free_before = pool.free;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(tenon_memory_map(memory, 0, 1, ACCESS, &at), 0);
	assert_int_equal(tenon_hugepages_reserve(&more, 2 * MIB, free_before + 4, NULL, 0), 0);
	tenon_memory_unmap(memory, at, 1);
	tenon_memory_destroy(memory);
	assert_int_equal(hugepages_read_pool(&pool, 2 * MIB), 0);
	assert_int_equal(pool.free, free_before + tenon_hugepages_get_raised(more));
	tenon_hugepages_release(more);
	tenon_heap_unref(heap);
	huge_turn_end(pages);
}

static int out_of_memory(void *data)
{
	struct tenon_alloc_request request = ask(6 * MIB);
	struct tenon_memory *memory = NULL;
	int ret;

	request.segments_max = 1;
	ret = tenon_heap_allocate(&memory, data, &request);
	tenon_memory_destroy(memory);
	return ret;
}

TEST(each_allocation_may_fail)
{
	struct tenon_hugepages *pages = huge_turn_begin(2 * MIB, PAGES, true);
	struct tenon_heap *heap = open_heap("hugepages");
	struct tenon_alloc_request one = ask(1);
	struct tenon_memory *all[PAGES];
	uint64_t free_before;
	struct hugepages_pool pool;

	for (int i = 0; i < PAGES; i++) {
		assert_int_equal(tenon_heap_allocate(&all[i], heap, &one), 0);
	}
	/* hold every fourth, so that the first three that come are never a row */
	for (int i = 0; i < PAGES; i++) {
		tenon_memory_destroy(all[i * 7 % PAGES]);
	}
	assert_int_equal(hugepages_read_pool(&pool, 2 * MIB), 0);
	free_before = pool.free;
	assert_true(oom_run(out_of_memory, heap) >= 2);
	assert_int_equal(hugepages_read_pool(&pool, 2 * MIB), 0);
	assert_int_equal(pool.free, free_before);
	tenon_heap_unref(heap);
	huge_turn_end(pages);
}
