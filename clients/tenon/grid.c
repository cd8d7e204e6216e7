/* SPDX-License-Identifier: MIT */
#include "grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Lines of a file or pipe are at most so long; a last column narrower than this is not wrapped. */
#define WIDTH_OF_FILES 100
#define NARROWEST 24

void grid_add(struct grid *grid, const char *const cells[])
{
	char **grown = realloc(grid->cells, (grid->cells_len + grid->columns) * sizeof(*grown));

	if (grown == NULL) {
		grid->failed = true;
		return;
	}
	grid->cells = grown;
	for (size_t i = 0; i < grid->columns; i++) {
		char *cell = strdup(cells[i] != NULL ? cells[i] : "");

		grid->failed = grid->failed || cell == NULL;
		grid->cells[grid->cells_len++] = cell;
	}
}

/* How many columns of the terminal a cell takes, bytes that only continue a character aside. */
static int cell_width(const char *cell)
{
	int width = 0;

	for (; *cell != '\0'; cell++) {
		width += (*cell & 0xc0) != 0x80;
	}
	return width;
}

/* The width of a column, 0 when nothing is below its heading. */
static int column_width(const struct grid *grid, size_t column)
{
	bool used = false;
	int widest = 0;

	for (size_t i = column; i < grid->cells_len; i += grid->columns) {
		int width = cell_width(grid->cells[i]);

		used = used || (width > 0 && (grid->no_heading || i >= grid->columns));
		widest = width > widest ? width : widest;
	}
	return used ? widest : 0;
}

/* How wide lines may become: as the terminal is, or what suits a file. */
static int line_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
		return size.ws_col;
	}
	return WIDTH_OF_FILES;
}

/* How many bytes of a cell go on a line of so many columns: up to the last blank that fits. */
static size_t line_bytes(const char *cell, int columns)
{
	size_t last = 0, i;
	int width = 0;

	for (i = 0; cell[i] != '\0'; i++) {
		if (cell[i] == ' ' && width > 0) {
			last = i;
		}
		width += (cell[i] & 0xc0) != 0x80;
		if (width > columns && last > 0) {
			return last;
		}
	}
	return i;
}

static void print_bytes(const char *cell, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		putchar((unsigned char)cell[i] < ' ' || cell[i] == 0x7f ? '?' : cell[i]);
	}
}

/* Prints a cell that begins in this column; unless room is 0, long ones in several lines. */
static void print_cell(const char *cell, int column, int room)
{
	size_t len = room > 0 ? line_bytes(cell, room) : strlen(cell);

	print_bytes(cell, len);
	for (cell += len; *cell != '\0'; cell += len) {
		cell += strspn(cell, " ");
		len = line_bytes(cell, room);
		printf("\n%*s", column, "");
		print_bytes(cell, len);
	}
}

/* The room for the last column when it begins in this one: 0 when wrapping would not help. */
static int last_room(const struct grid *grid, size_t i, int column)
{
	int room = line_width() - column;

	return i == grid->columns - 1 && room >= NARROWEST ? room : 0;
}

static void print_row(const struct grid *grid, char *const *row, const int *widths, int indent)
{
	/* Blanks that are owed, so that no line ends in blanks. */
	int owed = indent, column = 0;

	for (size_t i = 0; i < grid->columns; i++) {
		int pad = widths[i] - cell_width(row[i]);

		if (widths[i] == 0) {
			continue;
		}
		owed += grid->right[i] ? pad : 0;
		if (row[i][0] != '\0') {
			printf("%*s", owed, "");
			column += owed;
			print_cell(row[i], column, last_room(grid, i, column));
			column += cell_width(row[i]);
			owed = 0;
		}
		owed += 2 + (grid->right[i] ? 0 : pad);
	}
	putchar('\n');
}

bool grid_print(struct grid *grid, int indent)
{
	int widths[GRID_COLUMNS_MAX];
	bool failed = grid->failed;

	if (!failed && (grid->no_heading || grid->cells_len > grid->columns)) {
		for (size_t i = 0; i < grid->columns; i++) {
			widths[i] = column_width(grid, i);
		}
		for (size_t i = 0; i < grid->cells_len; i += grid->columns) {
			print_row(grid, &grid->cells[i], widths, indent);
		}
	}
	for (size_t i = 0; i < grid->cells_len; i++) {
		free(grid->cells[i]);
	}
	free(grid->cells);
	*grid = (struct grid){0};
	return !failed;
}
