/* SPDX-License-Identifier: MIT */
#include "plan/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct tenon_limits unconstrained;

/* Position in the caller's list, or, without a list, in the table; SIZE_MAX: not asked for. */
static size_t rank_format(const struct tenon_question *question, const struct tenon_format *format)
{
	uint32_t fourcc = tenon_format_get_fourcc(format);

	if (question->formats == NULL) {
		return _tenon_format_get_rank(format);
	}
	for (size_t i = 0; i < question->formats_len; i++) {
		if (question->formats[i] == fourcc) {
			return i;
		}
	}
	return SIZE_MAX;
}

static size_t rank_modifier(const struct tenon_question *question, uint64_t modifier)
{
	if (question->modifiers == NULL) {
		return modifier == 0; /* tiled layouts are there for speed */
	}
	for (size_t i = 0; i < question->modifiers_len; i++) {
		if (question->modifiers[i] == modifier) {
			return i;
		}
	}
	return SIZE_MAX;
}

/* Whether a picture can be laid out here: by us, or by a heap. */
static bool is_laid_out(const struct tenon_question *question, uint32_t format, uint64_t modifier)
{
	bool is = modifier == 0;

	for (size_t i = 0; !is && i < question->heaps_len; i++) {
		is = _tenon_heap_lays_out(&question->heaps[i], format, modifier);
	}
	return is;
}

static int grow(struct tenon_choices *choices, size_t room)
{
	struct tenon_choice *all;

	if (room <= sizeof(choices->few) / sizeof(choices->few[0])) {
		return 0;
	}
	all = reallocarray(NULL, room, sizeof(*all));
	if (all == NULL) {
		return -ENOMEM;
	}
	choices->all = all;
	return 0;
}

static void add_format(struct tenon_choices *choices, const struct tenon_question *question,
	const struct tenon_format *format, uint64_t modifier, size_t candidate,
	const struct tenon_limits *limits)
{
	size_t modifier_rank = rank_modifier(question, modifier);
	size_t format_rank = format != NULL ? rank_format(question, format) : 0;

	if (modifier_rank == SIZE_MAX || format_rank == SIZE_MAX) {
		return;
	}
	if (format == NULL && question->formats != NULL) {
		return;
	}
	if (format == NULL || !is_laid_out(question, tenon_format_get_fourcc(format), modifier)) {
		choices->foreign = true;
		return;
	}
	choices->all[choices->len++] = (struct tenon_choice){
		.rank = (uint64_t)format_rank << 32 | (uint32_t)modifier_rank,
		.candidate = candidate,
		.limits = limits,
		.format = format,
		.modifier = modifier,
	};
}

static void add_pair(struct tenon_choices *choices, const struct tenon_question *question,
	struct tenon_format_modifier pair, size_t candidate, const struct tenon_limits *limits)
{
	if (pair.format != TENON_FORMAT_ANY) {
		if (question->formats == NULL || question->formats_len > 1 ||
			question->formats[0] == pair.format) {
			add_format(choices, question, tenon_format_get(pair.format), pair.modifier,
				candidate, limits);
		}
	} else if (question->formats == NULL) {
		add_format(
			choices, question, tenon_format_list(0), pair.modifier, candidate, limits);
	} else {
		for (size_t i = 0; i < question->formats_len; i++) {
			add_format(choices, question, tenon_format_get(question->formats[i]),
				pair.modifier, candidate, limits);
		}
	}
}

/* How many choices there can be: a candidate of any format is one for each format asked for. */
static size_t count_room(const struct tenon_question *question, const struct tenon_merge *merge)
{
	size_t len = tenon_merge_get_candidates_len(merge);
	size_t room = len;

	for (size_t i = 0; question->formats_len > 1 && i < len; i++) {
		struct tenon_format_modifier pair;

		tenon_merge_get_candidate(merge, i, &pair, NULL);
		room += pair.format == TENON_FORMAT_ANY ? question->formats_len - 1 : 0;
	}
	return room;
}

/* Nobody takes part: linear, and what the caller lists. */
static void add_for_nobody(struct tenon_choices *choices, const struct tenon_question *question)
{
	struct tenon_format_modifier any = {.format = TENON_FORMAT_ANY};

	add_pair(choices, question, any, 0, &unconstrained);
	for (size_t i = 0; i < question->modifiers_len; i++) {
		any.modifier = question->modifiers[i];
		if (any.modifier != 0) {
			add_pair(choices, question, any, 0, &unconstrained);
		}
	}
	choices->foreign = choices->len == 0;
}

/* Each format with each modifier, and linear; what does not fit is out of memory. */
static size_t count_room_for_nobody(const struct tenon_question *question)
{
	size_t formats = question->formats_len + 1, modifiers = question->modifiers_len + 1;

	return formats <= SIZE_MAX / modifiers ? formats * modifiers : SIZE_MAX;
}

int _tenon_choices_init(struct tenon_choices *choices, const struct tenon_question *question,
	const struct tenon_merge *merge)
{
	size_t len = merge != NULL ? tenon_merge_get_candidates_len(merge) : 0;
	int rc;

	choices->all = choices->few;
	choices->len = 0;
	choices->foreign = false;
	rc = grow(choices,
		merge != NULL ? count_room(question, merge) : count_room_for_nobody(question));
	if (rc != 0) {
		return rc;
	}
	if (merge == NULL) {
		add_for_nobody(choices, question);
	}
	for (size_t i = 0; i < len; i++) {
		struct tenon_format_modifier pair;
		const struct tenon_limits *limits;

		tenon_merge_get_candidate(merge, i, &pair, &limits);
		add_pair(choices, question, pair, i, limits);
	}
	return 0;
}

void _tenon_choices_finish(struct tenon_choices *choices)
{
	if (choices->all != choices->few) {
		free(choices->all);
	}
}

static int compare(const void *a, const void *b)
{
	const struct tenon_choice *x = a, *y = b;

	if (x->rank != y->rank) {
		return x->rank < y->rank ? -1 : 1;
	}
	return x->candidate < y->candidate ? -1 : x->candidate > y->candidate;
}

void _tenon_choices_sort(struct tenon_choices *choices)
{
	qsort(choices->all, choices->len, sizeof(*choices->all), compare);
}

/* Planes and objects are its heap's to decide; what it takes at the least is known. */
static int solve_foreign(struct tenon_layout *layout, const struct tenon_question *question,
	const struct tenon_choice *choice, uint32_t width, enum tenon_property *property)
{
	*layout = (struct tenon_layout){
		.format = choice->format,
		.modifier = choice->modifier,
		.width = width,
		.height = question->height,
	};
	layout->object_sizes[0] = _tenon_layout_count_bytes(layout);
	return _tenon_layout_check_picture(layout, choice->limits, property);
}

int _tenon_choice_solve(struct tenon_layout *layout, const struct tenon_question *question,
	const struct tenon_choice *choice, uint32_t width, enum tenon_property *property)
{
	if (choice->modifier != 0) {
		return solve_foreign(layout, question, choice, width, property);
	}
	return _tenon_layout_solve_best(
		layout, choice->format, width, question->height, choice->limits, property);
}

uint64_t _tenon_layout_sum_bytes(const struct tenon_layout *layout)
{
	uint64_t sum = layout->objects_len == 0 ? layout->object_sizes[0] : 0;

	for (unsigned i = 0; i < layout->objects_len; i++) {
		/* saturates: four objects may exceed 64 bits */
		sum = layout->object_sizes[i] > UINT64_MAX - sum ? UINT64_MAX
								 : sum + layout->object_sizes[i];
	}
	return sum;
}
