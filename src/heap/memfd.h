/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_MEMFD_H
#define TENON_SRC_HEAP_MEMFD_H

#include <stdint.h>

#include <tenon/heap.h>

/*
 * A memfd of bytes (a multiple of its pages' size), sealed so that its size stays. flags are those
 * of memfd_create() beside close-on-exec and sealing: which huge pages, for example. Returns the
 * fd or a negative errno.
 */
int heap_memfd_create(const char *label, uint64_t bytes, unsigned flags);

/* Whether the machine has so many bytes at all: shared memory that it cannot give kills who touches
 * it. Returns 0 or -ENOMEM with the request's reason. */
int heap_memfd_check_room(const struct tenon_alloc_request *request, uint64_t bytes);

#endif
