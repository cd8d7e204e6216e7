/* SPDX-License-Identifier: MIT */
#include "device/kms_screen.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdlib.h>

/* Whether a plane's IN_FORMATS has the modifier for the format; yes when the plane has none. */
static bool lists_modifier(
	int fd, const struct kms_object *plane, uint32_t format, uint64_t modifier)
{
	uint64_t id = kms_object_get(plane, "IN_FORMATS", 0);
	drmModePropertyBlobRes *blob = id != 0 ? drmModeGetPropertyBlob(fd, (uint32_t)id) : NULL;
	drmModeFormatModifierIterator iterator = {0};
	bool found = blob == NULL || modifier == DRM_FORMAT_MOD_INVALID;

	while (!found && drmModeFormatModifierBlobIterNext(blob, &iterator)) {
		found = iterator.fmt == format && iterator.mod == modifier;
	}
	drmModeFreePropertyBlob(blob);
	return found;
}

static bool lists_format(const drmModePlane *plane, uint32_t format)
{
	for (uint32_t i = 0; i < plane->count_formats; i++) {
		if (plane->formats[i] == format) {
			return true;
		}
	}
	return false;
}

static void add_plane(struct kms_screen *screen, const drmModePlane *info)
{
	struct kms_plane *plane = &screen->planes[screen->planes_len];
	uint64_t type;

	if (screen->planes_len == KMS_PLANES_MAX || !lists_format(info, screen->format) ||
		kms_object_init(
			&plane->object, screen->fd, info->plane_id, DRM_MODE_OBJECT_PLANE) != 0) {
		return;
	}
	type = kms_object_get(&plane->object, "type", DRM_PLANE_TYPE_OVERLAY);
	if (type == DRM_PLANE_TYPE_CURSOR ||
		!lists_modifier(screen->fd, &plane->object, screen->format, screen->modifier)) {
		kms_object_finish(&plane->object);
		return;
	}
	plane->possible_crtcs = info->possible_crtcs;
	plane->primary = type == DRM_PLANE_TYPE_PRIMARY;
	screen->planes_len++;
}

static void find_planes(struct kms_screen *screen)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(screen->fd);

	for (uint32_t i = 0; planes != NULL && i < planes->count_planes; i++) {
		drmModePlane *plane = drmModeGetPlane(screen->fd, planes->planes[i]);

		if (plane != NULL) {
			add_plane(screen, plane);
		}
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(planes);
}

/* The CRTCs that can drive a connector: a mask; those it is driven by alone, if it is. */
static uint32_t possible_crtcs(
	int fd, const drmModeRes *resources, const drmModeConnector *connector)
{
	uint32_t possible = 0;

	for (int i = 0; i < connector->count_encoders; i++) {
		drmModeEncoder *encoder = drmModeGetEncoder(fd, connector->encoders[i]);

		if (encoder == NULL) {
			continue;
		}
		possible |= encoder->possible_crtcs;
		for (int c = 0; c < resources->count_crtcs; c++) {
			if (encoder->encoder_id == connector->encoder_id &&
				encoder->crtc_id == resources->crtcs[c] && encoder->crtc_id != 0) {
				drmModeFreeEncoder(encoder);
				return 1u << c;
			}
		}
		drmModeFreeEncoder(encoder);
	}
	return possible;
}

/* Whether another output has the CRTC. */
static bool is_taken(const struct kms_screen *screen, uint32_t crtc)
{
	for (size_t i = 0; i < screen->outputs_len; i++) {
		if (screen->outputs[i].crtc.id == crtc) {
			return true;
		}
	}
	return false;
}

/* Takes the connector if it becomes an output. */
static bool add_output(struct kms_screen *screen, const drmModeRes *resources,
	drmModeConnector *connector, unsigned index)
{
	struct kms_output *output = &screen->outputs[screen->outputs_len];
	drmModeCrtc *crtc;

	if (is_taken(screen, resources->crtcs[index]) ||
		kms_object_init(&output->crtc, screen->fd, resources->crtcs[index],
			DRM_MODE_OBJECT_CRTC) != 0) {
		return false;
	}
	if (kms_object_init(&output->connector_object, screen->fd, connector->connector_id,
		    DRM_MODE_OBJECT_CONNECTOR) != 0) {
		kms_object_finish(&output->crtc);
		return false;
	}
	crtc = drmModeGetCrtc(screen->fd, resources->crtcs[index]);
	output->active = kms_object_get(&output->crtc, "ACTIVE", 0) != 0 && crtc != NULL &&
			 crtc->mode_valid &&
			 kms_object_get(&output->connector_object, "CRTC_ID", 0) == output->crtc.id;
	if (output->active) {
		output->mode = crtc->mode;
	}
	drmModeFreeCrtc(crtc);
	output->connector = connector;
	output->crtc_index = index;
	screen->outputs_len++;
	return true;
}

static bool is_usable(const drmModeConnector *connector)
{
	return connector != NULL && connector->connection == DRM_MODE_CONNECTED &&
	       connector->count_modes > 0 &&
	       connector->connector_type != DRM_MODE_CONNECTOR_WRITEBACK;
}

/* What the kernel knows; asked of the hardware only where it knows nothing yet. */
static drmModeConnector *get_connector(int fd, uint32_t id)
{
	drmModeConnector *connector = drmModeGetConnectorCurrent(fd, id);

	if (connector != NULL && connector->count_modes == 0) {
		drmModeFreeConnector(connector);
		connector = drmModeGetConnector(fd, id);
	}
	return connector;
}

static void find_outputs(struct kms_screen *screen, const drmModeRes *resources)
{
	for (int i = 0; i < resources->count_connectors && screen->outputs_len < KMS_OUTPUTS_MAX;
		i++) {
		drmModeConnector *connector = get_connector(screen->fd, resources->connectors[i]);
		bool taken = false;
		uint32_t crtcs;

		crtcs = is_usable(connector) ? possible_crtcs(screen->fd, resources, connector) : 0;
		for (int c = 0; c < resources->count_crtcs && !taken; c++) {
			taken = (crtcs & 1u << c) != 0 &&
				add_output(screen, resources, connector, (unsigned)c);
		}
		if (!taken) {
			drmModeFreeConnector(connector);
		}
	}
}

static int active_first(const void *a, const void *b)
{
	return (int)((const struct kms_output *)b)->active -
	       (int)((const struct kms_output *)a)->active;
}

int kms_screen_init(struct kms_screen *screen, int fd, uint32_t format, uint64_t modifier)
{
	drmModeRes *resources = drmModeGetResources(fd);

	*screen = (struct kms_screen){.fd = fd, .format = format, .modifier = modifier};
	if (resources == NULL) {
		return errno != 0 ? -errno : -ENOMEM;
	}
	find_outputs(screen, resources);
	qsort(screen->outputs, screen->outputs_len, sizeof(screen->outputs[0]), active_first);
	drmModeFreeResources(resources);
	find_planes(screen);
	return 0;
}

void kms_screen_finish(struct kms_screen *screen)
{
	for (size_t i = 0; i < screen->outputs_len; i++) {
		kms_object_finish(&screen->outputs[i].crtc);
		kms_object_finish(&screen->outputs[i].connector_object);
		drmModeFreeConnector(screen->outputs[i].connector);
	}
	for (size_t i = 0; i < screen->planes_len; i++) {
		kms_object_finish(&screen->planes[i].object);
	}
}

static uint32_t count_planes(int fd)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(fd);
	uint32_t count = planes != NULL ? planes->count_planes : 0;

	drmModeFreePlaneResources(planes);
	return count;
}

/* Nobody tells; but CRTCs have ACTIVE, and primary planes are there, only for those who asked. */
static bool shows_atomic(int fd)
{
	drmModeRes *resources = drmModeGetResources(fd);
	struct kms_object crtc = {0};
	bool shows = false;

	if (resources != NULL && resources->count_crtcs > 0 &&
		kms_object_init(&crtc, fd, resources->crtcs[0], DRM_MODE_OBJECT_CRTC) == 0) {
		shows = kms_object_find(&crtc, "ACTIVE") != NULL;
	}
	kms_object_finish(&crtc);
	drmModeFreeResources(resources);
	return shows;
}

int kms_caps_take(int fd, struct kms_caps *before)
{
	uint32_t planes = count_planes(fd);

	before->atomic = shows_atomic(fd);
	if (drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1) != 0) {
		return -errno;
	}
	before->universal = before->atomic || count_planes(fd) == planes;
	return 0;
}

void kms_caps_put_back(int fd, const struct kms_caps *before)
{
	if (before->atomic) {
		return;
	}
	/* this takes the planes with it */
	drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 0);
	drmSetClientCap(fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, before->universal);
}
