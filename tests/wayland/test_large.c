/* SPDX-License-Identifier: MIT */

/* Questions and answers that do not fit into one message, and what takes too long to answer. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "offers.h"
#include "scene.h"

#include "../unit/random.h"

enum {
	DEVICES = 16,
	ALTERNATIVES = 4, /* of a device */
	PAIRS = 64,       /* of an alternative */
	HEAPS = 32,
	SOURCES_MAX = 9,
	LONGEST_NAME = 63,
	LONGEST_SOURCE = 255,
};

/* Properties that sources are given for. */
static const enum tenon_property properties[SOURCES_MAX] = {TENON_PROP_PITCH_MULTIPLE,
	TENON_PROP_WIDTH_MAX, TENON_PROP_HEIGHT_MAX, TENON_PROP_OFFSET_ALIGN, TENON_PROP_BASE_ALIGN,
	TENON_PROP_SIZE_ALIGN, TENON_PROP_SEGMENT_SIZE_MAX, TENON_PROP_PITCH_MAX,
	TENON_PROP_SEGMENTS_MAX};

static void fill(char *text, size_t len, const char *beginning)
{
	memset(text, 'x', len);
	memcpy(text, beginning, strlen(beginning));
	text[len] = '\0';
}

/* All devices share all pairs, and no two alternatives of one device have one in common. */
static struct tenon_offer *make_offer(size_t number, size_t sources)
{
	struct tenon_format_modifier pairs[PAIRS];
	char name[LONGEST_NAME + 1], source[LONGEST_SOURCE + 1], beginning[16];
	struct tenon_limits *limits;
	struct tenon_offer *offer;

	snprintf(beginning, sizeof(beginning), "device-%zu-", number);
	fill(name, LONGEST_NAME, beginning);
	fill(source, LONGEST_SOURCE, "page 7");
	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_int_equal(tenon_limits_set(limits, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL,
				 UINT64_C(1) << number % 9),
		0);
	for (size_t i = 0; i < sources; i++) {
		assert_int_equal(tenon_limits_set_source(limits, properties[i], source), 0);
	}
	assert_int_equal(tenon_offer_create(&offer, name), 0);
	for (size_t a = 0; a < ALTERNATIVES; a++) {
		for (size_t i = 0; i < PAIRS; i++) {
			pairs[i].format = 0x34325258 + (uint32_t)i; /* XR24, and what comes after */
			pairs[i].modifier = a;
		}
		assert_int_equal(
			tenon_offer_add(offer, TENON_ROLE_RENDER, pairs, PAIRS, limits), 0);
	}
	tenon_limits_destroy(limits);
	return offer;
}

static void fill_heaps(struct tenon_heap_info heaps[HEAPS])
{
	memset(heaps, 0, HEAPS * sizeof(heaps[0]));
	for (size_t i = 0; i < HEAPS; i++) {
		char beginning[16];

		snprintf(beginning, sizeof(beginning), "heap-%zu-", i);
		fill(heaps[i].name, LONGEST_NAME, beginning);
		heaps[i].size = sizeof(heaps[i]);
		heaps[i].free_bytes = UINT64_MAX;
		heaps[i].total_bytes = UINT64_MAX;
		heaps[i].scarcity = (uint32_t)i + 1;
		heaps[i].mappable = true;
	}
}

/* Asks with so many sources for each alternative. Returns as tenon_client_negotiation_create(). */
static int ask(struct scene *scene, size_t sources)
{
	struct tenon_participant devices[DEVICES];
	struct tenon_heap_info heaps[HEAPS];
	struct tenon_client_negotiation *negotiation = NULL;
	struct tenon_client_question question = {
		.size = sizeof(question),
		.surface = scene->surface,
		.width = 1366,
		.height = 768,
		.participants = devices,
		.participants_len = DEVICES,
		.heaps = heaps,
		.heaps_len = HEAPS,
	};
	struct tenon_plane_layout plane;
	int err;

	fill_heaps(heaps);
	for (size_t i = 0; i < DEVICES; i++) {
		devices[i] = (struct tenon_participant){make_offer(i, sources), TENON_ROLE_RENDER};
	}
	err = tenon_client_negotiation_create(&negotiation, scene->client, &question, NULL, NULL);
	if (err == 0) {
		assert_int_equal(tenon_client_negotiation_wait(negotiation), 0);
		tenon_layout_get_plane(tenon_client_negotiation_get_layout(negotiation), 0, &plane);
		assert_int_equal(plane.pitch % 256, 0); /* of the ninth device: all were heard */
		assert_string_equal(
			tenon_client_negotiation_get_heap(negotiation, 0), heaps[0].name);
		assert_string_equal(tenon_client_negotiation_get_heap(negotiation, HEAPS - 1),
			heaps[HEAPS - 1].name);
		tenon_client_negotiation_destroy(negotiation);
	}
	for (size_t i = 0; i < DEVICES; i++) {
		tenon_offer_unref(devices[i].offer);
	}
	return err;
}

/* The most of devices, alternatives, pairs and heaps; and of sources, as many as are taken. */
TEST_TIMEOUT(the_largest_question_is_answered, 60)
{
	struct scene scene;
	size_t sources = 0;

	scene_start(&scene, NULL);
	while (sources <= SOURCES_MAX && ask(&scene, sources) == 0) {
		sources++;
	}
	assert_true(sources > 2 && sources < SOURCES_MAX);
	assert_int_equal(ask(&scene, sources), -E2BIG);
	assert_int_equal(ask(&scene, sources - 1), 0); /* nothing broke */
	assert_int_equal(wl_display_get_error(scene.display), 0);
	scene_stop(&scene);
}

/* Reasons fill several messages. */
TEST(long_answers_come_whole)
{
	struct tenon_heap_info heaps[HEAPS];
	struct tenon_client_negotiation *negotiation;
	struct tenon_client_question question = {
		.size = sizeof(question),
		.width = 1366,
		.height = 768,
		.heaps = heaps,
		.heaps_len = HEAPS,
		.explain = true,
	};
	char name[LONGEST_NAME + 1];
	struct tenon_ruled_out out;
	struct scene scene;
	size_t bytes = 0;

	fill_heaps(heaps);
	heaps[HEAPS - 1].contiguity = TENON_CONTIGUITY_ASSURED;
	fill(name, LONGEST_NAME, "screen");
	scene_start(&scene, NULL);
	scene_offer(&scene, name, TENON_PROP_SEGMENTS_MAX, 1, false);
	assert_int_equal(
		tenon_client_negotiation_create(&negotiation, scene.client, &question, NULL, NULL),
		0);
	assert_int_equal(tenon_client_negotiation_wait(negotiation), 0);
	assert_string_equal(
		tenon_client_negotiation_get_heap(negotiation, 0), heaps[HEAPS - 1].name);
	for (size_t i = 0; i < HEAPS - 1; i++) {
		assert_int_equal(tenon_client_negotiation_get_ruled_out(negotiation, i, &out), 0);
		assert_non_null(strstr(out.what, heaps[i].name));
		assert_string_equal(out.device, name);
		bytes += strlen(out.what) + strlen(out.why) + strlen(out.device);
	}
	assert_int_equal(
		tenon_client_negotiation_get_ruled_out(negotiation, HEAPS - 1, &out), -EINVAL);
	assert_true(bytes > 4096); /* else this would test nothing */
	tenon_client_negotiation_destroy(negotiation);
	scene_stop(&scene);
}

enum {
	SLY_DEVICES = 3,
	SLY_ALTERNATIVES = 21,
};

/* A device whose alternatives trade one thing for another, so that products are many. */
static struct tenon_offer *make_sly_offer(size_t device)
{
	static const enum tenon_property traded[] = {TENON_PROP_WIDTH_MAX, TENON_PROP_HEIGHT_MAX,
		TENON_PROP_PITCH_MAX, TENON_PROP_SEGMENTS_MAX, TENON_PROP_SIZE_TAIL,
		TENON_PROP_PLANE_TAIL};
	struct tenon_format_modifier pairs[PAIRS];
	struct tenon_offer *offer;
	char name[16];

	snprintf(name, sizeof(name), "sly-%zu", device);
	assert_int_equal(tenon_offer_create(&offer, name), 0);
	for (size_t i = 0; i < PAIRS; i++) {
		pairs[i] = (struct tenon_format_modifier){i == 0 ? 0x34325258 : 0, i};
	}
	for (size_t a = 0; a < SLY_ALTERNATIVES; a++) {
		struct random random = {device * 64 + a};
		struct tenon_limits *limits;

		assert_int_equal(tenon_limits_create(&limits), 0);
		for (int i = 0; i < 2; i++) {
			enum tenon_property property = traded[random_below(&random, 6)];
			bool per_plane = tenon_property_is_per_plane(property);
			uint32_t plane = per_plane ? random_below(&random, 4) : TENON_PLANE_ALL;

			assert_int_equal(tenon_limits_set(limits, property, plane,
						 100000 - random_below(&random, 23)),
				0);
		}
		assert_int_equal(
			tenon_offer_add(offer, TENON_ROLE_RENDER, pairs, PAIRS, limits), 0);
		tenon_limits_destroy(limits);
	}
	return offer;
}

/* What has an answer, but takes the compositor too long to find, is refused; others are served. */
TEST_TIMEOUT(a_question_that_takes_too_long_is_refused, 60)
{
	struct tenon_participant devices[SLY_DEVICES + 1] = {{0}};
	struct tenon_plan_options options = {.size = sizeof(options),
		.width = 1366,
		.height = 768,
		.participants = devices,
		.participants_len = SLY_DEVICES + 1};
	struct tenon_client_question question = {.size = sizeof(question),
		.width = 1366,
		.height = 768,
		.participants = devices,
		.participants_len = SLY_DEVICES};
	struct tenon_client_negotiation *negotiation;
	struct tenon_plan *plan = NULL;
	struct scene scene;

	scene_start(&scene, NULL);
	scene_offer(&scene, "screen", TENON_PROP_PITCH_MULTIPLE, 64, false);
	devices[SLY_DEVICES].offer =
		offer_make("screen", TENON_ROLE_SCANOUT, TENON_PROP_PITCH_MULTIPLE, 64);
	for (size_t i = 0; i < SLY_DEVICES; i++) {
		devices[i].offer = make_sly_offer(i);
	}
	assert_int_equal(tenon_plan_create(&plan, &options, NULL), 0);
	tenon_plan_destroy(plan);
	assert_int_equal(
		tenon_client_negotiation_create(&negotiation, scene.client, &question, NULL, NULL),
		0);
	assert_int_equal(tenon_client_negotiation_wait(negotiation), -E2BIG);
	assert_non_null(strstr(tenon_client_negotiation_get_text(negotiation), "combinations"));
	tenon_client_negotiation_destroy(negotiation);
	assert_int_equal(ask(&scene, 0), 0); /* more devices and pairs, and no trouble */
	for (size_t i = 0; i <= SLY_DEVICES; i++) {
		tenon_offer_unref(devices[i].offer);
	}
	scene_stop(&scene);
}
