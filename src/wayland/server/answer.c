/* SPDX-License-Identifier: MIT */
#include "wayland/server/private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What is being answered, and to whom. */
struct reply {
	struct tenon_server *server;
	struct wl_resource *resource;
	bool explain;
	struct tenon_server_outcome outcome;
};

static void notify(struct reply *reply, int result)
{
	reply->outcome.result = result;
	if (reply->server->impl.negotiated != NULL) {
		reply->server->impl.negotiated(reply->server->data, &reply->outcome);
	}
}

static void send_failed(struct reply *reply, int err, const char *text)
{
	uint32_t reason;

	switch (err) {
	case -EOVERFLOW:
		reason = TENON_NEGOTIATION_V1_FAILURE_TOO_BIG;
		break;
	case -E2BIG:
		reason = TENON_NEGOTIATION_V1_FAILURE_TOO_COMPLEX;
		break;
	case -ENOMEM:
		reason = TENON_NEGOTIATION_V1_FAILURE_NO_MEMORY;
		break;
	default:
		reason = TENON_NEGOTIATION_V1_FAILURE_UNSUPPORTED;
		break;
	}
	tenon_negotiation_v1_send_failed(reply->resource, reason, text);
	notify(reply, err);
}

static const char *failure_text(int err)
{
	switch (err) {
	case -EOVERFLOW:
		return "the picture does not fit a buffer";
	case -E2BIG:
		return "the devices have too many combinations of alternatives";
	case -ENOMEM:
		return "the compositor is out of memory";
	case -ENOTSUP:
		return "no modifier is left that can be laid out";
	case -EINVAL:
		return "no format is left that can be laid out";
	default:
		return strerror(-err);
	}
}

static void send_conflict(struct reply *reply, const struct tenon_conflict *conflict)
{
	size_t len = tenon_conflict_get_devices_len(conflict);
	const char *hint = tenon_conflict_get_hint(conflict);
	char text[WIRE_TEXT_MAX + 1], hint_text[WIRE_TEXT_MAX + 1];

	for (size_t i = 0; i < len && i < WIRE_CONFLICT_DEVICES_MAX; i++) {
		char value_text[WIRE_SHORT_TEXT_MAX + 1], source_text[WIRE_SHORT_TEXT_MAX + 1];
		char name_text[WIRE_SHORT_TEXT_MAX + 1];
		const char *name, *value, *source;

		tenon_conflict_get_device(conflict, i, &name, &value, &source);
		wire_text(name_text, WIRE_SHORT_TEXT_MAX, name);
		wire_text(value_text, WIRE_SHORT_TEXT_MAX, value);
		wire_text(source_text, WIRE_SHORT_TEXT_MAX, source);
		tenon_negotiation_v1_send_conflict_device(reply->resource, name_text, value_text,
			source != NULL ? source_text : NULL);
	}
	wire_text(text, WIRE_TEXT_MAX, tenon_conflict_get_text(conflict));
	wire_text(hint_text, WIRE_TEXT_MAX, hint);
	tenon_negotiation_v1_send_conflict(reply->resource, tenon_conflict_get_property(conflict),
		hint != NULL ? hint_text : NULL, text);
	reply->outcome.conflict = conflict;
	notify(reply, TENON_CONFLICT);
}

static void send_layout(struct wl_resource *resource, const struct tenon_layout *layout)
{
	uint64_t modifier = tenon_layout_get_modifier(layout);

	tenon_negotiation_v1_send_format(resource,
		tenon_format_get_fourcc(tenon_layout_get_format(layout)), wire_hi(modifier),
		wire_lo(modifier));
	for (size_t i = 0; i < tenon_layout_get_objects_len(layout); i++) {
		uint64_t size = tenon_layout_get_object_size(layout, i);

		tenon_negotiation_v1_send_object(resource, wire_hi(size), wire_lo(size));
	}
	for (size_t i = 0; i < tenon_layout_get_planes_len(layout); i++) {
		struct tenon_plane_layout plane;

		tenon_layout_get_plane(layout, i, &plane);
		tenon_negotiation_v1_send_plane(resource, plane.object, plane.pitch,
			wire_hi(plane.offset), wire_lo(plane.offset), wire_hi(plane.size),
			wire_lo(plane.size), plane.width, plane.height);
	}
}

static void send_needs_heaps(struct wl_resource *resource, const struct tenon_limits *limits,
	enum tenon_property property)
{
	const char *const *names = tenon_limits_get_heaps(limits, property);

	for (size_t i = 0; names != NULL && names[i] != NULL && i < WIRE_HEAPS_MAX; i++) {
		tenon_negotiation_v1_send_needs_heap(resource, property, names[i]);
	}
}

static void send_heaps(struct wl_resource *resource, const struct tenon_plan *plan)
{
	const char *name;

	for (size_t i = 0; (name = tenon_plan_get_heap(plan, i)) != NULL; i++) {
		tenon_negotiation_v1_send_heap(resource, name);
	}
}

static void send_reasons(struct wl_resource *resource, const struct tenon_plan *plan)
{
	struct tenon_ruled_out out;

	for (size_t i = 0; i < WIRE_RULED_OUT_MAX && tenon_plan_get_ruled_out(plan, i, &out) == 0;
		i++) {
		char what[WIRE_SHORT_TEXT_MAX + 1], why[WIRE_SHORT_TEXT_MAX + 1];
		char device[WIRE_SHORT_TEXT_MAX + 1];

		wire_text(what, WIRE_SHORT_TEXT_MAX, out.what);
		wire_text(why, WIRE_SHORT_TEXT_MAX, out.why);
		wire_text(device, WIRE_SHORT_TEXT_MAX, out.device);
		tenon_negotiation_v1_send_ruled_out(
			resource, what, why, out.device != NULL ? device : NULL);
	}
}

/* Returns a copy of the layout, or NULL: out of memory, and the client was told. */
static struct tenon_layout *send_resolved(
	struct reply *reply, const struct tenon_plan *plan, uint32_t tranche, bool scanout)
{
	const struct tenon_limits *limits = tenon_plan_get_limits(plan);
	struct tenon_layout *layout;
	struct wl_array needs;
	uint32_t flags = 0;

	wl_array_init(&needs);
	if (tenon_layout_dup(&layout, tenon_plan_get_layout(plan)) != 0) {
		send_failed(reply, -ENOMEM, failure_text(-ENOMEM));
		return NULL;
	}
	if (wire_put_limits(&needs, limits) != 0) {
		tenon_layout_destroy(layout);
		wl_array_release(&needs);
		send_failed(reply, -ENOMEM, failure_text(-ENOMEM));
		return NULL;
	}
	flags |= tenon_plan_needs_contiguous(plan) ? TENON_NEGOTIATION_V1_RESULT_FLAGS_CONTIGUOUS
						   : 0;
	flags |= scanout ? TENON_NEGOTIATION_V1_RESULT_FLAGS_SCANOUT : 0;
	send_layout(reply->resource, layout);
	tenon_negotiation_v1_send_needs(reply->resource, &needs);
	wl_array_release(&needs);
	send_needs_heaps(reply->resource, limits, TENON_PROP_HEAP);
	send_needs_heaps(reply->resource, limits, TENON_PROP_HEAP_PREFERRED);
	send_heaps(reply->resource, plan);
	if (reply->explain) {
		send_reasons(reply->resource, plan);
	}
	tenon_negotiation_v1_send_resolved(
		reply->resource, tranche, flags, tenon_plan_get_contiguity(plan));
	reply->outcome.plan = plan;
	reply->outcome.tranche = tranche;
	notify(reply, 0);
	return layout;
}

/* Whether the question can be put at all; if not, it was answered. */
static bool check_question(struct reply *reply, const struct question *question,
	struct tenon_plan_options *options, uint32_t *formats)
{
	for (size_t i = 0; i < question->formats_len; i++) {
		if (tenon_format_get(question->formats[i]) != NULL) {
			formats[options->formats_len++] = question->formats[i];
		}
	}
	if (question->formats_len > 0 && options->formats_len == 0) {
		send_failed(reply, -EINVAL, "none of the formats is known");
		return false;
	}
	options->formats = options->formats_len > 0 ? formats : NULL;
	if (question->limits_unsupported) {
		send_failed(reply, -ENOTSUP,
			"the limits have a property that must be understood and is not known");
		return false;
	}
	for (size_t i = 0; i < question->devices_len; i++) {
		struct tenon_offer *offer = question->devices[i].offer;
		char text[256];

		if (tenon_offer_get_alternatives_len(offer) > 0) {
			continue;
		}
		snprintf(text, sizeof(text),
			"each alternative of %s has a property that must be understood and is "
			"not known",
			tenon_offer_get_device(offer));
		send_failed(reply, -ENOTSUP, text);
		return false;
	}
	return true;
}

/* The devices of a tranche, then the client's. Returns how many. */
static size_t gather(struct tenon_participant *all, const struct state_tranche *tranche,
	const struct question *question)
{
	size_t len = 0;

	for (size_t d = 0; d < tranche->devices_len; d++, len++) {
		all[len].offer = tranche->devices[d].offer;
		all[len].roles = tranche->devices[d].roles;
	}
	for (size_t d = 0; d < question->devices_len; d++, len++) {
		all[len] = question->devices[d];
	}
	return len;
}

/* Tries tranche after tranche. Returns as tenon_plan_create(), with the last one's conflict. */
static int plan(struct tenon_plan **out, const struct tenon_server_state *state,
	const struct question *question, struct tenon_plan_options *options, uint32_t *tranche,
	struct tenon_conflict **conflict)
{
	struct tenon_participant all[TENON_SERVER_DEVICES_MAX + WIRE_DEVICES_MAX];
	int err = -EINVAL;

	options->participants = all;
	for (*tranche = 0; *tranche < state->tranches_len; (*tranche)++) {
		tenon_conflict_destroy(*conflict);
		*conflict = NULL;
		options->participants_len = gather(all, &state->tranches[*tranche], question);
		err = tenon_plan_create(out, options, conflict);
		if (err == 0 || err == -ENOMEM) {
			return err;
		}
	}
	return err;
}

struct tenon_layout *question_answer(struct tenon_server *server,
	const struct tenon_server_state *state, struct wl_resource *resource,
	struct wl_resource *surface, const struct question *question)
{
	struct reply reply = {
		.server = server,
		.resource = resource,
		.explain = question->explain,
		.outcome = {.size = sizeof(reply.outcome),
			.client = wl_resource_get_client(resource),
			.surface = surface,
			.width = question->width,
			.height = question->height},
	};
	struct tenon_plan_options options = {
		.size = sizeof(options),
		.width = question->width,
		.height = question->height,
		.modifiers = question->modifiers_len > 0 ? question->modifiers : NULL,
		.modifiers_len = question->modifiers_len,
		.heaps = question->heaps,
		.heaps_len = question->heaps_len,
		.limits = question->limits,
	};
	uint32_t formats[WIRE_FORMATS_MAX];
	struct tenon_conflict *conflict = NULL;
	struct tenon_layout *layout = NULL;
	struct tenon_plan *made = NULL;
	uint32_t tranche = 0;
	int err;

	if (!check_question(&reply, question, &options, formats)) {
		return NULL;
	}
	err = plan(&made, state, question, &options, &tranche, &conflict);
	if (err == 0) {
		layout = send_resolved(&reply, made, tranche, state->tranches[tranche].scanout);
	} else if (err == TENON_CONFLICT && conflict != NULL) {
		send_conflict(&reply, conflict);
	} else {
		send_failed(&reply, err, failure_text(err));
	}
	tenon_conflict_destroy(conflict);
	tenon_plan_destroy(made);
	return layout;
}
