/* SPDX-License-Identifier: MIT */
/*
 * What the other tests stand on: the guest's kernel has the devices, and they behave as those tests
 * suppose. It uses nothing of the library. (Screens and fences: test_rig_screen.c.)
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "oracle.h"
#include "rig.h"
#include "vgem.h"

enum {
	FRAME_720P = 1280 * 720 * 4, /* 3.5 MiB */
};

static bool is_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISCHR(st.st_mode);
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

static bool is_ready(int fd, short events)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};

	return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & events) == events;
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
