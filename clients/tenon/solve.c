/* SPDX-License-Identifier: MIT */
#include "solve.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/context.h>

#include "spec.h"
#include "tool.h"

#define USAGE \
	"Usage: tenon solve -d DEVICE[:ROLE[+ROLE...]]... -s WIDTHxHEIGHT [-f FORMAT]... " \
	"[OPTION]...\n" \
	"\n" \
	"Plans a buffer that fits all the devices, or says why there is none. Nothing is " \
	"allocated,\n" \
	"and the devices need not be in this machine.\n" \
	"\n" \
	"  -d, --device=DEVICE  a device of the device table, and what it does with the buffer:\n" \
	"                       render, scanout, cursor, encode, decode, capture or cpu; without " \
	"a\n" \
	"                       role any one that the device offers\n" \
	"  -f, --format=FORMAT  the pixel format, such as XRGB8888 or NV12; several: the best " \
	"first;\n" \
	"                       none: what the devices have in common\n" \
	"  -s, --size=SIZE      width and height in pixels, such as 1920x1080\n" \
	"      --iommu          all devices are behind an IOMMU that translates addresses\n" \
	"      --split          when no buffer fits all: which devices can share one, and what " \
	"has to\n" \
	"                       be copied; the picture comes from the first device\n" \
	"      --explain        say what was chosen and why, and what was ruled out and by whom\n" \
	"      --json           answer in JSON\n" \
	"  -h, --help           show this text\n" \
	"\n" \
	"Exit status: 0 a buffer fits (or, with --split, several do), 1 none does, 2 the command " \
	"line\n" \
	"is wrong, 3 another failure.\n"

/* Long options without a letter. */
enum {
	OPTION_IOMMU = 256,
	OPTION_SPLIT,
	OPTION_EXPLAIN,
	OPTION_JSON,
};

struct solve_options {
	const char **devices, **formats; /* borrowed from argv, at most argc each */
	size_t devices_len, formats_len;
	const char *size;
	bool iommu, split, explain, json, help;
};

/* Reads the command line. */
static enum tool_status parse_options(struct solve_options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{"device", required_argument, NULL, 'd'},
		{"format", required_argument, NULL, 'f'},
		{"size", required_argument, NULL, 's'},
		{"iommu", no_argument, NULL, OPTION_IOMMU},
		{"split", no_argument, NULL, OPTION_SPLIT},
		{"explain", no_argument, NULL, OPTION_EXPLAIN},
		{"json", no_argument, NULL, OPTION_JSON},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "d:f:s:h", longs, NULL)) != -1) {
		switch (option) {
		case 'd':
			options->devices[options->devices_len++] = optarg;
			break;
		case 'f':
			options->formats[options->formats_len++] = optarg;
			break;
		case 's':
			if (options->size != NULL) {
				return tool_fail_usage(&tool_solve, "one size only");
			}
			options->size = optarg;
			break;
		case OPTION_IOMMU:
			options->iommu = true;
			break;
		case OPTION_SPLIT:
			options->split = true;
			break;
		case OPTION_EXPLAIN:
			options->explain = true;
			break;
		case OPTION_JSON:
			options->json = true;
			break;
		case 'h':
			options->help = true;
			return TOOL_OK;
		default:
			return tool_fail_option(&tool_solve);
		}
	}
	if (optind < argc) {
		return tool_fail_usage(&tool_solve,
			"\"%s\" is no option; a device is given with -d", argv[optind]);
	}
	if (options->devices_len == 0) {
		return tool_fail_usage(&tool_solve, "give at least one device with -d");
	}
	if (options->size == NULL) {
		return tool_fail_usage(&tool_solve, "give the size with -s WIDTHxHEIGHT");
	}
	return TOOL_OK;
}

static void question_finish(struct question *question)
{
	for (size_t i = 0; i < question->participants_len; i++) {
		tenon_offer_unref(question->participants[i].offer);
	}
	free(question->participants);
	free(question->formats);
	free(question->heaps);
}

/* Makes the question of what the command line says. */
static enum tool_status question_make(
	struct question *question, const struct tool *tool, const struct solve_options *options)
{
	enum tenon_iommu iommu = options->iommu ? TENON_IOMMU_TRANSLATES : TENON_IOMMU_UNKNOWN;
	enum tool_status status;
	int ret;

	status = spec_parse_size(&question->width, &question->height, options->size);
	question->explain = options->explain;
	question->participants = calloc(options->devices_len, sizeof(*question->participants));
	question->formats = calloc(options->formats_len + 1, sizeof(*question->formats));
	if (question->participants == NULL || question->formats == NULL) {
		return tool_fail(TOOL_FAILED, "%s", strerror(ENOMEM));
	}
	for (size_t i = 0; i < options->formats_len && status == TOOL_OK; i++) {
		status = spec_parse_format(
			&question->formats[question->formats_len++], options->formats[i]);
	}
	for (size_t i = 0; i < options->devices_len && status == TOOL_OK; i++) {
		status = spec_parse_device(&question->participants[question->participants_len],
			tool, options->devices[i], iommu);
		question->participants_len += status == TOOL_OK;
	}
	if (status != TOOL_OK) {
		return status;
	}
	ret = tenon_context_dup_heap_infos(tool->context, &question->heaps, &question->heaps_len);
	return ret == 0 ? TOOL_OK
			: tool_fail(TOOL_FAILED, "cannot ask the heaps: %s", strerror(-ret));
}

static enum tool_status fail_plan(const struct question *question, int error)
{
	if (error == -EOVERFLOW) {
		return tool_fail(TOOL_USAGE,
			"%ux%u is too large: such a pitch or buffer cannot be told in numbers",
			question->width, question->height);
	}
	if (error == -ENOTSUP) {
		return tool_fail(TOOL_FAILED,
			"the devices share modifiers that only their own driver can lay out");
	}
	return tool_fail(TOOL_FAILED, "cannot plan: %s", strerror(-error));
}

/* Answers with one buffer, or with the conflict. */
static enum tool_status answer_plan(const struct question *question,
	const struct tenon_plan_options *plan_options, const struct solve_options *options)
{
	struct tenon_conflict *conflict = NULL;
	struct tenon_plan *plan = NULL;
	int ret = tenon_plan_create(&plan, plan_options, &conflict);

	if (ret < 0) {
		return fail_plan(question, ret);
	}
	if (ret == 0 && options->json) {
		solve_json_plan(question, plan);
	} else if (ret == 0) {
		solve_print_plan(question, plan);
	} else if (options->json) {
		solve_json_conflict(question, conflict);
	} else {
		solve_print_conflict(
			question, conflict, tenon_conflict_get_devices_len(conflict) > 1);
	}
	tenon_plan_destroy(plan);
	tenon_conflict_destroy(conflict);
	return ret == 0 ? TOOL_OK : TOOL_CONFLICT;
}

/* Answers a conflict with as few buffers as serve, or with the conflict of one device alone. */
static enum tool_status answer_split(const struct question *question,
	const struct tenon_plan_options *plan_options, const struct solve_options *options)
{
	struct tenon_conflict *conflict = NULL, *alone = NULL;
	struct tenon_split *split = NULL;
	struct tenon_plan *plan = NULL;
	int ret = tenon_plan_create(&plan, plan_options, &conflict);

	tenon_plan_destroy(plan);
	if (ret >= 0) {
		ret = tenon_split_create(&split, plan_options, &alone);
	}
	if (ret == 0 && options->json) {
		solve_json_split(question, split, conflict);
	} else if (ret == 0) {
		solve_print_split(question, split, conflict);
	} else if (ret > 0 && options->json) {
		solve_json_conflict(question, alone);
	} else if (ret > 0) {
		solve_print_conflict(question, alone, false);
	}
	tenon_split_destroy(split);
	tenon_conflict_destroy(conflict);
	tenon_conflict_destroy(alone);
	if (ret < 0) {
		return fail_plan(question, ret);
	}
	return ret == 0 ? TOOL_OK : TOOL_CONFLICT;
}

static enum tool_status solve(const struct solve_options *options)
{
	struct question question = {.width = 0};
	struct tool tool = {.context = NULL};
	enum tool_status status = tool_open(&tool, true);

	if (status == TOOL_OK) {
		status = question_make(&question, &tool, options);
	}
	if (status == TOOL_OK) {
		const struct tenon_plan_options plan_options = {
			.size = sizeof(plan_options),
			.width = question.width,
			.height = question.height,
			.formats = question.formats_len > 0 ? question.formats : NULL,
			.formats_len = question.formats_len,
			.participants = question.participants,
			.participants_len = question.participants_len,
			.heaps = question.heaps,
			.heaps_len = question.heaps_len,
		};

		status = options->split ? answer_split(&question, &plan_options, options)
					: answer_plan(&question, &plan_options, options);
	}
	question_finish(&question);
	tool_close(&tool);
	return status;
}

static enum tool_status run_solve(int argc, char **argv)
{
	struct solve_options options = {.size = NULL};
	enum tool_status status = TOOL_FAILED;

	options.devices = calloc((size_t)argc, sizeof(*options.devices));
	options.formats = calloc((size_t)argc, sizeof(*options.formats));
	if (options.devices == NULL || options.formats == NULL) {
		tool_fail(TOOL_FAILED, "%s", strerror(ENOMEM));
		goto out;
	}
	status = parse_options(&options, argc, argv);
	if (status == TOOL_OK && options.help) {
		tool_print_usage(&tool_solve);
	} else if (status == TOOL_OK) {
		status = solve(&options);
	}
out:
	free(options.devices);
	free(options.formats);
	return status;
}

const struct tool_command tool_solve = {
	.name = "solve",
	.summary = "plan a buffer for devices, or say why there is none",
	.usage = USAGE,
	.run = run_solve,
};
