/* SPDX-License-Identifier: MIT */
#include "card.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <drm_fourcc.h>

#include <tenon/format.h>

#include "font.h"

enum {
	SQUARE = 8, /* pixels, of the edge's squares */
	BARS = 8,
};

static const pixman_color_t black = {0, 0, 0, 0xffff};
static const pixman_color_t white = {0xffff, 0xffff, 0xffff, 0xffff};
static const pixman_color_t grey = {0x3030, 0x3030, 0x3838, 0xffff};

/* A picture being painted. */
struct card {
	pixman_image_t *image;
	int width, height;
};

bool card_format(uint32_t fourcc, pixman_format_code_t *format)
{
	static const struct {
		uint32_t fourcc;
		pixman_format_code_t format;
	} formats[] = {
		{DRM_FORMAT_XRGB8888, PIXMAN_x8r8g8b8},
		{DRM_FORMAT_ARGB8888, PIXMAN_a8r8g8b8},
		{DRM_FORMAT_XBGR8888, PIXMAN_x8b8g8r8},
		{DRM_FORMAT_ABGR8888, PIXMAN_a8b8g8r8},
		{DRM_FORMAT_RGB565, PIXMAN_r5g6b5},
		{DRM_FORMAT_XRGB2101010, PIXMAN_x2r10g10b10},
		{DRM_FORMAT_ARGB2101010, PIXMAN_a2r10g10b10},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (formats[i].fourcc == fourcc) {
			*format = formats[i].format;
			return true;
		}
	}
	return false;
}

bool card_parse_format(const char *name, uint32_t *fourcc)
{
	const struct tenon_format *found = tenon_format_from_name(name);
	pixman_format_code_t code;

	if (found == NULL || !card_format(tenon_format_get_fourcc(found), &code)) {
		return false;
	}
	*fourcc = tenon_format_get_fourcc(found);
	return true;
}

/* Clips, which pixman_image_fill_boxes() does not. */
static void fill(
	const struct card *card, const pixman_color_t *color, int x, int y, int width, int height)
{
	pixman_box32_t box = {
		.x1 = x > 0 ? x : 0,
		.y1 = y > 0 ? y : 0,
		.x2 = x + width < card->width ? x + width : card->width,
		.y2 = y + height < card->height ? y + height : card->height,
	};

	if (box.x1 < box.x2 && box.y1 < box.y2) {
		pixman_image_fill_boxes(PIXMAN_OP_SRC, card->image, color, 1, &box);
	}
}

static void paint_bars(const struct card *card, int top, int bottom)
{
	static const pixman_color_t colors[BARS] = {
		{0xffff, 0xffff, 0xffff, 0xffff},
		{0xffff, 0xffff, 0, 0xffff},
		{0, 0xffff, 0xffff, 0xffff},
		{0, 0xffff, 0, 0xffff},
		{0xffff, 0, 0xffff, 0xffff},
		{0xffff, 0, 0, 0xffff},
		{0, 0, 0xffff, 0xffff},
		{0, 0, 0, 0xffff},
	};

	for (int i = 0; i < BARS; i++) {
		int left = card->width * i / BARS;

		fill(card, &colors[i], left, top, card->width * (i + 1) / BARS - left,
			bottom - top);
	}
}

/* From black to white, from left to right. */
static int paint_ramp(const struct card *card, int top, int bottom)
{
	pixman_point_fixed_t from = {0, 0};
	pixman_point_fixed_t to = {pixman_int_to_fixed(card->width), 0};
	const pixman_gradient_stop_t stops[] = {
		{pixman_int_to_fixed(0), black},
		{pixman_int_to_fixed(1), white},
	};
	pixman_image_t *ramp = pixman_image_create_linear_gradient(&from, &to, stops, 2);

	if (ramp == NULL) {
		return -ENOMEM;
	}
	pixman_image_composite32(PIXMAN_OP_SRC, ramp, NULL, card->image, 0, 0, 0, 0, 0, top,
		card->width, bottom - top);
	pixman_image_unref(ramp);
	return 0;
}

/* The largest x with x * x + y * y <= r * r; -1 when there is none. */
static int circle_at(int r, int y)
{
	int x = r;

	if (y > r || y < -r) {
		return -1;
	}
	while (x * x + y * y > r * r) {
		x--;
	}
	return x;
}

/*
 * A ring around the middle: round only where the pitch is right. Row by row, and not as a gradient
 * that is blended: pixman rounds that differently for differently aligned rows.
 */
static void paint_ring(const struct card *card)
{
	int smaller = card->width < card->height ? card->width : card->height;
	int outer = smaller * 9 / 20, inner = outer * 19 / 20;
	int left = card->width / 2, top = card->height / 2;

	for (int y = -outer; y <= outer; y++) {
		int out = circle_at(outer, y), in = circle_at(inner, y);

		fill(card, &white, left - out, top + y, out - in, 1);
		fill(card, &white, left + in + 1, top + y, out - in, 1);
	}
}

static void paint_edge(const struct card *card)
{
	fill(card, &black, 0, 0, card->width, SQUARE);
	fill(card, &black, 0, card->height - SQUARE, card->width, SQUARE);
	fill(card, &black, 0, 0, SQUARE, card->height);
	fill(card, &black, card->width - SQUARE, 0, SQUARE, card->height);
	for (int x = 0; x < card->width; x += 2 * SQUARE) {
		fill(card, &white, x, 0, SQUARE, SQUARE);
		fill(card, &white, x, card->height - SQUARE, SQUARE, SQUARE);
	}
	for (int y = 0; y < card->height; y += 2 * SQUARE) {
		fill(card, &white, 0, y, SQUARE, SQUARE);
		fill(card, &white, card->width - SQUARE, y, SQUARE, SQUARE);
	}
}

static void paint_letter(const struct card *card, char letter, int left, int top, int dot)
{
	const unsigned char *rows = font_get(letter);

	for (int y = 0; rows != NULL && y < FONT_HEIGHT; y++) {
		for (int x = 0; x < FONT_WIDTH; x++) {
			if ((rows[y] & (1 << (FONT_WIDTH - 1 - x))) != 0) {
				fill(card, &white, left + x * dot, top + y * dot, dot, dot);
			}
		}
	}
}

/* A line of text on a dark ground, around the middle. Returns its height. */
static int paint_text(const struct card *card, const char *text, int top, int dot)
{
	int len = (int)strlen(text);
	int width = len * (FONT_WIDTH + 1) * dot;
	int left = (card->width - width) / 2;

	fill(card, &grey, left - 2 * dot, top - 2 * dot, width + 3 * dot, (FONT_HEIGHT + 4) * dot);
	for (int i = 0; i < len; i++) {
		paint_letter(card, text[i], left + i * (FONT_WIDTH + 1) * dot, top, dot);
	}
	return (FONT_HEIGHT + 4) * dot;
}

static void paint_texts(const struct card *card, unsigned frame)
{
	int dot = card->width / 100 > 1 ? card->width / 100 : 1;
	int top = card->height / 2 - 2 * (FONT_HEIGHT + 4) * dot / 2;
	char text[32];

	top += paint_text(card, "TENON", top, dot);
	snprintf(text, sizeof(text), "%dX%d", card->width, card->height);
	top += paint_text(card, text, top, dot);
	snprintf(text, sizeof(text), "FRAME %u", frame);
	paint_text(card, text, top, dot);
}

/* Moves by a square with each frame. */
static void paint_mover(const struct card *card, unsigned frame, int top, int bottom)
{
	unsigned steps = (unsigned)(card->width / SQUARE) + 1;

	fill(card, &white, (int)(frame % steps) * SQUARE, top, SQUARE, bottom - top);
}

int card_paint(pixman_image_t *image, unsigned frame)
{
	const struct card card = {
		image, pixman_image_get_width(image), pixman_image_get_height(image)};
	int bars = card.height * 6 / 10;
	int ramp = card.height * 8 / 10;
	int err;

	fill(&card, &grey, 0, 0, card.width, card.height);
	paint_bars(&card, 0, bars);
	err = paint_ramp(&card, bars, ramp);
	paint_ring(&card);
	paint_mover(&card, frame, ramp, card.height);
	paint_texts(&card, frame);
	paint_edge(&card);
	return err;
}

pixman_image_t *card_dup_as_shown(pixman_image_t *image)
{
	int width = pixman_image_get_width(image), height = pixman_image_get_height(image);
	pixman_image_t *copy = pixman_image_create_bits(PIXMAN_x8r8g8b8, width, height, NULL, 0);

	if (copy != NULL) {
		pixman_image_composite32(
			PIXMAN_OP_SRC, image, NULL, copy, 0, 0, 0, 0, 0, 0, width, height);
	}
	return copy;
}
