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

enum tool_status spec_find_entry(const struct tenon_device_entry **out, uint32_t *roles,
	const struct tool *tool, const char *text)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	int ret = tenon_device_table_parse_device(tool->table, text, out, roles, &error);

	if (ret == -ENOMEM) {
		return tool_fail(TOOL_FAILED, "%s", strerror(ENOMEM));
	}
	return ret == 0 ? TOOL_OK : tool_fail(TOOL_USAGE, "%s", error.text);
}

enum tool_status spec_parse_device(struct tenon_participant *out, const struct tool *tool,
	const char *text, enum tenon_iommu iommu)
{
	const struct tenon_device_entry *entry;
	struct tenon_offer *offer;
	uint32_t roles;
	enum tool_status status = spec_find_entry(&entry, &roles, tool, text);
	int ret;

	if (status != TOOL_OK) {
		return status;
	}
	ret = tenon_device_entry_create_offer(&offer, entry, NULL, iommu);
	if (ret < 0) {
		return tool_fail(TOOL_FAILED, "%s: %s", text, strerror(-ret));
	}
	*out = (struct tenon_participant){.offer = offer, .roles = roles};
	return TOOL_OK;
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
