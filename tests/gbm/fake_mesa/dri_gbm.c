/* SPDX-License-Identifier: MIT */

/*
 * What stands for Mesa's own backend in tests: bos in memfds, tiled as the test says. It is strict:
 * what it did not make it does not take, and a bo that is used after it was destroyed is a memory
 * error that checkers see.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "gbm/abi.h"

#include "fake_mesa.h"

#define EXPORT __attribute__((visibility("default")))
#define PLANES_MAX 4
#define SURFACE_BOS 3

EXPORT struct fake_mesa fake_mesa_state;

static struct fake_mesa *const state = &fake_mesa_state;

struct fake_bo {
	struct gbm_bo base;
	uint64_t modifier;
	int planes;
	int fds[PLANES_MAX];
	uint32_t strides[PLANES_MAX], offsets[PLANES_MAX];
};

struct fake_surface {
	struct gbm_surface base;
	struct gbm_bo *bos[SURFACE_BOS];
	bool locked[SURFACE_BOS];
};

static void destroy(struct gbm_device *device)
{
	free(device);
}

static int is_format_supported(struct gbm_device *device, uint32_t format, uint32_t usage)
{
	return format == GBM_FORMAT_XRGB8888 || format == GBM_FORMAT_ARGB8888;
}

static int find_layout(uint64_t modifier)
{
	for (int i = 0; i < FAKE_MESA_MODIFIERS; i++) {
		if (state->layouts[i].planes > 0 && state->layouts[i].modifier == modifier) {
			return i;
		}
	}
	return -1;
}

static int plane_count(struct gbm_device *device, uint32_t format, uint64_t modifier)
{
	int layout = find_layout(modifier);
	state->asked++;
	if (!is_format_supported(device, format, 0)) {
		return -1;
	}
	return modifier == DRM_FORMAT_MOD_LINEAR ? 1
	       : layout >= 0                     ? (int)state->layouts[layout].planes
						 : -1;
}

static struct fake_bo *new_bo(
	struct gbm_device *device, uint32_t width, uint32_t height, uint32_t format)
{
	struct fake_bo *bo = calloc(1, sizeof(*bo));
	if (bo == NULL) {
		return NULL;
	}
	bo->base.gbm = device;
	bo->base.v0.width = width;
	bo->base.v0.height = height;
	bo->base.v0.format = format;
	for (int i = 0; i < PLANES_MAX; i++) {
		bo->fds[i] = -1;
	}
	state->live++;
	return bo;
}

static void bo_destroy(struct gbm_bo *gbm)
{
	struct fake_bo *bo = (struct fake_bo *)gbm;
	for (int i = 0; i < PLANES_MAX; i++) {
		if (bo->fds[i] >= 0) {
			close(bo->fds[i]);
		}
	}
	memset(bo, 0x5a, sizeof(*bo));
	free(bo);
	state->live--;
	state->destroys++;
}

/* The same file is the same handle, as in the kernel. */
static uint32_t handle_of(int fd)
{
	struct stat file;
	return fstat(fd, &file) == 0 ? (uint32_t)file.st_ino : 0;
}

static int new_file(uint64_t bytes)
{
	int fd = memfd_create("fake-mesa", MFD_CLOEXEC);
	if (fd >= 0 && ftruncate(fd, (off_t)bytes) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Tiles of 32 rows; further planes are as large as the first. */
static bool lay_out(struct fake_bo *bo, uint32_t align, int planes, bool separate)
{
	uint32_t pitch = (bo->base.v0.width * 4 + align - 1) / align * align;
	uint32_t bytes = pitch * ((bo->base.v0.height + 31) / 32 * 32);
	bo->planes = planes;
	bo->base.v0.stride = pitch;
	for (int i = 0; i < planes; i++) {
		bo->strides[i] = pitch;
		bo->offsets[i] = separate ? 0 : bytes * (uint32_t)i;
		bo->fds[i] = i > 0 && !separate
				     ? dup(bo->fds[0])
				     : new_file((uint64_t)bytes * (separate ? 1 : planes));
		if (bo->fds[i] < 0) {
			return false;
		}
	}
	bo->base.v0.handle.u32 = handle_of(bo->fds[0]);
	return true;
}

static int choose(const uint64_t *modifiers, unsigned len)
{
	for (int i = 0; i < FAKE_MESA_MODIFIERS; i++) {
		for (unsigned m = 0; m < len; m++) {
			if (state->layouts[i].planes > 0 &&
				state->layouts[i].modifier == modifiers[m]) {
				return i;
			}
		}
	}
	return -1;
}

static struct gbm_bo *bo_create(struct gbm_device *device, uint32_t width, uint32_t height,
	uint32_t format, uint32_t usage, const uint64_t *modifiers,
	const unsigned int modifiers_len)
{
	bool linear = modifiers_len == 0 && state->implicit == DRM_FORMAT_MOD_LINEAR;
	state->creates++;
	state->usage = usage;
	state->listed = modifiers_len;
	for (unsigned i = 0; i < modifiers_len; i++) {
		linear = linear || modifiers[i] == DRM_FORMAT_MOD_LINEAR;
	}
	int layout =
		modifiers_len > 0 ? choose(modifiers, modifiers_len) : find_layout(state->implicit);
	if (state->error != 0 || (layout < 0 && !linear) ||
		!is_format_supported(device, format, usage)) {
		errno = state->error != 0 ? state->error : EINVAL;
		return NULL;
	}
	struct fake_bo *bo = new_bo(device, width, height, format);
	if (bo == NULL) {
		return NULL;
	}
	bo->modifier = layout >= 0 ? state->layouts[layout].modifier : DRM_FORMAT_MOD_LINEAR;
	if (state->lie) {
		bo->modifier = UINT64_C(0x0700000000000007);
	}
	if (!(layout >= 0 ? lay_out(bo, state->layouts[layout].pitch_align,
				    (int)state->layouts[layout].planes,
				    state->layouts[layout].separate != 0)
			  : lay_out(bo, 4, 1, false))) {
		bo_destroy(&bo->base);
		errno = ENOMEM;
		return NULL;
	}
	return &bo->base;
}

static bool import_fds(struct fake_bo *bo, const int *fds, const int *strides, const int *offsets)
{
	for (int i = 0; i < bo->planes; i++) {
		struct stat file;
		bo->fds[i] = fstat(fds[i], &file) == 0 ? dup(fds[i]) : -1;
		bo->strides[i] = (uint32_t)strides[i];
		bo->offsets[i] = offsets != NULL ? (uint32_t)offsets[i] : 0;
		if (bo->fds[i] < 0) {
			return false;
		}
	}
	bo->base.v0.stride = bo->strides[0];
	bo->base.v0.handle.u32 = handle_of(bo->fds[0]);
	return true;
}

static struct gbm_bo *import_modifier(
	struct gbm_device *device, const struct gbm_import_fd_modifier_data *data)
{
	state->imported = data->modifier;
	if (data->num_fds == 0 || data->num_fds > PLANES_MAX ||
		(data->modifier != DRM_FORMAT_MOD_LINEAR &&
			data->modifier != DRM_FORMAT_MOD_INVALID &&
			find_layout(data->modifier) < 0) ||
		!is_format_supported(device, data->format, 0)) {
		errno = EINVAL;
		return NULL;
	}
	struct fake_bo *bo = new_bo(device, data->width, data->height, data->format);
	bo->planes = (int)data->num_fds;
	bo->modifier = data->modifier;
	if (!import_fds(bo, data->fds, data->strides, data->offsets)) {
		bo_destroy(&bo->base);
		errno = EBADF;
		return NULL;
	}
	return &bo->base;
}

static struct gbm_bo *import_fd(struct gbm_device *device, const struct gbm_import_fd_data *data)
{
	int stride = (int)data->stride;
	struct fake_bo *bo = new_bo(device, data->width, data->height, data->format);
	bo->planes = 1;
	bo->modifier = DRM_FORMAT_MOD_INVALID;
	if (!import_fds(bo, &data->fd, &stride, NULL)) {
		bo_destroy(&bo->base);
		errno = EBADF;
		return NULL;
	}
	return &bo->base;
}

/* wl_buffers and EGL images are the address of an fd here. */
static struct gbm_bo *import_object(struct gbm_device *device, const int *fd)
{
	const struct gbm_import_fd_data data = {
		.fd = *fd, .width = 16, .height = 16, .stride = 64, .format = GBM_FORMAT_XRGB8888};
	return import_fd(device, &data);
}

static struct gbm_bo *bo_import(
	struct gbm_device *device, uint32_t type, void *buffer, uint32_t usage)
{
	state->imports++;
	state->import_type = type;
	switch (type) {
	case GBM_BO_IMPORT_FD_MODIFIER:
		return import_modifier(device, buffer);
	case GBM_BO_IMPORT_FD:
		return import_fd(device, buffer);
	case GBM_BO_IMPORT_WL_BUFFER:
	case GBM_BO_IMPORT_EGL_IMAGE:
		return import_object(device, buffer);
	default:
		errno = ENOSYS;
		return NULL;
	}
}

static void *bo_map(struct gbm_bo *gbm, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
	uint32_t flags, uint32_t *stride, void **map_data)
{
	struct fake_bo *bo = (struct fake_bo *)gbm;
	size_t size = (size_t)bo->strides[0] * bo->base.v0.height;
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bo->fds[0], 0);
	if (map == MAP_FAILED) {
		return NULL;
	}
	state->maps++;
	*stride = bo->strides[0];
	*map_data = map;
	return map + (size_t)y * bo->strides[0] + (size_t)x * 4;
}

static void bo_unmap(struct gbm_bo *gbm, void *map_data)
{
	struct fake_bo *bo = (struct fake_bo *)gbm;
	munmap(map_data, (size_t)bo->strides[0] * bo->base.v0.height);
	state->maps--;
}

static int bo_write(struct gbm_bo *bo, const void *data, size_t size)
{
	errno = EINVAL;
	return -1;
}

static int bo_get_planes(struct gbm_bo *gbm)
{
	return ((struct fake_bo *)gbm)->planes;
}

static int bo_get_plane_fd(struct gbm_bo *gbm, int plane)
{
	struct fake_bo *bo = (struct fake_bo *)gbm;
	if (plane < 0 || plane >= bo->planes) {
		errno = EINVAL;
		return -1;
	}
	return dup(bo->fds[plane]);
}

static int bo_get_fd(struct gbm_bo *gbm)
{
	return bo_get_plane_fd(gbm, 0);
}

static union gbm_bo_handle bo_get_handle(struct gbm_bo *gbm, int plane)
{
	struct fake_bo *bo = (struct fake_bo *)gbm;
	if (plane < 0 || plane >= bo->planes) {
		return (union gbm_bo_handle){.s32 = -1};
	}
	return (union gbm_bo_handle){.u32 = handle_of(bo->fds[plane])};
}

static uint32_t bo_get_stride(struct gbm_bo *gbm, int plane)
{
	struct fake_bo *bo = (struct fake_bo *)gbm;
	return plane >= 0 && plane < bo->planes ? bo->strides[plane] : 0;
}

static uint32_t bo_get_offset(struct gbm_bo *gbm, int plane)
{
	struct fake_bo *bo = (struct fake_bo *)gbm;
	return plane >= 0 && plane < bo->planes ? bo->offsets[plane] : 0;
}

static uint64_t bo_get_modifier(struct gbm_bo *gbm)
{
	return ((struct fake_bo *)gbm)->modifier;
}

static struct gbm_surface *surface_create(struct gbm_device *device, uint32_t width,
	uint32_t height, uint32_t format, uint32_t flags, const uint64_t *modifiers,
	const unsigned modifiers_len)
{
	struct fake_surface *surface = calloc(1, sizeof(*surface));
	if (surface == NULL) {
		return NULL;
	}
	surface->base.gbm = device;
	surface->base.v0.width = width;
	surface->base.v0.height = height;
	surface->base.v0.format = format;
	surface->base.v0.flags = flags;
	surface->base.v0.count = modifiers_len;
	if (modifiers_len > 0) {
		surface->base.v0.modifiers = calloc(modifiers_len, sizeof(*modifiers));
		memcpy(surface->base.v0.modifiers, modifiers, modifiers_len * sizeof(*modifiers));
	}
	return &surface->base;
}

/* EGL would have drawn to it before; it allocates through the device, as EGL does. */
static struct gbm_bo *surface_lock_front_buffer(struct gbm_surface *gbm)
{
	struct fake_surface *surface = (struct fake_surface *)gbm;
	for (int i = 0; i < SURFACE_BOS; i++) {
		if (surface->locked[i]) {
			continue;
		}
		if (surface->bos[i] == NULL) {
			surface->bos[i] = gbm->gbm->v0.bo_create(gbm->gbm, gbm->v0.width,
				gbm->v0.height, gbm->v0.format, gbm->v0.flags, gbm->v0.modifiers,
				gbm->v0.count);
		}
		surface->locked[i] = surface->bos[i] != NULL;
		return surface->bos[i];
	}
	errno = EBUSY;
	return NULL;
}

static void surface_release_buffer(struct gbm_surface *gbm, struct gbm_bo *bo)
{
	struct fake_surface *surface = (struct fake_surface *)gbm;
	for (int i = 0; i < SURFACE_BOS; i++) {
		surface->locked[i] = surface->locked[i] && surface->bos[i] != bo;
	}
}

static int surface_has_free_buffers(struct gbm_surface *gbm)
{
	struct fake_surface *surface = (struct fake_surface *)gbm;
	return !surface->locked[0] || !surface->locked[1] || !surface->locked[2];
}

static void surface_destroy(struct gbm_surface *gbm)
{
	struct fake_surface *surface = (struct fake_surface *)gbm;
	for (int i = 0; i < SURFACE_BOS; i++) {
		if (surface->bos[i] != NULL) {
			gbm->gbm->v0.bo_destroy(surface->bos[i]);
		}
	}
	free(surface->base.v0.modifiers);
	free(surface);
}

static int bo_blit(struct gbm_bo *to, struct gbm_bo *from, int to_x, int to_y, int to_width,
	int to_height, int from_x, int from_y, int from_width, int from_height, int flags)
{
	return to->gbm == from->gbm;
}

static struct gbm_device *create_device(int fd, uint32_t version)
{
	/* as Mesa 25.0: version 1, and no member for a blit that its libgbm does not have */
	bool blits = dlsym(RTLD_DEFAULT, "gbm_bo_blit") != NULL;
	struct gbm_device *device =
		calloc(1, blits ? sizeof(*device) : offsetof(struct gbm_device, v1));
	if (device == NULL) {
		return NULL;
	}
	if (blits) {
		device->v1.bo_blit = bo_blit;
	}
	device->v0 = (struct gbm_device_v0){
		.backend_version = version,
		.fd = fd,
		.name = "drm",
		.destroy = destroy,
		.is_format_supported = is_format_supported,
		.get_format_modifier_plane_count = plane_count,
		.bo_create = bo_create,
		.bo_import = bo_import,
		.bo_map = bo_map,
		.bo_unmap = bo_unmap,
		.bo_write = bo_write,
		.bo_get_fd = bo_get_fd,
		.bo_get_planes = bo_get_planes,
		.bo_get_handle = bo_get_handle,
		.bo_get_plane_fd = bo_get_plane_fd,
		.bo_get_stride = bo_get_stride,
		.bo_get_offset = bo_get_offset,
		.bo_get_modifier = bo_get_modifier,
		.bo_destroy = bo_destroy,
		.surface_create = surface_create,
		.surface_lock_front_buffer = surface_lock_front_buffer,
		.surface_release_buffer = surface_release_buffer,
		.surface_has_free_buffers = surface_has_free_buffers,
		.surface_destroy = surface_destroy,
	};
	return device;
}

EXPORT const struct gbm_backend *gbmint_get_backend(const struct gbm_core *core);

const struct gbm_backend *gbmint_get_backend(const struct gbm_core *core)
{
	static const struct gbm_backend backend = {
		.v0 =
			{
				.backend_version = GBM_ABI_VERSION,
				.backend_name = "dri",
				.create_device = create_device,
			},
	};
	return &backend;
}
