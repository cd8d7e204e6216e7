/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include "harness.h"
#include "offers.h"

void scene_start(struct scene *scene, const struct bare_options *options)
{
	scene->bare = bare_start(options);
	scene->display = bare_connect(scene->bare);
	bare_bind(&scene->globals, scene->display);
	scene->surface = wl_compositor_create_surface(scene->globals.compositor);
	wl_display_roundtrip(scene->display);
	assert_int_equal(tenon_client_create(&scene->client, scene->display, NULL), 0);
}

void scene_stop(struct scene *scene)
{
	tenon_client_destroy(scene->client);
	if (scene->surface != NULL) {
		wl_surface_destroy(scene->surface);
	}
	bare_unbind(&scene->globals);
	wl_display_disconnect(scene->display);
	bare_stop(scene->bare);
}

/* One device, to be offered in the compositor's thread. */
struct offering {
	const char *name;
	enum tenon_property property;
	uint64_t value;
	bool for_surface;
};

static void set_state(struct bare *bare, void *data)
{
	const struct offering *offering = data;
	struct tenon_participant device = {.roles = TENON_ROLE_SCANOUT};
	struct tenon_server_tranche tranche = {
		.scanout = true, .participants = &device, .participants_len = 1};
	struct tenon_server_state *state;

	device.offer =
		offer_make(offering->name, TENON_ROLE_SCANOUT, offering->property, offering->value);
	assert_int_equal(tenon_server_state_create(&state, &tranche, 1), 0);
	if (offering->for_surface) {
		assert_int_equal(tenon_server_set_surface(
					 bare_get_server(bare), bare_get_surface(bare), state),
			0);
	} else {
		assert_int_equal(tenon_server_set_default(bare_get_server(bare), state), 0);
	}
	tenon_server_state_unref(state);
	tenon_offer_unref(device.offer);
}

void scene_offer(struct scene *scene, const char *name, enum tenon_property property,
	uint64_t value, bool for_surface)
{
	struct offering offering = {name, property, value, for_surface};

	bare_call(scene->bare, set_state, &offering);
}

void scene_settle(struct scene *scene)
{
	wl_display_roundtrip_queue(scene->display, tenon_client_get_queue(scene->client));
}
