/* SPDX-License-Identifier: MIT */
#include "buffer/request.h"

#include <errno.h>
#include <stdlib.h>

#include "heap/internal.h"
#include "heap/memory.h"

/* 0 where nothing is asked. */
static uint64_t limit_of(const struct tenon_limits *limits, enum tenon_property property)
{
	uint64_t value;

	if (limits == NULL || tenon_limits_get(limits, property, TENON_PLANE_ALL, &value) < 0) {
		return 0;
	}
	return value;
}

void request_from_limits(struct tenon_alloc_request *request, const struct tenon_limits *limits,
	const struct tenon_layout *layout, size_t object)
{
	uint64_t highest = limit_of(limits, TENON_PROP_ADDRESS_MAX);

	*request = (struct tenon_alloc_request){
		.size = sizeof(*request),
		.bytes = tenon_layout_get_object_size(layout, object),
		.align = limit_of(limits, TENON_PROP_BASE_ALIGN),
		.segments_max = limit_of(limits, TENON_PROP_SEGMENTS_MAX),
		.segment_size_max = limit_of(limits, TENON_PROP_SEGMENT_SIZE_MAX),
		.segment_boundary = limit_of(limits, TENON_PROP_SEGMENT_BOUNDARY),
		.address_min = limit_of(limits, TENON_PROP_ADDRESS_MIN),
		/* a heap takes 0 for no limit, and so does "all there are" */
		.address_max = highest == UINT64_MAX ? 0 : highest,
		.cache = (uint32_t)limit_of(limits, TENON_PROP_CACHE),
		.protection = (uint32_t)limit_of(limits, TENON_PROP_PROTECTED),
		.flags = limit_of(limits, TENON_PROP_OWN_FD) != 0 ? TENON_ALLOC_OWN_FD : 0,
		.layout = layout,
		.object = (uint32_t)object,
	};
}

static bool in_window(
	const struct tenon_alloc_request *request, const struct tenon_segment *segment)
{
	return segment->address == TENON_ADDRESS_UNKNOWN ||
	       (segment->address >= request->address_min &&
		       (request->address_max == 0 ||
			       (segment->address <= request->address_max &&
				       segment->bytes - 1 <=
					       request->address_max - segment->address)));
}

static int conflict_in(enum tenon_property *property, enum tenon_property which)
{
	*property = which;
	return TENON_CONFLICT;
}

static int check_segments(const struct tenon_alloc_request *request,
	const struct tenon_segment *segments, size_t len, enum tenon_property *property)
{
	for (size_t i = 0; i < len; i++) {
		if (!in_window(request, &segments[i])) {
			return conflict_in(property, segments[i].address < request->address_min
							     ? TENON_PROP_ADDRESS_MIN
							     : TENON_PROP_ADDRESS_MAX);
		}
	}
	if (request->align > 1 && len > 0 && segments[0].address != TENON_ADDRESS_UNKNOWN &&
		segments[0].address % request->align != 0) {
		return conflict_in(property, TENON_PROP_BASE_ALIGN);
	}
	return 0;
}

static int check_place(const struct tenon_alloc_request *request, struct tenon_memory *memory,
	bool proven, enum tenon_property *property)
{
	struct tenon_segment whole = {.bytes = memory->bytes, .address = memory->address};
	bool contiguous = proven || memory->contiguity == TENON_CONTIGUITY_PROVEN ||
			  memory->contiguity == TENON_CONTIGUITY_ASSURED;
	struct tenon_segment *segments = NULL;
	bool needs = heap_needs_contiguous(request, heap_memory_get_page_bytes(memory));
	size_t len = 0;
	int rc;

	/* Where pages that move lie now says nothing of where they lie when the device comes. */
	if (!contiguous && memory->pinned) {
		rc = tenon_memory_dup_segments(memory, &segments, &len);
		if (rc == -ENOMEM) {
			return rc;
		}
	}
	if (segments != NULL) {
		rc = check_segments(request, segments, len, property);
		if (rc == 0 && needs &&
			heap_count_segments(segments, len, request) > request->segments_max) {
			rc = conflict_in(property, TENON_PROP_SEGMENTS_MAX);
		}
		free(segments);
		return rc;
	}
	rc = check_segments(request, &whole, 1, property);
	if (rc == 0 && needs &&
		(!contiguous || heap_count_segments(&whole, 1, request) > request->segments_max)) {
		rc = conflict_in(property, TENON_PROP_SEGMENTS_MAX);
	}
	return rc;
}

int request_check(const struct tenon_alloc_request *request, struct tenon_memory *memory,
	bool proven, enum tenon_property *property)
{
	uint32_t protection = memory->protection != 0 ? memory->protection : TENON_PROTECTION_NONE;

	if ((request->flags & TENON_ALLOC_OWN_FD) && !memory->own_fd) {
		return conflict_in(property, TENON_PROP_OWN_FD);
	}
	if (request->cache != 0 && memory->cache != 0 && !(request->cache & memory->cache)) {
		return conflict_in(property, TENON_PROP_CACHE);
	}
	if (request->protection != 0 && !(request->protection & protection)) {
		return conflict_in(property, TENON_PROP_PROTECTED);
	}
	return check_place(request, memory, proven, property);
}
