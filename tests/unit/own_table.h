/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_OWN_TABLE_H
#define TENON_TEST_OWN_TABLE_H

/*
 * The device table of the source tree.
 */

#include <tenon/device.h>

#include "harness.h"

#define INI_PATH TEST_SOURCE_ROOT "/src/device/devices.ini"

/* The caller destroys it. */
static inline struct tenon_device_table *load_table(void)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_device_table *table = NULL;

	assert_int_equal(tenon_device_table_create(&table), 0);
	if (tenon_device_table_add_file(table, INI_PATH, &error) != 0) {
		fail_msg("%s", error.text);
	}
	return table;
}

#endif
