/* SPDX-License-Identifier: MIT */

/*
 * EGL on GBM to KMS, as every program of that kind does it: nothing here knows of Tenon. With
 * GBM_BACKEND=tenon the window surface's buffers come from Tenon all the same.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <gbm.h>

#include "kms.h"
#include "options.h"
#include "scene.h"

struct target {
	struct kms kms;
	struct gbm_device *device;
	struct gbm_surface *gbm;
	EGLDisplay display;
	EGLContext context;
	EGLSurface surface;
	struct scene *scene;
	struct gbm_bo *front; /* locked, on the display */
};

static bool choose_config(struct target *target, EGLConfig *out)
{
	static const EGLint wanted[] = {EGL_SURFACE_TYPE, EGL_WINDOW_BIT, EGL_RENDERABLE_TYPE,
		EGL_OPENGL_ES2_BIT, EGL_RED_SIZE, 8, EGL_GREEN_SIZE, 8, EGL_BLUE_SIZE, 8, EGL_NONE};
	EGLConfig configs[128];
	EGLint len = 0;
	eglChooseConfig(target->display, wanted, configs, 128, &len);
	for (EGLint i = 0; i < len; i++) {
		EGLint visual = 0;
		eglGetConfigAttrib(target->display, configs[i], EGL_NATIVE_VISUAL_ID, &visual);
		if (visual == GBM_FORMAT_XRGB8888) {
			*out = configs[i];
			return true;
		}
	}
	return false;
}

static bool init_egl(struct target *target)
{
	static const EGLint version[] = {EGL_CONTEXT_CLIENT_VERSION, 2, EGL_NONE};
	EGLConfig config;
	target->display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, target->device, NULL);
	if (target->display == EGL_NO_DISPLAY || !eglInitialize(target->display, NULL, NULL) ||
		!eglBindAPI(EGL_OPENGL_ES_API) || !choose_config(target, &config)) {
		return false;
	}
	target->context = eglCreateContext(target->display, config, EGL_NO_CONTEXT, version);
	target->surface =
		eglCreatePlatformWindowSurface(target->display, config, target->gbm, NULL);
	return target->context != EGL_NO_CONTEXT && target->surface != EGL_NO_SURFACE &&
	       eglMakeCurrent(target->display, target->surface, target->surface, target->context);
}

static int init(struct target *target, const struct egl_options *options)
{
	int ret = kms_open(&target->kms, options->node, options->width, options->height);
	if (ret < 0) {
		target->kms.fd = -1;
		return ret;
	}
	target->device = gbm_create_device(target->kms.fd);
	if (target->device == NULL) {
		fprintf(stderr, "gbm_create_device: %s\n", strerror(errno));
		return -ENODEV;
	}
	target->gbm = gbm_surface_create(target->device, target->kms.mode.hdisplay,
		target->kms.mode.vdisplay, GBM_FORMAT_XRGB8888,
		GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING);
	if (target->gbm == NULL) {
		fprintf(stderr, "gbm_surface_create: %s\n", strerror(errno));
		return -ENODEV;
	}
	if (!init_egl(target)) {
		fprintf(stderr, "EGL on GBM: error 0x%x\n", eglGetError());
		return -ENODEV;
	}
	return scene_create(&target->scene);
}

static void finish(struct target *target)
{
	scene_destroy(target->scene);
	if (target->kms.fd >= 0 && target->kms.before != NULL) {
		drmModeSetCrtc(target->kms.fd, target->kms.crtc, 0, 0, 0, NULL, 0, NULL);
	}
	if (target->front != NULL) {
		gbm_surface_release_buffer(target->gbm, target->front);
	}
	if (target->display != EGL_NO_DISPLAY) {
		eglMakeCurrent(target->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
		if (target->surface != EGL_NO_SURFACE) {
			eglDestroySurface(target->display, target->surface);
		}
		if (target->context != EGL_NO_CONTEXT) {
			eglDestroyContext(target->display, target->context);
		}
		eglTerminate(target->display);
	}
	if (target->gbm != NULL) {
		gbm_surface_destroy(target->gbm);
	}
	if (target->device != NULL) {
		gbm_device_destroy(target->device);
	}
	if (target->kms.fd >= 0) {
		kms_close(&target->kms);
	}
}

static int draw_frame(struct target *target, unsigned frame)
{
	scene_draw(target->scene, target->kms.mode.hdisplay, target->kms.mode.vdisplay, frame);
	if (!eglSwapBuffers(target->display, target->surface)) {
		fprintf(stderr, "eglSwapBuffers: error 0x%x\n", eglGetError());
		return -EIO;
	}
	struct gbm_bo *bo = gbm_surface_lock_front_buffer(target->gbm);
	if (bo == NULL) {
		fprintf(stderr, "gbm_surface_lock_front_buffer: %s\n", strerror(errno));
		return -EIO;
	}
	int ret = kms_show(&target->kms, bo);
	if (target->front != NULL) {
		gbm_surface_release_buffer(target->gbm, target->front);
	}
	target->front = bo;
	return ret;
}

/* The rows of the bo on the display, without padding, as 32-bit pixels. */
static int dump_front(struct target *target, const char *path)
{
	uint32_t stride = 0, width = target->kms.mode.hdisplay;
	void *map_data = NULL;
	const char *rows = gbm_bo_map(target->front, 0, 0, width, target->kms.mode.vdisplay,
		GBM_BO_TRANSFER_READ, &stride, &map_data);
	FILE *file = rows != NULL ? fopen(path, "wbe") : NULL;
	bool ok = file != NULL;
	for (uint32_t y = 0; ok && y < target->kms.mode.vdisplay; y++) {
		ok = fwrite(rows + (size_t)y * stride, 4, width, file) == width;
	}
	if (file != NULL) {
		ok = fclose(file) == 0 && ok;
	}
	if (!ok) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	}
	if (rows != NULL) {
		gbm_bo_unmap(target->front, map_data);
	}
	return ok ? 0 : -EIO;
}

static double now(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void report(const struct target *target, unsigned frames, double seconds)
{
	printf("backend %s, %s, %ux%u, stride %u, %u frames, %.1f frames/s\n",
		gbm_device_get_backend_name(target->device), (const char *)glGetString(GL_RENDERER),
		target->kms.mode.hdisplay, target->kms.mode.vdisplay,
		gbm_bo_get_stride(target->front), frames, frames / seconds);
}

int egl_on_kms(const struct egl_options *options)
{
	struct target target = {.display = EGL_NO_DISPLAY};
	int ret = init(&target, options);
	double begin = now();
	for (unsigned frame = 0; ret == 0 && frame < options->frames; frame++) {
		ret = draw_frame(&target, frame);
	}
	if (ret == 0 && !options->quiet) {
		report(&target, options->frames, now() - begin);
	}
	if (ret == 0 && options->dump != NULL) {
		glFinish();
		ret = dump_front(&target, options->dump);
	}
	finish(&target);
	return ret == 0 ? 0 : 3;
}
