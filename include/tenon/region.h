/* SPDX-License-Identifier: MIT */
#ifndef TENON_REGION_H
#define TENON_REGION_H

/*
 * Managing a range of addresses: which parts are taken, which are free. A region touches no memory
 * and knows no file: the range may be bytes of a memfd, physical addresses or anything else.
 *
 * Threads: a region may be used by one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>

TENON_BEGIN_DECLS

struct tenon_region;

/** How a region is made. Members left 0 mean what their comment says. */
struct tenon_region_options {
	size_t size;          /* sizeof(struct tenon_region_options) */
	uint64_t start;       /* first address of the range */
	uint64_t bytes;       /* length, > 0 */
	uint64_t granularity; /* sizes are rounded up to this, a power of two; 0: 1 byte */
};

/** What is asked of a region. Members left 0 ask for nothing. */
struct tenon_region_request {
	size_t size;          /* sizeof(struct tenon_region_request) */
	uint64_t bytes;       /* > 0 */
	uint64_t align;       /* the address is a multiple of it; need not be a power of two */
	uint64_t boundary;    /* power of two that the part may not cross */
	uint64_t address_min; /* inclusive */
	uint64_t address_max; /* of the last byte, inclusive; 0: no limit */
};

/** How full a region is. */
struct tenon_region_info {
	size_t size;           /* sizeof(struct tenon_region_info) */
	uint64_t total_bytes;  /* the range */
	uint64_t free_bytes;   /* not taken, all holes together */
	uint64_t largest_hole; /* bytes; what one request can have at most */
	size_t holes;          /* count */
	size_t parts;          /* count of what is taken */
};

/**
 * Make a region, all free.
 *
 * The caller owns the result and must release it with tenon_region_destroy(). Returns 0, -EINVAL
 * when bytes is 0, the range passes the end of the address space, or granularity is no power of
 * two or does not divide start and bytes; -ENOMEM.
 */
TENON_EXPORT int tenon_region_create(
	struct tenon_region **out, const struct tenon_region_options *options);

/**
 * Release a region, with what is still taken from it. NULL is a no-op.
 */
TENON_EXPORT void tenon_region_destroy(struct tenon_region *region);

/**
 * Take a part: from the smallest hole it fits in (best fit). Within that hole it goes to the
 * start, if aligned; else to the end, if that is aligned and leaves one hole instead of two; else
 * to the first aligned place.
 *
 * Returns 0 and writes *address; -ENOSPC when no hole fits; -EINVAL when bytes is 0 or boundary is
 * no power of two; -ENOMEM.
 */
TENON_EXPORT int tenon_region_allocate(
	struct tenon_region *region, const struct tenon_region_request *request, uint64_t *address);

/**
 * Give a part back. Holes that touch become one.
 *
 * Returns 0, or -ENOENT when no part begins at address: nothing is changed.
 */
TENON_EXPORT int tenon_region_free(struct tenon_region *region, uint64_t address);

/**
 * Read how full the region is. The caller must set info->size. Returns 0 or -EINVAL.
 */
TENON_EXPORT int tenon_region_get_info(
	const struct tenon_region *region, struct tenon_region_info *info);

/**
 * Read part i in order of address; for showing a map. Out pointers may be NULL.
 *
 * Returns 0, or -EINVAL when there is no such part.
 */
TENON_EXPORT int tenon_region_get_part(
	const struct tenon_region *region, size_t i, uint64_t *address, uint64_t *bytes);

TENON_END_DECLS

#endif
