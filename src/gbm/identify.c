/* SPDX-License-Identifier: MIT */

/*
 * What device this is: its driver, whether Mesa draws on it with the CPU, and a heap of its own
 * dumb buffers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xf86drm.h>

#include <tenon/context.h>

#include "gbm/device.h"

#define DEVICES_MAX 64

/* Devices with a render node that Mesa has no hardware driver for. */
bool tg_is_virtual(const char *driver)
{
	return strcmp(driver, "vgem") == 0 || strcmp(driver, "vkms") == 0;
}

static bool is_gpu(const drmDevice *device)
{
	if (!(device->available_nodes & (1 << DRM_NODE_RENDER))) {
		return false;
	}
	/* vgem and vkms are no devices of a bus; a GPU is on one */
	return !(device->bustype == DRM_BUS_PLATFORM &&
		 tg_is_virtual(device->businfo.platform->fullname));
}

/* Whether some device of this machine has a GPU that could render for a display without one. */
static bool has_gpu(void)
{
	drmDevice *devices[DEVICES_MAX];
	bool found = false;
	int len = drmGetDevices2(0, devices, DEVICES_MAX);
	for (int i = 0; i < len; i++) {
		found = found || is_gpu(devices[i]);
	}
	if (len > 0) {
		drmFreeDevices(devices, len);
	}
	return found;
}

bool tg_is_set(const char *variable)
{
	const char *value = secure_getenv(variable);
	return value != NULL && *value != '\0' && strcmp(value, "0") != 0 &&
	       strcmp(value, "false") != 0;
}

static bool is_software(int fd, const char *driver)
{
	if (secure_getenv("TENON_GBM_SOFTWARE") != NULL) {
		return tg_is_set("TENON_GBM_SOFTWARE");
	}
	if (tg_is_virtual(driver) || tg_is_set("LIBGL_ALWAYS_SOFTWARE")) {
		return true;
	}
	char *render = drmGetRenderDeviceNameFromFd(fd);
	bool own_gpu = render != NULL;
	free(render);
	/* a display without a GPU of its own: Mesa pairs it with another device's */
	return !own_gpu && !has_gpu();
}

int tg_identify(struct tg_device *device)
{
	int ret = tenon_drm_device_create(&device->drm_device, device->fd);
	if (ret == -ENODEV || ret == -EBADF) {
		return 0; /* a file of another kind, for Mesa's software device, or Mesa's to judge
			   */
	}
	if (ret == 0) {
		device->drm = true;
		snprintf(device->driver, sizeof(device->driver), "%s",
			tenon_drm_device_get_driver(device->drm_device));
		device->software = is_software(device->fd, device->driver);
	}
	return ret;
}

/* Whether all the device's scanout alternatives take contiguous memory only: its driver then has
 * no other to give. */
enum tenon_contiguity tg_own_contiguity(struct tg_device *device)
{
	struct tenon_offer *offer = NULL;
	bool any = false, all = true;
	if (tenon_context_find_device(device->context, device->driver, &offer) < 0) {
		return TENON_CONTIGUITY_UNKNOWN;
	}
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer); i++) {
		const struct tenon_limits *limits;
		uint32_t roles;
		uint64_t segments;
		tenon_offer_get_alternative(offer, i, &roles, NULL, NULL, &limits);
		if (roles & TENON_ROLE_SCANOUT) {
			any = true;
			all = all &&
			      tenon_limits_get(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL,
				      &segments) == 0 &&
			      segments == 1;
		}
	}
	tenon_offer_unref(offer);
	return any && all ? TENON_CONTIGUITY_ASSURED : TENON_CONTIGUITY_UNKNOWN;
}

int tg_heaps_init(struct tg_device *device)
{
	struct tenon_heap *heap = NULL;
	if (!device->drm) {
		return 0;
	}
	int ret = tenon_heap_create_dumb(&heap, "dumb", device->fd, tg_own_contiguity(device));
	if (ret == 0) {
		ret = tenon_context_add_heap(device->context, heap);
		tenon_heap_unref(heap);
	}
	return ret;
}
