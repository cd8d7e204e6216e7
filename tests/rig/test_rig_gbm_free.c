/* SPDX-License-Identifier: MIT */

/*
 * The GBM backend without Mesa's own, as under a libgbm that has none for it (Mesa 22.3; the same
 * file is run with that one, too), on real devices: everything but EGL. Strict throughout. Nothing
 * here loads GL, so that memory checkers get through it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <gbm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <tenon/gbm.h>

#include "backend.h"
#include "harness/harness.h"
#include "rig.h"

static struct gbm_device *open_on(const char *path, const char *devices, int *node)
{
	rig_require();
	backend_use(devices);
	setenv("TENON_GBM_MESA", "0", 1);
	*node = open(path, O_RDWR | O_CLOEXEC);
	if (*node < 0) {
		fail_msg("%s: %s", path, strerror(errno));
	}
	struct gbm_device *device = gbm_create_device(*node);
	assert_non_null(device);
	assert_true(tenon_gbm_is_tenon(device));
	assert_string_equal(gbm_device_get_backend_name(device), "tenon");
	return device;
}

static struct gbm_device *open_card(const char *devices, int *card)
{
	return open_on(backend_node(), devices, card);
}

static void close_device(struct gbm_device *device, int node)
{
	gbm_device_destroy(device);
	close(node);
}

static int catch_messages(int *saved)
{
	int file = memfd_create("messages", MFD_CLOEXEC);
	assert_true(file >= 0);
	*saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	return file;
}

static void assert_message(int file, int saved, const char *what)
{
	char text[8192];
	ssize_t len = pread(file, text, sizeof(text) - 1, 0);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(file);
	text[len > 0 ? len : 0] = '\0';
	if (strstr(text, what) == NULL) {
		fail_msg("no \"%s\" in: %s", what, text);
	}
}

TEST_TIMEOUT(it_says_what_is_missing, 60)
{
	int card, saved, file = catch_messages(&saved);
	struct gbm_device *device = open_card("", &card);
	assert_message(file, saved, "so there is no EGL on this device");
	file = catch_messages(&saved);
	errno = 0;
	assert_null(gbm_surface_create(device, 64, 64, GBM_FORMAT_XRGB8888, GBM_BO_USE_RENDERING));
	assert_int_equal(errno, ENOSYS);
	assert_message(file, saved, "EGL needs Mesa 24.3 or newer");
	close_device(device, card);
}

/* What the kernel has of it: the pitch is the constrained one, the size is enough. */
static void assert_framebuffer(int card, struct gbm_bo *bo)
{
	uint32_t handles[4] = {0}, pitches[4] = {0}, offsets[4] = {0}, id = 0;
	for (int i = 0; i < gbm_bo_get_plane_count(bo); i++) {
		handles[i] = gbm_bo_get_handle_for_plane(bo, i).u32;
		pitches[i] = gbm_bo_get_stride_for_plane(bo, i);
		offsets[i] = gbm_bo_get_offset(bo, i);
		assert_true(handles[i] != 0 && (int32_t)handles[i] != -1);
	}
	assert_int_equal(drmModeAddFB2(card, gbm_bo_get_width(bo), gbm_bo_get_height(bo),
				 gbm_bo_get_format(bo), handles, pitches, offsets, &id, 0),
		0);
	drmModeRmFB(card, id);
}

TEST_TIMEOUT(the_kernel_takes_its_bos, 60)
{
	int card;
	struct gbm_device *device = open_card("odd", &card);
	struct gbm_bo *bo =
		gbm_bo_create(device, 640, 480, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT);
	assert_non_null(bo);
	assert_int_equal(gbm_bo_get_stride(bo), 2816);
	assert_int_equal(gbm_bo_get_bpp(bo), 32);
	assert_int_equal(gbm_bo_get_handle(bo).u32, gbm_bo_get_handle_for_plane(bo, 0).u32);
	assert_int_equal(gbm_bo_get_handle_for_plane(bo, 1).s32, -1);
	assert_framebuffer(card, bo);
	gbm_bo_destroy(bo);
	close_device(device, card);
}

TEST_TIMEOUT(yuv_has_planes_fds_and_handles, 60)
{
	static const struct {
		uint32_t format;
		int planes;
	} rows[] = {{GBM_FORMAT_NV12, 2}, {DRM_FORMAT_P010, 2}, {GBM_FORMAT_YUV420, 3},
		{GBM_FORMAT_YUYV, 1}};
	int card;
	struct gbm_device *device = open_card("", &card);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gbm_bo *bo = gbm_bo_create(device, 352, 240, rows[i].format, 0);
		assert_non_null(bo);
		assert_int_equal(gbm_bo_get_plane_count(bo), rows[i].planes);
		for (int plane = 0; plane < rows[i].planes; plane++) {
			int fd = gbm_bo_get_fd_for_plane(bo, plane), whole = gbm_bo_get_fd(bo);
			uint32_t handle = 0;
			assert_true(fd >= 0 && whole >= 0);
			/* all planes lie in one memory object */
			assert_true(rig_is_same(fd, whole));
			close(whole);
			assert_int_equal(drmPrimeFDToHandle(card, fd, &handle), 0);
			assert_int_equal(handle, gbm_bo_get_handle_for_plane(bo, plane).u32);
			close(fd);
		}
		gbm_bo_destroy(bo);
	}
	close_device(device, card);
}

static struct gbm_bo *import(struct gbm_device *device, struct gbm_bo *bo)
{
	struct gbm_import_fd_modifier_data data = {
		.width = gbm_bo_get_width(bo),
		.height = gbm_bo_get_height(bo),
		.format = gbm_bo_get_format(bo),
		.num_fds = 1,
		.fds = {gbm_bo_get_fd(bo)},
		.strides = {(int)gbm_bo_get_stride(bo)},
		.modifier = DRM_FORMAT_MOD_LINEAR,
	};
	struct gbm_bo *again =
		gbm_bo_import(device, GBM_BO_IMPORT_FD_MODIFIER, &data, GBM_BO_USE_SCANOUT);
	close(data.fds[0]);
	return again;
}

/* The kernel gives the same memory the same handle, and counts nothing: who goes first must not
 * close it for the others. */
TEST_TIMEOUT(handles_are_counted, 60)
{
	int card;
	struct gbm_device *device = open_card("", &card);
	for (int first = 0; first < 2; first++) {
		struct gbm_bo *bos[3];
		bos[0] = gbm_bo_create(device, 64, 64, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT);
		assert_non_null(bos[0]);
		bos[1] = import(device, bos[0]);
		bos[2] = import(device, bos[0]);
		assert_non_null(bos[1]);
		assert_non_null(bos[2]);
		assert_int_equal(gbm_bo_get_handle(bos[0]).u32, gbm_bo_get_handle(bos[1]).u32);
		gbm_bo_destroy(bos[first]);
		assert_framebuffer(card, bos[1 - first]);
		gbm_bo_destroy(bos[1 - first]);
		assert_framebuffer(card, bos[2]);
		gbm_bo_destroy(bos[2]);
	}
	close_device(device, card);
}

TEST_TIMEOUT(cpu_and_fd_see_the_same_bytes, 60)
{
	int card;
	struct gbm_device *device = open_card("odd", &card);
	struct gbm_bo *bo = gbm_bo_create(
		device, 64, 64, GBM_FORMAT_ARGB8888, GBM_BO_USE_CURSOR | GBM_BO_USE_WRITE);
	assert_non_null(bo);
	uint32_t stride = gbm_bo_get_stride(bo);
	size_t size = (size_t)stride * 64;
	uint8_t *bytes = malloc(size);
	memset(bytes, 0x3c, size);
	assert_int_equal(gbm_bo_write(bo, bytes, size), 0);
	free(bytes);
	void *data = NULL;
	uint8_t *part = gbm_bo_map(bo, 8, 8, 4, 4, GBM_BO_TRANSFER_READ_WRITE, &stride, &data);
	assert_non_null(part);
	assert_int_equal(part[0], 0x3c);
	part[stride] = 0x5a;
	gbm_bo_unmap(bo, data);
	int fd = gbm_bo_get_fd(bo);
	uint8_t *all = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(all, MAP_FAILED);
	assert_int_equal(all[9 * stride + 32], 0x5a);
	munmap(all, size);
	close(fd);
	gbm_bo_destroy(bo);
	close_device(device, card);
}

/* Devices that are no DRM device at all: the memory is there all the same. */
TEST_TIMEOUT(any_node_is_a_device, 60)
{
	static const char *const nodes[] = {"/dev/udmabuf", "/dev/dma_heap/system"};
	for (size_t i = 0; i < 2; i++) {
		int node;
		struct gbm_device *device = open_on(nodes[i], "odd", &node);
		struct gbm_bo *bo = gbm_bo_create(device, 640, 480, GBM_FORMAT_XRGB8888, 0);
		assert_non_null(bo);
		assert_int_equal(gbm_bo_get_stride(bo), 2816);
		int fd = gbm_bo_get_fd(bo);
		assert_true(fd >= 0);
		close(fd);
		gbm_bo_destroy(bo);
		close_device(device, node);
	}
}

static size_t count_fds(void)
{
	size_t n = 0;
	for (int fd = 0; fd < 256; fd++) {
		n += fcntl(fd, F_GETFD) >= 0;
	}
	return n;
}

TEST_TIMEOUT(bos_and_devices_in_any_order, 120)
{
	size_t fds = count_fds();
	long dmabufs = -1;
	for (int round = 0; round < 3; round++) {
		struct gbm_device *devices[3];
		struct gbm_bo *bos[3][4];
		int nodes[3];
		for (int i = 0; i < 3; i++) {
			devices[i] = open_card("", &nodes[i]);
			for (int b = 0; b < 4; b++) {
				bos[i][b] = gbm_bo_create(devices[i], 64, 64, GBM_FORMAT_XRGB8888,
					GBM_BO_USE_SCANOUT);
				assert_non_null(bos[i][b]);
			}
		}
		/* the first goes before its bos, and its node with it */
		close_device(devices[0], nodes[0]);
		for (int b = 3; b >= 0; b--) {
			for (int i = 0; i < 3; i++) {
				gbm_bo_destroy(bos[i][b]);
			}
		}
		close_device(devices[1], nodes[1]);
		close_device(devices[2], nodes[2]);
		assert_int_equal(count_fds(), fds);
		dmabufs = dmabufs < 0 ? rig_dmabufs() : dmabufs;
		assert_int_equal(rig_dmabufs(), dmabufs);
	}
}
