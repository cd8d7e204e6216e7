/* SPDX-License-Identifier: MIT */
#include "device/machine.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#include "device/coherent.h"
#include "device/v4l2.h"

struct tenon_machine {
	struct machine_device **devices;
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
	struct v4l2_capability capability;
	uint32_t capabilities;
	int ret = v4l2_get_capabilities(fd, &capability, &capabilities);

	if (ret == 0) {
		snprintf(driver, size, "%.*s", (int)sizeof(capability.driver),
			(const char *)capability.driver);
	}
	return ret;
}

/* In the order of the list. */
static const struct machine_kind kinds[] = {
	{"drm", "drm", "card", ask_drm},
	{"drm", "drm", "renderD", ask_drm},
	{"v4l2", "video4linux", "video", ask_v4l2},
};

const char *const machine_subsystems[] = {"drm", "video4linux", NULL};

static bool is_called(const char *name, const char *prefix)
{
	const char *number = name + strlen(prefix);

	if (strncmp(name, prefix, strlen(prefix)) != 0) {
		return false;
	}
	return *number != '\0' && number[strspn(number, "0123456789")] == '\0';
}

const struct machine_kind *machine_find_kind(const char *subsystem, const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].subsystem, subsystem) == 0 &&
			is_called(name, kinds[i].prefix)) {
			return &kinds[i];
		}
	}
	return NULL;
}

static void ask(struct machine_device *device, const struct machine_kind *kind)
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

static void describe(struct machine_device *device, const struct machine_kind *kind)
{
	struct tenon_device_info *info = &device->info;

	iommu_read(&device->iommu, device->node.hardware, device->node.bus);
	*info = (struct tenon_device_info){
		.node = device->node.node,
		.dev = device->node.dev,
		.bus = kind->bus,
		.sysfs = sysfs_or_null(device->node.hardware),
		.hardware_bus = sysfs_or_null(device->node.bus),
		.hardware_driver = sysfs_or_null(device->node.driver),
		.iommu = device->iommu.answer,
		.iommu_type = sysfs_or_null(device->iommu.type),
		.iommu_group = sysfs_or_null(device->iommu.group),
		.coherent = coherent_read(device->node.hardware),
	};
	ask(device, kind);
}

int machine_read_device(
	struct machine_device *out, const struct machine_kind *kind, const char *folder)
{
	int ret = sysfs_read_folder(&out->node, folder);

	if (ret == 0) {
		describe(out, kind);
	}
	return ret;
}

int machine_describe_removed(
	struct machine_device *out, const struct machine_kind *kind, const char *node, dev_t dev)
{
	if (node == NULL || strlen(node) >= sizeof(out->node.node)) {
		return -ENODEV;
	}
	strcpy(out->node.node, node);
	snprintf(out->reason, sizeof(out->reason), "%s was removed", out->node.node);
	out->info = (struct tenon_device_info){
		.node = out->node.node,
		.dev = dev,
		.bus = kind->bus,
		.error = -ENODEV,
		.reason = out->reason,
	};
	return 0;
}

struct walk {
	struct tenon_machine *machine;
	const struct machine_kind *kind;
	const char *folder; /* of /sys */
};

static int add(struct tenon_machine *machine, struct machine_device *device)
{
	struct machine_device **grown;

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
	struct machine_device *device;
	int ret;

	if (!is_called(name, walk->kind->prefix) ||
		sysfs_join(path, sizeof(path), walk->folder, name) != 0) {
		return 0;
	}
	device = calloc(1, sizeof(*device));
	if (device == NULL) {
		return -ENOMEM;
	}
	if (machine_read_device(device, walk->kind, path) != 0) {
		free(device); /* it went away just now */
		return 0;
	}
	ret = add(walk->machine, device);
	if (ret < 0) {
		free(device);
	}
	return ret;
}

static int add_kind(struct tenon_machine *machine, const struct machine_kind *kind)
{
	char folder[64];
	struct walk walk = {.machine = machine, .kind = kind, .folder = folder};

	snprintf(folder, sizeof(folder), "/sys/class/%s", kind->subsystem);
	return system_list(folder, kind->prefix, visit, &walk);
}

int tenon_machine_create(struct tenon_machine **out)
{
	struct tenon_machine *machine = calloc(1, sizeof(*machine));
	int ret = machine != NULL ? 0 : -ENOMEM;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && ret == 0; i++) {
		ret = add_kind(machine, &kinds[i]);
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
