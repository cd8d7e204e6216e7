/* SPDX-License-Identifier: MIT */
/* The blob of IN_FORMATS: good ones, and every way in which one can be bad. */
#include <drm_fourcc.h>
#include <drm_mode.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device/in_formats.h"
#include "harness.h"
#include "oom.h"
#include "random.h"

enum {
	FORMATS = 3,
	MODIFIERS = 2,
};

/* As the kernel lays it out. */
struct blob {
	struct drm_format_modifier_blob header;
	uint32_t formats[FORMATS + 1]; /* the last is padding */
	struct drm_format_modifier modifiers[MODIFIERS];
};

static struct blob make_blob(void)
{
	return (struct blob){
		.header = {.version = FORMAT_BLOB_CURRENT,
			.count_formats = FORMATS,
			.formats_offset = offsetof(struct blob, formats),
			.count_modifiers = MODIFIERS,
			.modifiers_offset = offsetof(struct blob, modifiers)},
		.formats = {DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888, DRM_FORMAT_NV12},
		.modifiers = {{.formats = 0x7, .offset = 0, .modifier = DRM_FORMAT_MOD_LINEAR},
			{.formats = 0x2, .offset = 1, .modifier = I915_FORMAT_MOD_X_TILED}},
	};
}

static int parse(const struct blob *blob, struct tenon_format_modifier **out, size_t *len)
{
	return in_formats_parse(out, len, blob, sizeof(*blob));
}

TEST(pairs_are_read_in_order)
{
	static const struct tenon_format_modifier wanted[] = {
		{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR},
		{DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR},
		{DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR},
		{DRM_FORMAT_NV12, I915_FORMAT_MOD_X_TILED},
	};
	struct tenon_format_modifier *pairs = NULL;
	struct blob blob = make_blob();
	size_t len = 0;

	assert_int_equal(parse(&blob, &pairs, &len), 0);
	assert_int_equal(len, 4);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(pairs[i].format, wanted[i].format);
		assert_true(pairs[i].modifier == wanted[i].modifier);
	}
	free(pairs);
}

TEST(pairs_that_repeat_or_mean_nothing_are_left_out)
{
	struct tenon_format_modifier *pairs = NULL;
	struct blob blob = make_blob();
	size_t len = 0;

	blob.formats[1] = blob.formats[0];
	blob.formats[2] = 0;
	blob.modifiers[1].modifier = DRM_FORMAT_MOD_INVALID;
	assert_int_equal(parse(&blob, &pairs, &len), 0);
	assert_int_equal(len, 1);
	assert_int_equal(pairs[0].format, DRM_FORMAT_XRGB8888);
	free(pairs);
	blob.header.count_modifiers = 0;
	len = 9;
	assert_int_equal(parse(&blob, &pairs, &len), 0);
	assert_int_equal(len, 0);
	free(pairs);
}

/* A blob of one modifier for so many formats, in runs of 64. */
static void *make_large(size_t formats, size_t runs, size_t *size)
{
	struct drm_format_modifier_blob header = {.version = FORMAT_BLOB_CURRENT,
		.count_formats = (uint32_t)formats,
		.formats_offset = sizeof(header),
		.count_modifiers = (uint32_t)runs};
	unsigned char *bytes;

	header.modifiers_offset = (uint32_t)(sizeof(header) + formats * 4);
	*size = header.modifiers_offset + runs * sizeof(struct drm_format_modifier);
	bytes = calloc(1, *size);
	assert_non_null(bytes);
	memcpy(bytes, &header, sizeof(header));
	for (size_t i = 0; i < formats; i++) {
		uint32_t format = DRM_FORMAT_BIG_ENDIAN - 1 - (uint32_t)i;

		memcpy(bytes + sizeof(header) + i * 4, &format, 4);
	}
	for (size_t i = 0; i < runs; i++) {
		struct drm_format_modifier modifier = {
			.formats = UINT64_MAX, .offset = (uint32_t)(i * 64 % formats)};

		modifier.modifier = i * 64 / formats;
		memcpy(bytes + header.modifiers_offset + i * sizeof(modifier), &modifier,
			sizeof(modifier));
	}
	return bytes;
}

TEST(more_than_64_formats_come_in_runs)
{
	struct tenon_format_modifier *pairs = NULL;
	size_t size, len = 0;
	void *blob = make_large(128, 4, &size);

	assert_int_equal(in_formats_parse(&pairs, &len, blob, size), 0);
	assert_int_equal(len, 256);
	assert_int_equal(pairs[64].format, pairs[0].format - 64);
	assert_int_equal(pairs[128].modifier, 1);
	free(pairs);
	free(blob);
}

TEST(too_many_are_refused)
{
	struct tenon_format_modifier *pairs = NULL;
	size_t size, len = 0;
	void *blob = make_large(IN_FORMATS_MAX + 64, 1, &size);

	assert_int_equal(in_formats_parse(&pairs, &len, blob, size), -EBADMSG);
	free(blob);
	blob = make_large(64, IN_FORMATS_PAIRS_MAX / 64 + 1, &size);
	assert_int_equal(in_formats_parse(&pairs, &len, blob, size), -EBADMSG);
	free(blob);
	assert_null(pairs);
}

TEST(malformed_blobs_are_refused)
{
	struct tenon_format_modifier *pairs = NULL;
	struct blob good = make_blob(), bad;
	size_t len = 0;

	for (size_t size = 0; size < sizeof(good); size++) {
		assert_int_equal(in_formats_parse(&pairs, &len, &good, size), -EBADMSG);
	}
	bad = good;
	bad.header.version = 2;
	assert_int_equal(parse(&bad, &pairs, &len), -ENOTSUP);
	bad = good;
	bad.header.count_formats = UINT32_MAX;
	assert_int_equal(parse(&bad, &pairs, &len), -EBADMSG);
	bad = good;
	bad.header.formats_offset = UINT32_MAX - 3;
	assert_int_equal(parse(&bad, &pairs, &len), -EBADMSG);
	bad = good;
	bad.header.formats_offset = 0; /* within the header */
	assert_int_equal(parse(&bad, &pairs, &len), -EBADMSG);
	bad = good;
	bad.header.count_modifiers = UINT32_MAX / 24 + 1;
	assert_int_equal(parse(&bad, &pairs, &len), -EBADMSG);
	bad = good;
	bad.header.modifiers_offset = sizeof(bad) - 1;
	assert_int_equal(parse(&bad, &pairs, &len), -EBADMSG);
	bad = good;
	bad.modifiers[1].formats = 0x4; /* format 3 of 3 */
	assert_int_equal(parse(&bad, &pairs, &len), -EBADMSG);
	bad = good;
	bad.modifiers[1].offset = UINT32_MAX;
	assert_int_equal(parse(&bad, &pairs, &len), -EBADMSG);
	assert_null(pairs);
}

/* Nothing but what sanitizers and the bounds of the answer tell: a pair is of a format that the
 * blob has, and each occurs once. */
static void check_pairs(const struct tenon_format_modifier *pairs, size_t len)
{
	assert_true(len <= IN_FORMATS_PAIRS_MAX);
	for (size_t i = 0; i < len; i++) {
		assert_int_not_equal(pairs[i].format, 0);
		for (size_t j = 0; j < i; j++) {
			assert_true(pairs[i].format != pairs[j].format ||
				    pairs[i].modifier != pairs[j].modifier);
		}
	}
}

TEST(mutations_do_no_harm)
{
	static const uint32_t odd[] = {0, 1, 2, 3, 24, 63, 64, 0x7fffffff, 0xfffffffc, UINT32_MAX};
	struct random random = {.state = 1};
	unsigned accepted = 0, refused = 0;

	for (unsigned round = 0; round < 20000; round++) {
		struct blob blob = make_blob();
		struct tenon_format_modifier *pairs = NULL;
		size_t size = sizeof(blob) - (round % 4 == 0 ? random_below(&random, 40) : 0);
		size_t len = 0, words = sizeof(blob) / 4;
		unsigned char *exact = malloc(size);
		int ret;

		assert_non_null(exact);
		for (uint32_t n = 1 + random_below(&random, 3); n-- != 0;) {
			uint32_t value = odd[random_below(&random, 10)];

			memcpy((char *)&blob + 4 * random_below(&random, (uint32_t)words), &value,
				4);
		}
		memcpy(exact, &blob, size); /* so that a sanitizer knows where it ends */
		ret = in_formats_parse(&pairs, &len, exact, size);
		assert_true(ret == 0 || ret == -EBADMSG || ret == -ENOTSUP);
		if (ret == 0) {
			check_pairs(pairs, len);
			accepted++;
		} else {
			assert_null(pairs);
			refused++;
		}
		free(pairs);
		free(exact);
	}
	assert_true(accepted > 1000 && refused > 1000);
}

static int parse_good(void *data)
{
	struct blob blob = make_blob();
	struct tenon_format_modifier *pairs = NULL;
	size_t len;
	int ret = parse(&blob, &pairs, &len);

	free(pairs);
	return ret;
}

TEST(out_of_memory)
{
	assert_int_equal(oom_run(parse_good, NULL), 1);
}
