/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_DRM_SHOWN_H
#define TENON_DEVICE_DRM_SHOWN_H

/* What the kernel tells of one role of a display controller, in the form that offers have. */

#include <stddef.h>
#include <stdint.h>

#include <tenon/drm.h>

/* What the kernel tells of a role. */
struct drm_shown {
	uint32_t role;
	struct tenon_format_modifier *pairs; /* a set (pairs.h) */
	size_t len;
	struct tenon_format_modifier *left; /* a set: those that the table has not */
	size_t left_len;
	const char *source;                                    /* of the pairs */
	uint32_t width_min, width_max, height_min, height_max; /* 0: not told */
	const char *max_source;
};

/* For scanout, cursor or capture. Returns 0 or -ENOMEM; is to be finished on failure, too. */
int drm_shown_init(struct drm_shown *shown, const struct tenon_drm_facts *facts, uint32_t role);
void drm_shown_finish(struct drm_shown *shown);

/* Makes limits as narrow as the sizes that the kernel tells, and names the source of the pairs.
 * Returns 0 or -ENOMEM. */
int drm_shown_restrict(struct tenon_limits *limits, const struct drm_shown *shown);

#endif
