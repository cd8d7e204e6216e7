/* SPDX-License-Identifier: MIT */

/*
 * Whether a device takes a buffer, found by trying: import, map where Mesa will draw on the CPU,
 * framebuffer where it is to be shown. Drivers refuse at different stages, and some do not refuse
 * but crash later: software GL maps what it draws to with MAP_DUMB, which the kernel denies for
 * memory of another exporter, and does not check.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "gbm/device.h"

int tg_import_object(struct tg_device *device, struct tenon_buffer *buffer, size_t object,
	uint32_t *handle, const char **stage)
{
	int dmabuf = -1;
	*stage = "export";
	int ret = tenon_buffer_export(buffer, object, &dmabuf);
	if (ret == 0) {
		*stage = "import";
		ret = drmPrimeFDToHandle(device->fd, dmabuf, handle) != 0 ? -errno : 0;
		close(dmabuf);
	}
	return ret;
}

static int probe_map(struct tg_device *device, uint32_t handle)
{
	struct drm_mode_map_dumb map = {.handle = handle};
	return drmIoctl(device->fd, DRM_IOCTL_MODE_MAP_DUMB, &map) != 0 ? -errno : 0;
}

static int probe_framebuffer(
	struct tg_device *device, const struct tenon_layout *layout, const uint32_t *handles)
{
	uint32_t planes[4] = {0}, pitches[4] = {0}, offsets[4] = {0}, width, height, id = 0;
	tenon_layout_get_size(layout, &width, &height);
	for (size_t i = 0; i < tenon_layout_get_planes_len(layout); i++) {
		struct tenon_plane_layout plane;
		tenon_layout_get_plane(layout, i, &plane);
		if (plane.offset > UINT32_MAX) {
			return -EOVERFLOW;
		}
		planes[i] = handles[plane.object];
		pitches[i] = plane.pitch;
		offsets[i] = (uint32_t)plane.offset;
	}
	uint32_t format = tenon_format_get_fourcc(tenon_layout_get_format(layout));
	if (drmModeAddFB2(device->fd, width, height, format, planes, pitches, offsets, &id, 0) !=
		0) {
		return -errno;
	}
	drmModeRmFB(device->fd, id);
	return 0;
}

void tg_close_handles(struct tg_device *device, uint32_t handles[TENON_MAX_PLANES])
{
	for (size_t i = 0; i < TENON_MAX_PLANES; i++) {
		if (handles[i] != 0) {
			drmCloseBufferHandle(device->fd, handles[i]);
			handles[i] = 0;
		}
	}
}

static int probe_object(struct tg_device *device, struct tenon_buffer *buffer, size_t object,
	uint32_t *handle, const char **stage)
{
	int ret = tg_import_object(device, buffer, object, handle, stage);
	if (ret == 0 && device->software) {
		*stage = "map";
		ret = probe_map(device, *handle);
	}
	return ret;
}

int tg_probe(
	struct tg_device *device, struct tenon_buffer *buffer, uint32_t usage, const char **stage)
{
	const struct tenon_layout *layout = tenon_buffer_get_layout(buffer);
	uint32_t handles[TENON_MAX_PLANES] = {0};
	size_t objects = tenon_layout_get_objects_len(layout);
	int ret = 0;
	for (size_t i = 0; ret == 0 && i < objects; i++) {
		ret = probe_object(device, buffer, i, &handles[i], stage);
	}
	if (ret == 0 && (usage & GBM_BO_USE_SCANOUT)) {
		*stage = "framebuffer";
		ret = probe_framebuffer(device, layout, handles);
		/* A render node cannot show anything, and an old kernel may not know the format
		 * of a device that only renders: neither says anything of the memory. */
		if (ret == -EACCES || ret == -EOPNOTSUPP) {
			ret = 0;
		}
	}
	/* Nobody else of this open file has this memory yet, so the handles are ours to close. */
	tg_close_handles(device, handles);
	return ret;
}
