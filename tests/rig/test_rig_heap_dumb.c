/* SPDX-License-Identifier: MIT */

/* Dumb buffers as a heap: of vkms and vgem, at a pitch the driver itself would not choose. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <tenon/format.h>
#include <tenon/heap.h>

#include "harness/harness.h"
#include "rig.h"
#include "vkms.h"

/* The driver's own pitch would be 5464. */
#define WIDTH 1366
#define HEIGHT 64
#define PITCH 5632

static struct tenon_layout *create_layout(void)
{
	const struct tenon_plane_layout plane = {
		.pitch = PITCH, .size = (uint64_t)PITCH * HEIGHT, .width = WIDTH, .height = HEIGHT};
	const uint64_t size = plane.size;
	struct tenon_layout *layout = NULL;
	assert_int_equal(
		tenon_layout_create_from_planes(&layout, tenon_format_get(DRM_FORMAT_XRGB8888),
			DRM_FORMAT_MOD_LINEAR, WIDTH, HEIGHT, &plane, 1, &size, 1),
		0);
	return layout;
}

static struct tenon_heap *create_heap(const char *driver, int *card)
{
	struct tenon_heap *heap = NULL;
	rig_require();
	*card = rig_open_card(driver);
	assert_true(*card >= 0);
	assert_int_equal(tenon_heap_create_dumb(&heap, NULL, *card, TENON_CONTIGUITY_UNKNOWN), 0);
	return heap;
}

static struct tenon_memory *allocate(struct tenon_heap *heap, const struct tenon_layout *layout)
{
	struct tenon_memory *memory = NULL;
	char reason[256] = "";
	struct tenon_alloc_request request = {
		.size = sizeof(request),
		.bytes = tenon_layout_get_object_size(layout, 0),
		.layout = layout,
		.flags = TENON_ALLOC_DMABUF | TENON_ALLOC_OWN_FD,
		.reason = reason,
		.reason_size = sizeof(reason),
	};
	int ret = tenon_heap_allocate(&memory, heap, &request);
	if (ret < 0) {
		fail_msg("%s: %s", strerror(-ret), reason);
	}
	return memory;
}

TEST_TIMEOUT(a_padded_pitch_is_shown_as_it_is, 60)
{
	int card;
	struct vkms *vkms = NULL;
	rig_require();
	/* first, for who opens a card first is its master, and may show something */
	assert_int_equal(vkms_create(&vkms), 0);
	struct tenon_heap *heap = create_heap("vkms", &card);
	struct tenon_layout *layout = create_layout();
	struct tenon_memory *memory = allocate(heap, layout);
	void *map = NULL;
	assert_true(memory->dmabuf && memory->own_fd && memory->offset == 0);
	assert_true(memory->bytes >= (uint64_t)PITCH * HEIGHT);
	assert_int_equal(tenon_memory_map(memory, 0, memory->bytes, TENON_ACCESS_WRITE, &map), 0);
	memset(map, 0xee, memory->bytes);
	for (uint32_t y = 0; y < HEIGHT; y++) {
		uint32_t *row = (uint32_t *)((char *)map + (size_t)y * PITCH);
		for (uint32_t x = 0; x < WIDTH; x++) {
			row[x] = x * 977 + y * 65537;
		}
	}
	tenon_memory_unmap(memory, map, memory->bytes);

	uint32_t fb = 0, *seen = malloc(sizeof(*seen) * WIDTH * HEIGHT);
	const struct vkms_picture picture = {
		.dmabuf = {memory->fd, -1, -1, -1},
		.width = WIDTH,
		.height = HEIGHT,
		.format = DRM_FORMAT_XRGB8888,
		.pitches = {PITCH},
	};
	assert_int_equal(vkms_add_picture(vkms, &picture, &fb), 0);
	assert_int_equal(vkms_show(vkms, fb, WIDTH, HEIGHT, seen), 0);
	for (uint32_t y = 0; y < HEIGHT; y++) {
		for (uint32_t x = 0; x < WIDTH; x++) {
			assert_int_equal(
				seen[y * WIDTH + x] & 0xffffff, (x * 977 + y * 65537) & 0xffffff);
		}
	}
	vkms_remove_picture(vkms, fb);
	vkms_destroy(vkms);
	free(seen);
	tenon_memory_destroy(memory);
	tenon_layout_destroy(layout);
	tenon_heap_unref(heap);
	close(card);
}

/* Imported into the file it was allocated through, it is that driver's own object, so it can be
 * mapped with MAP_DUMB, which memory of another exporter cannot: what software GL needs. */
TEST(its_own_device_maps_it)
{
	int card;
	struct tenon_heap *heap = create_heap("vkms", &card);
	struct tenon_layout *layout = create_layout();
	struct tenon_memory *memory = allocate(heap, layout);
	struct drm_mode_map_dumb map = {0};
	assert_int_equal(drmPrimeFDToHandle(card, memory->fd, &map.handle), 0);
	assert_int_equal(rig_ioctl(card, DRM_IOCTL_MODE_MAP_DUMB, &map), 0);
	drmCloseBufferHandle(card, map.handle);
	tenon_memory_destroy(memory);

	int foreign = rig_heap_alloc("system", (size_t)PITCH * HEIGHT);
	assert_true(foreign >= 0);
	assert_int_equal(drmPrimeFDToHandle(card, foreign, &map.handle), 0);
	assert_int_equal(rig_ioctl(card, DRM_IOCTL_MODE_MAP_DUMB, &map), -EINVAL);
	drmCloseBufferHandle(card, map.handle);
	close(foreign);
	tenon_layout_destroy(layout);
	tenon_heap_unref(heap);
	close(card);
}

TEST_TIMEOUT(a_thousand_leave_nothing, 120)
{
	int card;
	struct tenon_heap *heap = create_heap("vkms", &card);
	struct tenon_layout *layout = create_layout();
	long before = rig_dmabufs();
	for (int i = 0; i < 1000; i++) {
		tenon_memory_destroy(allocate(heap, layout));
	}
	assert_int_equal(rig_dmabufs(), before);
	/* no GEM handle is left in the file either: the next one is the first again */
	uint32_t handle = 0, pitch;
	uint64_t size;
	assert_int_equal(drmModeCreateDumbBuffer(card, 64, 64, 32, 0, &handle, &pitch, &size), 0);
	assert_int_equal(handle, 1);
	drmModeDestroyDumbBuffer(card, handle);
	tenon_layout_destroy(layout);
	tenon_heap_unref(heap);
	close(card);
}

TEST(too_large_and_too_little)
{
	int card;
	struct tenon_heap *heap = create_heap("vkms", &card);
	struct tenon_memory *memory = NULL;
	struct tenon_alloc_request request = {.size = sizeof(request), .bytes = 1};
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_true(memory->bytes >= 1);
	tenon_memory_destroy(memory);
	memory = NULL;
	request.bytes = UINT64_C(1) << 62;
	assert_true(tenon_heap_allocate(&memory, heap, &request) < 0);
	assert_null(memory);
	request.bytes = UINT64_C(1) << 40;
	assert_true(tenon_heap_allocate(&memory, heap, &request) < 0);
	request.bytes = 4096 * 1024;
	request.segments_max = 1;
	/* nobody can say where the pages are, so it is not claimed that they lie together */
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -EPERM);
	tenon_heap_unref(heap);
	close(card);
}

TEST(no_drm_node_is_no_heap)
{
	struct tenon_heap *heap = NULL;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_int_equal(
		tenon_heap_create_dumb(&heap, NULL, null, TENON_CONTIGUITY_UNKNOWN), -ENODEV);
	assert_int_equal(
		tenon_heap_create_dumb(&heap, NULL, -1, TENON_CONTIGUITY_UNKNOWN), -ENODEV);
	assert_null(heap);
	close(null);
}
