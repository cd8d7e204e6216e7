/* SPDX-License-Identifier: MIT */
/*
 * From limits and a size to a layout: columns and rows with their padding, the smallest pitches
 * (pitch.c), then one plane after the other at the first offset that its alignment allows.
 */
#include "format/layout.h"

#include <errno.h>
#include <string.h>

const int _tenon_layout_variants[] = {
	0,
	TENON_LAYOUT_PER_PLANE,
	TENON_LAYOUT_NO_PREFERENCES,
	TENON_LAYOUT_NO_PREFERENCES | TENON_LAYOUT_PER_PLANE,
	-1,
};

/* Columns and rows of each plane, padding included. */
static int pad_planes(struct tenon_layout *layout, const struct tenon_limits *limits,
	struct _tenon_plane_need *needs)
{
	const struct tenon_format *format = layout->format;

	for (unsigned i = 0; i < format->planes_len; i++) {
		uint32_t columns = _tenon_plane_columns(format, i, layout->width);
		uint32_t rows = _tenon_plane_rows(format, i, layout->height);
		uint64_t padded_columns = _tenon_padding_up(
			_tenon_limits_plane(limits, i, TENON_PLANE_WIDTH_ALIGN), columns);
		uint64_t padded_rows = _tenon_padding_up(
			_tenon_limits_plane(limits, i, TENON_PLANE_HEIGHT_ALIGN), rows);

		if (padded_columns > UINT32_MAX || padded_rows > UINT32_MAX) {
			return -EOVERFLOW;
		}
		layout->planes[i].width = (uint32_t)padded_columns;
		layout->planes[i].height = (uint32_t)padded_rows;
		needs[i].tight = _tenon_plane_row_bytes(format, i, columns);
		needs[i].row = _tenon_plane_row_bytes(format, i, (uint32_t)padded_columns);
	}
	return 0;
}

/* The end of an object: its tail and its rounding. */
static int close_object(struct tenon_layout *layout, uint32_t object,
	const struct tenon_limits *limits, uint64_t end)
{
	uint64_t tail = _tenon_limits_scalar(limits, TENON_SCALAR_SIZE_TAIL);

	if (tail >= TENON_SIZE_END - end ||
		!_tenon_align_up(end + tail, _tenon_limits_scalar(limits, TENON_SCALAR_SIZE_ALIGN),
			&layout->object_sizes[object])) {
		return -EOVERFLOW;
	}
	return 0;
}

/* Gives each plane its offset and size, and each object its size. */
static int place_planes(struct tenon_layout *layout, const struct tenon_limits *limits,
	const uint32_t *pitches, bool per_plane)
{
	uint64_t end = 0;

	layout->objects_len = per_plane ? layout->format->planes_len : 1;
	for (unsigned i = 0; i < layout->format->planes_len; i++) {
		struct tenon_plane_layout *plane = &layout->planes[i];
		uint64_t rows = (uint64_t)pitches[i] * plane->height;
		uint64_t tail = _tenon_limits_plane(limits, i, TENON_PLANE_TAIL);

		plane->object = per_plane ? i : 0;
		plane->pitch = pitches[i];
		if (!_tenon_align_up(per_plane ? 0 : end,
			    _tenon_limits_plane(limits, i, TENON_PLANE_OFFSET_ALIGN),
			    &plane->offset) ||
			rows >= TENON_SIZE_END || tail >= TENON_SIZE_END - rows ||
			rows + tail >= TENON_SIZE_END - plane->offset) {
			return -EOVERFLOW;
		}
		plane->size = rows + tail;
		end = plane->offset + plane->size;
		if ((per_plane || i + 1u == layout->format->planes_len) &&
			close_object(layout, plane->object, limits, end) != 0) {
			return -EOVERFLOW;
		}
	}
	return 0;
}

int _tenon_layout_check_sizes(const uint64_t *object_sizes, size_t objects_len,
	const struct tenon_limits *limits, enum tenon_property *property)
{
	uint64_t count = _tenon_limits_scalar(limits, TENON_SCALAR_SEGMENTS_MAX);
	uint64_t segment = _tenon_limits_scalar(limits, TENON_SCALAR_SEGMENT_SIZE_MAX);
	uint64_t boundary = _tenon_limits_scalar(limits, TENON_SCALAR_SEGMENT_BOUNDARY);
	uint64_t low = _tenon_limits_scalar(limits, TENON_SCALAR_ADDRESS_MIN);
	uint64_t high = _tenon_limits_scalar(limits, TENON_SCALAR_ADDRESS_MAX);
	/* a segment that may not cross a boundary is no longer than from one to the next */
	uint64_t most = boundary != 0 && boundary < segment ? boundary : segment;

	for (size_t i = 0; i < objects_len; i++) {
		if ((object_sizes[i] - 1) / most >= count) {
			*property = most == segment ? TENON_PROP_SEGMENT_SIZE_MAX
						    : TENON_PROP_SEGMENT_BOUNDARY;
			return TENON_CONFLICT;
		}
		if (low > high || object_sizes[i] - 1 > high - low) {
			*property = TENON_PROP_ADDRESS_MAX;
			return TENON_CONFLICT;
		}
	}
	return 0;
}

/*
 * All planes in one object is what everybody understands; each in its own is chosen when somebody
 * spoke of it. For a format of one plane both are the same.
 */
static bool accept_variant(
	const struct tenon_format *format, const struct tenon_limits *limits, int variant)
{
	uint64_t objects = _tenon_limits_scalar(limits, TENON_SCALAR_OBJECTS);
	bool per_plane = (variant & TENON_LAYOUT_PER_PLANE) != 0;

	if (format->planes_len == 1) {
		return !per_plane;
	}
	if (per_plane) {
		return _tenon_limits_has_scalar(limits, TENON_SCALAR_OBJECTS) &&
		       (objects & TENON_OBJECTS_PER_PLANE) != 0;
	}
	return (objects & TENON_OBJECTS_ONE) != 0;
}

int _tenon_layout_solve(struct tenon_layout *out, const struct tenon_format *format, uint32_t width,
	uint32_t height, const struct tenon_limits *limits, int variant,
	enum tenon_property *property)
{
	struct _tenon_plane_need needs[TENON_MAX_PLANES];
	uint32_t pitches[TENON_MAX_PLANES];
	int rc;

	memset(out, 0, sizeof(*out));
	out->format = format;
	out->planes_len = format->planes_len;
	out->width = width;
	out->height = height;
	if (!accept_variant(format, limits, variant)) {
		*property = TENON_PROP_OBJECTS;
		return TENON_CONFLICT;
	}
	rc = _tenon_layout_check_picture(out, limits, property);
	if (rc == 0) {
		rc = pad_planes(out, limits, needs);
	}
	if (rc == 0) {
		rc = _tenon_pitch_solve(format, limits, needs,
			(variant & TENON_LAYOUT_NO_PREFERENCES) == 0, pitches, property);
	}
	if (rc == 0) {
		rc = place_planes(out, limits, pitches, (variant & TENON_LAYOUT_PER_PLANE) != 0);
	}
	if (rc == 0) {
		rc = _tenon_layout_check_sizes(
			out->object_sizes, out->objects_len, limits, property);
	}
	return rc;
}

int _tenon_layout_solve_best(struct tenon_layout *out, const struct tenon_format *format,
	uint32_t width, uint32_t height, const struct tenon_limits *limits,
	enum tenon_property *property)
{
	int result = TENON_CONFLICT;

	*property = TENON_PROP_OBJECTS;
	for (const int *variant = _tenon_layout_variants; *variant >= 0; variant++) {
		enum tenon_property in_the_way = 0;
		int rc = _tenon_layout_solve(
			out, format, width, height, limits, *variant, &in_the_way);

		if (rc == 0) {
			return 0;
		}
		/* that a variant is not accepted says less than why one that is failed */
		if (rc != TENON_CONFLICT || in_the_way != TENON_PROP_OBJECTS) {
			result = rc;
			*property = in_the_way;
		}
	}
	return result;
}

uint64_t _tenon_layout_count_bytes(const struct tenon_layout *layout)
{
	const struct tenon_format *format = layout->format;
	uint64_t sum = 0;

	for (unsigned i = 0; i < format->planes_len; i++) {
		sum += _tenon_plane_row_bytes(
			       format, i, _tenon_plane_columns(format, i, layout->width)) *
		       _tenon_plane_rows(format, i, layout->height);
	}
	return sum;
}
