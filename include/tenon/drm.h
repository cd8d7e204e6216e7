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
#include <tenon/format.h>
#include <tenon/probe.h>

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
 * Open a DRM device by the path of a node, such as /dev/dri/card0. The open file is the library's
 * own: a program that hands its fd to somebody who uses GEM handles (Mesa) makes the device with
 * tenon_drm_device_create() instead, so that the library minds others' handles.
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

/*
 * Memory of others: PRIME.
 *
 * The kernel gives a dma-buf one handle per open file and counts nothing: who closes it first
 * closes it for all. Here imports are counted, also among several devices made of the same open
 * file, and the handle is closed exactly once.
 */

struct tenon_drm_import;

/**
 * Import a dma-buf. The same dma-buf again, by whatever fd, is the same object, referenced once
 * more. dmabuf stays the caller's, and may be closed at once.
 *
 * In an open file that others use, too (Mesa, on the same fd), a handle that was there before is
 * used and not closed. Somebody who imports the same dma-buf later, and not through Tenon, gets a
 * handle that ends with the import here: give Tenon an open file of its own to avoid that.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_drm_import_unref(). The driver's negative errno when it does not take the memory (-EINVAL
 * also for an fd that is no dma-buf); -ENODEV when the device is gone; -EBADF; -ENOMEM.
 */
TENON_EXPORT int tenon_drm_device_import(
	struct tenon_drm_import **out, struct tenon_drm_device *device, int dmabuf);

/**
 * Take another reference. Returns its argument.
 */
TENON_EXPORT struct tenon_drm_import *tenon_drm_import_ref(struct tenon_drm_import *import);

/**
 * Drop a reference; the last one closes the handle. NULL is a no-op.
 */
TENON_EXPORT void tenon_drm_import_unref(struct tenon_drm_import *import);

/**
 * The GEM handle, in the device's open file. Borrowed: valid until the last
 * tenon_drm_import_unref(); do not close.
 */
TENON_EXPORT uint32_t tenon_drm_import_get_handle(const struct tenon_drm_import *import);

/**
 * Export an import again: the dma-buf that was imported, the same file, as a new fd.
 *
 * Returns 0 and writes *out, close-on-exec: the caller owns it and must release it with close().
 * A negative errno of the driver's.
 */
TENON_EXPORT int tenon_drm_import_export(const struct tenon_drm_import *import, int *out);

struct tenon_drm_framebuffer;

/**
 * Make a framebuffer, what planes show, of a picture. fds are the dma-bufs of the layout's memory
 * objects, fds_len of them, each from its offset 0; they stay the caller's. The modifier is told to
 * drivers that want to know. The framebuffer holds the memory.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_drm_framebuffer_destroy(). -EINVAL when fds_len is not the number of objects, or as the
 * driver says; -EOVERFLOW when an offset exceeds 32 bits; another negative errno of import or
 * ADDFB2: -EACCES on a render node, -EOPNOTSUPP when the device shows nothing; -ENOMEM.
 */
TENON_EXPORT int tenon_drm_framebuffer_create(struct tenon_drm_framebuffer **out,
	struct tenon_drm_device *device, const struct tenon_layout *layout, const int *fds,
	size_t fds_len);

/**
 * Release a framebuffer. A plane that still shows it goes dark. NULL is a no-op.
 */
TENON_EXPORT void tenon_drm_framebuffer_destroy(struct tenon_drm_framebuffer *framebuffer);

/**
 * The framebuffer's KMS id. Borrowed: valid until tenon_drm_framebuffer_destroy().
 */
TENON_EXPORT uint32_t tenon_drm_framebuffer_get_id(const struct tenon_drm_framebuffer *framebuffer);

/*
 * Probing.
 */

/** How to probe. */
struct tenon_drm_probe_options {
	size_t size; /* sizeof(struct tenon_drm_probe_options) */
	/* What kind of memory it is, such as the heap's name: buffers with the same layout and kind
	 * share one answer. NULL: ask the device anew, and keep nothing. */
	const char *memory;
};

/**
 * Try whether the device takes a picture, stage by stage: a mask of enum tenon_probe_stage, DMABUF,
 * IMPORT, MAP, FRAMEBUFFER and COMMIT for DRM; a stage brings those it rests on. fds as
 * tenon_drm_framebuffer_create(). options may be NULL.
 *
 * Nothing can be seen of it and nothing stays: it works on an open file of its own where it may
 * open the node again. COMMIT is an atomic commit with TEST_ONLY on a plane of a connected output;
 * it needs the right to set modes (master, or a lease) and is judged by a buffer of the device's
 * own: what the device refuses of that, too, says nothing of this one. A stage that could not be
 * tried is neither passed nor refused, and the text says why.
 *
 * Answers are kept by layout, kind of memory and stages until tenon_drm_device_forget_probes();
 * failures that may pass (no memory, busy, device gone) are not.
 *
 * Returns 0 and fills *result, whose size the caller has set, whatever the outcome. -ENODEV when
 * the device is gone, -EINVAL when fds_len is not the number of objects or a stage is not DRM's,
 * -EBADF, -EMFILE, -ENOMEM: *result is then as it was.
 */
TENON_EXPORT int tenon_drm_device_probe(struct tenon_drm_device *device,
	const struct tenon_layout *layout, const int *fds, size_t fds_len, uint32_t stages,
	const struct tenon_drm_probe_options *options, struct tenon_probe_result *result);

/**
 * Forget the answers of probes: to be called when outputs were plugged or a driver changed.
 */
TENON_EXPORT void tenon_drm_device_forget_probes(struct tenon_drm_device *device);

TENON_END_DECLS

#endif
