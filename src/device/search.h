/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_SEARCH_H
#define TENON_DEVICE_SEARCH_H

/* What the files of the search share. */

#include <tenon/probe.h>

#define SEARCH_PAGE 4096
#define SEARCH_SIZE_END 16384u  /* pixels: no search for maxima beyond */
#define SEARCH_ROWS_MULTIPLE 64 /* the greatest that is looked for */

/* A buffer that is asked about. */
struct point {
	uint32_t width, height;
	uint32_t rows;   /* of memory for plane 0; >= height */
	uint64_t pitch;  /* of plane 0 */
	uint64_t offset; /* of the last plane, beyond where it could begin */
	size_t kind;
};

struct tenon_probe_report {
	struct tenon_offer *offer;         /* a reference; NULL: nothing is believed */
	const struct tenon_limits *limits; /* believed, of the offer; NULL: nothing is */
	uint32_t format, roles;
	struct tenon_probe_finding *findings;
	size_t findings_len;
	struct tenon_probe_try *tries;
	size_t tries_len, tries_room;
	char (*kinds)[64];
};

struct search {
	const struct tenon_probe_search *ask;
	const struct tenon_format *format;
	uint32_t unit;       /* bytes: pitches are multiples, as pixels are whole */
	struct point base;   /* is taken */
	uint64_t multiple;   /* of the pitch, found; 0: it cannot be varied */
	uint64_t pitch_high; /* the greatest pitch that was taken */
	char refusal[96];    /* of the last refusal */
	struct tenon_probe_report *report;
};

/* search_ask.c: asks about a point. 1: taken, 0: refused (or no memory), or a negative errno. */
int search_try(struct search *search, const struct point *point);

/* The shortest row of a picture, in bytes. */
uint64_t search_row(const struct search *search, uint32_t width);

/* search.c: the parts. Each begins and ends with the same base; 0 (or 1) or a negative errno. */
int search_pitch(struct search *search);
int search_offset(struct search *search);
int search_pitch_max(struct search *search);
int search_width_max(struct search *search);
int search_height_max(struct search *search);
int search_rows(struct search *search);
int search_contiguity(struct search *search);

uint64_t search_round_up(uint64_t value, uint64_t multiple);

/* report.c: takes note of what was found of a property. found NULL: no limit. 0 or -ENOMEM. */
int report_add(struct tenon_probe_report *report, enum tenon_property property,
	enum tenon_probe_verdict verdict, const uint64_t *believed, const uint64_t *found,
	const char *evidence);

/* What is believed of a property: 1 and *value, or 0. */
int report_believes(
	const struct tenon_probe_report *report, enum tenon_property property, uint64_t *value);

/* Whether the format and roles of the search are meant by alternative i of the offer. */
bool report_means(
	const struct tenon_probe_report *report, const struct tenon_offer *offer, size_t i);

#endif
