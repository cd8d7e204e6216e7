/* SPDX-License-Identifier: MIT */
/*
 * A camera's frames through the library's buffers, onto a screen and under the CPU's eyes: the plan
 * finds memory that all of them take, or says that there is none; no device refuses it later.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tenon/access.h>
#include <tenon/buffer.h>
#include <tenon/context.h>
#include <tenon/drm.h>
#include <tenon/v4l2.h>

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

/* Who use the buffers, as they say themselves what they need. */
struct users {
	struct tenon_participant list[USERS];
	char camera[64]; /* what the library calls it */
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

/* The node of a camera. */
static const char *find_node(const char *name)
{
	static char path[64];
	char link[32];
	ssize_t len;
	int fd = rig_open_video(name);

	assert_true(fd >= 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	assert_true(len > 0);
	path[len] = '\0';
	close(fd);
	return path;
}

/* The camera of this name, found out about by trying; vkms, as the kernel tells; and the CPU. */
static void users_init(struct users *users, struct tenon_context *context, const char *node)
{
	const struct tenon_v4l2_offer_options options = {
		.size = sizeof(options), .width = WIDTH, .height = HEIGHT, .probe = true};
	const struct tenon_device_table *table;
	struct tenon_v4l2_device *camera;
	struct tenon_drm_device *screen;
	int card = rig_open_card("vkms");

	memset(users, 0, sizeof(*users));
	assert_int_equal(tenon_context_get_device_table(context, &table), 0);
	assert_int_equal(tenon_v4l2_device_open(&camera, find_node(node)), 0);
	assert_int_equal(tenon_v4l2_device_create_offer(&users->list[0].offer, camera, table,
				 TENON_ROLE_CAPTURE, &options),
		0);
	tenon_v4l2_device_unref(camera);
	assert_int_equal(tenon_drm_device_create(&screen, card), 0);
	assert_int_equal(
		tenon_drm_device_create_offer(&users->list[1].offer, screen, table, NULL), 0);
	tenon_drm_device_unref(screen);
	close(card);
	assert_int_equal(tenon_context_find_device(context, "cpu", &users->list[2].offer), 0);
	users->list[0].roles = TENON_ROLE_CAPTURE;
	users->list[1].roles = TENON_ROLE_SCANOUT;
	users->list[2].roles = TENON_ROLE_CPU;
	snprintf(users->camera, sizeof(users->camera), "%s",
		tenon_offer_get_device(users->list[0].offer));
}

static void users_finish(struct users *users)
{
	for (int i = 0; i < USERS; i++) {
		tenon_offer_unref(users->list[i].offer);
	}
}

/* As tenon_buffer_allocate(); whatever it says, shared_finish(). */
static int shared_init(
	struct shared *shared, struct tenon_context *context, const struct users *users)
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
	for (int i = 0; i < USERS; i++) {
		assert_int_equal(tenon_buffer_attach(shared->buffer, users->list[i].offer,
					 users->list[i].roles, &shared->attachments[i], NULL),
			0);
	}
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

/* Where there is no contiguous area, the memory that the camera itself would take may be used. */
static void add_own_heap(struct tenon_context *context, const char *node)
{
	struct tenon_heap *heap = NULL;

	assert_int_equal(
		tenon_heap_create_v4l2(&heap, "camera", find_node(node), TENON_CONTIGUITY_ASSURED),
		0);
	assert_int_equal(tenon_context_add_heap(context, heap), 0);
	tenon_heap_unref(heap);
}

/* Buffers for a camera, and 100 frames in them if there is memory for all; returns the result of
 * the allocation, and the heap. */
static int run(struct tenon_context *context, const char *device, const char *node, char heap[64])
{
	struct shared buffers[BUFFERS];
	struct users users;
	int result = 0, len = 0;

	users_init(&users, context, node);
	assert_string_equal(users.camera, device);
	heap[0] = '\0';
	while (len < BUFFERS && result == 0) {
		result = shared_init(&buffers[len++], context, &users);
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
	users_finish(&users);
	tenon_context_unref(context);
	assert_int_equal(rig_dmabufs(), 0);
	return result;
}

/* With a contiguous area, that is where the buffers are. Without, in pages that were found in a
 * row, or in memory that the camera's driver exports. Never are frames refused later. */
TEST_TIMEOUT(contiguous_camera_screen_and_cpu, 120)
{
	struct tenon_context *context = make_context();
	char heap[64];

	if (rig_guest_is("cma")) {
		assert_int_equal(run(context, "vivid-dma-contig", CAMERA_CONTIGUOUS, heap), 0);
		assert_string_equal(heap, "cma");
		return;
	}
	add_own_heap(context, CAMERA_CONTIGUOUS);
	assert_int_equal(run(context, "vivid-dma-contig", CAMERA_CONTIGUOUS, heap), 0);
	assert_true(strcmp(heap, "udmabuf") == 0 || strcmp(heap, "camera") == 0);
}

/* Without area and without rows of pages the driver's memory is all there is; without that, too,
 * there is an answer, and no frame. */
TEST_TIMEOUT(contiguous_camera_and_scattered_heaps, 120)
{
	struct tenon_context *context;
	char heap[64];

	rig_require();
	assert_int_equal(setenv("TENON_HEAPS", "memfd,system", 1), 0);
	context = make_context();
	assert_int_equal(run(context, "vivid-dma-contig", CAMERA_CONTIGUOUS, heap), -ENODEV);
	context = make_context();
	add_own_heap(context, CAMERA_CONTIGUOUS);
	assert_int_equal(run(context, "vivid-dma-contig", CAMERA_CONTIGUOUS, heap), 0);
	assert_string_equal(heap, "camera");
}

/* Nobody needs the area, so it is left alone. */
TEST_TIMEOUT(any_camera_screen_and_cpu, 120)
{
	struct tenon_context *context = make_context();
	char heap[64];

	assert_int_equal(run(context, "vivid", CAMERA_ANY, heap), 0);
	assert_string_not_equal(heap, "cma");
}

/* Somebody else has taken the area: there is memory elsewhere, or a clear answer. */
TEST_TIMEOUT(contiguous_camera_without_room, 120)
{
	struct tenon_context *context = make_context();
	static int fill[64];
	struct shared buffer;
	struct users users;
	int result, len = 0;

	users_init(&users, context, CAMERA_CONTIGUOUS);
	while (len < 64 && (fill[len] = rig_heap_alloc("reserved", 1 << 20)) >= 0) {
		len++;
	}
	assert_true(len >= 60 || !rig_guest_is("cma"));
	result = shared_init(&buffer, context, &users);
	assert_true(result == 0 || result == -ENOMEM || result == -ENODEV);
	if (result == 0) {
		assert_string_not_equal(tenon_buffer_get_heap(buffer.buffer), "cma");
	}
	shared_finish(&buffer);
	users_finish(&users);
	tenon_context_unref(context);
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
	struct users users;
	int index;

	users_init(&users, context, CAMERA_ANY);
	for (int i = 0; i < BUFFERS; i++) {
		assert_int_equal(shared_init(&buffers[i], context, &users), 0);
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
	users_finish(&users);
	tenon_context_unref(context);
	assert_int_equal(rig_dmabufs(), 0);
}
