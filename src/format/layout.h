/* SPDX-License-Identifier: MIT */
#ifndef TENON_FORMAT_LAYOUT_H
#define TENON_FORMAT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/format.h>

#include "constraint/limits.h"
#include "constraint/padding.h"
#include "format/format.h"
#include "format/pitch.h"

/* Sizes and offsets stay below this, so that the sum of any two fits. */
#define TENON_SIZE_END (UINT64_C(1) << 63)

struct tenon_layout {
	const struct tenon_format *format;
	uint64_t modifier;
	uint32_t width, height; /* pixels of the picture */
	uint8_t planes_len;     /* more than the format's where a modifier adds some */
	uint8_t objects_len;
	struct tenon_plane_layout planes[TENON_MAX_PLANES];
	uint64_t object_sizes[TENON_MAX_PLANES];
};

/* How to lay out where limits leave a choice. */
enum _tenon_layout_variant {
	TENON_LAYOUT_NO_PREFERENCES = 1 << 0, /* do not follow preferred pitches */
	TENON_LAYOUT_PER_PLANE = 1 << 1,      /* each plane in an object of its own */
};

/* Every variant there is, best first; ends with -1. */
extern const int _tenon_layout_variants[];

/*
 * Lays out without allocating; see tenon_layout_create(). width and height are not 0. Only the one
 * variant is tried. Limits that nothing can be within at this size are TENON_CONFLICT, the
 * variant that limits do not accept as well (TENON_PROP_OBJECTS).
 */
int _tenon_layout_solve(struct tenon_layout *out, const struct tenon_format *format, uint32_t width,
	uint32_t height, const struct tenon_limits *limits, int variant,
	enum tenon_property *property);

/* The same, in the first variant that can be laid out. */
int _tenon_layout_solve_best(struct tenon_layout *out, const struct tenon_format *format,
	uint32_t width, uint32_t height, const struct tenon_limits *limits,
	enum tenon_property *property);

/* Whether limits admit a picture of the layout's width and height. */
int _tenon_layout_check_picture(const struct tenon_layout *layout,
	const struct tenon_limits *limits, enum tenon_property *property);

/* Whether segments and addresses as limits say can hold objects of these sizes. */
int _tenon_layout_check_sizes(const uint64_t *object_sizes, size_t objects_len,
	const struct tenon_limits *limits, enum tenon_property *property);

/* Bytes of the picture itself, in whole blocks and without padding: what a copy of it moves. */
uint64_t _tenon_layout_count_bytes(const struct tenon_layout *layout);

/* Columns and rows of the picture in a plane's own pixels: a part of one counts whole. */
static inline uint32_t _tenon_plane_columns(
	const struct tenon_format *format, unsigned plane, uint32_t width)
{
	uint32_t hsub = format->planes[plane].hsub;

	return width / hsub + (width % hsub != 0);
}

static inline uint32_t _tenon_plane_rows(
	const struct tenon_format *format, unsigned plane, uint32_t height)
{
	uint32_t vsub = format->planes[plane].vsub;

	return height / vsub + (height % vsub != 0);
}

/* Bytes of so many columns, in whole blocks. Below 2^40. */
static inline uint64_t _tenon_plane_row_bytes(
	const struct tenon_format *format, unsigned plane, uint32_t columns)
{
	const struct _tenon_format_plane *p = &format->planes[plane];

	return ((uint64_t)columns + p->block_width - 1) / p->block_width * p->block_bytes;
}

/* The same as the kernel counts it, without rounding to whole blocks. */
uint64_t _tenon_plane_least_row(
	const struct tenon_format *format, unsigned plane, uint32_t columns);

/* Rounds value up to a multiple of align (not 0); false when that is not below TENON_SIZE_END. */
static inline bool _tenon_align_up(uint64_t value, uint64_t align, uint64_t *out)
{
	uint64_t rest = value % align;
	uint64_t up = rest == 0 ? 0 : align - rest;

	if (value >= TENON_SIZE_END || up >= TENON_SIZE_END - value) {
		return false;
	}
	*out = value + up;
	return true;
}

#endif
