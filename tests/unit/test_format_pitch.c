/* SPDX-License-Identifier: MIT */
/*
 * Pitches: on random small limits the pitch that is computed is the smallest one that a search
 * through all of them finds, and where the search finds none there is none.
 */
#include <errno.h>
#include <stdio.h>

#include <tenon/format.h>

#include "format/pitch.h"
#include "harness.h"
#include "limits_words.h"
#include "random.h"

/* What limits of the draw say of a plane, kept apart from what the library makes of it. */
struct rule {
	uint32_t multiple, remainder, pixels, pixels_remainder; /* 0: not set */
	uint32_t exact, max, preferred, preferred_remainder;
	bool tight;
};

struct draw {
	const char *format;
	unsigned planes_len;
	unsigned bytes[4], width[4], hsub[4], vsub[4];
	uint32_t columns;
	bool linked;
	struct rule rule[4];
};

static const char *const formats[] = {"XRGB8888", "RGB888", "R8", "YUYV", "NV12", "P010", "YUV420",
	"NV24", "YUV410", "NV15", "P030", "C1", "RGB565_A8"};
static const uint32_t multiples[] = {1, 2, 3, 4, 5, 6, 8, 12, 16, 24};

enum { SEARCH_END = 40000 };

static uint32_t draw_multiple(struct random *r, uint32_t *remainder)
{
	uint32_t multiple = multiples[random_below(r, 10)];

	*remainder = random_below(r, 2) == 0 ? 0 : random_below(r, multiple);
	return multiple;
}

static void draw_rule(struct random *r, struct rule *rule, uint32_t row)
{
	memset(rule, 0, sizeof(*rule));
	if (random_below(r, 2) == 0) {
		rule->multiple = draw_multiple(r, &rule->remainder);
	}
	if (random_below(r, 4) == 0) {
		rule->pixels = draw_multiple(r, &rule->pixels_remainder);
	}
	if (random_below(r, 8) == 0) {
		rule->exact = row + random_below(r, 32);
	}
	if (random_below(r, 4) == 0) {
		rule->max = row + random_below(r, 64);
	}
	if (random_below(r, 4) == 0) {
		rule->preferred = draw_multiple(r, &rule->preferred_remainder);
	}
	rule->tight = random_below(r, 10) == 0;
}

static uint32_t columns_of(const struct draw *d, unsigned i)
{
	return (d->columns + d->hsub[i] - 1) / d->hsub[i];
}

static uint32_t row_of(const struct draw *d, unsigned i)
{
	return (columns_of(d, i) + d->width[i] - 1) / d->width[i] * d->bytes[i];
}

static void draw_all(struct random *r, struct draw *d)
{
	const struct tenon_format *format;

	d->format = formats[random_below(r, sizeof(formats) / sizeof(formats[0]))];
	format = tenon_format_from_name(d->format);
	d->planes_len = tenon_format_get_planes_len(format);
	d->columns = 1 + random_below(r, 70);
	d->linked = random_below(r, 2) == 0;
	for (unsigned i = 0; i < d->planes_len; i++) {
		tenon_format_get_plane(
			format, i, &d->bytes[i], &d->width[i], &d->hsub[i], &d->vsub[i]);
		draw_rule(r, &d->rule[i], row_of(d, i));
	}
}

static struct tenon_limits *to_limits(const struct draw *d)
{
	struct tenon_limits *limits;

	assert_int_equal(tenon_limits_create(&limits), 0);
	if (d->linked) {
		tenon_limits_set(limits, TENON_PROP_PITCH_LINKED, TENON_PLANE_ALL, 1);
	}
	for (uint32_t i = 0; i < d->planes_len; i++) {
		const struct rule *rule = &d->rule[i];
		const struct {
			enum tenon_property property;
			uint64_t value;
		} values[] = {
			{TENON_PROP_PITCH_MULTIPLE, rule->multiple},
			{TENON_PROP_PITCH_REMAINDER, rule->remainder},
			{TENON_PROP_PITCH_MULTIPLE_PIXELS, rule->pixels},
			{TENON_PROP_PITCH_REMAINDER_PIXELS, rule->pixels_remainder},
			{TENON_PROP_PITCH_EXACT, rule->exact},
			{TENON_PROP_PITCH_MAX, rule->max},
			{TENON_PROP_PITCH_PREFERRED, rule->preferred},
			{TENON_PROP_PITCH_PREFERRED_REMAINDER, rule->preferred_remainder},
			{TENON_PROP_PITCH_TIGHT, rule->tight},
		};

		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			if (values[v].value != 0) {
				assert_int_equal(tenon_limits_set(limits, values[v].property, i,
							 values[v].value),
					0);
			}
		}
	}
	return limits;
}

/* The rules as the header words them. */
static bool is_good(const struct draw *d, unsigned i, uint64_t pitch)
{
	const struct rule *rule = &d->rule[i];

	if (pitch < row_of(d, i) || (rule->exact != 0 && pitch != rule->exact) ||
		(rule->max != 0 && pitch > rule->max) || (rule->tight && pitch != row_of(d, i)) ||
		(rule->multiple != 0 && pitch % rule->multiple != rule->remainder)) {
		return false;
	}
	if (rule->pixels != 0) {
		/* a whole number of pixels, each bytes / width long */
		if (pitch * d->width[i] % d->bytes[i] != 0 ||
			pitch * d->width[i] / d->bytes[i] % rule->pixels !=
				rule->pixels_remainder) {
			return false;
		}
	}
	return true;
}

static bool is_preferred(const struct draw *d, unsigned i, uint64_t pitch)
{
	return d->rule[i].preferred == 0 ||
	       pitch % d->rule[i].preferred == d->rule[i].preferred_remainder;
}

/* The smallest pitch of plane i by trying all; 0 when there is none. */
static uint32_t search_one(const struct draw *d, unsigned i, bool preferred)
{
	for (uint32_t pitch = 1; pitch < SEARCH_END; pitch++) {
		if (is_good(d, i, pitch) && (!preferred || is_preferred(d, i, pitch))) {
			return pitch;
		}
	}
	return 0;
}

/* Bytes of a picture's column in plane i over those in plane 0 is chroma's pitch over luma's. */
static bool find_linked(const struct draw *d, unsigned i, uint64_t pitch0, uint64_t *pitch)
{
	uint64_t num = pitch0 * d->bytes[i] * d->width[0];
	uint64_t den = (uint64_t)d->width[i] * d->hsub[i] * d->bytes[0];

	*pitch = num / den;
	return num % den == 0;
}

/* The smallest pitch of plane 0 with which all planes are good; 0 when there is none. */
static uint32_t search_linked(const struct draw *d)
{
	for (uint32_t pitch0 = 1; pitch0 < SEARCH_END; pitch0++) {
		bool good = is_good(d, 0, pitch0);

		for (unsigned i = 1; good && i < d->planes_len; i++) {
			uint64_t pitch;

			good = find_linked(d, i, pitch0, &pitch) && is_good(d, i, pitch);
		}
		if (good) {
			return pitch0;
		}
	}
	return 0;
}

static void solve(const struct draw *d, const struct tenon_limits *limits, bool prefer, int *rc,
	uint32_t *pitches)
{
	struct _tenon_plane_need needs[4];
	enum tenon_property property = 0;

	for (unsigned i = 0; i < d->planes_len; i++) {
		needs[i].row = needs[i].tight = row_of(d, i);
	}
	*rc = _tenon_pitch_solve(
		tenon_format_from_name(d->format), limits, needs, prefer, pitches, &property);
	if (*rc == 0) {
		assert_int_equal(_tenon_pitch_check(tenon_format_from_name(d->format), limits,
					 needs, pitches, &property),
			0);
	} else {
		assert_int_equal(*rc, TENON_CONFLICT);
		assert_true(property >= TENON_PROP_PITCH_MULTIPLE &&
			    property <= TENON_PROP_PITCH_LINKED);
	}
}

static bool compare_linked(const struct draw *d, const struct tenon_limits *limits)
{
	uint32_t wanted = search_linked(d);
	uint32_t pitches[4];
	int rc;

	solve(d, limits, false, &rc, pitches);
	assert_int_equal(rc, wanted != 0 ? 0 : TENON_CONFLICT);
	for (unsigned i = 0; rc == 0 && i < d->planes_len; i++) {
		uint64_t pitch;

		assert_true(find_linked(d, i, wanted, &pitch));
		assert_int_equal(pitches[i], pitch);
	}
	/* preferences never make it fail, and never break a rule */
	solve(d, limits, true, &rc, pitches);
	assert_int_equal(rc, wanted != 0 ? 0 : TENON_CONFLICT);
	for (unsigned i = 0; rc == 0 && i < d->planes_len; i++) {
		assert_true(is_good(d, i, pitches[i]));
	}
	return rc == 0;
}

static bool compare_apart(const struct draw *d, const struct tenon_limits *limits)
{
	uint32_t pitches[4], preferred[4];
	bool all = true;
	int rc, rc_preferred;

	solve(d, limits, false, &rc, pitches);
	solve(d, limits, true, &rc_preferred, preferred);
	for (unsigned i = 0; i < d->planes_len; i++) {
		uint32_t wanted = search_one(d, i, false);
		uint32_t wished = search_one(d, i, true);

		all = all && wanted != 0;
		if (rc == 0) {
			assert_int_equal(pitches[i], wanted);
			assert_int_equal(preferred[i], wished != 0 ? wished : wanted);
		}
	}
	assert_int_equal(rc, all ? 0 : TENON_CONFLICT);
	assert_int_equal(rc_preferred, rc);
	return rc == 0;
}

TEST_TIMEOUT(smallest_pitch_is_that_of_a_search, 60)
{
	struct random r = {1};
	unsigned good = 0, all = 4000;

	for (unsigned n = 0; n < all; n++) {
		struct draw d;
		struct tenon_limits *limits;

		draw_all(&r, &d);
		limits = to_limits(&d);
		good += d.linked ? compare_linked(&d, limits) : compare_apart(&d, limits);
		tenon_limits_destroy(limits);
	}
	print_message("# %u of %u draws have a pitch\n", good, all);
	assert_in_range(good, all / 4, all - all / 4);
}

TEST(a_congruence_is_solved_for_great_numbers)
{
	struct random r = {2};

	for (int n = 0; n < 20000; n++) {
		/* a number that satisfies all there is keeps them satisfiable */
		uint64_t secret = random_next(&r) >> (32 + random_below(&r, 24));
		struct _tenon_congruence c = {.multiple = 1};

		for (int k = 0; k < 3; k++) {
			uint64_t factor = 1 + random_below(&r, 64);
			uint64_t multiple = 1 + (random_next(&r) >> random_below(&r, 60));
			uint64_t remainder = factor * secret % multiple;

			assert_int_equal(_tenon_congruence_add(&c, factor, multiple, remainder), 0);
			assert_true(c.remainder < c.multiple && c.multiple <= UINT64_C(1) << 32);
			assert_int_equal(secret % c.multiple, c.remainder);
			assert_int_equal(factor * c.remainder % multiple, remainder);
			/* and no further apart than it says */
			if (c.multiple < UINT64_C(1) << 32) {
				assert_int_equal(
					factor * (c.remainder + c.multiple) % multiple, remainder);
			}
		}
	}
}

static void expect(
	const char *format, uint32_t width, const char *words, int rc, enum tenon_property property)
{
	struct tenon_limits *limits = limits_from_words(words);
	struct tenon_layout *layout = NULL;
	enum tenon_property got = 0;

	assert_int_equal(tenon_layout_create(&layout, tenon_format_from_name(format), 0, width, 4,
				 limits, &got),
		rc);
	assert_int_equal(got, property);
	assert_true((layout != NULL) == (rc == 0));
	tenon_layout_destroy(layout);
	tenon_limits_destroy(limits);
}

TEST(the_property_in_the_way_is_named)
{
	expect("XRGB8888", 1366, "pitch-tight=1 pitch-multiple=256", TENON_CONFLICT,
		TENON_PROP_PITCH_TIGHT);
	expect("XRGB8888", 1344, "pitch-tight=1 pitch-multiple=256", 0, 0);
	expect("XRGB8888", 1366, "pitch-exact=5464 pitch-multiple=256", TENON_CONFLICT,
		TENON_PROP_PITCH_EXACT);
	expect("XRGB8888", 1366, "pitch-exact=5632 pitch-tight=1", TENON_CONFLICT,
		TENON_PROP_PITCH_TIGHT);
	expect("XRGB8888", 1366, "pitch-exact=5460", TENON_CONFLICT, TENON_PROP_PITCH_EXACT);
	expect("XRGB8888", 1366, "pitch-max=5463", TENON_CONFLICT, TENON_PROP_PITCH_MAX);
	expect("XRGB8888", 1366, "pitch-max=5464", 0, 0);
	expect("XRGB8888", 1366, "pitch-max=5600 pitch-multiple=256", TENON_CONFLICT,
		TENON_PROP_PITCH_MAX);
	expect("XRGB8888", 1366, "pitch-multiple=8 pitch-remainder=4 pitch-multiple-pixels=2",
		TENON_CONFLICT, TENON_PROP_PITCH_MULTIPLE_PIXELS);
	expect("XRGB8888", 1366, "pitch-multiple-pixels=1 pitch-exact=5465", TENON_CONFLICT,
		TENON_PROP_PITCH_EXACT);
	expect("XRGB8888", 1366, "pitch-tight=1 width-align=8", TENON_CONFLICT,
		TENON_PROP_PITCH_TIGHT);
	expect("YUV420", 353, "pitch-linked=1 pitch-tight.0=1", TENON_CONFLICT,
		TENON_PROP_PITCH_TIGHT);
	expect("XRGB8888", 1366, "pitch-preferred=256 pitch-tight=1", 0, 0);
	expect("XRGB8888", 1366, "pitch-multiple=8 pitch-remainder=8", TENON_CONFLICT,
		TENON_PROP_PITCH_REMAINDER);
	expect("XRGB8888", 1366, "pitch-multiple-pixels=8 pitch-remainder-pixels=9", TENON_CONFLICT,
		TENON_PROP_PITCH_REMAINDER_PIXELS);
	expect("XRGB8888", 1366, "pitch-preferred=8 pitch-preferred-remainder=9", 0, 0);
	expect("XRGB8888", 1366, "pitch-multiple=unknown", 0, 0);
}

TEST(pitches_beyond_32_bits_are_errors)
{
	expect("XRGB8888", 1u << 30, "-", -EOVERFLOW, 0);
	expect("XRGB8888", (1u << 30) - 1, "-", 0, 0);
	expect("XRGB8888", (1u << 30) - 1, "pitch-multiple=256", -EOVERFLOW, 0);
	expect("XRGB8888", UINT32_MAX, "-", -EOVERFLOW, 0);
	expect("R8", UINT32_MAX, "-", 0, 0);
	expect("R8", UINT32_MAX, "width-align=2", -EOVERFLOW, 0);
	expect("R8", 16, "pitch-multiple=0x100000000", -EOVERFLOW, 0);
	expect("R8", 16, "pitch-multiple=0xffffffffffffffff", -EOVERFLOW, 0);
	expect("R8", 16, "pitch-multiple=0xffffffffffffffff pitch-remainder=77", 0, 0);
	expect("R8", 16, "pitch-multiple-pixels=0xffffffffffffffff", -EOVERFLOW, 0);
	expect("R8", UINT32_MAX, "width-align=65534", -EOVERFLOW, 0);
	/* two that agree far beyond 32 bits only */
	expect("R8", 16, "pitch-multiple=4294967291 pitch-multiple-pixels=4294967279", -EOVERFLOW,
		0);
}
