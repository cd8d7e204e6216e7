/* SPDX-License-Identifier: MIT */

/*
 * Huge pages: each is contiguous by itself, and rows of them can be found and proven. How long a
 * proof holds: nothing but root's own doing (migrating pages, taking memory offline, asking for
 * pages of 1 GiB) moves a huge page that is in use. A udmabuf pins them for good.
 */
#include "heap/hugepages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heap/builtin.h"
#include "heap/frames.h"
#include "heap/internal.h"
#include "heap/memfd.h"
#include "heap/memory.h"
#include "heap/system.h"

struct hugepages_heap {
	uint64_t page_bytes; /* 0: the kernel has no huge pages at all */
	uint32_t scarcity;
};

static void explain_pool(
	struct tenon_heap_info *info, const struct hugepages_pool *pool, uint64_t page_bytes)
{
	char path[128];

	hugepages_path(path, sizeof(path), page_bytes, "nr_hugepages");
	info->availability = TENON_EXHAUSTED;
	if (pool->total == 0) {
		snprintf(info->reason, sizeof(info->reason),
			"no huge page is reserved; root can: echo COUNT > %s", path);
	} else {
		snprintf(info->reason, sizeof(info->reason),
			"all %" PRIu64 " huge pages of %s are taken", pool->total, path);
	}
}

static int read_pool(const struct hugepages_heap *heap, struct hugepages_pool *pool, char *reason,
	size_t reason_size)
{
	char path[128];
	int ret;

	if (heap->page_bytes == 0) {
		snprintf(reason, reason_size, "the kernel has no huge pages");
		return -ENOENT;
	}
	ret = hugepages_read_pool(pool, heap->page_bytes);
	if (ret < 0) {
		hugepages_path(path, sizeof(path), heap->page_bytes, "nr_hugepages");
		snprintf(reason, reason_size, "the kernel has no huge pages of this size: %s: %s",
			path, strerror(-ret));
	}
	return ret;
}

static int hugepages_query(void *data, struct tenon_heap_info *info)
{
	const struct hugepages_heap *heap = data;
	struct hugepages_pool pool;

	info->cache = TENON_CACHE_CACHED;
	info->protection = TENON_PROTECTION_NONE;
	info->scarcity = heap->scarcity;
	info->granularity = heap->page_bytes;
	info->base_align = heap->page_bytes;
	info->segment_size =
		heap->page_bytes <= UINT32_MAX ? (uint32_t)heap->page_bytes : UINT32_MAX;
	info->mappable = true;
	info->own_fd = true;
	info->contiguity =
		heap_may_see_frames() ? TENON_CONTIGUITY_PROVABLE : TENON_CONTIGUITY_UNKNOWN;
	if (read_pool(heap, &pool, info->reason, sizeof(info->reason)) < 0) {
		info->availability = TENON_ABSENT;
		return 0;
	}
	info->free_bytes = pool.free * heap->page_bytes;
	info->total_bytes = pool.total * heap->page_bytes;
	heap_describe_ram(info);
	if (pool.free == 0) {
		explain_pool(info, &pool, heap->page_bytes);
	}
	return 0;
}

/* What is learnt of pages that came as they came; without the right to know, nothing. */
static int describe(struct tenon_memory *memory, uint64_t page_bytes, uint64_t len)
{
	uint64_t *frames;

	memory->contiguity = len > 1 ? TENON_CONTIGUITY_UNKNOWN : TENON_CONTIGUITY_ASSURED;
	frames = calloc(len, sizeof(*frames));
	if (frames == NULL) {
		return -ENOMEM;
	}
	if (hugepages_read_frames(frames, memory->fd, page_bytes, 0, len) < 0) {
		free(frames);
		return 0;
	}
	memory->contiguity = len > 1 ? TENON_CONTIGUITY_PROVEN : TENON_CONTIGUITY_ASSURED;
	memory->address = frames[0];
	for (uint64_t i = 1; i < len; i++) {
		if (frames[i] != frames[0] + i * page_bytes) {
			memory->contiguity = TENON_CONTIGUITY_NONE;
			memory->address = TENON_ADDRESS_UNKNOWN;
		}
	}
	free(frames);
	return 0;
}

/* Whether what came by itself will do. */
static bool is_good(const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	struct tenon_alloc_request silent = *request;

	silent.reason = NULL;
	return heap_verify(&silent, memory) == 0;
}

static int fill(const struct hugepages_pool *pool, const struct tenon_alloc_request *request,
	struct tenon_memory *memory, uint64_t len)
{
	int ret;

	if (hugepages_fault(memory->fd, pool->page_bytes, 0, len) < len) {
		return heap_fail(request, -ENOSPC,
			"%" PRIu64 " huge pages of %" PRIu64 " KiB are needed, %" PRIu64
			" of %" PRIu64 " are free",
			len, pool->page_bytes / 1024, pool->free, pool->total);
	}
	ret = describe(memory, pool->page_bytes, len);
	if (ret < 0 || is_good(request, memory)) {
		return ret;
	}
	ret = hugepages_fill_contiguous(memory->fd, pool, request, len, &memory->address);
	if (ret == 0) {
		memory->contiguity = TENON_CONTIGUITY_PROVEN;
	}
	return ret;
}

static int alloc_locked(const struct hugepages_heap *heap,
	const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	struct hugepages_pool pool;
	char reason[HEAP_REASON_SIZE];
	uint64_t bytes;
	int ret = read_pool(heap, &pool, reason, sizeof(reason));

	if (ret < 0) {
		return heap_fail(request, -ENOENT, "%s", reason);
	}
	if (!heap_round_up(request->bytes, heap->page_bytes, &bytes)) {
		return heap_fail(request, -EOVERFLOW, "more bytes than a file can have");
	}
	memory->fd =
		heap_memfd_create(request->label, bytes, hugepages_memfd_flags(heap->page_bytes));
	if (memory->fd < 0) {
		return heap_fail(
			request, memory->fd, "memfd of huge pages: %s", strerror(-memory->fd));
	}
	heap_memory_set_page_bytes(memory, heap->page_bytes);
	memory->bytes = bytes;
	memory->cache = TENON_CACHE_CACHED;
	memory->protection = TENON_PROTECTION_NONE;
	memory->own_fd = true;
	memory->mappable = true;
	memory->zeroed = true;
	ret = fill(&pool, request, memory, bytes / heap->page_bytes);
	if (ret < 0) {
		close(memory->fd);
	}
	return ret;
}

static int hugepages_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	const struct hugepages_heap *heap = data;
	int lock = heap->page_bytes != 0 ? hugepages_lock_pool(heap->page_bytes) : -1;
	int ret = alloc_locked(heap, request, memory);

	if (lock >= 0) {
		close(lock);
	}
	return ret;
}

static void hugepages_free(void *data, struct tenon_memory *memory)
{
	close(memory->fd);
}

static void hugepages_destroy(void *data)
{
	free(data);
}

static const struct tenon_heap_impl hugepages_impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "hugepages",
	.query = hugepages_query,
	.alloc = hugepages_alloc,
	.free = hugepages_free,
	.destroy = hugepages_destroy,
};

static int create(struct tenon_heap **out, const char *name, uint64_t page_bytes, uint32_t scarcity)
{
	struct hugepages_heap *heap = calloc(1, sizeof(*heap));
	int ret;

	if (heap == NULL) {
		return -ENOMEM;
	}
	heap->page_bytes = page_bytes;
	heap->scarcity = scarcity;
	ret = heap_create_named(out, &hugepages_impl, name, heap);
	if (ret < 0) {
		free(heap);
	}
	return ret;
}

int heap_create_hugepages(struct tenon_heap **out)
{
	uint64_t page_bytes = 0;

	hugepages_default_size(&page_bytes);
	return create(out, "hugepages", page_bytes, HEAP_SCARCITY_HUGEPAGES);
}

int heap_create_hugepages_1g(struct tenon_heap **out)
{
	return create(out, "hugepages-1g", HUGEPAGES_1G, HEAP_SCARCITY_GIGAPAGES);
}
