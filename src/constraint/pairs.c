/* SPDX-License-Identifier: MIT */
#include "constraint/pairs.h"

#include <stdlib.h>
#include <string.h>

/* So many are sorted by insertion. */
enum { FEW = 16 };

int _tenon_pair_compare(
	const struct tenon_format_modifier *a, const struct tenon_format_modifier *b)
{
	if (a->modifier != b->modifier) {
		return a->modifier < b->modifier ? -1 : 1;
	}
	return (a->format > b->format) - (a->format < b->format);
}

static int compare(const void *a, const void *b)
{
	return _tenon_pair_compare(a, b);
}

/* Whether a pair says all that another one says. */
static bool covers(
	const struct tenon_format_modifier *pair, const struct tenon_format_modifier *other)
{
	return pair->modifier == other->modifier &&
	       (pair->format == TENON_FORMAT_ANY || pair->format == other->format);
}

/* Short arrays, and those in order already, by insertion; else by qsort(), which costs more to
 * begin. */
static void sort(struct tenon_format_modifier *pairs, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		struct tenon_format_modifier pair = pairs[i];
		size_t at = i;

		if (_tenon_pair_compare(&pairs[i - 1], &pair) <= 0) {
			continue;
		}
		if (len > FEW) {
			qsort(pairs, len, sizeof(*pairs), compare);
			return;
		}
		for (; at > 0 && _tenon_pair_compare(&pairs[at - 1], &pair) > 0; at--) {
			pairs[at] = pairs[at - 1];
		}
		pairs[at] = pair;
	}
}

size_t _tenon_pairs_normalise(struct tenon_format_modifier *pairs, size_t len)
{
	size_t kept = 0;

	sort(pairs, len);
	for (size_t i = 0; i < len; i++) {
		/* TENON_FORMAT_ANY is 0, so it comes first of its modifier */
		if (kept == 0 || !covers(&pairs[kept - 1], &pairs[i])) {
			pairs[kept++] = pairs[i];
		}
	}
	return kept;
}

/* The end of the run of pairs with the modifier of the first. */
static size_t run(const struct tenon_format_modifier *pairs, size_t i, size_t len)
{
	uint64_t modifier = pairs[i].modifier;

	do {
		i++;
	} while (i < len && pairs[i].modifier == modifier);
	return i;
}

bool _tenon_pairs_apart(const struct tenon_format_modifier *a, size_t a_len,
	const struct tenon_format_modifier *b, size_t b_len)
{
	if (a_len == 0 || b_len == 0 || a[a_len - 1].modifier < b[0].modifier ||
		b[b_len - 1].modifier < a[0].modifier) {
		return true;
	}
	return a_len == 1 && b_len == 1 && !covers(a, b) && !covers(b, a);
}

/* Copies the run of a modifier. */
static size_t copy_run(struct tenon_format_modifier *out, const struct tenon_format_modifier *pairs,
	size_t *i, size_t len)
{
	size_t end = run(pairs, *i, len), n = end - *i;

	memcpy(out, &pairs[*i], n * sizeof(*out));
	*i = end;
	return n;
}

size_t _tenon_pairs_intersect(struct tenon_format_modifier *out,
	const struct tenon_format_modifier *a, size_t a_len, const struct tenon_format_modifier *b,
	size_t b_len)
{
	size_t i = 0, j = 0, len = 0;

	while (i < a_len && j < b_len) {
		uint32_t fa = a[i].format, fb = b[j].format;

		if (a[i].modifier != b[j].modifier) {
			bool a_first = a[i].modifier < b[j].modifier;

			i += a_first;
			j += !a_first;
		} else if (fa == fb) {
			out[len++] = a[i++];
			j++;
		} else if (fa != TENON_FORMAT_ANY && fb != TENON_FORMAT_ANY) {
			i += fa < fb;
			j += fa > fb;
		} else if (fa == TENON_FORMAT_ANY) {
			len += copy_run(&out[len], b, &j, b_len);
			i++;
		} else {
			len += copy_run(&out[len], a, &i, a_len);
			j++;
		}
	}
	return len;
}

size_t _tenon_pairs_subtract(struct tenon_format_modifier *out,
	const struct tenon_format_modifier *a, size_t a_len, const struct tenon_format_modifier *b,
	size_t b_len)
{
	size_t j = 0, len = 0;

	for (size_t i = 0; i < a_len; i++) {
		/* A wildcard of b stays at j while its modifier lasts. */
		while (j < b_len && !covers(&b[j], &a[i]) &&
			_tenon_pair_compare(&b[j], &a[i]) < 0) {
			j++;
		}
		if (j == b_len || !covers(&b[j], &a[i])) {
			out[len++] = a[i];
		}
	}
	return len;
}

bool _tenon_pairs_have(const struct tenon_format_modifier *pairs, size_t len,
	const struct tenon_format_modifier *pair)
{
	for (size_t i = 0; i < len; i++) {
		if (covers(&pairs[i], pair)) {
			return true;
		}
	}
	return false;
}

bool _tenon_pairs_have_all(const struct tenon_format_modifier *pairs, size_t len,
	const struct tenon_format_modifier *others, size_t others_len)
{
	size_t j = 0;

	for (size_t i = 0; i < others_len; i++) {
		while (j < len && !covers(&pairs[j], &others[i]) &&
			_tenon_pair_compare(&pairs[j], &others[i]) < 0) {
			j++;
		}
		if (j == len || !covers(&pairs[j], &others[i])) {
			return false;
		}
	}
	return true;
}
