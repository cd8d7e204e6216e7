/* SPDX-License-Identifier: MIT */
#ifndef TENON_BUFFER_DAMAGE_H
#define TENON_BUFFER_DAMAGE_H

/*
 * A few rectangles that cover at least what was added to them. When there are too many, the two
 * that lose least by it become one: damage may grow, but is never forgotten.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tenon/buffer.h>

enum { DAMAGE_RECTS = 16 };

struct damage {
	uint32_t len;
	struct tenon_rect rects[DAMAGE_RECTS];
};

/* The whole of a picture. */
void damage_set_all(struct damage *damage, uint32_t width, uint32_t height);

/* Adds a rectangle, clipped to the picture; all zero is the whole of it. */
void damage_add(
	struct damage *damage, const struct tenon_rect *rect, uint32_t width, uint32_t height);

#endif
