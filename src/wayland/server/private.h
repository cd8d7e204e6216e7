/* SPDX-License-Identifier: MIT */
#ifndef TENON_SERVER_PRIVATE_H
#define TENON_SERVER_PRIVATE_H

/*
 * The objects of libtenon-server and who knows whom:
 *
 *	tenon_server --- surfaces (one for each wl_surface that has a state or objects)
 *	     |  `------- peers (one for each wl_client that has bound the global)
 *	     |
 *	objects of clients (constraints, negotiation, statistics) know their peer, which counts
 *	them, and their surface.
 *
 * A peer lives until its last object is gone, which may be after the server: peer->server is NULL
 * then. An object lives until its wl_resource is gone, which may be after its surface: it is told
 * by its list link, and inert from then on.
 */

#include <stdbool.h>
#include <stdint.h>

#include <wayland-server-core.h>

#include <tenon/server.h>

#include "wayland/wire/records.h"
#include "wayland/wire/wire.h"

#include "tenon-buffer-constraints-v1-server-protocol.h"

enum {
	OBJECTS_MAX_DEFAULT = 1024,
	OBJECTS_MAX_LEAST = 64,
};

/* Kinds of objects that are counted. */
enum peer_kind {
	PEER_CONSTRAINTS,
	PEER_NEGOTIATIONS,
	PEER_BUFFERS,
	PEER_STATISTICS,
	PEER_KINDS_LEN,
};

struct tenon_server {
	struct wl_display *display;
	struct wl_global *global; /* NULL once the display is gone */
	struct wl_listener display_destroy;
	struct tenon_server_impl impl;
	void *data;
	uint32_t objects_max;
	bool keep_fds;
	struct tenon_server_state *default_state; /* never NULL */
	struct wl_list peers;                     /* peer.link */
	struct wl_list surfaces;                  /* surface.link */
	struct wl_list constraints;               /* constraints.link, of the default */
	struct wl_array records;                  /* of the answer being made */
};

struct peer {
	struct tenon_server *server; /* NULL once it is destroyed */
	struct wl_client *client;
	struct wl_list link; /* tenon_server.peers */
	unsigned refs;       /* its objects, managers included */
	uint32_t counts[PEER_KINDS_LEN];
};

struct surface {
	struct tenon_server *server;
	struct wl_resource *resource;
	struct wl_listener destroy;
	struct wl_list link;              /* tenon_server.surfaces */
	struct tenon_server_state *state; /* NULL: the default */
	struct wl_list constraints;       /* constraints.link */
	struct wl_list negotiations;      /* negotiation.link */
	struct wl_list statistics;        /* statistics.link */
};

/* A compiled alternative; what is not here is read from the offer. */
struct state_alternative {
	uint32_t first, count; /* of the table */
	struct wl_array limits;
};

struct state_device {
	struct tenon_offer *offer; /* a reference */
	uint32_t roles;
	struct wl_array dev;
	struct state_alternative *alternatives;
	size_t alternatives_len;
};

struct state_tranche {
	bool scanout;
	struct state_device devices[TENON_SERVER_DEVICES_MAX];
	size_t devices_len;
};

struct tenon_server_state {
	unsigned refs;
	struct state_tranche tranches[TENON_SERVER_TRANCHES_MAX];
	size_t tranches_len;
	int table_fd;
	uint32_t table_size; /* bytes */
};

/* server.c */
struct peer *peer_ref(struct peer *peer);
void peer_unref(struct peer *peer);
/* Counts an object; false when the client has too many. */
bool peer_count(struct peer *peer, enum peer_kind kind);
void peer_uncount(struct peer *peer, enum peer_kind kind);

/* surface.c */
/* Finds or makes; NULL: out of memory. */
struct surface *surface_get(struct tenon_server *server, struct wl_resource *resource);
struct surface *surface_find(struct tenon_server *server, struct wl_resource *resource);
/* Takes it apart: its objects become inert. */
void surface_destroy(struct surface *surface);
/* The state that holds; surface may be NULL. */
struct tenon_server_state *surface_get_state(struct tenon_server *server, struct surface *surface);

/* state.c */
/* Writes one batch to a tenon_constraints_v1. */
void state_send(const struct tenon_server_state *state, struct wl_resource *resource);

/* constraints.c; surface NULL: the default. On failure the client was told. */
void constraints_create(
	struct peer *peer, struct wl_resource *manager, uint32_t id, struct surface *surface);
/* Sends what holds now to each object of a list. */
void constraints_send_all(struct wl_list *list, const struct tenon_server_state *state);
/* The server is gone: lists are dissolved. */
void constraints_make_inert(struct wl_list *list);

/* negotiation.c; surface NULL: the default. On failure the client was told. */
void negotiation_create(
	struct peer *peer, struct wl_resource *manager, uint32_t id, struct surface *surface);
void negotiations_surface_gone(struct wl_list *list);

/* What was asked, and on what. */
struct asked {
	struct wl_resource *resource; /* tenon_negotiation_v1 */
	struct wl_resource *surface;  /* for the callback; NULL: the default */
	uint32_t width, height;
	bool explain;
	const struct wire_question *question;
};

/*
 * answer.c: sends the answer. Returns the layout that was resolved, which the caller owns; NULL:
 * conflict or failure.
 */
struct tenon_layout *question_answer(struct tenon_server *server,
	const struct tenon_server_state *state, const struct asked *asked);

/* described.c; layout is copied. On failure the client was told. */
void described_create(struct peer *peer, struct wl_resource *negotiation, uint32_t id,
	struct wl_resource *buffer, const struct tenon_layout *layout);

/* statistics.c. On failure the client was told. */
void statistics_create(
	struct peer *peer, struct wl_resource *manager, uint32_t id, struct surface *surface);
void statistics_make_inert(struct wl_list *list);

/* memory.c: what an fd of a client is. */
enum memory_kind {
	MEMORY_OTHER,
	MEMORY_MEMFD,
	MEMORY_MEMFD_UNSEALED,
	MEMORY_DMABUF,
};

/* Never blocks, whatever fd is. *bytes is written for memory only. */
enum memory_kind memory_examine(int fd, uint64_t *bytes);

#endif
