/* SPDX-License-Identifier: MIT */
/* What merging offers costs, and how it grows with the number of devices. */
#include <stdlib.h>

#include <tenon/constraint.h>

#include "bench.h"
#include "offers.h"

struct merge {
	struct tenon_participant *participants;
	size_t len;
};

static void run_merge(void *data, size_t n)
{
	struct merge *merge = data;

	for (size_t i = 0; i < n; i++) {
		struct tenon_merge *result;

		bench_require(
			tenon_merge_create(&result, merge->participants, merge->len, NULL) == 0);
		tenon_merge_destroy(result);
	}
}

static void measure_two(void)
{
	struct tenon_participant both[] = {
		{.offer = bench_gpu(), .roles = TENON_ROLE_RENDER},
		{.offer = bench_display(), .roles = TENON_ROLE_SCANOUT},
	};
	struct merge merge = {both, 2};

	bench_report_max("merge of two offers", bench_calls((struct bench_work){run_merge, &merge}),
		"calls", 4);
	tenon_offer_unref(both[0].offer);
	tenon_offer_unref(both[1].offer);
}

static void measure_growth(void)
{
	enum { FEW = 100, MANY = 1000 };
	struct tenon_participant *all = calloc(MANY, sizeof(*all));
	struct merge few = {all, FEW};
	struct merge many = {all, MANY};

	bench_require(all != NULL);
	for (size_t i = 0; i < MANY; i++) {
		all[i].offer = bench_one_of_many(i, 4);
	}
	bench_report_max("merge of 100 offers", bench_calls((struct bench_work){run_merge, &few}),
		"calls", 0);
	/* Linear is 10; caches that overflow may add a little. */
	bench_report_max("merge of 1,000 offers",
		bench_ratio((struct bench_work){run_merge, &many},
			(struct bench_work){run_merge, &few}),
		"x of 100", 13);
	for (size_t i = 0; i < MANY; i++) {
		tenon_offer_unref(all[i].offer);
	}
	free(all);
}

void bench_main(void)
{
	measure_two();
	measure_growth();
}
