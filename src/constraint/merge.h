/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_MERGE_H
#define TENON_CONSTRAINT_MERGE_H

#include <stddef.h>

#include <tenon/constraint.h>

#include "constraint/fold.h"

/* One piece of memory: what follows points into it, but for the names of heaps and the offers. */
struct tenon_merge {
	struct tenon_participant *participants; /* in order of their offers, each offer once */
	size_t participants_len;
	struct tenon_group *groups;
	size_t groups_len;
	size_t *first; /* of each group: the number of its first candidate */
	size_t candidates_len;
};

/*
 * The candidates as groups of pairs that share limits, for those who would else ask the same of
 * each pair. Borrowed: valid until tenon_merge_destroy(). With no participants there are none, and
 * everything is accepted.
 */
const struct tenon_group *_tenon_merge_get_groups(const struct tenon_merge *merge, size_t *len);

/* Puts each group's preferred heaps in the order that most participants like best; the groups'
 * lists are the merge's own. */
void _tenon_merge_rank_heaps(const struct tenon_merge *merge);

/*
 * The conflict of participants that cannot agree, in the order of struct tenon_merge, as far as it
 * can be told with *work, of which what it took is taken off. Returns 0 and writes *out, or
 * -ENOMEM.
 */
int _tenon_merge_explain(struct tenon_conflict **out, const struct tenon_participant *participants,
	size_t participants_len, size_t *work);

/*
 * tenon_merge_create(), explanation included, within some work, in units of TENON_WORK_MAX: *work
 * is what is left of it afterwards. A merge that takes more is -E2BIG.
 */
int _tenon_merge_create_within(struct tenon_merge **out,
	const struct tenon_participant *participants, size_t participants_len,
	struct tenon_conflict **conflict, size_t *work);

#endif
