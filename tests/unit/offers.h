/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_OFFERS_H
#define TENON_TEST_OFFERS_H

/*
 * Limits, offers and merges in few words, for tests. What must not fail fails the test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/constraint.h>

enum {
	TEST_VALUES_MAX = 8,
	TEST_HEAPS_MAX = 4,
	TEST_ALTERNATIVES_MAX = 4,
	TEST_PAIRS_MAX = 6,
};

/* A limit; property 0 ends a list. */
struct test_value {
	enum tenon_property property;
	uint32_t plane;
	uint64_t value;
	bool unknown;
};

struct test_limits {
	struct test_value values[TEST_VALUES_MAX];
	const char *heaps[TEST_HEAPS_MAX];
	const char *preferred[TEST_HEAPS_MAX];
};

/* roles 0 is render; pairs_len 0 is one pair, LINEAR XR24. */
struct test_alternative {
	uint32_t roles;
	struct tenon_format_modifier pairs[TEST_PAIRS_MAX];
	size_t pairs_len;
	struct test_limits limits;
};

/* An offer of up to some alternatives. */
struct test_offer {
	const char *device;
	struct test_alternative alternatives[TEST_ALTERNATIVES_MAX];
	size_t len; /* 0: 1 */
};

/* The value of a property for all planes, for one, and that it is unknown. */
#define ALL(property_, value_) \
	{ \
		.property = TENON_PROP_##property_, .plane = TENON_PLANE_ALL, .value = (value_) \
	}
#define AT(plane_, property_, value_) \
	{ \
		.property = TENON_PROP_##property_, .plane = (plane_), .value = (value_) \
	}
#define UNKNOWN(property_) \
	{ \
		.property = TENON_PROP_##property_, .plane = TENON_PLANE_ALL, .unknown = true \
	}

#define FORMAT_XR24 UINT32_C(0x34325258)
#define FORMAT_AR24 UINT32_C(0x34325241)
#define FORMAT_NV12 UINT32_C(0x3231564e)
#define FORMAT_YU12 UINT32_C(0x32315559)
#define MOD_LINEAR UINT64_C(0)
#define MOD_X_TILED UINT64_C(0x0100000000000001)
#define MOD_INVALID UINT64_C(0x00ffffffffffffff)

struct tenon_limits *make_limits(const struct test_limits *spec);
struct tenon_offer *make_offer(const struct test_offer *spec);

/* An offer with one alternative for LINEAR XR24 to render. */
struct tenon_offer *make_simple_offer(const char *device, const struct test_limits *spec);

/* Merges, and fails the test unless that works or, the second, ends in a conflict. */
struct tenon_merge *must_merge(const struct tenon_participant *participants, size_t len);
struct tenon_conflict *must_conflict(const struct tenon_participant *participants, size_t len);

/* The limits of the only candidate. */
const struct tenon_limits *only_limits(const struct tenon_merge *merge);

/* Fails the test unless limits have just the values, heaps and preferred heaps of the spec. */
void expect_limits(
	const char *what, const struct tenon_limits *limits, const struct test_limits *spec);

/* Fails the test unless both have the same candidates in the same order. */
void expect_same_merge(const struct tenon_merge *a, const struct tenon_merge *b);

/* A small generator of numbers: the same numbers for the same seed on every machine. */
struct test_random {
	uint64_t state;
};

uint64_t test_random_next(struct test_random *random);
/* 0 .. n - 1 */
uint64_t test_random_below(struct test_random *random, uint64_t n);

#endif
