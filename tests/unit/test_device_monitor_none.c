/* SPDX-License-Identifier: MIT */
/* The monitor of a library that was built without libudev. */
#include <errno.h>

#include <tenon/machine.h>

#include "harness.h"

static void note(void *data, enum tenon_device_event event, const struct tenon_device_info *device)
{
	fail_msg("an event");
}

TEST(monitor_needs_libudev)
{
	struct tenon_monitor *monitor = NULL;

	assert_int_equal(tenon_monitor_create(&monitor, note, NULL), -ENOTSUP);
	assert_int_equal(tenon_monitor_create(&monitor, NULL, NULL), -EINVAL);
	assert_null(monitor);
	tenon_monitor_destroy(NULL);
}
