/* SPDX-License-Identifier: MIT */
/*
 * How a plan is chosen.
 *
 * What devices need has been merged: what is left are candidates, each a format, a modifier and
 * limits, and any of them would serve every device. Which is best is decided in this order:
 *
 *	1. memory that can be had here comes before memory that cannot
 *	2. the format that the caller named first; if he named none, the one that most hardware
 *	   takes (the order of the format table)
 *	3. the modifier that the caller named first; if he named none, tiled before linear
 *	4. among the sets of limits that one format and modifier have: the heap that somebody
 *	   prefers, then the least scarce heap, so that contiguous memory is left for those who
 *	   need it. For those who do, a heap that has nothing else comes before one that must look
 *	   for pages in a row: that takes long, pins pages meanwhile, and may not find any
 *	5. the fewest bytes
 *
 * 1 outweighs all, but needs a layout, whose size every heap is asked about. Laying out is the
 * dear part, so candidates are looked at in the order of 2 and 3, a rank at a time: as soon as a
 * rank has one whose memory is to be had, no later rank can win. With 64 pairs that is mostly one
 * layout. Only when the first rank fails are the others sorted.
 *
 *	rank 0   XRGB8888 LINEAR   limits a   layout  heaps: cma
 *	         XRGB8888 LINEAR   limits b   layout  heaps: memfd, cma   <- less scarce: chosen
 *	rank 1   RGB565 LINEAR     limits c   not looked at
 *
 * A candidate is laid out in up to four variants (layout.h), best first: preferred pitches are
 * followed unless that makes sizes fail that would do without.
 *
 * Tiled and compressed layouts are candidates like any others where an available heap lays them
 * out: such a one has a format and a modifier, and no planes until the heap's allocator made it.
 * One whose memory nothing here has is no plan: there would be no layout to tell.
 *
 * When no rank has memory here the plan is made all the same, of the first that can be laid out:
 * it says what memory it would need. When none can be laid out at all at this size, devices whose
 * limits agree as such do not agree on this picture (a tight pitch and a multiple of 256 do for
 * widths of a multiple of 64 pixels): conflict.c finds out who, and what would do.
 */
#include "plan/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The best way found so far, and what happened to the others. */
struct search {
	struct tenon_plan *plan;
	uint32_t *order; /* room for one list of heaps */
	bool found, served;
	uint64_t bytes;
	size_t preferred; /* of the heap chosen */
	uint32_t scarcity;
	bool conflict, overflow;
	bool gave_up;  /* there was too much to try */
	bool unserved; /* a layout of a heap's own, that no heap has such memory for */
};

struct tenon_want _tenon_want(const struct tenon_question *question,
	const struct tenon_limits *limits, const struct tenon_layout *layout)
{
	return (struct tenon_want){
		.limits = limits,
		.sizes = layout->object_sizes,
		.sizes_len = layout->modifier != 0 ? 1 : layout->objects_len,
		.page_size = question->page_size,
		.mapped = question->mapped,
		.format = tenon_format_get_fourcc(layout->format),
		.modifier = layout->modifier,
	};
}

/* Whether heap a comes before heap b. Devices take dma-bufs, so these come first at a tie. */
static bool is_before(const struct tenon_question *question, const struct tenon_want *want,
	const struct tenon_heap_info *a, const struct tenon_heap_info *b)
{
	const struct tenon_limits *limits = want->limits;
	bool assured_a = a->contiguity == TENON_CONTIGUITY_ASSURED;
	bool assured_b = b->contiguity == TENON_CONTIGUITY_ASSURED;

	if (limits->preferred.set) {
		size_t rank_a = _tenon_limits_rank_heap(limits, a->name);
		size_t rank_b = _tenon_limits_rank_heap(limits, b->name);

		if (rank_a != rank_b) {
			return rank_a < rank_b;
		}
	}
	if (assured_a != assured_b && _tenon_want_contiguous(want)) {
		return assured_a;
	}
	if (a->scarcity != b->scarcity) {
		return a->scarcity < b->scarcity;
	}
	return question->shared && a->dmabuf && !b->dmabuf;
}

/* Lists the heaps that satisfy, best first; returns how many. */
static size_t list_heaps(
	const struct tenon_question *question, const struct tenon_want *want, uint32_t *order)
{
	size_t len = 0;

	for (size_t i = 0; i < question->heaps_len; i++) {
		const struct tenon_heap_info *heap = &question->heaps[i];
		struct tenon_fit fit;
		size_t at = len;

		_tenon_heap_fit(&fit, heap, want);
		if (fit.misfit != TENON_FITS) {
			continue;
		}
		while (at > 0 && is_before(question, want, heap, &question->heaps[order[at - 1]])) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = (uint32_t)i;
		len++;
	}
	return len;
}

/* Takes a layout whose heaps are in search->order, if it is better than what there is. */
static void consider(struct search *search, const struct tenon_choice *choice,
	const struct tenon_layout *layout, size_t heaps_len)
{
	struct tenon_plan *plan = search->plan;
	bool served = heaps_len > 0 || plan->question.heaps == NULL;
	uint64_t bytes = _tenon_layout_sum_bytes(layout);
	size_t preferred = SIZE_MAX;
	uint32_t scarcity = UINT32_MAX;

	if (heaps_len > 0) {
		const struct tenon_heap_info *best = &plan->question.heaps[search->order[0]];

		preferred = _tenon_limits_rank_heap(choice->limits, best->name);
		scarcity = best->scarcity;
	}
	if (search->found) {
		/* without memory only the first rank that can be laid out counts */
		if (search->served != served                ? search->served
			: choice->rank != plan->choice.rank ? true
			: preferred != search->preferred    ? preferred > search->preferred
			: scarcity != search->scarcity      ? scarcity > search->scarcity
							    : bytes >= search->bytes) {
			return;
		}
	}
	search->found = true;
	search->served = served;
	search->bytes = bytes;
	search->preferred = preferred;
	search->scarcity = scarcity;
	plan->choice = *choice;
	plan->layout = *layout;
	plan->order_len = heaps_len;
	if (heaps_len > 0) {
		memcpy(plan->order, search->order, heaps_len * sizeof(*plan->order));
	}
}

/* What a heap lays out itself: as good as its limits' word for the picture, and only with memory.
 */
static void try_foreign(struct search *search, const struct tenon_choice *choice)
{
	const struct tenon_question *question = &search->plan->question;
	enum tenon_property property = 0;
	struct tenon_layout layout;
	struct tenon_want want;
	size_t heaps_len;

	if (_tenon_choice_solve(&layout, question, choice, question->width, &property) != 0) {
		search->conflict = true;
		return;
	}
	want = _tenon_want(question, choice->limits, &layout);
	heaps_len = list_heaps(question, &want, search->order);
	if (heaps_len > 0) {
		consider(search, choice, &layout, heaps_len);
	} else {
		search->unserved = true;
	}
}

/* Tries the variants until one has memory here; if none has, the first is as good as any. */
static void try_linear(struct search *search, const struct tenon_choice *choice)
{
	const struct tenon_question *question = &search->plan->question;
	struct tenon_layout first;
	bool laid_out = false;

	for (const int *variant = _tenon_layout_variants; *variant >= 0; variant++) {
		struct tenon_layout layout;
		enum tenon_property property = 0;
		struct tenon_want want;
		size_t heaps_len;
		int rc = _tenon_layout_solve(&layout, choice->format, question->width,
			question->height, choice->limits, *variant, &property);

		if (rc != 0) {
			search->overflow |= rc == -EOVERFLOW;
			search->conflict |= rc == TENON_CONFLICT && property != TENON_PROP_OBJECTS;
			continue;
		}
		want = _tenon_want(question, choice->limits, &layout);
		heaps_len = list_heaps(question, &want, search->order);
		if (heaps_len > 0 || question->heaps == NULL) {
			consider(search, choice, &layout, heaps_len);
			return;
		}
		if (!laid_out) {
			first = layout;
			laid_out = true;
		}
	}
	if (laid_out) {
		consider(search, choice, &first, 0);
	}
}

static void try_choice(struct search *search, const struct tenon_choice *choice)
{
	const struct tenon_question *question = &search->plan->question;

	if (!_tenon_spend(
		    question, TENON_WORK_OF_LAYOUT + TENON_WORK_OF_HEAP * question->heaps_len)) {
		search->gave_up = true;
		return;
	}
	if (choice->modifier != 0) {
		try_foreign(search, choice);
	} else {
		try_linear(search, choice);
	}
}

/* Tries the choices of the best rank; returns that rank. */
static uint64_t try_best_rank(struct search *search, const struct tenon_choices *choices)
{
	uint64_t best = UINT64_MAX;

	for (size_t i = 0; i < choices->len; i++) {
		best = choices->all[i].rank < best ? choices->all[i].rank : best;
	}
	for (size_t i = 0; i < choices->len; i++) {
		if (choices->all[i].rank == best) {
			try_choice(search, &choices->all[i]);
		}
	}
	return best;
}

static void try_all(struct search *search, struct tenon_choices *choices)
{
	uint64_t done = try_best_rank(search, choices);

	if (search->served || search->gave_up) {
		return;
	}
	_tenon_choices_sort(choices);
	for (size_t i = 0; i < choices->len; i++) {
		const struct tenon_choice *choice = &choices->all[i];

		if (choice->rank <= done) {
			continue;
		}
		if (search->gave_up) {
			return;
		}
		if (search->served && choice->rank != search->plan->choice.rank) {
			return;
		}
		try_choice(search, choice);
	}
}

int _tenon_plan_choose(struct tenon_plan *plan)
{
	struct search search = {.plan = plan, .order = plan->order + plan->question.heaps_len};
	struct tenon_choices choices;
	struct tenon_want want;
	int rc = _tenon_choices_init(&choices, &plan->question, plan->merge);

	if (rc != 0) {
		return rc;
	}
	if (!_tenon_spend(&plan->question, choices.len)) {
		search.gave_up = true;
	} else if (choices.len > 0) {
		try_all(&search, &choices);
	}
	rc = search.gave_up                       ? -E2BIG
	     : search.found                       ? 0
	     : search.overflow                    ? -EOVERFLOW
	     : search.conflict                    ? TENON_CONFLICT
	     : choices.foreign || search.unserved ? -ENOTSUP
						  : TENON_CONFLICT;
	_tenon_choices_finish(&choices);
	if (rc == 0) {
		want = _tenon_want(&plan->question, plan->choice.limits, &plan->layout);
		plan->needs_contiguous = _tenon_want_contiguous(&want);
	}
	return rc;
}

/* Whether a choice is one of the plan's format that its i-th heap could be allocated in as well. */
static bool would_do(const struct tenon_plan *plan, const struct tenon_choice *choice, size_t i)
{
	const struct tenon_question *question = &plan->question;
	enum tenon_property property;
	struct tenon_layout layout;
	struct tenon_want want;
	struct tenon_fit fit;

	if (choice->format != plan->choice.format ||
		(choice->modifier == 0) != (plan->choice.modifier == 0) ||
		_tenon_choice_solve(&layout, question, choice, question->width, &property) != 0) {
		return false;
	}
	want = _tenon_want(question, choice->limits, &layout);
	_tenon_heap_fit(&fit, &question->heaps[plan->order[i]], &want);
	return fit.misfit == TENON_FITS;
}

int tenon_plan_dup_modifiers(const struct tenon_plan *plan, size_t i, uint64_t **out, size_t *len)
{
	const struct tenon_question *question = &plan->question;
	struct tenon_choices choices;
	uint64_t *modifiers;
	int rc;

	if (i >= plan->order_len) {
		return -EINVAL;
	}
	rc = _tenon_choices_init(&choices, question, plan->merge);
	if (rc != 0) {
		return rc;
	}
	_tenon_choices_sort(&choices);
	modifiers = calloc(choices.len + 1, sizeof(*modifiers));
	*len = 0;
	for (size_t c = 0; modifiers != NULL && c < choices.len; c++) {
		if (would_do(plan, &choices.all[c], i) &&
			(*len == 0 || modifiers[*len - 1] != choices.all[c].modifier)) {
			modifiers[(*len)++] = choices.all[c].modifier;
		}
	}
	_tenon_choices_finish(&choices);
	if (modifiers == NULL) {
		return -ENOMEM;
	}
	*out = modifiers;
	return 0;
}
