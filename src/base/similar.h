/* SPDX-License-Identifier: MIT */
#ifndef TENON_BASE_SIMILAR_H
#define TENON_BASE_SIMILAR_H

/*
 * For "did you mean": how far two words are apart.
 */

#include <stddef.h>

/* Words longer than this resemble nothing. */
#define SIMILAR_MAX 64

/* As a distance: not alike at all. */
#define SIMILAR_NOT ((size_t)-1)

/* How far the word typed is from the word meant: letters wrong, missing, too many, or swapped with
 * their neighbour, letter case aside; SIMILAR_NOT when they are not alike. A part of the word meant
 * counts as alike, but less than any misspelling. */
size_t similar_distance(const char *typed, const char *meant);

#endif
