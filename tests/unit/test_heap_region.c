/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "harness.h"
#include "oom.h"

enum {
	PAGES = 64,
	ACCESS = TENON_ACCESS_READ | TENON_ACCESS_WRITE,
};

static uint64_t page(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static struct tenon_alloc_request ask(uint64_t bytes)
{
	return (struct tenon_alloc_request){
		.size = sizeof(struct tenon_alloc_request), .bytes = bytes};
}

static int open_region(struct tenon_heap **region, struct tenon_heap *parent)
{
	struct tenon_alloc_request request = ask(PAGES * page());

	return tenon_heap_create_region(region, "parts", parent, &request);
}

static struct tenon_heap *region_of_memfd(void)
{
	const struct tenon_heaps_options options = {.size = sizeof(options), .names = "memfd"};
	struct tenon_heaps *heaps;
	struct tenon_heap *region = NULL;

	assert_int_equal(tenon_heaps_create(&heaps, &options), 0);
	assert_int_equal(open_region(&region, tenon_heaps_get(heaps, 0)), 0);
	tenon_heaps_destroy(heaps);
	return region;
}

static struct tenon_memory *take(struct tenon_heap *region, uint64_t bytes)
{
	struct tenon_alloc_request request = ask(bytes);
	struct tenon_memory *memory = NULL;

	assert_int_equal(tenon_heap_allocate(&memory, region, &request), 0);
	return memory;
}

static char *map(struct tenon_memory *memory)
{
	void *at = NULL;

	assert_int_equal(tenon_memory_map(memory, 0, memory->bytes, ACCESS, &at), 0);
	return at;
}

TEST(parts_share_an_fd_and_nothing_else)
{
	struct tenon_heap *region = region_of_memfd();
	struct tenon_memory *a = take(region, 100), *b = take(region, 3 * page());
	char *at_a = map(a), *at_b = map(b);
	char read_back[4] = "";

	assert_int_equal(a->fd, b->fd);
	assert_int_equal(a->bytes, page());
	assert_int_equal(b->bytes, 3 * page());
	assert_false(a->own_fd);
	assert_false(a->zeroed);
	memset(at_a, 'a', a->bytes);
	memset(at_b, 'b', b->bytes);
	for (uint64_t i = 0; i < a->bytes; i++) {
		assert_int_equal(at_a[i], 'a');
	}
	/* what is in the mapping is in the file, where the memory says */
	assert_int_equal(pread(b->fd, read_back, 2, (off_t)b->offset), 2);
	assert_string_equal(read_back, "bb");
	tenon_memory_unmap(a, at_a, a->bytes);
	tenon_memory_destroy(a);
	assert_int_equal(at_b[0], 'b');
	tenon_memory_destroy(b);
	tenon_heap_unref(region);
}

TEST(a_part_given_back_is_zeroed_when_asked)
{
	struct tenon_heap *region = region_of_memfd();
	struct tenon_memory *memory = take(region, page());
	struct tenon_alloc_request request = ask(page());
	uint64_t offset = memory->offset;

	memset(map(memory), 'x', page());
	tenon_memory_destroy(memory);
	memory = take(region, page());
	assert_int_equal(memory->offset, offset);
	assert_int_equal(map(memory)[17], 'x');
	tenon_memory_destroy(memory);
	request.flags = TENON_ALLOC_ZERO;
	assert_int_equal(tenon_heap_allocate(&memory, region, &request), 0);
	assert_int_equal(memory->offset, offset);
	assert_true(memory->zeroed);
	for (uint64_t i = 0; i < page(); i++) {
		assert_int_equal(map(memory)[i], 0);
	}
	tenon_memory_destroy(memory);
	tenon_heap_unref(region);
}

TEST(what_must_leave_the_process_is_not_a_part)
{
	struct tenon_heap *region = region_of_memfd();
	struct tenon_alloc_request request = ask(100);
	struct tenon_memory *memory = NULL;
	struct tenon_heap_info info = {.size = sizeof(info)};

	request.flags = TENON_ALLOC_OWN_FD;
	assert_int_equal(tenon_heap_allocate(&memory, region, &request), -ENOTSUP);
	assert_null(memory);
	assert_int_equal(tenon_heap_query(region, &info), 0);
	assert_false(info.own_fd);
	assert_int_equal(info.free_bytes, PAGES * page());
	tenon_heap_unref(region);
}

TEST(exhausted_and_scattered_are_told)
{
	struct tenon_heap *region = region_of_memfd();
	struct tenon_memory *all[PAGES], *memory = NULL;
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_alloc_request request = ask(2 * page());
	char reason[200], expected[200];

	request.reason = reason;
	request.reason_size = sizeof(reason);
	for (int i = 0; i < PAGES; i++) {
		all[i] = take(region, 1);
	}
	assert_int_equal(tenon_heap_query(region, &info), 0);
	assert_int_equal(info.availability, TENON_EXHAUSTED);
	assert_non_null(strstr(info.reason, "are taken"));
	assert_int_equal(info.free_bytes, 0);
	for (int i = 0; i < PAGES; i += 2) {
		tenon_memory_destroy(all[i]);
	}
	assert_int_equal(tenon_heap_allocate(&memory, region, &request), -ENOSPC);
	snprintf(expected, sizeof(expected), "no hole fits %u bytes: %u are free, %u in one piece",
		(unsigned)(2 * page()), (unsigned)(PAGES / 2 * page()), (unsigned)page());
	assert_string_equal(reason, expected);
	assert_int_equal(tenon_heap_query(region, &info), 0);
	assert_int_equal(info.availability, TENON_AVAILABLE);
	assert_int_equal(info.max_bytes, page());
	for (int i = 1; i < PAGES; i += 2) {
		tenon_memory_destroy(all[i]);
	}
	assert_int_equal(tenon_heap_query(region, &info), 0);
	assert_int_equal(info.max_bytes, PAGES * page());
	tenon_heap_unref(region);
}

TEST(segments_are_those_of_the_part)
{
	struct tenon_heap *region = region_of_memfd();
	struct tenon_memory *first = take(region, 3 * page()), *part = take(region, 5 * page());
	struct tenon_segment *segments;
	uint64_t covered = 0;
	size_t len;

	assert_int_equal(tenon_memory_dup_segments(part, &segments, &len), 0);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(segments[i].offset, covered);
		covered += segments[i].bytes;
	}
	assert_int_equal(covered, 5 * page());
	free(segments);
	tenon_memory_destroy(first);
	tenon_memory_destroy(part);
	tenon_heap_unref(region);
}

/* A parent whose memory is contiguous at a known address, above which it cannot be mapped. */
static int physical_query(void *data, struct tenon_heap_info *info)
{
	info->scarcity = 33;
	return 0;
}

static int physical_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	memory->bytes = request->bytes;
	memory->address = 0x40000000 - 16 * page();
	memory->contiguity = TENON_CONTIGUITY_PROVEN;
	memory->pinned = true;
	return 0;
}

static void physical_free(void *data, struct tenon_memory *memory)
{
	++*(int *)data;
}

static const struct tenon_heap_impl physical_impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "physical",
	.query = physical_query,
	.alloc = physical_alloc,
	.free = physical_free,
};

TEST(parts_of_contiguous_memory_are_contiguous_and_placed)
{
	const uint64_t start = 0x40000000 - 16 * page();
	struct tenon_heap *parent, *region = NULL;
	struct tenon_alloc_request request = ask(2 * page());
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_memory *memory = NULL;
	struct tenon_segment *segments;
	size_t len;
	int freed = 0;
	void *at;

	assert_int_equal(tenon_heap_create(&parent, &physical_impl, &freed), 0);
	assert_int_equal(open_region(&region, parent), 0);
	tenon_heap_unref(parent);
	assert_int_equal(tenon_heap_query(region, &info), 0);
	assert_int_equal(info.contiguity, TENON_CONTIGUITY_PROVABLE);
	assert_int_equal(info.scarcity, 33);
	assert_int_equal(info.address_min, start);
	assert_int_equal(info.address_max, start + PAGES * page() - 1);
	assert_false(info.mappable);
	request.segments_max = 1;
	request.segment_boundary = 0x40000000;
	request.align = 16 * page();
	request.address_max = 0x40000000 - 1;
	assert_int_equal(tenon_heap_allocate(&memory, region, &request), 0);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_PROVEN);
	assert_int_equal(memory->address % (16 * page()), 0);
	assert_true(memory->address < 0x40000000);
	assert_int_equal(tenon_memory_map(memory, 0, 1, 1, &at), -ENOTSUP);
	assert_int_equal(tenon_memory_dup_segments(memory, &segments, &len), 0);
	assert_int_equal(len, 1);
	assert_int_equal(segments[0].address, memory->address);
	assert_int_equal(segments[0].bytes, 2 * page());
	free(segments);
	tenon_memory_destroy(memory);
	memory = NULL;
	request.address_min = 0x40000000 - page(); /* one page short */
	assert_int_equal(tenon_heap_allocate(&memory, region, &request), -ENOSPC);
	request = ask(17 * page());
	request.segments_max = 1;
	request.segment_boundary = 16 * page();
	assert_int_equal(tenon_heap_allocate(&memory, region, &request), -ENOSPC);
	request.segments_max = 2;
	assert_int_equal(tenon_heap_allocate(&memory, region, &request), 0);
	tenon_memory_destroy(memory);
	request = ask(1);
	request.flags = TENON_ALLOC_ZERO;
	memory = NULL;
	assert_int_equal(tenon_heap_allocate(&memory, region, &request), -ENOTSUP);
	assert_null(memory);
	tenon_heap_unref(region);
	assert_int_equal(freed, 1);
}

/* Threads that take parts, write their mark, look whether it stayed, and give them back. */
static void *work(void *data)
{
	struct tenon_heap *region = data;
	const char mark = (char)pthread_self();
	struct tenon_alloc_request request = ask(3 * page());

	for (int i = 0; i < 500; i++) {
		struct tenon_memory *memory;
		char *at;

		if (tenon_heap_allocate(&memory, region, &request) < 0) {
			continue;
		}
		at = map(memory);
		memset(at, mark, memory->bytes);
		for (uint64_t j = 0; j < memory->bytes; j += 64) {
			assert_int_equal(at[j], mark);
		}
		tenon_memory_destroy(memory);
	}
	return NULL;
}

TEST(threads_share_a_region)
{
	struct tenon_heap *region = region_of_memfd();
	struct tenon_heap_info info = {.size = sizeof(info)};
	pthread_t threads[3];

	for (int i = 0; i < 3; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, work, region), 0);
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	assert_int_equal(tenon_heap_query(region, &info), 0);
	assert_int_equal(info.max_bytes, PAGES * page());
	tenon_heap_unref(region);
}

static int out_of_memory(void *data)
{
	struct tenon_heap *region = NULL;
	struct tenon_memory *memory = NULL;
	struct tenon_segment *segments = NULL;
	struct tenon_alloc_request request = ask(100);
	size_t len;
	int ret = open_region(&region, data);

	if (ret == 0) {
		ret = tenon_heap_allocate(&memory, region, &request);
	}
	if (ret == 0) {
		ret = tenon_memory_dup_segments(memory, &segments, &len);
	}
	free(segments);
	tenon_memory_destroy(memory);
	tenon_heap_unref(region);
	return ret;
}

TEST(each_allocation_may_fail)
{
	const struct tenon_heaps_options options = {.size = sizeof(options), .names = "memfd"};
	struct tenon_heaps *heaps;

	assert_int_equal(tenon_heaps_create(&heaps, &options), 0);
	assert_true(oom_run(out_of_memory, tenon_heaps_get(heaps, 0)) >= 8);
	tenon_heaps_destroy(heaps);
}

TEST(a_region_needs_a_name_and_a_parent)
{
	struct tenon_alloc_request request = ask(100);
	struct tenon_heap *parent, *region = NULL;
	int freed = 0;

	assert_int_equal(tenon_heap_create(&parent, &physical_impl, &freed), 0);
	assert_int_equal(tenon_heap_create_region(&region, "", parent, &request), -EINVAL);
	assert_int_equal(tenon_heap_create_region(&region, "a,b", parent, &request), -EINVAL);
	assert_int_equal(tenon_heap_create_region(&region, NULL, parent, &request), -EINVAL);
	assert_int_equal(tenon_heap_create_region(&region, "a", NULL, &request), -EINVAL);
	assert_int_equal(tenon_heap_create_region(&region, "a", parent, NULL), -EINVAL);
	/* less than a page has no part */
	assert_int_equal(tenon_heap_create_region(&region, "a", parent, &request), -EINVAL);
	assert_null(region);
	assert_int_equal(freed, 1);
	tenon_heap_unref(parent);
}
