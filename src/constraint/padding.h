/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_PADDING_H
#define TENON_CONSTRAINT_PADDING_H

/*
 * What rows or columns are padded to. A device that pads to multiples of 3 and one that pads to
 * multiples of 4 need room for the greater of both, which is less than a multiple of 12 takes. So
 * what several devices ask for is a set of alignments, of which none divides another. A set is kept
 * in one number: up to four of 16 bits, the greatest lowest, so that a single alignment is itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/constraint.h>

/* Reads a set, the greatest first; returns how many there are. */
size_t _tenon_padding_get(uint64_t set, uint32_t out[TENON_PADDINGS_MAX]);

/* Both sets in one; false when they have too many alignments. */
bool _tenon_padding_meet(uint64_t a, uint64_t b, uint64_t *out);

/* Whether what has room for a's has room for b's. */
bool _tenon_padding_within(uint64_t a, uint64_t b);

/* A single alignment that serves for all of the set; it may ask for more than they do. */
uint64_t _tenon_padding_lcm(uint64_t set);

/* Rows or columns that so many take; at most 2^32 - 1 + 2^16. */
uint64_t _tenon_padding_up(uint64_t set, uint32_t value);

#endif
