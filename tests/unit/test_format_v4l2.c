/* SPDX-License-Identifier: MIT */
/*
 * V4L2's formats and DRM's are the same bytes in memory. What each header says of its own, in
 * comments, is held against the other's: V4L2 writes formats of 8 bits per component in the order
 * of memory and all others as a word, DRM always writes the little-endian word.
 */
#include <ctype.h>
#include <drm_fourcc.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>

#include <tenon/format.h>

#include "fourcc_words.h"
#include "harness.h"

/* What drm_fourcc.h says of a format: "A:R:G:B 8:8:8:8" as "A8R8G8B8", highest bits first. */
static bool read_drm(const char *name, char out[64])
{
	struct fourcc_part parts[8];
	size_t len = fourcc_read_parts(DRM_HEADER, name, parts);
	int at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < len; i++) {
		const char *part = strcmp(parts[i].name, "Cb") == 0   ? "U"
				   : strcmp(parts[i].name, "Cr") == 0 ? "V"
								      : parts[i].name;

		at += snprintf(out + at, 64 - (size_t)at, "%s%u", part, parts[i].bits);
	}
	return len > 0;
}

/* "ARGB-1-5-5-5" as "A1R5G5B5"; or turned round, lowest first. */
static bool read_dashed(const char *comment, bool turn, char out[64])
{
	char letters[8];
	unsigned bits[4] = {0};
	int len = 0;

	if (sscanf(comment, "%7[A-Z]-%u-%u-%u-%u", letters, &bits[0], &bits[1], &bits[2],
		    &bits[3]) < 4) {
		return false;
	}
	out[0] = '\0';
	for (size_t i = 0; i < strlen(letters) && i < 4; i++) {
		size_t from = turn ? strlen(letters) - 1 - i : i;

		if (bits[from] == 0) {
			return false;
		}
		len += snprintf(out + len, 64 - (size_t)len, "%c%u", letters[from], bits[from]);
	}
	return true;
}

/* "aaaarrrr ggggbbbb" as "A4R4G4B4". */
static bool read_letters(const char *comment, char out[64])
{
	int len = 0;

	out[0] = '\0';
	for (const char *p = comment; strchr("argbx ", *p) != NULL;) {
		unsigned run = 0;

		if (*p == ' ') {
			p++;
			continue;
		}
		while (p[run] == *p) {
			run++;
		}
		len += snprintf(out + len, 64 - (size_t)len, "%c%u", toupper(*p), run);
		p += run;
	}
	return len >= 8;
}

static bool read_v4l2(const char *line, char out[64])
{
	const char *comment = strstr(line, "/*");
	unsigned depth;
	int used = 0;

	if (comment == NULL || sscanf(comment, "/* %u %n", &depth, &used) != 1) {
		return false;
	}
	comment += used;
	return read_dashed(comment, strstr(comment, "-8-8-8") != NULL, out) ||
	       read_letters(comment, out);
}

/* Every RGB format of videodev2.h that says how its bits lie. */
TEST(rgb_is_what_both_headers_say)
{
	FILE *file = fopen(VIDEODEV2_H, "re");
	char line[512], name[64], cc[4], ours[64], theirs[64];
	unsigned seen = 0;

	if (file == NULL) {
		TEST_SKIP("no " VIDEODEV2_H);
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		struct tenon_format_modifier pair;
		bool per_plane = true;
		uint32_t code;

		if (sscanf(line, "#define V4L2_PIX_FMT_%63s v4l2_fourcc('%c', '%c', '%c', '%c')",
			    name, &cc[0], &cc[1], &cc[2], &cc[3]) != 5 ||
			strstr(line, "YUV") != NULL || strstr(line, " BE ") != NULL ||
			!read_v4l2(line, theirs)) {
			continue;
		}
		code = v4l2_fourcc(cc[0], cc[1], cc[2], cc[3]);
		if (strcmp(name, "RGB32") == 0 || strcmp(name, "BGR32") == 0) {
			continue; /* these do not say where the fourth byte is */
		}
		if (tenon_format_from_v4l2(&pair, &per_plane, code) < 0) {
			assert_string_equal(name, "BGR666"); /* 18 bits: DRM has no such */
			continue;
		}
		assert_false(per_plane);
		assert_int_equal(pair.modifier, DRM_FORMAT_MOD_LINEAR);
		if (!read_drm(tenon_format_get_name(tenon_format_get(pair.format)), ours)) {
			fail_msg("%s: drm_fourcc.h does not say how its bits lie", name);
		}
		if (strcmp(name, "RGB555") == 0) {
			strcpy(theirs, "X1R5G5B5"); /* "RGB-5-5-5" is in 16 bits */
		}
		if (strcmp(ours, theirs) != 0) {
			fail_msg("%s is %s, the table has it as %s", name, theirs, ours);
		}
		seen++;
	}
	fclose(file);
	assert_in_range(seen, 30, 40);
	print_message("# %u formats\n", seen);
}

/* Luma and chroma in one plane, bytes or words in memory order as the kernel's documents have it.
 */
TEST(packed_yuv_is_the_same_memory)
{
	static const struct {
		uint32_t v4l2;
		const char *memory; /* lowest first, as DRM writes components */
	} formats[] = {
		{V4L2_PIX_FMT_YUYV, "Y0 Cb0 Y1 Cr0"},
		{V4L2_PIX_FMT_YVYU, "Y0 Cr0 Y1 Cb0"},
		{V4L2_PIX_FMT_UYVY, "Cb0 Y0 Cr0 Y1"},
		{V4L2_PIX_FMT_VYUY, "Cr0 Y0 Cb0 Y1"},
		{V4L2_PIX_FMT_YUV24, "Y Cb Cr"},
		{v4l2_fourcc('V', 'U', 'Y', 'A'), "Cr Cb Y A"},
		{v4l2_fourcc('V', 'U', 'Y', 'X'), "Cr Cb Y X"},
		{v4l2_fourcc('Y', 'U', 'V', 'A'), "Y Cb Cr A"},
		{v4l2_fourcc('Y', 'U', 'V', 'X'), "Y Cb Cr X"},
	};
	struct tenon_format_modifier pair;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct fourcc_part parts[8];
		char turned[64] = "";
		size_t len;

		assert_int_equal(tenon_format_from_v4l2(&pair, NULL, formats[i].v4l2), 0);
		len = fourcc_read_parts(
			DRM_HEADER, tenon_format_get_name(tenon_format_get(pair.format)), parts);
		while (len > 0) {
			len--;
			strcat(turned, parts[len].name);
			strcat(turned, len > 0 ? " " : "");
		}
		if (strcmp(turned, formats[i].memory) != 0) {
			fail_msg("format %zu is %s, not %s", i, turned, formats[i].memory);
		}
	}
	/* the same four characters, the other way round in memory */
	assert_int_equal(
		tenon_format_from_v4l2(&pair, NULL, v4l2_fourcc('A', 'Y', 'U', 'V')), -ENOENT);
	assert_int_equal(
		tenon_format_from_v4l2(&pair, NULL, v4l2_fourcc('X', 'Y', 'U', 'V')), -ENOENT);
}

/* "Y/CbCr 4:2:0" and "2x2 subsampled Cr:Cb plane": the word's high half is the later byte. */
TEST(two_planes_are_what_both_headers_say)
{
	FILE *file = fopen(VIDEODEV2_H, "re");
	char line[512], name[64], cc[4], first[3], second[3];
	unsigned seen = 0;

	if (file == NULL) {
		TEST_SKIP("no " VIDEODEV2_H);
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		struct tenon_format_modifier pair;
		unsigned depth, j, a, b, hsub, vsub;
		const char *drm;
		char define[64];
		bool per_plane;

		if (sscanf(line,
			    "#define V4L2_PIX_FMT_%63s v4l2_fourcc('%c', '%c', '%c', '%c') /* %u "
			    "Y/%2s%2s %u:%u:%u",
			    name, &cc[0], &cc[1], &cc[2], &cc[3], &depth, first, second, &j, &a,
			    &b) != 11 ||
			tenon_format_from_v4l2(
				&pair, &per_plane, v4l2_fourcc(cc[0], cc[1], cc[2], cc[3])) < 0) {
			continue;
		}
		assert_int_equal(per_plane,
			name[strlen(name) - 1] == 'M' || strncmp(name, "NV12MT", 6) == 0);
		snprintf(define, sizeof(define), "DRM_FORMAT_%s",
			tenon_format_get_name(tenon_format_get(pair.format)));
		drm = fourcc_find_define(DRM_HEADER, define);
		assert_non_null(drm);
		assert_int_equal(tenon_format_get_plane(tenon_format_get(pair.format), 1, NULL,
					 NULL, &hsub, &vsub),
			0);
		assert_int_equal(hsub, 4 / a);
		assert_int_equal(vsub, b == 0 ? 2 : 1);
		if (strstr(drm, "ubsampled C") != NULL) {
			char order[16];

			snprintf(order, sizeof(order), "%.2s:%.2s plane", second, first);
			assert_non_null(strstr(drm, order));
		}
		seen++;
	}
	fclose(file);
	assert_in_range(seen, 12, 20);
	print_message("# %u formats\n", seen);
}

TEST(others_are_named_alike)
{
	static const struct {
		uint32_t v4l2, drm;
		bool per_plane;
	} formats[] = {
		{V4L2_PIX_FMT_YUV410, DRM_FORMAT_YUV410, false},
		{V4L2_PIX_FMT_YVU410, DRM_FORMAT_YVU410, false},
		{V4L2_PIX_FMT_YUV411P, DRM_FORMAT_YUV411, false},
		{V4L2_PIX_FMT_YUV420, DRM_FORMAT_YUV420, false},
		{V4L2_PIX_FMT_YVU420, DRM_FORMAT_YVU420, false},
		{V4L2_PIX_FMT_YUV422P, DRM_FORMAT_YUV422, false},
		{V4L2_PIX_FMT_YUV420M, DRM_FORMAT_YUV420, true},
		{V4L2_PIX_FMT_YVU420M, DRM_FORMAT_YVU420, true},
		{V4L2_PIX_FMT_YUV422M, DRM_FORMAT_YUV422, true},
		{V4L2_PIX_FMT_YVU422M, DRM_FORMAT_YVU422, true},
		{V4L2_PIX_FMT_YUV444M, DRM_FORMAT_YUV444, true},
		{V4L2_PIX_FMT_YVU444M, DRM_FORMAT_YVU444, true},
		{V4L2_PIX_FMT_GREY, DRM_FORMAT_R8, false},
		{V4L2_PIX_FMT_Y10, DRM_FORMAT_R10, false},
		{V4L2_PIX_FMT_Y12, DRM_FORMAT_R12, false},
		{V4L2_PIX_FMT_Y16, DRM_FORMAT_R16, false},
		{V4L2_PIX_FMT_PAL8, DRM_FORMAT_C8, false},
		{v4l2_fourcc('Y', '2', '1', '0'), DRM_FORMAT_Y210, false},
		{v4l2_fourcc('Y', '2', '1', '2'), DRM_FORMAT_Y212, false},
		{v4l2_fourcc('Y', '2', '1', '6'), DRM_FORMAT_Y216, false},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tenon_format_modifier pair;
		bool per_plane;

		assert_int_equal(tenon_format_from_v4l2(&pair, &per_plane, formats[i].v4l2), 0);
		assert_int_equal(pair.format, formats[i].drm);
		assert_int_equal(pair.modifier, DRM_FORMAT_MOD_LINEAR);
		assert_int_equal(per_plane, formats[i].per_plane);
	}
}

TEST(modifiers_are_those_of_the_header)
{
	static const struct {
		uint32_t v4l2;
		uint64_t modifier;
		bool per_plane;
	} formats[] = {
		{v4l2_fourcc('S', 'T', '1', '2'), DRM_FORMAT_MOD_ALLWINNER_TILED, false},
		{v4l2_fourcc('Q', '0', '8', 'C'), DRM_FORMAT_MOD_QCOM_COMPRESSED, false},
		{V4L2_PIX_FMT_NV12MT, DRM_FORMAT_MOD_SAMSUNG_64_32_TILE, true},
		{V4L2_PIX_FMT_NV12MT_16X16, DRM_FORMAT_MOD_SAMSUNG_16_16_TILE, true},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tenon_format_modifier pair;
		bool per_plane;

		assert_int_equal(tenon_format_from_v4l2(&pair, &per_plane, formats[i].v4l2), 0);
		assert_int_equal(pair.format, DRM_FORMAT_NV12);
		assert_int_equal(pair.modifier, formats[i].modifier);
		assert_int_equal(per_plane, formats[i].per_plane);
		assert_int_equal(tenon_format_get_v4l2(
					 tenon_format_get(pair.format), pair.modifier, per_plane),
			formats[i].v4l2);
	}
}

TEST(there_and_back)
{
	const struct tenon_format *format;
	unsigned found = 0;

	for (size_t i = 0; (format = tenon_format_list(i)) != NULL; i++) {
		for (int per_plane = 0; per_plane < 2; per_plane++) {
			uint32_t v4l2 = tenon_format_get_v4l2(format, 0, per_plane != 0);
			struct tenon_format_modifier pair;
			bool apart;

			if (v4l2 == 0) {
				continue;
			}
			found++;
			assert_int_equal(tenon_format_from_v4l2(&pair, &apart, v4l2), 0);
			assert_int_equal(pair.format, tenon_format_get_fourcc(format));
			assert_int_equal(
				apart, per_plane && tenon_format_get_planes_len(format) > 1);
		}
	}
	assert_in_range(found, 100, 200);
	/* not the old name */
	assert_int_equal(tenon_format_get_v4l2(tenon_format_get(DRM_FORMAT_XRGB8888), 0, false),
		V4L2_PIX_FMT_XBGR32);
	assert_int_equal(
		tenon_format_get_v4l2(tenon_format_get(DRM_FORMAT_XRGB16161616), 0, false), 0);
	assert_int_equal(tenon_format_get_v4l2(tenon_format_get(DRM_FORMAT_NV12), 1, false), 0);
}
