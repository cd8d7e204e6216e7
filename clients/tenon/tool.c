/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tenon/config.h>

enum tool_status tool_fail(enum tool_status status, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("tenon: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

enum tool_status tool_fail_option(const struct tool_command *command)
{
	fprintf(stderr, "Try \"tenon %s --help\".\n", command->name);
	return TOOL_USAGE;
}

enum tool_status tool_fail_usage(const struct tool_command *command, const char *format, ...)
{
	va_list args;

	fputs("tenon: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return tool_fail_option(command);
}

bool tool_parse_json(const struct tool_command *command, int argc, char **argv, bool *json,
	enum tool_status *status)
{
	static const struct option longs[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (option) {
		case 'j':
			*json = true;
			break;
		case 'h':
			tool_print_usage(command);
			*status = TOOL_OK;
			return false;
		default:
			*status = tool_fail_option(command);
			return false;
		}
	}
	return true;
}

enum tool_status tool_finish(enum tool_status status)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		return tool_fail(TOOL_FAILED, "cannot write the output: %s", strerror(errno));
	}
	return status;
}

/* Messages of the library, as those of the command look. data tells whether there was an error. */
static void hear(void *data, enum tenon_log_level level, const char *text)
{
	bool *failed = data;

	*failed = *failed || level == TENON_LOG_ERROR;
	fprintf(stderr, "tenon: %s%s\n", level == TENON_LOG_WARNING ? "warning: " : "", text);
}

static enum tool_status open_context(struct tool *tool, bool with_heaps)
{
	struct tenon_context_options options = {
		.size = sizeof(options),
		.log = hear,
		.log_data = &tool->said,
		.no_heaps = !with_heaps,
	};
	int ret = tenon_context_create(&tool->context, &options);

	if (ret < 0 && !tool->said) {
		tool_fail(TOOL_FAILED, "cannot begin: %s", strerror(-ret));
	}
	return ret < 0 ? TOOL_FAILED : TOOL_OK;
}

enum tool_status tool_open(struct tool *tool, bool with_heaps)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	int ret;

	if (open_context(tool, with_heaps) != TOOL_OK) {
		return TOOL_FAILED;
	}
	ret = tenon_device_table_load(
		&tool->table, tenon_context_get_config(tool->context), &error);
	if (ret < 0) {
		tool_fail(TOOL_FAILED, "cannot read the device table: %s",
			error.text[0] != '\0' ? error.text : strerror(-ret));
		tool_close(tool);
		return TOOL_FAILED;
	}
	return TOOL_OK;
}

void tool_close(struct tool *tool)
{
	tenon_device_table_destroy(tool->table);
	tenon_context_unref(tool->context);
	*tool = (struct tool){0};
}

void tool_print_roles(char *out, size_t size, uint32_t roles, const char *separator)
{
	size_t len = 0;

	if (roles == TENON_ROLE_ANY) {
		snprintf(out, size, "any");
		return;
	}
	out[0] = '\0';
	for (uint32_t bit = 1; bit <= TENON_ROLE_ANY; bit <<= 1) {
		if ((roles & bit) != 0 && len < size) {
			len += (size_t)snprintf(out + len, size - len, "%s%s",
				len > 0 ? separator : "",
				tenon_role_get_name((enum tenon_role)bit));
		}
	}
}

const char *tool_contiguity_word(enum tenon_contiguity contiguity)
{
	switch (contiguity) {
	case TENON_CONTIGUITY_NONE:
		return "none";
	case TENON_CONTIGUITY_PROVABLE:
		return "provable";
	case TENON_CONTIGUITY_PROVEN:
		return "proven";
	case TENON_CONTIGUITY_ASSURED:
		return "assured";
	default:
		return "unknown";
	}
}

const char *tool_answer_word(enum tenon_answer answer)
{
	switch (answer) {
	case TENON_YES:
		return "yes";
	case TENON_NO:
		return "no";
	default:
		return "unknown";
	}
}

const char *tool_availability_word(enum tenon_availability availability)
{
	switch (availability) {
	case TENON_AVAILABLE:
		return "available";
	case TENON_REFUSED:
		return "refused";
	case TENON_EXHAUSTED:
		return "exhausted";
	default:
		return "absent";
	}
}

void tool_print_bytes(char *out, size_t size, uint64_t bytes)
{
	static const char units[][4] = {"KiB", "MiB", "GiB", "TiB"};
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(out, size, "%" PRIu64 " B", bytes);
		return;
	}
	while (value >= 1024 && unit < 3) {
		value /= 1024;
		unit++;
	}
	snprintf(out, size, "%.1f %s", value, units[unit]);
}
