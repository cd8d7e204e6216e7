/* SPDX-License-Identifier: MIT */
#ifndef EGL_HEADLESS_H
#define EGL_HEADLESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>

#include <tenon/buffer.h>

/* glEGLImageTargetTexture2DOES */
typedef void (*image_target_texture_fn)(GLenum target, void *image);

/* GLES without a window, and images in Tenon's buffers. */
struct headless {
	EGLDisplay display;
	EGLContext context;
	PFNEGLCREATEIMAGEKHRPROC create_image;
	PFNEGLDESTROYIMAGEKHRPROC destroy_image;
	image_target_texture_fn image_target_texture;
	bool has_modifiers;
	/* NULL: this EGL has no native fences (EGL_ANDROID_native_fence_sync). */
	PFNEGLDUPNATIVEFENCEFDANDROIDPROC dup_fence;
	PFNEGLCREATESYNCKHRPROC create_sync;
	PFNEGLDESTROYSYNCKHRPROC destroy_sync;
};

/*
 * Make a GLES 2 context current, with no surface. Returns 0 or a negative errno, with a message on
 * stderr; -ENOTSUP when this EGL cannot import dma-bufs.
 */
int headless_init(struct headless *gl);
void headless_finish(struct headless *gl);

/*
 * A texture that is a Tenon buffer's memory: what is drawn to it is in the buffer, what is in the
 * buffer is sampled. *image is released by gl->destroy_image(). file, unless NULL, gets which file
 * the memory is. Returns 0 or a negative errno.
 */
int headless_import(struct headless *gl, struct tenon_buffer *buffer, EGLImageKHR *image,
	GLuint *texture, struct stat *file);

/*
 * Says to Tenon that GL uses a buffer until the commands given so far are done (flags: enum
 * tenon_access_flags), by a native fence; where EGL has none, or it cannot be joined, waits for
 * them.
 */
void headless_end_use(struct headless *gl, struct tenon_buffer *buffer, uint32_t flags);

/* A framebuffer object that draws to a texture. 0 on failure. */
GLuint headless_framebuffer(GLuint texture);

#endif
