/* SPDX-License-Identifier: MIT */
#ifndef TENON_DRM_H
#define TENON_DRM_H

/*
 * A DRM device: a GPU, a display controller, or both.
 *
 * Threads: every function may be called from any thread at any time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <tenon/common.h>
#include <tenon/constraint.h>
#include <tenon/device.h>
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

/*
 * Facts: what the kernel tells of a device.
 */

/** What a plane of a display controller is for. */
enum tenon_drm_plane_type {
	TENON_DRM_PLANE_UNKNOWN = 0,
	TENON_DRM_PLANE_PRIMARY,
	TENON_DRM_PLANE_OVERLAY,
	TENON_DRM_PLANE_CURSOR,
};

/** A plane of a display controller. New members are added at the end. */
struct tenon_drm_plane {
	uint32_t id; /* KMS object */
	enum tenon_drm_plane_type type;
	uint32_t crtcs; /* those it can be on: bit i is facts->crtcs[i] */
	/* Whether the kernel tells modifiers (IN_FORMATS). If not, each pair's modifier is
	 * DRM_FORMAT_MOD_INVALID: the format is known, the layouts are not. */
	bool has_modifiers;
	const struct tenon_format_modifier *pairs; /* what it shows */
	size_t pairs_len;
};

/** What the kernel tells of a DRM device. New members are added at the end. */
struct tenon_drm_facts {
	/* Nodes: 0 and NULL where the device has none of that kind. */
	dev_t primary, render;
	const char *primary_node, *render_node; /* paths, "/dev/dri/card0" */

	/* The hardware behind it: NULL for what is told nowhere. */
	const char *sysfs; /* folder, "/sys/devices/pci0000:00/0000:00:02.0" */
	const char *bus;   /* "pci", "platform", "usb" */
	enum tenon_iommu iommu;
	const char *iommu_type;     /* of the IOMMU group, "DMA-FQ"; NULL: no group, or not told */
	enum tenon_answer coherent; /* whether its DMA sees the CPU's caches */

	/* Capabilities. */
	bool dumb;             /* allocates dumb buffers */
	bool prime_import;     /* takes dma-bufs */
	bool prime_export;     /* gives dma-bufs */
	bool modifiers;        /* framebuffers with modifiers (AddFB2) */
	bool syncobj;          /* synchronisation objects */
	bool syncobj_timeline; /* with timeline points */
	bool modeset;          /* it has a display controller: what follows is about that */

	/*
	 * The display controller. display_error is 0, or the negative errno of opening the primary
	 * node (-EACCES: the user may not): then sizes and planes are those that the device's own
	 * fd shows, which for a render node are none, and else perhaps not all.
	 */
	int display_error;
	enum tenon_answer atomic;      /* atomic modesetting */
	uint32_t width_min, width_max; /* of framebuffers, pixels; 0: not told */
	uint32_t height_min, height_max;
	uint32_t cursor_width, cursor_height; /* a size the cursor can have, pixels; 0: not told */
	const uint32_t *crtcs;                /* KMS objects */
	size_t crtcs_len;
	const struct tenon_drm_plane *const *planes;
	size_t planes_len;

	/* Whether what a display shows can be written back to memory, and as what; each modifier is
	 * DRM_FORMAT_MOD_INVALID, as the kernel tells formats alone. */
	enum tenon_answer writeback;
	const struct tenon_format_modifier *writeback_pairs;
	size_t writeback_pairs_len;
};

/**
 * What the kernel tells of the device. It is read at the first call, which takes some dozens of
 * system calls, and kept: what can change (connectors, modes) is not among it.
 *
 * All planes, cursors too, are shown only to a file that has asked for them, and asking would
 * change what the caller's own file shows. So they are read through an open file of its own, which
 * lives for the call; the master's right that opening a primary node may bring is given back at
 * once.
 *
 * Returns 0 and writes *out. Borrowed: valid until the last tenon_drm_device_unref(); do not free.
 * -ENODEV when the device is gone; -ENOMEM; a failed call may be made again.
 */
TENON_EXPORT int tenon_drm_device_get_facts(
	struct tenon_drm_device *device, const struct tenon_drm_facts **out);

/** A connector of a display controller as it is now. */
struct tenon_drm_output {
	uint32_t connector;          /* KMS object */
	char name[32];               /* "HDMI-A-1" */
	enum tenon_answer connected; /* when last probed */
	uint32_t crtcs;              /* those that can drive it: bit i is facts->crtcs[i] */
	uint32_t crtc;               /* KMS object that drives it; 0: it is off */
	uint32_t width, height;      /* of the picture it shows, pixels; 0: it is off */
};

/**
 * The connectors as they are now; nothing is probed. Writeback connectors are not among them.
 *
 * Returns 0 and writes *out and *len (none for a device that only renders): the caller owns the
 * array and must release it with free(). The negative errno of opening the primary node; -ENODEV
 * when the device is gone; -ENOMEM.
 */
TENON_EXPORT int tenon_drm_device_dup_outputs(
	struct tenon_drm_device *device, struct tenon_drm_output **out, size_t *len);

/**
 * Make an offer of this very device: what the table says of its driver, without the limits that
 * the IOMMU lifts, as far as the kernel confirms it:
 *
 * - scanout and cursor with the format-modifier pairs of the planes, and the sizes the kernel
 * tells;
 * - capture, of a display controller, with the formats of its writeback connectors;
 * - render where there is a render node;
 * - pairs and drivers that the table does not know come with pitch and segments unknown, and, where
 *   the kernel tells no modifiers, as rows (LINEAR).
 *
 * Each value keeps its source, the table's or the kernel's. What the kernel does not tell (see
 * display_error) stays as in the table. table may be NULL: empty. name is what the device is called
 * in merges and messages; NULL: the name of the table's entry, else the driver's.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_offer_unref(). -EINVAL on an empty name; -ENOTSUP when the device neither shows nor
 * renders; as tenon_drm_device_get_facts().
 */
TENON_EXPORT int tenon_drm_device_create_offer(struct tenon_offer **out,
	struct tenon_drm_device *device, const struct tenon_device_table *table, const char *name);

TENON_END_DECLS

#endif
