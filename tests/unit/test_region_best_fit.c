/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/region.h>

#include "harness.h"
#include "oom.h"

static struct tenon_region *make(uint64_t start, uint64_t bytes, uint64_t granularity)
{
	const struct tenon_region_options options = {
		.size = sizeof(options),
		.start = start,
		.bytes = bytes,
		.granularity = granularity,
	};
	struct tenon_region *region = NULL;

	assert_int_equal(tenon_region_create(&region, &options), 0);
	return region;
}

static struct tenon_region_request ask(uint64_t bytes, uint64_t align)
{
	return (struct tenon_region_request){
		.size = sizeof(struct tenon_region_request), .bytes = bytes, .align = align};
}

/* The address, or the error as the kernel tells it. */
static int64_t take(struct tenon_region *region, uint64_t bytes, uint64_t align)
{
	const struct tenon_region_request request = ask(bytes, align);
	uint64_t address = 0;
	int ret = tenon_region_allocate(region, &request, &address);

	return ret < 0 ? ret : (int64_t)address;
}

static struct tenon_region_info info_of(const struct tenon_region *region)
{
	struct tenon_region_info info = {.size = sizeof(info)};

	assert_int_equal(tenon_region_get_info(region, &info), 0);
	return info;
}

/* Outcomes of the best-fit allocator of the contiguous memory allocator of 2010. */
TEST(places_are_those_of_the_first_contiguous_memory_allocator)
{
	struct tenon_region *region = make(0x1000, 0x10000, 0x1000);

	assert_int_equal(take(region, 0x1000, 0x1000), 0x1000);
	assert_int_equal(take(region, 0x2000, 0x8000), 0x8000);
	assert_int_equal(info_of(region).holes, 2);
	assert_int_equal(take(region, 0x1000, 0x2000), 0x2000);
	assert_int_equal(take(region, 0x1000, 0x2000), 0x4000);
	assert_int_equal(info_of(region).holes, 3);
	assert_int_equal(take(region, 0x3000, 0x1000), 0x5000);
	assert_int_equal(take(region, 0x8000, 0x1000), -ENOSPC);
	assert_int_equal(info_of(region).free_bytes, 0x8000);
	assert_int_equal(info_of(region).largest_hole, 0x7000);
	assert_int_equal(tenon_region_free(region, 0x8000), 0);
	assert_int_equal(info_of(region).holes, 2);
	assert_int_equal(info_of(region).largest_hole, 0x9000);
	assert_int_equal(tenon_region_free(region, 0x2000), 0);
	assert_int_equal(tenon_region_free(region, 0x1000), 0);
	assert_int_equal(tenon_region_free(region, 0x5000), 0);
	assert_int_equal(tenon_region_free(region, 0x4000), 0);
	assert_int_equal(info_of(region).holes, 1);
	assert_int_equal(info_of(region).largest_hole, 0x10000);
	tenon_region_destroy(region);
}

TEST(a_part_goes_to_the_end_or_splits)
{
	struct tenon_region *region = make(0x3000, 0x6000, 0x1000);

	assert_int_equal(take(region, 0x1000, 0x8000), 0x8000);
	assert_int_equal(tenon_region_free(region, 0x8000), 0);
	assert_int_equal(take(region, 0x1000, 0x2000), 0x8000); /* moved to the end */
	assert_int_equal(take(region, 0x1000, 0x8000), -ENOSPC);
	assert_int_equal(take(region, 0x1000, 0x4000), 0x4000); /* split */
	/* the smallest hole, [0x3000, 0x4000), has no aligned place */
	assert_int_equal(take(region, 0x1000, 0x2000), 0x6000);
	tenon_region_destroy(region);
	region = make(0x1000, 0x4000, 0x1000);
	assert_int_equal(take(region, 0x1000, 0x4000), 0x4000);
	assert_int_equal(take(region, 0x2000, 0x1000), 0x1000);
	assert_int_equal(take(region, 0x2000, 0x1000), -ENOSPC);
	tenon_region_destroy(region);
}

TEST(windows_and_boundaries_are_kept)
{
	struct tenon_region *region = make(0, 0x100000, 0x1000);
	struct tenon_region_request request = ask(0x3000, 0);
	uint64_t address;

	request.address_min = 0x41000;
	assert_int_equal(tenon_region_allocate(region, &request, &address), 0);
	assert_true(address >= 0x41000);
	request.address_max = 0x43ffe;
	assert_int_equal(tenon_region_allocate(region, &request, &address), -ENOSPC);
	request.address_max = 0x43fff;
	assert_int_equal(tenon_region_allocate(region, &request, &address), 0);
	assert_int_equal(address, 0x41000);
	request = ask(0x3000, 0);
	request.boundary = 0x2000;
	assert_int_equal(tenon_region_allocate(region, &request, &address), -ENOSPC);
	request.boundary = 0x3000;
	assert_int_equal(tenon_region_allocate(region, &request, &address), -EINVAL);
	request.boundary = 0x4000;
	for (int i = 0; i < 8; i++) {
		assert_int_equal(tenon_region_allocate(region, &request, &address), 0);
		assert_int_equal(address / 0x4000, (address + 0x2fff) / 0x4000);
	}
	tenon_region_destroy(region);
}

TEST(the_last_byte_of_the_address_space_can_be_had)
{
	struct tenon_region *region = make(UINT64_MAX - 0xffff, 0x10000, 0x1000);
	uint64_t address;
	struct tenon_region_request request = ask(0x10000, 0);

	assert_int_equal(tenon_region_allocate(region, &request, &address), 0);
	assert_true(address == UINT64_MAX - 0xffff);
	assert_int_equal(tenon_region_free(region, address), 0);
	request = ask(0x1000, 0x4000);
	request.boundary = 0x1000;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(tenon_region_allocate(region, &request, &address), 0);
	}
	assert_int_equal(tenon_region_allocate(region, &request, &address), -ENOSPC);
	request = ask(0x1000, (UINT64_C(1) << 63) + 0x1000);
	assert_int_equal(tenon_region_allocate(region, &request, &address), -ENOSPC);
	tenon_region_destroy(region);
}

TEST(an_alignment_need_not_be_a_power_of_two)
{
	struct tenon_region *region = make(0x1000, 0x100000, 0x1000);
	struct tenon_region_request request = ask(1, 0x1800);
	uint64_t address;

	assert_int_equal(tenon_region_allocate(region, &request, &address), 0);
	assert_int_equal(address % 0x1800, 0);
	assert_int_equal(address % 0x1000, 0);
	/* its least common multiple with the granularity does not fit 64 bits */
	request.align = UINT64_MAX;
	assert_int_equal(tenon_region_allocate(region, &request, &address), -ENOSPC);
	tenon_region_destroy(region);
}

TEST(what_makes_no_sense_is_refused)
{
	static const struct tenon_region_options bad[] = {
		{.bytes = 0},
		{.start = UINT64_MAX, .bytes = 2},
		{.bytes = 4096, .granularity = 3},
		{.bytes = 4097, .granularity = 4096},
		{.start = 1, .bytes = 4096, .granularity = 4096},
	};
	struct tenon_region *region = NULL;
	struct tenon_region_request request = ask(0, 0);
	struct tenon_region_info info = {.size = 1};
	uint64_t address = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tenon_region_options options = bad[i];

		options.size = sizeof(options);
		assert_int_equal(tenon_region_create(&region, &options), -EINVAL);
		assert_null(region);
	}
	region = make(0, 4096, 0);
	assert_int_equal(tenon_region_allocate(region, &request, &address), -EINVAL);
	request.bytes = UINT64_MAX;
	assert_int_equal(tenon_region_allocate(region, &request, &address), -ENOSPC);
	request.size = 4;
	assert_int_equal(tenon_region_allocate(region, &request, &address), -EINVAL);
	assert_int_equal(address, 77);
	assert_int_equal(tenon_region_get_info(region, &info), -EINVAL);
	assert_int_equal(tenon_region_free(region, 0), -ENOENT);
	assert_int_equal(take(region, 10, 0), 0);
	assert_int_equal(tenon_region_free(region, 1), -ENOENT);
	assert_int_equal(tenon_region_free(region, 10), -ENOENT);
	assert_int_equal(tenon_region_free(region, 0), 0);
	assert_int_equal(tenon_region_free(region, 0), -ENOENT);
	tenon_region_destroy(region);
	tenon_region_destroy(NULL);
}

static int out_of_memory(void *data)
{
	const struct tenon_region_options options = {
		.size = sizeof(options),
		.bytes = 1 << 20,
	};
	struct tenon_region *region = NULL;
	struct tenon_region_info info = {.size = sizeof(info)};
	struct tenon_region_request request = ask(100, 1000);
	uint64_t address = 0;
	int ret = tenon_region_create(&region, &options);

	request.address_min = 5000; /* so that the hole is split in two */
	if (ret == 0) {
		ret = tenon_region_allocate(region, &request, &address);
		/* failed or not, all is accounted for */
		assert_int_equal(tenon_region_get_info(region, &info), 0);
		assert_int_equal(info.free_bytes, ret == 0 ? (1 << 20) - 100 : 1 << 20);
		assert_int_equal(info.holes, ret == 0 ? 2 : 1);
		assert_int_equal(info.parts, ret == 0);
	}
	tenon_region_destroy(region);
	return ret;
}

TEST(each_allocation_may_fail)
{
	assert_int_equal(oom_run(out_of_memory, NULL), 4);
}

/*
 * The same by other means: a flag for each unit, holes found by looking at all of them, places by
 * trying all of them. A hole is as old as the last change of its ends.
 */
enum { UNITS = 96 };

struct naive_hole {
	int first, len, age;
};

struct naive {
	int owner[UNITS]; /* first unit + 1 of the part a unit belongs to; 0: free */
	struct naive_hole holes[UNITS];
	int holes_len, clock;
};

static void naive_scan(struct naive *naive)
{
	struct naive_hole old[UNITS];
	int old_len = naive->holes_len;

	memcpy(old, naive->holes, sizeof(old));
	naive->holes_len = 0;
	for (int i = 0; i < UNITS; i++) {
		struct naive_hole hole = {.first = i};

		while (i < UNITS && naive->owner[i] == 0) {
			hole.len++;
			i++;
		}
		if (hole.len == 0) {
			continue;
		}
		hole.age = ++naive->clock;
		for (int j = 0; j < old_len; j++) {
			if (old[j].first == hole.first && old[j].len == hole.len) {
				hole.age = old[j].age;
			}
		}
		naive->holes[naive->holes_len++] = hole;
	}
}

static bool naive_fits(
	const struct naive_hole *hole, int at, int len, int align, int boundary, int min, int last)
{
	return at % align == 0 && at >= min && at >= hole->first && at + len - 1 <= last &&
	       at + len <= hole->first + hole->len &&
	       (boundary == 0 || at / boundary == (at + len - 1) / boundary);
}

static int naive_place(
	const struct naive_hole *hole, int len, int align, int boundary, int min, int last)
{
	int end = hole->first + hole->len - len;

	for (int at = hole->first; at <= end; at++) {
		if (naive_fits(hole, at, len, align, boundary, min, last)) {
			bool at_end = naive_fits(hole, end, len, align, boundary, min, last);

			return at != hole->first && at_end ? end : at;
		}
	}
	return -1;
}

static int naive_take(struct naive *naive, int len, int align, int boundary, int min, int last)
{
	const struct naive_hole *best = NULL;
	int best_at = -1;

	for (int i = 0; i < naive->holes_len; i++) {
		const struct naive_hole *hole = &naive->holes[i];
		int at = naive_place(hole, len, align, boundary, min, last);

		if (at >= 0 && (best == NULL || hole->len < best->len ||
				       (hole->len == best->len && hole->age > best->age))) {
			best = hole;
			best_at = at;
		}
	}
	for (int i = 0; best != NULL && i < len; i++) {
		naive->owner[best_at + i] = best_at + 1;
	}
	naive_scan(naive);
	return best_at;
}

static bool naive_free(struct naive *naive, int at)
{
	bool found = at < UNITS && naive->owner[at] == at + 1;

	for (int i = at; found && i < UNITS && naive->owner[i] == at + 1; i++) {
		naive->owner[i] = 0;
	}
	naive_scan(naive);
	return found;
}

static void compare(
	const struct tenon_region *region, const struct naive *naive, uint64_t start, uint64_t unit)
{
	struct tenon_region_info info = info_of(region);
	uint64_t free_units = 0, largest = 0;
	size_t parts = 0;

	for (int i = 0; i < naive->holes_len; i++) {
		free_units += (uint64_t)naive->holes[i].len;
		if ((uint64_t)naive->holes[i].len > largest) {
			largest = (uint64_t)naive->holes[i].len;
		}
	}
	for (int i = 0; i < UNITS; i++) {
		uint64_t address, bytes;
		uint64_t len = 0;

		if (naive->owner[i] != i + 1) {
			continue;
		}
		while (i + (int)len < UNITS && naive->owner[i + (int)len] == i + 1) {
			len++;
		}
		assert_int_equal(tenon_region_get_part(region, parts, &address, &bytes), 0);
		assert_int_equal(address, start + (uint64_t)i * unit);
		assert_int_equal(bytes, len * unit);
		parts++;
	}
	assert_int_equal(tenon_region_get_part(region, parts, NULL, NULL), -EINVAL);
	assert_int_equal(info.parts, parts);
	assert_int_equal(info.holes, naive->holes_len);
	assert_int_equal(info.free_bytes, free_units * unit);
	assert_int_equal(info.largest_hole, largest * unit);
	assert_int_equal(info.total_bytes, UNITS * unit);
}

/* start is 0 in units, so that alignment and boundaries mean the same in both */
static void play(unsigned seed, uint64_t unit, int *taken, int *refused)
{
	struct tenon_region *region = make(0, UNITS * unit, unit);
	struct naive naive = {0};

	srand(seed);
	naive_scan(&naive);
	for (int step = 0; step < 200; step++) {
		if (rand() % 5 < 3) {
			int len = 1 + rand() % (rand() % 4 == 0 ? 40 : 8);
			int align = 1 + rand() % (rand() % 3 == 0 ? 12 : 2);
			int boundary = rand() % 3 == 0 ? 1 << (rand() % 6) : 0;
			int min = rand() % 4 == 0 ? rand() % UNITS : 0;
			int last = rand() % 4 == 0 ? rand() % UNITS : UNITS - 1;
			struct tenon_region_request request =
				ask((uint64_t)len * unit - (unit > 1 ? (unsigned)rand() % unit : 0),
					(uint64_t)align * unit);
			uint64_t address = UINT64_MAX;
			int at = naive_take(&naive, len, align, boundary, min, last);
			int ret;

			request.boundary = (uint64_t)boundary * unit;
			request.address_min = (uint64_t)min * unit;
			request.address_max = (uint64_t)last * unit + unit - 1;
			ret = tenon_region_allocate(region, &request, &address);
			assert_int_equal(ret, at >= 0 ? 0 : -ENOSPC);
			if (at >= 0) {
				assert_int_equal(address, (uint64_t)at * unit);
			}
			*(at >= 0 ? taken : refused) += 1;
		} else {
			int at = rand() % UNITS;

			assert_int_equal(tenon_region_free(region, (uint64_t)at * unit),
				naive_free(&naive, at) ? 0 : -ENOENT);
		}
		compare(region, &naive, 0, unit);
	}
	tenon_region_destroy(region);
}

TEST_TIMEOUT(equal_to_a_naive_allocator, 60)
{
	int taken = 0, refused = 0;

	for (unsigned seed = 1; seed <= 300; seed++) {
		play(seed, seed % 2 == 0 ? 4096 : 16, &taken, &refused);
	}
	/* a draw that always succeeds, or never, would compare little */
	assert_true(taken > (taken + refused) / 4);
	assert_true(refused > (taken + refused) / 4);
}

TEST(the_tree_does_not_degenerate)
{
	enum { PARTS = 200000 };
	struct tenon_region *region = make(0, PARTS, 1);

	/* ascending order is the worst for a tree that does not balance: it takes minutes then
	 */
	for (int i = 0; i < PARTS; i++) {
		assert_int_equal(take(region, 1, 1), i);
	}
	for (int i = 0; i < PARTS; i += 2) {
		assert_int_equal(tenon_region_free(region, (uint64_t)i), 0);
	}
	assert_int_equal(info_of(region).holes, PARTS / 2);
	for (int i = 1; i < PARTS; i += 2) {
		assert_int_equal(tenon_region_free(region, (uint64_t)i), 0);
	}
	assert_int_equal(info_of(region).holes, 1);
	tenon_region_destroy(region);
}
