/* SPDX-License-Identifier: MIT */
#include "wayland/server/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Highest version of the global that is implemented here. */
enum {
	MANAGER_VERSION = 1,
};

struct peer *peer_ref(struct peer *peer)
{
	peer->refs++;
	return peer;
}

void peer_unref(struct peer *peer)
{
	if (--peer->refs == 0) {
		wl_list_remove(&peer->link);
		free(peer);
	}
}

bool peer_count(struct peer *peer, enum peer_kind kind)
{
	uint32_t max = peer->server != NULL ? peer->server->objects_max : OBJECTS_MAX_DEFAULT;

	if (kind == PEER_BUFFERS && peer->server != NULL && peer->server->keep_fds) {
		max = OBJECTS_MAX_LEAST; /* each has fds, and those are few */
	}
	if (peer->counts[kind] >= max) {
		return false;
	}
	peer->counts[kind]++;
	return true;
}

void peer_uncount(struct peer *peer, enum peer_kind kind)
{
	peer->counts[kind]--;
}

/* The peer of a client, with a reference; NULL: out of memory. */
static struct peer *peer_get(struct tenon_server *server, struct wl_client *client)
{
	struct peer *peer;

	wl_list_for_each(peer, &server->peers, link)
	{
		if (peer->client == client) {
			return peer_ref(peer);
		}
	}
	peer = calloc(1, sizeof(*peer));
	if (peer == NULL) {
		return NULL;
	}
	peer->server = server;
	peer->client = client;
	wl_list_insert(&server->peers, &peer->link);
	return peer_ref(peer);
}

static void handle_destroy(struct wl_client *client, struct wl_resource *resource)
{
	wl_resource_destroy(resource);
}

static void handle_get_default_constraints(
	struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	constraints_create(wl_resource_get_user_data(resource), resource, id, NULL);
}

/* The surface's object. Returns false when memory is out, and the client was told. */
static bool find_surface(
	struct peer *peer, struct wl_resource *surface_resource, struct surface **surface)
{
	*surface = NULL;
	if (surface_resource == NULL || peer->server == NULL) {
		return true;
	}
	*surface = surface_get(peer->server, surface_resource);
	if (*surface == NULL) {
		wl_client_post_no_memory(peer->client);
		return false;
	}
	return true;
}

static void handle_get_surface_constraints(struct wl_client *client, struct wl_resource *resource,
	uint32_t id, struct wl_resource *surface_resource)
{
	struct peer *peer = wl_resource_get_user_data(resource);
	struct surface *surface;

	if (find_surface(peer, surface_resource, &surface)) {
		constraints_create(peer, resource, id, surface);
	}
}

static void handle_create_negotiation(struct wl_client *client, struct wl_resource *resource,
	uint32_t id, struct wl_resource *surface_resource)
{
	struct peer *peer = wl_resource_get_user_data(resource);
	struct surface *surface;

	if (find_surface(peer, surface_resource, &surface)) {
		negotiation_create(peer, resource, id, surface);
	}
}

static void handle_get_surface_statistics(struct wl_client *client, struct wl_resource *resource,
	uint32_t id, struct wl_resource *surface_resource)
{
	struct peer *peer = wl_resource_get_user_data(resource);
	struct surface *surface;

	if (peer->server != NULL && peer->server->impl.get_statistics == NULL) {
		wl_resource_post_error(resource, TENON_BUFFER_CONSTRAINTS_V1_ERROR_NO_STATISTICS,
			"this compositor has no statistics");
		return;
	}
	if (find_surface(peer, surface_resource, &surface)) {
		statistics_create(peer, resource, id, surface);
	}
}

static const struct tenon_buffer_constraints_v1_interface manager_impl = {
	.destroy = handle_destroy,
	.get_default_constraints = handle_get_default_constraints,
	.get_surface_constraints = handle_get_surface_constraints,
	.create_negotiation = handle_create_negotiation,
	.get_surface_statistics = handle_get_surface_statistics,
};

static void manager_destroyed(struct wl_resource *resource)
{
	peer_unref(wl_resource_get_user_data(resource));
}

static void bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct tenon_server *server = data;
	struct wl_resource *resource;
	struct peer *peer;
	uint32_t capabilities = TENON_BUFFER_CONSTRAINTS_V1_CAPABILITY_CHECKS_BUFFERS;

	resource = wl_resource_create(
		client, &tenon_buffer_constraints_v1_interface, (int)version, id);
	if (resource == NULL) {
		wl_client_post_no_memory(client);
		return;
	}
	peer = peer_get(server, client);
	if (peer == NULL) {
		wl_resource_destroy(resource);
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_implementation(resource, &manager_impl, peer, manager_destroyed);
	if (server->impl.get_statistics != NULL) {
		capabilities |= TENON_BUFFER_CONSTRAINTS_V1_CAPABILITY_STATISTICS;
	}
	tenon_buffer_constraints_v1_send_capabilities(resource, capabilities);
}

static void handle_display_destroy(struct wl_listener *listener, void *data)
{
	struct tenon_server *server = wl_container_of(listener, server, display_destroy);

	/* wl_display_destroy() frees the global itself */
	wl_list_remove(&server->display_destroy.link);
	wl_list_init(&server->display_destroy.link);
	server->global = NULL;
	server->display = NULL;
}

/* Fills in what options say. 0 or -EINVAL. */
static int set_options(struct tenon_server *server, const struct tenon_server_options *options)
{
	server->objects_max = OBJECTS_MAX_DEFAULT;
	if (options == NULL) {
		return 0;
	}
	if (options->size != sizeof(*options) ||
		(options->objects_max != 0 && options->objects_max < OBJECTS_MAX_LEAST) ||
		(options->impl != NULL && options->impl->size != sizeof(*options->impl))) {
		return -EINVAL;
	}
	if (options->objects_max != 0) {
		server->objects_max = options->objects_max;
	}
	if (options->impl != NULL) {
		server->impl = *options->impl;
	}
	server->data = options->data;
	server->keep_fds = options->keep_fds;
	return 0;
}

int tenon_server_create(struct tenon_server **out, struct wl_display *display,
	const struct tenon_server_options *options)
{
	struct tenon_server *server = calloc(1, sizeof(*server));
	int err;

	if (server == NULL) {
		return -ENOMEM;
	}
	err = set_options(server, options);
	if (err != 0) {
		goto err_server;
	}
	err = tenon_server_state_create(&server->default_state, NULL, 0);
	if (err != 0) {
		goto err_server;
	}
	wl_list_init(&server->peers);
	wl_list_init(&server->surfaces);
	wl_list_init(&server->constraints);
	wl_array_init(&server->records);
	server->display = display;
	server->global = wl_global_create(
		display, &tenon_buffer_constraints_v1_interface, MANAGER_VERSION, server, bind);
	if (server->global == NULL) {
		err = -ENOMEM;
		goto err_state;
	}
	server->display_destroy.notify = handle_display_destroy;
	wl_display_add_destroy_listener(display, &server->display_destroy);
	*out = server;
	return 0;
err_state:
	tenon_server_state_unref(server->default_state);
err_server:
	free(server);
	return err;
}

void tenon_server_destroy(struct tenon_server *server)
{
	struct surface *surface, *next_surface;
	struct peer *peer, *next_peer;

	if (server == NULL) {
		return;
	}
	wl_list_remove(&server->display_destroy.link);
	if (server->global != NULL) {
		wl_global_destroy(server->global);
	}
	wl_list_for_each_safe(surface, next_surface, &server->surfaces, link)
	{
		surface_destroy(surface);
	}
	constraints_make_inert(&server->constraints);
	wl_list_for_each_safe(peer, next_peer, &server->peers, link)
	{
		peer->server = NULL;
		wl_list_remove(&peer->link);
		wl_list_init(&peer->link);
	}
	tenon_server_state_unref(server->default_state);
	wl_array_release(&server->records);
	free(server);
}

struct wl_global *tenon_server_get_global(const struct tenon_server *server)
{
	return server->global;
}

int tenon_server_set_default(struct tenon_server *server, struct tenon_server_state *state)
{
	struct tenon_server_state *old = server->default_state;
	struct surface *surface;

	if (state == old) {
		return 0;
	}
	if (state == NULL) {
		int err = tenon_server_state_create(&state, NULL, 0);

		if (err != 0) {
			return err;
		}
	} else {
		tenon_server_state_ref(state);
	}
	server->default_state = state;
	constraints_send_all(&server->constraints, state);
	wl_list_for_each(surface, &server->surfaces, link)
	{
		if (surface->state == NULL) {
			constraints_send_all(&surface->constraints, state);
		}
	}
	tenon_server_state_unref(old);
	return 0;
}
