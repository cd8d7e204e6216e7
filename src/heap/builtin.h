/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_BUILTIN_H
#define TENON_SRC_HEAP_BUILTIN_H

/* The heaps Tenon brings. Each constructor is as tenon_heap_create(). */

#include <tenon/heap.h>

/* "null": nothing, ever. */
int heap_create_null(struct tenon_heap **out);

/* "memfd": shared memory, wherever its pages are. */
int heap_create_memfd(struct tenon_heap **out);

/* "hugepages": pages of the machine's usual huge size, in contiguous runs where asked for. */
int heap_create_hugepages(struct tenon_heap **out);

/* "hugepages-1g": pages of 1 GiB. */
int heap_create_hugepages_1g(struct tenon_heap **out);

/* "udmabuf": shared memory or huge pages as a dma-buf, made by this node. */
int heap_create_udmabuf(struct tenon_heap **out, const char *node);

#endif
