/* SPDX-License-Identifier: MIT */
#include "device/limits_copy.h"

#include <errno.h>
#include <stddef.h>

#include "config/limits_text.h"
#include "config/limits_value.h"

/* Copies what width or height is padded to. */
static int copy_paddings(struct tenon_limits *to, const struct tenon_limits *from,
	enum tenon_property property, uint32_t plane)
{
	uint32_t list[TENON_PADDINGS_MAX];
	size_t len = tenon_limits_get_paddings(from, property, plane, list);
	int ret = 0;

	for (size_t i = 0; i < len && ret == 0; i++) {
		ret = tenon_limits_add_padding(to, property, plane, list[i]);
	}
	return ret;
}

/* Copies one value, or that it is unknown; nothing when there is none. */
static int copy_value(struct tenon_limits *to, const struct tenon_limits *from,
	enum tenon_property property, uint32_t plane)
{
	uint64_t value = 0;

	switch (tenon_limits_get(from, property, plane, &value)) {
	case 0:
		return limits_value_is_padding(property)
			       ? copy_paddings(to, from, property, plane)
			       : tenon_limits_set(to, property, plane, value);
	case -ENODATA:
		return tenon_limits_set_unknown(to, property, plane);
	default:
		return 0;
	}
}

static int copy_heaps(
	struct tenon_limits *to, const struct tenon_limits *from, enum tenon_property property)
{
	const char *const *names = tenon_limits_get_heaps(from, property);
	int ret = 0;

	for (size_t i = 0; names != NULL && names[i] != NULL && ret == 0; i++) {
		ret = property == TENON_PROP_HEAP ? tenon_limits_allow_heap(to, names[i])
						  : tenon_limits_prefer_heap(to, names[i]);
	}
	return ret;
}

static int copy_property(
	struct tenon_limits *to, const struct tenon_limits *from, enum tenon_property property)
{
	const char *source = tenon_limits_get_source(from, property);
	int ret = 0;

	if (limits_value_is_names(property)) {
		ret = copy_heaps(to, from, property);
	} else if (!tenon_property_is_per_plane(property)) {
		ret = copy_value(to, from, property, TENON_PLANE_ALL);
	} else {
		for (uint32_t i = 0; i < TENON_MAX_PLANES && ret == 0; i++) {
			ret = copy_value(to, from, property, i);
		}
	}
	return ret == 0 && source != NULL ? tenon_limits_set_source(to, property, source) : ret;
}

int device_limits_copy(struct tenon_limits *to, const struct tenon_limits *from,
	const struct property_set *without)
{
	int ret = 0;

	for (unsigned p = 0; p < PROPERTY_MAX && ret == 0; p++) {
		if (limits_value_exists(p) && (without == NULL || !property_set_has(without, p))) {
			ret = copy_property(to, from, p);
		}
	}
	return ret;
}
