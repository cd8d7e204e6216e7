/* SPDX-License-Identifier: MIT */
/*
 * Plans of arbitrary devices, heaps and sizes: whatever comes out is within the limits it names,
 * is of a format that was asked for, names heaps that are available, and explains itself; and a
 * split serves everybody.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/plan.h>

#include "fuzz.h"
#include "reader.h"

enum { DEVICES_MAX = 7, WAYS_MAX = 3, LIMITS_MAX = 4, HEAPS_MAX = 4, FORMATS_MAX = 3 };

/* A number of any length, small ones as often as great ones. */
static uint64_t take_number(struct reader *in)
{
	return take(in, 1 + take(in, 1) % 8);
}

static uint32_t take_format(struct reader *in)
{
	/* few, so that devices have some in common */
	return tenon_format_get_fourcc(tenon_format_list(take(in, 1) % 8 * 9));
}

static struct tenon_limits *take_limits(struct reader *in)
{
	struct tenon_limits *limits;

	if (tenon_limits_create(&limits) != 0) {
		return NULL;
	}
	for (uint64_t n = take(in, 1) % (LIMITS_MAX + 1); n > 0; n--) {
		uint8_t plane = (uint8_t)take(in, 1);
		enum tenon_property property = (enum tenon_property)(16 + take(in, 1) % 70);

		tenon_limits_set(
			limits, property, plane < 4 ? plane : TENON_PLANE_ALL, take_number(in));
	}
	return limits;
}

static struct tenon_offer *take_device(struct reader *in, size_t i)
{
	struct tenon_offer *offer;
	char name[8];

	snprintf(name, sizeof(name), "d%zu", i);
	if (tenon_offer_create(&offer, name) != 0) {
		return NULL;
	}
	for (uint64_t n = 1 + take(in, 1) % WAYS_MAX; n > 0; n--) {
		const struct tenon_format_modifier pairs[] = {
			{take_format(in), take(in, 1) < 32},
			{take(in, 1) < 64 ? TENON_FORMAT_ANY : take_format(in), 0},
		};
		struct tenon_limits *limits = take_limits(in);

		tenon_offer_add(offer, 1 + take(in, 1) % TENON_ROLE_ANY, pairs, 2, limits);
		tenon_limits_destroy(limits);
	}
	return offer;
}

static void take_heap(struct reader *in, struct tenon_heap_info *heap, size_t i)
{
	static const struct tenon_format_modifier tiled = {TENON_FORMAT_ANY, 1};
	uint64_t kind;

	*heap = (struct tenon_heap_info){
		.size = sizeof(*heap),
		.availability = (enum tenon_availability)(take(in, 1) % 5),
		.contiguity = (enum tenon_contiguity)(take(in, 1) % 6),
		.cache = (uint32_t)take(in, 1) % 4,
		.protection = (uint32_t)take(in, 1) % 4,
		.scarcity = (uint32_t)take(in, 1),
		.free_bytes = take_number(in),
		.total_bytes = take_number(in),
		.max_bytes = take_number(in),
		.granularity = take_number(in),
		.base_align = take_number(in),
		.address_min = take_number(in),
		.address_max = take_number(in),
		.segment_size = (uint32_t)take_number(in),
		.dmabuf = take(in, 1) % 2 != 0,
		.mappable = take(in, 1) % 2 != 0,
	};
	kind = take(in, 1);
	heap->own_fd = kind % 2 != 0;
	heap->lays_out = &tiled;
	heap->lays_out_len = kind / 2 % 4 == 3;
	heap->lays_out_only = kind / 8 % 2 != 0;
	snprintf(heap->name, sizeof(heap->name), "h%zu", i);
}

static void check_plan(const struct tenon_plan *plan, const struct tenon_plan_options *options)
{
	const struct tenon_layout *layout = tenon_plan_get_layout(plan);
	uint32_t fourcc = tenon_format_get_fourcc(tenon_layout_get_format(layout));
	struct tenon_ruled_out row;
	bool asked = options->formats_len == 0;
	const char *name;
	size_t heaps = 0, ruled_out = 0;

	require(tenon_layout_check(layout, tenon_plan_get_limits(plan), NULL) == 0);
	for (size_t i = 0; i < options->formats_len; i++) {
		asked |= options->formats[i] == fourcc;
	}
	require(asked);
	/* what has no planes yet is of a heap that makes them */
	require((tenon_layout_get_planes_len(layout) == 0) ==
		(tenon_layout_get_modifier(layout) != 0));
	require(tenon_layout_get_planes_len(layout) > 0 || tenon_plan_get_heap(plan, 0) != NULL);
	while ((name = tenon_plan_get_heap(plan, heaps)) != NULL) {
		require(options->heaps[atoi(name + 1)].availability == TENON_AVAILABLE);
		heaps++;
	}
	while (tenon_plan_get_ruled_out(plan, ruled_out, &row) == 0) {
		heaps += strncmp(row.what, "heap ", 5) == 0;
		ruled_out++;
	}
	/* each heap is taken or ruled out */
	require(heaps == options->heaps_len);
	require(strlen(tenon_plan_get_text(plan)) > 0);
}

static void check(const struct tenon_plan_options *options)
{
	struct tenon_conflict *conflict = NULL;
	struct tenon_split *split = NULL;
	struct tenon_plan *plan = NULL;
	int rc = tenon_plan_create(&plan, options, &conflict);

	if (rc == 0) {
		check_plan(plan, options);
		tenon_plan_destroy(plan);
	} else if (rc == TENON_CONFLICT) {
		require(tenon_conflict_get_devices_len(conflict) > 0);
		require(strlen(tenon_conflict_get_text(conflict)) > 0);
		tenon_conflict_destroy(conflict);
	}
	if (tenon_split_create(&split, options, NULL) == 0) {
		for (size_t i = 0; i < options->participants_len; i++) {
			size_t buffer = tenon_split_get_buffer_of(split, i);

			require(tenon_split_get_plan(split, buffer) != NULL);
		}
		for (size_t i = 0; i < tenon_split_get_buffers_len(split); i++) {
			check_plan(tenon_split_get_plan(split, i), options);
		}
		tenon_split_destroy(split);
	} else {
		require(rc != 0);
	}
}

void fuzz_one(const uint8_t *data, size_t size)
{
	struct reader in = {.data = data, .size = size};
	struct tenon_participant participants[DEVICES_MAX] = {{0}};
	struct tenon_heap_info heaps[HEAPS_MAX];
	uint32_t formats[FORMATS_MAX];
	struct tenon_plan_options options = {
		.size = sizeof(options),
		.width = (uint32_t)take_number(&in),
		.height = (uint32_t)take_number(&in),
		.formats = formats,
		.formats_len = take(&in, 1) % (FORMATS_MAX + 1),
		.participants = participants,
		.participants_len = take(&in, 1) % (DEVICES_MAX + 1),
		.heaps = heaps,
		.heaps_len = take(&in, 1) % (HEAPS_MAX + 1),
	};
	struct tenon_limits *limits = NULL;

	for (size_t i = 0; i < options.formats_len; i++) {
		formats[i] = take_format(&in);
	}
	for (size_t i = 0; i < options.heaps_len; i++) {
		take_heap(&in, &heaps[i], i);
	}
	if (take(&in, 1) % 4 == 0) {
		limits = take_limits(&in);
		options.limits = limits;
	}
	for (size_t i = 0; i < options.participants_len; i++) {
		participants[i].offer = take_device(&in, i);
		participants[i].roles = (uint32_t)take(&in, 1) % 4 == 0 ? TENON_ROLE_CPU : 0;
	}
	check(&options);
	tenon_limits_destroy(limits);
	for (size_t i = 0; i < options.participants_len; i++) {
		tenon_offer_unref(participants[i].offer);
	}
}
