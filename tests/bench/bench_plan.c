/* SPDX-License-Identifier: MIT */
/* What a plan costs: eight devices that share 64 format-modifier pairs, on a usual set of heaps. */
#include <string.h>

#include <drm_fourcc.h>

#include <tenon/plan.h>

#include "bench.h"
#include "offers.h"

enum {
	DEVICES = 8,
	PAIRS = 64,
	HEAPS = 4,
};

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

static void fill_heaps(struct tenon_heap_info *heaps)
{
	static const char *const names[HEAPS] = {"memfd", "system", "hugepages", "cma"};

	memset(heaps, 0, HEAPS * sizeof(*heaps));
	for (uint32_t i = 0; i < HEAPS; i++) {
		heaps[i].size = sizeof(heaps[i]);
		strcpy(heaps[i].name, names[i]);
		heaps[i].scarcity = i * 10;
		heaps[i].free_bytes = UINT64_MAX;
		heaps[i].total_bytes = UINT64_MAX;
		heaps[i].cache = TENON_CACHE_CACHED;
		heaps[i].mappable = true;
		heaps[i].own_fd = true;
		heaps[i].contiguity = i == 3 ? TENON_CONTIGUITY_ASSURED : TENON_CONTIGUITY_UNKNOWN;
	}
}

void bench_main(void)
{
	struct tenon_participant devices[DEVICES] = {{0}};
	struct tenon_heap_info heaps[HEAPS];
	struct tenon_plan_options options = {
		.size = sizeof(options),
		.width = 1920,
		.height = 1080,
		.participants = devices,
		.participants_len = DEVICES,
		.heaps = heaps,
		.heaps_len = HEAPS,
	};

	fill_heaps(heaps);
	for (size_t i = 0; i < DEVICES; i++) {
		devices[i].offer = bench_one_of_many(i, PAIRS);
	}
	bench_report_max("plan for 8 devices x 64 format-modifier pairs",
		bench_calls((struct bench_work){run_plan, &options}), "calls", 200);
	bench_report_max("the same, explained",
		bench_calls((struct bench_work){run_explained, &options}), "calls", 0);
	options.height = 8192 + 4; /* more than the first devices take */
	bench_report_max("the conflict of 8 devices at a size",
		bench_calls((struct bench_work){run_conflict, &options}), "calls", 0);
	for (size_t i = 0; i < DEVICES; i++) {
		tenon_offer_unref(devices[i].offer);
	}
}
