/* SPDX-License-Identifier: MIT */
/* What merging offers costs, and how it grows with the number of devices. */
#include <malloc.h>
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

/* All of the participants, a tenth at a time. */
static void run_tenths(void *data, size_t n)
{
	const struct merge *merge = data;

	for (size_t i = 0; i < n; i++) {
		for (size_t tenth = 0; tenth < 10; tenth++) {
			struct merge part = {
				merge->participants + tenth * merge->len / 10, merge->len / 10};

			run_merge(&part, 1);
		}
	}
}

static void measure_growth(void)
{
	enum { FEW = 100, MANY = 1000 };
	struct tenon_participant *all = calloc(MANY, sizeof(*all));
	struct merge few = {all, FEW};
	struct merge many = {all, MANY};

	bench_require(all != NULL);
	/* glibc gives the kernel back what is free at the heap's end when it is more than 128 KiB,
	 * as the larger merge's memory is and the smaller one's is not: its price is not merge's.
	 */
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	for (size_t i = 0; i < MANY; i++) {
		all[i].offer = bench_one_of_many(i, 4);
	}
	bench_report_max("merge of 100 offers", bench_calls((struct bench_work){run_merge, &few}),
		"calls", 0);
	bench_report_max("merge of 1,000 offers",
		bench_calls((struct bench_work){run_merge, &many}), "calls", 0);
	/* The same offers, so that the same memory is read: 1 is linear, quadratic would be 10. */
	bench_report_max("merge of 1,000 offers",
		bench_ratio((struct bench_work){run_merge, &many},
			(struct bench_work){run_tenths, &many}),
		"x 10 of 100", 1.5);
	for (size_t i = 0; i < MANY; i++) {
		tenon_offer_unref(all[i].offer);
	}
	free(all);
}

void bench_main(void)
{
	measure_two(); /* before measure_growth() changes how malloc() works */
	measure_growth();
}
