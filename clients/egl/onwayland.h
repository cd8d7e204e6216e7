/* SPDX-License-Identifier: MIT */
#ifndef EGL_ONWAYLAND_H
#define EGL_ONWAYLAND_H

#include "buffers.h"
#include "headless.h"
#include "options.h"
#include "screenshot.h"

struct scene;

enum {
	EGL_TIMEOUT_MS = 5000,
};

struct target {
	const struct egl_options *options;
	struct window window;
	struct buffers buffers;
	struct headless gl;
	struct scene *scene;
	struct image drawn; /* the last frame as GL reads it; no pixels: not asked for */
	bool software;      /* GL draws with the CPU */
	uint64_t painted, copies;
};

/* look.c: at the last frame, while it is shown: writes and compares what the options ask for. */
enum status egl_look(struct target *target);

#endif
