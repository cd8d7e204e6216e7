/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>

#include "renderer.h"

#define MODIFIERS_MAX 64

/* The DRM node behind EGL, or NULL: it draws with the CPU. */
static const char *find_node(struct headless *gl)
{
	PFNEGLQUERYDISPLAYATTRIBEXTPROC query_display =
		(PFNEGLQUERYDISPLAYATTRIBEXTPROC)eglGetProcAddress("eglQueryDisplayAttribEXT");
	PFNEGLQUERYDEVICESTRINGEXTPROC query_device =
		(PFNEGLQUERYDEVICESTRINGEXTPROC)eglGetProcAddress("eglQueryDeviceStringEXT");
	EGLAttrib device = 0;
	if (query_display == NULL || query_device == NULL ||
		!query_display(gl->display, EGL_DEVICE_EXT, &device)) {
		return NULL;
	}
	return query_device((EGLDeviceEXT)device, EGL_DRM_DEVICE_FILE_EXT);
}

/* The name of the driver behind a node. */
static bool read_driver(const char *node, char *name, size_t size)
{
	int fd = open(node, O_RDWR | O_CLOEXEC);
	drmVersionPtr version = fd >= 0 ? drmGetVersion(fd) : NULL;
	if (version != NULL) {
		snprintf(name, size, "%.*s", version->name_len, version->name);
		drmFreeVersion(version);
	}
	if (fd >= 0) {
		close(fd);
	}
	return version != NULL;
}

/* Without the extension nothing is told, and linear is what everybody means. */
static bool draws_linear(struct headless *gl, uint32_t format)
{
	PFNEGLQUERYDMABUFMODIFIERSEXTPROC query =
		(PFNEGLQUERYDMABUFMODIFIERSEXTPROC)eglGetProcAddress("eglQueryDmaBufModifiersEXT");
	EGLuint64KHR modifiers[MODIFIERS_MAX];
	EGLBoolean external[MODIFIERS_MAX] = {EGL_FALSE}; /* Mesa 25.0 leaves it alone */
	EGLint len = 0;
	if (!gl->has_modifiers || query == NULL) {
		return true;
	}
	if (!query(gl->display, (EGLint)format, MODIFIERS_MAX, modifiers, external, &len)) {
		return false;
	}
	for (EGLint i = 0; i < len; i++) {
		if (modifiers[i] == DRM_FORMAT_MOD_LINEAR) {
			return !external[i];
		}
	}
	return len == 0;
}

static int create_offer(const char *name, uint32_t format, bool software, struct tenon_offer **out)
{
	const struct tenon_format_modifier pair = {format, DRM_FORMAT_MOD_LINEAR};
	struct tenon_offer *offer;
	int ret = tenon_offer_create(&offer, name);
	if (ret < 0) {
		return ret;
	}
	ret = tenon_offer_add(offer, TENON_ROLE_RENDER, &pair, 1, NULL);
	if (ret < 0) {
		tenon_offer_unref(offer);
		return ret;
	}
	tenon_offer_set_coherent(offer, software ? TENON_YES : TENON_UNKNOWN);
	*out = offer;
	return 0;
}

/* The name that the device table may have. */
static void find_name(const char *node, char *name, size_t size)
{
	const char *renderer = (const char *)glGetString(GL_RENDERER);
	snprintf(name, size, "software-gl");
	if (node == NULL && renderer != NULL) {
		/* "llvmpipe (LLVM 15.0.6, 256 bits)" */
		snprintf(name, size, "%.*s", (int)strcspn(renderer, " "), renderer);
	} else if (node != NULL && !read_driver(node, name, size)) {
		snprintf(name, size, "gpu");
	}
}

int renderer_create_offer(struct headless *gl, struct tenon_context *context, uint32_t format,
	struct tenon_offer **out, bool *software)
{
	const char *node = find_node(gl);
	char name[64];
	if (!draws_linear(gl, format)) {
		return -ENOTSUP;
	}
	find_name(node, name, sizeof(name));
	*software = node == NULL;
	int ret = tenon_context_find_device(context, name, out);
	return ret != -ENOENT ? ret : create_offer(name, format, *software, out);
}
