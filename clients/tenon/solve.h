/* SPDX-License-Identifier: MIT */
#ifndef TENON_TOOL_SOLVE_H
#define TENON_TOOL_SOLVE_H

/*
 * What "tenon solve" was asked, and how its answers are shown.
 */

#include <stdbool.h>
#include <stddef.h>

#include <tenon/plan.h>

struct question {
	struct tenon_participant *participants;
	size_t participants_len;
	uint32_t *formats;
	size_t formats_len;
	uint32_t width, height;
	struct tenon_heap_info *heaps;
	size_t heaps_len;
	bool explain;
};

void solve_print_plan(const struct question *question, const struct tenon_plan *plan);
void solve_print_conflict(
	const struct question *question, const struct tenon_conflict *conflict, bool may_split);
void solve_print_split(const struct question *question, const struct tenon_split *split,
	const struct tenon_conflict *conflict);

void solve_json_plan(const struct question *question, const struct tenon_plan *plan);
void solve_json_conflict(const struct question *question, const struct tenon_conflict *conflict);
void solve_json_split(const struct question *question, const struct tenon_split *split,
	const struct tenon_conflict *conflict);

/* Writes a format's name, or its code. */
void solve_print_format(char *out, size_t size, uint32_t fourcc);

/* Writes a modifier as texts spell it: "LINEAR", "0x100000000000001". */
void solve_print_modifier(char *out, size_t size, uint64_t modifier);

/* Bytes of all memory objects of a layout. */
uint64_t solve_layout_bytes(const struct tenon_layout *layout);

#endif
