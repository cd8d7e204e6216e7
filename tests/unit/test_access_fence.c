/* SPDX-License-Identifier: MIT */
/*
 * Fences: who goes on using a buffer after its call is waited for. An eventfd stands for a fence,
 * readable once it is written to; tests/rig/test_rig_fence.c has the kernel's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "buffer_fixture.h"
#include "harness.h"
#include "oom.h"

static struct tenon_context *context;
static struct fake_heap *heap;

static void silent(void *data, enum tenon_log_level level, const char *text)
{
}

static struct tenon_buffer *begin(bool sync, uint32_t flags)
{
	struct tenon_buffer *buffer;

	context = fixture_context();
	tenon_context_set_log(context, silent, TENON_LOG_ERROR, NULL);
	heap = fake_heap_add(context, &(struct fake_heap_options){.name = "heap", .sync = sync});
	buffer = fixture_buffer(context, 64, 32, flags);
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	return buffer;
}

static void end(struct tenon_buffer *buffer)
{
	tenon_buffer_unref(buffer);
	tenon_context_unref(context);
	fake_heap_release(heap);
}

static int fence_create(void)
{
	int fence = eventfd(0, EFD_CLOEXEC);

	assert_true(fence >= 0);
	return fence;
}

static void signal_fence(int fence)
{
	assert_int_equal(eventfd_write(fence, 1), 0);
}

static void add(struct tenon_buffer *buffer, int fence, uint32_t flags)
{
	assert_int_equal(tenon_buffer_add_fence(buffer, fence, flags), 0);
}

static int touch(struct tenon_buffer *buffer, uint32_t flags, int timeout_ms)
{
	struct tenon_access access = {.buffer = buffer, .flags = flags};
	int rc = tenon_access_prepare(&access, 1, timeout_ms);

	assert_int_equal(access.data[0] != NULL, rc == 0 && !(flags & TENON_ACCESS_NO_MAP));
	return rc == 0 ? tenon_access_finish(&access, 1) : rc;
}

TEST(a_writer_is_waited_for_by_all)
{
	struct tenon_buffer *buffer = begin(false, 0);
	int fence = fence_create();

	assert_int_equal(touch(buffer, TENON_ACCESS_RW, 0), 0);
	add(buffer, fence, TENON_ACCESS_WRITE);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), -ETIMEDOUT);
	assert_int_equal(touch(buffer, TENON_ACCESS_WRITE, 0), -ETIMEDOUT);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ | TENON_ACCESS_NO_MAP, 0), -ETIMEDOUT);
	signal_fence(fence);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(touch(buffer, TENON_ACCESS_WRITE, 0), 0);
	close(fence);
	end(buffer);
}

TEST(a_reader_is_waited_for_by_writers)
{
	struct tenon_buffer *buffer = begin(false, 0);
	int fence = fence_create();

	assert_int_equal(touch(buffer, TENON_ACCESS_RW, 0), 0);
	add(buffer, fence, TENON_ACCESS_READ);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(touch(buffer, TENON_ACCESS_WRITE, 0), -ETIMEDOUT);
	assert_int_equal(touch(buffer, TENON_ACCESS_RW, 0), -ETIMEDOUT);
	signal_fence(fence);
	assert_int_equal(touch(buffer, TENON_ACCESS_RW, 0), 0);
	close(fence);
	end(buffer);
}

/* Once a fence was waited for it is forgotten: the fd may be used for something else. */
TEST(a_fence_is_a_copy_and_waited_for_once)
{
	struct tenon_buffer *buffer = begin(false, 0);
	int fence = fence_create();
	eventfd_t value;

	add(buffer, fence, TENON_ACCESS_WRITE);
	signal_fence(fence);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(eventfd_read(fence, &value), 0);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), 0);
	add(buffer, fence, TENON_ACCESS_WRITE);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), -ETIMEDOUT);
	signal_fence(fence);
	close(fence);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), 0);
	end(buffer);
}

TEST(all_that_exclude_are_waited_for)
{
	struct tenon_buffer *buffer = begin(false, 0);
	int fences[3];

	for (int i = 0; i < 3; i++) {
		fences[i] = fence_create();
		add(buffer, fences[i], i == 1 ? TENON_ACCESS_WRITE : TENON_ACCESS_READ);
	}
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), -ETIMEDOUT);
	signal_fence(fences[1]);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(touch(buffer, TENON_ACCESS_WRITE, 0), -ETIMEDOUT);
	signal_fence(fences[0]);
	assert_int_equal(touch(buffer, TENON_ACCESS_WRITE, 0), -ETIMEDOUT);
	signal_fence(fences[2]);
	assert_int_equal(touch(buffer, TENON_ACCESS_WRITE, 0), 0);
	for (int i = 0; i < 3; i++) {
		close(fences[i]);
	}
	end(buffer);
}

TEST(the_time_limit_is_for_the_whole_set)
{
	struct tenon_buffer *first = begin(false, 0);
	struct tenon_buffer *second = fixture_buffer(context, 64, 32, 0);
	struct tenon_access both[] = {{.buffer = first, .flags = TENON_ACCESS_READ},
		{.buffer = second, .flags = TENON_ACCESS_READ}};
	int fence = fence_create();
	int64_t start;

	assert_int_equal(tenon_buffer_allocate(second), 0);
	add(second, fence, TENON_ACCESS_WRITE);
	start = fixture_now_ms();
	assert_int_equal(tenon_access_prepare(both, 2, 50), -ETIMEDOUT);
	assert_true(fixture_now_ms() - start >= 50);
	assert_null(both[0].data[0]);
	/* nothing is held: the first can be had for writing by another */
	assert_int_equal(touch(first, TENON_ACCESS_WRITE, 0), 0);
	signal_fence(fence);
	assert_int_equal(tenon_access_prepare(both, 2, 0), 0);
	assert_int_equal(tenon_access_finish(both, 2), 0);
	close(fence);
	tenon_buffer_unref(second);
	end(first);
}

static void *signal_later(void *data)
{
	usleep(20000);
	signal_fence(*(int *)data);
	return NULL;
}

static void *wait_long(void *data)
{
	return (void *)(intptr_t)touch(data, TENON_ACCESS_READ, -1);
}

/* Several threads wait for the same fence, and each gets the buffer. */
TEST(who_waits_is_woken)
{
	struct tenon_buffer *buffer = begin(false, 0);
	pthread_t signaller, waiters[4];
	int fence = fence_create();
	void *result;

	add(buffer, fence, TENON_ACCESS_WRITE);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&waiters[i], NULL, wait_long, buffer), 0);
	}
	assert_int_equal(pthread_create(&signaller, NULL, signal_later, &fence), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(waiters[i], &result), 0);
		assert_int_equal((intptr_t)result, 0);
	}
	assert_int_equal(pthread_join(signaller, NULL), 0);
	close(fence);
	end(buffer);
}

TEST(other_devices_wait_too)
{
	struct tenon_buffer *buffer = begin(false, 0);
	struct tenon_attachment *gpu = fixture_attach(buffer, fixture_offer("gpu", NULL));
	struct tenon_attachment *screen = fixture_attach(buffer, fixture_offer("screen", NULL));
	int fence = fence_create();

	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_WRITE, 0), 0);
	add(buffer, fence, TENON_ACCESS_WRITE);
	assert_int_equal(tenon_attachment_end(gpu), 0);
	assert_int_equal(tenon_attachment_begin(screen, TENON_ACCESS_READ, 0), -ETIMEDOUT);
	/* nothing has begun */
	assert_int_equal(tenon_attachment_end(screen), -ENOENT);
	signal_fence(fence);
	assert_int_equal(tenon_attachment_begin(screen, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(tenon_attachment_end(screen), 0);
	close(fence);
	tenon_attachment_destroy(gpu);
	tenon_attachment_destroy(screen);
	end(buffer);
}

/* The caches are made right after the device has written, not before. */
TEST(caches_wait_for_the_fence)
{
	struct tenon_buffer *buffer = begin(true, 0);
	struct tenon_attachment *gpu = fixture_attach(buffer, fixture_offer("gpu", NULL));
	int fence = fence_create();
	int begins;

	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_WRITE, 0), 0);
	add(buffer, fence, TENON_ACCESS_WRITE);
	assert_int_equal(tenon_attachment_end(gpu), 0);
	begins = heap->begins;
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), -ETIMEDOUT);
	assert_int_equal(heap->begins, begins);
	signal_fence(fence);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(heap->begins, begins + 1);
	close(fence);
	tenon_attachment_destroy(gpu);
	end(buffer);
}

TEST(what_is_in_use_does_not_move)
{
	struct tenon_buffer *buffer = begin(false, TENON_BUFFER_MOVABLE);
	struct tenon_limits *limits = fixture_limit(TENON_PROP_PITCH_MULTIPLE, 4096);
	struct tenon_offer *late = fixture_offer("late", limits);
	struct tenon_attachment *attachment = NULL;
	int fence = fence_create();

	add(buffer, fence, TENON_ACCESS_READ);
	assert_int_equal(tenon_buffer_attach(buffer, late, 0, &attachment, NULL), -EBUSY);
	signal_fence(fence);
	assert_int_equal(tenon_buffer_attach(buffer, late, 0, &attachment, NULL), 0);
	close(fence);
	tenon_attachment_destroy(attachment);
	tenon_offer_unref(late);
	end(buffer);
}

/* The other end of a pipe is gone: nobody is left to wait for. */
TEST(a_fence_without_a_signaller_is_over)
{
	struct tenon_buffer *buffer = begin(false, 0);
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	add(buffer, ends[0], TENON_ACCESS_WRITE);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), -ETIMEDOUT);
	close(ends[1]);
	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), 0);
	close(ends[0]);
	end(buffer);
}

TEST(fences_are_few)
{
	struct tenon_buffer *buffer = begin(false, 0);
	int pending = fence_create(), fence;

	/* those that have signalled are forgotten, however many come */
	for (int i = 0; i < 200; i++) {
		fence = fence_create();
		add(buffer, fence, TENON_ACCESS_READ);
		signal_fence(fence);
		close(fence);
	}
	for (int i = 0; i < 64; i++) {
		add(buffer, pending, TENON_ACCESS_READ);
	}
	assert_int_equal(tenon_buffer_add_fence(buffer, pending, TENON_ACCESS_READ), -EBUSY);
	signal_fence(pending);
	add(buffer, pending, TENON_ACCESS_READ);
	/* one that has not signalled does not outlive the buffer */
	fence = fence_create();
	add(buffer, fence, TENON_ACCESS_WRITE);
	close(fence);
	close(pending);
	end(buffer);
}

TEST(mistakes)
{
	struct tenon_buffer *buffer = begin(false, 0);
	struct tenon_buffer *empty = fixture_buffer(context, 64, 32, 0);
	int fence = fence_create();

	assert_int_equal(tenon_buffer_add_fence(buffer, fence, 0), -EINVAL);
	assert_int_equal(
		tenon_buffer_add_fence(buffer, fence, TENON_ACCESS_READ | TENON_ACCESS_NO_MAP),
		-EINVAL);
	assert_int_equal(tenon_buffer_add_fence(buffer, -1, TENON_ACCESS_READ), -EBADF);
	assert_int_equal(tenon_buffer_add_fence(empty, fence, TENON_ACCESS_READ), -ENOENT);
	assert_int_equal(touch(buffer, TENON_ACCESS_WRITE, 0), 0);
	close(fence);
	tenon_buffer_unref(empty);
	end(buffer);
}

static int add_one(void *data)
{
	int fence = fence_create();
	int rc = tenon_buffer_add_fence(data, fence, TENON_ACCESS_WRITE);

	signal_fence(fence);
	close(fence);
	/* and forgotten again, so that nothing stays behind */
	return rc < 0 ? rc : touch(data, TENON_ACCESS_READ, 0);
}

TEST(out_of_memory)
{
	struct tenon_buffer *buffer = begin(false, 0);

	assert_int_equal(touch(buffer, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(oom_run(add_one, buffer), 1);
	end(buffer);
}
