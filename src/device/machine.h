/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_MACHINE_H
#define TENON_DEVICE_MACHINE_H

/* What the list of devices and the monitor share. */

#include <stddef.h>

#include <tenon/machine.h>

#include "device/iommu.h"
#include "device/sysfs.h"

/* A kind of nodes that matter. */
struct machine_kind {
	const char *bus, *subsystem, *prefix;
	int (*ask)(int fd, char *driver, size_t size);
};

/* The kernel's names of the kinds' subsystems; NULL ends them. */
extern const char *const machine_subsystems[];

/* The kind of a node called so, or NULL: "card0" is one, "card0-HDMI-A-1" a connector. */
const struct machine_kind *machine_find_kind(const char *subsystem, const char *name);

struct machine_device {
	struct tenon_device_info info;
	/* what info points to, so it must stay where it is */
	struct sysfs_node node;
	struct iommu_facts iommu;
	char driver[64];
	char reason[300];
};

/* Reads all of the device in this folder of /sys, and asks its node. Returns 0; -ENODEV when it is
 * gone; another negative errno. */
int machine_read_device(
	struct machine_device *out, const struct machine_kind *kind, const char *folder);

/* What is left of a device that was removed. Returns 0 or -ENODEV, when it had no node. */
int machine_describe_removed(
	struct machine_device *out, const struct machine_kind *kind, const char *node, dev_t dev);

#endif
