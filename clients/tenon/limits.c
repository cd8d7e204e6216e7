/* SPDX-License-Identifier: MIT */
#include "limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tenon/config.h>

#include "solve.h"
#include "to_json.h"

/* Properties are numbered below this. */
#define PROPERTY_MAX 128

static bool is_names(enum tenon_property property)
{
	return strcmp(tenon_property_get_unit(property), "names") == 0;
}

/* Joins the names of a list with blanks. */
static bool read_names(const struct tenon_limits *limits, struct limits_row *row)
{
	const char *const *names = tenon_limits_get_heaps(limits, row->property);
	size_t len = 0;

	row->value[0] = '\0';
	for (size_t i = 0; names != NULL && names[i] != NULL && len < sizeof(row->value); i++) {
		len += (size_t)snprintf(row->value + len, sizeof(row->value) - len, "%s%s",
			i > 0 ? " " : "", names[i]);
	}
	row->known = names != NULL;
	return names != NULL;
}

/* Reads the value of row->property and row->plane; false when it is unconstrained. */
static bool read_row(const struct tenon_limits *limits, struct limits_row *row)
{
	int ret;

	if (is_names(row->property)) {
		return read_names(limits, row);
	}
	ret = tenon_limits_get(limits, row->property, row->plane, &row->number);
	row->known = ret == 0;
	return (ret == 0 || ret == -ENODATA) &&
	       tenon_limits_print_value(
		       row->value, sizeof(row->value), limits, row->property, row->plane) == 0;
}

/* Moves to the next plane, or to the next property. */
static bool step(struct limits_row *row, bool was_whole)
{
	enum tenon_property property = row->property;

	if (property != 0 && !was_whole && tenon_property_is_per_plane(property) &&
		row->plane + 1 < TENON_MAX_PLANES) {
		row->plane++;
		return true;
	}
	do {
		property++;
	} while (property < PROPERTY_MAX && tenon_property_get_name(property) == NULL);
	row->property = property;
	row->plane = TENON_PLANE_ALL;
	return property < PROPERTY_MAX;
}

bool limits_next(const struct tenon_limits *limits, struct limits_row *row)
{
	/* A value that all planes have in common is one row; otherwise each plane has its own. */
	bool was_whole = row->plane == TENON_PLANE_ALL;

	while (step(row, was_whole)) {
		uint64_t value;

		was_whole = row->plane == TENON_PLANE_ALL;
		if (was_whole && tenon_property_is_per_plane(row->property)) {
			int ret = tenon_limits_get(limits, row->property, TENON_PLANE_ALL, &value);

			if (ret == -ERANGE) {
				row->plane = 0;
				was_whole = false;
			}
		}
		if (read_row(limits, row)) {
			return true;
		}
	}
	return false;
}

/* Names as an array, numbers as numbers, everything else as it is spelt. */
static json_object *make_value(const struct tenon_limits *limits, const struct limits_row *row)
{
	const char *unit = tenon_property_get_unit(row->property);
	const char *const *names;
	json_object *array;

	if (!row->known) {
		return json_text("unknown");
	}
	if (strcmp(unit, "flag") == 0) {
		return json_object_new_boolean(row->number != 0);
	}
	if (strcmp(unit, "mask") == 0) {
		return json_text(row->value);
	}
	if (!is_names(row->property)) {
		return json_object_new_uint64(row->number);
	}
	array = json_object_new_array();
	names = tenon_limits_get_heaps(limits, row->property);
	for (size_t i = 0; names[i] != NULL; i++) {
		json_object_array_add(array, json_text(names[i]));
	}
	return array;
}

json_object *limits_json(const struct tenon_limits *limits, limits_askers askers, void *data)
{
	struct limits_row row = {.plane = TENON_PLANE_ALL};
	json_object *array = json_object_new_array();

	while (limits_next(limits, &row)) {
		json_object *object = json_object_new_object();

		json_add_text(object, "property", tenon_property_get_name(row.property));
		json_object_object_add(object, "plane",
			row.plane == TENON_PLANE_ALL ? NULL : json_object_new_uint64(row.plane));
		json_object_object_add(object, "value", make_value(limits, &row));
		json_add_text(object, "unit", tenon_property_get_unit(row.property));
		if (askers != NULL) {
			json_object_object_add(
				object, "devices", askers(data, row.property, row.plane));
		} else {
			json_add_text(
				object, "source", tenon_limits_get_source(limits, row.property));
		}
		json_object_array_add(array, object);
	}
	return array;
}

json_object *limits_json_roles(uint32_t roles)
{
	json_object *array = json_object_new_array();

	for (uint32_t bit = 1; bit <= TENON_ROLE_ANY; bit <<= 1) {
		if ((roles & bit) != 0) {
			json_object_array_add(
				array, json_text(tenon_role_get_name((enum tenon_role)bit)));
		}
	}
	return array;
}

json_object *limits_json_pairs(const struct tenon_format_modifier *pairs, size_t len)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < len; i++) {
		json_object *object = json_object_new_object();
		char text[32];

		solve_print_format(text, sizeof(text), pairs[i].format);
		json_add_text(object, "format", pairs[i].format == TENON_FORMAT_ANY ? "any" : text);
		solve_print_modifier(text, sizeof(text), pairs[i].modifier);
		json_add_text(object, "modifier", text);
		json_object_array_add(array, object);
	}
	return array;
}
