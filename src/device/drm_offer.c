/* SPDX-License-Identifier: MIT */

/*
 * The offer of a device at hand. The table's alternatives are taken apart by role: what the kernel
 * tells of scanout, cursor and writeback cuts them down, and what it tells beyond the table comes
 * in alternatives of its own, whose limits are unknown.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <stdlib.h>

#include "constraint/limits.h"
#include "constraint/offer.h"
#include "constraint/pairs.h"
#include "device/drm_facts.h"
#include "device/drm_shown.h"

enum {
	SHOWN_LEN = 3,
};

/* Adds pairs in this role within these limits and what the kernel tells. Where nothing can be
 * within both there is nothing to offer. */
static int add_shown(struct tenon_offer *offer, const struct drm_shown *shown,
	const struct tenon_format_modifier *pairs, size_t len, const struct tenon_limits *limits)
{
	struct tenon_limits *both = NULL;
	int ret;

	if (len == 0) {
		return 0;
	}
	ret = tenon_limits_dup(&both, limits);
	if (ret == 0) {
		ret = drm_shown_restrict(both, shown);
	}
	if (ret == 0 && _tenon_limits_find_contradiction(both) == 0) {
		ret = tenon_offer_add(offer, shown->role, pairs, len, both);
	}
	tenon_limits_destroy(both);
	return ret;
}

/* The part of the table's alternative that the kernel confirms. */
static int add_confirmed(struct tenon_offer *offer, struct drm_shown *shown,
	const struct tenon_alternative *alternative)
{
	struct tenon_format_modifier *pairs;
	size_t len;
	int ret;

	pairs = calloc(shown->len + alternative->set_len, sizeof(*pairs));
	if (pairs == NULL) {
		return -ENOMEM;
	}
	len = _tenon_pairs_intersect(
		pairs, shown->pairs, shown->len, alternative->set, alternative->set_len);
	ret = add_shown(offer, shown, pairs, len, alternative->limits);
	shown->left_len = _tenon_pairs_subtract(
		shown->left, shown->left, shown->left_len, alternative->set, alternative->set_len);
	free(pairs);
	return ret;
}

/* Limits of which nothing is known that matters. */
static int create_unknown(struct tenon_limits **out)
{
	int ret = tenon_limits_create(out);

	if (ret == 0) {
		tenon_limits_set_unknown(*out, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL);
		tenon_limits_set_unknown(*out, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL);
	}
	return ret;
}

static int add_left(struct tenon_offer *offer, const struct drm_shown *shown)
{
	struct tenon_limits *limits = NULL;
	int ret = create_unknown(&limits);

	if (ret == 0) {
		ret = add_shown(offer, shown, shown->left, shown->left_len, limits);
	}
	tenon_limits_destroy(limits);
	return ret;
}

/* What stands in for a driver that the table does not have: all it could be, in rows. */
static int create_any(struct tenon_offer **out, const char *name)
{
	const struct tenon_format_modifier any = {TENON_FORMAT_ANY, DRM_FORMAT_MOD_LINEAR};
	const uint32_t roles = TENON_ROLE_RENDER | TENON_ROLE_SCANOUT | TENON_ROLE_CURSOR;
	struct tenon_offer *offer = NULL;
	struct tenon_limits *limits = NULL;
	int ret = tenon_offer_create(&offer, name);

	if (ret == 0) {
		ret = create_unknown(&limits);
	}
	if (ret == 0) {
		ret = tenon_offer_add(offer, roles, &any, 1, limits);
	}
	tenon_limits_destroy(limits);
	if (ret < 0) {
		tenon_offer_unref(offer);
		return ret;
	}
	*out = offer;
	return 0;
}

/* Roles of which the kernel tells nothing against the table. */
static uint32_t get_untold(const struct tenon_drm_facts *facts)
{
	uint32_t told = 0;

	if (facts->display_error == 0) {
		told |= TENON_ROLE_SCANOUT | TENON_ROLE_CURSOR;
	}
	if (facts->writeback != TENON_UNKNOWN) {
		told |= TENON_ROLE_CAPTURE;
	}
	if (facts->render == 0 && facts->primary != 0) {
		told |= TENON_ROLE_RENDER;
	}
	return TENON_ROLE_ANY & ~told;
}

static int add_alternative(struct tenon_offer *offer, uint32_t untold,
	struct drm_shown shown[SHOWN_LEN], const struct tenon_alternative *alternative)
{
	uint32_t as_is = alternative->roles & untold;
	int ret = 0;

	if (as_is != 0) {
		ret = tenon_offer_add(offer, as_is, alternative->pairs, alternative->pairs_len,
			alternative->limits);
	}
	for (unsigned i = 0; i < SHOWN_LEN && ret == 0; i++) {
		if ((alternative->roles & ~as_is & shown[i].role) != 0) {
			ret = add_confirmed(offer, &shown[i], alternative);
		}
	}
	return ret;
}

static int fill(struct tenon_offer *offer, const struct tenon_drm_facts *facts,
	const struct tenon_offer *from)
{
	static const uint32_t roles[SHOWN_LEN] = {
		TENON_ROLE_SCANOUT, TENON_ROLE_CURSOR, TENON_ROLE_CAPTURE};
	struct drm_shown shown[SHOWN_LEN] = {{.role = 0}};
	uint32_t untold = get_untold(facts);
	int ret = 0;

	for (unsigned i = 0; i < SHOWN_LEN && ret == 0; i++) {
		ret = drm_shown_init(&shown[i], facts, roles[i]);
	}
	for (size_t i = 0; i < from->alternatives_len && ret == 0; i++) {
		ret = add_alternative(offer, untold, shown, &from->alternatives[i]);
	}
	for (unsigned i = 0; i < SHOWN_LEN; i++) {
		if (ret == 0 && (untold & roles[i]) == 0) {
			ret = add_left(offer, &shown[i]);
		}
		drm_shown_finish(&shown[i]);
	}
	return ret == 0 && offer->alternatives_len == 0 ? -ENOTSUP : ret;
}

/* What the table says, or could say, of the device; its name is the one that was asked for. */
static int create_base(struct tenon_offer **out, const struct tenon_drm_device *device,
	const struct tenon_drm_facts *facts, const struct tenon_device_table *table,
	const char *name)
{
	const struct tenon_device_entry *entry = NULL;

	if (table != NULL) {
		entry = tenon_device_table_find_driver(table, "drm", device->driver);
	}
	if (entry == NULL) {
		return create_any(out, name != NULL ? name : device->driver);
	}
	return tenon_device_entry_create_offer(out, entry, name, facts->iommu);
}

int _tenon_drm_offer_of_facts(struct tenon_offer **out, const struct tenon_drm_device *device,
	const struct tenon_drm_facts *facts, const struct tenon_device_table *table,
	const char *name)
{
	struct tenon_offer *base = NULL, *offer = NULL;
	int ret = create_base(&base, device, facts, table, name);

	if (ret < 0) {
		return ret;
	}
	ret = tenon_offer_create(&offer, tenon_offer_get_device(base));
	if (ret == 0) {
		ret = fill(offer, facts, base);
	}
	if (ret == 0) {
		enum tenon_answer coherent = tenon_offer_get_coherent(base);

		tenon_offer_set_coherent(
			offer, coherent != TENON_UNKNOWN ? coherent : facts->coherent);
		tenon_offer_set_dev(offer, device->dev);
		*out = offer;
	} else {
		tenon_offer_unref(offer);
	}
	tenon_offer_unref(base);
	return ret;
}

int tenon_drm_device_create_offer(struct tenon_offer **out, struct tenon_drm_device *device,
	const struct tenon_device_table *table, const char *name)
{
	const struct tenon_drm_facts *facts = NULL;
	int ret = tenon_drm_device_get_facts(device, &facts);

	return ret < 0 ? ret : _tenon_drm_offer_of_facts(out, device, facts, table, name);
}
