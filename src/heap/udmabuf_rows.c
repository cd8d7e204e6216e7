/* SPDX-License-Identifier: MIT */

/*
 * Rows among ordinary pages. The kernel often hands out neighbours one after the other, so that a
 * file of many pages holds stretches that lie in a row, if not in the order of the file. A udmabuf
 * may list pages in any order. More and more pages are looked at until a row is long enough; those
 * that are not used are given back.
 */
#include "heap/udmabuf.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heap/frames.h"
#include "heap/memfd.h"
#include "heap/rows.h"
#include "heap/system.h"

/* At most so much is looked at, or a quarter of what is free if that is less. */
#define LOOK_MAX (UINT64_C(1) << 30)

#define WINDOW (UINT64_C(4) << 20)

struct look {
	int fd;
	struct rows rows;
};

static int look_open(struct look *look, uint64_t bytes)
{
	uint64_t page = heap_page_size(), available = LOOK_MAX, most;
	int ret;

	heap_read_meminfo(&available, "MemAvailable");
	most = available / 4 < LOOK_MAX ? available / 4 : LOOK_MAX;
	most = bytes > most ? bytes : most;
	look->fd = -1;
	ret = rows_init(&look->rows, page, most / page);
	if (ret < 0) {
		return ret;
	}
	look->fd = heap_memfd_create("tenon-search", most / page * page, 0);
	return look->fd < 0 ? look->fd : 0;
}

static void look_close(struct look *look)
{
	if (look->fd >= 0) {
		close(look->fd);
	}
	rows_finish(&look->rows);
}

/* Puts pages in place, if they are not, and reads where they are. */
static int read_frames(int fd, uint64_t first, uint64_t len, uint64_t page, uint64_t *frames)
{
	size_t bytes = (size_t)(len * page);
	char *at = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, (off_t)(first * page));
	int ret;

	if (at == MAP_FAILED) {
		return -errno;
	}
	for (size_t i = 0; i < bytes; i += page) {
		(void)((volatile char *)at)[i];
	}
	ret = heap_read_frames(frames, (size_t)len, at, page);
	munmap(at, bytes);
	return ret;
}

static int look_at(struct look *look, uint64_t want)
{
	struct rows *rows = &look->rows;
	const uint64_t step = WINDOW / rows->page_bytes;
	uint64_t seen = rows->len;

	while (seen < want) {
		uint64_t len = want - seen < step ? want - seen : step;
		int ret = read_frames(look->fd, seen, len, rows->page_bytes, rows->frames + seen);

		if (ret < 0) {
			return ret;
		}
		seen += len;
	}
	for (uint64_t i = rows->len; i < want; i++) {
		if (rows->frames[i] == TENON_ADDRESS_UNKNOWN) {
			return -EPERM;
		}
	}
	rows_sort(rows, want);
	return 0;
}

static int list_pages(
	const struct look *look, uint64_t first, uint64_t len, struct udmabuf_list *list)
{
	const struct rows *rows = &look->rows;
	size_t room = (size_t)rows_count_ranges(rows, first, len), at = 0;
	struct udmabuf_create_item *items = calloc(room, sizeof(*items));

	if (items == NULL) {
		return -ENOMEM;
	}
	for (uint64_t i = first; i < first + len; i++) {
		if (i > first && rows->pages[i].index == rows->pages[i - 1].index + 1) {
			items[at - 1].size += rows->page_bytes;
			continue;
		}
		items[at++] = (struct udmabuf_create_item){
			.memfd = (uint32_t)look->fd,
			.offset = rows->pages[i].index * rows->page_bytes,
			.size = rows->page_bytes,
		};
	}
	*list = (struct udmabuf_list){.items = items, .len = at};
	return 0;
}

static int search(struct look *look, const struct place_request *place, uint64_t most_ranges,
	struct udmabuf_list *list, uint64_t *address)
{
	struct rows *rows = &look->rows;
	const uint64_t len = place->bytes / rows->page_bytes;
	uint64_t want = 2 * len, index = 0;

	for (;;) {
		int ret;

		want = want < rows->room ? want : rows->room;
		ret = look_at(look, want);
		if (ret < 0) {
			return ret;
		}
		if (rows_choose(rows, place, most_ranges, &index)) {
			*address = rows->pages[index].address;
			return list_pages(look, index, len, list);
		}
		if (want == rows->room) {
			return -ENOSPC;
		}
		want *= 2;
	}
}

int udmabuf_find_row(const struct tenon_alloc_request *request, uint64_t bytes,
	const struct udmabuf_limits *limits, int *memfd, struct udmabuf_list *list,
	uint64_t *address)
{
	struct place_request place;
	struct look look;
	int ret;

	if (!heap_may_see_frames()) {
		return -EPERM;
	}
	ret = look_open(&look, bytes);
	if (ret == 0) {
		ret = rows_prepare(&place, request, bytes, look.rows.page_bytes);
	}
	if (ret == 0) {
		ret = search(&look, &place, limits->items, list, address);
	}
	if (ret == 0) {
		*memfd = look.fd;
		look.fd = -1;
	}
	look_close(&look);
	return ret;
}

bool udmabuf_is_row(const struct udmabuf_list *list, uint64_t address)
{
	const uint64_t page = heap_page_size();

	for (size_t i = 0; i < list->len; i++) {
		const struct udmabuf_create_item *item = &list->items[i];
		uint64_t len = item->size / page;
		uint64_t *frames = calloc((size_t)len, sizeof(*frames));
		bool same = frames != NULL && read_frames((int)item->memfd, item->offset / page,
						      len, page, frames) == 0;

		for (uint64_t j = 0; same && j < len; j++) {
			same = frames[j] == address + j * page;
		}
		free(frames);
		if (!same) {
			return false;
		}
		address += item->size;
	}
	return true;
}
