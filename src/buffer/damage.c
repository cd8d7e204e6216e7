/* SPDX-License-Identifier: MIT */
#include "buffer/damage.h"

void damage_set_all(struct damage *damage, uint32_t width, uint32_t height)
{
	damage->len = 1;
	damage->rects[0] = (struct tenon_rect){.width = width, .height = height};
}

static uint64_t area(const struct tenon_rect *rect)
{
	return (uint64_t)rect->width * rect->height;
}

static bool contains(const struct tenon_rect *a, const struct tenon_rect *b)
{
	return b->x >= a->x && b->y >= a->y && b->x + b->width <= a->x + a->width &&
	       b->y + b->height <= a->y + a->height;
}

static struct tenon_rect hull(const struct tenon_rect *a, const struct tenon_rect *b)
{
	uint32_t left = a->x < b->x ? a->x : b->x;
	uint32_t top = a->y < b->y ? a->y : b->y;
	uint32_t right = a->x + a->width > b->x + b->width ? a->x + a->width : b->x + b->width;
	uint32_t bottom = a->y + a->height > b->y + b->height ? a->y + a->height : b->y + b->height;

	return (struct tenon_rect){
		.x = left,
		.y = top,
		.width = right - left,
		.height = bottom - top,
	};
}

static void remove_at(struct damage *damage, uint32_t i)
{
	damage->rects[i] = damage->rects[--damage->len];
}

static void drop_contained(struct damage *damage, const struct tenon_rect *rect)
{
	for (uint32_t i = damage->len; i > 0; i--) {
		if (contains(rect, &damage->rects[i - 1])) {
			remove_at(damage, i - 1);
		}
	}
}

/* Pixels that joining two would add. */
static uint64_t loss(const struct tenon_rect *a, const struct tenon_rect *b)
{
	struct tenon_rect both = hull(a, b);
	uint64_t apart = area(a) + area(b);

	return area(&both) > apart ? area(&both) - apart : 0;
}

/* The list is full: the rectangle joins the one that loses least by it. */
static void join(struct damage *damage, struct tenon_rect rect)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < damage->len; i++) {
		if (loss(&damage->rects[i], &rect) < loss(&damage->rects[best], &rect)) {
			best = i;
		}
	}
	rect = hull(&damage->rects[best], &rect);
	drop_contained(damage, &rect);
	damage->rects[damage->len++] = rect;
}

static bool clip(struct tenon_rect *rect, uint32_t width, uint32_t height)
{
	if (rect->x >= width || rect->y >= height) {
		return false;
	}
	if (rect->width > width - rect->x) {
		rect->width = width - rect->x;
	}
	if (rect->height > height - rect->y) {
		rect->height = height - rect->y;
	}
	return rect->width > 0 && rect->height > 0;
}

void damage_add(
	struct damage *damage, const struct tenon_rect *rect, uint32_t width, uint32_t height)
{
	struct tenon_rect clipped = *rect;

	if ((rect->x | rect->y | rect->width | rect->height) == 0) {
		damage_set_all(damage, width, height);
		return;
	}
	if (!clip(&clipped, width, height)) {
		return;
	}
	for (uint32_t i = 0; i < damage->len; i++) {
		if (contains(&damage->rects[i], &clipped)) {
			return;
		}
	}
	drop_contained(damage, &clipped);
	if (damage->len < DAMAGE_RECTS) {
		damage->rects[damage->len++] = clipped;
	} else {
		join(damage, clipped);
	}
}
