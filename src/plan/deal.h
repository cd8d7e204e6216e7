/* SPDX-License-Identifier: MIT */
#ifndef TENON_PLAN_DEAL_H
#define TENON_PLAN_DEAL_H

/*
 * Dealing participants out to buffers: what a deal costs, and the searches for a cheap one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/plan.h>

/* What is compared, the first that differs decides. */
struct tenon_cost {
	uint64_t unserved;    /* buffers whose memory is not to be had here */
	uint64_t bytes;       /* copied for each frame */
	uint64_t conversions; /* copies that change the format */
	uint64_t buffers;
	uint64_t memory; /* bytes of all buffers */
};

/* A way to deal: group_of[i] is the buffer of participant i; plans has one for each buffer. */
struct tenon_deal {
	const struct tenon_plan_options *options;
	struct tenon_participant *scratch; /* room for all participants */
	size_t *group_of;
	struct tenon_plan **plans; /* room for as many as there are participants; owned */
	size_t len;
};

enum { TENON_DEAL_EXACT_MAX = 6 };

/*
 * The plan of the participants whose group_of is `group`. Returns 0, TENON_CONFLICT when they
 * cannot share a buffer, for whatever reason; -ENOMEM.
 */
int _tenon_deal_plan(struct tenon_plan **out, const struct tenon_deal *deal, const size_t *group_of,
	size_t group);

/* What a buffer adds to a deal in which the picture comes from `source` (NULL: this is it). */
struct tenon_cost _tenon_cost_of(
	const struct tenon_plan *plan, const struct tenon_plan *source, bool has_heaps);
struct tenon_cost _tenon_cost_add(const struct tenon_cost *a, const struct tenon_cost *b);
int _tenon_cost_compare(const struct tenon_cost *a, const struct tenon_cost *b);

/*
 * Fill in group_of, plans and len. Each participant must be servable alone. The first tries all
 * partitions, for at most TENON_DEAL_EXACT_MAX participants; the second is quick for any number.
 * Return 0 or -ENOMEM, with plans that are to be destroyed in any case.
 */
int _tenon_deal_exactly(struct tenon_deal *deal);
int _tenon_deal_quickly(struct tenon_deal *deal);

#endif
