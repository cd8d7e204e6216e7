/* SPDX-License-Identifier: MIT */

/*
 * A backend that does nothing but note which of its entries libgbm called, with what. It is built
 * from src/gbm/abi.h, so a member at a wrong offset shows as the wrong entry called, or a crash.
 */
#include <stdlib.h>

#include "gbm/abi.h"

#include "abi_probe.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT struct abi_probe abi_probe_state;

static void note(const char *entry, const void *object)
{
	abi_probe_state.called = entry;
	abi_probe_state.arg = object;
	abi_probe_state.calls++;
}

static struct gbm_bo *new_bo(struct gbm_device *device)
{
	struct gbm_bo *bo = calloc(1, sizeof(*bo));
	if (bo != NULL) {
		bo->gbm = device;
		bo->v0.width = 101;
		bo->v0.height = 102;
		bo->v0.stride = 103;
		bo->v0.format = GBM_FORMAT_XRGB8888;
		bo->v0.handle.u64 = 104;
	}
	return bo;
}

static void destroy(struct gbm_device *device)
{
	note("destroy", device);
	free(device);
}

static int is_format_supported(struct gbm_device *device, uint32_t format, uint32_t usage)
{
	note("is_format_supported", device);
	abi_probe_state.args[0] = format;
	abi_probe_state.args[1] = usage;
	return 1;
}

static int plane_count(struct gbm_device *device, uint32_t format, uint64_t modifier)
{
	note("get_format_modifier_plane_count", device);
	abi_probe_state.args[0] = format;
	abi_probe_state.args[1] = modifier;
	return 3;
}

static struct gbm_bo *bo_create(struct gbm_device *device, uint32_t width, uint32_t height,
	uint32_t format, uint32_t usage, const uint64_t *modifiers,
	const unsigned int modifiers_len)
{
	note("bo_create", device);
	abi_probe_state.args[0] = width;
	abi_probe_state.args[1] = height;
	abi_probe_state.args[2] = format;
	abi_probe_state.args[3] = usage;
	abi_probe_state.args[4] = modifiers_len;
	abi_probe_state.args[5] = modifiers_len > 0 ? modifiers[modifiers_len - 1] : 0;
	return new_bo(device);
}

static struct gbm_bo *bo_import(
	struct gbm_device *device, uint32_t type, void *buffer, uint32_t usage)
{
	note("bo_import", device);
	abi_probe_state.args[0] = type;
	abi_probe_state.args[1] = (uintptr_t)buffer;
	abi_probe_state.args[2] = usage;
	return new_bo(device);
}

static void *bo_map(struct gbm_bo *bo, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
	uint32_t flags, uint32_t *stride, void **map_data)
{
	note("bo_map", bo);
	abi_probe_state.args[0] = x;
	abi_probe_state.args[1] = y;
	abi_probe_state.args[2] = width;
	abi_probe_state.args[3] = height;
	abi_probe_state.args[4] = flags;
	*stride = 105;
	*map_data = bo;
	return &abi_probe_state;
}

static void bo_unmap(struct gbm_bo *bo, void *map_data)
{
	note("bo_unmap", bo);
	abi_probe_state.args[0] = (uintptr_t)map_data;
}

static int bo_write(struct gbm_bo *bo, const void *data, size_t size)
{
	note("bo_write", bo);
	abi_probe_state.args[0] = (uintptr_t)data;
	abi_probe_state.args[1] = size;
	return 0;
}

static int bo_get_fd(struct gbm_bo *bo)
{
	note("bo_get_fd", bo);
	return 106;
}

static int bo_get_planes(struct gbm_bo *bo)
{
	note("bo_get_planes", bo);
	return 107;
}

static union gbm_bo_handle bo_get_handle(struct gbm_bo *bo, int plane)
{
	note("bo_get_handle", bo);
	return (union gbm_bo_handle){.u64 = 108 + (unsigned)plane};
}

static int bo_get_plane_fd(struct gbm_bo *bo, int plane)
{
	note("bo_get_plane_fd", bo);
	return 110 + plane;
}

static uint32_t bo_get_stride(struct gbm_bo *bo, int plane)
{
	note("bo_get_stride", bo);
	return 120 + (unsigned)plane;
}

static uint32_t bo_get_offset(struct gbm_bo *bo, int plane)
{
	note("bo_get_offset", bo);
	return 130 + (unsigned)plane;
}

static uint64_t bo_get_modifier(struct gbm_bo *bo)
{
	note("bo_get_modifier", bo);
	return UINT64_C(0x0123456789abcdef);
}

static void bo_destroy(struct gbm_bo *bo)
{
	note("bo_destroy", bo);
	free(bo);
}

static struct gbm_surface *surface_create(struct gbm_device *device, uint32_t width,
	uint32_t height, uint32_t format, uint32_t flags, const uint64_t *modifiers,
	const unsigned modifiers_len)
{
	note("surface_create", device);
	abi_probe_state.args[0] = width;
	abi_probe_state.args[1] = height;
	abi_probe_state.args[2] = format;
	abi_probe_state.args[3] = flags;
	abi_probe_state.args[4] = modifiers_len;
	abi_probe_state.args[5] = modifiers_len > 0 ? modifiers[modifiers_len - 1] : 0;
	struct gbm_surface *surface = calloc(1, sizeof(*surface));
	if (surface != NULL) {
		surface->gbm = device;
	}
	return surface;
}

static struct gbm_bo *surface_lock_front_buffer(struct gbm_surface *surface)
{
	note("surface_lock_front_buffer", surface);
	return NULL;
}

static void surface_release_buffer(struct gbm_surface *surface, struct gbm_bo *bo)
{
	note("surface_release_buffer", surface);
	abi_probe_state.args[0] = (uintptr_t)bo;
}

static int surface_has_free_buffers(struct gbm_surface *surface)
{
	note("surface_has_free_buffers", surface);
	return 109;
}

static void surface_destroy(struct gbm_surface *surface)
{
	note("surface_destroy", surface);
	free(surface);
}

static int bo_blit(struct gbm_bo *to, struct gbm_bo *from, int to_x, int to_y, int to_width,
	int to_height, int from_x, int from_y, int from_width, int from_height, int flags)
{
	note("bo_blit", to);
	abi_probe_state.args[0] = (uintptr_t)from;
	abi_probe_state.args[1] = (unsigned)to_x;
	abi_probe_state.args[2] = (unsigned)from_height;
	abi_probe_state.args[3] = (unsigned)flags;
	return 111;
}

static struct gbm_device *create_device(int fd, uint32_t version)
{
	/* No larger than libgbm's version says: memory checkers see a touch beyond. */
	struct gbm_device *device =
		calloc(1, version >= 1 ? sizeof(*device) : offsetof(struct gbm_device, v1));
	if (device == NULL) {
		return NULL;
	}
	abi_probe_state.device_version = version;
	device->v0 = (struct gbm_device_v0){
		.backend_version = version,
		.fd = fd,
		.name = "abi-probe",
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
	if (version >= 1) {
		device->v1.bo_blit = bo_blit;
	}
	return device;
}

EXPORT const struct gbm_backend *gbmint_get_backend(const struct gbm_core *core);

const struct gbm_backend *gbmint_get_backend(const struct gbm_core *core)
{
	static const struct gbm_backend backend = {
		.v0 =
			{
				.backend_version = GBM_ABI_VERSION,
				.backend_name = "abi-probe",
				.create_device = create_device,
			},
	};
	abi_probe_state.core_version = core->v0.core_version;
	abi_probe_state.args[0] = core->v0.format_canonicalize(GBM_BO_FORMAT_XRGB8888);
	return &backend;
}
