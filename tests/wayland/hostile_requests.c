/* SPDX-License-Identifier: MIT */

/* Requests that are wrong, too many, too early or too late. */

#include <string.h>

#include <drm_fourcc.h>

#include "harness.h"
#include "hostile.h"
#include "tenon-buffer-constraints-v1-client-protocol.h"

#define MANAGER "tenon_buffer_constraints_v1"
#define NEGOTIATION "tenon_negotiation_v1"

static void size_of_0(struct hostile *hostile)
{
	hostile_submit(hostile, 0, 64);
}

static void negative_size(struct hostile *hostile)
{
	hostile_submit(hostile, 64, -1);
}

static void most_negative_size(struct hostile *hostile)
{
	hostile_submit(hostile, INT32_MIN, INT32_MIN);
}

static void flag_that_is_none(struct hostile *hostile)
{
	struct wl_array none = {0};

	tenon_negotiation_v1_submit(hostile->negotiation, 64, 64, 2, &none);
}

static void submit_twice(struct hostile *hostile)
{
	hostile_prepare(hostile);
	hostile_submit(hostile, 64, 64);
	hostile_submit(hostile, 64, 64);
}

static void change_after_submit(struct hostile *hostile)
{
	hostile_prepare(hostile);
	hostile_submit(hostile, 64, 64);
	hostile_add_device(hostile, "gpu");
}

/* The answers must be told apart even from what is at the edge of the absurd. */
static void largest_size(struct hostile *hostile)
{
	hostile_prepare(hostile);
	hostile_submit(hostile, INT32_MAX, INT32_MAX);
	hostile_roundtrip(hostile);
	assert_true(hostile->failed);
	assert_int_equal(hostile->reason, TENON_NEGOTIATION_V1_FAILURE_TOO_BIG);
}

static void surface_that_is_gone(struct hostile *hostile)
{
	hostile_prepare(hostile);
	wl_surface_destroy(hostile->surface);
	hostile->surface = NULL;
	hostile_submit(hostile, 64, 64);
	hostile_roundtrip(hostile);
	assert_true(hostile->failed);
	assert_int_equal(hostile->reason, TENON_NEGOTIATION_V1_FAILURE_SURFACE_GONE);
}

static void destroy_half_made(struct hostile *hostile)
{
	hostile_add_device(hostile, "gpu");
	hostile_add_alternative(hostile, TENON_ROLE_RENDER, NULL, 0);
	tenon_negotiation_v1_destroy(hostile->negotiation);
	hostile->negotiation = NULL;
}

static void destroy_before_the_answer(struct hostile *hostile)
{
	hostile_prepare(hostile);
	hostile_submit(hostile, 64, 64);
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
	{"flag_that_is_none", flag_that_is_none, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_MALFORMED},
	{"submit_twice", submit_twice, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_ALREADY_SUBMITTED},
	{"change_after_submit", change_after_submit, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_ALREADY_SUBMITTED},
	{"negotiations_10000_at_once", negotiations_10000_at_once, MANAGER,
		TENON_BUFFER_CONSTRAINTS_V1_ERROR_TOO_MANY_OBJECTS},
	{"constraints_10000_at_once", constraints_10000_at_once, MANAGER,
		TENON_BUFFER_CONSTRAINTS_V1_ERROR_TOO_MANY_OBJECTS},
	{"largest_size", largest_size, NULL, 0},
	{"surface_that_is_gone", surface_that_is_gone, NULL, 0},
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
