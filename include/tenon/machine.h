/* SPDX-License-Identifier: MIT */
#ifndef TENON_MACHINE_H
#define TENON_MACHINE_H

/*
 * The devices of this machine that take part in buffers: DRM and V4L2 nodes, as /sys lists them,
 * and how to hear of those that come and go.
 */

#include <stddef.h>
#include <sys/types.h>

#include <tenon/common.h>
#include <tenon/constraint.h>
#include <tenon/device.h>

TENON_BEGIN_DECLS

struct tenon_machine;

/** A device node. New members are added at the end; NULL is what is not told. */
struct tenon_device_info {
	const char *node;   /* path, "/dev/dri/card0" */
	dev_t dev;          /* its device number */
	const char *bus;    /* as the device table has it: "drm" or "v4l2" */
	const char *driver; /* what the node calls its driver; NULL: it could not be asked */
	int error; /* 0, or why not: a negative errno (-EACCES: the user may not open it) */
	const char *reason; /* the same as a sentence, with owner and mode */

	/* The hardware behind it. */
	const char *sysfs;           /* folder in /sys */
	const char *hardware_bus;    /* "pci", "platform", "usb" */
	const char *hardware_driver; /* the driver's name on that bus */
	enum tenon_iommu iommu;
	const char *iommu_type;     /* of the IOMMU group's domain, "DMA-FQ" */
	const char *iommu_group;    /* the group's number */
	enum tenon_answer coherent; /* whether its DMA sees the CPU's caches */
};

/**
 * List the devices that are there now. Each node is opened for a moment, to be asked for its
 * driver.
 *
 * Returns 0 and writes *out, which may be empty: the caller owns the result and must release it
 * with tenon_machine_destroy(). -ENOMEM; another negative errno when /sys cannot be read. Any
 * thread.
 */
TENON_EXPORT int tenon_machine_create(struct tenon_machine **out);

/**
 * Release a list. NULL is a no-op.
 */
TENON_EXPORT void tenon_machine_destroy(struct tenon_machine *machine);

/**
 * Number of devices. Any thread.
 */
TENON_EXPORT size_t tenon_machine_get_devices_len(const struct tenon_machine *machine);

/**
 * Device i: DRM's first, primary nodes before render nodes; each kind by number. NULL when there is
 * no such device. Borrowed: valid until tenon_machine_destroy(). Any thread.
 */
TENON_EXPORT const struct tenon_device_info *tenon_machine_get_device(
	const struct tenon_machine *machine, size_t i);

/** What happened to a device. */
enum tenon_device_event {
	TENON_DEVICE_ADDED = 1,
	TENON_DEVICE_REMOVED, /* of the device no more is known than node, dev and bus */
	TENON_DEVICE_CHANGED, /* of a DRM device: an output was plugged or unplugged */
};

struct tenon_monitor;

/**
 * Told of an event, from within tenon_monitor_dispatch(). device is borrowed: valid until the
 * handler returns. The handler must not destroy the monitor.
 */
typedef void (*tenon_monitor_handler)(
	void *data, enum tenon_device_event event, const struct tenon_device_info *device);

/**
 * Begin to hear of devices that come, go and change, by udev where it runs and else by the kernel.
 * Create the monitor before the list, so that nothing is missed between them. A monitor may be used
 * by one thread at a time.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_monitor_destroy(). -ENOTSUP when Tenon was built without libudev; -EINVAL when handler is
 * NULL; -ENOMEM; another negative errno of the socket (-EPERM, -EAFNOSUPPORT in a sandbox).
 */
TENON_EXPORT int tenon_monitor_create(
	struct tenon_monitor **out, tenon_monitor_handler handler, void *data);

/**
 * Release a monitor. NULL is a no-op.
 */
TENON_EXPORT void tenon_monitor_destroy(struct tenon_monitor *monitor);

/**
 * The fd to poll for POLLIN. Borrowed: valid until tenon_monitor_destroy(); do not close, read or
 * write.
 */
TENON_EXPORT int tenon_monitor_get_fd(const struct tenon_monitor *monitor);

/**
 * Take the events that have come, and tell the handler. Does not wait. Each added or changed device
 * is read, and its node opened, as for tenon_machine_create().
 *
 * Returns 0; -ENOBUFS when there were more events than the kernel kept: some are lost, and the
 * devices are to be listed anew; -ENOMEM: one is lost; another negative errno.
 */
TENON_EXPORT int tenon_monitor_dispatch(struct tenon_monitor *monitor);

TENON_END_DECLS

#endif
