/* SPDX-License-Identifier: MIT */
/* What /sys tells of devices, from trees that look like those of real machines. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "device/coherent.h"
#include "device/iommu.h"
#include "device/sysfs.h"
#include "fake_tree.h"
#include "harness.h"

TEST(node_is_found_by_its_number)
{
	struct sysfs_node node;

	tree_start();
	tree_pci_display();
	assert_int_equal(sysfs_read_dev(&node, makedev(226, 128)), 0);
	assert_string_equal(node.node, "/dev/dri/renderD128");
	assert_string_equal(node.folder, "/sys/devices/pci0000:00/0000:00:02.0/drm/renderD128");
	assert_string_equal(node.hardware, "/sys/devices/pci0000:00/0000:00:02.0");
	assert_string_equal(node.bus, "pci");
	assert_string_equal(node.driver, "i915");
	assert_int_equal(sysfs_read_dev(&node, makedev(226, 5)), -ENODEV);
	assert_int_equal(sysfs_read_folder(&node, "/sys/class/drm/card0-HDMI-A-1"), -ENODEV);
	tree_finish();
}

TEST(node_without_hardware_is_one)
{
	struct sysfs_node node;

	tree_start();
	tree_file("/sys/devices/virtual/video4linux/video3/dev", "81:3\n");
	assert_int_equal(sysfs_read_folder(&node, "/sys/devices/virtual/video4linux/video3"), 0);
	assert_true(node.dev == makedev(81, 3));
	assert_string_equal(node.node, "/dev/video3");
	assert_string_equal(node.hardware, "");
	assert_string_equal(node.bus, "");
	tree_finish();
}

TEST(names_that_lead_elsewhere_are_none)
{
	static const char folder[] = "/sys/class/drm/card1";
	struct sysfs_node node;
	char path[300];

	tree_start();
	tree_file("/sys/class/drm/card1/dev", "226:1\n");
	tree_file("/sys/class/drm/card1/uevent", "DEVNAME=../etc/passwd\n");
	assert_int_equal(sysfs_read_folder(&node, folder), 0);
	assert_string_equal(node.node, "/dev/card1");
	memset(path, 'x', sizeof(path));
	memcpy(path, "DEVNAME=", 8);
	path[sizeof(path) - 1] = '\0';
	tree_file("/sys/class/drm/card1/uevent", path);
	assert_int_equal(sysfs_read_folder(&node, folder), 0);
	assert_string_equal(node.node, "/dev/card1");
	tree_file("/sys/class/drm/card1/dev", "nonsense\n");
	assert_int_equal(sysfs_read_folder(&node, folder), -EBADMSG);
	tree_finish();
}

/* A row of the kernel's types. */
static const struct {
	const char *type; /* of the group, NULL: the file is not there */
	enum tenon_iommu answer;
} types[] = {
	{"DMA\n", TENON_IOMMU_TRANSLATES},
	{"DMA-FQ\n", TENON_IOMMU_TRANSLATES},
	{"identity\n", TENON_IOMMU_NONE},
	{"blocked\n", TENON_IOMMU_UNKNOWN},
	{"unmanaged\n", TENON_IOMMU_UNKNOWN},
	{"DMA-of-tomorrow\n", TENON_IOMMU_UNKNOWN},
	{"", TENON_IOMMU_UNKNOWN},
	{NULL, TENON_IOMMU_UNKNOWN},
};

TEST(only_domains_that_translate_lift)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct iommu_facts facts;

		tree_start();
		tree_folder("/sys/kernel/iommu_groups/14");
		if (types[i].type != NULL) {
			tree_file("/sys/kernel/iommu_groups/14/type", types[i].type);
		}
		tree_link("/sys/devices/a/iommu_group", "/sys/kernel/iommu_groups/14");
		iommu_read(&facts, "/sys/devices/a", "platform");
		if (facts.answer != types[i].answer) {
			fail_msg("type %s", types[i].type);
		}
		assert_string_equal(facts.group, "14");
		assert_int_equal(strncmp(facts.type, types[i].type != NULL ? types[i].type : "",
					 strlen(facts.type)),
			0);
		tree_finish();
	}
}

/* Where the device is, and who above it has a group of type DMA. */
static const struct {
	const char *what, *hardware, *bus;
	struct {
		const char *folder, *bus;
	} above[2];
	const char *group_at; /* NULL: nobody */
	enum tenon_iommu answer;
} places[] = {
	{"a PCI device without a group", "/sys/devices/pci0/02.0", "pci", {{NULL}}, NULL,
		TENON_IOMMU_NONE},
	{"a PCI device below a bridge with one", "/sys/devices/pci0/01.0/02.0", "pci",
		{{"/sys/devices/pci0/01.0", "pci"}}, "/sys/devices/pci0/01.0", TENON_IOMMU_NONE},
	{"a display subsystem", "/sys/devices/platform/display-subsystem", "platform", {{NULL}},
		NULL, TENON_IOMMU_UNKNOWN},
	{"one within a bus that has a group", "/sys/devices/platform/soc/display", "platform",
		{{"/sys/devices/platform/soc", "platform"}}, "/sys/devices/platform/soc",
		TENON_IOMMU_UNKNOWN},
	{"USB, by its controller", "/sys/devices/pci0/14.0/usb1/1-1", "usb",
		{{"/sys/devices/pci0/14.0/usb1", "usb"}, {"/sys/devices/pci0/14.0", "pci"}},
		"/sys/devices/pci0/14.0", TENON_IOMMU_TRANSLATES},
	{"USB, its controller has none", "/sys/devices/pci0/14.0/usb1/1-1", "usb",
		{{"/sys/devices/pci0/14.0/usb1", "usb"}, {"/sys/devices/pci0/14.0", "pci"}}, NULL,
		TENON_IOMMU_NONE},
	{"virtio on PCI", "/sys/devices/pci0/03.0/virtio0", "virtio",
		{{"/sys/devices/pci0/03.0", "pci"}}, "/sys/devices/pci0/03.0",
		TENON_IOMMU_TRANSLATES},
	{"virtio on a platform", "/sys/devices/platform/a.virtio/virtio0", "virtio",
		{{"/sys/devices/platform/a.virtio", "platform"}}, NULL, TENON_IOMMU_UNKNOWN},
	{"USB up to the root", "/sys", "usb", {{NULL}}, NULL, TENON_IOMMU_UNKNOWN},
	{"no hardware", "", "", {{NULL}}, NULL, TENON_IOMMU_UNKNOWN},
};

TEST(group_is_that_of_whoever_does_the_dma)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct iommu_facts facts;
		char path[256], bus[64];

		tree_start();
		tree_folder(places[i].hardware);
		for (size_t j = 0; j < 2 && places[i].above[j].folder != NULL; j++) {
			snprintf(path, sizeof(path), "%s/subsystem", places[i].above[j].folder);
			snprintf(bus, sizeof(bus), "/sys/bus/%s", places[i].above[j].bus);
			tree_folder(bus);
			tree_link(path, bus);
		}
		if (places[i].group_at != NULL) {
			tree_file("/sys/kernel/iommu_groups/0/type", "DMA\n");
			snprintf(path, sizeof(path), "%s/iommu_group", places[i].group_at);
			tree_link(path, "/sys/kernel/iommu_groups/0");
		}
		iommu_read(&facts, places[i].hardware, places[i].bus);
		if (facts.answer != places[i].answer) {
			fail_msg("%s: %d", places[i].what, facts.answer);
		}
		tree_finish();
	}
}

/* Which node of the tree says what. */
static const struct {
	const char *file; /* NULL: none */
	enum tenon_answer answer;
} trees[] = {
	{"/sys/firmware/devicetree/base/soc/gpu@0/dma-coherent", TENON_YES},
	{"/sys/firmware/devicetree/base/soc/gpu@0/dma-noncoherent", TENON_NO},
	{"/sys/firmware/devicetree/base/soc/dma-coherent", TENON_YES},
	{"/sys/firmware/devicetree/base/dma-coherent", TENON_UNKNOWN},
	{"/sys/firmware/devicetree/base/soc/gpu@1/dma-coherent", TENON_UNKNOWN},
	{NULL, TENON_UNKNOWN},
};

TEST(device_tree_tells_coherence)
{
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		tree_start();
		tree_folder("/sys/firmware/devicetree/base/soc/gpu@0");
		tree_link("/sys/devices/a/of_node", "/sys/firmware/devicetree/base/soc/gpu@0");
		if (trees[i].file != NULL) {
			tree_file(trees[i].file, "");
		}
		assert_int_equal(
			coherent_read_as("/sys/devices/a", TENON_UNKNOWN), trees[i].answer);
		assert_int_equal(coherent_read_as("/sys/devices/b", TENON_UNKNOWN), TENON_UNKNOWN);
		assert_int_equal(coherent_read_as("/sys/devices/a", TENON_YES), TENON_YES);
		tree_finish();
	}
	assert_int_equal(coherent_read_as("", TENON_UNKNOWN), TENON_UNKNOWN);
}
