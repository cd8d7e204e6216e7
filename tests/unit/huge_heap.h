/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_HUGE_HEAP_H
#define TENON_TEST_HUGE_HEAP_H

/*
 * The heaps of huge pages, for tests with the machine's pages and with made-up ones.
 */

#include <tenon/heap.h>

#include "heap/hugepages.h"

#include "harness.h"

/* A heap of its own; the caller drops it. */
static inline struct tenon_heap *open_heap(const char *name)
{
	const struct tenon_heaps_options options = {.size = sizeof(options), .names = name};
	struct tenon_heaps *heaps;
	struct tenon_heap *heap;

	assert_int_equal(tenon_heaps_create(&heaps, &options), 0);
	heap = tenon_heap_ref(tenon_heaps_get(heaps, 0));
	tenon_heaps_destroy(heaps);
	return heap;
}

/* How many pages of a size the kernel has. */
static inline uint64_t total_pages(uint64_t page_bytes)
{
	struct hugepages_pool pool;

	assert_int_equal(hugepages_read_pool(&pool, page_bytes), 0);
	return pool.total;
}

#endif
