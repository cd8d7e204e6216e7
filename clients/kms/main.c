/* SPDX-License-Identifier: MIT */

/*
 * tenon-kms: paints a test card into buffers that suit a display controller, and shows them on a
 * plane of it, with explicit fences.
 */
#include <drm_fourcc.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <tenon/format.h>

#include "card.h"
#include "kms.h"
#include "parse.h"

enum status kms_fail(enum status status, const char *format, ...)
{
	va_list args;

	fputs("tenon-kms: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

static void usage(FILE *to)
{
	fputs("Usage: tenon-kms [OPTION]...\n"
	      "\n"
	      "Paint a test card into buffers that suit a display controller, and show them on a\n"
	      "plane of it with explicit fences; then put back what was shown before. Nobody else\n"
	      "(a compositor) may have the right to set modes.\n"
	      "\n"
	      "  -D, --device NODE    DRM node, such as /dev/dri/card0 (the first with a display)\n"
	      "  -c, --connector NAME  \"HDMI-A-1\" (the first connected); a writeback connector\n"
	      "                       compares what it writes with what was painted\n"
	      "  -s, --size WxH       mode of this size (the connector's own)\n"
	      "  -f, --format NAME    format, such as XRGB8888 (which it is)\n"
	      "  -n, --frames N       frames to show (60)\n"
	      "      --buffers N      buffers that take turns (3)\n"
	      "      --heap NAME      memory of this heap alone\n"
	      "      --devices NAME[:ROLE[+ROLE]]  another device that the buffers must suit, "
	      "from\n"
	      "                       the device table; may be repeated\n"
	      "      --in-fence FD    an inherited sync_file that the first frame waits for\n"
	      "      --dump FILE      write the last picture that was written back, as PPM\n"
	      "      --help           show this\n"
	      "\n"
	      "Exit status: 0 shown, 1 conflict, 2 usage, 3 failure, 4 no memory of this machine\n"
	      "satisfies the devices, 5 the screen does not show what was painted.\n",
		to);
}

enum {
	OPTION_BUFFERS = 256,
	OPTION_HEAP,
	OPTION_DEVICES,
	OPTION_IN_FENCE,
	OPTION_DUMP,
};

static const struct option long_options[] = {
	{"device", required_argument, NULL, 'D'},
	{"connector", required_argument, NULL, 'c'},
	{"size", required_argument, NULL, 's'},
	{"format", required_argument, NULL, 'f'},
	{"frames", required_argument, NULL, 'n'},
	{"buffers", required_argument, NULL, OPTION_BUFFERS},
	{"heap", required_argument, NULL, OPTION_HEAP},
	{"devices", required_argument, NULL, OPTION_DEVICES},
	{"in-fence", required_argument, NULL, OPTION_IN_FENCE},
	{"dump", required_argument, NULL, OPTION_DUMP},
	{"help", no_argument, NULL, PARSE_HELP},
	{NULL, 0, NULL, 0},
};

/* False: the argument is wrong. */
static bool take(void *data, int option, const char *argument)
{
	struct options *options = data;
	uint32_t fence;

	switch (option) {
	case 'D':
		options->node = argument;
		return true;
	case 'c':
		options->connector = argument;
		return true;
	case 's':
		return parse_size(argument, &options->width, &options->height) &&
		       options->width <= 16384 && options->height <= 16384;
	case 'f':
		return card_parse_format(argument, &options->format);
	case 'n':
		return parse_number(argument, 1, 1000000, &options->frames);
	case OPTION_BUFFERS:
		/* with one alone there is nothing to paint while it is shown */
		return parse_number(argument, 2, TENON_SWAPCHAIN_MAX, &options->buffers);
	case OPTION_HEAP:
		options->heap = argument;
		return true;
	case OPTION_DEVICES:
		return parse_another(
			argument, options->devices, &options->devices_len, DEVICES_MAX);
	case OPTION_IN_FENCE:
		if (!parse_number(argument, 0, INT32_MAX, &fence)) {
			return false;
		}
		options->in_fence = (int)fence;
		return true;
	case OPTION_DUMP:
		options->dump = argument;
		return true;
	default:
		return false;
	}
}

static const struct command_line command_line = {
	.program = "tenon-kms",
	.short_options = "D:c:s:f:n:",
	.long_options = long_options,
	.usage = usage,
	.take = take,
};

static void report(const struct kms *kms)
{
	const struct tenon_layout *layout = tenon_buffer_get_layout(kms->shown);
	struct tenon_plane_layout plane = {0};
	uint64_t ms = kms->last_ms - kms->first_ms;

	tenon_layout_get_plane(layout, 0, &plane);
	printf("device     %s, %s\n", tenon_drm_device_get_driver(kms->device), kms->screen.name);
	printf("picture    %s %ux%u, pitch %" PRIu32 "\n",
		tenon_format_get_name(tenon_layout_get_format(layout)), kms->screen.mode.hdisplay,
		kms->screen.mode.vdisplay, plane.pitch);
	printf("memory     %s\n", tenon_buffer_get_heap(kms->shown));
	printf("frames     %u", kms->frames);
	if (kms->frames > 1 && ms > 0) {
		printf(", %.1f in a second", (kms->frames - 1) * 1000.0 / (double)ms);
	}
	putchar('\n');
	if (kms->screen.writeback) {
		printf("compared   %u, %" PRIu64 " pixels differ\n", kms->compared,
			kms->wrong_pixels);
	}
}

int main(int argc, char **argv)
{
	struct kms kms = {
		.options =
			{
				.format = DRM_FORMAT_XRGB8888,
				.buffers = 3,
				.frames = 60,
				.in_fence = -1,
			},
		.out_fence = -1,
	};
	enum status status;

	if (!parse_command_line(&command_line, &kms.options, argc, argv, &status)) {
		return (int)status;
	}
	status = kms_start(&kms);
	if (status == STATUS_OK) {
		status = kms_run(&kms);
	}
	if (status == STATUS_OK || status == STATUS_MISMATCH) {
		report(&kms);
	}
	kms_finish(&kms);
	return (int)status;
}
