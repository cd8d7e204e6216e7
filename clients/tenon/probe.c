/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "probing.h"
#include "spec.h"

#define USAGE \
	"Usage: tenon probe [-f FORMAT] [-s WIDTHxHEIGHT] [--heap NAME] [--no-search] [--json] " \
	"DEVICE\n" \
	"\n" \
	"Tries buffers on a device, stage by stage, with memory of each heap, and finds out by " \
	"which\n" \
	"rules it refuses; then holds that against the device table. Nothing can be seen of it " \
	"on " \
	"a\n" \
	"screen. DEVICE is a node (/dev/dri/card0, /dev/video0) or a driver's name.\n" \
	"\n" \
	"  -f, --format FORMAT  pixel format; default: XRGB8888, or the camera's first\n" \
	"  -s, --size WxH       size of the picture in pixels; default: 1366x768, or 640x480 for " \
	"V4L2\n" \
	"      --heap NAME      memory of this heap alone\n" \
	"      --no-search      try the table's layout and two others, and leave it at that\n" \
	"      --json           answer in JSON\n" \
	"  -h, --help           show this text\n" \
	"\n" \
	"Exit status: 0 some buffer passes, 1 none does, 2 the command line is wrong, 3 another\n" \
	"failure.\n"

static enum tool_status run(int argc, char **argv);

const struct tool_command tool_probe = {
	.name = "probe",
	.summary = "try buffers on a device of this machine",
	.usage = USAGE,
	.run = run,
};

struct options {
	struct probing_request request;
	bool json;
};

static enum tool_status take(struct options *options, int option)
{
	switch (option) {
	case 'f':
		options->request.format = optarg;
		return TOOL_OK;
	case 's':
		return spec_parse_size(&options->request.width, &options->request.height, optarg);
	case 'H':
		options->request.heap = optarg;
		return TOOL_OK;
	case 'n':
		options->request.no_search = true;
		return TOOL_OK;
	case 'j':
		options->json = true;
		return TOOL_OK;
	default:
		return tool_fail_option(&tool_probe);
	}
}

/* Returns false when the command is done with *status. */
static bool parse(struct options *options, int argc, char **argv, enum tool_status *status)
{
	static const struct option longs[] = {
		{"format", required_argument, NULL, 'f'},
		{"size", required_argument, NULL, 's'},
		{"heap", required_argument, NULL, 'H'},
		{"no-search", no_argument, NULL, 'n'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	*status = TOOL_OK;
	while ((option = getopt_long(argc, argv, "f:s:h", longs, NULL)) != -1) {
		if (option == 'h') {
			tool_print_usage(&tool_probe);
			return false;
		}
		*status = take(options, option);
		if (*status != TOOL_OK) {
			return false;
		}
	}
	if (argc - optind != 1) {
		*status = tool_fail_usage(
			&tool_probe, argc == optind ? "no device" : "one device, and no more");
		return false;
	}
	options->request.device = argv[optind];
	return true;
}

static enum tool_status run(int argc, char **argv)
{
	struct options options = {.json = false};
	struct probing probing = {.bus = NULL};
	enum tool_status status;

	if (!parse(&options, argc, argv, &status)) {
		return status;
	}
	status = probing_open(&probing, &options.request);
	if (status == TOOL_OK) {
		status = probing_run(&probing, options.request.no_search);
	}
	if (status == TOOL_OK) {
		(options.json ? probing_print_json : probing_print)(&probing);
		status = probing_something_passes(&probing) ? TOOL_OK : TOOL_CONFLICT;
	}
	probing_close(&probing);
	return status;
}
