/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include <tenon/common.h>

#include "tool.h"

static const struct tool_command *const commands[] = {
	&tool_info,
	&tool_solve,
	&tool_devices,
	&tool_probe,
};

#define COMMANDS_LEN (sizeof(commands) / sizeof(commands[0]))

void tool_print_usage(const struct tool_command *command)
{
	fputs(command->usage, stdout);
}

static void print_help(void)
{
	puts("Usage: tenon COMMAND [OPTION]...\n"
	     "\n"
	     "Buffers that fit every device they pass through: what devices need, what fits all\n"
	     "of them, and what this machine has.\n"
	     "\n"
	     "Commands:");
	for (size_t i = 0; i < COMMANDS_LEN; i++) {
		printf("  %-8s  %s\n", commands[i]->name, commands[i]->summary);
	}
	puts("\n"
	     "Options:\n"
	     "  -h, --help     show this text; behind a command: that command's\n"
	     "      --version  show the version\n"
	     "\n"
	     "Example: tenon solve -d mxsfb-drm:scanout -d amdgpu:render -f XRGB8888 -s "
	     "1366x768\n");
	for (size_t i = 0; i < COMMANDS_LEN; i++) {
		printf("%s%s", i > 0 ? "\n" : "", commands[i]->usage);
	}
}

/* Options before the command. Returns whether there is a command. */
static bool parse_options(int argc, char **argv, enum tool_status *status)
{
	static const struct option longs[] = {
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0},
	};

	*status = TOOL_OK;
	switch (getopt_long(argc, argv, "+h", longs, NULL)) {
	case 'h':
		print_help();
		return false;
	case 'v':
		printf("tenon %s\n", tenon_version());
		return false;
	case -1:
		break;
	default:
		fputs("Try \"tenon --help\".\n", stderr);
		*status = TOOL_USAGE;
		return false;
	}
	if (optind == argc) {
		tool_fail(TOOL_USAGE, "no command; try \"tenon --help\"");
		*status = TOOL_USAGE;
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	enum tool_status status;
	const char *name;
	char title[32];

	setlocale(LC_CTYPE, "");
	if (!parse_options(argc, argv, &status)) {
		return (int)tool_finish(status);
	}
	name = argv[optind];
	argc -= optind;
	argv += optind;
	for (size_t i = 0; i < COMMANDS_LEN; i++) {
		if (strcmp(name, commands[i]->name) == 0) {
			/* getopt_long() begins anew with 0, and complains in the name of argv[0].
			 */
			optind = 0;
			snprintf(title, sizeof(title), "tenon %s", name);
			argv[0] = title;
			return (int)tool_finish(commands[i]->run(argc, argv));
		}
	}
	return (int)tool_fail(TOOL_USAGE, "there is no command \"%s\"; try \"tenon --help\"", name);
}
