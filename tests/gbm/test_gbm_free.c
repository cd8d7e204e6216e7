/* SPDX-License-Identifier: MIT */

/*
 * The backend free-standing: on a node that is no DRM device, loaded by the installed libgbm, as a
 * program meets it. What EGL does needs a DRM device and is tested in the rig.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <gbm.h>

#include <tenon/gbm.h>

#include "harness/harness.h"

static int node = -1;

static void set_environment(const char *devices)
{
	setenv("GBM_BACKEND", "tenon", 1);
	setenv("GBM_BACKENDS_PATH", TEST_BUILD_ROOT "/src/gbm", 1);
	setenv("TENON_STRICT", "1", 1);
	setenv("TENON_HEAPS", "memfd", 1);
	setenv("TENON_CONFIG", "", 1);
	setenv("TENON_DEVICE_TABLE", TEST_SOURCE_ROOT "/src/device/devices.ini", 1);
	setenv("TENON_DEVICES", devices, 1);
}

static struct gbm_device *open_device(const char *devices)
{
	set_environment(devices);
	node = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(node >= 0);
	struct gbm_device *device = gbm_create_device(node);
	if (device != NULL) {
		assert_true(tenon_gbm_is_tenon(device));
		assert_string_equal(gbm_device_get_backend_name(device), "tenon");
	}
	return device;
}

static void close_device(struct gbm_device *device)
{
	gbm_device_destroy(device);
	close(node);
}

TEST(pitch_is_what_the_devices_need)
{
	struct gbm_device *device = open_device("amdgpu");
	struct gbm_bo *bo =
		gbm_bo_create(device, 1366, 768, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT);
	assert_non_null(bo);
	assert_int_equal(gbm_bo_get_stride(bo), 5632);
	assert_int_equal(gbm_bo_get_width(bo), 1366);
	assert_int_equal(gbm_bo_get_height(bo), 768);
	assert_int_equal(gbm_bo_get_format(bo), GBM_FORMAT_XRGB8888);
	assert_int_equal(gbm_bo_get_modifier(bo), DRM_FORMAT_MOD_LINEAR);
	assert_int_equal(gbm_bo_get_plane_count(bo), 1);
	assert_int_equal(gbm_bo_get_offset(bo, 0), 0);
	assert_int_equal(gbm_bo_get_handle(bo).s32, 0);
	assert_non_null(tenon_gbm_bo_get_buffer(bo));
	assert_non_null(strstr(tenon_gbm_bo_get_text(bo), "amdgpu"));
	assert_non_null(strstr(tenon_gbm_bo_get_text(bo), "heap memfd"));
	gbm_bo_destroy(bo);
	close_device(device);
}

TEST(two_devices_two_strides_one_bo)
{
	struct gbm_device *device = open_device("msm:scanout, panfrost:render");
	struct gbm_bo *bo = gbm_bo_create(device, 353, 241, GBM_FORMAT_XRGB8888, 0);
	assert_non_null(bo);
	/* 32 pixels of 4 bytes, and 64 bytes */
	assert_int_equal(gbm_bo_get_stride(bo), 1536);
	gbm_bo_destroy(bo);
	close_device(device);
}

TEST(devices_that_cannot_agree_are_refused)
{
	struct gbm_device *device = open_device("mxsfb-drm,amdgpu");
	errno = 0;
	assert_null(gbm_bo_create(device, 1366, 768, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT));
	assert_int_equal(errno, EINVAL);
	struct tenon_conflict *conflict = NULL;
	struct gbm_bo *bo = NULL;
	assert_int_equal(tenon_gbm_bo_create(&bo, device, 1366, 768, GBM_FORMAT_XRGB8888,
				 GBM_BO_USE_SCANOUT, NULL, &conflict),
		TENON_CONFLICT);
	assert_null(bo);
	assert_int_equal(tenon_conflict_get_devices_len(conflict), 2);
	assert_non_null(strstr(tenon_conflict_get_text(conflict), "mxsfb-drm"));
	tenon_conflict_destroy(conflict);
	close_device(device);
}

/* libgbm would go on with Mesa's own backend: strictly, nothing is made at all. */
TEST(a_wrong_device_list_is_refused)
{
	static const struct {
		const char *list;
		int error;
	} rows[] = {
		{"no-such-device", ENOENT},
		{"amdgpu:nothing", EINVAL},
		{":render", EINVAL},
		{"vkms:scanout+", EINVAL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gbm_import_fd_data import = {.fd = 0, .width = 1, .height = 1, .stride = 4};
		set_environment(rows[i].list);
		node = open("/dev/null", O_RDWR | O_CLOEXEC);
		struct gbm_device *device = gbm_create_device(node);
		assert_non_null(device);
		assert_string_equal(gbm_device_get_backend_name(device), "tenon");
		assert_false(tenon_gbm_is_tenon(device));
		assert_null(gbm_bo_create(device, 64, 64, GBM_FORMAT_XRGB8888, 0));
		assert_int_equal(errno, rows[i].error);
		errno = 0;
		assert_null(gbm_bo_import(device, GBM_BO_IMPORT_FD, &import, 0));
		assert_int_equal(errno, rows[i].error);
		assert_null(gbm_surface_create(device, 64, 64, GBM_FORMAT_XRGB8888, 0));
		assert_int_equal(gbm_device_is_format_supported(device, GBM_FORMAT_XRGB8888, 0), 0);
		close_device(device);
	}
}

TEST(map_gives_the_true_pitch_and_the_rectangle)
{
	struct gbm_device *device = open_device("amdgpu");
	struct gbm_bo *bo = gbm_bo_create(device, 100, 50, GBM_FORMAT_XRGB8888, 0);
	uint32_t stride = 0;
	void *whole_data = NULL, *part_data = NULL;
	uint8_t *part =
		gbm_bo_map(bo, 10, 20, 5, 5, GBM_BO_TRANSFER_READ_WRITE, &stride, &part_data);
	assert_non_null(part);
	assert_int_equal(stride, 512);
	memset(part, 0x5a, 4);
	gbm_bo_unmap(bo, part_data);
	uint8_t *whole = gbm_bo_map(bo, 0, 0, 100, 50, GBM_BO_TRANSFER_READ, &stride, &whole_data);
	assert_non_null(whole);
	assert_int_equal(whole[20 * 512 + 10 * 4], 0x5a);
	assert_int_equal(whole[0], 0);
	gbm_bo_unmap(bo, whole_data);
	assert_null(gbm_bo_map(bo, 90, 0, 20, 1, GBM_BO_TRANSFER_READ, &stride, &part_data));
	assert_int_equal(errno, EINVAL);
	gbm_bo_destroy(bo);
	close_device(device);
}

TEST(write_puts_bytes_where_a_reader_of_the_fd_sees_them)
{
	struct gbm_device *device = open_device("amdgpu");
	struct gbm_bo *bo = gbm_bo_create(
		device, 64, 2, GBM_FORMAT_ARGB8888, GBM_BO_USE_CURSOR | GBM_BO_USE_WRITE);
	assert_non_null(bo);
	size_t size = (size_t)gbm_bo_get_stride(bo) * 2;
	uint8_t *bytes = malloc(size);
	for (size_t i = 0; i < size; i++) {
		bytes[i] = (uint8_t)(i * 7);
	}
	assert_int_equal(gbm_bo_write(bo, bytes, size), 0);
	int fd = gbm_bo_get_fd(bo);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_memory_equal(map, bytes, size);
	munmap(map, size);
	close(fd);
	assert_int_equal(gbm_bo_write(bo, bytes, 1u << 30), -1);
	free(bytes);
	gbm_bo_destroy(bo);
	close_device(device);
}

TEST(linear_yuv_that_mesa_cannot_allocate)
{
	static const struct {
		uint32_t format;
		int planes;
	} rows[] = {
		{GBM_FORMAT_NV12, 2},
		{DRM_FORMAT_P010, 2},
		{GBM_FORMAT_YUV420, 3},
	};
	struct gbm_device *device = open_device("");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(
			gbm_device_is_format_supported(device, rows[i].format, GBM_BO_USE_SCANOUT));
		assert_int_equal(gbm_device_get_format_modifier_plane_count(
					 device, rows[i].format, DRM_FORMAT_MOD_LINEAR),
			rows[i].planes);
		struct gbm_bo *bo = gbm_bo_create(device, 352, 240, rows[i].format, 0);
		assert_non_null(bo);
		assert_int_equal(gbm_bo_get_plane_count(bo), rows[i].planes);
		uint32_t offset = gbm_bo_get_offset(bo, 1);
		assert_true(offset >= gbm_bo_get_stride_for_plane(bo, 0) * 240);
		int fds[] = {gbm_bo_get_fd_for_plane(bo, 0), gbm_bo_get_fd_for_plane(bo, 1)};
		struct stat first, second;
		assert_int_equal(fstat(fds[0], &first), 0);
		assert_int_equal(fstat(fds[1], &second), 0);
		assert_int_equal(first.st_ino, second.st_ino);
		close(fds[0]);
		close(fds[1]);
		assert_int_equal(gbm_bo_get_fd_for_plane(bo, 7), -1);
		gbm_bo_destroy(bo);
	}
	close_device(device);
}

TEST(import_is_the_same_memory)
{
	struct gbm_device *device = open_device("amdgpu");
	struct gbm_bo *bo = gbm_bo_create(device, 100, 50, GBM_FORMAT_XRGB8888, 0);
	struct gbm_import_fd_modifier_data data = {
		.width = 100,
		.height = 50,
		.format = GBM_FORMAT_XRGB8888,
		.num_fds = 1,
		.fds = {gbm_bo_get_fd(bo)},
		.strides = {(int)gbm_bo_get_stride(bo)},
		.modifier = DRM_FORMAT_MOD_LINEAR,
	};
	struct gbm_bo *again = gbm_bo_import(device, GBM_BO_IMPORT_FD_MODIFIER, &data, 0);
	assert_non_null(again);
	assert_int_equal(gbm_bo_get_stride(again), 512);
	assert_ptr_equal(tenon_gbm_bo_get_buffer(again), tenon_gbm_bo_get_buffer(bo));
	close(data.fds[0]);
	gbm_bo_destroy(bo);
	uint32_t stride;
	void *map_data = NULL;
	assert_non_null(
		gbm_bo_map(again, 0, 0, 100, 50, GBM_BO_TRANSFER_WRITE, &stride, &map_data));
	/* a bo that is destroyed while mapped takes its maps with it */
	gbm_bo_destroy(again);
	struct gbm_import_fd_data plain = {
		.fd = node, .width = 1, .height = 1, .stride = 4, .format = GBM_FORMAT_XRGB8888};
	assert_null(gbm_bo_import(device, GBM_BO_IMPORT_FD, &plain, 0));
	assert_null(gbm_bo_import(device, GBM_BO_IMPORT_WL_BUFFER, &plain, 0));
	assert_int_equal(errno, ENOSYS);
	close_device(device);
}

TEST(modifiers)
{
	struct gbm_device *device = open_device("amdgpu");
	const uint64_t tiled[] = {I915_FORMAT_MOD_X_TILED};
	const uint64_t both[] = {I915_FORMAT_MOD_X_TILED, DRM_FORMAT_MOD_LINEAR};
	assert_null(gbm_bo_create_with_modifiers(device, 64, 64, GBM_FORMAT_XRGB8888, tiled, 1));
	assert_int_equal(errno, EINVAL);
	struct gbm_bo *bo =
		gbm_bo_create_with_modifiers(device, 64, 64, GBM_FORMAT_XRGB8888, both, 2);
	assert_non_null(bo);
	assert_int_equal(gbm_bo_get_modifier(bo), DRM_FORMAT_MOD_LINEAR);
	gbm_bo_destroy(bo);
	close_device(device);
}

TEST(surfaces_say_what_is_missing)
{
	struct gbm_device *device = open_device("");
	errno = 0;
	assert_null(gbm_surface_create(device, 64, 64, GBM_FORMAT_XRGB8888, 0));
	assert_int_equal(errno, ENOSYS);
	close_device(device);
}

TEST(many_devices_and_bos_in_any_order)
{
	struct gbm_device *devices[4];
	int nodes[4];
	struct gbm_bo *bos[4][8];
	for (int i = 0; i < 4; i++) {
		devices[i] = open_device("amdgpu");
		nodes[i] = node;
		for (int b = 0; b < 8; b++) {
			bos[i][b] = gbm_bo_create(devices[i], 64, 64, GBM_FORMAT_XRGB8888, 0);
			assert_non_null(bos[i][b]);
			assert_ptr_equal(gbm_bo_get_device(bos[i][b]), devices[i]);
		}
	}
	/* devices 0 and 2 go before their bos, and the program closes the node as well */
	for (int i = 0; i < 4; i += 2) {
		gbm_device_destroy(devices[i]);
		close(nodes[i]);
	}
	for (int b = 7; b >= 0; b--) {
		for (int i = 0; i < 4; i++) {
			assert_int_equal(gbm_bo_get_stride(bos[i][b]), 256);
			gbm_bo_destroy(bos[i][b]);
		}
	}
	for (int i = 1; i < 4; i += 2) {
		gbm_device_destroy(devices[i]);
		close(nodes[i]);
	}
}

static void *churn(void *data)
{
	struct gbm_device *device = data;
	for (int i = 0; i < 50; i++) {
		struct gbm_bo *bo = gbm_bo_create(device, 64, 64, GBM_FORMAT_XRGB8888, 0);
		if (bo == NULL) {
			return NULL;
		}
		int fd = gbm_bo_get_fd(bo);
		close(fd);
		gbm_bo_destroy(bo);
	}
	return data;
}

TEST(threads_share_a_device)
{
	struct gbm_device *device = open_device("amdgpu");
	pthread_t threads[4];
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, churn, device), 0);
	}
	for (int i = 0; i < 4; i++) {
		void *done = NULL;
		pthread_join(threads[i], &done);
		assert_ptr_equal(done, device);
	}
	close_device(device);
}

static size_t count_fds(void)
{
	size_t n = 0;
	for (int fd = 0; fd < 256; fd++) {
		n += fcntl(fd, F_GETFD) >= 0;
	}
	return n;
}

TEST_TIMEOUT(ten_thousand_bos_leave_nothing, 60)
{
	struct gbm_device *device = open_device("amdgpu");
	gbm_bo_destroy(gbm_bo_create(device, 64, 64, GBM_FORMAT_XRGB8888, 0));
	size_t before = count_fds();
	for (int i = 0; i < 10000; i++) {
		struct gbm_bo *bo = gbm_bo_create(device, 64, 64, GBM_FORMAT_XRGB8888, 0);
		assert_non_null(bo);
		gbm_bo_destroy(bo);
	}
	assert_int_equal(count_fds(), before);
	close_device(device);
}
