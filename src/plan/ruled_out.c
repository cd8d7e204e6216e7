/* SPDX-License-Identifier: MIT */
#include "plan/ruled_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/property.h"

/* Takes the three texts over, also on failure. device may be empty. */
static int add_row(struct tenon_rows *rows, struct text_buf *what, struct text_buf *why,
	struct text_buf *device)
{
	struct tenon_ruled_out row = {0};
	bool by_device = device->len > 0;
	char *texts[3] = {0};
	int rc = text_buf_take(what, &texts[0]);
	int rc_why = text_buf_take(why, &texts[1]);
	int rc_device = text_buf_take(device, &texts[2]);

	if (rc == 0 && rc_why == 0 && rc_device == 0 && rows->len == rows->room) {
		size_t room = rows->room == 0 ? 8 : 2 * rows->room;
		struct tenon_ruled_out *more = reallocarray(rows->row, room, sizeof(*more));

		if (more != NULL) {
			rows->row = more;
			rows->room = room;
		}
	}
	if (rc != 0 || rc_why != 0 || rc_device != 0 || rows->len == rows->room) {
		free(texts[0]);
		free(texts[1]);
		free(texts[2]);
		return -ENOMEM;
	}
	row.what = texts[0];
	row.why = texts[1];
	if (by_device) {
		row.device = texts[2];
	} else {
		free(texts[2]);
	}
	rows->row[rows->len++] = row;
	return 0;
}

void _tenon_rows_finish(struct tenon_rows *rows)
{
	for (size_t i = 0; i < rows->len; i++) {
		free((char *)rows->row[i].what);
		free((char *)rows->row[i].why);
		free((char *)rows->row[i].device);
	}
	free(rows->row);
}

typedef const char **(*dup_names_fn)(
	const struct tenon_merge *merge, size_t i, enum tenon_property property, uint32_t plane);

static bool add_names(struct text_buf *buf, dup_names_fn dup_names, const struct tenon_merge *merge,
	size_t candidate, enum tenon_property property)
{
	const char **names = NULL;
	bool any;

	/* NULL is nobody, or no memory: only errno tells */
	errno = 0;
	if (merge != NULL) {
		names = dup_names(merge, candidate, property, TENON_PLANE_ALL);
	}
	buf->failed |= names == NULL && errno == ENOMEM;
	any = names != NULL && names[0] != NULL;
	for (size_t i = 0; any && names[i] != NULL; i++) {
		text_buf_addf(buf, "%s%s", i == 0 ? "" : ", ", names[i]);
	}
	free(names);
	return any;
}

bool _tenon_plan_add_askers(
	struct text_buf *buf, const struct tenon_plan *plan, enum tenon_property property)
{
	return add_names(
		buf, tenon_merge_dup_askers, plan->merge, plan->choice.candidate, property);
}

bool _tenon_plan_add_unsure(
	struct text_buf *buf, const struct tenon_plan *plan, enum tenon_property property)
{
	return add_names(
		buf, tenon_merge_dup_unsure, plan->merge, plan->choice.candidate, property);
}

/* Whether a participant's offer has the format, in a role it is to serve in. */
static bool has_format(const struct tenon_participant *participant, uint32_t fourcc)
{
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(participant->offer); i++) {
		const struct tenon_format_modifier *pairs;
		uint32_t roles;
		size_t len;

		tenon_offer_get_alternative(participant->offer, i, &roles, &pairs, &len, NULL);
		if (participant->roles != 0 && (participant->roles & roles) == 0) {
			continue;
		}
		for (size_t p = 0; p < len; p++) {
			if (pairs[p].format == fourcc || pairs[p].format == TENON_FORMAT_ANY) {
				return true;
			}
		}
	}
	return false;
}

static bool is_in_merge(const struct tenon_merge *merge, uint32_t fourcc)
{
	for (size_t i = 0; i < tenon_merge_get_candidates_len(merge); i++) {
		struct tenon_format_modifier pair;

		tenon_merge_get_candidate(merge, i, &pair, NULL);
		if (pair.format == fourcc || pair.format == TENON_FORMAT_ANY) {
			return true;
		}
	}
	return false;
}

/* A format that the plan would have taken before its own, had it been possible. */
static int explain_choice(
	struct tenon_rows *rows, const struct tenon_plan *plan, const struct tenon_choice *choice)
{
	const struct tenon_question *question = &plan->question;
	struct text_buf what = {0}, why = {0}, device = {0};
	enum tenon_property property = 0;
	struct tenon_layout layout;
	int rc = _tenon_choice_solve(&layout, question, choice, question->width, &property);

	text_buf_addf(&what, "format %s", choice->format->name);
	if (rc == 0) {
		text_buf_add(&why, "no heap here has memory for it");
	} else if (rc == TENON_CONFLICT) {
		text_buf_addf(&why, "cannot be laid out at this size (%s)",
			tenon_property_get_name(property));
		add_names(
			&device, tenon_merge_dup_askers, plan->merge, choice->candidate, property);
	} else {
		text_buf_add(&why, "too large");
	}
	return add_row(rows, &what, &why, &device);
}

static int explain_choices(struct tenon_rows *rows, const struct tenon_plan *plan)
{
	const struct tenon_format *last = NULL;
	struct tenon_choices choices;
	int rc = _tenon_choices_init(&choices, &plan->question, plan->merge);

	if (rc != 0) {
		return rc;
	}
	_tenon_choices_sort(&choices);
	for (size_t i = 0; rc == 0 && i < choices.len; i++) {
		const struct tenon_choice *choice = &choices.all[i];

		if (choice->rank >= plan->choice.rank) {
			break;
		}
		if (choice->format != last && choice->format != plan->choice.format) {
			rc = explain_choice(rows, plan, choice);
			last = choice->format;
		}
	}
	_tenon_choices_finish(&choices);
	return rc;
}

/* Formats that were asked for, before the one taken, and that not all have. */
static int explain_asked(struct tenon_rows *rows, const struct tenon_plan *plan)
{
	const struct tenon_question *question = &plan->question;
	int rc = 0;

	for (size_t i = 0; rc == 0 && plan->merge != NULL && i < question->formats_len; i++) {
		uint32_t fourcc = question->formats[i];
		struct text_buf what = {0}, why = {0}, device = {0};
		size_t missing = 0;

		if (fourcc == plan->choice.format->fourcc) {
			break;
		}
		if (is_in_merge(plan->merge, fourcc)) {
			continue;
		}
		while (missing < question->participants_len &&
			has_format(&question->participants[missing], fourcc)) {
			missing++;
		}
		text_buf_addf(&what, "format %s", tenon_format_get_name(tenon_format_get(fourcc)));
		if (missing < question->participants_len) {
			text_buf_add(&why, "not offered");
			text_buf_add(&device,
				tenon_offer_get_device(question->participants[missing].offer));
		} else {
			text_buf_add(&why, "limits or modifiers for it do not agree");
		}
		rc = add_row(rows, &what, &why, &device);
	}
	return rc;
}

/* Why a tiled layout that all would take was not taken. Returns false when it was not in question:
 * nobody asked for it, or it would have come after the one taken. */
static bool add_why_not(struct text_buf *why, const struct tenon_plan *plan,
	const struct tenon_format_modifier *pair, const struct tenon_limits *limits)
{
	const struct tenon_question *question = &plan->question;
	const struct tenon_choice choice = {
		.format = plan->choice.format,
		.modifier = pair->modifier,
		.limits = limits,
	};
	enum tenon_property property = 0;
	struct tenon_layout layout;

	for (size_t i = 0; i < question->heaps_len; i++) {
		const struct tenon_heap_info *heap = &question->heaps[i];
		struct tenon_want want;
		struct tenon_fit fit;

		if (!_tenon_heap_lays_out(heap, pair->format, pair->modifier)) {
			continue;
		}
		if (_tenon_choice_solve(&layout, question, &choice, question->width, &property) !=
			0) {
			text_buf_addf(why, "cannot be of this size (%s)",
				tenon_property_get_name(property));
			return true;
		}
		want = _tenon_want(question, limits, &layout);
		_tenon_heap_fit(&fit, heap, &want);
		if (fit.misfit == TENON_FITS) {
			return false;
		}
		text_buf_addf(why, "heap %s, which lays it out, does not do: ", heap->name);
		_tenon_fit_describe(why, &fit, heap);
		return true;
	}
	text_buf_add(why, "only its device's own allocator can lay it out");
	return true;
}

/* Tiled and compressed layouts of the format taken. */
static int explain_modifiers(struct tenon_rows *rows, const struct tenon_plan *plan)
{
	size_t len = plan->merge != NULL ? tenon_merge_get_candidates_len(plan->merge) : 0;
	uint64_t last = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < len; i++) {
		struct text_buf what = {0}, why = {0}, device = {0};
		struct tenon_format_modifier pair;
		const struct tenon_limits *limits;
		char text[64];

		tenon_merge_get_candidate(plan->merge, i, &pair, &limits);
		if (pair.format != plan->choice.format->fourcc || pair.modifier == last ||
			pair.modifier == 0 || pair.modifier == plan->choice.modifier ||
			!add_why_not(&why, plan, &pair, limits)) {
			continue;
		}
		last = pair.modifier;
		tenon_modifier_print(text, sizeof(text), pair.modifier);
		text_buf_addf(&what, "modifier %s", text);
		rc = add_row(rows, &what, &why, &device);
	}
	return rc;
}

static bool is_chosen(const struct tenon_plan *plan, size_t heap)
{
	for (size_t i = 0; i < plan->order_len; i++) {
		if (plan->order[i] == heap) {
			return true;
		}
	}
	return false;
}

static int explain_heaps(struct tenon_rows *rows, const struct tenon_plan *plan)
{
	const struct tenon_question *question = &plan->question;
	struct tenon_want want = _tenon_want(question, plan->choice.limits, &plan->layout);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < question->heaps_len; i++) {
		const struct tenon_heap_info *heap = &question->heaps[i];
		struct text_buf what = {0}, why = {0}, device = {0};
		struct tenon_fit fit;

		if (is_chosen(plan, i)) {
			continue;
		}
		_tenon_heap_fit(&fit, heap, &want);
		text_buf_addf(&what, "heap %s", heap->name);
		_tenon_fit_describe(&why, &fit, heap);
		if (fit.property != 0) {
			_tenon_plan_add_askers(&device, plan, fit.property);
		}
		rc = add_row(rows, &what, &why, &device);
	}
	return rc;
}

int _tenon_rows_init(struct tenon_rows *rows, const struct tenon_plan *plan)
{
	int rc;

	*rows = (struct tenon_rows){0};
	rc = explain_asked(rows, plan);
	if (rc == 0) {
		rc = explain_choices(rows, plan);
	}
	if (rc == 0) {
		rc = explain_modifiers(rows, plan);
	}
	if (rc == 0) {
		rc = explain_heaps(rows, plan);
	}
	return rc;
}
