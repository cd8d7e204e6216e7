/* SPDX-License-Identifier: MIT */
/* Kernels with pages of 16 and 64 KiB (arm64): nothing may go by 4096. */
#include <errno.h>
#include <linux/dma-heap.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tenon/cpu.h>

#include "base/page.h"
#include "buffer_fixture.h"
#include "fake/kernel.h"
#include "harness.h"
#include "planning.h"

static const uint64_t sizes[] = {16384, 65536};
#define SIZES_LEN (sizeof(sizes) / sizeof(sizes[0]))

/* Pages smaller than the machine's own cannot be played. */
static bool play(size_t i)
{
	_tenon_page_size = 0;
	if (sizes[i] % page_get_size() != 0) {
		return false;
	}
	_tenon_page_size = sizes[i];
	assert_int_equal(tenon_cpu_get_page_size(), sizes[i]);
	return true;
}

static struct tenon_heaps *open_heap(
	const char *name, const char *dma_heap_dir, const char *udmabuf, struct tenon_heap **heap)
{
	const struct tenon_heaps_options options = {
		.size = sizeof(options),
		.names = name,
		.dma_heap_dir = dma_heap_dir,
		.udmabuf = udmabuf,
	};
	struct tenon_heaps *heaps = NULL;

	assert_int_equal(tenon_heaps_create(&heaps, &options), 0);
	*heap = tenon_heaps_get(heaps, 0);
	assert_non_null(*heap);
	return heaps;
}

/* One byte more than a page takes two, and none but whole ones can be mapped. (A map that works
 * would be taken back in whole pages, which the real mmap() does not give.) */
static void check_heap(struct tenon_heap *heap, uint64_t page)
{
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_alloc_request request = {.size = sizeof(request), .bytes = page + 1};
	struct tenon_memory *memory = NULL;
	void *map = NULL;

	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_int_equal(info.granularity, page);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(memory->bytes, 2 * page);
	assert_int_equal(tenon_memory_map(memory, 4096, 4096, TENON_ACCESS_READ, &map), -EINVAL);
	assert_null(map);
	tenon_memory_destroy(memory);
}

TEST(heaps_give_whole_pages)
{
	for (size_t i = 0; i < SIZES_LEN; i++) {
		const char *dir, *node;
		struct tenon_heaps *heaps;
		struct tenon_heap *heap;

		if (!play(i)) {
			TEST_SKIP("the machine's own pages are larger");
		}
		heaps = open_heap("memfd", NULL, NULL, &heap);
		check_heap(heap, sizes[i]);
		tenon_heaps_destroy(heaps);
		dir = fake_start();
		fake_add_dma_heap("system", UINT64_MAX);
		heaps = open_heap("system", dir, NULL, &heap);
		check_heap(heap, sizes[i]);
		tenon_heaps_destroy(heaps);
		/* the fake refuses pieces that are no whole pages, as the kernel does */
		node = fake_add_udmabuf(1024, 64);
		heaps = open_heap("udmabuf", NULL, node, &heap);
		check_heap(heap, sizes[i]);
		tenon_heaps_destroy(heaps);
		fake_finish();
	}
}

/* Whether this picture of 64 KiB fits a device that takes so many pieces of scattered memory. */
static bool fits(unsigned segments)
{
	char device[64];
	const char *const devices[] = {device, NULL}, *const heaps[] = {"plain scattered", NULL};
	struct tenon_plan *plan = NULL;
	struct question question;
	bool fit;

	snprintf(device, sizeof(device), "a: XRGB8888 segments-max=%u", segments);
	question_init(&question, 128, 128, NULL, devices, heaps);
	assert_int_equal(tenon_plan_create(&plan, &question.options, NULL), 0);
	fit = tenon_plan_get_heap(plan, 0) != NULL;
	tenon_plan_destroy(plan);
	question_finish(&question);
	return fit;
}

TEST(plans_count_pieces_in_pages)
{
	for (size_t i = 0; i < SIZES_LEN; i++) {
		unsigned pieces = 65536 / (unsigned)sizes[i];

		if (!play(i)) {
			TEST_SKIP("the machine's own pages are larger");
		}
		assert_true(fits(pieces));
		if (pieces > 1) {
			assert_false(fits(pieces - 1));
		}
	}
}

TEST(windows_begin_at_pages)
{
	for (size_t i = 0; i < SIZES_LEN; i++) {
		struct tenon_context *context;
		struct tenon_buffer *buffer;
		struct tenon_window *window = NULL;
		struct tenon_access access;
		struct fake_heap *fake;
		unsigned char *data = NULL;
		void *other = NULL;

		if (!play(i)) {
			TEST_SKIP("the machine's own pages are larger");
		}
		context = fixture_context();
		fake = fake_heap_add(context, &(struct fake_heap_options){.name = "plain"});
		buffer = fixture_buffer(context, 512, 256, 0);
		access = (struct tenon_access){.buffer = buffer, .flags = TENON_ACCESS_RW};
		assert_int_equal(tenon_buffer_allocate(buffer), 0);
		assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
		data = access.data[0];
		for (size_t k = 0; k < 512 * 256 * 4; k++) {
			data[k] = (unsigned char)(k >> 8);
		}
		assert_int_equal(tenon_window_create(&window, buffer, 0), 0);
		/* at a page of 4 KiB that is none here */
		assert_int_equal(tenon_window_move(window, 5 * 4096, 4096, &other), 0);
		assert_int_equal(*(unsigned char *)other, (5 * 4096) >> 8);
		tenon_window_destroy(window);
		assert_int_equal(tenon_access_finish(&access, 1), 0);
		tenon_buffer_unref(buffer);
		tenon_context_unref(context);
		fake_heap_release(fake);
	}
}
