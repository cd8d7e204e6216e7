/* SPDX-License-Identifier: MIT */
/*
 * Layouts as objects: random limits against invariants, imports with hostile numbers, failing
 * allocations. (Real layouts are in test_format_golden.c, pitches in test_format_pitch.c.)
 */
#include <errno.h>

#include <tenon/format.h>

#include "harness.h"
#include "limits_words.h"
#include "oom.h"
#include "random.h"

static const char *const names[] = {"XRGB8888", "RGB565", "NV12", "YUV420", "NV24", "P010", "YUYV",
	"NV15", "C1", "RGB888_A8", "YUV410"};

static const struct tenon_format *draw_format(struct random *r)
{
	return tenon_format_from_name(names[random_below(r, sizeof(names) / sizeof(names[0]))]);
}

static void draw_limit(struct random *r, struct tenon_limits *limits)
{
	static const struct {
		enum tenon_property property;
		uint32_t most;
		bool per_plane;
	} kinds[] = {
		{TENON_PROP_PITCH_MULTIPLE, 512, true},
		{TENON_PROP_PITCH_MULTIPLE_PIXELS, 32, true},
		{TENON_PROP_PITCH_PREFERRED, 64, true},
		{TENON_PROP_WIDTH_ALIGN, 64, true},
		{TENON_PROP_HEIGHT_ALIGN, 64, true},
		{TENON_PROP_OFFSET_ALIGN, 5000, true},
		{TENON_PROP_PLANE_TAIL, 5000, true},
		{TENON_PROP_SIZE_TAIL, 5000, false},
		{TENON_PROP_SIZE_ALIGN, 70000, false},
		{TENON_PROP_OBJECTS, 3, false},
		{TENON_PROP_PITCH_LINKED, 1, false},
		{TENON_PROP_OWN_FD, 1, false},
	};
	size_t k = random_below(r, sizeof(kinds) / sizeof(kinds[0]));
	uint32_t plane = kinds[k].per_plane && random_below(r, 2) == 0 ? random_below(r, 4)
								       : TENON_PLANE_ALL;

	assert_int_equal(tenon_limits_set(limits, kinds[k].property, plane,
				 1 + random_below(r, kinds[k].most)),
		0);
}

static uint64_t get(const struct tenon_limits *limits, enum tenon_property property, uint32_t plane,
	uint64_t otherwise)
{
	uint64_t value;

	return tenon_limits_get(limits, property, plane, &value) == 0 ? value : otherwise;
}

static uint64_t round_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) / align * align;
}

/* Each plane by the words of the header, with nothing wasted. */
static void check_layout(const struct tenon_layout *layout, const struct tenon_limits *limits)
{
	const struct tenon_format *format = tenon_layout_get_format(layout);
	uint64_t tail = get(limits, TENON_PROP_SIZE_TAIL, TENON_PLANE_ALL, 0);
	uint64_t align = get(limits, TENON_PROP_SIZE_ALIGN, TENON_PLANE_ALL, 1);
	size_t objects = tenon_layout_get_objects_len(layout);
	uint32_t width, height;
	uint64_t end = 0;

	tenon_layout_get_size(layout, &width, &height);
	assert_true(objects == 1 || objects == tenon_layout_get_planes_len(layout));
	for (uint32_t i = 0; i < tenon_layout_get_planes_len(layout); i++) {
		unsigned bytes, block, hsub, vsub;
		struct tenon_plane_layout p;

		assert_int_equal(tenon_layout_get_plane(layout, i, &p), 0);
		tenon_format_get_plane(format, i, &bytes, &block, &hsub, &vsub);
		assert_int_equal(p.object, objects == 1 ? 0 : i);
		assert_int_equal(p.width, round_up((width + hsub - 1) / hsub,
						  get(limits, TENON_PROP_WIDTH_ALIGN, i, 1)));
		assert_int_equal(p.height, round_up((height + vsub - 1) / vsub,
						   get(limits, TENON_PROP_HEIGHT_ALIGN, i, 1)));
		assert_true(p.pitch >= round_up(p.width, block) / block * bytes);
		assert_int_equal(p.pitch % get(limits, TENON_PROP_PITCH_MULTIPLE, i, 1), 0);
		assert_int_equal(p.size,
			(uint64_t)p.pitch * p.height + get(limits, TENON_PROP_PLANE_TAIL, i, 0));
		assert_int_equal(p.offset, round_up(objects == 1 ? end : 0,
						   get(limits, TENON_PROP_OFFSET_ALIGN, i, 1)));
		end = p.offset + p.size;
		if (objects > 1) {
			assert_int_equal(tenon_layout_get_object_size(layout, i),
				round_up(end + tail, align));
		}
	}
	if (objects == 1) {
		assert_int_equal(
			tenon_layout_get_object_size(layout, 0), round_up(end + tail, align));
	}
	assert_int_equal(tenon_layout_get_object_size(layout, objects), 0);
}

/* The layout as somebody would import it: offsets and pitches alone are known. */
static void check_import(const struct tenon_layout *layout, const struct tenon_limits *limits)
{
	struct tenon_plane_layout planes[TENON_MAX_PLANES] = {0};
	uint64_t sizes[TENON_MAX_PLANES];
	struct tenon_layout *import = NULL;
	uint32_t width, height;

	tenon_layout_get_size(layout, &width, &height);
	for (size_t i = 0; i < tenon_layout_get_planes_len(layout); i++) {
		struct tenon_plane_layout p;

		tenon_layout_get_plane(layout, i, &p);
		planes[i].object = p.object;
		planes[i].offset = p.offset;
		planes[i].pitch = p.pitch;
	}
	for (size_t i = 0; i < tenon_layout_get_objects_len(layout); i++) {
		sizes[i] = tenon_layout_get_object_size(layout, i);
	}
	assert_int_equal(tenon_layout_create_from_planes(&import, tenon_layout_get_format(layout),
				 0, width, height, planes, tenon_layout_get_planes_len(layout),
				 sizes, tenon_layout_get_objects_len(layout)),
		0);
	assert_int_equal(tenon_layout_check(import, limits, NULL), 0);
	tenon_layout_destroy(import);
}

TEST(random_limits_are_followed)
{
	struct random r = {3};
	unsigned good = 0;

	for (int n = 0; n < 20000; n++) {
		struct tenon_limits *limits;
		struct tenon_layout *layout = NULL;
		enum tenon_property property = 0;
		int rc;

		assert_int_equal(tenon_limits_create(&limits), 0);
		for (uint32_t k = random_below(&r, 5); k > 0; k--) {
			draw_limit(&r, limits);
		}
		rc = tenon_layout_create(&layout, draw_format(&r), 0, 1 + random_below(&r, 3000),
			1 + random_below(&r, 3000), limits, &property);
		if (rc == 0) {
			good++;
			check_layout(layout, limits);
			assert_int_equal(tenon_layout_check(layout, limits, &property), 0);
			check_import(layout, limits);
		} else {
			assert_int_equal(rc, TENON_CONFLICT);
			assert_true(property != 0);
		}
		tenon_layout_destroy(layout);
		tenon_limits_destroy(limits);
	}
	assert_in_range(good, 15000, 20000);
}

/* Limits that a layout does not keep are found, one by one. */
TEST(check_finds_what_is_broken)
{
	static const struct {
		const char *format, *limits;
		uint32_t width, height;
		enum tenon_property property; /* 0: within */
	} rows[] = {
		{"NV12", "-", 353, 241, 0},
		{"NV12", "pitch-multiple=64", 353, 241, TENON_PROP_PITCH_MULTIPLE},
		{"NV12", "pitch-multiple=353 pitch-remainder=0", 353, 241,
			TENON_PROP_PITCH_MULTIPLE},
		{"NV12", "pitch-multiple.0=353", 353, 241, 0},
		{"NV12", "pitch-multiple.1=354", 353, 241, 0},
		{"NV12", "pitch-linked=1", 353, 241, TENON_PROP_PITCH_LINKED},
		{"NV12", "pitch-linked=1", 354, 241, 0},
		{"NV12", "pitch-tight=1", 353, 241, 0},
		{"NV12", "pitch-exact.0=353", 353, 241, 0},
		{"NV12", "pitch-exact=353", 353, 241, TENON_PROP_PITCH_EXACT},
		{"NV12", "pitch-max.1=354", 353, 241, 0},
		{"NV12", "pitch-max.1=353", 353, 241, TENON_PROP_PITCH_MAX},
		{"NV12", "pitch-preferred=64", 353, 241, 0},
		{"NV12", "width-align=2", 353, 241, TENON_PROP_WIDTH_ALIGN},
		{"NV12", "width-align.1=3", 353, 241, 0},
		{"NV12", "height-align=16", 353, 241, TENON_PROP_HEIGHT_ALIGN},
		{"NV12", "height-align=241", 353, 241, TENON_PROP_HEIGHT_ALIGN},
		{"NV12", "height-align.0=241", 353, 241, 0},
		{"NV12", "height-align.1=11", 353, 241, 0},
		{"NV12", "width-min=354", 353, 241, TENON_PROP_WIDTH_MIN},
		{"NV12", "width-max=352", 353, 241, TENON_PROP_WIDTH_MAX},
		{"NV12", "height-min=242", 353, 241, TENON_PROP_HEIGHT_MIN},
		{"NV12", "height-max=240", 353, 241, TENON_PROP_HEIGHT_MAX},
		{"NV12", "width-min=353 width-max=353 height-min=241 height-max=241", 353, 241, 0},
		{"NV12", "offset-align=2", 353, 241, TENON_PROP_OFFSET_ALIGN},
		{"NV12", "offset-align.0=4096", 353, 241, 0},
		{"NV12", "size-align=4096", 353, 241, TENON_PROP_SIZE_ALIGN},
		{"NV12", "size-tail=1", 353, 241, TENON_PROP_SIZE_TAIL},
		{"NV12", "plane-tail.0=1", 353, 241, TENON_PROP_PLANE_TAIL},
		{"NV12", "plane-tail.1=1", 353, 241, TENON_PROP_PLANE_TAIL},
		{"NV12", "objects=1", 353, 241, 0},
		{"NV12", "objects=2", 353, 241, TENON_PROP_OBJECTS},
		{"XRGB8888", "objects=2", 353, 241, 0},
		{"NV12", "own-fd=1", 353, 241, 0},
		{"NV12", "segments-max=4 segment-size-max=32000", 353, 241, 0},
		{"NV12", "segments-max=3 segment-size-max=32000", 353, 241,
			TENON_PROP_SEGMENT_SIZE_MAX},
		{"NV12", "segments-max=1 segment-boundary=131072", 353, 241, 0},
		{"NV12", "segments-max=1 segment-boundary=65536", 353, 241,
			TENON_PROP_SEGMENT_BOUNDARY},
		{"NV12", "address-max=127906", 353, 241, 0},
		{"NV12", "address-max=127905", 353, 241, TENON_PROP_ADDRESS_MAX},
		{"NV12", "address-min=1 address-max=127906", 353, 241, TENON_PROP_ADDRESS_MAX},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_limits *limits = limits_from_words(rows[i].limits);
		enum tenon_property property = 0;
		struct tenon_layout *layout;
		int rc;

		assert_int_equal(
			tenon_layout_create(&layout, tenon_format_from_name(rows[i].format), 0,
				rows[i].width, rows[i].height, NULL, NULL),
			0);
		if (strcmp(rows[i].format, "NV12") == 0 && rows[i].width == 353) {
			assert_int_equal(
				tenon_layout_get_object_size(layout, 0), 353 * 241 + 354 * 121);
		}
		rc = tenon_layout_check(layout, limits, &property);
		if (rc != (rows[i].property != 0 ? TENON_CONFLICT : 0) ||
			property != rows[i].property) {
			fail_msg("row %zu (%s): %d, property %d", i, rows[i].limits, rc,
				(int)property);
		}
		tenon_layout_destroy(layout);
		tenon_limits_destroy(limits);
	}
}

TEST(a_buffer_in_the_midst_of_an_object_has_no_own_fd)
{
	const struct tenon_format *format = tenon_format_from_name("XRGB8888");
	struct tenon_limits *limits = limits_from_words("own-fd=1");
	struct tenon_plane_layout plane = {.pitch = 400, .offset = 4096};
	uint64_t size = 100000;
	enum tenon_property property = 0;
	struct tenon_layout *layout;

	assert_int_equal(
		tenon_layout_create_from_planes(&layout, format, 0, 100, 100, &plane, 1, &size, 1),
		0);
	assert_int_equal(tenon_layout_check(layout, limits, &property), TENON_CONFLICT);
	assert_int_equal(property, TENON_PROP_OWN_FD);
	assert_int_equal(tenon_layout_check(layout, NULL, &property), 0);
	tenon_layout_destroy(layout);
	tenon_limits_destroy(limits);
}

TEST(imports_are_checked)
{
	const uint64_t big = UINT64_C(1) << 63;
	const struct {
		const char *what;
		struct tenon_plane_layout planes[2];
		uint64_t sizes[2];
		size_t planes_len, objects_len;
		int rc;
	} rows[] = {
		/* NV12 of 100 x 50: 5000 bytes of luma, 2500 of chroma */
		{"good", {{0, 100, 0, 0, 0, 0}, {0, 100, 5000, 0, 0, 0}}, {7500}, 2, 1, 0},
		{"chroma first", {{0, 100, 2500, 0, 0, 0}, {0, 100, 0, 0, 0, 0}}, {7500}, 2, 1, 0},
		{"two objects", {{0, 100, 0, 0, 0, 0}, {1, 100, 0, 0, 0, 0}}, {5000, 2500}, 2, 2,
			0},
		{"all told", {{0, 100, 0, 5000, 100, 50}, {0, 100, 5000, 2500, 50, 25}}, {7500}, 2,
			1, 0},
		{"last row short", {{0, 128, 0, 0, 0, 0}, {0, 128, 6400, 0, 0, 0}},
			{6400 + 24 * 128 + 100}, 2, 1, 0},
		{"one byte short", {{0, 128, 0, 0, 0, 0}, {0, 128, 6400, 0, 0, 0}},
			{6400 + 24 * 128 + 99}, 2, 1, -EINVAL},
		{"one plane missing", {{0, 100, 0, 0, 0, 0}}, {7500}, 1, 1, -EINVAL},
		{"no planes", {{0}}, {7500}, 0, 1, -EINVAL},
		{"no objects", {{0, 100, 0, 0, 0, 0}, {0, 100, 5000, 0, 0, 0}}, {7500}, 2, 0,
			-EINVAL},
		{"too many planes", {{0}}, {7500}, SIZE_MAX, 1, -EINVAL},
		{"too many objects", {{0}}, {7500}, 2, 3, -EINVAL},
		{"object that is not there", {{0, 100, 0, 0, 0, 0}, {1, 100, 0, 0, 0, 0}}, {7500},
			2, 1, -EINVAL},
		{"empty object", {{0, 100, 0, 0, 0, 0}, {0, 100, 5000, 0, 0, 0}}, {0}, 2, 1,
			-EINVAL},
		{"pitch 0", {{0, 0, 0, 0, 0, 0}, {0, 100, 5000, 0, 0, 0}}, {7500}, 2, 1, -EINVAL},
		{"pitch short", {{0, 99, 0, 0, 0, 0}, {0, 100, 5000, 0, 0, 0}}, {7500}, 2, 1,
			-EINVAL},
		{"overlap", {{0, 100, 0, 0, 0, 0}, {0, 100, 4999, 0, 0, 0}}, {7500}, 2, 1, -EINVAL},
		{"same place", {{0, 100, 0, 0, 0, 0}, {0, 100, 0, 0, 0, 0}}, {7500}, 2, 1, -EINVAL},
		{"told size overlaps", {{0, 100, 0, 5001, 0, 0}, {0, 100, 5000, 0, 0, 0}}, {7500},
			2, 1, -EINVAL},
		{"told size short", {{0, 100, 0, 4999, 0, 0}, {0, 100, 5000, 0, 0, 0}}, {7500}, 2,
			1, -EINVAL},
		{"told rows short", {{0, 100, 0, 0, 0, 49}, {0, 100, 5000, 0, 0, 0}}, {7500}, 2, 1,
			-EINVAL},
		{"told rows too many", {{0, 100, 0, 0, 0, 51}, {0, 100, 5000, 0, 0, 0}}, {7500}, 2,
			1, -EINVAL},
		{"told columns beyond the pitch", {{0, 100, 0, 0, 101, 0}, {0, 100, 5000, 0, 0, 0}},
			{7500}, 2, 1, -EINVAL},
		{"offset at the end", {{0, 100, 0, 0, 0, 0}, {0, 100, 7500, 0, 0, 0}}, {7500}, 2, 1,
			-EINVAL},
		{"offset beyond", {{0, 100, 0, 0, 0, 0}, {0, 100, 9999, 0, 0, 0}}, {7500}, 2, 1,
			-EINVAL},
		{"offset of 63 bits", {{0, 100, 0, 0, 0, 0}, {0, 100, big, 0, 0, 0}}, {7500}, 2, 1,
			-EOVERFLOW},
		{"sum beyond 64 bits", {{0, 100, 0, 0, 0, 0}, {0, 100, big - 1, UINT64_MAX, 0, 0}},
			{7500}, 2, 1, -EOVERFLOW},
		{"object of 63 bits", {{0, 100, 0, 0, 0, 0}, {0, 100, 5000, 0, 0, 0}}, {big}, 2, 1,
			-EOVERFLOW},
		{"greatest object", {{0, 100, 0, 0, 0, 0}, {0, 100, 5000, 0, 0, 0}}, {big - 1}, 2,
			1, 0},
		{"greatest pitch", {{0, UINT32_MAX, 0, 0, 0, 0}, {0, 100, 0, 0, 0, 0}}, {7500}, 2,
			1, -EINVAL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_layout *layout = NULL;
		int rc = tenon_layout_create_from_planes(&layout, tenon_format_from_name("NV12"), 0,
			100, 50, rows[i].planes, rows[i].planes_len, rows[i].sizes,
			rows[i].objects_len);

		if (rc != rows[i].rc || (layout != NULL) != (rc == 0)) {
			fail_msg("%s: %d instead of %d", rows[i].what, rc, rows[i].rc);
		}
		tenon_layout_destroy(layout);
	}
}

/* What only its maker knows how to read: extra planes of metadata, any pitch. */
TEST(tiled_imports_are_bounded)
{
	const struct tenon_format *format = tenon_format_from_name("XRGB8888");
	struct tenon_plane_layout planes[] = {{.pitch = 512}, {.pitch = 64, .offset = 65536}};
	const uint64_t ccs = UINT64_C(0x0100000000000004);
	uint64_t size = 69632;
	struct tenon_layout *layout;
	struct tenon_plane_layout plane;

	assert_int_equal(tenon_layout_create_from_planes(
				 &layout, format, ccs, 100, 100, planes, 2, &size, 1),
		0);
	assert_int_equal(tenon_layout_get_modifier(layout), ccs);
	assert_int_equal(tenon_layout_get_planes_len(layout), 2);
	assert_int_equal(tenon_layout_get_plane(layout, 1, &plane), 0);
	assert_int_equal(plane.size, 4096);
	assert_int_equal(tenon_layout_get_plane(layout, 2, &plane), -EINVAL);
	tenon_layout_destroy(layout);
	planes[1].offset = size;
	assert_int_equal(tenon_layout_create_from_planes(
				 &layout, format, ccs, 100, 100, planes, 2, &size, 1),
		-EINVAL);
	/* linear has as many planes as the format */
	planes[1].offset = 65536;
	assert_int_equal(
		tenon_layout_create_from_planes(&layout, format, 0, 100, 100, planes, 2, &size, 1),
		-EINVAL);
}

TEST(bad_arguments)
{
	const struct tenon_format *format = tenon_format_from_name("NV12");
	struct tenon_layout *layout = NULL;
	struct tenon_plane_layout plane;

	assert_int_equal(tenon_layout_create(&layout, format, 0, 0, 1, NULL, NULL), -EINVAL);
	assert_int_equal(tenon_layout_create(&layout, format, 0, 1, 0, NULL, NULL), -EINVAL);
	assert_int_equal(tenon_layout_create(&layout, NULL, 0, 1, 1, NULL, NULL), -EINVAL);
	assert_int_equal(tenon_layout_create(&layout, format, 1, 1, 1, NULL, NULL), -ENOTSUP);
	assert_null(layout);
	assert_int_equal(tenon_layout_create(&layout, format, 0, 1, 1, NULL, NULL), 0);
	assert_int_equal(tenon_layout_get_plane(layout, 2, &plane), -EINVAL);
	tenon_layout_get_size(layout, NULL, NULL);
	tenon_layout_destroy(layout);
	tenon_layout_destroy(NULL);
}

TEST(sizes_beyond_63_bits_are_errors)
{
	static const struct {
		const char *format, *limits;
		uint32_t width, height;
		int rc;
	} rows[] = {
		{"R8", "-", UINT32_MAX, 1u << 31, 0},
		{"R8", "-", UINT32_MAX, UINT32_MAX, -EOVERFLOW},
		{"XRGB8888", "-", (1u << 30) - 1, UINT32_MAX, -EOVERFLOW},
		{"XRGB8888", "-", (1u << 30) - 1, 1u << 31, 0},
		{"YUV444", "objects=1", UINT32_MAX, 1u << 30, -EOVERFLOW},
		{"YUV444", "objects=2", UINT32_MAX, 1u << 30, 0},
		{"YUV444", "objects=3", UINT32_MAX, 1u << 30, 0},
		{"YUV444", "-", UINT32_MAX, 1u << 30, -EOVERFLOW},
		{"R8", "plane-tail=0x7fffffffffffffff", 1, 1, -EOVERFLOW},
		{"R8", "plane-tail=0x7ffffffffffffffe", 1, 1, 0},
		{"R8", "plane-tail=0xffffffffffffffff", 1, 1, -EOVERFLOW},
		{"R8", "size-tail=0xffffffffffffffff", 1, 1, -EOVERFLOW},
		{"R8", "size-tail=0x7ffffffffffffffe", 1, 1, 0},
		{"R8", "size-align=0x8000000000000000", 1, 1, -EOVERFLOW},
		{"R8", "size-align=0x4000000000000000", 1, 1, 0},
		{"NV12", "offset-align=0x8000000000000000", 2, 2, -EOVERFLOW},
		{"NV12", "offset-align=0x4000000000000000", 2, 2, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_limits *limits = limits_from_words(rows[i].limits);
		struct tenon_layout *layout = NULL;
		int rc = tenon_layout_create(&layout, tenon_format_from_name(rows[i].format), 0,
			rows[i].width, rows[i].height, limits, NULL);

		if (rc != rows[i].rc) {
			fail_msg("row %zu: %d instead of %d", i, rc, rows[i].rc);
		}
		tenon_layout_destroy(layout);
		tenon_limits_destroy(limits);
	}
}

static int make_all(void *data)
{
	struct tenon_layout *layout = NULL, *copy = NULL;
	int rc =
		tenon_layout_create(&layout, tenon_format_from_name("NV12"), 0, 64, 64, NULL, NULL);

	if (rc == 0) {
		rc = tenon_layout_dup(&copy, layout);
	}
	if (rc == 0) {
		assert_int_equal(tenon_layout_get_object_size(copy, 0), 64 * 96);
	}
	tenon_layout_destroy(copy);
	tenon_layout_destroy(layout);
	return rc;
}

TEST(out_of_memory)
{
	assert_int_equal(oom_run(make_all, NULL), 2);
}
