/* SPDX-License-Identifier: MIT */
#ifndef TENON_KMS_SCREEN_H
#define TENON_KMS_SCREEN_H

/*
 * One output of a display controller, through the atomic interface and with explicit fences. What
 * it showed before is put back at the end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xf86drmMode.h>

#include "object.h"

enum {
	SCREEN_OTHERS_MAX = 8,
};

/* What a writeback connector writes to: a dumb buffer, XRGB8888. */
struct screen_capture {
	uint32_t handle, fb, pitch;
	uint64_t size;
	void *map;
	int done; /* fence of the last picture; -1 */
};

struct screen {
	int fd;         /* the caller's */
	char name[32];  /* "HDMI-A-1" */
	bool writeback; /* the connector writes to memory */
	struct screen_object connector, crtc, plane;
	struct screen_object others[SCREEN_OTHERS_MAX]; /* connectors that showed the same */
	size_t others_len;
	drmModeModeInfo mode;
	uint32_t mode_blob, before_blob;
	bool shows; /* something was changed */
	struct screen_capture capture;
};

/* Prints that something failed. Returns error, a negative errno. */
int screen_complain(const char *what, int error);

/*
 * Finds the output: the connector of this name (NULL: the first connected one), a mode of width x
 * height (0: its own), a primary plane with this format. All below print what fails, and return 0
 * or a negative errno.
 */
int screen_open(struct screen *screen, int fd, const char *connector, uint32_t width,
	uint32_t height, uint32_t format);

/* Puts back what was shown before. */
void screen_close(struct screen *screen);

/*
 * Shows a framebuffer of the mode's size once in_fence (-1: none) is signalled; returns at once.
 * *out_fence is the caller's to close: it is signalled when the picture is on the screen. The one
 * before must be by then.
 */
int screen_show(struct screen *screen, uint32_t fb, int in_fence, int *out_fence);

/* Waits until the last picture has been written back: pixels, rows of capture.pitch bytes. */
int screen_wait_capture(struct screen *screen, int timeout_ms, const void **pixels);

/* Waits for a fence: 0 or a negative errno, -ETIMEDOUT. Prints nothing. */
int screen_wait_fence(int fence, int timeout_ms);

#endif
