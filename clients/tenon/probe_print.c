/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "grid.h"
#include "probing.h"

static const enum tenon_probe_stage stages[] = {TENON_PROBE_DMABUF, TENON_PROBE_IMPORT,
	TENON_PROBE_FRAMEBUFFER, TENON_PROBE_COMMIT, TENON_PROBE_FORMAT, TENON_PROBE_REQUEST,
	TENON_PROBE_QUEUE, TENON_PROBE_DATA};

const char *probing_stage_word(
	char *out, size_t size, const struct probing_row *row, enum tenon_probe_stage stage)
{
	const struct tenon_probe_result *result = &row->result;

	out[0] = '\0';
	if (row->error != 0) {
		return out;
	}
	if (result->passed & (uint32_t)stage) {
		snprintf(out, size, "ok");
	} else if (result->refused == stage) {
		snprintf(out, size, "%s", tenon_probe_error_get_name(result->error));
	} else if ((result->asked & (uint32_t)stage) && result->refused == 0) {
		snprintf(out, size, "not tried");
	}
	return out;
}

const char *probing_verdict_word(enum tenon_probe_verdict verdict)
{
	switch (verdict) {
	case TENON_PROBE_CONFIRMED:
		return "confirmed";
	case TENON_PROBE_TOO_STRICT:
		return "too strict";
	case TENON_PROBE_TOO_LOOSE:
		return "too loose";
	}
	return "unknown";
}

static size_t list_stages(const struct probing *probing, enum tenon_probe_stage *out)
{
	size_t len = 0;

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		if ((probing->stages & (uint32_t)stages[i]) && len < GRID_COLUMNS_MAX - 3) {
			out[len++] = stages[i];
		}
	}
	return len;
}

static void add_row(struct grid *grid, const struct probing *probing, size_t heap, size_t layout,
	const enum tenon_probe_stage *columns, size_t columns_len)
{
	const struct probing_row *row = &probing->heaps[heap].rows[layout];
	char pitch[16], words[GRID_COLUMNS_MAX][16];
	const char *cells[GRID_COLUMNS_MAX] = {NULL};

	snprintf(pitch, sizeof(pitch), "%" PRIu32, probing_pitch(probing->layouts[layout]));
	cells[0] = probing->heaps[heap].info.name;
	cells[1] = row->error == 0 ? tool_contiguity_word(row->contiguity) : "no memory";
	cells[2] = pitch;
	for (size_t i = 0; i < columns_len; i++) {
		cells[3 + i] = probing_stage_word(words[i], sizeof(words[i]), row, columns[i]);
	}
	grid_add(grid, cells);
}

static void print_tries(const struct probing *probing)
{
	enum tenon_probe_stage columns[GRID_COLUMNS_MAX];
	const char *heading[GRID_COLUMNS_MAX] = {"heap", "contiguous", "pitch"};
	size_t len = list_stages(probing, columns);
	struct grid grid = {.columns = 3 + len, .right = {[2] = true}};

	for (size_t i = 0; i < len; i++) {
		heading[3 + i] = tenon_probe_stage_get_name(columns[i]);
	}
	grid_add(&grid, heading);
	for (size_t i = 0; i < probing->heaps_len; i++) {
		for (size_t k = 0; k < probing->layouts_len; k++) {
			add_row(&grid, probing, i, k, columns, len);
		}
	}
	grid_print(&grid, 0);
}

static const char *sentence(const struct probing_row *row)
{
	return row->error != 0 ? row->reason : row->result.text;
}

/* Whether the sentence stands above already. */
static bool was_said(const struct probing *probing, size_t heap, size_t layout)
{
	const char *text = sentence(&probing->heaps[heap].rows[layout]);

	for (size_t i = 0; i <= heap; i++) {
		for (size_t k = 0; k < probing->layouts_len && (i < heap || k < layout); k++) {
			if (strcmp(sentence(&probing->heaps[i].rows[k]), text) == 0) {
				return true;
			}
		}
	}
	return false;
}

static void print_sentences(const struct probing *probing)
{
	bool any = false;

	for (size_t i = 0; i < probing->heaps_len; i++) {
		for (size_t k = 0; k < probing->layouts_len; k++) {
			const char *text = sentence(&probing->heaps[i].rows[k]);

			if (text[0] != '\0' && !was_said(probing, i, k)) {
				printf("%s  %s: %s\n", any ? "" : "\n", probing->heaps[i].info.name,
					text);
				any = true;
			}
		}
	}
}

static void print_findings(const struct probing *probing)
{
	struct tenon_probe_finding finding = {.size = sizeof(finding)};
	struct grid grid = {.columns = 5, .right = {[1] = true, [2] = true}};
	size_t tries = tenon_probe_report_get_tries_len(probing->report), i;

	grid_add(&grid, (const char *[]){"limit", "table", "found", "table is", "seen"});
	for (i = 0; tenon_probe_report_get_finding(probing->report, i, &finding) == 0; i++) {
		char believed[24] = "none", found[24] = "none";

		if (finding.believed_known) {
			snprintf(believed, sizeof(believed), "%" PRIu64, finding.believed);
		}
		if (finding.found_known) {
			snprintf(found, sizeof(found), "%" PRIu64, finding.found);
		}
		grid_add(&grid,
			(const char *[]){tenon_property_get_name(finding.property), believed, found,
				probing_verdict_word(finding.verdict), finding.evidence});
	}
	if (i == 0) {
		printf("\nIn %zu buffers that differ in one thing at a time no rule showed.\n",
			tries);
	} else {
		printf("\nFound with %zu buffers that differ in one thing at a time:\n\n", tries);
	}
	grid_print(&grid, 0);
}

void probing_print(const struct probing *probing)
{
	printf("%s: %s, %s\n", probing->node, probing->driver,
		probing->entry != NULL ? "in the device table" : "not in the device table");
	printf("%s %" PRIu32 "x%" PRIu32 "\n\n", tenon_format_get_name(probing->format),
		probing->width, probing->height);
	print_tries(probing);
	print_sentences(probing);
	if (probing->report != NULL) {
		print_findings(probing);
	}
	if (probing->corrected != NULL) {
		printf("\nThe corrected entry, for a file of devices.d (tenon-devices(5)):\n\n%s",
			probing->corrected);
	}
}
