/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xf86drm.h>

#include "device/drm_facts.h"

static enum tenon_answer get_answer(drmModeConnection connection)
{
	switch (connection) {
	case DRM_MODE_CONNECTED:
		return TENON_YES;
	case DRM_MODE_DISCONNECTED:
		return TENON_NO;
	default:
		return TENON_UNKNOWN;
	}
}

/* Which CRTC drives a connector, and what it shows. */
static void read_crtc(struct tenon_drm_output *output, int fd, uint32_t encoder_id)
{
	drmModeEncoder *encoder = encoder_id != 0 ? drmModeGetEncoder(fd, encoder_id) : NULL;
	drmModeCrtc *crtc = NULL;

	if (encoder != NULL && encoder->crtc_id != 0) {
		crtc = drmModeGetCrtc(fd, encoder->crtc_id);
	}
	if (crtc != NULL && crtc->mode_valid) {
		output->crtc = crtc->crtc_id;
		output->width = crtc->mode.hdisplay;
		output->height = crtc->mode.vdisplay;
	}
	drmModeFreeCrtc(crtc);
	drmModeFreeEncoder(encoder);
}

static uint32_t get_possible_crtcs(int fd, const drmModeConnector *connector)
{
	uint32_t crtcs = 0;

	for (int i = 0; i < connector->count_encoders; i++) {
		drmModeEncoder *encoder = drmModeGetEncoder(fd, connector->encoders[i]);

		crtcs |= encoder != NULL ? encoder->possible_crtcs : 0;
		drmModeFreeEncoder(encoder);
	}
	return crtcs;
}

/* False when it is gone, or is for writeback. */
static bool read_output(struct tenon_drm_output *output, int fd, uint32_t id)
{
	drmModeConnector *connector = drmModeGetConnectorCurrent(fd, id);
	const char *type;

	if (connector == NULL || connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK) {
		drmModeFreeConnector(connector);
		return false;
	}
	*output = (struct tenon_drm_output){
		.connector = id,
		.connected = get_answer(connector->connection),
		.crtcs = get_possible_crtcs(fd, connector),
	};
	type = drmModeGetConnectorTypeName(connector->connector_type);
	snprintf(output->name, sizeof(output->name), "%s-%u", type != NULL ? type : "Unknown",
		connector->connector_type_id);
	read_crtc(output, fd, connector->encoder_id);
	drmModeFreeConnector(connector);
	return true;
}

static int read_outputs(struct tenon_drm_output **out, size_t *len, int fd)
{
	struct tenon_drm_output *outputs;
	drmModeRes *resources;
	size_t count = 0;

	errno = 0;
	resources = drmModeGetResources(fd);
	if (resources == NULL) {
		return drm_get_error();
	}
	outputs = calloc((size_t)resources->count_connectors + 1, sizeof(*outputs));
	for (int i = 0; outputs != NULL && i < resources->count_connectors; i++) {
		count += read_output(&outputs[count], fd, resources->connectors[i]);
	}
	drmModeFreeResources(resources);
	if (outputs == NULL) {
		return -ENOMEM;
	}
	*out = outputs;
	*len = count;
	return 0;
}

/* The device's own fd does where it is not a render node's: connectors look the same to all. */
static int ask_outputs(struct tenon_drm_output **out, size_t *len,
	const struct tenon_drm_device *device, const struct tenon_drm_facts *facts)
{
	int fd, err;

	if (facts->primary == 0 || facts->primary == device->dev) {
		return read_outputs(out, len, device->fd);
	}
	fd = drm_open_primary(facts);
	if (fd < 0) {
		return fd;
	}
	err = read_outputs(out, len, fd);
	close(fd);
	return err;
}

int tenon_drm_device_dup_outputs(
	struct tenon_drm_device *device, struct tenon_drm_output **out, size_t *len)
{
	const struct tenon_drm_facts *facts = NULL;
	int err = tenon_drm_device_get_facts(device, &facts);

	if (err == 0 && !facts->modeset && facts->display_error == 0) {
		*out = NULL;
		*len = 0;
		return 0;
	}
	return err == 0 ? ask_outputs(out, len, device, facts) : err;
}
