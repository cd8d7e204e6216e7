/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_FRAMES_H
#define TENON_SRC_HEAP_FRAMES_H

/* Where pages lie, as far as this process is told. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/heap.h>

/* Whether this process is shown the frames of its pages. */
bool heap_may_see_frames(void);

/*
 * The physical address of each of len pages of page_bytes (a multiple of the page size) mapped at
 * address; TENON_ADDRESS_UNKNOWN for a page that is not there or not shown. Returns 0 or a negative
 * errno.
 */
int heap_read_frames(uint64_t *out, size_t len, const void *address, uint64_t page_bytes);

/* Segments that grow as bytes are added at their end. */
struct heap_segments {
	struct tenon_segment *items;
	size_t len, room;
};

/* Add bytes at address; one segment if they follow the last. Returns 0 or -ENOMEM. */
int heap_segments_add(struct heap_segments *segments, uint64_t address, uint64_t bytes);

/* Segments of bytes mapped at address, in pages of page_bytes; the pages must have been touched. */
int heap_segments_add_mapped(
	struct heap_segments *segments, const void *address, uint64_t bytes, uint64_t page_bytes);

#endif
