/* SPDX-License-Identifier: MIT */
#ifndef TENON_TOOL_H
#define TENON_TOOL_H

/*
 * What the commands of tenon(1) share.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/context.h>
#include <tenon/device.h>

/* Exit statuses; they are documented in tenon(1). */
enum tool_status {
	TOOL_OK = 0,
	TOOL_CONFLICT = 1,
	TOOL_USAGE = 2,
	TOOL_FAILED = 3,
};

/* One command: gets the arguments behind the program's name, its own name first. */
struct tool_command {
	const char *name;
	const char *summary;
	const char *usage; /* the text of --help */
	enum tool_status (*run)(int argc, char **argv);
};

extern const struct tool_command tool_devices, tool_info, tool_probe, tool_solve;

/* What a command works on. All zeroes before tool_open(). */
struct tool {
	struct tenon_context *context;
	struct tenon_device_table *table;
	bool said; /* the library has told of an error */
};

/* Reads the settings and the device table, and opens the heaps if wanted. Says what fails. The tool
 * must stay where it is until tool_close(). */
enum tool_status tool_open(struct tool *tool, bool with_heaps);
void tool_close(struct tool *tool);

/* Prints a command's --help. */
void tool_print_usage(const struct tool_command *command);

/* Prints "tenon: ..." to stderr. Returns its first argument. */
enum tool_status tool_fail(enum tool_status status, const char *format, ...) TENON_PRINTF(2, 3);

/* The same for a command line that is wrong: points to --help, and returns TOOL_USAGE. */
enum tool_status tool_fail_usage(const struct tool_command *command, const char *format, ...)
	TENON_PRINTF(2, 3);

/* Reads the options of a command that has --json and --help alone. Returns false when the command
 * is done with *status. */
bool tool_parse_json(const struct tool_command *command, int argc, char **argv, bool *json,
	enum tool_status *status);

/* What getopt_long() has complained of already: points to --help. */
enum tool_status tool_fail_option(const struct tool_command *command);

/* Ends a command: flushes stdout, and says when that fails (a full disk, a closed pipe). */
enum tool_status tool_finish(enum tool_status status);

/* Writes the names of roles, or "any": "render+scanout". */
void tool_print_roles(char *out, size_t size, uint32_t roles, const char *separator);

/* Words for enums, as text and JSON show them. */
const char *tool_contiguity_word(enum tenon_contiguity contiguity);
const char *tool_availability_word(enum tenon_availability availability);
const char *tool_answer_word(enum tenon_answer answer);

/* "4.0 MiB" */
void tool_print_bytes(char *out, size_t size, uint64_t bytes);

#endif
