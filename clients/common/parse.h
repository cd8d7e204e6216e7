/* SPDX-License-Identifier: MIT */
#ifndef TENON_CLIENTS_PARSE_H
#define TENON_CLIENTS_PARSE_H

/* Command lines of the programs that show something, and what several of them take. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "status.h"

struct option;

enum {
	PARSE_HELP = 512, /* what getopt is to return for --help */
};

struct command_line {
	const char *program; /* before each message */
	const char *short_options;
	const struct option *long_options;
	void (*usage)(FILE *to);
	/* One option. False: its argument is wrong. */
	bool (*take)(void *options, int option, const char *argument);
};

/* Takes all options. False: the program is to end with *status; what is wrong has been said. */
bool parse_command_line(
	const struct command_line *line, void *options, int argc, char **argv, enum status *status);

/* The functions below take a text. False: it is wrong. */

/* From min to max, in decimal digits. */
bool parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *out);

/* "WxH", in pixels. */
bool parse_size(const char *text, uint32_t *width, uint32_t *height);

/* auto (0), dmabuf, shm, emulated, as a mask of enum tenon_client_transport. */
bool parse_transport(const char *text, uint32_t *transports);

/* One more for a list of at most max. */
bool parse_another(const char *text, const char **list, size_t *len, size_t max);

#endif
