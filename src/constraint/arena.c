/* SPDX-License-Identifier: MIT */
#include "constraint/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

enum {
	CHUNK_MIN = 16384,
	CHUNK_MAX = 1 << 20,
};

struct tenon_arena_chunk {
	alignas(max_align_t) struct tenon_arena_chunk *next;
};

static size_t round_up(size_t size)
{
	return (size + TENON_ARENA_ALIGN - 1) & ~(size_t)(TENON_ARENA_ALIGN - 1);
}

void _tenon_arena_init(struct tenon_arena *arena, void *buffer, size_t size)
{
	size_t skip = buffer != NULL ? round_up((uintptr_t)buffer) - (uintptr_t)buffer : 0;

	*arena = (struct tenon_arena){.chunk_size = CHUNK_MIN};
	if (size > skip) {
		arena->start = (char *)buffer + skip;
		arena->at = arena->start;
		arena->end = (char *)buffer + size;
	}
}

void _tenon_arena_finish(struct tenon_arena *arena)
{
	while (arena->chunks != NULL) {
		struct tenon_arena_chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
	*arena = (struct tenon_arena){.chunk_size = CHUNK_MIN};
}

static int add_chunk(struct tenon_arena *arena, size_t size)
{
	struct tenon_arena_chunk *chunk;

	if (size < arena->chunk_size) {
		size = arena->chunk_size;
	}
	chunk = malloc(sizeof(*chunk) + size);
	if (chunk == NULL) {
		return -1;
	}
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->start = (char *)(chunk + 1);
	arena->at = arena->start;
	arena->end = arena->at + size;
	arena->taken += size;
	if (arena->chunk_size < CHUNK_MAX) {
		arena->chunk_size *= 2;
	}
	return 0;
}

void *_tenon_arena_alloc_more(struct tenon_arena *arena, size_t size)
{
	char *piece;

	if (size > SIZE_MAX / 2 || add_chunk(arena, round_up(size)) < 0) {
		return NULL;
	}
	piece = arena->at;
	arena->at += round_up(size);
	return piece;
}

void _tenon_arena_trim(struct tenon_arena *arena, void *piece, size_t used)
{
	uintptr_t at = (uintptr_t)piece;

	/* An earlier chunk's piece stays: its chunk is not current any more. */
	if (at >= (uintptr_t)arena->start && at < (uintptr_t)arena->end) {
		arena->at = (char *)piece + round_up(used);
	}
}
