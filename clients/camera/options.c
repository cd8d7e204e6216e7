/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <tenon/format.h>

#include "camera.h"
#include "parse.h"

static void usage(FILE *to)
{
	fputs("Usage: tenon-camera [OPTION]...\n"
	      "\n"
	      "Capture from a camera (V4L2) into buffers that the camera and the Wayland\n"
	      "compositor both take, and show them. This program copies nothing.\n"
	      "\n"
	      "  -d, --device NODE    the camera (the first in /dev)\n"
	      "  -s, --size WxH       size in pixels (as the camera is set)\n"
	      "  -f, --format NAME    format, such as NV12 (one that both take)\n"
	      "  -n, --frames N       frames to show (until the window is closed)\n"
	      "      --devices NAME[:ROLE[+ROLE]]  another device that the buffers must suit,\n"
	      "                       from the device table; may be repeated\n"
	      "      --heap NAME      take memory of this heap, and of no other\n"
	      "      --buffers N      buffers that take turns, 3 to 16 (5)\n"
	      "      --transport WAY  auto, dmabuf, shm, emulated (linux-dmabuf with a memfd)\n"
	      "      --screenshot FILE  write a PNG of the output with the last frame\n"
	      "      --verify         compare the screen with a frame in the driver's own memory;\n"
	      "                       the camera must show the same picture all the time\n"
	      "      --help           show this\n"
	      "\n"
	      "Exit status: 0 shown, 1 conflict, 2 usage, 3 failure, 4 no memory of this machine\n"
	      "satisfies the devices, 5 the screen does not show what the camera delivers.\n",
		to);
}

enum {
	OPTION_DEVICES = 256,
	OPTION_HEAP,
	OPTION_BUFFERS,
	OPTION_TRANSPORT,
	OPTION_SCREENSHOT,
	OPTION_VERIFY,
};

static const struct option long_options[] = {
	{"device", required_argument, NULL, 'd'},
	{"size", required_argument, NULL, 's'},
	{"format", required_argument, NULL, 'f'},
	{"frames", required_argument, NULL, 'n'},
	{"devices", required_argument, NULL, OPTION_DEVICES},
	{"heap", required_argument, NULL, OPTION_HEAP},
	{"buffers", required_argument, NULL, OPTION_BUFFERS},
	{"transport", required_argument, NULL, OPTION_TRANSPORT},
	{"screenshot", required_argument, NULL, OPTION_SCREENSHOT},
	{"verify", no_argument, NULL, OPTION_VERIFY},
	{"help", no_argument, NULL, PARSE_HELP},
	{NULL, 0, NULL, 0},
};

static bool parse_format(struct options *options, const char *text)
{
	const struct tenon_format *format = tenon_format_from_name(text);

	options->format = format != NULL ? tenon_format_get_fourcc(format) : 0;
	return format != NULL;
}

/* False: the argument is wrong. */
static bool take(void *data, int option, const char *argument)
{
	struct options *options = data;

	switch (option) {
	case 'd':
		options->node = argument;
		return true;
	case 's':
		return parse_size(argument, &options->width, &options->height);
	case 'f':
		return parse_format(options, argument);
	case 'n':
		return parse_number(argument, 1, 100000000, &options->frames);
	case OPTION_DEVICES:
		return parse_another(
			argument, options->devices, &options->devices_len, DEVICES_MAX);
	case OPTION_HEAP:
		options->heap = argument;
		return argument[0] != '\0';
	case OPTION_BUFFERS:
		return parse_number(argument, 3, QUEUE_MAX, &options->buffers);
	case OPTION_TRANSPORT:
		return parse_transport(argument, &options->transports);
	case OPTION_SCREENSHOT:
		options->screenshot = argument;
		return true;
	case OPTION_VERIFY:
		options->verify = true;
		return true;
	default:
		return false;
	}
}

bool options_parse(struct options *options, int argc, char **argv, enum status *status)
{
	static const struct command_line line = {
		.program = "tenon-camera",
		.short_options = "d:s:f:n:",
		.long_options = long_options,
		.usage = usage,
		.take = take,
	};

	*options = (struct options){.buffers = 5};
	return parse_command_line(&line, options, argc, argv, status);
}
