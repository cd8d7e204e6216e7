/* SPDX-License-Identifier: MIT */

/* What a client learns of the compositor's devices, with nothing else around. */

#include <errno.h>
#include <string.h>

#include <drm_fourcc.h>

#include "harness.h"
#include "scene.h"

static void reset_surface(struct bare *bare, void *data)
{
	assert_int_equal(
		tenon_server_set_surface(bare_get_server(bare), bare_get_surface(bare), NULL), 0);
}

/* The only device's name, or "" for a tranche without devices. */
static const char *only_device(const struct tenon_client_constraints *constraints)
{
	const struct tenon_participant *devices;
	size_t len;

	assert_int_equal(tenon_client_constraints_get_tranches_len(constraints), 1);
	devices = tenon_client_constraints_get_tranche(constraints, 0, &len, NULL);
	assert_true(len <= 1);
	return len == 0 ? "" : tenon_offer_get_device(devices[0].offer);
}

TEST(source_is_the_extension)
{
	struct scene scene;

	scene_start(&scene, NULL);
	assert_int_equal(tenon_client_get_source(scene.client), TENON_CLIENT_SOURCE_CONSTRAINTS);
	assert_true(tenon_client_has_transport(scene.client, TENON_CLIENT_TRANSPORT_SHM));
	assert_false(tenon_client_has_transport(scene.client, TENON_CLIENT_TRANSPORT_DMABUF));
	assert_true(tenon_client_has_shm_format(scene.client, DRM_FORMAT_XRGB8888));
	assert_false(tenon_client_has_shm_format(scene.client, DRM_FORMAT_NV12));
	scene_stop(&scene);
}

TEST(without_extension_the_client_falls_back_and_says_so)
{
	const struct bare_options options = {.without_extension = true};
	const struct tenon_participant *devices;
	struct tenon_client_constraints *constraints;
	struct scene scene;
	size_t len;

	scene_start(&scene, &options);
	assert_int_equal(tenon_client_get_source(scene.client), TENON_CLIENT_SOURCE_SHM);
	assert_non_null(strstr(tenon_client_get_source_text(scene.client), "wl_shm"));
	assert_non_null(strstr(tenon_client_get_source_text(scene.client),
		"does not have tenon_buffer_constraints_v1"));
	assert_int_equal(tenon_client_constraints_create(
				 &constraints, scene.client, scene.surface, NULL, NULL),
		0);
	assert_int_equal(tenon_client_constraints_wait(constraints), 0);
	devices = tenon_client_constraints_get_tranche(constraints, 0, &len, NULL);
	assert_int_equal(len, 1);
	assert_string_equal(tenon_offer_get_device(devices[0].offer), "compositor");
	tenon_client_constraints_destroy(constraints);
	assert_int_equal(tenon_client_get_statistics(scene.client, scene.surface,
				 &(struct tenon_client_statistics){
					 .size = sizeof(struct tenon_client_statistics)}),
		-ENOTSUP);
	scene_stop(&scene);
}

TEST(default_accepts_everything_until_told)
{
	struct tenon_client_constraints *constraints;
	struct scene scene;

	scene_start(&scene, NULL);
	assert_int_equal(
		tenon_client_constraints_create(&constraints, scene.client, NULL, NULL, NULL), 0);
	assert_int_equal(tenon_client_constraints_get_generation(constraints), 0);
	assert_int_equal(tenon_client_constraints_wait(constraints), 0);
	assert_string_equal(only_device(constraints), "");
	tenon_client_constraints_destroy(constraints);
	scene_stop(&scene);
}

TEST(offers_come_whole)
{
	const struct tenon_participant *devices;
	struct tenon_client_constraints *constraints;
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	struct scene scene;
	size_t len, pairs_len;
	uint32_t roles;
	uint64_t value = 0;
	bool scanout;

	scene_start(&scene, NULL);
	scene_offer(&scene, "vc4", TENON_PROP_ADDRESS_MAX, 0x3fffffff, false);
	assert_int_equal(
		tenon_client_constraints_create(&constraints, scene.client, NULL, NULL, NULL), 0);
	assert_int_equal(tenon_client_constraints_wait(constraints), 0);
	devices = tenon_client_constraints_get_tranche(constraints, 0, &len, &scanout);
	assert_int_equal(len, 1);
	assert_true(scanout);
	assert_int_equal(devices[0].roles, TENON_ROLE_SCANOUT);
	assert_string_equal(tenon_offer_get_device(devices[0].offer), "vc4");
	assert_int_equal(tenon_offer_get_alternatives_len(devices[0].offer), 1);
	tenon_offer_get_alternative(devices[0].offer, 0, &roles, &pairs, &pairs_len, &limits);
	assert_int_equal(roles, TENON_ROLE_SCANOUT);
	assert_int_equal(pairs_len, 2);
	assert_int_equal(
		tenon_limits_get(limits, TENON_PROP_ADDRESS_MAX, TENON_PLANE_ALL, &value), 0);
	assert_int_equal(value, 0x3fffffff);
	assert_string_equal(tenon_limits_get_source(limits, TENON_PROP_ADDRESS_MAX), "made up");
	assert_null(tenon_client_constraints_get_tranche(constraints, 1, &len, NULL));
	tenon_client_constraints_destroy(constraints);
	scene_stop(&scene);
}

static void count(void *data, struct tenon_client_constraints *constraints)
{
	(*(int *)data)++;
}

TEST(offers_are_sent_again_when_they_change)
{
	struct tenon_client_constraints *of_surface, *of_default;
	int surface_changes = 0, default_changes = 0;
	struct scene scene;

	scene_start(&scene, NULL);
	scene_offer(&scene, "a", 0, 0, false);
	tenon_client_constraints_create(
		&of_surface, scene.client, scene.surface, count, &surface_changes);
	tenon_client_constraints_create(&of_default, scene.client, NULL, count, &default_changes);
	scene_settle(&scene);
	assert_string_equal(only_device(of_surface), "a");
	assert_string_equal(only_device(of_default), "a");

	scene_offer(&scene, "b", 0, 0, true); /* the surface moves to another output */
	scene_settle(&scene);
	assert_string_equal(only_device(of_surface), "b");
	assert_string_equal(only_device(of_default), "a");
	assert_int_equal(surface_changes, 2);
	assert_int_equal(default_changes, 1);

	scene_offer(&scene, "c", 0, 0, false); /* does not concern the surface any more */
	scene_settle(&scene);
	assert_string_equal(only_device(of_surface), "b");
	assert_string_equal(only_device(of_default), "c");
	assert_int_equal(surface_changes, 2);

	bare_call(scene.bare, reset_surface, NULL);
	scene_settle(&scene);
	assert_string_equal(only_device(of_surface), "c");
	bare_call(scene.bare, reset_surface, NULL); /* no change, so nothing is sent */
	scene_settle(&scene);
	assert_int_equal(surface_changes, 3);
	assert_int_equal(tenon_client_constraints_get_generation(of_surface), 3);
	tenon_client_constraints_destroy(of_surface);
	tenon_client_constraints_destroy(of_default);
	scene_stop(&scene);
}

static void destroy_it(void *data, struct tenon_client_constraints *constraints)
{
	tenon_client_constraints_destroy(constraints);
	*(bool *)data = true;
}

TEST(handler_may_destroy_constraints)
{
	struct tenon_client_constraints *constraints;
	bool destroyed = false;
	struct scene scene;

	scene_start(&scene, NULL);
	tenon_client_constraints_create(&constraints, scene.client, NULL, destroy_it, &destroyed);
	scene_settle(&scene);
	assert_true(destroyed);
	scene_stop(&scene);
}
