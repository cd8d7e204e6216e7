/* SPDX-License-Identifier: MIT */
#include "weston/private.h"

#include <errno.h>
#include <stdlib.h>

#include <tenon/format.h>

#include <drm_fourcc.h>

enum {
	FRAMEBUFFER_BYTES = 4, /* of a pixel of an output's framebuffer */
};

struct surface {
	struct module *module;
	struct weston_surface *surface;
	struct wl_list link; /* module.surfaces */
	struct wl_listener commit, destroy;
	struct weston_output *output; /* whose constraints hold; NULL: the default's */
	struct weston_buffer *buffer; /* of the last commit; compared only */
	uint64_t damage;              /* pixels of it not drawn yet, 0: nothing new */
	bool uploaded;                /* a texture has been filled for this size */
	int32_t width, height;        /* of the buffer then */
	struct tenon_server_statistics statistics;
};

static struct surface *find(struct weston_surface *weston_surface, struct module *module)
{
	struct surface *surface;

	wl_list_for_each(surface, &module->surfaces, link)
	{
		if (surface->surface == weston_surface) {
			return surface;
		}
	}
	return NULL;
}

static uint64_t area(pixman_region32_t *region)
{
	int len = 0;
	pixman_box32_t *boxes = pixman_region32_rectangles(region, &len);
	uint64_t pixels = 0;

	for (int i = 0; i < len; i++) {
		pixels += (uint64_t)(boxes[i].x2 - boxes[i].x1) *
			  (uint64_t)(boxes[i].y2 - boxes[i].y1);
	}
	return pixels;
}

/* Pixels of the surface that the commit has changed. */
static uint64_t damaged(struct surface *surface)
{
	struct weston_surface *weston_surface = surface->surface;
	pixman_region32_t region;
	uint64_t pixels;

	if (weston_surface->width <= 0 || weston_surface->height <= 0) {
		return 0;
	}
	pixman_region32_init(&region);
	pixman_region32_intersect_rect(&region, &weston_surface->damage, 0, 0,
		(unsigned)weston_surface->width, (unsigned)weston_surface->height);
	pixels = area(&region);
	pixman_region32_fini(&region);
	return pixels;
}

static void handle_commit(struct wl_listener *listener, void *data)
{
	struct surface *surface = wl_container_of(listener, surface, commit);
	struct weston_buffer *buffer = surface->surface->buffer_ref.buffer;
	uint64_t pixels = damaged(surface);

	/* damage adds up until it is drawn: only more of it is new */
	if (buffer != NULL && (buffer != surface->buffer || pixels != surface->damage)) {
		surface->statistics.commits++;
		surface->damage = pixels;
	}
	surface->buffer = buffer;
}

static void surface_destroy(struct surface *surface)
{
	wl_list_remove(&surface->commit.link);
	wl_list_remove(&surface->destroy.link);
	wl_list_remove(&surface->link);
	free(surface);
}

static void handle_destroy(struct wl_listener *listener, void *data)
{
	struct surface *surface = wl_container_of(listener, surface, destroy);

	surface_destroy(surface);
}

static void add(struct module *module, struct weston_surface *weston_surface)
{
	struct surface *surface = calloc(1, sizeof(*surface));

	if (surface == NULL) {
		weston_log("tenon: out of memory\n");
		return;
	}
	surface->module = module;
	surface->surface = weston_surface;
	surface->commit.notify = handle_commit;
	wl_signal_add(&weston_surface->commit_signal, &surface->commit);
	surface->destroy.notify = handle_destroy;
	wl_signal_add(&weston_surface->destroy_signal, &surface->destroy);
	wl_list_insert(&module->surfaces, &surface->link);
}

static void handle_create_surface(struct wl_listener *listener, void *data)
{
	struct module *module = wl_container_of(listener, module, create_surface);

	add(module, data);
}

void surfaces_init(struct module *module)
{
	module->create_surface.notify = handle_create_surface;
	wl_signal_add(&module->compositor->create_surface_signal, &module->create_surface);
}

void surfaces_finish(struct module *module)
{
	struct surface *surface, *next;

	wl_list_for_each_safe(surface, next, &module->surfaces, link)
	{
		surface_destroy(surface);
	}
	wl_list_remove(&module->create_surface.link);
}

static void move(struct surface *surface, struct weston_output *output)
{
	struct module *module = surface->module;
	struct wl_resource *resource = surface->surface->resource;

	surface->output = output;
	if (resource == NULL) {
		return; /* one of Weston's own, a background for example */
	}
	module_log(module, "surface %u is on output %s\n", wl_resource_get_id(resource),
		output != NULL ? output->name : "(none)");
	if (tenon_server_set_surface(
		    module->server, resource, outputs_find_state(module, output)) != 0) {
		weston_log("tenon: out of memory\n");
	}
}

void surfaces_update(struct module *module)
{
	struct surface *surface;

	wl_list_for_each(surface, &module->surfaces, link)
	{
		struct weston_output *output = surface->surface->output;

		/* a surface that is hidden for a while keeps what it had */
		if (output != NULL && output != surface->output) {
			move(surface, output);
		}
	}
}

void surfaces_forget_output(struct module *module, struct weston_output *output)
{
	struct surface *surface;

	wl_list_for_each(surface, &module->surfaces, link)
	{
		if (surface->output == output) {
			move(surface, NULL);
		}
	}
}

static bool is_on(struct weston_surface *surface, struct weston_output *output)
{
	return weston_surface_is_mapped(surface) &&
	       (surface->output_mask & (UINT32_C(1) << output->id)) != 0;
}

/* Bytes that a number of pixels take in a format; 4 for each where it is not known. */
static uint64_t bytes_of(uint32_t shm_format, uint64_t pixels)
{
	uint32_t fourcc = shm_format == WL_SHM_FORMAT_ARGB8888   ? DRM_FORMAT_ARGB8888
			  : shm_format == WL_SHM_FORMAT_XRGB8888 ? DRM_FORMAT_XRGB8888
								 : shm_format;
	const struct tenon_format *format = tenon_format_get(fourcc);
	uint64_t bytes = 0;

	if (format == NULL) {
		return 4 * pixels;
	}
	for (unsigned i = 0; i < tenon_format_get_planes_len(format); i++) {
		unsigned block_bytes, block_width, hsub, vsub;

		tenon_format_get_plane(format, i, &block_bytes, &block_width, &hsub, &vsub);
		bytes += pixels / hsub / vsub * block_bytes / block_width;
	}
	return bytes;
}

/* GL keeps its own copy of what is in a wl_shm buffer: a texture, filled before it is drawn. */
static void count_upload(struct surface *surface)
{
	struct weston_buffer *buffer = surface->surface->buffer_ref.buffer;
	uint64_t pixels = surface->damage;

	if (!surface->module->gl || buffer == NULL || buffer->type != WESTON_BUFFER_SHM) {
		return;
	}
	if (!surface->uploaded || surface->width != buffer->width ||
		surface->height != buffer->height) {
		pixels = (uint64_t)buffer->width * (uint64_t)buffer->height; /* a new texture */
	}
	surface->uploaded = true;
	surface->width = buffer->width;
	surface->height = buffer->height;
	surface->statistics.uploads++;
	surface->statistics.upload_bytes +=
		bytes_of(wl_shm_buffer_get_format(buffer->shm_buffer), pixels);
}

void surfaces_count_repaint(struct module *module, struct weston_output *output)
{
	struct surface *surface;

	wl_list_for_each(surface, &module->surfaces, link)
	{
		if (surface->damage == 0 || !is_on(surface->surface, output)) {
			continue;
		}
		surface->statistics.shown++;
		surface->statistics.compositions++;
		surface->statistics.composition_bytes += surface->damage * FRAMEBUFFER_BYTES;
		count_upload(surface);
		surface->damage = 0;
	}
}

int surfaces_get_statistics(
	void *data, struct wl_resource *resource, struct tenon_server_statistics *out)
{
	struct module *module = data;
	struct surface *surface = find(wl_resource_get_user_data(resource), module);

	if (surface == NULL) {
		return -ENOENT;
	}
	*out = surface->statistics;
	out->size = sizeof(*out);
	return 0;
}
