/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_DMA_HEAP_NODES_H
#define TENON_SRC_HEAP_DMA_HEAP_NODES_H

/* What the nodes of /dev/dma_heap are called, and what is known of the heaps behind them. */

#include <stddef.h>
#include <stdint.h>

#include <tenon/heap.h>

struct dma_heap_node {
	char name[64]; /* the heap's, to Tenon */
	char path[512];
	enum tenon_contiguity contiguity;
	uint32_t cache;      /* enum tenon_cache; 0: unknown */
	uint32_t protection; /* enum tenon_protection */
	unsigned rank;       /* among nodes of one name the lowest is taken */
};

/*
 * Describe a node of a directory. aliases is as in tenon_heaps_options, or NULL. Returns 0, or
 * -EINVAL when aliases are malformed, or the node's name leaves no valid one.
 */
int dma_heap_describe(
	struct dma_heap_node *out, const char *dir, const char *node, const char *aliases);

/*
 * All nodes of a directory in order of name, one for each name; "system" and "cma" are always
 * there, with the path they would have. Returns 0 and an array that free() releases; -EINVAL when
 * aliases are malformed; -ENOMEM.
 */
int dma_heap_list(struct dma_heap_node **out, size_t *len, const char *dir, const char *aliases);

/* A heap on a node. */
int heap_create_dma(struct tenon_heap **out, const struct dma_heap_node *node);

#endif
