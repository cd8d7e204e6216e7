/* SPDX-License-Identifier: MIT */
#ifndef TENON_CLIENTS_WINDOW_H
#define TENON_CLIENTS_WINDOW_H

/*
 * What every Wayland program here needs and Tenon is not about: a connection, outputs, a surface
 * with a toplevel role, frame callbacks. All of it is on the display's default queue.
 */

#include <stdbool.h>
#include <stdint.h>

#include <wayland-client.h>

struct xdg_wm_base;
struct xdg_surface;
struct xdg_toplevel;

enum {
	WINDOW_OUTPUTS_MAX = 8,
};

struct window_output {
	struct wl_output *proxy;
	char name[32];
	int32_t width, height; /* of its current mode */
};

struct window {
	struct wl_display *display;
	bool owns_display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct xdg_wm_base *wm_base;
	uint32_t capture_name; /* of Weston's screenshot global; 0: not there */
	struct window_output outputs[WINDOW_OUTPUTS_MAX];
	int outputs_len;
	struct wl_surface *surface; /* NULL: the compositor has no xdg-shell */
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	bool configured;
	bool closed;                             /* the user wants it to end */
	int configured_width, configured_height; /* what the compositor wants; 0: anything */
	struct wl_callback *frame;
	int frames_done; /* frame callbacks that have come */
};

/* Connects to $WAYLAND_DISPLAY. 0, or a negative errno and a message on stderr. */
int window_init(struct window *window, const char *title);

/* On a connection that exists and stays the caller's. */
int window_init_display(struct window *window, struct wl_display *display, const char *title);

void window_finish(struct window *window);

/* Shows a buffer: attach, damage of everything, frame callback, commit. */
void window_show(struct window *window, struct wl_buffer *buffer);

/* Waits for the frame callback of the last window_show(). 0 or a negative errno. */
int window_wait_frame(struct window *window);

/* Puts the window on an output, as large as that. */
void window_set_fullscreen(struct window *window, const char *output);

/* The output of a name; NULL: the first. */
struct window_output *window_find_output(struct window *window, const char *name);

#endif
