/* SPDX-License-Identifier: MIT */

/* Requests with arguments that are wrong, too many, too early or too late. */

#include <string.h>

#include <drm_fourcc.h>

#include "harness.h"
#include "hostile.h"
#include "tenon-buffer-constraints-v1-client-protocol.h"
#include "wayland/wire/wire.h"

#define MANAGER "tenon_buffer_constraints_v1"
#define NEGOTIATION "tenon_negotiation_v1"

/* The array of something in memory; libwayland does not change it. */
static struct wl_array array_of(const void *data, size_t size)
{
	return (struct wl_array){size, size, (void *)data};
}

static const struct wire_pair good_pair = {DRM_FORMAT_XRGB8888, 0, DRM_FORMAT_MOD_LINEAR};

static void add_device(struct hostile *hostile, const char *name)
{
	struct wl_array none = {0};

	tenon_negotiation_v1_add_device(hostile->negotiation, name, 0, &none, 0);
}

static void add_alternative(
	struct hostile *hostile, uint32_t roles, const void *limits, size_t limits_size)
{
	struct wl_array pairs = array_of(&good_pair, sizeof(good_pair));
	struct wl_array array = array_of(limits, limits_size);

	tenon_negotiation_v1_add_alternative(hostile->negotiation, roles, &pairs, &array);
}

static void add_limit(struct hostile *hostile, uint32_t property, uint32_t plane, uint64_t value)
{
	const struct wire_limit limit = {property, plane, value};

	add_device(hostile, "gpu");
	add_alternative(hostile, TENON_ROLE_RENDER, &limit, sizeof(limit));
}

static void size_of_0(struct hostile *hostile)
{
	tenon_negotiation_v1_set_size(hostile->negotiation, 0, 64);
}

static void negative_size(struct hostile *hostile)
{
	tenon_negotiation_v1_set_size(hostile->negotiation, 64, -1);
}

static void most_negative_size(struct hostile *hostile)
{
	tenon_negotiation_v1_set_size(hostile->negotiation, INT32_MIN, INT32_MIN);
}

static void many_formats(struct hostile *hostile)
{
	for (uint32_t i = 0; i < WIRE_FORMATS_MAX + 1; i++) {
		tenon_negotiation_v1_add_format(hostile->negotiation, i);
	}
}

static void many_modifiers(struct hostile *hostile)
{
	for (uint32_t i = 0; i < WIRE_FORMATS_MAX + 1; i++) {
		tenon_negotiation_v1_add_modifier(hostile->negotiation, UINT32_MAX, i);
	}
}

static void alternative_without_device(struct hostile *hostile)
{
	add_alternative(hostile, TENON_ROLE_RENDER, NULL, 0);
}

static void pairs_without_alternative(struct hostile *hostile)
{
	struct wl_array pairs = array_of(&good_pair, sizeof(good_pair));

	add_device(hostile, "gpu");
	tenon_negotiation_v1_add_pairs(hostile->negotiation, &pairs);
}

static void heap_without_alternative(struct hostile *hostile)
{
	tenon_negotiation_v1_add_alternative_heap(hostile->negotiation, TENON_PROP_HEAP, "memfd");
}

static void source_without_alternative(struct hostile *hostile)
{
	tenon_negotiation_v1_add_source(hostile->negotiation, TENON_PROP_PITCH_MAX, "a book");
}

static void device_without_alternative(struct hostile *hostile)
{
	add_device(hostile, "gpu");
	add_device(hostile, "camera");
}

static void last_device_without_alternative(struct hostile *hostile)
{
	tenon_negotiation_v1_set_size(hostile->negotiation, 64, 64);
	add_device(hostile, "gpu");
	tenon_negotiation_v1_submit(hostile->negotiation);
}

static void device_role_that_is_none(struct hostile *hostile)
{
	struct wl_array none = {0};

	tenon_negotiation_v1_add_device(hostile->negotiation, "gpu", 0x80, &none, 0);
}

static void alternative_without_role(struct hostile *hostile)
{
	add_device(hostile, "gpu");
	add_alternative(hostile, 0, NULL, 0);
}

static void alternative_role_that_is_none(struct hostile *hostile)
{
	add_device(hostile, "gpu");
	add_alternative(hostile, UINT32_MAX, NULL, 0);
}

static void device_without_name(struct hostile *hostile)
{
	add_device(hostile, "");
}

static void device_of_long_name(struct hostile *hostile)
{
	char name[WIRE_NAME_MAX + 2];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	add_device(hostile, name);
}

static void device_of_half_a_dev(struct hostile *hostile)
{
	struct wl_array dev = array_of("abc", 3);

	tenon_negotiation_v1_add_device(hostile->negotiation, "gpu", 0, &dev, 0);
}

static void device_of_strange_coherence(struct hostile *hostile)
{
	struct wl_array none = {0};

	tenon_negotiation_v1_add_device(hostile->negotiation, "gpu", 0, &none, 3);
}

static void half_a_limit(struct hostile *hostile)
{
	add_device(hostile, "gpu");
	add_alternative(hostile, TENON_ROLE_RENDER, "0123456789", 10);
}

static void many_limits(struct hostile *hostile)
{
	static struct wire_limit limits[WIRE_LIMITS_MAX + 1];

	for (uint32_t i = 0; i < WIRE_LIMITS_MAX + 1; i++) {
		limits[i] = (struct wire_limit){0x1000 + i, TENON_PLANE_ALL, 1};
	}
	add_device(hostile, "gpu");
	add_alternative(hostile, TENON_ROLE_RENDER, limits, sizeof(limits));
}

static void limit_of_a_plane_that_is_none(struct hostile *hostile)
{
	add_limit(hostile, TENON_PROP_PITCH_MULTIPLE, 17, 1);
}

static void multiple_of_0(struct hostile *hostile)
{
	add_limit(hostile, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 0);
}

static void limit_of_set_reserved_bits(struct hostile *hostile)
{
	add_limit(hostile, TENON_PROP_PITCH_MULTIPLE | 1u << 20, TENON_PLANE_ALL, 4);
}

static void limits_that_contradict_themselves(struct hostile *hostile)
{
	const struct wire_limit limits[] = {
		{TENON_PROP_WIDTH_MIN, TENON_PLANE_ALL, 100},
		{TENON_PROP_WIDTH_MAX, TENON_PLANE_ALL, 99},
	};

	add_device(hostile, "gpu");
	add_alternative(hostile, TENON_ROLE_RENDER, limits, sizeof(limits));
	add_device(hostile, "camera"); /* closes the alternative */
}

static void own_limits_malformed(struct hostile *hostile)
{
	struct wl_array limits = array_of("x", 1);

	tenon_negotiation_v1_set_limits(hostile->negotiation, &limits);
}

static void add_pairs(struct hostile *hostile, const void *data, size_t size)
{
	struct wl_array pairs = array_of(data, size);
	struct wl_array none = {0};

	add_device(hostile, "gpu");
	tenon_negotiation_v1_add_alternative(
		hostile->negotiation, TENON_ROLE_RENDER, &pairs, &none);
}

static void no_pairs(struct hostile *hostile)
{
	add_pairs(hostile, NULL, 0);
}

static void half_a_pair(struct hostile *hostile)
{
	add_pairs(hostile, &good_pair, sizeof(good_pair) - 1);
}

static void padded_pair(struct hostile *hostile)
{
	const struct wire_pair pair = {DRM_FORMAT_XRGB8888, 1, 0};

	add_pairs(hostile, &pair, sizeof(pair));
}

static void many_pairs_at_once(struct hostile *hostile)
{
	static struct wire_pair pairs[WIRE_PAIRS_MAX + 1];

	add_pairs(hostile, pairs, sizeof(pairs));
}

static void many_pairs_in_all(struct hostile *hostile)
{
	static struct wire_pair pairs[WIRE_PAIRS_MAX];
	struct wl_array array = array_of(pairs, sizeof(pairs));

	add_pairs(hostile, pairs, sizeof(pairs));
	for (size_t i = 0; i < WIRE_PAIRS_TOTAL_MAX / WIRE_PAIRS_MAX; i++) {
		tenon_negotiation_v1_add_pairs(hostile->negotiation, &array);
	}
}

static void many_devices(struct hostile *hostile)
{
	for (size_t i = 0; i < WIRE_DEVICES_MAX + 1; i++) {
		add_device(hostile, "gpu");
		add_alternative(hostile, TENON_ROLE_RENDER, NULL, 0);
	}
}

static void many_alternatives(struct hostile *hostile)
{
	add_device(hostile, "gpu");
	for (size_t i = 0; i < WIRE_ALTERNATIVES_MAX + 1; i++) {
		add_alternative(hostile, TENON_ROLE_RENDER, NULL, 0);
	}
}

static void many_heaps(struct hostile *hostile)
{
	struct wl_array none = {0};

	for (size_t i = 0; i < WIRE_HEAPS_MAX + 1; i++) {
		tenon_negotiation_v1_add_heap(hostile->negotiation, "memfd", &none);
	}
}

static void half_a_fact(struct hostile *hostile)
{
	struct wl_array facts = array_of("0123", 4);

	tenon_negotiation_v1_add_heap(hostile->negotiation, "memfd", &facts);
}

static void strange_fact(struct hostile *hostile)
{
	const struct wire_fact fact = {2, 0, 77}; /* contiguity */
	struct wl_array facts = array_of(&fact, sizeof(fact));

	tenon_negotiation_v1_add_heap(hostile->negotiation, "memfd", &facts);
}

static void heap_of_another_property(struct hostile *hostile)
{
	tenon_negotiation_v1_add_limits_heap(hostile->negotiation, TENON_PROP_PITCH_MAX, "memfd");
}

static void many_names_of_heaps(struct hostile *hostile)
{
	char name[16] = "heap-a";

	for (size_t i = 0; i < WIRE_HEAPS_MAX + 1; i++) {
		name[5] = (char)('0' + i);
		tenon_negotiation_v1_add_limits_heap(hostile->negotiation, TENON_PROP_HEAP, name);
	}
}

static void submit_without_size(struct hostile *hostile)
{
	tenon_negotiation_v1_submit(hostile->negotiation);
}

static void submit_twice(struct hostile *hostile)
{
	hostile_prepare(hostile);
	tenon_negotiation_v1_submit(hostile->negotiation);
	tenon_negotiation_v1_submit(hostile->negotiation);
}

static void change_after_submit(struct hostile *hostile)
{
	hostile_prepare(hostile);
	tenon_negotiation_v1_submit(hostile->negotiation);
	tenon_negotiation_v1_add_format(hostile->negotiation, DRM_FORMAT_NV12);
}

/* The answers must be told apart even from what is at the edge of the absurd. */
static void largest_size(struct hostile *hostile)
{
	hostile_prepare(hostile);
	tenon_negotiation_v1_set_size(hostile->negotiation, INT32_MAX, INT32_MAX);
	tenon_negotiation_v1_submit(hostile->negotiation);
	hostile_roundtrip(hostile);
	assert_true(hostile->failed);
	assert_int_equal(hostile->reason, TENON_NEGOTIATION_V1_FAILURE_TOO_BIG);
}

static void unknown_formats_only(struct hostile *hostile)
{
	tenon_negotiation_v1_set_size(hostile->negotiation, 64, 64);
	tenon_negotiation_v1_add_format(hostile->negotiation, 0x12345678);
	tenon_negotiation_v1_submit(hostile->negotiation);
	hostile_roundtrip(hostile);
	assert_true(hostile->failed);
	assert_int_equal(hostile->reason, TENON_NEGOTIATION_V1_FAILURE_UNSUPPORTED);
}

static void property_that_must_be_understood(struct hostile *hostile)
{
	tenon_negotiation_v1_set_size(hostile->negotiation, 64, 64);
	add_limit(hostile, 0x7ffe | WIRE_MUST_UNDERSTAND, TENON_PLANE_ALL, 1);
	tenon_negotiation_v1_submit(hostile->negotiation);
	hostile_roundtrip(hostile);
	assert_true(hostile->failed);
	assert_int_equal(hostile->reason, TENON_NEGOTIATION_V1_FAILURE_UNSUPPORTED);
}

static void surface_that_is_gone(struct hostile *hostile)
{
	hostile_prepare(hostile);
	wl_surface_destroy(hostile->surface);
	hostile->surface = NULL;
	tenon_negotiation_v1_submit(hostile->negotiation);
	hostile_roundtrip(hostile);
	assert_true(hostile->failed);
	assert_int_equal(hostile->reason, TENON_NEGOTIATION_V1_FAILURE_SURFACE_GONE);
}

/* As much of everything as is allowed, and each alternative unlike the others. */
static void most_that_is_allowed(struct hostile *hostile)
{
	tenon_negotiation_v1_set_size(hostile->negotiation, 1920, 1080);
	for (uint32_t d = 0; d < WIRE_DEVICES_MAX; d++) {
		add_device(hostile, "gpu");
		for (uint32_t a = 0; a < WIRE_ALTERNATIVES_MAX / WIRE_DEVICES_MAX; a++) {
			const struct wire_limit limits[] = {
				{TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 4 + a * 7 + d},
				{TENON_PROP_OFFSET_ALIGN, TENON_PLANE_ALL, 1 + (d * 5 + a) % 13},
				{TENON_PROP_HEIGHT_ALIGN, TENON_PLANE_ALL, 1 + (a * 3 + d) % 11},
			};

			add_alternative(hostile, TENON_ROLE_RENDER, limits, sizeof(limits));
		}
	}
	tenon_negotiation_v1_submit(hostile->negotiation);
	hostile_roundtrip(hostile);
	assert_true(hostile->resolved || hostile->conflict || hostile->failed);
}

static void destroy_half_made(struct hostile *hostile)
{
	add_device(hostile, "gpu");
	add_alternative(hostile, TENON_ROLE_RENDER, NULL, 0);
	tenon_negotiation_v1_destroy(hostile->negotiation);
	hostile->negotiation = NULL;
}

static void destroy_before_the_answer(struct hostile *hostile)
{
	hostile_prepare(hostile);
	tenon_negotiation_v1_submit(hostile->negotiation);
	tenon_negotiation_v1_destroy(hostile->negotiation);
	hostile->negotiation = NULL;
}

static void negotiations_10000_one_by_one(struct hostile *hostile)
{
	for (int i = 0; i < 10000; i++) {
		tenon_negotiation_v1_destroy(tenon_buffer_constraints_v1_create_negotiation(
			hostile->manager, i % 2 == 0 ? hostile->surface : NULL));
	}
}

static void constraints_10000_one_by_one(struct hostile *hostile)
{
	for (int i = 0; i < 10000; i++) {
		tenon_constraints_v1_destroy(
			tenon_buffer_constraints_v1_get_default_constraints(hostile->manager));
		if (i % 10 == 0) {
			hostile_roundtrip(hostile); /* who does not read is hung up on */
		}
	}
}

static void negotiations_10000_at_once(struct hostile *hostile)
{
	static struct tenon_negotiation_v1 *all[10000];

	for (int i = 0; i < 10000; i++) {
		all[i] = tenon_buffer_constraints_v1_create_negotiation(
			hostile->manager, hostile->surface);
		if (i % 100 == 0) {
			hostile_roundtrip(hostile);
		}
	}
	hostile_roundtrip(hostile);
	for (int i = 0; i < 10000; i++) {
		wl_proxy_destroy((struct wl_proxy *)all[i]);
	}
}

static void constraints_10000_at_once(struct hostile *hostile)
{
	static struct tenon_constraints_v1 *all[10000];

	for (int i = 0; i < 10000; i++) {
		all[i] = tenon_buffer_constraints_v1_get_default_constraints(hostile->manager);
		if (i % 10 == 0) {
			hostile_roundtrip(hostile);
		}
	}
	hostile_roundtrip(hostile);
	for (int i = 0; i < 10000; i++) {
		wl_proxy_destroy((struct wl_proxy *)all[i]);
	}
}

static void surfaces_of_10000_with_constraints(struct hostile *hostile)
{
	for (int i = 0; i < 10000; i++) {
		struct wl_surface *surface = wl_compositor_create_surface(hostile->compositor);
		struct tenon_constraints_v1 *constraints =
			tenon_buffer_constraints_v1_get_surface_constraints(
				hostile->manager, surface);

		wl_surface_destroy(surface); /* which makes the constraints inert */
		tenon_constraints_v1_destroy(constraints);
		if (i % 10 == 0) {
			hostile_roundtrip(hostile);
		}
	}
}

static void statistics_10000(struct hostile *hostile)
{
	if ((hostile->capabilities & TENON_BUFFER_CONSTRAINTS_V1_CAPABILITY_STATISTICS) == 0) {
		return; /* the_statistics_that_are_none is this one's case */
	}
	for (int i = 0; i < 10000; i++) {
		struct tenon_surface_statistics_v1 *statistics =
			tenon_buffer_constraints_v1_get_surface_statistics(
				hostile->manager, hostile->surface);

		tenon_surface_statistics_v1_query(statistics);
		tenon_surface_statistics_v1_destroy(statistics);
		if (i % 100 == 0) {
			hostile_roundtrip(hostile);
		}
	}
}

static const struct hostile_case cases[] = {
	{"size_of_0", size_of_0, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_INVALID_SIZE},
	{"negative_size", negative_size, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_INVALID_SIZE},
	{"most_negative_size", most_negative_size, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_INVALID_SIZE},
	{"many_formats", many_formats, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_TOO_MANY},
	{"many_modifiers", many_modifiers, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_TOO_MANY},
	{"alternative_without_device", alternative_without_device, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_NO_DEVICE},
	{"pairs_without_alternative", pairs_without_alternative, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_NO_ALTERNATIVE},
	{"heap_without_alternative", heap_without_alternative, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_NO_ALTERNATIVE},
	{"source_without_alternative", source_without_alternative, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_NO_ALTERNATIVE},
	{"device_without_alternative", device_without_alternative, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_NO_ALTERNATIVE},
	{"last_device_without_alternative", last_device_without_alternative, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_NO_ALTERNATIVE},
	{"device_role_that_is_none", device_role_that_is_none, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_NOT_A_ROLE},
	{"alternative_without_role", alternative_without_role, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_NOT_A_ROLE},
	{"alternative_role_that_is_none", alternative_role_that_is_none, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_NOT_A_ROLE},
	{"device_without_name", device_without_name, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"device_of_long_name", device_of_long_name, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"device_of_half_a_dev", device_of_half_a_dev, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"device_of_strange_coherence", device_of_strange_coherence, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"half_a_limit", half_a_limit, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"many_limits", many_limits, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_TOO_MANY},
	{"limit_of_a_plane_that_is_none", limit_of_a_plane_that_is_none, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"multiple_of_0", multiple_of_0, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"limit_of_set_reserved_bits", limit_of_set_reserved_bits, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"limits_that_contradict_themselves", limits_that_contradict_themselves, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"own_limits_malformed", own_limits_malformed, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"no_pairs", no_pairs, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"half_a_pair", half_a_pair, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"padded_pair", padded_pair, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"many_pairs_at_once", many_pairs_at_once, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_TOO_MANY},
	{"many_pairs_in_all", many_pairs_in_all, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_TOO_MANY},
	{"many_devices", many_devices, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_TOO_MANY},
	{"many_alternatives", many_alternatives, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_TOO_MANY},
	{"many_heaps", many_heaps, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_TOO_MANY},
	{"half_a_fact", half_a_fact, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"strange_fact", strange_fact, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"heap_of_another_property", heap_of_another_property, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"many_names_of_heaps", many_names_of_heaps, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_TOO_MANY},
	{"submit_without_size", submit_without_size, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_INCOMPLETE},
	{"submit_twice", submit_twice, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_ALREADY_SUBMITTED},
	{"change_after_submit", change_after_submit, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_ALREADY_SUBMITTED},
	{"negotiations_10000_at_once", negotiations_10000_at_once, MANAGER,
		TENON_BUFFER_CONSTRAINTS_V1_ERROR_TOO_MANY_OBJECTS},
	{"constraints_10000_at_once", constraints_10000_at_once, MANAGER,
		TENON_BUFFER_CONSTRAINTS_V1_ERROR_TOO_MANY_OBJECTS},
	{"largest_size", largest_size, NULL, 0},
	{"unknown_formats_only", unknown_formats_only, NULL, 0},
	{"property_that_must_be_understood", property_that_must_be_understood, NULL, 0},
	{"surface_that_is_gone", surface_that_is_gone, NULL, 0},
	{"most_that_is_allowed", most_that_is_allowed, NULL, 0},
	{"destroy_half_made", destroy_half_made, NULL, 0},
	{"destroy_before_the_answer", destroy_before_the_answer, NULL, 0},
	{"negotiations_10000_one_by_one", negotiations_10000_one_by_one, NULL, 0},
	{"constraints_10000_one_by_one", constraints_10000_one_by_one, NULL, 0},
	{"surfaces_of_10000_with_constraints", surfaces_of_10000_with_constraints, NULL, 0},
	{"statistics_10000", statistics_10000, NULL, 0},
};

void hostile_run_requests(const struct hostile_target *target)
{
	hostile_run(target, cases, sizeof(cases) / sizeof(cases[0]));
}
