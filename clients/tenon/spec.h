/* SPDX-License-Identifier: MIT */
#ifndef TENON_TOOL_SPEC_H
#define TENON_TOOL_SPEC_H

/*
 * What is asked for on the command line: devices with roles, formats, a size. Each function says
 * what is wrong and returns TOOL_USAGE, or TOOL_FAILED when memory runs out.
 */

#include <stdint.h>

#include "tool.h"

/* Reads "NAME" or "NAME:ROLE+ROLE". The participant's offer is a reference of its own. */
enum tool_status spec_parse_device(struct tenon_participant *out, const struct tool *tool,
	const char *text, enum tenon_iommu iommu);

/* The entry that a device's text names, and the roles in it. */
enum tool_status spec_find_entry(const struct tenon_device_entry **out, uint32_t *roles,
	const struct tool *tool, const char *text);

/* Reads a format's name. */
enum tool_status spec_parse_format(uint32_t *out, const char *text);

/* Reads "1920x1080". */
enum tool_status spec_parse_size(uint32_t *width, uint32_t *height, const char *text);

#endif
