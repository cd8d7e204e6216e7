/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tenon/config.h>

#include "harness.h"
#include "oom.h"

static const char *const all_text = "[general]\n"
				    "debug = info\n"
				    "\n"
				    "[heaps]\n"
				    "directory = /tmp/my\\sheaps\n"
				    "aliases = default_cma_region=cma pool=+fast\n"
				    "use = cma memfd\n"
				    "\n"
				    "[heap system]\n"
				    "enabled = no\n"
				    "\n"
				    "[heap cma]\n"
				    "enabled = yes\n"
				    "scarcity = 7\n"
				    "address-min = 0x1000\n"
				    "address-max = 0x3fffffff\n"
				    "\n"
				    "[devices]\n"
				    "tables = /etc/a.ini /etc/b.ini\n"
				    "\n"
				    "[program weston]\n"
				    "devices = mxsfb-drm mxc-jpeg\\scodec\n"
				    "\n"
				    "[program *]\n"
				    "devices = vc4\n";

static struct tenon_config *parse(const char *text)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_config *config = NULL;

	if (tenon_config_from_text(&config, text, strlen(text), NULL, &error) != 0) {
		fail_msg("%s", error.text);
	}
	return config;
}

TEST(settings_without_a_text_are_the_defaults)
{
	struct tenon_config *config = parse("");
	uint32_t scarcity;

	assert_null(tenon_config_get_path(config));
	assert_int_equal(tenon_config_get_debug(config), 0);
	assert_string_equal(tenon_config_get_heap_directory(config), "/dev/dma_heap");
	assert_null(tenon_config_get_heap_aliases(config));
	assert_null(tenon_config_get_heap_names(config));
	assert_true(tenon_config_is_heap_enabled(config, "cma"));
	assert_int_equal(tenon_config_get_heap_scarcity(config, "cma", &scarcity), -ENOENT);
	assert_null(tenon_config_get_device_tables(config));
	assert_null(tenon_config_get_program_devices(config, "weston"));
	assert_null(tenon_config_get_program_devices(config, NULL));
	tenon_config_destroy(config);
	tenon_config_destroy(NULL);
}

TEST(settings_are_read)
{
	struct tenon_config *config = parse(all_text);
	uint64_t lowest = 0, highest = 0;
	const char *const *names;
	uint32_t scarcity = 0;

	assert_int_equal(tenon_config_get_debug(config), 2);
	assert_string_equal(tenon_config_get_heap_directory(config), "/tmp/my heaps");
	assert_string_equal(
		tenon_config_get_heap_aliases(config), "default_cma_region=cma,pool=+fast");
	assert_string_equal(tenon_config_get_heap_names(config), "cma,memfd");
	assert_false(tenon_config_is_heap_enabled(config, "system"));
	assert_true(tenon_config_is_heap_enabled(config, "cma"));
	assert_true(tenon_config_is_heap_enabled(config, "memfd"));
	assert_int_equal(tenon_config_get_heap_scarcity(config, "cma", &scarcity), 0);
	assert_int_equal(scarcity, 7);
	assert_int_equal(tenon_config_get_heap_scarcity(config, "system", &scarcity), -ENOENT);
	assert_int_equal(tenon_config_get_heap_addresses(config, "cma", &lowest, &highest), 0);
	assert_int_equal(lowest, 0x1000);
	assert_int_equal(highest, 0x3fffffff);
	assert_int_equal(
		tenon_config_get_heap_addresses(config, "system", &lowest, &highest), -ENOENT);
	names = tenon_config_get_device_tables(config);
	assert_string_equal(names[0], "/etc/a.ini");
	assert_string_equal(names[1], "/etc/b.ini");
	assert_null(names[2]);
	names = tenon_config_get_program_devices(config, "weston");
	assert_string_equal(names[0], "mxsfb-drm");
	assert_string_equal(names[1], "mxc-jpeg codec");
	assert_null(names[2]);
	names = tenon_config_get_program_devices(config, "another");
	assert_string_equal(names[0], "vc4");
	assert_null(names[1]);
	tenon_config_destroy(config);
}

TEST(settings_of_the_calling_program)
{
	char text[256];
	struct tenon_config *config;

	snprintf(text, sizeof(text), "[program %s]\ndevices = a\n[program *]\ndevices = b\n",
		program_invocation_short_name);
	config = parse(text);
	assert_string_equal(tenon_config_get_program_devices(config, NULL)[0], "a");
	tenon_config_destroy(config);
}

TEST(settings_are_written_as_they_were_read)
{
	struct tenon_config *config = parse(all_text);
	char *text = NULL;

	assert_int_equal(tenon_config_to_text(&text, config), 0);
	assert_string_equal(text, all_text);
	free(text);
	tenon_config_destroy(config);
}

/* A file with a text, in a folder of its own. */
struct file {
	char folder[64], path[96];
};

static void make_file(struct file *file, const char *text)
{
	FILE *stream;

	snprintf(file->folder, sizeof(file->folder), "/tmp/tenon-settings-XXXXXX");
	assert_non_null(mkdtemp(file->folder));
	snprintf(file->path, sizeof(file->path), "%s/tenon.ini", file->folder);
	stream = fopen(file->path, "we");
	assert_non_null(stream);
	assert_int_equal(fputs(text, stream) >= 0, 1);
	assert_int_equal(fclose(stream), 0);
}

static void remove_file(const struct file *file)
{
	unlink(file->path);
	rmdir(file->folder);
}

TEST(settings_from_a_file)
{
	struct tenon_config *config = NULL;
	struct file file;

	make_file(&file, "[general]\ndebug = debug\n");
	assert_int_equal(tenon_config_load(&config, file.path, NULL), 0);
	assert_string_equal(tenon_config_get_path(config), file.path);
	assert_int_equal(tenon_config_get_debug(config), 3);
	tenon_config_destroy(config);
	remove_file(&file);
}

TEST(settings_from_the_environment)
{
	struct tenon_config *config = NULL;
	struct file file;

	make_file(&file, "[general]\ndebug = warning\n");
	setenv("TENON_CONFIG", file.path, 1);
	assert_int_equal(tenon_config_load(&config, NULL, NULL), 0);
	assert_string_equal(tenon_config_get_path(config), file.path);
	assert_int_equal(tenon_config_get_debug(config), 1);
	tenon_config_destroy(config);
	remove_file(&file);

	setenv("TENON_CONFIG", "", 1);
	assert_int_equal(tenon_config_load(&config, NULL, NULL), 0);
	assert_null(tenon_config_get_path(config));
	tenon_config_destroy(config);
}

TEST(settings_that_were_named_must_exist)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_config *config = NULL;

	assert_int_equal(tenon_config_load(&config, "/nowhere/tenon.ini", &error), -ENOENT);
	assert_string_equal(error.text, "/nowhere/tenon.ini: expected a file that can be read: No "
					"such file or directory");
	setenv("TENON_CONFIG", "/", 1);
	assert_int_equal(tenon_config_load(&config, NULL, &error), -EISDIR);
	assert_string_equal(error.text, "/: expected a file that can be read: Is a directory");
	assert_null(config);
}

TEST(settings_malformed_file)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_config *config = NULL;
	struct file file;
	char text[256];

	make_file(&file, "[general]\ndebug = loud\n");
	assert_int_equal(tenon_config_load(&config, file.path, &error), -EBADMSG);
	snprintf(text, sizeof(text),
		"%s:2: debug: expected error, warning, info or debug, found \"loud\"", file.path);
	assert_string_equal(error.text, text);
	remove_file(&file);
}

TEST(settings_endless_file)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_config *config = NULL;

	assert_int_equal(tenon_config_load(&config, "/dev/zero", &error), -EFBIG);
	assert_string_equal(error.text, "/dev/zero: expected at most 1048576 bytes");
}

static int round_trip(void *data)
{
	struct tenon_config *config = NULL;
	char *text = NULL;
	int ret = tenon_config_from_text(&config, all_text, strlen(all_text), NULL, NULL);

	if (ret == 0) {
		ret = tenon_config_to_text(&text, config);
	}
	free(text);
	tenon_config_destroy(config);
	return ret;
}

static int load(void *data)
{
	struct tenon_config *config = NULL;
	int ret = tenon_config_load(&config, data, NULL);

	tenon_config_destroy(config);
	return ret;
}

TEST(settings_out_of_memory)
{
	struct file file;

	oom_run(round_trip, NULL);
	make_file(&file, all_text);
	oom_run(load, file.path);
	remove_file(&file);
}
