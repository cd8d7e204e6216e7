/* SPDX-License-Identifier: MIT */
#include "mesa_fixture.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fake_mesa *fake_mesa;
static int node = -1, messages = -1, real_stderr = -1;
static char table_path[] = "/tmp/tenon-gbm-XXXXXX";

int mesa_node(void)
{
	return node;
}

static void write_table(const char *text)
{
	int fd = mkostemp(table_path, O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void set_environment(const char *devices, const char *table)
{
	char tables[512];
	setenv("GBM_BACKEND", "tenon", 1);
	setenv("GBM_BACKENDS_PATH",
		TEST_BUILD_ROOT "/src/gbm:" TEST_BUILD_ROOT "/tests/gbm/fake_mesa", 1);
	setenv("TENON_STRICT", "1", 0);
	setenv("TENON_HEAPS", "memfd", 1);
	setenv("TENON_CONFIG", "", 0);
	setenv("TENON_GBM_SOFTWARE", "0", 1);
	setenv("TENON_DEVICES", devices, 1);
	if (table != NULL) {
		write_table(table);
	}
	snprintf(tables, sizeof(tables), TEST_SOURCE_ROOT "/src/device/devices.ini%s%s",
		table != NULL ? ":" : "", table != NULL ? table_path : "");
	setenv("TENON_DEVICE_TABLE", tables, 1);
}

/* Rows for everything, if the test has no other idea. */
static void make_offer(void)
{
	const struct tenon_format_modifier rows = {TENON_FORMAT_ANY, DRM_FORMAT_MOD_LINEAR};
	if (fake_drm.offer == NULL) {
		assert_int_equal(tenon_offer_create(&fake_drm.offer, "fake"), 0);
		assert_int_equal(
			tenon_offer_add(fake_drm.offer, TENON_ROLE_ANY, &rows, 1, NULL), 0);
	}
}

static void find_mesa(void)
{
	void *file =
		dlopen(TEST_BUILD_ROOT "/tests/gbm/fake_mesa/dri_gbm.so", RTLD_NOW | RTLD_NOLOAD);
	assert_non_null(file);
	fake_mesa = dlsym(file, FAKE_MESA_SYMBOL);
	assert_non_null(fake_mesa);
	memset(fake_mesa, 0, sizeof(*fake_mesa));
	fake_mesa->layouts[0].modifier = FAST;
	fake_mesa->layouts[0].pitch_align = 512;
	fake_mesa->layouts[0].planes = 1;
	fake_mesa->layouts[1].modifier = SLOW;
	fake_mesa->layouts[1].pitch_align = 640;
	fake_mesa->layouts[1].planes = 1;
}

struct gbm_device *mesa_open(const char *devices, const char *table)
{
	set_environment(devices, table);
	make_offer();
	node = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(node >= 0);
	struct gbm_device *device = gbm_create_device(node);
	if (table != NULL) {
		unlink(table_path);
	}
	if (device == NULL) {
		fail_msg("no device");
	}
	assert_true(tenon_gbm_is_tenon(device));
	assert_string_equal(gbm_device_get_backend_name(device), "drm");
	find_mesa();
	return device;
}

void mesa_close_with_bos(struct gbm_device *device)
{
	gbm_device_destroy(device);
	tenon_offer_unref(fake_drm.offer);
	fake_drm.offer = NULL;
	close(node);
}

void mesa_assert_nothing_left(void)
{
	assert_int_equal(fake_mesa->live, 0);
	assert_int_equal(fake_mesa->maps, 0);
	assert_int_equal(fake_drm.handles, 0);
	assert_int_equal(fake_drm.dumbs, 0);
}

void mesa_close(struct gbm_device *device)
{
	mesa_close_with_bos(device);
	mesa_assert_nothing_left();
}

struct gbm_bo *mesa_bo(struct gbm_device *device, const uint64_t *modifiers, unsigned len)
{
	return gbm_bo_create_with_modifiers2(device, 100, 50, GBM_FORMAT_XRGB8888, modifiers, len,
		GBM_BO_USE_RENDERING | GBM_BO_USE_SCANOUT);
}

void mesa_catch_messages(void)
{
	char path[] = "/tmp/tenon-gbm-XXXXXX";
	messages = mkostemp(path, O_CLOEXEC);
	assert_true(messages >= 0);
	unlink(path);
	real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_true(real_stderr >= 0);
	assert_true(dup2(messages, STDERR_FILENO) >= 0);
}

static bool was_said(const char *what, char *text, size_t size)
{
	ssize_t len = pread(messages, text, size - 1, 0);
	assert_true(len >= 0);
	text[len] = '\0';
	close(messages);
	assert_true(dup2(real_stderr, STDERR_FILENO) >= 0);
	close(real_stderr);
	return strstr(text, what) != NULL;
}

void mesa_expect_message(const char *what)
{
	char text[16384];
	if (!was_said(what, text, sizeof(text))) {
		fail_msg("no \"%s\" in:\n%s", what, text);
	}
}

void mesa_expect_no_message(const char *what)
{
	char text[16384];
	if (was_said(what, text, sizeof(text))) {
		fail_msg("\"%s\" in:\n%s", what, text);
	}
}
