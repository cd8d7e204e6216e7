/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_HOSTILE_H
#define TENON_TEST_HOSTILE_H

/*
 * Clients that do what they should not. Each case is run on a connection of its own against any
 * compositor with the extension; afterwards the compositor must still serve a well-behaved client,
 * and hold no file descriptor more.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wayland-client.h>

#include "wayland/wire/wire.h"

struct tenon_buffer_constraints_v1;
struct tenon_negotiation_v1;

/* The compositor under attack. */
struct hostile_target {
	int (*connect)(void *data);
	/* Open file descriptors of the compositor, once their number has settled. */
	int (*count_fds)(void *data);
	void *data;
};

/* A connection, with what a case needs most. */
struct hostile {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct tenon_buffer_constraints_v1 *manager;
	uint32_t capabilities;
	struct wl_surface *surface;
	struct tenon_negotiation_v1 *negotiation; /* new */

	/* What has been answered. */
	bool resolved, conflict, failed, accepted, rejected;
	uint32_t reason; /* of failed or rejected */
	uint32_t object_size, pitch;
};

/* A case, and what must come of it. */
struct hostile_case {
	const char *name;
	void (*run)(struct hostile *hostile);
	/* The interface whose error ends the connection; NULL: none may. */
	const char *interface;
	uint32_t error;
};

void hostile_connect(struct hostile *hostile, const struct hostile_target *target);
void hostile_disconnect(struct hostile *hostile);

/* Runs the cases of a table: requests (hostile_requests.c), what a question is made of
 * (hostile_records.c), memory (hostile_memory.c). */
void hostile_run_requests(const struct hostile_target *target);
void hostile_run_records(const struct hostile_target *target);
void hostile_run_memory(const struct hostile_target *target);
/* Broken connections and messages below the level of requests (hostile_raw.c). */
void hostile_run_raw(const struct hostile_target *target);

/* For the tables. */
void hostile_run(const struct hostile_target *target, const struct hostile_case *cases, size_t len);
/* Fails the test unless a well-behaved client is served. */
void hostile_check_alive(const struct hostile_target *target);
void hostile_roundtrip(struct hostile *hostile);

/* Bytes of a record's contents. */
struct hostile_piece {
	const void *data;
	size_t size;
};

enum { HOSTILE_RECORD_MAX = 4096 };

/* Adds a record to the question, in a message of its own. */
void hostile_add(struct hostile *hostile, uint32_t kind, const struct hostile_piece *pieces,
	size_t pieces_len);
/* A device for any role; an alternative of one good pair. */
void hostile_add_device(struct hostile *hostile, const char *name);
void hostile_add_alternative(struct hostile *hostile, uint32_t roles,
	const struct wire_limit *limits, size_t limits_len);

/* A device with one good alternative: submit would resolve it. */
void hostile_prepare(struct hostile *hostile);
void hostile_submit(struct hostile *hostile, int32_t width, int32_t height);
/* The same, submitted and resolved. */
void hostile_resolve(struct hostile *hostile);

#endif
