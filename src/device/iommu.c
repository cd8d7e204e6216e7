/* SPDX-License-Identifier: MIT */

/*
 * A device's IOMMU group has a default domain, whose type says what happens to addresses:
 *
 *	DMA, DMA-FQ	the kernel maps each buffer: the device sees it in one piece
 *	identity	addresses pass through as they are
 *	blocked		the device may not do DMA (it is given to a virtual machine, or to be)
 *	unmanaged	a driver maps as it likes
 *
 * Kernels before 5.11 do not tell the type. Not every device does its DMA itself: that of USB and
 * virtio devices is done by the controller above. A device tree's display is often only a name for
 * components that are devices beside it, and have the IOMMU: such a device has no group, and
 *nothing follows from that. Only a PCI device without a group has no IOMMU for certain.
 */
#include "device/iommu.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "device/sysfs.h"

static const struct {
	const char *type;
	enum tenon_iommu answer;
} types[] = {
	{"DMA", TENON_IOMMU_TRANSLATES},
	{"DMA-FQ", TENON_IOMMU_TRANSLATES},
	{"identity", TENON_IOMMU_NONE},
};

static enum tenon_iommu get_answer(const char *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].type, type) == 0) {
			return types[i].answer;
		}
	}
	return TENON_IOMMU_UNKNOWN;
}

/* Whether the folder's device is in a group, of which it then tells. */
static bool read_group(struct iommu_facts *out, const char *folder)
{
	char path[SYSTEM_PATH_SIZE], group[SYSTEM_PATH_SIZE];

	if (sysfs_join(path, sizeof(path), folder, "iommu_group") != 0 ||
		system_resolve(group, sizeof(group), path) != 0) {
		return false;
	}
	snprintf(out->group, sizeof(out->group), "%s", sysfs_base(group));
	if (sysfs_join(path, sizeof(path), group, "type") != 0 ||
		system_read_line(out->type, sizeof(out->type), path) != 0) {
		out->type[0] = '\0';
	}
	out->answer = get_answer(out->type);
	return true;
}

/* Whether a device of this bus leaves DMA to the one above it. */
static bool is_carried(const char *bus)
{
	return strcmp(bus, "usb") == 0 || strcmp(bus, "virtio") == 0;
}

void iommu_read(struct iommu_facts *out, const char *hardware, const char *bus)
{
	char folder[SYSTEM_PATH_SIZE], above[32];

	*out = (struct iommu_facts){.answer = TENON_IOMMU_UNKNOWN};
	snprintf(folder, sizeof(folder), "%s", hardware);
	snprintf(above, sizeof(above), "%s", bus);
	while (folder[0] != '\0' && !read_group(out, folder)) {
		if (strcmp(above, "pci") == 0) {
			out->answer = TENON_IOMMU_NONE;
			return;
		}
		if (!is_carried(above)) {
			return;
		}
		*strrchr(folder, '/') = '\0';
		sysfs_read_link(above, sizeof(above), folder, "subsystem");
	}
}
