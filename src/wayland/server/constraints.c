/* SPDX-License-Identifier: MIT */
#include "wayland/server/private.h"

#include <stdlib.h>

struct constraints {
	struct wl_resource *resource;
	struct peer *peer;
	struct wl_list link; /* surface.constraints or tenon_server.constraints; alone: inert */
};

static void handle_destroy(struct wl_client *client, struct wl_resource *resource)
{
	wl_resource_destroy(resource);
}

static const struct tenon_constraints_v1_interface constraints_impl = {
	.destroy = handle_destroy,
};

static void constraints_destroyed(struct wl_resource *resource)
{
	struct constraints *constraints = wl_resource_get_user_data(resource);

	wl_list_remove(&constraints->link);
	peer_uncount(constraints->peer, PEER_CONSTRAINTS);
	peer_unref(constraints->peer);
	free(constraints);
}

void constraints_create(
	struct peer *peer, struct wl_resource *manager, uint32_t id, struct surface *surface)
{
	struct tenon_server *server = peer->server;
	struct constraints *constraints;

	if (!peer_count(peer, PEER_CONSTRAINTS)) {
		wl_resource_post_error(manager, TENON_BUFFER_CONSTRAINTS_V1_ERROR_TOO_MANY_OBJECTS,
			"too many tenon_constraints_v1");
		return;
	}
	constraints = calloc(1, sizeof(*constraints));
	if (constraints == NULL) {
		goto err_count;
	}
	constraints->resource = wl_resource_create(peer->client, &tenon_constraints_v1_interface,
		wl_resource_get_version(manager), id);
	if (constraints->resource == NULL) {
		goto err_constraints;
	}
	constraints->peer = peer_ref(peer);
	wl_list_init(&constraints->link);
	wl_resource_set_implementation(
		constraints->resource, &constraints_impl, constraints, constraints_destroyed);
	if (server != NULL) {
		wl_list_insert(surface != NULL ? &surface->constraints : &server->constraints,
			&constraints->link);
		state_send(surface_get_state(server, surface), constraints->resource);
	}
	return;
err_constraints:
	free(constraints);
err_count:
	peer_uncount(peer, PEER_CONSTRAINTS);
	wl_client_post_no_memory(peer->client);
}

void constraints_send_all(struct wl_list *list, const struct tenon_server_state *state)
{
	struct constraints *constraints;

	wl_list_for_each(constraints, list, link)
	{
		state_send(state, constraints->resource);
	}
}

void constraints_make_inert(struct wl_list *list)
{
	struct constraints *constraints, *next;

	wl_list_for_each_safe(constraints, next, list, link)
	{
		wl_list_remove(&constraints->link);
		wl_list_init(&constraints->link);
	}
}
