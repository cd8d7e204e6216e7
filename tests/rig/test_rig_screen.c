/* SPDX-License-Identifier: MIT */
/*
 * What only our own kernel has: a screen that can be read back, fences that a test signals, more
 * cameras. It uses nothing of the library.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "rig.h"
#include "swsync.h"
#include "vkms.h"

enum {
	WIDTH = 64,
	HEIGHT = 48,
};

static void assert_opens(int fd)
{
	assert_true(fd >= 0);
	close(fd);
}

TEST(more_devices_are_there)
{
	rig_require();
	assert_opens(rig_open_card("vkms"));
	assert_opens(rig_open_video("vim2m"));
	assert_opens(rig_open_video("Raw Capture 0")); /* vimc */
	assert_opens(swsync_open());
}

/* A picture in which no two pixels are the same, and the top byte is not 0. */
static uint32_t colour(uint32_t x, uint32_t y)
{
	return 0xff000000 | (x * 3) << 16 | (y * 5) << 8 | ((x ^ y) & 0xff);
}

static void paint(int dmabuf, uint32_t pitch)
{
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE};
	size_t size = (size_t)pitch * HEIGHT;
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(rig_ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync), 0);
	for (uint32_t y = 0; y < HEIGHT; y++) {
		for (uint32_t x = 0; x < WIDTH; x++) {
			uint32_t pixel = colour(x, y);

			memcpy(map + (size_t)y * pitch + x * 4, &pixel, 4);
		}
	}
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE;
	assert_int_equal(rig_ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync), 0);
	munmap(map, size);
}

static void assert_shown(const uint32_t *pixels)
{
	for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
		uint32_t wanted = colour(i % WIDTH, i / WIDTH) & 0xffffff;

		assert_int_equal(pixels[i] & 0xffffff, wanted);
	}
}

/* A painted buffer of the system heap as a framebuffer of vkms. */
static uint32_t add_picture(struct vkms *vkms, int dmabuf, uint32_t pitch)
{
	struct vkms_picture picture = {
		.dmabuf = {dmabuf},
		.width = WIDTH,
		.height = HEIGHT,
		.format = DRM_FORMAT_XRGB8888,
		.pitches = {pitch},
	};
	uint32_t fb = 0;

	paint(dmabuf, pitch);
	assert_int_equal(vkms_add_picture(vkms, &picture, &fb), 0);
	return fb;
}

static void show_one(struct vkms *vkms, int dmabuf, uint32_t pitch)
{
	uint32_t pixels[WIDTH * HEIGHT];
	uint32_t fb;

	assert_true(dmabuf >= 0);
	fb = add_picture(vkms, dmabuf, pitch);
	assert_int_equal(vkms_show(vkms, fb, WIDTH, HEIGHT, pixels), 0);
	assert_shown(pixels);
	vkms_remove_picture(vkms, fb);
	close(dmabuf);
}

TEST(writeback_shows_any_buffer)
{
	struct vkms *vkms = NULL;
	uint32_t pitch = 0;
	int memfd, dumb;

	rig_require();
	assert_int_equal(vkms_create(&vkms), 0);
	show_one(vkms, rig_heap_alloc("system", 512 * HEIGHT), 512);
	memfd = rig_memfd(512 * HEIGHT);
	assert_true(memfd >= 0);
	show_one(vkms, rig_udmabuf(memfd, 512 * HEIGHT), 512);
	close(memfd);
	dumb = rig_dumb(vkms_fd(vkms), WIDTH, HEIGHT, &pitch);
	show_one(vkms, dumb, pitch);
	vkms_destroy(vkms);
}

TEST(screen_waits_for_its_fence)
{
	uint32_t pixels[WIDTH * HEIGHT];
	struct vkms *vkms = NULL;
	int dmabuf, timeline, fence;
	uint32_t fb;

	rig_require();
	assert_int_equal(vkms_create(&vkms), 0);
	dmabuf = rig_heap_alloc("system", WIDTH * 4 * HEIGHT);
	assert_true(dmabuf >= 0);
	fb = add_picture(vkms, dmabuf, WIDTH * 4);
	timeline = swsync_open();
	assert_true(timeline >= 0);
	fence = swsync_fence(timeline, 1);
	assert_true(fence >= 0);
	assert_int_equal(vkms_show_start(vkms, fb, WIDTH, HEIGHT, fence), 0);
	assert_int_equal(vkms_show_wait(vkms, 200, pixels), -ETIMEDOUT);
	assert_int_equal(swsync_advance(timeline, 1), 0);
	assert_int_equal(vkms_show_wait(vkms, 5000, pixels), 0);
	assert_shown(pixels);
	vkms_show_end(vkms);
	vkms_remove_picture(vkms, fb);
	close(fence);
	close(timeline);
	close(dmabuf);
	vkms_destroy(vkms);
}

static bool is_ready(int fd, short events)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};

	return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & events) == events;
}

TEST(swsync_signals)
{
	int timeline, first, second;

	rig_require();
	timeline = swsync_open();
	first = swsync_fence(timeline, 1);
	second = swsync_fence(timeline, 3);
	assert_true(first >= 0 && second >= 0);
	assert_false(is_ready(first, POLLIN));
	assert_int_equal(swsync_advance(timeline, 1), 0);
	assert_true(is_ready(first, POLLIN));
	assert_false(is_ready(second, POLLIN));
	assert_int_equal(swsync_advance(timeline, 2), 0);
	assert_true(is_ready(second, POLLIN));
	close(first);
	close(second);
	close(timeline);
}
