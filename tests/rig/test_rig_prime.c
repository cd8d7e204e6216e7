/* SPDX-License-Identifier: MIT */
/*
 * Sharing buffers between DRM devices, as the kernel does it: handles are not counted, and a buffer
 * has one dma-buf whoever exports it. The library's own book-keeping rests on these.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <xf86drm.h>

#include "harness.h"
#include "rig.h"

enum {
	WIDTH = 64,
	HEIGHT = 48,
};

static int import(int card, int dmabuf, uint32_t *handle)
{
	struct drm_prime_handle prime = {.fd = dmabuf};
	int result = rig_ioctl(card, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);

	*handle = prime.handle;
	return result;
}

static int export(int card, uint32_t handle)
{
	struct drm_prime_handle prime = {
		.handle = handle,
		.flags = DRM_CLOEXEC | DRM_RDWR,
		.fd = -1,
	};
	int result = rig_ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);

	return result < 0 ? result : prime.fd;
}

static int close_handle(int card, uint32_t handle)
{
	struct drm_gem_close close_it = {.handle = handle};

	return rig_ioctl(card, DRM_IOCTL_GEM_CLOSE, &close_it);
}

/* Whether the card still knows the handle: exporting tells. */
static bool is_valid(int card, uint32_t handle)
{
	int fd = export(card, handle);

	if (fd < 0) {
		assert_int_equal(fd, -ENOENT);
		return false;
	}
	close(fd);
	return true;
}

/* Imports a buffer of `from` into `to`, with `again` another fd of the same dma-buf. */
static void check_import(int to, int dmabuf, int again)
{
	uint32_t first, second;
	int back;

	assert_int_equal(import(to, dmabuf, &first), 0);
	assert_int_equal(import(to, again, &second), 0);
	assert_int_equal(first, second);
	back = export(to, first);
	assert_true(back >= 0);
	assert_true(rig_is_same(back, dmabuf));
	close(back);
	assert_int_equal(close_handle(to, first), 0); /* once is enough, */
	assert_false(is_valid(to, first));
	assert_int_equal(close_handle(to, first), -EINVAL); /* twice is wrong */
	assert_int_equal(import(to, dmabuf, &first), 0);
	assert_true(is_valid(to, first));
	assert_int_equal(close_handle(to, first), 0);
}

static void check_both(const char *from_driver, const char *to_driver)
{
	uint32_t pitch, handle;
	int from = rig_open_card(from_driver);
	int to = rig_open_card(to_driver);
	int dmabuf, again, other;

	assert_true(from >= 0 && to >= 0);
	dmabuf = rig_dumb(from, WIDTH, HEIGHT, &pitch);
	assert_true(dmabuf >= 0);
	again = fcntl(dmabuf, F_DUPFD_CLOEXEC, 0);
	check_import(to, dmabuf, again);
	check_import(from, dmabuf, again); /* its own buffer */

	/* One dma-buf, however often it is exported, and after all handles are gone. */
	assert_int_equal(import(from, dmabuf, &handle), 0);
	other = export(from, handle);
	assert_true(rig_is_same(other, dmabuf));
	assert_int_equal(close_handle(from, handle), 0);
	close(other);
	assert_int_equal(import(from, dmabuf, &handle), 0);
	other = export(from, handle);
	assert_true(rig_is_same(other, dmabuf));
	close(other);
	close(from); /* ends its handles */
	assert_int_equal(import(to, dmabuf, &handle), 0);
	assert_true(is_valid(to, handle));
	close(to);
	close(again);
	close(dmabuf);
}

TEST(vgem_to_vkms)
{
	rig_require();
	check_both("vgem", "vkms");
	assert_int_equal(rig_dmabufs(), 0);
}

TEST(vkms_to_vgem)
{
	rig_require();
	check_both("vkms", "vgem");
	assert_int_equal(rig_dmabufs(), 0);
}

TEST(heap_to_both)
{
	uint32_t here, there;
	int vgem, vkms, dmabuf, back;

	rig_require();
	vgem = rig_open_card("vgem");
	vkms = rig_open_card("vkms");
	dmabuf = rig_heap_alloc("system", 4096);
	assert_true(vgem >= 0 && vkms >= 0 && dmabuf >= 0);
	assert_int_equal(import(vgem, dmabuf, &here), 0);
	back = export(vgem, here);
	assert_int_equal(import(vkms, back, &there), 0);
	close(back);
	back = export(vkms, there);
	assert_true(rig_is_same(back, dmabuf));
	close(back);
	close(dmabuf);
	assert_int_equal(rig_dmabufs(), 1); /* the handles hold it */
	assert_int_equal(close_handle(vgem, here), 0);
	assert_int_equal(close_handle(vkms, there), 0);
	assert_int_equal(rig_dmabufs(), 0);
	close(vgem);
	close(vkms);
}

TEST(wrong_calls_are_refused)
{
	uint32_t handle;
	int vkms, memfd;

	rig_require();
	vkms = rig_open_card("vkms");
	memfd = rig_memfd(4096);
	assert_true(vkms >= 0 && memfd >= 0);
	assert_int_equal(import(vkms, memfd, &handle), -EINVAL); /* no dma-buf */
	assert_int_equal(export(vkms, 4711), -ENOENT);
	close(memfd);
	close(vkms);
}
