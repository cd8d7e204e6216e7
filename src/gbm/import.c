/* SPDX-License-Identifier: MIT */

/*
 * From a buffer to something the program can hold: Mesa's bo where Mesa takes the memory, for EGL
 * casts what it is given to Mesa's own; else a bo of ours, with GEM handles on a DRM node.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "gbm/device.h"

static void close_fds(const int *fds, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (fds[i] >= 0) {
			close(fds[i]);
		}
	}
}

/* One fd for each plane, as importers take them. */
static int export_planes(struct tenon_buffer *buffer, const struct tenon_layout *layout, int *fds)
{
	size_t planes = tenon_layout_get_planes_len(layout);
	for (size_t i = 0; i < planes; i++) {
		struct tenon_plane_layout plane;
		tenon_layout_get_plane(layout, i, &plane);
		int ret = tenon_buffer_export(buffer, plane.object, &fds[i]);
		if (ret < 0) {
			close_fds(fds, i);
			return ret;
		}
	}
	return 0;
}

static int wrap_by_mesa(struct tg_bo *bo, const struct tg_request *request)
{
	const struct tenon_layout *layout = tenon_buffer_get_layout(bo->buffer);
	struct tg_device *device = bo->device;
	struct gbm_import_fd_modifier_data data = {
		.width = request->width,
		.height = request->height,
		.format = request->format,
		.num_fds = (uint32_t)tenon_layout_get_planes_len(layout),
		.modifier = tenon_layout_get_modifier(layout),
	};
	int ret = export_planes(bo->buffer, layout, data.fds);
	if (ret < 0) {
		return ret;
	}
	for (uint32_t i = 0; i < data.num_fds; i++) {
		struct tenon_plane_layout plane;
		tenon_layout_get_plane(layout, i, &plane);
		data.strides[i] = (int)plane.pitch;
		data.offsets[i] = (int)plane.offset;
	}
	errno = 0;
	/* The usage is Tenon's affair: Mesa would refuse to import for some of them. */
	bo->gbm = device->mesa.bo_import(device->gbm, GBM_BO_IMPORT_FD_MODIFIER, &data,
		request->usage & (GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING));
	ret = bo->gbm != NULL ? 0 : errno != 0 ? -errno : -EINVAL;
	close_fds(data.fds, data.num_fds);
	return ret;
}

/* Counted: the kernel would close a handle for all who imported the same memory. */
static int import_handles(struct tg_bo *bo)
{
	size_t objects = tenon_layout_get_objects_len(tenon_buffer_get_layout(bo->buffer));
	int ret = 0;
	for (size_t i = 0; ret == 0 && i < objects; i++) {
		int dmabuf = -1;
		ret = tenon_buffer_export(bo->buffer, i, &dmabuf);
		if (ret == 0) {
			ret = tenon_drm_device_import(
				&bo->imports[i], bo->device->drm_device, dmabuf);
			close(dmabuf);
		}
	}
	return ret;
}

static int wrap_by_us(struct tg_bo *bo, const struct tg_request *request)
{
	struct tenon_plane_layout plane;
	int ret = bo->device->drm ? import_handles(bo) : 0;
	if (ret < 0) {
		tg_bo_drop_handles(bo);
		return ret;
	}
	tenon_layout_get_plane(tenon_buffer_get_layout(bo->buffer), 0, &plane);
	bo->own.gbm = bo->device->gbm;
	bo->own.v0.width = request->width;
	bo->own.v0.height = request->height;
	bo->own.v0.format = request->format;
	bo->own.v0.stride = plane.pitch;
	if (bo->imports[plane.object] != NULL) {
		bo->own.v0.handle.u32 = tenon_drm_import_get_handle(bo->imports[plane.object]);
	}
	bo->gbm = &bo->own;
	return 0;
}

int tg_bo_wrap(struct tg_bo *bo, const struct tg_request *request)
{
	if (bo->device->mesa.bo_import == NULL) {
		return wrap_by_us(bo, request);
	}
	int ret = wrap_by_mesa(bo, request);
	/* EGL has no use for a bo of these formats, so it need not be Mesa's. */
	if (ret < 0 && tenon_format_is_yuv(tenon_format_get(request->format))) {
		ret = wrap_by_us(bo, request);
	}
	return ret;
}

/* What the program says of the memory it brings, in Tenon's form. False: nothing is said of it. */
static bool describe_import(struct tenon_buffer_import *import, uint32_t type, const void *buffer)
{
	*import = (struct tenon_buffer_import){.size = sizeof(*import), .name = "gbm_bo import"};
	if (type == GBM_BO_IMPORT_FD) {
		const struct gbm_import_fd_data *data = buffer;
		import->width = data->width;
		import->height = data->height;
		import->format = data->format;
		import->modifier = DRM_FORMAT_MOD_INVALID;
		import->planes_len = import->objects_len = 1;
		import->planes[0].pitch = data->stride;
		import->fds[0] = data->fd;
		return true;
	}
	if (type != GBM_BO_IMPORT_FD_MODIFIER) {
		return false;
	}
	const struct gbm_import_fd_modifier_data *data = buffer;
	if (data->num_fds == 0 || data->num_fds > TENON_MAX_PLANES) {
		return false;
	}
	import->width = data->width;
	import->height = data->height;
	import->format = data->format;
	import->modifier = data->modifier;
	import->planes_len = import->objects_len = data->num_fds;
	for (uint32_t i = 0; i < data->num_fds; i++) {
		if (data->strides[i] < 0 || data->offsets[i] < 0) {
			return false;
		}
		import->planes[i].object = i;
		import->planes[i].pitch = (uint32_t)data->strides[i];
		import->planes[i].offset = (uint64_t)data->offsets[i];
		import->fds[i] = data->fds[i];
	}
	return true;
}

/* Software GL knows no other layout than the linear one, whatever is left unsaid. */
static bool is_linear(const struct tg_device *device, uint64_t modifier)
{
	return modifier == DRM_FORMAT_MOD_LINEAR ||
	       (modifier == DRM_FORMAT_MOD_INVALID &&
		       (device->software || device->mesa.bo_import == NULL));
}

/* The memory as a buffer of ours, so that it can be mapped by its exporter, in brackets. */
static void import_buffer(struct tg_bo *bo, struct tenon_buffer_import *import)
{
	if (!is_linear(bo->device, import->modifier)) {
		return;
	}
	import->modifier = DRM_FORMAT_MOD_LINEAR;
	int ret = tenon_buffer_import(&bo->buffer, bo->device->context, import);
	if (ret < 0) {
		tenon_context_log(bo->device->context, TENON_LOG_INFO,
			"gbm: import is left to the device alone: %s", strerror(-ret));
	}
}

static int import_bo(struct tg_bo *bo, uint32_t type, void *buffer, uint32_t usage)
{
	struct tg_device *device = bo->device;
	struct tenon_buffer_import import;
	bool described = describe_import(&import, type, buffer);
	const char *stage = NULL;
	if (described) {
		import_buffer(bo, &import);
	}
	if (bo->buffer != NULL && device->software && (usage & GBM_BO_USE_RENDERING)) {
		int ret = tg_probe(device, bo->buffer, 0, &stage);
		if (ret < 0) {
			tenon_context_log(device->context, TENON_LOG_ERROR,
				"gbm: %s cannot draw to imported memory: refused at %s: %s",
				device->driver, stage, strerror(-ret));
			return ret;
		}
	}
	if (device->mesa.bo_import != NULL) {
		errno = 0;
		bo->gbm = device->mesa.bo_import(device->gbm, type, buffer, usage);
		if (bo->gbm != NULL) {
			return 0;
		}
		int ret = errno != 0 ? -errno : -EINVAL;
		if (bo->buffer == NULL || !tenon_format_is_yuv(tenon_format_get(import.format))) {
			return ret;
		}
	}
	if (bo->buffer == NULL) {
		return described ? -EINVAL : -ENOSYS;
	}
	struct tg_request request = {
		import.width, import.height, import.format, usage, NULL, 0, NULL};
	return wrap_by_us(bo, &request);
}

struct gbm_bo *tg_bo_import(struct gbm_device *gbm, uint32_t type, void *buffer, uint32_t usage)
{
	struct tg_device *device = tg_registry_find_device(gbm);
	struct tg_bo *bo = device != NULL ? tg_bo_create(device) : NULL;
	if (bo == NULL) {
		errno = device != NULL ? ENOMEM : EINVAL;
		return NULL;
	}
	int ret = import_bo(bo, type, buffer, usage);
	if (ret < 0) {
		tg_bo_free(bo);
		errno = -ret;
		return NULL;
	}
	bo->text = tg_explain(bo, NULL);
	tg_registry_add_bo(bo);
	return bo->gbm;
}
