/* SPDX-License-Identifier: MIT */
#ifndef TENON_BUFFER_HELD_H
#define TENON_BUFFER_HELD_H

/*
 * What the calling thread has prepared: one entry for each bracket. Kept in the thread itself, so
 * that looking is free and no two threads meet here; a few brackets need no allocation.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buffer/buffer.h"

#if defined(__GNUC__) || defined(__clang__)
/* A bracket must not cost a call to find the thread's variables; they are few bytes, so they fit
 * even when the library is loaded late. */
#define HELD_TLS __attribute__((tls_model("initial-exec")))
#else
#define HELD_TLS
#endif

enum { HELD_INLINE = 4 };

struct held {
	struct tenon_buffer *buffer;
	uint32_t flags;   /* as given to tenon_access_prepare() */
	uint32_t bracket; /* what cache_begin() opened for it */
};

struct held_set {
	uint32_t len, capacity; /* capacity 0: HELD_INLINE, in few */
	bool registered;        /* the thread's end is watched for */
	struct held *many;      /* NULL: few; always so while len is 0 */
	struct held few[HELD_INLINE];
};

extern _Thread_local struct held_set held_mine HELD_TLS;

static inline struct held *held_items(struct held_set *set)
{
	return set->many != NULL ? set->many : set->few;
}

/* Makes room for more entries of the calling thread: 0 or -ENOMEM. */
int held_reserve(size_t more);

/* Gives room back that is not needed; after held_reserve() when nothing was pushed. */
void held_trim(void);

/* There must be room. */
static inline void held_push(
	struct held_set *set, struct tenon_buffer *buffer, uint32_t flags, uint32_t bracket)
{
	struct held *entry = &held_items(set)[set->len++];

	entry->buffer = buffer;
	entry->flags = flags;
	entry->bracket = bracket;
}

/* Removes entry i. */
void held_remove(struct held_set *set, uint32_t i);

/* What the calling thread may do with the buffer now: 0, READ or RW (a writer may read). */
uint32_t held_mode(const struct tenon_buffer *buffer);

/*
 * Takes buffer->access for the calling thread, as far as its brackets do not have it already:
 * 0; -ETIMEDOUT; -EDEADLK when it would have to wait out of order, or for itself. level is what
 * held_mode() said before; order is the greatest id that the thread holds.
 */
int held_take(struct tenon_buffer *buffer, uint32_t flags, uint32_t level, uint64_t order,
	struct deadline *deadline);

/* Undoes held_take(): from what the thread could do to what it can do from now on. */
void held_let_go(struct tenon_buffer *buffer, uint32_t before, uint32_t after);

/* The greatest id of a buffer the calling thread holds; 0: none. */
uint64_t held_order(void);

#endif
