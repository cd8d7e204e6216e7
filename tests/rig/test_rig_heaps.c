/* SPDX-License-Identifier: MIT */
/*
 * The heaps that hand out dma-bufs, on a real kernel: what they promise is judged by a device, and
 * absent and exhausted are told apart. (Refused: test_rig_heaps_refused.c.)
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "harness.h"
#include "oracle.h"
#include "rig.h"

enum {
	MIB = 1 << 20,
	FRAME_720P = 1280 * 720 * 4,
	AREA = 64 * MIB, /* of the guest "cma" */
};

static char reason[512];

static struct tenon_heaps *open_heaps(void)
{
	struct tenon_heaps *heaps = NULL;

	rig_require();
	assert_int_equal(tenon_heaps_create(&heaps, NULL), 0);
	return heaps;
}

static void query(struct tenon_heaps *heaps, const char *name, struct tenon_heap_info *info)
{
	struct tenon_heap *heap = tenon_heaps_find(heaps, name);

	assert_non_null(heap);
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	assert_int_equal(tenon_heap_query(heap, info), 0);
	assert_string_equal(info->name, name);
}

/* What failed says why. */
static int allocate(struct tenon_memory **out, struct tenon_heaps *heaps, const char *name,
	uint64_t bytes, uint64_t segments_max)
{
	struct tenon_alloc_request request = {
		.size = sizeof(request),
		.bytes = bytes,
		.segments_max = segments_max,
		.flags = TENON_ALLOC_DMABUF,
		.reason = reason,
		.reason_size = sizeof(reason),
	};
	int result;

	reason[0] = '\0';
	result = tenon_heap_allocate(out, tenon_heaps_find(heaps, name), &request);
	assert_true(result == 0 || reason[0] != '\0');
	return result;
}

/* Writes to the memory, and reads it back through another mapping. */
static void assert_holds_data(struct tenon_memory *memory)
{
	const uint32_t access = TENON_ACCESS_READ | TENON_ACCESS_WRITE;
	void *one = NULL, *two = NULL;

	assert_int_equal(tenon_memory_map(memory, 0, memory->bytes, access, &one), 0);
	assert_int_equal(tenon_memory_sync_begin(memory, access, 1000), 0);
	memset(one, 0xa5, memory->bytes);
	assert_int_equal(tenon_memory_sync_end(memory, access), 0);
	tenon_memory_unmap(memory, one, memory->bytes);
	assert_int_equal(tenon_memory_map(memory, 0, memory->bytes, TENON_ACCESS_READ, &two), 0);
	assert_int_equal(tenon_memory_sync_begin(memory, TENON_ACCESS_READ, 1000), 0);
	assert_int_equal(((uint8_t *)two)[0], 0xa5);
	assert_int_equal(((uint8_t *)two)[memory->bytes - 1], 0xa5);
	assert_int_equal(tenon_memory_sync_end(memory, TENON_ACCESS_READ), 0);
	tenon_memory_unmap(memory, two, memory->bytes);
}

TEST_TIMEOUT(cma_is_contiguous_or_absent, 60)
{
	struct tenon_heaps *heaps = open_heaps();
	struct tenon_memory *memory = NULL;
	struct tenon_heap_info info, system;

	query(heaps, "cma", &info);
	query(heaps, "system", &system);
	if (!rig_guest_is("cma")) {
		assert_int_equal(info.availability, TENON_ABSENT);
		assert_non_null(strstr(info.reason, "/dev/dma_heap"));
		assert_int_equal(allocate(&memory, heaps, "cma", FRAME_720P, 1), -ENOENT);
		assert_null(memory);
		tenon_heaps_destroy(heaps);
		return;
	}
	assert_int_equal(info.availability, TENON_AVAILABLE);
	assert_int_equal(info.contiguity, TENON_CONTIGUITY_ASSURED);
	assert_true(info.dmabuf);
	assert_int_equal(info.total_bytes, AREA);
	assert_in_range(info.free_bytes, 1, AREA);
	assert_true(info.scarcity > system.scarcity);
	assert_int_equal(allocate(&memory, heaps, "cma", FRAME_720P, 1), 0);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_ASSURED);
	assert_true(memory->dmabuf && memory->own_fd);
	assert_int_equal(rig_cma_used(), FRAME_720P);
	assert_int_equal(oracle_accepts_contiguous(memory->fd, memory->bytes), 1);
	assert_holds_data(memory);
	tenon_memory_destroy(memory);
	assert_int_equal(rig_cma_used(), 0);
	tenon_heaps_destroy(heaps);
}

static void check_scattered(const char *name)
{
	struct tenon_heaps *heaps = open_heaps();
	struct tenon_memory *memory = NULL;
	struct tenon_heap_info info;
	int result;

	query(heaps, name, &info);
	assert_int_equal(info.availability, TENON_AVAILABLE);
	assert_true(info.dmabuf);
	assert_int_not_equal(info.contiguity, TENON_CONTIGUITY_ASSURED);
	assert_int_equal(allocate(&memory, heaps, name, 3 * MIB + 1, 0), 0);
	assert_true(memory->dmabuf && memory->own_fd);
	assert_true(memory->bytes > 3 * MIB);
	assert_holds_data(memory);
	tenon_memory_destroy(memory);
	memory = NULL;

	/* What is given as contiguous is; more often it is refused. */
	result = allocate(&memory, heaps, name, FRAME_720P, 1);
	if (result == 0) {
		assert_int_equal(memory->contiguity, TENON_CONTIGUITY_PROVEN);
		assert_int_equal(oracle_accepts_contiguous(memory->fd, memory->bytes), 1);
		tenon_memory_destroy(memory);
	} else {
		assert_true(result == -ENOTSUP || result == -ENOSPC || result == -EPERM);
	}
	tenon_heaps_destroy(heaps);
}

TEST(system_promises_nothing)
{
	check_scattered("system");
}

TEST(udmabuf_promises_nothing)
{
	check_scattered("udmabuf");
}

/* Its module has a limit, which another process may have lowered. */
TEST(udmabuf_knows_its_limit)
{
	const char *limit = "/sys/module/udmabuf/parameters/size_limit_mb";
	struct tenon_heaps *heaps = open_heaps();
	struct tenon_memory *memory = NULL;
	struct tenon_heap_info info;

	assert_int_equal(rig_write_text(limit, "2"), 0);
	query(heaps, "udmabuf", &info);
	assert_int_equal(info.max_bytes, 2 * MIB);
	assert_true(allocate(&memory, heaps, "udmabuf", 2 * MIB + 1, 0) < 0);
	assert_int_equal(allocate(&memory, heaps, "udmabuf", 2 * MIB, 0), 0);
	tenon_memory_destroy(memory);
	assert_int_equal(rig_write_text(limit, "64"), 0);
	tenon_heaps_destroy(heaps);
}

/* Somebody else fills the area; when he goes, all is as before. */
TEST_TIMEOUT(cma_is_exhausted, 60)
{
	static int fill[AREA / MIB];
	struct tenon_heaps *heaps = open_heaps();
	struct tenon_memory *memory = NULL;
	int len = 0;

	while (len < AREA / MIB && (fill[len] = rig_heap_alloc("reserved", MIB)) >= 0) {
		len++;
	}
	assert_true(len >= 60 || !rig_guest_is("cma"));
	assert_int_equal(allocate(&memory, heaps, "cma", 4 * MIB, 1),
		rig_guest_is("cma") ? -ENOSPC : -ENOENT);
	assert_null(memory);
	assert_int_equal(allocate(&memory, heaps, "system", 4 * MIB, 0), 0);
	tenon_memory_destroy(memory);
	while (len > 0) {
		close(fill[--len]);
	}
	if (rig_guest_is("cma")) {
		assert_int_equal(rig_cma_used(), 0);
		assert_int_equal(allocate(&memory, heaps, "cma", 4 * MIB, 1), 0);
		tenon_memory_destroy(memory);
		assert_int_equal(rig_cma_used(), 0);
	}
	tenon_heaps_destroy(heaps);
}

TEST_TIMEOUT(a_thousand_failures_leave_nothing, 120)
{
	struct tenon_heaps *heaps = open_heaps();
	struct tenon_memory *memory = NULL;

	for (int i = 0; i < 500; i++) {
		int result = allocate(&memory, heaps, "cma", AREA + MIB, 1);

		assert_int_equal(result, rig_guest_is("cma") ? -ENOSPC : -ENOENT);
		assert_true(allocate(&memory, heaps, "udmabuf", 65 * MIB, 0) < 0);
		assert_null(memory);
	}
	assert_int_equal(rig_dmabufs(), 0);
	assert_true(rig_cma_used() <= 0); /* or there is no area */
	tenon_heaps_destroy(heaps);
}

TEST_TIMEOUT(a_thousand_allocations_leave_nothing, 120)
{
	const char *names[] = {"system", "udmabuf", "cma"};
	struct tenon_heaps *heaps = open_heaps();
	long before = 0, after;

	for (int i = 0; i < 1000; i++) {
		struct tenon_memory *memory = NULL;
		const char *name = names[i % (rig_guest_is("cma") ? 3 : 2)];

		if (i == 100) {
			before = rig_meminfo("MemFree");
		}
		assert_int_equal(allocate(&memory, heaps, name, 256 * 1024, 0), 0);
		tenon_memory_destroy(memory);
	}
	after = rig_meminfo("MemFree");
	assert_int_equal(rig_dmabufs(), 0);
	assert_true(rig_cma_used() <= 0);
	assert_true(after > before - 8 * 1024); /* 900 buffers leaked would be 225 MiB */
	tenon_heaps_destroy(heaps);
}
