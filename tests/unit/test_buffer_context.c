/* SPDX-License-Identifier: MIT */
/* What buffers of a program share: heaps, devices, settings, messages. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer_fixture.h"
#include "harness.h"
#include "oom.h"

struct heard {
	int count;
	enum tenon_log_level level;
	char text[4096];
};

static void hear(void *data, enum tenon_log_level level, const char *text)
{
	struct heard *heard = data;

	heard->count++;
	heard->level = level;
	snprintf(heard->text, sizeof(heard->text), "%s", text);
	errno = EXDEV;
}

TEST(messages)
{
	struct heard heard = {0};
	struct tenon_context_options options = {
		.size = sizeof(options),
		.log = hear,
		.log_data = &heard,
		.log_level = TENON_LOG_WARNING,
		.no_config = true,
		.no_heaps = true,
	};
	struct tenon_context *context;

	assert_int_equal(tenon_context_create(&context, &options), 0);
	tenon_context_log(context, TENON_LOG_INFO, "not let through");
	assert_int_equal(heard.count, 0);
	errno = ENOENT;
	tenon_context_log(context, TENON_LOG_WARNING, "%d of %s: %m\nnext", 3, "four");
	assert_int_equal(errno, ENOENT);
	assert_int_equal(heard.level, TENON_LOG_WARNING);
	assert_string_equal(heard.text, "3 of four: No such file or directory next");
	tenon_context_log(context, TENON_LOG_ERROR, "%5000d", 1);
	assert_int_equal(heard.count, 2);
	assert_int_equal(strlen(heard.text), 2047);
	tenon_context_set_log(context, hear, TENON_LOG_ERROR, &heard);
	tenon_context_log(context, TENON_LOG_WARNING, "not any more");
	assert_int_equal(heard.count, 2);
	/* levels that do not exist are the nearest that do */
	tenon_context_set_log(context, hear, (enum tenon_log_level)77, &heard);
	tenon_context_log(context, (enum tenon_log_level)99, "deep");
	assert_int_equal(heard.level, TENON_LOG_DEBUG);
	tenon_context_unref(context);
}

TEST(level_of_the_environment)
{
	static const struct {
		const char *value;
		enum tenon_log_level asked, heard;
	} cases[] = {
		{"", TENON_LOG_ERROR, TENON_LOG_ERROR},
		{"0", TENON_LOG_ERROR, TENON_LOG_ERROR},
		{"1", TENON_LOG_ERROR, TENON_LOG_WARNING},
		{"3", TENON_LOG_ERROR, TENON_LOG_DEBUG},
		{"9", TENON_LOG_ERROR, TENON_LOG_DEBUG},
		{"all", TENON_LOG_ERROR, TENON_LOG_INFO},
		{"1", TENON_LOG_INFO, TENON_LOG_INFO},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct heard heard = {0};
		struct tenon_context_options options = {
			.size = sizeof(options),
			.log = hear,
			.log_data = &heard,
			.log_level = cases[i].asked,
			.no_config = true,
			.no_heaps = true,
		};
		struct tenon_context *context;

		setenv("TENON_DEBUG", cases[i].value, 1);
		assert_int_equal(tenon_context_create(&context, &options), 0);
		for (int level = TENON_LOG_ERROR; level <= TENON_LOG_DEBUG; level++) {
			tenon_context_log(context, (enum tenon_log_level)level, "x");
		}
		assert_int_equal(heard.count, (int)cases[i].heard + 1);
		tenon_context_unref(context);
	}
}

TEST(heaps)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *a, *b, *c;
	struct tenon_heap_info *infos;
	struct tenon_heap *twin;
	size_t len;

	assert_int_equal(tenon_context_get_heaps_len(context), 0);
	assert_int_equal(tenon_context_dup_heap_infos(context, &infos, &len), 0);
	assert_int_equal(len, 0);
	free(infos);
	a = fake_heap_add(context, &(struct fake_heap_options){.name = "a", .scarcity = 5});
	b = fake_heap_add(
		context, &(struct fake_heap_options){.name = "b", .availability = TENON_REFUSED});
	c = fake_heap_add(context, &(struct fake_heap_options){.name = "c"});
	assert_int_equal(tenon_context_get_heaps_len(context), 3);
	assert_ptr_equal(tenon_context_get_heap(context, 1), b->heap);
	assert_null(tenon_context_get_heap(context, 3));
	assert_ptr_equal(tenon_context_find_heap(context, "c"), c->heap);
	assert_null(tenon_context_find_heap(context, "d"));
	twin = a->heap;
	assert_int_equal(tenon_context_add_heap(context, twin), -EEXIST);
	assert_int_equal(tenon_context_dup_heap_infos(context, &infos, &len), 0);
	assert_int_equal(len, 3);
	assert_string_equal(infos[0].name, "a");
	assert_int_equal(infos[0].scarcity, 5);
	assert_int_equal(infos[1].availability, TENON_REFUSED);
	assert_true(strlen(infos[1].reason) > 0);
	free(infos);
	tenon_context_unref(context);
	fake_heap_release(a);
	fake_heap_release(b);
	fake_heap_release(c);
}

static void write_file(char *path, size_t size, const char *text)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	snprintf(path, size, "%s/tenon-context-XXXXXX", dir != NULL ? dir : "/tmp");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

TEST(settings_of_heaps)
{
	struct tenon_context_options options = {.size = sizeof(options), .no_heaps = true};
	struct tenon_context *context;
	struct fake_heap *a, *b, *c;
	struct tenon_heap_info *infos;
	char path[256];
	size_t len;

	write_file(path, sizeof(path),
		"[heap a]\nscarcity = 40\naddress-max = 0x3fffffff\n[heap b]\nenabled = no\n"
		"[general]\ndebug = warning\n");
	options.config_path = path;
	assert_int_equal(tenon_context_create(&context, &options), 0);
	unlink(path);
	assert_string_equal(tenon_config_get_path(tenon_context_get_config(context)), path);
	a = fake_heap_add(context, &(struct fake_heap_options){.name = "a", .scarcity = 5});
	b = fake_heap_add(context, &(struct fake_heap_options){.name = "b"});
	c = fake_heap_add(context, &(struct fake_heap_options){.name = "c", .scarcity = 7});
	assert_int_equal(tenon_context_dup_heap_infos(context, &infos, &len), 0);
	assert_int_equal(len, 2);
	assert_string_equal(infos[0].name, "a");
	assert_int_equal(infos[0].scarcity, 40);
	assert_int_equal(infos[0].address_max, 0x3fffffff);
	assert_string_equal(infos[1].name, "c");
	assert_int_equal(infos[1].scarcity, 7);
	free(infos);
	tenon_context_unref(context);
	fake_heap_release(a);
	fake_heap_release(b);
	fake_heap_release(c);
}

TEST(settings_that_cannot_be_read)
{
	struct heard heard = {0};
	struct tenon_context_options options = {
		.size = sizeof(options),
		.log = hear,
		.log_data = &heard,
		.no_heaps = true,
	};
	struct tenon_context *const untouched = (struct tenon_context *)&options;
	struct tenon_context *context = untouched;
	char path[256];

	write_file(path, sizeof(path), "[heap a]\nscarcity = much\n");
	options.config_path = path;
	assert_int_equal(tenon_context_create(&context, &options), -EBADMSG);
	unlink(path);
	assert_ptr_equal(context, untouched);
	assert_int_equal(heard.count, 1);
	assert_non_null(strstr(heard.text, ":2"));
	assert_int_equal(tenon_context_create(&context, &options), -ENOENT);
	assert_int_equal(heard.count, 2);
	assert_non_null(strstr(heard.text, path));
	options.size = 4;
	assert_int_equal(tenon_context_create(&context, &options), -EINVAL);
}

TEST(heaps_of_the_environment)
{
	struct heard heard = {0};
	struct tenon_context_options options = {
		.size = sizeof(options),
		.log = hear,
		.log_data = &heard,
		.no_config = true,
	};
	struct tenon_context *context;

	setenv("TENON_HEAPS", "memfd,null", 1);
	assert_int_equal(tenon_context_create(&context, &options), 0);
	assert_int_equal(tenon_context_get_heaps_len(context), 2);
	assert_non_null(tenon_context_find_heap(context, "null"));
	tenon_context_unref(context);
	setenv("TENON_HEAPS", "no-such-heap", 1);
	assert_int_equal(tenon_context_create(&context, &options), -EINVAL);
	assert_int_equal(heard.count, 1);
	unsetenv("TENON_HEAPS");
	/* the memfd heap is always there */
	assert_int_equal(tenon_context_create(&context, NULL), 0);
	assert_non_null(tenon_context_find_heap(context, "memfd"));
	tenon_context_unref(context);
}

TEST(devices)
{
	struct tenon_context_options options = {
		.size = sizeof(options),
		.no_config = true,
		.no_heaps = true,
	};
	struct tenon_context *context;
	struct tenon_offer *offer;
	char path[256];

	setenv("TENON_DATADIR", TEST_SOURCE_ROOT "/src/device", 1);
	write_file(path, sizeof(path),
		"[device mine]\ndriver = mine\n[alternative]\nroles = render\n"
		"formats = XRGB8888\nmodifiers = LINEAR\npitch-multiple = 512\n");
	options.device_table = path;
	assert_int_equal(tenon_context_create(&context, &options), 0);
	assert_int_equal(tenon_context_find_device(context, "mine", &offer), 0);
	unlink(path);
	assert_string_equal(tenon_offer_get_device(offer), "mine");
	/* lives longer than the context */
	tenon_offer_unref(offer);
	assert_int_equal(tenon_context_find_device(context, "mine", &offer), 0);
	assert_int_equal(tenon_context_find_device(context, "no such", &offer), -ENOENT);
	tenon_context_unref(context);
	assert_int_equal(tenon_offer_get_alternatives_len(offer), 1);
	tenon_offer_unref(offer);
}

TEST(device_table_that_cannot_be_read)
{
	struct heard heard = {0};
	struct tenon_context_options options = {
		.size = sizeof(options),
		.log = hear,
		.log_data = &heard,
		.no_config = true,
		.no_heaps = true,
		.device_table = "/no/such/table.ini",
	};
	struct tenon_context *context;
	struct tenon_offer *offer;

	assert_int_equal(tenon_context_create(&context, &options), 0);
	assert_int_equal(tenon_context_find_device(context, "mine", &offer), -ENOENT);
	assert_int_equal(heard.count, 1);
	assert_non_null(strstr(heard.text, "/no/such/table.ini"));
	tenon_context_unref(context);
}

static int create_context(void *data)
{
	struct tenon_context_options options = {
		.size = sizeof(options),
		.no_config = true,
		.device_table = "/no/such/table.ini",
	};
	struct tenon_context *context;
	int rc = tenon_context_create(&context, &options);

	if (rc == 0) {
		tenon_context_unref(context);
	}
	return rc;
}

TEST(each_allocation_fails)
{
	setenv("TENON_HEAPS", "memfd,null", 1);
	assert_true(oom_run(create_context, NULL) > 3);
}

TEST(plans_with_the_heaps_at_hand)
{
	struct tenon_context *context = fixture_context();
	const uint32_t format = DRM_FORMAT_XRGB8888;
	struct tenon_plan_options options = {
		.size = sizeof(options),
		.width = 64,
		.height = 64,
		.formats = &format,
		.formats_len = 1,
	};
	struct fake_heap *a;
	struct tenon_plan *plan;

	assert_int_equal(tenon_context_plan(context, &plan, &options, NULL), 0);
	assert_null(tenon_plan_get_heap(plan, 0));
	tenon_plan_destroy(plan);
	a = fake_heap_add(context, &(struct fake_heap_options){.name = "a"});
	assert_int_equal(tenon_context_plan(context, &plan, &options, NULL), 0);
	assert_string_equal(tenon_plan_get_heap(plan, 0), "a");
	tenon_plan_destroy(plan);
	tenon_context_unref(context);
	fake_heap_release(a);
}
