/* SPDX-License-Identifier: MIT */
#ifndef TENON_ACCESS_SET_H
#define TENON_ACCESS_SET_H

/* The buffers of one call, in the order in which they are taken: that of their ids. */

#include <stddef.h>
#include <stdint.h>

#include <tenon/access.h>

enum { SET_INLINE = 8 };

struct set_item {
	struct tenon_access *access;
	uint32_t before;  /* held_mode() before it was taken */
	uint32_t bracket; /* cache_begin() */
};

struct set {
	struct set_item *items;
	size_t len;
	struct set_item few[SET_INLINE];
};

/* 0; -EINVAL when an access has no buffer; -ENOMEM. set_finish() may be called in any case. */
int set_init(struct set *set, struct tenon_access *accesses, size_t len);
void set_finish(struct set *set);

#endif
