/* SPDX-License-Identifier: MIT */
/* Layouts of real hardware: tests/golden/layouts.txt. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/format.h>

#include "harness.h"
#include "limits_words.h"

#define GOLDEN TEST_SOURCE_ROOT "/tests/golden/layouts.txt"

struct golden_case {
	char name[64], format[32], limits[512];
	char planes[256], objects[128]; /* as the file has them */
	uint32_t width, height;
};

static void trim(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\n')) {
		text[--len] = '\0';
	}
}

/* The next case; false at the end of the file. */
static bool read_case(FILE *file, struct golden_case *out)
{
	char line[1024];

	while (fgets(line, sizeof(line), file) != NULL) {
		if (line[0] == '#' || line[0] == '\n') {
			continue;
		}
		if (sscanf(line, "%63s | %31s | %" SCNu32 "x%" SCNu32 " | %511[^\n]", out->name,
			    out->format, &out->width, &out->height, out->limits) != 5) {
			fail_msg("cannot read: %s", line);
		}
		assert_non_null(fgets(line, sizeof(line), file));
		if (sscanf(line, " = %255[^|]| %127[^\n]", out->planes, out->objects) != 2) {
			fail_msg("cannot read: %s", line);
		}
		trim(out->planes);
		trim(out->objects);
		/* each number has its source */
		assert_non_null(fgets(line, sizeof(line), file));
		assert_int_equal(strncmp(line, "  # ", 4), 0);
		return true;
	}
	return false;
}

/* A layout in the words of the file. */
static void describe(const struct tenon_layout *layout, char *planes, size_t planes_size,
	char *objects, size_t objects_size)
{
	size_t at = 0;

	for (size_t i = 0; i < tenon_layout_get_planes_len(layout); i++) {
		struct tenon_plane_layout plane;

		assert_int_equal(tenon_layout_get_plane(layout, i, &plane), 0);
		at += (size_t)snprintf(planes + at, planes_size - at,
			"%s%" PRIu32 "x%" PRIu32 "@%" PRIu64, i == 0 ? "" : " ", plane.pitch,
			plane.height, plane.offset);
		assert_int_equal(plane.object, tenon_layout_get_objects_len(layout) == 1 ? 0 : i);
	}
	at = 0;
	for (size_t i = 0; i < tenon_layout_get_objects_len(layout); i++) {
		at += (size_t)snprintf(objects + at, objects_size - at, "%s%" PRIu64,
			i == 0 ? "" : " ", tenon_layout_get_object_size(layout, i));
	}
}

static bool check_case(const struct golden_case *c)
{
	const struct tenon_format *format = tenon_format_from_name(c->format);
	struct tenon_limits *limits = limits_from_words(c->limits);
	char planes[256] = "", objects[128] = "";
	struct tenon_layout *layout = NULL;
	enum tenon_property property = 0;
	bool good = false;
	int rc;

	assert_non_null(format);
	rc = tenon_layout_create(&layout, format, 0, c->width, c->height, limits, &property);
	if (rc != 0) {
		print_error("%s: %d (property %d)\n", c->name, rc, (int)property);
	} else {
		describe(layout, planes, sizeof(planes), objects, sizeof(objects));
		good = strcmp(planes, c->planes) == 0 && strcmp(objects, c->objects) == 0 &&
		       tenon_layout_check(layout, limits, &property) == 0;
		if (!good) {
			print_error("%s: wanted %s | %s, got %s | %s\n", c->name, c->planes,
				c->objects, planes, objects);
		}
	}
	tenon_layout_destroy(layout);
	tenon_limits_destroy(limits);
	return good;
}

TEST(layouts_of_real_hardware)
{
	FILE *file = fopen(GOLDEN, "re");
	struct golden_case c;
	size_t bad = 0, all = 0;

	assert_non_null(file);
	while (read_case(file, &c)) {
		all++;
		bad += !check_case(&c);
	}
	fclose(file);
	assert_int_equal(bad, 0);
	assert_true(all >= 40);
}

/* What AMD's driver refused (Apollo-Linux #23), and what it takes. */
TEST(an_unpadded_import_misses_rows)
{
	const struct tenon_format *format = tenon_format_from_name("XRGB8888");
	struct tenon_limits *limits = limits_from_words("pitch-multiple=256 height-align=16");
	struct tenon_plane_layout plane = {.pitch = 6400};
	uint64_t sizes[] = {1068 * 6400 + 1024, 1068 * 6400 + 1024 + 24576};
	enum tenon_property property = 0;
	struct tenon_layout *layout;

	assert_int_equal(sizes[0] % 4096, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tenon_layout_create_from_planes(
					 &layout, format, 0, 1600, 1068, &plane, 1, &sizes[i], 1),
			0);
		assert_int_equal(
			tenon_layout_check(layout, limits, &property), i == 0 ? TENON_CONFLICT : 0);
		tenon_layout_destroy(layout);
	}
	assert_int_equal(property, TENON_PROP_HEIGHT_ALIGN);
	tenon_limits_destroy(limits);
}
