/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/context.h>
#include <tenon/device.h>

#include "harness.h"
#include "oom.h"

#define DEVICE(name, roles) "[device " name "]\n[alternative]\nroles = " roles "\nformats = any\n"

static const char table_text[] =
	DEVICE("cpu", "cpu") DEVICE("vc4", "scanout cursor") DEVICE("a:b", "render encode")
		DEVICE("a", "decode") DEVICE("two words", "capture") DEVICE("vc4-v2", "render");

static struct tenon_device_table *make_table(void)
{
	static const char variant[] = "[device imx-variant]\ndriver = imx\n[alternative]\n"
				      "roles = scanout\nformats = any\n";
	struct tenon_device_table *table = NULL;

	assert_int_equal(tenon_device_table_create(&table), 0);
	assert_int_equal(
		tenon_device_table_add_text(table, table_text, strlen(table_text), NULL, NULL), 0);
	assert_int_equal(
		tenon_device_table_add_text(table, variant, strlen(variant), NULL, NULL), 0);
	return table;
}

TEST(device_with_and_without_roles)
{
	static const struct {
		const char *text, *name;
		uint32_t roles;
	} cases[] = {
		{"cpu", "cpu", 0},
		{"cpu:cpu", "cpu", TENON_ROLE_CPU},
		{"vc4:scanout+cursor", "vc4", TENON_ROLE_SCANOUT | TENON_ROLE_CURSOR},
		{"vc4:any", "vc4", 0},
		{"a", "a", 0},
		{"a:b", "a:b", 0},
		{"a:b:render", "a:b", TENON_ROLE_RENDER},
		{"a:decode", "a", TENON_ROLE_DECODE},
		{"two words:capture", "two words", TENON_ROLE_CAPTURE},
		{"imx", "imx-variant", 0},
		{"imx:scanout", "imx-variant", TENON_ROLE_SCANOUT},
	};
	struct tenon_device_table *table = make_table();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tenon_text_error error = {.size = sizeof(error)};
		const struct tenon_device_entry *entry = NULL;
		uint32_t roles = UINT32_MAX;

		if (tenon_device_table_parse_device(table, cases[i].text, &entry, &roles, &error) !=
			0) {
			fail_msg("%s: %s", cases[i].text, error.text);
		}
		assert_string_equal(tenon_device_entry_get_name(entry), cases[i].name);
		assert_int_equal(roles, cases[i].roles);
	}
	tenon_device_table_destroy(table);
}

TEST(what_is_wrong_is_said)
{
	static const struct {
		const char *text;
		int ret;
		const char *key, *message;
	} cases[] = {
		{"vc5", -ENOENT, "vc5",
			"there is no device \"vc5\" in the device table; did you mean \"vc4\"?"},
		{"zzzzzz:render", -ENOENT, "zzzzzz",
			"there is no device \"zzzzzz\" in the device table; \"tenon devices\" "
			"lists them"},
		{"vc4:scannout", -EINVAL, "scannout",
			"there is no role \"scannout\"; did you mean \"scanout\"?"},
		{"vc4:", -EINVAL, "",
			"there is no role \"\"; roles are render, scanout, cursor, encode, decode, "
			"capture, cpu and any"},
		{"vc4:scanout+", -EINVAL, "",
			"there is no role \"\"; roles are render, scanout, cursor, encode, decode, "
			"capture, cpu and any"},
		{"vc4:cpu+render+cursor", -EINVAL, "render, cpu",
			"vc4 cannot do: render, cpu; it can do: scanout, cursor"},
		{"", -EINVAL, "", "a device's name is missing"},
		{":cpu", -EINVAL, "", "a device's name is missing"},
		{"\x1b[2J-long-enough-to-be-like-nothing", -ENOENT,
			"?[2J-long-enough-to-be-like-nothing",
			"there is no device \"?[2J-long-enough-to-be-like-nothing\" in the device "
			"table; \"tenon devices\" lists them"},
	};
	struct tenon_device_table *table = make_table();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tenon_text_error error = {.size = sizeof(error), .line = 7, .file = "old"};
		const struct tenon_device_entry *entry = NULL;
		uint32_t roles = UINT32_MAX;

		assert_int_equal(tenon_device_table_parse_device(
					 table, cases[i].text, &entry, &roles, &error),
			cases[i].ret);
		assert_string_equal(error.text, cases[i].message);
		assert_string_equal(error.key, cases[i].key);
		assert_int_equal(error.line, 0);
		assert_string_equal(error.file, "");
		assert_null(entry);
		assert_int_equal(roles, UINT32_MAX);
		assert_int_equal(
			tenon_device_table_parse_device(table, cases[i].text, &entry, &roles, NULL),
			cases[i].ret);
	}
	tenon_device_table_destroy(table);
}

TEST(very_long_words_are_cut)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_device_table *table = make_table();
	const struct tenon_device_entry *entry = NULL;
	char text[5000];
	uint32_t roles;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(
		tenon_device_table_parse_device(table, text, &entry, &roles, &error), -ENOENT);
	assert_true(strlen(error.text) < 200);
	memcpy(text, "cpu:", 4);
	assert_int_equal(
		tenon_device_table_parse_device(table, text, &entry, &roles, &error), -EINVAL);
	assert_non_null(strstr(error.text, "..."));
	tenon_device_table_destroy(table);
}

TEST(list_of_devices)
{
	struct tenon_device_table *table = make_table();
	struct tenon_participant found[3] = {{NULL, 0}};
	size_t len = 9;

	assert_int_equal(tenon_device_table_parse_devices(table, "", found, 3, &len, NULL), 0);
	assert_int_equal(len, 0);
	assert_int_equal(
		tenon_device_table_parse_devices(table, " ,\t\n,", found, 0, &len, NULL), 0);
	assert_int_equal(len, 0);
	assert_int_equal(tenon_device_table_parse_devices(
				 table, ", vc4:scanout,cpu\ta:b:encode ", found, 3, &len, NULL),
		0);
	assert_int_equal(len, 3);
	assert_string_equal(tenon_offer_get_device(found[0].offer), "vc4");
	assert_int_equal(found[0].roles, TENON_ROLE_SCANOUT);
	assert_string_equal(tenon_offer_get_device(found[1].offer), "cpu");
	assert_int_equal(found[1].roles, 0);
	assert_string_equal(tenon_offer_get_device(found[2].offer), "a:b");
	assert_int_equal(found[2].roles, TENON_ROLE_ENCODE);
	/* The offers are ours: the table may go. */
	tenon_device_table_destroy(table);
	assert_string_equal(tenon_offer_get_device(found[2].offer), "a:b");
	for (size_t i = 0; i < len; i++) {
		tenon_offer_unref(found[i].offer);
	}
}

TEST(list_that_is_wrong_leaves_nothing)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_device_table *table = make_table();
	struct tenon_participant found[2] = {{NULL, 0}};
	size_t len = 9;

	assert_int_equal(
		tenon_device_table_parse_devices(table, "vc4 cpu a", found, 2, &len, &error),
		-E2BIG);
	assert_string_equal(error.text, "there are more than 2 devices");
	assert_int_equal(
		tenon_device_table_parse_devices(table, "vc4,cpu:paint", found, 2, &len, &error),
		-EINVAL);
	assert_int_equal(tenon_device_table_parse_devices(table, "vc4,vc5", found, 2, &len, &error),
		-ENOENT);
	assert_string_equal(error.key, "vc5");
	assert_int_equal(len, 9);
	assert_null(found[0].offer);
	assert_null(found[1].offer);
	tenon_device_table_destroy(table);
}

static int parse_list(void *data)
{
	struct tenon_participant found[2];
	size_t len = 0;
	int ret = tenon_device_table_parse_devices(data, "vc4:cursor cpu", found, 2, &len, NULL);

	for (size_t i = 0; i < len; i++) {
		tenon_offer_unref(found[i].offer);
	}
	return ret;
}

static int parse_one(void *data)
{
	const struct tenon_device_entry *entry;
	uint32_t roles;

	return tenon_device_table_parse_device(data, "vc4:cursor", &entry, &roles, NULL);
}

TEST(out_of_memory)
{
	struct tenon_device_table *table = make_table();

	oom_run(parse_list, table);
	oom_run(parse_one, table);
	tenon_device_table_destroy(table);
}

TEST(table_of_a_context)
{
	const struct tenon_context_options options = {
		.size = sizeof(options), .no_config = true, .no_heaps = true};
	const struct tenon_device_table *table = NULL, *again = NULL;
	struct tenon_context *context = NULL;

	assert_int_equal(tenon_context_create(&context, &options), 0);
	assert_int_equal(tenon_context_get_device_table(context, &table), 0);
	assert_non_null(tenon_device_table_find(table, "mxsfb-drm"));
	assert_int_equal(tenon_context_get_device_table(context, &again), 0);
	assert_ptr_equal(table, again);
	tenon_context_unref(context);
}
