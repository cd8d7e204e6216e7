/* SPDX-License-Identifier: MIT */
/* A DRM node's output: one connector, encoder, CRTC and primary plane, for commits that only test.
 */
#include <drm.h>
#include <drm_mode.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake/node.h"
#include "harness.h"

enum {
	CRTC = 1,
	CONNECTOR,
	ENCODER,
	PLANE,
	FIRST_PROPERTY = 100,
	MODE_BLOB = 1000,
	IN_FORMATS_BLOB,
};

static const struct {
	uint32_t object;
	const char *name;
	bool atomic; /* seen by atomic clients only */
} properties[] = {
	{CRTC, "ACTIVE", true},
	{CRTC, "MODE_ID", true},
	{CONNECTOR, "CRTC_ID", true},
	{PLANE, "type", false},
	{PLANE, "IN_FORMATS", false},
	{PLANE, "FB_ID", true},
	{PLANE, "CRTC_ID", true},
	{PLANE, "SRC_X", true},
	{PLANE, "SRC_Y", true},
	{PLANE, "SRC_W", true},
	{PLANE, "SRC_H", true},
	{PLANE, "CRTC_X", true},
	{PLANE, "CRTC_Y", true},
	{PLANE, "CRTC_W", true},
	{PLANE, "CRTC_H", true},
};

enum {
	PROPERTIES_LEN = sizeof(properties) / sizeof(properties[0]),
};

static void *pointer(uint64_t value)
{
	return (void *)(uintptr_t)value;
}

/* As the kernel copies lists: how many there are is told always, they only where all fit. */
static void put(uint64_t to, uint32_t *count, const uint32_t *ids, uint32_t len)
{
	if (*count >= len && to != 0) {
		memcpy(pointer(to), ids, len * sizeof(*ids));
	}
	*count = len;
}

static uint64_t value_of(const struct node *node, int i)
{
	if (strcmp(properties[i].name, "type") == 0) {
		return 1; /* primary */
	}
	if (strcmp(properties[i].name, "IN_FORMATS") == 0) {
		return IN_FORMATS_BLOB;
	}
	if (!node->drm.active) {
		return 0;
	}
	if (strcmp(properties[i].name, "ACTIVE") == 0) {
		return 1;
	}
	return properties[i].object == CONNECTOR ? CRTC : 0;
}

/* Whether a client sees a property. */
static bool is_shown(const struct node *node, const struct fake_drm_client *client, int i)
{
	if (strcmp(properties[i].name, "IN_FORMATS") == 0) {
		return node->drm.in_formats != NULL;
	}
	return !properties[i].atomic || client->atomic;
}

static int get_properties(const struct node *node, const struct fake_drm_client *client,
	struct drm_mode_obj_get_properties *list)
{
	uint32_t *ids = pointer(list->props_ptr), room = list->count_props, len = 0;
	uint64_t *values = pointer(list->prop_values_ptr);

	for (int i = 0; i < PROPERTIES_LEN; i++) {
		if (properties[i].object != list->obj_id || !is_shown(node, client, i)) {
			continue;
		}
		if (len < room) {
			ids[len] = FIRST_PROPERTY + (uint32_t)i;
			values[len] = value_of(node, i);
		}
		len++;
	}
	list->count_props = len;
	return list->obj_id >= CRTC && list->obj_id <= PLANE ? 0 : -ENOENT;
}

static int get_property(struct drm_mode_get_property *property)
{
	if (property->prop_id < FIRST_PROPERTY ||
		property->prop_id >= FIRST_PROPERTY + PROPERTIES_LEN) {
		return -ENOENT;
	}
	snprintf(property->name, sizeof(property->name), "%s",
		properties[property->prop_id - FIRST_PROPERTY].name);
	property->count_values = property->count_enum_blobs = 0;
	property->flags = 0;
	return 0;
}

/* As the kernel copies it: its bytes only where all fit. */
static int get_blob(const struct node *node, struct drm_mode_get_blob *blob)
{
	if (blob->blob_id != IN_FORMATS_BLOB || node->drm.in_formats == NULL) {
		return -ENOENT;
	}
	if (blob->length == node->drm.in_formats_len) {
		memcpy(pointer(blob->data), node->drm.in_formats, node->drm.in_formats_len);
	}
	blob->length = (uint32_t)node->drm.in_formats_len;
	return 0;
}

static void fill_mode(const struct node *node, struct drm_mode_modeinfo *mode)
{
	*mode = (struct drm_mode_modeinfo){.hdisplay = node->drm.mode_width,
		.vdisplay = node->drm.mode_height,
		.vrefresh = 60};
}

static int get_connector(const struct node *node, struct drm_mode_get_connector *connector)
{
	static const uint32_t encoder = ENCODER;
	bool connected = node->drm.mode_width != 0;

	if (connector->connector_id != CONNECTOR) {
		return -ENOENT;
	}
	put(connector->encoders_ptr, &connector->count_encoders, &encoder, 1);
	if (connected && connector->count_modes >= 1 && connector->modes_ptr != 0) {
		fill_mode(node, pointer(connector->modes_ptr));
	}
	connector->count_modes = connected;
	connector->count_props = 0;
	connector->encoder_id = node->drm.active ? ENCODER : 0;
	connector->connection = connected ? 1 : 2;
	connector->connector_type = DRM_MODE_CONNECTOR_VIRTUAL;
	return 0;
}

static int get_resources(const struct node *node, struct drm_mode_card_res *resources)
{
	static const uint32_t crtc = CRTC, connector = CONNECTOR, encoder = ENCODER;

	put(resources->crtc_id_ptr, &resources->count_crtcs, &crtc, 1);
	put(resources->connector_id_ptr, &resources->count_connectors, &connector, 1);
	put(resources->encoder_id_ptr, &resources->count_encoders, &encoder, 1);
	resources->count_fbs = 0;
	resources->min_width = resources->min_height = 1;
	resources->max_width = node->drm.width_max != 0 ? node->drm.width_max : 8192;
	resources->max_height = node->drm.height_max != 0 ? node->drm.height_max : 8192;
	return 0;
}

static int get_plane(const struct node *node, struct drm_mode_get_plane *plane)
{
	if (plane->plane_id != PLANE) {
		return -ENOENT;
	}
	plane->possible_crtcs = 1;
	put(plane->format_type_ptr, &plane->count_format_types, node->drm.formats,
		(uint32_t)node->drm.formats_len);
	return 0;
}

static int get_crtc(const struct node *node, struct drm_mode_crtc *crtc)
{
	if (crtc->crtc_id != CRTC) {
		return -ENOENT;
	}
	crtc->mode_valid = node->drm.active;
	fill_mode(node, &crtc->mode);
	return 0;
}

static int get_encoder(const struct node *node, struct drm_mode_get_encoder *encoder)
{
	if (encoder->encoder_id != ENCODER) {
		return -ENOENT;
	}
	encoder->possible_crtcs = 1;
	encoder->crtc_id = node->drm.active ? CRTC : 0;
	return 0;
}

static int set_client_cap(const struct node *node, struct fake_drm_client *client,
	const struct drm_set_client_cap *cap)
{
	switch (cap->capability) {
	case DRM_CLIENT_CAP_UNIVERSAL_PLANES:
		client->universal = cap->value;
		return 0;
	case DRM_CLIENT_CAP_ATOMIC:
		if (node->drm.not_atomic) {
			return -EOPNOTSUPP;
		}
		client->atomic = client->universal = cap->value;
		return 0;
	default:
		return -EINVAL;
	}
}

/* The state that a commit asks for, by property. */
struct state {
	uint64_t values[PROPERTIES_LEN];
	bool modeset;
};

static int read_state(struct state *state, const struct drm_mode_atomic *atomic)
{
	const uint32_t *objects = pointer(atomic->objs_ptr), *ids = pointer(atomic->props_ptr);
	const uint32_t *counts = pointer(atomic->count_props_ptr);
	const uint64_t *values = pointer(atomic->prop_values_ptr);

	for (uint32_t o = 0; o < atomic->count_objs; o++) {
		for (uint32_t i = 0; i < counts[o]; i++, ids++, values++) {
			uint32_t at = *ids - FIRST_PROPERTY;

			if (at >= PROPERTIES_LEN || properties[at].object != objects[o]) {
				return -ENOENT;
			}
			state->values[at] = *values;
			state->modeset = state->modeset || objects[o] != PLANE;
		}
	}
	return 0;
}

static uint64_t plane_value(const struct state *state, const char *name)
{
	for (int i = 0; i < PROPERTIES_LEN; i++) {
		if (properties[i].object == PLANE && strcmp(properties[i].name, name) == 0) {
			return state->values[i];
		}
	}
	return 0;
}

static int check_state(
	const struct node *node, const struct fake_drm_client *client, const struct state *state)
{
	const struct fake_drm *rules = &node->drm;
	const struct fake_drm_fb *fb = NULL;
	uint64_t width = plane_value(state, "CRTC_W"), height = plane_value(state, "CRTC_H");

	for (size_t i = 0; i < client->fbs_len; i++) {
		if (client->fbs[i].id == plane_value(state, "FB_ID") && client->fbs[i].id != 0) {
			fb = &client->fbs[i];
		}
	}
	if (fb == NULL || plane_value(state, "CRTC_ID") != CRTC) {
		return -ENOENT;
	}
	if (plane_value(state, "SRC_W") > (uint64_t)fb->width << 16 ||
		plane_value(state, "SRC_H") > (uint64_t)fb->height << 16) {
		return -ENOSPC;
	}
	if (rules->nothing_commits || plane_value(state, "SRC_W") != width << 16 ||
		(rules->commit_pitch_multiple != 0 &&
			fb->pitch % rules->commit_pitch_multiple != 0) ||
		width > rules->mode_width || height > rules->mode_height ||
		(rules->covers && (width != rules->mode_width || height != rules->mode_height))) {
		return -EINVAL;
	}
	return 0;
}

static int commit(const struct node *node, const struct fake_drm_client *client,
	const struct drm_mode_atomic *atomic)
{
	struct state state = {.values = {0}};
	int ret;

	if (!client->atomic) {
		return -EINVAL;
	}
	assert_true(atomic->flags & DRM_MODE_ATOMIC_TEST_ONLY);
	ret = read_state(&state, atomic);
	if (ret == 0 && (state.modeset || !node->drm.active) &&
		!(atomic->flags & DRM_MODE_ATOMIC_ALLOW_MODESET)) {
		ret = -EINVAL;
	}
	return ret == 0 ? check_state(node, client, &state) : ret;
}

int fake_drm_kms_ioctl(const struct node *node, struct fake_drm_client *client,
	unsigned long request, void *argument)
{
	static const uint32_t plane = PLANE;
	struct drm_mode_get_plane_res *planes = argument;

	switch (request) {
	case DRM_IOCTL_SET_CLIENT_CAP:
		return set_client_cap(node, client, argument);
	case DRM_IOCTL_MODE_GETRESOURCES:
		return get_resources(node, argument);
	case DRM_IOCTL_MODE_GETCONNECTOR:
		return get_connector(node, argument);
	case DRM_IOCTL_MODE_GETENCODER:
		return get_encoder(node, argument);
	case DRM_IOCTL_MODE_GETCRTC:
		return get_crtc(node, argument);
	case DRM_IOCTL_MODE_GETPLANERESOURCES:
		put(planes->plane_id_ptr, &planes->count_planes, &plane, client->universal);
		return 0;
	case DRM_IOCTL_MODE_GETPLANE:
		return get_plane(node, argument);
	case DRM_IOCTL_MODE_OBJ_GETPROPERTIES:
		return get_properties(node, client, argument);
	case DRM_IOCTL_MODE_GETPROPERTY:
		return get_property(argument);
	case DRM_IOCTL_MODE_GETPROPBLOB:
		return get_blob(node, argument);
	case DRM_IOCTL_MODE_CREATEPROPBLOB:
		((struct drm_mode_create_blob *)argument)->blob_id = MODE_BLOB;
		return 0;
	case DRM_IOCTL_MODE_DESTROYPROPBLOB:
		return 0;
	case DRM_IOCTL_MODE_ATOMIC:
		return commit(node, client, argument);
	default:
		return -ENOTTY;
	}
}
