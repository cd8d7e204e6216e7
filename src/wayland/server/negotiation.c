/* SPDX-License-Identifier: MIT */
#include "wayland/server/private.h"

#include <errno.h>
#include <stdlib.h>

/* The numbers of records are those of the protocol. */
#define SAME(name) \
	_Static_assert((int)WIRE_RECORD_##name == (int)TENON_NEGOTIATION_V1_RECORD_##name, #name)
SAME(FORMATS);
SAME(MODIFIERS);
SAME(DEVICE);
SAME(ALTERNATIVE);
SAME(PAIRS);
SAME(ALTERNATIVE_HEAP);
SAME(SOURCE);
SAME(LIMITS);
SAME(LIMITS_HEAP);
SAME(HEAP);
SAME(LAYOUT);
SAME(NEEDS);
SAME(NEEDS_HEAP);
SAME(CHOICE);
SAME(RULED_OUT);
SAME(CONFLICT_DEVICE);
SAME(HINT);
SAME(TEXT);
#undef SAME

struct negotiation {
	struct wl_resource *resource;
	struct peer *peer;
	struct surface *surface; /* NULL: the default, or gone */
	bool surface_gone;
	struct wl_list link; /* surface.negotiations */

	struct wire_question question;
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
	case -ENODEV:
		code = TENON_NEGOTIATION_V1_ERROR_NO_DEVICE;
		text = "an alternative before a device";
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

static void handle_add(
	struct wl_client *client, struct wl_resource *resource, struct wl_array *records)
{
	struct negotiation *negotiation = open_negotiation(resource);
	int err;

	if (negotiation == NULL) {
		return;
	}
	err = wire_question_read(&negotiation->question, records->data, records->size);
	if (err != 0) {
		post(negotiation, err, "add");
	}
}

static void answer(struct negotiation *negotiation, uint32_t width, uint32_t height, uint32_t flags)
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
		const struct asked asked = {
			.resource = negotiation->resource,
			.surface = negotiation->surface != NULL ? negotiation->surface->resource
								: NULL,
			.width = width,
			.height = height,
			.explain = (flags & TENON_NEGOTIATION_V1_ASK_FLAGS_EXPLAIN) != 0,
			.question = &negotiation->question,
		};

		negotiation->layout = question_answer(server, state, &asked);
		tenon_server_state_unref(state);
	}
}

static void handle_submit(struct wl_client *client, struct wl_resource *resource, int32_t width,
	int32_t height, uint32_t flags, struct wl_array *records)
{
	struct negotiation *negotiation = open_negotiation(resource);
	int err = 0;

	if (negotiation == NULL) {
		return;
	}
	if (width <= 0 || height <= 0) {
		wl_resource_post_error(resource, TENON_NEGOTIATION_V1_ERROR_INVALID_SIZE,
			"%dx%d is no size", width, height);
		return;
	}
	if ((flags & ~(uint32_t)TENON_NEGOTIATION_V1_ASK_FLAGS_EXPLAIN) != 0) {
		err = -EPROTO;
	}
	if (err == 0) {
		err = wire_question_read(&negotiation->question, records->data, records->size);
	}
	if (err == 0) {
		err = wire_question_end(&negotiation->question);
	}
	if (err != 0) {
		post(negotiation, err, "submit");
		return;
	}
	negotiation->submitted = true;
	answer(negotiation, (uint32_t)width, (uint32_t)height, flags);
	/* what was asked is not needed any more; what was resolved is, for describe_buffer */
	wire_question_finish(&negotiation->question);
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
	.add = handle_add,
	.submit = handle_submit,
	.describe_buffer = handle_describe_buffer,
};

static void negotiation_destroyed(struct wl_resource *resource)
{
	struct negotiation *negotiation = wl_resource_get_user_data(resource);

	wl_list_remove(&negotiation->link);
	wire_question_finish(&negotiation->question);
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
	wire_question_init(&negotiation->question);
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
