/* SPDX-License-Identifier: MIT */
#ifndef TENON_CLIENTS_BUFFERS_H
#define TENON_CLIENTS_BUFFERS_H

/*
 * A window's buffers: negotiated with the compositor, allocated, sent to it once each, taking
 *turns.
 *
 *	buffers_start(&buffers, &window, &options);
 *	buffers_add_device(&buffers, "cpu:cpu");	// whoever else touches them
 *	buffers_negotiate(&buffers);
 *	buffers_allocate(&buffers);
 *	buffers_acquire(&buffers, &image, &slot);	// for each frame
 *	... paint image.buffer ...
 *	buffers_show(&buffers, slot);
 *	buffers_finish(&buffers);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <tenon/client.h>
#include <tenon/context.h>
#include <tenon/swapchain.h>

#include "status.h"
#include "window.h"

enum {
	BUFFERS_DEVICES_MAX = 16,
	BUFFERS_FORMATS_MAX = 16,
};

struct buffers_options {
	const char *program; /* its name */
	uint32_t width, height;
	uint32_t format; /* where several are negotiated, the one that came out */
	uint32_t formats[BUFFERS_FORMATS_MAX]; /* several, best first */
	size_t formats_len;                    /* 0: format alone */
	uint32_t len;                          /* buffers that take turns */
	uint32_t transports; /* mask of enum tenon_client_transport; 0: as the memory is */
	enum tenon_client_source best_source;
	uint32_t flags; /* mask of enum tenon_buffer_flags */
};

struct buffers {
	struct buffers_options options;
	struct window *window;
	struct tenon_client *client;
	struct tenon_context *context;
	struct tenon_participant own[BUFFERS_DEVICES_MAX]; /* this program's devices */
	size_t own_len;
	struct tenon_client_constraints *constraints;
	struct tenon_client_negotiation *negotiation;
	struct tenon_swapchain *chain;
	struct tenon_buffer *shown; /* the last, a reference */
	enum tenon_client_transport transport;
	char transport_text[160];
	uint64_t frames;    /* frame callbacks */
	uint64_t made;      /* wl_buffers */
	uint64_t described; /* of them, accepted by the compositor */
	uint64_t rejected;
	char rejected_text[256];
	struct tenon_client_statistics statistics;
	bool has_statistics;
	char failure[512]; /* why it did not work */
};

/* A buffer as the compositor knows it. */
struct slot {
	struct buffers *buffers;
	struct tenon_buffer *buffer; /* whose data this is */
	struct tenon_client_buffer *shared;
	dev_t dev; /* of the file that the compositor was given */
	ino_t inode;
	bool counted; /* its description's answer has been */
};

/* All below: STATUS_OK, or the status to end with, and the reason in buffers->failure. */

/* The client and the heaps. The window stays the caller's. buffers_finish() in any case. */
enum status buffers_start(
	struct buffers *buffers, struct window *window, const struct buffers_options *options);

/* buffers_devices.c. Another device of this program's: "NAME" or "NAME:ROLE[+ROLE]". */
enum status buffers_add_device(struct buffers *buffers, const char *text);
/* The same with an offer, of which a reference is taken. */
enum status buffers_add_offer(struct buffers *buffers, struct tenon_offer *offer, uint32_t roles);

/* buffers_negotiate.c. Constraints and negotiation. */
enum status buffers_negotiate(struct buffers *buffers);

/* The compositor's devices of the tranche that was resolved, or of the first. */
const struct tenon_participant *buffers_get_peers(const struct buffers *buffers, size_t *len);

/* buffers_chain.c. Buffers of what was negotiated. */
enum status buffers_allocate(struct buffers *buffers);

/* The next free buffer, known to the compositor; while none is free its events are waited for. */
enum status buffers_acquire(
	struct buffers *buffers, struct tenon_swapchain_image *image, struct slot **slot);

/* Shows a buffer that was acquired, and waits for the frame callback. */
enum status buffers_show(struct buffers *buffers, struct slot *slot);

/* Gives back a buffer that was acquired. */
void buffers_cancel(struct buffers *buffers, struct slot *slot);

/* Asks the compositor how they were shown. */
void buffers_ask_statistics(struct buffers *buffers);

void buffers_finish(struct buffers *buffers);

/* Remembers why it failed. Returns status. */
enum status buffers_fail(struct buffers *buffers, enum status status, const char *fmt, ...)
	TENON_PRINTF(3, 4);

/* For reports, on stdout: how many frames were painted, how many of them not in the memory that the
 * compositor was given, and what it did with them. */
void buffers_print_copies(const struct buffers *buffers, uint64_t painted, uint64_t copies);
const char *transport_name(enum tenon_client_transport transport);

#endif
