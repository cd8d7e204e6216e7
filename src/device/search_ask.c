/* SPDX-License-Identifier: MIT */
#include "device/search.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t search_row(const struct search *search, uint32_t width)
{
	unsigned bytes = 1, block = 1;

	tenon_format_get_plane(search->format, 0, &bytes, &block, NULL, NULL);
	return ((uint64_t)width + block - 1) / block * bytes;
}

/* Chroma planes' rows follow from plane 0's. */
static void lay_out_plane(const struct search *search, const struct point *point, unsigned i,
	struct tenon_plane_layout *plane)
{
	unsigned bytes = 1, block = 1, hsub = 1, vsub = 1, bytes0 = 1, block0 = 1;

	tenon_format_get_plane(search->format, 0, &bytes0, &block0, NULL, NULL);
	tenon_format_get_plane(search->format, i, &bytes, &block, &hsub, &vsub);
	plane->pitch = (uint32_t)(point->pitch * block0 * bytes / (bytes0 * block * hsub));
	plane->height = (point->rows + vsub - 1) / vsub;
	plane->size = (uint64_t)plane->pitch * plane->height;
}

static int lay_out(
	struct tenon_layout **out, const struct search *search, const struct point *point)
{
	struct tenon_plane_layout planes[TENON_MAX_PLANES] = {0};
	unsigned len = tenon_format_get_planes_len(search->format);
	uint64_t end = 0;

	if (point->pitch > UINT32_MAX) {
		return -EOVERFLOW;
	}
	for (unsigned i = 0; i < len; i++) {
		lay_out_plane(search, point, i, &planes[i]);
		planes[i].offset = end + (i == len - 1 ? point->offset : 0);
		end = planes[i].offset + planes[i].size;
	}
	return tenon_layout_create_from_planes(out, search->format, DRM_FORMAT_MOD_LINEAR,
		point->width, point->height, planes, len, &end, 1);
}

/* Whether what is believed accepts the buffer. */
static enum tenon_answer predict(
	const struct search *search, const struct tenon_layout *layout, size_t kind)
{
	const struct tenon_limits *limits = search->report->limits;
	enum tenon_answer contiguous = search->ask->kinds[kind].contiguous;
	uint64_t segments;

	if (limits == NULL) {
		return TENON_UNKNOWN;
	}
	if (tenon_layout_check(layout, limits, NULL) != 0) {
		return TENON_NO;
	}
	if (tenon_limits_get(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, &segments) != 0 ||
		segments != 1) {
		return TENON_YES;
	}
	return contiguous;
}

static struct tenon_probe_try *add_try(struct tenon_probe_report *report)
{
	if (report->tries_len == report->tries_room) {
		size_t room = report->tries_room != 0 ? 2 * report->tries_room : 32;
		struct tenon_probe_try *grown = realloc(report->tries, room * sizeof(*grown));

		if (grown == NULL) {
			return NULL;
		}
		report->tries = grown;
		report->tries_room = room;
	}
	return &report->tries[report->tries_len];
}

/* The words that are evidence for a limit. */
static void remember_refusal(struct search *search, const struct tenon_probe_try *try)
{
	const struct tenon_probe_result *result = &try->result;

	snprintf(search->refusal, sizeof(search->refusal),
		"%s %s at %" PRIu32 "x%" PRIu32 ", pitch %" PRIu32 ", offset %" PRIu64,
		tenon_probe_stage_get_name(result->refused),
		tenon_probe_error_get_name(result->error), try->width, try->height, try->pitch,
		try->offset);
}

static int ask(struct search *search, const struct tenon_layout *layout, const struct point *point)
{
	struct tenon_probe_try *try = add_try(search->report);
	struct tenon_plane_layout plane;
	int ret;

	if (try == NULL) {
		return -ENOMEM;
	}
	tenon_layout_get_plane(layout, tenon_layout_get_planes_len(layout) - 1, &plane);
	*try = (struct tenon_probe_try){
		.size = sizeof(*try),
		.kind = search->report->kinds[point->kind],
		.width = point->width,
		.height = point->height,
		.pitch = (uint32_t)point->pitch,
		.offset = plane.offset,
		.bytes = tenon_layout_get_object_size(layout, 0),
		.predicted = predict(search, layout, point->kind),
		.result = {.size = sizeof(try->result)},
	};
	ret = search->ask->ask(search->ask->data, layout, point->kind, &try->result);
	if (ret == -ENOMEM || ret == -ENOSPC) {
		return 0; /* not asked */
	}
	if (ret != 0) {
		return ret;
	}
	search->report->tries_len++;
	if (try->result.refused != 0) {
		remember_refusal(search, try);
		return 0;
	}
	return 1;
}

int search_try(struct search *search, const struct point *point)
{
	struct tenon_layout *layout = NULL;
	int ret = lay_out(&layout, search, point);

	if (ret == 0) {
		ret = ask(search, layout, point);
	}
	tenon_layout_destroy(layout);
	return ret == -EOVERFLOW ? 0 : ret;
}
