/* SPDX-License-Identifier: MIT */

/* tenon-egl: an animated GLES scene, on a display through EGL on GBM, or on Wayland. */
#include <getopt.h>
#include <stdio.h>

#include <tenon/swapchain.h>

#include "options.h"
#include "parse.h"

#define FRAMES_MAX 1000000

static void usage(FILE *to)
{
	fputs("Usage: tenon-egl [OPTION]... --kms NODE\n"
	      "       tenon-egl [OPTION]...\n"
	      "\n"
	      "Draw an animated scene with GLES: with --kms to a display, through EGL on GBM, as\n"
	      "any such program does it; with GBM_BACKEND=tenon the buffers come from Tenon.\n"
	      "Without it to a Wayland compositor: negotiate buffers with it, draw into EGL "
	      "images\n"
	      "of them and send them by linux-dmabuf, or by wl_shm where that is missing.\n"
	      "\n"
	      "      --kms NODE       the display's DRM node, such as /dev/dri/card0\n"
	      "  -s, --size WxH       size in pixels (640x480); with --kms, the mode of that size\n"
	      "                       (the preferred one)\n"
	      "  -n, --frames N       frames to draw (60)\n"
	      "      --dump FILE      write the last frame there: rows of 32-bit XRGB, no padding\n"
	      "      --quiet          print nothing but errors\n"
	      "      --help           show this\n"
	      "\n"
	      "On Wayland:\n"
	      "  -d, --device NAME[:ROLE[+ROLE]]  another device that the buffers must suit,\n"
	      "                       from the device table; may be repeated\n"
	      "      --buffers N      buffers that take turns (3)\n"
	      "      --transport WAY  auto, dmabuf, shm, emulated (linux-dmabuf with a memfd)\n"
	      "      --output NAME    show it on this output, whole\n"
	      "      --screenshot FILE  write a PNG of the output with the last frame\n"
	      "      --verify         compare the buffer and the screen with what GL drew\n"
	      "\n"
	      "Exit status: 0 shown, 1 conflict, 2 usage, 3 failure, 4 no memory of this machine\n"
	      "satisfies the devices, 5 the screen does not show what was drawn.\n",
		to);
}

enum {
	OPTION_KMS = 256,
	OPTION_DUMP,
	OPTION_QUIET,
	OPTION_BUFFERS,
	OPTION_TRANSPORT,
	OPTION_OUTPUT,
	OPTION_SCREENSHOT,
	OPTION_VERIFY,
};

static const struct option long_options[] = {
	{"kms", required_argument, NULL, OPTION_KMS},
	{"frames", required_argument, NULL, 'n'},
	{"dump", required_argument, NULL, OPTION_DUMP},
	{"quiet", no_argument, NULL, OPTION_QUIET},
	{"size", required_argument, NULL, 's'},
	{"device", required_argument, NULL, 'd'},
	{"buffers", required_argument, NULL, OPTION_BUFFERS},
	{"transport", required_argument, NULL, OPTION_TRANSPORT},
	{"output", required_argument, NULL, OPTION_OUTPUT},
	{"screenshot", required_argument, NULL, OPTION_SCREENSHOT},
	{"verify", no_argument, NULL, OPTION_VERIFY},
	{"help", no_argument, NULL, PARSE_HELP},
	{NULL, 0, NULL, 0},
};

/* What makes sense on Wayland only. */
static bool is_for_wayland(int option)
{
	return option == 'd' || (option >= OPTION_BUFFERS && option <= OPTION_VERIFY);
}

/* False: the argument is wrong. */
static bool take(void *data, int option, const char *argument)
{
	struct egl_options *options = data;
	options->on_wayland = options->on_wayland || is_for_wayland(option);
	switch (option) {
	case OPTION_KMS:
		options->node = argument;
		return true;
	case 'n':
		return parse_number(argument, 1, FRAMES_MAX, &options->frames);
	case OPTION_DUMP:
		options->dump = argument;
		return true;
	case OPTION_QUIET:
		options->quiet = true;
		return true;
	case 's':
		return parse_size(argument, &options->width, &options->height);
	case 'd':
		return parse_another(
			argument, options->devices, &options->devices_len, EGL_DEVICES_MAX);
	case OPTION_BUFFERS:
		return parse_number(argument, 1, TENON_SWAPCHAIN_MAX, &options->buffers);
	case OPTION_TRANSPORT:
		return parse_transport(argument, &options->transports);
	case OPTION_OUTPUT:
		options->output = argument;
		return true;
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

static const struct command_line command_line = {
	.program = "tenon-egl",
	.short_options = "n:s:d:",
	.long_options = long_options,
	.usage = usage,
	.take = take,
};

int main(int argc, char **argv)
{
	struct egl_options options = {.frames = 60, .buffers = 3};
	enum status status;
	if (!parse_command_line(&command_line, &options, argc, argv, &status)) {
		return (int)status;
	}
	if (options.on_wayland && options.node != NULL) {
		fprintf(stderr,
			"tenon-egl: --kms does not go with options of Wayland; see --help\n");
		return STATUS_USAGE;
	}
	if (options.node != NULL) {
		return egl_on_kms(&options);
	}
	if (options.width == 0) {
		options.width = 640;
		options.height = 480;
	}
	return egl_on_wayland(&options);
}
