/* SPDX-License-Identifier: MIT */
#ifndef TENON_TOOL_FACTS_H
#define TENON_TOOL_FACTS_H

/*
 * What the kernel tells of a DRM device: in a few words, and as JSON.
 */

#include <json.h>

#include <tenon/machine.h>

/* "planes up to 8192x8192: 1 primary, 1 cursor"; empty when it tells nothing. */
void facts_print(char *out, size_t size, const struct tenon_device_info *device);

/* An object, or NULL for what is no DRM device that could be asked. */
json_object *facts_make(const struct tenon_device_info *device);

#endif
