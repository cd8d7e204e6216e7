/* SPDX-License-Identifier: MIT */
#ifndef TENON_TOOL_LIMITS_H
#define TENON_TOOL_LIMITS_H

/*
 * Limits, as rows of text and as JSON; roles and pairs.
 */

#include <json.h>
#include <stdbool.h>
#include <stdint.h>

#include <tenon/constraint.h>

/* One thing that limits say: a property's value on a plane, or on all of them. */
struct limits_row {
	enum tenon_property property;
	uint32_t plane;   /* or TENON_PLANE_ALL */
	bool known;       /* else the value is unknown */
	uint64_t number;  /* not for names */
	char value[1024]; /* as texts spell it */
};

/* The row behind *row (property 0: the first). False at the end. */
bool limits_next(const struct tenon_limits *limits, struct limits_row *row);

/* [{property, plane, value, unit, source}]; askers, unless NULL, makes "devices" instead of the
 * source: many have a part in a merged value. */
typedef json_object *(*limits_askers)(void *data, enum tenon_property property, uint32_t plane);
json_object *limits_json(const struct tenon_limits *limits, limits_askers askers, void *data);

/* ["render", "scanout"]; [] for 0. */
json_object *limits_json_roles(uint32_t roles);

/* [{format, modifier}] */
json_object *limits_json_pairs(const struct tenon_format_modifier *pairs, size_t len);

#endif
