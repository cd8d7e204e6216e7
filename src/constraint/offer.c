/* SPDX-License-Identifier: MIT */
#include "constraint/offer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/meet.h"
#include "constraint/pairs.h"

int tenon_offer_create(struct tenon_offer **out, const char *device)
{
	struct tenon_offer *offer;

	if (device == NULL || device[0] == '\0') {
		return -EINVAL;
	}
	offer = calloc(1, sizeof(*offer));
	if (offer == NULL) {
		return -ENOMEM;
	}
	offer->device = strdup(device);
	if (offer->device == NULL) {
		free(offer);
		return -ENOMEM;
	}
	atomic_init(&offer->refs, 1);
	atomic_init(&offer->used, false);
	*out = offer;
	return 0;
}

struct tenon_offer *tenon_offer_ref(struct tenon_offer *offer)
{
	atomic_fetch_add_explicit(&offer->refs, 1, memory_order_relaxed);
	return offer;
}

void tenon_offer_unref(struct tenon_offer *offer)
{
	if (offer == NULL ||
		atomic_fetch_sub_explicit(&offer->refs, 1, memory_order_acq_rel) != 1) {
		return;
	}
	for (size_t i = 0; i < offer->alternatives_len; i++) {
		free(offer->alternatives[i].pairs);
		tenon_limits_destroy(offer->alternatives[i].limits);
	}
	free(offer->alternatives);
	free(offer->device);
	free(offer);
}

/* Room for one more alternative. */
static int make_room(struct tenon_offer *offer)
{
	size_t room = offer->alternatives_room != 0 ? 2 * offer->alternatives_room : 2;
	struct tenon_alternative *more;

	if (offer->alternatives_len < offer->alternatives_room) {
		return 0;
	}
	more = reallocarray(offer->alternatives, room, sizeof(*more));
	if (more == NULL) {
		return -ENOMEM;
	}
	offer->alternatives = more;
	offer->alternatives_room = room;
	return 0;
}

/* The pairs as they were given, and behind them as a set. */
static int copy_pairs(struct tenon_alternative *alternative,
	const struct tenon_format_modifier *pairs, size_t pairs_len)
{
	struct tenon_format_modifier *copy;

	if (pairs_len > SIZE_MAX / 2 / sizeof(*copy)) {
		return -ENOMEM;
	}
	copy = calloc(2 * pairs_len, sizeof(*copy));
	if (copy == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < 2 * pairs_len; i++) {
		/* member by member: what lies between them stays 0 */
		copy[i].format = pairs[i % pairs_len].format;
		copy[i].modifier = pairs[i % pairs_len].modifier;
	}
	alternative->pairs = copy;
	alternative->pairs_len = pairs_len;
	alternative->set = copy + pairs_len;
	alternative->set_len = _tenon_pairs_normalise(alternative->set, pairs_len);
	return 0;
}

static int copy_limits(struct tenon_limits **out, const struct tenon_limits *limits)
{
	if (limits == NULL) {
		return tenon_limits_create(out);
	}
	return tenon_limits_dup(out, limits);
}

int tenon_offer_add(struct tenon_offer *offer, uint32_t roles,
	const struct tenon_format_modifier *pairs, size_t pairs_len,
	const struct tenon_limits *limits)
{
	struct tenon_alternative alternative = {.roles = roles};
	int rc;

	if (roles == 0 || (roles & ~TENON_ROLE_ANY) != 0 || pairs == NULL || pairs_len == 0) {
		return -EINVAL;
	}
	if (limits != NULL && _tenon_limits_find_contradiction(limits) != 0) {
		return -EINVAL;
	}
	if (atomic_load_explicit(&offer->used, memory_order_relaxed)) {
		return -EBUSY;
	}
	rc = make_room(offer);
	if (rc == 0) {
		rc = copy_pairs(&alternative, pairs, pairs_len);
	}
	if (rc < 0) {
		return rc;
	}
	rc = copy_limits(&alternative.limits, limits);
	if (rc < 0) {
		free(alternative.pairs);
		return rc;
	}
	offer->alternatives[offer->alternatives_len++] = alternative;
	offer->roles |= roles;
	return 0;
}

void tenon_offer_set_coherent(struct tenon_offer *offer, enum tenon_answer coherent)
{
	offer->coherent = coherent;
}

enum tenon_answer tenon_offer_get_coherent(const struct tenon_offer *offer)
{
	return offer->coherent;
}

void tenon_offer_set_dev(struct tenon_offer *offer, dev_t dev)
{
	offer->dev = dev;
}

dev_t tenon_offer_get_dev(const struct tenon_offer *offer)
{
	return offer->dev;
}

const char *tenon_offer_get_device(const struct tenon_offer *offer)
{
	return offer->device;
}

uint32_t tenon_offer_get_roles(const struct tenon_offer *offer)
{
	uint32_t roles = 0;

	for (size_t i = 0; i < offer->alternatives_len; i++) {
		roles |= offer->alternatives[i].roles;
	}
	return roles;
}

size_t tenon_offer_get_alternatives_len(const struct tenon_offer *offer)
{
	return offer->alternatives_len;
}

int tenon_offer_get_alternative(const struct tenon_offer *offer, size_t i, uint32_t *roles,
	const struct tenon_format_modifier **pairs, size_t *pairs_len,
	const struct tenon_limits **limits)
{
	if (i >= offer->alternatives_len) {
		return -EINVAL;
	}
	if (roles != NULL) {
		*roles = offer->alternatives[i].roles;
	}
	if (pairs != NULL) {
		*pairs = offer->alternatives[i].pairs;
	}
	if (pairs_len != NULL) {
		*pairs_len = offer->alternatives[i].pairs_len;
	}
	if (limits != NULL) {
		*limits = offer->alternatives[i].limits;
	}
	return 0;
}

static int order_alternatives(const struct tenon_alternative *a, const struct tenon_alternative *b)
{
	int order = (a->roles > b->roles) - (a->roles < b->roles);

	if (order == 0) {
		order = (a->set_len > b->set_len) - (a->set_len < b->set_len);
	}
	for (size_t i = 0; i < a->set_len && order == 0; i++) {
		order = _tenon_pair_compare(&a->set[i], &b->set[i]);
	}
	return order != 0 ? order : _tenon_limits_order(a->limits, b->limits);
}

int _tenon_offer_order_content(const struct tenon_offer *a, const struct tenon_offer *b)
{
	int order = (a->alternatives_len > b->alternatives_len) -
		    (a->alternatives_len < b->alternatives_len);

	if (a == b) {
		return 0;
	}
	for (size_t i = 0; i < a->alternatives_len && order == 0; i++) {
		order = order_alternatives(&a->alternatives[i], &b->alternatives[i]);
	}
	return order;
}

int _tenon_offer_order(const struct tenon_offer *a, const struct tenon_offer *b)
{
	int order = a != b ? strcmp(a->device, b->device) : 0;

	return order != 0 ? order : _tenon_offer_order_content(a, b);
}
