/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_INTERNAL_H
#define TENON_SRC_HEAP_INTERNAL_H

/* What the files of the heap room share. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <tenon/heap.h>

/* Heaps of lower scarcity are tried first; the gaps leave room for an application's own. */
enum heap_scarcity {
	HEAP_SCARCITY_MEMFD = 0,
	HEAP_SCARCITY_SYSTEM = 10,
	HEAP_SCARCITY_UDMABUF = 20, /* its pages are pinned */
	HEAP_SCARCITY_DUMB = 30,
	HEAP_SCARCITY_HUGEPAGES = 40,
	HEAP_SCARCITY_GIGAPAGES = 50,
	HEAP_SCARCITY_V4L2 = 60,
	HEAP_SCARCITY_CMA = 70,
};

#define HEAP_NAME_SIZE sizeof(((struct tenon_heap_info *)0)->name)
#define HEAP_REASON_SIZE sizeof(((struct tenon_heap_info *)0)->reason)

struct tenon_heap {
	atomic_uint refs;
	struct tenon_heap_impl impl; /* a copy, so that an older caller's is filled up with NULL */
	void *data;
	char name[HEAP_NAME_SIZE];
};

/* tenon_heap_create() under another name than the implementation's. */
int heap_create_named(
	struct tenon_heap **out, const struct tenon_heap_impl *impl, const char *name, void *data);

/* Whether a name is one a heap may have: 1 to 63 bytes, no comma, no blank. */
bool heap_name_is_valid(const char *name);

/*
 * Copy an options struct of the caller's, whatever version it has: what it does not know is zero,
 * what the library does not know must be. Returns 0 or -EINVAL.
 */
int heap_copy_options(void *to, size_t to_size, const void *from, size_t least_size);

/* Write the sentence of a failure to request->reason, if there is room for one; returns error. */
int heap_fail(const struct tenon_alloc_request *request, int error, const char *format, ...)
	TENON_PRINTF(3, 4);

/* Round up to a multiple > 0; false when that does not fit a file offset. */
bool heap_round_up(uint64_t value, uint64_t multiple, uint64_t *out);

/* verify.c: whether memory is what was asked for; 0, -ENOTSUP, -EPERM or -ENOSPC, with reason. */
int heap_verify(const struct tenon_alloc_request *request, struct tenon_memory *memory);

/* Whether a request needs more than pages of this size wherever they are. */
bool heap_needs_contiguous(const struct tenon_alloc_request *request, uint64_t page_bytes);

/*
 * How many segments a device with these limits sees; UINT64_MAX if one cannot be cut to fit.
 * Addresses that are not known count as not touching each other, and as crossing no boundary that
 * a page cannot cross.
 */
uint64_t heap_count_segments(const struct tenon_segment *segments, size_t len,
	const struct tenon_alloc_request *request);

#endif
