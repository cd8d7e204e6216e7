/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xf86drm.h>

#include "device/drm_facts.h"
#include "device/in_formats.h"

/* Adds to those of other connectors; a blob that makes no sense tells nothing. */
static int add_formats(struct drm_facts *facts, const void *formats, size_t len)
{
	size_t before = facts->facts.writeback_pairs_len;
	struct tenon_format_modifier *more, *grown;

	if (len == 0 || len > IN_FORMATS_MAX || before > IN_FORMATS_PAIRS_MAX) {
		return 0;
	}
	more = drm_make_pairs(formats, len);
	grown = more != NULL ? reallocarray(facts->writeback_pairs, before + len, sizeof(*grown))
			     : NULL;
	if (grown == NULL) {
		free(more);
		return -ENOMEM;
	}
	memcpy(&grown[before], more, len * sizeof(*grown));
	free(more);
	facts->writeback_pairs = grown;
	facts->facts.writeback_pairs = grown;
	facts->facts.writeback_pairs_len = before + len;
	return 0;
}

static int read_blob(struct drm_facts *facts, int fd, uint64_t id)
{
	drmModePropertyBlobRes *blob = drmModeGetPropertyBlob(fd, (uint32_t)id);
	int err = 0;

	if (blob != NULL) {
		err = add_formats(facts, blob->data, blob->length / sizeof(uint32_t));
		drmModeFreePropertyBlob(blob);
	}
	return err;
}

/* One that is gone is passed over. */
static int read_connector(struct drm_facts *facts, int fd, uint32_t id, uint32_t *known)
{
	drmModeConnector *connector = drmModeGetConnectorCurrent(fd, id);
	int err = 0;

	if (connector == NULL || connector->connector_type != DRM_MODE_CONNECTOR_WRITEBACK) {
		drmModeFreeConnector(connector);
		return 0;
	}
	facts->facts.writeback = TENON_YES;
	for (int i = 0; i < connector->count_props && err == 0; i++) {
		if (drm_property_is(fd, connector->props[i], known, "WRITEBACK_PIXEL_FORMATS")) {
			err = read_blob(facts, fd, connector->prop_values[i]);
		}
	}
	drmModeFreeConnector(connector);
	return err;
}

int drm_read_writeback(struct drm_facts *facts, int fd)
{
	drmModeRes *resources;
	uint32_t known = 0;
	int err = 0;

	facts->facts.writeback = TENON_NO;
	/* shown to those who ask; they are for atomic commits only, and came with Linux 4.19 */
	if (drmSetClientCap(fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1) != 0) {
		return 0;
	}
	errno = 0;
	resources = drmModeGetResources(fd);
	if (resources == NULL) {
		return drm_get_error();
	}
	for (int i = 0; i < resources->count_connectors && err == 0; i++) {
		err = read_connector(facts, fd, resources->connectors[i], &known);
	}
	drmModeFreeResources(resources);
	return err;
}
