/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_SYSFS_H
#define TENON_DEVICE_SYSFS_H

/*
 * What /sys tells of a device node: its path, and the hardware behind it. Paths are absolute and
 * without _tenon_system_root. What is not told is an empty string.
 */

#include <sys/types.h>

#include "base/system_file.h"

struct sysfs_node {
	char folder[SYSTEM_PATH_SIZE];   /* of the node: ".../drm/card0" */
	char node[64];                   /* "/dev/dri/card0" */
	char hardware[SYSTEM_PATH_SIZE]; /* folder of the device behind it */
	char bus[32];                    /* that one's: "pci" */
	char driver[64];                 /* that one's: "i915" */
	dev_t dev;
};

/* Reads of the node in this folder, or with this device number. Returns 0; -ENODEV when it is not
 * there; another negative errno. */
int sysfs_read_folder(struct sysfs_node *out, const char *folder);
int sysfs_read_dev(struct sysfs_node *out, dev_t dev);

/* A text, or NULL for an empty one. */
const char *sysfs_or_null(const char *text);

/* The last part of a path. */
const char *sysfs_base(const char *path);

/* The last part of where a link in a folder leads; "" when there is none. */
void sysfs_read_link(char *out, size_t size, const char *folder, const char *link);

/* Joins two parts with a slash: 0 or -ENAMETOOLONG. */
int sysfs_join(char *out, size_t size, const char *folder, const char *name);

/* Opens a node and checks that it is the one of this number: an fd; -ENODEV when it is not; another
 * negative errno. */
int sysfs_open_node(const char *node, dev_t dev);

#endif
