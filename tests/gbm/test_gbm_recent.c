/* SPDX-License-Identifier: MIT */

/* Bos in a burst ask the heaps once. The clock, and whom the backend asks, are the test's. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <gbm.h>

#include <tenon/context.h>

#include "harness/harness.h"

static struct timespec clock_now; /* 0: the real one */
static size_t asked;
static bool short_of_memory;

/* In place of the C library's. */
int clock_gettime(clockid_t id, struct timespec *now)
{
	if (id == CLOCK_MONOTONIC && clock_now.tv_sec != 0) {
		*now = clock_now;
		return 0;
	}
	return (int)syscall(SYS_clock_gettime, id, now);
}

/* In place of libtenon's. */
int tenon_context_dup_heap_infos(
	struct tenon_context *context, struct tenon_heap_info **out, size_t *len)
{
	static int (*ask)(struct tenon_context *, struct tenon_heap_info **, size_t *);
	int ret;

	if (ask == NULL) {
		*(void **)&ask = dlsym(RTLD_NEXT, "tenon_context_dup_heap_infos");
		assert_non_null(ask);
	}
	ret = ask(context, out, len);
	assert_int_equal(ret, 0);
	assert_true(*len > 0);
	/* whatever machine this runs on */
	(*out)[0].total_bytes = UINT64_C(1) << 30;
	(*out)[0].free_bytes = short_of_memory ? UINT64_C(64) << 20 : UINT64_C(1) << 29;
	asked++;
	return 0;
}

static void pass_ms(long ms)
{
	clock_now.tv_nsec += ms * 1000000;
	clock_now.tv_sec += clock_now.tv_nsec / 1000000000;
	clock_now.tv_nsec %= 1000000000;
}

/* How often heaps are asked for so many bos. */
static size_t make_bos(struct gbm_device *device, size_t len)
{
	size_t before = asked;

	for (size_t i = 0; i < len; i++) {
		struct gbm_bo *bo =
			gbm_bo_create(device, 64, 64, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT);

		assert_non_null(bo);
		gbm_bo_destroy(bo);
	}
	return asked - before;
}

static struct gbm_device *open_device(int *node)
{
	struct gbm_device *device;

	setenv("GBM_BACKEND", "tenon", 1);
	setenv("GBM_BACKENDS_PATH", TEST_BUILD_ROOT "/src/gbm", 1);
	setenv("TENON_STRICT", "1", 1);
	setenv("TENON_HEAPS", "memfd", 1);
	setenv("TENON_CONFIG", "", 1);
	setenv("TENON_DEVICE_TABLE", TEST_SOURCE_ROOT "/src/device/devices.ini", 1);
	setenv("TENON_DEVICES", "amdgpu", 1);
	clock_now = (struct timespec){.tv_sec = 1000};
	*node = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(*node >= 0);
	device = gbm_create_device(*node);
	assert_non_null(device);
	return device;
}

TEST(heaps_are_asked_once_for_a_burst)
{
	int node;
	struct gbm_device *device = open_device(&node);

	assert_int_equal(make_bos(device, 5), 1);
	pass_ms(99);
	assert_int_equal(make_bos(device, 5), 0);
	pass_ms(1);
	assert_int_equal(make_bos(device, 5), 1);
	gbm_device_destroy(device);
	close(node);
}

TEST(where_memory_is_short_each_bo_asks)
{
	int node;
	struct gbm_device *device = open_device(&node);

	short_of_memory = true;
	assert_int_equal(make_bos(device, 5), 5);
	short_of_memory = false;
	assert_int_equal(make_bos(device, 5), 1);
	gbm_device_destroy(device);
	close(node);
}

/* What failed is no base for what comes. */
TEST(after_a_failure_they_are_asked_again)
{
	int node;
	struct gbm_device *device = open_device(&node);

	assert_int_equal(make_bos(device, 1), 1);
	assert_null(gbm_bo_create_with_modifiers(
		device, 64, 64, GBM_FORMAT_XRGB8888, &(uint64_t){I915_FORMAT_MOD_X_TILED}, 1));
	assert_int_equal(make_bos(device, 2), 1);
	gbm_device_destroy(device);
	close(node);
}
