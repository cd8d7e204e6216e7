/* SPDX-License-Identifier: MIT */
/*
 * Dma-bufs of a real kernel as memory: they are imported, mapped and bracketed, and a bracket waits
 * for the devices that the kernel knows to be at work.
 */
#include <errno.h>
#include <limits.h>
#include <linux/dma-buf.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "harness.h"
#include "rig.h"
#include "swsync.h"
#include "vgem.h"
#include "vkms.h"

#include <drm_fourcc.h>

enum {
	SIZE = 64 * 1024,
	WIDTH = 64,
	HEIGHT = 48,
};

static struct tenon_memory *import(int fd)
{
	struct tenon_memory_import options = {.size = sizeof(options), .fd = fd};
	struct tenon_memory *memory = NULL;

	assert_int_equal(tenon_memory_import(&memory, &options), 0);
	return memory;
}

/* Begins, and ends what has begun; within which time, in milliseconds, goes to *took. */
static int bracket(struct tenon_memory *memory, uint32_t access, int timeout_ms, long *took)
{
	long start = rig_now_ms();
	int result = tenon_memory_sync_begin(memory, access, timeout_ms);

	*took = rig_now_ms() - start;
	if (result == 0) {
		assert_int_equal(tenon_memory_sync_end(memory, access), 0);
	}
	return result;
}

static void assert_passes(struct tenon_memory *memory, uint32_t access)
{
	long took;

	assert_int_equal(bracket(memory, access, 0, &took), 0);
}

/*
 * Times out when asked to, within a tenth, and at once when asked not to wait. Never too early;
 * late once in a while, when the machine has other things to do.
 */
static void assert_times_out(struct tenon_memory *memory, uint32_t access, int timeout_ms)
{
	long took, best = LONG_MAX;

	for (int i = 0; i < 5 && best > timeout_ms + 40; i++) {
		assert_int_equal(bracket(memory, access, timeout_ms, &took), -ETIMEDOUT);
		assert_true(took >= timeout_ms);
		best = took < best ? took : best;
	}
	assert_in_range(best, timeout_ms, timeout_ms + 40);
}

static void assert_blocked(struct tenon_memory *memory, uint32_t access)
{
	assert_times_out(memory, access, 400);
	assert_times_out(memory, access, 0);
}

/* What a bracket does under an unsignalled fence of a reader or a writer. */
static void check_fence(struct tenon_memory *memory, bool write)
{
	assert_blocked(memory, TENON_ACCESS_WRITE);
	assert_blocked(memory, TENON_ACCESS_READ | TENON_ACCESS_WRITE);
	if (write) {
		assert_blocked(memory, TENON_ACCESS_READ);
	} else {
		assert_passes(memory, TENON_ACCESS_READ);
	}
}

static void assert_free(struct tenon_memory *memory)
{
	assert_passes(memory, TENON_ACCESS_READ);
	assert_passes(memory, TENON_ACCESS_WRITE);
	assert_passes(memory, TENON_ACCESS_READ | TENON_ACCESS_WRITE);
}

TEST(waits_for_a_gpu)
{
	struct tenon_memory *memory;
	uint32_t handle, fence;
	int vgem, dmabuf;

	rig_require();
	vgem = vgem_open();
	dmabuf = rig_heap_alloc("system", SIZE);
	assert_true(vgem >= 0 && dmabuf >= 0);
	assert_int_equal(vgem_import(vgem, dmabuf, &handle), 0);
	memory = import(dmabuf);
	assert_true(memory->dmabuf);
	assert_int_equal(memory->bytes, SIZE);
	for (int write = 0; write < 2; write++) {
		assert_free(memory);
		assert_int_equal(vgem_fence_attach(vgem, handle, write, &fence), 0);
		check_fence(memory, write);
		assert_int_equal(vgem_fence_signal(vgem, fence), 0);
	}
	assert_free(memory);
	tenon_memory_destroy(memory);
	vgem_close_handle(vgem, handle);
	close(dmabuf);
	close(vgem);
}

static int put_fence(int dmabuf, int fence, bool write)
{
	struct dma_buf_import_sync_file import = {
		.flags = write ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ,
		.fd = fence,
	};

	return rig_ioctl(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import);
}

TEST(waits_for_a_sync_file)
{
	struct tenon_memory *memory;
	int timeline, dmabuf;

	rig_require();
	timeline = swsync_open();
	dmabuf = rig_heap_alloc("system", SIZE);
	assert_true(timeline >= 0 && dmabuf >= 0);
	memory = import(dmabuf);
	for (uint32_t round = 1; round <= 2; round++) {
		int fence = swsync_fence(timeline, round);

		assert_true(fence >= 0);
		assert_int_equal(put_fence(dmabuf, fence, round == 2), 0);
		close(fence);
		check_fence(memory, round == 2);
		assert_int_equal(swsync_advance(timeline, 1), 0);
		assert_free(memory);
	}
	tenon_memory_destroy(memory);
	close(timeline);
	close(dmabuf);
}

static void nothing(int number)
{
	(void)number;
}

/* Another process signals after 300 ms; meanwhile a timer interrupts every system call. */
TEST(goes_on_when_the_fence_is_signalled)
{
	const struct sigaction action = {.sa_handler = nothing};
	const struct itimerval often = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
	struct tenon_memory *memory;
	int timeline, dmabuf, fence;
	pid_t child;
	long took;

	rig_require();
	timeline = swsync_open();
	dmabuf = rig_heap_alloc("system", SIZE);
	fence = swsync_fence(timeline, 1);
	assert_true(timeline >= 0 && dmabuf >= 0 && fence >= 0);
	assert_int_equal(put_fence(dmabuf, fence, true), 0);
	memory = import(dmabuf);
	child = fork();
	if (child == 0) {
		usleep(300000);
		_exit(swsync_advance(timeline, 1) == 0 ? 0 : 1);
	}
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_int_equal(bracket(memory, TENON_ACCESS_READ, 5000, &took), 0);
	setitimer(ITIMER_REAL, &never, NULL);
	assert_in_range(took, 250, 2500);
	assert_int_equal(waitpid(child, NULL, 0), child);
	tenon_memory_destroy(memory);
	close(fence);
	close(timeline);
	close(dmabuf);
}

/* What the CPU writes between begin and end is what a screen shows. */
TEST(device_sees_what_the_cpu_wrote)
{
	struct vkms_picture picture = {
		.width = WIDTH,
		.height = HEIGHT,
		.format = DRM_FORMAT_XRGB8888,
		.pitches = {WIDTH * 4},
	};
	const uint32_t access = TENON_ACCESS_READ | TENON_ACCESS_WRITE;
	uint32_t pixels[WIDTH * HEIGHT];
	struct tenon_memory *memory;
	struct vkms *vkms = NULL;
	void *map = NULL;
	uint32_t fb = 0;
	int dmabuf;

	rig_require();
	assert_int_equal(vkms_create(&vkms), 0);
	dmabuf = rig_heap_alloc("system", sizeof(pixels));
	assert_true(dmabuf >= 0);
	memory = import(dmabuf);
	assert_int_equal(tenon_memory_map(memory, 0, sizeof(pixels), access, &map), 0);
	assert_int_equal(tenon_memory_sync_begin(memory, access, 1000), 0);
	for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
		((uint32_t *)map)[i] = i * 2654435761u;
	}
	assert_int_equal(tenon_memory_sync_end(memory, access), 0);
	picture.dmabuf[0] = memory->fd;
	assert_int_equal(vkms_add_picture(vkms, &picture, &fb), 0);
	assert_int_equal(vkms_show(vkms, fb, WIDTH, HEIGHT, pixels), 0);
	for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
		assert_int_equal(pixels[i] & 0xffffff, (i * 2654435761u) & 0xffffff);
	}
	vkms_remove_picture(vkms, fb);
	tenon_memory_unmap(memory, map, sizeof(pixels));
	tenon_memory_destroy(memory);
	close(dmabuf);
	vkms_destroy(vkms);
}

TEST_TIMEOUT(a_thousand_imports_leave_nothing, 60)
{
	long before;
	int dmabuf;

	rig_require();
	before = rig_dmabufs();
	assert_true(before >= 0);
	dmabuf = rig_heap_alloc("system", SIZE);
	assert_true(dmabuf >= 0);
	for (int i = 0; i < 1000; i++) {
		struct tenon_memory *memory = import(dmabuf);
		void *map;

		if (i % 10 == 0) {
			assert_int_equal(
				tenon_memory_map(memory, 0, SIZE, TENON_ACCESS_WRITE, &map), 0);
			memset(map, i, SIZE);
			tenon_memory_unmap(memory, map, SIZE);
		}
		tenon_memory_destroy(memory);
	}
	assert_int_equal(rig_dmabufs(), before + 1);
	close(dmabuf);
	assert_int_equal(rig_dmabufs(), before);
}
