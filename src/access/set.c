/* SPDX-License-Identifier: MIT */
#include "access/set.h"

#include <errno.h>
#include <stdlib.h>

#include "buffer/buffer.h"

static int by_id(const void *a, const void *b)
{
	uint64_t x = ((const struct set_item *)a)->access->buffer->id;
	uint64_t y = ((const struct set_item *)b)->access->buffer->id;

	return x < y ? -1 : x > y;
}

int set_init(struct set *set, struct tenon_access *accesses, size_t len)
{
	set->items = set->few;
	set->len = 0;
	if (len > SET_INLINE) {
		set->items = calloc(len, sizeof(*set->items));
		if (set->items == NULL) {
			set->items = set->few;
			return -ENOMEM;
		}
	}
	for (size_t i = 0; i < len; i++) {
		if (accesses[i].buffer == NULL) {
			return -EINVAL;
		}
		set->items[i] = (struct set_item){.access = &accesses[i]};
	}
	set->len = len;
	if (len > 1) {
		qsort(set->items, len, sizeof(*set->items), by_id);
	}
	return 0;
}

void set_finish(struct set *set)
{
	if (set->items != set->few) {
		free(set->items);
	}
}
