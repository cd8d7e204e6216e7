/* SPDX-License-Identifier: MIT */
#include "parse.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/client.h>

/* "--size" for 's'. */
static const char *name_of(const struct option *options, int value)
{
	while (options->name != NULL && options->val != value) {
		options++;
	}
	return options->name != NULL ? options->name : "?";
}

bool parse_command_line(
	const struct command_line *line, void *options, int argc, char **argv, enum status *status)
{
	int option;

	*status = STATUS_USAGE;
	while ((option = getopt_long(argc, argv, line->short_options, line->long_options, NULL)) !=
		-1) {
		if (option == PARSE_HELP) {
			line->usage(stdout);
			*status = STATUS_OK;
			return false;
		}
		if (option == '?') { /* getopt has said why */
			fprintf(stderr, "Try \"%s --help\".\n", line->program);
			return false;
		}
		if (!line->take(options, option, optarg)) {
			fprintf(stderr, "%s: --%s does not take \"%s\"; see --help\n",
				line->program, name_of(line->long_options, option), optarg);
			return false;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "%s: \"%s\" is no option; see --help\n", line->program,
			argv[optind]);
		return false;
	}
	*status = STATUS_OK;
	return true;
}

bool parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || number < min ||
		number > max) {
		return false;
	}
	*out = (uint32_t)number;
	return true;
}

bool parse_size(const char *text, uint32_t *width, uint32_t *height)
{
	char first[16];
	const char *x = strchr(text, 'x');
	uint32_t w, h;

	if (x == NULL || (size_t)(x - text) >= sizeof(first)) {
		return false;
	}
	memcpy(first, text, (size_t)(x - text));
	first[x - text] = '\0';
	if (!parse_number(first, 1, 32767, &w) || !parse_number(x + 1, 1, 32767, &h)) {
		return false;
	}
	*width = w;
	*height = h;
	return true;
}

bool parse_transport(const char *text, uint32_t *transports)
{
	static const struct {
		const char *name;
		uint32_t transports;
	} ways[] = {
		{"auto", 0},
		{"dmabuf", TENON_CLIENT_TRANSPORT_DMABUF},
		{"shm", TENON_CLIENT_TRANSPORT_SHM},
		{"emulated", TENON_CLIENT_TRANSPORT_EMULATED},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, text) == 0) {
			*transports = ways[i].transports;
			return true;
		}
	}
	return false;
}

bool parse_another(const char *text, const char **list, size_t *len, size_t max)
{
	if (*len == max) {
		return false;
	}
	list[(*len)++] = text;
	return true;
}
