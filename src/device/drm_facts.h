/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_DRM_FACTS_H
#define TENON_DEVICE_DRM_FACTS_H

/* What the files that ask a DRM device for its facts share. */

#include <stdbool.h>
#include <stdint.h>
#include <xf86drmMode.h>

#include "device/drm.h"
#include "device/iommu.h"
#include "device/sysfs.h"

struct drm_facts {
	struct tenon_drm_facts facts;
	/* what facts points to */
	struct sysfs_node node;
	struct iommu_facts iommu;
	char primary_node[64], render_node[64];
	uint32_t *crtcs;
	struct tenon_drm_plane **planes;
	struct tenon_format_modifier *writeback_pairs;
};

/* NULL does nothing. */
void drm_facts_destroy(struct drm_facts *facts);

/*
 * drm_node.c: the nodes of the device, and the hardware behind it. What /sys does not tell stays
 * empty.
 */
void drm_read_nodes(struct drm_facts *facts, const struct tenon_drm_device *device);

/* An open file of its own of the device's primary node, that is not the master: an fd or a negative
 * errno. */
int drm_open_primary(const struct tenon_drm_facts *facts);

/* drm_planes.c: the planes as this open file shows them. Returns 0 or a negative errno, and may
 * leave some planes behind on failure. */
int drm_read_planes(struct drm_facts *facts, int fd);

/* drm_property.c: the negative errno of a libdrm call that returned NULL; errno was 0 before. */
int drm_get_error(void);

/* Whether a property has this name. Once one was found its number is kept in *known (0 before), as
 * objects of a kind share their properties. */
bool drm_property_is(int fd, uint32_t id, uint32_t *known, const char *name);

/* Formats as pairs of which the modifier is not told: an array, which the caller frees, or NULL on
 * -ENOMEM. */
struct tenon_format_modifier *drm_make_pairs(const uint32_t *formats, size_t len);

/* drm_writeback.c: what the writeback connectors of this open file write. Returns 0 or a negative
 * errno. */
int drm_read_writeback(struct drm_facts *facts, int fd);

/* drm_offer.c: tenon_drm_device_create_offer() by facts that are given. */
int _tenon_drm_offer_of_facts(struct tenon_offer **out, const struct tenon_drm_device *device,
	const struct tenon_drm_facts *facts, const struct tenon_device_table *table,
	const char *name);

#endif
