/* SPDX-License-Identifier: MIT */
#ifndef EGL_RENDERER_H
#define EGL_RENDERER_H

#include <stdbool.h>
#include <stdint.h>

#include <tenon/constraint.h>
#include <tenon/context.h>

#include "headless.h"

/*
 * What GL needs of a buffer of this format (DRM fourcc) that it is to draw to: as the device table
 * knows its driver, else what EGL tells. The caller owns *out and must release it with
 * tenon_offer_unref(). *software: it is no device, so it takes memory that is no dma-buf. Returns 0
 * or a negative errno: -ENOTSUP when EGL does not draw to linear buffers of the format.
 */
int renderer_create_offer(struct headless *gl, struct tenon_context *context, uint32_t format,
	struct tenon_offer **out, bool *software);

#endif
