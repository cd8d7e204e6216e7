/* SPDX-License-Identifier: MIT */
#ifndef TENON_TOOL_PROBING_H
#define TENON_TOOL_PROBING_H

/*
 * What "tenon probe" found of one device.
 */

#include <tenon/drm.h>
#include <tenon/heap.h>
#include <tenon/probe.h>
#include <tenon/v4l2.h>

#include "tool.h"

enum {
	PROBING_HEAPS_MAX = 40,
	PROBING_PITCHES_MAX = 3,
};

/* A heap that memory was, or was to be, taken from. */
struct probing_heap {
	struct tenon_heap *heap; /* a reference */
	struct tenon_heap_info info;
	/* a pitch after the other */
	struct probing_row {
		enum tenon_contiguity contiguity; /* of this memory */
		int error;                        /* negative errno: there was no memory */
		char reason[256];                 /* why */
		struct tenon_probe_result result;
	} rows[PROBING_PITCHES_MAX];
};

struct probing {
	struct tool tool;
	char node[128], driver[64];
	const char *bus;              /* "drm", "v4l2" */
	struct tenon_drm_device *drm; /* one of these two */
	struct tenon_v4l2_device *v4l2;
	const struct tenon_device_entry *entry; /* NULL: not in the table */
	struct tenon_offer *offer;              /* the entry's, for this device; NULL */
	uint32_t role;                          /* enum tenon_role */
	uint32_t stages;                        /* mask of enum tenon_probe_stage */
	const struct tenon_format *format;
	uint32_t width, height;
	struct tenon_layout *layouts[PROBING_PITCHES_MAX];
	size_t layouts_len;
	struct probing_heap heaps[PROBING_HEAPS_MAX];
	size_t heaps_len;
	struct tenon_probe_report *report; /* NULL: nothing was searched */
	char *corrected;                   /* entry as text; NULL: nothing to correct */
};

/* What is asked for on the command line. */
struct probing_request {
	const char *device;     /* node or driver */
	const char *format;     /* NULL: one that the device has */
	const char *heap;       /* NULL: all */
	uint32_t width, height; /* 0: any */
	bool no_search;
};

/* probing.c: opens the device and the heaps, and makes the layouts. */
enum tool_status probing_open(struct probing *probing, const struct probing_request *request);
void probing_close(struct probing *probing);

/* probing_ask.c: memory of a heap for a layout, given to the device: what came of it. 0, or a
 * negative errno: there was no memory, or the device is gone. */
int probing_ask(struct probing *probing, const struct tenon_layout *layout,
	struct probing_heap *heap, uint32_t stages, struct probing_row *row);

/* All heaps and layouts, then the search. */
enum tool_status probing_run(struct probing *probing, bool no_search);

/* Whether some buffer went through, as far as could be tried. */
bool probing_something_passes(const struct probing *probing);

/* Pitch of plane 0. */
uint32_t probing_pitch(const struct tenon_layout *layout);

/* The outcome of a stage: "ok", "EINVAL", "not tried", or "" when none got so far. */
const char *probing_stage_word(
	char *out, size_t size, const struct probing_row *row, enum tenon_probe_stage stage);

/* "confirmed", "too strict", "too loose" */
const char *probing_verdict_word(enum tenon_probe_verdict verdict);

/* probe_print.c, probe_json.c */
void probing_print(const struct probing *probing);
void probing_print_json(const struct probing *probing);

#endif
