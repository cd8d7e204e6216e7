/* SPDX-License-Identifier: MIT */

/* Memory, once it is there: seen by the CPU, told where it lies, brought in from elsewhere. */
#include "heap/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/dmabuf.h"
#include "heap/dmabuf.h"
#include "heap/frames.h"
#include "heap/internal.h"
#include "heap/system.h"

#define IMPORT_LEAST (offsetof(struct tenon_memory_import, unsealed) + sizeof(bool))
#define ACCESS_ANY (TENON_ACCESS_READ | TENON_ACCESS_WRITE)

/* How much is mapped at once to look at frames: small enough for a tight RLIMIT_AS. */
#define LOOK_BYTES (UINT64_C(4) << 20)

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

static struct heap_memory *private_of(const struct tenon_memory *memory)
{
	return (struct heap_memory *)memory;
}

int heap_memory_create(struct tenon_memory **out)
{
	struct heap_memory *memory = calloc(1, sizeof(*memory));

	if (memory == NULL) {
		return -ENOMEM;
	}
	memory->base.size = sizeof(memory->base);
	memory->base.fd = -1;
	memory->base.address = TENON_ADDRESS_UNKNOWN;
	memory->page_bytes = heap_page_size();
	*out = &memory->base;
	return 0;
}

void heap_memory_set_page_bytes(struct tenon_memory *memory, uint64_t page_bytes)
{
	private_of(memory)->page_bytes = page_bytes;
}

uint64_t heap_memory_get_page_bytes(const struct tenon_memory *memory)
{
	return private_of(memory)->page_bytes;
}

void tenon_memory_destroy(struct tenon_memory *memory)
{
	if (memory == NULL) {
		return;
	}
	if (memory->heap != NULL) {
		memory->heap->impl.free(memory->heap->data, memory);
		tenon_heap_unref(memory->heap);
	} else {
		close(memory->fd);
	}
	free(private_of(memory));
}

static int map_fd(const struct tenon_memory *memory, uint64_t offset, uint64_t bytes,
	uint32_t access, void **out)
{
	uint64_t page = private_of(memory)->page_bytes;
	uint64_t start = memory->offset + offset, before = start % page, whole;
	int protection = access & TENON_ACCESS_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
	char *at;

	/* Huge pages can be mapped and unmapped only whole, at a multiple of their size. */
	if (!heap_round_up(before + bytes, page, &whole) || whole > SIZE_MAX) {
		return -EOVERFLOW;
	}
	at = mmap(NULL, (size_t)whole, protection, MAP_SHARED, memory->fd, (off_t)(start - before));
	if (at == MAP_FAILED) {
		return -errno;
	}
	*out = at + before;
	return 0;
}

static void unmap_fd(const struct tenon_memory *memory, void *address, uint64_t bytes)
{
	uint64_t page = private_of(memory)->page_bytes, whole = 0;
	uint64_t before = (uintptr_t)address % page;

	if (heap_round_up(before + bytes, page, &whole)) {
		munmap((char *)address - before, (size_t)whole);
	}
}

int tenon_memory_map(
	struct tenon_memory *memory, uint64_t offset, uint64_t bytes, uint32_t access, void **out)
{
	const struct tenon_heap *heap;

	if (memory == NULL || out == NULL || bytes == 0 || access == 0 ||
		(access & ~(uint32_t)ACCESS_ANY) != 0 || offset % heap_page_size() != 0 ||
		offset > memory->bytes || bytes > memory->bytes - offset) {
		return -EINVAL;
	}
	heap = memory->heap;
	if (!memory->mappable) {
		return -ENOTSUP;
	}
	if (heap != NULL && heap->impl.map != NULL) {
		return heap->impl.map(heap->data, memory, offset, bytes, access, out);
	}
	return memory->fd >= 0 ? map_fd(memory, offset, bytes, access, out) : -ENOTSUP;
}

void tenon_memory_unmap(struct tenon_memory *memory, void *address, uint64_t bytes)
{
	const struct tenon_heap *heap;

	if (memory == NULL || address == NULL) {
		return;
	}
	heap = memory->heap;
	if (heap != NULL && heap->impl.unmap != NULL) {
		heap->impl.unmap(heap->data, memory, address, bytes);
	} else {
		unmap_fd(memory, address, bytes);
	}
}

/* Adds the segments of a part small enough to be mapped; at is a multiple of the page's bytes. */
static int look_at(const struct tenon_memory *memory, struct heap_segments *segments, uint64_t at,
	uint64_t bytes)
{
	uint64_t page = private_of(memory)->page_bytes;
	void *address = NULL;
	int ret = map_fd(memory, at, bytes, TENON_ACCESS_READ, &address);

	if (ret < 0) {
		return ret;
	}
	/* A page that nobody touched yet lies nowhere. The first is a hint, and for speed. */
	(void)madvise(address, (size_t)bytes, MADV_POPULATE_READ);
	for (uint64_t i = 0; i < bytes; i += page) {
		(void)((volatile char *)address)[i];
	}
	ret = heap_segments_add_mapped(segments, address, bytes, page);
	unmap_fd(memory, address, bytes);
	return ret;
}

static int look_at_all(const struct tenon_memory *memory, struct tenon_segment **out, size_t *len)
{
	struct heap_segments segments = {0};
	uint64_t page = private_of(memory)->page_bytes;
	uint64_t step = LOOK_BYTES > page ? LOOK_BYTES / page * page : page;

	if (memory->fd < 0 || memory->dmabuf || memory->offset % page != 0) {
		return -ENOTSUP;
	}
	for (uint64_t at = 0; at < memory->bytes; at += step) {
		uint64_t left = memory->bytes - at;
		int ret = look_at(memory, &segments, at, left < step ? left : step);

		if (ret < 0) {
			free(segments.items);
			return ret == -ENOMEM ? ret : -ENOTSUP;
		}
	}
	*out = segments.items;
	*len = segments.len;
	return 0;
}

int tenon_memory_dup_segments(struct tenon_memory *memory, struct tenon_segment **out, size_t *len)
{
	const struct tenon_heap *heap;
	struct heap_segments one = {0};
	int ret;

	if (memory == NULL || out == NULL || len == NULL) {
		return -EINVAL;
	}
	heap = memory->heap;
	if (heap != NULL && heap->impl.segments != NULL) {
		return heap->impl.segments(heap->data, memory, out, len);
	}
	/* A proof is as good as its last look, unless the pages are pinned. */
	if (memory->contiguity != TENON_CONTIGUITY_ASSURED &&
		!(memory->contiguity == TENON_CONTIGUITY_PROVEN && memory->pinned)) {
		return look_at_all(memory, out, len);
	}
	ret = heap_segments_add(&one, memory->address, memory->bytes);
	if (ret == 0) {
		*out = one.items;
		*len = one.len;
	}
	return ret;
}

static int cut_segments(struct heap_segments *part, const struct tenon_segment *all, size_t len,
	uint64_t first, uint64_t bytes)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t from = all[i].offset > first ? all[i].offset : first;
		uint64_t to = all[i].offset + all[i].bytes;
		uint64_t address = all[i].address;
		int ret;

		to = to < first + bytes ? to : first + bytes;
		if (from >= to) {
			continue;
		}
		if (address != TENON_ADDRESS_UNKNOWN) {
			address += from - all[i].offset;
		}
		ret = heap_segments_add(part, address, to - from);
		if (ret < 0) {
			return ret;
		}
	}
	return 0;
}

int heap_memory_cut_segments(struct tenon_memory *memory, uint64_t first, uint64_t bytes,
	struct tenon_segment **out, size_t *len)
{
	struct heap_segments part = {0};
	struct tenon_segment *all;
	size_t all_len;
	int ret = tenon_memory_dup_segments(memory, &all, &all_len);

	if (ret < 0) {
		return ret;
	}
	ret = cut_segments(&part, all, all_len, first, bytes);
	free(all);
	if (ret < 0) {
		free(part.items);
		return ret;
	}
	*out = part.items;
	*len = part.len;
	return 0;
}

int tenon_memory_sync_begin(struct tenon_memory *memory, uint32_t access, int timeout_ms)
{
	const struct tenon_heap *heap;

	if (memory == NULL || access == 0 || (access & ~(uint32_t)ACCESS_ANY) != 0) {
		return -EINVAL;
	}
	heap = memory->heap;
	if (heap != NULL && heap->impl.sync_begin != NULL) {
		return heap->impl.sync_begin(heap->data, memory, access, timeout_ms);
	}
	return memory->dmabuf ? heap_dmabuf_sync_begin(memory->fd, access, timeout_ms) : 0;
}

int tenon_memory_sync_end(struct tenon_memory *memory, uint32_t access)
{
	const struct tenon_heap *heap;

	if (memory == NULL || access == 0 || (access & ~(uint32_t)ACCESS_ANY) != 0) {
		return -EINVAL;
	}
	heap = memory->heap;
	if (heap != NULL && heap->impl.sync_end != NULL) {
		return heap->impl.sync_end(heap->data, memory, access);
	}
	return memory->dmabuf ? heap_dmabuf_sync_end(memory->fd, access) : 0;
}

/* Finds out what an fd is, how large, and whether that may change under our feet. */
static int inspect(int fd, bool unsealed, bool *dmabuf, uint64_t *size)
{
	struct stat status;
	int seals, ret = dmabuf_is(fd);

	if (ret < 0) {
		return ret;
	}
	*dmabuf = ret > 0;
	if (*dmabuf) {
		*size = dmabuf_get_size(fd);
		return 0;
	}
	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0) {
		return -ENOTSUP;
	}
	if (fstat(fd, &status) < 0) {
		return -errno;
	}
	*size = (uint64_t)status.st_size;
	return unsealed || (seals & F_SEAL_SHRINK) ? 0 : -EPERM;
}

static uint64_t page_bytes_of(int fd)
{
	struct statfs status;

	if (fstatfs(fd, &status) == 0 && (unsigned long)status.f_type == HUGETLBFS_MAGIC) {
		return (uint64_t)status.f_bsize;
	}
	return heap_page_size();
}

static void fill_import(
	struct tenon_memory *memory, const struct tenon_memory_import *options, uint64_t size)
{
	memory->offset = options->offset;
	memory->bytes = options->bytes != 0 ? options->bytes : size - options->offset;
	memory->own_fd = memory->offset == 0 && memory->bytes == size;
	memory->mappable = true;
	memory->cache = options->cache;
	memory->contiguity = options->contiguity;
	if (memory->contiguity == TENON_CONTIGUITY_PROVABLE) {
		memory->contiguity = TENON_CONTIGUITY_UNKNOWN;
	}
	if (!memory->dmabuf) {
		memory->cache = TENON_CACHE_CACHED;
		heap_memory_set_page_bytes(memory, page_bytes_of(memory->fd));
	}
}

int tenon_memory_import(struct tenon_memory **out, const struct tenon_memory_import *caller)
{
	struct tenon_memory_import options;
	struct tenon_memory *memory;
	uint64_t size = 0;
	bool dmabuf = false;
	int ret;

	if (out == NULL || caller == NULL ||
		heap_copy_options(&options, sizeof(options), caller, IMPORT_LEAST) < 0) {
		return -EINVAL;
	}
	ret = inspect(options.fd, options.unsealed, &dmabuf, &size);
	if (ret < 0) {
		return ret;
	}
	if (options.offset >= size || options.bytes > size - options.offset) {
		return -EINVAL;
	}
	ret = heap_memory_create(&memory);
	if (ret < 0) {
		return ret;
	}
	memory->fd = fcntl(options.fd, F_DUPFD_CLOEXEC, 0);
	if (memory->fd < 0) {
		ret = -errno;
		free(private_of(memory));
		return ret;
	}
	memory->dmabuf = dmabuf;
	fill_import(memory, &options, size);
	*out = memory;
	return 0;
}
