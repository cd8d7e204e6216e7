/* SPDX-License-Identifier: MIT */
#include "wayland/server/private.h"

#include <errno.h>
#include <stdlib.h>

void surface_destroy(struct surface *surface)
{
	constraints_make_inert(&surface->constraints);
	negotiations_surface_gone(&surface->negotiations);
	statistics_make_inert(&surface->statistics);
	wl_list_remove(&surface->destroy.link);
	wl_list_remove(&surface->link);
	tenon_server_state_unref(surface->state);
	free(surface);
}

static void handle_surface_destroy(struct wl_listener *listener, void *data)
{
	struct surface *surface = wl_container_of(listener, surface, destroy);

	surface_destroy(surface);
}

struct surface *surface_find(struct tenon_server *server, struct wl_resource *resource)
{
	struct wl_listener *listener =
		wl_resource_get_destroy_listener(resource, handle_surface_destroy);
	struct surface *surface;

	if (listener == NULL) {
		return NULL;
	}
	surface = wl_container_of(listener, surface, destroy);
	if (surface->server == server) {
		return surface;
	}
	/* the surface is known to another server of the same process */
	wl_list_for_each(surface, &server->surfaces, link)
	{
		if (surface->resource == resource) {
			return surface;
		}
	}
	return NULL;
}

struct surface *surface_get(struct tenon_server *server, struct wl_resource *resource)
{
	struct surface *surface = surface_find(server, resource);

	if (surface != NULL) {
		return surface;
	}
	surface = calloc(1, sizeof(*surface));
	if (surface == NULL) {
		return NULL;
	}
	surface->server = server;
	surface->resource = resource;
	wl_list_init(&surface->constraints);
	wl_list_init(&surface->negotiations);
	wl_list_init(&surface->statistics);
	surface->destroy.notify = handle_surface_destroy;
	wl_resource_add_destroy_listener(resource, &surface->destroy);
	wl_list_insert(&server->surfaces, &surface->link);
	return surface;
}

struct tenon_server_state *surface_get_state(struct tenon_server *server, struct surface *surface)
{
	return surface != NULL && surface->state != NULL ? surface->state : server->default_state;
}

int tenon_server_set_surface(
	struct tenon_server *server, struct wl_resource *resource, struct tenon_server_state *state)
{
	struct surface *surface = surface_find(server, resource);
	struct tenon_server_state *old;

	if (surface == NULL) {
		if (state == NULL) {
			return 0;
		}
		surface = surface_get(server, resource);
		if (surface == NULL) {
			return -ENOMEM;
		}
	}
	old = surface->state;
	if (old == state) {
		return 0;
	}
	surface->state = state != NULL ? tenon_server_state_ref(state) : NULL;
	if (surface_get_state(server, surface) != (old != NULL ? old : server->default_state)) {
		constraints_send_all(&surface->constraints, surface_get_state(server, surface));
	}
	tenon_server_state_unref(old);
	return 0;
}
