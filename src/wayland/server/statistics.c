/* SPDX-License-Identifier: MIT */
#include "wayland/server/private.h"

#include <stdlib.h>

struct statistics {
	struct wl_resource *resource;
	struct peer *peer;
	struct surface *surface; /* NULL: inert */
	struct wl_list link;     /* surface.statistics */
};

static void handle_destroy(struct wl_client *client, struct wl_resource *resource)
{
	wl_resource_destroy(resource);
}

static void send_copies(struct wl_resource *resource, uint32_t kind, uint64_t count, uint64_t bytes)
{
	tenon_surface_statistics_v1_send_copies(
		resource, kind, wire_hi(count), wire_lo(count), wire_hi(bytes), wire_lo(bytes));
}

static void handle_query(struct wl_client *client, struct wl_resource *resource)
{
	struct statistics *statistics = wl_resource_get_user_data(resource);
	struct tenon_server *server = statistics->peer->server;
	struct tenon_server_statistics numbers = {.size = sizeof(numbers)};

	if (statistics->surface != NULL && server != NULL && server->impl.get_statistics != NULL &&
		server->impl.get_statistics(
			server->data, statistics->surface->resource, &numbers) == 0) {
		tenon_surface_statistics_v1_send_frames(resource, wire_hi(numbers.commits),
			wire_lo(numbers.commits), wire_hi(numbers.shown), wire_lo(numbers.shown));
		send_copies(resource, TENON_SURFACE_STATISTICS_V1_COPY_UPLOAD, numbers.uploads,
			numbers.upload_bytes);
		send_copies(resource, TENON_SURFACE_STATISTICS_V1_COPY_COMPOSITION,
			numbers.compositions, numbers.composition_bytes);
	}
	tenon_surface_statistics_v1_send_done(resource);
}

static const struct tenon_surface_statistics_v1_interface statistics_impl = {
	.destroy = handle_destroy,
	.query = handle_query,
};

static void statistics_destroyed(struct wl_resource *resource)
{
	struct statistics *statistics = wl_resource_get_user_data(resource);

	wl_list_remove(&statistics->link);
	peer_uncount(statistics->peer, PEER_STATISTICS);
	peer_unref(statistics->peer);
	free(statistics);
}

void statistics_create(
	struct peer *peer, struct wl_resource *manager, uint32_t id, struct surface *surface)
{
	struct statistics *statistics;

	if (!peer_count(peer, PEER_STATISTICS)) {
		wl_resource_post_error(manager, TENON_BUFFER_CONSTRAINTS_V1_ERROR_TOO_MANY_OBJECTS,
			"too many tenon_surface_statistics_v1");
		return;
	}
	statistics = calloc(1, sizeof(*statistics));
	if (statistics == NULL) {
		goto err_count;
	}
	statistics->resource = wl_resource_create(peer->client,
		&tenon_surface_statistics_v1_interface, wl_resource_get_version(manager), id);
	if (statistics->resource == NULL) {
		goto err_statistics;
	}
	statistics->peer = peer_ref(peer);
	statistics->surface = surface;
	wl_list_init(&statistics->link);
	if (surface != NULL) {
		wl_list_insert(&surface->statistics, &statistics->link);
	}
	wl_resource_set_implementation(
		statistics->resource, &statistics_impl, statistics, statistics_destroyed);
	return;
err_statistics:
	free(statistics);
err_count:
	peer_uncount(peer, PEER_STATISTICS);
	wl_client_post_no_memory(peer->client);
}

void statistics_make_inert(struct wl_list *list)
{
	struct statistics *statistics, *next;

	wl_list_for_each_safe(statistics, next, list, link)
	{
		statistics->surface = NULL;
		wl_list_remove(&statistics->link);
		wl_list_init(&statistics->link);
	}
}
