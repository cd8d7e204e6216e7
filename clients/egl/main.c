/* SPDX-License-Identifier: MIT */

/* tenon-egl: an animated GLES scene, on a display through EGL on GBM, or on Wayland. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "onkms.h"

#define FRAMES_MAX 1000000

static void usage(FILE *to)
{
	fputs("Usage: tenon-egl [--frames N] [--dump FILE] --kms NODE\n"
	      "\n"
	      "Draw an animated scene with GLES through EGL on GBM to a display, as any such\n"
	      "program does it. With GBM_BACKEND=tenon the buffers come from Tenon.\n"
	      "\n"
	      "  --kms NODE     the display's DRM node, such as /dev/dri/card0\n"
	      "  --frames N     frames to draw (60)\n"
	      "  --dump FILE    write the last frame there: rows of 32-bit XRGB without padding\n"
	      "  --quiet        print nothing but errors\n"
	      "  --help         show this\n"
	      "\n"
	      "Exit status: 0, 1 a failure, 2 usage.\n",
		to);
}

static bool parse_count(const char *text, unsigned *out)
{
	char *end = NULL;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 1 || value > FRAMES_MAX) {
		fprintf(stderr, "tenon-egl: --frames wants a number from 1 to %d, not \"%s\"\n",
			FRAMES_MAX, text);
		return false;
	}
	*out = (unsigned)value;
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"kms", required_argument, NULL, 'k'},
		{"frames", required_argument, NULL, 'n'},
		{"dump", required_argument, NULL, 'd'},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	const char *node = NULL, *dump = NULL;
	unsigned frames = 60;
	bool quiet = false;
	int opt;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'k':
			node = optarg;
			break;
		case 'n':
			if (!parse_count(optarg, &frames)) {
				return 2;
			}
			break;
		case 'd':
			dump = optarg;
			break;
		case 'q':
			quiet = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (node == NULL || optind != argc) {
		usage(stderr);
		return 2;
	}
	return egl_on_kms(node, frames, dump, quiet);
}
