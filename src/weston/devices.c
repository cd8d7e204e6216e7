/* SPDX-License-Identifier: MIT */
#include "weston/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/config.h>

#include <drm_fourcc.h>

int device_list_add(struct device_list *list, struct tenon_offer *offer, uint32_t roles)
{
	if (list->len >= DEVICES_MAX) {
		return -E2BIG;
	}
	list->devices[list->len].offer = tenon_offer_ref(offer);
	list->devices[list->len].roles = roles;
	list->len++;
	return 0;
}

void device_list_finish(struct device_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		tenon_offer_unref(list->devices[i].offer);
	}
	list->len = 0;
}

int device_list_parse(struct device_list *list, const struct tenon_device_table *table,
	const char *text, const char *where)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	int err = tenon_device_table_parse_devices(
		table, text, list->devices, DEVICES_MAX, &list->len, &error);

	if (err != 0) {
		weston_log(
			"tenon: %s: %s\n", where, err != -ENOMEM ? error.text : strerror(ENOMEM));
		return -1;
	}
	return 0;
}

static int allow_heaps(struct tenon_limits *limits, const char *heaps)
{
	char *copy = strdup(heaps);
	char *rest = NULL;
	int err = copy != NULL ? 0 : -ENOMEM;

	for (char *word = err == 0 ? strtok_r(copy, ", \t", &rest) : NULL; word != NULL && err == 0;
		word = strtok_r(NULL, ", \t", &rest)) {
		err = tenon_limits_allow_heap(limits, word);
	}
	free(copy);
	return err;
}

/*
 * What Weston's renderers need of a picture themselves. GL gives the pitch to the driver in pixels
 * (GL_UNPACK_ROW_LENGTH), so it must be a whole number of them; pixman counts pitches in units of
 * uint32_t.
 */
static int set_renderer_limits(struct tenon_limits *limits, bool gl, const char *heaps)
{
	enum tenon_property property =
		gl ? TENON_PROP_PITCH_MULTIPLE_PIXELS : TENON_PROP_PITCH_MULTIPLE;
	int err = tenon_limits_set(limits, property, TENON_PLANE_ALL, gl ? 1 : 4);

	if (err == 0) {
		err = tenon_limits_set_source(limits, property,
			gl ? "GL_UNPACK_ROW_LENGTH counts pixels" : "pixman counts in uint32_t");
	}
	if (err == 0) {
		err = tenon_limits_set(limits, TENON_PROP_PITCH_MAX, TENON_PLANE_ALL, INT32_MAX);
	}
	if (err == 0 && heaps != NULL) {
		err = allow_heaps(limits, heaps);
	}
	return err;
}

int renderer_offer_create(struct tenon_offer **out, bool gl, const char *heaps)
{
	const struct tenon_format_modifier any = {TENON_FORMAT_ANY, DRM_FORMAT_MOD_LINEAR};
	struct tenon_limits *limits = NULL;
	struct tenon_offer *offer = NULL;
	int err = tenon_offer_create(&offer, gl ? "weston-gl" : "weston-pixman");

	if (err == 0) {
		err = tenon_limits_create(&limits);
	}
	if (err == 0) {
		err = set_renderer_limits(limits, gl, heaps);
	}
	if (err == 0) {
		err = tenon_offer_add(offer, TENON_ROLE_RENDER | TENON_ROLE_CPU, &any, 1, limits);
	}
	tenon_limits_destroy(limits);
	if (err != 0) {
		tenon_offer_unref(offer);
		return err;
	}
	tenon_offer_set_coherent(offer, gl ? TENON_UNKNOWN : TENON_YES);
	*out = offer;
	return 0;
}
