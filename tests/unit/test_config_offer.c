/* SPDX-License-Identifier: MIT */
#include <drm_fourcc.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <tenon/config.h>
#include <tenon/format.h>

#include "config/limits_value.h"

#include "harness.h"
#include "oom.h"

static const char *const vc4_text = "[device vc4]\n"
				    "coherent = no\n"
				    "dev = 226:1\n"
				    "\n"
				    "[alternative]\n"
				    "roles = render scanout\n"
				    "formats = XRGB8888 NV12\n"
				    "modifiers = LINEAR 0x700000000000001\n"
				    "pitch-multiple = 64\n"
				    "pitch-multiple.source = vc4_drv.c:300\n"
				    "pitch-max = unknown\n"
				    "height-align[0] = 32\n"
				    "height-align[1] = 16\n"
				    "segments-max = 1\n"
				    "address-max = 0x3fffffff\n"
				    "cache = uncached\n"
				    "own-fd = yes\n"
				    "heap = cma linux,cma\n"
				    "\n"
				    "[alternative]\n"
				    "roles = any\n"
				    "pairs = any:LINEAR NV12:INVALID\n"
				    "source = one place for all of them\n"
				    "width-min = 120\n"
				    "width-max = 4096\n";

static struct tenon_offer *parse(const char *text)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_offer *offer = NULL;

	if (tenon_offer_from_text(&offer, text, strlen(text), NULL, &error) != 0) {
		fail_msg("%s", error.text);
	}
	return offer;
}

static uint64_t get(const struct tenon_limits *limits, enum tenon_property property, uint32_t plane)
{
	uint64_t value = 0;

	assert_int_equal(tenon_limits_get(limits, property, plane, &value), 0);
	return value;
}

TEST(offer_text_is_read)
{
	struct tenon_offer *offer = parse(vc4_text);
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	uint64_t value;
	size_t pairs_len;
	uint32_t roles;

	assert_string_equal(tenon_offer_get_device(offer), "vc4");
	assert_int_equal(tenon_offer_get_coherent(offer), TENON_NO);
	assert_int_equal(tenon_offer_get_dev(offer), makedev(226, 1));
	assert_int_equal(tenon_offer_get_alternatives_len(offer), 2);

	assert_int_equal(
		tenon_offer_get_alternative(offer, 0, &roles, &pairs, &pairs_len, &limits), 0);
	assert_int_equal(roles, TENON_ROLE_RENDER | TENON_ROLE_SCANOUT);
	assert_int_equal(pairs_len, 4);
	assert_int_equal(pairs[1].format, DRM_FORMAT_XRGB8888);
	assert_int_equal(pairs[1].modifier, 0x700000000000001);
	assert_int_equal(pairs[2].format, DRM_FORMAT_NV12);
	assert_int_equal(pairs[2].modifier, DRM_FORMAT_MOD_LINEAR);
	assert_int_equal(get(limits, TENON_PROP_PITCH_MULTIPLE, 3), 64);
	assert_string_equal(
		tenon_limits_get_source(limits, TENON_PROP_PITCH_MULTIPLE), "vc4_drv.c:300");
	assert_int_equal(tenon_limits_get(limits, TENON_PROP_PITCH_MAX, 0, &value), -ENODATA);
	assert_int_equal(get(limits, TENON_PROP_HEIGHT_ALIGN, 0), 32);
	assert_int_equal(get(limits, TENON_PROP_HEIGHT_ALIGN, 1), 16);
	assert_int_equal(tenon_limits_get(limits, TENON_PROP_HEIGHT_ALIGN, 2, &value), -ENOENT);
	assert_int_equal(get(limits, TENON_PROP_ADDRESS_MAX, TENON_PLANE_ALL), 0x3fffffff);
	assert_int_equal(get(limits, TENON_PROP_CACHE, TENON_PLANE_ALL), TENON_CACHE_UNCACHED);
	assert_int_equal(get(limits, TENON_PROP_OWN_FD, TENON_PLANE_ALL), 1);
	assert_string_equal(tenon_limits_get_heaps(limits, TENON_PROP_HEAP)[1], "linux,cma");

	assert_int_equal(
		tenon_offer_get_alternative(offer, 1, &roles, &pairs, &pairs_len, &limits), 0);
	assert_int_equal(roles, TENON_ROLE_ANY);
	assert_int_equal(pairs_len, 2);
	assert_int_equal(pairs[0].format, TENON_FORMAT_ANY);
	assert_int_equal(pairs[1].modifier, DRM_FORMAT_MOD_INVALID);
	assert_string_equal(
		tenon_limits_get_source(limits, TENON_PROP_WIDTH_MAX), "one place for all of them");
	tenon_offer_unref(offer);
}

TEST(offer_text_is_written_as_it_was_read)
{
	struct tenon_offer *offer = parse(vc4_text);
	char *text = NULL;

	assert_int_equal(tenon_offer_to_text(&text, offer), 0);
	assert_string_equal(text, vc4_text);
	free(text);
	tenon_offer_unref(offer);
}

TEST(offer_text_may_be_spelt_freely)
{
	struct tenon_offer *offer = parse("\xef\xbb\xbf; a comment\r\n"
					  "  [device  a b ]   \r\n"
					  "\t[alternative]\r\n"
					  "   roles=scanout ; inline\r\n"
					  "roles: cursor\n"
					  "# another\n"
					  "formats = XR24\n"
					  "formats = 0x34325258 any\n"
					  "pitch-multiple=0x10K\n"
					  "address-max = 4G");
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	size_t pairs_len;
	uint32_t roles;

	assert_int_equal(
		tenon_offer_get_alternative(offer, 0, &roles, &pairs, &pairs_len, &limits), 0);
	assert_int_equal(roles, TENON_ROLE_SCANOUT | TENON_ROLE_CURSOR);
	assert_int_equal(pairs_len, 3);
	assert_int_equal(pairs[0].format, DRM_FORMAT_XRGB8888);
	assert_int_equal(pairs[1].format, DRM_FORMAT_XRGB8888);
	assert_int_equal(get(limits, TENON_PROP_PITCH_MULTIPLE, 0), 16384);
	assert_int_equal(get(limits, TENON_PROP_ADDRESS_MAX, TENON_PLANE_ALL), UINT64_C(4) << 30);
	tenon_offer_unref(offer);
}

TEST(offer_text_groups_of_formats)
{
	struct tenon_offer *rgb = parse("[device a]\n[alternative]\nroles=any\nformats=rgb\n");
	struct tenon_offer *both =
		parse("[device a]\n[alternative]\nroles=any\nformats=rgb yuv !NV12 !XRGB8888\n");
	const struct tenon_format_modifier *pairs;
	size_t rgb_len, both_len, all = 0;

	while (tenon_format_list(all) != NULL) {
		all++;
	}
	tenon_offer_get_alternative(rgb, 0, NULL, &pairs, &rgb_len, NULL);
	assert_in_range(rgb_len, 1, all - 1);
	for (size_t i = 0; i < rgb_len; i++) {
		assert_false(tenon_format_is_yuv(tenon_format_get(pairs[i].format)));
	}
	tenon_offer_get_alternative(both, 0, NULL, &pairs, &both_len, NULL);
	assert_int_equal(both_len, all - 2);
	for (size_t i = 0; i < both_len; i++) {
		assert_int_not_equal(pairs[i].format, DRM_FORMAT_NV12);
		assert_int_not_equal(pairs[i].format, DRM_FORMAT_XRGB8888);
	}
	tenon_offer_unref(rgb);
	tenon_offer_unref(both);
}

/* --- random offers --- */

static uint64_t seed = 88172645463325252u;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* Words, blanks and bytes that need care. */
static void draw_text(char *out, size_t len)
{
	static const char bytes[] = "ab c;;#\\\t\n=:[] \x01\x7f\xc3\xa9  z";

	for (size_t i = 0; i < len; i++) {
		out[i] = bytes[draw(sizeof(bytes) - 1)];
	}
	out[len] = '\0';
}

static void draw_limit(struct tenon_limits *limits, enum tenon_property property)
{
	uint32_t plane = tenon_property_is_per_plane(property) && draw(2) == 0 ? (uint32_t)draw(4)
									       : TENON_PLANE_ALL;
	uint64_t value = draw(3) == 0 ? seed : draw(4096);
	char source[512];

	if (limits_value_is_names(property)) {
		for (uint64_t i = draw(4); i > 0; i--) {
			snprintf(source, sizeof(source), "heap;%u", (unsigned)draw(40));
			if (property == TENON_PROP_HEAP) {
				tenon_limits_allow_heap(limits, source);
			} else {
				tenon_limits_prefer_heap(limits, source);
			}
		}
	} else if (draw(5) == 0) {
		assert_int_equal(tenon_limits_set_unknown(limits, property, plane), 0);
	} else if (tenon_limits_set(limits, property, plane, value) == -ERANGE) {
		tenon_limits_set(limits, property, plane, UINT64_C(1) << draw(2));
	}
	if (limits_value_is_padding(property)) {
		tenon_limits_add_padding(limits, property, plane, 1 + draw(100));
	}
	if (draw(2) == 0) {
		draw_text(source, draw(300));
		assert_int_equal(tenon_limits_set_source(limits, property, source), 0);
	}
}

static struct tenon_limits *draw_limits(void)
{
	struct tenon_limits *limits = NULL;

	assert_int_equal(tenon_limits_create(&limits), 0);
	for (unsigned i = 0; i < 128; i++) {
		for (uint64_t n = limits_value_exists(i) ? draw(4) : 0; n > 1; n--) {
			draw_limit(limits, i);
		}
	}
	return limits;
}

static struct tenon_offer *draw_offer(void)
{
	static const uint32_t formats[] = {TENON_FORMAT_ANY, DRM_FORMAT_XRGB8888, DRM_FORMAT_NV12,
		DRM_FORMAT_R8, 0x20202020, 0xffffffff};
	static const uint64_t modifiers[] = {
		DRM_FORMAT_MOD_LINEAR, DRM_FORMAT_MOD_INVALID, 1, UINT64_MAX};
	struct tenon_format_modifier pairs[40] = {{0}};
	struct tenon_offer *offer = NULL;

	assert_int_equal(tenon_offer_create(&offer, "a device: #1"), 0);
	tenon_offer_set_coherent(offer, (enum tenon_answer)draw(3));
	tenon_offer_set_dev(offer, draw(2) == 0 ? makedev(226, draw(200)) : 0);
	for (uint64_t n = draw(12); n > 0; n--) {
		size_t len = 1 + draw(40), combined = 1 + draw(4);
		struct tenon_limits *limits = draw_limits();
		bool grid = draw(2) == 0;

		for (size_t i = 0; i < len; i++) {
			pairs[i].format = formats[grid ? i / combined % 6 : draw(6)];
			pairs[i].modifier = modifiers[grid ? i % combined : draw(4)];
		}
		/* Limits that contradict themselves are refused; this is not about those. */
		tenon_offer_add(offer, 1 + (uint32_t)draw(TENON_ROLE_ANY), pairs, len, limits);
		tenon_limits_destroy(limits);
	}
	return offer;
}

static void assert_same_source(
	const struct tenon_limits *a, const struct tenon_limits *b, enum tenon_property property)
{
	const char *source = tenon_limits_get_source(a, property);
	const char *other = tenon_limits_get_source(b, property);

	if (source == NULL) {
		assert_null(other);
	} else {
		assert_non_null(other);
		assert_string_equal(source, other);
	}
}

static void assert_same_names(
	const struct tenon_limits *a, const struct tenon_limits *b, enum tenon_property property)
{
	const char *const *names = tenon_limits_get_heaps(a, property);
	const char *const *others = tenon_limits_get_heaps(b, property);
	size_t i = 0;

	if (names == NULL || others == NULL) {
		assert_ptr_equal(names, others);
		return;
	}
	for (; names[i] != NULL && others[i] != NULL; i++) {
		assert_string_equal(names[i], others[i]);
	}
	assert_ptr_equal(names[i], others[i]);
}

static void assert_same_paddings(const struct tenon_limits *a, const struct tenon_limits *b,
	enum tenon_property property, uint32_t plane)
{
	uint32_t list[TENON_PADDINGS_MAX], other[TENON_PADDINGS_MAX];
	size_t len = tenon_limits_get_paddings(a, property, plane, list);

	assert_int_equal(tenon_limits_get_paddings(b, property, plane, other), len);
	assert_memory_equal(list, other, len * sizeof(*list));
}

static void assert_same_limits(const struct tenon_limits *a, const struct tenon_limits *b)
{
	for (unsigned p = 0; p < 128; p++) {
		if (!limits_value_exists(p)) {
			continue;
		}
		assert_same_source(a, b, p);
		if (limits_value_is_names(p)) {
			assert_same_names(a, b, p);
			continue;
		}
		for (uint32_t i = 0; i < TENON_MAX_PLANES; i++) {
			uint32_t plane = tenon_property_is_per_plane(p) ? i : TENON_PLANE_ALL;
			uint64_t value = 0, other = 0;

			assert_int_equal(tenon_limits_get(a, p, plane, &value),
				tenon_limits_get(b, p, plane, &other));
			assert_int_equal(value, other);
			assert_same_paddings(a, b, p, plane);
		}
	}
}

static void assert_same_offer(const struct tenon_offer *a, const struct tenon_offer *b)
{
	assert_string_equal(tenon_offer_get_device(a), tenon_offer_get_device(b));
	assert_int_equal(tenon_offer_get_coherent(a), tenon_offer_get_coherent(b));
	assert_int_equal(tenon_offer_get_dev(a), tenon_offer_get_dev(b));
	assert_int_equal(tenon_offer_get_alternatives_len(a), tenon_offer_get_alternatives_len(b));
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(a); i++) {
		const struct tenon_format_modifier *pairs, *others;
		const struct tenon_limits *limits, *other_limits;
		size_t len, others_len;
		uint32_t roles, other_roles;

		tenon_offer_get_alternative(a, i, &roles, &pairs, &len, &limits);
		tenon_offer_get_alternative(
			b, i, &other_roles, &others, &others_len, &other_limits);
		assert_int_equal(roles, other_roles);
		assert_int_equal(len, others_len);
		for (size_t j = 0; j < len; j++) {
			assert_int_equal(pairs[j].format, others[j].format);
			assert_int_equal(pairs[j].modifier, others[j].modifier);
		}
		assert_same_limits(limits, other_limits);
	}
}

TEST_TIMEOUT(offer_text_round_trip_of_random_offers, 120)
{
	size_t alternatives = 0, longest = 0;

	for (int i = 0; i < 2000; i++) {
		struct tenon_offer *offer = draw_offer(), *again;
		char *text = NULL, *text_again = NULL;

		assert_int_equal(tenon_offer_to_text(&text, offer), 0);
		again = parse(text);
		assert_same_offer(offer, again);
		assert_int_equal(tenon_offer_to_text(&text_again, again), 0);
		assert_string_equal(text, text_again);
		alternatives += tenon_offer_get_alternatives_len(offer);
		longest = strlen(text) > longest ? strlen(text) : longest;
		free(text);
		free(text_again);
		tenon_offer_unref(offer);
		tenon_offer_unref(again);
	}
	/* The draws must have been worth something. */
	assert_in_range(alternatives, 1000, SIZE_MAX);
	assert_in_range(longest, 2000, SIZE_MAX);
}

TEST(limits_text_round_trip_of_random_limits)
{
	for (int i = 0; i < 500; i++) {
		struct tenon_limits *limits = draw_limits(), *again = NULL;
		char *text = NULL;

		assert_int_equal(tenon_limits_to_text(&text, limits), 0);
		assert_int_equal(tenon_limits_from_text(&again, text, strlen(text), NULL, NULL), 0);
		assert_same_limits(limits, again);
		free(text);
		tenon_limits_destroy(limits);
		tenon_limits_destroy(again);
	}
}

TEST(offer_text_names_that_cannot_be_written)
{
	static const char *const names[] = {"a]b", "a;b", " a", "a ", "a\nb", "a\xc3\xa9",
		"12345678901234567890123456789012345678901"};
	char *text = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct tenon_offer *offer = NULL;

		assert_int_equal(tenon_offer_create(&offer, names[i]), 0);
		assert_int_equal(tenon_offer_to_text(&text, offer), -EINVAL);
		assert_null(text);
		tenon_offer_unref(offer);
	}
}

TEST(limits_text_heap_that_cannot_be_written)
{
	struct tenon_limits *limits = NULL;
	char *text = NULL;

	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_int_equal(tenon_limits_allow_heap(limits, "two words"), 0);
	assert_int_equal(tenon_limits_to_text(&text, limits), -EINVAL);
	tenon_limits_destroy(limits);
}

TEST(limits_print_value)
{
	struct tenon_limits *limits = NULL;
	char text[32];

	assert_int_equal(tenon_limits_create(&limits), 0);
	tenon_limits_set(limits, TENON_PROP_CACHE, TENON_PLANE_ALL,
		TENON_CACHE_CACHED | TENON_CACHE_UNCACHED);
	tenon_limits_set_unknown(limits, TENON_PROP_PITCH_MAX, TENON_PLANE_ALL);
	assert_int_equal(tenon_limits_print_value(
				 text, sizeof(text), limits, TENON_PROP_CACHE, TENON_PLANE_ALL),
		0);
	assert_string_equal(text, "cached uncached");
	assert_int_equal(
		tenon_limits_print_value(text, sizeof(text), limits, TENON_PROP_PITCH_MAX, 1), 0);
	assert_string_equal(text, "unknown");
	assert_int_equal(tenon_limits_print_value(text, sizeof(text), limits, TENON_PROP_SIZE_ALIGN,
				 TENON_PLANE_ALL),
		-ENOENT);
	assert_string_equal(text, "");
	assert_int_equal(
		tenon_limits_print_value(text, 4, limits, TENON_PROP_CACHE, TENON_PLANE_ALL), 0);
	assert_string_equal(text, "cac");
	assert_int_equal(tenon_limits_print_value(
				 text, sizeof(text), limits, TENON_PROP_HEAP, TENON_PLANE_ALL),
		-EINVAL);
	tenon_limits_destroy(limits);
}

TEST(roles_have_names)
{
	uint32_t roles;

	for (uint32_t bit = 1; bit <= TENON_ROLE_ANY; bit <<= 1) {
		const char *name = tenon_role_get_name((enum tenon_role)bit);

		assert_non_null(name);
		assert_int_equal(tenon_role_from_name(&roles, name), 0);
		assert_int_equal(roles, bit);
	}
	assert_null(tenon_role_get_name((enum tenon_role)3));
	assert_int_equal(tenon_role_from_name(&roles, "any"), 0);
	assert_int_equal(roles, TENON_ROLE_ANY);
	assert_int_equal(tenon_role_from_name(&roles, "Scanout"), -ENOENT);
}

static int round_trip(void *data)
{
	struct tenon_offer *offer = NULL;
	char *text = NULL;
	int ret = tenon_offer_from_text(&offer, vc4_text, strlen(vc4_text), NULL, NULL);

	if (ret == 0) {
		ret = tenon_offer_to_text(&text, offer);
	}
	free(text);
	tenon_offer_unref(offer);
	return ret;
}

TEST(offer_text_out_of_memory)
{
	oom_run(round_trip, NULL);
}

TEST(the_manual_page_has_every_limit)
{
	static char page[1 << 16];
	FILE *stream = fopen(TEST_SOURCE_ROOT "/doc/man/tenon-devices.5.scd", "re");
	char name[80];

	assert_non_null(stream);
	page[fread(page, 1, sizeof(page) - 1, stream)] = '\0';
	fclose(stream);
	for (unsigned p = 0; p < 128; p++) {
		if (!limits_value_exists(p)) {
			continue;
		}
		snprintf(name, sizeof(name), "*%s*", tenon_property_get_name(p));
		if (strstr(page, name) == NULL) {
			fail_msg("%s is not there", name);
		}
	}
}
