/* SPDX-License-Identifier: MIT */
/* Events of devices, from a libudev that the tests play. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <tenon/machine.h>

#include "fake/udev.h"
#include "fake_tree.h"
#include "harness.h"
#include "oom.h"

/* All that a handler was told, a line each. */
struct told {
	char text[1024];
	unsigned count;
};

static void note(void *data, enum tenon_device_event event, const struct tenon_device_info *device)
{
	static const char *const words[] = {"", "added", "removed", "changed"};
	struct told *told = data;
	size_t len = strlen(told->text);

	snprintf(told->text + len, sizeof(told->text) - len, "%s %s %s %u:%u %s %d\n", words[event],
		device->bus, device->node, major(device->dev), minor(device->dev),
		device->hardware_bus != NULL ? device->hardware_bus : "-", device->error);
	told->count++;
}

static struct tenon_monitor *start(struct told *told)
{
	struct tenon_monitor *monitor = NULL;

	*told = (struct told){.count = 0};
	assert_int_equal(tenon_monitor_create(&monitor, note, told), 0);
	return monitor;
}

static bool is_readable(const struct tenon_monitor *monitor)
{
	struct pollfd poll_fd = {.fd = tenon_monitor_get_fd(monitor), .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

#define CARD "/sys/devices/pci0000:00/0000:00:02.0/drm/card0"

static void send(const char *action)
{
	const struct fake_udev_event event = {.action = action,
		.subsystem = "drm",
		.name = "card0",
		.folder = CARD,
		.node = "/dev/dri/card0",
		.dev = makedev(226, 0)};

	fake_udev_send(&event);
}

TEST(events_are_told_with_their_devices)
{
	struct tenon_monitor *monitor;
	struct told told;

	tree_start();
	tree_pci_display();
	monitor = start(&told);
	assert_false(is_readable(monitor));
	assert_int_equal(tenon_monitor_dispatch(monitor), 0);
	assert_int_equal(told.count, 0);
	send("add");
	send("change");
	send("remove");
	assert_true(is_readable(monitor));
	assert_int_equal(tenon_monitor_dispatch(monitor), 0);
	assert_string_equal(told.text, "added drm /dev/dri/card0 226:0 pci -2\n"
				       "changed drm /dev/dri/card0 226:0 pci -2\n"
				       "removed drm /dev/dri/card0 226:0 - -19\n");
	assert_false(is_readable(monitor));
	tenon_monitor_destroy(monitor);
	tenon_monitor_destroy(NULL);
	assert_int_equal(fake_udev_live(), 0);
	tree_finish();
}

TEST(what_is_no_device_of_ours_is_passed_over)
{
	struct fake_udev_event events[] = {
		{.action = "change", .subsystem = "drm", .name = "card0-HDMI-A-1", .folder = CARD},
		{.action = "add", .subsystem = "drm", .name = "version", .folder = CARD},
		{.action = "add",
			.subsystem = "video4linux",
			.name = "v4l-subdev0",
			.folder = "/sys/devices/x"},
		{.action = "add", .subsystem = "input", .name = "card0", .folder = CARD},
		{.action = "bind", .subsystem = "drm", .name = "card0", .folder = CARD},
		{.action = NULL, .subsystem = "drm", .name = "card0", .folder = CARD},
		{.action = "add", .subsystem = NULL, .name = "card0", .folder = CARD},
		{.action = "add", .subsystem = "drm", .name = NULL, .folder = CARD},
		{.action = "add", .subsystem = "drm", .name = "card0", .folder = NULL},
		/* gone again before we could look */
		{.action = "add", .subsystem = "drm", .name = "card7", .folder = "/sys/none"},
		{.action = "remove", .subsystem = "drm", .name = "card7", .folder = CARD},
	};
	struct tenon_monitor *monitor;
	struct told told;

	tree_start();
	tree_pci_display();
	monitor = start(&told);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		fake_udev_send(&events[i]);
	}
	assert_int_equal(tenon_monitor_dispatch(monitor), 0);
	assert_string_equal(told.text, "");
	tenon_monitor_destroy(monitor);
	assert_int_equal(fake_udev_live(), 0);
	tree_finish();
}

TEST(source_is_udev_where_it_runs)
{
	struct tenon_monitor *monitor;
	struct told told;

	tree_start();
	monitor = start(&told);
	assert_string_equal(fake_udev_source(), "kernel");
	assert_string_equal(fake_udev_filter(), "drm video4linux ");
	tenon_monitor_destroy(monitor);
	tree_file("/run/udev/control", "");
	monitor = start(&told);
	assert_string_equal(fake_udev_source(), "udev");
	tenon_monitor_destroy(monitor);
	tree_finish();
}

TEST(lost_events_are_told)
{
	const struct fake_udev_event lost = {.error = ENOBUFS}, disturbed = {.error = EINTR};
	struct tenon_monitor *monitor;
	struct told told;

	tree_start();
	tree_pci_display();
	monitor = start(&told);
	fake_udev_send(&disturbed);
	send("add");
	fake_udev_send(&lost);
	send("add");
	assert_int_equal(tenon_monitor_dispatch(monitor), -ENOBUFS);
	assert_int_equal(told.count, 1);
	assert_int_equal(tenon_monitor_dispatch(monitor), 0);
	assert_int_equal(told.count, 2);
	tenon_monitor_destroy(monitor);
	tree_finish();
}

TEST(flood_leaves_the_caller_a_turn)
{
	struct tenon_monitor *monitor;
	struct told told;

	tree_start();
	monitor = start(&told);
	for (int i = 0; i < 300; i++) {
		send("remove");
	}
	assert_int_equal(tenon_monitor_dispatch(monitor), 0);
	assert_in_range(told.count, 1, 299);
	assert_true(is_readable(monitor));
	assert_int_equal(tenon_monitor_dispatch(monitor), 0);
	assert_int_equal(told.count, 300);
	tenon_monitor_destroy(monitor);
	tree_finish();
}

TEST(failures_leave_nothing_behind)
{
	static const struct {
		const char *function;
		int error, expected;
	} cases[] = {
		{"udev_new", 0, -ENOMEM},
		{"udev_monitor_new_from_netlink", EAFNOSUPPORT, -EAFNOSUPPORT},
		{"udev_monitor_filter_add_match_subsystem_devtype", ENOMEM, -ENOMEM},
		{"udev_monitor_enable_receiving", EPERM, -EPERM},
	};
	struct tenon_monitor *monitor = NULL;
	struct told told;

	tree_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_udev_fail(cases[i].function, cases[i].error);
		assert_int_equal(tenon_monitor_create(&monitor, note, &told), cases[i].expected);
		assert_null(monitor);
		assert_int_equal(fake_udev_live(), 0);
	}
	assert_int_equal(tenon_monitor_create(&monitor, NULL, NULL), -EINVAL);
	tree_finish();
}

static int watch(void *data)
{
	struct tenon_monitor *monitor = NULL;
	struct told told = {.count = 0};
	int ret = tenon_monitor_create(&monitor, note, &told);

	if (ret == 0) {
		send("add");
		ret = tenon_monitor_dispatch(monitor);
	}
	tenon_monitor_destroy(monitor);
	return ret;
}

TEST(out_of_memory)
{
	tree_start();
	tree_pci_display();
	assert_int_equal(oom_run(watch, NULL), 2);
	tree_finish();
}
