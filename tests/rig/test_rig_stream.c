/* SPDX-License-Identifier: MIT */
/*
 * A camera's frames through the library's buffers, onto a screen and under the CPU's eyes: the plan
 * finds memory that all of them take, or says that there is none; no device refuses it later.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tenon/access.h>
#include <tenon/buffer.h>
#include <tenon/context.h>

#include "camera.h"
#include "harness.h"
#include "rig.h"
#include "vkms.h"

enum {
	WIDTH = 640,
	HEIGHT = 480,
	BUFFERS = 3,
	FRAMES = 100,
	USERS = 3,
};

/* A buffer with those who use it attached. */
struct shared {
	struct tenon_buffer *buffer;
	struct tenon_attachment *attachments[USERS];
	int dmabuf;
	uint32_t pitch;
	size_t size;
	uint32_t fb;
};

static void attach(struct shared *shared, struct tenon_context *context, int i, const char *device,
	uint32_t role)
{
	struct tenon_conflict *conflict = NULL;
	struct tenon_offer *offer = NULL;

	assert_int_equal(tenon_context_find_device(context, device, &offer), 0);
	assert_int_equal(tenon_buffer_attach(
				 shared->buffer, offer, role, &shared->attachments[i], &conflict),
		0);
	tenon_offer_unref(offer);
}

/* As tenon_buffer_allocate(); whatever it says, shared_finish(). */
static int shared_init(struct shared *shared, struct tenon_context *context, const char *camera)
{
	const uint32_t format = DRM_FORMAT_XRGB8888;
	const struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = WIDTH,
		.height = HEIGHT,
		.formats = &format,
		.formats_len = 1,
		.flags = TENON_BUFFER_DMABUF,
	};
	struct tenon_plane_layout plane;
	int result;

	memset(shared, 0, sizeof(*shared));
	shared->dmabuf = -1;
	assert_int_equal(tenon_buffer_create(&shared->buffer, context, &options), 0);
	attach(shared, context, 0, camera, TENON_ROLE_CAPTURE);
	attach(shared, context, 1, "vkms", TENON_ROLE_SCANOUT);
	attach(shared, context, 2, "cpu", TENON_ROLE_CPU);
	result = tenon_buffer_allocate(shared->buffer);
	if (result < 0) {
		return result;
	}
	assert_int_equal(
		tenon_layout_get_plane(tenon_buffer_get_layout(shared->buffer), 0, &plane), 0);
	shared->pitch = plane.pitch;
	shared->size = tenon_layout_get_object_size(tenon_buffer_get_layout(shared->buffer), 0);
	assert_int_equal(tenon_buffer_export(shared->buffer, 0, &shared->dmabuf), 0);
	return 0;
}

static void shared_finish(struct shared *shared)
{
	for (int i = 0; i < USERS; i++) {
		tenon_attachment_destroy(shared->attachments[i]);
	}
	if (shared->dmabuf >= 0) {
		close(shared->dmabuf);
	}
	tenon_buffer_unref(shared->buffer);
}

/* Shows the buffer, and compares the screen with what the CPU reads: a frame of the camera's test
 * picture, in which neighbouring bars differ. */
static void compare(struct vkms *vkms, struct shared *shared)
{
	static uint32_t screen[WIDTH * HEIGHT];
	struct tenon_access access = {.buffer = shared->buffer, .flags = TENON_ACCESS_READ};
	uint32_t first, differ = 0;

	assert_int_equal(vkms_show(vkms, shared->fb, WIDTH, HEIGHT, screen), 0);
	assert_int_equal(tenon_access_prepare(&access, 1, 5000), 0);
	assert_int_equal(access.pitch[0], shared->pitch);
	memcpy(&first, access.data[0], sizeof(first));
	for (uint32_t y = 0; y < HEIGHT; y++) {
		const char *row = (const char *)access.data[0] + (size_t)y * access.pitch[0];

		for (uint32_t x = 0; x < WIDTH; x++) {
			uint32_t pixel;

			memcpy(&pixel, row + x * 4, sizeof(pixel));
			differ += (pixel & 0xffffff) != (first & 0xffffff);
			if ((pixel & 0xffffff) != (screen[y * WIDTH + x] & 0xffffff)) {
				fail_msg("pixel %u, %u: %x in memory, %x on the screen", x, y,
					pixel, screen[y * WIDTH + x]);
			}
		}
	}
	assert_true(differ > WIDTH * HEIGHT / 2);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
}

static void add_to_screen(struct vkms *vkms, struct shared *shared)
{
	struct vkms_picture picture = {
		.dmabuf = {shared->dmabuf},
		.width = WIDTH,
		.height = HEIGHT,
		.format = DRM_FORMAT_XRGB8888,
		.pitches = {shared->pitch},
	};

	assert_int_equal(vkms_add_picture(vkms, &picture, &shared->fb), 0);
}

/* The frames themselves. The device's queueing must take every buffer that the plan gave. */
static void stream(struct shared *buffers, const char *node)
{
	struct camera camera;
	struct vkms *vkms = NULL;
	int dmabufs[BUFFERS];
	int seen[BUFFERS] = {0};

	assert_int_equal(vkms_create(&vkms), 0);
	for (int i = 0; i < BUFFERS; i++) {
		add_to_screen(vkms, &buffers[i]);
		dmabufs[i] = buffers[i].dmabuf;
	}
	assert_int_equal(
		camera_open(&camera, node, WIDTH, HEIGHT, V4L2_PIX_FMT_XBGR32, buffers[0].pitch),
		0);
	assert_true(camera.size <= buffers[0].size);
	assert_int_equal(camera_give(&camera, dmabufs, BUFFERS, buffers[0].size), 0);
	assert_int_equal(camera_start(&camera), 0);
	for (int i = 0; i < FRAMES; i++) {
		int index = camera_take(&camera, 5000);

		assert_in_range(index, 0, BUFFERS - 1);
		seen[index]++;
		if (i % 20 == 0) {
			compare(vkms, &buffers[index]);
		}
		assert_int_equal(camera_give_back(&camera, index), 0);
	}
	for (int i = 0; i < BUFFERS; i++) {
		assert_true(seen[i] > 0);
	}
	camera_close(&camera);
	for (int i = 0; i < BUFFERS; i++) {
		vkms_remove_picture(vkms, buffers[i].fb);
	}
	vkms_destroy(vkms);
}

static struct tenon_context *make_context(void)
{
	const struct tenon_context_options options = {.size = sizeof(options), .no_config = true};
	struct tenon_context *context = NULL;

	rig_require();
	assert_int_equal(tenon_context_create(&context, &options), 0);
	return context;
}

/* Buffers for a camera, and 100 frames in them if there is memory for all; returns the result of
 * the allocation, and the heap. */
static int run(const char *device, const char *node, char heap[64])
{
	struct tenon_context *context = make_context();
	long before = rig_dmabufs();
	struct shared buffers[BUFFERS];
	int result = 0, len = 0;

	heap[0] = '\0';
	while (len < BUFFERS && result == 0) {
		result = shared_init(&buffers[len++], context, device);
	}
	if (result == 0) {
		strcpy(heap, tenon_buffer_get_heap(buffers[0].buffer));
		stream(buffers, node);
	} else {
		const struct tenon_plan *plan = tenon_buffer_get_plan(buffers[len - 1].buffer);

		assert_non_null(plan);
		print_message("%s\n", tenon_plan_get_text(plan));
	}
	while (len > 0) {
		shared_finish(&buffers[--len]);
	}
	tenon_context_unref(context);
	assert_int_equal(rig_dmabufs(), before);
	return result;
}

/* With a contiguous area, that is where the buffers are; without, in memory found to be
 * contiguous, or there are none. */
TEST_TIMEOUT(contiguous_camera_screen_and_cpu, 120)
{
	char heap[64];
	int result = run("vivid-dma-contig", CAMERA_CONTIGUOUS, heap);

	if (rig_guest_is("cma")) {
		assert_int_equal(result, 0);
		assert_string_equal(heap, "cma");
	} else if (result == 0) {
		assert_string_not_equal(heap, "cma");
	} else {
		assert_int_equal(result, -ENODEV);
	}
}

/* Nobody needs the area, so it is left alone. */
TEST_TIMEOUT(any_camera_screen_and_cpu, 120)
{
	char heap[64];

	assert_int_equal(run("vivid", CAMERA_ANY, heap), 0);
	assert_string_not_equal(heap, "cma");
}

/* Somebody else has taken the area: there is memory elsewhere, or a clear answer. */
TEST_TIMEOUT(contiguous_camera_without_room, 120)
{
	static int fill[64];
	char heap[64];
	int result, len = 0;

	rig_require();
	while (len < 64 && (fill[len] = rig_heap_alloc("reserved", 1 << 20)) >= 0) {
		len++;
	}
	assert_true(len >= 60 || !rig_guest_is("cma"));
	result = run("vivid-dma-contig", CAMERA_CONTIGUOUS, heap);
	assert_true(result == 0 || result == -ENOMEM || result == -ENODEV);
	assert_string_not_equal(heap, "cma");
	while (len > 0) {
		close(fill[--len]);
	}
	assert_true(rig_cma_used() <= 0); /* or there is no area */
}

/* The CPU still has the frame that came last, and the screen shows it. */
static void check_after(struct shared *shared)
{
	struct vkms *vkms = NULL;

	assert_int_equal(vkms_create(&vkms), 0);
	add_to_screen(vkms, shared);
	compare(vkms, shared);
	vkms_remove_picture(vkms, shared->fb);
	vkms_destroy(vkms);
}

/* The camera is unplugged while it has buffers; they live on, and another camera can have them. */
TEST_TIMEOUT(camera_goes_away, 120)
{
	struct tenon_context *context = make_context();
	struct shared buffers[BUFFERS];
	int dmabufs[BUFFERS];
	struct camera camera;
	int index;

	for (int i = 0; i < BUFFERS; i++) {
		assert_int_equal(shared_init(&buffers[i], context, "vivid"), 0);
		dmabufs[i] = buffers[i].dmabuf;
	}
	assert_int_equal(camera_open(&camera, CAMERA_ANY, WIDTH, HEIGHT, V4L2_PIX_FMT_XBGR32,
				 buffers[0].pitch),
		0);
	assert_int_equal(camera_give(&camera, dmabufs, BUFFERS, buffers[0].size), 0);
	assert_int_equal(camera_start(&camera), 0);
	index = camera_take(&camera, 5000);
	assert_in_range(index, 0, BUFFERS - 1);
	assert_int_equal(camera_unplug(&camera), 0);
	assert_int_equal(camera_give_back(&camera, index), -ENODEV);
	assert_int_equal(camera_take(&camera, 5000), -ENODEV);
	check_after(&buffers[index]);
	camera_close(&camera);
	check_after(&buffers[index]);

	assert_int_equal(camera_driver("unbind"), 0);
	assert_int_equal(camera_driver("bind"), 0);
	stream(buffers, CAMERA_ANY);
	for (int i = 0; i < BUFFERS; i++) {
		shared_finish(&buffers[i]);
	}
	tenon_context_unref(context);
	assert_int_equal(rig_dmabufs(), 0);
}
