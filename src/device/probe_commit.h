/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_PROBE_COMMIT_H
#define TENON_DEVICE_PROBE_COMMIT_H

#include <stdint.h>

#include <tenon/format.h>
#include <tenon/probe.h>

/*
 * The stage COMMIT: whether a plane would show framebuffer fb, which is of this layout. Passes or
 * refuses it in *result, or notes why it could not be tried. 0 or a negative errno (-ENODEV,
 * -ENOMEM), *result untouched. driver is for messages.
 */
int probe_commit(int fd, const char *driver, const struct tenon_layout *layout, uint32_t fb,
	struct tenon_probe_result *result);

#endif
