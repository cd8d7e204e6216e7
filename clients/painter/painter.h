/* SPDX-License-Identifier: MIT */
#ifndef TENON_PAINTER_H
#define TENON_PAINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffers.h"
#include "screenshot.h"
#include "window.h"

enum {
	DEVICES_MAX = 15, /* beside the CPU */
};

struct options {
	const char *devices[DEVICES_MAX]; /* NAME[:ROLE[+ROLE]] */
	size_t devices_len;
	uint32_t width, height;
	uint32_t format;
	uint32_t frames;
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
	uint64_t painted;          /* frames painted */
	uint64_t copies;           /* of them, not in the memory that the compositor was given */
	uint64_t different_pixels; /* of the screen, from what was painted */
	bool verified;
};

struct painter {
	struct options options;
	struct window window;
	struct buffers buffers;
	struct counts counts;
};

/* options.c. False: the program is to end with *status. */
bool options_parse(struct options *options, int argc, char **argv, enum status *status);

/* show.c: buffers, frames, statistics. */
enum status painter_show(struct painter *painter);

/* verify.c: takes the screenshot, writes it, compares it. */
enum status painter_look(struct painter *painter);

/* report.c, report_json.c: what happened, to stdout. */
void report_print(struct painter *painter, enum status status);
void report_print_json(struct painter *painter, enum status status);

/* text.c: for reports. */
const char *status_name(enum status status);
const char *contiguity_name(enum tenon_contiguity contiguity);
/* "pitch-multiple 256, segments-max 1"; always terminated. */
void limits_to_line(char *line, size_t size, const struct tenon_limits *limits);
/* The limits of an offer for a format. */
void offer_to_line(char *line, size_t size, const struct tenon_offer *offer, uint32_t roles,
	uint32_t format, uint64_t modifier);

#endif
