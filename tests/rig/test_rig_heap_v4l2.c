/* SPDX-License-Identifier: MIT */
/*
 * Memory that a V4L2 device's driver allocated, under the judge: the instance of vivid that takes
 * contiguous buffers only gives such, with a CMA heap in the machine and without.
 */
#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "camera.h"
#include "harness.h"
#include "oracle.h"
#include "rig.h"

enum {
	FRAME_720P = 1280 * 720 * 4, /* 3.5 MiB */
	ACCESS = TENON_ACCESS_READ | TENON_ACCESS_WRITE,
};

static struct tenon_heap *open_heap(const char *camera, enum tenon_contiguity contiguity)
{
	char link[64], node[64];
	struct tenon_heap *heap = NULL;
	ssize_t len;
	int fd;

	rig_require();
	fd = rig_open_video(camera);
	assert_true(fd >= 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, node, sizeof(node) - 1);
	assert_true(len > 0);
	node[len] = '\0';
	close(fd);
	assert_int_equal(tenon_heap_create_v4l2(&heap, NULL, node, contiguity), 0);
	return heap;
}

static int allocate(struct tenon_memory **out, struct tenon_heap *heap, uint64_t bytes,
	uint64_t segments_max, char reason[256])
{
	struct tenon_alloc_request request = {
		.size = sizeof(request),
		.bytes = bytes,
		.segments_max = segments_max,
		.flags = TENON_ALLOC_OWN_FD | TENON_ALLOC_DMABUF,
		.label = "rig",
		.reason = reason,
		.reason_size = 256,
	};

	return tenon_heap_allocate(out, heap, &request);
}

TEST_TIMEOUT(a_contiguous_device_gives_contiguous_memory, 60)
{
	struct tenon_heap *heap = open_heap(CAMERA_CONTIGUOUS, TENON_CONTIGUITY_ASSURED);
	struct tenon_memory *memories[2];
	char reason[256];
	unsigned char *at;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(allocate(&memories[i], heap, FRAME_720P, 1, reason), 0);
		assert_int_equal(memories[i]->contiguity, TENON_CONTIGUITY_ASSURED);
		assert_true(memories[i]->bytes >= FRAME_720P);
	}
	/* the first still is what it was, though the queue it came from is long gone */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(oracle_accepts_contiguous(memories[i]->fd, memories[i]->bytes), 1);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tenon_memory_sync_begin(memories[i], ACCESS, 1000), 0);
		assert_int_equal(
			tenon_memory_map(memories[i], 0, FRAME_720P, ACCESS, (void **)&at), 0);
		memset(at, 0x10 + i, FRAME_720P);
		tenon_memory_unmap(memories[i], at, FRAME_720P);
		assert_int_equal(tenon_memory_sync_end(memories[i], ACCESS), 0);
	}
	assert_int_equal(tenon_memory_map(memories[0], 0, FRAME_720P, ACCESS, (void **)&at), 0);
	assert_int_equal(at[FRAME_720P - 1], 0x10);
	tenon_memory_unmap(memories[0], at, FRAME_720P);
	tenon_memory_destroy(memories[0]);
	tenon_memory_destroy(memories[1]);
	tenon_heap_unref(heap);
}

TEST_TIMEOUT(another_device_s_memory_is_not_called_contiguous, 60)
{
	struct tenon_heap *heap = open_heap(CAMERA_ANY, TENON_CONTIGUITY_UNKNOWN);
	struct tenon_memory *memory = NULL;
	char reason[256];

	assert_int_equal(allocate(&memory, heap, FRAME_720P, 1, reason), -EPERM);
	assert_null(memory);
	assert_int_equal(allocate(&memory, heap, FRAME_720P, 0, reason), 0);
	assert_int_equal(oracle_accepts_contiguous(memory->fd, memory->bytes), 0);
	tenon_memory_destroy(memory);
	tenon_heap_unref(heap);
}

TEST_TIMEOUT(allocations_leave_nothing, 60)
{
	struct tenon_heap *heap = open_heap(CAMERA_CONTIGUOUS, TENON_CONTIGUITY_ASSURED);
	struct tenon_memory *memory;
	char reason[256];
	long before = rig_dmabufs();

	assert_true(before >= 0);
	for (int i = 0; i < 100; i++) {
		memory = NULL;
		assert_int_equal(allocate(&memory, heap, FRAME_720P, 1, reason), 0);
		tenon_memory_destroy(memory);
		/* more than the machine has */
		memory = NULL;
		assert_int_equal(allocate(&memory, heap, UINT32_MAX - 4095, 1, reason), -ENOSPC);
		assert_null(memory);
	}
	assert_int_equal(rig_dmabufs(), before);
	tenon_heap_unref(heap);
}

TEST_TIMEOUT(a_device_in_use_is_busy, 60)
{
	struct tenon_heap *heap = open_heap(CAMERA_ANY, TENON_CONTIGUITY_UNKNOWN);
	struct tenon_memory *memory = NULL;
	struct camera camera;
	char reason[256] = "";

	assert_int_equal(camera_open(&camera, CAMERA_ANY, 640, 480, V4L2_PIX_FMT_XBGR32, 0), 0);
	assert_int_equal(camera_make(&camera, 2), 0);
	assert_int_equal(camera_start(&camera), 0);
	assert_int_equal(allocate(&memory, heap, FRAME_720P, 0, reason), -EBUSY);
	assert_non_null(strstr(reason, "another program uses the device"));
	/* it is not disturbed */
	assert_true(camera_take(&camera, 5000) >= 0);
	assert_int_equal(camera_stop(&camera), 0);
	camera_close(&camera);
	assert_int_equal(allocate(&memory, heap, FRAME_720P, 0, reason), 0);
	tenon_memory_destroy(memory);
	tenon_heap_unref(heap);
}
