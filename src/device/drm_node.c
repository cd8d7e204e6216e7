/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#include "device/coherent.h"
#include "device/drm_facts.h"

static bool begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void add_node(struct drm_facts *facts, const struct sysfs_node *node)
{
	const char *name = sysfs_base(node->folder);

	if (begins_with(name, "card") && facts->facts.primary == 0) {
		snprintf(facts->primary_node, sizeof(facts->primary_node), "%s", node->node);
		facts->facts.primary = node->dev;
		facts->facts.primary_node = facts->primary_node;
	} else if (begins_with(name, "renderD") && facts->facts.render == 0) {
		snprintf(facts->render_node, sizeof(facts->render_node), "%s", node->node);
		facts->facts.render = node->dev;
		facts->facts.render_node = facts->render_node;
	}
}

static int add_sibling(void *data, const char *name)
{
	struct drm_facts *facts = data;
	char drm[SYSTEM_PATH_SIZE], path[SYSTEM_PATH_SIZE];
	struct sysfs_node node;

	/* "card0-HDMI-A-1" is a connector: it has no number */
	if (sysfs_join(drm, sizeof(drm), facts->node.hardware, "drm") == 0 &&
		sysfs_join(path, sizeof(path), drm, name) == 0 &&
		sysfs_read_folder(&node, path) == 0) {
		add_node(facts, &node);
	}
	return 0;
}

void drm_read_nodes(struct drm_facts *facts, const struct tenon_drm_device *device)
{
	char drm[SYSTEM_PATH_SIZE];

	if (sysfs_read_dev(&facts->node, device->dev) != 0) {
		return;
	}
	add_node(facts, &facts->node);
	if (facts->node.hardware[0] != '\0' &&
		sysfs_join(drm, sizeof(drm), facts->node.hardware, "drm") == 0) {
		system_list(drm, "", add_sibling, facts);
	}
	iommu_read(&facts->iommu, facts->node.hardware, facts->node.bus);
	facts->facts.sysfs = sysfs_or_null(facts->node.hardware);
	facts->facts.bus = sysfs_or_null(facts->node.bus);
	facts->facts.iommu = facts->iommu.answer;
	facts->facts.iommu_type = sysfs_or_null(facts->iommu.type);
	facts->facts.coherent = coherent_read(facts->node.hardware);
}

int drm_open_primary(const struct tenon_drm_facts *facts)
{
	int fd;

	if (facts->primary_node == NULL) {
		return -ENOENT;
	}
	fd = sysfs_open_node(facts->primary_node, facts->primary);
	if (fd >= 0) {
		/* Who opens a primary node first becomes its master. A compositor that starts now
		 * must find the place free. */
		drmDropMaster(fd);
	}
	return fd;
}
