/* SPDX-License-Identifier: MIT */

/*
 * Best fit. The range is cut into extents, each a part that is taken or a hole. All extents are in
 * a tree by address, where neighbours are found for merging; holes are in a second tree by size,
 * where the search begins at the smallest that is large enough and goes on to larger ones while
 * alignment, window or boundary leave no room.
 *
 * What to expect of fragmentation: best fit keeps large holes large, and leaves small remainders
 * behind. Parts of few different sizes, as pictures are, fill each other's holes exactly; the
 * aligned ends that placement prefers leave one remainder instead of two. Long-lived parts among
 * short-lived ones can still cut the range so that free_bytes is large and largest_hole is not:
 * tenon_region_get_info() tells both. Nothing moves by itself.
 */
#include <tenon/region.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "region/place.h"
#include "region/tree.h"

#define OPTIONS_LEAST (offsetof(struct tenon_region_options, granularity) + sizeof(uint64_t))
#define REQUEST_LEAST (offsetof(struct tenon_region_request, address_max) + sizeof(uint64_t))
#define INFO_LEAST (offsetof(struct tenon_region_info, parts) + sizeof(size_t))

struct extent {
	struct tree_node by_address;
	struct tree_node by_size; /* in the tree if and only if it is a hole */
	uint64_t first, bytes;
	bool hole;
};

struct tenon_region {
	struct tree extents, holes;
	uint64_t granularity;
	uint64_t total, free;
	size_t holes_len, parts_len;
};

#define extent_of(node, member) ((struct extent *)((char *)(node)-offsetof(struct extent, member)))

static uint64_t last_of(const struct extent *extent)
{
	return extent->first + (extent->bytes - 1);
}

static bool address_before(const struct tree_node *a, const struct tree_node *b)
{
	return extent_of(a, by_address)->first < extent_of(b, by_address)->first;
}

static bool size_before(const struct tree_node *a, const struct tree_node *b)
{
	return extent_of(a, by_size)->bytes < extent_of(b, by_size)->bytes;
}

static bool address_reached(const struct tree_node *node, const void *key)
{
	return extent_of(node, by_address)->first >= *(const uint64_t *)key;
}

static bool size_reached(const struct tree_node *node, const void *key)
{
	return extent_of(node, by_size)->bytes >= *(const uint64_t *)key;
}

static void add_hole(struct tenon_region *region, struct extent *extent)
{
	extent->hole = true;
	tree_insert(&region->holes, &extent->by_size);
	region->holes_len++;
}

static void remove_hole(struct tenon_region *region, struct extent *extent)
{
	tree_remove(&region->holes, &extent->by_size);
	region->holes_len--;
	extent->hole = false;
}

/* Options of a version that we know, or of a newer one that asks for nothing new. */
static bool copy_options(void *to, size_t to_size, const void *from, size_t least)
{
	size_t size = *(const size_t *)from;

	if (size < least) {
		return false;
	}
	for (size_t i = to_size; i < size; i++) {
		if (((const char *)from)[i] != 0) {
			return false;
		}
	}
	memcpy(to, from, size < to_size ? size : to_size);
	return true;
}

static bool options_are_valid(const struct tenon_region_options *options)
{
	uint64_t granularity = options->granularity;

	return options->bytes != 0 && options->bytes - 1 <= UINT64_MAX - options->start &&
	       (granularity & (granularity - 1)) == 0 &&
	       (granularity == 0 || ((options->start | options->bytes) & (granularity - 1)) == 0);
}

int tenon_region_create(struct tenon_region **out, const struct tenon_region_options *caller)
{
	struct tenon_region_options options = {0};
	struct tenon_region *region;
	struct extent *whole;

	if (out == NULL || caller == NULL ||
		!copy_options(&options, sizeof(options), caller, OPTIONS_LEAST) ||
		!options_are_valid(&options)) {
		return -EINVAL;
	}
	region = calloc(1, sizeof(*region));
	whole = calloc(1, sizeof(*whole));
	if (region == NULL || whole == NULL) {
		free(region);
		free(whole);
		return -ENOMEM;
	}
	tree_init(&region->extents, address_before);
	tree_init(&region->holes, size_before);
	region->granularity = options.granularity != 0 ? options.granularity : 1;
	region->total = options.bytes;
	region->free = options.bytes;
	whole->first = options.start;
	whole->bytes = options.bytes;
	tree_insert(&region->extents, &whole->by_address);
	add_hole(region, whole);
	*out = region;
	return 0;
}

void tenon_region_destroy(struct tenon_region *region)
{
	struct tree_node *node;

	if (region == NULL) {
		return;
	}
	while ((node = tree_first(&region->extents)) != NULL) {
		tree_remove(&region->extents, node);
		free(extent_of(node, by_address));
	}
	free(region);
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Fills in defaults; -ENOSPC for what no region can hold. */
static int prepare(const struct tenon_region *region, const struct tenon_region_request *request,
	struct place_request *place)
{
	uint64_t granularity = region->granularity;
	uint64_t align = request->align != 0 ? request->align : 1;
	uint64_t rest = request->bytes % granularity, factor;

	if (request->bytes == 0 || (request->boundary & (request->boundary - 1)) != 0) {
		return -EINVAL;
	}
	factor = granularity / greatest_common_divisor(align, granularity);
	if (request->bytes > region->free || align > UINT64_MAX / factor) {
		return -ENOSPC;
	}
	/* free bytes are a multiple of the granularity, so this stays within them */
	place->bytes = request->bytes + (rest != 0 ? granularity - rest : 0);
	place->align = align * factor;
	place->boundary = request->boundary;
	place->min = request->address_min;
	place->last = request->address_max != 0 ? request->address_max : UINT64_MAX;
	return 0;
}

static struct extent *find_hole(
	const struct tenon_region *region, const struct place_request *place, uint64_t *address)
{
	struct tree_node *node = tree_search(&region->holes, size_reached, &place->bytes);

	while (node != NULL) {
		struct extent *hole = extent_of(node, by_size);

		if (place_in_hole(place, hole->first, last_of(hole), address)) {
			return hole;
		}
		node = tree_next(node);
	}
	return NULL;
}

/* Makes an extent a hole of its own, after it got its place. */
static void insert_hole(
	struct tenon_region *region, struct extent *extent, uint64_t first, uint64_t bytes)
{
	extent->first = first;
	extent->bytes = bytes;
	tree_insert(&region->extents, &extent->by_address);
	add_hole(region, extent);
}

/* Turns the middle of a hole into a part; what is before and after gets the spare extents. */
static void carve(struct tenon_region *region, struct extent *hole, uint64_t address,
	uint64_t bytes, struct extent *spare[2])
{
	uint64_t before = address - hole->first, after = hole->bytes - before - bytes;
	uint64_t first = hole->first;

	remove_hole(region, hole);
	/* neighbours stay where they are, so the place in the tree stays right */
	hole->first = address;
	hole->bytes = bytes;
	if (before > 0) {
		insert_hole(region, spare[0], first, before);
		spare[0] = NULL;
	}
	if (after > 0) {
		insert_hole(region, spare[1], address + bytes, after);
		spare[1] = NULL;
	}
	region->free -= bytes;
	region->parts_len++;
}

int tenon_region_allocate(
	struct tenon_region *region, const struct tenon_region_request *caller, uint64_t *address)
{
	struct tenon_region_request request = {0};
	struct extent *spare[2], *hole;
	struct place_request place;
	uint64_t at;
	int ret;

	if (region == NULL || address == NULL || caller == NULL ||
		!copy_options(&request, sizeof(request), caller, REQUEST_LEAST)) {
		return -EINVAL;
	}
	ret = prepare(region, &request, &place);
	if (ret < 0) {
		return ret;
	}
	hole = find_hole(region, &place, &at);
	if (hole == NULL) {
		return -ENOSPC;
	}
	spare[0] = at > hole->first ? calloc(1, sizeof(struct extent)) : NULL;
	spare[1] = at + (place.bytes - 1) < last_of(hole) ? calloc(1, sizeof(struct extent)) : NULL;
	if ((at > hole->first && spare[0] == NULL) ||
		(at + (place.bytes - 1) < last_of(hole) && spare[1] == NULL)) {
		free(spare[0]);
		free(spare[1]);
		return -ENOMEM;
	}
	carve(region, hole, at, place.bytes, spare);
	*address = at;
	return 0;
}

/* Takes a neighbour that is a hole into an extent that is becoming one. */
static void absorb(struct tenon_region *region, struct extent *extent, struct tree_node *node)
{
	struct extent *other = node != NULL ? extent_of(node, by_address) : NULL;

	if (other == NULL || !other->hole) {
		return;
	}
	remove_hole(region, other);
	tree_remove(&region->extents, &other->by_address);
	if (other->first < extent->first) {
		extent->first = other->first;
	}
	extent->bytes += other->bytes;
	free(other);
}

int tenon_region_free(struct tenon_region *region, uint64_t address)
{
	struct tree_node *node;
	struct extent *extent;

	if (region == NULL) {
		return -EINVAL;
	}
	node = tree_search(&region->extents, address_reached, &address);
	extent = node != NULL ? extent_of(node, by_address) : NULL;
	if (extent == NULL || extent->first != address || extent->hole) {
		return -ENOENT;
	}
	region->free += extent->bytes;
	region->parts_len--;
	absorb(region, extent, tree_prev(&extent->by_address));
	absorb(region, extent, tree_next(&extent->by_address));
	add_hole(region, extent);
	return 0;
}

int tenon_region_get_info(const struct tenon_region *region, struct tenon_region_info *info)
{
	struct tree_node *largest;
	size_t size;

	if (region == NULL || info == NULL || info->size < INFO_LEAST) {
		return -EINVAL;
	}
	largest = tree_last(&region->holes);
	size = info->size;
	memset(info, 0, size);
	info->size = size;
	info->total_bytes = region->total;
	info->free_bytes = region->free;
	info->largest_hole = largest != NULL ? extent_of(largest, by_size)->bytes : 0;
	info->holes = region->holes_len;
	info->parts = region->parts_len;
	return 0;
}

int tenon_region_get_part(
	const struct tenon_region *region, size_t i, uint64_t *address, uint64_t *bytes)
{
	struct tree_node *node;

	if (region == NULL) {
		return -EINVAL;
	}
	for (node = tree_first(&region->extents); node != NULL; node = tree_next(node)) {
		const struct extent *extent = extent_of(node, by_address);

		if (extent->hole || i-- > 0) {
			continue;
		}
		if (address != NULL) {
			*address = extent->first;
		}
		if (bytes != NULL) {
			*bytes = extent->bytes;
		}
		return 0;
	}
	return -EINVAL;
}
