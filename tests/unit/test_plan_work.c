/* SPDX-License-Identifier: MIT */

/*
 * What a plan may take: offers made to hold up whoever plans with them, as many and as large as a
 * client of a compositor can send. Steps are counted, not seconds.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tenon/config.h>
#include <tenon/device.h>
#include <tenon/plan.h>

#include "harness.h"
#include "offers.h"
#include "plan/plan.h"

#define INI_PATH TEST_SOURCE_ROOT "/src/device/devices.ini"

enum {
	DEVICES_MAX = 16,
	HEAPS = 32,
	BOUND = 1 << 16,     /* that is tried */
	MUCH = 4 * BOUND,    /* what an attack takes that is worth one */
	REAL_MOST = 1 << 14, /* what three real devices take at most */
};

/* An attack: how many devices, alternatives of each, pairs of each of those, and their limits. */
struct attack {
	const char *name;
	size_t devices, alternatives, pairs;
	uint32_t width, height;
	void (*fill)(struct tenon_limits *limits, size_t device, size_t alternative);
	bool heaps;
};

static void set(
	struct tenon_limits *limits, enum tenon_property property, uint32_t plane, uint64_t value)
{
	assert_int_equal(tenon_limits_set(limits, property, plane, value), 0);
}

/* None is within another, and their products are not either. */
static void fill_stairs(struct tenon_limits *limits, size_t device, size_t alternative)
{
	set(limits, TENON_PROP_WIDTH_MAX, TENON_PLANE_ALL, 4000 + alternative * 17 + device);
	set(limits, TENON_PROP_HEIGHT_MAX, TENON_PLANE_ALL, 9000 - alternative * 13 - device);
}

/* Each plane has a say of its own. */
static void fill_planes(struct tenon_limits *limits, size_t device, size_t alternative)
{
	for (uint32_t plane = 0; plane < TENON_MAX_PLANES; plane++) {
		set(limits, TENON_PROP_PITCH_MULTIPLE, plane,
			UINT64_C(1) << (alternative * (plane + 1) + device) % 11);
		set(limits, TENON_PROP_OFFSET_ALIGN, plane,
			UINT64_C(1) << (11 - (alternative * (plane + 1) + device) % 11));
	}
}

/* All agree, and not on any picture: pitches that are exact and multiples that are not theirs. */
static void fill_pitches(struct tenon_limits *limits, size_t device, size_t alternative)
{
	set(limits, TENON_PROP_PITCH_TIGHT, TENON_PLANE_ALL, 1);
	set(limits, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 1024 << alternative % 3);
	set(limits, TENON_PROP_HEIGHT_MAX, TENON_PLANE_ALL, 9000 - alternative * 13 - device);
	set(limits, TENON_PROP_WIDTH_MAX, TENON_PLANE_ALL, 4000 + alternative * 17 + device);
}

/* Any few agree, and not all: each leaves out heights of its own. */
static void fill_quarrel(struct tenon_limits *limits, size_t device, size_t alternative)
{
	set(limits, TENON_PROP_HEIGHT_MIN, TENON_PLANE_ALL,
		alternative <= device ? 0 : 500 * alternative);
	set(limits, TENON_PROP_HEIGHT_MAX, TENON_PLANE_ALL,
		alternative <= device ? 500 * device + 1 : 20000);
	set(limits, TENON_PROP_WIDTH_MAX, TENON_PLANE_ALL,
		1100 + (device * 7 + alternative * 3) % 16);
	set(limits, TENON_PROP_SIZE_TAIL, TENON_PLANE_ALL, (device * 5 + alternative * 11) % 16);
}

static void fill_preferences(struct tenon_limits *limits, size_t device, size_t alternative)
{
	for (size_t i = 0; i < HEAPS; i++) {
		char name[64];

		snprintf(name, sizeof(name), "heap-of-a-rather-long-name-that-is-compared-%02zu",
			(i + device * 3 + alternative) % HEAPS);
		assert_int_equal(tenon_limits_prefer_heap(limits, name), 0);
	}
	fill_stairs(limits, device, alternative);
}

/* Some values of few, anywhere, so that hardly anything is within anything else. */
static void fill_noise(struct tenon_limits *limits, size_t device, size_t alternative)
{
	static const enum tenon_property properties[] = {TENON_PROP_PITCH_MULTIPLE,
		TENON_PROP_OFFSET_ALIGN, TENON_PROP_HEIGHT_ALIGN, TENON_PROP_WIDTH_ALIGN,
		TENON_PROP_PLANE_TAIL, TENON_PROP_BASE_ALIGN, TENON_PROP_SIZE_ALIGN,
		TENON_PROP_SIZE_TAIL};
	struct test_random random = {device * 64 + alternative};

	for (int i = 0; i < 6; i++) {
		enum tenon_property property = properties[test_random_below(&random, 8)];
		uint32_t plane = (uint32_t)test_random_below(&random, TENON_MAX_PLANES);

		set(limits, property,
			tenon_property_is_per_plane(property) ? plane : TENON_PLANE_ALL,
			1 + test_random_below(&random, 2));
	}
}

/* Few say anything of the same thing, so that many products are left, and none is within another.
 */
static void fill_trade(struct tenon_limits *limits, size_t device, size_t alternative)
{
	static const enum tenon_property properties[] = {TENON_PROP_WIDTH_MAX,
		TENON_PROP_HEIGHT_MAX, TENON_PROP_PITCH_MAX, TENON_PROP_SEGMENTS_MAX,
		TENON_PROP_SIZE_TAIL, TENON_PROP_PLANE_TAIL};
	struct test_random random = {device * 64 + alternative};

	for (int i = 0; i < 2; i++) {
		enum tenon_property property = properties[test_random_below(&random, 6)];
		bool per_plane = tenon_property_is_per_plane(property);

		set(limits, property,
			per_plane ? (uint32_t)test_random_below(&random, TENON_MAX_PLANES)
				  : TENON_PLANE_ALL,
			100000 - test_random_below(&random, 23));
	}
}

static const struct attack attacks[] = {
	{"stairs", 2, 32, 64, 1920, 1080, fill_stairs, true},
	{"many stairs", 16, 4, 64, 1920, 1080, fill_stairs, true},
	{"planes", 4, 16, 64, 1920, 1080, fill_planes, true},
	{"one wide device", 2, 32, 64, 1920, 1080, fill_planes, true},
	{"pitches", 4, 16, 64, 1366, 768, fill_pitches, true},
	{"many pitches", 16, 4, 64, 1366, 768, fill_pitches, true},
	{"quarrel", 16, 4, 64, 1920, 30000, fill_quarrel, false},
	{"noise", 12, 5, 4, 1920, 1080, fill_noise, true},
	{"much noise", 12, 4, 26, 1920, 30000, fill_noise, false},
	{"trade", 3, 21, 49, 1920, 1080, fill_trade, false},
	{"preferences", 4, 16, 64, 1920, 1080, fill_preferences, true},
};

enum { ATTACKS = sizeof(attacks) / sizeof(attacks[0]) };

struct scene {
	struct tenon_participant participants[DEVICES_MAX];
	struct tenon_heap_info heaps[HEAPS];
	struct tenon_plan_options options;
};

static struct tenon_offer *make_attacker(const struct attack *attack, size_t device)
{
	struct tenon_format_modifier pairs[64];
	struct tenon_offer *offer;
	char name[32];

	snprintf(name, sizeof(name), "device-%02zu", device);
	assert_int_equal(tenon_offer_create(&offer, name), 0);
	for (size_t i = 0; i < attack->pairs; i++) {
		pairs[i] = (struct tenon_format_modifier){i == 0 ? FORMAT_XR24 : 0, i};
	}
	for (size_t a = 0; a < attack->alternatives; a++) {
		struct tenon_limits *limits;

		assert_int_equal(tenon_limits_create(&limits), 0);
		attack->fill(limits, device, a);
		assert_int_equal(
			tenon_offer_add(offer, TENON_ROLE_RENDER, pairs, attack->pairs, limits), 0);
		tenon_limits_destroy(limits);
	}
	return offer;
}

static void scene_start(struct scene *scene, const struct attack *attack)
{
	memset(scene, 0, sizeof(*scene));
	for (size_t d = 0; d < attack->devices; d++) {
		scene->participants[d].offer = make_attacker(attack, d);
	}
	for (size_t i = 0; i < HEAPS; i++) {
		scene->heaps[i].size = sizeof(scene->heaps[i]);
		snprintf(scene->heaps[i].name, sizeof(scene->heaps[i].name), "heap-%02zu", i);
		scene->heaps[i].availability = TENON_EXHAUSTED; /* so that all is tried */
	}
	scene->options = (struct tenon_plan_options){
		.size = sizeof(scene->options),
		.width = attack->width,
		.height = attack->height,
		.participants = scene->participants,
		.participants_len = attack->devices,
		.heaps = attack->heaps ? scene->heaps : NULL,
		.heaps_len = attack->heaps ? HEAPS : 0,
	};
}

static void scene_stop(struct scene *scene)
{
	for (size_t d = 0; d < scene->options.participants_len; d++) {
		tenon_offer_unref(scene->participants[d].offer);
	}
}

/* Plans within so much work. Returns the result, and how much was taken. */
static int plan_within(const struct scene *scene, size_t work, size_t *taken)
{
	struct tenon_conflict *conflict = NULL;
	struct tenon_plan *plan = NULL;
	size_t left = work;
	int rc = _tenon_plan_create_within(&plan, &scene->options, &conflict, &left);

	assert_int_equal(rc == 0, plan != NULL);
	assert_int_equal(rc == TENON_CONFLICT, conflict != NULL);
	assert_true(left <= work);
	*taken = work - left;
	tenon_conflict_destroy(conflict);
	tenon_plan_destroy(plan);
	return rc;
}

TEST_TIMEOUT(work_is_bounded, 120)
{
	size_t worth = 0;

	for (size_t i = 0; i < ATTACKS; i++) {
		struct scene scene;
		size_t taken, all;
		int rc, unbounded;

		scene_start(&scene, &attacks[i]);
		rc = plan_within(&scene, BOUND, &taken);
		unbounded = plan_within(&scene, SIZE_MAX, &all);
		printf("# %s: %d within %zu, %d with %zu\n", attacks[i].name, rc, taken, unbounded,
			all);
		assert_true(taken <= BOUND);
		worth += all >= MUCH;
		if (all < BOUND) {
			assert_int_equal(rc, unbounded); /* the bound has not changed anything */
			assert_int_equal(taken, all);
		} else {
			assert_true(rc == -E2BIG || rc == TENON_CONFLICT);
		}
		scene_stop(&scene);
	}
	assert_true(worth >= ATTACKS / 3); /* else this would test little */
}

/* Real devices, and not two or three of a kind, are nowhere near it. */
TEST_TIMEOUT(real_devices_take_little, 120)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_device_table *table;
	struct scene scene;
	size_t len, most = 0;

	assert_int_equal(tenon_device_table_create(&table), 0);
	assert_int_equal(tenon_device_table_add_file(table, INI_PATH, &error), 0);
	len = tenon_device_table_get_len(table);
	assert_true(len > 50);
	for (size_t i = 0; i < len; i++) {
		size_t others[] = {i, (i + 1) % len, (i * 7 + 3) % len};
		size_t taken;
		int rc;

		memset(&scene, 0, sizeof(scene));
		scene.options = (struct tenon_plan_options){.size = sizeof(scene.options),
			.width = 1366,
			.height = 768,
			.participants = scene.participants,
			.participants_len = 3};
		for (size_t k = 0; k < 3; k++) {
			scene.participants[k].offer = tenon_device_entry_get_offer(
				tenon_device_table_get(table, others[k]));
		}
		rc = plan_within(&scene, SIZE_MAX, &taken);
		assert_true(rc == 0 || rc == TENON_CONFLICT || rc == -ENOTSUP);
		most = taken > most ? taken : most;
	}
	printf("# at most %zu\n", most);
	assert_in_range(most, 1, REAL_MOST);
	tenon_device_table_destroy(table);
}

/* The option is what the internal one is. */
TEST(options_have_the_bound)
{
	struct tenon_conflict *conflict = NULL;
	struct tenon_plan *plan = NULL;
	struct scene scene;

	scene_start(&scene, &attacks[2]);
	scene.options.work_max = 100;
	assert_int_equal(tenon_plan_create(&plan, &scene.options, &conflict), -E2BIG);
	assert_null(plan);
	assert_null(conflict);
	scene.options.participants_len = 1;
	scene.options.heaps_len = 0;
	scene.options.heaps = NULL;
	scene.options.work_max = 1 << 19;
	assert_int_equal(tenon_plan_create(&plan, &scene.options, &conflict), 0);
	tenon_plan_destroy(plan);
	scene.options.participants_len = attacks[2].devices;
	scene_stop(&scene);
}
