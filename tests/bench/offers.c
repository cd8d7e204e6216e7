/* SPDX-License-Identifier: MIT */
#include "offers.h"

#include <stdint.h>
#include <stdio.h>

#include <drm_fourcc.h>

#include "bench.h"

static const uint32_t rgb_formats[] = {
	DRM_FORMAT_XRGB8888,
	DRM_FORMAT_ARGB8888,
	DRM_FORMAT_XBGR8888,
	DRM_FORMAT_ABGR8888,
	DRM_FORMAT_RGB565,
	DRM_FORMAT_XRGB2101010,
	DRM_FORMAT_ARGB2101010,
	DRM_FORMAT_RGB888,
	DRM_FORMAT_BGR888,
	DRM_FORMAT_BGRX8888,
	DRM_FORMAT_BGRA8888,
	DRM_FORMAT_RGBX8888,
	DRM_FORMAT_RGBA8888,
	DRM_FORMAT_XBGR2101010,
	DRM_FORMAT_ABGR2101010,
	DRM_FORMAT_BGR565,
};

enum {
	RGB_FORMATS_LEN = sizeof(rgb_formats) / sizeof(rgb_formats[0]),
	PAIRS_MAX = 64,
};

struct limit {
	enum tenon_property property;
	uint64_t value;
};

/* Formats in turn, each with the modifiers 0 (linear), 1, 2, ... of one vendor. */
static void fill_pairs(struct tenon_format_modifier *pairs, size_t len)
{
	size_t formats_len = len < RGB_FORMATS_LEN ? len : RGB_FORMATS_LEN;

	for (size_t i = 0; i < len; i++) {
		uint64_t n = i / formats_len;

		pairs[i].format = rgb_formats[i % formats_len];
		pairs[i].modifier = n == 0 ? DRM_FORMAT_MOD_LINEAR : fourcc_mod_code(INTEL, n);
	}
}

static void add(struct tenon_offer *offer, uint32_t roles, size_t pairs_len,
	const struct limit *limit, size_t limits_len)
{
	struct tenon_format_modifier pairs[PAIRS_MAX];
	struct tenon_limits *limits;

	bench_require(pairs_len <= PAIRS_MAX);
	fill_pairs(pairs, pairs_len);
	bench_require(tenon_limits_create(&limits) == 0);
	for (size_t i = 0; i < limits_len; i++) {
		bench_require(tenon_limits_set(limits, limit[i].property, TENON_PLANE_ALL,
				      limit[i].value) == 0);
	}
	bench_require(tenon_offer_add(offer, roles, pairs, pairs_len, limits) == 0);
	tenon_limits_destroy(limits);
}

struct tenon_offer *bench_gpu(void)
{
	static const struct limit render[] = {
		{TENON_PROP_PITCH_MULTIPLE, 256},
		{TENON_PROP_WIDTH_MAX, 16384},
		{TENON_PROP_HEIGHT_MAX, 16384},
	};
	static const struct limit scanout[] = {
		{TENON_PROP_PITCH_MULTIPLE, 256},
		{TENON_PROP_WIDTH_MAX, 16384},
		{TENON_PROP_HEIGHT_MAX, 16384},
		{TENON_PROP_BASE_ALIGN, 4096},
	};
	struct tenon_offer *offer;

	bench_require(tenon_offer_create(&offer, "gpu") == 0);
	add(offer, TENON_ROLE_RENDER, 8, render, 3);
	add(offer, TENON_ROLE_SCANOUT, 4, scanout, 4);
	return offer;
}

struct tenon_offer *bench_display(void)
{
	static const struct limit scanout[] = {
		{TENON_PROP_PITCH_MULTIPLE, 64},
		{TENON_PROP_WIDTH_MAX, 4096},
		{TENON_PROP_HEIGHT_MAX, 4096},
		{TENON_PROP_SEGMENTS_MAX, 1},
		{TENON_PROP_ADDRESS_MAX, UINT32_MAX},
	};
	struct tenon_offer *offer;

	bench_require(tenon_offer_create(&offer, "display") == 0);
	add(offer, TENON_ROLE_SCANOUT, 4, scanout, 5);
	return offer;
}

struct tenon_offer *bench_one_of_many(size_t i, size_t pairs_len)
{
	const struct limit limits[] = {
		{TENON_PROP_PITCH_MULTIPLE, UINT64_C(1) << (i % 9)},
		{TENON_PROP_WIDTH_MAX, 16384 - i},
		{TENON_PROP_HEIGHT_MAX, 8192 + i},
		{TENON_PROP_BASE_ALIGN, UINT64_C(1) << (i % 13)},
		{TENON_PROP_PITCH_MAX, UINT32_MAX - i},
	};
	struct tenon_offer *offer;
	char name[32];

	snprintf(name, sizeof(name), "device-%zu", i);
	bench_require(tenon_offer_create(&offer, name) == 0);
	add(offer, TENON_ROLE_RENDER, pairs_len, limits, sizeof(limits) / sizeof(limits[0]));
	return offer;
}
