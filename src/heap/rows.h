/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_ROWS_H
#define TENON_SRC_HEAP_ROWS_H

/* Pages of a file, whose frames are known, and rows of them: pages side by side in memory. */

#include <stdbool.h>
#include <stdint.h>

#include <tenon/heap.h>

#include "region/place.h"

struct row_page {
	uint64_t address;
	uint64_t index; /* in the file */
};

struct rows {
	uint64_t page_bytes;
	uint64_t len, room;     /* pages seen, and at most */
	uint64_t *frames;       /* addresses in order of the file: the owner fills them in */
	struct row_page *pages; /* in order of address, after rows_sort() */
	uint64_t longest;       /* row seen so far, in pages */
};

/* Returns 0 or -ENOMEM; rows_finish() in both cases. */
int rows_init(struct rows *rows, uint64_t page_bytes, uint64_t room);
void rows_finish(struct rows *rows);

/* Takes note of the first len frames. */
void rows_sort(struct rows *rows, uint64_t len);

/* Ranges of the file that pages are in: neighbours in memory and in the file are one. */
uint64_t rows_count_ranges(const struct rows *rows, uint64_t first, uint64_t len);

/*
 * Choose pages from the shortest row where a request fits, in at most so many ranges of the file.
 * Returns whether there is one, and writes the first's index in pages.
 */
bool rows_choose(struct rows *rows, const struct place_request *place, uint64_t most_ranges,
	uint64_t *first);

/*
 * What a request says of the place, for bytes that begin at a page's start. Returns 0, or -ENOSPC
 * when the alignment is beyond all addresses.
 */
int rows_prepare(struct place_request *place, const struct tenon_alloc_request *request,
	uint64_t bytes, uint64_t page_bytes);

#endif
