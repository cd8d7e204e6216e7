/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "harness.h"
#include "heap/frames.h"
#include "oom.h"

static struct tenon_heaps *open_memfd(struct tenon_heap **heap)
{
	const struct tenon_heaps_options options = {.size = sizeof(options), .names = "memfd"};
	struct tenon_heaps *heaps = NULL;

	assert_int_equal(tenon_heaps_create(&heaps, &options), 0);
	*heap = tenon_heaps_get(heaps, 0);
	assert_non_null(*heap);
	return heaps;
}

static struct tenon_alloc_request ask(uint64_t bytes)
{
	return (struct tenon_alloc_request){
		.size = sizeof(struct tenon_alloc_request), .bytes = bytes};
}

TEST(memory_is_sealed_zero_and_its_own)
{
	struct tenon_heap *heap;
	struct tenon_heaps *heaps = open_memfd(&heap);
	struct tenon_alloc_request request = ask(5000);
	struct tenon_memory *memory;
	struct stat status;
	unsigned char *at;
	int seals;

	request.flags = TENON_ALLOC_ZERO | TENON_ALLOC_OWN_FD;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_ptr_equal(memory->heap, heap);
	assert_true(memory->own_fd);
	assert_false(memory->dmabuf);
	assert_false(memory->pinned);
	assert_int_equal(memory->offset, 0);
	assert_int_equal(memory->bytes, 2 * sysconf(_SC_PAGESIZE));
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_UNKNOWN);
	assert_int_equal(memory->cache, TENON_CACHE_CACHED);
	assert_int_equal(fstat(memory->fd, &status), 0);
	assert_int_equal(status.st_size, memory->bytes);
	assert_true(fcntl(memory->fd, F_GETFD) & FD_CLOEXEC);
	seals = fcntl(memory->fd, F_GET_SEALS);
	assert_true(seals & F_SEAL_SHRINK);
	assert_true(seals & F_SEAL_GROW);
	assert_int_equal(ftruncate(memory->fd, 0), -1);
	/* whoever gets the fd can take nothing from us */
	assert_int_equal(fcntl(memory->fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
	assert_int_equal(tenon_memory_map(memory, 0, 5000, TENON_ACCESS_READ | TENON_ACCESS_WRITE,
				 (void **)&at),
		0);
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(at[i], 0);
	}
	memset(at, 0x5a, 5000);
	tenon_memory_unmap(memory, at, 5000);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
}

TEST(one_page_is_contiguous_and_more_are_not)
{
	struct tenon_heap *heap;
	struct tenon_heaps *heaps = open_memfd(&heap);
	struct tenon_alloc_request request = ask(1);
	struct tenon_memory *memory = NULL;
	char reason[200] = "";

	request.segments_max = 1;
	request.reason = reason;
	request.reason_size = sizeof(reason);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_ASSURED);
	tenon_memory_destroy(memory);
	memory = NULL;
	request.bytes = (uint64_t)sysconf(_SC_PAGESIZE) + 1;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -EPERM);
	assert_null(memory);
	assert_string_equal(reason, "whether memory of heap memfd is contiguous is not known");
	/* as many segments as pages are no demand */
	request.segments_max = 2;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_string_equal(reason, "");
	tenon_memory_destroy(memory);
	/* nor if each must be smaller than a page, where that is reckoned with */
	request.segment_size_max = (uint64_t)sysconf(_SC_PAGESIZE) / 2;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -EPERM);
	request.segments_max = 4;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
}

TEST(more_than_the_machine_has_is_refused_at_once)
{
	struct tenon_heap *heap;
	struct tenon_heaps *heaps = open_memfd(&heap);
	struct tenon_alloc_request request = ask((uint64_t)INT64_MAX / 2);
	struct tenon_memory *memory = NULL;
	char reason[200];

	request.reason = reason;
	request.reason_size = sizeof(reason);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENOMEM);
	assert_non_null(strstr(reason, "the machine has"));
	request.bytes = INT64_MAX;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -EOVERFLOW);
	assert_null(memory);
	tenon_heaps_destroy(heaps);
}

TEST(windows_map_under_a_tight_address_space)
{
	const uint64_t bytes = UINT64_C(256) << 20, window = UINT64_C(1) << 20;
	struct tenon_heap *heap;
	struct tenon_heaps *heaps;
	struct tenon_alloc_request request = ask(bytes);
	struct rlimit limit = {.rlim_cur = UINT64_C(64) << 20, .rlim_max = RLIM_INFINITY};
	struct tenon_memory *memory;
	char *at;

	if (test_is_instrumented() || test_is_emulated()) {
		TEST_SKIP("sanitizers and emulators take more address space than the limit leaves");
	}
	heaps = open_memfd(&heap);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
	at = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at != MAP_FAILED) {
		munmap(at, bytes);
		tenon_memory_destroy(memory);
		tenon_heaps_destroy(heaps);
		TEST_SKIP("the limit has no effect here, under an emulator for example");
	}
	assert_int_equal(
		tenon_memory_map(memory, 0, bytes, TENON_ACCESS_READ, (void **)&at), -ENOMEM);
	for (uint64_t offset = 0; offset < bytes; offset += 16 * window) {
		assert_int_equal(tenon_memory_map(memory, offset, window,
					 TENON_ACCESS_READ | TENON_ACCESS_WRITE, (void **)&at),
			0);
		at[window - 1] = (char)(offset / window);
		tenon_memory_unmap(memory, at, window);
	}
	assert_int_equal(
		tenon_memory_map(memory, 16 * window, window, TENON_ACCESS_READ, (void **)&at), 0);
	assert_int_equal(at[window - 1], 16);
	tenon_memory_unmap(memory, at, window);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
}

TEST(map_refuses_what_leaves_the_memory)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct tenon_heap *heap;
	struct tenon_heaps *heaps = open_memfd(&heap);
	struct tenon_alloc_request request = ask(2 * page);
	struct tenon_memory *memory;
	void *at = NULL;

	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(tenon_memory_map(memory, 0, 2 * page + 1, 1, &at), -EINVAL);
	assert_int_equal(tenon_memory_map(memory, page, page + 1, 1, &at), -EINVAL);
	assert_int_equal(tenon_memory_map(memory, 3 * page, 1, 1, &at), -EINVAL);
	assert_int_equal(tenon_memory_map(memory, page, UINT64_MAX, 1, &at), -EINVAL);
	assert_int_equal(tenon_memory_map(memory, 1, 1, 1, &at), -EINVAL);
	assert_int_equal(tenon_memory_map(memory, 0, 0, 1, &at), -EINVAL);
	assert_int_equal(tenon_memory_map(memory, 0, page, 0, &at), -EINVAL);
	assert_int_equal(tenon_memory_map(memory, 0, page, 4, &at), -EINVAL);
	assert_null(at);
	tenon_memory_unmap(memory, NULL, page);
	tenon_memory_destroy(memory);
	tenon_memory_destroy(NULL);
	tenon_heaps_destroy(heaps);
}

TEST(segments_cover_the_memory)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct tenon_heap *heap;
	struct tenon_heaps *heaps;
	struct tenon_alloc_request request = ask(2000 * page);
	struct tenon_segment *segments;
	struct tenon_memory *memory;
	uint64_t covered = 0;
	size_t len;

	if (test_is_emulated()) {
		TEST_SKIP("an emulator's pagemap is not that of the addresses it shows");
	}
	heaps = open_memfd(&heap);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(tenon_memory_dup_segments(memory, &segments, &len), 0);
	assert_true(len > 0 && len <= 2000);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(segments[i].offset, covered);
		covered += segments[i].bytes;
		if (heap_may_see_frames()) {
			assert_int_equal(segments[i].address % page, 0);
		} else {
			assert_true(segments[i].address == TENON_ADDRESS_UNKNOWN);
			assert_int_equal(segments[i].bytes, page);
		}
		if (i > 0 && heap_may_see_frames()) {
			assert_true(segments[i].address !=
				    segments[i - 1].address + segments[i - 1].bytes);
		}
	}
	assert_int_equal(covered, memory->bytes);
	free(segments);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
}

TEST(cpu_access_of_plain_memory_waits_for_nothing)
{
	struct tenon_heap *heap;
	struct tenon_heaps *heaps = open_memfd(&heap);
	struct tenon_alloc_request request = ask(1);
	struct tenon_memory *memory;

	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(tenon_memory_sync_begin(memory, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(tenon_memory_sync_end(memory, TENON_ACCESS_READ), 0);
	assert_int_equal(tenon_memory_sync_begin(memory, 0, 0), -EINVAL);
	assert_int_equal(tenon_memory_sync_end(memory, 8), -EINVAL);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
}

TEST(memory_outlives_the_list_of_heaps)
{
	struct tenon_heap *heap;
	struct tenon_heaps *heaps = open_memfd(&heap);
	struct tenon_alloc_request request = ask(1);
	struct tenon_memory *memory;

	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	tenon_heaps_destroy(heaps);
	assert_string_equal(tenon_heap_get_name(memory->heap), "memfd");
	tenon_memory_destroy(memory);
}

static int out_of_memory(void *data)
{
	const struct tenon_heaps_options options = {.size = sizeof(options), .names = "memfd"};
	struct tenon_alloc_request request = ask(100000);
	struct tenon_heaps *heaps = NULL;
	struct tenon_memory *memory = NULL;
	struct tenon_segment *segments = NULL;
	size_t len;
	int ret = tenon_heaps_create(&heaps, &options);

	if (ret == 0) {
		ret = tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request);
	}
	if (ret == 0) {
		ret = tenon_memory_dup_segments(memory, &segments, &len);
	}
	free(segments);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
	return ret;
}

TEST(each_allocation_may_fail)
{
	assert_true(oom_run(out_of_memory, NULL) >= 5);
}

TEST(query_says_what_it_gives)
{
	struct tenon_heap *heap;
	struct tenon_heaps *heaps = open_memfd(&heap);
	struct tenon_heap_info info = {.size = sizeof(info)};

	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_string_equal(info.name, "memfd");
	assert_int_equal(info.availability, TENON_AVAILABLE);
	assert_int_equal(info.contiguity, TENON_CONTIGUITY_UNKNOWN);
	assert_true(info.own_fd && info.mappable && !info.dmabuf);
	assert_int_equal(info.cache, TENON_CACHE_CACHED);
	assert_true(info.free_bytes > 0 && info.free_bytes <= info.total_bytes);
	info.size = 3;
	assert_int_equal(tenon_heap_query(heap, &info), -EINVAL);
	tenon_heaps_destroy(heaps);
}
