/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_ARENA_H
#define TENON_CONSTRAINT_ARENA_H

/*
 * Memory for the time of one merge: taken piece by piece, released at once. It begins in a buffer
 * of the caller's stack, which is enough for everyday merges.
 */

#include <stddef.h>
#include <stdint.h>

struct tenon_arena_chunk;

struct tenon_arena {
	char *start, *at, *end; /* of the current chunk */
	struct tenon_arena_chunk *chunks;
	size_t chunk_size; /* of the next chunk, bytes */
	size_t taken;      /* bytes in chunks */
};

/* The caller keeps the buffer, which may be NULL with size 0, until the arena is finished. */
void _tenon_arena_init(struct tenon_arena *arena, void *buffer, size_t size);

/* Frees the chunks. */
void _tenon_arena_finish(struct tenon_arena *arena);

/* What every piece is aligned to and rounded up to, in bytes: enough for any type. */
enum { TENON_ARENA_ALIGN = _Alignof(max_align_t) };

/* A piece from a new chunk; NULL when there is no memory. */
void *_tenon_arena_alloc_more(struct tenon_arena *arena, size_t size);

/* Memory aligned for any type, not cleared; NULL when there is none. size 0 gives a pointer. */
static inline void *_tenon_arena_alloc(struct tenon_arena *arena, size_t size)
{
	char *piece = arena->at;
	size_t rounded = (size + TENON_ARENA_ALIGN - 1) & ~(size_t)(TENON_ARENA_ALIGN - 1);

	if (piece == NULL || rounded < size || rounded > (size_t)(arena->end - piece)) {
		return _tenon_arena_alloc_more(arena, size);
	}
	arena->at = piece + rounded;
	return piece;
}

/* Gives back all that was taken since `piece`, of which the first `used` bytes stay; best effort.
 */
void _tenon_arena_trim(struct tenon_arena *arena, void *piece, size_t used);

#endif
