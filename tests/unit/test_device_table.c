/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tenon/device.h>

#include "device/table.h"

#include "harness.h"
#include "oom.h"
#include "own_table.h"

TEST(table_is_the_same_when_written_and_read)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_device_table *table = load_table(), *again = NULL;
	char *text = NULL, *text_again = NULL;

	assert_int_equal(tenon_device_table_to_text(&text, table), 0);
	assert_int_equal(tenon_device_table_create(&again), 0);
	if (tenon_device_table_add_text(again, text, strlen(text), NULL, &error) != 0) {
		fail_msg("%s", error.text);
	}
	assert_int_equal(tenon_device_table_get_len(again), tenon_device_table_get_len(table));
	assert_int_equal(tenon_device_table_to_text(&text_again, again), 0);
	assert_string_equal(text, text_again);
	free(text);
	free(text_again);
	tenon_device_table_destroy(table);
	tenon_device_table_destroy(again);
}

#define CAR \
	"[device car]\ndriver = engine\nbus = road\ndescription = a car\nnote = it is red\n" \
	"iommu-lifts = segments-max\ncoherent = yes\ndev = 1:2\n" \
	"[alternative]\nroles = any\nformats = any\nsegments-max = 1\nsize-align = 4096\n" \
	"size-align.source = there\nheap = cma\npitch-multiple[1] = unknown\n"

static struct tenon_device_table *make_table(const char *text)
{
	struct tenon_device_table *table = NULL;

	assert_int_equal(tenon_device_table_create(&table), 0);
	assert_int_equal(tenon_device_table_add_text(table, text, strlen(text), "T", NULL), 0);
	return table;
}

TEST(entry_getters)
{
	struct tenon_device_table *table = make_table(CAR);
	const struct tenon_device_entry *entry = tenon_device_table_find(table, "car");

	assert_string_equal(tenon_device_entry_get_name(entry), "car");
	assert_string_equal(tenon_device_entry_get_driver(entry), "engine");
	assert_string_equal(tenon_device_entry_get_bus(entry), "road");
	assert_string_equal(tenon_device_entry_get_description(entry), "a car");
	assert_string_equal(tenon_device_entry_get_note(entry), "it is red");
	assert_string_equal(tenon_device_entry_get_origin(entry), "T");
	assert_true(tenon_device_entry_is_lifted_by_iommu(entry, TENON_PROP_SEGMENTS_MAX));
	assert_false(tenon_device_entry_is_lifted_by_iommu(entry, TENON_PROP_ADDRESS_MAX));
	assert_null(tenon_device_table_get(table, 1));
	assert_null(tenon_device_table_find(table, "engine"));
	assert_ptr_equal(tenon_device_table_find_driver(table, "road", "engine"), entry);
	assert_ptr_equal(tenon_device_table_find_driver(table, NULL, "engine"), entry);
	assert_null(tenon_device_table_find_driver(table, "rail", "engine"));
	assert_null(tenon_device_table_find_driver(table, "road", "car"));
	tenon_device_table_destroy(table);
	tenon_device_table_destroy(NULL);
}

TEST(table_prefers_the_entry_of_the_drivers_own_name)
{
	struct tenon_device_table *table =
		make_table("[device a]\ndriver = z\n[alternative]\nroles=any\nformats=any\n"
			   "[device z]\n[alternative]\nroles=any\nformats=any\n");

	assert_ptr_equal(tenon_device_table_find_driver(table, NULL, "z"),
		tenon_device_table_find(table, "z"));
	tenon_device_table_destroy(table);
}

TEST(entry_offer_behind_an_iommu)
{
	struct tenon_device_table *table = make_table(CAR);
	const struct tenon_device_entry *entry = tenon_device_table_find(table, "car");
	struct tenon_offer *plain = NULL, *lifted = NULL, *named = NULL;
	const struct tenon_limits *limits;
	uint64_t value = 0;

	assert_int_equal(tenon_device_entry_create_offer(&plain, entry, NULL, TENON_IOMMU_NONE), 0);
	assert_ptr_equal(plain, tenon_device_entry_get_offer(entry));

	assert_int_equal(
		tenon_device_entry_create_offer(&lifted, entry, NULL, TENON_IOMMU_TRANSLATES), 0);
	assert_string_equal(tenon_offer_get_device(lifted), "car");
	assert_int_equal(tenon_offer_get_coherent(lifted), TENON_YES);
	assert_int_equal(tenon_offer_get_dev(lifted), tenon_offer_get_dev(plain));
	tenon_offer_get_alternative(lifted, 0, NULL, NULL, NULL, &limits);
	assert_int_equal(tenon_limits_get(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, &value),
		-ENOENT);
	assert_int_equal(
		tenon_limits_get(limits, TENON_PROP_SIZE_ALIGN, TENON_PLANE_ALL, &value), 0);
	assert_int_equal(value, 4096);
	assert_string_equal(tenon_limits_get_source(limits, TENON_PROP_SIZE_ALIGN), "there");
	assert_string_equal(tenon_limits_get_heaps(limits, TENON_PROP_HEAP)[0], "cma");
	assert_int_equal(tenon_limits_get(limits, TENON_PROP_PITCH_MULTIPLE, 1, &value), -ENODATA);
	assert_int_equal(tenon_limits_get(limits, TENON_PROP_PITCH_MULTIPLE, 0, &value), -ENOENT);

	assert_int_equal(
		tenon_device_entry_create_offer(&named, entry, "card0", TENON_IOMMU_UNKNOWN), 0);
	assert_string_equal(tenon_offer_get_device(named), "card0");
	tenon_offer_get_alternative(named, 0, NULL, NULL, NULL, &limits);
	assert_int_equal(
		tenon_limits_get(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, &value), 0);
	assert_int_equal(
		tenon_device_entry_create_offer(&named, entry, "", TENON_IOMMU_UNKNOWN), -EINVAL);

	tenon_offer_unref(plain);
	tenon_offer_unref(lifted);
	tenon_offer_unref(named);
	tenon_device_table_destroy(table);
}

TEST(table_later_texts_replace_earlier_entries)
{
	static const char *const text = "[device car]\nbus = new\n[alternative]\nroles = cpu\n"
					"formats = any\n"
					"[device abc]\n[alternative]\nroles = cpu\nformats = any\n";
	struct tenon_device_table *table = make_table(CAR);

	assert_int_equal(tenon_device_table_add_text(table, text, strlen(text), "U", NULL), 0);
	assert_int_equal(tenon_device_table_get_len(table), 2);
	assert_string_equal(tenon_device_entry_get_name(tenon_device_table_get(table, 0)), "abc");
	assert_string_equal(
		tenon_device_entry_get_bus(tenon_device_table_find(table, "car")), "new");
	assert_string_equal(
		tenon_device_entry_get_origin(tenon_device_table_find(table, "car")), "U");
	tenon_device_table_destroy(table);
}

TEST(table_stays_as_it_was_when_a_text_is_malformed)
{
	static const char *const text = "[device car]\n[alternative]\nroles = cpu\nformats = any\n"
					"[device van]\n";
	struct tenon_device_table *table = make_table(CAR);

	assert_int_equal(
		tenon_device_table_add_text(table, text, strlen(text), NULL, NULL), -EBADMSG);
	assert_int_equal(tenon_device_table_get_len(table), 1);
	assert_string_equal(
		tenon_device_entry_get_bus(tenon_device_table_find(table, "car")), "road");
	tenon_device_table_destroy(table);
}

TEST(table_suggests_names)
{
	static const char *const pairs[][2] = {
		{"mxsfb-dmr", "mxsfb-drm"},
		{"mxsfb", "mxsfb-drm"},
		{"venus", "qcom-venus"},
		{"AMDGPU", "amdgpu"},
		{"amdpgu", "amdgpu"},
		{"vc5", "vc4"},
		{"i916", "i915"},
		{"zzzzzz", NULL},
		{"", NULL},
		{"a", NULL},
	};
	struct tenon_device_table *table = load_table();
	char *name = malloc(100000);

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *suggested = tenon_device_table_suggest(table, pairs[i][0]);

		if (pairs[i][1] == NULL) {
			assert_null(suggested);
		} else {
			assert_non_null(suggested);
			assert_string_equal(suggested, pairs[i][1]);
		}
	}
	assert_non_null(name);
	memset(name, 'v', 99999);
	name[99999] = '\0';
	assert_null(tenon_device_table_suggest(table, name));
	free(name);
	tenon_device_table_destroy(table);
}

/* --- files --- */

static void write_file(const char *path, const char *bus)
{
	FILE *stream = fopen(path, "we");

	assert_non_null(stream);
	fprintf(stream, "[device car]\nbus = %s\n[alternative]\nroles=any\nformats=any\n", bus);
	assert_int_equal(fclose(stream), 0);
}

static const char *bus_of_car(const struct tenon_device_table *table)
{
	const struct tenon_device_entry *entry = tenon_device_table_find(table, "car");

	return entry != NULL ? tenon_device_entry_get_bus(entry) : "none";
}

TEST(table_reads_a_directory_in_byte_order)
{
	char folder[] = "/tmp/tenon-table-XXXXXX", path[4][64];
	static const char *const names[] = {"a.ini", "b.ini", "c.txt", ".d.ini"};
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_device_table *table = NULL;

	assert_non_null(mkdtemp(folder));
	for (int i = 3; i >= 0; i--) {
		snprintf(path[i], sizeof(path[i]), "%s/%s", folder, names[i]);
		write_file(path[i], names[i]);
	}
	/* a hidden file is none of them, whatever it holds */
	assert_int_equal(truncate(path[3], 5), 0);
	assert_int_equal(tenon_device_table_create(&table), 0);
	assert_int_equal(_tenon_device_table_add_directory(table, folder, NULL), 0);
	assert_string_equal(bus_of_car(table), "b.ini");
	assert_int_equal(_tenon_device_table_add_directory(table, "/nowhere", &error), 0);
	assert_int_equal(_tenon_device_table_add_directory(table, "/dev/null", &error), -ENOTDIR);
	assert_string_equal(
		error.text, "/dev/null: expected a file that can be read: Not a directory");
	tenon_device_table_destroy(table);
	for (int i = 0; i < 4; i++) {
		unlink(path[i]);
	}
	rmdir(folder);
}

TEST(table_loads_own_then_settings_then_environment)
{
	char folder[] = "/tmp/tenon-table-XXXXXX", a[64], b[64], text[128];
	struct tenon_device_table *table = NULL;
	struct tenon_config *config = NULL;

	assert_non_null(mkdtemp(folder));
	snprintf(a, sizeof(a), "%s/a.ini", folder);
	snprintf(b, sizeof(b), "%s/b.ini", folder);
	write_file(a, "settings");
	write_file(b, "environment");
	snprintf(text, sizeof(text), "[devices]\ntables = %s\n", a);
	assert_int_equal(tenon_config_from_text(&config, text, strlen(text), NULL, NULL), 0);

	unsetenv("TENON_DEVICE_TABLE");
	assert_int_equal(tenon_device_table_load(&table, NULL, NULL), 0);
	assert_string_equal(bus_of_car(table), "none");
	assert_non_null(tenon_device_table_find(table, "mxsfb-drm"));
	tenon_device_table_destroy(table);

	assert_int_equal(tenon_device_table_load(&table, config, NULL), 0);
	assert_string_equal(bus_of_car(table), "settings");
	tenon_device_table_destroy(table);

	snprintf(text, sizeof(text), ":%s::", b);
	setenv("TENON_DEVICE_TABLE", text, 1);
	assert_int_equal(tenon_device_table_load(&table, config, NULL), 0);
	assert_string_equal(bus_of_car(table), "environment");
	assert_non_null(tenon_device_table_find(table, "mxsfb-drm"));
	tenon_device_table_destroy(table);

	setenv("TENON_DEVICE_TABLE", "/nowhere/x.ini", 1);
	table = NULL;
	assert_int_equal(tenon_device_table_load(&table, NULL, NULL), -ENOENT);
	assert_null(table);
	tenon_config_destroy(config);
	unlink(a);
	unlink(b);
	rmdir(folder);
}

TEST(table_within_the_library_is_the_file)
{
	FILE *stream = fopen(INI_PATH, "re");
	char *data = malloc(_tenon_devices_ini_len + 1);

	assert_non_null(stream);
	assert_non_null(data);
	assert_int_equal(
		fread(data, 1, _tenon_devices_ini_len + 1, stream), _tenon_devices_ini_len);
	assert_memory_equal(data, _tenon_devices_ini, _tenon_devices_ini_len);
	free(data);
	fclose(stream);
}

static int use(void *data)
{
	struct tenon_device_table *table = NULL;
	struct tenon_offer *offer = NULL;
	char *text = NULL;
	int ret = tenon_device_table_create(&table);

	if (ret == 0) {
		ret = tenon_device_table_add_text(table, CAR, strlen(CAR), "T", NULL);
	}
	if (ret == 0) {
		ret = tenon_device_entry_create_offer(
			&offer, tenon_device_table_get(table, 0), "card0", TENON_IOMMU_TRANSLATES);
	}
	if (ret == 0) {
		ret = tenon_device_table_to_text(&text, table);
	}
	free(text);
	tenon_offer_unref(offer);
	tenon_device_table_destroy(table);
	return ret;
}

TEST(table_out_of_memory)
{
	oom_run(use, NULL);
}
