/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

enum {
	CAPTURE_PAUSE_MS = 20,
};

int screen_complain(const char *what, int error)
{
	fprintf(stderr, "tenon-kms: %s: %s\n", what, strerror(-error));
	return error;
}

static int set_plane(struct screen *screen, drmModeAtomicReq *request, uint32_t fb, int in_fence)
{
	uint64_t width = screen->mode.hdisplay, height = screen->mode.vdisplay;
	const struct object_setting settings[] = {
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
	int ret = object_set_all(
		request, &screen->plane, settings, sizeof(settings) / sizeof(*settings));

	if (ret == 0 && in_fence >= 0) {
		ret = object_set(request, &screen->plane, "IN_FENCE_FD", (uint64_t)in_fence);
	}
	return ret;
}

static int set_output(struct screen *screen, drmModeAtomicReq *request)
{
	const struct object_setting settings[] = {{"MODE_ID", screen->mode_blob}, {"ACTIVE", 1}};
	int ret = object_set_all(request, &screen->crtc, settings, 2);

	for (size_t i = 0; i < screen->others_len && ret == 0; i++) {
		ret = object_set(request, &screen->others[i], "CRTC_ID", 0);
	}
	return ret == 0 ? object_set(request, &screen->connector, "CRTC_ID", screen->crtc.id) : ret;
}

static int set_capture(struct screen *screen, drmModeAtomicReq *request)
{
	const struct object_setting settings[] = {
		{"WRITEBACK_FB_ID", screen->capture.fb},
		{"WRITEBACK_OUT_FENCE_PTR", (uint64_t)(uintptr_t)&screen->capture.done},
	};

	if (screen->capture.done >= 0) {
		close(screen->capture.done);
		screen->capture.done = -1;
	}
	return object_set_all(request, &screen->connector, settings, 2);
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
		ret = object_set(
			request, &screen->crtc, "OUT_FENCE_PTR", (uint64_t)(uintptr_t)&fence);
	}
	if (ret == 0) {
		ret = drmModeAtomicCommit(screen->fd, request, flags, NULL);
	}
	drmModeAtomicFree(request);
	if (ret != 0) {
		return screen_complain("cannot show the picture", ret);
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
		return screen_complain("the picture is not written back", ret);
	}
	/*
	 * The kernel's vkms puts an end to composing when it cleans up after a picture, which is
	 * some time after the fence (up to Linux 6.12 at least). A picture asked for before that is
	 * never written.
	 */
	poll(NULL, 0, CAPTURE_PAUSE_MS);
	*pixels = screen->capture.map;
	return 0;
}

static int set_all_before(struct screen *screen, drmModeAtomicReq *request)
{
	static const char *const plane[] = {"FB_ID", "CRTC_ID", "SRC_X", "SRC_Y", "SRC_W", "SRC_H",
		"CRTC_X", "CRTC_Y", "CRTC_W", "CRTC_H"};
	static const char *const crtc[] = {"ACTIVE"}, *const connector[] = {"CRTC_ID"};
	int ret =
		object_set_before(request, &screen->plane, plane, sizeof(plane) / sizeof(plane[0]));

	if (ret == 0) {
		ret = object_set_before(request, &screen->crtc, crtc, 1);
	}
	if (ret == 0) {
		ret = object_set(request, &screen->crtc, "MODE_ID", screen->before_blob);
	}
	if (ret == 0) {
		ret = object_set_before(request, &screen->connector, connector, 1);
	}
	for (size_t i = 0; i < screen->others_len && ret == 0; i++) {
		ret = object_set_before(request, &screen->others[i], connector, 1);
	}
	return ret;
}

static int set_nothing(struct screen *screen, drmModeAtomicReq *request)
{
	const struct object_setting plane[] = {{"FB_ID", 0}, {"CRTC_ID", 0}};
	const struct object_setting crtc[] = {{"ACTIVE", 0}, {"MODE_ID", 0}};
	int ret = object_set_all(request, &screen->plane, plane, 2);

	if (ret == 0) {
		ret = object_set_all(request, &screen->crtc, crtc, 2);
	}
	return ret == 0 ? object_set(request, &screen->connector, "CRTC_ID", 0) : ret;
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
		screen_complain("cannot put back what was shown", ret);
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
