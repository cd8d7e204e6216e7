/* SPDX-License-Identifier: MIT */

/*
 * Every entry of the backend over Mesa's: whose memory it is decides who answers. Strict but where
 * Mesa's own allocation is the point.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mesa_fixture.h"

static struct gbm_bo *linear_bo(struct gbm_device *device, uint32_t usage)
{
	struct gbm_bo *bo = gbm_bo_create(device, 100, 50, GBM_FORMAT_XRGB8888, usage);
	assert_non_null(bo);
	return bo;
}

static ino_t file_of(int fd)
{
	struct stat file;
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &file), 0);
	close(fd);
	return file.st_ino;
}

TEST(linear_memory_is_tenons_in_a_bo_of_mesas)
{
	struct gbm_device *device = mesa_open("amdgpu", NULL);
	struct gbm_bo *bo = linear_bo(device, GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING);
	uint32_t stride = 0;
	void *data = NULL;
	assert_int_equal(gbm_bo_get_stride(bo), 512);
	assert_true(fake_mesa->imported == DRM_FORMAT_MOD_LINEAR);
	assert_int_equal(fake_mesa->creates, 0);
	assert_int_equal(gbm_bo_get_handle(bo).u32, (uint32_t)file_of(gbm_bo_get_fd(bo)));
	/* mapped by its exporter, not through Mesa's copy */
	uint8_t *part = gbm_bo_map(bo, 1, 2, 3, 4, GBM_BO_TRANSFER_WRITE, &stride, &data);
	assert_non_null(part);
	assert_int_equal(stride, 512);
	assert_int_equal(fake_mesa->maps, 0);
	memset(part, 0x77, 12);
	gbm_bo_unmap(bo, data);
	int fd = gbm_bo_get_fd(bo);
	uint8_t byte = 0;
	assert_int_equal(pread(fd, &byte, 1, 2 * 512 + 4), 1);
	assert_int_equal(byte, 0x77);
	close(fd);
	gbm_bo_destroy(bo);
	mesa_close(device);
}

/* Two maps at once, undone in the other order; one more than there are is nothing. */
TEST(maps_are_counted_each_by_itself)
{
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *bo = linear_bo(device, 0);
	uint32_t stride = 0;
	void *data[2] = {NULL};
	uint8_t *first = gbm_bo_map(bo, 0, 0, 100, 50, GBM_BO_TRANSFER_READ, &stride, &data[0]);
	uint8_t *second = gbm_bo_map(bo, 10, 10, 1, 1, GBM_BO_TRANSFER_READ, &stride, &data[1]);
	assert_non_null(first);
	assert_non_null(second);
	assert_ptr_equal(second, first + 10 * (size_t)stride + 40);
	gbm_bo_unmap(bo, data[0]);
	gbm_bo_unmap(bo, data[1]);
	gbm_bo_unmap(bo, data[1]);
	gbm_bo_unmap(bo, NULL);
	/* left mapped: goes with the bo */
	assert_non_null(gbm_bo_map(bo, 0, 0, 1, 1, GBM_BO_TRANSFER_WRITE, &stride, &data[0]));
	gbm_bo_destroy(bo);
	mesa_close(device);
}

TEST(yuv_has_a_bo_of_tenons)
{
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *bo = gbm_bo_create(device, 352, 240, GBM_FORMAT_NV12, GBM_BO_USE_SCANOUT);
	assert_non_null(bo);
	assert_int_equal(gbm_bo_get_plane_count(bo), 2);
	assert_int_equal(fake_drm.handles, 1);
	assert_int_equal(
		gbm_bo_get_handle_for_plane(bo, 0).u32, gbm_bo_get_handle_for_plane(bo, 1).u32);
	assert_int_equal(gbm_bo_get_handle_for_plane(bo, 2).s32, -1);
	assert_int_equal(gbm_bo_get_stride_for_plane(bo, 2), 0);
	assert_int_equal(gbm_bo_get_bpp(bo), 0);
	gbm_bo_destroy(bo);
	assert_int_equal(fake_drm.handles, 0);
	/* and what Mesa cannot draw to is not promised for that */
	assert_int_equal(gbm_device_is_format_supported(device, GBM_FORMAT_NV12, 0), 1);
	assert_int_equal(
		gbm_device_is_format_supported(device, GBM_FORMAT_NV12, GBM_BO_USE_RENDERING), 0);
	assert_int_equal(
		gbm_device_get_format_modifier_plane_count(device, GBM_FORMAT_XRGB8888, FAST), 1);
	mesa_close(device);
}

static struct gbm_import_fd_modifier_data describe(struct gbm_bo *bo, uint64_t modifier)
{
	struct gbm_import_fd_modifier_data data = {
		.width = gbm_bo_get_width(bo),
		.height = gbm_bo_get_height(bo),
		.format = gbm_bo_get_format(bo),
		.num_fds = (uint32_t)gbm_bo_get_plane_count(bo),
		.modifier = modifier,
	};
	for (uint32_t i = 0; i < data.num_fds; i++) {
		data.fds[i] = gbm_bo_get_fd_for_plane(bo, (int)i);
		data.strides[i] = (int)gbm_bo_get_stride_for_plane(bo, (int)i);
		data.offsets[i] = (int)gbm_bo_get_offset(bo, (int)i);
	}
	return data;
}

static void close_all(const struct gbm_import_fd_modifier_data *data)
{
	for (uint32_t i = 0; i < data->num_fds; i++) {
		close(data->fds[i]);
	}
}

TEST(imports_of_fds_with_a_modifier)
{
	const uint64_t fast[] = {FAST};
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *bo = linear_bo(device, GBM_BO_USE_RENDERING);
	struct gbm_import_fd_modifier_data data = describe(bo, DRM_FORMAT_MOD_LINEAR);
	struct gbm_bo *again = gbm_bo_import(device, GBM_BO_IMPORT_FD_MODIFIER, &data, 0);
	assert_non_null(again);
	/* memory that is known is the same buffer */
	assert_ptr_equal(tenon_gbm_bo_get_buffer(again), tenon_gbm_bo_get_buffer(bo));
	close_all(&data);
	gbm_bo_destroy(bo);
	assert_int_equal(gbm_bo_get_stride(again), 400);
	gbm_bo_destroy(again);
	/* tiles of somebody else's are Mesa's affair, with their planes */
	fake_mesa->layouts[0].planes = 2;
	bo = mesa_bo(device, fast, 1);
	data = describe(bo, FAST);
	assert_int_equal(data.num_fds, 2);
	again = gbm_bo_import(device, GBM_BO_IMPORT_FD_MODIFIER, &data, GBM_BO_USE_SCANOUT);
	assert_non_null(again);
	close_all(&data);
	assert_null(tenon_gbm_bo_get_buffer(again));
	assert_true(gbm_bo_get_modifier(again) == FAST);
	assert_int_equal(gbm_bo_get_plane_count(again), 2);
	assert_int_equal(gbm_bo_get_offset(again, 1), gbm_bo_get_offset(bo, 1));
	assert_int_equal(gbm_bo_get_stride_for_plane(again, 1), 512);
	assert_int_equal(file_of(gbm_bo_get_fd_for_plane(again, 1)), file_of(gbm_bo_get_fd(bo)));
	gbm_bo_destroy(bo);
	gbm_bo_destroy(again);
	mesa_close(device);
}

TEST(imports_of_yuv_that_mesa_does_not_take)
{
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *bo = gbm_bo_create(device, 64, 64, GBM_FORMAT_YUV420, 0);
	struct gbm_import_fd_modifier_data data = describe(bo, DRM_FORMAT_MOD_LINEAR);
	struct gbm_bo *again = gbm_bo_import(device, GBM_BO_IMPORT_FD_MODIFIER, &data, 0);
	assert_non_null(again);
	assert_int_equal(gbm_bo_get_plane_count(again), 3);
	assert_int_equal(gbm_bo_get_offset(again, 2), gbm_bo_get_offset(bo, 2));
	gbm_bo_destroy(again);
	/* planes that leave the memory are nobody's */
	data.offsets[2] = 1 << 30;
	assert_null(gbm_bo_import(device, GBM_BO_IMPORT_FD_MODIFIER, &data, 0));
	data.offsets[2] = -1;
	assert_null(gbm_bo_import(device, GBM_BO_IMPORT_FD_MODIFIER, &data, 0));
	close_all(&data);
	gbm_bo_destroy(bo);
	mesa_close(device);
}

TEST(imports_of_an_fd_alone)
{
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *bo = linear_bo(device, 0);
	struct gbm_import_fd_data data = {
		.fd = gbm_bo_get_fd(bo),
		.width = 100,
		.height = 50,
		.stride = gbm_bo_get_stride(bo),
		.format = GBM_FORMAT_XRGB8888,
	};
	struct gbm_bo *again = gbm_bo_import(device, GBM_BO_IMPORT_FD, &data, 0);
	assert_non_null(again);
	assert_int_equal(fake_mesa->import_type, GBM_BO_IMPORT_FD);
	assert_int_equal(gbm_bo_get_stride(again), gbm_bo_get_stride(bo));
	assert_int_equal(gbm_bo_get_plane_count(again), 1);
	gbm_bo_destroy(again);
	close(data.fd);
	data.fd = 999;
	assert_null(gbm_bo_import(device, GBM_BO_IMPORT_FD, &data, 0));
	assert_int_equal(errno, EBADF);
	gbm_bo_destroy(bo);
	mesa_close(device);
}

/* What only Mesa can read is Mesa's, and answers as Mesa. */
TEST(imports_of_mesas_objects)
{
	static const uint32_t types[] = {GBM_BO_IMPORT_WL_BUFFER, GBM_BO_IMPORT_EGL_IMAGE};
	struct gbm_device *device = mesa_open("", NULL);
	for (size_t i = 0; i < 2; i++) {
		int fd = memfd_create("picture", MFD_CLOEXEC);
		uint32_t stride = 0;
		void *data = NULL;
		assert_int_equal(ftruncate(fd, 4096), 0);
		struct gbm_bo *bo = gbm_bo_import(device, types[i], &fd, 0);
		assert_non_null(bo);
		assert_int_equal(fake_mesa->import_type, types[i]);
		assert_null(tenon_gbm_bo_get_buffer(bo));
		assert_non_null(tenon_gbm_bo_get_text(bo));
		assert_int_equal(gbm_bo_get_stride(bo), 64);
		assert_int_equal(gbm_bo_get_offset(bo, 0), 0);
		assert_int_equal(gbm_bo_get_plane_count(bo), 1);
		assert_true(gbm_bo_get_modifier(bo) == DRM_FORMAT_MOD_INVALID);
		assert_int_equal(file_of(gbm_bo_get_fd(bo)), file_of(fcntl(fd, F_DUPFD, 3)));
		assert_non_null(gbm_bo_map(bo, 0, 0, 16, 16, GBM_BO_TRANSFER_READ, &stride, &data));
		assert_int_equal(fake_mesa->maps, 1);
		gbm_bo_unmap(bo, data);
		assert_int_equal(gbm_bo_write(bo, "", 1), -1);
		gbm_bo_destroy(bo);
		close(fd);
	}
	assert_null(gbm_bo_import(device, 0x1234, device, 0));
	assert_int_equal(errno, ENOSYS);
	mesa_close(device);
}

/* What Tenon cannot serve is left to Mesa, and said once; strictly, it fails. */
TEST(what_is_left_to_mesa)
{
	setenv("TENON_STRICT", "0", 1);
	mesa_catch_messages();
	struct gbm_device *device = mesa_open("mxsfb-drm amdgpu", NULL);
	for (int i = 0; i < 2; i++) {
		struct gbm_bo *bo =
			gbm_bo_create(device, 1366, 768, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT);
		uint32_t stride = 0;
		void *data = NULL;
		assert_non_null(bo);
		assert_null(tenon_gbm_bo_get_buffer(bo));
		assert_string_equal(tenon_gbm_bo_get_text(bo), "memory of Mesa's own");
		assert_int_equal(fake_mesa->creates, 1 + i);
		assert_int_equal(gbm_bo_get_stride(bo), 5464);
		assert_non_null(gbm_bo_map(bo, 0, 0, 1, 1, GBM_BO_TRANSFER_READ, &stride, &data));
		gbm_bo_unmap(bo, data);
		gbm_bo_destroy(bo);
	}
	mesa_expect_message("Mesa's own allocation instead: amdgpu needs pitch multiple of 256");
	mesa_close(device);
}

TEST(strict_runs_leave_nothing_to_mesa)
{
	mesa_catch_messages();
	struct gbm_device *device = mesa_open("mxsfb-drm amdgpu", NULL);
	assert_null(gbm_bo_create(device, 1366, 768, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(fake_mesa->creates, 0);
	mesa_expect_message("refused: amdgpu needs pitch multiple of 256");
	mesa_close(device);
}

/* EGL's way: the surface allocates through the device. */
TEST(surfaces_are_of_tenons_bos)
{
	const uint64_t list[] = {FAST, DRM_FORMAT_MOD_LINEAR};
	for (unsigned tiled = 0; tiled < 2; tiled++) {
		struct gbm_device *device = mesa_open("", NULL);
		struct gbm_surface *surface = gbm_surface_create_with_modifiers2(device, 100, 50,
			GBM_FORMAT_XRGB8888, tiled ? list : NULL, tiled ? 2 : 0,
			GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING);
		assert_non_null(surface);
		assert_int_equal(gbm_surface_has_free_buffers(surface), 1);
		struct gbm_bo *bo = gbm_surface_lock_front_buffer(surface);
		assert_non_null(bo);
		assert_non_null(tenon_gbm_bo_get_buffer(bo));
		assert_true(gbm_bo_get_modifier(bo) == (tiled ? FAST : DRM_FORMAT_MOD_LINEAR));
		struct gbm_bo *next = gbm_surface_lock_front_buffer(surface);
		assert_ptr_not_equal(next, bo);
		gbm_surface_release_buffer(surface, bo);
		assert_ptr_equal(gbm_surface_lock_front_buffer(surface), bo);
		gbm_surface_destroy(surface);
		mesa_close(device);
	}
}

/* The device goes first: it stays until the last of its bos and surfaces is gone. */
TEST(destroyed_in_any_order)
{
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_surface *surface =
		gbm_surface_create(device, 64, 64, GBM_FORMAT_XRGB8888, GBM_BO_USE_RENDERING);
	struct gbm_bo *locked = gbm_surface_lock_front_buffer(surface);
	const uint64_t fast[] = {FAST};
	struct gbm_bo *tiled = mesa_bo(device, fast, 1);
	struct gbm_bo *yuv = gbm_bo_create(device, 64, 64, GBM_FORMAT_NV12, 0);
	assert_non_null(locked);
	mesa_close_with_bos(device);
	assert_int_equal(gbm_bo_get_stride(tiled), 512);
	gbm_bo_destroy(tiled);
	int fd = gbm_bo_get_fd(yuv);
	assert_true(fd >= 0);
	close(fd);
	gbm_bo_destroy(yuv);
	gbm_surface_release_buffer(surface, locked);
	gbm_surface_destroy(surface);
	mesa_assert_nothing_left();
}

static void *churn(void *data)
{
	const uint64_t list[] = {SLOW, FAST, DRM_FORMAT_MOD_LINEAR};
	for (int i = 0; i < 30; i++) {
		struct gbm_bo *bo = i % 3 == 0   ? mesa_bo(data, list, 1 + (unsigned)i % 2)
				    : i % 3 == 1 ? mesa_bo(data, NULL, 0)
						 : gbm_bo_create(data, 64, 64, GBM_FORMAT_NV12, 0);
		uint32_t stride = 0;
		void *map = NULL;
		if (bo == NULL) {
			return NULL;
		}
		close(gbm_bo_get_fd(bo));
		if (gbm_bo_map(bo, 0, 0, 8, 8, GBM_BO_TRANSFER_READ, &stride, &map) != NULL) {
			gbm_bo_unmap(bo, map);
		}
		gbm_bo_destroy(bo);
	}
	return data;
}

TEST_TIMEOUT(threads_share_a_device, 60)
{
	struct gbm_device *device = mesa_open("", NULL);
	pthread_t threads[4];
	fake_drm.refuses_heap = "mesa";
	fake_drm.refuses_modifier = FAST;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, churn, device), 0);
	}
	for (int i = 0; i < 4; i++) {
		void *done = NULL;
		pthread_join(threads[i], &done);
		assert_ptr_equal(done, device);
	}
	mesa_close(device);
}

static size_t count_fds(void)
{
	size_t n = 0;
	for (int fd = 0; fd < 256; fd++) {
		n += fcntl(fd, F_GETFD) >= 0;
	}
	return n;
}

TEST_TIMEOUT(a_thousand_tiled_bos_leave_nothing, 60)
{
	const uint64_t fast[] = {FAST};
	struct gbm_device *device = mesa_open("", NULL);
	gbm_bo_destroy(mesa_bo(device, fast, 1));
	size_t fds = count_fds();
	for (int i = 0; i < 1000; i++) {
		struct gbm_bo *bo = mesa_bo(device, fast, 1);
		assert_non_null(bo);
		gbm_bo_destroy(bo);
	}
	assert_int_equal(count_fds(), fds);
	assert_int_equal(fake_mesa->live, 0);
	mesa_close(device);
}

/* Only between bos that Mesa knows. */
TEST(blits)
{
	int (*blit)(struct gbm_bo *, struct gbm_bo *, int, int, int, int, int, int, int, int, int);
	void *symbol = dlsym(RTLD_DEFAULT, "gbm_bo_blit");
	if (symbol == NULL) {
		TEST_SKIP("this libgbm has no gbm_bo_blit");
	}
	*(void **)&blit = symbol;
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *rgb = linear_bo(device, GBM_BO_USE_RENDERING);
	struct gbm_bo *yuv = gbm_bo_create(device, 64, 64, GBM_FORMAT_NV12, 0);
	assert_int_equal(blit(rgb, rgb, 0, 0, 1, 1, 0, 0, 1, 1, 0), 1);
	assert_int_equal(blit(rgb, yuv, 0, 0, 1, 1, 0, 0, 1, 1, 0), 0);
	assert_int_equal(errno, ENOSYS);
	gbm_bo_destroy(yuv);
	gbm_bo_destroy(rgb);
	mesa_close(device);
}
