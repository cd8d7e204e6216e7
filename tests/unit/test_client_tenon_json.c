/* SPDX-License-Identifier: MIT */
/*
 * The JSON of tenon(1), as doc/json.md describes it.
 */
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/harness.h"
#include "unit/client_run.h"

/* What a command answers with --json; the test puts it. */
static json_object *run_json(const char *args, int status)
{
	struct result result;
	json_object *root;

	client_run(&result, args);
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, status);
	root = json_tokener_parse(result.out);
	if (root == NULL) {
		fail_msg("no JSON: %s", result.out);
	}
	return root;
}

/* The member at a path like "planes.0.pitch". */
static json_object *at(json_object *object, const char *path)
{
	char copy[256], *step, *rest = copy;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((step = strsep(&rest, ".")) != NULL) {
		json_object *next = NULL;

		if (json_object_is_type(object, json_type_array)) {
			next = json_object_array_get_idx(object, strtoul(step, NULL, 10));
		} else if (!json_object_object_get_ex(object, step, &next)) {
			fail_msg("no member %s of %s", step, path);
		}
		object = next;
	}
	return object;
}

static const char *text_at(json_object *object, const char *path)
{
	json_object *member = at(object, path);

	assert_true(json_object_is_type(member, json_type_string));
	return json_object_get_string(member);
}

static uint64_t number_at(json_object *object, const char *path)
{
	json_object *member = at(object, path);

	assert_true(json_object_is_type(member, json_type_int));
	return json_object_get_uint64(member);
}

static size_t len_at(json_object *object, const char *path)
{
	json_object *member = at(object, path);

	assert_true(json_object_is_type(member, json_type_array));
	return json_object_array_length(member);
}

/* Members that an object must have and no other: "name:s planes:a heap:s?" (s text, n number,
 * b boolean, a array, o object, v anything; ? or null). */
static void assert_members(json_object *object, const char *members)
{
	static const struct {
		char letter;
		json_type type;
	} types[] = {
		{'s', json_type_string},
		{'n', json_type_int},
		{'b', json_type_boolean},
		{'a', json_type_array},
		{'o', json_type_object},
	};
	char copy[512], *member, *rest = copy;
	int count = 0;

	assert_true(json_object_is_type(object, json_type_object));
	snprintf(copy, sizeof(copy), "%s", members);
	while ((member = strsep(&rest, " ")) != NULL) {
		char *letter = strchr(member, ':');
		json_object *value = NULL;

		*letter++ = '\0';
		count++;
		if (!json_object_object_get_ex(object, member, &value)) {
			fail_msg("no member %s in %s", member, json_object_to_json_string(object));
		}
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			if (types[i].letter == letter[0] &&
				!json_object_is_type(value, types[i].type) &&
				!(letter[1] == '?' && value == NULL)) {
				fail_msg("%s is %s", member, json_object_to_json_string(value));
			}
		}
	}
	assert_int_equal(json_object_object_length(object), count);
}

#define PLAN_MEMBERS \
	"format:s modifier:s width:n height:n heap:s? next_heaps:a size:n objects:a " \
	"contiguous:b confidence:s planes:a limits:a ruled_out:a devices:a"

static void check_each(json_object *array, const char *members)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		assert_members(json_object_array_get_idx(array, i), members);
	}
}

static void check_plan_parts(json_object *plan)
{
	check_each(at(plan, "planes"), "object:n offset:n pitch:n rows:n size:n");
	check_each(at(plan, "limits"), "property:s plane:n? value:v unit:s devices:a");
	for (size_t i = 0; i < len_at(plan, "limits"); i++) {
		json_object *limit = json_object_array_get_idx(at(plan, "limits"), i);

		assert_true(len_at(limit, "devices") > 0);
		check_each(at(limit, "devices"), "name:s source:s?");
	}
	check_each(at(plan, "ruled_out"), "what:s why:s device:s?");
	check_each(at(plan, "devices"), "name:s roles:a");
}

TEST(a_plan_in_json)
{
	json_object *root =
		run_json("solve -d amdgpu:render -d cpu -f XRGB8888 -s 1366x768 --json", 0);

	assert_members(root, "result:s " PLAN_MEMBERS);
	check_plan_parts(root);
	assert_string_equal(text_at(root, "result"), "plan");
	assert_string_equal(text_at(root, "format"), "XRGB8888");
	assert_string_equal(text_at(root, "modifier"), "LINEAR");
	assert_int_equal(number_at(root, "width"), 1366);
	assert_int_equal(number_at(root, "height"), 768);
	assert_string_equal(text_at(root, "heap"), "memfd");
	assert_int_equal(number_at(root, "size"), 5632 * 768);
	assert_int_equal(number_at(root, "objects.0"), 5632 * 768);
	assert_false(json_object_get_boolean(at(root, "contiguous")));
	assert_string_equal(text_at(root, "limits.0.property"), "pitch-multiple");
	assert_string_equal(text_at(root, "limits.0.devices.0.name"), "amdgpu");
	assert_non_null(strstr(text_at(root, "limits.0.devices.0.source"), "amdgpu"));
	assert_int_equal(len_at(root, "planes"), 1);
	assert_int_equal(number_at(root, "planes.0.offset"), 0);
	assert_int_equal(number_at(root, "planes.0.pitch"), 5632);
	assert_string_equal(text_at(root, "devices.0.name"), "amdgpu");
	assert_string_equal(text_at(root, "devices.0.roles.0"), "render");
	assert_int_equal(len_at(root, "devices.1.roles"), 0);
	json_object_put(root);
}

TEST(a_plan_without_memory_in_json)
{
	json_object *root = run_json("solve -d vc4 -f NV12 -s 1000x10 --explain --json", 0);

	assert_members(root, "result:s explanation:s " PLAN_MEMBERS);
	check_plan_parts(root);
	assert_null(at(root, "heap"));
	assert_true(json_object_get_boolean(at(root, "contiguous")));
	assert_string_equal(text_at(root, "confidence"), "unknown");
	assert_int_equal(len_at(root, "planes"), 2);
	assert_int_equal(number_at(root, "planes.1.offset"), 10000);
	assert_string_equal(text_at(root, "ruled_out.0.what"), "heap memfd");
	assert_string_equal(text_at(root, "ruled_out.0.device"), "vc4");
	json_object_put(root);
}

TEST(a_conflict_in_json)
{
	json_object *root =
		run_json("solve -d mxsfb-drm -d amdgpu -f XRGB8888 -s 1366x768 --json", 1);

	assert_members(
		root, "result:s width:n height:n property:s devices:a smallest:b hint:s? text:s");
	check_each(at(root, "devices"), "name:s value:s source:s?");
	assert_string_equal(text_at(root, "result"), "conflict");
	assert_string_equal(text_at(root, "property"), "pitch-tight");
	assert_int_equal(len_at(root, "devices"), 2);
	assert_string_equal(text_at(root, "devices.0.name"), "amdgpu");
	assert_string_equal(text_at(root, "devices.0.value"), "multiple of 256");
	assert_string_equal(text_at(root, "devices.1.name"), "mxsfb-drm");
	assert_non_null(strstr(text_at(root, "devices.1.value"), "5464"));
	assert_non_null(strstr(text_at(root, "hint"), "5632"));
	json_object_put(root);
}

TEST(a_split_in_json)
{
	json_object *root = run_json(
		"solve -d amdgpu:render -d mxsfb-drm -d cpu -f XRGB8888 -s 1366x768 --split --json",
		0);

	assert_members(root, "result:s copied_bytes:n buffers:a conflict:o?");
	assert_members(at(root, "conflict"), "property:s devices:a smallest:b hint:s? text:s");
	assert_string_equal(text_at(root, "result"), "split");
	assert_int_equal(len_at(root, "buffers"), 2);
	for (int i = 0; i < 2; i++) {
		json_object *buffer = at(root, i == 0 ? "buffers.0" : "buffers.1");

		assert_members(buffer, PLAN_MEMBERS);
		check_plan_parts(buffer);
	}
	assert_int_not_equal(number_at(root, "buffers.0.planes.0.pitch"),
		number_at(root, "buffers.1.planes.0.pitch"));
	assert_int_equal(len_at(root, "buffers.0.devices") + len_at(root, "buffers.1.devices"), 3);
	assert_in_range(number_at(root, "copied_bytes"), 1366 * 768 * 4, 5632 * 768);
	json_object_put(root);

	root = run_json("solve -d amdgpu -d cpu -f XRGB8888 -s 1366x768 --split --json", 0);
	assert_int_equal(number_at(root, "copied_bytes"), 0);
	assert_int_equal(len_at(root, "buffers"), 1);
	assert_null(at(root, "conflict"));
	json_object_put(root);
}

TEST(roles_choose_alternatives)
{
	json_object *encode = run_json("solve -d amphion-vpu:encode -f NV12 -s 1000x16 --json", 0);
	json_object *decode = run_json("solve -d amphion-vpu:decode -f NV12 -s 1000x16 --json", 0);

	assert_int_equal(number_at(encode, "planes.0.pitch"), 1008);
	assert_int_equal(number_at(decode, "planes.0.pitch"), 1024);
	json_object_put(encode);
	json_object_put(decode);
}

TEST(an_iommu_lifts_contiguity)
{
	json_object *without = run_json("solve -d rockchip -f XRGB8888 -s 64x64 --json", 0);
	json_object *with = run_json("solve -d rockchip -f XRGB8888 -s 64x64 --iommu --json", 0);

	assert_true(json_object_get_boolean(at(without, "contiguous")));
	assert_null(at(without, "heap"));
	assert_false(json_object_get_boolean(at(with, "contiguous")));
	assert_string_equal(text_at(with, "heap"), "memfd");
	json_object_put(without);
	json_object_put(with);
}

TEST(the_first_format_that_fits_is_taken)
{
	json_object *root =
		run_json("solve -d qcom-venus -f XRGB8888 -f P010 -f NV12 -s 64x64 --json", 0);

	assert_string_equal(text_at(root, "format"), "P010");
	json_object_put(root);
	root = run_json("solve -d qcom-venus -s 64x64 --json", 0);
	assert_string_equal(text_at(root, "format"), "NV12");
	json_object_put(root);
}

#define ENTRY_MEMBERS "name:s driver:s bus:s description:s note:s origin:s roles:a iommu_lifts:a"

TEST(devices_in_json)
{
	json_object *root = run_json("devices --json", 0);
	size_t len = len_at(root, "devices");

	assert_members(root, "devices:a");
	assert_in_range(len, 97, 1000);
	check_each(at(root, "devices"), ENTRY_MEMBERS);
	for (size_t i = 1; i < len; i++) {
		json_object *array = at(root, "devices");

		assert_true(strcmp(text_at(json_object_array_get_idx(array, i - 1), "name"),
				    text_at(json_object_array_get_idx(array, i), "name")) < 0);
	}
	json_object_put(root);
}

TEST(one_device_in_json)
{
	json_object *root = run_json("devices mxc-jpeg~codec --json", 0), *alternative;
	bool found = false;

	assert_members(root, ENTRY_MEMBERS " alternatives:a");
	assert_string_equal(text_at(root, "name"), "mxc-jpeg");
	assert_string_equal(text_at(root, "driver"), "mxc-jpeg codec");
	assert_string_equal(text_at(root, "origin"), DEVICES_INI);
	assert_string_equal(text_at(root, "iommu_lifts.0"), "segments-max");
	alternative = at(root, "alternatives.0");
	assert_members(alternative, "roles:a pairs:a limits:a");
	check_each(at(alternative, "pairs"), "format:s modifier:s");
	check_each(at(alternative, "limits"), "property:s plane:n? value:v unit:s source:s?");
	for (size_t i = 0; i < len_at(alternative, "limits"); i++) {
		json_object *limit = json_object_array_get_idx(at(alternative, "limits"), i);

		if (strcmp(text_at(limit, "property"), "pitch-max") == 0) {
			assert_int_equal(number_at(limit, "value"), 32768);
			found = true;
		}
	}
	assert_true(found);
	json_object_put(root);
}

TEST(planes_of_a_limit_in_json)
{
	json_object *root = run_json("devices qcom-venus --json", 0);
	json_object *limits = at(root, "alternatives.0.limits");
	uint64_t rows[2] = {0};

	for (size_t i = 0; i < json_object_array_length(limits); i++) {
		json_object *limit = json_object_array_get_idx(limits, i);

		if (strcmp(text_at(limit, "property"), "height-align") == 0) {
			assert_in_range(number_at(limit, "plane"), 0, 1);
			rows[number_at(limit, "plane")] = number_at(limit, "value");
		}
		if (strcmp(text_at(limit, "property"), "own-fd") == 0) {
			assert_true(json_object_get_boolean(at(limit, "value")));
		}
		if (strcmp(text_at(limit, "property"), "pitch-max") == 0) {
			assert_string_equal(text_at(limit, "value"), "unknown");
		}
	}
	assert_int_equal(rows[0], 32);
	assert_int_equal(rows[1], 16);
	json_object_put(root);
}

TEST(info_in_json)
{
	json_object *root = run_json("info --json", 0), *heap;

	assert_members(
		root, "version:s settings:s? table_devices:n cpu:o heaps:a devices:a formats:a");
	assert_members(at(root, "cpu"), "page_size:n cache_line:n? coherent:s");
	assert_int_equal(number_at(root, "cpu.page_size"), sysconf(_SC_PAGESIZE));
	assert_int_equal(len_at(root, "heaps"), 1);
	heap = at(root, "heaps.0");
	assert_members(heap, "name:s availability:s reason:s? contiguity:s cache:s free_bytes:n? "
			     "total_bytes:n? scarcity:n dmabuf:b mappable:b");
	assert_string_equal(text_at(heap, "name"), "memfd");
	assert_string_equal(text_at(heap, "availability"), "available");
	check_each(at(root, "devices"),
		"node:s bus:s driver:s? name:s? error:s? reason:s? sysfs:s? hardware_bus:s? "
		"hardware_driver:s? iommu:s iommu_type:s? iommu_group:s? "
		"coherent:s drm:o?");
	assert_string_equal(text_at(root, "formats.0"), "XRGB8888");
	json_object_put(root);
}
