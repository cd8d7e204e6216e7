/* SPDX-License-Identifier: MIT */
#include "wayland/client/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A negotiation with the compositor, and its answer as it comes. */
struct remote {
	struct tenon_negotiation_v1 *proxy;
	struct result *result;
	void (*done)(void *data);
	void *data;
	uint32_t width, height;
	struct wire_layout layout;
	bool has_layout, has_text;
	size_t needs_heaps_len;
	int err; /* the first thing wrong with the answer */
};

static void note(struct remote *remote, int err)
{
	if (remote->err == 0 && err != 0) {
		/* -ENOTSUP: a newer compositor's need that must be understood */
		remote->err = err == -ENOMEM || err == -ENOTSUP ? err : -EPROTO;
	}
}

static int take_layout(void *data, const struct wire_layout *layout)
{
	struct remote *remote = data;

	if (remote->has_layout) {
		return -EPROTO;
	}
	remote->layout = *layout;
	remote->has_layout = true;
	return 0;
}

static int take_needs(void *data, struct tenon_limits *limits)
{
	struct remote *remote = data;

	if (remote->result->limits != NULL) {
		tenon_limits_destroy(limits);
		return -EPROTO;
	}
	remote->result->limits = limits;
	return 0;
}

static int take_needs_heap(void *data, enum tenon_property property, const char *name)
{
	struct remote *remote = data;
	struct tenon_limits *limits = remote->result->limits;

	if (limits == NULL || remote->needs_heaps_len >= 2 * WIRE_HEAPS_MAX) {
		return -EPROTO;
	}
	remote->needs_heaps_len++;
	return property == TENON_PROP_HEAP ? tenon_limits_allow_heap(limits, name)
					   : tenon_limits_prefer_heap(limits, name);
}

static int take_choice(void *data, const char *name)
{
	struct remote *remote = data;

	return result_add_heap(remote->result, name);
}

static int take_ruled_out(void *data, const char *what, const char *why, const char *device)
{
	struct remote *remote = data;

	return result_add_ruled_out(remote->result, what, why, device);
}

static int take_conflict_device(void *data, const char *name, const char *value, const char *source)
{
	struct remote *remote = data;

	return result_add_device(remote->result, name, value, source);
}

static int take_hint(void *data, const char *text)
{
	struct remote *remote = data;

	return result_set_hint(remote->result, text);
}

static int take_text(void *data, const char *text)
{
	struct remote *remote = data;

	remote->has_text = true;
	return result_set_text(remote->result, text);
}

static const struct wire_answer_impl answer_impl = {
	.layout = take_layout,
	.needs = take_needs,
	.needs_heap = take_needs_heap,
	.choice = take_choice,
	.ruled_out = take_ruled_out,
	.conflict_device = take_conflict_device,
	.hint = take_hint,
	.text = take_text,
};

/* Reads records, unless something was wrong before, or the answer has been given. */
static void read_records(struct remote *remote, const struct wl_array *records)
{
	if (remote->err == 0 && remote->result->status == -EAGAIN) {
		note(remote, wire_answer_read(&answer_impl, remote, records->data, records->size));
	}
}

static void handle_part(void *data, struct tenon_negotiation_v1 *proxy, struct wl_array *records)
{
	read_records(data, records);
}

static const char *error_text(int err)
{
	switch (err) {
	case -ENOMEM:
		return "out of memory";
	case -ENOTSUP:
		return "the devices need something this program does not know of";
	default:
		return "the compositor's answer is malformed";
	}
}

/* Ends it: status is the answer unless something was wrong with it. */
static void finish(struct remote *remote, int status)
{
	struct result *result = remote->result;

	if (result->status != -EAGAIN) {
		return; /* a second answer is a compositor's mistake, and changes nothing */
	}
	if (remote->err != 0) {
		result_finish(result);
		(void)result_set_text(result, error_text(remote->err));
		status = remote->err;
	}
	result->status = status;
	remote->done(remote->data);
}

static int make_layout(struct remote *remote)
{
	const struct wire_layout *layout = &remote->layout;
	const struct tenon_format *format = tenon_format_get(layout->format);

	if (!remote->has_layout || remote->result->limits == NULL || format == NULL) {
		return -EPROTO;
	}
	return tenon_layout_create_from_planes(&remote->result->layout, format, layout->modifier,
		remote->width, remote->height, layout->planes, layout->planes_len,
		layout->object_sizes, layout->objects_len);
}

static void handle_resolved(void *data, struct tenon_negotiation_v1 *proxy, uint32_t tranche,
	uint32_t flags, uint32_t contiguity, struct wl_array *records)
{
	struct remote *remote = data;
	struct result *result = remote->result;

	if (result->status != -EAGAIN) {
		return;
	}
	read_records(remote, records);
	if (contiguity > TENON_CONTIGUITY_ASSURED) {
		note(remote, -EPROTO);
	}
	if (remote->err == 0) {
		note(remote, make_layout(remote));
	}
	result->tranche = tranche;
	result->contiguous = (flags & TENON_NEGOTIATION_V1_RESULT_FLAGS_CONTIGUOUS) != 0;
	result->scanout = (flags & TENON_NEGOTIATION_V1_RESULT_FLAGS_SCANOUT) != 0;
	result->contiguity = (enum tenon_contiguity)contiguity;
	finish(remote, 0);
}

static void handle_conflict(
	void *data, struct tenon_negotiation_v1 *proxy, uint32_t property, struct wl_array *records)
{
	struct remote *remote = data;

	if (remote->result->status != -EAGAIN) {
		return;
	}
	read_records(remote, records);
	if (!remote->has_text) {
		note(remote, -EPROTO);
	}
	remote->result->property = (enum tenon_property)property;
	finish(remote, TENON_CONFLICT);
}

static int error_of(uint32_t reason)
{
	switch (reason) {
	case TENON_NEGOTIATION_V1_FAILURE_TOO_BIG:
		return -EOVERFLOW;
	case TENON_NEGOTIATION_V1_FAILURE_TOO_COMPLEX:
		return -E2BIG;
	case TENON_NEGOTIATION_V1_FAILURE_NO_MEMORY:
		return -ENOMEM;
	case TENON_NEGOTIATION_V1_FAILURE_SURFACE_GONE:
		return -ENOENT;
	case TENON_NEGOTIATION_V1_FAILURE_REFUSED:
		return -EACCES;
	default:
		return -ENOTSUP;
	}
}

static void handle_failed(
	void *data, struct tenon_negotiation_v1 *proxy, uint32_t reason, const char *text)
{
	struct remote *remote = data;

	if (remote->result->status != -EAGAIN) {
		return;
	}
	note(remote, result_set_text(remote->result, text));
	finish(remote, error_of(reason));
}

static const struct tenon_negotiation_v1_listener negotiation_listener = {
	.part = handle_part,
	.resolved = handle_resolved,
	.conflict = handle_conflict,
	.failed = handle_failed,
};

static int put_question(struct wl_array *out, const struct tenon_client_question *question)
{
	int err = wire_put_formats(out, question->formats, question->formats_len);

	if (err == 0) {
		err = wire_put_modifiers(out, question->modifiers, question->modifiers_len);
	}
	for (size_t i = 0; i < question->participants_len && err == 0; i++) {
		err = wire_put_device(out, &question->participants[i]);
	}
	if (err == 0 && question->limits != NULL) {
		err = wire_put_own_limits(out, question->limits);
	}
	for (size_t i = 0; i < question->heaps_len && err == 0; i++) {
		err = wire_put_heap(out, &question->heaps[i]);
	}
	return err == 0 && out->size > WIRE_QUESTION_MAX ? -E2BIG : err;
}

/* As much as it takes before the rest fits into submit. */
static void send_question(struct tenon_negotiation_v1 *proxy,
	const struct tenon_client_question *question, struct wl_array rest)
{
	size_t cut;

	while ((cut = wire_cut(rest.data, rest.size)) < rest.size) {
		struct wl_array part = {cut, cut, rest.data};

		tenon_negotiation_v1_add(proxy, &part);
		rest.data = (char *)rest.data + cut;
		rest.size -= cut;
	}
	tenon_negotiation_v1_submit(proxy, (int32_t)question->width, (int32_t)question->height,
		question->explain ? TENON_NEGOTIATION_V1_ASK_FLAGS_EXPLAIN : 0, &rest);
}

int remote_create(struct remote **out, struct tenon_client *client,
	const struct tenon_client_question *question, struct result *result,
	void (*done)(void *data), void *data)
{
	struct remote *remote;
	int err;

	client->records.size = 0;
	err = put_question(&client->records, question);
	if (err != 0) {
		return err;
	}
	remote = calloc(1, sizeof(*remote));
	if (remote == NULL) {
		return -ENOMEM;
	}
	remote->result = result;
	remote->done = done;
	remote->data = data;
	remote->width = question->width;
	remote->height = question->height;
	remote->proxy =
		tenon_buffer_constraints_v1_create_negotiation(client->manager, question->surface);
	if (remote->proxy == NULL) {
		free(remote);
		return -ENOMEM;
	}
	tenon_negotiation_v1_add_listener(remote->proxy, &negotiation_listener, remote);
	result->status = -EAGAIN;
	send_question(remote->proxy, question, client->records);
	*out = remote;
	return 0;
}

void remote_destroy(struct remote *remote)
{
	if (remote != NULL) {
		tenon_negotiation_v1_destroy(remote->proxy);
		free(remote);
	}
}

struct tenon_negotiation_v1 *remote_get_proxy(struct remote *remote)
{
	return remote->proxy;
}
