/* SPDX-License-Identifier: MIT */
#include "device/drm_shown.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/pairs.h"

static const char source_modifiers[] = "kernel: IN_FORMATS of the device's planes";
static const char source_formats[] = "kernel: formats of the device's planes";
static const char source_writeback[] = "kernel: formats of the device's writeback";
static const char source_size[] = "kernel: sizes of framebuffers (MODE_GETRESOURCES)";
static const char source_cursor[] = "kernel: size of the cursor (DRM_CAP_CURSOR_WIDTH, _HEIGHT)";

static bool shows_role(const struct tenon_drm_plane *plane, uint32_t role)
{
	return role != TENON_ROLE_CAPTURE &&
	       (plane->type == TENON_DRM_PLANE_CURSOR) == (role == TENON_ROLE_CURSOR);
}

void drm_shown_finish(struct drm_shown *shown)
{
	free(shown->pairs);
	free(shown->left);
}

/* Without modifiers a driver lays out as it likes what it allocates itself; of what comes from
 * elsewhere it can only expect rows. */
static void shown_take(struct drm_shown *shown, const struct tenon_format_modifier *pairs,
	size_t len, bool modifiers)
{
	for (size_t i = 0; i < len; i++) {
		struct tenon_format_modifier pair = pairs[i];

		if (!modifiers) {
			pair.modifier = DRM_FORMAT_MOD_LINEAR;
		}
		if (pair.format != TENON_FORMAT_ANY) {
			shown->pairs[shown->len++] = pair;
		}
	}
}

static void shown_take_all(struct drm_shown *shown, const struct tenon_drm_facts *facts)
{
	shown->source = source_formats;
	for (size_t i = 0; i < facts->planes_len; i++) {
		const struct tenon_drm_plane *plane = facts->planes[i];

		if (shows_role(plane, shown->role)) {
			shown_take(shown, plane->pairs, plane->pairs_len, plane->has_modifiers);
			if (plane->has_modifiers) {
				shown->source = source_modifiers;
			}
		}
	}
	if (shown->role == TENON_ROLE_CAPTURE) {
		shown->source = source_writeback;
		shown_take(shown, facts->writeback_pairs, facts->writeback_pairs_len, false);
	}
}

static void shown_take_sizes(struct drm_shown *shown, const struct tenon_drm_facts *facts)
{
	shown->width_min = facts->width_min;
	shown->width_max = facts->width_max;
	shown->height_min = facts->height_min;
	shown->height_max = facts->height_max;
	shown->max_source = source_size;
	if (shown->role == TENON_ROLE_CURSOR && facts->cursor_width != 0 &&
		facts->cursor_height != 0) {
		shown->width_max = facts->cursor_width;
		shown->height_max = facts->cursor_height;
		shown->max_source = source_cursor;
	}
}

int drm_shown_init(struct drm_shown *shown, const struct tenon_drm_facts *facts, uint32_t role)
{
	size_t room = facts->writeback_pairs_len + 1;

	*shown = (struct drm_shown){.role = role};
	for (size_t i = 0; i < facts->planes_len; i++) {
		room += facts->planes[i]->pairs_len;
	}
	shown->pairs = calloc(room, sizeof(*shown->pairs));
	shown->left = calloc(room, sizeof(*shown->left));
	if (shown->pairs == NULL || shown->left == NULL) {
		return -ENOMEM;
	}
	shown_take_all(shown, facts);
	shown_take_sizes(shown, facts);
	shown->len = _tenon_pairs_normalise(shown->pairs, shown->len);
	memcpy(shown->left, shown->pairs, shown->len * sizeof(*shown->left));
	shown->left_len = shown->len;
	return 0;
}

/* Sets a minimum or maximum, unless the limits have a stricter one; 0 is none. */
static int restrict_size(struct tenon_limits *limits, enum tenon_property property, uint32_t value,
	const char *source)
{
	bool is_max = property == TENON_PROP_WIDTH_MAX || property == TENON_PROP_HEIGHT_MAX;
	uint64_t old = 0;

	if (value == 0) {
		return 0;
	}
	if (tenon_limits_get(limits, property, TENON_PLANE_ALL, &old) == 0 &&
		(is_max ? old <= value : old >= value)) {
		return 0;
	}
	tenon_limits_set(limits, property, TENON_PLANE_ALL, value);
	return tenon_limits_set_source(limits, property, source);
}

int drm_shown_restrict(struct tenon_limits *limits, const struct drm_shown *shown)
{
	int ret = tenon_limits_set_source(limits, TENON_PROP_FORMAT, shown->source);

	if (ret == 0) {
		ret = tenon_limits_set_source(limits, TENON_PROP_MODIFIER, shown->source);
	}
	if (ret == 0) {
		ret = restrict_size(limits, TENON_PROP_WIDTH_MIN, shown->width_min, source_size);
	}
	if (ret == 0) {
		ret = restrict_size(limits, TENON_PROP_HEIGHT_MIN, shown->height_min, source_size);
	}
	if (ret == 0) {
		ret = restrict_size(
			limits, TENON_PROP_WIDTH_MAX, shown->width_max, shown->max_source);
	}
	if (ret == 0) {
		ret = restrict_size(
			limits, TENON_PROP_HEIGHT_MAX, shown->height_max, shown->max_source);
	}
	return ret;
}
