/* SPDX-License-Identifier: MIT */
#ifndef TENON_CLIENT_PRIVATE_H
#define TENON_CLIENT_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include <wayland-client-core.h>
#include <wayland-client-protocol.h>

#include <tenon/client.h>

#include "wayland/wire/records.h"
#include "wayland/wire/wire.h"

#include "linux-dmabuf-v1-client-protocol.h"
#include "tenon-buffer-constraints-v1-client-protocol.h"

enum {
	/* linux-dmabuf feedback knows no limit of its own; the worst are left out */
	BATCH_TRANCHES_MAX = 8,
};

/* One complete set of constraints. */
struct batch {
	struct batch_tranche {
		bool scanout;
		struct tenon_participant devices[WIRE_DEVICES_MAX];
		size_t devices_len;
	} tranches[BATCH_TRANCHES_MAX];
	size_t tranches_len;
};

struct tenon_client {
	struct wl_display *display;
	struct wl_display *wrapper; /* on queue */
	struct wl_event_queue *queue;
	struct wl_event_queue *buffer_queue; /* NULL: the default queue */
	struct wl_registry *registry;
	struct tenon_buffer_constraints_v1 *manager; /* NULL: not there, or not wanted */
	struct zwp_linux_dmabuf_v1 *dmabuf;          /* the same */
	struct wl_shm *shm;
	uint32_t dmabuf_version;     /* 0: not there */
	uint32_t capabilities;       /* of manager */
	struct wl_array pairs;       /* struct tenon_format_modifier of linux-dmabuf version 3 */
	struct wl_array shm_formats; /* uint32_t, DRM fourccs */
	struct wl_array records;     /* of the question being asked */
	bool out_of_memory;          /* while those were collected */
	enum tenon_client_source best_source;
	enum tenon_client_source source;
	char source_text[192];
};

/* client.c */
/* The connection's error as a negative errno. */
int client_error(const struct tenon_client *client);
/* Dispatches Tenon's events until *done. 0 or a negative errno. */
int client_wait(struct tenon_client *client, const bool *done);

/* batch.c */
void batch_finish(struct batch *batch);
/* Adds a tranche of one device. Takes the reference. 0 or -E2BIG. */
int batch_add(struct batch *batch, bool scanout, struct tenon_offer *offer, uint32_t roles);
/* The batch of a compositor without feedback: linux-dmabuf version 3 or wl_shm. 0 or -errno. */
int batch_fallback(struct batch *batch, const struct tenon_client *client);

/* constraints.c; the part that feedback.c fills */
struct tenon_client_constraints {
	struct tenon_client *client;
	struct tenon_constraints_v1 *proxy; /* one of the two, or none */
	struct zwp_linux_dmabuf_feedback_v1 *feedback;
	tenon_client_constraints_handler handler;
	void *data;
	struct batch batch;
	uint64_t generation;
	int err;         /* of what came; 0 */
	bool arrived;    /* a batch, or an error */
	bool *destroyed; /* set when it is destroyed within the handler */

	/* What is being received. */
	struct batch next;
	int next_err;
	struct wire_device device; /* tenon_constraints_v1 only */
	struct tenon_format_modifier *table;
	size_t table_len;
	struct wl_array indices; /* uint16_t of a feedback's tranche */
	dev_t target;
	bool scanout;
};

/* Ends a batch: constraints->next becomes what holds, or its error is remembered. */
void constraints_done(struct tenon_client_constraints *constraints);

/* feedback.c: makes a constraints' feedback proxy. 0 or -ENOMEM. */
int feedback_create(struct tenon_client_constraints *constraints, struct wl_surface *surface);

/* The answer to a negotiation, wherever it is from. */
struct conflict_device {
	char *name, *value, *source; /* source may be NULL */
};

struct ruled_out {
	char *what, *why, *device; /* device may be NULL */
};

struct result {
	int status; /* as tenon_client_negotiation_get_status() */
	struct tenon_layout *layout;
	struct tenon_limits *limits;
	struct tenon_limits *exact;
	char *heaps[WIRE_HEAPS_MAX];
	size_t heaps_len;
	struct ruled_out ruled_out[WIRE_RULED_OUT_MAX];
	size_t ruled_out_len;
	enum tenon_contiguity contiguity;
	bool contiguous, scanout;
	uint32_t tranche;
	enum tenon_property property;
	struct conflict_device devices[WIRE_CONFLICT_DEVICES_MAX];
	size_t devices_len;
	char *hint, *text;
};

/* result.c */
void result_finish(struct result *result);
/* Each 0 or -ENOMEM; more than fit are dropped. */
int result_add_heap(struct result *result, const char *name);
int result_add_ruled_out(
	struct result *result, const char *what, const char *why, const char *device);
int result_add_device(
	struct result *result, const char *name, const char *value, const char *source);
int result_set_hint(struct result *result, const char *hint);
int result_set_text(struct result *result, const char *text);

/* local.c: answers here. Writes result->status. */
struct question; /* a copy of tenon_client_question */
void local_answer(struct result *result, const struct tenon_client_question *question,
	const struct batch *batch);

/* remote.c: the tenon_negotiation_v1 of a negotiation. */
struct remote;
/* done(data) is called once, when result->status is no longer -EAGAIN. */
int remote_create(struct remote **out, struct tenon_client *client,
	const struct tenon_client_question *question, struct result *result,
	void (*done)(void *data), void *data);
void remote_destroy(struct remote *remote);
struct tenon_negotiation_v1 *remote_get_proxy(struct remote *remote);

/* negotiation.c: the proxy, if the answer was the compositor's and is resolved; else NULL. */
struct tenon_negotiation_v1 *negotiation_get_proxy(struct tenon_client_negotiation *negotiation);

#endif
