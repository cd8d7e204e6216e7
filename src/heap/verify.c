/* SPDX-License-Identifier: MIT */

/*
 * Whether memory is what was asked for. Heaps do their best to give it; here it is judged, the same
 * for all of them and for an application's own. What is not known is treated thus: contiguity that
 * is not known is refused (a device that needs it would fail later, or worse, not fail); an address
 * that is not known is accepted, since ordinary processes never know addresses and the plan has
 * been made from what is known of the heap.
 */
#include "heap/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "heap/memory.h"

static uint64_t pieces(uint64_t bytes, uint64_t most)
{
	return most == 0 ? bytes != 0 : bytes / most + (bytes % most != 0);
}

/* Segments that bytes from an address are cut into. */
static uint64_t cut(uint64_t address, uint64_t bytes, const struct tenon_alloc_request *request)
{
	uint64_t boundary = request->segment_boundary, most = request->segment_size_max;
	uint64_t first;

	if (boundary == 0) {
		return pieces(bytes, most);
	}
	first = boundary - (address & (boundary - 1));
	if (first > bytes) {
		first = bytes;
	}
	bytes -= first;
	return pieces(first, most) + bytes / boundary * pieces(boundary, most) +
	       pieces(bytes % boundary, most);
}

uint64_t heap_count_segments(
	const struct tenon_segment *segments, size_t len, const struct tenon_alloc_request *request)
{
	uint64_t count = 0;

	for (size_t i = 0; i < len; i++) {
		uint64_t address = segments[i].address;

		count += cut(
			address == TENON_ADDRESS_UNKNOWN ? 0 : address, segments[i].bytes, request);
	}
	return count;
}

bool heap_needs_contiguous(const struct tenon_alloc_request *request, uint64_t page_bytes)
{
	uint64_t pages = pieces(request->bytes, page_bytes);
	uint64_t each = request->bytes < page_bytes ? request->bytes : page_bytes;

	/* the worst case: no page touches another */
	return request->segments_max != 0 && pages * cut(0, each, request) > request->segments_max;
}

static bool in_window(const struct tenon_alloc_request *request, uint64_t address, uint64_t bytes)
{
	if (address < request->address_min) {
		return false;
	}
	return request->address_max == 0 ||
	       (address <= request->address_max && bytes - 1 <= request->address_max - address);
}

static int verify_addresses(
	const struct tenon_alloc_request *request, const struct tenon_segment *segments, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (segments[i].address != TENON_ADDRESS_UNKNOWN &&
			!in_window(request, segments[i].address, segments[i].bytes)) {
			return heap_fail(request, -ENOSPC,
				"memory at 0x%" PRIx64 " is outside the address window",
				segments[i].address);
		}
	}
	if (request->align > 1 && len > 0 && segments[0].address != TENON_ADDRESS_UNKNOWN &&
		segments[0].address % request->align != 0) {
		return heap_fail(request, -ENOSPC,
			"memory at 0x%" PRIx64 " is not a multiple of %" PRIu64,
			segments[0].address, request->align);
	}
	return 0;
}

static int verify_contiguous(
	const struct tenon_alloc_request *request, const struct tenon_memory *memory)
{
	const char *heap = tenon_heap_get_name(memory->heap);
	struct tenon_segment whole = {
		.bytes = request->bytes,
		.address = memory->address,
	};

	switch (memory->contiguity) {
	case TENON_CONTIGUITY_PROVEN:
	case TENON_CONTIGUITY_ASSURED:
		if (heap_count_segments(&whole, 1, request) > request->segments_max) {
			return heap_fail(request, -ENOSPC,
				"memory of heap %s is contiguous, but does not fit %" PRIu64
				" segments of the device",
				heap, request->segments_max);
		}
		return 0;
	case TENON_CONTIGUITY_UNKNOWN:
		return heap_fail(request, -EPERM,
			"whether memory of heap %s is contiguous is not known", heap);
	default:
		return heap_fail(request, -ENOTSUP, "memory of heap %s is scattered", heap);
	}
}

/* Scattered memory may still have few enough segments, if one can see them and they stay. */
static int verify_segments(const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	uint64_t page_bytes = heap_memory_get_page_bytes(memory);
	struct tenon_segment *segments = NULL;
	size_t len = 0;
	int ret;

	if (memory->address != TENON_ADDRESS_UNKNOWN || !memory->pinned ||
		tenon_memory_dup_segments(memory, &segments, &len) < 0) {
		struct tenon_segment whole = {
			.bytes = memory->bytes,
			.address = memory->address,
		};

		ret = verify_addresses(request, &whole, 1);
		if (ret == 0 && heap_needs_contiguous(request, page_bytes)) {
			ret = verify_contiguous(request, memory);
		}
		return ret;
	}
	ret = verify_addresses(request, segments, len);
	if (ret == 0 && heap_needs_contiguous(request, page_bytes) &&
		heap_count_segments(segments, len, request) > request->segments_max) {
		ret = verify_contiguous(request, memory);
	}
	free(segments);
	return ret;
}

static bool asks_for_place(const struct tenon_alloc_request *request)
{
	return request->segments_max != 0 || request->address_min != 0 ||
	       request->address_max != 0 || request->align > 1;
}

int heap_verify(const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	const char *heap = tenon_heap_get_name(memory->heap);
	uint32_t protection = memory->protection != 0 ? memory->protection : TENON_PROTECTION_NONE;

	if ((request->flags & TENON_ALLOC_OWN_FD) && !memory->own_fd) {
		return heap_fail(
			request, -ENOTSUP, "heap %s gives parts of a memory that others use", heap);
	}
	if ((request->flags & TENON_ALLOC_DMABUF) && !memory->dmabuf) {
		return heap_fail(request, -ENOTSUP, "heap %s gives no dma-bufs", heap);
	}
	if ((request->flags & TENON_ALLOC_ZERO) && !memory->zeroed) {
		return heap_fail(request, -ENOTSUP, "heap %s gives memory that is not zero", heap);
	}
	if (request->cache != 0 && memory->cache != 0 && !(request->cache & memory->cache)) {
		return heap_fail(request, -ENOTSUP, "heap %s gives %s memory", heap,
			memory->cache & TENON_CACHE_CACHED ? "cached" : "uncached");
	}
	if (request->protection != 0 && !(request->protection & protection)) {
		return heap_fail(request, -ENOTSUP, "heap %s gives %s memory", heap,
			protection & TENON_PROTECTION_SECURE ? "protected" : "unprotected");
	}
	return asks_for_place(request) ? verify_segments(request, memory) : 0;
}
