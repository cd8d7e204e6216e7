/* SPDX-License-Identifier: MIT */
#include "plan/asked.h"

#include <errno.h>
#include <stdlib.h>

#include "constraint/merge.h"

static bool is_asked(
	const struct tenon_question *question, const struct tenon_format_modifier *pair)
{
	bool format = question->formats == NULL || pair->format == TENON_FORMAT_ANY;
	bool modifier = question->modifiers == NULL;

	for (size_t i = 0; !format && i < question->formats_len; i++) {
		format = question->formats[i] == pair->format;
	}
	for (size_t i = 0; !modifier && i < question->modifiers_len; i++) {
		modifier = question->modifiers[i] == pair->modifier;
	}
	return format && modifier;
}

/* Adds what is left of an alternative, if anything is. */
static int narrow_alternative(struct tenon_offer *to, const struct tenon_offer *from, size_t i,
	const struct tenon_question *question)
{
	const struct tenon_format_modifier *pairs;
	struct tenon_format_modifier *kept;
	const struct tenon_limits *limits;
	size_t len, kept_len = 0;
	uint32_t roles;
	int rc = 0;

	tenon_offer_get_alternative(from, i, &roles, &pairs, &len, &limits);
	kept = calloc(len + 1, sizeof(*kept));
	if (kept == NULL) {
		return -ENOMEM;
	}
	for (size_t p = 0; p < len; p++) {
		if (is_asked(question, &pairs[p])) {
			kept[kept_len++] = pairs[p];
		}
	}
	if (kept_len > 0) {
		rc = tenon_offer_add(to, roles, kept, kept_len, limits);
	}
	free(kept);
	return rc;
}

/* The same offer with nothing but what was asked for. -ENOENT when that is nothing. */
static int narrow(struct tenon_offer **out, const struct tenon_offer *from,
	const struct tenon_question *question)
{
	struct tenon_offer *offer = NULL;
	int rc = tenon_offer_create(&offer, tenon_offer_get_device(from));

	for (size_t i = 0; rc == 0 && i < tenon_offer_get_alternatives_len(from); i++) {
		rc = narrow_alternative(offer, from, i, question);
	}
	if (rc == 0 && tenon_offer_get_alternatives_len(offer) == 0) {
		rc = -ENOENT;
	}
	if (rc != 0) {
		tenon_offer_unref(offer);
		return rc;
	}
	*out = offer;
	return 0;
}

int _tenon_asked_conflict(struct tenon_conflict **out, const struct tenon_question *question)
{
	size_t len = question->participants_len;
	struct tenon_participant *narrowed = calloc(len + 1, sizeof(*narrowed));
	struct tenon_merge *merge = NULL;
	int rc = narrowed != NULL ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < len; i++) {
		narrowed[i].roles = question->participants[i].roles;
		rc = narrow(&narrowed[i].offer, question->participants[i].offer, question);
	}
	if (rc == 0) {
		rc = _tenon_merge_create_within(&merge, narrowed, len, out, question->work);
		tenon_merge_destroy(merge);
		rc = rc == 0 ? -ENOENT : rc == TENON_CONFLICT ? 0 : rc;
	}
	for (size_t i = 0; narrowed != NULL && i < len; i++) {
		tenon_offer_unref(narrowed[i].offer);
	}
	free(narrowed);
	return rc;
}
