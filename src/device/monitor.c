/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libudev.h>

#include "base/system_file.h"
#include "device/machine.h"

enum {
	EVENTS_MAX = 256, /* handled in one go, so that a flood leaves the caller a turn */
};

struct tenon_monitor {
	struct udev *udev;
	struct udev_monitor *monitor;
	tenon_monitor_handler handler;
	void *data;
};

/*
 * Where udev runs, its events are the ones to wait for: they come when the node has got its owner
 * and mode. Where nobody would send them (a container, an initrd) the kernel's own are taken.
 */
static const char *choose_source(void)
{
	int fd = system_open("/run/udev/control", O_PATH);

	if (fd < 0) {
		return "kernel";
	}
	close(fd);
	return "udev";
}

/* libudev says NULL or a negative errno; without one it has run out of memory. */
static int open_source(struct tenon_monitor *monitor)
{
	const char *const *subsystem = machine_subsystems;
	int err = 0;

	errno = 0;
	monitor->udev = udev_new();
	if (monitor->udev != NULL) {
		monitor->monitor = udev_monitor_new_from_netlink(monitor->udev, choose_source());
	}
	if (monitor->monitor == NULL) {
		return errno != 0 ? -errno : -ENOMEM;
	}
	for (; *subsystem != NULL && err >= 0; subsystem++) {
		err = udev_monitor_filter_add_match_subsystem_devtype(
			monitor->monitor, *subsystem, NULL);
	}
	if (err >= 0) {
		err = udev_monitor_enable_receiving(monitor->monitor);
	}
	return err < 0 ? err : 0;
}

int tenon_monitor_create(struct tenon_monitor **out, tenon_monitor_handler handler, void *data)
{
	struct tenon_monitor *monitor;
	int err;

	if (handler == NULL) {
		return -EINVAL;
	}
	monitor = calloc(1, sizeof(*monitor));
	if (monitor == NULL) {
		return -ENOMEM;
	}
	monitor->handler = handler;
	monitor->data = data;
	err = open_source(monitor);
	if (err != 0) {
		tenon_monitor_destroy(monitor);
		return err;
	}
	*out = monitor;
	return 0;
}

void tenon_monitor_destroy(struct tenon_monitor *monitor)
{
	if (monitor == NULL) {
		return;
	}
	udev_monitor_unref(monitor->monitor);
	udev_unref(monitor->udev);
	free(monitor);
}

int tenon_monitor_get_fd(const struct tenon_monitor *monitor)
{
	return udev_monitor_get_fd(monitor->monitor);
}

static bool get_event(enum tenon_device_event *out, const char *action)
{
	static const struct {
		const char *action;
		enum tenon_device_event event;
	} events[] = {
		{"add", TENON_DEVICE_ADDED},
		{"remove", TENON_DEVICE_REMOVED},
		{"change", TENON_DEVICE_CHANGED},
	};

	for (size_t i = 0; action != NULL && i < sizeof(events) / sizeof(events[0]); i++) {
		if (strcmp(events[i].action, action) == 0) {
			*out = events[i].event;
			return true;
		}
	}
	return false;
}

/* A device that has gone again, or is of no kind that matters, is passed over. */
static int handle(struct tenon_monitor *monitor, struct udev_device *device)
{
	const char *subsystem = udev_device_get_subsystem(device);
	const char *name = udev_device_get_sysname(device);
	const char *folder = udev_device_get_syspath(device);
	const struct machine_kind *kind = NULL;
	enum tenon_device_event event;
	struct machine_device *found;
	int err;

	if (subsystem != NULL && name != NULL) {
		kind = machine_find_kind(subsystem, name);
	}
	if (kind == NULL || folder == NULL || !get_event(&event, udev_device_get_action(device))) {
		return 0;
	}
	found = calloc(1, sizeof(*found));
	if (found == NULL) {
		return -ENOMEM;
	}
	if (event == TENON_DEVICE_REMOVED) {
		err = machine_describe_removed(found, kind, udev_device_get_devnode(device),
			udev_device_get_devnum(device));
	} else {
		err = machine_read_device(found, kind, folder);
	}
	if (err == 0) {
		monitor->handler(monitor->data, event, &found->info);
	}
	free(found);
	return 0;
}

int tenon_monitor_dispatch(struct tenon_monitor *monitor)
{
	for (unsigned i = 0; i < EVENTS_MAX; i++) {
		struct udev_device *device;
		int err;

		errno = 0;
		device = udev_monitor_receive_device(monitor->monitor);
		if (device == NULL && errno == EINTR) {
			continue;
		}
		if (device == NULL) {
			return errno == EAGAIN || errno == 0 ? 0 : -errno;
		}
		err = handle(monitor, device);
		udev_device_unref(device);
		if (err < 0) {
			return err;
		}
	}
	return 0;
}
