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
	uint32_t format;
	uint64_t modifier;
	uint64_t object_sizes[TENON_MAX_PLANES];
	size_t objects_len;
	struct tenon_plane_layout planes[TENON_MAX_PLANES];
	size_t planes_len;
	int err; /* the first thing wrong with the answer */
};

static void note(struct remote *remote, int err)
{
	if (remote->err == 0 && err != 0) {
		/* -ENOTSUP: a newer compositor's need that must be understood */
		remote->err = err == -ENOMEM || err == -ENOTSUP ? err : -EPROTO;
	}
}

static void handle_format(void *data, struct tenon_negotiation_v1 *proxy, uint32_t format,
	uint32_t modifier_hi, uint32_t modifier_lo)
{
	struct remote *remote = data;

	remote->format = format;
	remote->modifier = wire_u64(modifier_hi, modifier_lo);
}

static void handle_object(
	void *data, struct tenon_negotiation_v1 *proxy, uint32_t size_hi, uint32_t size_lo)
{
	struct remote *remote = data;

	if (remote->objects_len >= TENON_MAX_PLANES) {
		note(remote, -EPROTO);
		return;
	}
	remote->object_sizes[remote->objects_len++] = wire_u64(size_hi, size_lo);
}

static void handle_plane(void *data, struct tenon_negotiation_v1 *proxy, uint32_t object,
	uint32_t pitch, uint32_t offset_hi, uint32_t offset_lo, uint32_t size_hi, uint32_t size_lo,
	uint32_t width, uint32_t height)
{
	struct remote *remote = data;
	struct tenon_plane_layout *plane;

	if (remote->planes_len >= TENON_MAX_PLANES) {
		note(remote, -EPROTO);
		return;
	}
	plane = &remote->planes[remote->planes_len++];
	plane->object = object;
	plane->pitch = pitch;
	plane->offset = wire_u64(offset_hi, offset_lo);
	plane->size = wire_u64(size_hi, size_lo);
	plane->width = width;
	plane->height = height;
}

static void handle_needs(void *data, struct tenon_negotiation_v1 *proxy, struct wl_array *limits)
{
	struct remote *remote = data;
	int err;

	if (remote->result->limits != NULL) {
		note(remote, -EPROTO);
		return;
	}
	err = tenon_limits_create(&remote->result->limits);
	if (err == 0) {
		err = wire_get_limits(remote->result->limits, limits->data, limits->size);
	}
	note(remote, err);
}

static void handle_needs_heap(
	void *data, struct tenon_negotiation_v1 *proxy, uint32_t property, const char *name)
{
	struct remote *remote = data;
	struct tenon_limits *limits = remote->result->limits;

	if (limits == NULL ||
		(property != TENON_PROP_HEAP && property != TENON_PROP_HEAP_PREFERRED)) {
		note(remote, -EPROTO);
		return;
	}
	note(remote, property == TENON_PROP_HEAP ? tenon_limits_allow_heap(limits, name)
						 : tenon_limits_prefer_heap(limits, name));
}

static void handle_heap(void *data, struct tenon_negotiation_v1 *proxy, const char *name)
{
	struct remote *remote = data;

	note(remote, result_add_heap(remote->result, name));
}

static void handle_ruled_out(void *data, struct tenon_negotiation_v1 *proxy, const char *what,
	const char *why, const char *device)
{
	struct remote *remote = data;

	note(remote, result_add_ruled_out(remote->result, what, why, device));
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
		(void)result_set_texts(result, NULL, error_text(remote->err));
		status = remote->err;
	}
	result->status = status;
	remote->done(remote->data);
}

static void handle_resolved(void *data, struct tenon_negotiation_v1 *proxy, uint32_t tranche,
	uint32_t flags, uint32_t contiguity)
{
	struct remote *remote = data;
	struct result *result = remote->result;
	const struct tenon_format *format = tenon_format_get(remote->format);

	if (result->status != -EAGAIN) {
		return;
	}
	if (format == NULL || result->limits == NULL || contiguity > TENON_CONTIGUITY_ASSURED) {
		note(remote, -EPROTO);
	}
	if (remote->err == 0) {
		note(remote,
			tenon_layout_create_from_planes(&result->layout, format, remote->modifier,
				remote->width, remote->height, remote->planes, remote->planes_len,
				remote->object_sizes, remote->objects_len));
	}
	result->tranche = tranche;
	result->contiguous = (flags & TENON_NEGOTIATION_V1_RESULT_FLAGS_CONTIGUOUS) != 0;
	result->scanout = (flags & TENON_NEGOTIATION_V1_RESULT_FLAGS_SCANOUT) != 0;
	result->contiguity = (enum tenon_contiguity)contiguity;
	finish(remote, 0);
}

static void handle_conflict_device(void *data, struct tenon_negotiation_v1 *proxy, const char *name,
	const char *value, const char *source)
{
	struct remote *remote = data;

	note(remote, result_add_device(remote->result, name, value, source));
}

static void handle_conflict(void *data, struct tenon_negotiation_v1 *proxy, uint32_t property,
	const char *hint, const char *text)
{
	struct remote *remote = data;

	if (remote->result->status != -EAGAIN) {
		return;
	}
	remote->result->property = (enum tenon_property)property;
	note(remote, result_set_texts(remote->result, hint, text));
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
	note(remote, result_set_texts(remote->result, NULL, text));
	finish(remote, error_of(reason));
}

static const struct tenon_negotiation_v1_listener negotiation_listener = {
	.format = handle_format,
	.object = handle_object,
	.plane = handle_plane,
	.needs = handle_needs,
	.needs_heap = handle_needs_heap,
	.heap = handle_heap,
	.ruled_out = handle_ruled_out,
	.resolved = handle_resolved,
	.conflict_device = handle_conflict_device,
	.conflict = handle_conflict,
	.failed = handle_failed,
};

static void send_heaps(struct tenon_negotiation_v1 *proxy, const struct tenon_limits *limits,
	enum tenon_property property)
{
	const char *const *names = tenon_limits_get_heaps(limits, property);

	for (size_t i = 0; names != NULL && names[i] != NULL && i < WIRE_HEAPS_MAX; i++) {
		tenon_negotiation_v1_add_alternative_heap(proxy, property, names[i]);
	}
}

static void send_sources(struct tenon_negotiation_v1 *proxy, const struct tenon_limits *limits)
{
	uint32_t number;

	for (size_t i = 0; (number = wire_property(i)) != 0; i++) {
		char text[WIRE_SHORT_TEXT_MAX + 1];
		const char *source = tenon_limits_get_source(limits, (enum tenon_property)number);

		if (source != NULL) {
			wire_text(text, WIRE_SHORT_TEXT_MAX, source);
			tenon_negotiation_v1_add_source(proxy, number, text);
		}
	}
}

static int send_alternative(
	struct tenon_negotiation_v1 *proxy, const struct tenon_offer *offer, size_t i)
{
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	struct wl_array pairs_array, limits_array;
	size_t len;
	uint32_t roles;
	int err;

	tenon_offer_get_alternative(offer, i, &roles, &pairs, &len, &limits);
	wl_array_init(&pairs_array);
	wl_array_init(&limits_array);
	err = wire_put_limits(&limits_array, limits);
	for (size_t at = 0; at < len && err == 0; at += WIRE_PAIRS_MAX) {
		size_t count = len - at < WIRE_PAIRS_MAX ? len - at : WIRE_PAIRS_MAX;

		pairs_array.size = 0;
		err = wire_put_pairs(&pairs_array, &pairs[at], count);
		if (err == 0 && at == 0) {
			tenon_negotiation_v1_add_alternative(
				proxy, roles, &pairs_array, &limits_array);
		} else if (err == 0) {
			tenon_negotiation_v1_add_pairs(proxy, &pairs_array);
		}
	}
	if (err == 0) {
		send_heaps(proxy, limits, TENON_PROP_HEAP);
		send_heaps(proxy, limits, TENON_PROP_HEAP_PREFERRED);
		send_sources(proxy, limits);
	}
	wl_array_release(&pairs_array);
	wl_array_release(&limits_array);
	return err;
}

static int send_device(
	struct tenon_negotiation_v1 *proxy, const struct tenon_participant *participant)
{
	const struct tenon_offer *offer = participant->offer;
	struct wl_array dev;
	int err;

	wl_array_init(&dev);
	err = wire_put_dev(&dev, tenon_offer_get_dev(offer));
	if (err == 0) {
		tenon_negotiation_v1_add_device(proxy, tenon_offer_get_device(offer),
			participant->roles, &dev, tenon_offer_get_coherent(offer));
	}
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer) && err == 0; i++) {
		err = send_alternative(proxy, offer, i);
	}
	wl_array_release(&dev);
	return err;
}

static void send_limits_heaps(struct tenon_negotiation_v1 *proxy, const struct tenon_limits *limits,
	enum tenon_property property)
{
	const char *const *names = tenon_limits_get_heaps(limits, property);

	for (size_t i = 0; names != NULL && names[i] != NULL && i < WIRE_HEAPS_MAX; i++) {
		tenon_negotiation_v1_add_limits_heap(proxy, property, names[i]);
	}
}

static int send_limits_and_heaps(
	struct tenon_negotiation_v1 *proxy, const struct tenon_client_question *question)
{
	struct wl_array array;
	int err = 0;

	wl_array_init(&array);
	if (question->limits != NULL) {
		err = wire_put_limits(&array, question->limits);
		if (err == 0) {
			tenon_negotiation_v1_set_limits(proxy, &array);
			send_limits_heaps(proxy, question->limits, TENON_PROP_HEAP);
			send_limits_heaps(proxy, question->limits, TENON_PROP_HEAP_PREFERRED);
		}
	}
	for (size_t i = 0; i < question->heaps_len && err == 0; i++) {
		array.size = 0;
		err = wire_put_facts(&array, &question->heaps[i]);
		if (err == 0) {
			tenon_negotiation_v1_add_heap(proxy, question->heaps[i].name, &array);
		}
	}
	wl_array_release(&array);
	return err;
}

static int send_question(
	struct tenon_negotiation_v1 *proxy, const struct tenon_client_question *question)
{
	int err = 0;

	tenon_negotiation_v1_set_size(proxy, (int32_t)question->width, (int32_t)question->height);
	for (size_t i = 0; i < question->formats_len; i++) {
		tenon_negotiation_v1_add_format(proxy, question->formats[i]);
	}
	for (size_t i = 0; i < question->modifiers_len; i++) {
		tenon_negotiation_v1_add_modifier(
			proxy, wire_hi(question->modifiers[i]), wire_lo(question->modifiers[i]));
	}
	for (size_t i = 0; i < question->participants_len && err == 0; i++) {
		err = send_device(proxy, &question->participants[i]);
	}
	if (err == 0) {
		err = send_limits_and_heaps(proxy, question);
	}
	if (err == 0 && question->explain) {
		tenon_negotiation_v1_explain(proxy);
	}
	if (err == 0) {
		tenon_negotiation_v1_submit(proxy);
	}
	return err;
}

int remote_create(struct remote **out, struct tenon_client *client,
	const struct tenon_client_question *question, struct result *result,
	void (*done)(void *data), void *data)
{
	struct remote *remote = calloc(1, sizeof(*remote));
	int err;

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
	err = send_question(remote->proxy, question);
	if (err != 0) {
		remote_destroy(remote);
		return err;
	}
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
