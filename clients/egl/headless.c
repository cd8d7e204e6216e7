/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "headless.h"

/* A name in a list separated by blanks. */
static bool has(const char *list, const char *name)
{
	size_t len = strlen(name);
	for (const char *at = list; at != NULL && (at = strstr(at, name)) != NULL; at += len) {
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0')) {
			return true;
		}
	}
	return false;
}

static int complain(const char *what)
{
	fprintf(stderr, "%s: EGL error 0x%x\n", what, eglGetError());
	return -ENOTSUP;
}

static bool load_functions(struct headless *gl)
{
	gl->create_image = (PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR");
	gl->destroy_image = (PFNEGLDESTROYIMAGEKHRPROC)eglGetProcAddress("eglDestroyImageKHR");
	gl->image_target_texture =
		(image_target_texture_fn)eglGetProcAddress("glEGLImageTargetTexture2DOES");
	return gl->create_image != NULL && gl->destroy_image != NULL &&
	       gl->image_target_texture != NULL;
}

static void load_fences(struct headless *gl, const char *extensions)
{
	if (has(extensions, "EGL_ANDROID_native_fence_sync")) {
		gl->create_sync = (PFNEGLCREATESYNCKHRPROC)eglGetProcAddress("eglCreateSyncKHR");
		gl->destroy_sync = (PFNEGLDESTROYSYNCKHRPROC)eglGetProcAddress("eglDestroySyncKHR");
		gl->dup_fence = (PFNEGLDUPNATIVEFENCEFDANDROIDPROC)eglGetProcAddress(
			"eglDupNativeFenceFDANDROID");
	}
	if (gl->create_sync == NULL || gl->destroy_sync == NULL) {
		gl->dup_fence = NULL;
	}
}

int headless_init(struct headless *gl)
{
	static const EGLint version[] = {EGL_CONTEXT_CLIENT_VERSION, 2, EGL_NONE};
	*gl = (struct headless){.display = EGL_NO_DISPLAY, .context = EGL_NO_CONTEXT};
	gl->display =
		eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
	if (gl->display == EGL_NO_DISPLAY || !eglInitialize(gl->display, NULL, NULL)) {
		gl->display = EGL_NO_DISPLAY;
		return complain("EGL without a window");
	}
	const char *extensions = eglQueryString(gl->display, EGL_EXTENSIONS);
	if (!has(extensions, "EGL_EXT_image_dma_buf_import") ||
		!has(extensions, "EGL_KHR_no_config_context") || !load_functions(gl)) {
		eglTerminate(gl->display);
		gl->display = EGL_NO_DISPLAY;
		return complain("EGL_EXT_image_dma_buf_import is not here");
	}
	gl->has_modifiers = has(extensions, "EGL_EXT_image_dma_buf_import_modifiers");
	load_fences(gl, extensions);
	eglBindAPI(EGL_OPENGL_ES_API);
	gl->context = eglCreateContext(gl->display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, version);
	if (gl->context == EGL_NO_CONTEXT ||
		!eglMakeCurrent(gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, gl->context)) {
		eglTerminate(gl->display);
		gl->display = EGL_NO_DISPLAY;
		return complain("GLES 2 context");
	}
	return 0;
}

void headless_finish(struct headless *gl)
{
	eglMakeCurrent(gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglDestroyContext(gl->display, gl->context);
	eglTerminate(gl->display);
}

static EGLImageKHR create_image(struct headless *gl, const struct tenon_layout *layout, int fd)
{
	struct tenon_plane_layout plane;
	uint32_t width, height;
	uint64_t modifier = tenon_layout_get_modifier(layout);
	tenon_layout_get_plane(layout, 0, &plane);
	tenon_layout_get_size(layout, &width, &height);
	const EGLint attributes[] = {
		EGL_WIDTH,
		(EGLint)width,
		EGL_HEIGHT,
		(EGLint)height,
		EGL_LINUX_DRM_FOURCC_EXT,
		(EGLint)tenon_format_get_fourcc(tenon_layout_get_format(layout)),
		EGL_DMA_BUF_PLANE0_FD_EXT,
		fd,
		EGL_DMA_BUF_PLANE0_OFFSET_EXT,
		(EGLint)plane.offset,
		EGL_DMA_BUF_PLANE0_PITCH_EXT,
		(EGLint)plane.pitch,
		gl->has_modifiers ? EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT : EGL_NONE,
		(EGLint)(modifier & 0xffffffff),
		EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT,
		(EGLint)(modifier >> 32),
		EGL_NONE,
	};
	return gl->create_image(
		gl->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, attributes);
}

int headless_import(struct headless *gl, struct tenon_buffer *buffer, EGLImageKHR *image,
	GLuint *texture, struct stat *file)
{
	int fd = -1;
	int ret = tenon_buffer_export(buffer, 0, &fd);
	if (ret < 0) {
		return ret;
	}
	if (file != NULL && fstat(fd, file) != 0) {
		ret = -errno;
		close(fd);
		return ret;
	}
	*image = create_image(gl, tenon_buffer_get_layout(buffer), fd);
	close(fd);
	if (*image == EGL_NO_IMAGE_KHR) {
		return complain("EGL image of a Tenon buffer");
	}
	glGenTextures(1, texture);
	glBindTexture(GL_TEXTURE_2D, *texture);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	gl->image_target_texture(GL_TEXTURE_2D, *image);
	if (glGetError() != GL_NO_ERROR) {
		glDeleteTextures(1, texture);
		*texture = 0;
		gl->destroy_image(gl->display, *image);
		*image = EGL_NO_IMAGE_KHR;
		return complain("texture of a Tenon buffer");
	}
	return 0;
}

GLuint headless_framebuffer(GLuint texture)
{
	GLuint framebuffer = 0;
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
		glDeleteFramebuffers(1, &framebuffer);
		return 0;
	}
	return framebuffer;
}

/* A fence of the commands given so far, or -1. */
static int create_fence(struct headless *gl)
{
	EGLSyncKHR sync;
	int fence;
	if (gl->dup_fence == NULL) {
		return -1;
	}
	sync = gl->create_sync(gl->display, EGL_SYNC_NATIVE_FENCE_ANDROID, NULL);
	if (sync == EGL_NO_SYNC_KHR) {
		return -1;
	}
	/* it has an fd once it is on its way */
	glFlush();
	fence = gl->dup_fence(gl->display, sync);
	gl->destroy_sync(gl->display, sync);
	return fence;
}

void headless_end_use(struct headless *gl, struct tenon_buffer *buffer, uint32_t flags)
{
	int fence = create_fence(gl);
	if (fence < 0 || tenon_buffer_add_fence(buffer, fence, flags) < 0) {
		glFinish();
	}
	if (fence >= 0) {
		close(fence);
	}
}
