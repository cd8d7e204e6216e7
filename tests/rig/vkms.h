/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_RIG_VKMS_H
#define TENON_TEST_RIG_VKMS_H

/*
 * The vkms device as a screen whose picture can be read back: a framebuffer goes on the primary
 * plane, and the device's writeback connector delivers what a viewer would see.
 */

#include <stdint.h>

struct vkms;

/* A picture in a dma-buf, as AddFB2 wants it. Unused planes have pitch 0. */
struct vkms_picture {
	int dmabuf[4]; /* may be the same one several times */
	uint32_t width, height, format;
	uint32_t pitches[4], offsets[4]; /* bytes */
};

/* 0 or a negative errno, -ENODEV where there is no vkms. */
int vkms_create(struct vkms **out);
void vkms_destroy(struct vkms *vkms);

/* The card's file descriptor. Borrowed: valid until vkms_destroy(). */
int vkms_fd(const struct vkms *vkms);

/* Imports the picture and makes a framebuffer of it; -errno of the step that failed. */
int vkms_add_picture(struct vkms *vkms, const struct vkms_picture *picture, uint32_t *fb);
void vkms_remove_picture(struct vkms *vkms, uint32_t fb);

/*
 * Shows the framebuffer at its own size (width x height), once in_fence, a sync_file or -1, is
 * signalled; it stays the caller's. One picture at a time: vkms_show_end() before the next.
 */
int vkms_show_start(struct vkms *vkms, uint32_t fb, uint32_t width, uint32_t height, int in_fence);

/*
 * Waits until the picture is shown, and puts what the screen shows, XRGB8888 without padding, into
 * pixels (width * height of them). -ETIMEDOUT after timeout_ms; may be called again then.
 */
int vkms_show_wait(struct vkms *vkms, int timeout_ms, uint32_t *pixels);

/* Takes the picture off the screen. Waits for what the picture waits for. */
void vkms_show_end(struct vkms *vkms);

/* All three, with five seconds to wait. */
int vkms_show(struct vkms *vkms, uint32_t fb, uint32_t width, uint32_t height, uint32_t *pixels);

#endif
