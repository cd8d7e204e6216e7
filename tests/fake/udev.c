/* SPDX-License-Identifier: MIT */
#include "fake/udev.h"

#include <errno.h>
#include <libudev.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "harness.h"

enum {
	QUEUE_MAX = 1024,
};

struct udev {
	int unused;
};

struct udev_monitor {
	int fd;
	bool receiving;
};

struct udev_device {
	struct fake_udev_event event;
};

static struct udev the_udev;
static struct udev_monitor the_monitor;
static struct udev_device queue[QUEUE_MAX];
static size_t queue_first, queue_len;
static char source[16], filter[128];
static const char *failing;
static int failing_error, live;

void fake_udev_send(const struct fake_udev_event *event)
{
	uint64_t one = 1;

	assert_true(queue_len < QUEUE_MAX);
	queue[queue_len++].event = *event;
	assert_true(the_monitor.receiving);
	assert_int_equal(write(the_monitor.fd, &one, sizeof(one)), sizeof(one));
}

const char *fake_udev_source(void)
{
	return source;
}

const char *fake_udev_filter(void)
{
	return filter;
}

void fake_udev_fail(const char *function, int error)
{
	failing = function;
	failing_error = error;
}

int fake_udev_live(void)
{
	return live;
}

static bool fails(const char *function)
{
	if (failing == NULL || strcmp(failing, function) != 0) {
		return false;
	}
	failing = NULL;
	errno = failing_error;
	return true;
}

struct udev *udev_new(void)
{
	if (fails("udev_new")) {
		return NULL;
	}
	live++;
	return &the_udev;
}

struct udev *udev_unref(struct udev *udev)
{
	live -= udev != NULL;
	return NULL;
}

struct udev_monitor *udev_monitor_new_from_netlink(struct udev *udev, const char *name)
{
	assert_ptr_equal(udev, &the_udev);
	if (fails("udev_monitor_new_from_netlink")) {
		return NULL;
	}
	snprintf(source, sizeof(source), "%s", name);
	filter[0] = '\0';
	queue_first = queue_len = 0;
	the_monitor.receiving = false;
	the_monitor.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	assert_true(the_monitor.fd >= 0);
	live++;
	return &the_monitor;
}

struct udev_monitor *udev_monitor_unref(struct udev_monitor *monitor)
{
	if (monitor != NULL) {
		close(monitor->fd);
		live--;
	}
	return NULL;
}

int udev_monitor_filter_add_match_subsystem_devtype(
	struct udev_monitor *monitor, const char *subsystem, const char *devtype)
{
	size_t len = strlen(filter);

	assert_null(devtype);
	assert_false(monitor->receiving);
	if (fails("udev_monitor_filter_add_match_subsystem_devtype")) {
		return -failing_error;
	}
	snprintf(filter + len, sizeof(filter) - len, "%s ", subsystem);
	return 0;
}

int udev_monitor_enable_receiving(struct udev_monitor *monitor)
{
	if (fails("udev_monitor_enable_receiving")) {
		return -failing_error;
	}
	monitor->receiving = true;
	return 0;
}

int udev_monitor_get_fd(struct udev_monitor *monitor)
{
	return monitor->fd;
}

struct udev_device *udev_monitor_receive_device(struct udev_monitor *monitor)
{
	struct udev_device *device;
	uint64_t one;

	assert_true(monitor->receiving);
	if (queue_first == queue_len) {
		errno = EAGAIN;
		return NULL;
	}
	assert_int_equal(read(monitor->fd, &one, sizeof(one)), sizeof(one));
	device = &queue[queue_first++];
	if (device->event.error != 0) {
		errno = device->event.error;
		return NULL;
	}
	live++;
	return device;
}

struct udev_device *udev_device_unref(struct udev_device *device)
{
	live -= device != NULL;
	return NULL;
}

const char *udev_device_get_action(struct udev_device *device)
{
	return device->event.action;
}

const char *udev_device_get_subsystem(struct udev_device *device)
{
	return device->event.subsystem;
}

const char *udev_device_get_sysname(struct udev_device *device)
{
	return device->event.name;
}

const char *udev_device_get_syspath(struct udev_device *device)
{
	return device->event.folder;
}

const char *udev_device_get_devnode(struct udev_device *device)
{
	return device->event.node;
}

dev_t udev_device_get_devnum(struct udev_device *device)
{
	return device->event.dev;
}
