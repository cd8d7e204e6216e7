/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "painter.h"

/* The last frame as it must look: painted anew, in plain memory, and converted to x8r8g8b8. */
static pixman_image_t *make_reference(const struct painter *painter)
{
	int width = (int)painter->options.width, height = (int)painter->options.height;
	pixman_image_t *painted, *reference = NULL;
	pixman_format_code_t format = PIXMAN_x8r8g8b8;

	card_format(painter->options.format, &format);
	painted = pixman_image_create_bits(format, width, height, NULL, 0);
	if (painted != NULL && card_paint(painted, (unsigned)painter->options.frames - 1) == 0) {
		reference = pixman_image_create_bits(PIXMAN_x8r8g8b8, width, height, NULL, 0);
	}
	if (reference != NULL) {
		pixman_image_composite32(
			PIXMAN_OP_SRC, painted, NULL, reference, 0, 0, 0, 0, 0, 0, width, height);
	}
	if (painted != NULL) {
		pixman_image_unref(painted);
	}
	return reference;
}

/* Formats of other than 8 bits are widened or narrowed, each renderer in its own way. */
static int tolerance(const struct painter *painter)
{
	pixman_format_code_t format = PIXMAN_x8r8g8b8;

	card_format(painter->options.format, &format);
	switch (PIXMAN_FORMAT_G(format)) {
	case 8:
		return 0;
	case 6:
		return 4; /* GL: x * 255 / 63, pixman: the bits repeated; red and blue have 5 */
	default:
		return 1;
	}
}

static bool is_same(uint32_t a, uint32_t b, int most)
{
	for (int shift = 0; shift < 24; shift += 8) {
		int difference = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);

		if (abs(difference) > most) {
			return false;
		}
	}
	return true;
}

/* The shell shows the window in the middle of the output. */
static enum status compare(struct painter *painter, const struct image *screen)
{
	uint32_t width = painter->options.width, height = painter->options.height;
	pixman_image_t *reference;
	const uint32_t *wanted;
	uint32_t left, top, stride;

	if (screen->width < width || screen->height < height) {
		return painter_fail(painter, STATUS_FAILED,
			"the output is %ux%u, too small to see all of the picture", screen->width,
			screen->height);
	}
	reference = make_reference(painter);
	if (reference == NULL) {
		return painter_fail(painter, STATUS_FAILED, "out of memory");
	}
	wanted = pixman_image_get_data(reference);
	stride = (uint32_t)pixman_image_get_stride(reference) / 4;
	left = (screen->width - width) / 2;
	top = (screen->height - height) / 2;
	for (uint32_t y = 0; y < height; y++) {
		const uint32_t *row = &screen->pixels[(size_t)(top + y) * screen->width + left];

		for (uint32_t x = 0; x < width; x++) {
			if (!is_same(row[x], wanted[(size_t)y * stride + x], tolerance(painter))) {
				painter->counts.different_pixels++;
			}
		}
	}
	pixman_image_unref(reference);
	painter->counts.verified = true;
	if (painter->counts.different_pixels > 0) {
		return painter_fail(painter, STATUS_MISMATCH,
			"%llu of %llu pixels differ from what was painted",
			(unsigned long long)painter->counts.different_pixels,
			(unsigned long long)width * height);
	}
	return STATUS_OK;
}

enum status painter_look(struct painter *painter)
{
	enum status status = STATUS_OK;
	struct image screen;

	if (painter->options.screenshot == NULL && !painter->options.verify) {
		return STATUS_OK;
	}
	if (screenshot_take(&screen, &painter->window, painter->options.output) != 0) {
		return painter_fail(painter, STATUS_FAILED, "no screenshot");
	}
	if (painter->options.screenshot != NULL &&
		image_write_png(&screen, painter->options.screenshot) != 0) {
		status = painter_fail(painter, STATUS_FAILED, "%s cannot be written",
			painter->options.screenshot);
	}
	if (status == STATUS_OK && painter->options.verify) {
		status = compare(painter, &screen);
	}
	image_finish(&screen);
	return status;
}
