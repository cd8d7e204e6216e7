/* SPDX-License-Identifier: MIT */
#ifndef TENON_CLIENTS_SCREENSHOT_H
#define TENON_CLIENTS_SCREENSHOT_H

/*
 * Screenshots of a Weston output (weston-output-capture; Weston must run with --debug), and PNG
 * files.
 */

#include <stdint.h>

#include "window.h"

/* Pixels in memory: 0xXXRRGGBB, rows without padding. */
struct image {
	uint32_t width, height;
	uint32_t *pixels;
};

/*
 * Takes a picture of an output (NULL: the first). Waits for it. 0, or a negative errno and a
 * message on stderr; then *image is as it was. The caller releases it with image_finish().
 */
int screenshot_take(struct image *image, struct window *window, const char *output);

/*
 * Counts the pixels of a window that an output does not show; each of red, green and blue may be
 * off by most. A shell shows a window in the middle. 0, or -ERANGE when the window is larger.
 */
int image_count_different(
	const struct image *screen, const struct image *window, int most, uint64_t *out);

void image_finish(struct image *image);

/* Writes an RGB PNG. 0, or a negative errno and a message on stderr. */
int image_write_png(const struct image *image, const char *path);

#endif
