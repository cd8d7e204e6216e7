/* SPDX-License-Identifier: MIT */
#ifndef EGL_KMS_H
#define EGL_KMS_H

#include <stdint.h>

#include <xf86drmMode.h>

struct gbm_bo;

/* A display that shows framebuffers, one at a time. */
struct kms {
	int fd;
	uint32_t connector, crtc;
	drmModeModeInfo mode;
	drmModeCrtc *before;  /* what the CRTC showed when we came */
	struct gbm_bo *shown; /* what it shows now; belongs to the caller */
};

/*
 * Open a node and take its first connected output with the mode of this size, or its preferred one
 * if width is 0. Returns 0 or a negative errno, with a message on stderr.
 */
int kms_open(struct kms *kms, const char *node, uint32_t width, uint32_t height);
/* Put back what was shown, and close. */
void kms_close(struct kms *kms);

/*
 * Show a bo and wait until it is on. Its framebuffer is made at the first call and goes with the
 * bo. Returns 0 or a negative errno, with a message that names the stage on stderr.
 */
int kms_show(struct kms *kms, struct gbm_bo *bo);

#endif
