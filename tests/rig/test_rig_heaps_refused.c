/* SPDX-License-Identifier: MIT */
/*
 * Heaps that are there and may not be used: this program runs as another user, to whom devtmpfs
 * gives nothing.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "harness.h"
#include "rig.h"

static void check(const char *name, const char *node)
{
	char reason[512] = "";
	struct tenon_alloc_request request = {
		.size = sizeof(request),
		.bytes = 4096,
		.reason = reason,
		.reason_size = sizeof(reason),
	};
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_memory *memory = NULL;
	struct tenon_heaps *heaps = NULL;
	struct tenon_heap *heap;

	rig_require();
	assert_int_not_equal(geteuid(), 0);
	assert_int_equal(tenon_heaps_create(&heaps, NULL), 0);
	heap = tenon_heaps_find(heaps, name);
	assert_non_null(heap);
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_int_equal(info.availability, TENON_REFUSED);
	assert_non_null(strstr(info.reason, node));   /* which node, */
	assert_non_null(strstr(info.reason, "root")); /* whose, */
	assert_non_null(strstr(info.reason, "600"));  /* and its mode */
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -EACCES);
	assert_null(memory);
	assert_non_null(strstr(reason, node));
	tenon_heaps_destroy(heaps);
}

TEST(system_is_refused)
{
	check("system", "/dev/dma_heap/system");
}

TEST(cma_is_refused)
{
	check("cma", "/dev/dma_heap/reserved");
}

TEST(udmabuf_is_refused)
{
	check("udmabuf", "/dev/udmabuf");
}

/* The next heap is there for everybody. */
TEST(memfd_is_not)
{
	struct tenon_alloc_request request = {.size = sizeof(request), .bytes = 4096};
	struct tenon_memory *memory = NULL;
	struct tenon_heaps *heaps = NULL;

	rig_require();
	assert_int_equal(tenon_heaps_create(&heaps, NULL), 0);
	assert_int_equal(
		tenon_heap_allocate(&memory, tenon_heaps_find(heaps, "memfd"), &request), 0);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
}
