/* SPDX-License-Identifier: MIT */
#ifndef TENON_PLAN_PRIVATE_H
#define TENON_PLAN_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/plan.h>

#include "format/layout.h"
#include "plan/fit.h"

/* The name that the caller's own limits go by. */
#define TENON_CALLER "caller"

/* Options as they are understood. */
struct tenon_question {
	uint32_t width, height;
	const uint32_t *formats; /* NULL: any */
	size_t formats_len;
	const uint64_t *modifiers; /* NULL: any */
	size_t modifiers_len;
	/* The caller's own limits are the offer of one more participant, which comes last. */
	const struct tenon_participant *participants;
	size_t participants_len;
	const struct tenon_heap_info *heaps; /* NULL: memory is not to be chosen */
	size_t heaps_len;
	uint64_t page_size;
	bool mapped;  /* the CPU takes part */
	bool shared;  /* a device takes part */
	size_t *work; /* what is left of it, while the plan is made; units of TENON_WORK_MAX */
};

/* One way to satisfy: a candidate of the merge, as one format and modifier. */
struct tenon_choice {
	uint64_t rank; /* by format, then modifier: the lower, the better */
	size_t candidate;
	const struct tenon_limits *limits;
	const struct tenon_format *format;
	uint64_t modifier; /* not linear: some heap here lays it out */
};

/* All ways, best rank first once sorted. */
struct tenon_choices {
	struct tenon_choice *all;
	size_t len;
	bool foreign;                /* some pair asked for is one that nobody here lays out */
	struct tenon_choice few[96]; /* where `all` points to unless there are more */
};

struct tenon_explanation;

/* Made in one piece: the arrays of the question and `order` follow it. */
struct tenon_plan {
	struct tenon_question question;
	struct tenon_offer *own;   /* of the caller's limits, or NULL */
	struct tenon_merge *merge; /* NULL: of no participants */
	struct tenon_choice choice;
	struct tenon_layout layout;
	bool needs_contiguous;
	uint32_t *order; /* heaps that satisfy, best first: indices */
	size_t order_len;
	_Atomic(struct tenon_explanation *) explanation; /* made when first asked for */
};

/* Copies options, which may be of another version, and checks them. Returns 0 or -EINVAL. */
int _tenon_plan_options_read(
	struct tenon_plan_options *known, const struct tenon_plan_options *options);

enum {
	/* What a choice takes to be laid out, in all variants, and with each heap. */
	TENON_WORK_OF_LAYOUT = 12,
	TENON_WORK_OF_HEAP = 2,
};

/* tenon_plan_create() within *work, which becomes what is left of it; work_max does not count. */
int _tenon_plan_create_within(struct tenon_plan **out, const struct tenon_plan_options *options,
	struct tenon_conflict **conflict, size_t *work);

/* Takes work off what is left; false: there is less. */
bool _tenon_spend(const struct tenon_question *question, size_t work);

/*
 * The ways that a merge (NULL: of no participants) leaves to answer the question. Returns 0 or
 * -ENOMEM. Not sorted.
 */
int _tenon_choices_init(struct tenon_choices *choices, const struct tenon_question *question,
	const struct tenon_merge *merge);
void _tenon_choices_finish(struct tenon_choices *choices);
void _tenon_choices_sort(struct tenon_choices *choices);

/*
 * Lays a choice out at a width, in the first variant that can be; one that a heap lays out has no
 * planes yet, and only the picture's size is held against its limits. Returns as
 * _tenon_layout_solve().
 */
int _tenon_choice_solve(struct tenon_layout *layout, const struct tenon_question *question,
	const struct tenon_choice *choice, uint32_t width, enum tenon_property *property);

/* Bytes of a layout's objects; of one without planes, what it takes at the least. */
uint64_t _tenon_layout_sum_bytes(const struct tenon_layout *layout);

/*
 * Finds the best way and writes it to the plan, whose question and merge are there. Returns 0;
 * TENON_CONFLICT when no way can be laid out at this size, or none is what was asked for;
 * -EOVERFLOW, -ENOTSUP, -ENOMEM.
 */
int _tenon_plan_choose(struct tenon_plan *plan);

/* What the plan wants of memory, for objects of the layout's sizes. The layout must outlive it. */
struct tenon_want _tenon_want(const struct tenon_question *question,
	const struct tenon_limits *limits, const struct tenon_layout *layout);

/*
 * Why participants cannot agree, on limits (merge is NULL) or on this size: of the smallest set
 * that cannot. Returns 0 and writes *out, or a negative errno.
 */
int _tenon_plan_conflict(struct tenon_conflict **out, const struct tenon_question *question,
	const struct tenon_merge *merge);

void _tenon_explanation_destroy(struct tenon_explanation *explanation);

#endif
