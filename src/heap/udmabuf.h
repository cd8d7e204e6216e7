/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_UDMABUF_H
#define TENON_SRC_HEAP_UDMABUF_H

#include <linux/udmabuf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/heap.h>

/* What the kernel's module lets one dma-buf have. */
struct udmabuf_limits {
	uint64_t items; /* ranges in one list */
	uint64_t bytes;
};

struct udmabuf_limits udmabuf_read_limits(void);

/* Ranges of memfds, in the order in which the dma-buf shall have them. */
struct udmabuf_list {
	struct udmabuf_create_item *items;
	size_t len;
};

/*
 * Find bytes (a multiple of the page size) of ordinary pages that lie in one physical row, as the
 * request wants them: an fd of a sealed memfd that holds more than that, the ranges in physical
 * order, and the address. Returns 0; -ENOSPC when none was found, -EPERM when frames are not shown,
 * -ENOMEM. The caller must close the fd and free the items. The pages may move until they are
 * pinned, so the result must be checked then.
 */
int udmabuf_find_row(const struct tenon_alloc_request *request, uint64_t bytes,
	const struct udmabuf_limits *limits, int *memfd, struct udmabuf_list *list,
	uint64_t *address);

/* Whether the pages of a list still lie in one row from address on. */
bool udmabuf_is_row(const struct udmabuf_list *list, uint64_t address);

#endif
