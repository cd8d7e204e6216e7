/* SPDX-License-Identifier: MIT */
/*
 * A camera that takes contiguous buffers only, as the kernel knows it: where its own memory comes
 * from, how it streams, and what is left when it goes away.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <unistd.h>

#include "camera.h"
#include "harness.h"
#include "oracle.h"
#include "rig.h"

enum {
	WIDTH = 640,
	HEIGHT = 480,
	BUFFERS = 3,
};

static void open_at(struct camera *camera, const char *name, uint32_t width, uint32_t height)
{
	assert_int_equal(camera_open(camera, name, width, height, V4L2_PIX_FMT_XBGR32, 0), 0);
	assert_int_equal(camera->pitch, width * 4);
	assert_int_equal(camera->size, width * 4 * height);
}

static void stream(struct camera *camera, int frames)
{
	assert_int_equal(camera_start(camera), 0);
	for (int i = 0; i < frames; i++) {
		int index = camera_take(camera, 5000);

		assert_in_range(index, 0, camera->len - 1);
		assert_int_equal(camera_give_back(camera, index), 0);
	}
	assert_int_equal(camera_stop(camera), 0);
}

TEST_TIMEOUT(streams_into_given_buffers, 60)
{
	const char *heap = rig_guest_is("cma") ? "reserved" : "system";
	const char *name = rig_guest_is("cma") ? CAMERA_CONTIGUOUS : CAMERA_ANY;
	struct camera camera;
	int dmabufs[BUFFERS];

	rig_require();
	open_at(&camera, name, WIDTH, HEIGHT);
	for (int i = 0; i < BUFFERS; i++) {
		dmabufs[i] = rig_heap_alloc(heap, camera.size);
		assert_true(dmabufs[i] >= 0);
	}
	assert_int_equal(camera_give(&camera, dmabufs, BUFFERS, camera.size), 0);
	stream(&camera, 20);
	camera_close(&camera);
	for (int i = 0; i < BUFFERS; i++) {
		close(dmabufs[i]);
	}
	assert_true(rig_cma_used() <= 0); /* or there is no area */
}

/*
 * The camera's own memory is contiguous: from the area where there is one, else as large as the
 * kernel's largest block, 4 MiB.
 */
TEST_TIMEOUT(exports_contiguous_buffers, 60)
{
	struct camera maker;
	int dmabuf;

	rig_require();
	open_at(&maker, CAMERA_CONTIGUOUS, 1280, 720);
	assert_int_equal(camera_make(&maker, 1), 0);
	dmabuf = camera_export(&maker, 0);
	assert_true(dmabuf >= 0);
	if (rig_guest_is("cma")) {
		assert_true(rig_cma_used() >= (long)maker.size);
	}
	camera_close(&maker); /* the dma-buf keeps the memory */
	assert_int_equal(oracle_accepts_contiguous(dmabuf, maker.size), 1);
	close(dmabuf);

	open_at(&maker, CAMERA_CONTIGUOUS, 1920, 1080);
	assert_int_equal(camera_make(&maker, 1), rig_guest_is("cma") ? 0 : -ENOMEM);
	camera_close(&maker);
}

/* The pitch asked for is kept: other devices may need more than width * 4. */
TEST(takes_a_larger_pitch)
{
	struct camera camera;

	rig_require();
	assert_int_equal(
		camera_open(&camera, CAMERA_ANY, WIDTH, HEIGHT, V4L2_PIX_FMT_XBGR32, 4096), 0);
	assert_int_equal(camera.pitch, 4096);
	assert_int_equal(camera.size, 4096 * HEIGHT);
	camera_close(&camera);
}

static void start(struct camera *camera, const char *name)
{
	open_at(camera, name, WIDTH, HEIGHT);
	assert_int_equal(camera_make(camera, BUFFERS), 0);
	assert_int_equal(camera_start(camera), 0);
}

static void assert_streams(struct camera *camera)
{
	int index = camera_take(camera, 5000);

	assert_in_range(index, 0, BUFFERS - 1);
	assert_int_equal(camera_give_back(camera, index), 0);
}

/* Every call fails and none hangs; what was exported stays valid. */
static void assert_gone(struct camera *camera)
{
	struct v4l2_capability capability;

	assert_int_equal(camera_take(camera, 5000), -ENODEV);
	assert_int_equal(camera_give_back(camera, 0), -ENODEV);
	assert_int_equal(rig_ioctl(camera->fd, VIDIOC_QUERYCAP, &capability), -ENODEV);
}

TEST_TIMEOUT(is_unplugged_in_the_middle, 60)
{
	struct camera camera, other;

	rig_require();
	start(&other, CAMERA_ANY);
	start(&camera, CAMERA_CONTIGUOUS);
	assert_streams(&camera);
	assert_int_equal(camera_unplug(&camera), 0);
	assert_gone(&camera);
	assert_int_equal(rig_open_video(CAMERA_CONTIGUOUS), -ENODEV);
	camera_close(&camera);
	assert_streams(&other);
	camera_close(&other);

	assert_int_equal(camera_driver("unbind"), 0);
	assert_int_equal(camera_driver("bind"), 0);
	start(&camera, CAMERA_CONTIGUOUS);
	assert_streams(&camera);
	camera_close(&camera);
}

TEST_TIMEOUT(loses_its_driver_in_the_middle, 60)
{
	struct camera camera;
	int dmabuf;

	rig_require();
	start(&camera, CAMERA_ANY);
	dmabuf = camera_export(&camera, 0);
	assert_true(dmabuf >= 0);
	assert_streams(&camera);
	assert_int_equal(camera_driver("unbind"), 0);
	assert_gone(&camera);
	camera_close(&camera);
	assert_int_equal(lseek(dmabuf, 0, SEEK_END), WIDTH * 4 * HEIGHT);
	close(dmabuf);
	assert_int_equal(camera_driver("bind"), 0);
	start(&camera, CAMERA_ANY);
	assert_streams(&camera);
	camera_close(&camera);
}
