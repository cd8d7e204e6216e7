/* SPDX-License-Identifier: MIT */
/* Finds the output: connector, mode, CRTC and plane that show a picture. */
#include "screen.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <xf86drm.h>

static void connector_name(char *out, size_t size, const drmModeConnector *connector)
{
	const char *type = drmModeGetConnectorTypeName(connector->connector_type);

	snprintf(out, size, "%s-%u", type != NULL ? type : "Unknown",
		(unsigned)connector->connector_type_id);
}

static bool is_wanted(const drmModeConnector *connector, const char *name, char *found, size_t size)
{
	connector_name(found, size, connector);
	if (name != NULL) {
		return strcmp(found, name) == 0;
	}
	return connector->connection == DRM_MODE_CONNECTED && connector->count_modes > 0 &&
	       connector->connector_type != DRM_MODE_CONNECTOR_WRITEBACK;
}

static drmModeConnector *find_connector(
	struct screen *screen, const drmModeRes *resources, const char *name)
{
	for (int i = 0; i < resources->count_connectors; i++) {
		drmModeConnector *connector =
			drmModeGetConnector(screen->fd, resources->connectors[i]);

		if (connector != NULL &&
			is_wanted(connector, name, screen->name, sizeof(screen->name))) {
			return connector;
		}
		drmModeFreeConnector(connector);
	}
	if (name != NULL) {
		fprintf(stderr, "tenon-kms: there is no connector \"%s\"\n", name);
	} else {
		fputs("tenon-kms: nothing is connected\n", stderr);
	}
	return NULL;
}

/* For outputs that take any: 60 Hz and a little blanking. */
static drmModeModeInfo make_mode(uint32_t width, uint32_t height)
{
	drmModeModeInfo mode = {
		.hdisplay = (uint16_t)width,
		.hsync_start = (uint16_t)(width + 8),
		.hsync_end = (uint16_t)(width + 16),
		.htotal = (uint16_t)(width + 32),
		.vdisplay = (uint16_t)height,
		.vsync_start = (uint16_t)(height + 4),
		.vsync_end = (uint16_t)(height + 8),
		.vtotal = (uint16_t)(height + 16),
		.vrefresh = 60,
		.name = "tenon",
	};

	mode.clock = (uint32_t)mode.htotal * mode.vtotal * 60 / 1000;
	return mode;
}

static int choose_mode(
	struct screen *screen, const drmModeConnector *connector, uint32_t width, uint32_t height)
{
	if (screen->writeback) {
		screen->mode = make_mode(width != 0 ? width : 640, height != 0 ? height : 480);
		return 0;
	}
	for (int i = 0; i < connector->count_modes; i++) {
		const drmModeModeInfo *mode = &connector->modes[i];

		if (width == 0 || (mode->hdisplay == width && mode->vdisplay == height)) {
			screen->mode = *mode;
			return 0;
		}
	}
	if (connector->count_modes == 0) {
		fprintf(stderr, "tenon-kms: nothing is connected to %s\n", screen->name);
	} else {
		fprintf(stderr, "tenon-kms: %s has no mode of %ux%u; its own is %ux%u\n",
			screen->name, (unsigned)width, (unsigned)height,
			(unsigned)connector->modes[0].hdisplay,
			(unsigned)connector->modes[0].vdisplay);
	}
	return -ENODEV;
}

/* The index of a CRTC that can drive the connector, the one that does if one does; -1. */
static int choose_crtc(int fd, const drmModeRes *resources, const drmModeConnector *connector)
{
	int chosen = -1;

	for (int i = 0; i < connector->count_encoders; i++) {
		drmModeEncoder *encoder = drmModeGetEncoder(fd, connector->encoders[i]);

		for (int c = 0; encoder != NULL && c < resources->count_crtcs; c++) {
			bool drives = encoder->encoder_id == connector->encoder_id &&
				      encoder->crtc_id == resources->crtcs[c];

			if ((encoder->possible_crtcs & 1u << c) && (chosen < 0 || drives)) {
				chosen = c;
			}
		}
		drmModeFreeEncoder(encoder);
	}
	return chosen;
}

static bool has_format(const drmModePlane *plane, uint32_t format)
{
	for (uint32_t i = 0; i < plane->count_formats; i++) {
		if (plane->formats[i] == format) {
			return true;
		}
	}
	return false;
}

/* Takes the plane if it is a primary one for this CRTC with this format. */
static int try_plane(struct screen *screen, uint32_t id, int crtc, uint32_t format)
{
	drmModePlane *plane = drmModeGetPlane(screen->fd, id);
	int ret = -ENOENT;

	if (plane != NULL && (plane->possible_crtcs & 1u << crtc) && has_format(plane, format)) {
		ret = object_init(&screen->plane, screen->fd, id, DRM_MODE_OBJECT_PLANE);
		if (ret == 0 &&
			object_value_before(&screen->plane, "type") != DRM_PLANE_TYPE_PRIMARY) {
			object_finish(&screen->plane);
			ret = -ENOENT;
		}
	}
	drmModeFreePlane(plane);
	return ret;
}

static int choose_plane(struct screen *screen, int crtc, uint32_t format)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(screen->fd);
	int ret = -ENOENT;

	for (uint32_t i = 0; planes != NULL && i < planes->count_planes && ret == -ENOENT; i++) {
		ret = try_plane(screen, planes->planes[i], crtc, format);
	}
	drmModeFreePlaneResources(planes);
	if (ret == -ENOENT) {
		fprintf(stderr, "tenon-kms: no primary plane for %s has this format\n",
			screen->name);
	}
	return ret;
}

/* Connectors that the CRTC drives beside ours: they go dark for the time. */
static int find_others(struct screen *screen, const drmModeRes *resources)
{
	for (int i = 0; i < resources->count_connectors; i++) {
		struct screen_object *other = &screen->others[screen->others_len];

		if (resources->connectors[i] == screen->connector.id ||
			screen->others_len == SCREEN_OTHERS_MAX ||
			object_init(other, screen->fd, resources->connectors[i],
				DRM_MODE_OBJECT_CONNECTOR) != 0) {
			continue;
		}
		if (object_value_before(other, "CRTC_ID") == screen->crtc.id) {
			screen->others_len++;
		} else {
			object_finish(other);
		}
	}
	return 0;
}

/* The mode that was set belongs to whoever set it, and goes with our commit: a copy of it. */
static int keep_mode(struct screen *screen)
{
	uint64_t id = object_value_before(&screen->crtc, "MODE_ID");
	drmModePropertyBlobRes *blob;
	int ret;

	if (id == 0) {
		return 0;
	}
	blob = drmModeGetPropertyBlob(screen->fd, (uint32_t)id);
	if (blob == NULL) {
		return -ENOMEM;
	}
	ret = drmModeCreatePropertyBlob(screen->fd, blob->data, blob->length, &screen->before_blob);
	drmModeFreePropertyBlob(blob);
	return ret;
}

static int open_capture(struct screen *screen)
{
	struct drm_mode_create_dumb create = {
		.width = screen->mode.hdisplay, .height = screen->mode.vdisplay, .bpp = 32};
	struct drm_mode_map_dumb map = {.handle = 0};
	uint32_t handles[4] = {0}, pitches[4] = {0}, offsets[4] = {0};
	int ret;

	if (drmIoctl(screen->fd, DRM_IOCTL_MODE_CREATE_DUMB, &create) != 0) {
		return -errno;
	}
	screen->capture.handle = handles[0] = map.handle = create.handle;
	screen->capture.pitch = pitches[0] = create.pitch;
	screen->capture.size = create.size;
	ret = drmModeAddFB2(screen->fd, create.width, create.height, DRM_FORMAT_XRGB8888, handles,
		pitches, offsets, &screen->capture.fb, 0);
	if (ret != 0 || drmIoctl(screen->fd, DRM_IOCTL_MODE_MAP_DUMB, &map) != 0) {
		return -errno;
	}
	screen->capture.map =
		mmap(NULL, create.size, PROT_READ, MAP_SHARED, screen->fd, (off_t)map.offset);
	if (screen->capture.map == MAP_FAILED) {
		screen->capture.map = NULL;
		return -errno;
	}
	return 0;
}

static int open_objects(struct screen *screen, const drmModeRes *resources,
	const drmModeConnector *connector, uint32_t format)
{
	int crtc = choose_crtc(screen->fd, resources, connector), ret;

	if (crtc < 0) {
		fprintf(stderr, "tenon-kms: nothing can drive %s\n", screen->name);
		return -ENODEV;
	}
	ret = object_init(
		&screen->connector, screen->fd, connector->connector_id, DRM_MODE_OBJECT_CONNECTOR);
	if (ret == 0) {
		ret = object_init(
			&screen->crtc, screen->fd, resources->crtcs[crtc], DRM_MODE_OBJECT_CRTC);
	}
	if (ret == 0) {
		ret = find_others(screen, resources);
	}
	if (ret == 0) {
		ret = keep_mode(screen);
	}
	if (ret == 0) {
		ret = drmModeCreatePropertyBlob(
			screen->fd, &screen->mode, sizeof(screen->mode), &screen->mode_blob);
	}
	return ret == 0 ? choose_plane(screen, crtc, format) : screen_complain(screen->name, ret);
}

int screen_open(struct screen *screen, int fd, const char *connector_name, uint32_t width,
	uint32_t height, uint32_t format)
{
	drmModeConnector *connector;
	drmModeRes *resources;
	int ret = -ENODEV;

	*screen = (struct screen){.fd = fd, .capture = {.done = -1}};
	if (drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1) != 0) {
		return screen_complain("the driver has no atomic mode setting", -errno);
	}
	/* an old kernel has none */
	drmSetClientCap(fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1);
	resources = drmModeGetResources(fd);
	if (resources == NULL) {
		return screen_complain("the device has no display", -errno);
	}
	connector = find_connector(screen, resources, connector_name);
	if (connector != NULL) {
		screen->writeback = connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK;
		ret = choose_mode(screen, connector, width, height);
	}
	if (ret == 0) {
		ret = open_objects(screen, resources, connector, format);
	}
	if (ret == 0 && screen->writeback) {
		ret = open_capture(screen);
		ret = ret != 0 ? screen_complain("memory to write back to", ret) : 0;
	}
	drmModeFreeConnector(connector);
	drmModeFreeResources(resources);
	return ret;
}
