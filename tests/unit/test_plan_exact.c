/* SPDX-License-Identifier: MIT */
/*
 * Merging, laying out and choosing together, against a search: a plan is made if and only if there
 * is a pitch that each device takes in one of its alternatives, and it has the smallest.
 */
#include "planning.h"
#include "random.h"

enum {
	DEVICES_MAX = 4,
	WAYS_MAX = 3,
	SEARCH_END = 3000,
	WIDTH_END = 60,
	HEIGHT = 4,
};

/* One alternative. 0: not set. */
struct way {
	uint32_t multiple, remainder, exact, max, width_align, width_max;
	bool tight;
};

struct device {
	size_t len;
	struct way ways[WAYS_MAX];
};

static void draw_way(struct random *r, struct way *way, uint32_t width)
{
	static const uint32_t multiples[] = {2, 3, 4, 5, 6, 8, 12, 16};

	memset(way, 0, sizeof(*way));
	switch (random_below(r, 7)) {
	case 0:
		way->tight = true;
		break;
	case 1:
		way->exact = width + random_below(r, 40);
		break;
	case 2:
		way->max = width + random_below(r, 40);
		break;
	case 3:
		way->width_align = multiples[random_below(r, 8)];
		break;
	default:
		way->multiple = multiples[random_below(r, 8)];
		way->remainder = random_below(r, way->multiple);
		break;
	}
	if (random_below(r, 8) == 0) {
		way->width_max = width - 2 + random_below(r, 4);
	}
}

static bool accepts(const struct way *way, uint32_t width, uint32_t pitch)
{
	uint32_t align = way->width_align != 0 ? way->width_align : 1;

	return pitch >= (width + align - 1) / align * align && (!way->tight || pitch == width) &&
	       (way->exact == 0 || pitch == way->exact) && (way->max == 0 || pitch <= way->max) &&
	       (way->multiple == 0 || pitch % way->multiple == way->remainder) &&
	       (way->width_max == 0 || width <= way->width_max);
}

/* The smallest pitch that all take; 0 when there is none. */
static uint32_t search(const struct device *devices, size_t len, uint32_t width)
{
	for (uint32_t pitch = width; pitch < SEARCH_END; pitch++) {
		bool all = true;

		for (size_t i = 0; all && i < len; i++) {
			bool any = false;

			for (size_t w = 0; w < devices[i].len; w++) {
				any |= accepts(&devices[i].ways[w], width, pitch);
			}
			all = any;
		}
		if (all) {
			return pitch;
		}
	}
	return 0;
}

static void set(struct tenon_limits *limits, enum tenon_property property, uint32_t value)
{
	if (value != 0) {
		assert_int_equal(tenon_limits_set(limits, property, TENON_PLANE_ALL, value), 0);
	}
}

static struct tenon_offer *to_offer(const struct device *device, size_t i)
{
	const struct tenon_format_modifier pair = {
		tenon_format_get_fourcc(tenon_format_from_name("R8")), 0};
	const char name[] = {(char)('a' + i), '\0'};
	struct tenon_offer *offer;

	assert_int_equal(tenon_offer_create(&offer, name), 0);
	for (size_t w = 0; w < device->len; w++) {
		const struct way *way = &device->ways[w];
		struct tenon_limits *limits;

		assert_int_equal(tenon_limits_create(&limits), 0);
		set(limits, TENON_PROP_PITCH_MULTIPLE, way->multiple);
		set(limits, TENON_PROP_PITCH_REMAINDER, way->remainder);
		set(limits, TENON_PROP_PITCH_EXACT, way->exact);
		set(limits, TENON_PROP_PITCH_MAX, way->max);
		set(limits, TENON_PROP_PITCH_TIGHT, way->tight);
		set(limits, TENON_PROP_WIDTH_ALIGN, way->width_align);
		set(limits, TENON_PROP_WIDTH_MAX, way->width_max);
		assert_int_equal(tenon_offer_add(offer, TENON_ROLE_ANY, &pair, 1, limits), 0);
		tenon_limits_destroy(limits);
	}
	return offer;
}

static bool check_draw(struct random *r)
{
	struct tenon_participant participants[DEVICES_MAX];
	struct device devices[DEVICES_MAX];
	struct tenon_plan_options options = {
		.size = sizeof(options),
		.width = 2 + random_below(r, WIDTH_END),
		.height = HEIGHT,
		.participants = participants,
		.participants_len = 1 + random_below(r, DEVICES_MAX),
	};
	struct tenon_plan *plan = NULL;
	uint32_t wanted;
	int rc;

	for (size_t i = 0; i < options.participants_len; i++) {
		devices[i].len = 1 + random_below(r, WAYS_MAX);
		for (size_t w = 0; w < devices[i].len; w++) {
			draw_way(r, &devices[i].ways[w], options.width);
		}
		participants[i].offer = to_offer(&devices[i], i);
		participants[i].roles = 0;
	}
	wanted = search(devices, options.participants_len, options.width);
	rc = tenon_plan_create(&plan, &options, NULL);
	assert_int_equal(rc, wanted != 0 ? 0 : TENON_CONFLICT);
	if (rc == 0) {
		struct tenon_plane_layout plane;

		tenon_layout_get_plane(tenon_plan_get_layout(plan), 0, &plane);
		assert_int_equal(plane.pitch, wanted);
		assert_int_equal(tenon_layout_get_object_size(tenon_plan_get_layout(plan), 0),
			(uint64_t)wanted * HEIGHT);
	}
	tenon_plan_destroy(plan);
	for (size_t i = 0; i < options.participants_len; i++) {
		tenon_offer_unref(participants[i].offer);
	}
	return wanted != 0;
}

TEST_TIMEOUT(a_plan_is_made_if_there_is_one, 60)
{
	struct random r = {9};
	unsigned good = 0, all = 5000;

	for (unsigned n = 0; n < all; n++) {
		good += check_draw(&r);
	}
	assert_in_range(good, all / 4, all - all / 4);
}
