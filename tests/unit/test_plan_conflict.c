/* SPDX-License-Identifier: MIT */
/* Devices that cannot agree on a picture: who, what, which values, and what would do. */
#include <errno.h>

#include "oom.h"
#include "planning.h"
#include "random.h"

static const struct row {
	const char *what, *formats;
	uint32_t width, height;
	const char *devices[5];
	const char *text; /* NULL: they do agree */
} rows[] = {
	{"a tight pitch and 256", "XRGB8888", 1366, 768,
		{"mxsfb-drm: XRGB8888,RGB565 pitch-tight=1 width-min=120",
			"amdgpu: XRGB8888,ARGB8888 pitch-multiple=256", "cpu: * -"},
		"amdgpu needs pitch multiple of 256; mxsfb-drm needs pitch exactly 5464 "
		"(width x 4); for amdgpu 5632 would do; a width of 1408 would suit all"},
	{"where they agree", "XRGB8888", 1408, 768,
		{"mxsfb-drm: XRGB8888,RGB565 pitch-tight=1",
			"amdgpu: XRGB8888,ARGB8888 pitch-multiple=256"},
		NULL},
	{"pixels and bytes", "RGB888", 1366, 768,
		{"imx-drm: RGB888 pitch-multiple-pixels=8", "gpu: RGB888 pitch-multiple=64 "
							    "pitch-remainder=8"},
		NULL},
	{"pixels that no bytes can be", "RGB888", 100, 100,
		{"a: RGB888 pitch-multiple-pixels=8",
			"b: RGB888 pitch-multiple=8 pitch-remainder=4"},
		"a needs pitch multiple of 8 pixels (24 bytes); b needs pitch 4 modulo 8; for a "
		"312 "
		"would do, for b 300 would do"},
	{"a maximum", "XRGB8888", 5000, 100, {"imx-drm: XRGB8888 pitch-max=16384", "cpu: * -"},
		"imx-drm needs pitch at most 16384"},
	{"a maximum and a multiple", "XRGB8888", 4000, 100,
		{"a: XRGB8888 pitch-max=16384",
			"b: XRGB8888 pitch-multiple=8192 pitch-remainder=1"},
		"a needs pitch at most 16384; b needs pitch 1 modulo 8192; for a 16000 would do, "
		"for b 16385 would do"},
	{"three that agree two by two", "XRGB8888", 1366, 768,
		{"a: XRGB8888 pitch-tight=1 | XRGB8888 pitch-multiple=256",
			"b: XRGB8888 pitch-multiple=256 | XRGB8888 pitch-max=5464",
			"c: XRGB8888 pitch-max=5500 | XRGB8888 pitch-max=5632 width-max=1024"},
		NULL},
	{"three that agree two by two, but not together", "R8", 100, 10,
		{"a: R8 pitch-multiple=32 | R8 pitch-multiple=7",
			"b: R8 pitch-multiple=32 | R8 pitch-multiple=11",
			"c: R8 pitch-max=112 pitch-multiple=7 | R8 pitch-max=110 "
			"pitch-multiple=11"},
		"a needs pitch multiple of 32 or multiple of 7; b needs pitch multiple of 32 or "
		"multiple of 11; c needs pitch multiple of 7, at most 112 or multiple of 11, at "
		"most 110; for a 105 would do, for b 110 would do, for c 105 would do"},
	{"padded rows", "XRGB8888", 1366, 768,
		{"a: XRGB8888 pitch-tight=1", "b: XRGB8888 width-align=32"},
		"a needs pitch exactly 5464 (width x 4); b needs pitch of rows padded to a "
		"multiple of 32 pixels; for b 5504 would do; a width of 1376 would suit all"},
	{"chroma", "NV12", 100, 100, {"a: NV12 pitch-multiple.1=64", "b: NV12 pitch-max.1=120"},
		"a needs pitch multiple of 64; b needs pitch at most 120; for a 128 would do, for "
		"b "
		"100 would do"},
	{"linked chroma", "YUV420", 352, 100,
		{"a: YUV420 pitch-linked=1 pitch-multiple.0=64", "b: YUV420 pitch-tight.1=1"},
		"a needs pitch multiple of 64 (plane 0), that follows the first plane's; b needs "
		"pitch exactly 176 (no padding) (plane 1); for a 384 would do, for b 352 would do; "
		"a "
		"width of 383 would suit all"},
	{"too wide", "XRGB8888", 2049, 100, {"vc4: XRGB8888 width-max=2048", "cpu: * -"},
		"vc4 needs width at most 2048; the picture is 2049 x 100"},
	{"too low", "XRGB8888", 100, 15, {"a: XRGB8888 height-min=16"},
		"a needs height at least 16; the picture is 100 x 15"},
	{"segments", "XRGB8888", 1024, 1024,
		{"a: XRGB8888 segments-max=32", "b: XRGB8888 segment-size-max=65536", "cpu: * -"},
		"a needs number of segments at most 32; b needs number of segments of at most "
		"65536 "
		"bytes each; the buffer has 4194304 bytes"},
	{"enough segments", "XRGB8888", 1024, 1024,
		{"a: XRGB8888 segments-max=64", "b: XRGB8888 segment-size-max=65536"}, NULL},
	{"a boundary", "XRGB8888", 128, 129, {"a: XRGB8888 segments-max=1 segment-boundary=65536"},
		"a needs number of segments at most 1, of none across a multiple of 65536; the "
		"buffer has 66048 bytes"},
	{"addresses", "XRGB8888", 1024, 1024,
		{"a: XRGB8888 address-min=0x300000", "b: XRGB8888 address-max=0x3fffff"},
		"a needs address at least 0x300000; b needs address at most 0x3fffff; the buffer "
		"has 4194304 bytes"},
	{"a format nobody has", "NV12", 100, 100, {"a: XRGB8888,RGB565 -", "b: XRGB8888,NV12 -"},
		"a needs format XRGB8888 or RGB565; NV12 was asked for"},
	{"limits of a format asked for", "XRGB8888", 100, 100,
		{"a: XRGB8888 pitch-exact=512 | R8 -", "b: XRGB8888 pitch-exact=1024 | R8 -"},
		"a needs pitch exactly 512; b needs pitch exactly 1024"},
	{"alternatives", "XRGB8888", 1366, 768,
		{"a: XRGB8888 pitch-exact=8192 | XRGB8888 pitch-multiple=256",
			"b: XRGB8888 pitch-tight=1"},
		"a needs pitch exactly 8192 or multiple of 256; b needs pitch exactly 5464 (width "
		"x "
		"4); for a 5632 would do; a width of 1408 would suit all"},
	{"tiles do not count where there are rows", "XRGB8888", 1366, 768,
		{"a: XRGB8888,XRGB8888@0x100000000000001 pitch-tight=1",
			"b: XRGB8888,XRGB8888@0x100000000000001 pitch-multiple=256"},
		"a needs pitch exactly 5464 (width x 4); b needs pitch multiple of 256; for b 5632 "
		"would do; a width of 1408 would suit all"},
	{"tiles count where there are none", "XRGB8888", 100, 100,
		{"a: XRGB8888@0x100000000000001 - | R8 -", "b: XRGB8888 - | R8 -"},
		"a needs modifier 0x0100000000000001; b needs modifier LINEAR"},
	{"many alternatives", "R8", 200, 10,
		{"a: R8 pitch-max=100 | R8 pitch-max=10 width-max=95 | R8 pitch-max=80 "
		 "width-max=96 | "
		 "R8 pitch-max=70 width-max=97 | R8 pitch-max=60 width-max=98"},
		"a needs pitch at most 100 or at most 10 or at most 80 or at most 70 or others"},
	{"one device alone", "XRGB8888", 1366, 768,
		{"a: XRGB8888 pitch-tight=1 pitch-multiple=256", "b: XRGB8888 pitch-multiple=64"},
		"a needs pitch exactly 5464 (width x 4), multiple of 256; a width of 1408 would "
		"suit "
		"all"},
};

/* The conflict's text does not depend on the order of the devices. */
static bool check_row(const struct row *row, unsigned turn)
{
	const char *devices[6] = {0};
	struct tenon_plan *plan;
	struct question q;
	size_t len = 0;
	char *text;
	bool good;

	while (row->devices[len] != NULL) {
		len++;
	}
	for (size_t i = 0; i < len; i++) {
		devices[turn < len ? (i + turn) % len : len - 1 - i] = row->devices[i];
	}
	question_init(&q, row->width, row->height, row->formats, devices, NULL);
	plan = question_ask(&q, &text);
	good = row->text == NULL ? plan != NULL : text != NULL && strstr(text, row->text) == text;
	if (!good) {
		print_error("%s:\nwanted %s\ngot    %s\n", row->what,
			row->text != NULL ? row->text : "a plan", text != NULL ? text : "a plan");
	}
	free(text);
	tenon_plan_destroy(plan);
	question_finish(&q);
	return good;
}

TEST(conflicts)
{
	size_t bad = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned turn = 0; turn < 4; turn++) {
			bad += !check_row(&rows[i], turn);
		}
	}
	assert_int_equal(bad, 0);
}

TEST(a_conflict_has_parts)
{
	const char *devices[] = {
		"mxsfb-drm: XRGB8888 pitch-tight=1", "amdgpu: XRGB8888 pitch-multiple=256", NULL};
	const char *device, *value, *source;
	struct tenon_conflict *conflict;
	struct tenon_plan *plan;
	struct tenon_limits *limits = limits_from_words("pitch-tight=1");
	const struct tenon_format_modifier pair = {0x34325258, 0};
	struct question q;

	question_init(&q, 1366, 768, NULL, devices, NULL);
	/* the same with a source */
	tenon_offer_unref(q.participants[0].offer);
	assert_int_equal(
		tenon_limits_set_source(limits, TENON_PROP_PITCH_TIGHT, "mxsfb_drv.c:96"), 0);
	assert_int_equal(tenon_offer_create(&q.participants[0].offer, "mxsfb-drm"), 0);
	assert_int_equal(
		tenon_offer_add(q.participants[0].offer, TENON_ROLE_SCANOUT, &pair, 1, limits), 0);
	tenon_limits_destroy(limits);
	assert_int_equal(tenon_plan_create(&plan, &q.options, &conflict), TENON_CONFLICT);
	question_finish(&q);
	assert_int_equal(tenon_conflict_get_property(conflict), TENON_PROP_PITCH_TIGHT);
	assert_int_equal(tenon_conflict_get_devices_len(conflict), 2);
	assert_int_equal(tenon_conflict_get_device(conflict, 0, &device, &value, &source), 0);
	assert_string_equal(device, "amdgpu");
	assert_string_equal(value, "multiple of 256");
	assert_null(source);
	assert_int_equal(tenon_conflict_get_device(conflict, 1, &device, &value, &source), 0);
	assert_string_equal(device, "mxsfb-drm");
	assert_string_equal(value, "exactly 5464 (width x 4)");
	assert_string_equal(source, "mxsfb_drv.c:96");
	assert_string_equal(tenon_conflict_get_hint(conflict),
		"for amdgpu 5632 would do; a width of 1408 would suit all");
	tenon_conflict_destroy(conflict);
	/* who does not ask for the reason need not take it */
	question_init(&q, 1366, 768, NULL, devices, NULL);
	assert_int_equal(tenon_plan_create(&plan, &q.options, NULL), TENON_CONFLICT);
	question_finish(&q);
}

static const char *const limits_words[] = {"pitch-tight=1", "pitch-multiple=16",
	"pitch-multiple=24", "pitch-multiple-pixels=4", "pitch-max=416", "pitch-max=432",
	"pitch-multiple=32 pitch-remainder=16", "width-align=8", "pitch-exact=408", "-", "-",
	"width-max=102", "height-align=8", "segments-max=2", "segment-size-max=4096"};

static bool can_agree(const struct tenon_plan_options *all, unsigned mask)
{
	struct tenon_participant some[4];
	struct tenon_plan_options options = *all;
	struct tenon_plan *plan = NULL;
	int rc;

	options.participants = some;
	options.participants_len = 0;
	for (unsigned i = 0; i < 4; i++) {
		if ((mask >> i & 1) != 0) {
			some[options.participants_len++] = all->participants[i];
		}
	}
	rc = tenon_plan_create(&plan, &options, NULL);
	assert_true(rc == 0 || rc == TENON_CONFLICT);
	tenon_plan_destroy(plan);
	return rc == 0;
}

/* The devices of a conflict cannot agree, any fewer can, and no smaller set cannot. */
static void check_smallest(const struct question *q, const struct tenon_conflict *conflict)
{
	size_t len = tenon_conflict_get_devices_len(conflict);
	unsigned named = 0;

	for (size_t i = 0; i < len; i++) {
		const char *device;

		assert_int_equal(tenon_conflict_get_device(conflict, i, &device, NULL, NULL), 0);
		named |= 1u << (device[0] - 'a');
	}
	assert_int_equal(__builtin_popcount(named), len);
	assert_false(can_agree(&q->options, named));
	for (unsigned mask = 1; mask < 16; mask++) {
		if ((size_t)__builtin_popcount(mask) < len) {
			assert_true(can_agree(&q->options, mask));
		}
	}
}

TEST_TIMEOUT(the_smallest_set_is_named, 60)
{
	const size_t words = sizeof(limits_words) / sizeof(limits_words[0]);
	struct random r = {7};
	unsigned conflicts = 0, all = 3000;

	for (unsigned n = 0; n < all; n++) {
		char device[4][256];
		const char *devices[5] = {0};
		struct tenon_conflict *conflict = NULL;
		struct tenon_plan *plan = NULL;
		struct question q;
		int rc;

		for (int i = 0; i < 4; i++) {
			snprintf(device[i], sizeof(device[i]), "%c: XRGB8888 %s | XRGB8888,R8 %s",
				'a' + i, limits_words[random_below(&r, (uint32_t)words)],
				limits_words[random_below(&r, (uint32_t)words)]);
			if (random_below(&r, 2) == 0) {
				*strchr(device[i], '|') = '\0';
			}
			devices[i] = device[i];
		}
		question_init(&q, 100 + random_below(&r, 8), 40, NULL, devices, NULL);
		rc = tenon_plan_create(&plan, &q.options, &conflict);
		if (rc == TENON_CONFLICT) {
			conflicts++;
			check_smallest(&q, conflict);
		} else {
			assert_int_equal(rc, 0);
			assert_int_equal(tenon_layout_check(tenon_plan_get_layout(plan),
						 tenon_plan_get_limits(plan), NULL),
				0);
		}
		tenon_conflict_destroy(conflict);
		tenon_plan_destroy(plan);
		question_finish(&q);
	}
	assert_in_range(conflicts, all / 4, all - all / 4);
}

static int conflict_once(void *data)
{
	struct tenon_conflict *conflict = NULL;
	struct tenon_plan *plan = NULL;
	struct question *q = data;
	int rc = tenon_plan_create(&plan, &q->options, &conflict);

	assert_null(plan);
	assert_true((conflict != NULL) == (rc == TENON_CONFLICT));
	tenon_conflict_destroy(conflict);
	return rc;
}

TEST(out_of_memory)
{
	static const char *const tight[] = {"mxsfb-drm: XRGB8888,R8 pitch-tight=1",
		"amdgpu: XRGB8888,R8 pitch-multiple=256", "cpu: * -", NULL};
	static const char *const exact[] = {
		"a: XRGB8888 pitch-exact=512 | R8 -", "b: XRGB8888 pitch-exact=1024 | R8 -", NULL};
	struct question q;

	question_init(&q, 1366, 768, "XRGB8888", tight, NULL);
	assert_true(oom_run_expect(conflict_once, &q, TENON_CONFLICT) >= 10);
	question_finish(&q);
	question_init(&q, 1366, 768, "NV12", tight, NULL);
	assert_true(oom_run_expect(conflict_once, &q, TENON_CONFLICT) >= 10);
	question_finish(&q);
	question_init(&q, 100, 100, "XRGB8888", exact, NULL);
	assert_true(oom_run_expect(conflict_once, &q, TENON_CONFLICT) >= 10);
	question_finish(&q);
}
