/* SPDX-License-Identifier: MIT */
#ifndef TENON_PAINTER_H
#define TENON_PAINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/client.h>
#include <tenon/context.h>
#include <tenon/swapchain.h>

#include "screenshot.h"
#include "window.h"

/* Exit statuses; they are documented in tenon-painter(1). */
enum status {
	STATUS_OK = 0,
	STATUS_CONFLICT = 1,
	STATUS_USAGE = 2,
	STATUS_FAILED = 3,
	STATUS_NO_MEMORY_FITS = 4, /* no heap of this machine satisfies the devices */
	STATUS_MISMATCH = 5,       /* the screen does not show what was painted */
};

enum {
	DEVICES_MAX = 15, /* beside the CPU */
};

struct options {
	const char *devices[DEVICES_MAX]; /* NAME[:ROLE[+ROLE]] */
	size_t devices_len;
	uint32_t width, height;
	uint32_t format;
	int frames;
	uint32_t buffers;
	uint32_t transports; /* mask of enum tenon_client_transport; 0: as the memory is */
	enum tenon_client_source best_source;
	const char *output;     /* to be shown on, whole; NULL: wherever */
	const char *screenshot; /* file; NULL: none */
	const char *command;    /* run while the last frame is shown; NULL: none */
	bool verify;
	bool json;
};

/* What has been seen while it ran. */
struct counts {
	uint64_t frames;    /* frame callbacks */
	uint64_t painted;   /* frames painted */
	uint64_t copies;    /* of them, not in the memory that the compositor was given */
	uint64_t buffers;   /* wl_buffers made */
	uint64_t described; /* of them, accepted by the compositor */
	uint64_t rejected;
	uint64_t different_pixels; /* of the screen, from what was painted */
	bool verified;
};

struct painter {
	struct options options;
	struct window window;
	struct tenon_client *client;
	struct tenon_context *context;
	struct tenon_participant own[DEVICES_MAX + 1];
	size_t own_len;
	struct tenon_client_constraints *constraints;
	struct tenon_client_negotiation *negotiation;
	struct tenon_swapchain *chain;
	struct tenon_buffer *shown; /* the last, a reference */
	enum tenon_client_transport transport;
	char transport_text[160];
	char rejected_text[256];
	struct counts counts;
	struct tenon_client_statistics statistics;
	bool has_statistics;
	char failure[512]; /* why it did not work, for the report */
};

/* options.c. STATUS_OK, or the status to end with; *done: --help was asked for. */
enum status options_parse(struct options *options, int argc, char **argv, bool *done);

/* devices.c: fills in painter->own. */
enum status devices_find(struct painter *painter);

/* negotiate.c: constraints and negotiation. */
enum status painter_negotiate(struct painter *painter);

/* The compositor's devices of the tranche that was resolved, or of the first. */
const struct tenon_participant *painter_get_peers(const struct painter *painter, size_t *len);

/* show.c: buffers, frames, statistics. */
enum status painter_show(struct painter *painter);
void painter_finish_show(struct painter *painter);

/* verify.c: takes the screenshot, writes it, compares it. */
enum status painter_look(struct painter *painter);

/* report.c, report_json.c: what happened, to stdout. */
void report_print(struct painter *painter, enum status status);
void report_print_json(struct painter *painter, enum status status);

/* Remembers why it failed, and says so on stderr unless it is reported. Returns status. */
enum status painter_fail(struct painter *painter, enum status status, const char *fmt, ...)
	TENON_PRINTF(3, 4);

/* text.c: for reports. */
const char *status_name(enum status status);
const char *contiguity_name(enum tenon_contiguity contiguity);
const char *transport_name(enum tenon_client_transport transport);
/* "pitch-multiple 256, segments-max 1"; always terminated. */
void limits_to_line(char *line, size_t size, const struct tenon_limits *limits);
/* The limits of an offer for a format. */
void offer_to_line(char *line, size_t size, const struct tenon_offer *offer, uint32_t roles,
	uint32_t format, uint64_t modifier);

#endif
