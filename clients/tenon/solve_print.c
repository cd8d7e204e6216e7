/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <drm_fourcc.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <tenon/format.h>

#include "grid.h"
#include "solve.h"
#include "tool.h"

/* Up to here the lines of a plan have their heading. */
#define LABEL_WIDTH 12

void solve_print_format(char *out, size_t size, uint32_t fourcc)
{
	const struct tenon_format *format = tenon_format_get(fourcc);

	if (format != NULL) {
		snprintf(out, size, "%s", tenon_format_get_name(format));
	} else {
		snprintf(out, size, "0x%08" PRIx32, fourcc);
	}
}

void solve_print_modifier(char *out, size_t size, uint64_t modifier)
{
	if (modifier == DRM_FORMAT_MOD_LINEAR) {
		snprintf(out, size, "LINEAR");
	} else {
		snprintf(out, size, "0x%" PRIx64, modifier);
	}
}

uint64_t solve_layout_bytes(const struct tenon_layout *layout)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < tenon_layout_get_objects_len(layout); i++) {
		bytes += tenon_layout_get_object_size(layout, i);
	}
	return bytes;
}

/* "mxsfb-drm (scanout) and vc4", of those who are in the set: of[i] == which, or all. */
static void print_participants(
	const struct question *question, const struct tenon_split *split, size_t which)
{
	size_t left = 0, printed = 0;
	char roles[80];

	for (size_t i = 0; i < question->participants_len; i++) {
		left += split == NULL || tenon_split_get_buffer_of(split, i) == which;
	}
	for (size_t i = 0; i < question->participants_len; i++) {
		const struct tenon_participant *participant = &question->participants[i];

		if (split != NULL && tenon_split_get_buffer_of(split, i) != which) {
			continue;
		}
		left--;
		fputs(printed++ == 0 ? "" : left == 0 ? " and " : ", ", stdout);
		fputs(tenon_offer_get_device(participant->offer), stdout);
		if (participant->roles != 0) {
			tool_print_roles(roles, sizeof(roles), participant->roles, "+");
			printf(" (%s)", roles);
		}
	}
}

static void print_label(const char *label)
{
	printf("  %-*s", LABEL_WIDTH, label);
}

/* Why each heap of this machine is not the one. */
static void print_missing_heap(const struct tenon_plan *plan)
{
	struct grid grid = {.columns = 2, .no_heading = true};
	struct tenon_ruled_out out;
	char why[512];

	puts("none: this machine has no memory that fits");
	for (size_t i = 0; tenon_plan_get_ruled_out(plan, i, &out) == 0; i++) {
		if (strncmp(out.what, "heap ", 5) != 0) {
			continue;
		}
		snprintf(why, sizeof(why), "%s%s%s%s", out.why, out.device != NULL ? " (" : "",
			out.device != NULL ? out.device : "", out.device != NULL ? ")" : "");
		grid_add(&grid, (const char *[]){out.what + 5, why});
	}
	grid_print(&grid, 2 + LABEL_WIDTH);
}

static void print_memory(const struct tenon_plan *plan)
{
	uint64_t bytes = solve_layout_bytes(tenon_plan_get_layout(plan));
	const char *heap = tenon_plan_get_heap(plan, 0), *next;
	char human[32];

	tool_print_bytes(human, sizeof(human), bytes);
	print_label("size");
	printf("%" PRIu64 " bytes (%s)\n", bytes, human);
	print_label("heap");
	if (heap == NULL) {
		print_missing_heap(plan);
		return;
	}
	fputs(heap, stdout);
	for (size_t i = 1; (next = tenon_plan_get_heap(plan, i)) != NULL; i++) {
		printf("%s%s", i == 1 ? "; when it is out of memory: " : ", ", next);
	}
	putchar('\n');
}

/* Whether the buffer has to be contiguous, and how sure it will be. */
static void print_contiguity(const struct tenon_plan *plan)
{
	bool has_heap = tenon_plan_get_heap(plan, 0) != NULL;

	print_label("contiguous");
	if (!tenon_plan_needs_contiguous(plan)) {
		puts("not needed");
		return;
	}
	switch (has_heap ? tenon_plan_get_contiguity(plan) : TENON_CONTIGUITY_UNKNOWN) {
	case TENON_CONTIGUITY_ASSURED:
		puts("needed; assured: the heap gives nothing else");
		break;
	case TENON_CONTIGUITY_PROVABLE:
	case TENON_CONTIGUITY_PROVEN:
		puts("needed; provable: each allocation is proven or refused");
		break;
	default:
		puts(has_heap ? "needed; unknown whether the heap's memory is" : "needed");
		break;
	}
}

static void print_planes(const struct tenon_layout *layout)
{
	static const char *const heading[] = {"plane", "object", "offset", "pitch", "rows", "size"};
	struct grid grid = {.columns = 6, .right = {true, true, true, true, true, true}};
	bool objects = tenon_layout_get_objects_len(layout) > 1;
	struct tenon_plane_layout plane;

	grid_add(&grid, heading);
	for (size_t i = 0; tenon_layout_get_plane(layout, i, &plane) == 0; i++) {
		char cells[6][24];

		snprintf(cells[0], sizeof(cells[0]), "%zu", i);
		snprintf(cells[1], sizeof(cells[1]), "%" PRIu32, plane.object);
		snprintf(cells[2], sizeof(cells[2]), "%" PRIu64, plane.offset);
		snprintf(cells[3], sizeof(cells[3]), "%" PRIu32, plane.pitch);
		snprintf(cells[4], sizeof(cells[4]), "%" PRIu32, plane.height);
		snprintf(cells[5], sizeof(cells[5]), "%" PRIu64, plane.size);
		grid_add(&grid, (const char *[]){cells[0], objects ? cells[1] : NULL, cells[2],
					cells[3], cells[4], cells[5]});
	}
	grid_print(&grid, 2);
}

/* The plan itself, without a heading. */
static void print_plan(const struct question *question, const struct tenon_plan *plan)
{
	const struct tenon_layout *layout = tenon_plan_get_layout(plan);
	char modifier[32];

	solve_print_modifier(modifier, sizeof(modifier), tenon_layout_get_modifier(layout));
	print_label("format");
	printf("%s, %s\n", tenon_format_get_name(tenon_layout_get_format(layout)), modifier);
	print_memory(plan);
	print_contiguity(plan);
	putchar('\n');
	print_planes(layout);
	if (question->explain) {
		printf("\n%s", tenon_plan_get_text(plan));
	}
}

void solve_print_plan(const struct question *question, const struct tenon_plan *plan)
{
	printf("A buffer of %ux%u pixels for ", question->width, question->height);
	print_participants(question, NULL, 0);
	puts(":\n");
	print_plan(question, plan);
}

/* What a limit is about, in words. */
static const char *property_noun(enum tenon_property property)
{
	static const struct {
		const char *begins, *noun;
	} nouns[] = {
		{"pitch-linked", "the pitch of chroma planes"},
		{"pitch", "the pitch"},
		{"width", "the width"},
		{"height", "the height"},
		{"format", "the format"},
		{"modifier", "the modifier"},
		{"offset", "where planes begin"},
		{"base", "the memory's address"},
		{"address", "the memory's address"},
		{"size", "the size"},
		{"plane-tail", "the size"},
		{"segment", "the pieces the memory may lie in"},
		{"cache", "the processor's caches"},
		{"objects", "the number of memory objects"},
		{"own-fd", "file descriptors"},
		{"protected", "protected memory"},
		{"heap", "the heap"},
	};
	const char *name = tenon_property_get_name(property);

	for (size_t i = 0; name != NULL && i < sizeof(nouns) / sizeof(nouns[0]); i++) {
		if (strncmp(name, nouns[i].begins, strlen(nouns[i].begins)) == 0) {
			return nouns[i].noun;
		}
	}
	return name != NULL ? name : "the buffer";
}

/* The hint as a sentence. */
static void print_hint(const char *hint)
{
	if (hint != NULL && hint[0] != '\0') {
		printf("\n%c%s.\n", toupper((unsigned char)hint[0]), hint + 1);
	}
}

/* Each device of a conflict and what it needs, and below where that was found. */
static void print_conflict_devices(const struct tenon_conflict *conflict)
{
	struct grid needs = {.columns = 2}, sources = {.columns = 2};
	const char *device, *value, *source;

	grid_add(&needs, (const char *[]){"device", "needs"});
	grid_add(&sources, (const char *[]){"device", "found in"});
	for (size_t i = 0; tenon_conflict_get_device(conflict, i, &device, &value, &source) == 0;
		i++) {
		grid_add(&needs, (const char *[]){device, value});
		if (source != NULL) {
			grid_add(&sources, (const char *[]){device, source});
		}
	}
	grid_print(&needs, 2);
	print_hint(tenon_conflict_get_hint(conflict));
	if (sources.cells_len > sources.columns) {
		putchar('\n');
	}
	grid_print(&sources, 2);
}

static void print_conflict(
	const struct question *question, const struct tenon_conflict *conflict, const char *none)
{
	size_t len = tenon_conflict_get_devices_len(conflict);
	const char *noun = property_noun(tenon_conflict_get_property(conflict));
	const char *device = "it";

	printf("%s of %ux%u pixels fits ", none, question->width, question->height);
	print_participants(question, NULL, 0);
	if (len == 1) {
		tenon_conflict_get_device(conflict, 0, &device, NULL, NULL);
		printf(": %s cannot do with it, because of %s.\n\n", device, noun);
	} else {
		printf(": %s disagree about %s.\n\n",
			len == question->participants_len ? "they" : "some of them", noun);
	}
	print_conflict_devices(conflict);
	if (!tenon_conflict_is_smallest(conflict)) {
		puts("\nThere may be fewer devices that cannot agree: the search was ended.");
	}
}

void solve_print_conflict(
	const struct question *question, const struct tenon_conflict *conflict, bool may_split)
{
	print_conflict(question, conflict, "No buffer");
	if (may_split) {
		puts("\nWith --split: which of them can share a buffer, and what has to be "
		     "copied.");
	}
}

void solve_print_split(const struct question *question, const struct tenon_split *split,
	const struct tenon_conflict *conflict)
{
	size_t len = tenon_split_get_buffers_len(split);
	uint64_t copied = tenon_split_get_copied_bytes(split);
	char human[32];

	if (len == 1) {
		solve_print_plan(question, tenon_split_get_plan(split, 0));
		return;
	}
	print_conflict(question, conflict, "No single buffer");
	tool_print_bytes(human, sizeof(human), copied);
	printf("\n%zu buffers do. For each picture %" PRIu64 " bytes (%s) are copied from buffer "
	       "%zu.\n",
		len, copied, human, tenon_split_get_buffer_of(split, 0) + 1);
	for (size_t i = 0; i < len; i++) {
		printf("\nBuffer %zu, for ", i + 1);
		print_participants(question, split, i);
		puts(":\n");
		print_plan(question, tenon_split_get_plan(split, i));
	}
}
