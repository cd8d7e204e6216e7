/* SPDX-License-Identifier: MIT */
/* What a decision costs: merging, choosing, laying out; and what a layout costs alone. */
#include <stdio.h>

#include <tenon/plan.h>

#include "bench.h"
#include "offers.h"

enum { DEVICES = 8, PAIRS = 64, HEAPS = 6 };

static void run_plan(void *data, size_t n)
{
	const struct tenon_plan_options *options = data;

	for (size_t i = 0; i < n; i++) {
		struct tenon_plan *plan;

		bench_require(tenon_plan_create(&plan, options, NULL) == 0);
		bench_use(tenon_plan_get_layout(plan));
		tenon_plan_destroy(plan);
	}
}

static void run_explained(void *data, size_t n)
{
	const struct tenon_plan_options *options = data;

	for (size_t i = 0; i < n; i++) {
		struct tenon_plan *plan;

		bench_require(tenon_plan_create(&plan, options, NULL) == 0);
		bench_use(tenon_plan_get_text(plan));
		tenon_plan_destroy(plan);
	}
}

static void run_conflict(void *data, size_t n)
{
	const struct tenon_plan_options *options = data;

	for (size_t i = 0; i < n; i++) {
		struct tenon_conflict *conflict;
		struct tenon_plan *plan;

		bench_require(tenon_plan_create(&plan, options, &conflict) == TENON_CONFLICT);
		tenon_conflict_destroy(conflict);
	}
}

static void run_layout(void *data, size_t n)
{
	const struct tenon_limits *limits = data;
	const struct tenon_format *format = tenon_format_from_name("NV12");

	for (size_t i = 0; i < n; i++) {
		struct tenon_layout *layout;

		bench_require(
			tenon_layout_create(&layout, format, 0, 1920, 1080, limits, NULL) == 0);
		tenon_layout_destroy(layout);
	}
}

static void fill_heaps(struct tenon_heap_info *heaps)
{
	for (size_t i = 0; i < HEAPS; i++) {
		heaps[i] = (struct tenon_heap_info){
			.size = sizeof(heaps[i]),
			.contiguity = i % 2 == 0 ? TENON_CONTIGUITY_NONE : TENON_CONTIGUITY_ASSURED,
			.cache = TENON_CACHE_CACHED,
			.scarcity = (uint32_t)i,
			.free_bytes = UINT64_MAX,
			.total_bytes = UINT64_MAX,
			.mappable = true,
			.own_fd = true,
		};
		snprintf(heaps[i].name, sizeof(heaps[i].name), "heap-%zu", i);
	}
}

static void measure_layout(void)
{
	struct tenon_limits *limits;

	bench_require(tenon_limits_create(&limits) == 0);
	bench_require(
		tenon_limits_set(limits, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 128) == 0);
	bench_require(tenon_limits_set(limits, TENON_PROP_PITCH_LINKED, TENON_PLANE_ALL, 1) == 0);
	bench_require(tenon_limits_set(limits, TENON_PROP_HEIGHT_ALIGN, 0, 32) == 0);
	bench_require(tenon_limits_set(limits, TENON_PROP_HEIGHT_ALIGN, 1, 16) == 0);
	bench_report_max("layout of NV12, linked pitches",
		bench_calls((struct bench_work){run_layout, limits}), "calls", 10);
	tenon_limits_destroy(limits);
}

void bench_main(void)
{
	struct tenon_participant participants[DEVICES];
	struct tenon_heap_info heaps[HEAPS];
	struct tenon_plan_options options = {
		.size = sizeof(options),
		.width = 1920,
		.height = 1080,
		.participants = participants,
		.participants_len = DEVICES,
		.heaps = heaps,
		.heaps_len = HEAPS,
	};

	fill_heaps(heaps);
	for (size_t i = 0; i < DEVICES; i++) {
		participants[i].offer = bench_one_of_many(i, PAIRS);
		participants[i].roles = 0;
	}
	bench_report_max("plan of 8 devices x 64 pairs",
		bench_calls((struct bench_work){run_plan, &options}), "calls", 200);
	bench_report_max("the same, explained",
		bench_calls((struct bench_work){run_explained, &options}), "calls", 0);
	options.height = 8192 + 4; /* more than the first few take */
	bench_report_max("the conflict of 8 devices at a size",
		bench_calls((struct bench_work){run_conflict, &options}), "calls", 0);
	measure_layout();
	for (size_t i = 0; i < DEVICES; i++) {
		tenon_offer_unref(participants[i].offer);
	}
}
