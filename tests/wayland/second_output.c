/* SPDX-License-Identifier: MIT */

/* A module for Weston: a second headless output, of the name "second". For tests. */

#include <libweston/libweston.h>
#include <libweston/windowed-output-api.h>

int wet_module_init(struct weston_compositor *compositor, int *argc, char *argv[])
	__attribute__((visibility("default")));

int wet_module_init(struct weston_compositor *compositor, int *argc, char *argv[])
{
	const struct weston_windowed_output_api *api =
		weston_windowed_output_get_api(compositor, WESTON_WINDOWED_OUTPUT_HEADLESS);

	if (api == NULL) {
		return -1;
	}
	return api->create_head(compositor->primary_backend, "second");
}
