/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include "card.h"
#include "painter.h"
#include "parse.h"

static void usage(FILE *to)
{
	fputs("Usage: tenon-painter [OPTION]...\n"
	      "\n"
	      "Negotiate a buffer with the Wayland compositor, paint a test card into it and\n"
	      "show it; then tell what was needed, chosen, shown and copied.\n"
	      "\n"
	      "  -d, --device NAME[:ROLE[+ROLE]]  another device that the buffer must suit,\n"
	      "                       from the device table; may be repeated\n"
	      "  -s, --size WxH       size in pixels (1366x768)\n"
	      "  -f, --format NAME    format, such as XRGB8888 (which it is)\n"
	      "  -n, --frames N       frames to show (60)\n"
	      "      --buffers N      buffers that take turns (3)\n"
	      "      --transport WAY  auto, dmabuf, shm, emulated (linux-dmabuf with a memfd)\n"
	      "      --source SOURCE  use no more than: constraints, feedback, formats, shm\n"
	      "      --output NAME    show it on this output, whole\n"
	      "      --screenshot FILE  write a PNG of the output with the last frame\n"
	      "      --verify         compare the screen with what was painted, pixel by pixel\n"
	      "      --exec COMMAND   run a shell command while the last frame is shown\n"
	      "      --json           tell it as JSON\n"
	      "      --help           show this\n"
	      "\n"
	      "Exit status: 0 shown, 1 conflict, 2 usage, 3 failure, 4 no memory of this machine\n"
	      "satisfies the devices, 5 the screen does not show what was painted.\n",
		to);
}

static bool parse_source(struct options *options, const char *text)
{
	static const char *const names[] = {"constraints", "feedback", "formats", "shm"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], text) == 0) {
			options->best_source = (enum tenon_client_source)i;
			return true;
		}
	}
	return false;
}

enum {
	OPTION_BUFFERS = 256,
	OPTION_TRANSPORT,
	OPTION_SOURCE,
	OPTION_OUTPUT,
	OPTION_SCREENSHOT,
	OPTION_VERIFY,
	OPTION_EXEC,
	OPTION_JSON,
};

static const struct option long_options[] = {
	{"device", required_argument, NULL, 'd'},
	{"size", required_argument, NULL, 's'},
	{"format", required_argument, NULL, 'f'},
	{"frames", required_argument, NULL, 'n'},
	{"buffers", required_argument, NULL, OPTION_BUFFERS},
	{"transport", required_argument, NULL, OPTION_TRANSPORT},
	{"source", required_argument, NULL, OPTION_SOURCE},
	{"output", required_argument, NULL, OPTION_OUTPUT},
	{"screenshot", required_argument, NULL, OPTION_SCREENSHOT},
	{"verify", no_argument, NULL, OPTION_VERIFY},
	{"exec", required_argument, NULL, OPTION_EXEC},
	{"json", no_argument, NULL, OPTION_JSON},
	{"help", no_argument, NULL, PARSE_HELP},
	{NULL, 0, NULL, 0},
};

/* False: the argument is wrong. */
static bool take(void *data, int option, const char *argument)
{
	struct options *options = data;

	switch (option) {
	case 'd':
		return parse_another(
			argument, options->devices, &options->devices_len, DEVICES_MAX);
	case 's':
		return parse_size(argument, &options->width, &options->height);
	case 'f':
		return card_parse_format(argument, &options->format);
	case 'n':
		return parse_number(argument, 1, 1000000, &options->frames);
	case OPTION_BUFFERS:
		return parse_number(argument, 1, TENON_SWAPCHAIN_MAX, &options->buffers);
	case OPTION_TRANSPORT:
		return parse_transport(argument, &options->transports);
	case OPTION_SOURCE:
		return parse_source(options, argument);
	case OPTION_OUTPUT:
		options->output = argument;
		return true;
	case OPTION_SCREENSHOT:
		options->screenshot = argument;
		return true;
	case OPTION_VERIFY:
		options->verify = true;
		return true;
	case OPTION_EXEC:
		options->command = argument;
		return true;
	case OPTION_JSON:
		options->json = true;
		return true;
	default:
		return false;
	}
}

bool options_parse(struct options *options, int argc, char **argv, enum status *status)
{
	static const struct command_line line = {
		.program = "tenon-painter",
		.short_options = "d:s:f:n:",
		.long_options = long_options,
		.usage = usage,
		.take = take,
	};

	*options = (struct options){
		.width = 1366,
		.height = 768,
		.format = DRM_FORMAT_XRGB8888,
		.frames = 60,
		.buffers = 3,
	};
	return parse_command_line(&line, options, argc, argv, status);
}
