/* SPDX-License-Identifier: MIT */
#include "plan/own.h"

#include <errno.h>
#include <stdlib.h>

#include "plan/plan.h"

struct pairs {
	struct tenon_format_modifier *all;
	size_t len, room;
};

static int add(struct pairs *pairs, uint64_t modifier)
{
	if (pairs->len == pairs->room) {
		size_t room = pairs->room == 0 ? 64 : 2 * pairs->room;
		struct tenon_format_modifier *all = reallocarray(pairs->all, room, sizeof(*all));

		if (all == NULL) {
			return -ENOMEM;
		}
		pairs->all = all;
		pairs->room = room;
	}
	pairs->all[pairs->len++] = (struct tenon_format_modifier){TENON_FORMAT_ANY, modifier};
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct tenon_format_modifier *x = a, *y = b;

	return x->modifier < y->modifier ? -1 : x->modifier > y->modifier;
}

static void unique(struct pairs *pairs)
{
	size_t len = 0;

	qsort(pairs->all, pairs->len, sizeof(*pairs->all), compare);
	for (size_t i = 0; i < pairs->len; i++) {
		if (len == 0 || pairs->all[len - 1].modifier != pairs->all[i].modifier) {
			pairs->all[len++] = pairs->all[i];
		}
	}
	pairs->len = len;
}

/* The modifiers of one offer; most offers have long runs of the same. */
static int add_offer(struct pairs *pairs, const struct tenon_offer *offer)
{
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer); i++) {
		const struct tenon_format_modifier *pair;
		size_t len;

		tenon_offer_get_alternative(offer, i, NULL, &pair, &len, NULL);
		for (size_t k = 0; k < len; k++) {
			if (pairs->all[pairs->len - 1].modifier != pair[k].modifier &&
				add(pairs, pair[k].modifier) != 0) {
				return -ENOMEM;
			}
		}
	}
	return 0;
}

int _tenon_own_offer(struct tenon_offer **out, const struct tenon_plan_options *options)
{
	struct tenon_offer *offer = NULL;
	struct pairs pairs = {0};
	int rc = add(&pairs, 0);

	for (size_t i = 0; rc == 0 && options->modifiers != NULL && i < options->modifiers_len;
		i++) {
		rc = add(&pairs, options->modifiers[i]);
	}
	for (size_t i = 0; rc == 0 && i < options->participants_len; i++) {
		rc = add_offer(&pairs, options->participants[i].offer);
	}
	if (rc == 0) {
		unique(&pairs);
		rc = tenon_offer_create(&offer, TENON_CALLER);
	}
	if (rc == 0) {
		rc = tenon_offer_add(offer, TENON_ROLE_ANY, pairs.all, pairs.len, options->limits);
	}
	free(pairs.all);
	if (rc != 0) {
		tenon_offer_unref(offer);
		return rc;
	}
	*out = offer;
	return 0;
}
