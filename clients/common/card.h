/* SPDX-License-Identifier: MIT */
#ifndef TENON_CLIENTS_CARD_H
#define TENON_CLIENTS_CARD_H

/*
 * The test card: colour bars, a ramp, a circle, its size and the number of the frame in letters,
 * and an edge of black and white squares, by which a wrong pitch, a row too few or a swapped byte
 * shows at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include <pixman.h>

/* Whether pictures of this format (DRM fourcc) can be painted. */
bool card_format(uint32_t fourcc, pixman_format_code_t *format);

/* The fourcc of a format's name, if it can be painted. */
bool card_parse_format(const char *name, uint32_t *fourcc);

/* Paints frame number frame over the whole image. 0, or -ENOMEM. */
int card_paint(pixman_image_t *image, unsigned frame);

/* A copy in x8r8g8b8, as screens are read; NULL when memory is out. */
pixman_image_t *card_dup_as_shown(pixman_image_t *image);

#endif
