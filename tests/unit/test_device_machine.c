/* SPDX-License-Identifier: MIT */
/* The list of a machine's devices, from trees that look like those of real machines. */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <tenon/machine.h>

#include "fake_tree.h"
#include "harness.h"
#include "oom.h"

static struct tenon_machine *list(void)
{
	struct tenon_machine *machine = NULL;

	assert_int_equal(tenon_machine_create(&machine), 0);
	return machine;
}

TEST(machine_without_devices_has_none)
{
	struct tenon_machine *machine;

	tree_start();
	machine = list();
	assert_int_equal(tenon_machine_get_devices_len(machine), 0);
	assert_null(tenon_machine_get_device(machine, 0));
	tenon_machine_destroy(machine);
	tenon_machine_destroy(NULL);
	tree_finish();
}

static void add_camera(void)
{
	static const char camera[] = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0";

	tree_file("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/video4linux/video2/dev",
		"81:2\n");
	tree_link("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/video4linux/video2/device",
		camera);
	tree_link("/sys/class/video4linux/video2",
		"/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/video4linux/video2");
	tree_folder("/sys/bus/usb");
	tree_link(
		"/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/subsystem", "/sys/bus/usb");
	tree_folder("/sys/class/video4linux/v4l-subdev0");
	tree_folder("/sys/class/video4linux/video9"); /* without a number: no device */
}

TEST(nodes_come_with_their_hardware)
{
	const struct tenon_device_info *device;
	struct tenon_machine *machine;

	tree_start();
	tree_pci_display();
	tree_file("/sys/kernel/iommu_groups/3/type", "DMA-FQ\n");
	tree_link("/sys/devices/pci0000:00/0000:00:02.0/iommu_group", "/sys/kernel/iommu_groups/3");
	add_camera();
	machine = list();
	assert_int_equal(tenon_machine_get_devices_len(machine), 3);
	device = tenon_machine_get_device(machine, 0);
	assert_string_equal(device->node, "/dev/dri/card0");
	assert_string_equal(device->bus, "drm");
	assert_true(device->dev == makedev(226, 0));
	assert_string_equal(device->sysfs, "/sys/devices/pci0000:00/0000:00:02.0");
	assert_string_equal(device->hardware_bus, "pci");
	assert_string_equal(device->hardware_driver, "i915");
	assert_int_equal(device->iommu, TENON_IOMMU_TRANSLATES);
	assert_string_equal(device->iommu_type, "DMA-FQ");
	assert_string_equal(device->iommu_group, "3");
	device = tenon_machine_get_device(machine, 1);
	assert_string_equal(device->node, "/dev/dri/renderD128");
	device = tenon_machine_get_device(machine, 2);
	assert_string_equal(device->node, "/dev/video2");
	assert_string_equal(device->bus, "v4l2");
	assert_string_equal(device->hardware_bus, "usb");
	assert_null(device->hardware_driver);
	assert_int_equal(device->iommu, TENON_IOMMU_UNKNOWN);
	assert_null(device->iommu_type);
	assert_null(device->iommu_group);
	assert_null(tenon_machine_get_device(machine, 3));
	tenon_machine_destroy(machine);
	tree_finish();
}

TEST(nodes_that_cannot_be_asked_say_why)
{
	const struct tenon_device_info *device;
	struct tenon_machine *machine;

	tree_start();
	tree_pci_display();
	tree_file("/dev/dri/renderD128", "no device\n");
	machine = list();
	assert_int_equal(tenon_machine_get_devices_len(machine), 2);
	device = tenon_machine_get_device(machine, 0);
	assert_null(device->driver);
	assert_int_equal(device->error, -ENOENT);
	assert_string_equal(device->reason, "there is no /dev/dri/card0");
	/* something else under that name */
	device = tenon_machine_get_device(machine, 1);
	assert_null(device->driver);
	assert_int_equal(device->error, -ENODEV);
	assert_non_null(strstr(device->reason, "nothing is behind /dev/dri/renderD128"));
	tenon_machine_destroy(machine);
	tree_finish();
}

TEST(many_devices_come_by_number)
{
	struct tenon_machine *machine;

	tree_start();
	tree_file("/sys/class/video4linux/video10/dev", "81:10\n");
	tree_file("/sys/class/video4linux/video9/dev", "81:9\n");
	tree_file("/sys/class/video4linux/video100/dev", "81:100\n");
	machine = list();
	assert_int_equal(tenon_machine_get_devices_len(machine), 3);
	assert_string_equal(tenon_machine_get_device(machine, 0)->node, "/dev/video9");
	assert_string_equal(tenon_machine_get_device(machine, 1)->node, "/dev/video10");
	assert_string_equal(tenon_machine_get_device(machine, 2)->node, "/dev/video100");
	assert_null(tenon_machine_get_device(machine, 0)->sysfs);
	assert_null(tenon_machine_get_device(machine, 0)->hardware_bus);
	tenon_machine_destroy(machine);
	tree_finish();
}

static int create(void *data)
{
	struct tenon_machine *machine = NULL;
	int ret = tenon_machine_create(&machine);

	tenon_machine_destroy(machine);
	return ret;
}

TEST(out_of_memory)
{
	tree_start();
	tree_pci_display();
	add_camera();
	assert_true(oom_run(create, NULL) >= 5);
	tree_finish();
}
