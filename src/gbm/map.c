/* SPDX-License-Identifier: MIT */

/*
 * CPU access by gbm_bo_map() and gbm_bo_write(): each map is a bracket of prepare and finish over
 * its rectangle, and the stride it gives is the true pitch.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include "gbm/device.h"

/* gbm_bo_map() has no way to say "not yet". */
#define NO_TIMEOUT -1

static uint32_t access_flags(uint32_t transfer)
{
	uint32_t flags = 0;
	flags |= transfer & GBM_BO_TRANSFER_READ ? TENON_ACCESS_READ : 0;
	flags |= transfer & GBM_BO_TRANSFER_WRITE ? TENON_ACCESS_WRITE : 0;
	/* A program maps to write a part, too, so what is there must be seen. */
	return flags & TENON_ACCESS_WRITE ? TENON_ACCESS_RW : flags;
}

static int map_buffer(
	struct tg_bo *bo, struct tg_map *map, const struct tenon_rect *rect, uint32_t flags)
{
	map->access = (struct tenon_access){
		.buffer = bo->buffer,
		.flags = access_flags(flags),
		.rect = *rect,
	};
	if (rect->width == 0 || rect->height == 0) {
		return -EINVAL;
	}
	return tenon_access_prepare(&map->access, 1, NO_TIMEOUT);
}

/* Memory that is not Tenon's, or tiled: Mesa maps it, which may be a copy. */
static bool is_mesas_to_map(const struct tg_bo *bo)
{
	return bo->buffer == NULL ||
	       (bo->gbm != &bo->own && tenon_layout_get_modifier(tenon_buffer_get_layout(
					       bo->buffer)) != DRM_FORMAT_MOD_LINEAR);
}

void *tg_bo_map(struct gbm_bo *gbm, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
	uint32_t flags, uint32_t *stride, void **map_data)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	if (bo != NULL && is_mesas_to_map(bo)) {
		return bo->device->mesa.bo_map(gbm, x, y, width, height, flags, stride, map_data);
	}
	struct tg_map *map = bo != NULL ? calloc(1, sizeof(*map)) : NULL;
	if (map == NULL) {
		errno = bo != NULL ? ENOMEM : EINVAL;
		return NULL;
	}
	struct tenon_rect rect = {x, y, width, height};
	int ret = map_buffer(bo, map, &rect, flags);
	if (ret < 0) {
		free(map);
		errno = -ret;
		return NULL;
	}
	map->next = bo->maps;
	bo->maps = map;
	*stride = map->access.pitch[0];
	*map_data = map;
	return map->access.data[0];
}

static struct tg_map *take_map(struct tg_bo *bo, const void *map_data)
{
	struct tg_map **at = &bo->maps;
	while (*at != NULL && *at != map_data) {
		at = &(*at)->next;
	}
	struct tg_map *map = *at;
	if (map != NULL) {
		*at = map->next;
	}
	return map;
}

void tg_bo_unmap(struct gbm_bo *gbm, void *map_data)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	if (bo != NULL && is_mesas_to_map(bo)) {
		bo->device->mesa.bo_unmap(gbm, map_data);
		return;
	}
	struct tg_map *map = bo != NULL ? take_map(bo, map_data) : NULL;
	if (map != NULL) {
		tenon_access_finish(&map->access, 1);
		free(map);
	}
}

void tg_bo_unmap_all(struct tg_bo *bo)
{
	while (bo->maps != NULL) {
		struct tg_map *map = take_map(bo, bo->maps);
		tenon_access_finish(&map->access, 1);
		free(map);
	}
}

static int write_rows(
	const struct tg_bo *bo, const struct tenon_access *access, const void *data, size_t size)
{
	struct tenon_plane_layout plane;
	tenon_layout_get_plane(tenon_buffer_get_layout(bo->buffer), 0, &plane);
	/* GBM's contract: data is laid out like the bo itself. */
	if (size > (uint64_t)plane.pitch * plane.height) {
		return -EINVAL;
	}
	memcpy(access->data[0], data, size);
	return 0;
}

int tg_bo_write(struct gbm_bo *gbm, const void *data, size_t size)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	if (bo != NULL && is_mesas_to_map(bo)) {
		return bo->device->mesa.bo_write(gbm, data, size);
	}
	struct tenon_access access = {
		.buffer = bo != NULL ? bo->buffer : NULL,
		.flags = TENON_ACCESS_RW,
	};
	int ret = bo != NULL ? tenon_access_prepare(&access, 1, NO_TIMEOUT) : -EINVAL;
	if (ret == 0) {
		ret = write_rows(bo, &access, data, size);
		int end = tenon_access_finish(&access, 1);
		ret = ret != 0 ? ret : end;
	}
	if (ret < 0) {
		errno = -ret;
		return -1;
	}
	return 0;
}
