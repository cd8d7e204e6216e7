/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_NAMES_H
#define TENON_CONSTRAINT_NAMES_H

/*
 * Lists of heap names. Those of limits that a user made own their names; those within a merge are
 * made by _tenon_names_intersect() and _tenon_names_blend() and borrow them from the offers.
 */

#include "constraint/limits.h"

/* Add to a set kept in byte order, or to the end of a list, unless it is there already. Returns 0,
 * -EINVAL, -ENOSPC or -ENOMEM as tenon_limits_allow_heap(). */
int _tenon_names_insert(struct tenon_names *names, const char *name);
int _tenon_names_append(struct tenon_names *names, const char *name);

/* Copies the names, too. *out must be empty and is so on failure. Returns 0 or -ENOMEM. */
int _tenon_names_copy(struct tenon_names *out, const struct tenon_names *names);

/* Frees what a list owns, and empties it. */
void _tenon_names_finish(struct tenon_names *names);

/* Position of a name, or SIZE_MAX. */
size_t _tenon_names_find(const struct tenon_names *names, const char *name);

/* Whether every name of a set is in b; both in byte order; a list that is not set has every name.
 */
bool _tenon_names_is_subset(const struct tenon_names *a, const struct tenon_names *b);

/* The intersection of two sets in byte order; out->name has room for the shorter, and a NULL. */
void _tenon_names_intersect(
	struct tenon_names *out, const struct tenon_names *a, const struct tenon_names *b);

/* One list of preferences out of two: what both name comes first, then the better ranks, then a's;
 * at most TENON_HEAPS_MAX, the best. out->name has room for as many, or all names of both, and a
 * NULL. */
void _tenon_names_blend(
	struct tenon_names *out, const struct tenon_names *a, const struct tenon_names *b);

#endif
