/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_SCENE_H
#define TENON_TEST_SCENE_H

#include <tenon/client.h>

#include "bare.h"

/* A compositor, a client of it and a surface. */
struct scene {
	struct bare *bare;
	struct wl_display *display;
	struct bare_globals globals;
	struct wl_surface *surface;
	struct tenon_client *client;
};

/* options may be NULL. */
void scene_start(struct scene *scene, const struct bare_options *options);
void scene_stop(struct scene *scene);

/* Offers one device "name" for scanout with one limit, by default or for the surface made last. */
void scene_offer(struct scene *scene, const char *name, enum tenon_property property,
	uint64_t value, bool for_surface);

/* Waits for the compositor to have said all it has to say. */
void scene_settle(struct scene *scene);

#endif
