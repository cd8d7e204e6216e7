/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <tenon/config.h>
#include <tenon/format.h>

#include "grid.h"
#include "to_json.h"
#include "limits.h"
#include "solve.h"
#include "spec.h"
#include "tool.h"

#define USAGE \
	"Usage: tenon devices [--json] [DEVICE]\n" \
	"\n" \
	"Lists the device table, or shows what it knows of one device: what a buffer must be " \
	"like for\n" \
	"it, and where that was found.\n" \
	"\n" \
	"      --json  answer in JSON\n" \
	"  -h, --help  show this text\n" \
	"\n" \
	"Exit status: 0 done, 2 the command line is wrong or there is no such device, 3 another\n" \
	"failure.\n"

/* Formats that are shown before "and N more". */
#define FORMATS_SHOWN 12

/* Sources that get a number; a table has a handful for one device. */
#define SOURCES_MAX 64

/* What limits say of a property, "-" for nothing. */
static void print_limit(
	char *out, size_t size, const struct tenon_limits *limits, enum tenon_property property)
{
	uint32_t plane = tenon_property_is_per_plane(property) ? 0 : TENON_PLANE_ALL;

	if (tenon_limits_print_value(out, size, limits, property, plane) != 0) {
		snprintf(out, size, "-");
	}
}

/* The pitch that an alternative needs, in a word or two. */
static void print_pitch(char *out, size_t size, const struct tenon_limits *limits)
{
	char bytes[24], pixels[24], tight[24], exact[24];

	print_limit(bytes, sizeof(bytes), limits, TENON_PROP_PITCH_MULTIPLE);
	print_limit(pixels, sizeof(pixels), limits, TENON_PROP_PITCH_MULTIPLE_PIXELS);
	print_limit(tight, sizeof(tight), limits, TENON_PROP_PITCH_TIGHT);
	print_limit(exact, sizeof(exact), limits, TENON_PROP_PITCH_EXACT);
	if (strcmp(tight, "yes") == 0) {
		snprintf(out, size, "tight");
	} else if (strcmp(exact, "-") != 0) {
		snprintf(out, size, "exactly %s", exact);
	} else if (strcmp(bytes, "-") != 0 && strcmp(bytes, "1") != 0) {
		snprintf(out, size, "%s", bytes);
	} else if (strcmp(pixels, "-") != 0) {
		snprintf(out, size, "%s px", pixels);
	} else {
		snprintf(out, size, "any");
	}
}

/* The pitches that all alternatives need: "16 / 256". */
static void print_pitches(char *out, size_t size, const struct tenon_offer *offer)
{
	const struct tenon_limits *limits;
	char pitch[64], before[64] = "";
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; tenon_offer_get_alternative(offer, i, NULL, NULL, NULL, &limits) == 0;
		i++) {
		print_pitch(pitch, sizeof(pitch), limits);
		if (strcmp(pitch, before) != 0 && len < size) {
			len += (size_t)snprintf(
				out + len, size - len, "%s%s", i > 0 ? " / " : "", pitch);
		}
		snprintf(before, sizeof(before), "%s", pitch);
	}
}

static void print_contiguous(char *out, size_t size, const struct tenon_device_entry *entry)
{
	const struct tenon_limits *limits;

	snprintf(out, size, "-");
	if (tenon_offer_get_alternative(
		    tenon_device_entry_get_offer(entry), 0, NULL, NULL, NULL, &limits) == 0) {
		print_limit(out, size, limits, TENON_PROP_SEGMENTS_MAX);
	}
	if (strcmp(out, "-") == 0) {
		snprintf(out, size, "no");
	} else if (strcmp(out, "1") == 0) {
		snprintf(out, size, "%s",
			tenon_device_entry_is_lifted_by_iommu(entry, TENON_PROP_SEGMENTS_MAX)
				? "without IOMMU"
				: "yes");
	}
}

static void list(const struct tenon_device_table *table)
{
	static const char *const heading[] = {
		"device", "bus", "roles", "pitch", "contiguous", "description"};
	struct grid grid = {.columns = 6};
	const struct tenon_device_entry *entry;

	grid_add(&grid, heading);
	for (size_t i = 0; (entry = tenon_device_table_get(table, i)) != NULL; i++) {
		struct tenon_offer *offer = tenon_device_entry_get_offer(entry);
		char roles[80], pitch[96], contiguous[80];

		tool_print_roles(roles, sizeof(roles), tenon_offer_get_roles(offer), " ");
		print_pitches(pitch, sizeof(pitch), offer);
		print_contiguous(contiguous, sizeof(contiguous), entry);
		grid_add(&grid, (const char *[]){tenon_device_entry_get_name(entry),
					tenon_device_entry_get_bus(entry), roles, pitch, contiguous,
					tenon_device_entry_get_description(entry)});
	}
	grid_print(&grid, 0);
}

static void print_formats(const struct tenon_format_modifier *pairs, size_t len)
{
	char format[32], modifier[32];

	fputs("  formats   ", stdout);
	for (size_t i = 0; i < len && i < FORMATS_SHOWN; i++) {
		if (pairs[i].format == TENON_FORMAT_ANY) {
			snprintf(format, sizeof(format), "any");
		} else {
			solve_print_format(format, sizeof(format), pairs[i].format);
		}
		solve_print_modifier(modifier, sizeof(modifier), pairs[i].modifier);
		printf(" %s", format);
		if (strcmp(modifier, "LINEAR") != 0) {
			printf(":%s", modifier);
		}
	}
	if (len > FORMATS_SHOWN) {
		printf(" and %zu more", len - FORMATS_SHOWN);
	}
	putchar('\n');
}

/* The sources of an entry's values, numbered as they come. */
struct sources {
	const char *texts[SOURCES_MAX]; /* borrowed */
	size_t len;
};

/* The number of a source, from 1; 0 when there are too many. */
static size_t number_source(struct sources *sources, const char *source)
{
	for (size_t i = 0; i < sources->len; i++) {
		if (strcmp(sources->texts[i], source) == 0) {
			return i + 1;
		}
	}
	if (sources->len == SOURCES_MAX) {
		return 0;
	}
	sources->texts[sources->len++] = source;
	return sources->len;
}

static void print_limits(const struct tenon_device_entry *entry, const struct tenon_limits *limits,
	struct sources *sources)
{
	struct limits_row row = {.plane = TENON_PLANE_ALL};
	struct grid grid = {.columns = 4};

	grid_add(&grid, (const char *[]){"limit", "value", "source", ""});
	while (limits_next(limits, &row)) {
		const char *source = tenon_limits_get_source(limits, row.property);
		const char *name = tenon_property_get_name(row.property);
		char title[80], number[24] = "";

		snprintf(title, sizeof(title), "%s", name);
		if (row.plane != TENON_PLANE_ALL) {
			snprintf(title, sizeof(title), "%s[%u]", name, row.plane);
		}
		if (row.known && source != NULL) {
			snprintf(number, sizeof(number), "[%zu]", number_source(sources, source));
		}
		grid_add(&grid, (const char *[]){title, row.value, number,
					tenon_device_entry_is_lifted_by_iommu(entry, row.property)
						? "not behind an IOMMU"
						: NULL});
	}
	grid_print(&grid, 2);
}

static void print_sources(const struct sources *sources)
{
	struct grid grid = {.columns = 2, .no_heading = true};
	char number[24];

	for (size_t i = 0; i < sources->len; i++) {
		snprintf(number, sizeof(number), "[%zu]", i + 1);
		grid_add(&grid, (const char *[]){number, sources->texts[i]});
	}
	if (sources->len > 0) {
		putchar('\n');
	}
	grid_print(&grid, 2);
}

static void print_alternatives(const struct tenon_device_entry *entry)
{
	struct tenon_offer *offer = tenon_device_entry_get_offer(entry);
	const struct tenon_format_modifier *pairs;
	struct sources sources = {.len = 0};
	const struct tenon_limits *limits;
	char text[80];
	size_t len;
	uint32_t roles;

	for (size_t i = 0;
		tenon_offer_get_alternative(offer, i, &roles, &pairs, &len, &limits) == 0; i++) {
		tool_print_roles(text, sizeof(text), roles, " ");
		printf("\n  roles      %s\n", text);
		print_formats(pairs, len);
		putchar('\n');
		print_limits(entry, limits, &sources);
	}
	print_sources(&sources);
}

/* Text of any length, in lines of the terminal's width. */
static void print_paragraph(const char *text)
{
	struct grid grid = {.columns = 1, .no_heading = true};

	grid_add(&grid, &text);
	grid_print(&grid, 2);
}

static void show(const struct tenon_device_entry *entry)
{
	const char *driver = tenon_device_entry_get_driver(entry);
	const char *note = tenon_device_entry_get_note(entry);

	printf("%s: %s\n", tenon_device_entry_get_name(entry),
		tenon_device_entry_get_description(entry));
	printf("  bus        %s\n", tenon_device_entry_get_bus(entry));
	if (strcmp(driver, tenon_device_entry_get_name(entry)) != 0) {
		printf("  driver     %s\n", driver);
	}
	printf("  from       %s\n", tenon_device_entry_get_origin(entry));
	print_alternatives(entry);
	if (note[0] != '\0') {
		putchar('\n');
		print_paragraph(note);
	}
}

static json_object *make_alternatives(const struct tenon_offer *offer)
{
	json_object *array = json_object_new_array();
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	uint32_t roles;
	size_t len;

	for (size_t i = 0;
		tenon_offer_get_alternative(offer, i, &roles, &pairs, &len, &limits) == 0; i++) {
		json_object *object = json_object_new_object();

		json_object_object_add(object, "roles", limits_json_roles(roles));
		json_object_object_add(object, "pairs", limits_json_pairs(pairs, len));
		json_object_object_add(object, "limits", limits_json(limits, NULL, NULL));
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *make_lifted(const struct tenon_device_entry *entry)
{
	json_object *array = json_object_new_array();

	for (unsigned p = 0; p < 128; p++) {
		if (tenon_device_entry_is_lifted_by_iommu(entry, p)) {
			json_object_array_add(array, json_text(tenon_property_get_name(p)));
		}
	}
	return array;
}

static json_object *make_entry(const struct tenon_device_entry *entry)
{
	struct tenon_offer *offer = tenon_device_entry_get_offer(entry);
	json_object *object = json_object_new_object();

	json_add_text(object, "name", tenon_device_entry_get_name(entry));
	json_add_text(object, "driver", tenon_device_entry_get_driver(entry));
	json_add_text(object, "bus", tenon_device_entry_get_bus(entry));
	json_add_text(object, "description", tenon_device_entry_get_description(entry));
	json_add_text(object, "note", tenon_device_entry_get_note(entry));
	json_add_text(object, "origin", tenon_device_entry_get_origin(entry));
	json_object_object_add(object, "roles", limits_json_roles(tenon_offer_get_roles(offer)));
	json_object_object_add(object, "iommu_lifts", make_lifted(entry));
	return object;
}

static void list_json(const struct tenon_device_table *table)
{
	json_object *root = json_object_new_object(), *array = json_object_new_array();
	const struct tenon_device_entry *entry;

	for (size_t i = 0; (entry = tenon_device_table_get(table, i)) != NULL; i++) {
		json_object_array_add(array, make_entry(entry));
	}
	json_object_object_add(root, "devices", array);
	json_print(root);
}

static void show_json(const struct tenon_device_entry *entry)
{
	json_object *root = make_entry(entry);

	json_object_object_add(
		root, "alternatives", make_alternatives(tenon_device_entry_get_offer(entry)));
	json_print(root);
}

static enum tool_status devices(const char *name, bool json)
{
	const struct tenon_device_entry *entry = NULL;
	struct tool tool = {.context = NULL};
	enum tool_status status = tool_open(&tool, false);
	uint32_t roles = 0;

	if (status == TOOL_OK && name != NULL) {
		status = spec_find_entry(&entry, &roles, &tool, name);
	}
	if (status == TOOL_OK && roles != 0) {
		status = tool_fail(TOOL_USAGE, "%s: a device is shown with all its roles", name);
	}
	if (status == TOOL_OK && name != NULL) {
		(json ? show_json : show)(entry);
	} else if (status == TOOL_OK) {
		(json ? list_json : list)(tool.table);
	}
	tool_close(&tool);
	return status;
}

static enum tool_status run_devices(int argc, char **argv)
{
	enum tool_status status;
	bool json = false;

	if (!tool_parse_json(&tool_devices, argc, argv, &json, &status)) {
		return status;
	}
	if (argc - optind > 1) {
		return tool_fail_usage(&tool_devices, "one device only");
	}
	return devices(argv[optind], json);
}

const struct tool_command tool_devices = {
	.name = "devices",
	.summary = "show the device table",
	.usage = USAGE,
	.run = run_devices,
};
