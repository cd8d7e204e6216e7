/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tenon/config.h>

#include "painter.h"

enum {
	PROPERTIES_END = 128, /* properties are numbered below this */
};

const char *status_name(enum status status)
{
	switch (status) {
	case STATUS_OK:
		return "ok";
	case STATUS_CONFLICT:
		return "conflict";
	case STATUS_NO_MEMORY_FITS:
		return "no-memory-fits";
	case STATUS_MISMATCH:
		return "mismatch";
	default:
		return "failed";
	}
}

const char *contiguity_name(enum tenon_contiguity contiguity)
{
	switch (contiguity) {
	case TENON_CONTIGUITY_ASSURED:
		return "assured";
	case TENON_CONTIGUITY_PROVEN:
		return "proven";
	case TENON_CONTIGUITY_PROVABLE:
		return "provable";
	case TENON_CONTIGUITY_NONE:
		return "none";
	default:
		return "unknown";
	}
}

/* Appends to a line, cut where it is full. */
static void append(char *line, size_t size, const char *fmt, ...) TENON_PRINTF(3, 4);

static void append(char *line, size_t size, const char *fmt, ...)
{
	size_t len = strlen(line);
	va_list args;

	va_start(args, fmt);
	vsnprintf(line + len, size - len, fmt, args);
	va_end(args);
}

static void append_names(
	char *line, size_t size, const struct tenon_limits *limits, enum tenon_property property)
{
	const char *const *names = tenon_limits_get_heaps(limits, property);

	if (names == NULL) {
		return;
	}
	append(line, size, "%s%s", line[0] != '\0' ? ", " : "", tenon_property_get_name(property));
	for (size_t i = 0; names[i] != NULL; i++) {
		append(line, size, " %s", names[i]);
	}
}

/* One property: once when all planes have the same value, else for each plane. */
static void append_property(
	char *line, size_t size, const struct tenon_limits *limits, enum tenon_property property)
{
	char values[TENON_MAX_PLANES][64];
	uint32_t planes = tenon_property_is_per_plane(property) ? TENON_MAX_PLANES : 1;
	bool same = true;

	for (uint32_t i = 0; i < planes; i++) {
		if (tenon_limits_print_value(values[i], sizeof(values[i]), limits, property,
			    planes > 1 ? i : TENON_PLANE_ALL) != 0) {
			values[i][0] = '\0';
		}
		same = same && strcmp(values[i], values[0]) == 0;
	}
	for (uint32_t i = 0; i < (same ? 1 : planes); i++) {
		char plane[16] = "";

		if (values[i][0] == '\0') {
			continue;
		}
		if (!same) {
			snprintf(plane, sizeof(plane), "[%u]", i);
		}
		append(line, size, "%s%s%s %s", line[0] != '\0' ? ", " : "",
			tenon_property_get_name(property), plane, values[i]);
	}
}

void limits_to_line(char *line, size_t size, const struct tenon_limits *limits)
{
	line[0] = '\0';
	for (int i = 0; limits != NULL && i < PROPERTIES_END; i++) {
		enum tenon_property property = (enum tenon_property)i;
		const char *unit = tenon_property_get_unit(property);

		if (unit == NULL) {
			continue;
		}
		if (strcmp(unit, "names") == 0) {
			append_names(line, size, limits, property);
		} else {
			append_property(line, size, limits, property);
		}
	}
}

static bool has_pair(
	const struct tenon_format_modifier *pairs, size_t len, uint32_t format, uint64_t modifier)
{
	for (size_t i = 0; i < len; i++) {
		if ((pairs[i].format == format || pairs[i].format == TENON_FORMAT_ANY) &&
			pairs[i].modifier == modifier) {
			return true;
		}
	}
	return false;
}

void offer_to_line(char *line, size_t size, const struct tenon_offer *offer, uint32_t roles,
	uint32_t format, uint64_t modifier)
{
	size_t len = tenon_offer_get_alternatives_len(offer);

	line[0] = '\0';
	for (size_t i = 0; i < len; i++) {
		const struct tenon_format_modifier *pairs;
		const struct tenon_limits *limits;
		uint32_t offered;
		size_t pairs_len;
		char one[512];

		tenon_offer_get_alternative(offer, i, &offered, &pairs, &pairs_len, &limits);
		if ((roles != 0 && (offered & roles) == 0) ||
			!has_pair(pairs, pairs_len, format, modifier)) {
			continue;
		}
		limits_to_line(one, sizeof(one), limits);
		append(line, size, "%s%s", line[0] != '\0' ? "; or " : "",
			one[0] != '\0' ? one : "nothing");
	}
	if (line[0] == '\0') {
		append(line, size, "does not take this format");
	}
}
