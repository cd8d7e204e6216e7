/* SPDX-License-Identifier: MIT */
/*
 * A plan in words. Most plans are never read by a person, so this is done when somebody asks; any
 * number of threads may ask at once: each makes the text, the first to finish publishes it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "constraint/describe.h"
#include "constraint/property.h"
#include "plan/ruled_out.h"

struct tenon_explanation {
	struct tenon_rows rows;
	char *text;
};

static const char *const contiguity_words[] = {
	[TENON_CONTIGUITY_UNKNOWN] = "contiguity unknown",
	[TENON_CONTIGUITY_NONE] = "scattered",
	[TENON_CONTIGUITY_PROVABLE] = "contiguity proven for each buffer",
	[TENON_CONTIGUITY_PROVEN] = "contiguity proven",
	[TENON_CONTIGUITY_ASSURED] = "contiguity assured",
};

static void add_head(struct text_buf *buf, const struct tenon_plan *plan)
{
	const struct tenon_question *question = &plan->question;
	char modifier[64];

	tenon_modifier_print(modifier, sizeof(modifier), plan->layout.modifier);
	text_buf_addf(buf, "%s, %s, %" PRIu32 " x %" PRIu32 "\n", plan->choice.format->name,
		modifier, question->width, question->height);
	if (question->formats_len == 1) {
		text_buf_add(buf, "  format: the one asked for\n");
	} else if (question->formats != NULL) {
		text_buf_addf(buf, "  format: choice %zu of the %zu asked for\n",
			(size_t)(plan->choice.rank >> 32) + 1, question->formats_len);
	} else {
		text_buf_add(buf, "  format: none was asked for, most hardware takes this one\n");
	}
}

static void add_layout(struct text_buf *buf, const struct tenon_plan *plan)
{
	const struct tenon_layout *layout = &plan->layout;

	if (layout->planes_len == 0) {
		text_buf_addf(buf, "  layout: the heap's own, of %" PRIu64 " bytes at least\n",
			layout->object_sizes[0]);
	}
	for (unsigned i = 0; i < layout->planes_len; i++) {
		const struct tenon_plane_layout *plane = &layout->planes[i];

		text_buf_addf(buf,
			"  plane %u: pitch %" PRIu32 " (rows of %" PRIu64 " bytes), %" PRIu32
			" rows, offset %" PRIu64,
			i, plane->pitch,
			_tenon_plane_row_bytes(layout->format, i,
				_tenon_plane_columns(layout->format, i, layout->width)),
			plane->height, plane->offset);
		if (layout->objects_len > 1) {
			text_buf_addf(buf, " of object %" PRIu32, plane->object);
		}
		text_buf_add(buf, "\n");
	}
	for (unsigned i = 0; i < layout->objects_len; i++) {
		text_buf_addf(buf, "  object %u: %" PRIu64 " bytes\n", i, layout->object_sizes[i]);
	}
}

/* What was asked for, and by whom; a remainder is told with its multiple. */
static void add_needs(struct text_buf *buf, const struct tenon_plan *plan)
{
	const struct tenon_limits *limits = plan->choice.limits;
	const struct tenon_property_info *info;

	for (size_t i = 0; (info = _tenon_property_list(i)) != NULL; i++) {
		struct text_buf value = {0}, askers = {0};

		if (info->kind != TENON_KIND_REMAINDER &&
			_tenon_limits_describe(&value, limits, info->property)) {
			_tenon_plan_add_askers(&askers, plan, info->property);
			text_buf_addf(buf, "  needs %s %s%s%s\n", info->noun,
				value.len > 0 ? value.data : "", askers.len > 0 ? ": " : "",
				askers.len > 0 ? askers.data : "");
		}
		buf->failed |= value.failed || askers.failed;
		text_buf_finish(&value);
		text_buf_finish(&askers);
	}
	if (plan->needs_contiguous) {
		text_buf_add(buf, "  so the memory must be contiguous\n");
	}
}

/* What is known to matter and not what it is: by its name, for there may be a value besides. */
static void add_unknown(struct text_buf *buf, const struct tenon_plan *plan)
{
	const struct tenon_limits *limits = plan->choice.limits;
	const struct tenon_property_info *info;

	for (size_t i = 0; (info = _tenon_property_list(i)) != NULL; i++) {
		struct text_buf unsure = {0};

		if (tenon_limits_is_unknown(limits, info->property, TENON_PLANE_ALL)) {
			_tenon_plan_add_unsure(&unsure, plan, info->property);
			text_buf_addf(buf, "  not known: %s%s%s\n", info->name,
				unsure.len > 0 ? " of " : "", unsure.len > 0 ? unsure.data : "");
		}
		buf->failed |= unsure.failed;
		text_buf_finish(&unsure);
	}
}

/* What the chosen heap is among those that fit. */
static const char *describe_choice(const struct tenon_plan *plan)
{
	const struct tenon_heap_info *heaps = plan->question.heaps;
	const struct tenon_heap_info *chosen = &heaps[plan->order[0]];

	if (_tenon_limits_rank_heap(plan->choice.limits, chosen->name) != SIZE_MAX) {
		return "the preferred one";
	}
	for (size_t i = 1; i < plan->order_len; i++) {
		if (heaps[plan->order[i]].scarcity < chosen->scarcity) {
			return "the surest";
		}
	}
	return "the least scarce";
}

static void add_heaps(struct text_buf *buf, const struct tenon_plan *plan)
{
	const struct tenon_question *question = &plan->question;

	if (question->heaps == NULL) {
		text_buf_add(buf, "  heap: none was asked for\n");
	} else if (plan->order_len == 0) {
		text_buf_add(buf, "  heap: none here has such memory\n");
	}
	for (size_t i = 0; i < plan->order_len; i++) {
		const struct tenon_heap_info *heap = &question->heaps[plan->order[i]];

		if (i == 0) {
			text_buf_addf(buf, "  heap: %s, %s that fits; %s\n", heap->name,
				describe_choice(plan), contiguity_words[heap->contiguity]);
		} else {
			text_buf_addf(buf, "  if that is out of memory: %s\n", heap->name);
		}
	}
}

static void add_rows(struct text_buf *buf, const struct tenon_rows *rows)
{
	for (size_t i = 0; i < rows->len; i++) {
		const struct tenon_ruled_out *row = &rows->row[i];

		text_buf_addf(buf, "  not %s: %s", row->what, row->why);
		if (row->device != NULL) {
			text_buf_addf(buf, " (%s)", row->device);
		}
		text_buf_add(buf, "\n");
	}
}

static struct tenon_explanation *make(const struct tenon_plan *plan)
{
	struct tenon_explanation *explanation = calloc(1, sizeof(*explanation));
	struct text_buf buf = {0};

	if (explanation == NULL) {
		return NULL;
	}
	if (_tenon_rows_init(&explanation->rows, plan) != 0) {
		_tenon_explanation_destroy(explanation);
		return NULL;
	}
	add_head(&buf, plan);
	add_layout(&buf, plan);
	add_needs(&buf, plan);
	add_unknown(&buf, plan);
	add_heaps(&buf, plan);
	add_rows(&buf, &explanation->rows);
	if (text_buf_take(&buf, &explanation->text) != 0) {
		_tenon_explanation_destroy(explanation);
		return NULL;
	}
	return explanation;
}

void _tenon_explanation_destroy(struct tenon_explanation *explanation)
{
	if (explanation == NULL) {
		return;
	}
	_tenon_rows_finish(&explanation->rows);
	free(explanation->text);
	free(explanation);
}

/* The explanation, made now if nobody asked before; NULL when there is no memory for it. */
static const struct tenon_explanation *get(const struct tenon_plan *plan)
{
	/* the one thing of a plan that changes: to readers it was there all along */
	_Atomic(struct tenon_explanation *) *slot = &((struct tenon_plan *)plan)->explanation;
	struct tenon_explanation *there = atomic_load(slot);
	struct tenon_explanation *made;

	if (there != NULL) {
		return there;
	}
	made = make(plan);
	if (made != NULL && !atomic_compare_exchange_strong(slot, &there, made)) {
		_tenon_explanation_destroy(made);
		return there;
	}
	return made;
}

int tenon_plan_get_ruled_out(const struct tenon_plan *plan, size_t i, struct tenon_ruled_out *out)
{
	const struct tenon_explanation *explanation = get(plan);

	if (explanation == NULL) {
		return -ENOMEM;
	}
	if (i >= explanation->rows.len) {
		return -EINVAL;
	}
	*out = explanation->rows.row[i];
	return 0;
}

const char *tenon_plan_get_text(const struct tenon_plan *plan)
{
	const struct tenon_explanation *explanation = get(plan);

	return explanation != NULL ? explanation->text : "out of memory: no explanation\n";
}
