/* SPDX-License-Identifier: MIT */

/*
 * A GBM device. Mesa's backend makes it and we replace its entries, so that EGL, which takes
 * nothing but Mesa's own devices, goes on working and allocates through us. Where there is no such
 * backend (before Mesa 24.3), or the node is no DRM node, the device is our own: everything but EGL
 * window surfaces works.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include <tenon/context.h>

#include "gbm/device.h"

static const struct gbm_core *the_core;

uint32_t tg_canonical_format(uint32_t format)
{
	return the_core != NULL && the_core->v0.format_canonicalize != NULL
		       ? the_core->v0.format_canonicalize(format)
		       : format;
}

static struct gbm_surface *surface_create(struct gbm_device *gbm, uint32_t width, uint32_t height,
	uint32_t format, uint32_t flags, const uint64_t *modifiers, const unsigned modifiers_len)
{
	struct tg_device *device = tg_registry_find_device(gbm);
	if (device == NULL || device->mesa.surface_create == NULL) {
		if (device != NULL) {
			tenon_context_log(device->context, TENON_LOG_ERROR,
				"gbm: no surfaces here: EGL needs Mesa 24.3 or newer, whose own "
				"backend is the file dri_gbm.so, and a DRM device");
		}
		errno = ENOSYS;
		return NULL;
	}
	struct gbm_surface *surface = device->mesa.surface_create(
		gbm, width, height, format, flags, modifiers, modifiers_len);
	if (surface != NULL) {
		tg_registry_hold(device);
	}
	return surface;
}

static void surface_destroy(struct gbm_surface *surface)
{
	struct tg_device *device = tg_registry_find_device(surface->gbm);
	if (device == NULL) {
		return;
	}
	device->mesa.surface_destroy(surface);
	if (tg_registry_drop(device)) {
		tg_device_free(device);
	}
}

static struct gbm_bo *no_front_buffer(struct gbm_surface *surface)
{
	errno = ENOSYS;
	return NULL;
}

static void no_release(struct gbm_surface *surface, struct gbm_bo *bo)
{
}

static int no_free_buffers(struct gbm_surface *surface)
{
	return 0;
}

static int is_format_supported(struct gbm_device *gbm, uint32_t format, uint32_t usage)
{
	struct tg_device *device = tg_registry_find_device(gbm);
	const struct tenon_format *known = tenon_format_get(tg_canonical_format(format));
	if (device == NULL) {
		return 0;
	}
	if (device->mesa.is_format_supported != NULL &&
		device->mesa.is_format_supported(gbm, format, usage)) {
		return 1;
	}
	/* Formats Mesa does not allocate: for any use but drawing with GL. */
	return known != NULL && !(usage & GBM_BO_USE_RENDERING) &&
	       (device->mesa.is_format_supported == NULL || tenon_format_is_yuv(known));
}

static int plane_count(struct gbm_device *gbm, uint32_t format, uint64_t modifier)
{
	struct tg_device *device = tg_registry_find_device(gbm);
	const struct tenon_format *known = tenon_format_get(tg_canonical_format(format));
	if (modifier == DRM_FORMAT_MOD_LINEAR && known != NULL) {
		return (int)tenon_format_get_planes_len(known);
	}
	if (device == NULL || device->mesa.get_format_modifier_plane_count == NULL) {
		return -1;
	}
	return device->mesa.get_format_modifier_plane_count(gbm, format, modifier);
}

static int bo_blit(struct gbm_bo *to, struct gbm_bo *from, int to_x, int to_y, int to_width,
	int to_height, int from_x, int from_y, int from_width, int from_height, int flags)
{
	struct tg_bo *bos[] = {tg_registry_find_bo(to), tg_registry_find_bo(from)};
	for (size_t i = 0; i < 2; i++) {
		if (bos[i] == NULL || bos[i]->gbm == &bos[i]->own ||
			bos[i]->device->mesa1.bo_blit == NULL) {
			errno = ENOSYS;
			return 0;
		}
	}
	return bos[0]->device->mesa1.bo_blit(to, from, to_x, to_y, to_width, to_height, from_x,
		from_y, from_width, from_height, flags);
}

static void device_destroy(struct gbm_device *gbm)
{
	struct tg_device *device = tg_registry_find_device(gbm);
	if (device != NULL && tg_registry_destroy_device(device)) {
		tg_device_free(device);
	} else if (device != NULL) {
		/* Bos live on; the program may close its fd now, so they get one of their own. */
		int fd = fcntl(device->fd, F_DUPFD_CLOEXEC, 3);
		if (fd >= 0) {
			device->fd = device->gbm->v0.fd = fd;
			device->fd_is_ours = true;
		}
	}
}

static void destroy_gbm(struct tg_device *device)
{
	if (device->mesa.destroy != NULL) {
		device->mesa.destroy(device->gbm);
	} else {
		free(device->gbm);
	}
}

void tg_device_free(struct tg_device *device)
{
	int fd = device->fd_is_ours ? device->fd : -1;
	destroy_gbm(device);
	tg_participants_finish(device);
	tg_recent_forget(device);
	tenon_drm_device_unref(device->drm_device);
	tenon_context_unref(device->context);
	pthread_mutex_destroy(&device->lock);
	free(device);
	if (fd >= 0) {
		close(fd);
	}
}

static int set_up(struct tg_device *device)
{
	const char *strict = secure_getenv("TENON_STRICT");
	struct tenon_context_options options = {.size = sizeof(options)};
	device->strict = strict != NULL && *strict != '\0' && strcmp(strict, "0") != 0;
	int ret = tg_identify(device);
	if (ret == 0) {
		ret = tenon_context_create(&device->context, &options);
	}
	if (ret == 0) {
		ret = tg_heaps_init(device);
	}
	return ret == 0 ? tg_participants_init(device) : ret;
}

/*
 * Whether devices have the members of version 1. The number alone does not tell: Mesa 25.0 says 1,
 * and has no blit yet, so that what lies there is its own. Mesa's libgbm and backend are one
 * release.
 */
static bool has_blit(const struct gbm_device *gbm)
{
	return gbm->v0.backend_version >= 1 && dlsym(RTLD_DEFAULT, "gbm_bo_blit") != NULL;
}

static void replace_entries(struct tg_device *device)
{
	struct gbm_device *gbm = device->gbm;
	device->mesa = gbm->v0;
	gbm->v0.destroy = device_destroy;
	gbm->v0.is_format_supported = is_format_supported;
	gbm->v0.get_format_modifier_plane_count = plane_count;
	gbm->v0.surface_create = surface_create;
	gbm->v0.surface_destroy = surface_destroy;
	tg_bo_set_entries(&gbm->v0);
	if (has_blit(gbm)) {
		device->mesa1 = gbm->v1;
		gbm->v1.bo_blit = bo_blit;
	}
}

static struct gbm_device *create_own(int fd, uint32_t version)
{
	struct gbm_device *gbm = calloc(1, sizeof(*gbm));
	if (gbm == NULL) {
		return NULL;
	}
	gbm->v0.backend_version = version;
	gbm->v0.fd = fd;
	gbm->v0.name = "tenon";
	gbm->v0.destroy = device_destroy;
	gbm->v0.is_format_supported = is_format_supported;
	gbm->v0.get_format_modifier_plane_count = plane_count;
	gbm->v0.surface_create = surface_create;
	gbm->v0.surface_lock_front_buffer = no_front_buffer;
	gbm->v0.surface_release_buffer = no_release;
	gbm->v0.surface_has_free_buffers = no_free_buffers;
	gbm->v0.surface_destroy = surface_destroy;
	gbm->v1.bo_blit = bo_blit;
	tg_bo_set_entries(&gbm->v0);
	return gbm;
}

static int create_gbm(struct tg_device *device, uint32_t version)
{
	const struct gbm_backend *mesa = device->drm ? tg_mesa_backend(the_core) : NULL;
	/* libgbm takes no device of another version than it asked for; one release's never are */
	if (mesa != NULL && mesa->v0.backend_version >= version) {
		device->gbm = mesa->v0.create_device(device->fd, version);
	}
	if (device->gbm != NULL) {
		replace_entries(device);
		return 0;
	}
	if (device->drm) {
		/* at a level that everybody sees: EGL fails later, and not in a word of its own */
		tenon_context_log(device->context, TENON_LOG_ERROR,
			"gbm: %s: Mesa's own backend %s, so there is no EGL on this device",
			device->driver,
			tg_mesa_is_unwanted() ? "is not wanted"
			: mesa != NULL        ? "does not take it"
					      : "(dri_gbm.so, Mesa 24.3) is not here");
	}
	device->gbm = create_own(device->fd, version);
	return device->gbm != NULL ? 0 : -ENOMEM;
}

static struct gbm_device *create_device(int fd, uint32_t version)
{
	struct tg_device *device = calloc(1, sizeof(*device));
	if (device == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	device->fd = fd;
	pthread_mutex_init(&device->lock, NULL);
	int ret = set_up(device);
	if (ret == 0) {
		ret = create_gbm(device, version);
	}
	if (ret == 0) {
		ret = tg_mesa_heap_init(device);
	}
	if (ret < 0) {
		/* libgbm goes on to Mesa's own backend when this one fails */
		bool strict = device->strict && ret != -ENOMEM;
		tg_device_free(device);
		errno = -ret;
		return strict ? tg_refuse_device(fd, version, ret) : NULL;
	}
	tg_registry_add_device(device);
	return device->gbm;
}

const struct gbm_backend *tenon_gbm_get_backend(const struct gbm_core *core)
{
	static const struct gbm_backend backend = {
		.v0 =
			{
				.backend_version = GBM_ABI_VERSION,
				.backend_name = "tenon",
				.create_device = create_device,
			},
	};
	the_core = core;
	return &backend;
}
