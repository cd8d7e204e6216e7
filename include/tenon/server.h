/* SPDX-License-Identifier: MIT */
#ifndef TENON_SERVER_H
#define TENON_SERVER_H

/*
 * libtenon-server: the compositor's side of tenon_buffer_constraints_v1, for any compositor on
 * libwayland-server.
 *
 * A compositor says which devices will touch a buffer: by default, and for a surface. It says so
 * with a *state*, an object that never changes: make a new one and set it when something changes.
 * The library tells clients, answers their negotiations and checks the buffers they describe;
 * policy stays in the compositor, which is asked through callbacks.
 *
 *	struct tenon_participant screen = {.offer = offer, .roles = TENON_ROLE_SCANOUT};
 *	struct tenon_server_tranche tranche = {.participants = &screen, .participants_len = 1};
 *	tenon_server_create(&server, wl_display, NULL);
 *	tenon_server_state_create(&state, &tranche, 1);
 *	tenon_server_set_default(server, state);
 *	tenon_server_state_unref(state);
 *
 * Threads: everything must be called from the thread that runs the wl_display.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>
#include <tenon/constraint.h>
#include <tenon/format.h>
#include <tenon/plan.h>

struct wl_client;
struct wl_display;
struct wl_global;
struct wl_resource;

TENON_BEGIN_DECLS

struct tenon_server;
struct tenon_server_state;
struct tenon_server_buffer;

/** How many tranches a state has at most, and how many devices a tranche. */
#define TENON_SERVER_TRANCHES_MAX 4
#define TENON_SERVER_DEVICES_MAX 16

/** Devices that touch a buffer together. */
struct tenon_server_tranche {
	bool scanout; /* a buffer of this tranche may be shown without being drawn first */
	const struct tenon_participant *participants;
	size_t participants_len;
};

/** What a negotiation came to. Pointers are borrowed: valid during the callback. */
struct tenon_server_outcome {
	size_t size;                   /* sizeof(struct tenon_server_outcome) */
	struct wl_client *client;      /* who asked */
	struct wl_resource *surface;   /* wl_surface; NULL: the default constraints */
	uint32_t width, height;        /* pixels */
	int result;                    /* 0: resolved; TENON_CONFLICT; a negative errno: failed */
	uint32_t tranche;              /* resolved: number of the tranche */
	const struct tenon_plan *plan; /* resolved; else NULL */
	const struct tenon_conflict *conflict; /* conflict; else NULL */
};

/** How the buffers of a surface were shown. */
struct tenon_server_statistics {
	size_t size;      /* sizeof(struct tenon_server_statistics) */
	uint64_t commits; /* with another buffer or new contents */
	uint64_t shown;   /* commits that were part of an output's picture */
	uint64_t uploads; /* copies into the GPU's memory before drawing */
	uint64_t upload_bytes;
	uint64_t compositions; /* drawings into an output's framebuffer */
	uint64_t composition_bytes;
};

/** The compositor's policy. Every member may be NULL; data is that of the options. */
struct tenon_server_impl {
	size_t size; /* sizeof(struct tenon_server_impl) */

	/* A negotiation was answered, whatever the answer. For logging. */
	void (*negotiated)(void *data, const struct tenon_server_outcome *outcome);

	/*
	 * Compare a wl_buffer that is no wl_shm buffer with the layout that was negotiated for it.
	 * Returns 0 when they agree or nothing is known; TENON_CONFLICT when they do not, and
	 * -EPERM when the compositor does not want the buffer described; reason, of reason_size
	 * bytes, then gets a sentence.
	 */
	int (*check_buffer)(void *data, struct wl_resource *buffer,
		const struct tenon_layout *layout, char *reason, size_t reason_size);

	/* A buffer was described, and found to agree. */
	void (*described)(void *data, struct tenon_server_buffer *buffer);

	/*
	 * Write how a surface's buffers were shown; *out is zeroed but for size. Returns 0 or a
	 * negative errno: nothing is known. NULL: clients are told that there are no statistics.
	 */
	int (*get_statistics)(
		void *data, struct wl_resource *surface, struct tenon_server_statistics *out);
};

/** Options of a server. Members left 0 mean what their comment says. */
struct tenon_server_options {
	size_t size;                          /* sizeof(struct tenon_server_options) */
	const struct tenon_server_impl *impl; /* must live as long as the server; NULL: none */
	void *data;
	/* Greatest number of objects of each kind that one client may have: constraints,
	 * negotiations, described buffers, statistics. At least 64; 0: 1024. */
	uint32_t objects_max;
	/* Keep the fds of described buffers, so that tenon_server_buffer_get_fd() has them. Each
	 * counts against the compositor's limit on open files; a client may then have 64 described
	 * buffers, whatever objects_max is. */
	bool keep_fds;
};

/**
 * Offer the protocol to the clients of a display. Until tenon_server_set_default() the default
 * constraints are one tranche without devices: everything is accepted.
 *
 * options may be NULL. The caller owns the result and must release it with tenon_server_destroy();
 * if the display is destroyed first, only the release remains to be done. Returns 0; -EINVAL when a
 * size is not one the library knows or objects_max is below 64; -ENOMEM.
 */
TENON_EXPORT int tenon_server_create(struct tenon_server **out, struct wl_display *display,
	const struct tenon_server_options *options);

/**
 * Withdraw the protocol. Objects clients still have become inert: they stay until destroyed, and
 * negotiations fail. NULL is a no-op.
 */
TENON_EXPORT void tenon_server_destroy(struct tenon_server *server);

/**
 * The global, for a filter of globals. Borrowed: valid until tenon_server_destroy(); NULL once the
 * display is destroyed.
 */
TENON_EXPORT struct wl_global *tenon_server_get_global(const struct tenon_server *server);

/**
 * Compile what devices need. tranches come best first; their participants' offers are referenced
 * and must not change any more. tranches_len may be 0: everything is accepted.
 *
 * The caller owns the result and must release it with tenon_server_state_unref(). Returns 0;
 * -EINVAL on a NULL offer, a role bit that does not exist, an offer without alternatives, or a name
 * of more than 63 bytes; -E2BIG on too many tranches, devices, alternatives (64 of a device), pairs
 * (65536 together) or heaps (32 of an alternative); -ENOMEM; or another errno of memfd_create().
 */
TENON_EXPORT int tenon_server_state_create(struct tenon_server_state **out,
	const struct tenon_server_tranche *tranches, size_t tranches_len);

/**
 * Take another reference. Returns its argument.
 */
TENON_EXPORT struct tenon_server_state *tenon_server_state_ref(struct tenon_server_state *state);

/**
 * Drop a reference; the last one frees the state. NULL is a no-op.
 */
TENON_EXPORT void tenon_server_state_unref(struct tenon_server_state *state);

/**
 * Set the default constraints, for surfaces without their own, and tell clients. Takes a
 * reference. NULL: everything is accepted. Nothing is sent when it is the state that holds already.
 *
 * Returns 0, or -ENOMEM; then nothing has changed.
 */
TENON_EXPORT int tenon_server_set_default(
	struct tenon_server *server, struct tenon_server_state *state);

/**
 * Set the constraints of a wl_surface, and tell the clients that asked for them. Takes a reference.
 * NULL: the default holds. What was set is dropped when the surface is destroyed.
 *
 * Returns 0, or -ENOMEM; then nothing has changed.
 */
TENON_EXPORT int tenon_server_set_surface(
	struct tenon_server *server, struct wl_resource *surface, struct tenon_server_state *state);

/**
 * What a client described of a wl_buffer, if it did and it was accepted; else NULL. Borrowed: valid
 * until the client destroys the buffer or its description, so do not keep it across a return to the
 * event loop.
 */
TENON_EXPORT struct tenon_server_buffer *tenon_server_buffer_from_resource(
	struct wl_resource *buffer);

/**
 * The wl_buffer. Borrowed as tenon_server_buffer_from_resource().
 */
TENON_EXPORT struct wl_resource *tenon_server_buffer_get_resource(
	const struct tenon_server_buffer *buffer);

/**
 * The layout that was negotiated. Borrowed as tenon_server_buffer_from_resource().
 */
TENON_EXPORT const struct tenon_layout *tenon_server_buffer_get_layout(
	const struct tenon_server_buffer *buffer);

/**
 * The fd of memory object i; -1 when there is no such object or fds are not kept. Borrowed as
 * tenon_server_buffer_from_resource(): dup() it to keep it. Its size was checked, and a memfd is
 * sealed against shrinking; that it is the memory of the wl_buffer is the client's word.
 */
TENON_EXPORT int tenon_server_buffer_get_fd(const struct tenon_server_buffer *buffer, size_t i);

/**
 * Whether memory object i is a dma-buf.
 */
TENON_EXPORT bool tenon_server_buffer_is_dmabuf(const struct tenon_server_buffer *buffer, size_t i);

TENON_END_DECLS

#endif
