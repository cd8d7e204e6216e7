/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_FRAMEBUFFER_H
#define TENON_DEVICE_FRAMEBUFFER_H

#include <stdint.h>

#include <tenon/format.h>

/* A framebuffer of a layout whose memory objects have these GEM handles; its id. 0 or a negative
 * errno. */
int framebuffer_add(
	int fd, const struct tenon_layout *layout, const uint32_t *handles, uint32_t *id);

#endif
