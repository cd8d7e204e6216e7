/* SPDX-License-Identifier: MIT */
#include "wayland/server/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct negotiation {
	struct wl_resource *resource;
	struct peer *peer;
	struct surface *surface; /* NULL: the default, or gone */
	bool surface_gone;
	struct wl_list link; /* surface.negotiations */

	struct question question;
	struct wire_device device; /* the one being added */
	size_t alternatives_len;   /* of the devices before it */
	size_t pairs_len;          /* of all alternatives but the open one */

	bool submitted;
	struct tenon_layout *layout; /* resolved; else NULL */
};

/* Ends the client with the error that stands for err. */
static void post(struct negotiation *negotiation, int err, const char *request)
{
	const char *text;
	uint32_t code;

	switch (err) {
	case -ENOMEM:
		wl_client_post_no_memory(negotiation->peer->client);
		return;
	case -E2BIG:
		code = TENON_NEGOTIATION_V1_ERROR_TOO_MANY;
		text = "too many";
		break;
	case -EDOM:
		code = TENON_NEGOTIATION_V1_ERROR_NOT_A_ROLE;
		text = "no role, or one that does not exist";
		break;
	case -ENOENT:
		code = TENON_NEGOTIATION_V1_ERROR_NO_ALTERNATIVE;
		text = "the device has no alternative";
		break;
	default:
		code = TENON_NEGOTIATION_V1_ERROR_MALFORMED;
		text = "malformed";
		break;
	}
	wl_resource_post_error(negotiation->resource, code, "%s: %s", request, text);
}

/* The object, if the request is allowed now; else NULL, and the client was told. */
static struct negotiation *open_negotiation(struct wl_resource *resource)
{
	struct negotiation *negotiation = wl_resource_get_user_data(resource);

	if (negotiation->submitted) {
		wl_resource_post_error(resource, TENON_NEGOTIATION_V1_ERROR_ALREADY_SUBMITTED,
			"the negotiation was submitted");
		return NULL;
	}
	return negotiation;
}

static void handle_destroy(struct wl_client *client, struct wl_resource *resource)
{
	wl_resource_destroy(resource);
}

static void handle_set_size(
	struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	struct negotiation *negotiation = open_negotiation(resource);

	if (negotiation == NULL) {
		return;
	}
	if (width <= 0 || height <= 0) {
		wl_resource_post_error(resource, TENON_NEGOTIATION_V1_ERROR_INVALID_SIZE,
			"%dx%d is no size", width, height);
		return;
	}
	negotiation->question.width = (uint32_t)width;
	negotiation->question.height = (uint32_t)height;
}

static void handle_add_format(
	struct wl_client *client, struct wl_resource *resource, uint32_t format)
{
	struct negotiation *negotiation = open_negotiation(resource);
	struct question *question;

	if (negotiation == NULL) {
		return;
	}
	question = &negotiation->question;
	if (question->formats_len >= WIRE_FORMATS_MAX) {
		post(negotiation, -E2BIG, "add_format");
		return;
	}
	question->formats[question->formats_len++] = format;
}

static void handle_add_modifier(
	struct wl_client *client, struct wl_resource *resource, uint32_t hi, uint32_t lo)
{
	struct negotiation *negotiation = open_negotiation(resource);
	struct question *question;

	if (negotiation == NULL) {
		return;
	}
	question = &negotiation->question;
	if (question->modifiers_len >= WIRE_FORMATS_MAX) {
		post(negotiation, -E2BIG, "add_modifier");
		return;
	}
	question->modifiers[question->modifiers_len++] = wire_u64(hi, lo);
}

/* Counts the pairs of the alternative that is about to be closed. */
static int close_pairs(struct negotiation *negotiation)
{
	negotiation->pairs_len +=
		negotiation->device.pairs.size / sizeof(struct tenon_format_modifier);
	return negotiation->pairs_len > WIRE_PAIRS_TOTAL_MAX ? -E2BIG : 0;
}

/* Puts the device being added, if there is one, with the others. */
static int close_device(struct negotiation *negotiation)
{
	struct question *question = &negotiation->question;
	int err;

	if (negotiation->device.offer == NULL) {
		return 0;
	}
	err = close_pairs(negotiation);
	if (err != 0) {
		return err;
	}
	err = wire_device_end(&negotiation->device, &question->devices[question->devices_len]);
	if (err != 0) {
		return err;
	}
	question->devices_len++;
	negotiation->alternatives_len += negotiation->device.alternatives_len;
	return 0;
}

static void handle_add_device(struct wl_client *client, struct wl_resource *resource,
	const char *name, uint32_t roles, struct wl_array *dev, uint32_t coherent)
{
	struct negotiation *negotiation = open_negotiation(resource);
	int err;

	if (negotiation == NULL) {
		return;
	}
	err = close_device(negotiation);
	if (err == 0 && negotiation->question.devices_len >= WIRE_DEVICES_MAX) {
		err = -E2BIG;
	}
	if (err == 0) {
		err = wire_device_begin(
			&negotiation->device, name, roles, dev->data, dev->size, coherent);
	}
	if (err != 0) {
		post(negotiation, err, "add_device");
	}
}

static int add_alternative(struct negotiation *negotiation, uint32_t roles,
	const struct wl_array *pairs, const struct wl_array *limits)
{
	struct wire_device *device = &negotiation->device;
	int err = close_pairs(negotiation);

	if (err != 0) {
		return err;
	}
	if (negotiation->alternatives_len + device->alternatives_len >= WIRE_ALTERNATIVES_MAX) {
		return -E2BIG;
	}
	err = wire_device_alternative(device, roles, limits->data, limits->size);
	if (err != 0) {
		return err;
	}
	return wire_get_pairs(&device->pairs, pairs->data, pairs->size);
}

static void handle_add_alternative(struct wl_client *client, struct wl_resource *resource,
	uint32_t roles, struct wl_array *pairs, struct wl_array *limits)
{
	struct negotiation *negotiation = open_negotiation(resource);
	int err;

	if (negotiation == NULL) {
		return;
	}
	if (negotiation->device.offer == NULL) {
		wl_resource_post_error(resource, TENON_NEGOTIATION_V1_ERROR_NO_DEVICE,
			"add_alternative before add_device");
		return;
	}
	err = add_alternative(negotiation, roles, pairs, limits);
	if (err != 0) {
		post(negotiation, err, "add_alternative");
	}
}

static void handle_add_pairs(
	struct wl_client *client, struct wl_resource *resource, struct wl_array *pairs)
{
	struct negotiation *negotiation = open_negotiation(resource);
	struct wire_device *device;
	int err;

	if (negotiation == NULL) {
		return;
	}
	device = &negotiation->device;
	err = device->limits == NULL ? -ENOENT
				     : wire_get_pairs(&device->pairs, pairs->data, pairs->size);
	if (err == 0 && device->pairs.size / sizeof(struct tenon_format_modifier) >
				WIRE_PAIRS_TOTAL_MAX - negotiation->pairs_len) {
		err = -E2BIG;
	}
	if (err != 0) {
		post(negotiation, err, "add_pairs");
	}
}

static void handle_add_alternative_heap(
	struct wl_client *client, struct wl_resource *resource, uint32_t property, const char *name)
{
	struct negotiation *negotiation = open_negotiation(resource);
	int err;

	if (negotiation == NULL) {
		return;
	}
	err = wire_device_heap(&negotiation->device, property, name);
	if (err != 0) {
		post(negotiation, err, "add_alternative_heap");
	}
}

static void handle_add_source(
	struct wl_client *client, struct wl_resource *resource, uint32_t property, const char *text)
{
	struct negotiation *negotiation = open_negotiation(resource);
	int err;

	if (negotiation == NULL) {
		return;
	}
	err = wire_device_source(&negotiation->device, property, text);
	if (err != 0) {
		post(negotiation, err, "add_source");
	}
}

static void handle_set_limits(
	struct wl_client *client, struct wl_resource *resource, struct wl_array *array)
{
	struct negotiation *negotiation = open_negotiation(resource);
	struct tenon_limits *limits;
	int err;

	if (negotiation == NULL) {
		return;
	}
	err = tenon_limits_create(&limits);
	if (err != 0) {
		post(negotiation, err, "set_limits");
		return;
	}
	err = wire_get_limits(limits, array->data, array->size);
	if (err != 0 && err != -ENOTSUP) {
		tenon_limits_destroy(limits);
		post(negotiation, err, "set_limits");
		return;
	}
	negotiation->question.limits_unsupported = err == -ENOTSUP;
	tenon_limits_destroy(negotiation->question.limits);
	negotiation->question.limits = limits;
	memset(negotiation->question.limits_heaps_len, 0,
		sizeof(negotiation->question.limits_heaps_len));
}

static void handle_add_limits_heap(
	struct wl_client *client, struct wl_resource *resource, uint32_t property, const char *name)
{
	struct negotiation *negotiation = open_negotiation(resource);
	struct question *question;
	int err = 0;

	if (negotiation == NULL) {
		return;
	}
	question = &negotiation->question;
	if (question->limits == NULL) {
		err = tenon_limits_create(&question->limits);
	}
	if (err == 0) {
		err = wire_add_heap(question->limits, question->limits_heaps_len, property, name);
	}
	if (err != 0) {
		post(negotiation, err, "add_limits_heap");
	}
}

static int add_heap(struct question *question, const char *name, const struct wl_array *facts)
{
	struct tenon_heap_info *info;
	int err;

	if (question->heaps_len >= WIRE_HEAPS_MAX) {
		return -E2BIG;
	}
	if (!wire_name_is_valid(name)) {
		return -EPROTO;
	}
	if (question->heaps == NULL) {
		question->heaps = calloc(WIRE_HEAPS_MAX, sizeof(*question->heaps));
		if (question->heaps == NULL) {
			return -ENOMEM;
		}
	}
	info = &question->heaps[question->heaps_len];
	err = wire_get_facts(info, facts->data, facts->size);
	if (err != 0) {
		return err;
	}
	wire_text(info->name, WIRE_NAME_MAX, name);
	question->heaps_len++;
	return 0;
}

static void handle_add_heap(struct wl_client *client, struct wl_resource *resource,
	const char *name, struct wl_array *facts)
{
	struct negotiation *negotiation = open_negotiation(resource);
	int err;

	if (negotiation == NULL) {
		return;
	}
	err = add_heap(&negotiation->question, name, facts);
	if (err != 0) {
		post(negotiation, err, "add_heap");
	}
}

static void handle_explain(struct wl_client *client, struct wl_resource *resource)
{
	struct negotiation *negotiation = open_negotiation(resource);

	if (negotiation != NULL) {
		negotiation->question.explain = true;
	}
}

static void question_finish(struct question *question)
{
	for (size_t i = 0; i < question->devices_len; i++) {
		tenon_offer_unref(question->devices[i].offer);
	}
	free(question->heaps);
	tenon_limits_destroy(question->limits);
	memset(question, 0, sizeof(*question));
}

static void submit(struct negotiation *negotiation)
{
	struct tenon_server *server = negotiation->peer->server;

	if (server == NULL) {
		tenon_negotiation_v1_send_failed(negotiation->resource,
			TENON_NEGOTIATION_V1_FAILURE_REFUSED, "the compositor has withdrawn it");
	} else if (negotiation->surface_gone) {
		tenon_negotiation_v1_send_failed(negotiation->resource,
			TENON_NEGOTIATION_V1_FAILURE_SURFACE_GONE, "the surface was destroyed");
	} else {
		struct tenon_server_state *state =
			tenon_server_state_ref(surface_get_state(server, negotiation->surface));

		negotiation->layout = question_answer(server, state, negotiation->resource,
			negotiation->surface != NULL ? negotiation->surface->resource : NULL,
			&negotiation->question);
		tenon_server_state_unref(state);
	}
}

static void handle_submit(struct wl_client *client, struct wl_resource *resource)
{
	struct negotiation *negotiation = open_negotiation(resource);
	int err;

	if (negotiation == NULL) {
		return;
	}
	if (negotiation->question.width == 0) {
		wl_resource_post_error(
			resource, TENON_NEGOTIATION_V1_ERROR_INCOMPLETE, "submit without a size");
		return;
	}
	err = close_device(negotiation);
	if (err != 0) {
		post(negotiation, err, "submit");
		return;
	}
	negotiation->submitted = true;
	submit(negotiation);
	/* what was asked is not needed any more; what was resolved is, for describe_buffer */
	question_finish(&negotiation->question);
	wire_device_finish(&negotiation->device);
}

static void handle_describe_buffer(struct wl_client *client, struct wl_resource *resource,
	uint32_t id, struct wl_resource *buffer)
{
	struct negotiation *negotiation = wl_resource_get_user_data(resource);

	if (negotiation->layout == NULL) {
		wl_resource_post_error(resource, TENON_NEGOTIATION_V1_ERROR_NOT_RESOLVED,
			"describe_buffer without the answer resolved");
		return;
	}
	described_create(negotiation->peer, resource, id, buffer, negotiation->layout);
}

static const struct tenon_negotiation_v1_interface negotiation_impl = {
	.destroy = handle_destroy,
	.set_size = handle_set_size,
	.add_format = handle_add_format,
	.add_modifier = handle_add_modifier,
	.add_device = handle_add_device,
	.add_alternative = handle_add_alternative,
	.add_pairs = handle_add_pairs,
	.add_alternative_heap = handle_add_alternative_heap,
	.add_source = handle_add_source,
	.set_limits = handle_set_limits,
	.add_limits_heap = handle_add_limits_heap,
	.add_heap = handle_add_heap,
	.explain = handle_explain,
	.submit = handle_submit,
	.describe_buffer = handle_describe_buffer,
};

static void negotiation_destroyed(struct wl_resource *resource)
{
	struct negotiation *negotiation = wl_resource_get_user_data(resource);

	wl_list_remove(&negotiation->link);
	question_finish(&negotiation->question);
	wire_device_finish(&negotiation->device);
	tenon_layout_destroy(negotiation->layout);
	peer_uncount(negotiation->peer, PEER_NEGOTIATIONS);
	peer_unref(negotiation->peer);
	free(negotiation);
}

void negotiation_create(
	struct peer *peer, struct wl_resource *manager, uint32_t id, struct surface *surface)
{
	struct negotiation *negotiation;

	if (!peer_count(peer, PEER_NEGOTIATIONS)) {
		wl_resource_post_error(manager, TENON_BUFFER_CONSTRAINTS_V1_ERROR_TOO_MANY_OBJECTS,
			"too many tenon_negotiation_v1");
		return;
	}
	negotiation = calloc(1, sizeof(*negotiation));
	if (negotiation == NULL) {
		goto err_count;
	}
	negotiation->resource = wl_resource_create(peer->client, &tenon_negotiation_v1_interface,
		wl_resource_get_version(manager), id);
	if (negotiation->resource == NULL) {
		goto err_negotiation;
	}
	negotiation->peer = peer_ref(peer);
	negotiation->surface = surface;
	wire_device_init(&negotiation->device);
	wl_list_init(&negotiation->link);
	if (surface != NULL) {
		wl_list_insert(&surface->negotiations, &negotiation->link);
	}
	wl_resource_set_implementation(
		negotiation->resource, &negotiation_impl, negotiation, negotiation_destroyed);
	return;
err_negotiation:
	free(negotiation);
err_count:
	peer_uncount(peer, PEER_NEGOTIATIONS);
	wl_client_post_no_memory(peer->client);
}

void negotiations_surface_gone(struct wl_list *list)
{
	struct negotiation *negotiation, *next;

	wl_list_for_each_safe(negotiation, next, list, link)
	{
		negotiation->surface = NULL;
		negotiation->surface_gone = true;
		wl_list_remove(&negotiation->link);
		wl_list_init(&negotiation->link);
	}
}
