/* SPDX-License-Identifier: MIT */
#ifndef TENON_CLIENT_H
#define TENON_CLIENT_H

/*
 * libtenon-client: a Wayland client's side of tenon_buffer_constraints_v1, on libwayland-client.
 *
 *	tenon_client_create(&client, wl_display, NULL);
 *	tenon_client_negotiation_create(&negotiation, client, &options, NULL, NULL);
 *	rc = tenon_client_negotiation_wait(negotiation);	// 0, TENON_CONFLICT or an error
 *	... allocate as tenon_client_negotiation_get_layout() says ...
 *	tenon_client_buffer_create(&buffer, client, &buffer_options);
 *	wl_surface_attach(surface, tenon_client_buffer_get_wl_buffer(buffer), 0, 0);
 *
 * A compositor that does not have the extension is asked what it does have: linux-dmabuf feedback
 * (version 4), linux-dmabuf's formats (version 3), wl_shm's formats. Negotiations then are done
 * here with what those tell; tenon_client_get_source() says which it is, and why.
 *
 * Events. Everything of Tenon is on an event queue of its own, so a client can be used beside the
 * application's own dispatching, and in another thread than it. Functions that wait dispatch that
 * queue and no other. Without waiting: poll the wl_display's fd as ever (wl_display_prepare_read()
 * on any queue), then call tenon_client_dispatch_pending(); callbacks come from there and from the
 * functions that wait. The release events of wl_buffers go to the application's own queue.
 *
 * Threads: a client and all that is made from it may be used by one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>
#include <tenon/constraint.h>
#include <tenon/format.h>
#include <tenon/plan.h>

struct wl_buffer;
struct wl_display;
struct wl_event_queue;
struct wl_surface;

TENON_BEGIN_DECLS

struct tenon_client;
struct tenon_client_constraints;
struct tenon_client_negotiation;
struct tenon_client_buffer;

/** Where knowledge of the compositor's needs comes from, best first. */
enum tenon_client_source {
	TENON_CLIENT_SOURCE_CONSTRAINTS = 0, /* tenon_buffer_constraints_v1 */
	TENON_CLIENT_SOURCE_DMABUF_FEEDBACK, /* linux-dmabuf version 4 or later */
	TENON_CLIENT_SOURCE_DMABUF_FORMATS,  /* linux-dmabuf version 3: formats and modifiers */
	TENON_CLIENT_SOURCE_SHM,             /* wl_shm: formats */
	TENON_CLIENT_SOURCE_NONE,            /* the compositor takes no buffers Tenon knows of */
};

/** How a buffer reaches the compositor; a bit mask. */
enum tenon_client_transport {
	TENON_CLIENT_TRANSPORT_DMABUF = 1 << 0, /* linux-dmabuf with a dma-buf */
	TENON_CLIENT_TRANSPORT_SHM = 1 << 1,    /* wl_shm */
	/* linux-dmabuf with a memfd in place of a dma-buf. Software renderers take it, since they
	 * map whatever they get; nobody brackets their reads. For trying things out. */
	TENON_CLIENT_TRANSPORT_EMULATED = 1 << 2,
};

/** What became of the description of a buffer. */
enum tenon_client_described {
	TENON_CLIENT_DESCRIBED_NOT = 0, /* not asked for, or the compositor has no such thing */
	TENON_CLIENT_DESCRIBED_PENDING, /* no answer yet */
	TENON_CLIENT_DESCRIBED_ACCEPTED,
	TENON_CLIENT_DESCRIBED_REJECTED, /* buffer and description do not agree */
};

/** Options of a client. Members left 0 mean what their comment says. */
struct tenon_client_options {
	size_t size; /* sizeof(struct tenon_client_options) */
	/* Where release events of wl_buffers go; NULL: the display's default queue. */
	struct wl_event_queue *buffer_queue;
	/* Act as if the compositor had nothing better than this source. For tests, and to get
	 * around a compositor that is wrong. 0: use the best. */
	enum tenon_client_source best_source;
};

/** What to negotiate. Members left 0 mean what their comment says. */
struct tenon_client_question {
	size_t size;                /* sizeof(struct tenon_client_question) */
	struct wl_surface *surface; /* NULL: whatever surface */
	uint32_t width, height;     /* pixels */
	const uint32_t *formats;    /* DRM fourccs, best first; NULL: whatever the devices share */
	size_t formats_len;         /* at most 32 */
	const uint64_t *modifiers;  /* best first; NULL: whatever the devices share */
	size_t modifiers_len;       /* at most 32 */
	const struct tenon_participant *participants; /* the client's own devices */
	size_t participants_len;                      /* at most 16 */
	const struct tenon_heap_info *heaps; /* what the client can allocate from; NULL: not said */
	size_t heaps_len;                    /* at most 32 */
	const struct tenon_limits *limits;   /* the client's own; NULL: none */
	/* Ask for the reasons, too: tenon_client_negotiation_get_ruled_out(). Takes longer. */
	bool explain;
};

/** What to make a wl_buffer of. */
struct tenon_client_buffer_options {
	size_t size; /* sizeof(struct tenon_client_buffer_options) */
	const struct tenon_layout *layout;
	/* One for each memory object of the layout, which begins at its offset 0. They stay the
	 * caller's. */
	const int *fds;
	size_t fds_len;
	bool dmabuf; /* the fds are dma-bufs */
	/* Accepted: mask of enum tenon_client_transport. 0: DMABUF for dma-bufs, SHM for others. */
	uint32_t transports;
	/* Describe the buffer to the compositor as the outcome of this; NULL: do not. */
	struct tenon_client_negotiation *negotiation;
};

/** How a surface's buffers were shown, as the compositor counts. */
struct tenon_client_statistics {
	size_t size;      /* sizeof(struct tenon_client_statistics) */
	uint64_t commits; /* with another buffer or new contents */
	uint64_t shown;   /* commits that were part of an output's picture */
	uint64_t uploads; /* copies into the GPU's memory before drawing */
	uint64_t upload_bytes;
	uint64_t compositions; /* drawings into an output's framebuffer */
	uint64_t composition_bytes;
	uint64_t others; /* copies of kinds this library does not know */
	uint64_t other_bytes;
};

/**
 * Look at what a compositor has. Waits for its answers.
 *
 * The caller owns the result and must release it with tenon_client_destroy(), before it disconnects
 * the display and after all that was made from it. options may be NULL. Returns 0; -EINVAL when
 * options->size is not one the library knows; -ENOMEM; -EPROTO or another errno when the connection
 * is broken.
 */
TENON_EXPORT int tenon_client_create(struct tenon_client **out, struct wl_display *display,
	const struct tenon_client_options *options);

/**
 * Release a client. NULL is a no-op.
 */
TENON_EXPORT void tenon_client_destroy(struct tenon_client *client);

/**
 * Where knowledge of the compositor's needs comes from.
 */
TENON_EXPORT enum tenon_client_source tenon_client_get_source(const struct tenon_client *client);

/**
 * The same as a sentence without full stop, with the reason. Borrowed: valid until
 * tenon_client_destroy().
 */
TENON_EXPORT const char *tenon_client_get_source_text(const struct tenon_client *client);

/**
 * Whether the compositor takes buffers this way (one of enum tenon_client_transport).
 */
TENON_EXPORT bool tenon_client_has_transport(
	const struct tenon_client *client, enum tenon_client_transport transport);

/**
 * Whether a wl_shm buffer may have this format (DRM fourcc).
 */
TENON_EXPORT bool tenon_client_has_shm_format(const struct tenon_client *client, uint32_t format);

/**
 * The queue of Tenon's events. Borrowed: valid until tenon_client_destroy().
 */
TENON_EXPORT struct wl_event_queue *tenon_client_get_queue(const struct tenon_client *client);

/**
 * Dispatch Tenon's events that were read already; never waits. Callbacks come from here.
 *
 * Returns the number of events, or a negative errno when the connection is broken.
 */
TENON_EXPORT int tenon_client_dispatch_pending(struct tenon_client *client);

/**
 * Wait for Tenon's events and dispatch them, at least one.
 *
 * Returns as tenon_client_dispatch_pending().
 */
TENON_EXPORT int tenon_client_dispatch(struct tenon_client *client);

/**
 * Called when constraints have come or changed, and when the first that came are malformed:
 * tenon_client_constraints_wait() tells. constraints may be destroyed from here.
 */
typedef void (*tenon_client_constraints_handler)(
	void *data, struct tenon_client_constraints *constraints);

/**
 * Follow the constraints of a surface, or, with NULL, those that hold by default. Does not wait:
 * tenon_client_constraints_wait() or the handler tells when the first have come. handler may be
 * NULL.
 *
 * The caller owns the result and must release it with tenon_client_constraints_destroy(). Returns
 * 0; -ENOTSUP when the source is TENON_CLIENT_SOURCE_NONE; -ENOMEM.
 */
TENON_EXPORT int tenon_client_constraints_create(struct tenon_client_constraints **out,
	struct tenon_client *client, struct wl_surface *surface,
	tenon_client_constraints_handler handler, void *data);

/**
 * Release constraints. NULL is a no-op.
 */
TENON_EXPORT void tenon_client_constraints_destroy(struct tenon_client_constraints *constraints);

/**
 * Wait until the first constraints have come.
 *
 * Returns 0; -EPROTO when what came is malformed, or the connection is broken; -ENOMEM; another
 * errno of the connection.
 */
TENON_EXPORT int tenon_client_constraints_wait(struct tenon_client_constraints *constraints);

/**
 * How often constraints have come: 0 is not yet.
 */
TENON_EXPORT uint64_t tenon_client_constraints_get_generation(
	const struct tenon_client_constraints *constraints);

/**
 * Number of tranches, best first; each is a set of devices that touch the buffer together.
 */
TENON_EXPORT size_t tenon_client_constraints_get_tranches_len(
	const struct tenon_client_constraints *constraints);

/**
 * Tranche i: an array of *len devices, which may be 0. scanout says whether a buffer of it may be
 * shown without being drawn first, and may be NULL. NULL when there is no such tranche. Borrowed:
 * valid until the constraints change or are destroyed; the offers may be kept with
 * tenon_offer_ref().
 */
TENON_EXPORT const struct tenon_participant *tenon_client_constraints_get_tranche(
	const struct tenon_client_constraints *constraints, size_t i, size_t *len, bool *scanout);

/**
 * Called when a negotiation is answered. negotiation may be destroyed from here.
 */
typedef void (*tenon_client_negotiation_handler)(
	void *data, struct tenon_client_negotiation *negotiation);

/**
 * Ask whether a buffer suits everyone: the compositor's devices and the client's own. Does not
 * wait: tenon_client_negotiation_wait() or the handler tells the answer. handler may be NULL; it is
 * never called from here.
 *
 * The caller owns the result and must release it with tenon_client_negotiation_destroy(). Returns
 * 0; -EINVAL when a size is not one the library knows, width or height is 0 or above 2^31-1, an
 * offer is NULL or without alternatives, or a name is longer than 63 bytes; -E2BIG when there is
 * more of something than the protocol allows; -ENOTSUP when the source is
 * TENON_CLIENT_SOURCE_NONE; -ENOMEM.
 */
TENON_EXPORT int tenon_client_negotiation_create(struct tenon_client_negotiation **out,
	struct tenon_client *client, const struct tenon_client_question *question,
	tenon_client_negotiation_handler handler, void *data);

/**
 * Release a negotiation. An answer that has not come is not waited for. NULL is a no-op.
 */
TENON_EXPORT void tenon_client_negotiation_destroy(struct tenon_client_negotiation *negotiation);

/**
 * The answer, if it is there: 0: resolved; TENON_CONFLICT; -EAGAIN: not yet; else the negotiation
 * failed: -ENOTSUP: no format or modifier is left that can be laid out; -EOVERFLOW: the picture is
 * too big; -E2BIG: too many combinations; -ENOENT: the surface is gone; -EACCES: the compositor's
 * policy; -ENOMEM; -EPROTO: the answer was malformed.
 */
TENON_EXPORT int tenon_client_negotiation_get_status(
	const struct tenon_client_negotiation *negotiation);

/**
 * Wait for the answer. Returns as tenon_client_negotiation_get_status(), never -EAGAIN; or an errno
 * of the connection when it is broken.
 */
TENON_EXPORT int tenon_client_negotiation_wait(struct tenon_client_negotiation *negotiation);

/**
 * Whether the answer is the compositor's (true), or was found here with what the compositor tells
 * otherwise.
 */
TENON_EXPORT bool tenon_client_negotiation_is_remote(
	const struct tenon_client_negotiation *negotiation);

/**
 * Resolved: the layout; else NULL. This and what the functions below return is borrowed: valid
 * until tenon_client_negotiation_destroy().
 */
TENON_EXPORT const struct tenon_layout *tenon_client_negotiation_get_layout(
	const struct tenon_client_negotiation *negotiation);

/**
 * Resolved: what the memory must satisfy for all devices; else NULL.
 */
TENON_EXPORT const struct tenon_limits *tenon_client_negotiation_get_limits(
	const struct tenon_client_negotiation *negotiation);

/**
 * Resolved: limits that leave nothing but the negotiated layout, in memory as the devices need it;
 * for tenon_buffer_create() and its like. NULL when not resolved, or out of memory.
 */
TENON_EXPORT const struct tenon_limits *tenon_client_negotiation_get_exact_limits(
	struct tenon_client_negotiation *negotiation);

/**
 * Resolved: the i-th best of the heaps given; NULL from the first that does not exist.
 */
TENON_EXPORT const char *tenon_client_negotiation_get_heap(
	const struct tenon_client_negotiation *negotiation, size_t i);

/**
 * Resolved: what contiguity the best heap gives.
 */
TENON_EXPORT enum tenon_contiguity tenon_client_negotiation_get_contiguity(
	const struct tenon_client_negotiation *negotiation);

/**
 * Resolved: whether a device needs fewer segments than the buffer has pages.
 */
TENON_EXPORT bool tenon_client_negotiation_needs_contiguous(
	const struct tenon_client_negotiation *negotiation);

/**
 * Resolved: the number of the tranche of the constraints that held; scanout, if not NULL, says
 * whether a buffer of it may be shown without being drawn first.
 */
TENON_EXPORT uint32_t tenon_client_negotiation_get_tranche(
	const struct tenon_client_negotiation *negotiation, bool *scanout);

/**
 * Resolved, with question.explain: the i-th thing ruled out. Returns 0, or -EINVAL when there are
 * no more.
 */
TENON_EXPORT int tenon_client_negotiation_get_ruled_out(
	const struct tenon_client_negotiation *negotiation, size_t i, struct tenon_ruled_out *out);

/**
 * Conflict: what the devices do not agree on; 0 when there is no conflict. It may be a number that
 * this library does not know.
 */
TENON_EXPORT enum tenon_property tenon_client_negotiation_get_conflict_property(
	const struct tenon_client_negotiation *negotiation);

/**
 * Conflict: number of devices that cannot agree.
 */
TENON_EXPORT size_t tenon_client_negotiation_get_conflict_devices_len(
	const struct tenon_client_negotiation *negotiation);

/**
 * Conflict: device i, what it needs, and where that is known from or NULL. Out pointers may be
 * NULL. Returns 0, or -EINVAL when there is no such device.
 */
TENON_EXPORT int tenon_client_negotiation_get_conflict_device(
	const struct tenon_client_negotiation *negotiation, size_t i, const char **device,
	const char **value, const char **source);

/**
 * Conflict: what would satisfy, or NULL.
 */
TENON_EXPORT const char *tenon_client_negotiation_get_conflict_hint(
	const struct tenon_client_negotiation *negotiation);

/**
 * Conflict or failure: a sentence for people; else NULL.
 */
TENON_EXPORT const char *tenon_client_negotiation_get_text(
	const struct tenon_client_negotiation *negotiation);

/**
 * Make a wl_buffer. Waits when linux-dmabuf is used: only then is it known whether the compositor
 * takes the buffer; if not, the next transport accepted is used.
 *
 * The caller owns the result and must release it with tenon_client_buffer_destroy(). Returns 0;
 * -EINVAL when a size is not one the library knows or fds are missing; -ENOTSUP when the compositor
 * has none of the transports, or none can carry this layout; -EIO when it refused the buffer;
 * -EOVERFLOW when it is too big for the transport; -ENOMEM; -EPROTO or another errno when the
 * connection is broken. reason, if not NULL, then gets a sentence of at most reason_size bytes.
 */
TENON_EXPORT int tenon_client_buffer_create(struct tenon_client_buffer **out,
	struct tenon_client *client, const struct tenon_client_buffer_options *options,
	char *reason, size_t reason_size);

/**
 * Release a buffer and destroy its wl_buffer. NULL is a no-op.
 */
TENON_EXPORT void tenon_client_buffer_destroy(struct tenon_client_buffer *buffer);

/**
 * The wl_buffer. Add listeners and attach it as any other, but do not destroy it. Borrowed: valid
 * until tenon_client_buffer_destroy().
 */
TENON_EXPORT struct wl_buffer *tenon_client_buffer_get_wl_buffer(
	const struct tenon_client_buffer *buffer);

/**
 * How the buffer reached the compositor.
 */
TENON_EXPORT enum tenon_client_transport tenon_client_buffer_get_transport(
	const struct tenon_client_buffer *buffer);

/**
 * Why it is that transport, as a sentence without full stop. Borrowed: valid until
 * tenon_client_buffer_destroy().
 */
TENON_EXPORT const char *tenon_client_buffer_get_transport_text(
	const struct tenon_client_buffer *buffer);

/**
 * What became of the buffer's description. text, if not NULL, gets the reason of a rejection or
 * NULL; borrowed: valid until tenon_client_buffer_destroy().
 */
TENON_EXPORT enum tenon_client_described tenon_client_buffer_get_described(
	const struct tenon_client_buffer *buffer, const char **text);

/**
 * Ask how a surface's buffers were shown. Waits for the answer. The caller must set out->size.
 *
 * Returns 0; -EINVAL when the size is not one the library knows; -ENOTSUP when the compositor does
 * not count; -ENOMEM; -EPROTO or another errno when the connection is broken.
 */
TENON_EXPORT int tenon_client_get_statistics(struct tenon_client *client,
	struct wl_surface *surface, struct tenon_client_statistics *out);

TENON_END_DECLS

#endif
