/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_TABLE_H
#define TENON_DEVICE_TABLE_H

#include <stddef.h>

#include <tenon/device.h>

#include "config/device_text.h"

struct tenon_device_entry {
	struct device_text text;
	char *origin;
};

struct tenon_device_table {
	struct tenon_device_entry **entries; /* by name, in byte order */
	size_t len;
};

/* Adds every .ini file of a directory, in byte order. A directory that does not exist is empty. As
 * tenon_device_table_add_file(), but what was added before a failure stays. */
int _tenon_device_table_add_directory(
	struct tenon_device_table *table, const char *path, struct tenon_text_error *error);

/* The text of devices.ini as it was when Tenon was built. */
extern const char _tenon_devices_ini[];
extern const size_t _tenon_devices_ini_len;

#endif
