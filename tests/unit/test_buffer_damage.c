/* SPDX-License-Identifier: MIT */
/* Damage never forgets a pixel, whatever is added in whatever order. */
#include <stdlib.h>
#include <string.h>

#include "buffer/damage.h"
#include "harness.h"

enum { WIDTH = 97, HEIGHT = 61 };

static bool covers(const struct damage *damage, uint32_t x, uint32_t y)
{
	for (uint32_t i = 0; i < damage->len; i++) {
		const struct tenon_rect *r = &damage->rects[i];

		if (x >= r->x && y >= r->y && x < r->x + r->width && y < r->y + r->height) {
			return true;
		}
	}
	return false;
}

static void assert_inside(const struct damage *damage)
{
	assert_true(damage->len <= DAMAGE_RECTS);
	for (uint32_t i = 0; i < damage->len; i++) {
		const struct tenon_rect *r = &damage->rects[i];

		assert_true(r->width > 0 && r->height > 0);
		assert_true(r->x + r->width <= WIDTH && r->y + r->height <= HEIGHT);
	}
}

TEST(random_rectangles_are_covered)
{
	srand(1);
	for (int round = 0; round < 200; round++) {
		static bool painted[HEIGHT][WIDTH];
		struct damage damage = {0};

		memset(painted, 0, sizeof(painted));
		for (int i = 0; i < 1 + rand() % 60; i++) {
			struct tenon_rect rect = {
				.x = (uint32_t)rand() % (WIDTH + 10),
				.y = (uint32_t)rand() % (HEIGHT + 10),
				.width = 1 + (uint32_t)rand() % 12,
				.height = 1 + (uint32_t)rand() % 12,
			};

			damage_add(&damage, &rect, WIDTH, HEIGHT);
			for (uint32_t y = rect.y; y < rect.y + rect.height && y < HEIGHT; y++) {
				for (uint32_t x = rect.x; x < rect.x + rect.width && x < WIDTH;
					x++) {
					painted[y][x] = true;
				}
			}
		}
		assert_inside(&damage);
		for (uint32_t y = 0; y < HEIGHT; y++) {
			for (uint32_t x = 0; x < WIDTH; x++) {
				assert_true(!painted[y][x] || covers(&damage, x, y));
			}
		}
	}
}

TEST(few_rectangles_are_kept_exactly)
{
	static const struct tenon_rect a = {1, 1, 4, 4}, b = {50, 50, 4, 4}, inside = {2, 2, 1, 1},
				       around = {0, 0, 10, 10};
	struct damage damage = {0};

	damage_add(&damage, &a, WIDTH, HEIGHT);
	damage_add(&damage, &b, WIDTH, HEIGHT);
	assert_int_equal(damage.len, 2);
	assert_false(covers(&damage, 10, 10));
	damage_add(&damage, &inside, WIDTH, HEIGHT);
	assert_int_equal(damage.len, 2);
	/* what is contained is not listed twice */
	damage_add(&damage, &around, WIDTH, HEIGHT);
	assert_int_equal(damage.len, 2);
	assert_true(covers(&damage, 9, 9));
	assert_false(covers(&damage, 10, 10));
}

TEST(edges)
{
	static const struct tenon_rect outside = {WIDTH, 0, 5, 5}, below = {0, HEIGHT, 5, 5},
				       empty = {3, 3, 0, 4},
				       huge = {90, 60, UINT32_MAX, UINT32_MAX}, all = {0};
	struct damage damage = {0};

	damage_add(&damage, &outside, WIDTH, HEIGHT);
	damage_add(&damage, &below, WIDTH, HEIGHT);
	damage_add(&damage, &empty, WIDTH, HEIGHT);
	assert_int_equal(damage.len, 0);
	damage_add(&damage, &huge, WIDTH, HEIGHT);
	assert_inside(&damage);
	assert_true(covers(&damage, WIDTH - 1, HEIGHT - 1));
	assert_false(covers(&damage, 89, 60));
	damage_add(&damage, &all, WIDTH, HEIGHT);
	assert_int_equal(damage.len, 1);
	assert_true(covers(&damage, 0, 0));
	assert_inside(&damage);
}
