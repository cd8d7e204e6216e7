/* SPDX-License-Identifier: MIT */
/* Stands in for monitor.c where Tenon is built without libudev. */
#include <errno.h>

#include <tenon/machine.h>

int tenon_monitor_create(struct tenon_monitor **out, tenon_monitor_handler handler, void *data)
{
	return handler == NULL ? -EINVAL : -ENOTSUP;
}

void tenon_monitor_destroy(struct tenon_monitor *monitor)
{
}

int tenon_monitor_get_fd(const struct tenon_monitor *monitor)
{
	return -ENOTSUP;
}

int tenon_monitor_dispatch(struct tenon_monitor *monitor)
{
	return -ENOTSUP;
}
