/* SPDX-License-Identifier: MIT */
#ifndef TENON_TOOL_GRID_H
#define TENON_TOOL_GRID_H

/*
 * A table on the terminal: columns as wide as their widest cell, two blanks between them. What is
 * too long for the last column goes on in the next line.
 */

#include <stdbool.h>
#include <stddef.h>

#define GRID_COLUMNS_MAX 8

struct grid {
	size_t columns;
	bool right[GRID_COLUMNS_MAX]; /* numbers: aligned to the right */
	bool no_heading;              /* the first row is as the others */
	char **cells;
	size_t cells_len;
	bool failed; /* out of memory */
};

/* Adds a row of grid->columns strings; NULL is an empty one. */
void grid_add(struct grid *grid, const char *const cells[]);

/* Prints the rows, each behind indent blanks, and releases them. The first row is the heading: a
 * column that is empty below it is left out, and so is a heading with nothing below it. Control
 * characters are shown as '?'. Returns false when memory ran out. */
bool grid_print(struct grid *grid, int indent);

#endif
