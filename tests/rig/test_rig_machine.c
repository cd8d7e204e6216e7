/* SPDX-License-Identifier: MIT */
/* The list of devices held to /dev and bare ioctls, also while devices come and go. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xf86drm.h>

#include <tenon/drm.h>
#include <tenon/machine.h>

#include "camera.h"
#include "harness.h"
#include "rig.h"

static const struct tenon_device_info *find(const struct tenon_machine *machine, const char *node)
{
	for (size_t i = 0; i < tenon_machine_get_devices_len(machine); i++) {
		const struct tenon_device_info *device = tenon_machine_get_device(machine, i);

		if (strcmp(device->node, node) == 0) {
			return device;
		}
	}
	return NULL;
}

static struct tenon_machine *list(void)
{
	struct tenon_machine *machine = NULL;

	assert_int_equal(tenon_machine_create(&machine), 0);
	return machine;
}

/* Each node of /dev is in the list once, with its number; how many there are. */
static size_t check_nodes(const struct tenon_machine *machine, const char *pattern, const char *bus)
{
	glob_t nodes;
	size_t count;

	assert_int_equal(glob(pattern, 0, NULL, &nodes), 0);
	count = nodes.gl_pathc;
	for (size_t i = 0; i < count; i++) {
		const struct tenon_device_info *device = find(machine, nodes.gl_pathv[i]);
		struct stat st;

		assert_non_null(device);
		assert_int_equal(stat(nodes.gl_pathv[i], &st), 0);
		assert_true(device->dev == st.st_rdev);
		assert_string_equal(device->bus, bus);
		assert_int_equal(device->error, 0);
		assert_null(device->reason);
	}
	globfree(&nodes);
	return count;
}

TEST(list_is_what_dev_has)
{
	struct tenon_machine *machine;
	size_t count;

	rig_require();
	machine = list();
	count = check_nodes(machine, "/dev/dri/card*", "drm");
	count += check_nodes(machine, "/dev/dri/renderD*", "drm");
	count += check_nodes(machine, "/dev/video*", "v4l2");
	assert_true(count > 4);
	assert_int_equal(tenon_machine_get_devices_len(machine), count);
	tenon_machine_destroy(machine);
}

TEST(drivers_are_those_of_the_kernel)
{
	struct tenon_machine *machine;
	unsigned drm = 0, v4l2 = 0;

	rig_require();
	machine = list();
	for (size_t i = 0; i < tenon_machine_get_devices_len(machine); i++) {
		const struct tenon_device_info *device = tenon_machine_get_device(machine, i);
		int fd = open(device->node, O_RDWR | O_CLOEXEC | O_NONBLOCK);

		assert_true(fd >= 0);
		if (strcmp(device->bus, "drm") == 0) {
			drmVersion *version = drmGetVersion(fd);

			assert_non_null(version);
			assert_string_equal(device->driver, version->name);
			drmFreeVersion(version);
			drm++;
		} else {
			struct v4l2_capability capability = {.driver = ""};

			assert_int_equal(rig_ioctl(fd, VIDIOC_QUERYCAP, &capability), 0);
			assert_string_equal(device->driver, (const char *)capability.driver);
			v4l2++;
		}
		close(fd);
	}
	assert_true(drm >= 3 && v4l2 >= 2);
	tenon_machine_destroy(machine);
}

TEST(nobody_is_left_master)
{
	int card;

	rig_require();
	tenon_machine_destroy(list());
	card = rig_open_card("vkms");
	assert_true(drmIsMaster(card));
	tenon_machine_destroy(list());
	assert_true(drmIsMaster(card));
	close(card);
}

TEST(node_of_another_user_says_why)
{
	const struct tenon_device_info *device;
	struct tenon_machine *machine;

	rig_require();
	assert_int_equal(setresgid(65534, 65534, 65534), 0);
	assert_int_equal(setresuid(65534, 65534, 65534), 0);
	machine = list();
	device = find(machine, "/dev/dri/card0");
	assert_non_null(device);
	assert_int_equal(device->error, -EACCES);
	assert_null(device->driver);
	assert_non_null(strstr(device->reason, "owner root:root, mode 0600"));
	assert_non_null(device->hardware_bus); /* /sys tells all the same */
	tenon_machine_destroy(machine);
}

static atomic_bool done;

static void *list_until_done(void *data)
{
	unsigned *lists = data;

	while (!atomic_load(&done)) {
		struct tenon_machine *machine = NULL;

		if (tenon_machine_create(&machine) != 0) {
			return NULL;
		}
		tenon_machine_destroy(machine);
		++*lists;
	}
	return data;
}

static size_t count_driver(const char *driver)
{
	struct tenon_machine *machine = list();
	size_t count = 0;

	for (size_t i = 0; i < tenon_machine_get_devices_len(machine); i++) {
		const char *its = tenon_machine_get_device(machine, i)->driver;

		count += its != NULL && strcmp(its, driver) == 0;
	}
	tenon_machine_destroy(machine);
	return count;
}

TEST_TIMEOUT(devices_come_and_go_meanwhile, 60)
{
	unsigned lists = 0;
	size_t count;
	pthread_t thread;
	void *result = NULL;

	rig_require();
	count = count_driver("vivid");
	assert_true(count > 0);
	assert_int_equal(pthread_create(&thread, NULL, list_until_done, &lists), 0);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(camera_driver("unbind"), 0);
		assert_int_equal(count_driver("vivid"), 0);
		assert_int_equal(camera_driver("bind"), 0);
		assert_int_equal(count_driver("vivid"), count);
	}
	atomic_store(&done, true);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_non_null(result);
	assert_true(lists > 0);
}

/* How often each thing happened to nodes of this bus. */
struct told {
	const char *bus;
	unsigned added, removed, changed;
	char driver[64]; /* of one that was added */
};

static void note(void *data, enum tenon_device_event event, const struct tenon_device_info *device)
{
	struct told *told = data;

	if (strcmp(device->bus, told->bus) != 0) {
		return;
	}
	switch (event) {
	case TENON_DEVICE_ADDED:
		told->added++;
		assert_int_equal(device->error, 0);
		assert_string_equal(device->hardware_bus, "platform");
		snprintf(told->driver, sizeof(told->driver), "%s", device->driver);
		break;
	case TENON_DEVICE_REMOVED:
		told->removed++;
		assert_int_equal(device->error, -ENODEV);
		break;
	case TENON_DEVICE_CHANGED:
		told->changed++;
		break;
	}
}

static struct tenon_monitor *start_monitor(struct told *told)
{
	struct tenon_monitor *monitor = NULL;
	int ret = tenon_monitor_create(&monitor, note, told);

	if (ret == -ENOTSUP) {
		TEST_SKIP("built without libudev");
	}
	assert_int_equal(ret, 0);
	return monitor;
}

/* Takes what comes, until the sum of all is this or nothing has come for five seconds. */
static void wait_for(struct tenon_monitor *monitor, const struct told *told, unsigned sum)
{
	struct pollfd poll_fd = {.fd = tenon_monitor_get_fd(monitor), .events = POLLIN};

	while (told->added + told->removed + told->changed < sum) {
		assert_int_equal(poll(&poll_fd, 1, 5000), 1);
		assert_int_equal(tenon_monitor_dispatch(monitor), 0);
	}
}

/* Without a daemon of udev: the kernel's own events. */
TEST_TIMEOUT(monitor_tells_of_cameras_that_come_and_go, 60)
{
	struct told told = {.bus = "v4l2"};
	struct tenon_monitor *monitor;
	unsigned count;

	rig_require();
	monitor = start_monitor(&told);
	count = (unsigned)count_driver("vivid");
	assert_int_equal(tenon_monitor_dispatch(monitor), 0);
	assert_int_equal(told.added + told.removed + told.changed, 0);
	assert_int_equal(camera_driver("unbind"), 0);
	wait_for(monitor, &told, count);
	assert_int_equal(told.removed, count);
	assert_int_equal(camera_driver("bind"), 0);
	wait_for(monitor, &told, 2 * count);
	assert_int_equal(told.added, count);
	assert_string_equal(told.driver, "vivid");
	tenon_monitor_destroy(monitor);
}

/* What the kernel says when an output was plugged; here it is made to say it again. */
TEST(monitor_tells_of_displays_that_change)
{
	struct told told = {.bus = "drm"};
	struct tenon_monitor *monitor;

	rig_require();
	monitor = start_monitor(&told);
	assert_int_equal(rig_write_text("/sys/class/drm/card0/uevent", "change"), 0);
	wait_for(monitor, &told, 1);
	assert_int_equal(told.changed, 1);
	tenon_monitor_destroy(monitor);
}
