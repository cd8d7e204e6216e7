/* SPDX-License-Identifier: MIT */
/*
 * Layouts that somebody else made: a compositor's client, an exporter, Mesa. Every number may be a
 * lie, so each sum and product is bounded before it is made.
 */
#include "format/layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes from the plane's start to the next plane in the same object, or to the object's end. */
static uint64_t measure_room(const struct tenon_layout *layout, unsigned plane)
{
	const struct tenon_plane_layout *self = &layout->planes[plane];
	uint64_t end = layout->object_sizes[self->object];

	for (unsigned i = 0; i < layout->planes_len; i++) {
		const struct tenon_plane_layout *other = &layout->planes[i];

		if (i == plane || other->object != self->object) {
			continue;
		}
		if (other->offset >= self->offset && other->offset < end) {
			end = other->offset;
		}
	}
	return end > self->offset ? end - self->offset : 0;
}

/* Bytes that so many rows take at least: the last one may end with its last pixel. */
static uint64_t measure_rows(uint32_t pitch, uint32_t rows, uint64_t row_bytes)
{
	return (uint64_t)pitch * (rows - 1) + row_bytes;
}

/* What a row of the picture takes without rounding to whole blocks, as the kernel counts it. */
uint64_t _tenon_plane_least_row(const struct tenon_format *format, unsigned plane, uint32_t columns)
{
	const struct _tenon_format_plane *p = &format->planes[plane];

	return ((uint64_t)columns * p->block_bytes + p->block_width - 1) / p->block_width;
}

static uint32_t clamp(uint64_t value, uint32_t least)
{
	if (value < least) {
		return least;
	}
	return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

/* Checks that a linear plane holds the picture, and works out the columns and rows not told. */
static int check_rows(struct tenon_layout *layout, unsigned i)
{
	const struct tenon_format *format = layout->format;
	struct tenon_plane_layout *plane = &layout->planes[i];
	const struct _tenon_format_plane *p = &format->planes[i];
	uint32_t columns = _tenon_plane_columns(format, i, layout->width);
	uint32_t rows = _tenon_plane_rows(format, i, layout->height);

	if (plane->width == 0) {
		plane->width =
			clamp((uint64_t)plane->pitch * p->block_width / p->block_bytes, columns);
	}
	if (plane->height == 0 && plane->pitch != 0) {
		plane->height = clamp(plane->size / plane->pitch, rows);
	}
	if (plane->width < columns || plane->height < rows ||
		_tenon_plane_least_row(format, i, plane->width) > plane->pitch) {
		return -EINVAL;
	}
	return measure_rows(plane->pitch, plane->height,
		       _tenon_plane_least_row(format, i, columns)) <= plane->size
		       ? 0
		       : -EINVAL;
}

static int check_plane(struct tenon_layout *layout, unsigned i)
{
	struct tenon_plane_layout *plane = &layout->planes[i];
	uint64_t room = measure_room(layout, i);

	if (plane->size == 0) {
		plane->size = room;
	}
	if (room == 0 || plane->size > room) {
		return -EINVAL;
	}
	if (layout->modifier == 0) {
		return check_rows(layout, i);
	}
	/* only its maker knows how a tiled plane uses its bytes */
	plane->width =
		clamp(plane->width, i < layout->format->planes_len
					    ? _tenon_plane_columns(layout->format, i, layout->width)
					    : 1);
	plane->height =
		clamp(plane->height, i < layout->format->planes_len
					     ? _tenon_plane_rows(layout->format, i, layout->height)
					     : 1);
	return 0;
}

static int check_counts(
	const struct tenon_format *format, uint64_t modifier, size_t planes_len, size_t objects_len)
{
	if (planes_len < format->planes_len || planes_len > TENON_MAX_PLANES ||
		(modifier == 0 && planes_len != format->planes_len)) {
		return -EINVAL;
	}
	return objects_len >= 1 && objects_len <= planes_len ? 0 : -EINVAL;
}

static int copy_in(struct tenon_layout *layout, const struct tenon_plane_layout *planes,
	const uint64_t *object_sizes)
{
	for (unsigned i = 0; i < layout->objects_len; i++) {
		if (object_sizes[i] == 0) {
			return -EINVAL;
		}
		if (object_sizes[i] >= TENON_SIZE_END) {
			return -EOVERFLOW;
		}
		layout->object_sizes[i] = object_sizes[i];
	}
	for (unsigned i = 0; i < layout->planes_len; i++) {
		layout->planes[i] = planes[i];
		if (planes[i].object >= layout->objects_len) {
			return -EINVAL;
		}
		if (planes[i].offset >= TENON_SIZE_END ||
			planes[i].size >= TENON_SIZE_END - planes[i].offset) {
			return -EOVERFLOW;
		}
	}
	return 0;
}

int tenon_layout_create_from_planes(struct tenon_layout **out, const struct tenon_format *format,
	uint64_t modifier, uint32_t width, uint32_t height, const struct tenon_plane_layout *planes,
	size_t planes_len, const uint64_t *object_sizes, size_t objects_len)
{
	struct tenon_layout layout = {
		.format = format, .modifier = modifier, .width = width, .height = height};
	int rc;

	if (format == NULL || width == 0 || height == 0) {
		return -EINVAL;
	}
	rc = check_counts(format, modifier, planes_len, objects_len);
	if (rc != 0) {
		return rc;
	}
	layout.planes_len = (uint8_t)planes_len;
	layout.objects_len = (uint8_t)objects_len;
	rc = copy_in(&layout, planes, object_sizes);
	for (unsigned i = 0; rc == 0 && i < planes_len; i++) {
		rc = check_plane(&layout, i);
	}
	return rc == 0 ? tenon_layout_dup(out, &layout) : rc;
}
