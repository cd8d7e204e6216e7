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
 * The conflict of participants that cannot agree, in the order of struct tenon_merge. Returns 0 and
 * writes *out, or -ENOMEM.
 */
int _tenon_merge_explain(struct tenon_conflict **out, const struct tenon_participant *participants,
	size_t participants_len);

#endif
