/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_WESTON_H
#define TENON_TEST_WESTON_H

/*
 * A real Weston, headless unless it is given a display, for one test: private runtime directory,
 * its own socket and log. Tests that use it are skipped where Weston 14 is not installed.
 */

#include <stdbool.h>
#include <sys/types.h>

#include <wayland-client.h>

struct weston;

struct weston_options {
	const char *renderer; /* "pixman" or "gl" */
	const char *ini;      /* text of weston.ini; NULL: empty */
	int width, height;    /* of the output; 0: 1920x1080 */
	/* On this display ("card0"), with its preferred mode; NULL: headless. */
	const char *drm_device;
	bool stock;         /* without tenon-weston.so */
	bool second_output; /* with an output "second" */
	/* Modules beside tenon-weston.so, each followed by a comma; NULL: none. */
	const char *modules;
};

/* Starts it and waits for the socket. Ends the test as skipped without Weston, as failed when it
 * does not start. */
struct weston *weston_start(const struct weston_options *options);

/* The same where it must not start: waits for its end, and returns its log, to be freed. */
char *weston_start_and_fail(const struct weston_options *options);

/* Asks it to end, and fails the test unless it does with status 0 and a clean log. */
void weston_stop(struct weston *weston);

/* A connection. */
struct wl_display *weston_connect(struct weston *weston);

/* The same as a file descriptor. */
int weston_connect_fd(struct weston *weston);

/* Sets WAYLAND_DISPLAY and XDG_RUNTIME_DIR for programs to be started. */
void weston_set_environment(struct weston *weston);

/* Its open file descriptors, once their number has settled. */
int weston_count_fds(struct weston *weston);
pid_t weston_get_pid(struct weston *weston);

/* Its log until now, to be freed. */
char *weston_dup_log(struct weston *weston);

#endif
