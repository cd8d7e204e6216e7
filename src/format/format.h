/* SPDX-License-Identifier: MIT */
#ifndef TENON_FORMAT_PRIVATE_H
#define TENON_FORMAT_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include <tenon/format.h>

/* How a plane stores pixels; see tenon_format_get_plane(). */
struct _tenon_format_plane {
	uint8_t block_bytes;
	uint8_t block_width;
	uint8_t hsub, vsub;
};

struct tenon_format {
	uint32_t fourcc;
	uint8_t flags;
	uint8_t planes_len;
	struct _tenon_format_plane planes[TENON_MAX_PLANES];
	char name[24];
};

/* The place of a format in the table: the lower, the more hardware takes it. */
size_t _tenon_format_get_rank(const struct tenon_format *format);

#endif
