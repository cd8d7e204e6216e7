/* SPDX-License-Identifier: MIT */
/*
 * A conflict in words: what each device needs, and what would do.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_buf.h"
#include "constraint/conflict.h"
#include "constraint/describe.h"
#include "constraint/explain.h"
#include "constraint/merge.h"
#include "constraint/pairs.h"

enum {
	TEXTS_MAX = 4, /* alternatives or pairs that are spelled out */
};

/* Texts that differ, joined. */
struct join {
	char *text[TEXTS_MAX];
	size_t len, more;
	bool failed;
};

static void join_add(struct join *join, struct text_buf *buf)
{
	char *text = NULL;

	if (text_buf_take(buf, &text) < 0) {
		join->failed = true;
		return;
	}
	for (size_t i = 0; i < join->len; i++) {
		if (strcmp(join->text[i], text) == 0) {
			free(text);
			return;
		}
	}
	if (join->len == TEXTS_MAX) {
		join->more++;
		free(text);
		return;
	}
	join->text[join->len++] = text;
}

/* Writes them to buf, and frees them. */
static void join_finish(struct join *join, struct text_buf *buf, const char *between)
{
	for (size_t i = 0; i < join->len; i++) {
		text_buf_addf(buf, "%s%s", i != 0 ? between : "", join->text[i]);
		free(join->text[i]);
	}
	if (join->more != 0) {
		text_buf_addf(buf, "%s%zu more", between, join->more);
	}
	buf->failed |= join->failed;
	*join = (struct join){.len = 0};
}

/* Pairs that all parties have, whatever the limits: alternatives for others do not matter. */
static int find_common(
	struct tenon_fold *fold, const struct tenon_party *parties, size_t len, bool *any)
{
	int rc = 0;

	for (size_t i = 0; i < len && rc == 0; i++) {
		for (size_t j = 0; j < parties[i].len && rc == 0; j++) {
			rc = _tenon_fold_add_participant(fold, &parties[i].participants[j]);
		}
	}
	*any = rc == 0;
	return rc == -ENOMEM ? rc : 0;
}

static bool matters(const struct tenon_alternative *alternative, const struct tenon_fold *common)
{
	if (common == NULL) {
		return true;
	}
	for (size_t g = 0; g < common->groups.len; g++) {
		const struct tenon_group *group = &common->groups.group[g];

		for (size_t i = 0; i < group->pairs_len; i++) {
			if (_tenon_pairs_have(
				    alternative->set, alternative->set_len, &group->pairs[i])) {
				return true;
			}
		}
	}
	return false;
}

/* What an alternative says of the reason's properties: "multiple of 256, at most 4096". */
static void add_limits(
	struct text_buf *buf, const struct tenon_limits *limits, const struct tenon_reason *reason)
{
	bool any = false;

	for (size_t i = reason->properties_len; i-- != 0;) {
		struct text_buf one = {0};

		if (_tenon_limits_describe(&one, limits, reason->properties[i])) {
			text_buf_addf(
				buf, "%s%s", any ? ", " : "", one.data != NULL ? one.data : "");
			buf->failed |= one.failed;
			any = true;
		}
		text_buf_finish(&one);
	}
	if (!any) {
		text_buf_add(buf, "of any kind");
	}
}

/* What an alternative has of formats or modifiers. */
static void add_pairs(struct join *join, const struct tenon_alternative *alternative,
	const struct tenon_reason *reason)
{
	for (size_t i = 0; i < alternative->set_len; i++) {
		const struct tenon_format_modifier *pair = &alternative->set[i];
		struct text_buf one = {0};

		if (reason->property == TENON_PROP_MODIFIER) {
			_tenon_describe_modifier(&one, pair->modifier);
			if (reason->keep.formats) {
				text_buf_add(&one, " for ");
			}
		}
		if (reason->keep.formats) {
			_tenon_describe_format(&one, pair->format);
		}
		join_add(join, &one);
	}
}

/* What a device needs in one of these roles. */
static void add_role(struct text_buf *buf, const struct tenon_offer *offer, uint32_t roles,
	const struct tenon_fold *common, const struct tenon_reason *reason)
{
	bool pairs = reason->property <= TENON_PROP_MODIFIER;
	struct join join = {.len = 0};

	for (size_t i = 0; i < offer->alternatives_len; i++) {
		const struct tenon_alternative *alternative = &offer->alternatives[i];
		struct text_buf one = {0};

		if ((alternative->roles & roles) == 0 || !matters(alternative, common)) {
			continue;
		}
		if (pairs) {
			add_pairs(&join, alternative, reason);
		} else {
			add_limits(&one, alternative->limits, reason);
			join_add(&join, &one);
		}
	}
	if (join.len == 0 && !join.failed) {
		text_buf_add(buf, "that it does not offer");
	}
	join_finish(&join, buf, " or ");
}

static const char *get_role_name(uint32_t role)
{
	static const char *const names[TENON_ROLES_LEN] = {
		"render", "scanout", "cursor", "encode", "decode", "capture", "cpu"};

	for (unsigned i = 0; i < TENON_ROLES_LEN; i++) {
		if (role == UINT32_C(1) << i) {
			return names[i];
		}
	}
	return NULL;
}

/* What a device needs in all its roles; they are named where they differ. */
static int describe_party(char **out, const struct tenon_party *party,
	const struct tenon_fold *common, const struct tenon_reason *reason)
{
	struct text_buf texts[2] = {{0}, {0}}, buf;
	struct join plain = {.len = 0}, named = {.len = 0};
	bool by_role;

	for (size_t i = 0; i < party->len; i++) {
		const struct tenon_participant *p = &party->participants[i];
		uint32_t roles[TENON_ROLES_LEN];
		size_t len = _tenon_participant_roles(p, roles);

		for (size_t r = 0; r < len; r++) {
			struct text_buf one = {0}, two = {0};
			const char *role = get_role_name(roles[r]);

			add_role(&one, p->offer, roles[r], common, reason);
			text_buf_add(&two, one.data != NULL ? one.data : "");
			if (role != NULL) {
				text_buf_addf(&two, " as %s", role);
			}
			two.failed |= one.failed;
			join_add(&plain, &one);
			join_add(&named, &two);
		}
	}
	by_role = plain.len > 1 || reason->properties_len == 0;
	join_finish(&plain, &texts[0], " and ");
	join_finish(&named, &texts[1], " and ");
	buf = texts[by_role];
	buf.failed |= texts[!by_role].failed;
	text_buf_finish(&texts[!by_role]);
	return text_buf_take(&buf, out);
}

/* The source that an alternative gives for one of the properties, or for its pairs. */
static const char *find_source_in(
	const struct tenon_limits *limits, const struct tenon_reason *reason)
{
	const char *source = NULL;

	for (size_t p = reason->properties_len; source == NULL && p-- != 0;) {
		source = tenon_limits_get_source(limits, reason->properties[p]);
	}
	if (source == NULL && reason->properties_len == 0) {
		source = tenon_limits_get_source(limits, reason->property);
	}
	return source;
}

/* The first source given in the roles asked for. */
static const char *find_source(const struct tenon_party *party, const struct tenon_reason *reason)
{
	for (size_t i = 0; i < party->len; i++) {
		const struct tenon_participant *p = &party->participants[i];
		uint32_t roles = p->roles != 0 ? p->roles : TENON_ROLE_ANY;

		for (size_t a = 0; a < p->offer->alternatives_len; a++) {
			const struct tenon_alternative *alternative = &p->offer->alternatives[a];
			const char *source = find_source_in(alternative->limits, reason);

			if (source != NULL && (alternative->roles & roles) != 0) {
				return source;
			}
		}
	}
	return NULL;
}

/* The limits of a device that matters in one alternative only, else NULL. */
static const struct tenon_limits *get_only(
	const struct tenon_party *party, const struct tenon_fold *common)
{
	const struct tenon_limits *only = NULL;

	for (size_t i = 0; i < party->len; i++) {
		const struct tenon_participant *p = &party->participants[i];
		uint32_t roles = p->roles != 0 ? p->roles : TENON_ROLE_ANY;

		for (size_t a = 0; a < p->offer->alternatives_len; a++) {
			const struct tenon_alternative *alternative = &p->offer->alternatives[a];

			if ((alternative->roles & roles) == 0 || !matters(alternative, common)) {
				continue;
			}
			if (only != NULL) {
				return NULL;
			}
			only = alternative->limits;
		}
	}
	return only;
}

/* The pitch that would do for a device instead of another's exact one. */
static bool add_next_pitch(struct text_buf *buf, const char *device,
	const struct tenon_limits_plane *plane, uint64_t exact)
{
	struct tenon_congruence c = _tenon_congruence_at(plane, TENON_PLANE_PITCH_MULTIPLE);
	uint64_t next;

	if (exact % c.multiple == c.remainder ||
		!_tenon_congruence_next(exact, c.multiple, c.remainder, &next)) {
		return false;
	}
	text_buf_addf(buf, "for %s %" PRIu64 " would do", device, next);
	return true;
}

/* The maximum that would do for a device beside all the congruences. */
static bool add_max_pitch(struct text_buf *buf, const char *device, uint64_t max,
	const struct tenon_limits *const *limits, size_t len, unsigned plane)
{
	struct tenon_congruence all = {.multiple = 1};
	uint64_t next;

	for (size_t i = 0; i < len; i++) {
		struct tenon_congruence c = _tenon_congruence_at(
			_tenon_limits_of_plane(limits[i], plane), TENON_PLANE_PITCH_MULTIPLE);

		if (!_tenon_congruence_meet(&all, all, c)) {
			return false;
		}
	}
	if (!_tenon_congruence_next(1, all.multiple, all.remainder, &next) || next <= max) {
		return false;
	}
	text_buf_addf(buf, "for %s a maximum of %" PRIu64 " would do", device, next);
	return true;
}

static bool add_pitch_hint(struct text_buf *buf, const struct tenon_party *parties,
	const struct tenon_limits *const *limits, size_t len, unsigned plane)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t exact = _tenon_limits_plane(limits[i], plane, TENON_PLANE_PITCH_EXACT);
		uint64_t max = _tenon_limits_plane(limits[i], plane, TENON_PLANE_PITCH_MAX);

		for (size_t j = 0; exact != 0 && j < len; j++) {
			if (add_next_pitch(buf, parties[j].device,
				    _tenon_limits_of_plane(limits[j], plane), exact)) {
				return true;
			}
		}
		if (max != UINT64_MAX &&
			add_max_pitch(buf, parties[i].device, max, limits, len, plane)) {
			return true;
		}
	}
	return false;
}

/* What would satisfy; NULL in *out when there is nothing to say. */
static int make_hint(char **out, const struct tenon_party *parties, size_t len,
	const struct tenon_fold *common, const struct tenon_reason *reason)
{
	const struct tenon_limits **limits = calloc(len, sizeof(*limits));
	struct text_buf buf = {0};
	bool known = reason->property >= TENON_PROP_PITCH_MULTIPLE &&
		     reason->property <= TENON_PROP_PITCH_MAX;
	bool any = false;

	*out = NULL;
	if (limits == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < len; i++) {
		limits[i] = get_only(&parties[i], common);
		known &= limits[i] != NULL;
	}
	for (unsigned plane = 0; known && !any && plane < TENON_MAX_PLANES; plane++) {
		any = add_pitch_hint(&buf, parties, limits, len, plane);
	}
	free(limits);
	if (!any && len > 2) {
		text_buf_addf(&buf, "without %s the others agree", parties[len - 1].device);
		any = true;
	}
	if (!any) {
		return 0;
	}
	return text_buf_take(&buf, out);
}

static void finish_entries(struct tenon_conflict_entry *entries, size_t len)
{
	for (size_t i = 0; entries != NULL && i < len; i++) {
		free((char *)entries[i].value);
	}
	free(entries);
}

static int make(struct tenon_conflict **out, const struct tenon_party *parties, size_t len,
	const struct tenon_fold *common, const struct tenon_reason *reason)
{
	struct tenon_conflict_entry *entries = calloc(len, sizeof(*entries));
	char *hint = NULL;
	int rc = entries != NULL ? 0 : -ENOMEM;

	for (size_t i = 0; i < len && rc == 0; i++) {
		char *value = NULL;

		rc = describe_party(&value, &parties[i], common, reason);
		entries[i] = (struct tenon_conflict_entry){
			.device = parties[i].device,
			.value = value,
			.source = find_source(&parties[i], reason),
		};
	}
	if (rc == 0) {
		rc = make_hint(&hint, parties, len, common, reason);
	}
	if (rc == 0) {
		rc = _tenon_conflict_create(out, reason->property, entries, len, hint);
	}
	free(hint);
	finish_entries(entries, len);
	return rc;
}

int _tenon_conflict_phrase(struct tenon_conflict **out, const struct tenon_party *parties,
	size_t len, const struct tenon_reason *reason)
{
	const struct tenon_keep keep = {.formats = true, .modifiers = true};
	struct tenon_fold common;
	bool any = false;
	int rc = 0;

	_tenon_fold_init(&common, &keep, NULL, 0);
	if (reason->property > TENON_PROP_MODIFIER) {
		rc = find_common(&common, parties, len, &any);
	}
	if (rc == 0) {
		rc = make(out, parties, len, any ? &common : NULL, reason);
	}
	_tenon_fold_finish(&common);
	return rc;
}
