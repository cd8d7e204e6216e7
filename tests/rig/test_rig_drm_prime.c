/* SPDX-License-Identifier: MIT */
/* The library's book-keeping of imports, held to what the kernel says by bare ioctls. */
#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>
#include <xf86drm.h>

#include <tenon/drm.h>

#include "harness.h"
#include "rig.h"

enum {
	WIDTH = 64,
	HEIGHT = 48,
	CYCLES = 1000,
	THREADS = 4,
	ROUNDS = 100,
};

/* Whether the open file still knows the handle: exporting tells. */
static bool is_valid(int card, uint32_t handle)
{
	int fd = -1;

	if (drmPrimeHandleToFD(card, handle, DRM_CLOEXEC, &fd) != 0) {
		assert_int_equal(errno, ENOENT);
		return false;
	}
	close(fd);
	return true;
}

static uint32_t import_bare(int card, int dmabuf)
{
	uint32_t handle = 0;

	assert_int_equal(drmPrimeFDToHandle(card, dmabuf, &handle), 0);
	return handle;
}

static struct tenon_drm_import *import(struct tenon_drm_device *device, int dmabuf)
{
	struct tenon_drm_import *out = NULL;

	assert_int_equal(tenon_drm_device_import(&out, device, dmabuf), 0);
	assert_true(tenon_drm_import_get_handle(out) != 0);
	return out;
}

/* A device of the fd of a card that the test has, too; the test's fd. */
static int open_shared(struct tenon_drm_device **out, const char *driver)
{
	int card = rig_open_card(driver);

	assert_true(card >= 0);
	assert_int_equal(tenon_drm_device_create(out, card), 0);
	return card;
}

static void check_import(struct tenon_drm_device *device, int dmabuf)
{
	int card = tenon_drm_device_get_fd(device), again = fcntl(dmabuf, F_DUPFD_CLOEXEC, 0), back;
	struct tenon_drm_import *first = import(device, dmabuf);
	struct tenon_drm_import *second = import(device, again);
	uint32_t handle = tenon_drm_import_get_handle(first);

	assert_ptr_equal(first, second);
	assert_int_equal(tenon_drm_import_export(first, &back), 0);
	assert_true(rig_is_same(back, dmabuf));
	assert_int_equal(fcntl(back, F_GETFD), FD_CLOEXEC);
	close(back);
	tenon_drm_import_unref(first);
	assert_true(is_valid(card, handle));
	assert_ptr_equal(tenon_drm_import_ref(second), second);
	tenon_drm_import_unref(second);
	assert_true(is_valid(card, handle));
	tenon_drm_import_unref(second);
	assert_false(is_valid(card, handle));
	/* and once more */
	first = import(device, again);
	assert_true(is_valid(card, tenon_drm_import_get_handle(first)));
	tenon_drm_import_unref(first);
	close(again);
}

static void check_both(const char *from_driver, const char *to_driver)
{
	struct tenon_drm_device *from = NULL, *to = NULL;
	int card = open_shared(&from, from_driver), other = open_shared(&to, to_driver), dmabuf;
	struct tenon_drm_import *import_it;
	uint32_t pitch;

	dmabuf = rig_dumb(card, WIDTH, HEIGHT, &pitch);
	assert_true(dmabuf >= 0);
	check_import(to, dmabuf);
	check_import(from, dmabuf); /* its own buffer */
	/* the exporter goes first, then the device that the import is of */
	import_it = import(to, dmabuf);
	tenon_drm_device_unref(from);
	close(card);
	close(dmabuf);
	assert_int_equal(rig_dmabufs(), 1);
	tenon_drm_device_unref(to);
	assert_true(is_valid(other, tenon_drm_import_get_handle(import_it)));
	tenon_drm_import_unref(import_it);
	assert_int_equal(rig_dmabufs(), 0);
	close(other);
}

TEST(vgem_to_vkms)
{
	rig_require();
	check_both("vgem", "vkms");
}

TEST(vkms_to_vgem)
{
	rig_require();
	check_both("vkms", "vgem");
}

/* Two devices of one open file have one handle, and it goes with the last import of both. */
TEST(devices_of_one_file_share_handles)
{
	struct tenon_drm_device *first = NULL, *second = NULL, *apart = NULL;
	struct tenon_drm_import *one, *two, *three;
	int card, dmabuf;
	uint32_t handle;

	rig_require();
	card = open_shared(&first, "vkms");
	assert_int_equal(tenon_drm_device_create(&second, tenon_drm_device_get_fd(first)), 0);
	assert_int_equal(tenon_drm_device_open(&apart, "/dev/dri/card1"), 0);
	dmabuf = rig_heap_alloc("system", 4096);
	one = import(first, dmabuf);
	two = import(second, dmabuf);
	three = import(apart, dmabuf);
	assert_ptr_equal(one, two);
	assert_ptr_not_equal(one, three);
	handle = tenon_drm_import_get_handle(one);
	tenon_drm_import_unref(one);
	tenon_drm_device_unref(first);
	assert_true(is_valid(card, handle));
	tenon_drm_import_unref(two);
	assert_false(is_valid(card, handle));
	assert_true(is_valid(tenon_drm_device_get_fd(apart), tenon_drm_import_get_handle(three)));
	tenon_drm_import_unref(three);
	tenon_drm_device_unref(apart);
	tenon_drm_device_unref(second);
	close(dmabuf);
	close(card);
}

/* Somebody who does not know us uses the same open file. */
TEST(handle_of_another_is_not_closed)
{
	struct tenon_drm_device *device = NULL;
	struct tenon_drm_import *ours;
	int card, dmabuf;
	uint32_t theirs;

	rig_require();
	card = open_shared(&device, "vkms");
	dmabuf = rig_heap_alloc("system", 4096);
	theirs = import_bare(card, dmabuf);
	ours = import(device, dmabuf);
	assert_int_equal(tenon_drm_import_get_handle(ours), theirs);
	tenon_drm_import_unref(ours);
	assert_true(is_valid(card, theirs));
	assert_int_equal(drmCloseBufferHandle(card, theirs), 0);
	/* now that nobody has it, it is ours to close */
	ours = import(device, dmabuf);
	tenon_drm_import_unref(ours);
	assert_false(is_valid(card, theirs));
	tenon_drm_device_unref(device);
	close(dmabuf);
	close(card);
}

TEST(handle_that_another_closed_is_left_alone)
{
	struct tenon_drm_device *device = NULL;
	struct tenon_drm_import *ours, *later;
	int card, first, second;
	uint32_t handle;

	rig_require();
	card = open_shared(&device, "vkms");
	first = rig_heap_alloc("system", 4096);
	second = rig_heap_alloc("system", 4096);
	ours = import(device, first);
	handle = tenon_drm_import_get_handle(ours);
	assert_int_equal(drmCloseBufferHandle(card, handle), 0);
	/* the number is used again, by them */
	assert_int_equal(import_bare(card, second), handle);
	tenon_drm_import_unref(ours);
	assert_true(is_valid(card, handle));
	assert_int_equal(drmCloseBufferHandle(card, handle), 0);
	/* the same, and the number comes back to us */
	ours = import(device, first);
	assert_int_equal(drmCloseBufferHandle(card, handle), 0);
	later = import(device, second);
	assert_int_equal(tenon_drm_import_get_handle(later), handle);
	assert_ptr_not_equal(later, ours);
	tenon_drm_import_unref(ours);
	assert_true(is_valid(card, handle));
	tenon_drm_import_unref(later);
	assert_false(is_valid(card, handle));
	tenon_drm_device_unref(device);
	close(first);
	close(second);
	close(card);
}

static void check_cycles(struct tenon_drm_device *device)
{
	int card = tenon_drm_device_get_fd(device);
	long before = rig_meminfo("MemFree"), after;

	for (int i = 0; i < CYCLES; i++) {
		int dmabuf = rig_heap_alloc("system", 65536);
		struct tenon_drm_import *one;
		uint32_t handle;

		assert_true(dmabuf >= 0);
		one = import(device, dmabuf);
		handle = tenon_drm_import_get_handle(one);
		close(dmabuf);
		tenon_drm_import_unref(one);
		/* the lowest free number each time: none is left */
		assert_int_equal(handle, 1);
	}
	assert_false(is_valid(card, 1));
	assert_int_equal(rig_dmabufs(), 0);
	after = rig_meminfo("MemFree");
	/* 64 MB went through; the kernel's own lists may have kept a little */
	assert_true(after > before - 16 * 1024);
}

TEST_TIMEOUT(thousand_cycles_leave_nothing, 60)
{
	struct tenon_drm_device *device = NULL;
	int card;

	rig_require();
	card = open_shared(&device, "vkms");
	check_cycles(device);
	tenon_drm_device_unref(device);
	close(card);
	assert_int_equal(tenon_drm_device_open(&device, "/dev/dri/card1"), 0);
	check_cycles(device);
	tenon_drm_device_unref(device);
}

static struct {
	struct tenon_drm_device *device;
	int dmabufs[2];
} shared;

/* A handle must be good as long as a reference is held, whatever the others do. */
static void *import_and_drop(void *data)
{
	int card = tenon_drm_device_get_fd(shared.device);
	uintptr_t seed = (uintptr_t)data;

	for (uintptr_t i = 0; i < ROUNDS; i++) {
		int dmabuf = shared.dmabufs[(i + seed) % 2], back = -1;
		struct tenon_drm_import *one = import(shared.device, dmabuf);

		assert_true(is_valid(card, tenon_drm_import_get_handle(one)));
		assert_int_equal(tenon_drm_import_export(one, &back), 0);
		assert_true(rig_is_same(back, dmabuf));
		close(back);
		tenon_drm_import_unref(one);
	}
	return NULL;
}

TEST_TIMEOUT(threads_share_imports, 60)
{
	pthread_t threads[THREADS];
	int card;

	rig_require();
	card = open_shared(&shared.device, "vkms");
	shared.dmabufs[0] = rig_heap_alloc("system", 4096);
	shared.dmabufs[1] = rig_heap_alloc("system", 4096);
	for (uintptr_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, import_and_drop, (void *)i), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	close(shared.dmabufs[0]);
	close(shared.dmabufs[1]);
	assert_int_equal(rig_dmabufs(), 0);
	tenon_drm_device_unref(shared.device);
	close(card);
}

TEST(what_is_no_dmabuf_is_refused)
{
	struct tenon_drm_device *device = NULL;
	struct tenon_drm_import *none = NULL;
	int card, memfd;

	rig_require();
	card = open_shared(&device, "vkms");
	memfd = rig_memfd(4096);
	assert_int_equal(tenon_drm_device_import(&none, device, memfd), -EINVAL);
	assert_int_equal(tenon_drm_device_import(&none, device, -1), -EBADF);
	assert_null(none);
	close(memfd);
	tenon_drm_device_unref(device);
	close(card);
}
