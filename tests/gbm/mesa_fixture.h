/* SPDX-License-Identifier: MIT */
#ifndef MESA_FIXTURE_H
#define MESA_FIXTURE_H

/*
 * What tests of the backend over Mesa's share: a device that is not there (fake_drm.h) under a Mesa
 * that is not one (fake_mesa.h), loaded by the installed libgbm. Strict, unless a test says else.
 */

#include <drm_fourcc.h>
#include <gbm.h>

#include <tenon/gbm.h>

#include "fake_drm.h"
#include "fake_mesa/fake_mesa.h"
#include "harness/harness.h"

#define FAST I915_FORMAT_MOD_Y_TILED
#define SLOW I915_FORMAT_MOD_X_TILED

/* Mesa's side, once a device has been opened; reset by it to FAST before SLOW, one plane each. */
extern struct fake_mesa *fake_mesa;

/* A device for TENON_DEVICES; table: more devices for the table, or NULL. */
struct gbm_device *mesa_open(const char *devices, const char *table);

/* Destroys it, and sees that nothing is left. */
void mesa_close(struct gbm_device *device);

/* The same in two steps, with bos in between that outlive it. */
void mesa_close_with_bos(struct gbm_device *device);
void mesa_assert_nothing_left(void);

/* A bo of 100 x 50 XRGB8888 with a list of modifiers; NULL and errno when there is none. */
struct gbm_bo *mesa_bo(struct gbm_device *device, const uint64_t *modifiers, unsigned len);

/* The node that the device was opened on. */
int mesa_node(void);

/* Messages go to a file from now on, until one of them must have a text in it, or none may. */
void mesa_catch_messages(void);
void mesa_expect_message(const char *text);
void mesa_expect_no_message(const char *text);

#endif
