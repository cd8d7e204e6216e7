/* SPDX-License-Identifier: MIT */
/*
 * Buffers under the CPU's and devices' hands at once: a set is had whole or not at all, in time,
 * and what failed leaves nothing taken.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <tenon/access.h>
#include <tenon/buffer.h>
#include <tenon/context.h>

#include "harness.h"
#include "rig.h"
#include "vgem.h"

enum {
	WIDTH = 64,
	HEIGHT = 48,
};

/* Two imported buffers; a GPU can keep each busy. */
struct setup {
	struct tenon_context *context;
	struct tenon_buffer *buffers[2];
	int dmabufs[2];
	uint32_t handles[2];
	int vgem;
};

static struct tenon_buffer *import(struct tenon_context *context, int dmabuf)
{
	const struct tenon_buffer_import options = {
		.size = sizeof(options),
		.width = WIDTH,
		.height = HEIGHT,
		.format = DRM_FORMAT_XRGB8888,
		.modifier = DRM_FORMAT_MOD_LINEAR,
		.planes_len = 1,
		.planes = {{.pitch = WIDTH * 4}},
		.objects_len = 1,
		.fds = {dmabuf},
	};
	struct tenon_buffer *buffer = NULL;

	assert_int_equal(tenon_buffer_import(&buffer, context, &options), 0);
	return buffer;
}

static void setup_init(struct setup *setup)
{
	const struct tenon_context_options options = {
		.size = sizeof(options),
		.no_config = true,
		.no_heaps = true,
	};

	rig_require();
	memset(setup, 0, sizeof(*setup));
	assert_int_equal(tenon_context_create(&setup->context, &options), 0);
	setup->vgem = vgem_open();
	assert_true(setup->vgem >= 0);
	for (int i = 0; i < 2; i++) {
		setup->dmabufs[i] = rig_heap_alloc("system", WIDTH * 4 * HEIGHT);
		assert_true(setup->dmabufs[i] >= 0);
		setup->buffers[i] = import(setup->context, setup->dmabufs[i]);
		assert_int_equal(
			vgem_import(setup->vgem, setup->dmabufs[i], &setup->handles[i]), 0);
	}
}

static void setup_finish(struct setup *setup)
{
	for (int i = 0; i < 2; i++) {
		tenon_buffer_unref(setup->buffers[i]);
		vgem_close_handle(setup->vgem, setup->handles[i]);
		close(setup->dmabufs[i]);
	}
	close(setup->vgem);
	tenon_context_unref(setup->context);
	assert_int_equal(rig_dmabufs(), 0);
}

/* Prepares and finishes len of the buffers. */
static int touch(struct setup *setup, size_t first, size_t len, uint32_t flags, int timeout_ms)
{
	struct tenon_access accesses[2];
	int result;

	memset(accesses, 0, sizeof(accesses));
	for (size_t i = 0; i < len; i++) {
		accesses[i].buffer = setup->buffers[first + i];
		accesses[i].flags = flags;
	}
	result = tenon_access_prepare(accesses, len, timeout_ms);
	if (result == 0) {
		for (size_t i = 0; i < len; i++) {
			assert_non_null(accesses[i].data[0]);
		}
		assert_int_equal(tenon_access_finish(accesses, len), 0);
	} else {
		for (size_t i = 0; i < len; i++) {
			assert_null(accesses[i].data[0]);
		}
	}
	return result;
}

/* Never too early, and within a tenth, unless the machine has other things to do five times. */
static void assert_times_out(
	struct setup *setup, size_t first, size_t len, uint32_t flags, int timeout_ms)
{
	long took, best = LONG_MAX;

	for (int i = 0; i < 5 && best > timeout_ms + timeout_ms / 10; i++) {
		long start = rig_now_ms();

		assert_int_equal(touch(setup, first, len, flags, timeout_ms), -ETIMEDOUT);
		took = rig_now_ms() - start;
		assert_true(took >= timeout_ms);
		best = took < best ? took : best;
	}
	assert_in_range(best, timeout_ms, timeout_ms + timeout_ms / 10);
}

static void assert_free(struct setup *setup)
{
	assert_int_equal(touch(setup, 0, 2, TENON_ACCESS_RW, 0), 0);
	assert_int_equal(touch(setup, 0, 2, TENON_ACCESS_READ, 0), 0);
}

/* The second is written by a GPU; the first must not stay taken when both cannot be had. */
TEST(a_set_waits_for_its_busiest)
{
	struct setup setup;
	uint32_t fence;

	setup_init(&setup);
	assert_free(&setup);
	assert_int_equal(vgem_fence_attach(setup.vgem, setup.handles[1], true, &fence), 0);
	assert_times_out(&setup, 0, 2, TENON_ACCESS_RW, 400);
	assert_times_out(&setup, 0, 2, TENON_ACCESS_READ, 400);
	assert_times_out(&setup, 1, 1, TENON_ACCESS_READ, 400);
	assert_int_equal(touch(&setup, 0, 1, TENON_ACCESS_RW, 0), 0);
	assert_int_equal(touch(&setup, 0, 2, TENON_ACCESS_RW, 0), -ETIMEDOUT);
	assert_int_equal(vgem_fence_signal(setup.vgem, fence), 0);
	assert_free(&setup);
	setup_finish(&setup);
}

/* A GPU that only reads does not keep readers out. */
TEST(readers_share_with_a_gpu)
{
	struct setup setup;
	uint32_t fence;

	setup_init(&setup);
	assert_int_equal(vgem_fence_attach(setup.vgem, setup.handles[0], false, &fence), 0);
	assert_int_equal(touch(&setup, 0, 2, TENON_ACCESS_READ, 0), 0);
	assert_times_out(&setup, 0, 2, TENON_ACCESS_WRITE, 400);
	assert_int_equal(vgem_fence_signal(setup.vgem, fence), 0);
	assert_free(&setup);
	setup_finish(&setup);
}

TEST_TIMEOUT(a_thousand_imports_leave_nothing, 60)
{
	struct setup setup;

	setup_init(&setup);
	for (int i = 0; i < 1000; i++) {
		/* Known already: the same buffer, one more reference. */
		struct tenon_buffer *again = import(setup.context, setup.dmabufs[i % 2]);

		assert_ptr_equal(again, setup.buffers[i % 2]);
		tenon_buffer_unref(again);
	}
	for (int i = 0; i < 1000; i++) {
		tenon_buffer_unref(setup.buffers[0]);
		setup.buffers[0] = import(setup.context, setup.dmabufs[0]);
	}
	assert_int_equal(rig_dmabufs(), 2);
	setup_finish(&setup);
}
