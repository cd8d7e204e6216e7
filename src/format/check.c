/* SPDX-License-Identifier: MIT */
/*
 * Whether a layout that exists is within limits. What counts is the memory: rows that somebody
 * left room for after a plane serve as padding, whether or not he called them so.
 */
#include "format/layout.h"

#include <string.h>

int _tenon_layout_check_picture(const struct tenon_layout *layout,
	const struct tenon_limits *limits, enum tenon_property *property)
{
	static const struct {
		uint8_t slot;
		bool is_min, is_width;
		enum tenon_property property;
	} rules[] = {
		{TENON_SCALAR_WIDTH_MIN, true, true, TENON_PROP_WIDTH_MIN},
		{TENON_SCALAR_WIDTH_MAX, false, true, TENON_PROP_WIDTH_MAX},
		{TENON_SCALAR_HEIGHT_MIN, true, false, TENON_PROP_HEIGHT_MIN},
		{TENON_SCALAR_HEIGHT_MAX, false, false, TENON_PROP_HEIGHT_MAX},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		uint64_t value = rules[i].is_width ? layout->width : layout->height;
		uint64_t limit = _tenon_limits_scalar(limits, rules[i].slot);

		if (rules[i].is_min ? value < limit : value > limit) {
			*property = rules[i].property;
			return TENON_CONFLICT;
		}
	}
	return 0;
}

static int check_pitches(const struct tenon_layout *layout, const struct tenon_limits *limits,
	enum tenon_property *property)
{
	const struct tenon_format *format = layout->format;
	struct _tenon_plane_need needs[TENON_MAX_PLANES];
	uint32_t pitches[TENON_MAX_PLANES];

	for (unsigned i = 0; i < format->planes_len; i++) {
		uint32_t columns = _tenon_plane_columns(format, i, layout->width);
		uint64_t least = _tenon_plane_least_row(format, i, columns);
		uint64_t align = _tenon_limits_plane(limits, i, TENON_PLANE_WIDTH_ALIGN);
		pitches[i] = layout->planes[i].pitch;
		needs[i].tight = _tenon_plane_row_bytes(format, i, columns);
		needs[i].row = least;
		if (pitches[i] == least) {
			needs[i].tight = least;
		}
		if (layout->modifier != 0) {
			needs[i].row = 0;
		} else if (align > 1) {
			uint64_t padded = _tenon_padding_up(align, columns);

			if (padded > UINT32_MAX) {
				*property = TENON_PROP_WIDTH_ALIGN;
				return TENON_CONFLICT;
			}
			needs[i].row = _tenon_plane_least_row(format, i, (uint32_t)padded);
		}
	}
	return _tenon_pitch_check(format, limits, needs, pitches, property);
}

/* Where the bytes end that devices may touch of a plane: its padding rows, and its tail. */
static bool find_end(const struct tenon_layout *layout, unsigned i,
	const struct tenon_limits *limits, uint64_t *end, enum tenon_property *property)
{
	const struct tenon_plane_layout *plane = &layout->planes[i];
	uint64_t align = _tenon_limits_plane(limits, i, TENON_PLANE_HEIGHT_ALIGN);
	uint64_t tail = _tenon_limits_plane(limits, i, TENON_PLANE_TAIL);
	uint64_t rows, bytes;

	if (layout->modifier != 0 || i >= layout->format->planes_len) {
		bytes = plane->size;
	} else {
		uint32_t own = _tenon_plane_rows(layout->format, i, layout->height);

		*property = TENON_PROP_HEIGHT_ALIGN;
		rows = _tenon_padding_up(align, own);
		if (rows > UINT32_MAX) {
			return false;
		}
		bytes = align == 1 ? (uint64_t)plane->pitch * (own - 1) +
					     _tenon_plane_least_row(layout->format, i,
						     _tenon_plane_columns(
							     layout->format, i, layout->width))
				   : (uint64_t)plane->pitch * rows;
	}
	*property = tail != 0 ? TENON_PROP_PLANE_TAIL : *property;
	if (bytes >= TENON_SIZE_END - plane->offset ||
		tail >= TENON_SIZE_END - plane->offset - bytes) {
		return false;
	}
	*end = plane->offset + bytes + tail;
	return true;
}

/* Whether what devices may touch of a plane stays clear of the next plane and within the object. */
static int check_room(const struct tenon_layout *layout, unsigned i,
	const struct tenon_limits *limits, enum tenon_property *property)
{
	const struct tenon_plane_layout *plane = &layout->planes[i];
	uint64_t size = layout->object_sizes[plane->object];
	bool is_last = true;
	uint64_t end;

	if (!find_end(layout, i, limits, &end, property)) {
		return TENON_CONFLICT;
	}
	for (unsigned j = 0; j < layout->planes_len; j++) {
		const struct tenon_plane_layout *other = &layout->planes[j];

		if (j == i || other->object != plane->object || other->offset < plane->offset) {
			continue;
		}
		is_last = false;
		if (end > other->offset) {
			return TENON_CONFLICT;
		}
	}
	if (end > size) {
		return TENON_CONFLICT;
	}
	if (is_last && _tenon_limits_scalar(limits, TENON_SCALAR_SIZE_TAIL) > size - end) {
		*property = TENON_PROP_SIZE_TAIL;
		return TENON_CONFLICT;
	}
	return 0;
}

static int check_planes(const struct tenon_layout *layout, const struct tenon_limits *limits,
	enum tenon_property *property)
{
	for (unsigned i = 0; i < layout->planes_len; i++) {
		int rc;

		if (layout->planes[i].offset %
				_tenon_limits_plane(limits, i, TENON_PLANE_OFFSET_ALIGN) !=
			0) {
			*property = TENON_PROP_OFFSET_ALIGN;
			return TENON_CONFLICT;
		}
		rc = check_room(layout, i, limits, property);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static int check_objects(const struct tenon_layout *layout, const struct tenon_limits *limits,
	enum tenon_property *property)
{
	uint64_t accepted = _tenon_limits_scalar(limits, TENON_SCALAR_OBJECTS);
	bool one = layout->objects_len == 1;
	bool per_plane = layout->objects_len == layout->planes_len;

	if (!(one && (accepted & TENON_OBJECTS_ONE) != 0) &&
		!(per_plane && (accepted & TENON_OBJECTS_PER_PLANE) != 0)) {
		/* two objects for three planes are neither, but whoever minds neither takes them */
		if (accepted != (TENON_OBJECTS_ONE | TENON_OBJECTS_PER_PLANE)) {
			*property = TENON_PROP_OBJECTS;
			return TENON_CONFLICT;
		}
	}
	for (unsigned i = 0; i < layout->objects_len; i++) {
		if (layout->object_sizes[i] %
				_tenon_limits_scalar(limits, TENON_SCALAR_SIZE_ALIGN) !=
			0) {
			*property = TENON_PROP_SIZE_ALIGN;
			return TENON_CONFLICT;
		}
	}
	return _tenon_layout_check_sizes(
		layout->object_sizes, layout->objects_len, limits, property);
}

/* Whoever wants a file descriptor for each buffer looks at its start alone. */
static int check_start(const struct tenon_layout *layout, const struct tenon_limits *limits,
	enum tenon_property *property)
{
	if (_tenon_limits_scalar(limits, TENON_SCALAR_OWN_FD) == 0) {
		return 0;
	}
	for (unsigned object = 0; object < layout->objects_len; object++) {
		uint64_t first = UINT64_MAX;

		for (unsigned i = 0; i < layout->planes_len; i++) {
			if (layout->planes[i].object == object &&
				layout->planes[i].offset < first) {
				first = layout->planes[i].offset;
			}
		}
		if (first != 0) {
			*property = TENON_PROP_OWN_FD;
			return TENON_CONFLICT;
		}
	}
	return 0;
}

static int check_memory(const struct tenon_layout *layout, const struct tenon_limits *limits,
	enum tenon_property *property)
{
	int rc = check_pitches(layout, limits, property);

	if (rc == 0) {
		rc = check_planes(layout, limits, property);
	}
	if (rc == 0) {
		rc = check_objects(layout, limits, property);
	}
	return rc == 0 ? check_start(layout, limits, property) : rc;
}

int tenon_layout_check(const struct tenon_layout *layout, const struct tenon_limits *limits,
	enum tenon_property *property)
{
	enum tenon_property in_the_way = 0;
	int rc;

	if (limits == NULL) {
		return 0;
	}
	rc = _tenon_layout_check_picture(layout, limits, &in_the_way);
	/* of planes that are yet to be laid out nothing can be said */
	if (rc == 0 && layout->planes_len > 0) {
		rc = check_memory(layout, limits, &in_the_way);
	}
	if (rc == TENON_CONFLICT && property != NULL) {
		*property = in_the_way;
	}
	return rc;
}
