/* SPDX-License-Identifier: MIT */
#include "facts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <tenon/drm.h>

#include "limits.h"
#include "to_json.h"
#include "tool.h"

static const char *const type_names[] = {"unknown", "primary", "overlay", "cursor"};
#define TYPES_LEN (sizeof(type_names) / sizeof(type_names[0]))

/* Opens the device for its facts; NULL when they cannot be had. The device is to be released. */
static const struct tenon_drm_facts *open_facts(
	struct tenon_drm_device **out, const struct tenon_device_info *device)
{
	const struct tenon_drm_facts *facts = NULL;

	if (device->driver == NULL || strcmp(device->bus, "drm") != 0 ||
		tenon_drm_device_open(out, device->node) < 0) {
		return NULL;
	}
	if (tenon_drm_device_get_facts(*out, &facts) < 0) {
		tenon_drm_device_unref(*out);
		return NULL;
	}
	return facts;
}

static void print_planes(char *out, size_t size, const struct tenon_drm_facts *facts)
{
	unsigned count[TYPES_LEN] = {0};
	size_t len = 0;
	bool any = false;

	for (size_t i = 0; i < facts->planes_len; i++) {
		unsigned type = facts->planes[i]->type;

		count[type < TYPES_LEN ? type : 0]++;
	}
	len += (size_t)snprintf(
		out, size, "planes up to %ux%u:", facts->width_max, facts->height_max);
	for (size_t i = 0; i < TYPES_LEN && len < size; i++) {
		if (count[i] != 0) {
			len += (size_t)snprintf(out + len, size - len, "%s %u %s", any ? "," : "",
				count[i], type_names[i]);
			any = true;
		}
	}
}

void facts_print(char *out, size_t size, const struct tenon_device_info *device)
{
	struct tenon_drm_device *drm = NULL;
	const struct tenon_drm_facts *facts = open_facts(&drm, device);

	out[0] = '\0';
	if (facts == NULL) {
		return;
	}
	if (facts->render == device->dev) {
		snprintf(out, size, "renders");
	} else if (facts->modeset) {
		print_planes(out, size, facts);
	} else if (facts->display_error == 0) {
		snprintf(out, size, "no display");
	}
	tenon_drm_device_unref(drm);
}

static json_object *make_plane(const struct tenon_drm_plane *plane)
{
	json_object *object = json_object_new_object();
	unsigned type = plane->type;

	json_add_number(object, "id", plane->id);
	json_add_text(object, "type", type_names[type < TYPES_LEN ? type : 0]);
	json_add_number(object, "crtcs", plane->crtcs);
	json_add_bool(object, "modifiers", plane->has_modifiers);
	json_object_object_add(object, "pairs", limits_json_pairs(plane->pairs, plane->pairs_len));
	return object;
}

static json_object *make_size(uint32_t width, uint32_t height)
{
	json_object *object = NULL;

	if (width != 0 && height != 0) {
		object = json_object_new_object();
		json_add_number(object, "width", width);
		json_add_number(object, "height", height);
	}
	return object;
}

static json_object *make_facts(const struct tenon_drm_facts *facts)
{
	json_object *object = json_object_new_object(), *planes = json_object_new_array();

	json_add_bool(object, "dumb", facts->dumb);
	json_add_bool(object, "prime_import", facts->prime_import);
	json_add_bool(object, "prime_export", facts->prime_export);
	json_add_bool(object, "modifiers", facts->modifiers);
	json_add_bool(object, "syncobj", facts->syncobj);
	json_add_bool(object, "syncobj_timeline", facts->syncobj_timeline);
	json_add_bool(object, "modeset", facts->modeset);
	json_add_text(object, "display_error",
		facts->display_error != 0 ? strerror(-facts->display_error) : NULL);
	json_add_text(object, "atomic", tool_answer_word(facts->atomic));
	json_object_object_add(object, "min", make_size(facts->width_min, facts->height_min));
	json_object_object_add(object, "max", make_size(facts->width_max, facts->height_max));
	json_object_object_add(
		object, "cursor", make_size(facts->cursor_width, facts->cursor_height));
	json_add_number(object, "crtcs", facts->crtcs_len);
	for (size_t i = 0; i < facts->planes_len; i++) {
		json_object_array_add(planes, make_plane(facts->planes[i]));
	}
	json_object_object_add(object, "planes", planes);
	json_add_text(object, "writeback", tool_answer_word(facts->writeback));
	json_object_object_add(object, "writeback_pairs",
		limits_json_pairs(facts->writeback_pairs, facts->writeback_pairs_len));
	return object;
}

json_object *facts_make(const struct tenon_device_info *device)
{
	struct tenon_drm_device *drm = NULL;
	const struct tenon_drm_facts *facts = open_facts(&drm, device);
	json_object *object = NULL;

	if (facts != NULL) {
		object = make_facts(facts);
		tenon_drm_device_unref(drm);
	}
	return object;
}
