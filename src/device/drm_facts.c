/* SPDX-License-Identifier: MIT */
#include "device/drm_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

void drm_facts_destroy(struct drm_facts *facts)
{
	if (facts == NULL) {
		return;
	}
	for (size_t i = 0; i < facts->facts.planes_len; i++) {
		free((void *)facts->planes[i]->pairs);
		free(facts->planes[i]);
	}
	free(facts->planes);
	free(facts->writeback_pairs);
	free(facts->crtcs);
	free(facts);
}

/* 0 when the kernel does not know the capability. */
static uint64_t get_cap(int fd, uint64_t cap)
{
	uint64_t value = 0;

	return drmGetCap(fd, cap, &value) == 0 ? value : 0;
}

/* The kernel answers some of these for every device, others for display controllers only. */
static void read_caps(struct tenon_drm_facts *facts, int fd)
{
	uint64_t prime = get_cap(fd, DRM_CAP_PRIME);

	facts->dumb = get_cap(fd, DRM_CAP_DUMB_BUFFER) != 0;
	facts->prime_import = (prime & DRM_PRIME_CAP_IMPORT) != 0;
	facts->prime_export = (prime & DRM_PRIME_CAP_EXPORT) != 0;
	facts->modifiers = get_cap(fd, DRM_CAP_ADDFB2_MODIFIERS) != 0;
	facts->syncobj = get_cap(fd, DRM_CAP_SYNCOBJ) != 0;
	facts->syncobj_timeline = get_cap(fd, DRM_CAP_SYNCOBJ_TIMELINE) != 0;
}

/* Whether this is what the kernel says of a device without a display controller. */
static bool is_no_modeset(int error)
{
	return error == -EINVAL || error == -EOPNOTSUPP || error == -ENOSYS;
}

static int read_display(struct drm_facts *facts, int fd)
{
	struct tenon_drm_facts *out = &facts->facts;
	drmModeRes *resources;

	errno = 0;
	resources = drmModeGetResources(fd);
	if (resources == NULL) {
		int err = drm_get_error();

		return is_no_modeset(err) ? 0 : err;
	}
	out->modeset = true;
	out->width_min = resources->min_width;
	out->width_max = resources->max_width;
	out->height_min = resources->min_height;
	out->height_max = resources->max_height;
	out->cursor_width = (uint32_t)get_cap(fd, DRM_CAP_CURSOR_WIDTH);
	out->cursor_height = (uint32_t)get_cap(fd, DRM_CAP_CURSOR_HEIGHT);
	if (resources->count_crtcs > 0) {
		facts->crtcs = calloc((size_t)resources->count_crtcs, sizeof(*facts->crtcs));
		if (facts->crtcs == NULL) {
			drmModeFreeResources(resources);
			return -ENOMEM;
		}
		memcpy(facts->crtcs, resources->crtcs,
			(size_t)resources->count_crtcs * sizeof(*facts->crtcs));
		out->crtcs_len = (size_t)resources->count_crtcs;
		out->crtcs = facts->crtcs;
	}
	drmModeFreeResources(resources);
	return drm_read_planes(facts, fd);
}

/* Through an open file of our own, on which we may ask for all planes. */
static int read_display_own(struct drm_facts *facts, int fd)
{
	int err;

	if (drmSetClientCap(fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1) == 0) {
		bool atomic = drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1) == 0;

		facts->facts.atomic = atomic ? TENON_YES : TENON_NO;
	}
	err = read_display(facts, fd);
	return err == 0 && facts->facts.modeset ? drm_read_writeback(facts, fd) : err;
}

/* What the device's own fd shows, where no other can be opened; a render node refuses to tell. */
static int read_display_shown(struct drm_facts *facts, int fd)
{
	int err = read_display(facts, fd);

	return err == -ENOMEM || err == -ENODEV ? err : 0;
}

static int read_facts(struct drm_facts *facts, const struct tenon_drm_device *device)
{
	int fd, err;

	read_caps(&facts->facts, device->fd);
	drm_read_nodes(facts, device);
	fd = drm_open_primary(&facts->facts);
	if (fd < 0) {
		facts->facts.display_error = fd;
		return read_display_shown(facts, device->fd);
	}
	err = read_display_own(facts, fd);
	close(fd);
	return err;
}

static int create_facts(struct drm_facts **out, const struct tenon_drm_device *device)
{
	struct drm_facts *facts = calloc(1, sizeof(*facts));
	int err;

	if (facts == NULL) {
		return -ENOMEM;
	}
	err = read_facts(facts, device);
	if (err < 0) {
		drm_facts_destroy(facts);
		return err;
	}
	*out = facts;
	return 0;
}

int tenon_drm_device_get_facts(struct tenon_drm_device *device, const struct tenon_drm_facts **out)
{
	int err = 0;

	pthread_mutex_lock(&device->facts_lock);
	if (device->facts == NULL) {
		err = create_facts(&device->facts, device);
	}
	if (err == 0) {
		*out = &device->facts->facts;
	}
	pthread_mutex_unlock(&device->facts_lock);
	return err;
}
