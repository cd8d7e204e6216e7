/* SPDX-License-Identifier: MIT */
#include <drm_fourcc.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device/drm_facts.h"

int drm_get_error(void)
{
	/* what is not the kernel's word is libdrm's own allocation */
	return errno != 0 ? -errno : -ENOMEM;
}

bool drm_property_is(int fd, uint32_t id, uint32_t *known, const char *name)
{
	drmModePropertyRes *property;
	bool is;

	if (*known != 0) {
		return id == *known;
	}
	property = drmModeGetProperty(fd, id);
	is = property != NULL && strncmp(property->name, name, sizeof(property->name)) == 0;
	if (is) {
		*known = id;
	}
	drmModeFreeProperty(property);
	return is;
}

struct tenon_format_modifier *drm_make_pairs(const uint32_t *formats, size_t len)
{
	struct tenon_format_modifier *pairs = calloc(len, sizeof(*pairs));

	for (size_t i = 0; pairs != NULL && i < len; i++) {
		pairs[i].format = formats[i];
		pairs[i].modifier = DRM_FORMAT_MOD_INVALID;
	}
	return pairs;
}
