/* SPDX-License-Identifier: MIT */

/*
 * GLES on Wayland in buffers that were negotiated: each of Tenon's buffers becomes an EGL image,
 * GL draws to it, and the same memory is what the compositor is given. This is what a program does
 * instead of wayland-egl, which allocates by itself.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <drm_fourcc.h>

#include <tenon/access.h>

#include "onwayland.h"
#include "renderer.h"
#include "scene.h"

/* A buffer as GL knows it. */
struct drawable {
	struct headless *gl;
	EGLImageKHR image;
	GLuint texture, framebuffer;
	bool elsewhere; /* it is not the memory that the compositor was given */
};

static const char drawable_key;

static void drawable_destroy(void *data)
{
	struct drawable *drawable = data;
	glDeleteFramebuffers(1, &drawable->framebuffer);
	glDeleteTextures(1, &drawable->texture);
	if (drawable->image != EGL_NO_IMAGE_KHR) {
		drawable->gl->destroy_image(drawable->gl->display, drawable->image);
	}
	free(drawable);
}

static enum status import(struct target *target, struct slot *slot, struct drawable *drawable)
{
	struct stat file = {0};
	int ret = headless_import(
		&target->gl, slot->buffer, &drawable->image, &drawable->texture, &file);
	if (ret < 0) {
		return buffers_fail(&target->buffers, STATUS_FAILED,
			"GL takes no memory of heap %s: %s", tenon_buffer_get_heap(slot->buffer),
			strerror(-ret));
	}
	drawable->elsewhere = file.st_dev != slot->dev || file.st_ino != slot->inode;
	drawable->framebuffer = headless_framebuffer(drawable->texture);
	if (drawable->framebuffer == 0) {
		return buffers_fail(&target->buffers, STATUS_FAILED, "GL does not draw to it");
	}
	return STATUS_OK;
}

static enum status get_drawable(struct target *target, struct slot *slot, struct drawable **out)
{
	struct drawable *drawable = tenon_buffer_get_data(slot->buffer, &drawable_key);
	*out = drawable;
	if (drawable != NULL) {
		return STATUS_OK;
	}
	drawable = calloc(1, sizeof(*drawable));
	if (drawable == NULL) {
		return buffers_fail(&target->buffers, STATUS_FAILED, "out of memory");
	}
	drawable->gl = &target->gl;
	drawable->image = EGL_NO_IMAGE_KHR;
	enum status status = import(target, slot, drawable);
	if (status == STATUS_OK && tenon_buffer_set_data(slot->buffer, &drawable_key, drawable,
					   drawable_destroy) != 0) {
		status = buffers_fail(&target->buffers, STATUS_FAILED, "out of memory");
	}
	if (status != STATUS_OK) {
		drawable_destroy(drawable);
		return status;
	}
	*out = drawable;
	return STATUS_OK;
}

/* What GL sees in the framebuffer it draws to, first row first. */
static enum status read_drawn(struct target *target)
{
	uint32_t width = target->options->width, height = target->options->height;
	uint8_t *bytes = malloc((size_t)width * height * 4);
	if (bytes == NULL) {
		return buffers_fail(&target->buffers, STATUS_FAILED, "out of memory");
	}
	glReadPixels(0, 0, (GLsizei)width, (GLsizei)height, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
	target->drawn = (struct image){width, height, (uint32_t *)(void *)bytes};
	for (size_t i = 0; i < (size_t)width * height; i++) {
		const uint8_t *pixel = &bytes[i * 4];
		target->drawn.pixels[i] =
			(uint32_t)pixel[0] << 16 | (uint32_t)pixel[1] << 8 | pixel[2];
	}
	return STATUS_OK;
}

/*
 * The compositor may read as soon as it has the commit. A dma-buf has the GPU's fence with it,
 * which devices wait for; for other memory GL must have finished, and software GL in any case,
 * which no device is behind.
 */
static enum status make_visible(struct target *target, struct slot *slot)
{
	struct tenon_access access = {
		.buffer = slot->buffer,
		.flags = TENON_ACCESS_READ | TENON_ACCESS_NO_MAP,
	};
	headless_end_use(&target->gl, slot->buffer, TENON_ACCESS_WRITE);
	if (target->buffers.transport == TENON_CLIENT_TRANSPORT_DMABUF && !target->software) {
		return STATUS_OK;
	}
	int ret = tenon_access_prepare(&access, 1, EGL_TIMEOUT_MS);
	if (ret == 0) {
		ret = tenon_access_finish(&access, 1);
	}
	return ret == 0 ? STATUS_OK
			: buffers_fail(&target->buffers, STATUS_FAILED, "GL does not finish: %s",
				  tenon_access_error_name(ret));
}

static enum status draw(struct target *target, struct slot *slot, unsigned frame)
{
	struct drawable *drawable;
	enum status status = get_drawable(target, slot, &drawable);
	if (status != STATUS_OK) {
		return status;
	}
	glBindFramebuffer(GL_FRAMEBUFFER, drawable->framebuffer);
	scene_draw(target->scene, target->options->width, target->options->height, frame);
	target->painted++;
	target->copies += drawable->elsewhere;
	bool last = frame + 1 == target->options->frames;
	if (last && (target->options->verify || target->options->dump != NULL)) {
		status = read_drawn(target);
	}
	return status == STATUS_OK ? make_visible(target, slot) : status;
}

static enum status show_frame(struct target *target, unsigned frame)
{
	struct tenon_swapchain_image image;
	struct slot *slot;
	enum status status = buffers_acquire(&target->buffers, &image, &slot);
	if (status != STATUS_OK) {
		return status;
	}
	status = draw(target, slot, frame);
	if (status != STATUS_OK) {
		buffers_cancel(&target->buffers, slot);
		return status;
	}
	return buffers_show(&target->buffers, slot);
}

/* Everybody who touches the buffers: GL, and whom the user names. */
static enum status add_devices(struct target *target)
{
	struct buffers *buffers = &target->buffers;
	struct tenon_offer *offer;
	int ret = renderer_create_offer(
		&target->gl, buffers->context, buffers->options.format, &offer, &target->software);
	if (ret < 0) {
		return buffers_fail(buffers, STATUS_FAILED,
			"GL draws to no linear buffers of this format: %s", strerror(-ret));
	}
	buffers->options.flags = target->software ? 0 : TENON_BUFFER_DMABUF;
	enum status status = buffers_add_offer(buffers, offer, TENON_ROLE_RENDER);
	tenon_offer_unref(offer);
	for (size_t i = 0; i < target->options->devices_len && status == STATUS_OK; i++) {
		status = buffers_add_device(buffers, target->options->devices[i]);
	}
	return status;
}

static enum status start(struct target *target)
{
	const struct egl_options *options = target->options;
	const struct buffers_options buffers = {
		.program = "tenon-egl",
		.width = options->width,
		.height = options->height,
		.format = DRM_FORMAT_XRGB8888,
		.len = options->buffers,
		.transports = options->transports != 0
				      ? options->transports
				      : TENON_CLIENT_TRANSPORT_DMABUF | TENON_CLIENT_TRANSPORT_SHM,
	};
	if (window_init(&target->window, "tenon-egl") != 0) {
		return STATUS_FAILED; /* it has said why */
	}
	enum status status = buffers_start(&target->buffers, &target->window, &buffers);
	if (status != STATUS_OK) {
		return status;
	}
	if (headless_init(&target->gl) < 0) {
		return STATUS_FAILED; /* it has said why */
	}
	int ret = scene_create(&target->scene);
	if (ret < 0) {
		return buffers_fail(
			&target->buffers, STATUS_FAILED, "no scene: %s", strerror(-ret));
	}
	/* Wayland's first row is the upper one, GL's the lower. */
	scene_set_upside_down(target->scene, true);
	return add_devices(target);
}

static enum status run(struct target *target)
{
	const struct egl_options *options = target->options;
	enum status status = start(target);
	if (status == STATUS_OK) {
		status = buffers_negotiate(&target->buffers);
	}
	if (status == STATUS_OK) {
		status = buffers_allocate(&target->buffers);
	}
	if (status == STATUS_OK && options->output != NULL) {
		window_set_fullscreen(&target->window, options->output);
	}
	for (unsigned i = 0; i < options->frames && status == STATUS_OK; i++) {
		status = show_frame(target, i);
	}
	if (status == STATUS_OK) {
		buffers_ask_statistics(&target->buffers);
	}
	return status;
}

static void report(const struct target *target)
{
	const struct buffers *buffers = &target->buffers;
	struct tenon_plane_layout plane;
	tenon_layout_get_plane(tenon_buffer_get_layout(buffers->shown), 0, &plane);
	printf("%ux%u\n", target->options->width, target->options->height);
	printf("  known through        %s\n", tenon_client_get_source_text(buffers->client));
	printf("  drawn by             %s (%s)\n", (const char *)glGetString(GL_RENDERER),
		tenon_offer_get_device(buffers->own[0].offer));
	printf("  waited for by        %s\n",
		target->gl.dup_fence != NULL ? "native fences" : "glFinish");
	printf("  layout               pitch %u, offset %" PRIu64 "\n", plane.pitch, plane.offset);
	printf("  heap                 %s\n", tenon_buffer_get_heap(buffers->shown));
	buffers_print_copies(buffers, target->painted, target->copies);
	if (target->options->verify) {
		puts("  on the screen        every pixel as GL drew it");
	}
}

static void finish(struct target *target)
{
	buffers_finish(&target->buffers);
	scene_destroy(target->scene);
	if (target->gl.display != EGL_NO_DISPLAY) {
		headless_finish(&target->gl);
	}
	if (target->window.display != NULL) {
		window_finish(&target->window);
	}
	image_finish(&target->drawn);
}

int egl_on_wayland(const struct egl_options *options)
{
	struct target target = {.options = options, .gl = {.display = EGL_NO_DISPLAY}};
	enum status status = run(&target);
	if (status == STATUS_OK) {
		status = egl_look(&target);
	}
	if (status == STATUS_OK && !options->quiet) {
		report(&target);
	}
	if (status != STATUS_OK && target.buffers.failure[0] != '\0') {
		fprintf(stderr, "tenon-egl: %s\n", target.buffers.failure);
	}
	finish(&target);
	return status;
}
