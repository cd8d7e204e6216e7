/* SPDX-License-Identifier: MIT */
#include "constraint/fold.h"

#include <errno.h>
#include <string.h>

#include "constraint/pairs.h"
#include "constraint/planes.h"

enum {
	WORK_OF_COMPARISON = 2, /* per plane that is looked at */
	WORK_OF_LIMITS = 8,
	WORK_OF_PAIRS = 16, /* that many pairs count one */
	WORK_OF_SORTED = 2, /* the same of pairs that are copied and sorted */
	/* bytes that may lie about, so that they stay in the cache */
	GARBAGE_MAX = 1 << 16,
};

void _tenon_fold_init(
	struct tenon_fold *fold, const struct tenon_keep *keep, void *buffer, size_t size)
{
	_tenon_arena_init(&fold->arena, buffer, size);
	fold->keep = keep;
	fold->begun = false;
	fold->groups = (struct tenon_groups){.len = 0};
	fold->work = 0;
	fold->work_max = TENON_WORK_MAX;
}

void _tenon_fold_finish(struct tenon_fold *fold)
{
	_tenon_arena_finish(&fold->arena);
}

void _tenon_fold_grant(struct tenon_fold *fold, size_t work)
{
	fold->work = 0;
	fold->work_max = work < TENON_WORK_MAX ? work : TENON_WORK_MAX;
}

void _tenon_fold_charge(const struct tenon_fold *fold, size_t *work)
{
	*work -= fold->work < *work ? fold->work : *work;
}

static int push(struct tenon_fold *fold, struct tenon_groups *list, const struct tenon_group *group)
{
	if (list->len == list->room) {
		size_t room = list->room != 0 ? 2 * list->room : 4;
		struct tenon_group *more = _tenon_arena_alloc(&fold->arena, room * sizeof(*more));

		if (more == NULL) {
			return -ENOMEM;
		}
		if (list->len != 0) {
			memcpy(more, list->group, list->len * sizeof(*more));
		}
		list->group = more;
		list->room = room;
	}
	list->group[list->len++] = *group;
	return 0;
}

/* Takes from a group the pairs that another has; the arrays may be shared, so into a new one. */
static int subtract(
	struct tenon_fold *fold, struct tenon_group *group, const struct tenon_group *other)
{
	struct tenon_format_modifier *left;
	size_t len;

	if (_tenon_pairs_apart(group->pairs, group->pairs_len, other->pairs, other->pairs_len)) {
		return 0;
	}
	left = _tenon_arena_alloc(&fold->arena, group->pairs_len * sizeof(*left));
	if (left == NULL) {
		return -ENOMEM;
	}
	len = _tenon_pairs_subtract(
		left, group->pairs, group->pairs_len, other->pairs, other->pairs_len);
	fold->work += (group->pairs_len + other->pairs_len) / WORK_OF_PAIRS;
	if (len == group->pairs_len) {
		_tenon_arena_trim(&fold->arena, left, 0);
		return 0;
	}
	_tenon_arena_trim(&fold->arena, left, len * sizeof(*left));
	group->pairs = left;
	group->pairs_len = len;
	return 0;
}

static void drop_empty(struct tenon_groups *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->len; i++) {
		if (list->group[i].pairs_len != 0) {
			list->group[kept++] = list->group[i];
		}
	}
	list->len = kept;
}

/* Adds a group to a list in which no group's pair is covered by another's: what is covered by one
 * that is listed is not added, what it covers itself goes. */
static int add_pruned(struct tenon_fold *fold, struct tenon_groups *list, struct tenon_group *group)
{
	bool emptied = false;
	int rc = 0;

	for (size_t i = 0; i < list->len && group->pairs_len != 0 && rc == 0; i++) {
		struct tenon_group *other = &list->group[i];
		unsigned order;

		fold->work++;
		if (_tenon_pairs_apart(
			    group->pairs, group->pairs_len, other->pairs, other->pairs_len)) {
			continue;
		}
		fold->work += group->limits->split || other->limits->split
				      ? WORK_OF_COMPARISON * TENON_MAX_PLANES
				      : WORK_OF_COMPARISON;
		order = _tenon_limits_compare(group->limits, other->limits, TENON_MAX_PLANES);
		if ((order & TENON_WITHIN) != 0) {
			rc = subtract(fold, group, other);
		}
		if ((order & TENON_AROUND) != 0 && group->pairs_len != 0 && rc == 0) {
			rc = subtract(fold, other, group);
			emptied |= other->pairs_len == 0;
		}
	}
	if (emptied) {
		drop_empty(list);
	}
	if (rc < 0 || group->pairs_len == 0) {
		return rc;
	}
	return list->len == TENON_GROUPS_MAX ? -E2BIG : push(fold, list, group);
}

/* The pairs of an alternative as far as they count. */
static int get_pairs(
	struct tenon_fold *fold, const struct tenon_alternative *from, struct tenon_group *out)
{
	struct tenon_format_modifier *copy;

	out->pairs = from->set;
	out->pairs_len = from->set_len;
	if (fold->keep->formats && fold->keep->modifiers) {
		return 0;
	}
	fold->work += from->set_len / WORK_OF_SORTED;
	copy = _tenon_arena_alloc(&fold->arena, from->set_len * sizeof(*copy));
	if (copy == NULL) {
		return -ENOMEM;
	}
	memset(copy, 0, from->set_len * sizeof(*copy));
	for (size_t i = 0; i < from->set_len; i++) {
		copy[i].format = fold->keep->formats ? from->set[i].format : TENON_FORMAT_ANY;
		copy[i].modifier = fold->keep->modifiers ? from->set[i].modifier : 0;
	}
	out->pairs = copy;
	out->pairs_len = _tenon_pairs_normalise(copy, from->set_len);
	return 0;
}

static bool is_same(const struct tenon_format_modifier *a, size_t a_len,
	const struct tenon_format_modifier *b, size_t b_len)
{
	return a_len == b_len && (a == b || memcmp(a, b, a_len * sizeof(*a)) == 0);
}

/* out's pairs become those that a has, too. */
static int intersect(struct tenon_fold *fold, const struct tenon_group *a, struct tenon_group *out)
{
	struct tenon_format_modifier *both;
	size_t room = a->pairs_len + out->pairs_len, len;

	fold->work += 1 + room / WORK_OF_PAIRS;
	if (_tenon_pairs_apart(a->pairs, a->pairs_len, out->pairs, out->pairs_len)) {
		out->pairs_len = 0;
		return 0;
	}
	if (is_same(a->pairs, a->pairs_len, out->pairs, out->pairs_len)) {
		return 0;
	}
	both = _tenon_arena_alloc(&fold->arena, room * sizeof(*both));
	if (both == NULL) {
		return -ENOMEM;
	}
	len = _tenon_pairs_intersect(both, a->pairs, a->pairs_len, out->pairs, out->pairs_len);
	if (is_same(a->pairs, a->pairs_len, both, len)) {
		_tenon_arena_trim(&fold->arena, both, 0);
		out->pairs = a->pairs;
	} else {
		_tenon_arena_trim(&fold->arena, both, len * sizeof(*both));
		out->pairs = both;
	}
	out->pairs_len = len;
	return 0;
}

/* Leaves of a group the pairs that have at most so many planes. */
static int select_planes(struct tenon_fold *fold, struct tenon_group *group, unsigned planes)
{
	size_t room = group->pairs_len + _tenon_formats_known;
	struct tenon_format_modifier *kept = _tenon_arena_alloc(&fold->arena, room * sizeof(*kept));

	if (kept == NULL) {
		return -ENOMEM;
	}
	memset(kept, 0, room * sizeof(*kept)); /* what lies between the members, too */
	group->pairs_len = _tenon_planes_select(kept, group->pairs, group->pairs_len, planes);
	group->pairs = kept;
	fold->work += 1 + room / WORK_OF_PAIRS;
	_tenon_arena_trim(&fold->arena, kept, group->pairs_len * sizeof(*kept));
	return 0;
}

/* out's limits become the meet; its pairs become none when nothing is left. Where a plane is in
 * conflict, pairs that have no such plane are left. */
static int meet_limits(struct tenon_fold *fold, const struct tenon_limits *a,
	const struct tenon_limits *b, struct tenon_group *out)
{
	struct tenon_limits *both = _tenon_arena_alloc(&fold->arena, sizeof(*both));
	unsigned planes = TENON_MAX_PLANES;
	struct tenon_meet result;
	int rc;

	if (both == NULL) {
		return -ENOMEM;
	}
	do {
		rc = _tenon_meet(both, a, b, fold->keep, planes, &fold->arena, &result);
		fold->work += WORK_OF_LIMITS;
		if (rc == 0 && result.conflict != 0 && result.plane != 0) {
			planes = result.plane;
			rc = select_planes(fold, out, planes);
		}
	} while (rc == 0 && result.conflict != 0 && result.plane != 0 && out->pairs_len != 0);
	if (rc < 0) {
		return rc;
	}
	if (result.conflict != 0) {
		out->pairs_len = 0;
		_tenon_arena_trim(&fold->arena, both, 0);
	} else if (!result.changed) {
		out->limits = a;
		/* pairs selected since then lie behind it */
		if (planes == TENON_MAX_PLANES) {
			_tenon_arena_trim(&fold->arena, both, 0);
		}
	} else {
		out->limits = both;
	}
	return 0;
}

static const struct tenon_limits unconstrained;

/* What the first device accepts. */
static int begin(struct tenon_fold *fold, const struct tenon_alternative *alternative,
	struct tenon_groups *list)
{
	struct tenon_group group;
	int rc = get_pairs(fold, alternative, &group);

	if (rc == 0 && fold->keep == &_tenon_keep_all) {
		group.limits = alternative->limits;
	} else if (rc == 0) {
		rc = meet_limits(fold, &unconstrained, alternative->limits, &group);
	}
	return rc == 0 && group.pairs_len != 0 ? add_pruned(fold, list, &group) : rc;
}

/* What a group and an alternative both accept. */
static int multiply(struct tenon_fold *fold, const struct tenon_group *group,
	const struct tenon_alternative *alternative, struct tenon_groups *list)
{
	struct tenon_group both;
	int rc = get_pairs(fold, alternative, &both);

	if (rc == 0) {
		rc = intersect(fold, group, &both);
	}
	if (rc == 0 && both.pairs_len != 0) {
		rc = meet_limits(fold, group->limits, alternative->limits, &both);
	}
	return rc == 0 && both.pairs_len != 0 ? add_pruned(fold, list, &both) : rc;
}

static int add_alternative(struct tenon_fold *fold, const struct tenon_alternative *alternative,
	struct tenon_groups *list)
{
	int rc = 0;

	if (!fold->begun) {
		return begin(fold, alternative, list);
	}
	for (size_t i = 0; i < fold->groups.len && rc == 0; i++) {
		rc = multiply(fold, &fold->groups.group[i], alternative, list);
		if (rc == 0 && fold->work > fold->work_max) {
			rc = -E2BIG;
		}
	}
	return rc;
}

int _tenon_fold_add(struct tenon_fold *fold, const struct tenon_offer *offer, uint32_t roles)
{
	struct tenon_groups next = {.len = 0};
	int rc = 0;

	for (size_t i = 0; i < offer->alternatives_len && rc == 0; i++) {
		if ((offer->alternatives[i].roles & roles) != 0) {
			rc = add_alternative(fold, &offer->alternatives[i], &next);
		}
	}
	if (rc < 0) {
		return rc;
	}
	if (next.len == 0) {
		return TENON_CONFLICT;
	}
	fold->groups = next;
	fold->begun = true;
	return 0;
}

static size_t names_size(const struct tenon_names *names)
{
	return names->name != NULL ? (names->len + (size_t)1) * sizeof(*names->name) : 0;
}

/* About what a group takes. */
static size_t group_size(const struct tenon_group *group)
{
	return sizeof(*group) + sizeof(*group->limits) + names_size(&group->limits->heaps) +
	       names_size(&group->limits->preferred) + group->pairs_len * sizeof(*group->pairs);
}

static int move_names(struct tenon_arena *arena, struct tenon_names *names)
{
	size_t size = names_size(names);
	const char **copy;

	if (size == 0) {
		return 0;
	}
	copy = _tenon_arena_alloc(arena, size);
	if (copy == NULL) {
		return -ENOMEM;
	}
	names->name = memcpy(copy, names->name, size);
	return 0;
}

static int move_group(struct tenon_arena *arena, struct tenon_group *group)
{
	struct tenon_format_modifier *pairs =
		_tenon_arena_alloc(arena, group->pairs_len * sizeof(*pairs));
	struct tenon_limits *limits = _tenon_arena_alloc(arena, sizeof(*limits));

	if (pairs == NULL || limits == NULL) {
		return -ENOMEM;
	}
	_tenon_limits_borrow(limits, group->limits);
	if (move_names(arena, &limits->heaps) < 0 || move_names(arena, &limits->preferred) < 0) {
		return -ENOMEM;
	}
	group->pairs = memcpy(pairs, group->pairs, group->pairs_len * sizeof(*pairs));
	group->limits = limits;
	return 0;
}

int _tenon_fold_compact(struct tenon_fold *fold)
{
	struct tenon_groups groups = fold->groups;
	struct tenon_arena arena;
	size_t live = 0;
	int rc = 0;

	if (fold->arena.taken <= GARBAGE_MAX) {
		return 0;
	}
	for (size_t i = 0; i < groups.len; i++) {
		live += group_size(&groups.group[i]);
	}
	if (fold->arena.taken / 4 <= live) {
		return 0;
	}
	_tenon_arena_init(&arena, NULL, 0);
	groups.room = groups.len;
	groups.group = _tenon_arena_alloc(&arena, groups.len * sizeof(*groups.group));
	if (groups.group == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < groups.len && rc == 0; i++) {
		groups.group[i] = fold->groups.group[i];
		rc = move_group(&arena, &groups.group[i]);
	}
	if (rc < 0) {
		_tenon_arena_finish(&arena);
		return rc;
	}
	_tenon_arena_finish(&fold->arena);
	fold->arena = arena;
	fold->groups = groups;
	return 0;
}

/* Whether every alternative for one role is for the other, too. */
static bool is_implied(const struct tenon_offer *offer, uint32_t role, uint32_t by)
{
	for (size_t i = 0; i < offer->alternatives_len; i++) {
		uint32_t roles = offer->alternatives[i].roles;

		if ((roles & by) != 0 && (roles & role) == 0) {
			return false;
		}
	}
	return true;
}

/* Whether some other role asked for makes this one go without saying. */
static bool is_redundant(const struct tenon_participant *participant, uint32_t role)
{
	for (uint32_t by = 1; by <= participant->roles; by <<= 1) {
		if ((participant->roles & by) == 0 || by == role ||
			!is_implied(participant->offer, role, by)) {
			continue;
		}
		if (by < role || !is_implied(participant->offer, by, role)) {
			return true;
		}
	}
	return false;
}

size_t _tenon_participant_roles(
	const struct tenon_participant *participant, uint32_t roles[TENON_ROLES_LEN])
{
	size_t len = 0;

	if ((participant->roles & (participant->roles - 1)) == 0) {
		roles[0] = participant->roles != 0 ? participant->roles : TENON_ROLE_ANY;
		return 1; /* none or one */
	}
	for (uint32_t role = 1; role <= participant->roles; role <<= 1) {
		if ((participant->roles & role) != 0 && !is_redundant(participant, role)) {
			roles[len++] = role;
		}
	}
	return len;
}

int _tenon_fold_add_participant(
	struct tenon_fold *fold, const struct tenon_participant *participant)
{
	uint32_t roles[TENON_ROLES_LEN];
	size_t len = _tenon_participant_roles(participant, roles);
	int rc = 0;

	for (size_t i = 0; i < len && rc == 0; i++) {
		rc = _tenon_fold_add(fold, participant->offer, roles[i]);
	}
	return rc;
}
