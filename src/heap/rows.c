/* SPDX-License-Identifier: MIT */
#include "heap/rows.h"

#include <errno.h>
#include <stdlib.h>

int rows_init(struct rows *rows, uint64_t page_bytes, uint64_t room)
{
	*rows = (struct rows){.page_bytes = page_bytes, .room = room};
	if (room > SIZE_MAX / sizeof(*rows->pages)) {
		return -ENOMEM;
	}
	rows->pages = calloc((size_t)room, sizeof(*rows->pages));
	rows->frames = calloc((size_t)room, sizeof(*rows->frames));
	return rows->pages == NULL || rows->frames == NULL ? -ENOMEM : 0;
}

void rows_finish(struct rows *rows)
{
	free(rows->pages);
	free(rows->frames);
}

static int by_address(const void *a, const void *b)
{
	const struct row_page *one = a, *other = b;

	return one->address < other->address ? -1 : one->address > other->address;
}

void rows_sort(struct rows *rows, uint64_t len)
{
	rows->len = len;
	for (uint64_t i = 0; i < len; i++) {
		rows->pages[i] = (struct row_page){rows->frames[i], i};
	}
	qsort(rows->pages, (size_t)len, sizeof(*rows->pages), by_address);
}

/* Pages in a row from the i-th on. */
static uint64_t run_from(const struct rows *rows, uint64_t i)
{
	uint64_t len = 1;

	while (i + len < rows->len &&
		rows->pages[i + len].address == rows->pages[i].address + len * rows->page_bytes) {
		len++;
	}
	return len;
}

uint64_t rows_count_ranges(const struct rows *rows, uint64_t first, uint64_t len)
{
	uint64_t count = 1;

	for (uint64_t i = first + 1; i < first + len; i++) {
		count += rows->pages[i].index != rows->pages[i - 1].index + 1;
	}
	return count;
}

bool rows_choose(
	struct rows *rows, const struct place_request *place, uint64_t most_ranges, uint64_t *first)
{
	const uint64_t need =
		place->bytes / rows->page_bytes + (place->bytes % rows->page_bytes != 0);
	uint64_t best = UINT64_MAX, len, address, at;

	for (uint64_t i = 0; i < rows->len; i += len) {
		uint64_t start = rows->pages[i].address;

		len = run_from(rows, i);
		rows->longest = len > rows->longest ? len : rows->longest;
		if (len >= best || !place_in_hole(place, start,
					   start + (len * rows->page_bytes - 1), &address)) {
			continue;
		}
		at = i + (address - start) / rows->page_bytes;
		if (rows_count_ranges(rows, at, need) <= most_ranges) {
			best = len;
			*first = at;
		}
	}
	return best != UINT64_MAX;
}

int rows_prepare(struct place_request *place, const struct tenon_alloc_request *request,
	uint64_t bytes, uint64_t page_bytes)
{
	uint64_t align = request->align != 0 ? request->align : 1, a = align, b = page_bytes;

	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	if (align / a > UINT64_MAX / page_bytes) {
		return -ENOSPC;
	}
	*place = (struct place_request){
		.bytes = bytes,
		.align = align / a * page_bytes,
		.boundary = request->segments_max == 1 ? request->segment_boundary : 0,
		.min = request->address_min,
		.last = request->address_max != 0 ? request->address_max : UINT64_MAX,
	};
	return 0;
}
