/* SPDX-License-Identifier: MIT */
#include "format/layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What no limits at all read like. */
static const struct tenon_limits unconstrained;

static int publish(struct tenon_layout **out, const struct tenon_layout *layout)
{
	struct tenon_layout *copy = malloc(sizeof(*copy));

	if (copy == NULL) {
		return -ENOMEM;
	}
	*copy = *layout;
	*out = copy;
	return 0;
}

int tenon_layout_create(struct tenon_layout **out, const struct tenon_format *format,
	uint64_t modifier, uint32_t width, uint32_t height, const struct tenon_limits *limits,
	enum tenon_property *property)
{
	enum tenon_property in_the_way = 0;
	struct tenon_layout layout;
	int rc;

	if (format == NULL || width == 0 || height == 0) {
		return -EINVAL;
	}
	if (modifier != 0) {
		return -ENOTSUP;
	}
	rc = _tenon_layout_solve_best(&layout, format, width, height,
		limits != NULL ? limits : &unconstrained, &in_the_way);
	if (rc == TENON_CONFLICT && property != NULL) {
		*property = in_the_way;
	}
	return rc == 0 ? publish(out, &layout) : rc;
}

int tenon_layout_dup(struct tenon_layout **out, const struct tenon_layout *layout)
{
	return publish(out, layout);
}

void tenon_layout_destroy(struct tenon_layout *layout)
{
	free(layout);
}

const struct tenon_format *tenon_layout_get_format(const struct tenon_layout *layout)
{
	return layout->format;
}

uint64_t tenon_layout_get_modifier(const struct tenon_layout *layout)
{
	return layout->modifier;
}

void tenon_layout_get_size(const struct tenon_layout *layout, uint32_t *width, uint32_t *height)
{
	if (width != NULL) {
		*width = layout->width;
	}
	if (height != NULL) {
		*height = layout->height;
	}
}

size_t tenon_layout_get_planes_len(const struct tenon_layout *layout)
{
	return layout->planes_len;
}

int tenon_layout_get_plane(
	const struct tenon_layout *layout, size_t i, struct tenon_plane_layout *out)
{
	if (i >= layout->planes_len) {
		return -EINVAL;
	}
	*out = layout->planes[i];
	return 0;
}

size_t tenon_layout_get_objects_len(const struct tenon_layout *layout)
{
	return layout->objects_len;
}

uint64_t tenon_layout_get_object_size(const struct tenon_layout *layout, size_t i)
{
	return i < layout->objects_len ? layout->object_sizes[i] : 0;
}
