/* SPDX-License-Identifier: MIT */

/*
 * A heap that hands out parts of one memory. All of it is mapped and its pages are there from the
 * beginning, so getting a part, mapping it and giving it back makes no system call.
 */
#include "heap/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <tenon/region.h>

#include "heap/memory.h"
#include "heap/system.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

struct region_heap {
	struct tenon_memory *memory; /* all of it */
	char *mapping;               /* of all of it; NULL: it cannot be mapped */
	uint64_t bytes;              /* of what is handed out: whole pages */
	uint64_t base;               /* address of the first byte; 0 if that is not known */
	uint32_t scarcity;
	pthread_mutex_t lock; /* held for the region alone */
	struct tenon_region *region;
};

static void region_query_room(struct region_heap *heap, struct tenon_heap_info *info)
{
	struct tenon_region_info room = {.size = sizeof(room)};

	pthread_mutex_lock(&heap->lock);
	tenon_region_get_info(heap->region, &room);
	pthread_mutex_unlock(&heap->lock);
	info->free_bytes = room.free_bytes;
	info->total_bytes = room.total_bytes;
	info->max_bytes = room.largest_hole;
	if (room.free_bytes == 0) {
		info->availability = TENON_EXHAUSTED;
		snprintf(info->reason, sizeof(info->reason),
			"all %" PRIu64 " bytes of the region are taken", room.total_bytes);
	}
}

static int region_query(void *data, struct tenon_heap_info *info)
{
	struct region_heap *heap = data;
	const struct tenon_memory *memory = heap->memory;

	region_query_room(heap, info);
	info->contiguity = memory->contiguity == TENON_CONTIGUITY_PROVEN ? TENON_CONTIGUITY_PROVABLE
									 : memory->contiguity;
	info->cache = memory->cache;
	info->protection = memory->protection;
	info->scarcity = heap->scarcity;
	info->granularity = heap_page_size();
	info->dmabuf = memory->dmabuf;
	info->mappable = heap->mapping != NULL;
	if (memory->address != TENON_ADDRESS_UNKNOWN) {
		info->address_min = memory->address;
		info->address_max = memory->address + (heap->bytes - 1);
	}
	return 0;
}

static int take(
	struct region_heap *heap, const struct tenon_alloc_request *request, uint64_t *address)
{
	const bool known = heap->memory->address != TENON_ADDRESS_UNKNOWN;
	/* Where the addresses are not known, a multiple of a page is all that can be promised. */
	const struct tenon_region_request part = {
		.size = sizeof(part),
		.bytes = request->bytes,
		.align = request->align,
		.boundary = known && request->segments_max == 1 ? request->segment_boundary : 0,
		.address_min = known ? request->address_min : 0,
		.address_max = known ? request->address_max : 0,
	};
	int ret;

	pthread_mutex_lock(&heap->lock);
	ret = tenon_region_allocate(heap->region, &part, address);
	pthread_mutex_unlock(&heap->lock);
	return ret;
}

static int explain_full(struct region_heap *heap, const struct tenon_alloc_request *request)
{
	struct tenon_region_info room = {.size = sizeof(room)};

	pthread_mutex_lock(&heap->lock);
	tenon_region_get_info(heap->region, &room);
	pthread_mutex_unlock(&heap->lock);
	return heap_fail(request, -ENOSPC,
		"no hole fits %" PRIu64 " bytes: %" PRIu64 " are free, %" PRIu64 " in one piece",
		request->bytes, room.free_bytes, room.largest_hole);
}

static int region_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	struct region_heap *heap = data;
	uint64_t address, bytes = 0;
	int ret;

	if (request->flags & TENON_ALLOC_OWN_FD) {
		return heap_fail(request, -ENOTSUP, "parts of a region share one fd");
	}
	if ((request->flags & TENON_ALLOC_ZERO) && heap->mapping == NULL) {
		return heap_fail(request, -ENOTSUP, "memory that cannot be mapped is not zeroed");
	}
	ret = take(heap, request, &address);
	if (ret == -ENOSPC) {
		return explain_full(heap, request);
	}
	if (ret < 0) {
		return heap_fail(request, ret, "%s", strerror(-ret));
	}
	heap_round_up(request->bytes, heap_page_size(), &bytes);
	memory->fd = heap->memory->fd;
	memory->offset = heap->memory->offset + (address - heap->base);
	memory->bytes = bytes;
	memory->contiguity = heap->memory->contiguity;
	if (heap->memory->address != TENON_ADDRESS_UNKNOWN) {
		memory->address = address;
	}
	memory->cache = heap->memory->cache;
	memory->protection = heap->memory->protection;
	memory->dmabuf = heap->memory->dmabuf;
	memory->mappable = heap->mapping != NULL;
	memory->pinned = heap->memory->pinned;
	if (request->flags & TENON_ALLOC_ZERO) {
		memset(heap->mapping + (address - heap->base), 0, (size_t)bytes);
		memory->zeroed = true;
	}
	return 0;
}

/* Bytes from the start of all of it. */
static uint64_t start_of(const struct region_heap *heap, const struct tenon_memory *memory)
{
	return memory->offset - heap->memory->offset;
}

static void region_free(void *data, struct tenon_memory *memory)
{
	struct region_heap *heap = data;

	pthread_mutex_lock(&heap->lock);
	tenon_region_free(heap->region, heap->base + start_of(heap, memory));
	pthread_mutex_unlock(&heap->lock);
}

static int region_map(void *data, const struct tenon_memory *memory, uint64_t offset,
	uint64_t bytes, uint32_t access, void **out)
{
	const struct region_heap *heap = data;

	*out = heap->mapping + start_of(heap, memory) + offset;
	return 0;
}

static void region_unmap(
	void *data, const struct tenon_memory *memory, void *address, uint64_t bytes)
{
}

static int region_segments(
	void *data, const struct tenon_memory *memory, struct tenon_segment **out, size_t *len)
{
	const struct region_heap *heap = data;

	return heap_memory_cut_segments(
		heap->memory, start_of(heap, memory), memory->bytes, out, len);
}

static int region_sync_begin(
	void *data, const struct tenon_memory *memory, uint32_t access, int timeout_ms)
{
	const struct region_heap *heap = data;

	return tenon_memory_sync_begin(heap->memory, access, timeout_ms);
}

static int region_sync_end(void *data, const struct tenon_memory *memory, uint32_t access)
{
	const struct region_heap *heap = data;

	return tenon_memory_sync_end(heap->memory, access);
}

static void region_destroy(void *data)
{
	struct region_heap *heap = data;

	if (heap->mapping != NULL) {
		tenon_memory_unmap(heap->memory, heap->mapping, heap->bytes);
	}
	tenon_region_destroy(heap->region);
	tenon_memory_destroy(heap->memory);
	pthread_mutex_destroy(&heap->lock);
	free(heap);
}

static const struct tenon_heap_impl region_impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "region",
	.query = region_query,
	.alloc = region_alloc,
	.free = region_free,
	.map = region_map,
	.unmap = region_unmap,
	.segments = region_segments,
	.sync_begin = region_sync_begin,
	.sync_end = region_sync_end,
	.destroy = region_destroy,
};

/* Maps all of it, and makes the kernel put every page in place now. */
static int warm_up(struct region_heap *heap)
{
	const uint64_t page = heap_page_size();
	void *mapping;
	int ret;

	if (!heap->memory->mappable) {
		return 0;
	}
	ret = tenon_memory_map(
		heap->memory, 0, heap->bytes, TENON_ACCESS_READ | TENON_ACCESS_WRITE, &mapping);
	if (ret < 0) {
		return ret;
	}
	heap->mapping = mapping;
	if (madvise(mapping, (size_t)heap->bytes, MADV_POPULATE_WRITE) < 0 && errno != EINVAL) {
		return -errno;
	}
	/* an older kernel, an emulator, or a mapping of device memory */
	for (uint64_t at = 0; at < heap->bytes; at += page) {
		(void)((volatile char *)mapping)[at];
	}
	return 0;
}

static int make_region(struct region_heap *heap)
{
	const uint64_t page = heap_page_size();
	const struct tenon_region_options options = {
		.size = sizeof(options),
		.start = heap->memory->address != TENON_ADDRESS_UNKNOWN ? heap->memory->address : 0,
		.bytes = heap->memory->bytes / page * page,
		.granularity = page,
	};

	heap->base = options.start;
	heap->bytes = options.bytes;
	return tenon_region_create(&heap->region, &options);
}

static uint32_t scarcity_of(struct tenon_heap *heap)
{
	struct tenon_heap_info info = {.size = sizeof(info)};

	return tenon_heap_query(heap, &info) == 0 ? info.scarcity : 0;
}

static int open_region(struct region_heap **out, struct tenon_heap *parent,
	const struct tenon_alloc_request *request)
{
	struct region_heap *heap = calloc(1, sizeof(*heap));
	int ret;

	if (heap == NULL) {
		return -ENOMEM;
	}
	pthread_mutex_init(&heap->lock, NULL);
	ret = tenon_heap_allocate(&heap->memory, parent, request);
	if (ret == 0) {
		ret = make_region(heap);
	}
	if (ret == 0) {
		ret = warm_up(heap);
	}
	if (ret < 0) {
		region_destroy(heap);
		return ret;
	}
	heap->scarcity = scarcity_of(parent);
	*out = heap;
	return 0;
}

int tenon_heap_create_region(struct tenon_heap **out, const char *name, struct tenon_heap *parent,
	const struct tenon_alloc_request *request)
{
	struct region_heap *heap;
	int ret;

	if (out == NULL || parent == NULL || request == NULL || !heap_name_is_valid(name)) {
		return -EINVAL;
	}
	ret = open_region(&heap, parent, request);
	if (ret < 0) {
		return ret;
	}
	ret = heap_create_named(out, &region_impl, name, heap);
	if (ret < 0) {
		region_destroy(heap);
	}
	return ret;
}
