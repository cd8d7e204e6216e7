/* SPDX-License-Identifier: MIT */

/*
 * The offer of a device at hand. The table's alternatives are taken apart by role: what the kernel
 * tells of scanout and cursor cuts them down, and what it tells beyond the table comes in
 * alternatives of its own, whose limits are unknown.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/limits.h"
#include "constraint/offer.h"
#include "constraint/pairs.h"
#include "device/drm_facts.h"

static const char source_modifiers[] = "kernel: IN_FORMATS of the device's planes";
static const char source_formats[] = "kernel: formats of the device's planes";
static const char source_size[] = "kernel: sizes of framebuffers (MODE_GETRESOURCES)";
static const char source_cursor[] = "kernel: size of the cursor (DRM_CAP_CURSOR_WIDTH, _HEIGHT)";

/* What the kernel tells of a role. */
struct shown {
	uint32_t role;
	struct tenon_format_modifier *pairs; /* a set (pairs.h) */
	size_t len;
	struct tenon_format_modifier *left; /* a set: those that the table has not */
	size_t left_len;
	bool modifiers;                                        /* they come from IN_FORMATS */
	uint32_t width_min, width_max, height_min, height_max; /* 0: not told */
	const char *max_source;
};

static bool shows_role(const struct tenon_drm_plane *plane, uint32_t role)
{
	return (plane->type == TENON_DRM_PLANE_CURSOR) == (role == TENON_ROLE_CURSOR);
}

static void shown_finish(struct shown *shown)
{
	free(shown->pairs);
	free(shown->left);
}

/* Without modifiers a driver lays out as it likes what it allocates itself; of what comes from
 * elsewhere it can only expect rows. */
static void shown_take(struct shown *shown, const struct tenon_drm_plane *plane)
{
	for (size_t i = 0; i < plane->pairs_len; i++) {
		struct tenon_format_modifier pair = plane->pairs[i];

		if (!plane->has_modifiers) {
			pair.modifier = DRM_FORMAT_MOD_LINEAR;
		}
		if (pair.format != TENON_FORMAT_ANY) {
			shown->pairs[shown->len++] = pair;
		}
	}
	shown->modifiers = shown->modifiers || plane->has_modifiers;
}

static int shown_init(struct shown *shown, const struct tenon_drm_facts *facts, uint32_t role)
{
	size_t room = 0;

	*shown = (struct shown){
		.role = role,
		.width_min = facts->width_min,
		.width_max = facts->width_max,
		.height_min = facts->height_min,
		.height_max = facts->height_max,
		.max_source = source_size,
	};
	if (role == TENON_ROLE_CURSOR && facts->cursor_width != 0 && facts->cursor_height != 0) {
		shown->width_max = facts->cursor_width;
		shown->height_max = facts->cursor_height;
		shown->max_source = source_cursor;
	}
	for (size_t i = 0; i < facts->planes_len; i++) {
		room += shows_role(facts->planes[i], role) ? facts->planes[i]->pairs_len : 0;
	}
	shown->pairs = calloc(room + 1, sizeof(*shown->pairs));
	shown->left = calloc(room + 1, sizeof(*shown->left));
	if (shown->pairs == NULL || shown->left == NULL) {
		shown_finish(shown);
		return -ENOMEM;
	}
	for (size_t i = 0; i < facts->planes_len; i++) {
		if (shows_role(facts->planes[i], role)) {
			shown_take(shown, facts->planes[i]);
		}
	}
	shown->len = _tenon_pairs_normalise(shown->pairs, shown->len);
	memcpy(shown->left, shown->pairs, shown->len * sizeof(*shown->left));
	shown->left_len = shown->len;
	return 0;
}

/* Sets a minimum or maximum, unless the limits have a stricter one; 0 is none. */
static int restrict_size(struct tenon_limits *limits, enum tenon_property property, uint32_t value,
	const char *source)
{
	bool is_max = property == TENON_PROP_WIDTH_MAX || property == TENON_PROP_HEIGHT_MAX;
	uint64_t old = 0;

	if (value == 0) {
		return 0;
	}
	if (tenon_limits_get(limits, property, TENON_PLANE_ALL, &old) == 0 &&
		(is_max ? old <= value : old >= value)) {
		return 0;
	}
	tenon_limits_set(limits, property, TENON_PLANE_ALL, value);
	return tenon_limits_set_source(limits, property, source);
}

static int restrict_limits(struct tenon_limits *limits, const struct shown *shown)
{
	const char *source = shown->modifiers ? source_modifiers : source_formats;
	int ret = tenon_limits_set_source(limits, TENON_PROP_FORMAT, source);

	if (ret == 0) {
		ret = tenon_limits_set_source(limits, TENON_PROP_MODIFIER, source);
	}
	if (ret == 0) {
		ret = restrict_size(limits, TENON_PROP_WIDTH_MIN, shown->width_min, source_size);
	}
	if (ret == 0) {
		ret = restrict_size(limits, TENON_PROP_HEIGHT_MIN, shown->height_min, source_size);
	}
	if (ret == 0) {
		ret = restrict_size(
			limits, TENON_PROP_WIDTH_MAX, shown->width_max, shown->max_source);
	}
	if (ret == 0) {
		ret = restrict_size(
			limits, TENON_PROP_HEIGHT_MAX, shown->height_max, shown->max_source);
	}
	return ret;
}

/* Adds pairs in this role within these limits and what the kernel tells. Where nothing can be
 * within both there is nothing to offer. */
static int add_shown(struct tenon_offer *offer, const struct shown *shown,
	const struct tenon_format_modifier *pairs, size_t len, const struct tenon_limits *limits)
{
	struct tenon_limits *both = NULL;
	int ret;

	if (len == 0) {
		return 0;
	}
	ret = tenon_limits_dup(&both, limits);
	if (ret == 0) {
		ret = restrict_limits(both, shown);
	}
	if (ret == 0 && _tenon_limits_find_contradiction(both) == 0) {
		ret = tenon_offer_add(offer, shown->role, pairs, len, both);
	}
	tenon_limits_destroy(both);
	return ret;
}

/* The part of the table's alternative that the kernel confirms. */
static int add_confirmed(
	struct tenon_offer *offer, struct shown *shown, const struct tenon_alternative *alternative)
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

static int add_left(struct tenon_offer *offer, const struct shown *shown)
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
	if (facts->render == 0 && facts->primary != 0) {
		told |= TENON_ROLE_RENDER;
	}
	return TENON_ROLE_ANY & ~told;
}

static int add_alternative(struct tenon_offer *offer, const struct tenon_drm_facts *facts,
	struct shown shown[2], const struct tenon_alternative *alternative)
{
	uint32_t as_is = alternative->roles & get_untold(facts);
	int ret = 0;

	if (as_is != 0) {
		ret = tenon_offer_add(offer, as_is, alternative->pairs, alternative->pairs_len,
			alternative->limits);
	}
	for (unsigned i = 0; i < 2 && ret == 0; i++) {
		if ((alternative->roles & ~as_is & shown[i].role) != 0) {
			ret = add_confirmed(offer, &shown[i], alternative);
		}
	}
	return ret;
}

static int fill(struct tenon_offer *offer, const struct tenon_drm_facts *facts,
	const struct tenon_offer *from)
{
	struct shown shown[2];
	int ret = shown_init(&shown[0], facts, TENON_ROLE_SCANOUT);

	if (ret < 0) {
		return ret;
	}
	ret = shown_init(&shown[1], facts, TENON_ROLE_CURSOR);
	if (ret < 0) {
		shown_finish(&shown[0]);
		return ret;
	}
	for (size_t i = 0; i < from->alternatives_len && ret == 0; i++) {
		ret = add_alternative(offer, facts, shown, &from->alternatives[i]);
	}
	for (unsigned i = 0; i < 2; i++) {
		if (ret == 0 && facts->display_error == 0) {
			ret = add_left(offer, &shown[i]);
		}
		shown_finish(&shown[i]);
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
