/* SPDX-License-Identifier: MIT */
#include "format/format.h"

#include <errno.h>
#include <string.h>

#include "base/formats.h"

enum {
	YUV = 1 << 0,
	ALPHA = 1 << 1,
};

#define FOURCC(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

#define P(bytes, width, h, v) \
	{ \
		.block_bytes = bytes, .block_width = width, .hsub = h, .vsub = v \
	}
#define PLANES_1(a) .planes_len = 1, .planes = {a}
#define PLANES_2(a, b) .planes_len = 2, .planes = {a, b}
#define PLANES_3(a, b, c) .planes_len = 3, .planes = {a, b, c}

#define ENTRY(name_, a, b, c, d, flags_, ...) \
	{ \
		.fourcc = FOURCC(a, b, c, d), \
		.flags = flags_, \
		.name = #name_, \
		__VA_ARGS__, \
	},

static const struct tenon_format formats[] = {TENON_FORMAT_TABLE(ENTRY)};

#define INDEX(name, ...) INDEX_##name,

enum { TENON_FORMAT_TABLE(INDEX) FORMATS_LEN };

_Static_assert(FORMATS_LEN == sizeof(formats) / sizeof(formats[0]), "table and index differ");

/* A switch, so that the compiler makes the search tree, and refuses the same code twice. */
#define CASE(name, a, b, c, d, ...) \
	case FOURCC(a, b, c, d): \
		return &formats[INDEX_##name];

const struct tenon_format *tenon_format_get(uint32_t fourcc)
{
	switch (fourcc) {
		TENON_FORMAT_TABLE(CASE)
	default:
		return NULL;
	}
}

const struct tenon_format *tenon_format_from_name(const char *name)
{
	for (size_t i = 0; i < FORMATS_LEN; i++) {
		if (strcmp(formats[i].name, name) == 0) {
			return &formats[i];
		}
	}
	if (strlen(name) != 4) {
		return NULL;
	}
	return tenon_format_get(FOURCC((unsigned char)name[0], (unsigned char)name[1],
		(unsigned char)name[2], (unsigned char)name[3]));
}

const struct tenon_format *tenon_format_list(size_t i)
{
	return i < FORMATS_LEN ? &formats[i] : NULL;
}

uint32_t tenon_format_get_fourcc(const struct tenon_format *format)
{
	return format->fourcc;
}

const char *tenon_format_get_name(const struct tenon_format *format)
{
	return format->name;
}

unsigned tenon_format_get_planes_len(const struct tenon_format *format)
{
	return format->planes_len;
}

int tenon_format_get_plane(const struct tenon_format *format, unsigned plane, unsigned *block_bytes,
	unsigned *block_width, unsigned *hsub, unsigned *vsub)
{
	if (plane >= format->planes_len) {
		return -EINVAL;
	}
	if (block_bytes != NULL) {
		*block_bytes = format->planes[plane].block_bytes;
	}
	if (block_width != NULL) {
		*block_width = format->planes[plane].block_width;
	}
	if (hsub != NULL) {
		*hsub = format->planes[plane].hsub;
	}
	if (vsub != NULL) {
		*vsub = format->planes[plane].vsub;
	}
	return 0;
}

bool tenon_format_is_yuv(const struct tenon_format *format)
{
	return (format->flags & YUV) != 0;
}

bool tenon_format_has_alpha(const struct tenon_format *format)
{
	return (format->flags & ALPHA) != 0;
}

size_t _tenon_format_get_rank(const struct tenon_format *format)
{
	return (size_t)(format - formats);
}
