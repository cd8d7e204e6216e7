/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xf86drm.h>

#include "device/drm_facts.h"
#include "device/in_formats.h"

/* Numbers of the properties that planes have; all planes share them, as a rule. */
struct names {
	uint32_t type, in_formats; /* 0: not met yet */
};

static enum tenon_drm_plane_type get_type(uint64_t value)
{
	switch (value) {
	case DRM_PLANE_TYPE_PRIMARY:
		return TENON_DRM_PLANE_PRIMARY;
	case DRM_PLANE_TYPE_OVERLAY:
		return TENON_DRM_PLANE_OVERLAY;
	case DRM_PLANE_TYPE_CURSOR:
		return TENON_DRM_PLANE_CURSOR;
	default:
		return TENON_DRM_PLANE_UNKNOWN;
	}
}

/* A blob that makes no sense tells nothing: the plane's formats are then all that is known. */
static int read_in_formats(struct tenon_drm_plane *plane, int fd, uint64_t id)
{
	drmModePropertyBlobRes *blob = drmModeGetPropertyBlob(fd, (uint32_t)id);
	struct tenon_format_modifier *pairs = NULL;
	size_t len = 0;
	int err;

	if (blob == NULL) {
		return 0;
	}
	err = in_formats_parse(&pairs, &len, blob->data, blob->length);
	drmModeFreePropertyBlob(blob);
	if (err == 0 && len > 0) {
		plane->has_modifiers = true;
		plane->pairs = pairs;
		plane->pairs_len = len;
	} else {
		free(pairs);
	}
	return err == -ENOMEM ? err : 0;
}

static int read_properties(struct tenon_drm_plane *plane, int fd, struct names *names)
{
	drmModeObjectProperties *properties;
	int err = 0;

	errno = 0;
	properties = drmModeObjectGetProperties(fd, plane->id, DRM_MODE_OBJECT_PLANE);
	if (properties == NULL) {
		return drm_get_error();
	}
	for (uint32_t i = 0; i < properties->count_props && err == 0; i++) {
		uint32_t id = properties->props[i];

		if (plane->type == TENON_DRM_PLANE_UNKNOWN &&
			drm_property_is(fd, id, &names->type, "type")) {
			plane->type = get_type(properties->prop_values[i]);
		} else if (!plane->has_modifiers &&
			   drm_property_is(fd, id, &names->in_formats, "IN_FORMATS")) {
			err = read_in_formats(plane, fd, properties->prop_values[i]);
		}
	}
	drmModeFreeObjectProperties(properties);
	return err;
}

/* Formats without modifiers, as the plane itself tells them. */
static int take_formats(struct tenon_drm_plane *plane, const drmModePlane *kernels)
{
	size_t len = kernels->count_formats;
	struct tenon_format_modifier *pairs;

	if (len == 0 || len > IN_FORMATS_MAX) {
		return 0;
	}
	pairs = drm_make_pairs(kernels->formats, len);
	if (pairs == NULL) {
		return -ENOMEM;
	}
	plane->pairs = pairs;
	plane->pairs_len = len;
	return 0;
}

static int read_plane(struct tenon_drm_plane *plane, int fd, struct names *names)
{
	drmModePlane *kernels;
	int err;

	errno = 0;
	kernels = drmModeGetPlane(fd, plane->id);
	if (kernels == NULL) {
		return drm_get_error();
	}
	plane->crtcs = kernels->possible_crtcs;
	err = read_properties(plane, fd, names);
	if (err == 0 && !plane->has_modifiers) {
		err = take_formats(plane, kernels);
	}
	drmModeFreePlane(kernels);
	return err;
}

static int add_plane(struct drm_facts *facts, int fd, uint32_t id, struct names *names)
{
	struct tenon_drm_plane *plane = calloc(1, sizeof(*plane));
	int err = -ENOMEM;

	if (plane == NULL) {
		return err;
	}
	plane->id = id;
	err = read_plane(plane, fd, names);
	if (err != 0) {
		free((void *)plane->pairs);
		free(plane);
		/* a plane may be revoked (a lease) between two calls */
		return err == -ENOENT ? 0 : err;
	}
	facts->planes[facts->facts.planes_len++] = plane;
	return 0;
}

int drm_read_planes(struct drm_facts *facts, int fd)
{
	struct names names = {0};
	drmModePlaneRes *resources;
	int err = 0;

	errno = 0;
	resources = drmModeGetPlaneResources(fd);
	if (resources == NULL) {
		err = drm_get_error();
		/* a kernel, or a driver, older than planes */
		return err == -EINVAL || err == -EOPNOTSUPP ? 0 : err;
	}
	facts->planes = calloc((size_t)resources->count_planes + 1, sizeof(*facts->planes));
	if (facts->planes == NULL) {
		err = -ENOMEM;
	}
	for (uint32_t i = 0; i < resources->count_planes && err == 0; i++) {
		err = add_plane(facts, fd, resources->planes[i], &names);
	}
	facts->facts.planes = (const struct tenon_drm_plane *const *)facts->planes;
	drmModeFreePlaneResources(resources);
	return err;
}
