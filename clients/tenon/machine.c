/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <tenon/cpu.h>

#include "facts.h"
#include "grid.h"
#include "to_json.h"

static const char *iommu_word(enum tenon_iommu iommu)
{
	switch (iommu) {
	case TENON_IOMMU_TRANSLATES:
		return "translates";
	case TENON_IOMMU_NONE:
		return "none";
	default:
		return "unknown";
	}
}

/* "translates (DMA-FQ)" */
static void print_iommu(char *out, size_t size, const struct tenon_device_info *device)
{
	const char *word = iommu_word(device->iommu);

	if (device->iommu_type != NULL) {
		snprintf(out, size, "%s (%s)", word, device->iommu_type);
	} else {
		snprintf(out, size, "%s", word);
	}
}

/* What the device table calls a device, or NULL. */
static const char *entry_name(const struct tool *tool, const struct tenon_device_info *device)
{
	const struct tenon_device_entry *entry = NULL;

	if (device->driver != NULL) {
		entry = tenon_device_table_find_driver(tool->table, device->bus, device->driver);
	}
	return entry != NULL ? tenon_device_entry_get_name(entry) : NULL;
}

void machine_print_cpu(void)
{
	uint32_t line = tenon_cpu_get_cache_line();
	char text[32] = "unknown size";

	if (line != 0) {
		snprintf(text, sizeof(text), "%" PRIu32 " bytes", line);
	}
	printf("Processor: pages of %" PRIu64 " bytes, cache lines of %s, devices see its caches: "
	       "%s\n",
		tenon_cpu_get_page_size(), text,
		tenon_cpu_get_coherent() == TENON_YES ? "all" : "each for itself");
}

static void add_row(
	struct grid *grid, const struct tool *tool, const struct tenon_device_info *device)
{
	const char *name = entry_name(tool, device);
	char iommu[64], shows[128] = "";

	print_iommu(iommu, sizeof(iommu), device);
	facts_print(shows, sizeof(shows), device);
	grid_add(grid, (const char *[]){device->node,
			       device->driver != NULL ? device->driver : "cannot be asked",
			       name != NULL             ? name
			       : device->driver != NULL ? "not there"
							: NULL,
			       device->hardware_bus, iommu, tool_answer_word(device->coherent),
			       device->reason != NULL ? device->reason : shows});
}

void machine_print_devices(const struct tenon_machine *machine, const struct tool *tool)
{
	static const char *const heading[] = {"node", "driver", "in the device table", "bus",
		"IOMMU", "coherent", "what it tells"};
	struct grid grid = {.columns = 7};
	size_t len = tenon_machine_get_devices_len(machine);

	puts("\nDevices:");
	if (len == 0) {
		puts("  none: no DRM and no V4L2 device in /sys");
		return;
	}
	grid_add(&grid, heading);
	for (size_t i = 0; i < len; i++) {
		add_row(&grid, tool, tenon_machine_get_device(machine, i));
	}
	grid_print(&grid, 2);
}

json_object *machine_make_cpu(void)
{
	json_object *object = json_object_new_object();
	uint32_t line = tenon_cpu_get_cache_line();

	json_add_number(object, "page_size", tenon_cpu_get_page_size());
	json_object_object_add(
		object, "cache_line", line != 0 ? json_object_new_uint64(line) : NULL);
	json_add_text(object, "coherent", tool_answer_word(tenon_cpu_get_coherent()));
	return object;
}

static json_object *make_device(const struct tool *tool, const struct tenon_device_info *device)
{
	json_object *object = json_object_new_object();

	json_add_text(object, "node", device->node);
	json_add_text(object, "bus", device->bus);
	json_add_text(object, "driver", device->driver);
	json_add_text(object, "name", entry_name(tool, device));
	json_add_text(object, "error", device->error != 0 ? strerror(-device->error) : NULL);
	json_add_text(object, "reason", device->reason);
	json_add_text(object, "sysfs", device->sysfs);
	json_add_text(object, "hardware_bus", device->hardware_bus);
	json_add_text(object, "hardware_driver", device->hardware_driver);
	json_add_text(object, "iommu", iommu_word(device->iommu));
	json_add_text(object, "iommu_type", device->iommu_type);
	json_add_text(object, "iommu_group", device->iommu_group);
	json_add_text(object, "coherent", tool_answer_word(device->coherent));
	json_object_object_add(object, "drm", facts_make(device));
	return object;
}

json_object *machine_make_devices(const struct tenon_machine *machine, const struct tool *tool)
{
	json_object *devices = json_object_new_array();

	for (size_t i = 0; i < tenon_machine_get_devices_len(machine); i++) {
		json_object_array_add(
			devices, make_device(tool, tenon_machine_get_device(machine, i)));
	}
	return devices;
}
