/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_MEMORY_H
#define TENON_SRC_HEAP_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include <tenon/heap.h>

/* Memory as the library keeps it: what everybody reads comes first. */
struct heap_memory {
	struct tenon_memory base;
	uint64_t page_bytes; /* the fd's pages: mappings are of whole ones */
};

/* Memory with nothing in it yet; the caller must release it with free() or fill it. */
int heap_memory_create(struct tenon_memory **out);

/* The fd has pages of another size than the machine's. */
void heap_memory_set_page_bytes(struct tenon_memory *memory, uint64_t page_bytes);
uint64_t heap_memory_get_page_bytes(const struct tenon_memory *memory);

/* tenon_memory_dup_segments() of a part: bytes from first on. */
int heap_memory_cut_segments(struct tenon_memory *memory, uint64_t first, uint64_t bytes,
	struct tenon_segment **out, size_t *len);

#endif
