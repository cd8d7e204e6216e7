/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_BARE_H
#define TENON_TEST_BARE_H

/*
 * A compositor that is nothing but libwayland-server and libtenon-server, in a thread of the test
 * and over a socketpair. It has wl_compositor with surfaces that do nothing, wl_shm, and the
 * extension.
 */

#include <stdbool.h>

#include <wayland-client.h>

#include <tenon/server.h>

struct bare;

struct bare_options {
	const struct tenon_server_options *server; /* NULL: default options */
	bool without_extension;
};

struct bare *bare_start(const struct bare_options *options);

/* Stops it; every client must have disconnected, or be prepared to lose its connection. */
void bare_stop(struct bare *bare);

/* A connection of a client. */
struct wl_display *bare_connect(struct bare *bare);

/* The same as a file descriptor, for a client that does not keep to the protocol. */
int bare_connect_fd(struct bare *bare);

/* Runs fn(data) in the compositor's thread, and waits for it. */
void bare_call(struct bare *bare, void (*fn)(struct bare *bare, void *data), void *data);

/* For fn only. */
struct tenon_server *bare_get_server(struct bare *bare);
/* Destroys the server, as a compositor may; not again at the end. */
void bare_destroy_server(struct bare *bare);
/* The surface made last by whatever client, or NULL. */
struct wl_resource *bare_get_surface(struct bare *bare);
/* How many clients are connected. */
int bare_count_clients(struct bare *bare);

/* What a client sees. */
struct bare_globals {
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	uint32_t manager_name; /* of tenon_buffer_constraints_v1; 0: not there */
};

/* Binds the globals on the default queue. */
void bare_bind(struct bare_globals *globals, struct wl_display *display);
void bare_unbind(struct bare_globals *globals);

#endif
