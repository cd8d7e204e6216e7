/* SPDX-License-Identifier: MIT */

/* src/gbm/abi.h against the libgbm that is installed: every entry and member, by what it does. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "gbm/abi.h"
#include "harness/harness.h"

#include "abi_probe.h"

#define CALLED(entry, object) \
	do { \
		assert_string_equal(probe->called, entry); \
		assert_ptr_equal(probe->arg, object); \
	} while (0)

static const struct abi_probe *probe;
static int node = -1;

static struct gbm_device *open_device(void)
{
	setenv("GBM_BACKEND", "abi_probe", 1);
	setenv("GBM_BACKENDS_PATH", TEST_BUILD_ROOT "/tests/gbm", 1);
	node = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(node >= 0);
	struct gbm_device *device = gbm_create_device(node);
	assert_non_null(device);
	void *file = dlopen(TEST_BUILD_ROOT "/tests/gbm/abi_probe_gbm.so", RTLD_NOW | RTLD_NOLOAD);
	assert_non_null(file);
	probe = dlsym(file, ABI_PROBE_SYMBOL);
	assert_non_null(probe);
	return device;
}

static void close_device(struct gbm_device *device)
{
	gbm_device_destroy(device);
	CALLED("destroy", device);
	close(node);
}

TEST(loading_gives_versions_and_the_core)
{
	struct gbm_device *device = open_device();
	assert_true(probe->core_version <= 16);
	assert_int_equal(probe->device_version,
		probe->core_version < GBM_ABI_VERSION ? probe->core_version : GBM_ABI_VERSION);
	assert_int_equal(probe->args[0], GBM_FORMAT_XRGB8888);
	assert_non_null(device->v0.backend_desc);
	assert_ptr_equal(device->dummy, gbm_create_device);
	close_device(device);
}

TEST(device_entries)
{
	struct gbm_device *device = open_device();
	assert_int_equal(gbm_device_get_fd(device), node);
	assert_string_equal(gbm_device_get_backend_name(device), "abi-probe");
	assert_int_equal(gbm_device_is_format_supported(device, GBM_FORMAT_ARGB8888, 5), 1);
	CALLED("is_format_supported", device);
	assert_int_equal(probe->args[0], GBM_FORMAT_ARGB8888);
	assert_int_equal(probe->args[1], 5);
	assert_int_equal(gbm_device_get_format_modifier_plane_count(
				 device, GBM_FORMAT_NV12, UINT64_C(0x1122334455667788)),
		3);
	CALLED("get_format_modifier_plane_count", device);
	assert_true(probe->args[1] == UINT64_C(0x1122334455667788));
	close_device(device);
}

TEST(bo_creation_entries)
{
	struct gbm_device *device = open_device();
	struct gbm_bo *bo =
		gbm_bo_create(device, 640, 480, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT);
	CALLED("bo_create", device);
	assert_int_equal(probe->args[0], 640);
	assert_int_equal(probe->args[1], 480);
	assert_int_equal(probe->args[2], GBM_FORMAT_XRGB8888);
	assert_int_equal(probe->args[3], GBM_BO_USE_SCANOUT);
	assert_int_equal(probe->args[4], 0);
	gbm_bo_destroy(bo);
	CALLED("bo_destroy", bo);
	const uint64_t modifiers[] = {7, UINT64_C(0x0fedcba987654321)};
	bo = gbm_bo_create_with_modifiers2(device, 2, 3, GBM_FORMAT_R8, modifiers, 2, 9);
	CALLED("bo_create", device);
	assert_int_equal(probe->args[3], 9);
	assert_int_equal(probe->args[4], 2);
	assert_true(probe->args[5] == modifiers[1]);
	gbm_bo_destroy(bo);
	bo = gbm_bo_import(device, GBM_BO_IMPORT_FD, &node, 4);
	CALLED("bo_import", device);
	assert_int_equal(probe->args[0], GBM_BO_IMPORT_FD);
	assert_int_equal(probe->args[1], (uintptr_t)&node);
	assert_int_equal(probe->args[2], 4);
	gbm_bo_destroy(bo);
	close_device(device);
}

TEST(bo_members_and_entries)
{
	struct gbm_device *device = open_device();
	struct gbm_bo *bo = gbm_bo_create(device, 1, 1, GBM_FORMAT_R8, 0);
	assert_ptr_equal(gbm_bo_get_device(bo), device);
	assert_int_equal(gbm_bo_get_width(bo), 101);
	assert_int_equal(gbm_bo_get_height(bo), 102);
	assert_int_equal(gbm_bo_get_format(bo), GBM_FORMAT_XRGB8888);
	assert_int_equal(gbm_bo_get_bpp(bo), 32);
	assert_int_equal(gbm_bo_get_handle(bo).u64, 104);
	assert_int_equal(gbm_bo_get_stride(bo), 120);
	CALLED("bo_get_stride", bo);
	assert_int_equal(gbm_bo_get_stride_for_plane(bo, 2), 122);
	assert_int_equal(gbm_bo_get_offset(bo, 3), 133);
	CALLED("bo_get_offset", bo);
	assert_int_equal(gbm_bo_get_fd(bo), 106);
	CALLED("bo_get_fd", bo);
	assert_int_equal(gbm_bo_get_plane_count(bo), 107);
	CALLED("bo_get_planes", bo);
	assert_int_equal(gbm_bo_get_handle_for_plane(bo, 1).u64, 109);
	CALLED("bo_get_handle", bo);
	assert_int_equal(gbm_bo_get_fd_for_plane(bo, 1), 111);
	CALLED("bo_get_plane_fd", bo);
	assert_true(gbm_bo_get_modifier(bo) == UINT64_C(0x0123456789abcdef));
	CALLED("bo_get_modifier", bo);
	gbm_bo_destroy(bo);
	close_device(device);
}

TEST(bo_cpu_access_entries)
{
	struct gbm_device *device = open_device();
	struct gbm_bo *bo = gbm_bo_create(device, 1, 1, GBM_FORMAT_R8, 0);
	uint32_t stride = 0;
	void *data = NULL;
	assert_ptr_equal(gbm_bo_map(bo, 11, 12, 13, 14, 15, &stride, &data), probe);
	CALLED("bo_map", bo);
	assert_int_equal(stride, 105);
	assert_ptr_equal(data, bo);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(probe->args[i], 11 + i);
	}
	gbm_bo_unmap(bo, data);
	CALLED("bo_unmap", bo);
	assert_int_equal(probe->args[0], (uintptr_t)bo);
	assert_int_equal(gbm_bo_write(bo, &stride, 77), 0);
	CALLED("bo_write", bo);
	assert_int_equal(probe->args[0], (uintptr_t)&stride);
	assert_int_equal(probe->args[1], 77);
	gbm_bo_destroy(bo);
	close_device(device);
}

static unsigned user_data_destroyed;

static void count_destroy(struct gbm_bo *bo, void *data)
{
	/* the program's hook runs before the backend's destroy */
	assert_string_not_equal(probe->called, "bo_destroy");
	user_data_destroyed += data == &user_data_destroyed;
}

TEST(bo_user_data)
{
	struct gbm_device *device = open_device();
	struct gbm_bo *bo = gbm_bo_create(device, 1, 1, GBM_FORMAT_R8, 0);
	gbm_bo_set_user_data(bo, &user_data_destroyed, count_destroy);
	assert_ptr_equal(bo->v0.user_data, &user_data_destroyed);
	assert_ptr_equal(bo->v0.destroy_user_data, count_destroy);
	assert_ptr_equal(gbm_bo_get_user_data(bo), &user_data_destroyed);
	gbm_bo_destroy(bo);
	assert_int_equal(user_data_destroyed, 1);
	close_device(device);
}

TEST(surface_entries)
{
	struct gbm_device *device = open_device();
	const uint64_t modifiers[] = {1, 2, 3};
	struct gbm_surface *surface = gbm_surface_create_with_modifiers2(
		device, 21, 22, GBM_FORMAT_XRGB8888, modifiers, 3, 5);
	CALLED("surface_create", device);
	assert_int_equal(probe->args[0], 21);
	assert_int_equal(probe->args[1], 22);
	assert_int_equal(probe->args[2], GBM_FORMAT_XRGB8888);
	assert_int_equal(probe->args[3], 5);
	assert_int_equal(probe->args[4], 3);
	assert_int_equal(probe->args[5], 3);
	assert_null(gbm_surface_lock_front_buffer(surface));
	CALLED("surface_lock_front_buffer", surface);
	gbm_surface_release_buffer(surface, (struct gbm_bo *)&node);
	CALLED("surface_release_buffer", surface);
	assert_int_equal(gbm_surface_has_free_buffers(surface), 109);
	CALLED("surface_has_free_buffers", surface);
	gbm_surface_destroy(surface);
	CALLED("surface_destroy", surface);
	close_device(device);
}

/* The entry of version 1 where libgbm has it; an older gbm.h does not declare it. */
TEST(blit_entry)
{
	struct gbm_device *device = open_device();
	int (*blit)(struct gbm_bo *, struct gbm_bo *, int, int, int, int, int, int, int, int, int);
	void *symbol = dlsym(RTLD_DEFAULT, "gbm_bo_blit");
	if (symbol == NULL || probe->core_version < 1) {
		close_device(device);
		TEST_SKIP("this libgbm has no gbm_bo_blit");
	}
	*(void **)&blit = symbol;
	struct gbm_bo *to = gbm_bo_create(device, 1, 1, GBM_FORMAT_R8, 0);
	struct gbm_bo *from = gbm_bo_create(device, 1, 1, GBM_FORMAT_R8, 0);
	assert_int_equal(blit(to, from, 31, 2, 3, 4, 5, 6, 7, 38, 1), 111);
	CALLED("bo_blit", to);
	assert_int_equal(probe->args[0], (uintptr_t)from);
	assert_int_equal(probe->args[1], 31);
	assert_int_equal(probe->args[2], 38);
	gbm_bo_destroy(to);
	gbm_bo_destroy(from);
	close_device(device);
}
