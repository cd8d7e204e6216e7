/* SPDX-License-Identifier: MIT */
#include "device/framebuffer.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "device/drm.h"

struct tenon_drm_framebuffer {
	struct tenon_drm_device *device; /* a reference */
	uint32_t id;
};

static bool wants_modifier(int fd, uint64_t modifier)
{
	uint64_t has = 0;

	return modifier != DRM_FORMAT_MOD_INVALID &&
	       drmGetCap(fd, DRM_CAP_ADDFB2_MODIFIERS, &has) == 0 && has != 0;
}

static int describe_plane(const struct tenon_layout *layout, size_t i, const uint32_t *handles,
	struct drm_mode_fb_cmd2 *command)
{
	struct tenon_plane_layout plane;

	tenon_layout_get_plane(layout, i, &plane);
	if (plane.offset > UINT32_MAX) {
		return -EOVERFLOW;
	}
	command->handles[i] = handles[plane.object];
	command->pitches[i] = plane.pitch;
	command->offsets[i] = (uint32_t)plane.offset;
	return 0;
}

int framebuffer_add(
	int fd, const struct tenon_layout *layout, const uint32_t *handles, uint32_t *id)
{
	uint64_t modifier = tenon_layout_get_modifier(layout);
	bool modifiers = wants_modifier(fd, modifier);
	struct drm_mode_fb_cmd2 command = {
		.pixel_format = tenon_format_get_fourcc(tenon_layout_get_format(layout)),
		.flags = modifiers ? DRM_MODE_FB_MODIFIERS : 0,
	};

	tenon_layout_get_size(layout, &command.width, &command.height);
	for (size_t i = 0; i < tenon_layout_get_planes_len(layout); i++) {
		int ret = describe_plane(layout, i, handles, &command);

		if (ret != 0) {
			return ret;
		}
		command.modifier[i] = modifiers ? modifier : 0;
	}
	if (drmIoctl(fd, DRM_IOCTL_MODE_ADDFB2, &command) != 0) {
		return -errno;
	}
	*id = command.fb_id;
	return 0;
}

static void drop(struct tenon_drm_import **imports, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		tenon_drm_import_unref(imports[i]);
	}
}

/* The framebuffer holds the memory, so the handles are given up as soon as it exists. */
static int add_of(struct tenon_drm_device *device, const struct tenon_layout *layout,
	const int *fds, size_t fds_len, uint32_t *id)
{
	struct tenon_drm_import *imports[TENON_MAX_PLANES] = {NULL};
	uint32_t handles[TENON_MAX_PLANES] = {0};
	int ret = 0;

	for (size_t i = 0; i < fds_len && ret == 0; i++) {
		ret = tenon_drm_device_import(&imports[i], device, fds[i]);
		handles[i] = ret == 0 ? tenon_drm_import_get_handle(imports[i]) : 0;
	}
	if (ret == 0) {
		ret = framebuffer_add(device->fd, layout, handles, id);
	}
	drop(imports, fds_len);
	return ret;
}

int tenon_drm_framebuffer_create(struct tenon_drm_framebuffer **out,
	struct tenon_drm_device *device, const struct tenon_layout *layout, const int *fds,
	size_t fds_len)
{
	struct tenon_drm_framebuffer *framebuffer;
	int ret;

	if (fds_len != tenon_layout_get_objects_len(layout)) {
		return -EINVAL;
	}
	framebuffer = calloc(1, sizeof(*framebuffer));
	if (framebuffer == NULL) {
		return -ENOMEM;
	}
	ret = add_of(device, layout, fds, fds_len, &framebuffer->id);
	if (ret != 0) {
		free(framebuffer);
		return ret;
	}
	framebuffer->device = tenon_drm_device_ref(device);
	*out = framebuffer;
	return 0;
}

void tenon_drm_framebuffer_destroy(struct tenon_drm_framebuffer *framebuffer)
{
	if (framebuffer == NULL) {
		return;
	}
	drmModeRmFB(framebuffer->device->fd, framebuffer->id);
	tenon_drm_device_unref(framebuffer->device);
	free(framebuffer);
}

uint32_t tenon_drm_framebuffer_get_id(const struct tenon_drm_framebuffer *framebuffer)
{
	return framebuffer->id;
}
