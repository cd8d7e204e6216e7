/* SPDX-License-Identifier: MIT */
#include "wayland/server/private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * What finding an answer may take, in units of some 50 ns: a client that makes up devices, each
 * with many alternatives, holds up the compositor no longer than a frame or two. Real devices take
 * a hundredth of it.
 */
enum { WORK_MAX = 1 << 19 };

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
		return "the devices have too many combinations of alternatives to try";
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

/*
 * Sends as many events part as it takes until the rest of the records fits into one message, and
 * returns that rest: borrowed, to be sent.
 */
static struct wl_array send_parts(struct reply *reply)
{
	struct wl_array rest = reply->server->records;
	size_t cut;

	while ((cut = wire_cut(rest.data, rest.size)) < rest.size) {
		struct wl_array part = {cut, cut, rest.data};

		tenon_negotiation_v1_send_part(reply->resource, &part);
		rest.data = (char *)rest.data + cut;
		rest.size -= cut;
	}
	return rest;
}

static int put_conflict(struct wl_array *out, const struct tenon_conflict *conflict)
{
	const char *hint = tenon_conflict_get_hint(conflict);
	size_t len = tenon_conflict_get_devices_len(conflict);
	int err = 0;

	for (size_t i = 0; i < len && i < WIRE_CONFLICT_DEVICES_MAX && err == 0; i++) {
		const char *name, *value, *source;

		tenon_conflict_get_device(conflict, i, &name, &value, &source);
		err = wire_put_conflict_device(out, name, value, source);
	}
	if (err == 0 && hint != NULL) {
		err = wire_put_text(out, WIRE_RECORD_HINT, hint, WIRE_TEXT_MAX);
	}
	return err != 0 ? err
			: wire_put_text(out, WIRE_RECORD_TEXT, tenon_conflict_get_text(conflict),
				  WIRE_TEXT_MAX);
}

static void send_conflict(struct reply *reply, const struct tenon_conflict *conflict)
{
	struct wl_array rest;

	if (put_conflict(&reply->server->records, conflict) != 0) {
		send_failed(reply, -ENOMEM, failure_text(-ENOMEM));
		return;
	}
	rest = send_parts(reply);
	tenon_negotiation_v1_send_conflict(
		reply->resource, tenon_conflict_get_property(conflict), &rest);
	reply->outcome.conflict = conflict;
	notify(reply, TENON_CONFLICT);
}

static int put_reasons(struct wl_array *out, const struct tenon_plan *plan)
{
	struct tenon_ruled_out ruled_out;
	int err = 0;

	for (size_t i = 0; i < WIRE_RULED_OUT_MAX && err == 0 &&
			   tenon_plan_get_ruled_out(plan, i, &ruled_out) == 0;
		i++) {
		err = wire_put_ruled_out(out, &ruled_out);
	}
	return err;
}

static int put_plan(struct wl_array *out, const struct tenon_plan *plan, bool explain)
{
	int err = wire_put_layout(out, tenon_plan_get_layout(plan));
	const char *name;

	if (err == 0) {
		err = wire_put_needs(out, tenon_plan_get_limits(plan));
	}
	for (size_t i = 0; (name = tenon_plan_get_heap(plan, i)) != NULL && err == 0; i++) {
		err = wire_put_text(out, WIRE_RECORD_CHOICE, name, WIRE_NAME_MAX);
	}
	return err == 0 && explain ? put_reasons(out, plan) : err;
}

/* Returns a copy of the layout, or NULL: out of memory, and the client was told. */
static struct tenon_layout *send_resolved(
	struct reply *reply, const struct tenon_plan *plan, uint32_t tranche, bool scanout)
{
	struct tenon_layout *layout = NULL;
	struct wl_array rest;
	uint32_t flags = 0;

	if (put_plan(&reply->server->records, plan, reply->explain) != 0 ||
		tenon_layout_dup(&layout, tenon_plan_get_layout(plan)) != 0) {
		send_failed(reply, -ENOMEM, failure_text(-ENOMEM));
		return NULL;
	}
	flags |= tenon_plan_needs_contiguous(plan) ? TENON_NEGOTIATION_V1_RESULT_FLAGS_CONTIGUOUS
						   : 0;
	flags |= scanout ? TENON_NEGOTIATION_V1_RESULT_FLAGS_SCANOUT : 0;
	rest = send_parts(reply);
	tenon_negotiation_v1_send_resolved(
		reply->resource, tranche, flags, tenon_plan_get_contiguity(plan), &rest);
	reply->outcome.plan = plan;
	reply->outcome.tranche = tranche;
	notify(reply, 0);
	return layout;
}

/* Whether the question can be put at all; if not, it was answered. */
static bool check_question(struct reply *reply, const struct wire_question *question,
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
	if (question->record_unsupported) {
		send_failed(reply, -ENOTSUP,
			"the question has a record that must be understood and is not known");
		return false;
	}
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
	const struct wire_question *question)
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
	const struct wire_question *question, struct tenon_plan_options *options, uint32_t *tranche,
	struct tenon_conflict **conflict)
{
	struct tenon_participant all[TENON_SERVER_DEVICES_MAX + WIRE_DEVICES_MAX];
	int err = -EINVAL;

	options->participants = all;
	options->work_max = WORK_MAX / state->tranches_len;
	for (*tranche = 0; *tranche < state->tranches_len; (*tranche)++) {
		options->participants_len = gather(all, &state->tranches[*tranche], question);
		/* the last one's conflict is all that is told */
		err = tenon_plan_create(
			out, options, *tranche + 1 == state->tranches_len ? conflict : NULL);
		if (err == 0 || err == -ENOMEM) {
			return err;
		}
	}
	return err;
}

struct tenon_layout *question_answer(struct tenon_server *server,
	const struct tenon_server_state *state, const struct asked *asked)
{
	const struct wire_question *question = asked->question;
	struct reply reply = {
		.server = server,
		.resource = asked->resource,
		.explain = asked->explain,
		.outcome = {.size = sizeof(reply.outcome),
			.client = wl_resource_get_client(asked->resource),
			.surface = asked->surface,
			.width = asked->width,
			.height = asked->height},
	};
	struct tenon_plan_options options = {
		.size = sizeof(options),
		.width = asked->width,
		.height = asked->height,
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

	server->records.size = 0;
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
