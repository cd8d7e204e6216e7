/* SPDX-License-Identifier: MIT */
/*
 * Who asked for a value of a merge, and which heaps most like best. Of each participant and role,
 * the first alternative that contains the candidate is one that made it (merge.c); its value is
 * what the participant asks for.
 */
#include <stdlib.h>
#include <string.h>

#include "constraint/merge.h"
#include "constraint/names.h"
#include "constraint/pairs.h"
#include "constraint/planes.h"

struct question {
	const struct tenon_property_info *info;
	uint32_t plane; /* one plane */
	struct tenon_format_modifier pair;
	const struct tenon_limits *limits; /* of the candidate */
};

/* What one participant says in one role. */
struct voice {
	const char *device;
	const struct tenon_limits *limits;
	bool asks;
};

struct voices {
	struct voice *voice;
	size_t len;
};

static const struct tenon_limits *find_alternative(
	const struct question *q, const struct tenon_offer *offer, uint32_t roles)
{
	unsigned planes = _tenon_planes_of(&q->pair);

	for (size_t i = 0; i < offer->alternatives_len; i++) {
		const struct tenon_alternative *a = &offer->alternatives[i];

		if ((a->roles & roles) != 0 && _tenon_pairs_have(a->set, a->set_len, &q->pair) &&
			(_tenon_limits_compare(q->limits, a->limits, planes) & TENON_WITHIN) != 0) {
			return a->limits;
		}
	}
	return NULL;
}

static int collect(struct voices *out, const struct tenon_merge *merge, const struct question *q)
{
	out->len = 0;
	out->voice = calloc(merge->participants_len * TENON_ROLES_LEN, sizeof(*out->voice));
	if (out->voice == NULL) {
		return -1;
	}
	for (size_t i = 0; i < merge->participants_len; i++) {
		const struct tenon_participant *p = &merge->participants[i];
		uint32_t roles[TENON_ROLES_LEN];
		size_t len = _tenon_participant_roles(p, roles);

		for (size_t r = 0; r < len; r++) {
			const struct tenon_limits *limits = find_alternative(q, p->offer, roles[r]);

			if (limits != NULL) {
				out->voice[out->len++] = (struct voice){
					.device = p->offer->device,
					.limits = limits,
				};
			}
		}
	}
	return 0;
}

static bool is_set(const struct question *q, const struct tenon_limits *limits)
{
	unsigned slot = q->info->slot;

	switch (q->info->kind) {
	case TENON_KIND_PAIRS:
		return false;
	case TENON_KIND_NAMES:
		return q->info->property == TENON_PROP_HEAP ? limits->heaps.set
							    : limits->preferred.set;
	case TENON_KIND_MULTIPLE:
		return _tenon_limits_has_plane(limits, q->plane, slot) ||
		       _tenon_limits_has_plane(limits, q->plane, slot + 1);
	case TENON_KIND_REMAINDER:
		return _tenon_limits_has_plane(limits, q->plane, slot - 1) ||
		       _tenon_limits_has_plane(limits, q->plane, slot);
	default:
		return q->info->per_plane ? _tenon_limits_has_plane(limits, q->plane, slot)
					  : _tenon_limits_has_scalar(limits, slot);
	}
}

static bool is_unknown(const struct question *q, const struct tenon_limits *limits)
{
	return tenon_limits_is_unknown(
		limits, q->info->property, q->info->per_plane ? q->plane : TENON_PLANE_ALL);
}

/* Whether a's value is as tight as b's, or tighter. */
static bool is_within(
	const struct question *q, const struct tenon_limits *a, const struct tenon_limits *b)
{
	unsigned slot = q->info->slot;

	switch (q->info->kind) {
	case TENON_KIND_NAMES:
		/* of preferences, none is tighter */
		return q->info->property == TENON_PROP_HEAP &&
		       _tenon_names_is_subset(&a->heaps, &b->heaps);
	case TENON_KIND_MULTIPLE:
	case TENON_KIND_REMAINDER:
		slot -= q->info->kind == TENON_KIND_REMAINDER;
		return _tenon_congruence_within(
			_tenon_congruence_at(_tenon_limits_of_plane(a, q->plane), slot),
			_tenon_congruence_at(_tenon_limits_of_plane(b, q->plane), slot));
	default:
		if (q->info->per_plane) {
			return _tenon_value_within(q->info, _tenon_limits_plane(a, q->plane, slot),
				_tenon_limits_plane(b, q->plane, slot));
		}
		return _tenon_value_within(
			q->info, _tenon_limits_scalar(a, slot), _tenon_limits_scalar(b, slot));
	}
}

/* Those that ask for just the candidate's value. Returns whether there are any. */
static bool mark_exact(struct voices *voices, const struct question *q)
{
	bool any = false;

	for (size_t i = 0; i < voices->len; i++) {
		struct voice *v = &voices->voice[i];

		if (is_set(q, v->limits) && is_within(q, v->limits, q->limits)) {
			v->asks = true;
			any = true;
		}
	}
	return any;
}

/* Whether one voice's value is tighter than another's. */
static bool is_tighter(const struct question *q, const struct voice *a, const struct voice *b)
{
	return is_within(q, a->limits, b->limits) && !is_within(q, b->limits, a->limits);
}

static void mark_parts(struct voices *voices, const struct question *q)
{
	for (size_t i = 0; i < voices->len; i++) {
		bool asks = is_set(q, voices->voice[i].limits);

		for (size_t j = 0; j < voices->len && asks; j++) {
			asks = !is_tighter(q, &voices->voice[j], &voices->voice[i]);
		}
		voices->voice[i].asks |= asks;
	}
}

static void mark(struct voices *voices, const struct question *q, bool unsure)
{
	if (unsure || (!is_set(q, q->limits) && is_unknown(q, q->limits))) {
		for (size_t i = 0; i < voices->len; i++) {
			voices->voice[i].asks |= is_unknown(q, voices->voice[i].limits);
		}
	} else if (is_set(q, q->limits) && !mark_exact(voices, q)) {
		mark_parts(voices, q);
	}
}

/* The names of those that ask, each once; they come in byte order. */
static const char **list(const struct voices *voices)
{
	const char **names = calloc(voices->len + 1, sizeof(*names));
	size_t len = 0;

	for (size_t i = 0; names != NULL && i < voices->len; i++) {
		const struct voice *v = &voices->voice[i];

		if (v->asks && (len == 0 || strcmp(names[len - 1], v->device) != 0)) {
			names[len++] = v->device;
		}
	}
	if (len == 0) {
		free(names);
		return NULL;
	}
	return names;
}

static const char **ask(const struct tenon_merge *merge, size_t i, enum tenon_property property,
	uint32_t plane, bool unsure)
{
	struct question q = {.info = _tenon_property_info(property)};
	struct voices voices;
	const char **names;
	bool all = plane == TENON_PLANE_ALL;

	if (q.info == NULL || tenon_merge_get_candidate(merge, i, &q.pair, &q.limits) < 0 ||
		(!all && (!q.info->per_plane || plane >= TENON_MAX_PLANES)) ||
		collect(&voices, merge, &q) < 0) {
		return NULL;
	}
	for (q.plane = all ? 0 : plane; q.plane < TENON_MAX_PLANES; q.plane++) {
		mark(&voices, &q, unsure);
		if (!all || !q.info->per_plane) {
			break;
		}
	}
	names = list(&voices);
	free(voices.voice);
	return names;
}

const char **tenon_merge_dup_askers(
	const struct tenon_merge *merge, size_t i, enum tenon_property property, uint32_t plane)
{
	return ask(merge, i, property, plane, false);
}

const char **tenon_merge_dup_unsure(
	const struct tenon_merge *merge, size_t i, enum tenon_property property, uint32_t plane)
{
	return ask(merge, i, property, plane, true);
}

/* What a participant's alternatives for the candidate tell, in the first role that tells. */
static const char *find_source(const struct question *q, const struct tenon_participant *p)
{
	uint32_t roles[TENON_ROLES_LEN];
	size_t len = _tenon_participant_roles(p, roles);

	for (size_t r = 0; r < len; r++) {
		const struct tenon_limits *limits = find_alternative(q, p->offer, roles[r]);
		const char *source =
			limits != NULL ? tenon_limits_get_source(limits, q->info->property) : NULL;

		if (source != NULL) {
			return source;
		}
	}
	return NULL;
}

const char *tenon_merge_find_source(
	const struct tenon_merge *merge, size_t i, enum tenon_property property, const char *device)
{
	struct question q = {.info = _tenon_property_info(property)};
	const char *source = NULL;

	if (q.info == NULL || tenon_merge_get_candidate(merge, i, &q.pair, &q.limits) < 0) {
		return NULL;
	}
	for (size_t p = 0; p < merge->participants_len && source == NULL; p++) {
		if (strcmp(merge->participants[p].offer->device, device) == 0) {
			source = find_source(&q, &merge->participants[p]);
		}
	}
	return source;
}

struct score {
	const char *name;
	size_t votes, ranks;
};

/* The more devices like it, and the better they rank it, the earlier. */
static bool is_better(const struct score *a, const struct score *b)
{
	if (a->votes != b->votes) {
		return a->votes > b->votes;
	}
	if (a->ranks != b->ranks) {
		return a->ranks < b->ranks;
	}
	return strcmp(a->name, b->name) < 0;
}

static void count_votes(const struct tenon_merge *merge, const struct tenon_group *group,
	struct score *scores, size_t len)
{
	const struct question q = {.pair = group->pairs[0], .limits = group->limits};

	for (size_t p = 0; p < merge->participants_len; p++) {
		uint32_t roles = merge->participants[p].roles;
		const struct tenon_limits *limits = find_alternative(
			&q, merge->participants[p].offer, roles != 0 ? roles : TENON_ROLE_ANY);

		for (size_t i = 0; limits != NULL && limits->preferred.set && i < len; i++) {
			size_t rank = _tenon_names_find(&limits->preferred, scores[i].name);

			if (rank != SIZE_MAX) {
				scores[i].votes++;
				scores[i].ranks += rank;
			}
		}
	}
}

static void rank_heaps(const struct tenon_merge *merge, const struct tenon_group *group)
{
	const struct tenon_names *names = &group->limits->preferred;
	struct score scores[TENON_HEAPS_MAX];

	for (size_t i = 0; i < names->len; i++) {
		scores[i] = (struct score){.name = names->name[i]};
	}
	count_votes(merge, group, scores, names->len);
	for (size_t i = 0; i < names->len; i++) {
		struct score score = scores[i];
		size_t at = i;

		for (; at > 0 && is_better(&score, &scores[at - 1]); at--) {
			scores[at] = scores[at - 1];
		}
		scores[at] = score;
	}
	for (size_t i = 0; i < names->len; i++) {
		names->name[i] = scores[i].name;
	}
}

void _tenon_merge_rank_heaps(const struct tenon_merge *merge)
{
	for (size_t i = 0; i < merge->groups_len; i++) {
		if (merge->groups[i].limits->preferred.len > 1) {
			rank_heaps(merge, &merge->groups[i]);
		}
	}
}
