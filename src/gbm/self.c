/* SPDX-License-Identifier: MIT */

/*
 * The DRM device as one of those that a bo is made for: what the device table or the kernel says of
 * it, and the tiled layouts that Mesa has for it. What these need of pitches is Mesa's affair; what
 * the device needs of memory holds for them as well.
 */
#include <errno.h>

#include "gbm/device.h"

static const enum tenon_property of_memory[] = {
	TENON_PROP_WIDTH_MIN,
	TENON_PROP_WIDTH_MAX,
	TENON_PROP_HEIGHT_MIN,
	TENON_PROP_HEIGHT_MAX,
	TENON_PROP_BASE_ALIGN,
	TENON_PROP_SEGMENTS_MAX,
	TENON_PROP_SEGMENT_SIZE_MAX,
	TENON_PROP_SEGMENT_BOUNDARY,
	TENON_PROP_ADDRESS_MIN,
	TENON_PROP_ADDRESS_MAX,
	TENON_PROP_CACHE,
	TENON_PROP_PROTECTED,
};

/* What limits say of memory and of the picture's size, and nothing of rows. */
static int dup_memory_limits(struct tenon_limits **out, const struct tenon_limits *from)
{
	struct tenon_limits *limits = NULL;
	int ret = tenon_limits_create(&limits);
	for (size_t i = 0; ret == 0 && i < sizeof(of_memory) / sizeof(of_memory[0]); i++) {
		uint64_t value;
		if (tenon_limits_get(from, of_memory[i], TENON_PLANE_ALL, &value) == 0) {
			ret = tenon_limits_set(limits, of_memory[i], TENON_PLANE_ALL, value);
		}
	}
	if (ret < 0) {
		tenon_limits_destroy(limits);
		return ret;
	}
	*out = limits;
	return 0;
}

/* What is shown must be as the planes take it, where the kernel tells that. */
static uint32_t find_roles(struct tg_device *device)
{
	const struct tenon_drm_facts *facts;
	uint32_t roles = TENON_ROLE_ANY;
	if (tenon_drm_device_get_facts(device->drm_device, &facts) < 0) {
		return roles;
	}
	for (size_t i = 0; i < facts->planes_len; i++) {
		if (facts->planes[i]->has_modifiers) {
			roles &= ~(uint32_t)(TENON_ROLE_SCANOUT | TENON_ROLE_CURSOR);
		}
	}
	return roles;
}

/* An alternative as it is, and what Mesa lays out in the same roles, of those that are its own. */
static int add_both(struct tenon_offer *offer, const struct tenon_offer *from, size_t i,
	uint32_t mesas, const struct tenon_format_modifier *tiled, size_t tiled_len)
{
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	struct tenon_limits *memory = NULL;
	uint32_t roles;
	size_t len;
	tenon_offer_get_alternative(from, i, &roles, &pairs, &len, &limits);
	int ret = tenon_offer_add(offer, roles, pairs, len, limits);
	if (ret == 0 && (roles & mesas) != 0) {
		ret = dup_memory_limits(&memory, limits);
		if (ret == 0) {
			ret = tenon_offer_add(offer, roles & mesas, tiled, tiled_len, memory);
		}
	}
	tenon_limits_destroy(memory);
	return ret;
}

static int extend(struct tenon_offer **out, const struct tenon_offer *from, uint32_t mesas,
	const struct tenon_format_modifier *tiled, size_t tiled_len)
{
	struct tenon_offer *offer = NULL;
	int ret = tenon_offer_create(&offer, tenon_offer_get_device(from));
	for (size_t i = 0; ret == 0 && i < tenon_offer_get_alternatives_len(from); i++) {
		ret = add_both(offer, from, i, mesas, tiled, tiled_len);
	}
	if (ret < 0) {
		tenon_offer_unref(offer);
		return ret;
	}
	*out = offer;
	return 0;
}

int tg_self_offer(struct tg_device *device, struct tenon_offer **out)
{
	const struct tenon_format_modifier *tiled = NULL;
	size_t tiled_len = tg_mesa_heap_get_pairs(device, &tiled);
	struct tenon_offer *base = device->participants[0].offer;
	int ret = 0;
	pthread_mutex_lock(&device->lock);
	if (tiled_len > device->self_pairs_len) {
		struct tenon_offer *offer = NULL;
		ret = extend(&offer, base, find_roles(device), tiled, tiled_len);
		if (ret == 0) {
			tenon_offer_unref(device->self);
			device->self = offer;
			device->self_pairs_len = tiled_len;
		}
	}
	if (ret == 0) {
		*out = tenon_offer_ref(device->self != NULL ? device->self : base);
	}
	pthread_mutex_unlock(&device->lock);
	return ret;
}
