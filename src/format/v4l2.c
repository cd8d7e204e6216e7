/* SPDX-License-Identifier: MIT */
/*
 * V4L2's names of formats. Its four characters look like DRM's and are not: V4L2 names most RGB
 * formats by the order of bytes in memory, DRM by that of bits in a little-endian word, so V4L2's
 * BGRX is DRM's XRGB; and V4L2's 'AYUV' lies the other way round than DRM's 'AYUV'.
 *
 * The codes are spelt out, since many are younger than the kernel headers one may build with.
 */
#include <errno.h>
#include <stddef.h>

#include "format/format.h"

enum {
	PER_PLANE = 1 << 0, /* each plane in a buffer of its own */
	OLD = 1 << 1,       /* a name that another one replaces */
};

#define CODE(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/* drm_fourcc.h's fourcc_mod_code() */
#define MODIFIER(vendor, value) ((uint64_t)(vendor) << 56 | (value))
#define ALLWINNER_TILED MODIFIER(0x09, 1)
#define QCOM_COMPRESSED MODIFIER(0x05, 1)
#define SAMSUNG_64_32_TILE MODIFIER(0x04, 1)
#define SAMSUNG_16_16_TILE MODIFIER(0x04, 2)

static const struct name {
	uint32_t v4l2, drm;
	uint64_t modifier;
	uint32_t flags;
} names[] = {
	/* RGB: bytes in memory, but for 16 bits and less and for 10 bits per component */
	{CODE('X', 'R', '2', '4'), CODE('X', 'R', '2', '4'), 0, 0},
	{CODE('A', 'R', '2', '4'), CODE('A', 'R', '2', '4'), 0, 0},
	{CODE('X', 'B', '2', '4'), CODE('X', 'B', '2', '4'), 0, 0},
	{CODE('A', 'B', '2', '4'), CODE('A', 'B', '2', '4'), 0, 0},
	{CODE('R', 'X', '2', '4'), CODE('R', 'X', '2', '4'), 0, 0},
	{CODE('R', 'A', '2', '4'), CODE('R', 'A', '2', '4'), 0, 0},
	{CODE('B', 'X', '2', '4'), CODE('B', 'X', '2', '4'), 0, 0},
	{CODE('B', 'A', '2', '4'), CODE('B', 'A', '2', '4'), 0, 0},
	{CODE('B', 'G', 'R', '4'), CODE('X', 'R', '2', '4'), 0, OLD},
	{CODE('R', 'G', 'B', '4'), CODE('B', 'X', '2', '4'), 0, OLD},
	{CODE('B', 'G', 'R', '3'), CODE('R', 'G', '2', '4'), 0, 0},
	{CODE('R', 'G', 'B', '3'), CODE('B', 'G', '2', '4'), 0, 0},
	{CODE('A', 'R', '3', '0'), CODE('A', 'R', '3', '0'), 0, 0},
	{CODE('R', 'X', '3', '0'), CODE('R', 'X', '3', '0'), 0, 0},
	{CODE('R', 'A', '3', '0'), CODE('R', 'A', '3', '0'), 0, 0},
	{CODE('R', 'G', 'B', 'P'), CODE('R', 'G', '1', '6'), 0, 0},
	{CODE('X', 'R', '1', '5'), CODE('X', 'R', '1', '5'), 0, 0},
	{CODE('A', 'R', '1', '5'), CODE('A', 'R', '1', '5'), 0, 0},
	{CODE('X', 'B', '1', '5'), CODE('X', 'B', '1', '5'), 0, 0},
	{CODE('A', 'B', '1', '5'), CODE('A', 'B', '1', '5'), 0, 0},
	{CODE('R', 'X', '1', '5'), CODE('R', 'X', '1', '5'), 0, 0},
	{CODE('R', 'A', '1', '5'), CODE('R', 'A', '1', '5'), 0, 0},
	{CODE('B', 'X', '1', '5'), CODE('B', 'X', '1', '5'), 0, 0},
	{CODE('B', 'A', '1', '5'), CODE('B', 'A', '1', '5'), 0, 0},
	{CODE('R', 'G', 'B', 'O'), CODE('X', 'R', '1', '5'), 0, OLD},
	{CODE('X', 'R', '1', '2'), CODE('X', 'R', '1', '2'), 0, 0},
	{CODE('A', 'R', '1', '2'), CODE('A', 'R', '1', '2'), 0, 0},
	{CODE('X', 'B', '1', '2'), CODE('X', 'B', '1', '2'), 0, 0},
	{CODE('A', 'B', '1', '2'), CODE('A', 'B', '1', '2'), 0, 0},
	{CODE('R', 'X', '1', '2'), CODE('R', 'X', '1', '2'), 0, 0},
	{CODE('R', 'A', '1', '2'), CODE('R', 'A', '1', '2'), 0, 0},
	{CODE('B', 'X', '1', '2'), CODE('B', 'X', '1', '2'), 0, 0},
	{CODE('G', 'A', '1', '2'), CODE('B', 'A', '1', '2'), 0, 0},
	{CODE('R', '4', '4', '4'), CODE('X', 'R', '1', '2'), 0, OLD},
	{CODE('R', 'G', 'B', '1'), CODE('R', 'G', 'B', '8'), 0, 0},
	/* one component */
	{CODE('G', 'R', 'E', 'Y'), CODE('R', '8', ' ', ' '), 0, 0},
	{CODE('Y', '1', '0', ' '), CODE('R', '1', '0', ' '), 0, 0},
	{CODE('Y', '1', '2', ' '), CODE('R', '1', '2', ' '), 0, 0},
	{CODE('Y', '1', '6', ' '), CODE('R', '1', '6', ' '), 0, 0},
	{CODE('P', 'A', 'L', '8'), CODE('C', '8', ' ', ' '), 0, 0},
	/* luma and chroma in one plane */
	{CODE('Y', 'U', 'Y', 'V'), CODE('Y', 'U', 'Y', 'V'), 0, 0},
	{CODE('Y', 'V', 'Y', 'U'), CODE('Y', 'V', 'Y', 'U'), 0, 0},
	{CODE('U', 'Y', 'V', 'Y'), CODE('U', 'Y', 'V', 'Y'), 0, 0},
	{CODE('V', 'Y', 'U', 'Y'), CODE('V', 'Y', 'U', 'Y'), 0, 0},
	{CODE('Y', '2', '1', '0'), CODE('Y', '2', '1', '0'), 0, 0},
	{CODE('Y', '2', '1', '2'), CODE('Y', '2', '1', '2'), 0, 0},
	{CODE('Y', '2', '1', '6'), CODE('Y', '2', '1', '6'), 0, 0},
	{CODE('Y', 'U', 'V', '3'), CODE('V', 'U', '2', '4'), 0, 0},
	{CODE('V', 'U', 'Y', 'A'), CODE('A', 'Y', 'U', 'V'), 0, 0},
	{CODE('V', 'U', 'Y', 'X'), CODE('X', 'Y', 'U', 'V'), 0, 0},
	{CODE('Y', 'U', 'V', 'A'), CODE('A', 'V', 'U', 'Y'), 0, 0},
	{CODE('Y', 'U', 'V', 'X'), CODE('X', 'V', 'U', 'Y'), 0, 0},
	/* two planes */
	{CODE('N', 'V', '1', '2'), CODE('N', 'V', '1', '2'), 0, 0},
	{CODE('N', 'V', '2', '1'), CODE('N', 'V', '2', '1'), 0, 0},
	{CODE('N', 'V', '1', '6'), CODE('N', 'V', '1', '6'), 0, 0},
	{CODE('N', 'V', '6', '1'), CODE('N', 'V', '6', '1'), 0, 0},
	{CODE('N', 'V', '2', '4'), CODE('N', 'V', '2', '4'), 0, 0},
	{CODE('N', 'V', '4', '2'), CODE('N', 'V', '4', '2'), 0, 0},
	{CODE('P', '0', '1', '0'), CODE('P', '0', '1', '0'), 0, 0},
	{CODE('P', '0', '1', '2'), CODE('P', '0', '1', '2'), 0, 0},
	{CODE('N', 'V', '1', '5'), CODE('N', 'V', '1', '5'), 0, 0},
	{CODE('N', 'V', '2', '0'), CODE('N', 'V', '2', '0'), 0, 0},
	{CODE('N', 'M', '1', '2'), CODE('N', 'V', '1', '2'), 0, PER_PLANE},
	{CODE('N', 'M', '2', '1'), CODE('N', 'V', '2', '1'), 0, PER_PLANE},
	{CODE('N', 'M', '1', '6'), CODE('N', 'V', '1', '6'), 0, PER_PLANE},
	{CODE('N', 'M', '6', '1'), CODE('N', 'V', '6', '1'), 0, PER_PLANE},
	{CODE('P', 'M', '1', '2'), CODE('P', '0', '1', '2'), 0, PER_PLANE},
	/* three planes */
	{CODE('Y', 'U', '1', '2'), CODE('Y', 'U', '1', '2'), 0, 0},
	{CODE('Y', 'V', '1', '2'), CODE('Y', 'V', '1', '2'), 0, 0},
	{CODE('4', '2', '2', 'P'), CODE('Y', 'U', '1', '6'), 0, 0},
	{CODE('4', '1', '1', 'P'), CODE('Y', 'U', '1', '1'), 0, 0},
	{CODE('Y', 'U', 'V', '9'), CODE('Y', 'U', 'V', '9'), 0, 0},
	{CODE('Y', 'V', 'U', '9'), CODE('Y', 'V', 'U', '9'), 0, 0},
	{CODE('Y', 'M', '1', '2'), CODE('Y', 'U', '1', '2'), 0, PER_PLANE},
	{CODE('Y', 'M', '2', '1'), CODE('Y', 'V', '1', '2'), 0, PER_PLANE},
	{CODE('Y', 'M', '1', '6'), CODE('Y', 'U', '1', '6'), 0, PER_PLANE},
	{CODE('Y', 'M', '6', '1'), CODE('Y', 'V', '1', '6'), 0, PER_PLANE},
	{CODE('Y', 'M', '2', '4'), CODE('Y', 'U', '2', '4'), 0, PER_PLANE},
	{CODE('Y', 'M', '4', '2'), CODE('Y', 'V', '2', '4'), 0, PER_PLANE},
	/* tiled and compressed */
	{CODE('S', 'T', '1', '2'), CODE('N', 'V', '1', '2'), ALLWINNER_TILED, 0},
	{CODE('Q', '0', '8', 'C'), CODE('N', 'V', '1', '2'), QCOM_COMPRESSED, 0},
	{CODE('T', 'M', '1', '2'), CODE('N', 'V', '1', '2'), SAMSUNG_64_32_TILE, PER_PLANE},
	{CODE('V', 'M', '1', '2'), CODE('N', 'V', '1', '2'), SAMSUNG_16_16_TILE, PER_PLANE},
};

#define NAMES_LEN (sizeof(names) / sizeof(names[0]))

int tenon_format_from_v4l2(struct tenon_format_modifier *out, bool *per_plane, uint32_t pixelformat)
{
	for (size_t i = 0; i < NAMES_LEN; i++) {
		if (names[i].v4l2 != pixelformat) {
			continue;
		}
		*out = (struct tenon_format_modifier){names[i].drm, names[i].modifier};
		if (per_plane != NULL) {
			*per_plane = (names[i].flags & PER_PLANE) != 0;
		}
		return 0;
	}
	return -ENOENT;
}

uint32_t tenon_format_get_v4l2(const struct tenon_format *format, uint64_t modifier, bool per_plane)
{
	bool wanted = per_plane && format->planes_len > 1;

	for (size_t i = 0; i < NAMES_LEN; i++) {
		if (names[i].drm == format->fourcc && names[i].modifier == modifier &&
			(names[i].flags & OLD) == 0 &&
			((names[i].flags & PER_PLANE) != 0) == wanted) {
			return names[i].v4l2;
		}
	}
	return 0;
}
