/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONFIG_LIMITS_VALUE_H
#define TENON_CONFIG_LIMITS_VALUE_H

/*
 * How a property's value is spelt: by its unit, a number, an address, yes or no, or words.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/constraint.h>

/* Whether limits can hold the property, and whether its value is a list of names. */
bool limits_value_exists(enum tenon_property property);
bool limits_value_is_names(enum tenon_property property);

/* Whether several numbers can hold at once: what width or height is padded to. */
bool limits_value_is_padding(enum tenon_property property);

/* Reads a value; not "unknown". False when it is malformed. */
bool limits_value_parse(enum tenon_property property, const char *text, uint64_t *out);

/* Writes a value; always terminated when size > 0. */
void limits_value_print(char *out, size_t size, enum tenon_property property, uint64_t value);

/* Writes what may stand there, as errors say it: "a number of bytes above 0, or unknown". */
void limits_value_describe(char *out, size_t size, enum tenon_property property);

/* Reads one limit; value is written when 0 is returned. 0, -ENOENT: unconstrained, -ENODATA. */
int limits_value_get(const struct tenon_limits *limits, enum tenon_property property,
	uint32_t plane, uint64_t *value);

#endif
