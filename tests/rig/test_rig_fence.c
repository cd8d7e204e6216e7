/* SPDX-License-Identifier: MIT */
/*
 * Fences of the kernel's (sync_file) joined to buffers: prepare waits for them, and so does
 * everybody else who has the dma-buf.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <tenon/access.h>
#include <tenon/buffer.h>
#include <tenon/context.h>

#include "harness.h"
#include "rig.h"
#include "swsync.h"

enum {
	WIDTH = 64,
	HEIGHT = 48,
};

struct setup {
	struct tenon_context *context;
	struct tenon_buffer *buffer;
	int dmabuf; /* what another process would have */
	int timeline;
};

static void setup_init(struct setup *setup)
{
	static const uint32_t format = DRM_FORMAT_XRGB8888;
	const struct tenon_context_options options = {
		.size = sizeof(options),
		.no_config = true,
	};
	const struct tenon_buffer_options buffer = {
		.size = sizeof(buffer),
		.width = WIDTH,
		.height = HEIGHT,
		.formats = &format,
		.formats_len = 1,
		.flags = TENON_BUFFER_DMABUF,
	};

	rig_require();
	assert_int_equal(tenon_context_create(&setup->context, &options), 0);
	assert_int_equal(tenon_buffer_create(&setup->buffer, setup->context, &buffer), 0);
	assert_int_equal(tenon_buffer_export(setup->buffer, 0, &setup->dmabuf), 0);
	setup->timeline = swsync_open();
	assert_true(setup->timeline >= 0);
}

static void setup_finish(struct setup *setup)
{
	close(setup->timeline);
	close(setup->dmabuf);
	tenon_buffer_unref(setup->buffer);
	tenon_context_unref(setup->context);
	assert_int_equal(rig_dmabufs(), 0);
}

static void add(struct setup *setup, uint32_t value, uint32_t flags)
{
	int fence = swsync_fence(setup->timeline, value);

	assert_true(fence >= 0);
	assert_int_equal(tenon_buffer_add_fence(setup->buffer, fence, flags), 0);
	close(fence);
}

static int touch(struct setup *setup, uint32_t flags, int timeout_ms)
{
	struct tenon_access access = {.buffer = setup->buffer, .flags = flags};
	int rc = tenon_access_prepare(&access, 1, timeout_ms);

	return rc == 0 ? tenon_access_finish(&access, 1) : rc;
}

/* Whether somebody else may do it, as the kernel says. */
static bool others_may(struct setup *setup, short events)
{
	struct pollfd wait = {.fd = setup->dmabuf, .events = events};

	assert_true(poll(&wait, 1, 0) >= 0);
	return wait.revents == events;
}

TEST(a_writer_is_waited_for_here_and_elsewhere)
{
	struct setup setup;

	setup_init(&setup);
	assert_true(others_may(&setup, POLLIN));
	add(&setup, 1, TENON_ACCESS_WRITE);
	assert_int_equal(touch(&setup, TENON_ACCESS_READ, 20), -ETIMEDOUT);
	assert_int_equal(touch(&setup, TENON_ACCESS_WRITE, 20), -ETIMEDOUT);
	assert_false(others_may(&setup, POLLIN));
	assert_int_equal(swsync_advance(setup.timeline, 1), 0);
	assert_int_equal(touch(&setup, TENON_ACCESS_READ, 1000), 0);
	assert_int_equal(touch(&setup, TENON_ACCESS_WRITE, 1000), 0);
	assert_true(others_may(&setup, POLLIN));
	setup_finish(&setup);
}

TEST(a_reader_is_waited_for_by_writers_here_and_elsewhere)
{
	struct setup setup;

	setup_init(&setup);
	add(&setup, 1, TENON_ACCESS_READ);
	assert_int_equal(touch(&setup, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(touch(&setup, TENON_ACCESS_WRITE, 20), -ETIMEDOUT);
	assert_true(others_may(&setup, POLLIN));
	assert_false(others_may(&setup, POLLOUT));
	assert_int_equal(swsync_advance(setup.timeline, 1), 0);
	assert_int_equal(touch(&setup, TENON_ACCESS_WRITE, 1000), 0);
	assert_true(others_may(&setup, POLLOUT));
	setup_finish(&setup);
}

/* One fence after the other, and a timeline that ends signals the rest, with an error. */
TEST(fences_in_a_row_and_one_that_fails)
{
	struct setup setup;

	setup_init(&setup);
	for (uint32_t i = 1; i <= 4; i++) {
		add(&setup, i, TENON_ACCESS_WRITE);
		assert_int_equal(swsync_advance(setup.timeline, 1), 0);
		assert_int_equal(touch(&setup, TENON_ACCESS_RW, 1000), 0);
	}
	add(&setup, 5, TENON_ACCESS_WRITE);
	assert_int_equal(touch(&setup, TENON_ACCESS_READ, 20), -ETIMEDOUT);
	close(setup.timeline);
	assert_int_equal(touch(&setup, TENON_ACCESS_READ, 1000), 0);
	setup.timeline = swsync_open();
	setup_finish(&setup);
}
