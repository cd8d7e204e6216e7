/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

static int complain(const char *what, int error)
{
	fprintf(stderr, "tenon-kms: %s: %s\n", what, strerror(-error));
	return error;
}

static void object_finish(struct screen_object *object)
{
	for (uint32_t i = 0; i < object->len; i++) {
		drmModeFreeProperty(object->properties[i]);
	}
	free(object->properties);
	free(object->before);
	*object = (struct screen_object){.id = 0};
}

static int object_init(struct screen_object *object, int fd, uint32_t id, uint32_t type)
{
	drmModeObjectProperties *list = drmModeObjectGetProperties(fd, id, type);

	if (list == NULL) {
		return -ENODEV;
	}
	*object = (struct screen_object){.id = id, .type = type};
	object->properties = calloc(list->count_props + 1, sizeof(drmModePropertyPtr));
	object->before = calloc(list->count_props + 1, sizeof(*object->before));
	if (object->properties != NULL && object->before != NULL) {
		object->len = list->count_props;
		for (uint32_t i = 0; i < object->len; i++) {
			object->properties[i] = drmModeGetProperty(fd, list->props[i]);
			object->before[i] = list->prop_values[i];
		}
	}
	drmModeFreeObjectProperties(list);
	if (object->properties == NULL || object->before == NULL) {
		object_finish(object);
		return -ENOMEM;
	}
	return 0;
}

/* The index of a property; -1: there is none. */
static int find_property(const struct screen_object *object, const char *name)
{
	for (uint32_t i = 0; i < object->len; i++) {
		if (object->properties[i] != NULL &&
			strcmp(object->properties[i]->name, name) == 0) {
			return (int)i;
		}
	}
	return -1;
}

static uint64_t value_before(const struct screen_object *object, const char *name)
{
	int i = find_property(object, name);

	return i >= 0 ? object->before[i] : 0;
}

static int set(drmModeAtomicReq *request, const struct screen_object *object, const char *name,
	uint64_t value)
{
	int i = find_property(object, name), ret;

	if (i < 0) {
		fprintf(stderr, "tenon-kms: the driver has no property %s\n", name);
		return -ENOTSUP;
	}
	ret = drmModeAtomicAddProperty(request, object->id, object->properties[i]->prop_id, value);
	return ret < 0 ? ret : 0;
}

/* Sets several, until the first failure. */
struct setting {
	const char *name;
	uint64_t value;
};

static int set_all(drmModeAtomicReq *request, const struct screen_object *object,
	const struct setting *settings, size_t len)
{
	int ret = 0;

	for (size_t i = 0; i < len && ret == 0; i++) {
		ret = set(request, object, settings[i].name, settings[i].value);
	}
	return ret;
}

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
		if (ret == 0 && value_before(&screen->plane, "type") != DRM_PLANE_TYPE_PRIMARY) {
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
		if (value_before(other, "CRTC_ID") == screen->crtc.id) {
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
	uint64_t id = value_before(&screen->crtc, "MODE_ID");
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
	return ret == 0 ? choose_plane(screen, crtc, format) : complain(screen->name, ret);
}

int screen_open(struct screen *screen, int fd, const char *connector_name, uint32_t width,
	uint32_t height, uint32_t format)
{
	drmModeConnector *connector;
	drmModeRes *resources;
	int ret = -ENODEV;

	*screen = (struct screen){.fd = fd, .capture = {.done = -1}};
	if (drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1) != 0) {
		return complain("the driver has no atomic mode setting", -errno);
	}
	/* an old kernel has none */
	drmSetClientCap(fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1);
	resources = drmModeGetResources(fd);
	if (resources == NULL) {
		return complain("the device has no display", -errno);
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
		ret = ret != 0 ? complain("memory to write back to", ret) : 0;
	}
	drmModeFreeConnector(connector);
	drmModeFreeResources(resources);
	return ret;
}

static int set_plane(struct screen *screen, drmModeAtomicReq *request, uint32_t fb, int in_fence)
{
	uint64_t width = screen->mode.hdisplay, height = screen->mode.vdisplay;
	const struct setting settings[] = {
		{"FB_ID", fb},
		{"CRTC_ID", screen->crtc.id},
		{"SRC_X", 0},
		{"SRC_Y", 0},
		{"SRC_W", width << 16},
		{"SRC_H", height << 16},
		{"CRTC_X", 0},
		{"CRTC_Y", 0},
		{"CRTC_W", width},
		{"CRTC_H", height},
	};
	int ret = set_all(request, &screen->plane, settings, sizeof(settings) / sizeof(*settings));

	if (ret == 0 && in_fence >= 0) {
		ret = set(request, &screen->plane, "IN_FENCE_FD", (uint64_t)in_fence);
	}
	return ret;
}

static int set_output(struct screen *screen, drmModeAtomicReq *request)
{
	const struct setting settings[] = {{"MODE_ID", screen->mode_blob}, {"ACTIVE", 1}};
	int ret = set_all(request, &screen->crtc, settings, 2);

	for (size_t i = 0; i < screen->others_len && ret == 0; i++) {
		ret = set(request, &screen->others[i], "CRTC_ID", 0);
	}
	return ret == 0 ? set(request, &screen->connector, "CRTC_ID", screen->crtc.id) : ret;
}

static int set_capture(struct screen *screen, drmModeAtomicReq *request)
{
	const struct setting settings[] = {
		{"WRITEBACK_FB_ID", screen->capture.fb},
		{"WRITEBACK_OUT_FENCE_PTR", (uint64_t)(uintptr_t)&screen->capture.done},
	};

	if (screen->capture.done >= 0) {
		close(screen->capture.done);
		screen->capture.done = -1;
	}
	return set_all(request, &screen->connector, settings, 2);
}

int screen_show(struct screen *screen, uint32_t fb, int in_fence, int *out_fence)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	uint32_t flags = DRM_MODE_ATOMIC_NONBLOCK;
	int32_t fence = -1;
	int ret = request != NULL ? set_plane(screen, request, fb, in_fence) : -ENOMEM;

	if (ret == 0 && !screen->shows) {
		flags |= DRM_MODE_ATOMIC_ALLOW_MODESET;
		ret = set_output(screen, request);
	}
	if (ret == 0 && screen->writeback) {
		ret = set_capture(screen, request);
	}
	if (ret == 0) {
		ret = set(request, &screen->crtc, "OUT_FENCE_PTR", (uint64_t)(uintptr_t)&fence);
	}
	if (ret == 0) {
		ret = drmModeAtomicCommit(screen->fd, request, flags, NULL);
	}
	drmModeAtomicFree(request);
	if (ret != 0) {
		return complain("cannot show the picture", ret);
	}
	screen->shows = true;
	*out_fence = fence;
	return 0;
}

int screen_wait_fence(int fence, int timeout_ms)
{
	struct pollfd wait = {.fd = fence, .events = POLLIN};
	int ret;

	do {
		ret = poll(&wait, 1, timeout_ms);
	} while (ret < 0 && errno == EINTR);
	return ret > 0 ? 0 : ret == 0 ? -ETIMEDOUT : -errno;
}

int screen_wait_capture(struct screen *screen, int timeout_ms, const void **pixels)
{
	int ret = screen_wait_fence(screen->capture.done, timeout_ms);

	if (ret != 0) {
		return complain("the picture is not written back", ret);
	}
	*pixels = screen->capture.map;
	return 0;
}

/* The properties that we have changed, as they were. */
static int set_before(drmModeAtomicReq *request, const struct screen_object *object,
	const char *const *names, size_t len)
{
	int ret = 0;

	for (size_t i = 0; i < len && ret == 0; i++) {
		ret = set(request, object, names[i], value_before(object, names[i]));
	}
	return ret;
}

static int set_all_before(struct screen *screen, drmModeAtomicReq *request)
{
	static const char *const plane[] = {"FB_ID", "CRTC_ID", "SRC_X", "SRC_Y", "SRC_W", "SRC_H",
		"CRTC_X", "CRTC_Y", "CRTC_W", "CRTC_H"};
	static const char *const crtc[] = {"ACTIVE"}, *const connector[] = {"CRTC_ID"};
	int ret = set_before(request, &screen->plane, plane, sizeof(plane) / sizeof(plane[0]));

	if (ret == 0) {
		ret = set_before(request, &screen->crtc, crtc, 1);
	}
	if (ret == 0) {
		ret = set(request, &screen->crtc, "MODE_ID", screen->before_blob);
	}
	if (ret == 0) {
		ret = set_before(request, &screen->connector, connector, 1);
	}
	for (size_t i = 0; i < screen->others_len && ret == 0; i++) {
		ret = set_before(request, &screen->others[i], connector, 1);
	}
	return ret;
}

static int set_nothing(struct screen *screen, drmModeAtomicReq *request)
{
	const struct setting plane[] = {{"FB_ID", 0}, {"CRTC_ID", 0}};
	const struct setting crtc[] = {{"ACTIVE", 0}, {"MODE_ID", 0}};
	int ret = set_all(request, &screen->plane, plane, 2);

	if (ret == 0) {
		ret = set_all(request, &screen->crtc, crtc, 2);
	}
	return ret == 0 ? set(request, &screen->connector, "CRTC_ID", 0) : ret;
}

/* What was shown may be gone, with whoever showed it: then nothing. */
static void put_back(struct screen *screen)
{
	int (*const ways[])(struct screen * screen, drmModeAtomicReq * request) = {
		set_all_before, set_nothing};
	int ret = -EINVAL;

	for (size_t i = 0; i < 2 && ret != 0; i++) {
		drmModeAtomicReq *request = drmModeAtomicAlloc();

		ret = request != NULL ? ways[i](screen, request) : -ENOMEM;
		if (ret == 0) {
			ret = drmModeAtomicCommit(
				screen->fd, request, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL);
		}
		drmModeAtomicFree(request);
	}
	if (ret != 0) {
		complain("cannot put back what was shown", ret);
	}
}

static void close_capture(struct screen *screen)
{
	struct screen_capture *capture = &screen->capture;

	if (capture->done >= 0) {
		close(capture->done);
	}
	if (capture->map != NULL) {
		munmap(capture->map, capture->size);
	}
	if (capture->fb != 0) {
		drmModeRmFB(screen->fd, capture->fb);
	}
	if (capture->handle != 0) {
		drmModeDestroyDumbBuffer(screen->fd, capture->handle);
	}
}

void screen_close(struct screen *screen)
{
	if (screen->shows) {
		put_back(screen);
	}
	close_capture(screen);
	if (screen->mode_blob != 0) {
		drmModeDestroyPropertyBlob(screen->fd, screen->mode_blob);
	}
	if (screen->before_blob != 0) {
		drmModeDestroyPropertyBlob(screen->fd, screen->before_blob);
	}
	object_finish(&screen->plane);
	object_finish(&screen->crtc);
	object_finish(&screen->connector);
	for (size_t i = 0; i < screen->others_len; i++) {
		object_finish(&screen->others[i]);
	}
}
