/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "fake/kernel.h"
#include "harness.h"
#include "oom.h"

#define MIB (UINT64_C(1) << 20)

static const struct fake_v4l2 camera = {
	.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING,
	.sizeimage = 614400,
	.bytes = 8 * MIB,
};

static struct tenon_alloc_request ask(uint64_t bytes, char *reason)
{
	return (struct tenon_alloc_request){
		.size = sizeof(struct tenon_alloc_request),
		.bytes = bytes,
		.reason = reason,
		.reason_size = reason != NULL ? 250 : 0,
	};
}

static struct tenon_heap *open_heap(const char *node, enum tenon_contiguity contiguity)
{
	struct tenon_heap *heap = NULL;

	assert_int_equal(tenon_heap_create_v4l2(&heap, NULL, node, contiguity), 0);
	return heap;
}

TEST(a_buffer_is_as_large_as_asked_and_lives_without_the_device)
{
	struct tenon_alloc_request request = ask(3 * MIB + 1, NULL);
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_memory *a, *b;
	struct tenon_heap *heap;

	fake_start();
	heap = open_heap(fake_add_v4l2("video0", &camera), TENON_CONTIGUITY_ASSURED);
	assert_string_equal(tenon_heap_get_name(heap), "v4l2");
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_int_equal(info.availability, TENON_AVAILABLE);
	assert_int_equal(info.contiguity, TENON_CONTIGUITY_ASSURED);
	request.segments_max = 1;
	request.flags = TENON_ALLOC_DMABUF | TENON_ALLOC_OWN_FD | TENON_ALLOC_ZERO;
	assert_int_equal(tenon_heap_allocate(&a, heap, &request), 0);
	assert_int_equal(a->bytes, 3 * MIB + 4096);
	assert_int_equal(a->contiguity, TENON_CONTIGUITY_ASSURED);
	assert_true(a->dmabuf && a->own_fd && a->pinned && a->mappable);
	assert_true(fcntl(a->fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(tenon_heap_allocate(&b, heap, &request), 0);
	assert_int_equal(fake_left("video0"), 2 * MIB - 8192);
	tenon_memory_destroy(a);
	assert_int_equal(fake_left("video0"), 5 * MIB - 4096);
	tenon_memory_destroy(b);
	/* a picture smaller than the device's own is as large as that */
	request.bytes = 100;
	assert_int_equal(tenon_heap_allocate(&a, heap, &request), 0);
	assert_int_equal(a->bytes, 614400);
	tenon_memory_destroy(a);
	tenon_heap_unref(heap);
	fake_finish();
}

TEST(drivers_of_each_kind_serve)
{
	static const uint32_t kinds[] = {V4L2_CAP_VIDEO_CAPTURE_MPLANE, V4L2_CAP_VIDEO_M2M,
		V4L2_CAP_VIDEO_M2M_MPLANE, V4L2_CAP_VIDEO_OUTPUT};
	struct fake_v4l2 config = camera;
	struct tenon_alloc_request request = ask(2 * MIB, NULL);
	char name[] = "video0";

	fake_start();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct tenon_memory *memory;
		struct tenon_heap *heap;

		config.capabilities = kinds[i] | V4L2_CAP_STREAMING;
		name[5] = (char)('0' + i);
		heap = open_heap(fake_add_v4l2(name, &config), TENON_CONTIGUITY_UNKNOWN);
		assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
		assert_int_equal(memory->bytes, 2 * MIB);
		assert_int_equal(memory->contiguity, TENON_CONTIGUITY_UNKNOWN);
		tenon_memory_destroy(memory);
		tenon_heap_unref(heap);
	}
	fake_finish();
}

TEST(an_old_driver_gives_what_its_format_says_or_nothing)
{
	struct fake_v4l2 config = camera;
	char reason[250] = "";
	struct tenon_alloc_request request = ask(614400, reason);
	struct tenon_memory *memory = NULL;
	struct tenon_heap *heap;

	config.no_create_bufs = true;
	fake_start();
	heap = open_heap(fake_add_v4l2("video0", &config), TENON_CONTIGUITY_ASSURED);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	tenon_memory_destroy(memory);
	memory = NULL;
	request.bytes++;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENOTSUP);
	assert_non_null(strstr(reason, "makes buffers of 614400 bytes, 614401 are asked for"));
	assert_null(memory);
	tenon_heap_unref(heap);
	fake_finish();
}

TEST(each_failure_is_told_and_leaves_nothing)
{
	struct fake_v4l2 config = camera;
	char reason[250] = "", path[200];
	struct tenon_alloc_request request = ask(MIB, reason);
	struct tenon_memory *memory = NULL;
	struct tenon_heap *heap;

	fake_start();
	heap = open_heap(fake_add_v4l2("video0", &camera), TENON_CONTIGUITY_ASSURED);
	fake_fail(VIDIOC_CREATE_BUFS, EBUSY, 1);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -EBUSY);
	assert_non_null(strstr(reason, "another program uses the device"));
	fake_fail(VIDIOC_CREATE_BUFS, EINTR, 2);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	tenon_memory_destroy(memory);
	memory = NULL;
	fake_fail(VIDIOC_QUERYBUF, EINVAL, 1);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -EINVAL);
	assert_non_null(strstr(reason, "VIDIOC_QUERYBUF"));
	/* contiguous memory at its end is the heap's end, not the machine's */
	request.bytes = 9 * MIB;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENOSPC);
	request.bytes = UINT64_C(1) << 33;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENOTSUP);
	tenon_heap_unref(heap);
	heap = open_heap(fake_add_v4l2("video1", &camera), TENON_CONTIGUITY_NONE);
	request.bytes = 9 * MIB;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENOMEM);
	tenon_heap_unref(heap);
	config.no_export = true;
	strcpy(path, fake_add_v4l2("video2", &config));
	heap = open_heap(path, TENON_CONTIGUITY_ASSURED);
	request.bytes = MIB;
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -EINVAL);
	assert_non_null(strstr(reason, "VIDIOC_EXPBUF"));
	assert_null(memory);
	tenon_heap_unref(heap);
	fake_finish();
}

TEST(absent_refused_and_other_devices_are_told_apart)
{
	struct fake_v4l2 radio = {.capabilities = V4L2_CAP_TUNER};
	char reason[250] = "", path[200];
	struct tenon_alloc_request request = ask(MIB, reason);
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_memory *memory = NULL;
	const char *dir = fake_start();
	struct tenon_heap *heap;
	int status;

	snprintf(path, sizeof(path), "%s/nothing", dir);
	heap = open_heap(path, TENON_CONTIGUITY_ASSURED);
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_int_equal(info.availability, TENON_ABSENT);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENOENT);
	tenon_heap_unref(heap);
	heap = open_heap(fake_add_v4l2("radio0", &radio), TENON_CONTIGUITY_ASSURED);
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_int_equal(info.availability, TENON_ABSENT);
	assert_non_null(strstr(info.reason, "is no V4L2 device that streams"));
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENOENT);
	tenon_heap_unref(heap);
	strcpy(path, fake_add_v4l2("video0", &camera));
	assert_int_equal(chmod(path, 0), 0);
	heap = open_heap(path, TENON_CONTIGUITY_ASSURED);
	if (fork() == 0) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0)) {
			_exit(1);
		}
		if (tenon_heap_query(heap, &info) != 0 || info.availability != TENON_REFUSED) {
			_exit(2);
		}
		_exit(tenon_heap_allocate(&memory, heap, &request) == -EACCES &&
					strstr(reason, "mode 0000") != NULL
				? 0
				: 3);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_null(memory);
	tenon_heap_unref(heap);
	heap = NULL;
	assert_int_equal(tenon_heap_create_v4l2(&heap, "a,b", path, 0), -EINVAL);
	assert_int_equal(tenon_heap_create_v4l2(&heap, NULL, NULL, 0), -EINVAL);
	assert_null(heap);
	fake_finish();
}

static int out_of_memory(void *data)
{
	struct tenon_alloc_request request = ask(MIB, NULL);
	struct tenon_memory *memory = NULL;
	struct tenon_heap *heap = NULL;
	int ret = tenon_heap_create_v4l2(&heap, NULL, data, TENON_CONTIGUITY_ASSURED);

	if (ret == 0) {
		ret = tenon_heap_allocate(&memory, heap, &request);
	}
	tenon_memory_destroy(memory);
	tenon_heap_unref(heap);
	return ret;
}

TEST(each_allocation_may_fail)
{
	fake_start();
	assert_int_equal(oom_run(out_of_memory, (void *)fake_add_v4l2("video0", &camera)), 3);
	fake_finish();
}
