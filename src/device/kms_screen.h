/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_KMS_SCREEN_H
#define TENON_DEVICE_KMS_SCREEN_H

/*
 * The connected outputs of a device, and its planes that list a format and modifier (cursors
 * aside): where a picture could be shown. The open file must be an atomic client's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/kms.h"

enum {
	KMS_OUTPUTS_MAX = 16,
	KMS_PLANES_MAX = 64,
};

/* A connector and the CRTC that drives it or could. */
struct kms_output {
	drmModeConnector *connector; /* has modes */
	struct kms_object connector_object, crtc;
	unsigned crtc_index;
	bool active;
	drmModeModeInfo mode; /* if active */
};

struct kms_plane {
	struct kms_object object;
	uint32_t possible_crtcs;
	bool primary;
};

struct kms_screen {
	int fd;
	uint32_t format;
	uint64_t modifier;
	struct kms_output outputs[KMS_OUTPUTS_MAX]; /* those in use first */
	size_t outputs_len;
	struct kms_plane planes[KMS_PLANES_MAX];
	size_t planes_len;
};

/* Undone by kms_screen_finish(). 0 or a negative errno. */
int kms_screen_init(struct kms_screen *screen, int fd, uint32_t format, uint64_t modifier);
void kms_screen_finish(struct kms_screen *screen);

/* What a client asked to see. It is a setting of the open file, which may be somebody else's. */
struct kms_caps {
	bool atomic, universal;
};

/* Asks to see atomic properties and all planes; what was asked before goes to *before, to be put
 * back. A negative errno when the driver has no atomic mode setting. */
int kms_caps_take(int fd, struct kms_caps *before);
void kms_caps_put_back(int fd, const struct kms_caps *before);

#endif
