/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_IOMMU_H
#define TENON_DEVICE_IOMMU_H

/* Whether an IOMMU translates the addresses of a device, and whether its DMA sees the CPU's caches,
 * as far as /sys tells. */

#include <tenon/constraint.h>
#include <tenon/device.h>

struct iommu_facts {
	enum tenon_iommu answer;
	char type[16];  /* of the group's domain, "DMA-FQ"; empty: no group, or not told */
	char group[16]; /* its number; empty: no group */
};

/* Of the device of this folder and bus; "" is a device without hardware, of which nothing is
 * known. */
void iommu_read(struct iommu_facts *out, const char *hardware, const char *bus);

#endif
