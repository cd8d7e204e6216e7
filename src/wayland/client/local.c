/* SPDX-License-Identifier: MIT */
#include "wayland/client/private.h"

#include <errno.h>
#include <string.h>

/* Copies what a plan says. 0 or -ENOMEM. */
static int take_plan(struct result *result, const struct tenon_plan *plan, bool explain)
{
	struct tenon_ruled_out out;
	const char *heap;
	int err = tenon_layout_dup(&result->layout, tenon_plan_get_layout(plan));

	if (err == 0) {
		err = tenon_limits_dup(&result->limits, tenon_plan_get_limits(plan));
	}
	for (size_t i = 0; err == 0 && (heap = tenon_plan_get_heap(plan, i)) != NULL; i++) {
		err = result_add_heap(result, heap);
	}
	for (size_t i = 0; explain && err == 0 && tenon_plan_get_ruled_out(plan, i, &out) == 0;
		i++) {
		err = result_add_ruled_out(result, out.what, out.why, out.device);
	}
	result->contiguity = tenon_plan_get_contiguity(plan);
	result->contiguous = tenon_plan_needs_contiguous(plan);
	return err;
}

static int take_conflict(struct result *result, const struct tenon_conflict *conflict)
{
	size_t len = tenon_conflict_get_devices_len(conflict);
	int err = 0;

	result->property = tenon_conflict_get_property(conflict);
	for (size_t i = 0; i < len && err == 0; i++) {
		const char *name, *value, *source;

		tenon_conflict_get_device(conflict, i, &name, &value, &source);
		err = result_add_device(result, name, value, source);
	}
	if (err == 0) {
		err = result_set_hint(result, tenon_conflict_get_hint(conflict));
	}
	if (err == 0) {
		err = result_set_text(result, tenon_conflict_get_text(conflict));
	}
	return err == 0 ? TENON_CONFLICT : err;
}

static int plan_tranche(struct result *result, const struct tenon_client_question *question,
	const struct batch_tranche *tranche)
{
	struct tenon_participant all[2 * WIRE_DEVICES_MAX];
	struct tenon_plan_options options = {
		.size = sizeof(options),
		.width = question->width,
		.height = question->height,
		.formats = question->formats,
		.formats_len = question->formats_len,
		.modifiers = question->modifiers,
		.modifiers_len = question->modifiers_len,
		.heaps = question->heaps,
		.heaps_len = question->heaps_len,
		.limits = question->limits,
		.participants = all,
		.participants_len = tranche->devices_len + question->participants_len,
	};
	struct tenon_conflict *conflict = NULL;
	struct tenon_plan *plan = NULL;
	int err;

	memcpy(all, tranche->devices, tranche->devices_len * sizeof(all[0]));
	if (question->participants_len > 0) {
		memcpy(&all[tranche->devices_len], question->participants,
			question->participants_len * sizeof(all[0]));
	}
	err = tenon_plan_create(&plan, &options, &conflict);
	if (err == 0) {
		err = take_plan(result, plan, question->explain);
		result->scanout = tranche->scanout;
	} else if (err == TENON_CONFLICT && conflict != NULL) {
		err = take_conflict(result, conflict);
	}
	tenon_conflict_destroy(conflict);
	tenon_plan_destroy(plan);
	return err;
}

void local_answer(struct result *result, const struct tenon_client_question *question,
	const struct batch *batch)
{
	int err = -ENOTSUP;

	for (size_t t = 0; t < batch->tranches_len; t++) {
		result_finish(result);
		err = plan_tranche(result, question, &batch->tranches[t]);
		result->tranche = (uint32_t)t;
		if (err == 0 || err == -ENOMEM) {
			break;
		}
	}
	if (err < 0) {
		result_finish(result);
		/* -EINVAL: a format that is not known, which is no fault of the caller here */
		err = err == -EINVAL ? -ENOTSUP : err;
		(void)result_set_text(result, strerror(-err));
	}
	result->status = err;
}
