/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_PAIRS_H
#define TENON_CONSTRAINT_PAIRS_H

/*
 * Sets of format-modifier pairs: arrays in the order of modifier, then format, each pair once;
 * where TENON_FORMAT_ANY is there for a modifier, no other format is.
 */

#include <stdbool.h>
#include <stddef.h>

#include <tenon/constraint.h>

/* Order of two pairs: negative, 0, positive. */
int _tenon_pair_compare(
	const struct tenon_format_modifier *a, const struct tenon_format_modifier *b);

/* Makes a set of an array. Returns how many pairs it has. */
size_t _tenon_pairs_normalise(struct tenon_format_modifier *pairs, size_t len);

/* What is in both. out has room for a_len + b_len. Returns how many pairs it has. */
size_t _tenon_pairs_intersect(struct tenon_format_modifier *out,
	const struct tenon_format_modifier *a, size_t a_len, const struct tenon_format_modifier *b,
	size_t b_len);

/* Whether the intersection would be empty for certain; cheap. */
bool _tenon_pairs_apart(const struct tenon_format_modifier *a, size_t a_len,
	const struct tenon_format_modifier *b, size_t b_len);

/* The pairs of a that b has not. out has room for a_len and may be a. Returns how many. */
size_t _tenon_pairs_subtract(struct tenon_format_modifier *out,
	const struct tenon_format_modifier *a, size_t a_len, const struct tenon_format_modifier *b,
	size_t b_len);

/* Whether a set has the pair, be it through TENON_FORMAT_ANY. */
bool _tenon_pairs_have(const struct tenon_format_modifier *pairs, size_t len,
	const struct tenon_format_modifier *pair);

/* Whether a set has all pairs of another. */
bool _tenon_pairs_have_all(const struct tenon_format_modifier *pairs, size_t len,
	const struct tenon_format_modifier *others, size_t others_len);

#endif
