/* SPDX-License-Identifier: MIT */

/*
 * The GBM backend in a real kernel, under programs that know nothing of it: their picture is the
 * same as with Mesa's own backend, and their framebuffers are as the devices need them. Strict
 * throughout, so that a bo that is not Tenon's fails the test.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <gbm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <tenon/gbm.h>

#include "backend.h"
#include "harness/harness.h"
#include "rig.h"

#define EGL_PROGRAM TEST_BUILD_ROOT "/clients/tenon-egl"

static int run_egl_sized(const char *mode, const char *dump, char *output, size_t size)
{
	char command[512];
	snprintf(command, sizeof(command),
		EGL_PROGRAM " --kms %s --size %s --frames 4 --dump %s 2>&1", backend_node(), mode,
		dump);
	return backend_run(command, output, size);
}

static int run_egl(const char *dump, char *output, size_t size)
{
	return run_egl_sized("1024x768", dump, output, size);
}

static void assert_same_picture(const char *a, const char *b, long bytes)
{
	char command[256], output[256];
	struct stat info;
	assert_int_equal(stat(a, &info), 0);
	assert_int_equal(info.st_size, bytes);
	snprintf(command, sizeof(command), "cmp %s %s 2>&1", a, b);
	assert_int_equal(backend_run(command, output, sizeof(output)), 0);
}

TEST_TIMEOUT(egl_draws_the_same_picture_in_constrained_buffers, 120)
{
	char output[8192];
	rig_require();
	backend_use_mesa();
	assert_int_equal(run_egl("/tmp/mesa.raw", output, sizeof(output)), 0);
	backend_use("");
	assert_int_equal(run_egl("/tmp/plain.raw", output, sizeof(output)), 0);
	assert_non_null(strstr(output, "stride 4096"));
	backend_use("odd");
	assert_int_equal(run_egl("/tmp/odd.raw", output, sizeof(output)), 0);
	assert_non_null(strstr(output, "stride 4352"));
	assert_same_picture("/tmp/mesa.raw", "/tmp/plain.raw", 1024 * 768 * 4);
	assert_same_picture("/tmp/mesa.raw", "/tmp/odd.raw", 1024 * 768 * 4);
}

/* vkms itself would take 5464 bytes for a row, and software GL would crash. */
TEST_TIMEOUT(rows_begin_as_software_gl_needs_them, 120)
{
	char output[8192];
	rig_require();
	backend_use_mesa();
	assert_int_equal(run_egl_sized("1366x768", "/tmp/mesa.raw", output, sizeof(output)), 0);
	backend_use("");
	assert_int_equal(run_egl_sized("1366x768", "/tmp/tenon.raw", output, sizeof(output)), 0);
	assert_non_null(strstr(output, "stride 5472"));
	assert_same_picture("/tmp/mesa.raw", "/tmp/tenon.raw", 1366 * 768 * 4);
}

/* Software GL cannot map memory of the CMA heap, so a device that takes no other is refused at
 * that stage, and said to be; no crash, and nothing else instead. */
TEST_TIMEOUT(memory_the_renderer_cannot_map_is_refused_by_name, 120)
{
	char output[16384];
	rig_require();
	backend_use("strip");
	assert_int_equal(run_egl("/tmp/strip.raw", output, sizeof(output)), 3);
	assert_non_null(strstr(output, "heap cma refused at map"));
	assert_null(strstr(output, "Mesa's own allocation"));
}

/* The display alone takes it: then it does come from CMA. */
TEST_TIMEOUT(scanout_memory_comes_from_cma_where_a_device_demands_it, 60)
{
	rig_require();
	backend_use("strip");
	setenv("TENON_GBM_SOFTWARE", "0", 1);
	int card = open(backend_node(), O_RDWR | O_CLOEXEC);
	long before = rig_cma_used();
	struct gbm_device *device = gbm_create_device(card);
	assert_non_null(device);
	struct gbm_bo *bo =
		gbm_bo_create(device, 1024, 768, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT);
	assert_non_null(bo);
	assert_non_null(strstr(tenon_gbm_bo_get_text(bo), "heap cma"));
	assert_true(rig_cma_used() > before);
	gbm_bo_destroy(bo);
	gbm_device_destroy(device);
	assert_int_equal(rig_cma_used(), before);
	close(card);
}

/* The framebuffer as the kernel has it: the pitch is the constrained one. */
TEST_TIMEOUT(the_kernel_sees_the_pitch, 60)
{
	rig_require();
	backend_use("odd");
	int card = open(backend_node(), O_RDWR | O_CLOEXEC);
	struct gbm_device *device = gbm_create_device(card);
	assert_non_null(device);
	assert_string_equal(gbm_device_get_backend_name(device), "drm");
	assert_true(tenon_gbm_is_tenon(device));
	struct gbm_bo *bo =
		gbm_bo_create(device, 1024, 768, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT);
	assert_non_null(bo);
	assert_int_equal(gbm_bo_get_stride(bo), 4352);
	uint32_t handles[4] = {gbm_bo_get_handle(bo).u32}, pitches[4] = {4352}, offsets[4] = {0};
	uint32_t id = 0;
	assert_int_not_equal(handles[0], 0);
	assert_int_equal(drmModeAddFB2(card, 1024, 768, DRM_FORMAT_XRGB8888, handles, pitches,
				 offsets, &id, 0),
		0);
	drmModeFBPtr fb = drmModeGetFB(card, id);
	assert_non_null(fb);
	assert_int_equal(fb->pitch, 4352);
	drmCloseBufferHandle(card, fb->handle);
	drmModeFreeFB(fb);
	drmModeRmFB(card, id);
	gbm_bo_destroy(bo);
	gbm_device_destroy(device);
	close(card);
}

TEST_TIMEOUT(map_and_fd_are_the_same_memory, 60)
{
	rig_require();
	backend_use("odd");
	int card = open(backend_node(), O_RDWR | O_CLOEXEC);
	struct gbm_device *device = gbm_create_device(card);
	struct gbm_bo *bo = gbm_bo_create(
		device, 100, 10, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT | GBM_BO_USE_LINEAR);
	assert_non_null(bo);
	uint32_t stride = 0;
	void *data = NULL;
	uint8_t *part = gbm_bo_map(bo, 3, 4, 5, 2, GBM_BO_TRANSFER_WRITE, &stride, &data);
	assert_non_null(part);
	assert_int_equal(stride, gbm_bo_get_stride(bo));
	memset(part, 0xa5, 20);
	gbm_bo_unmap(bo, data);
	int fd = gbm_bo_get_fd(bo);
	assert_true(fd >= 0);
	uint8_t *all = mmap(NULL, (size_t)stride * 10, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(all, MAP_FAILED);
	assert_int_equal(all[4 * stride + 12], 0xa5);
	assert_int_equal(all[4 * stride + 11], 0);
	munmap(all, (size_t)stride * 10);
	close(fd);
	gbm_bo_destroy(bo);
	gbm_device_destroy(device);
	close(card);
}

TEST_TIMEOUT(yuv_that_mesa_does_not_allocate_has_handles, 60)
{
	rig_require();
	backend_use("");
	int card = open(backend_node(), O_RDWR | O_CLOEXEC);
	struct gbm_device *device = gbm_create_device(card);
	struct gbm_bo *bo = gbm_bo_create(device, 352, 240, GBM_FORMAT_NV12, GBM_BO_USE_LINEAR);
	assert_non_null(bo);
	assert_int_equal(gbm_bo_get_plane_count(bo), 2);
	assert_true(gbm_bo_get_handle_for_plane(bo, 0).u32 != 0);
	assert_true(gbm_bo_get_offset(bo, 1) >= gbm_bo_get_stride(bo) * 240);
	gbm_bo_destroy(bo);
	gbm_device_destroy(device);
	close(card);
}

/* The checksums that vkms makes of what its screen shows, one of each frame. */
static int start_checksums(void)
{
	int control = -1, data = -1;
	for (int i = 0; i < 4 && data < 0; i++) {
		char path[96];
		snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%d/crtc-0/crc/control", i);
		control = open(path, O_WRONLY | O_CLOEXEC);
		if (control >= 0) {
			assert_int_equal(write(control, "auto", 4), 4);
			close(control);
			snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%d/crtc-0/crc/data", i);
			data = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		}
	}
	return data;
}

/* The pictures a screen has shown, by their checksums, each once, in order. */
struct pictures {
	unsigned long sums[64];
	size_t len;
	bool odd_pitch; /* a framebuffer had the pitch that "odd" wants */
};

/* Looks into what the kernel tells of the framebuffers there are. */
static void see_pitch(struct pictures *seen)
{
	char path[64], text[16384];
	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%d/framebuffer", backend_card());
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = file >= 0 ? read(file, text, sizeof(text) - 1) : 0;
	text[len > 0 ? len : 0] = '\0';
	seen->odd_pitch = seen->odd_pitch || strstr(text, "pitch[0]=4352") != NULL;
	if (file >= 0) {
		close(file);
	}
}

static void see_checksums(int data, struct pictures *seen)
{
	char text[256];
	ssize_t len;
	while ((len = read(data, text, sizeof(text) - 1)) > 0) {
		text[len] = '\0';
		const char *at = strchr(text, ' ');
		unsigned long sum = at != NULL ? strtoul(at, NULL, 16) : 0;
		if (seen->len < 64 && (seen->len == 0 || seen->sums[seen->len - 1] != sum)) {
			seen->sums[seen->len++] = sum;
		}
	}
}

static void watch(const char *command, struct pictures *seen)
{
	int data = -1, status = 0;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char output[4096];
		_exit(backend_run(command, output, sizeof(output)) == 0 &&
					strstr(output, "Rendered") != NULL
				? 0
				: 1);
	}
	while (waitpid(child, &status, WNOHANG) == 0) {
		if (data < 0) {
			data = start_checksums();
		} else {
			see_checksums(data, seen);
			if (!seen->odd_pitch) {
				see_pitch(seen);
			}
		}
		usleep(2000);
	}
	if (data >= 0) {
		close(data);
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The longest row of pictures that both have shown one after the other. */
static size_t longest_common(const struct pictures *a, const struct pictures *b)
{
	size_t longest = 0;
	for (size_t i = 0; i < a->len; i++) {
		for (size_t j = 0; j < b->len; j++) {
			size_t len = 0;
			while (i + len < a->len && j + len < b->len &&
				a->sums[i + len] == b->sums[j + len]) {
				len++;
			}
			longest = len > longest ? len : longest;
		}
	}
	return longest;
}

/* The checksums begin some time after the first frame, and a slow guest may skip one, so what must
 * be the same is a row of frames, not all of them. */
TEST_TIMEOUT(kmscube_shows_the_same_frames, 200)
{
	char command[256];
	struct pictures mesa = {0}, tenon = {0};
	rig_require();
	if (access("/usr/bin/kmscube", X_OK) != 0) {
		TEST_SKIP("no kmscube");
	}
	/* it wants an input that does not end */
	snprintf(command, sizeof(command),
		"mkfifo -m 600 /tmp/kmscube-in 2>/dev/null; "
		"kmscube -D %s --count=12 0<>/tmp/kmscube-in 2>&1 | tail -n 1",
		backend_node());
	backend_use_mesa();
	watch(command, &mesa);
	backend_use("odd");
	watch(command, &tenon);
	if (mesa.len == 0) {
		TEST_SKIP("this vkms makes no checksums");
	}
	assert_true(longest_common(&mesa, &tenon) >= 4);
	assert_false(mesa.odd_pitch);
	assert_true(tenon.odd_pitch);
}
