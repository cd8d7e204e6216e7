/* SPDX-License-Identifier: MIT */
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
	if (painted != NULL && card_paint(painted, painter->options.frames - 1) == 0) {
		reference = card_dup_as_shown(painted);
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

static enum status compare(struct painter *painter, const struct image *screen)
{
	pixman_image_t *painted = make_reference(painter);
	struct image wanted = {.width = painter->options.width, .height = painter->options.height};
	int err;

	if (painted == NULL) {
		return buffers_fail(&painter->buffers, STATUS_FAILED, "out of memory");
	}
	/* 32 bits for each pixel: rows have no padding */
	wanted.pixels = pixman_image_get_data(painted);
	err = image_count_different(
		screen, &wanted, tolerance(painter), &painter->counts.different_pixels);
	pixman_image_unref(painted);
	if (err != 0) {
		return buffers_fail(&painter->buffers, STATUS_FAILED,
			"the output is %ux%u, too small to see all of the picture", screen->width,
			screen->height);
	}
	painter->counts.verified = true;
	if (painter->counts.different_pixels > 0) {
		return buffers_fail(&painter->buffers, STATUS_MISMATCH,
			"%llu of %llu pixels differ from what was painted",
			(unsigned long long)painter->counts.different_pixels,
			(unsigned long long)wanted.width * wanted.height);
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
		return buffers_fail(&painter->buffers, STATUS_FAILED, "no screenshot");
	}
	if (painter->options.screenshot != NULL &&
		image_write_png(&screen, painter->options.screenshot) != 0) {
		status = buffers_fail(&painter->buffers, STATUS_FAILED, "%s cannot be written",
			painter->options.screenshot);
	}
	if (status == STATUS_OK && painter->options.verify) {
		status = compare(painter, &screen);
	}
	image_finish(&screen);
	return status;
}
