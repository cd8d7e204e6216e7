/* SPDX-License-Identifier: MIT */
/*
 * Contiguous memory without CMA: the library's udmabuf heap lists pages in physical order, and the
 * kernel judges. Who does not promise that no importer maps the memory in the kernel gets the data
 * right, also where the kernel maps huge pages wrongly (test_rig_hugepages.c).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tenon/heap.h>

#include "harness.h"
#include "oracle.h"
#include "rig.h"

enum {
	FRAME_720P = 1280 * 720 * 4,
};

static char reason[512];

static struct tenon_memory *allocate(struct tenon_heaps *heaps, uint64_t bytes)
{
	struct tenon_alloc_request request = {
		.size = sizeof(request),
		.bytes = bytes,
		.segments_max = 1,
		.flags = TENON_ALLOC_DMABUF,
		.reason = reason,
		.reason_size = sizeof(reason),
	};
	struct tenon_memory *memory = NULL;
	int result;

	reason[0] = '\0';
	result = tenon_heap_allocate(&memory, tenon_heaps_find(heaps, "udmabuf"), &request);
	if (result < 0) {
		print_message("%d: %s\n", result, reason);
	} else {
		assert_int_equal(memory->contiguity, TENON_CONTIGUITY_PROVEN);
		assert_true(memory->dmabuf && memory->pinned);
	}
	return memory;
}

static struct tenon_heaps *begin(void)
{
	struct tenon_heaps *heaps = NULL;

	rig_require();
	assert_int_equal(tenon_heaps_create(&heaps, NULL), 0);
	return heaps;
}

TEST_TIMEOUT(small_pages_in_a_row_are_contiguous, 120)
{
	struct tenon_heaps *heaps = begin();
	struct tenon_memory *memory = allocate(heaps, FRAME_720P);

	assert_non_null(memory);
	assert_int_equal(oracle_accepts_contiguous(memory->fd, FRAME_720P), 1);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
}

/* However memory is scattered: what is given is contiguous and holds the data; or nothing is given
 * and the reason is told. */
TEST_TIMEOUT(never_a_wrong_picture, 240)
{
	struct tenon_heaps *heaps = begin();
	struct tenon_memory *kept[16] = {NULL};
	int given = 0;

	for (int i = 0; i < 16; i++) {
		kept[i] = allocate(heaps, FRAME_720P);
		if (kept[i] == NULL) {
			assert_true(reason[0] != '\0');
			break;
		}
		given++;
		if (i % 5 == 0) { /* each takes seconds in QEMU */
			assert_int_equal(oracle_accepts_contiguous(kept[i]->fd, FRAME_720P), 1);
		}
	}
	print_message("%d given\n", given);
	for (int i = 0; i < given; i++) {
		tenon_memory_destroy(kept[i]);
	}
	assert_true(given > 0);
	tenon_heaps_destroy(heaps);
}
