/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_HUGEPAGES_H
#define TENON_SRC_HEAP_HUGEPAGES_H

/* The kernel's pools of huge pages, one for each size. */

#include <stddef.h>
#include <stdint.h>

#include <tenon/heap.h>

#define HUGEPAGES_1G (UINT64_C(1) << 30)

/* What the pool of one size holds, in pages. */
struct hugepages_pool {
	uint64_t page_bytes;
	uint64_t total;
	uint64_t free; /* and promised to nobody */
};

/* The size of huge pages that is meant when none is named. Returns 0 or -ENOENT. */
int hugepages_default_size(uint64_t *page_bytes);

/* Returns 0, or a negative errno: -ENOENT when the kernel has no pages of this size. */
int hugepages_read_pool(struct hugepages_pool *out, uint64_t page_bytes);

/* The path of one of the pool's files, without _tenon_system_root. */
void hugepages_path(char *path, size_t size, uint64_t page_bytes, const char *file);

/*
 * Waits, for two seconds at most, until nobody else takes pages this way: one who searches holds
 * more than he needs, and others would see the pool exhausted. Returns an fd to close afterwards,
 * or -1.
 */
int hugepages_lock_pool(uint64_t page_bytes);

/* Flags of memfd_create() for pages of this size. */
unsigned hugepages_memfd_flags(uint64_t page_bytes);

/*
 * Put pages into a memfd (len of them, none there yet) so that the request is satisfied: runs of
 * physical addresses are looked for among all pages that are free. Returns 0 and writes the address
 * of the first; -ENOSPC when there is no such run, -EPERM when frames are not shown; or another
 * errno. On failure the memfd may hold pages. The request's reason is written.
 */
int hugepages_fill_contiguous(int fd, const struct hugepages_pool *pool,
	const struct tenon_alloc_request *request, uint64_t len, uint64_t *address);

/* Puts pages first to first + len - 1 of a memfd in place. Returns how many it got to. */
uint64_t hugepages_fault(int fd, uint64_t page_bytes, uint64_t first, uint64_t len);

/* The addresses of pages first to first + len - 1 of a memfd, which must be in place. */
int hugepages_read_frames(uint64_t *out, int fd, uint64_t page_bytes, uint64_t first, uint64_t len);

#endif
