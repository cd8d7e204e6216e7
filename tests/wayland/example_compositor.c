/* SPDX-License-Identifier: MIT */

/* A compositor of nothing but the extension: what doc/protocol.md explains. */

#include <stdio.h>

#include <drm_fourcc.h>
#include <wayland-server.h>

#include <tenon/server.h>

/* A display controller that wants pitches of 256 bytes, in memory without gaps. */
static int make_screen(struct tenon_offer **out)
{
	const struct tenon_format_modifier pair = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
	struct tenon_limits *limits = NULL;
	int err = tenon_offer_create(out, "screen");

	if (err == 0 && (err = tenon_limits_create(&limits)) == 0) {
		tenon_limits_set(limits, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 256);
		tenon_limits_set(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, 1);
		err = tenon_offer_add(*out, TENON_ROLE_SCANOUT, &pair, 1, limits);
		tenon_limits_destroy(limits);
	}
	return err;
}

int main(void)
{
	struct wl_display *display = wl_display_create();
	struct tenon_server_state *state = NULL;
	struct tenon_server *server = NULL;
	struct tenon_participant screen = {.roles = TENON_ROLE_SCANOUT};
	struct tenon_server_tranche tranche = {.scanout = true, .participants_len = 1};

	tranche.participants = &screen;
	if (display == NULL || make_screen(&screen.offer) != 0 ||
		tenon_server_create(&server, display, NULL) != 0 ||
		tenon_server_state_create(&state, &tranche, 1) != 0 ||
		tenon_server_set_default(server, state) != 0) {
		return 1;
	}
	printf("%s\n", wl_display_add_socket_auto(display));
	fflush(stdout);
	wl_display_run(display);
	tenon_server_state_unref(state);
	tenon_offer_unref(screen.offer);
	tenon_server_destroy(server);
	wl_display_destroy(display);
	return 0;
}
