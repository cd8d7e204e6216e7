/* SPDX-License-Identifier: MIT */
#include "window.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "xdg-shell-client-protocol.h"

static void handle_geometry(void *data, struct wl_output *output, int32_t x, int32_t y,
	int32_t physical_width, int32_t physical_height, int32_t subpixel, const char *make,
	const char *model, int32_t transform)
{
}

static void handle_mode(void *data, struct wl_output *proxy, uint32_t flags, int32_t width,
	int32_t height, int32_t refresh)
{
	struct window_output *output = data;

	if ((flags & WL_OUTPUT_MODE_CURRENT) != 0) {
		output->width = width;
		output->height = height;
	}
}

static void handle_output_done(void *data, struct wl_output *proxy)
{
}

static void handle_scale(void *data, struct wl_output *proxy, int32_t factor)
{
}

static void handle_name(void *data, struct wl_output *proxy, const char *name)
{
	struct window_output *output = data;

	snprintf(output->name, sizeof(output->name), "%s", name);
}

static void handle_description(void *data, struct wl_output *proxy, const char *description)
{
}

static const struct wl_output_listener output_listener = {
	.geometry = handle_geometry,
	.mode = handle_mode,
	.done = handle_output_done,
	.scale = handle_scale,
	.name = handle_name,
	.description = handle_description,
};

static void handle_ping(void *data, struct xdg_wm_base *wm_base, uint32_t serial)
{
	xdg_wm_base_pong(wm_base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {
	.ping = handle_ping,
};

static void bind_output(struct window *window, uint32_t name, uint32_t version)
{
	struct window_output *output;

	if (window->outputs_len >= WINDOW_OUTPUTS_MAX) {
		return;
	}
	output = &window->outputs[window->outputs_len++];
	output->proxy = wl_registry_bind(
		window->registry, name, &wl_output_interface, version < 4 ? version : 4);
	wl_output_add_listener(output->proxy, &output_listener, output);
}

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct window *window = data;

	if (strcmp(interface, wl_compositor_interface.name) == 0) {
		window->compositor = wl_registry_bind(
			registry, name, &wl_compositor_interface, version < 4 ? version : 4);
	} else if (strcmp(interface, wl_shm_interface.name) == 0) {
		window->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	} else if (strcmp(interface, wl_output_interface.name) == 0) {
		bind_output(window, name, version);
	} else if (strcmp(interface, xdg_wm_base_interface.name) == 0) {
		window->wm_base = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
		xdg_wm_base_add_listener(window->wm_base, &wm_base_listener, window);
	} else if (strcmp(interface, "weston_capture_v1") == 0) {
		window->capture_name = name;
	}
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

static void handle_xdg_configure(void *data, struct xdg_surface *xdg_surface, uint32_t serial)
{
	struct window *window = data;

	xdg_surface_ack_configure(xdg_surface, serial);
	window->configured = true;
}

static const struct xdg_surface_listener xdg_surface_listener = {
	.configure = handle_xdg_configure,
};

static void handle_toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width,
	int32_t height, struct wl_array *states)
{
	struct window *window = data;

	window->configured_width = width;
	window->configured_height = height;
}

static void handle_close(void *data, struct xdg_toplevel *toplevel)
{
	struct window *window = data;

	window->closed = true;
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = handle_toplevel_configure,
	.close = handle_close,
};

static int connection_error(struct window *window)
{
	int err = wl_display_get_error(window->display);

	return err > 0 ? -err : -EPIPE;
}

static int create_toplevel(struct window *window, const char *title)
{
	window->surface = wl_compositor_create_surface(window->compositor);
	window->xdg_surface = xdg_wm_base_get_xdg_surface(window->wm_base, window->surface);
	xdg_surface_add_listener(window->xdg_surface, &xdg_surface_listener, window);
	window->toplevel = xdg_surface_get_toplevel(window->xdg_surface);
	xdg_toplevel_add_listener(window->toplevel, &toplevel_listener, window);
	xdg_toplevel_set_title(window->toplevel, title);
	xdg_toplevel_set_app_id(window->toplevel, title);
	wl_surface_commit(window->surface);
	while (!window->configured) {
		if (wl_display_dispatch(window->display) < 0) {
			return connection_error(window);
		}
	}
	return 0;
}

static int start(struct window *window, const char *title)
{
	window->registry = wl_display_get_registry(window->display);
	wl_registry_add_listener(window->registry, &registry_listener, window);
	for (int i = 0; i < 2; i++) {
		if (wl_display_roundtrip(window->display) < 0) {
			return connection_error(window);
		}
	}
	if (window->compositor == NULL || window->wm_base == NULL) {
		fprintf(stderr, "the compositor has no %s\n",
			window->compositor == NULL ? "wl_compositor" : "xdg_wm_base");
		return -ENOTSUP;
	}
	return create_toplevel(window, title);
}

int window_init_display(struct window *window, struct wl_display *display, const char *title)
{
	int err;

	memset(window, 0, sizeof(*window));
	window->display = display;
	err = start(window, title);
	if (err != 0) {
		window_finish(window);
	}
	return err;
}

int window_init(struct window *window, const char *title)
{
	struct wl_display *display = wl_display_connect(NULL);
	int err;

	if (display == NULL) {
		err = -errno;
		fprintf(stderr, "cannot connect to a Wayland compositor: %s\n", strerror(errno));
		return err;
	}
	err = window_init_display(window, display, title);
	if (err != 0) {
		wl_display_disconnect(display);
		return err;
	}
	window->owns_display = true;
	return 0;
}

/* Destroys a proxy if it is there. */
#define DESTROY(name, proxy) \
	do { \
		if ((proxy) != NULL) { \
			name##_destroy(proxy); \
			(proxy) = NULL; \
		} \
	} while (0)

void window_finish(struct window *window)
{
	DESTROY(wl_callback, window->frame);
	DESTROY(xdg_toplevel, window->toplevel);
	DESTROY(xdg_surface, window->xdg_surface);
	DESTROY(wl_surface, window->surface);
	for (int i = 0; i < window->outputs_len; i++) {
		wl_output_destroy(window->outputs[i].proxy);
	}
	window->outputs_len = 0;
	DESTROY(xdg_wm_base, window->wm_base);
	DESTROY(wl_shm, window->shm);
	DESTROY(wl_compositor, window->compositor);
	DESTROY(wl_registry, window->registry);
	if (window->owns_display) {
		wl_display_disconnect(window->display);
	}
	window->display = NULL;
}

static void handle_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	struct window *window = data;

	wl_callback_destroy(callback);
	window->frame = NULL;
	window->frames_done++;
}

static const struct wl_callback_listener frame_listener = {
	.done = handle_frame,
};

void window_show(struct window *window, struct wl_buffer *buffer)
{
	DESTROY(wl_callback, window->frame);
	wl_surface_attach(window->surface, buffer, 0, 0);
	wl_surface_damage(window->surface, 0, 0, INT32_MAX, INT32_MAX);
	window->frame = wl_surface_frame(window->surface);
	wl_callback_add_listener(window->frame, &frame_listener, window);
	wl_surface_commit(window->surface);
}

int window_wait_frame(struct window *window)
{
	while (window->frame != NULL) {
		if (wl_display_dispatch(window->display) < 0) {
			return connection_error(window);
		}
	}
	return 0;
}

void window_set_fullscreen(struct window *window, const char *name)
{
	struct window_output *output = window_find_output(window, name);

	xdg_toplevel_set_fullscreen(window->toplevel, output != NULL ? output->proxy : NULL);
}

struct window_output *window_find_output(struct window *window, const char *name)
{
	for (int i = 0; i < window->outputs_len; i++) {
		if (name == NULL || strcmp(window->outputs[i].name, name) == 0) {
			return &window->outputs[i];
		}
	}
	return NULL;
}
