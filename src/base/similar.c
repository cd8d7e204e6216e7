/* SPDX-License-Identifier: MIT */
#include "base/similar.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment, in three rows. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][SIMILAR_MAX + 1], a_len = strlen(a), b_len = strlen(b);
	size_t *before = rows[0], *above = rows[1], *row = rows[2], *spare;

	for (size_t j = 0; j <= b_len; j++) {
		above[j] = j;
	}
	for (size_t i = 1; i <= a_len; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			bool same = strncasecmp(&a[i - 1], &b[j - 1], 1) == 0;

			row[j] = least(above[j - 1] + !same, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && strncasecmp(&a[i - 1], &b[j - 2], 1) == 0 &&
				strncasecmp(&a[i - 2], &b[j - 1], 1) == 0) {
				row[j] = least(row[j], before[j - 2] + 1);
			}
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[b_len];
}

size_t similar_distance(const char *typed, const char *meant)
{
	size_t typed_len = strlen(typed), meant_len = strlen(meant), distance;

	if (typed_len == 0 || typed_len > SIMILAR_MAX || meant_len > SIMILAR_MAX) {
		return SIMILAR_NOT;
	}
	distance = edit_distance(typed, meant);
	if (distance <= least(typed_len, meant_len) / 3) {
		return distance;
	}
	if (typed_len >= 3 && strcasestr(meant, typed) != NULL) {
		return SIMILAR_MAX + meant_len - typed_len;
	}
	return SIMILAR_NOT;
}
