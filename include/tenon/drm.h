/* SPDX-License-Identifier: MIT */
#ifndef TENON_DRM_H
#define TENON_DRM_H

/*
 * A DRM device: a GPU, a display controller, or both.
 *
 * Threads: every function may be called from any thread at any time.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <tenon/common.h>
#include <tenon/constraint.h>

TENON_BEGIN_DECLS

struct tenon_drm_device;

/**
 * Take a DRM device by an fd of any of its nodes. The fd is duplicated and stays the caller's; the
 * duplicate is of the same open file, so GEM handles and the right to set modes are shared.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_drm_device_unref(). -ENODEV when fd is no DRM node; -EBADF; -EMFILE; -ENOMEM.
 */
TENON_EXPORT int tenon_drm_device_create(struct tenon_drm_device **out, int fd);

/**
 * Open a DRM device by the path of a node, such as /dev/dri/card0.
 *
 * Returns as tenon_drm_device_create(), or the negative errno of open().
 */
TENON_EXPORT int tenon_drm_device_open(struct tenon_drm_device **out, const char *node);

/**
 * Take another reference. Returns its argument.
 */
TENON_EXPORT struct tenon_drm_device *tenon_drm_device_ref(struct tenon_drm_device *device);

/**
 * Drop a reference; the last one closes the device's own fd. NULL is a no-op.
 */
TENON_EXPORT void tenon_drm_device_unref(struct tenon_drm_device *device);

/**
 * The device's fd. Borrowed: valid until the last tenon_drm_device_unref(); do not close.
 */
TENON_EXPORT int tenon_drm_device_get_fd(const struct tenon_drm_device *device);

/**
 * The driver's name as DRM_IOCTL_VERSION tells it: what the device table calls the device.
 * Borrowed: valid until the last tenon_drm_device_unref(); do not free.
 */
TENON_EXPORT const char *tenon_drm_device_get_driver(const struct tenon_drm_device *device);

/**
 * The device number of the node the device was opened by.
 */
TENON_EXPORT dev_t tenon_drm_device_get_dev(const struct tenon_drm_device *device);

TENON_END_DECLS

#endif
