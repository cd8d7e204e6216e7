/* SPDX-License-Identifier: MIT */
/*
 * From "nothing is left" to a conflict a person can act on.
 *
 * Who: the smallest set of devices that cannot agree (unsat.c). A set is tried by folding its
 * offers (fold.c); sets are mostly tried in a row that begins alike, so the fold is kept, and taken
 * back only to where the next set differs. Devices that offer the same are tried as one.
 *
 * What: properties are left out one after the other, those that cannot be done without stay. Of
 * them the first in the vocabulary names the conflict; format and modifier only if it takes nothing
 * else.
 *
 * Which values: of each device what it says of those properties, in the alternatives for pairs that
 * all have.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/conflict.h"
#include "constraint/explain.h"
#include "constraint/merge.h"
#include "constraint/pairs.h"

enum {
	TRIAL_ARENA_MAX = 64 << 20, /* bytes after which the kept fold begins anew */
	/* What an explanation may take, as TENON_WORK_MAX; beyond it, what is not known to conflict
	 * is taken to agree: devices and properties stay that could have been left out. */
	EXPLAIN_WORK_MAX = 4 * TENON_WORK_MAX,
	WORK_OF_MEMBERS = 16, /* that many count one */
};

/* A kept fold: after `len` members it was at before[len]. */
struct trial {
	size_t *work; /* left */
	bool gave_up; /* a set was taken to agree that may not */
	const struct tenon_party *parties;
	const struct tenon_keep *keep;
	struct tenon_fold fold;
	size_t *members;
	struct state {
		bool begun;
		struct tenon_groups groups;
	} * before;
	size_t len;
};

static int trial_init(struct trial *trial, const struct tenon_party *parties, size_t parties_len,
	const struct tenon_keep *keep, size_t *work)
{
	*trial = (struct trial){.parties = parties, .keep = keep, .work = work};
	_tenon_fold_init(&trial->fold, keep, NULL, 0);
	trial->members = calloc(parties_len, sizeof(*trial->members));
	trial->before = calloc(parties_len + 1, sizeof(*trial->before));
	if (trial->members == NULL || trial->before == NULL) {
		free(trial->members);
		free(trial->before);
		return -ENOMEM;
	}
	return 0;
}

static void trial_finish(struct trial *trial)
{
	_tenon_fold_finish(&trial->fold);
	free(trial->members);
	free(trial->before);
}

static void trial_go_back(struct trial *trial, size_t len)
{
	if (trial->fold.arena.taken > TRIAL_ARENA_MAX) {
		_tenon_fold_finish(&trial->fold);
		_tenon_fold_init(&trial->fold, trial->keep, NULL, 0);
		len = 0;
	}
	trial->len = len;
	trial->fold.begun = trial->before[len].begun;
	trial->fold.groups = trial->before[len].groups;
}

static int trial_add(struct trial *trial, size_t member)
{
	const struct tenon_party *party = &trial->parties[member];
	int rc = 0;

	for (size_t i = 0; i < party->len && rc == 0; i++) {
		rc = _tenon_fold_add_participant(&trial->fold, &party->participants[i]);
	}
	if (rc != 0) {
		trial_go_back(trial, trial->len);
		return rc;
	}
	trial->members[trial->len++] = member;
	trial->before[trial->len] = (struct state){
		.begun = trial->fold.begun,
		.groups = trial->fold.groups,
	};
	return 0;
}

/* A _tenon_agree_fn. */
static int agree(void *data, const size_t *members, size_t len)
{
	struct trial *trial = data;
	size_t same = 0;
	int rc = 0;

	while (same < len && same < trial->len && trial->members[same] == members[same]) {
		same++;
	}
	if (*trial->work == 0) {
		trial->gave_up = true;
		return 0;
	}
	trial_go_back(trial, same);
	_tenon_fold_grant(&trial->fold, *trial->work);
	trial->fold.work = 1 + same / WORK_OF_MEMBERS;
	for (size_t i = trial->len; i < len && rc == 0; i++) {
		rc = trial_add(trial, members[i]);
	}
	_tenon_fold_charge(&trial->fold, trial->work);
	/* Too many alternatives to tell: as if they agreed. The set found cannot agree for certain,
	 * it may only be larger than need be. */
	if (rc == -E2BIG) {
		trial->gave_up = true;
		return 0;
	}
	return rc;
}

/* Whether parties agree when only some of the vocabulary counts. */
static int agree_keeping(
	const struct tenon_party *parties, size_t len, const struct tenon_keep *keep, size_t *work)
{
	struct tenon_fold fold;
	int rc = 0;

	if (*work == 0) {
		return 0;
	}
	_tenon_fold_init(&fold, keep, NULL, 0);
	_tenon_fold_grant(&fold, *work);
	for (size_t i = 0; i < len && rc == 0; i++) {
		for (size_t j = 0; j < parties[i].len && rc == 0; j++) {
			rc = _tenon_fold_add_participant(&fold, &parties[i].participants[j]);
		}
	}
	_tenon_fold_charge(&fold, work);
	_tenon_fold_finish(&fold);
	return rc == -E2BIG ? 0 : rc;
}

static int order_content(const void *a, const void *b)
{
	const struct tenon_party *pa = *(struct tenon_party *const *)a;
	const struct tenon_party *pb = *(struct tenon_party *const *)b;
	int order = (pa->len > pb->len) - (pa->len < pb->len);

	for (size_t i = 0; i < pa->len && order == 0; i++) {
		const struct tenon_participant *a1 = &pa->participants[i];
		const struct tenon_participant *b1 = &pb->participants[i];

		order = _tenon_offer_order_content(a1->offer, b1->offer);
		if (order == 0) {
			order = (a1->roles > b1->roles) - (a1->roles < b1->roles);
		}
	}
	return order;
}

/* The same, and of those that are the same the first device first. */
static int order_then_place(const void *a, const void *b)
{
	const struct tenon_party *pa = *(struct tenon_party *const *)a;
	const struct tenon_party *pb = *(struct tenon_party *const *)b;
	int order = order_content(a, b);

	return order != 0 ? order : (pa > pb) - (pa < pb);
}

/* Of devices that say the same, only the first stays. Returns how many do, or -ENOMEM. */
static int unite_parties(struct tenon_party *parties, size_t *len)
{
	struct tenon_party **sorted = calloc(*len, sizeof(*sorted));
	size_t kept = 0;

	if (sorted == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < *len; i++) {
		sorted[i] = &parties[i];
	}
	qsort(sorted, *len, sizeof(*sorted), order_then_place);
	for (size_t i = 0; i < *len; i++) {
		parties[i].is_double = false;
	}
	for (size_t i = 1; i < *len; i++) {
		sorted[i]->is_double = order_content(&sorted[i - 1], &sorted[i]) == 0;
	}
	free(sorted);
	for (size_t i = 0; i < *len; i++) {
		if (!parties[i].is_double) {
			parties[kept++] = parties[i];
		}
	}
	*len = kept;
	return 0;
}

/* Participants of one name, which are neighbours, are one party. */
static size_t form_parties(struct tenon_party *parties,
	const struct tenon_participant *participants, size_t participants_len)
{
	size_t len = 0;

	for (size_t i = 0; i < participants_len; i++) {
		const char *device = participants[i].offer->device;

		if (len != 0 && strcmp(parties[len - 1].device, device) == 0) {
			parties[len - 1].len++;
		} else {
			parties[len++] = (struct tenon_party){
				.device = device,
				.participants = &participants[i],
				.len = 1,
			};
		}
	}
	return len;
}

/* Reduces parties to the smallest set of them that cannot agree; *exact: it is for certain. */
static int find_smallest(struct tenon_party *parties, size_t *len, size_t *work, bool *exact)
{
	struct trial trial;
	const char **names = calloc(*len, sizeof(*names));
	size_t *members = calloc(*len, sizeof(*members));
	size_t members_len = 0;
	int rc = -ENOMEM;

	if (names == NULL || members == NULL ||
		trial_init(&trial, parties, *len, &_tenon_keep_all, work) < 0) {
		goto out;
	}
	for (size_t i = 0; i < *len; i++) {
		names[i] = parties[i].device;
	}
	rc = _tenon_smallest_unsat(names, *len, agree, &trial, work, members, &members_len, exact);
	*exact &= !trial.gave_up;
	if (rc == TENON_CONFLICT) {
		rc = 0; /* too many alternatives to try even all: they all stay */
	} else if (rc == 0) {
		/* members come in the order of the parties, so none is overwritten too early */
		for (size_t i = 0; i < members_len; i++) {
			parties[i] = parties[members[i]];
		}
		*len = members_len;
	}
	trial_finish(&trial);
out:
	free(names);
	free(members);
	return rc;
}

/* Leaves one property out; a multiple goes with its remainder. */
static bool leave_out(struct tenon_keep *keep, const struct tenon_property_info *info)
{
	switch (info->kind) {
	case TENON_KIND_REMAINDER:
		return false;
	case TENON_KIND_PAIRS:
		keep->formats &= info->property != TENON_PROP_FORMAT;
		keep->modifiers &= info->property != TENON_PROP_MODIFIER;
		return true;
	case TENON_KIND_NAMES:
		keep->heaps = false;
		return info->property == TENON_PROP_HEAP;
	case TENON_KIND_MULTIPLE:
		keep->slots &= (uint16_t) ~(3u << info->slot);
		return true;
	default:
		if (info->per_plane) {
			keep->slots &= (uint16_t) ~(1u << info->slot);
		} else {
			keep->scalars &= ~(UINT32_C(1) << info->slot);
		}
		return true;
	}
}

/* Keeps only what it takes for these parties not to agree. */
static int find_properties(
	const struct tenon_party *parties, size_t len, struct tenon_reason *reason, size_t *work)
{
	struct tenon_keep keep = _tenon_keep_all;
	size_t row = 0;

	while (_tenon_property_list(row) != NULL) {
		row++;
	}
	while (row-- != 0) {
		const struct tenon_property_info *info = _tenon_property_list(row);
		struct tenon_keep less = keep;
		int rc;

		if (!leave_out(&less, info)) {
			continue;
		}
		rc = agree_keeping(parties, len, &less, work);
		if (rc < 0) {
			return rc;
		}
		if (rc == TENON_CONFLICT) {
			keep = less;
		} else {
			reason->properties[reason->properties_len++] = info->property;
		}
	}
	reason->keep = keep;
	return 0;
}

/* What a reason is called. Its properties come from the last to the first. */
static enum tenon_property name_reason(const struct tenon_reason *reason)
{
	/* A device that offers nothing in its role has no property in the way. */
	enum tenon_property property =
		reason->properties_len != 0 ? reason->properties[0] : TENON_PROP_FORMAT;

	for (size_t i = 1; i < reason->properties_len; i++) {
		if (reason->properties[i] > TENON_PROP_MODIFIER) {
			property = reason->properties[i];
		}
	}
	return property;
}

int _tenon_merge_explain(struct tenon_conflict **out, const struct tenon_participant *participants,
	size_t participants_len, size_t *work)
{
	struct tenon_party *parties = calloc(participants_len, sizeof(*parties));
	struct tenon_reason reason = {.properties_len = 0};
	struct tenon_conflict *conflict = NULL;
	const size_t granted = *work < EXPLAIN_WORK_MAX ? *work : EXPLAIN_WORK_MAX;
	size_t len, left = granted;
	bool exact = true;
	int rc;

	if (parties == NULL) {
		return -ENOMEM;
	}
	len = form_parties(parties, participants, participants_len);
	rc = unite_parties(parties, &len);
	if (rc == 0) {
		rc = find_smallest(parties, &len, &left, &exact);
	}
	if (rc == 0) {
		rc = find_properties(parties, len, &reason, &left);
	}
	if (rc == 0) {
		reason.property = name_reason(&reason);
		rc = _tenon_conflict_phrase(&conflict, parties, len, &reason);
	}
	if (rc == 0 && !exact) {
		rc = _tenon_conflict_doubt(conflict);
	}
	if (rc == 0) {
		*out = conflict;
	} else {
		tenon_conflict_destroy(conflict);
	}
	*work -= granted - left;
	free(parties);
	return rc;
}
