/* SPDX-License-Identifier: MIT */
#include <tenon/machine.h>

#include <ctype.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xf86drm.h>

#include "device/coherent.h"
#include "device/iommu.h"
#include "device/sysfs.h"

struct device {
	struct tenon_device_info info;
	/* what info points to */
	struct sysfs_node node;
	struct iommu_facts iommu;
	char driver[64];
	char reason[300];
};

struct tenon_machine {
	struct device **devices;
	size_t len;
};

/* Each asks the node behind fd for its driver's name: 0 or a negative errno. */
static int ask_drm(int fd, char *driver, size_t size)
{
	drmVersion *version;

	/* who opens a primary node first becomes its master; that is not for us */
	drmDropMaster(fd);
	errno = 0;
	version = drmGetVersion(fd);
	if (version == NULL) {
		return errno != 0 ? -errno : -ENOMEM;
	}
	snprintf(driver, size, "%.*s", version->name_len, version->name);
	drmFreeVersion(version);
	return 0;
}

static int ask_v4l2(int fd, char *driver, size_t size)
{
	struct v4l2_capability capability = {.driver = ""};
	int ret;

	do {
		ret = ioctl(fd, VIDIOC_QUERYCAP, &capability);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0) {
		return -errno;
	}
	snprintf(driver, size, "%.*s", (int)sizeof(capability.driver),
		(const char *)capability.driver);
	return 0;
}

/* In the order of the list. */
static const struct kind {
	const char *bus, *folder, *prefix;
	int (*ask)(int fd, char *driver, size_t size);
} kinds[] = {
	{"drm", "/sys/class/drm", "card", ask_drm},
	{"drm", "/sys/class/drm", "renderD", ask_drm},
	{"v4l2", "/sys/class/video4linux", "video", ask_v4l2},
};

static const char *or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static void ask(struct device *device, const struct kind *kind)
{
	struct tenon_device_info *info = &device->info;
	int fd = sysfs_open_node(device->node.node, device->node.dev);

	if (fd < 0) {
		info->error = fd;
		system_explain_open(
			device->reason, sizeof(device->reason), device->node.node, info->error);
		info->reason = device->reason;
		return;
	}
	info->error = kind->ask(fd, device->driver, sizeof(device->driver));
	close(fd);
	if (info->error == 0) {
		info->driver = device->driver;
		return;
	}
	snprintf(device->reason, sizeof(device->reason), "%s does not tell its driver: %s",
		device->node.node, strerror(-info->error));
	info->reason = device->reason;
}

static void describe(struct device *device, const struct kind *kind)
{
	struct tenon_device_info *info = &device->info;

	iommu_read(&device->iommu, device->node.hardware, device->node.bus);
	*info = (struct tenon_device_info){
		.node = device->node.node,
		.dev = device->node.dev,
		.bus = kind->bus,
		.sysfs = or_null(device->node.hardware),
		.hardware_bus = or_null(device->node.bus),
		.hardware_driver = or_null(device->node.driver),
		.iommu = device->iommu.answer,
		.iommu_type = or_null(device->iommu.type),
		.iommu_group = or_null(device->iommu.group),
		.coherent = coherent_read(device->node.hardware),
	};
	ask(device, kind);
}

struct walk {
	struct tenon_machine *machine;
	const struct kind *kind;
};

/* "card0" is a node, "card0-HDMI-A-1" a connector. */
static bool is_numbered(const char *name, const char *prefix)
{
	const char *number = name + strlen(prefix);

	for (const char *c = number; *c != '\0'; c++) {
		if (!isdigit((unsigned char)*c)) {
			return false;
		}
	}
	return *number != '\0';
}

static int add(struct tenon_machine *machine, struct device *device)
{
	struct device **grown;

	grown = reallocarray(machine->devices, machine->len + 1, sizeof(*grown));
	if (grown == NULL) {
		return -ENOMEM;
	}
	machine->devices = grown;
	grown[machine->len++] = device;
	return 0;
}

static int visit(void *data, const char *name)
{
	struct walk *walk = data;
	char path[SYSTEM_PATH_SIZE];
	struct device *device;
	int ret;

	if (!is_numbered(name, walk->kind->prefix) ||
		sysfs_join(path, sizeof(path), walk->kind->folder, name) != 0) {
		return 0;
	}
	device = calloc(1, sizeof(*device));
	if (device == NULL) {
		return -ENOMEM;
	}
	if (sysfs_read_folder(&device->node, path) != 0) {
		free(device); /* it went away just now */
		return 0;
	}
	ret = add(walk->machine, device);
	if (ret < 0) {
		free(device);
		return ret;
	}
	describe(device, walk->kind);
	return 0;
}

int tenon_machine_create(struct tenon_machine **out)
{
	struct tenon_machine *machine = calloc(1, sizeof(*machine));
	int ret = machine != NULL ? 0 : -ENOMEM;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && ret == 0; i++) {
		struct walk walk = {.machine = machine, .kind = &kinds[i]};

		ret = system_list(kinds[i].folder, kinds[i].prefix, visit, &walk);
	}
	if (ret < 0) {
		tenon_machine_destroy(machine);
		return ret;
	}
	*out = machine;
	return 0;
}

void tenon_machine_destroy(struct tenon_machine *machine)
{
	if (machine == NULL) {
		return;
	}
	for (size_t i = 0; i < machine->len; i++) {
		free(machine->devices[i]);
	}
	free(machine->devices);
	free(machine);
}

size_t tenon_machine_get_devices_len(const struct tenon_machine *machine)
{
	return machine->len;
}

const struct tenon_device_info *tenon_machine_get_device(
	const struct tenon_machine *machine, size_t i)
{
	return i < machine->len ? &machine->devices[i]->info : NULL;
}
