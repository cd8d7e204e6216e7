/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_FOLD_H
#define TENON_CONSTRAINT_FOLD_H

/*
 * The working state of a merge: what all devices added so far accept, as a list of groups. merge.c
 * tells how it works.
 */

#include <stdbool.h>
#include <stddef.h>

#include "constraint/arena.h"
#include "constraint/meet.h"
#include "constraint/offer.h"

enum {
	TENON_GROUPS_MAX = 256,
	/* What one merge may take, in units of some 50 ns, so that hostile offers cost less than a
	 * second. */
	TENON_WORK_MAX = 1 << 23,
};

/* Pairs (a set, pairs.h) that share limits. */
struct tenon_group {
	const struct tenon_format_modifier *pairs;
	size_t pairs_len;
	const struct tenon_limits *limits;
};

struct tenon_groups {
	struct tenon_group *group;
	size_t len, room;
};

struct tenon_fold {
	struct tenon_arena arena;
	const struct tenon_keep *keep;
	bool begun; /* false: no device added, everything is accepted */
	struct tenon_groups groups;
	size_t work, work_max; /* done so far, and allowed */
};

/* The buffer, which may be NULL, is used until the fold is finished. */
void _tenon_fold_init(
	struct tenon_fold *fold, const struct tenon_keep *keep, void *buffer, size_t size);
void _tenon_fold_finish(struct tenon_fold *fold);

/* Lets a fold do as much of the work that is left as one may; takes off what it has done. */
void _tenon_fold_grant(struct tenon_fold *fold, size_t work);
void _tenon_fold_charge(const struct tenon_fold *fold, size_t *work);

/*
 * Keeps what the offer accepts in one of the roles. Returns 0, TENON_CONFLICT when nothing is left,
 * -E2BIG or -ENOMEM; the groups stay as they were unless it is 0. Earlier groups are never written
 * to, so that a caller may go back to them by assigning begun and groups.
 */
int _tenon_fold_add(struct tenon_fold *fold, const struct tenon_offer *offer, uint32_t roles);

/* The same for each role of a participant that has to be served. */
int _tenon_fold_add_participant(
	struct tenon_fold *fold, const struct tenon_participant *participant);

/* Moves what is still needed to new memory once most of the old is not; earlier groups are gone
 * then. Returns 0 or -ENOMEM, upon which nothing has changed. */
int _tenon_fold_compact(struct tenon_fold *fold);

/* The roles to add one by one for a participant: those that no other one implies. Returns how many
 * of the masks were written. */
enum { TENON_ROLES_LEN = 7 };
size_t _tenon_participant_roles(
	const struct tenon_participant *participant, uint32_t roles[TENON_ROLES_LEN]);

#endif
