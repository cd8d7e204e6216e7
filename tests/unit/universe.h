/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_UNIVERSE_H
#define TENON_TEST_UNIVERSE_H

/*
 * Small universes of buffers, in which everything a device accepts can be counted out.
 *
 * A buffer is a point: a format-modifier pair, and a value for each of a few aspects (the pitch of
 * plane 0, the heap, ...). Limits are drawn so that the universe has a point for everything that
 * they can tell apart: moduli divide 6 and pitches go to 12, so what no point satisfies, nothing
 * does. Whether a point is accepted is decided here from the values alone, without the library's
 * arithmetic.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/constraint.h>

#include "offers.h"

enum {
	UNIVERSE_ASPECTS = 3,
	UNIVERSE_DEVICES = 5,
	UNIVERSE_ALTERNATIVES = 3,
	UNIVERSE_PAIRS = 6, /* one format of them no offer names */
};

/* A drawn problem. */
struct universe {
	struct test_random random;
	int aspects[UNIVERSE_ASPECTS];
	size_t points;
	struct tenon_participant participants[UNIVERSE_DEVICES];
	size_t len;
	/* of each participant: which points it accepts, one byte each */
	unsigned char *accepted[UNIVERSE_DEVICES];
};

/* Draws the devices for a seed; must be finished. */
void universe_draw(struct universe *u, uint64_t seed);
void universe_finish(struct universe *u);

/* How many points the devices of the set (bit i: participant i) accept together. */
size_t universe_count(const struct universe *u, unsigned set);

/* Fails the test unless the merge accepts the very points that all devices accept. */
void universe_expect_exact(const struct universe *u, const struct tenon_merge *merge);

#endif
