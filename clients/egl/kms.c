/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <gbm.h>
#include <xf86drm.h>

#include "kms.h"

#define FLIP_TIMEOUT_MS 5000

static int complain(const char *stage, int error)
{
	fprintf(stderr, "%s: %s\n", stage, strerror(-error));
	return error;
}

static drmModeConnector *find_connected(int fd, const drmModeRes *resources)
{
	for (int i = 0; i < resources->count_connectors; i++) {
		drmModeConnector *connector = drmModeGetConnector(fd, resources->connectors[i]);
		if (connector != NULL && connector->connection == DRM_MODE_CONNECTED &&
			connector->count_modes > 0) {
			return connector;
		}
		drmModeFreeConnector(connector);
	}
	return NULL;
}

/* The first of this size, or the preferred one where no size is asked for; NULL: there is none. */
static const drmModeModeInfo *find_mode(
	const drmModeConnector *connector, uint32_t width, uint32_t height)
{
	for (int i = 0; i < connector->count_modes; i++) {
		const drmModeModeInfo *mode = &connector->modes[i];
		bool wanted = width != 0 ? mode->hdisplay == width && mode->vdisplay == height
					 : (mode->type & DRM_MODE_TYPE_PREFERRED) != 0;
		if (wanted) {
			return mode;
		}
	}
	return width != 0 ? NULL : &connector->modes[0];
}

static uint32_t find_crtc(int fd, const drmModeRes *resources, const drmModeConnector *connector)
{
	for (int i = 0; i < connector->count_encoders; i++) {
		drmModeEncoder *encoder = drmModeGetEncoder(fd, connector->encoders[i]);
		uint32_t possible = encoder != NULL ? encoder->possible_crtcs : 0;
		drmModeFreeEncoder(encoder);
		for (int c = 0; c < resources->count_crtcs; c++) {
			if (possible & (1u << c)) {
				return resources->crtcs[c];
			}
		}
	}
	return 0;
}

static int choose_output(struct kms *kms, uint32_t width, uint32_t height)
{
	drmModeRes *resources = drmModeGetResources(kms->fd);
	if (resources == NULL) {
		return complain("this node has no display", -errno);
	}
	drmModeConnector *connector = find_connected(kms->fd, resources);
	if (connector != NULL) {
		const drmModeModeInfo *mode = find_mode(connector, width, height);
		kms->connector = connector->connector_id;
		if (mode != NULL) {
			kms->mode = *mode;
			kms->crtc = find_crtc(kms->fd, resources, connector);
		}
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	if (kms->crtc == 0) {
		return complain("no connected output with such a mode", -ENODEV);
	}
	kms->before = drmModeGetCrtc(kms->fd, kms->crtc);
	return 0;
}

int kms_open(struct kms *kms, const char *node, uint32_t width, uint32_t height)
{
	*kms = (struct kms){.fd = open(node, O_RDWR | O_CLOEXEC)};
	if (kms->fd < 0) {
		return complain(node, -errno);
	}
	int ret = choose_output(kms, width, height);
	if (ret < 0) {
		close(kms->fd);
	}
	return ret;
}

void kms_close(struct kms *kms)
{
	if (kms->before != NULL) {
		drmModeSetCrtc(kms->fd, kms->crtc, kms->before->buffer_id, kms->before->x,
			kms->before->y, &kms->connector, kms->before->buffer_id != 0,
			kms->before->mode_valid ? &kms->before->mode : NULL);
		drmModeFreeCrtc(kms->before);
	}
	close(kms->fd);
}

/* A bo's framebuffer, kept with the bo. */
struct framebuffer {
	int fd;
	uint32_t id;
};

static void destroy_framebuffer(struct gbm_bo *bo, void *data)
{
	struct framebuffer *framebuffer = data;
	drmModeRmFB(framebuffer->fd, framebuffer->id);
	free(framebuffer);
}

static int add_framebuffer(int fd, struct gbm_bo *bo, uint32_t *id)
{
	uint32_t handles[4] = {0}, pitches[4] = {0}, offsets[4] = {0};
	uint64_t modifiers[4] = {0}, has_modifiers = 0, modifier = gbm_bo_get_modifier(bo);
	int planes = gbm_bo_get_plane_count(bo);
	for (int i = 0; i < planes && i < 4; i++) {
		handles[i] = gbm_bo_get_handle_for_plane(bo, i).u32;
		pitches[i] = gbm_bo_get_stride_for_plane(bo, i);
		offsets[i] = gbm_bo_get_offset(bo, i);
		modifiers[i] = modifier;
	}
	drmGetCap(fd, DRM_CAP_ADDFB2_MODIFIERS, &has_modifiers);
	bool say_modifier = has_modifiers != 0 && modifier != DRM_FORMAT_MOD_INVALID;
	int ret = drmModeAddFB2WithModifiers(fd, gbm_bo_get_width(bo), gbm_bo_get_height(bo),
		gbm_bo_get_format(bo), handles, pitches, offsets, say_modifier ? modifiers : NULL,
		id, say_modifier ? DRM_MODE_FB_MODIFIERS : 0);
	return ret != 0 ? -errno : 0;
}

static int framebuffer_of(int fd, struct gbm_bo *bo, uint32_t *id)
{
	struct framebuffer *framebuffer = gbm_bo_get_user_data(bo);
	if (framebuffer == NULL) {
		framebuffer = calloc(1, sizeof(*framebuffer));
		if (framebuffer == NULL) {
			return -ENOMEM;
		}
		framebuffer->fd = fd;
		int ret = add_framebuffer(fd, bo, &framebuffer->id);
		if (ret < 0) {
			free(framebuffer);
			return complain("framebuffer (AddFB2)", ret);
		}
		gbm_bo_set_user_data(bo, framebuffer, destroy_framebuffer);
	}
	*id = framebuffer->id;
	return 0;
}

static void flipped(int fd, unsigned sequence, unsigned sec, unsigned usec, void *data)
{
	*(bool *)data = true;
}

static int wait_for_flip(int fd, const bool *done)
{
	drmEventContext events = {.version = 2, .page_flip_handler = flipped};
	while (!*done) {
		struct pollfd in = {.fd = fd, .events = POLLIN};
		int ret = poll(&in, 1, FLIP_TIMEOUT_MS);
		if (ret == 0) {
			return complain("page flip", -ETIMEDOUT);
		}
		if (ret < 0 && errno != EINTR) {
			return complain("page flip", -errno);
		}
		if (ret > 0) {
			drmHandleEvent(fd, &events);
		}
	}
	return 0;
}

int kms_show(struct kms *kms, struct gbm_bo *bo)
{
	uint32_t id = 0;
	bool done = false;
	int ret = framebuffer_of(kms->fd, bo, &id);
	if (ret < 0) {
		return ret;
	}
	if (kms->shown == NULL) {
		ret = drmModeSetCrtc(kms->fd, kms->crtc, id, 0, 0, &kms->connector, 1, &kms->mode);
		ret = ret != 0 ? complain("mode setting", -errno) : 0;
	} else {
		ret = drmModePageFlip(kms->fd, kms->crtc, id, DRM_MODE_PAGE_FLIP_EVENT, &done);
		ret = ret != 0 ? complain("page flip", -errno) : wait_for_flip(kms->fd, &done);
	}
	if (ret == 0) {
		kms->shown = bo;
	}
	return ret;
}
