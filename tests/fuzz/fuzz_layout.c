/* SPDX-License-Identifier: MIT */
/*
 * Layouts of arbitrary limits and sizes, and imports of arbitrary planes: whatever is accepted
 * keeps its planes apart and within their objects, and passes its own check.
 */
#include <stdlib.h>
#include <string.h>

#include <tenon/format.h>

#include "fuzz.h"
#include "reader.h"

/* A number of any length, small ones as often as great ones. */
static uint64_t take_number(struct reader *in)
{
	return take(in, 1 + take(in, 1) % 8);
}

static void check_planes(const struct tenon_layout *layout)
{
	size_t len = tenon_layout_get_planes_len(layout);
	struct tenon_plane_layout a, b;

	for (size_t i = 0; i < len; i++) {
		uint64_t size;

		require(tenon_layout_get_plane(layout, i, &a) == 0);
		require(a.object < tenon_layout_get_objects_len(layout));
		size = tenon_layout_get_object_size(layout, a.object);
		require(size > 0 && size < UINT64_C(1) << 63 && a.size > 0);
		require(a.offset < size && a.size <= size - a.offset);
		for (size_t j = 0; j < i; j++) {
			require(tenon_layout_get_plane(layout, j, &b) == 0);
			require(a.object != b.object || a.offset + a.size <= b.offset ||
				b.offset + b.size <= a.offset);
		}
	}
}

static const struct tenon_format *take_format(struct reader *in)
{
	const struct tenon_format *format = tenon_format_list(take(in, 1));

	return format != NULL ? format : tenon_format_list(0);
}

static void import(struct reader *in, const struct tenon_limits *limits)
{
	const struct tenon_format *format = take_format(in);
	struct tenon_plane_layout planes[TENON_MAX_PLANES];
	uint64_t sizes[TENON_MAX_PLANES];
	struct tenon_layout *layout;
	uint8_t counts = (uint8_t)take(in, 1);
	uint64_t modifier = (counts & 0x80) != 0 ? take_number(in) : 0;
	uint32_t width = (uint32_t)take_number(in), height = (uint32_t)take_number(in);

	for (unsigned i = 0; i < TENON_MAX_PLANES; i++) {
		planes[i] = (struct tenon_plane_layout){
			.object = (uint32_t)take(in, 1) % 5,
			.pitch = (uint32_t)take_number(in),
			.offset = take_number(in),
			.size = take_number(in),
			.width = (uint32_t)take_number(in),
			.height = (uint32_t)take_number(in),
		};
		sizes[i] = take_number(in);
	}
	if (tenon_layout_create_from_planes(&layout, format, modifier, width, height, planes,
		    counts % 8, sizes, counts / 8 % 8) == 0) {
		check_planes(layout);
		tenon_layout_check(layout, limits, NULL);
		tenon_layout_destroy(layout);
	}
}

void fuzz_one(const uint8_t *data, size_t size)
{
	struct reader in = {.data = data, .size = size};
	const struct tenon_format *format = take_format(&in);
	uint32_t width = (uint32_t)take_number(&in), height = (uint32_t)take_number(&in);
	enum tenon_property property = 0;
	struct tenon_limits *limits;
	struct tenon_layout *layout;
	int rc;

	if (tenon_limits_create(&limits) != 0) {
		return;
	}
	for (uint64_t n = take(&in, 1) % 16; n > 0; n--) {
		uint8_t plane = (uint8_t)take(&in, 1);
		enum tenon_property which = (enum tenon_property)(16 + take(&in, 1) % 70);

		tenon_limits_set(
			limits, which, plane < 4 ? plane : TENON_PLANE_ALL, take_number(&in));
	}
	rc = tenon_layout_create(&layout, format, 0, width, height, limits, &property);
	if (rc == 0) {
		check_planes(layout);
		require(tenon_layout_check(layout, limits, NULL) == 0);
		tenon_layout_destroy(layout);
	} else {
		require(rc < 0 || property != 0);
	}
	import(&in, limits);
	tenon_limits_destroy(limits);
}
