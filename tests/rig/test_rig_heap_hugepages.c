/* SPDX-License-Identifier: MIT */
/*
 * The library's heaps of huge pages under a judge that does not read pagemap: what they call
 * contiguous, a device that takes nothing else accepts; what they call scattered, it refuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "harness.h"
#include "oracle.h"
#include "pages.h"
#include "rig.h"

enum {
	HUGE = 2 << 20,
	MEMORIES_MAX = 64,
};

static struct tenon_heaps *begin(const char *names)
{
	struct tenon_heaps_options options = {.size = sizeof(options), .names = names};
	struct tenon_heaps *heaps = NULL;

	rig_require();
	assert_int_equal(rig_raise_udmabuf_limits(), 0);
	assert_int_equal(tenon_heaps_create(&heaps, &options), 0);
	return heaps;
}

static int allocate(struct tenon_memory **out, struct tenon_heaps *heaps, const char *name,
	uint64_t bytes, uint64_t segments_max)
{
	struct tenon_alloc_request request = {
		.size = sizeof(request),
		.bytes = bytes,
		.segments_max = segments_max,
	};

	return tenon_heap_allocate(out, tenon_heaps_find(heaps, name), &request);
}

/* 0: accepted, EFAULT: refused. */
static int judge(const struct tenon_memory *memory, size_t size)
{
	struct oracle_result result;
	int dmabuf;

	assert_int_equal(memory->offset, 0);
	dmabuf = rig_udmabuf(memory->fd, size);
	assert_true(dmabuf >= 0);
	assert_int_equal(oracle_ask(dmabuf, size, &result), 0);
	close(dmabuf);
	return result.refused;
}

/* All that can be had in contiguous pieces of 8 MiB, each of them judged. */
TEST_TIMEOUT(contiguous_is_what_a_device_accepts, 280)
{
	struct tenon_memory *memories[MEMORIES_MAX];
	struct tenon_heaps *heaps = begin("hugepages");
	long free_before;
	int len = 0;

	assert_true(pages_scramble(HUGE) >= 100);
	free_before = rig_meminfo("HugePages_Free");
	while (len < MEMORIES_MAX &&
		allocate(&memories[len], heaps, "hugepages", 4 * HUGE, 1) == 0) {
		len++;
	}
	assert_true(len >= 10);
	assert_int_equal(rig_meminfo("HugePages_Free"), free_before - len * 4);
	for (int i = 0; i < len; i++) {
		assert_int_equal(memories[i]->contiguity, TENON_CONTIGUITY_PROVEN);
		assert_int_not_equal(memories[i]->address, TENON_ADDRESS_UNKNOWN);
		assert_int_equal(memories[i]->address % HUGE, 0);
		if (i % 8 == 0) { /* each takes seconds here */
			assert_int_equal(judge(memories[i], 4 * HUGE), 0);
		}
	}
	for (int i = 0; i < len; i++) {
		tenon_memory_destroy(memories[i]);
	}
	assert_int_equal(rig_meminfo("HugePages_Free"), free_before);
	tenon_heaps_destroy(heaps);
}

/* Nobody asked for contiguity, so the pages are as they came; the heap knows how. */
TEST_TIMEOUT(scattered_is_what_a_device_refuses, 120)
{
	struct tenon_heaps *heaps = begin("hugepages");
	struct tenon_segment *segments = NULL;
	struct tenon_memory *memory = NULL;
	size_t len = 0;

	assert_true(pages_scramble(HUGE) >= 100);
	assert_int_equal(allocate(&memory, heaps, "hugepages", 4 * HUGE, 0), 0);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_NONE);
	assert_int_equal(tenon_memory_dup_segments(memory, &segments, &len), 0);
	assert_in_range(len, 2, 4);
	assert_int_equal(judge(memory, 4 * HUGE), EFAULT);
	free(segments);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
}

TEST_TIMEOUT(a_1_gib_page_is_contiguous, 120)
{
	struct tenon_heaps *heaps = begin("hugepages-1g");
	struct tenon_memory *memory = NULL;

	assert_int_equal(allocate(&memory, heaps, "hugepages-1g", 16 * HUGE, 1), 0);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_ASSURED);
	assert_int_equal(memory->address % (1 << 30), 0);
	assert_int_equal(judge(memory, 16 * HUGE), 0);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
}

TEST_TIMEOUT(reserved_pages_are_put_back, 60)
{
	struct tenon_hugepages *pages = NULL;
	long total, available;

	rig_require();
	total = rig_meminfo("HugePages_Total");
	available = rig_meminfo("HugePages_Free");
	assert_int_equal(
		tenon_hugepages_reserve(&pages, HUGE, (uint64_t)available + 5, NULL, 0), 0);
	assert_int_equal(tenon_hugepages_get_raised(pages), 5);
	assert_int_equal(rig_meminfo("HugePages_Total"), total + 5);
	tenon_hugepages_release(pages);
	assert_int_equal(rig_meminfo("HugePages_Total"), total);
}

/* Huge pages in a row as a dma-buf: the way of devices that use addresses, as most do. */
TEST_TIMEOUT(udmabuf_lists_huge_pages_in_a_row, 120)
{
	struct tenon_alloc_request request = {
		.size = sizeof(request),
		.bytes = 4 * HUGE,
		.segments_max = 1,
		.flags = TENON_ALLOC_DMABUF | TENON_ALLOC_NO_KERNEL_MAP,
	};
	struct tenon_heaps *heaps = begin("udmabuf");
	long before = rig_meminfo("HugePages_Free");
	struct tenon_memory *memory = NULL;
	struct oracle_result result;

	assert_true(pages_scramble(HUGE) >= 100);
	assert_int_equal(
		tenon_heap_allocate(&memory, tenon_heaps_find(heaps, "udmabuf"), &request), 0);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_PROVEN);
	assert_int_equal(rig_meminfo("HugePages_Free"), before - 4);
	assert_int_equal(oracle_ask(memory->fd, 4 * HUGE, &result), 0);
	assert_int_equal(result.refused, 0);
	tenon_memory_destroy(memory);
	assert_int_equal(rig_meminfo("HugePages_Free"), before);
	tenon_heaps_destroy(heaps);
}
