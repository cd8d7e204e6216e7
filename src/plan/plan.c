/* SPDX-License-Identifier: MIT */
#include "plan/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/page.h"
#include "constraint/merge.h"
#include "plan/own.h"

static int check_options(const struct tenon_plan_options *options)
{
	if (options->width == 0 || options->height == 0 ||
		(options->participants == NULL && options->participants_len > 0)) {
		return -EINVAL;
	}
	for (size_t i = 0; options->formats != NULL && i < options->formats_len; i++) {
		if (tenon_format_get(options->formats[i]) == NULL) {
			return -EINVAL;
		}
	}
	for (size_t i = 0; i < options->participants_len; i++) {
		if (options->participants[i].offer == NULL) {
			return -EINVAL;
		}
	}
	/* heaps are told apart by the size that the first says it has; the name is the least */
	if (options->heaps != NULL && options->heaps_len > 0 &&
		options->heaps[0].size < offsetof(struct tenon_heap_info, reason)) {
		return -EINVAL;
	}
	return 0;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

int _tenon_plan_options_read(
	struct tenon_plan_options *known, const struct tenon_plan_options *options)
{
	if (options->size < offsetof(struct tenon_plan_options, limits)) {
		return -EINVAL;
	}
	memset(known, 0, sizeof(*known));
	memcpy(known, options, min_size(options->size, sizeof(*known)));
	return check_options(known);
}

/* The i-th heap, whose struct may be an older or a newer one. */
static void read_heap(
	struct tenon_heap_info *heap, const struct tenon_plan_options *options, size_t i)
{
	size_t stride = options->heaps[0].size;

	memset(heap, 0, sizeof(*heap));
	memcpy(heap, (const char *)options->heaps + i * stride, min_size(stride, sizeof(*heap)));
}

static void copy_heaps(struct tenon_heap_info *to, const struct tenon_plan_options *options)
{
	for (size_t i = 0; i < options->heaps_len; i++) {
		read_heap(&to[i], options, i);
		to[i].name[sizeof(to[i].name) - 1] = '\0';
		to[i].reason[sizeof(to[i].reason) - 1] = '\0';
		/* an application's heap may say anything */
		if ((unsigned)to[i].contiguity > TENON_CONTIGUITY_ASSURED) {
			to[i].contiguity = TENON_CONTIGUITY_UNKNOWN;
		}
	}
}

/* How many pairs all heaps lay out; SIZE_MAX when that is absurd. */
static size_t count_pairs(const struct tenon_plan_options *options)
{
	size_t sum = 0;

	for (size_t i = 0; options->heaps != NULL && i < options->heaps_len; i++) {
		struct tenon_heap_info heap;

		read_heap(&heap, options, i);
		if (heap.lays_out_len > SIZE_MAX - sum) {
			return SIZE_MAX;
		}
		sum += heap.lays_out_len;
	}
	return sum;
}

/* Moves what the heaps lay out into the plan: theirs may be gone tomorrow. */
static void copy_pairs(struct tenon_heap_info *heaps, size_t len, struct tenon_format_modifier *to)
{
	for (size_t i = 0; i < len; i++) {
		if (heaps[i].lays_out_len > 0) {
			heaps[i].lays_out = memcpy(to, heaps[i].lays_out,
				heaps[i].lays_out_len * sizeof(*heaps[i].lays_out));
			to += heaps[i].lays_out_len;
		}
	}
}

/* A piece of memory for n of what is there at *at; 8 bytes suit everything that is kept. */
static void *carve(char **at, size_t n, size_t size)
{
	void *piece = *at;

	*at += (n * size + 7) / 8 * 8;
	return piece;
}

static int alloc_plan(
	struct tenon_plan **out, const struct tenon_plan_options *options, size_t participants_len)
{
	size_t formats_len = options->formats != NULL ? options->formats_len : 0;
	size_t modifiers_len = options->modifiers != NULL ? options->modifiers_len : 0;
	size_t heaps_len = options->heaps != NULL ? options->heaps_len : 0;
	size_t pairs_len = count_pairs(options);
	const size_t most = SIZE_MAX / 8 / sizeof(struct tenon_heap_info);
	struct tenon_question *question;
	struct tenon_plan *plan;
	char *at;

	if (formats_len > most || modifiers_len > most || heaps_len > most ||
		participants_len > most || pairs_len > most) {
		return -ENOMEM;
	}
	plan = malloc(sizeof(*plan) + participants_len * sizeof(struct tenon_participant) +
		      heaps_len * (sizeof(struct tenon_heap_info) + 2 * sizeof(uint32_t)) +
		      pairs_len * sizeof(struct tenon_format_modifier) +
		      modifiers_len * sizeof(uint64_t) + formats_len * sizeof(uint32_t) + 6 * 8);
	if (plan == NULL) {
		return -ENOMEM;
	}
	memset(plan, 0, sizeof(*plan));
	at = (char *)plan + (sizeof(*plan) + 7) / 8 * 8;
	question = &plan->question;
	question->participants = carve(&at, participants_len, sizeof(struct tenon_participant));
	question->participants_len = participants_len;
	if (options->heaps != NULL) {
		struct tenon_heap_info *heaps = carve(&at, heaps_len, sizeof(*heaps));

		copy_heaps(heaps, options);
		copy_pairs(heaps, heaps_len, carve(&at, pairs_len, sizeof(*heaps->lays_out)));
		question->heaps = heaps;
		question->heaps_len = heaps_len;
	}
	plan->order = carve(&at, 2 * heaps_len, sizeof(*plan->order));
	if (modifiers_len > 0) {
		question->modifiers = memcpy(carve(&at, modifiers_len, sizeof(uint64_t)),
			options->modifiers, modifiers_len * sizeof(uint64_t));
		question->modifiers_len = modifiers_len;
	}
	if (formats_len > 0) {
		question->formats = memcpy(carve(&at, formats_len, sizeof(uint32_t)),
			options->formats, formats_len * sizeof(uint32_t));
		question->formats_len = formats_len;
	}
	*out = plan;
	return 0;
}

/* Fills in who takes part; the caller's own limits last. */
static int add_participants(struct tenon_plan *plan, const struct tenon_plan_options *options)
{
	struct tenon_question *question = &plan->question;
	struct tenon_participant *to = (struct tenon_participant *)question->participants;

	for (size_t i = 0; i < options->participants_len; i++) {
		uint32_t roles = options->participants[i].roles;

		to[i] = options->participants[i];
		question->mapped |= (roles & TENON_ROLE_CPU) != 0;
		question->shared |= roles == 0 || (roles & ~(uint32_t)TENON_ROLE_CPU) != 0;
	}
	if (options->limits != NULL) {
		int rc = _tenon_own_offer(&plan->own, options);

		if (rc != 0) {
			question->participants_len = options->participants_len;
			return rc;
		}
		to[options->participants_len] = (struct tenon_participant){.offer = plan->own};
	}
	return 0;
}

bool _tenon_spend(const struct tenon_question *question, size_t work)
{
	bool enough = work <= *question->work;

	*question->work -= enough ? work : *question->work;
	return enough;
}

static int decide(struct tenon_plan *plan, struct tenon_conflict **conflict)
{
	const struct tenon_question *question = &plan->question;
	int rc = 0;

	if (question->participants_len > 0) {
		rc = _tenon_merge_create_within(&plan->merge, question->participants,
			question->participants_len, NULL, question->work);
	}
	if (rc == 0) {
		rc = _tenon_plan_choose(plan);
	}
	if (rc == TENON_CONFLICT && conflict != NULL) {
		int conflict_rc = _tenon_plan_conflict(conflict, question, plan->merge);

		rc = conflict_rc != 0 ? conflict_rc : rc;
	}
	return rc;
}

/* Plans for options that were read and checked. */
static int create(struct tenon_plan **out, const struct tenon_plan_options *known,
	struct tenon_conflict **conflict, size_t *work)
{
	struct tenon_plan *plan = NULL;
	int rc = alloc_plan(&plan, known, known->participants_len + (known->limits != NULL));

	if (rc != 0) {
		return rc;
	}
	plan->question.width = known->width;
	plan->question.height = known->height;
	plan->question.page_size = page_get_size();
	rc = add_participants(plan, known);
	if (rc == 0) {
		plan->question.work = work;
		rc = decide(plan, conflict);
		plan->question.work = NULL;
	}
	if (rc != 0) {
		tenon_plan_destroy(plan);
		return rc;
	}
	*out = plan;
	return 0;
}

int _tenon_plan_create_within(struct tenon_plan **out, const struct tenon_plan_options *options,
	struct tenon_conflict **conflict, size_t *work)
{
	struct tenon_plan_options known;
	int rc = _tenon_plan_options_read(&known, options);

	return rc != 0 ? rc : create(out, &known, conflict, work);
}

int tenon_plan_create(struct tenon_plan **out, const struct tenon_plan_options *options,
	struct tenon_conflict **conflict)
{
	struct tenon_plan_options known;
	size_t work;
	int rc = _tenon_plan_options_read(&known, options);

	if (rc != 0) {
		return rc;
	}
	work = known.work_max != 0 ? known.work_max : SIZE_MAX;
	return create(out, &known, conflict, &work);
}

void tenon_plan_destroy(struct tenon_plan *plan)
{
	if (plan == NULL) {
		return;
	}
	_tenon_explanation_destroy(atomic_load(&plan->explanation));
	tenon_merge_destroy(plan->merge);
	tenon_offer_unref(plan->own);
	free(plan);
}

const struct tenon_layout *tenon_plan_get_layout(const struct tenon_plan *plan)
{
	return &plan->layout;
}

const struct tenon_limits *tenon_plan_get_limits(const struct tenon_plan *plan)
{
	return plan->choice.limits;
}

const char *tenon_plan_get_heap(const struct tenon_plan *plan, size_t i)
{
	return i < plan->order_len ? plan->question.heaps[plan->order[i]].name : NULL;
}

bool tenon_plan_needs_contiguous(const struct tenon_plan *plan)
{
	return plan->needs_contiguous;
}

enum tenon_contiguity tenon_plan_get_contiguity(const struct tenon_plan *plan)
{
	return plan->order_len > 0 ? plan->question.heaps[plan->order[0]].contiguity
				   : TENON_CONTIGUITY_UNKNOWN;
}

const char **tenon_plan_dup_askers(
	const struct tenon_plan *plan, enum tenon_property property, uint32_t plane)
{
	if (plan->merge == NULL) {
		return NULL;
	}
	return tenon_merge_dup_askers(plan->merge, plan->choice.candidate, property, plane);
}

const char *tenon_plan_find_source(
	const struct tenon_plan *plan, enum tenon_property property, const char *device)
{
	if (plan->merge == NULL) {
		return NULL;
	}
	return tenon_merge_find_source(plan->merge, plan->choice.candidate, property, device);
}
