/* SPDX-License-Identifier: MIT */
/*
 * Merging offers.
 *
 * What a device accepts is a set of buffers: the union of its alternatives, each of which is a box,
 * "these format-modifier pairs, within these limits". What all devices accept is the intersection
 * of such unions. Intersection distributes over union:
 *
 *	(A1 ∪ A2) ∩ (B1 ∪ B2) = A1∩B1 ∪ A1∩B2 ∪ A2∩B1 ∪ A2∩B2
 *
 * and the intersection of two boxes is a box again: the pairs both have, within the meet of the
 * limits. So the working state (fold.c) is a list of boxes, called groups; adding a device
 * multiplies each group with each alternative, and drops the products that are empty. A device that
 * must serve in several roles is added once for each, with its alternatives for that role.
 *
 * Limits are a product of small lattices (meet.c): greater minimum, smaller maximum, least common
 * multiple, congruences by the Chinese remainder theorem, intersections of sets, and sets of
 * paddings side by side (padding.h). In each the meet is the exact intersection of what the two
 * values accept. Hence the result is exact, neither looser nor tighter than what all devices
 * accept, as long as empty boxes are found: a box is empty when one slot is, or when slots that
 * bound the same number contradict each other (a pitch both exact and a multiple, a range turned
 * round, an aligned address in a range); that is checked after each meet. A plane that is in
 * conflict empties the box of formats that have it: pairs of fewer planes stay (planes.h). What
 * depends on the size or the format of the picture (a tight pitch, a pitch in pixels against one
 * in bytes, segments times segment size) is kept side by side and decided where those are known.
 * One thing is outside: an alignment that does not fit into 64 bits is a conflict, though the
 * address or offset 0 would have it.
 *
 * Pruning. Products multiply: k alternatives of n devices could give k^n. But most are within
 * another: limits L1 within L2 (meet(L1, L2) = L1) for a pair that both groups have. Such a pair is
 * taken out of the tighter group, and a group without pairs goes. Nothing is lost: what L1 accepts,
 * L2 accepts, now and after any further device, since meet is monotone. What is left at the end are
 * exactly the maximal elements of all products, a set that does not depend on the order of devices
 * or on when pruning happens. So merging is commutative, associative (a join is the merge of both
 * lists of participants), and, since a meet with itself changes nothing, idempotent.
 *
 * What is no limit (preferred pitches, preferred heaps, who does not know a value) takes no part in
 * pruning and has no order-free meet. It is made order-free by sorting: participants are always
 * added in the order of their names, and of what they offer if names are equal. Preferred heaps are
 * put to the vote at the end.
 *
 * Bound. At most TENON_GROUPS_MAX groups are kept at a time, and the work of one merge is limited;
 * beyond it the answer is -E2BIG. Real devices stay below a dozen groups.
 *
 * Speed. Groups carry sets of pairs, so a device whose 64 pairs share limits costs one meet and one
 * pass over the pairs, and none of either where nothing changes. All is done in an arena on the
 * stack; the finished merge is one allocation. Who asked for a value is not recorded: since every
 * group is a maximal product, any choice of one alternative per device that contains the group is
 * one that made it, so askers.c finds out when asked.
 */
#include "constraint/merge.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/pairs.h"

enum {
	SCRATCH = 16384, /* bytes of stack for the arena */
	FEW = 16,        /* participants on the stack, and sorted by insertion */
	/* of putting preferred heaps to the vote, in units of TENON_WORK_MAX */
	WORK_OF_VOTER = 8, /* for each participant */
	WORK_OF_NAMES = 8, /* that many comparisons count one */
};

static int order(const void *a, const void *b)
{
	const struct tenon_participant *pa = a, *pb = b;

	return _tenon_offer_order(pa->offer, pb->offer);
}

/* The same device with the same offer is one participant, which serves in the roles of both. That
 * it serves in any role follows from its serving in a certain one. */
static size_t sort_many(struct tenon_participant *list, size_t len)
{
	size_t kept = 0;

	qsort(list, len, sizeof(*list), order);
	for (size_t i = 0; i < len; i++) {
		if (kept != 0 && order(&list[kept - 1], &list[i]) == 0) {
			list[kept - 1].roles |= list[i].roles;
		} else {
			list[kept++] = list[i];
		}
	}
	return kept;
}

/* The same by insertion. */
static size_t sort_few(struct tenon_participant *list, size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < len; i++) {
		struct tenon_participant item = list[i];
		size_t at = kept;
		int above = -1;

		while (at > 0 && (above = order(&list[at - 1], &item)) > 0) {
			at--;
		}
		if (at > 0 && above == 0) {
			list[at - 1].roles |= item.roles;
			continue;
		}
		if (at != kept) {
			memmove(&list[at + 1], &list[at], (kept - at) * sizeof(item));
		}
		list[at] = item;
		kept++;
	}
	return kept;
}

static bool are_valid(const struct tenon_participant *list, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (list[i].offer == NULL || (list[i].roles & ~TENON_ROLE_ANY) != 0) {
			return false;
		}
	}
	return true;
}

static size_t round_up(size_t size)
{
	size_t align = _Alignof(max_align_t);

	return (size + align - 1) / align * align;
}

static size_t names_size(const struct tenon_names *names)
{
	return names->name != NULL ? round_up((names->len + (size_t)1) * sizeof(*names->name)) : 0;
}

/* Hands out pieces of the merge's one allocation. */
static void *carve(char **at, size_t size)
{
	void *piece = *at;

	*at += round_up(size);
	return piece;
}

static void pack_names(char **at, struct tenon_names *names)
{
	if (names->name != NULL) {
		size_t size = (names->len + (size_t)1) * sizeof(*names->name);

		names->name = memcpy(carve(at, size), names->name, size);
	}
}

static void pack_group(char **at, struct tenon_group *out, const struct tenon_group *group)
{
	struct tenon_limits *limits = carve(at, sizeof(*limits));
	size_t size = group->pairs_len * sizeof(*group->pairs);

	_tenon_limits_borrow(limits, group->limits);
	pack_names(at, &limits->heaps);
	pack_names(at, &limits->preferred);
	out->limits = limits;
	out->pairs = memcpy(carve(at, size), group->pairs, size);
	out->pairs_len = group->pairs_len;
}

static size_t packed_size(const struct tenon_groups *groups, size_t participants_len)
{
	size_t size = round_up(sizeof(struct tenon_merge)) +
		      round_up(participants_len * sizeof(struct tenon_participant)) +
		      round_up(groups->len * sizeof(struct tenon_group)) +
		      round_up(groups->len * sizeof(size_t));

	for (size_t i = 0; i < groups->len; i++) {
		const struct tenon_group *group = &groups->group[i];

		size += round_up(sizeof(struct tenon_limits)) + names_size(&group->limits->heaps) +
			names_size(&group->limits->preferred) +
			round_up(group->pairs_len * sizeof(*group->pairs));
	}
	return size;
}

/* Copies the result out of the arena, and takes the references. */
static int pack(struct tenon_merge **out, const struct tenon_groups *groups,
	const struct tenon_participant *participants, size_t participants_len)
{
	char *at = malloc(packed_size(groups, participants_len));
	struct tenon_merge *merge;

	if (at == NULL) {
		return -ENOMEM;
	}
	merge = carve(&at, sizeof(*merge));
	*merge = (struct tenon_merge){
		.participants_len = participants_len,
		.groups_len = groups->len,
	};
	merge->participants = carve(&at, participants_len * sizeof(*participants));
	merge->groups = carve(&at, groups->len * sizeof(*merge->groups));
	merge->first = carve(&at, groups->len * sizeof(*merge->first));
	for (size_t i = 0; i < participants_len; i++) {
		merge->participants[i] = participants[i];
		tenon_offer_ref(participants[i].offer);
	}
	for (size_t i = 0; i < groups->len; i++) {
		pack_group(&at, &merge->groups[i], &groups->group[i]);
		merge->first[i] = merge->candidates_len;
		merge->candidates_len += groups->group[i].pairs_len;
	}
	_tenon_merge_rank_heaps(merge);
	*out = merge;
	return 0;
}

/* From now on nothing is added to these offers. */
static void close_offers(const struct tenon_participant *list, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!atomic_load_explicit(&list[i].offer->used, memory_order_relaxed)) {
			atomic_store_explicit(&list[i].offer->used, true, memory_order_relaxed);
		}
	}
}

/* What _tenon_merge_rank_heaps() will take. */
static size_t count_voting(const struct tenon_groups *groups, size_t participants_len)
{
	size_t work = 0;

	for (size_t i = 0; i < groups->len; i++) {
		size_t names = groups->group[i].limits->preferred.len;

		if (names > 1) {
			work += participants_len * (WORK_OF_VOTER + names * names / WORK_OF_NAMES);
		}
	}
	return work;
}

int _tenon_merge_create_within(struct tenon_merge **out,
	const struct tenon_participant *participants, size_t participants_len,
	struct tenon_conflict **conflict, size_t *work)
{
	_Alignas(max_align_t) char scratch[SCRATCH];
	struct tenon_participant few[FEW], *sorted = few;
	struct tenon_fold fold;
	size_t len = 0;
	int rc = 0;

	if (!are_valid(participants, participants_len)) {
		return -EINVAL;
	}
	if (participants_len > FEW) {
		sorted = calloc(participants_len, sizeof(*sorted));
		if (sorted == NULL) {
			return -ENOMEM;
		}
	}
	_tenon_fold_init(&fold, &_tenon_keep_all, scratch, sizeof(scratch));
	_tenon_fold_grant(&fold, *work);
	if (participants_len != 0) {
		memcpy(sorted, participants, participants_len * sizeof(*sorted));
		len = participants_len > FEW ? sort_many(sorted, participants_len)
					     : sort_few(sorted, participants_len);
		close_offers(sorted, len);
	}
	for (size_t i = 0; i < len && rc == 0; i++) {
		rc = _tenon_fold_add_participant(&fold, &sorted[i]);
		if (rc == 0) {
			rc = _tenon_fold_compact(&fold);
		}
	}
	if (rc == 0) {
		fold.work += count_voting(&fold.groups, len);
		rc = fold.work <= fold.work_max ? 0 : -E2BIG;
	}
	_tenon_fold_charge(&fold, work);
	if (rc == 0) {
		rc = pack(out, &fold.groups, sorted, len);
	} else if (rc == TENON_CONFLICT && conflict != NULL) {
		int failed = _tenon_merge_explain(conflict, sorted, len, work);

		rc = failed != 0 ? failed : TENON_CONFLICT;
	}
	_tenon_fold_finish(&fold);
	if (sorted != few) {
		free(sorted);
	}
	return rc;
}

int tenon_merge_create(struct tenon_merge **out, const struct tenon_participant *participants,
	size_t participants_len, struct tenon_conflict **conflict)
{
	size_t work = SIZE_MAX; /* but for the bounds there are in any case */

	return _tenon_merge_create_within(out, participants, participants_len, conflict, &work);
}

int tenon_merge_join(struct tenon_merge **out, const struct tenon_merge *a,
	const struct tenon_merge *b, struct tenon_conflict **conflict)
{
	size_t len = a->participants_len + b->participants_len;
	struct tenon_participant *all = calloc(len != 0 ? len : 1, sizeof(*all));
	int rc;

	if (all == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < len; i++) {
		all[i] = i < a->participants_len ? a->participants[i]
						 : b->participants[i - a->participants_len];
	}
	rc = tenon_merge_create(out, all, len, conflict);
	free(all);
	return rc;
}

void tenon_merge_destroy(struct tenon_merge *merge)
{
	if (merge == NULL) {
		return;
	}
	for (size_t i = 0; i < merge->participants_len; i++) {
		tenon_offer_unref(merge->participants[i].offer);
	}
	free(merge);
}

const struct tenon_group *_tenon_merge_get_groups(const struct tenon_merge *merge, size_t *len)
{
	*len = merge->groups_len;
	return merge->groups;
}

size_t tenon_merge_get_candidates_len(const struct tenon_merge *merge)
{
	return merge->candidates_len;
}

int tenon_merge_get_candidate(const struct tenon_merge *merge, size_t i,
	struct tenon_format_modifier *pair, const struct tenon_limits **limits)
{
	size_t low = 0, high = merge->groups_len;

	if (i >= merge->candidates_len) {
		return -EINVAL;
	}
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (merge->first[middle] <= i) {
			low = middle;
		} else {
			high = middle;
		}
	}
	if (pair != NULL) {
		*pair = merge->groups[low].pairs[i - merge->first[low]];
	}
	if (limits != NULL) {
		*limits = merge->groups[low].limits;
	}
	return 0;
}
