/* SPDX-License-Identifier: MIT */
#include "wayland/client/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * A negotiation with the compositor is a struct remote. Without the extension the constraints are
 * fetched from whatever source there is, and the answer is found here as soon as they have come;
 * the question is kept until then.
 */
struct tenon_client_negotiation {
	struct tenon_client *client;
	tenon_client_negotiation_handler handler;
	void *data;
	struct result result;
	bool done;
	struct remote *remote; /* NULL: local */

	struct tenon_client_constraints *constraints; /* local only; NULL once answered */
	struct tenon_client_question question;        /* with copies of its own */
	struct wl_callback *later; /* local: the handler is called from an event */
};

static void question_finish(struct tenon_client_question *question)
{
	for (size_t i = 0; i < question->participants_len; i++) {
		tenon_offer_unref(question->participants[i].offer);
	}
	free((void *)question->participants);
	free((void *)question->formats);
	free((void *)question->modifiers);
	free((void *)question->heaps);
	tenon_limits_destroy((struct tenon_limits *)question->limits);
	memset(question, 0, sizeof(*question));
}

/* Copies an array; of no elements it is NULL. False: out of memory. */
static bool copy_array(const void **out, const void *data, size_t len, size_t element)
{
	void *copy;

	*out = NULL;
	if (len == 0) {
		return true;
	}
	copy = malloc(len * element); /* lengths were checked */
	if (copy == NULL) {
		return false;
	}
	memcpy(copy, data, len * element);
	*out = copy;
	return true;
}

static int question_copy(struct tenon_client_question *out, const struct tenon_client_question *in)
{
	const void *participants;
	bool ok;

	memset(out, 0, sizeof(*out));
	out->size = in->size;
	out->surface = in->surface;
	out->width = in->width;
	out->height = in->height;
	out->formats_len = in->formats_len;
	out->modifiers_len = in->modifiers_len;
	out->heaps_len = in->heaps_len;
	out->explain = in->explain;
	ok = copy_array(
		&participants, in->participants, in->participants_len, sizeof(in->participants[0]));
	out->participants = participants;
	if (ok) {
		out->participants_len = in->participants_len;
		for (size_t i = 0; i < in->participants_len; i++) {
			tenon_offer_ref(in->participants[i].offer);
		}
	}
	ok = ok && copy_array((const void **)&out->formats, in->formats, in->formats_len,
			   sizeof(in->formats[0]));
	ok = ok && copy_array((const void **)&out->modifiers, in->modifiers, in->modifiers_len,
			   sizeof(in->modifiers[0]));
	ok = ok &&
	     copy_array((const void **)&out->heaps, in->heaps, in->heaps_len, sizeof(in->heaps[0]));
	if (ok && in->limits != NULL) {
		ok = tenon_limits_dup((struct tenon_limits **)&out->limits, in->limits) == 0;
	}
	if (!ok) {
		question_finish(out);
		return -ENOMEM;
	}
	return 0;
}

static int check_offer(const struct tenon_participant *participant)
{
	size_t len;

	if (participant->offer == NULL || (participant->roles & ~TENON_ROLE_ANY) != 0 ||
		!wire_name_is_valid(tenon_offer_get_device(participant->offer))) {
		return -EINVAL;
	}
	len = tenon_offer_get_alternatives_len(participant->offer);
	if (len == 0 || len > WIRE_ALTERNATIVES_MAX) {
		return len == 0 ? -EINVAL : -E2BIG;
	}
	return 0;
}

/* What the compositor would answer with a protocol error is found out here. */
static int question_check(const struct tenon_client_question *question)
{
	size_t alternatives = 0, pairs = 0;

	if (question->size != sizeof(*question) || question->width == 0 || question->height == 0 ||
		question->width > INT32_MAX || question->height > INT32_MAX) {
		return -EINVAL;
	}
	if (question->formats_len > WIRE_FORMATS_MAX ||
		question->modifiers_len > WIRE_FORMATS_MAX ||
		question->participants_len > WIRE_DEVICES_MAX ||
		question->heaps_len > WIRE_HEAPS_MAX) {
		return -E2BIG;
	}
	for (size_t i = 0; i < question->participants_len; i++) {
		const struct tenon_offer *offer = question->participants[i].offer;
		int err = check_offer(&question->participants[i]);

		if (err != 0) {
			return err;
		}
		for (size_t a = 0; a < tenon_offer_get_alternatives_len(offer); a++) {
			size_t len;

			tenon_offer_get_alternative(offer, a, NULL, NULL, &len, NULL);
			pairs += len;
			alternatives++;
		}
	}
	for (size_t i = 0; i < question->heaps_len; i++) {
		if (question->heaps[i].size != sizeof(question->heaps[i]) ||
			!wire_name_is_valid(question->heaps[i].name)) {
			return -EINVAL;
		}
	}
	return alternatives > WIRE_ALTERNATIVES_MAX || pairs > WIRE_PAIRS_TOTAL_MAX ? -E2BIG : 0;
}

/* The answer is there. The handler may destroy the negotiation, so this comes last everywhere. */
static void answered(void *data)
{
	struct tenon_client_negotiation *negotiation = data;

	negotiation->done = true;
	if (negotiation->handler != NULL) {
		negotiation->handler(negotiation->data, negotiation);
	}
}

static void answer_locally(struct tenon_client_negotiation *negotiation)
{
	struct tenon_client_constraints *constraints = negotiation->constraints;

	if (constraints->err != 0) {
		negotiation->result.status = constraints->err;
	} else {
		local_answer(&negotiation->result, &negotiation->question, &constraints->batch);
	}
	question_finish(&negotiation->question);
	answered(negotiation);
}

/* Feedback that took longer than a round trip. */
static void handle_constraints(void *data, struct tenon_client_constraints *constraints)
{
	struct tenon_client_negotiation *negotiation = data;

	if (negotiation->later == NULL && !negotiation->done) {
		answer_locally(negotiation);
	}
}

static void handle_later(void *data, struct wl_callback *callback, uint32_t serial)
{
	struct tenon_client_negotiation *negotiation = data;

	wl_callback_destroy(callback);
	negotiation->later = NULL;
	if (negotiation->constraints->arrived) {
		answer_locally(negotiation);
	}
}

static const struct wl_callback_listener later_listener = {
	.done = handle_later,
};

/*
 * The answer comes from an event even where everything is known at once, so that the handler is
 * never called before this has returned.
 */
static int create_local(
	struct tenon_client_negotiation *negotiation, const struct tenon_client_question *question)
{
	struct tenon_client *client = negotiation->client;
	int err = question_copy(&negotiation->question, question);

	if (err != 0) {
		return err;
	}
	err = tenon_client_constraints_create(&negotiation->constraints, client, question->surface,
		handle_constraints, negotiation);
	if (err != 0) {
		return err;
	}
	negotiation->later = wl_display_sync(client->wrapper);
	if (negotiation->later == NULL) {
		return -ENOMEM;
	}
	wl_callback_add_listener(negotiation->later, &later_listener, negotiation);
	negotiation->result.status = -EAGAIN;
	return 0;
}

int tenon_client_negotiation_create(struct tenon_client_negotiation **out,
	struct tenon_client *client, const struct tenon_client_question *question,
	tenon_client_negotiation_handler handler, void *data)
{
	struct tenon_client_negotiation *negotiation;
	int err = question_check(question);

	if (err != 0) {
		return err;
	}
	if (client->source == TENON_CLIENT_SOURCE_NONE) {
		return -ENOTSUP;
	}
	negotiation = calloc(1, sizeof(*negotiation));
	if (negotiation == NULL) {
		return -ENOMEM;
	}
	negotiation->client = client;
	negotiation->handler = handler;
	negotiation->data = data;
	if (client->source == TENON_CLIENT_SOURCE_CONSTRAINTS) {
		err = remote_create(&negotiation->remote, client, question, &negotiation->result,
			answered, negotiation);
	} else {
		err = create_local(negotiation, question);
	}
	if (err != 0) {
		tenon_client_negotiation_destroy(negotiation);
		return err;
	}
	*out = negotiation;
	return 0;
}

void tenon_client_negotiation_destroy(struct tenon_client_negotiation *negotiation)
{
	if (negotiation == NULL) {
		return;
	}
	remote_destroy(negotiation->remote);
	if (negotiation->later != NULL) {
		wl_callback_destroy(negotiation->later);
	}
	tenon_client_constraints_destroy(negotiation->constraints);
	question_finish(&negotiation->question);
	result_finish(&negotiation->result);
	free(negotiation);
}

int tenon_client_negotiation_get_status(const struct tenon_client_negotiation *negotiation)
{
	return negotiation->result.status;
}

int tenon_client_negotiation_wait(struct tenon_client_negotiation *negotiation)
{
	int err = client_wait(negotiation->client, &negotiation->done);

	return err != 0 ? err : negotiation->result.status;
}

bool tenon_client_negotiation_is_remote(const struct tenon_client_negotiation *negotiation)
{
	return negotiation->remote != NULL;
}

struct tenon_negotiation_v1 *negotiation_get_proxy(struct tenon_client_negotiation *negotiation)
{
	return negotiation->remote != NULL && negotiation->result.layout != NULL
		       ? remote_get_proxy(negotiation->remote)
		       : NULL;
}

/* Whether what belongs to "resolved" may be shown. */
static bool is_resolved(const struct tenon_client_negotiation *negotiation)
{
	return negotiation->done && negotiation->result.status == 0;
}

const struct tenon_layout *tenon_client_negotiation_get_layout(
	const struct tenon_client_negotiation *negotiation)
{
	return is_resolved(negotiation) ? negotiation->result.layout : NULL;
}

const struct tenon_limits *tenon_client_negotiation_get_limits(
	const struct tenon_client_negotiation *negotiation)
{
	return is_resolved(negotiation) ? negotiation->result.limits : NULL;
}

static int make_exact(struct result *result)
{
	struct tenon_limits *limits;
	int err = tenon_limits_dup(&limits, result->limits);

	if (err != 0) {
		return err;
	}
	for (size_t i = 0; i < tenon_layout_get_planes_len(result->layout) && err == 0; i++) {
		struct tenon_plane_layout plane;

		tenon_layout_get_plane(result->layout, i, &plane);
		err = tenon_limits_set(limits, TENON_PROP_PITCH_EXACT, (uint32_t)i, plane.pitch);
	}
	if (err == 0) {
		err = tenon_limits_set(limits, TENON_PROP_OBJECTS, TENON_PLANE_ALL,
			tenon_layout_get_objects_len(result->layout) == 1
				? TENON_OBJECTS_ONE
				: TENON_OBJECTS_PER_PLANE);
	}
	if (err != 0) {
		tenon_limits_destroy(limits);
		return err;
	}
	result->exact = limits;
	return 0;
}

const struct tenon_limits *tenon_client_negotiation_get_exact_limits(
	struct tenon_client_negotiation *negotiation)
{
	struct result *result = &negotiation->result;

	if (!is_resolved(negotiation) || (result->exact == NULL && make_exact(result) != 0)) {
		return NULL;
	}
	return result->exact;
}

const char *tenon_client_negotiation_get_heap(
	const struct tenon_client_negotiation *negotiation, size_t i)
{
	return is_resolved(negotiation) && i < negotiation->result.heaps_len
		       ? negotiation->result.heaps[i]
		       : NULL;
}

enum tenon_contiguity tenon_client_negotiation_get_contiguity(
	const struct tenon_client_negotiation *negotiation)
{
	return is_resolved(negotiation) ? negotiation->result.contiguity : TENON_CONTIGUITY_UNKNOWN;
}

bool tenon_client_negotiation_needs_contiguous(const struct tenon_client_negotiation *negotiation)
{
	return is_resolved(negotiation) && negotiation->result.contiguous;
}

uint32_t tenon_client_negotiation_get_tranche(
	const struct tenon_client_negotiation *negotiation, bool *scanout)
{
	bool resolved = is_resolved(negotiation);

	if (scanout != NULL) {
		*scanout = resolved && negotiation->result.scanout;
	}
	return resolved ? negotiation->result.tranche : 0;
}

int tenon_client_negotiation_get_ruled_out(
	const struct tenon_client_negotiation *negotiation, size_t i, struct tenon_ruled_out *out)
{
	const struct ruled_out *from;

	if (!is_resolved(negotiation) || i >= negotiation->result.ruled_out_len) {
		return -EINVAL;
	}
	from = &negotiation->result.ruled_out[i];
	out->what = from->what;
	out->why = from->why;
	out->device = from->device;
	return 0;
}

static bool is_conflict(const struct tenon_client_negotiation *negotiation)
{
	return negotiation->done && negotiation->result.status == TENON_CONFLICT;
}

enum tenon_property tenon_client_negotiation_get_conflict_property(
	const struct tenon_client_negotiation *negotiation)
{
	return is_conflict(negotiation) ? negotiation->result.property : (enum tenon_property)0;
}

size_t tenon_client_negotiation_get_conflict_devices_len(
	const struct tenon_client_negotiation *negotiation)
{
	return is_conflict(negotiation) ? negotiation->result.devices_len : 0;
}

int tenon_client_negotiation_get_conflict_device(const struct tenon_client_negotiation *negotiation,
	size_t i, const char **device, const char **value, const char **source)
{
	const struct conflict_device *from;

	if (!is_conflict(negotiation) || i >= negotiation->result.devices_len) {
		return -EINVAL;
	}
	from = &negotiation->result.devices[i];
	if (device != NULL) {
		*device = from->name;
	}
	if (value != NULL) {
		*value = from->value;
	}
	if (source != NULL) {
		*source = from->source;
	}
	return 0;
}

const char *tenon_client_negotiation_get_conflict_hint(
	const struct tenon_client_negotiation *negotiation)
{
	return is_conflict(negotiation) ? negotiation->result.hint : NULL;
}

const char *tenon_client_negotiation_get_text(const struct tenon_client_negotiation *negotiation)
{
	return negotiation->done && !is_resolved(negotiation) ? negotiation->result.text : NULL;
}
