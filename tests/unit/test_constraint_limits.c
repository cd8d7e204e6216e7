/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tenon/constraint.h>

#include "constraint/limits.h"
#include "harness.h"
#include "offers.h"
#include "oom.h"

TEST(names_lead_back_to_properties)
{
	const struct tenon_property_info *info;
	size_t n = 0;

	for (; (info = _tenon_property_list(n)) != NULL; n++) {
		enum tenon_property property = 0;

		assert_int_equal(tenon_property_from_name(&property, info->name), 0);
		assert_int_equal(property, info->property);
		assert_string_equal(tenon_property_get_name(property), info->name);
		assert_non_null(tenon_property_get_unit(property));
	}
	assert_int_equal(n, 34);
}

/* The row of doc/merging.md that tells of a property: its name, then its unit. */
static bool is_told(FILE *doc, const char *name, const char *unit)
{
	char line[512];

	rewind(doc);
	while (fgets(line, sizeof(line), doc) != NULL) {
		char *names = line[0] == '|' ? strtok(line + 1, "|") : NULL;
		char *units = names != NULL ? strtok(NULL, "|") : NULL;

		for (char *word = units != NULL ? strtok(names, " ,") : NULL; word != NULL;
			word = strtok(NULL, " ,")) {
			if (strcmp(word, name) == 0) {
				return strstr(units, unit) != NULL;
			}
		}
	}
	return false;
}

TEST(the_documentation_tells_of_each_limit)
{
	FILE *doc = fopen(TEST_SOURCE_ROOT "/doc/merging.md", "r");
	const struct tenon_property_info *info;

	assert_non_null(doc);
	for (size_t i = 0; (info = _tenon_property_list(i)) != NULL; i++) {
		if (info->kind != TENON_KIND_PAIRS && !is_told(doc, info->name, info->unit)) {
			fail_msg("%s (%s) is not told of", info->name, info->unit);
		}
	}
	fclose(doc);
}

TEST(unknown_names_and_numbers_are_refused)
{
	enum tenon_property property = TENON_PROP_CACHE;

	assert_int_equal(tenon_property_from_name(&property, "pitch"), -ENOENT);
	assert_int_equal(tenon_property_from_name(&property, ""), -ENOENT);
	assert_int_equal(tenon_property_from_name(&property, NULL), -ENOENT);
	assert_int_equal(property, TENON_PROP_CACHE);
	assert_null(tenon_property_get_name(0));
	assert_null(tenon_property_get_name(999));
	assert_null(tenon_property_get_unit(15));
	assert_false(tenon_property_is_per_plane(15));
}

/* The short tables for merging say what the long one says. */
TEST(tables_agree)
{
	const struct tenon_property_info *info;

	for (unsigned i = 0; i < TENON_SCALARS_LEN; i++) {
		info = _tenon_property_of_scalar(i);
		assert_non_null(info);
		assert_int_equal(info->kind, _tenon_scalar_kind[i]);
		assert_true(info->neutral == _tenon_scalar_neutral[i]);
		assert_false(info->per_plane);
		assert_int_equal(i < TENON_SCALAR_SMALLER,
			info->kind == TENON_KIND_MIN || info->kind == TENON_KIND_FLAG);
		assert_int_equal(i >= TENON_SCALAR_OTHER,
			info->kind == TENON_KIND_ALIGN || info->kind == TENON_KIND_MASK);
	}
	for (unsigned i = 0; i < TENON_PLANE_SLOTS_LEN; i++) {
		info = _tenon_property_of_plane(i);
		assert_non_null(info);
		assert_int_equal(info->kind, _tenon_plane_kind[i]);
		assert_true(info->neutral == _tenon_plane_neutral[i]);
		assert_true(info->per_plane);
		if (info->kind == TENON_KIND_MULTIPLE) {
			assert_int_equal(
				_tenon_property_of_plane(i + 1)->kind, TENON_KIND_REMAINDER);
		}
	}
	assert_true(tenon_property_is_per_plane(TENON_PROP_PITCH_MULTIPLE));
	assert_false(tenon_property_is_per_plane(TENON_PROP_SEGMENTS_MAX));
}

TEST(values_are_set_read_and_replaced)
{
	struct tenon_limits *limits = NULL;
	uint64_t value = 7;

	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_int_equal(tenon_limits_get(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, &value),
		-ENOENT);
	assert_int_equal(tenon_limits_set(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, 8), 0);
	assert_int_equal(tenon_limits_set(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, 4), 0);
	assert_int_equal(
		tenon_limits_get(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, &value), 0);
	assert_int_equal(value, 4);
	assert_int_equal(
		tenon_limits_set_unknown(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL), 0);
	assert_int_equal(tenon_limits_get(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, &value),
		-ENODATA);
	assert_true(tenon_limits_is_unknown(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL));
	assert_int_equal(tenon_limits_set(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, 2), 0);
	assert_false(tenon_limits_is_unknown(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL));
	tenon_limits_destroy(limits);
}

TEST(planes_have_values_of_their_own)
{
	struct tenon_limits *limits = NULL;
	uint64_t value = 0;

	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_int_equal(tenon_limits_set(limits, TENON_PROP_HEIGHT_ALIGN, TENON_PLANE_ALL, 32), 0);
	assert_int_equal(
		tenon_limits_get(limits, TENON_PROP_HEIGHT_ALIGN, TENON_PLANE_ALL, &value), 0);
	assert_int_equal(value, 32);
	assert_int_equal(tenon_limits_set(limits, TENON_PROP_HEIGHT_ALIGN, 1, 16), 0);
	for (uint32_t plane = 0; plane < TENON_MAX_PLANES; plane++) {
		assert_int_equal(
			tenon_limits_get(limits, TENON_PROP_HEIGHT_ALIGN, plane, &value), 0);
		assert_int_equal(value, plane == 1 ? 16 : 32);
	}
	assert_int_equal(tenon_limits_get(limits, TENON_PROP_HEIGHT_ALIGN, TENON_PLANE_ALL, &value),
		-ERANGE);
	assert_int_equal(tenon_limits_set_unknown(limits, TENON_PROP_PITCH_MAX, 2), 0);
	assert_true(tenon_limits_is_unknown(limits, TENON_PROP_PITCH_MAX, TENON_PLANE_ALL));
	assert_false(tenon_limits_is_unknown(limits, TENON_PROP_PITCH_MAX, 0));
	assert_int_equal(tenon_limits_set(limits, TENON_PROP_HEIGHT_ALIGN, TENON_PLANE_ALL, 8), 0);
	assert_int_equal(
		tenon_limits_get(limits, TENON_PROP_HEIGHT_ALIGN, TENON_PLANE_ALL, &value), 0);
	assert_int_equal(value, 8);
	tenon_limits_destroy(limits);
}

/* What is listed is what can be read, for some plane, and nothing else. */
TEST(what_is_said_is_listed)
{
	enum tenon_property list[TENON_NUMBERS_MAX];
	struct tenon_limits *limits;
	uint64_t value;

	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_int_equal(tenon_limits_list(limits, list), 0);
	assert_int_equal(tenon_limits_allow_heap(limits, "cma"), 0);
	assert_int_equal(tenon_limits_list(limits, list), 0); /* names are no numbers */
	assert_int_equal(tenon_limits_set(limits, TENON_PROP_ADDRESS_MAX, TENON_PLANE_ALL, 7), 0);
	assert_int_equal(tenon_limits_set(limits, TENON_PROP_PITCH_MAX, 3, 512), 0);
	assert_int_equal(tenon_limits_set_unknown(limits, TENON_PROP_PLANE_TAIL, 1), 0);
	assert_int_equal(
		tenon_limits_set_unknown(limits, TENON_PROP_WIDTH_MIN, TENON_PLANE_ALL), 0);
	assert_int_equal(tenon_limits_list(limits, list), 4);
	assert_int_equal(list[0], TENON_PROP_PITCH_MAX);
	assert_int_equal(list[1], TENON_PROP_WIDTH_MIN);
	assert_int_equal(list[2], TENON_PROP_PLANE_TAIL);
	assert_int_equal(list[3], TENON_PROP_ADDRESS_MAX);
	for (uint32_t number = 0; number < TENON_NUMBERS_MAX; number++) {
		enum tenon_property property = (enum tenon_property)number;
		bool listed = false, said = false;

		for (size_t i = 0; i < 4; i++) {
			listed |= list[i] == property;
		}
		for (uint32_t plane = 0; plane < TENON_MAX_PLANES; plane++) {
			int rc = tenon_limits_get(limits, property,
				tenon_property_is_per_plane(property) ? plane : TENON_PLANE_ALL,
				&value);

			said |= rc == 0 || rc == -ENODATA;
		}
		assert_int_equal(listed, said);
	}
	tenon_limits_destroy(limits);
}

TEST(values_that_make_no_sense_are_refused)
{
	static const struct {
		enum tenon_property property;
		uint32_t plane;
		uint64_t value;
		int rc;
	} rows[] = {
		{TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 0, -ERANGE},
		{TENON_PROP_PITCH_EXACT, TENON_PLANE_ALL, 0, -ERANGE},
		{TENON_PROP_PITCH_MAX, 0, 0, -ERANGE},
		{TENON_PROP_PITCH_TIGHT, 0, 2, -ERANGE},
		{TENON_PROP_WIDTH_MAX, TENON_PLANE_ALL, 0, -ERANGE},
		{TENON_PROP_WIDTH_MIN, TENON_PLANE_ALL, 0, 0},
		{TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, 0, -ERANGE},
		{TENON_PROP_SEGMENT_SIZE_MAX, TENON_PLANE_ALL, 0, -ERANGE},
		{TENON_PROP_SEGMENT_BOUNDARY, TENON_PLANE_ALL, 0, -ERANGE},
		{TENON_PROP_SEGMENT_BOUNDARY, TENON_PLANE_ALL, 65535, -ERANGE},
		{TENON_PROP_SEGMENT_BOUNDARY, TENON_PLANE_ALL, 65536, 0},
		{TENON_PROP_ADDRESS_MAX, TENON_PLANE_ALL, 0, 0},
		{TENON_PROP_CACHE, TENON_PLANE_ALL, 0, -ERANGE},
		{TENON_PROP_CACHE, TENON_PLANE_ALL, 4, -ERANGE},
		{TENON_PROP_OWN_FD, TENON_PLANE_ALL, 2, -ERANGE},
		{TENON_PROP_CACHE, 0, 1, -EINVAL},
		{TENON_PROP_PITCH_MAX, 4, 1, -EINVAL},
		{TENON_PROP_HEAP, TENON_PLANE_ALL, 1, -EINVAL},
		{TENON_PROP_FORMAT, TENON_PLANE_ALL, 1, -EINVAL},
		{0, TENON_PLANE_ALL, 1, -EINVAL},
	};
	struct tenon_limits *limits = NULL;
	uint64_t value;

	assert_int_equal(tenon_limits_create(&limits), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = tenon_limits_set(limits, rows[i].property, rows[i].plane, rows[i].value);

		if (rc != rows[i].rc) {
			fail_msg("row %zu: %d instead of %d", i, rc, rows[i].rc);
		}
	}
	assert_int_equal(
		tenon_limits_get(limits, TENON_PROP_CACHE, TENON_PLANE_ALL, &value), -ENOENT);
	assert_int_equal(tenon_limits_set_unknown(limits, TENON_PROP_HEAP, 0), -EINVAL);
	tenon_limits_destroy(limits);
}

TEST(heaps_are_listed)
{
	struct tenon_limits *limits = NULL;
	char name[65];
	const char *const *heaps;

	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_null(tenon_limits_get_heaps(limits, TENON_PROP_HEAP));
	assert_true(_tenon_limits_accept_heap(limits, "any"));
	assert_int_equal(tenon_limits_allow_heap(limits, "system"), 0);
	assert_int_equal(tenon_limits_allow_heap(limits, "cma"), 0);
	assert_int_equal(tenon_limits_allow_heap(limits, "system"), 0);
	heaps = tenon_limits_get_heaps(limits, TENON_PROP_HEAP);
	assert_string_equal(heaps[0], "cma");
	assert_string_equal(heaps[1], "system");
	assert_null(heaps[2]);
	assert_true(_tenon_limits_accept_heap(limits, "cma"));
	assert_false(_tenon_limits_accept_heap(limits, "any"));

	assert_int_equal(tenon_limits_prefer_heap(limits, "z"), 0);
	assert_int_equal(tenon_limits_prefer_heap(limits, "a"), 0);
	heaps = tenon_limits_get_heaps(limits, TENON_PROP_HEAP_PREFERRED);
	assert_string_equal(heaps[0], "z");
	assert_string_equal(heaps[1], "a");
	assert_int_equal(_tenon_limits_rank_heap(limits, "a"), 1);
	assert_true(_tenon_limits_rank_heap(limits, "b") == SIZE_MAX);

	assert_null(tenon_limits_get_heaps(limits, TENON_PROP_CACHE));
	assert_int_equal(tenon_limits_allow_heap(limits, ""), -EINVAL);
	assert_int_equal(tenon_limits_allow_heap(limits, NULL), -EINVAL);
	memset(name, 'x', 64);
	name[64] = '\0';
	assert_int_equal(tenon_limits_allow_heap(limits, name), -EINVAL);
	name[63] = '\0';
	assert_int_equal(tenon_limits_allow_heap(limits, name), 0);
	for (int i = 3; i < TENON_HEAPS_MAX; i++) {
		snprintf(name, sizeof(name), "heap%d", i);
		assert_int_equal(tenon_limits_allow_heap(limits, name), 0);
	}
	assert_int_equal(tenon_limits_allow_heap(limits, "one more"), -ENOSPC);
	tenon_limits_destroy(limits);
}

TEST(sources_are_kept_and_copied)
{
	struct tenon_limits *limits = NULL, *copy = NULL;

	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_null(tenon_limits_get_source(limits, TENON_PROP_CACHE));
	assert_int_equal(tenon_limits_set_source(limits, TENON_PROP_CACHE, NULL), 0);
	assert_int_equal(tenon_limits_set_source(limits, TENON_PROP_CACHE, "data sheet"), 0);
	assert_int_equal(tenon_limits_set_source(limits, TENON_PROP_HEAP, "the table"), 0);
	assert_int_equal(tenon_limits_set_source(limits, TENON_PROP_FORMAT, "a plane"), 0);
	assert_int_equal(tenon_limits_set_source(limits, 0, "x"), -EINVAL);
	assert_int_equal(tenon_limits_dup(&copy, limits), 0);
	assert_int_equal(tenon_limits_set_source(limits, TENON_PROP_CACHE, NULL), 0);
	assert_null(tenon_limits_get_source(limits, TENON_PROP_CACHE));
	tenon_limits_destroy(limits);
	assert_string_equal(tenon_limits_get_source(copy, TENON_PROP_CACHE), "data sheet");
	assert_string_equal(tenon_limits_get_source(copy, TENON_PROP_FORMAT), "a plane");
	assert_string_equal(tenon_limits_get_source(copy, TENON_PROP_HEAP), "the table");
	tenon_limits_destroy(copy);
	tenon_limits_destroy(NULL);
}

TEST(a_copy_is_the_same)
{
	const struct test_limits spec = {
		.values = {ALL(PITCH_MULTIPLE, 64), AT(1, PITCH_MULTIPLE, 32), ALL(CACHE, 1),
			UNKNOWN(SEGMENTS_MAX)},
		.heaps = {"cma", "system"},
		.preferred = {"system"},
	};
	struct tenon_limits *limits = make_limits(&spec), *copy = NULL;

	assert_int_equal(tenon_limits_dup(&copy, limits), 0);
	tenon_limits_destroy(limits);
	expect_limits("copy", copy, &spec);
	tenon_limits_destroy(copy);
}

static int build(void *data)
{
	struct tenon_limits *limits = NULL, *copy = NULL, *both = NULL;
	struct tenon_offer *offer = NULL;
	struct tenon_format_modifier pairs[] = {{FORMAT_XR24, 0}, {FORMAT_NV12, 0}};
	int rc = tenon_limits_create(&limits);

	(void)data;
	if (rc == 0) {
		rc = tenon_limits_allow_heap(limits, "cma");
	}
	if (rc == 0) {
		rc = tenon_limits_prefer_heap(limits, "cma");
	}
	if (rc == 0) {
		rc = tenon_limits_set_source(limits, TENON_PROP_HEAP, "here");
	}
	if (rc == 0) {
		rc = tenon_limits_dup(&copy, limits);
	}
	if (rc == 0) {
		rc = _tenon_limits_meet(&both, limits, copy, NULL);
	}
	if (rc == 0) {
		rc = tenon_offer_create(&offer, "device");
	}
	for (int i = 0; i < 3 && rc == 0; i++) {
		rc = tenon_offer_add(offer, TENON_ROLE_CPU, pairs, 2, i != 0 ? limits : NULL);
	}
	tenon_offer_unref(offer);
	tenon_limits_destroy(limits);
	tenon_limits_destroy(copy);
	tenon_limits_destroy(both);
	return rc;
}

TEST(out_of_memory_at_each_allocation)
{
	assert_true(oom_run(build, NULL) > 15);
}

TEST(offers_tell_what_was_said)
{
	struct tenon_offer *offer = NULL;
	struct tenon_format_modifier given[] = {
		{FORMAT_XR24, MOD_X_TILED}, {FORMAT_XR24, 0}, {TENON_FORMAT_ANY, 0}};
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	uint32_t roles;
	size_t len;

	assert_int_equal(tenon_offer_create(&offer, ""), -EINVAL);
	assert_int_equal(tenon_offer_create(&offer, NULL), -EINVAL);
	assert_int_equal(tenon_offer_create(&offer, "vkms"), 0);
	assert_string_equal(tenon_offer_get_device(offer), "vkms");
	assert_int_equal(tenon_offer_get_coherent(offer), TENON_UNKNOWN);
	tenon_offer_set_coherent(offer, TENON_YES);
	assert_int_equal(tenon_offer_get_coherent(offer), TENON_YES);
	tenon_offer_set_dev(offer, 57856);
	assert_int_equal(tenon_offer_get_dev(offer), 57856);
	assert_int_equal(tenon_offer_add(offer, TENON_ROLE_SCANOUT, given, 3, NULL), 0);
	assert_int_equal(tenon_offer_get_alternatives_len(offer), 1);
	assert_int_equal(tenon_offer_get_alternative(offer, 0, &roles, &pairs, &len, &limits), 0);
	assert_int_equal(roles, TENON_ROLE_SCANOUT);
	assert_int_equal(len, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(pairs[i].format, given[i].format);
		assert_true(pairs[i].modifier == given[i].modifier);
	}
	assert_non_null(limits);
	assert_int_equal(tenon_offer_get_alternative(offer, 0, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(tenon_offer_get_alternative(offer, 1, NULL, NULL, NULL, NULL), -EINVAL);
	assert_ptr_equal(tenon_offer_ref(offer), offer);
	tenon_offer_unref(offer);
	tenon_offer_unref(offer);
	tenon_offer_unref(NULL);
}

TEST(offers_that_make_no_sense_are_refused)
{
	static const struct test_limits rows[] = {
		{.values = {ALL(PITCH_MULTIPLE, 4), ALL(PITCH_REMAINDER, 4)}},
		{.values = {ALL(PITCH_REMAINDER, 1)}},
		{.values = {ALL(PITCH_MULTIPLE_PIXELS, 4), ALL(PITCH_REMAINDER_PIXELS, 5)}},
		{.values = {ALL(WIDTH_MIN, 5), ALL(WIDTH_MAX, 4)}},
		{.values = {ALL(HEIGHT_MIN, 5), ALL(HEIGHT_MAX, 4)}},
		{.values = {ALL(ADDRESS_MIN, 5), ALL(ADDRESS_MAX, 4)}},
		{.values = {ALL(ADDRESS_MIN, 1), ALL(ADDRESS_MAX, 4095), ALL(BASE_ALIGN, 4096)}},
		{.values = {ALL(PITCH_MULTIPLE, 64), ALL(PITCH_MAX, 63)}},
		{.values = {ALL(PITCH_MULTIPLE, 64), AT(2, PITCH_EXACT, 96)}},
		{.values = {ALL(PITCH_EXACT, 64), ALL(PITCH_MAX, 63)}},
	};
	struct tenon_format_modifier pair = {FORMAT_XR24, 0};
	struct tenon_offer *offer = NULL;

	assert_int_equal(tenon_offer_create(&offer, "x"), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_limits *limits = make_limits(&rows[i]);

		assert_int_equal(tenon_offer_add(offer, 1, &pair, 1, limits), -EINVAL);
		tenon_limits_destroy(limits);
	}
	assert_int_equal(tenon_offer_add(offer, 0, &pair, 1, NULL), -EINVAL);
	assert_int_equal(tenon_offer_add(offer, 0x80, &pair, 1, NULL), -EINVAL);
	assert_int_equal(tenon_offer_add(offer, 1, &pair, 0, NULL), -EINVAL);
	assert_int_equal(tenon_offer_add(offer, 1, NULL, 1, NULL), -EINVAL);
	assert_int_equal(tenon_offer_get_alternatives_len(offer), 0);
	tenon_offer_unref(offer);
}

static void expect_paddings(
	const struct tenon_limits *limits, uint32_t plane, size_t len, const uint32_t *expected)
{
	uint32_t out[TENON_PADDINGS_MAX];

	assert_int_equal(
		tenon_limits_get_paddings(limits, TENON_PROP_WIDTH_ALIGN, plane, out), len);
	assert_memory_equal(out, expected, len * sizeof(*out));
}

TEST(paddings_hold_side_by_side)
{
	const enum tenon_property width = TENON_PROP_WIDTH_ALIGN;
	const uint32_t all = TENON_PLANE_ALL;
	struct tenon_limits *limits = NULL;
	uint32_t out[TENON_PADDINGS_MAX];
	uint64_t value = 0;

	assert_int_equal(tenon_limits_create(&limits), 0);
	expect_paddings(limits, all, 0, (uint32_t[]){0});
	assert_int_equal(tenon_limits_add_padding(limits, width, all, 4), 0);
	assert_int_equal(tenon_limits_add_padding(limits, width, all, 3), 0);
	assert_int_equal(tenon_limits_add_padding(limits, width, all, 2), 0);
	expect_paddings(limits, all, 2, (uint32_t[]){4, 3});
	assert_int_equal(tenon_limits_get(limits, width, all, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(tenon_limits_add_padding(limits, width, 1, 9), 0);
	expect_paddings(limits, 1, 2, (uint32_t[]){9, 4});
	expect_paddings(limits, 0, 2, (uint32_t[]){4, 3});
	expect_paddings(limits, all, 0, (uint32_t[]){0});
	assert_int_equal(tenon_limits_get(limits, width, all, &value), -ERANGE);
	assert_int_equal(tenon_limits_add_padding(limits, width, all, 5), 0);
	assert_int_equal(tenon_limits_add_padding(limits, width, 1, 7), 0);
	assert_int_equal(tenon_limits_add_padding(limits, width, all, 11), -ENOSPC);
	expect_paddings(limits, 0, 3, (uint32_t[]){5, 4, 3});
	expect_paddings(limits, 1, 4, (uint32_t[]){9, 7, 5, 4});
	assert_int_equal(tenon_limits_add_padding(limits, width, all, 1260), 0);
	expect_paddings(limits, all, 1, (uint32_t[]){1260});
	assert_int_equal(tenon_limits_set(limits, width, all, 65535), 0);
	expect_paddings(limits, 2, 1, (uint32_t[]){65535});
	assert_int_equal(tenon_limits_set(limits, width, all, 65536), -ERANGE);
	assert_int_equal(tenon_limits_add_padding(limits, width, all, 65536), -ERANGE);
	assert_int_equal(tenon_limits_add_padding(limits, width, all, 0), -ERANGE);
	assert_int_equal(tenon_limits_add_padding(limits, width, 4, 8), -EINVAL);
	assert_int_equal(
		tenon_limits_add_padding(limits, TENON_PROP_OFFSET_ALIGN, all, 8), -EINVAL);
	assert_int_equal(tenon_limits_get_paddings(limits, TENON_PROP_OFFSET_ALIGN, all, out), 0);
	tenon_limits_destroy(limits);
}
