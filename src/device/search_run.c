/* SPDX-License-Identifier: MIT */
/* A search: the buffer to begin with, then each part of search.c. */
#include <drm_fourcc.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "device/search.h"

/* Bytes that pitches are a multiple of anyway: the pixel's, as far as it is a power of two, and
 * what chroma rows need. */
static uint32_t unit_of(const struct tenon_format *format)
{
	uint32_t unit = 1;

	for (unsigned i = 0; i < tenon_format_get_planes_len(format); i++) {
		unsigned bytes = 1, hsub = 1;

		tenon_format_get_plane(format, i, &bytes, NULL, &hsub, NULL);
		while (bytes % (2 * unit) == 0 || hsub % (2 * unit) == 0) {
			unit *= 2;
		}
	}
	return unit;
}

/* The pitch that is believed to do, 0 if there is none; or -ENOMEM. */
static int64_t believed_pitch(const struct search *search)
{
	struct tenon_plane_layout plane = {0};
	struct tenon_layout *layout = NULL;
	int ret = tenon_layout_create(&layout, search->format, DRM_FORMAT_MOD_LINEAR,
		search->ask->width, search->ask->height, search->report->limits, NULL);

	if (ret == 0) {
		tenon_layout_get_plane(layout, 0, &plane);
		tenon_layout_destroy(layout);
	}
	return ret == -ENOMEM ? ret : (int64_t)plane.pitch;
}

static int try_base(struct search *search, uint64_t pitch)
{
	int ret;

	search->base.pitch = pitch;
	ret = search_try(search, &search->base);
	if (ret == 1) {
		search->pitch_high = pitch;
	}
	return ret;
}

/* Memory of the base's kind: the believed pitch first, then rounder ones, odd multiples as well. */
static int find_base_pitch(struct search *search, uint64_t believed)
{
	static const uint64_t factors[] = {1, 3, 5};
	uint64_t row = search_row(search, search->ask->width);
	int ret = believed != 0 ? try_base(search, believed) : 0;

	for (uint64_t align = SEARCH_PAGE; ret == 0 && align > 0; align /= 4) {
		for (size_t f = 0; ret == 0 && f < sizeof(factors) / sizeof(factors[0]); f++) {
			ret = try_base(search, search_round_up(row, align * factors[f]));
		}
	}
	return ret;
}

/* A buffer that is taken, of contiguous memory if there is any. */
static int find_base(struct search *search)
{
	static const enum tenon_answer order[] = {TENON_YES, TENON_UNKNOWN, TENON_NO};
	int64_t believed = believed_pitch(search);
	int ret = believed < 0 ? (int)believed : 0;

	for (size_t o = 0; o < sizeof(order) / sizeof(order[0]); o++) {
		for (size_t k = 0; ret == 0 && k < search->ask->kinds_len; k++) {
			if (search->ask->kinds[k].contiguous == order[o]) {
				search->base.kind = k;
				ret = find_base_pitch(search, (uint64_t)believed);
			}
		}
	}
	return ret;
}

static int run(struct search *search)
{
	static int (*const parts[])(struct search * search) = {search_pitch, search_offset,
		search_pitch_max, search_width_max, search_height_max, search_rows,
		search_contiguity};
	int ret = find_base(search);

	if (ret != 1) {
		return ret;
	}
	ret = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && ret >= 0; i++) {
		search->refusal[0] = '\0';
		ret = parts[i](search);
	}
	return ret < 0 ? ret : 0;
}

static int report_create(struct tenon_probe_report **out, const struct tenon_probe_search *search)
{
	struct tenon_probe_report *report = calloc(1, sizeof(*report));

	if (report == NULL) {
		return -ENOMEM;
	}
	report->kinds = calloc(search->kinds_len, sizeof(*report->kinds));
	if (report->kinds == NULL) {
		free(report);
		return -ENOMEM;
	}
	for (size_t i = 0; i < search->kinds_len; i++) {
		snprintf(report->kinds[i], sizeof(report->kinds[i]), "%s", search->kinds[i].name);
	}
	report->format = search->format;
	report->roles = search->roles;
	if (search->offer != NULL) {
		report->offer = tenon_offer_ref(search->offer);
	}
	*out = report;
	return 0;
}

/* The first alternative that is meant. */
static void choose_limits(struct tenon_probe_report *report)
{
	size_t len = report->offer != NULL ? tenon_offer_get_alternatives_len(report->offer) : 0;

	for (size_t i = 0; i < len && report->limits == NULL; i++) {
		if (report_means(report, report->offer, i)) {
			tenon_offer_get_alternative(
				report->offer, i, NULL, NULL, NULL, &report->limits);
		}
	}
}

int tenon_probe_search_run(struct tenon_probe_report **out, const struct tenon_probe_search *search)
{
	struct search state = {
		.ask = search,
		.format = tenon_format_get(search->format),
		.base = {.width = search->width, .height = search->height},
	};
	int ret;

	if (search->size < sizeof(*search) || state.format == NULL || search->width == 0 ||
		search->height == 0 || search->width > SEARCH_SIZE_END ||
		search->height > SEARCH_SIZE_END || search->kinds_len == 0 || search->ask == NULL ||
		search->roles == 0) {
		return -EINVAL;
	}
	state.unit = unit_of(state.format);
	state.base.rows = (uint32_t)search_round_up(search->height, SEARCH_ROWS_MULTIPLE);
	ret = report_create(&state.report, search);
	if (ret != 0) {
		return ret;
	}
	choose_limits(state.report);
	ret = run(&state);
	if (ret != 0) {
		tenon_probe_report_destroy(state.report);
		return ret;
	}
	*out = state.report;
	return 0;
}
