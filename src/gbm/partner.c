/* SPDX-License-Identifier: MIT */

/*
 * On many boards one device renders and another shows what it rendered; Mesa pairs them behind the
 * program's back, by a table of its own. A program opens one of the two. Where this machine has
 * just one device that could be the other, its needs count, too; where there are several, nobody
 * can know, and TENON_DEVICES tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>

#include <tenon/context.h>

#include "gbm/device.h"

#define DEVICES_MAX 64

/* The role that a device and its table leave to another: scanout or render; 0: none. */
static uint32_t missing_role(const struct tg_device *device)
{
	uint32_t roles = tenon_offer_get_roles(device->participants[0].offer);
	if (roles & TENON_ROLE_SCANOUT) {
		/* software draws in the display's own memory */
		return (roles & TENON_ROLE_RENDER) || device->software ? 0 : TENON_ROLE_RENDER;
	}
	return roles & TENON_ROLE_RENDER ? TENON_ROLE_SCANOUT : 0;
}

/* Who opens a primary node that nobody uses may set modes: that is not wanted here. */
static int open_device(struct tenon_drm_device **out, const char *node)
{
	int fd = open(node, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		return -errno;
	}
	if (drmIsMaster(fd)) {
		drmDropMaster(fd);
	}
	int ret = tenon_drm_device_create(out, fd);
	close(fd);
	return ret;
}

/* The offer of a device, if it has the role and is not this one. 0 and NULL: it is not asked. */
static int consider(
	struct tg_device *device, const drmDevice *other, uint32_t role, struct tenon_offer **out)
{
	int kind = role == TENON_ROLE_RENDER ? DRM_NODE_RENDER : DRM_NODE_PRIMARY;
	const struct tenon_drm_facts *own, *its;
	const struct tenon_device_table *table;
	struct tenon_drm_device *drm = NULL;
	struct tenon_offer *offer = NULL;
	if (!(other->available_nodes & (1 << kind)) || open_device(&drm, other->nodes[kind]) < 0) {
		return 0;
	}
	int ret = tenon_drm_device_get_facts(drm, &its);
	if (ret == 0) {
		ret = tenon_drm_device_get_facts(device->drm_device, &own);
	}
	if (ret == 0) {
		ret = tenon_context_get_device_table(device->context, &table);
	}
	if (ret == 0 && (its->primary != own->primary || its->render != own->render) &&
		!tg_is_virtual(tenon_drm_device_get_driver(drm))) {
		ret = tenon_drm_device_create_offer(&offer, drm, table, NULL);
	}
	tenon_drm_device_unref(drm);
	if (ret == 0 && offer != NULL && (tenon_offer_get_roles(offer) & role)) {
		*out = offer;
		return 0;
	}
	tenon_offer_unref(offer);
	/* what cannot be asked is no partner that anybody knows of */
	return ret == -ENOMEM ? ret : 0;
}

static int find_partner(
	struct tg_device *device, drmDevice **others, int len, uint32_t role, size_t *found)
{
	int ret = 0;
	for (int i = 0; ret == 0 && i < len; i++) {
		struct tenon_offer *offer = NULL;
		ret = consider(device, others[i], role, &offer);
		if (offer != NULL && (*found)++ == 0) {
			device->partner = offer;
		} else {
			tenon_offer_unref(offer);
		}
	}
	return ret;
}

int tg_partner_init(struct tg_device *device)
{
	drmDevice *others[DEVICES_MAX];
	uint32_t role = missing_role(device);
	size_t found = 0;
	int len = role != 0 ? drmGetDevices2(0, others, DEVICES_MAX) : 0;
	if (len <= 0) {
		return 0;
	}
	int ret = find_partner(device, others, len, role, &found);
	drmFreeDevices(others, len);
	if (ret < 0 || found != 1) {
		tenon_offer_unref(device->partner);
		device->partner = NULL;
	}
	device->partner_role = role;
	if (ret == 0 && found > 1) {
		tenon_context_log(device->context, TENON_LOG_INFO,
			"gbm: %zu devices could %s for %s; TENON_DEVICES says which will", found,
			role == TENON_ROLE_RENDER ? "render" : "show", device->driver);
	}
	return ret;
}
