/* SPDX-License-Identifier: MIT */

/*
 * The entries of a gbm_bo. Numbers of Tenon's memory come from its layout; what belongs to the
 * device (handles) and memory that is not Tenon's is Mesa's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include <tenon/context.h>

#include "gbm/device.h"

bool tg_is_linear_only(const struct tg_request *request)
{
	/* cursors and what is written by gbm_bo_write() are for the CPU */
	return (request->usage & (GBM_BO_USE_LINEAR | GBM_BO_USE_CURSOR | GBM_BO_USE_WRITE)) != 0;
}

static struct gbm_bo *adopt_mesa_bo(struct tg_device *device, struct gbm_bo *gbm)
{
	struct tg_bo *bo = tg_bo_create(device);
	if (bo == NULL) {
		device->mesa.bo_destroy(gbm);
		errno = ENOMEM;
		return NULL;
	}
	bo->gbm = gbm;
	bo->text = strdup("memory of Mesa's own");
	tg_registry_add_bo(bo);
	return gbm;
}

static void say_fallback(
	struct tg_device *device, const struct tg_request *request, const char *why)
{
	pthread_mutex_lock(&device->lock);
	bool said = device->fallback_said;
	device->fallback_said = true;
	pthread_mutex_unlock(&device->lock);
	char *asked = tg_explain_request(device, request);
	tenon_context_log(device->context,
		device->strict || !said ? TENON_LOG_ERROR : TENON_LOG_DEBUG, "gbm: %s: %s: %s",
		asked != NULL ? asked : "bo",
		device->strict ? "refused" : "Mesa's own allocation instead", why);
	free(asked);
}

static struct gbm_bo *fall_back(
	struct tg_device *device, const struct tg_request *request, int error, const char *why)
{
	say_fallback(device, request, why);
	if (device->strict || device->mesa.bo_create == NULL) {
		errno = error;
		return NULL;
	}
	struct gbm_bo *gbm = device->mesa.bo_create(device->gbm, request->width, request->height,
		request->format, request->usage, request->modifiers,
		(unsigned)request->modifiers_len);
	return gbm != NULL ? adopt_mesa_bo(device, gbm) : NULL;
}

struct gbm_bo *tg_bo_create_entry(struct gbm_device *gbm, uint32_t width, uint32_t height,
	uint32_t format, uint32_t usage, const uint64_t *modifiers,
	const unsigned int modifiers_len)
{
	struct tg_device *device = tg_registry_find_device(gbm);
	struct tg_request request = {
		width, height, tg_canonical_format(format), usage, modifiers, modifiers_len, NULL};
	struct tenon_conflict *conflict = NULL;
	struct tg_bo *bo = NULL;
	char *why = NULL;
	if (device == NULL) {
		errno = EINVAL;
		return NULL;
	}
	int ret = tg_allocate(&bo, device, &request, &conflict, &why);
	if (ret == 0) {
		tenon_context_log(device->context, TENON_LOG_INFO, "gbm: %s",
			bo->text != NULL ? bo->text : "bo");
		return bo->gbm;
	}
	const char *text = why;
	if (ret == TENON_CONFLICT) {
		text = conflict != NULL ? tenon_conflict_get_text(conflict)
					: "the devices cannot agree";
		ret = -EINVAL;
	}
	/* what GBM calls a list of which nothing can be had */
	ret = ret == -ENOTSUP ? -EINVAL : ret;
	struct gbm_bo *fallback =
		fall_back(device, &request, -ret, text != NULL ? text : strerror(-ret));
	int error = errno;
	tenon_conflict_destroy(conflict);
	free(why);
	errno = error;
	return fallback;
}

static int get_plane(const struct tg_bo *bo, int plane, struct tenon_plane_layout *out)
{
	if (bo == NULL || bo->buffer == NULL || plane < 0) {
		return -EINVAL;
	}
	return tenon_layout_get_plane(tenon_buffer_get_layout(bo->buffer), (size_t)plane, out);
}

static int bo_get_plane_fd(struct gbm_bo *gbm, int plane)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	struct tenon_plane_layout at;
	int fd = -1;
	if (bo != NULL && bo->buffer == NULL) {
		return bo->device->mesa.bo_get_plane_fd(gbm, plane);
	}
	int ret = get_plane(bo, plane, &at);
	if (ret == 0) {
		ret = tenon_buffer_export(bo->buffer, at.object, &fd);
	}
	if (ret < 0) {
		errno = -ret;
		return -1;
	}
	return fd;
}

static int bo_get_fd(struct gbm_bo *gbm)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	if (bo != NULL && bo->buffer == NULL) {
		return bo->device->mesa.bo_get_fd(gbm);
	}
	return bo_get_plane_fd(gbm, 0);
}

static int bo_get_planes(struct gbm_bo *gbm)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	if (bo != NULL && bo->buffer == NULL) {
		return bo->device->mesa.bo_get_planes(gbm);
	}
	return bo != NULL ? (int)tenon_layout_get_planes_len(tenon_buffer_get_layout(bo->buffer))
			  : 0;
}

static union gbm_bo_handle bo_get_handle(struct gbm_bo *gbm, int plane)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	struct tenon_plane_layout at;
	if (bo != NULL && bo->gbm != &bo->own) {
		return bo->device->mesa.bo_get_handle(gbm, plane);
	}
	/* -1 is GBM's word for no handle */
	if (get_plane(bo, plane, &at) < 0 || bo->imports[at.object] == NULL) {
		return (union gbm_bo_handle){.s32 = -1};
	}
	return (union gbm_bo_handle){.u32 = tenon_drm_import_get_handle(bo->imports[at.object])};
}

static uint32_t bo_get_stride(struct gbm_bo *gbm, int plane)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	struct tenon_plane_layout at;
	if (bo != NULL && bo->buffer == NULL) {
		return bo->device->mesa.bo_get_stride(gbm, plane);
	}
	return get_plane(bo, plane, &at) == 0 ? at.pitch : 0;
}

static uint32_t bo_get_offset(struct gbm_bo *gbm, int plane)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	struct tenon_plane_layout at;
	if (bo != NULL && bo->buffer == NULL) {
		return bo->device->mesa.bo_get_offset(gbm, plane);
	}
	return get_plane(bo, plane, &at) == 0 ? (uint32_t)at.offset : 0;
}

static uint64_t bo_get_modifier(struct gbm_bo *gbm)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	if (bo != NULL && bo->buffer == NULL) {
		return bo->device->mesa.bo_get_modifier(gbm);
	}
	return bo != NULL ? tenon_layout_get_modifier(tenon_buffer_get_layout(bo->buffer))
			  : DRM_FORMAT_MOD_INVALID;
}

static void bo_destroy(struct gbm_bo *gbm)
{
	struct tg_bo *bo = tg_registry_take_bo(gbm);
	if (bo == NULL) {
		return;
	}
	struct tg_device *device = bo->device;
	if (bo->gbm != &bo->own) {
		device->mesa.bo_destroy(gbm);
	}
	tg_bo_free(bo);
	if (tg_registry_drop(device)) {
		tg_device_free(device);
	}
}

void tg_bo_set_entries(struct gbm_device_v0 *entries)
{
	entries->bo_create = tg_bo_create_entry;
	entries->bo_import = tg_bo_import;
	entries->bo_map = tg_bo_map;
	entries->bo_unmap = tg_bo_unmap;
	entries->bo_write = tg_bo_write;
	entries->bo_get_fd = bo_get_fd;
	entries->bo_get_planes = bo_get_planes;
	entries->bo_get_handle = bo_get_handle;
	entries->bo_get_plane_fd = bo_get_plane_fd;
	entries->bo_get_stride = bo_get_stride;
	entries->bo_get_offset = bo_get_offset;
	entries->bo_get_modifier = bo_get_modifier;
	entries->bo_destroy = bo_destroy;
}
