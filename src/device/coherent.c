/* SPDX-License-Identifier: MIT */

/*
 * On x86 and s390 all DMA sees the CPU's caches. Elsewhere that is a fact of each device: a device
 * tree tells it by the property dma-coherent (or dma-noncoherent) of the device or of a bus above
 * it. Its absence proves nothing to us: the component that does the DMA may be another device, and
 * what holds without it differs between architectures. ACPI's _CCA is not shown in /sys.
 */
#include "device/coherent.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "device/sysfs.h"

enum tenon_answer coherent_get_rule(void)
{
#if defined(__x86_64__) || defined(__i386__) || defined(__s390x__)
	return TENON_YES;
#else
	return TENON_UNKNOWN;
#endif
}

static bool has_file(const char *folder, const char *name)
{
	char path[SYSTEM_PATH_SIZE];
	int fd = -1;

	if (sysfs_join(path, sizeof(path), folder, name) == 0) {
		fd = system_open(path, O_PATH);
	}
	if (fd >= 0) {
		close(fd);
	}
	return fd >= 0;
}

/* The nearest node of the device tree that says something. */
static enum tenon_answer ask_tree(char *node)
{
	while (node[0] != '\0' && strcmp(sysfs_base(node), "base") != 0) {
		if (has_file(node, "dma-coherent")) {
			return TENON_YES;
		}
		if (has_file(node, "dma-noncoherent")) {
			return TENON_NO;
		}
		*strrchr(node, '/') = '\0';
	}
	return TENON_UNKNOWN;
}

enum tenon_answer coherent_read_as(const char *hardware, enum tenon_answer rule)
{
	char path[SYSTEM_PATH_SIZE], node[SYSTEM_PATH_SIZE];

	if (rule != TENON_UNKNOWN) {
		return rule;
	}
	if (hardware[0] == '\0' || sysfs_join(path, sizeof(path), hardware, "of_node") != 0 ||
		system_resolve(node, sizeof(node), path) != 0) {
		return TENON_UNKNOWN;
	}
	return ask_tree(node);
}

enum tenon_answer coherent_read(const char *hardware)
{
	return coherent_read_as(hardware, coherent_get_rule());
}
