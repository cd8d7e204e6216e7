/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_SYSTEM_H
#define TENON_SRC_HEAP_SYSTEM_H

/* What the machine tells about its memory: /proc, /sys and nodes. */

#include <stddef.h>
#include <stdint.h>

#include <tenon/heap.h>

uint64_t heap_page_size(void);

/* The number a file holds, with "kB" after it or not. Returns 0 or a negative errno; -EINVAL when
 * it holds something else. */
int heap_read_number(uint64_t *out, const char *path);

/*
 * While this thread asks one heap after the other, what several of them look up in the machine is
 * looked up once: between begin and end, which may be nested.
 */
void heap_moment_begin(void);
void heap_moment_end(void);

/* A number that no other moment of this thread has; 0 outside of one. */
unsigned heap_moment(void);

/* A value of /proc/meminfo in bytes, "Hugepagesize" for example; -ENOENT when there is none. */
int heap_read_meminfo(uint64_t *out, const char *key);

enum heap_area {
	HEAP_AREA_RAM, /* the machine's ordinary memory */
	HEAP_AREA_CMA, /* the kernel's default contiguous area */
};

/* Free and total bytes of an area; what the kernel does not tell is not touched. */
void heap_read_room(enum heap_area area, uint64_t *free_bytes, uint64_t *total);

/*
 * Say of a heap in the machine's ordinary memory where that lies: below the end of the last zone.
 * It is little, but it is enough for devices whose limit is above all the memory there is.
 */
void heap_describe_ram(struct tenon_heap_info *info);

/*
 * Tell why a node cannot be opened, in the words a user can act on: no such node; or node, owner
 * and mode. Returns what it means for the heap.
 */
enum tenon_availability heap_explain_open(
	char *reason, size_t reason_size, const char *node, int error);

#endif
