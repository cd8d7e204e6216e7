/* SPDX-License-Identifier: MIT */
#include "screenshot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

/* Bytes R, G, B of every pixel. NULL: out of memory. */
static unsigned char *dup_rgb(const struct image *image)
{
	size_t len = (size_t)image->width * image->height;
	unsigned char *rgb = malloc(3 * len);

	for (size_t i = 0; rgb != NULL && i < len; i++) {
		rgb[3 * i] = (unsigned char)(image->pixels[i] >> 16);
		rgb[3 * i + 1] = (unsigned char)(image->pixels[i] >> 8);
		rgb[3 * i + 2] = (unsigned char)image->pixels[i];
	}
	return rgb;
}

int image_write_png(const struct image *image, const char *path)
{
	png_image png = {
		.version = PNG_IMAGE_VERSION,
		.width = image->width,
		.height = image->height,
		.format = PNG_FORMAT_RGB,
	};
	unsigned char *rgb = dup_rgb(image);
	int ok;

	if (rgb == NULL) {
		return -ENOMEM;
	}
	ok = png_image_write_to_file(&png, path, 0, rgb, 0, NULL);
	free(rgb);
	if (ok == 0) {
		fprintf(stderr, "%s: %s\n", path, png.message);
		return -EIO;
	}
	return 0;
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

int image_count_different(
	const struct image *screen, const struct image *window, int most, uint64_t *out)
{
	uint64_t different = 0;
	uint32_t left, top;

	if (screen->width < window->width || screen->height < window->height) {
		return -ERANGE;
	}
	left = (screen->width - window->width) / 2;
	top = (screen->height - window->height) / 2;
	for (uint32_t y = 0; y < window->height; y++) {
		const uint32_t *seen = &screen->pixels[(size_t)(top + y) * screen->width + left];
		const uint32_t *wanted = &window->pixels[(size_t)y * window->width];

		for (uint32_t x = 0; x < window->width; x++) {
			different += !is_same(seen[x], wanted[x], most);
		}
	}
	*out = different;
	return 0;
}

void image_finish(struct image *image)
{
	free(image->pixels);
	memset(image, 0, sizeof(*image));
}
