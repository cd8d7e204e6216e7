/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_CONFLICT_H
#define TENON_CONSTRAINT_CONFLICT_H

/*
 * Making conflicts: the object, and the search for the smallest set that cannot agree. Both are for
 * merging as for planning, which knows more reasons why devices cannot agree.
 */

#include <stdbool.h>
#include <stddef.h>

#include <tenon/constraint.h>

/* One device of a conflict. */
struct tenon_conflict_entry {
	const char *device;
	const char *value;  /* what it needs, to follow the property's noun: "exactly 5464" */
	const char *source; /* where the value was found, or NULL */
};

/*
 * Make a conflict of entries (copied), in whose order it lists them; callers pass them in byte
 * order of the devices. hint may be NULL. The sentence is made from them:
 * "amdgpu needs pitch multiple of 256; mxsfb-drm needs pitch exactly 5464; for ... would do".
 *
 * Returns 0 and writes *out: the caller releases it with tenon_conflict_destroy(). -EINVAL when
 * there are no entries or no such property; -ENOMEM.
 */
int _tenon_conflict_create(struct tenon_conflict **out, enum tenon_property property,
	const struct tenon_conflict_entry *entries, size_t entries_len, const char *hint);

/* Says that a smaller set may exist, in the text, too. Returns 0 or -ENOMEM: nothing has changed.
 */
int _tenon_conflict_doubt(struct tenon_conflict *conflict);

/*
 * Whether some devices can agree: members are indices, each at most once, in no particular order.
 * Returns 0 when they can, TENON_CONFLICT when not, or a negative errno, which ends the search.
 * Must be monotone: what cannot agree does not agree in larger company either.
 */
typedef int (*_tenon_agree_fn)(void *data, const size_t *members, size_t members_len);

/*
 * The smallest set of n devices that cannot agree; of several, always the same. The names must
 * differ: then the outcome does not depend on the order the devices come in.
 *
 * members has room for n. Returns 0 and writes *members_len indices in byte order of their names
 * (and false to *exact, if exact is not NULL, when the search was given up at its bound: then no
 * member can be left out, but a smaller set may exist elsewhere); TENON_CONFLICT when the devices
 * all agree; -ENOMEM, or what agree() returned.
 *
 * The search is exact while the sets that agree are few: see unsat.c. If work is not NULL, it takes
 * no more than *work, in units of TENON_WORK_MAX, and what it took is taken off; what agree() takes
 * is agree()'s to count.
 */
int _tenon_smallest_unsat(const char *const *names, size_t n, _tenon_agree_fn agree, void *data,
	size_t *work, size_t *members, size_t *members_len, bool *exact);

#endif
