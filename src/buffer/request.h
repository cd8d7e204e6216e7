/* SPDX-License-Identifier: MIT */
#ifndef TENON_BUFFER_REQUEST_H
#define TENON_BUFFER_REQUEST_H

/* From what devices need of memory to what is asked of a heap, or of memory that is there. */

#include <tenon/format.h>
#include <tenon/heap.h>

/* What a memory object of a layout must satisfy. */
void request_from_limits(struct tenon_alloc_request *request, const struct tenon_limits *limits,
	const struct tenon_layout *layout, size_t object);

/*
 * Whether memory that exists satisfies a request: 0, or TENON_CONFLICT and the property in the way.
 * proven: its contiguity is known to be given. What is not known of an address is accepted, what
 * is not known of contiguity is not, as in the heap room. -ENOMEM.
 */
int request_check(const struct tenon_alloc_request *request, struct tenon_memory *memory,
	bool proven, enum tenon_property *property);

#endif
