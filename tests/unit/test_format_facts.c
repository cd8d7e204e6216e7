/* SPDX-License-Identifier: MIT */
/*
 * The format table against facts of others: libdrm's drm_fourcc.h, read as text, for the comments
 * say what the macros do not; libdrm's names; pixman's bits per pixel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/format.h>
#include <xf86drm.h>

#include "harness.h"

#ifdef HAVE_PIXMAN
#include <pixman.h>
#endif

/* What drm_fourcc.h says of a plane: "[39:0] Y3:Y2:Y1:Y0" is five bytes, four pixels. */
struct fact {
	unsigned bytes;
	unsigned pixels;
	bool alpha, yuv;
};

struct facts {
	char name[64];
	char cc[4];
	unsigned planes_len;
	struct fact planes[4];
	unsigned hsub, vsub; /* of the planes after the first; 0: not said */
};

/* Formats whose pixels do not lie in rows. */
static const char *const left_out[] = {
	"Y0L0", "X0L0", "Y0L2", "X0L2", "YUV420_8BIT", "YUV420_10BIT", "VUY101010"};

static bool is_left_out(const char *name)
{
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		if (strcmp(left_out[i], name) == 0) {
			return true;
		}
	}
	return false;
}

/* Reads "[63:0] Cr0:Y1:Cb0:Y0 ..." at text; returns whether it was one. */
static bool read_fact(const char *text, struct fact *fact)
{
	unsigned high;
	char parts[128];
	unsigned luma = 0, chroma = 0;
	char *save = NULL;

	memset(fact, 0, sizeof(*fact));
	if (sscanf(text, "[%u:0] %127[A-Za-z0-9:]", &high, parts) != 2) {
		return false;
	}
	fact->bytes = (high + 1) / 8;
	for (char *p = strtok_r(parts, ":", &save); p != NULL; p = strtok_r(NULL, ":", &save)) {
		luma += p[0] == 'Y';
		chroma += strncmp(p, "Cb", 2) == 0;
		fact->alpha |= strcmp(p, "A") == 0;
		fact->yuv |= p[0] == 'Y' || strncmp(p, "Cb", 2) == 0 || strncmp(p, "Cr", 2) == 0;
	}
	fact->pixels = luma > 0 ? luma : chroma > 0 ? chroma : 1;
	if (strstr(text, "eight pixels/byte") != NULL) {
		fact->pixels = 8;
	} else if (strstr(text, "four pixels/byte") != NULL) {
		fact->pixels = 4;
	} else if (strstr(text, "two pixels/byte") != NULL) {
		fact->pixels = 2;
	}
	return true;
}

/* "index 1 = Cr:Cb plane, [15:0] Cr:Cb little endian" of the comment above some defines. */
static void read_index(const char *line, struct facts *above)
{
	const char *at = strstr(line, "index ");
	const char *bits = strchr(line, '[');
	unsigned i;

	if (strncmp(line, "/*", 2) == 0) {
		memset(above, 0, sizeof(*above));
	}
	if (at != NULL && bits != NULL && sscanf(at, "index %u", &i) == 1 && i < 4) {
		struct fact fact;

		assert_true(read_fact(bits, &fact));
		/* after an "or" the same again in the other order of Cb and Cr */
		assert_true(above->planes[i].bytes == 0 || above->planes[i].bytes == fact.bytes);
		above->planes[i] = fact;
		if (above->planes_len <= i) {
			above->planes_len = i + 1;
		}
	}
	if (strstr(line, "non-subsampled") != NULL) {
		above->hsub = above->vsub = 1;
	}
}

static bool read_define(const char *line, const struct facts *above, struct facts *out)
{
	const char *comment = strstr(line, ") /*");
	const char *sub;

	*out = *above;
	if (sscanf(line, "#define DRM_FORMAT_%63[A-Z0-9a-z_] fourcc_code('%c', '%c', '%c', '%c')",
		    out->name, &out->cc[0], &out->cc[1], &out->cc[2], &out->cc[3]) != 5) {
		return false;
	}
	if (comment != NULL && read_fact(comment + 5, &out->planes[0])) {
		out->planes_len = 1;
	}
	if (comment != NULL && strstr(comment, "non-subsampled") != NULL) {
		out->hsub = out->vsub = 1;
	} else if (comment != NULL && (sub = strstr(comment, " subsampled")) != NULL) {
		out->hsub = (unsigned)(sub[-3] - '0');
		out->vsub = (unsigned)(sub[-1] - '0');
	}
	return true;
}

static void check_planes(const struct tenon_format *format, const struct facts *facts)
{
	bool alpha = false, yuv = false;

	assert_int_equal(tenon_format_get_planes_len(format), facts->planes_len);
	for (unsigned i = 0; i < facts->planes_len; i++) {
		unsigned bytes, pixels, hsub, vsub;
		const struct fact *fact = &facts->planes[i];

		assert_int_equal(
			tenon_format_get_plane(format, i, &bytes, &pixels, &hsub, &vsub), 0);
		/* the header counts the pixels of "1:1:1:1..." in words, and NV15's by name */
		if (bytes * fact->pixels != fact->bytes * pixels) {
			fail_msg("%s plane %u: %u bytes hold %u pixels, drm_fourcc.h says %u, %u",
				facts->name, i, bytes, pixels, fact->bytes, fact->pixels);
		}
		if (i > 0 && facts->hsub != 0) {
			assert_int_equal(hsub, facts->hsub);
			assert_int_equal(vsub, facts->vsub);
		} else {
			assert_int_equal(hsub, 1);
			assert_int_equal(vsub, 1);
		}
		alpha |= fact->alpha;
		yuv |= fact->yuv;
	}
	assert_int_equal(tenon_format_has_alpha(format), alpha);
	assert_int_equal(tenon_format_is_yuv(format), yuv);
}

/* "XRGB8888_A8" has the planes of XRGB8888 and one of alpha. */
static void add_alpha_plane(struct facts *facts)
{
	char base[64];
	const struct tenon_format *format;
	char *end;

	snprintf(base, sizeof(base), "%s", facts->name);
	end = strstr(base, "_A8");
	if (end == NULL) {
		return;
	}
	*end = '\0';
	format = tenon_format_from_name(base);
	assert_non_null(format);
	facts->planes_len = 2;
	facts->hsub = facts->vsub = 0;
	assert_int_equal(tenon_format_get_plane(format, 0, &facts->planes[0].bytes,
				 &facts->planes[0].pixels, NULL, NULL),
		0);
}

TEST(table_is_drm_fourcc_h)
{
	FILE *file = fopen(DRM_FOURCC_H, "re");
	struct facts above = {0};
	struct facts facts;
	size_t seen = 0, len = 0;
	char line[512];

	if (file == NULL) {
		TEST_SKIP("no " DRM_FOURCC_H);
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		const struct tenon_format *format;

		if (!read_define(line, &above, &facts)) {
			read_index(line, &above);
			continue;
		}
		format = tenon_format_from_name(facts.name);
		if (is_left_out(facts.name)) {
			assert_null(format);
			continue;
		}
		if (format == NULL) {
			fail_msg("%s is not in the table", facts.name);
		}
		assert_int_equal(tenon_format_get_fourcc(format),
			(uint32_t)facts.cc[0] | (uint32_t)facts.cc[1] << 8 |
				(uint32_t)facts.cc[2] << 16 | (uint32_t)facts.cc[3] << 24);
		add_alpha_plane(&facts);
		check_planes(format, &facts);
		seen++;
	}
	fclose(file);
	while (tenon_format_list(len) != NULL) {
		len++;
	}
	/* an older libdrm may know fewer */
	assert_true(seen >= 100 && seen <= len);
	print_message("# %zu of %zu formats checked\n", seen, len);
}

TEST(names_and_codes_lead_back)
{
	const struct tenon_format *format;

	for (size_t i = 0; (format = tenon_format_list(i)) != NULL; i++) {
		uint32_t fourcc = tenon_format_get_fourcc(format);
		char cc[5] = {0};

		memcpy(cc,
			&(uint8_t[]){fourcc & 0xff, fourcc >> 8 & 0xff, fourcc >> 16 & 0xff,
				fourcc >> 24},
			4);
		assert_ptr_equal(tenon_format_get(fourcc), format);
		assert_ptr_equal(tenon_format_from_name(tenon_format_get_name(format)), format);
		assert_ptr_equal(tenon_format_from_name(cc), format);
	}
	assert_null(tenon_format_list(SIZE_MAX));
	assert_null(tenon_format_get(0));
	assert_null(tenon_format_get(UINT32_MAX));
	assert_null(tenon_format_get(tenon_format_get_fourcc(tenon_format_list(0)) | 1u << 31));
	assert_null(tenon_format_from_name(""));
	assert_null(tenon_format_from_name("xrgb8888"));
	assert_null(tenon_format_from_name("XRGB88888"));
	assert_null(tenon_format_from_name("R8"
					   "\xff\xff"));
	assert_int_equal(
		tenon_format_get_plane(tenon_format_list(0), 1, NULL, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(
		tenon_format_get_plane(tenon_format_list(0), 0, NULL, NULL, NULL, NULL), 0);
}

TEST(libdrm_names_the_same_codes)
{
	const struct tenon_format *format;

	for (size_t i = 0; (format = tenon_format_list(i)) != NULL; i++) {
		char *name = drmGetFormatName(tenon_format_get_fourcc(format));

		assert_non_null(name);
		assert_ptr_equal(tenon_format_from_name(name), format);
		free(name); /* libdrm's */
	}
}

TEST(pixman_has_the_same_bits)
{
#ifdef HAVE_PIXMAN
	static const struct {
		const char *name;
		pixman_format_code_t code;
	} known[] = {
		{"XRGB8888", PIXMAN_x8r8g8b8},
		{"ARGB8888", PIXMAN_a8r8g8b8},
		{"XBGR8888", PIXMAN_x8b8g8r8},
		{"ABGR8888", PIXMAN_a8b8g8r8},
		{"RGBX8888", PIXMAN_r8g8b8x8},
		{"RGBA8888", PIXMAN_r8g8b8a8},
		{"BGRX8888", PIXMAN_b8g8r8x8},
		{"BGRA8888", PIXMAN_b8g8r8a8},
		{"XRGB2101010", PIXMAN_x2r10g10b10},
		{"ARGB2101010", PIXMAN_a2r10g10b10},
		{"XBGR2101010", PIXMAN_x2b10g10r10},
		{"ABGR2101010", PIXMAN_a2b10g10r10},
		{"RGB888", PIXMAN_r8g8b8},
		{"BGR888", PIXMAN_b8g8r8},
		{"RGB565", PIXMAN_r5g6b5},
		{"BGR565", PIXMAN_b5g6r5},
		{"XRGB1555", PIXMAN_x1r5g5b5},
		{"ARGB1555", PIXMAN_a1r5g5b5},
		{"XBGR1555", PIXMAN_x1b5g5r5},
		{"ABGR1555", PIXMAN_a1b5g5r5},
		{"XRGB4444", PIXMAN_x4r4g4b4},
		{"ARGB4444", PIXMAN_a4r4g4b4},
		{"XBGR4444", PIXMAN_x4b4g4r4},
		{"ABGR4444", PIXMAN_a4b4g4r4},
		{"RGB332", PIXMAN_r3g3b2},
		{"BGR233", PIXMAN_b2g3r3},
		{"C8", PIXMAN_c8},
		{"C4", PIXMAN_c4},
		{"YUYV", PIXMAN_yuy2},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct tenon_format *format = tenon_format_from_name(known[i].name);
		unsigned bytes, pixels;

		assert_non_null(format);
		assert_int_equal(tenon_format_get_planes_len(format), 1);
		tenon_format_get_plane(format, 0, &bytes, &pixels, NULL, NULL);
		assert_int_equal(bytes * 8, PIXMAN_FORMAT_BPP(known[i].code) * pixels);
		if (!tenon_format_is_yuv(format) && strchr("RDC", known[i].name[0]) == NULL) {
			assert_int_equal(tenon_format_has_alpha(format),
				PIXMAN_FORMAT_A(known[i].code) != 0);
		}
	}
	/* pixman's yv12 is 12 bits per pixel over its three planes */
	assert_int_equal(PIXMAN_FORMAT_BPP(PIXMAN_yv12), 8 + 2 * 8 / 4);
#else
	TEST_SKIP("built without pixman's header");
#endif
}

TEST(modifiers_are_named)
{
	char text[64];
	char tiny[7];

	tenon_modifier_print(text, sizeof(text), 0);
	assert_string_equal(text, "LINEAR (0x0)");
	tenon_modifier_print(text, sizeof(text), UINT64_C(0x00ffffffffffffff));
	assert_string_equal(text, "INVALID (0xffffffffffffff)");
	tenon_modifier_print(text, sizeof(text), UINT64_C(0x0100000000000002));
	assert_string_equal(text, "I915_Y_TILED (0x100000000000002)");
	tenon_modifier_print(text, sizeof(text), UINT64_C(0x0800000000000051));
	assert_string_equal(text, "ARM (0x800000000000051)");
	tenon_modifier_print(text, sizeof(text), UINT64_C(0xfe00000000000051));
	assert_string_equal(text, "unknown (0xfe00000000000051)");
	tenon_modifier_print(tiny, sizeof(tiny), 0);
	assert_string_equal(tiny, "LINEAR");
	tenon_modifier_print(NULL, 0, 0);
}

TEST(modifier_vendors_are_libdrms)
{
	char text[64];

	for (uint64_t vendor = 1; vendor <= 0x0a; vendor++) {
		uint64_t modifier = vendor << 56 | 0x777;
		char *name = drmGetFormatModifierVendor(modifier);

		tenon_modifier_print(text, sizeof(text), modifier);
		assert_non_null(name);
		assert_memory_equal(text, name, strlen(name));
		free(name); /* libdrm's */
	}
}
