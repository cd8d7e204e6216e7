/* SPDX-License-Identifier: MIT */
/* What two devices' values of each property combine to. */
#include <errno.h>

#include <tenon/constraint.h>

#include "constraint/limits.h"
#include "harness.h"
#include "offers.h"

static const uint64_t top = UINT64_C(1) << 63;

/* Two devices' limits and what both need; or the property they cannot agree on. */
static const struct row {
	const char *what;
	struct test_limits a, b, both;
	enum tenon_property conflict;
} rows[] = {
	{.what = "nothing said"},
	{
		.what = "one device alone has a limit",
		.a.values = {ALL(PITCH_MAX, 4096)},
		.both.values = {ALL(PITCH_MAX, 4096)},
	},
	{
		.what = "what constrains nothing was said all the same",
		.b.values = {ALL(PITCH_MULTIPLE, 1), ALL(BASE_ALIGN, 1), ALL(WIDTH_MIN, 0)},
		.both.values = {ALL(PITCH_MULTIPLE, 1), ALL(BASE_ALIGN, 1), ALL(WIDTH_MIN, 0)},
	},
	{
		.what = "pitch multiples",
		.a.values = {ALL(PITCH_MULTIPLE, 64)},
		.b.values = {ALL(PITCH_MULTIPLE, 48)},
		.both.values = {ALL(PITCH_MULTIPLE, 192)},
	},
	{
		.what = "odd multiples of 256 and multiples of 128",
		.a.values = {ALL(PITCH_MULTIPLE, 512), ALL(PITCH_REMAINDER, 256)},
		.b.values = {ALL(PITCH_MULTIPLE, 128)},
		.both.values = {ALL(PITCH_MULTIPLE, 512), ALL(PITCH_REMAINDER, 256)},
	},
	{
		.what = "odd multiples of 256 and multiples of 768",
		.a.values = {ALL(PITCH_MULTIPLE, 512), ALL(PITCH_REMAINDER, 256)},
		.b.values = {ALL(PITCH_MULTIPLE, 768)},
		.both.values = {ALL(PITCH_MULTIPLE, 1536), ALL(PITCH_REMAINDER, 768)},
	},
	{
		.what = "odd and even multiples",
		.a.values = {ALL(PITCH_MULTIPLE, 512), ALL(PITCH_REMAINDER, 256)},
		.b.values = {ALL(PITCH_MULTIPLE, 512)},
		.conflict = TENON_PROP_PITCH_MULTIPLE,
	},
	{
		.what = "multiples beyond 64 bits",
		.a.values = {ALL(PITCH_MULTIPLE, top)},
		.b.values = {ALL(PITCH_MULTIPLE, 3)},
		.conflict = TENON_PROP_PITCH_MULTIPLE,
	},
	{
		.what = "multiples beyond 64 bits with one number in common",
		.a.values = {ALL(PITCH_MULTIPLE, top), ALL(PITCH_REMAINDER, 5)},
		.b.values = {ALL(PITCH_MULTIPLE, 3), ALL(PITCH_REMAINDER, 2)},
		.both.values = {ALL(PITCH_MULTIPLE, UINT64_MAX), ALL(PITCH_REMAINDER, 5)},
	},
	{
		.what = "bytes and pixels stay apart",
		.a.values = {ALL(PITCH_MULTIPLE, 64)},
		.b.values = {ALL(PITCH_MULTIPLE_PIXELS, 8)},
		.both.values = {ALL(PITCH_MULTIPLE, 64), ALL(PITCH_MULTIPLE_PIXELS, 8)},
	},
	{
		.what = "pixels",
		.a.values = {ALL(PITCH_MULTIPLE_PIXELS, 4), ALL(PITCH_REMAINDER_PIXELS, 2)},
		.b.values = {ALL(PITCH_MULTIPLE_PIXELS, 6)},
		.both.values = {ALL(PITCH_MULTIPLE_PIXELS, 12), ALL(PITCH_REMAINDER_PIXELS, 6)},
	},
	{
		.what = "pixels that cannot be",
		.a.values = {ALL(PITCH_MULTIPLE_PIXELS, 4), ALL(PITCH_REMAINDER_PIXELS, 1)},
		.b.values = {ALL(PITCH_MULTIPLE_PIXELS, 6)},
		.conflict = TENON_PROP_PITCH_MULTIPLE_PIXELS,
	},
	{
		.what = "exact, twice the same",
		.a.values = {ALL(PITCH_EXACT, 5464)},
		.b.values = {ALL(PITCH_EXACT, 5464)},
		.both.values = {ALL(PITCH_EXACT, 5464)},
	},
	{
		.what = "exact, differing",
		.a.values = {ALL(PITCH_EXACT, 5464)},
		.b.values = {ALL(PITCH_EXACT, 5632)},
		.conflict = TENON_PROP_PITCH_EXACT,
	},
	{
		.what = "exact and a multiple it is not",
		.a.values = {ALL(PITCH_EXACT, 5464)},
		.b.values = {ALL(PITCH_MULTIPLE, 256)},
		.conflict = TENON_PROP_PITCH_MULTIPLE,
	},
	{
		.what = "exact and a multiple it is",
		.a.values = {ALL(PITCH_EXACT, 5632)},
		.b.values = {ALL(PITCH_MULTIPLE, 256)},
		.both.values = {ALL(PITCH_EXACT, 5632), ALL(PITCH_MULTIPLE, 256)},
	},
	{
		.what = "exact above the maximum",
		.a.values = {ALL(PITCH_EXACT, 5632)},
		.b.values = {ALL(PITCH_MAX, 4096)},
		.conflict = TENON_PROP_PITCH_EXACT,
	},
	{
		.what = "multiple above the maximum",
		.a.values = {ALL(PITCH_MULTIPLE, 4096)},
		.b.values = {ALL(PITCH_MAX, 4095)},
		.conflict = TENON_PROP_PITCH_MULTIPLE,
	},
	{
		.what = "remainder just below the maximum",
		.a.values = {ALL(PITCH_MULTIPLE, 4096), ALL(PITCH_REMAINDER, 100)},
		.b.values = {ALL(PITCH_MAX, 100)},
		.both.values = {ALL(PITCH_MULTIPLE, 4096), ALL(PITCH_REMAINDER, 100),
			ALL(PITCH_MAX, 100)},
	},
	{
		.what = "tight waits for the size",
		.a.values = {ALL(PITCH_TIGHT, 1)},
		.b.values = {ALL(PITCH_MULTIPLE, 256), ALL(PITCH_EXACT, 512)},
		.both.values = {ALL(PITCH_TIGHT, 1), ALL(PITCH_MULTIPLE, 256),
			ALL(PITCH_EXACT, 512)},
	},
	{
		.what = "pitch maxima",
		.a.values = {ALL(PITCH_MAX, 4096)},
		.b.values = {ALL(PITCH_MAX, 8192)},
		.both.values = {ALL(PITCH_MAX, 4096)},
	},
	{
		.what = "flags",
		.a.values = {ALL(PITCH_LINKED, 0), ALL(OWN_FD, 1)},
		.b.values = {ALL(PITCH_LINKED, 1), ALL(OWN_FD, 0)},
		.both.values = {ALL(PITCH_LINKED, 1), ALL(OWN_FD, 1)},
	},
	{
		.what = "preferences combine",
		.a.values = {ALL(PITCH_PREFERRED, 256)},
		.b.values = {ALL(PITCH_PREFERRED, 64)},
		.both.values = {ALL(PITCH_PREFERRED, 256)},
	},
	{
		.what = "preferences that contradict: the greater step",
		.a.values = {ALL(PITCH_PREFERRED, 256)},
		.b.values = {ALL(PITCH_PREFERRED, 512), ALL(PITCH_PREFERRED_REMAINDER, 64)},
		.both.values = {ALL(PITCH_PREFERRED, 512), ALL(PITCH_PREFERRED_REMAINDER, 64)},
	},
	{
		.what = "sizes of the image",
		.a.values = {ALL(WIDTH_MIN, 16), ALL(WIDTH_MAX, 4096), ALL(HEIGHT_MAX, 2048)},
		.b.values = {ALL(WIDTH_MIN, 120), ALL(WIDTH_MAX, 8192), ALL(HEIGHT_MIN, 2)},
		.both.values = {ALL(WIDTH_MIN, 120), ALL(WIDTH_MAX, 4096), ALL(HEIGHT_MAX, 2048),
			ALL(HEIGHT_MIN, 2)},
	},
	{
		.what = "width ranges apart",
		.a.values = {ALL(WIDTH_MAX, 64)},
		.b.values = {ALL(WIDTH_MIN, 65)},
		.conflict = TENON_PROP_WIDTH_MIN,
	},
	{
		.what = "height ranges apart",
		.a.values = {ALL(HEIGHT_MAX, 64)},
		.b.values = {ALL(HEIGHT_MIN, 65)},
		.conflict = TENON_PROP_HEIGHT_MIN,
	},
	{
		.what = "alignments",
		.a.values = {ALL(WIDTH_ALIGN, 16), ALL(HEIGHT_ALIGN, 4), ALL(OFFSET_ALIGN, 4096),
			ALL(BASE_ALIGN, 6), ALL(SIZE_ALIGN, 10)},
		.b.values = {ALL(WIDTH_ALIGN, 24), ALL(HEIGHT_ALIGN, 32), ALL(OFFSET_ALIGN, 8),
			ALL(BASE_ALIGN, 4), ALL(SIZE_ALIGN, 4)},
		.both.values = {ALL(WIDTH_ALIGN, 48), ALL(HEIGHT_ALIGN, 32),
			ALL(OFFSET_ALIGN, 4096), ALL(BASE_ALIGN, 12), ALL(SIZE_ALIGN, 20)},
	},
	{
		.what = "an alignment beyond 64 bits",
		.a.values = {ALL(SIZE_ALIGN, top)},
		.b.values = {ALL(SIZE_ALIGN, 3)},
		.conflict = TENON_PROP_SIZE_ALIGN,
	},
	{
		.what = "tails",
		.a.values = {ALL(SIZE_TAIL, 64), ALL(PLANE_TAIL, 0)},
		.b.values = {ALL(SIZE_TAIL, 16), ALL(PLANE_TAIL, 8)},
		.both.values = {ALL(SIZE_TAIL, 64), ALL(PLANE_TAIL, 8)},
	},
	{
		.what = "a count beside none",
		.b.values = {ALL(SEGMENTS_MAX, 8)},
		.both.values = {ALL(SEGMENTS_MAX, 8)},
	},
	{
		.what = "segments: count and size stay both",
		.a.values = {ALL(SEGMENTS_MAX, 4), ALL(SEGMENT_SIZE_MAX, 65536)},
		.b.values = {ALL(SEGMENTS_MAX, 8), ALL(SEGMENT_SIZE_MAX, 4096)},
		.both.values = {ALL(SEGMENTS_MAX, 4), ALL(SEGMENT_SIZE_MAX, 4096)},
	},
	{
		.what = "boundaries of 64 KiB and 4 GiB",
		.a.values = {ALL(SEGMENT_BOUNDARY, 65536)},
		.b.values = {ALL(SEGMENT_BOUNDARY, UINT64_C(1) << 32)},
		.both.values = {ALL(SEGMENT_BOUNDARY, 65536)},
	},
	{
		.what = "addresses: inclusive, and no bit count",
		.a.values = {ALL(ADDRESS_MAX, 0xddbfffff), ALL(ADDRESS_MIN, 0x1000)},
		.b.values = {ALL(ADDRESS_MAX, UINT32_MAX), ALL(ADDRESS_MIN, 0xddbfffff)},
		.both.values = {ALL(ADDRESS_MAX, 0xddbfffff), ALL(ADDRESS_MIN, 0xddbfffff)},
	},
	{
		.what = "address ranges apart",
		.a.values = {ALL(ADDRESS_MAX, 0xfff)},
		.b.values = {ALL(ADDRESS_MIN, 0x1000)},
		.conflict = TENON_PROP_ADDRESS_MIN,
	},
	{
		.what = "no aligned address in the range",
		.a.values = {ALL(ADDRESS_MIN, 0x1001), ALL(ADDRESS_MAX, 0x1fff)},
		.b.values = {ALL(BASE_ALIGN, 0x1000)},
		.conflict = TENON_PROP_BASE_ALIGN,
	},
	{
		.what = "no aligned address below the end of all addresses",
		.a.values = {ALL(ADDRESS_MIN, UINT64_MAX)},
		.b.values = {ALL(BASE_ALIGN, 2)},
		.conflict = TENON_PROP_BASE_ALIGN,
	},
	{
		.what = "masks",
		.a.values = {ALL(CACHE, 3), ALL(OBJECTS, 1), ALL(PROTECTED, 3)},
		.b.values = {ALL(CACHE, 2), ALL(OBJECTS, 3), ALL(PROTECTED, 1)},
		.both.values = {ALL(CACHE, 2), ALL(OBJECTS, 1), ALL(PROTECTED, 1)},
	},
	{
		.what = "cached against uncached",
		.a.values = {ALL(CACHE, TENON_CACHE_CACHED)},
		.b.values = {ALL(CACHE, TENON_CACHE_UNCACHED)},
		.conflict = TENON_PROP_CACHE,
	},
	{
		.what = "one object against one per plane",
		.a.values = {ALL(OBJECTS, TENON_OBJECTS_ONE)},
		.b.values = {ALL(OBJECTS, TENON_OBJECTS_PER_PLANE)},
		.conflict = TENON_PROP_OBJECTS,
	},
	{
		.what = "secure against not",
		.a.values = {ALL(PROTECTED, TENON_PROTECTION_NONE)},
		.b.values = {ALL(PROTECTED, TENON_PROTECTION_SECURE)},
		.conflict = TENON_PROP_PROTECTED,
	},
	{
		.what = "heaps, as masks 6 and 4",
		.a.heaps = {"cma", "system"},
		.b.heaps = {"cma"},
		.both.heaps = {"cma"},
	},
	{
		.what = "heaps, as masks 6 and 1",
		.a.heaps = {"cma", "system"},
		.b.heaps = {"carveout"},
		.conflict = TENON_PROP_HEAP,
	},
	{
		.what = "heaps of one device",
		.b.heaps = {"b", "a"},
		.both.heaps = {"a", "b"},
	},
	{
		.what = "preferred heaps: what both like comes first",
		.a.preferred = {"huge", "cma", "system"},
		.b.preferred = {"system", "cma"},
		.both.preferred = {"cma", "system", "huge"},
	},
	{
		.what = "an unknown beside a value is the value",
		.a.values = {UNKNOWN(PITCH_MULTIPLE)},
		.b.values = {ALL(PITCH_MULTIPLE, 64)},
		.both.values = {ALL(PITCH_MULTIPLE, 64)},
	},
	{
		.what = "an unknown beside nothing stays unknown",
		.a.values = {UNKNOWN(PITCH_MULTIPLE), UNKNOWN(SEGMENTS_MAX)},
		.both.values = {UNKNOWN(PITCH_MULTIPLE), UNKNOWN(SEGMENTS_MAX)},
	},
	{
		.what = "planes that differ",
		.a.values = {AT(0, PITCH_MULTIPLE, 64), AT(1, PITCH_MULTIPLE, 16)},
		.b.values = {ALL(PITCH_MULTIPLE, 32)},
		.both.values = {AT(0, PITCH_MULTIPLE, 64), AT(1, PITCH_MULTIPLE, 32),
			AT(2, PITCH_MULTIPLE, 32), AT(3, PITCH_MULTIPLE, 32)},
	},
	{
		.what = "a conflict in one plane",
		.a.values = {AT(0, PITCH_EXACT, 64), AT(1, PITCH_EXACT, 32)},
		.b.values = {ALL(PITCH_EXACT, 64)},
		.conflict = TENON_PROP_PITCH_EXACT,
	},
};

static void check_row(const struct row *row, struct tenon_offer *a, struct tenon_offer *b)
{
	struct tenon_participant both[] = {{.offer = a}, {.offer = b}};

	if (row->conflict != 0) {
		struct tenon_conflict *conflict = must_conflict(both, 2);

		if (tenon_conflict_get_property(conflict) != row->conflict) {
			fail_msg("%s: %s", row->what, tenon_conflict_get_text(conflict));
		}
		assert_int_equal(tenon_conflict_get_devices_len(conflict), 2);
		tenon_conflict_destroy(conflict);
	} else {
		struct tenon_merge *merge = must_merge(both, 2);

		expect_limits(row->what, only_limits(merge), &row->both);
		tenon_merge_destroy(merge);
	}
}

/* Of a format with more than one plane, so that all that is said of planes matters. */
static struct tenon_offer *make_planar_offer(const char *device, const struct test_limits *limits)
{
	struct test_offer spec = {.device = device};

	spec.alternatives[0].pairs[0] = (struct tenon_format_modifier){FORMAT_NV12, MOD_LINEAR};
	spec.alternatives[0].pairs_len = 1;
	spec.alternatives[0].limits = *limits;
	return make_offer(&spec);
}

TEST(each_property)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_offer *a = make_planar_offer("a", &rows[i].a);
		struct tenon_offer *b = make_planar_offer("b", &rows[i].b);
		struct tenon_offer *late_a = make_planar_offer("z", &rows[i].a);

		check_row(&rows[i], a, b);
		check_row(&rows[i], b, a);
		tenon_offer_unref(a);
		/* the other one first by name */
		if (rows[i].a.preferred[0] == NULL) {
			check_row(&rows[i], late_a, b);
		}
		tenon_offer_unref(late_a);
		tenon_offer_unref(b);
	}
}

TEST(limits_meet_alone)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_limits *a = make_limits(&rows[i].a), *b = make_limits(&rows[i].b);
		struct tenon_limits *both = NULL;
		enum tenon_property property = 0;
		int rc = _tenon_limits_meet(&both, a, b, &property);

		assert_int_equal(rc, rows[i].conflict != 0 ? TENON_CONFLICT : 0);
		if (rc == 0) {
			expect_limits(rows[i].what, both, &rows[i].both);
		} else {
			assert_int_not_equal(property, 0);
		}
		tenon_limits_destroy(a);
		tenon_limits_destroy(b);
		tenon_limits_destroy(both);
	}
}

/* Two devices that pad to 16 and to 24 have room for each, not for 48. */
TEST(paddings_are_kept_apart)
{
	static const uint64_t primes[] = {2, 3, 5, 7, 11};
	struct tenon_limits *both = NULL, *more = NULL;
	uint32_t out[TENON_PADDINGS_MAX];

	assert_int_equal(tenon_limits_create(&both), 0);
	for (size_t i = 0; i < 5; i++) {
		struct tenon_limits *one = make_limits(
			&(struct test_limits){.values = {ALL(HEIGHT_ALIGN, primes[i])}});
		int rc = _tenon_limits_meet(&more, both, one, NULL);

		assert_int_equal(rc, i < TENON_PADDINGS_MAX ? 0 : -E2BIG);
		tenon_limits_destroy(one);
		if (rc == 0) {
			tenon_limits_destroy(both);
			both = more;
			assert_int_equal(tenon_limits_get_paddings(both, TENON_PROP_HEIGHT_ALIGN,
						 TENON_PLANE_ALL, out),
				i + 1);
			assert_int_equal(out[0], primes[i]);
			assert_int_equal(out[i], 2);
		}
	}
	tenon_limits_destroy(both);
}
