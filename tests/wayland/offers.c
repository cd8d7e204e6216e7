/* SPDX-License-Identifier: MIT */
#include "offers.h"

#include <drm_fourcc.h>

#include "harness.h"

struct tenon_offer *offer_make(
	const char *name, uint32_t roles, enum tenon_property property, uint64_t value)
{
	static const struct tenon_format_modifier pairs[] = {
		{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR},
		{DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR},
	};
	struct tenon_limits *limits;
	struct tenon_offer *offer;

	assert_int_equal(tenon_limits_create(&limits), 0);
	if (property != 0) {
		assert_int_equal(tenon_limits_set(limits, property, TENON_PLANE_ALL, value), 0);
		assert_int_equal(tenon_limits_set_source(limits, property, "made up"), 0);
	}
	assert_int_equal(tenon_offer_create(&offer, name), 0);
	assert_int_equal(tenon_offer_add(offer, roles, pairs, 2, limits), 0);
	tenon_limits_destroy(limits);
	return offer;
}
