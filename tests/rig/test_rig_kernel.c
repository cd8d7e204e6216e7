/* SPDX-License-Identifier: MIT */
/*
 * What the other tests of the rig stand on: the guest's kernel has the devices, and they behave as
 * those tests suppose. It uses nothing of the library.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "oracle.h"
#include "rig.h"
#include "swsync.h"
#include "vgem.h"
#include "vkms.h"

enum {
	FRAME_720P = 1280 * 720 * 4, /* 3.5 MiB */
	WIDTH = 64,
	HEIGHT = 48,
};

static bool is_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISCHR(st.st_mode);
}

/* Debian's kernel has no screen without hardware, and no fences for tests. */
static void require_rig_kernel(void)
{
	rig_require();
	if (rig_guest_is("debian")) {
		TEST_SKIP("not in Debian's kernel");
	}
}

static void assert_opens(int fd)
{
	assert_true(fd >= 0);
	close(fd);
}

TEST(devices_are_there)
{
	rig_require();
	assert_true(is_device("/dev/udmabuf"));
	assert_true(is_device("/dev/uinput"));
	assert_true(is_device("/dev/dma_heap/system"));
	assert_opens(rig_open_card("vgem"));
	assert_opens(rig_open_video("vivid-000-vid-cap"));
	assert_opens(rig_open_video("vivid-001-vid-cap"));
}

TEST(more_devices_are_there)
{
	require_rig_kernel();
	assert_opens(rig_open_card("vkms"));
	assert_opens(rig_open_video("vim2m"));
	assert_opens(rig_open_video("Raw Capture 0")); /* vimc */
	assert_opens(swsync_open());
}

TEST(cma_heap_is_there_or_not)
{
	rig_require();
	if (rig_guest_is("cma")) {
		assert_true(is_device("/dev/dma_heap/reserved"));
		assert_int_equal(rig_meminfo("CmaTotal"), 64 * 1024);
	} else {
		assert_false(is_device("/dev/dma_heap/reserved"));
		assert_true(rig_meminfo("CmaTotal") <= 0); /* or not there */
	}
}

/* Asks the oracle about a new buffer. */
static int judge(int dmabuf)
{
	int result;

	if (dmabuf < 0) {
		return dmabuf;
	}
	result = oracle_accepts_contiguous(dmabuf, FRAME_720P);
	close(dmabuf);
	return result;
}

TEST_TIMEOUT(cma_heap_is_contiguous, 60)
{
	rig_require();
	if (!rig_guest_is("cma")) {
		TEST_SKIP("no CMA heap in this guest");
	}
	assert_int_equal(judge(rig_heap_alloc("reserved", FRAME_720P)), 1);
}

TEST(system_heap_is_not_contiguous)
{
	rig_require();
	assert_int_equal(judge(rig_heap_alloc_scattered(FRAME_720P)), 0);
}

TEST(udmabuf_of_small_pages_is_not_contiguous)
{
	int memfd = rig_memfd(FRAME_720P);
	int dmabuf;

	rig_require();
	assert_true(memfd >= 0);
	dmabuf = rig_udmabuf(memfd, FRAME_720P);
	close(memfd);
	assert_true(dmabuf >= 0);
	assert_int_equal(judge(dmabuf), 0);
}

TEST(oracle_has_bounds)
{
	struct oracle_result result;
	int dmabuf;

	rig_require();
	dmabuf = rig_heap_alloc("system", 4096);
	assert_true(dmabuf >= 0);
	assert_int_equal(oracle_ask(dmabuf, 4096, &result), -ERANGE);
	close(dmabuf);
}

TEST(cma_heap_gives_back)
{
	int dmabuf;

	rig_require();
	if (!rig_guest_is("cma")) {
		TEST_SKIP("no CMA heap in this guest");
	}
	assert_int_equal(rig_heap_alloc("reserved", (size_t)65 << 20), -ENOMEM);
	dmabuf = rig_heap_alloc("reserved", (size_t)8 << 20);
	assert_true(dmabuf >= 0);
	assert_int_equal(rig_cma_used(), 8 << 20);
	assert_in_range(rig_meminfo("CmaFree"), 0, 56 * 1024);
	close(dmabuf);
	assert_int_equal(rig_cma_used(), 0);
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

	require_rig_kernel();
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

	require_rig_kernel();
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

	require_rig_kernel();
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

/* A writer keeps readers and writers out, a reader only writers: as poll on the dma-buf tells. */
TEST(vgem_fences_a_buffer)
{
	uint32_t handle = 0, fence = 0;
	int vgem, dmabuf;

	rig_require();
	vgem = vgem_open();
	dmabuf = rig_heap_alloc("system", 4096);
	assert_true(vgem >= 0 && dmabuf >= 0);
	assert_int_equal(vgem_import(vgem, dmabuf, &handle), 0);
	assert_true(is_ready(dmabuf, POLLIN | POLLOUT));

	assert_int_equal(vgem_fence_attach(vgem, handle, true, &fence), 0);
	assert_false(is_ready(dmabuf, POLLIN));
	assert_false(is_ready(dmabuf, POLLOUT));
	assert_int_equal(vgem_fence_signal(vgem, fence), 0);
	assert_true(is_ready(dmabuf, POLLIN | POLLOUT));

	assert_int_equal(vgem_fence_attach(vgem, handle, false, &fence), 0);
	assert_true(is_ready(dmabuf, POLLIN));
	assert_false(is_ready(dmabuf, POLLOUT));
	assert_int_equal(vgem_fence_signal(vgem, fence), 0);
	assert_true(is_ready(dmabuf, POLLOUT));

	vgem_close_handle(vgem, handle);
	close(dmabuf);
	close(vgem);
}
