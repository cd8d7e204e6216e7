/* SPDX-License-Identifier: MIT */
#include "spec.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <tenon/config.h>
#include <tenon/format.h>

static const struct tenon_device_entry *find_entry(
	const struct tenon_device_table *table, const char *name)
{
	const struct tenon_device_entry *entry = tenon_device_table_find(table, name);

	return entry != NULL ? entry : tenon_device_table_find_driver(table, NULL, name);
}

static enum tool_status fail_unknown(const struct tenon_device_table *table, const char *name)
{
	const char *suggested = tenon_device_table_suggest(table, name);

	if (suggested != NULL) {
		return tool_fail(TOOL_USAGE,
			"there is no device \"%s\" in the device table; did you mean \"%s\"?", name,
			suggested);
	}
	return tool_fail(TOOL_USAGE,
		"there is no device \"%s\" in the device table; \"tenon devices\" lists them",
		name);
}

enum tool_status spec_find_entry(const struct tenon_device_entry **out,
	const struct tenon_device_table *table, const char *name)
{
	*out = find_entry(table, name);
	return *out != NULL ? TOOL_OK : fail_unknown(table, name);
}

/* Reads "ROLE+ROLE"; text is taken apart. */
static enum tool_status parse_roles(uint32_t *out, char *text)
{
	char *role, *rest = text;
	uint32_t bits;

	*out = 0;
	while ((role = strsep(&rest, "+")) != NULL) {
		if (tenon_role_from_name(&bits, role) < 0) {
			return tool_fail(TOOL_USAGE,
				"there is no role \"%s\"; roles are render, scanout, cursor, "
				"encode, decode, capture, cpu and any",
				role);
		}
		*out |= bits;
	}
	return TOOL_OK;
}

/* Takes "NAME:ROLE+ROLE" apart. "any" is no role in particular. */
static enum tool_status parse_named_roles(uint32_t *roles, char *text,
	const struct tenon_device_table *table, const struct tenon_device_entry **entry)
{
	enum tool_status status = TOOL_OK;
	char *colon;

	/* A name may have a colon in it. */
	*roles = 0;
	*entry = find_entry(table, text);
	colon = *entry == NULL ? strrchr(text, ':') : NULL;
	if (colon != NULL) {
		*colon = '\0';
		status = parse_roles(roles, colon + 1);
	}
	if (*roles == TENON_ROLE_ANY) {
		*roles = 0;
	}
	if (status == TOOL_OK && *entry == NULL) {
		status = spec_find_entry(entry, table, text);
	}
	return status;
}

static enum tool_status check_roles(const struct tenon_offer *offer, uint32_t roles)
{
	uint32_t offered = tool_offer_roles(offer);
	char missing[80], has[80];

	if ((roles & ~offered) == 0) {
		return TOOL_OK;
	}
	tool_print_roles(missing, sizeof(missing), roles & ~offered, ", ");
	tool_print_roles(has, sizeof(has), offered, ", ");
	return tool_fail(TOOL_USAGE, "%s cannot do: %s; it can do: %s",
		tenon_offer_get_device(offer), missing, has);
}

enum tool_status spec_parse_device(struct tenon_participant *out, const struct tool *tool,
	const char *text, enum tenon_iommu iommu)
{
	const struct tenon_device_entry *entry = NULL;
	struct tenon_offer *offer = NULL;
	enum tool_status status;
	char *copy = strdup(text);
	uint32_t roles = 0;
	int ret;

	if (copy == NULL) {
		return tool_fail(TOOL_FAILED, "%s", strerror(ENOMEM));
	}
	status = parse_named_roles(&roles, copy, tool->table, &entry);
	if (status != TOOL_OK) {
		goto out;
	}
	ret = tenon_device_entry_create_offer(&offer, entry, NULL, iommu);
	if (ret < 0) {
		status = tool_fail(TOOL_FAILED, "%s: %s", copy, strerror(-ret));
		goto out;
	}
	status = check_roles(offer, roles);
	if (status == TOOL_OK) {
		*out = (struct tenon_participant){.offer = offer, .roles = roles};
		offer = NULL;
	}
	tenon_offer_unref(offer);
out:
	free(copy);
	return status;
}

/* A format whose name differs in letter case only, or begins like this one; or NULL. */
static const char *suggest_format(const char *text)
{
	const struct tenon_format *format;
	const char *begins = NULL;

	for (size_t i = 0; (format = tenon_format_list(i)) != NULL; i++) {
		const char *name = tenon_format_get_name(format);

		if (strcasecmp(name, text) == 0) {
			return name;
		}
		if (begins == NULL && strlen(text) >= 3 &&
			strncasecmp(name, text, strlen(text)) == 0) {
			begins = name;
		}
	}
	return begins;
}

enum tool_status spec_parse_format(uint32_t *out, const char *text)
{
	const struct tenon_format *format = tenon_format_from_name(text);
	const char *suggested;

	if (format != NULL) {
		*out = tenon_format_get_fourcc(format);
		return TOOL_OK;
	}
	suggested = suggest_format(text);
	if (suggested != NULL) {
		return tool_fail(TOOL_USAGE, "there is no format \"%s\"; did you mean \"%s\"?",
			text, suggested);
	}
	return tool_fail(TOOL_USAGE,
		"there is no format \"%s\"; formats have names like XRGB8888 and NV12, \"tenon "
		"info\" lists them",
		text);
}

/* Reads digits up to end: 0, -EINVAL when there are none or something else, -ERANGE. */
static int parse_pixels(uint32_t *out, const char *text, const char *end)
{
	uint64_t value = 0;

	if (text == end) {
		return -EINVAL;
	}
	for (; text < end; text++) {
		if (!isdigit((unsigned char)*text)) {
			return -EINVAL;
		}
		if (value <= UINT32_MAX) {
			value = value * 10 + (uint64_t)(*text - '0');
		}
	}
	*out = (uint32_t)value;
	return value == 0 || value > UINT32_MAX ? -ERANGE : 0;
}

enum tool_status spec_parse_size(uint32_t *width, uint32_t *height, const char *text)
{
	const char *x = strchr(text, 'x');
	int ret = -EINVAL;

	if (x != NULL) {
		ret = parse_pixels(width, text, x);
	}
	if (ret != -EINVAL) {
		int other = parse_pixels(height, x + 1, text + strlen(text));

		ret = other != 0 ? other : ret;
	}
	if (ret == -ERANGE) {
		return tool_fail(TOOL_USAGE,
			"\"%s\" is not a size: width and height are from 1 to %u pixels", text,
			UINT32_MAX);
	}
	if (ret < 0) {
		return tool_fail(TOOL_USAGE,
			"\"%s\" is not a size: give WIDTHxHEIGHT in pixels, such as 1920x1080",
			text);
	}
	return TOOL_OK;
}
