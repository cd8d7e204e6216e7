/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/common.h>
#include <tenon/config.h>
#include <tenon/format.h>

#include "grid.h"
#include "machine.h"
#include "to_json.h"
#include "tool.h"

#define USAGE \
	"Usage: tenon info [--json]\n" \
	"\n" \
	"Shows what Tenon finds on this machine: the processor, heaps and their memory, devices\n" \
	"with what the device table calls them and what they tell, the settings, and the pixel\n" \
	"formats that Tenon can lay out.\n" \
	"\n" \
	"      --json  answer in JSON\n" \
	"  -h, --help  show this text\n" \
	"\n" \
	"Exit status: 0 done, 2 the command line is wrong, 3 a failure.\n"

/* Columns of the list of formats. */
#define FORMAT_COLUMNS 5

struct info {
	struct tool tool;
	struct tenon_heap_info *heaps;
	size_t heaps_len;
	struct tenon_machine *machine;
};

static void info_finish(struct info *info)
{
	free(info->heaps);
	tenon_machine_destroy(info->machine);
	tool_close(&info->tool);
}

static enum tool_status info_init(struct info *info)
{
	enum tool_status status = tool_open(&info->tool, true);
	int ret;

	if (status != TOOL_OK) {
		return status;
	}
	ret = tenon_context_dup_heap_infos(info->tool.context, &info->heaps, &info->heaps_len);
	if (ret < 0) {
		return tool_fail(TOOL_FAILED, "cannot ask the heaps: %s", strerror(-ret));
	}
	ret = tenon_machine_create(&info->machine);
	return ret == 0 ? TOOL_OK
			: tool_fail(TOOL_FAILED, "cannot list the devices: %s", strerror(-ret));
}

static const char *cache_word(uint32_t cache)
{
	switch (cache) {
	case TENON_CACHE_CACHED:
		return "cached";
	case TENON_CACHE_UNCACHED:
		return "uncached";
	case TENON_CACHE_CACHED | TENON_CACHE_UNCACHED:
		return "any";
	default:
		return "unknown";
	}
}

/* "1.2 GiB", or nothing when it is not known. */
static void print_amount(char *out, size_t size, uint64_t bytes)
{
	out[0] = '\0';
	if (bytes != UINT64_MAX) {
		tool_print_bytes(out, size, bytes);
	}
}

static void print_heaps(const struct info *info)
{
	static const char *const heading[] = {
		"heap", "state", "contiguous", "cpu mapping", "free", "of", "scarcity", "reason"};
	struct grid grid = {.columns = 8, .right = {[4] = true, [5] = true, [6] = true}};

	puts("Heaps:");
	grid_add(&grid, heading);
	for (size_t i = 0; i < info->heaps_len; i++) {
		const struct tenon_heap_info *heap = &info->heaps[i];
		bool there = heap->availability == TENON_AVAILABLE ||
			     heap->availability == TENON_EXHAUSTED;
		char free_text[32], total[32], scarcity[16];

		print_amount(free_text, sizeof(free_text), heap->free_bytes);
		print_amount(total, sizeof(total), heap->total_bytes);
		snprintf(scarcity, sizeof(scarcity), "%" PRIu32, heap->scarcity);
		grid_add(&grid,
			(const char *[]){heap->name, tool_availability_word(heap->availability),
				there ? tool_contiguity_word(heap->contiguity) : NULL,
				there ? cache_word(heap->cache) : NULL, there ? free_text : NULL,
				there ? total : NULL, there ? scarcity : NULL, heap->reason});
	}
	grid_print(&grid, 2);
}

static void print_formats(void)
{
	struct grid grid = {.columns = FORMAT_COLUMNS};
	const char *cells[FORMAT_COLUMNS] = {NULL};
	const struct tenon_format *format;
	size_t i = 0;

	puts("\nFormats:");
	for (; (format = tenon_format_list(i)) != NULL; i++) {
		cells[i % FORMAT_COLUMNS] = tenon_format_get_name(format);
		if (i % FORMAT_COLUMNS == FORMAT_COLUMNS - 1) {
			grid_add(&grid, cells);
			memset(cells, 0, sizeof(cells));
		}
	}
	if (i % FORMAT_COLUMNS != 0) {
		grid_add(&grid, cells);
	}
	grid_print(&grid, 2);
}

static void print_info(const struct info *info)
{
	const char *path = tenon_config_get_path(tenon_context_get_config(info->tool.context));

	printf("Tenon %s\n", tenon_version());
	printf("Settings: %s\n", path != NULL ? path : "none, all defaults");
	printf("Device table: %zu devices\n", tenon_device_table_get_len(info->tool.table));
	machine_print_cpu();
	putchar('\n');
	print_heaps(info);
	machine_print_devices(info->machine, &info->tool);
	print_formats();
}

static json_object *make_amount(uint64_t bytes)
{
	return bytes != UINT64_MAX ? json_object_new_uint64(bytes) : NULL;
}

static json_object *make_heap(const struct tenon_heap_info *heap)
{
	json_object *object = json_object_new_object();

	json_add_text(object, "name", heap->name);
	json_add_text(object, "availability", tool_availability_word(heap->availability));
	json_add_text(object, "reason", heap->reason[0] != '\0' ? heap->reason : NULL);
	json_add_text(object, "contiguity", tool_contiguity_word(heap->contiguity));
	json_add_text(object, "cache", cache_word(heap->cache));
	json_object_object_add(object, "free_bytes", make_amount(heap->free_bytes));
	json_object_object_add(object, "total_bytes", make_amount(heap->total_bytes));
	json_add_number(object, "scarcity", heap->scarcity);
	json_add_bool(object, "dmabuf", heap->dmabuf);
	json_add_bool(object, "mappable", heap->mappable);
	return object;
}

static void print_json(const struct info *info)
{
	const char *path = tenon_config_get_path(tenon_context_get_config(info->tool.context));
	json_object *root = json_object_new_object(), *heaps = json_object_new_array(),
		    *formats = json_object_new_array();
	const struct tenon_format *format;

	json_add_text(root, "version", tenon_version());
	json_add_text(root, "settings", path);
	json_add_number(root, "table_devices", tenon_device_table_get_len(info->tool.table));
	json_object_object_add(root, "cpu", machine_make_cpu());
	for (size_t i = 0; i < info->heaps_len; i++) {
		json_object_array_add(heaps, make_heap(&info->heaps[i]));
	}
	json_object_object_add(root, "heaps", heaps);
	json_object_object_add(root, "devices", machine_make_devices(info->machine, &info->tool));
	for (size_t i = 0; (format = tenon_format_list(i)) != NULL; i++) {
		json_object_array_add(formats, json_text(tenon_format_get_name(format)));
	}
	json_object_object_add(root, "formats", formats);
	json_print(root);
}

static enum tool_status run_info(int argc, char **argv)
{
	struct info info = {.heaps = NULL};
	enum tool_status status;
	bool json = false;

	if (!tool_parse_json(&tool_info, argc, argv, &json, &status)) {
		return status;
	}
	if (optind < argc) {
		return tool_fail_usage(&tool_info, "\"%s\" is too much", argv[optind]);
	}
	status = info_init(&info);
	if (status == TOOL_OK) {
		(json ? print_json : print_info)(&info);
	}
	info_finish(&info);
	return status;
}

const struct tool_command tool_info = {
	.name = "info",
	.summary = "show heaps, devices and formats of this machine",
	.usage = USAGE,
	.run = run_info,
};
