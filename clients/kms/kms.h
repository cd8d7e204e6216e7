/* SPDX-License-Identifier: MIT */
#ifndef TENON_KMS_KMS_H
#define TENON_KMS_KMS_H

/* What the files of tenon-kms share. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/context.h>
#include <tenon/drm.h>
#include <tenon/swapchain.h>

#include "screen.h"
#include "status.h"

enum {
	DEVICES_MAX = 14,
};

struct options {
	const char *node; /* NULL: the first that shows something */
	const char *connector;
	const char *heap; /* NULL: any */
	const char *dump; /* file for what was written back; NULL */
	const char *devices[DEVICES_MAX];
	size_t devices_len;
	uint32_t width, height; /* 0: the connector's own mode */
	uint32_t format;
	uint32_t buffers;
	uint32_t frames;
	int in_fence; /* sync_file that the first frame waits for; -1 */
};

struct kms {
	struct options options;
	struct tenon_drm_device *device;
	struct tenon_context *context;
	struct tenon_participant participants[DEVICES_MAX + 2];
	size_t participants_len;
	struct tenon_swapchain *chain;
	struct screen screen;
	bool has_screen;
	struct tenon_buffer *shown; /* a reference */
	int out_fence;              /* of the last frame, -1 */
	unsigned frames;            /* shown */
	unsigned compared;          /* of them, with what was written back */
	uint64_t wrong_pixels;
	uint64_t first_ms, last_ms; /* when the first was on the screen, and the last */
};

/* show.c: the device, the output, the buffers; then the frames. */
enum status kms_start(struct kms *kms);
enum status kms_run(struct kms *kms);
void kms_finish(struct kms *kms);

/* compare.c: what was written back against what was painted; both stay as they are. */
enum status kms_compare(struct kms *kms, struct tenon_buffer *buffer);

/* Prints "tenon-kms: ..." to stderr. Returns status. */
enum status kms_fail(enum status status, const char *format, ...) TENON_PRINTF(2, 3);

#endif
