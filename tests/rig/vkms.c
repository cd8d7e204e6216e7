/* SPDX-License-Identifier: MIT */
#include "vkms.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "rig.h"

/* Where the pixels come back to. */
struct capture {
	uint32_t handle, fb, pitch;
	uint32_t width, height;
	size_t size;
	uint32_t *map;
	int done; /* signalled when the pixels are there, -1: nothing is shown */
};

struct vkms {
	int fd;
	uint32_t crtc, plane;       /* the first CRTC and its primary plane */
	uint32_t screen, writeback; /* connectors */
	struct capture capture;
};

/* A property's id by its name, and its value; 0 where the object has none of this name. */
static uint32_t property(int fd, uint32_t object, uint32_t type, const char *name, uint64_t *value)
{
	drmModeObjectProperties *list = drmModeObjectGetProperties(fd, object, type);
	uint32_t id = 0;

	for (uint32_t i = 0; list != NULL && i < list->count_props; i++) {
		drmModePropertyRes *found = drmModeGetProperty(fd, list->props[i]);

		if (found != NULL && strcmp(found->name, name) == 0) {
			id = found->prop_id;
			*value = list->prop_values[i];
		}
		drmModeFreeProperty(found);
	}
	drmModeFreeObjectProperties(list);
	return id;
}

static void find_plane(struct vkms *vkms)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(vkms->fd);

	for (uint32_t i = 0; planes != NULL && i < planes->count_planes; i++) {
		drmModePlane *plane = drmModeGetPlane(vkms->fd, planes->planes[i]);
		uint64_t type = 0;

		property(vkms->fd, planes->planes[i], DRM_MODE_OBJECT_PLANE, "type", &type);
		if (plane != NULL && (plane->possible_crtcs & 1) != 0 &&
			type == DRM_PLANE_TYPE_PRIMARY) {
			vkms->plane = plane->plane_id;
		}
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(planes);
}

static void find_objects(struct vkms *vkms)
{
	drmModeRes *resources = drmModeGetResources(vkms->fd);

	if (resources == NULL) {
		return;
	}
	vkms->crtc = resources->count_crtcs > 0 ? resources->crtcs[0] : 0;
	for (int i = 0; i < resources->count_connectors; i++) {
		drmModeConnector *connector =
			drmModeGetConnector(vkms->fd, resources->connectors[i]);

		if (connector == NULL) {
			continue;
		}
		if (connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK) {
			vkms->writeback = connector->connector_id;
		} else {
			vkms->screen = connector->connector_id;
		}
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	find_plane(vkms);
}

int vkms_create(struct vkms **out)
{
	struct vkms *vkms = calloc(1, sizeof(*vkms));

	if (vkms == NULL) {
		return -ENOMEM;
	}
	vkms->capture.done = -1;
	vkms->fd = rig_open_card("vkms");
	if (vkms->fd < 0) {
		int error = vkms->fd;

		free(vkms);
		return error;
	}
	drmSetClientCap(vkms->fd, DRM_CLIENT_CAP_ATOMIC, 1);
	drmSetClientCap(vkms->fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1);
	find_objects(vkms);
	if (vkms->crtc == 0 || vkms->plane == 0 || vkms->screen == 0 || vkms->writeback == 0) {
		vkms_destroy(vkms);
		return -ENODEV;
	}
	*out = vkms;
	return 0;
}

void vkms_destroy(struct vkms *vkms)
{
	if (vkms == NULL) {
		return;
	}
	vkms_show_end(vkms);
	close(vkms->fd);
	free(vkms);
}

int vkms_fd(const struct vkms *vkms)
{
	return vkms->fd;
}

static void close_handle(struct vkms *vkms, uint32_t handle)
{
	struct drm_gem_close close = {.handle = handle};

	if (handle != 0) {
		rig_ioctl(vkms->fd, DRM_IOCTL_GEM_CLOSE, &close);
	}
}

int vkms_add_picture(struct vkms *vkms, const struct vkms_picture *picture, uint32_t *fb)
{
	uint32_t handles[4] = {0};
	int result = 0;

	for (int i = 0; i < 4 && picture->pitches[i] != 0 && result == 0; i++) {
		struct drm_prime_handle prime = {.fd = picture->dmabuf[i]};

		result = rig_ioctl(vkms->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);
		handles[i] = prime.handle;
	}
	if (result == 0) {
		result = drmModeAddFB2(vkms->fd, picture->width, picture->height, picture->format,
			handles, picture->pitches, picture->offsets, fb, 0);
	}
	/* The framebuffer holds the buffers. The same dma-buf twice is the same handle, once. */
	for (int i = 0; i < 4; i++) {
		bool before = false;

		for (int k = 0; k < i; k++) {
			before = before || handles[k] == handles[i];
		}
		if (!before) {
			close_handle(vkms, handles[i]);
		}
	}
	return result;
}

void vkms_remove_picture(struct vkms *vkms, uint32_t fb)
{
	drmModeRmFB(vkms->fd, fb);
}

static void capture_finish(struct vkms *vkms, struct capture *capture)
{
	if (capture->map != NULL) {
		munmap(capture->map, capture->size);
	}
	if (capture->fb != 0) {
		drmModeRmFB(vkms->fd, capture->fb);
	}
	close_handle(vkms, capture->handle);
	if (capture->done >= 0) {
		close(capture->done);
	}
	memset(capture, 0, sizeof(*capture));
	capture->done = -1;
}

static int capture_init(struct vkms *vkms, struct capture *capture, uint32_t width, uint32_t height)
{
	struct drm_mode_create_dumb create = {.width = width, .height = height, .bpp = 32};
	struct drm_mode_map_dumb offset = {0};
	uint32_t handles[4] = {0}, pitches[4] = {0}, offsets[4] = {0};
	int result = rig_ioctl(vkms->fd, DRM_IOCTL_MODE_CREATE_DUMB, &create);
	void *map;

	if (result < 0) {
		return result;
	}
	capture->width = width;
	capture->height = height;
	capture->handle = offset.handle = handles[0] = create.handle;
	capture->pitch = pitches[0] = create.pitch;
	capture->size = create.size;
	result = drmModeAddFB2(vkms->fd, width, height, DRM_FORMAT_XRGB8888, handles, pitches,
		offsets, &capture->fb, 0);
	if (result == 0) {
		result = rig_ioctl(vkms->fd, DRM_IOCTL_MODE_MAP_DUMB, &offset);
	}
	if (result == 0) {
		map = mmap(NULL, capture->size, PROT_READ | PROT_WRITE, MAP_SHARED, vkms->fd,
			(off_t)offset.offset);
		result = map == MAP_FAILED ? -errno : 0;
		capture->map = map == MAP_FAILED ? NULL : map;
	}
	if (result < 0) {
		capture_finish(vkms, capture);
	}
	return result;
}

/* vkms takes any mode; this one has 60 Hz and a little blanking. */
static drmModeModeInfo mode_for(uint32_t width, uint32_t height)
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
		.name = "rig",
	};

	mode.clock = (uint32_t)mode.htotal * mode.vtotal * 60 / 1000;
	return mode;
}

static void set(struct vkms *vkms, drmModeAtomicReq *request, uint32_t object, uint32_t type,
	const char *name, uint64_t value)
{
	uint64_t unused;

	drmModeAtomicAddProperty(
		request, object, property(vkms->fd, object, type, name, &unused), value);
}

static void set_plane(struct vkms *vkms, drmModeAtomicReq *request, uint32_t fb, uint32_t width,
	uint32_t height, int in_fence)
{
	const struct {
		const char *name;
		uint64_t value;
	} values[] = {
		{"FB_ID", fb},
		{"CRTC_ID", vkms->crtc},
		{"SRC_X", 0},
		{"SRC_Y", 0},
		{"SRC_W", (uint64_t)width << 16},
		{"SRC_H", (uint64_t)height << 16},
		{"CRTC_X", 0},
		{"CRTC_Y", 0},
		{"CRTC_W", width},
		{"CRTC_H", height},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		set(vkms, request, vkms->plane, DRM_MODE_OBJECT_PLANE, values[i].name,
			values[i].value);
	}
	if (in_fence >= 0) {
		set(vkms, request, vkms->plane, DRM_MODE_OBJECT_PLANE, "IN_FENCE_FD",
			(uint64_t)in_fence);
	}
}

/*
 * The whole state in one commit. The screen's connector goes off the CRTC: 6.12 does not say that
 * it and the writeback connector may share one, and answers EINVAL.
 */
static int commit(struct vkms *vkms, uint32_t fb, int in_fence)
{
	struct capture *capture = &vkms->capture;
	drmModeModeInfo mode = mode_for(capture->width, capture->height);
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	uint32_t blob = 0;
	int result;

	if (request == NULL) {
		return -ENOMEM;
	}
	result = drmModeCreatePropertyBlob(vkms->fd, &mode, sizeof(mode), &blob);
	if (result == 0) {
		set(vkms, request, vkms->crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID", blob);
		set(vkms, request, vkms->crtc, DRM_MODE_OBJECT_CRTC, "ACTIVE", 1);
		set(vkms, request, vkms->screen, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID", 0);
		set(vkms, request, vkms->writeback, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID",
			vkms->crtc);
		set(vkms, request, vkms->writeback, DRM_MODE_OBJECT_CONNECTOR, "WRITEBACK_FB_ID",
			capture->fb);
		set(vkms, request, vkms->writeback, DRM_MODE_OBJECT_CONNECTOR,
			"WRITEBACK_OUT_FENCE_PTR", (uint64_t)(uintptr_t)&capture->done);
		set_plane(vkms, request, fb, capture->width, capture->height, in_fence);
		result = drmModeAtomicCommit(vkms->fd, request,
			DRM_MODE_ATOMIC_ALLOW_MODESET | DRM_MODE_ATOMIC_NONBLOCK, NULL);
		drmModeDestroyPropertyBlob(vkms->fd, blob);
	}
	drmModeAtomicFree(request);
	return result;
}

/* Takes the picture off the screen, so that its framebuffer is free. */
static void blank(struct vkms *vkms)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();

	if (request == NULL) {
		return;
	}
	set(vkms, request, vkms->plane, DRM_MODE_OBJECT_PLANE, "FB_ID", 0);
	set(vkms, request, vkms->plane, DRM_MODE_OBJECT_PLANE, "CRTC_ID", 0);
	set(vkms, request, vkms->writeback, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID", 0);
	set(vkms, request, vkms->crtc, DRM_MODE_OBJECT_CRTC, "ACTIVE", 0);
	set(vkms, request, vkms->crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID", 0);
	drmModeAtomicCommit(vkms->fd, request, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL);
	drmModeAtomicFree(request);
}

int vkms_show_start(struct vkms *vkms, uint32_t fb, uint32_t width, uint32_t height, int in_fence)
{
	int result = capture_init(vkms, &vkms->capture, width, height);

	if (result < 0) {
		return result;
	}
	result = commit(vkms, fb, in_fence);
	if (result < 0) {
		capture_finish(vkms, &vkms->capture);
	}
	return result;
}

int vkms_show_wait(struct vkms *vkms, int timeout_ms, uint32_t *pixels)
{
	const struct capture *capture = &vkms->capture;
	struct pollfd done = {.fd = capture->done, .events = POLLIN};
	int result = poll(&done, 1, timeout_ms);

	if (result <= 0) {
		return result < 0 ? -errno : -ETIMEDOUT;
	}
	poll(NULL, 0, 5); /* vkms cleans up after the fence, and takes no picture in between */
	for (size_t y = 0; y < capture->height; y++) {
		memcpy(pixels + y * capture->width, (char *)capture->map + y * capture->pitch,
			(size_t)capture->width * 4);
	}
	return 0;
}

void vkms_show_end(struct vkms *vkms)
{
	if (vkms->capture.done >= 0) {
		blank(vkms);
		capture_finish(vkms, &vkms->capture);
	}
}

int vkms_show(struct vkms *vkms, uint32_t fb, uint32_t width, uint32_t height, uint32_t *pixels)
{
	int result = vkms_show_start(vkms, fb, width, height, -1);

	if (result == 0) {
		result = vkms_show_wait(vkms, 5000, pixels);
	}
	vkms_show_end(vkms);
	return result;
}
