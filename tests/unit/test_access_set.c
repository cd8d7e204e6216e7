/* SPDX-License-Identifier: MIT */
/* Preparing and finishing: pointers, rectangles, sets, nesting, and every misuse. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer_fixture.h"
#include "harness.h"
#include "oom.h"

static struct tenon_context *context;
static struct fake_heap *heap;

static void silent(void *data, enum tenon_log_level level, const char *text)
{
	*(int *)data += level == TENON_LOG_ERROR;
}

static int errors_logged;

static void begin(void)
{
	context = fixture_context();
	heap = fake_heap_add(context, &(struct fake_heap_options){.name = "heap", .sync = true});
	errors_logged = 0;
	tenon_context_set_log(context, silent, TENON_LOG_ERROR, &errors_logged);
}

static void end(void)
{
	tenon_context_unref(context);
	fake_heap_release(heap);
}

static struct tenon_buffer *nv12(uint32_t width, uint32_t height)
{
	const uint32_t format = DRM_FORMAT_NV12;
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = width,
		.height = height,
		.formats = &format,
		.formats_len = 1,
	};
	struct tenon_buffer *buffer;

	assert_int_equal(tenon_buffer_create(&buffer, context, &options), 0);
	return buffer;
}

static int run_in_thread(void *(*run)(void *data), void *data)
{
	pthread_t thread;
	void *result;

	pthread_create(&thread, NULL, run, data);
	pthread_join(thread, &result);
	return (int)(intptr_t)result;
}

/* Whether another thread gets a buffer at once. */
static void *try_it(void *data)
{
	struct tenon_access access = *(struct tenon_access *)data;
	int rc = tenon_access_prepare(&access, 1, 0);

	if (rc == 0) {
		rc = tenon_access_finish(&access, 1);
	}
	return (void *)(intptr_t)rc;
}

static int elsewhere(struct tenon_buffer *buffer, uint32_t flags)
{
	struct tenon_access access = {.buffer = buffer, .flags = flags};

	return run_in_thread(try_it, &access);
}

TEST(pointers_are_those_of_the_layout)
{
	struct tenon_plane_layout planes[2];
	struct tenon_access access = {.flags = TENON_ACCESS_RW};
	struct tenon_buffer *buffer;

	begin();
	buffer = nv12(64, 32);
	access.buffer = buffer;
	memset(access.data, 0xff, sizeof(access.data));
	memset(access.pitch, 0xff, sizeof(access.pitch));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
		assert_int_equal(
			tenon_layout_get_plane(tenon_buffer_get_layout(buffer), 0, &planes[0]), 0);
		assert_int_equal(
			tenon_layout_get_plane(tenon_buffer_get_layout(buffer), 1, &planes[1]), 0);
		assert_int_equal(access.pitch[0], planes[0].pitch);
		assert_int_equal(access.pitch[1], planes[1].pitch);
		assert_int_equal((char *)access.data[1] - (char *)access.data[0],
			planes[1].offset - planes[0].offset);
		assert_null(access.data[2]);
		assert_null(access.data[3]);
		assert_int_equal(access.pitch[3], 0);
		assert_int_equal(tenon_access_finish(&access, 1), 0);
		assert_null(access.data[0]);
		assert_int_equal(access.pitch[0], 0);
	}
	tenon_buffer_unref(buffer);
	end();
}

TEST(rectangles)
{
	static const struct {
		struct tenon_rect rect;
		size_t luma_x, luma_y, chroma_x, chroma_y; /* bytes, rows */
	} cases[] = {
		{{0, 0, 64, 32}, 0, 0, 0, 0},
		{{2, 2, 1, 1}, 2, 2, 2, 1},
		{{3, 3, 61, 29}, 3, 3, 2, 1},
		{{63, 31, 1, 1}, 63, 31, 62, 15},
	};
	struct tenon_access access = {.flags = TENON_ACCESS_READ};
	char *luma, *chroma;
	uint32_t pitch;
	struct tenon_buffer *buffer;

	begin();
	buffer = nv12(64, 32);
	access.buffer = buffer;
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	luma = access.data[0];
	chroma = access.data[1];
	pitch = access.pitch[0];
	assert_int_equal(access.pitch[1], pitch);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		access.rect = cases[i].rect;
		assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
		assert_ptr_equal(access.data[0], luma + cases[i].luma_y * pitch + cases[i].luma_x);
		assert_ptr_equal(
			access.data[1], chroma + cases[i].chroma_y * pitch + cases[i].chroma_x);
		assert_int_equal(tenon_access_finish(&access, 1), 0);
	}
	tenon_buffer_unref(buffer);
	end();
}

TEST(bad_arguments)
{
	static const struct tenon_rect outside[] = {
		{64, 0, 1, 1},
		{0, 32, 1, 1},
		{0, 0, 65, 1},
		{0, 0, 1, 33},
		{1, 0, 64, 1},
		{0, 0, 0, 1},
		{1, 0, 0, 0},
		{UINT32_MAX, 0, 2, 1},
		{1, 1, UINT32_MAX, UINT32_MAX},
	};
	static const uint32_t flags[] = {0, 4, 8, 9, 1u << 31, UINT32_MAX};
	struct tenon_access access = {0};
	struct tenon_buffer *buffer;

	begin();
	buffer = nv12(64, 32);
	access.flags = TENON_ACCESS_READ;
	assert_int_equal(tenon_access_prepare(&access, 1, 0), -EINVAL);
	assert_int_equal(tenon_access_finish(&access, 1), -EINVAL);
	access.buffer = buffer;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		access.flags = flags[i];
		access.data[0] = &access;
		assert_int_equal(tenon_access_prepare(&access, 1, 0), -EINVAL);
		assert_null(access.data[0]);
	}
	access.flags = TENON_ACCESS_READ;
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		access.rect = outside[i];
		assert_int_equal(tenon_access_prepare(&access, 1, 0), -EINVAL);
	}
	/* nothing was taken, nor allocated for it */
	assert_int_equal(atomic_load(&heap->allocs), 0);
	assert_int_equal(elsewhere(buffer, TENON_ACCESS_RW), 0);
	/* nothing asked, nothing done */
	assert_int_equal(tenon_access_prepare(NULL, 0, 0), 0);
	assert_int_equal(tenon_access_finish(NULL, 0), 0);
	tenon_buffer_unref(buffer);
	end();
}

TEST(misuse_is_named_and_logged)
{
	struct tenon_access access = {.flags = TENON_ACCESS_READ}, twice[2];
	struct tenon_buffer *buffer;

	begin();
	buffer = nv12(64, 32);
	access.buffer = buffer;
	/* not prepared: never, and not any more */
	assert_int_equal(tenon_access_finish(&access, 1), -ENOENT);
	assert_int_equal(errors_logged, 1);
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	assert_int_equal(tenon_access_finish(&access, 1), -ENOENT);
	assert_int_equal(errors_logged, 2);
	/* with other flags */
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	access.flags = TENON_ACCESS_WRITE;
	assert_int_equal(tenon_access_finish(&access, 1), -EPROTO);
	access.flags = TENON_ACCESS_RW;
	assert_int_equal(tenon_access_finish(&access, 1), -EPROTO);
	access.flags = TENON_ACCESS_READ;
	assert_non_null(access.data[0]);
	/* the same buffer twice in a set */
	twice[0] = access;
	twice[1] = access;
	assert_int_equal(tenon_access_finish(twice, 2), -EALREADY);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	assert_int_equal(tenon_access_prepare(twice, 2, 0), -EALREADY);
	assert_int_equal(errors_logged, 6);
	/* nothing of it left anything behind */
	assert_int_equal(elsewhere(buffer, TENON_ACCESS_RW), 0);
	tenon_buffer_unref(buffer);
	end();
}

static void *finish_it(void *data)
{
	struct tenon_access access = *(struct tenon_access *)data;

	return (void *)(intptr_t)tenon_access_finish(&access, 1);
}

TEST(finished_by_another_thread)
{
	struct tenon_access access = {.flags = TENON_ACCESS_RW};
	struct tenon_buffer *buffer;

	begin();
	buffer = nv12(64, 32);
	access.buffer = buffer;
	assert_int_equal(run_in_thread(finish_it, &access), -ENOENT);
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_int_equal(run_in_thread(finish_it, &access), -EPERM);
	assert_int_equal(elsewhere(buffer, TENON_ACCESS_READ), -ETIMEDOUT);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	assert_int_equal(elsewhere(buffer, TENON_ACCESS_READ), 0);
	tenon_buffer_unref(buffer);
	end();
}

TEST(a_device_is_not_a_thread_that_prepared)
{
	struct tenon_access access = {.flags = TENON_ACCESS_RW};
	struct tenon_attachment *gpu;
	struct tenon_buffer *buffer;

	begin();
	buffer = nv12(64, 32);
	access.buffer = buffer;
	gpu = fixture_attach(buffer, fixture_offer_any("gpu", NULL));
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_WRITE, 0), 0);
	assert_int_equal(tenon_access_finish(&access, 1), -ENOENT);
	assert_int_equal(tenon_access_prepare(&access, 1, 5), -ETIMEDOUT);
	assert_int_equal(tenon_attachment_end(gpu), 0);
	/* and the CPU keeps the device out; its own thread would wait for itself */
	assert_int_equal(tenon_access_prepare(&access, 1, 5), 0);
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_READ, 5), -EDEADLK);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	/* both may read */
	access.flags = TENON_ACCESS_READ;
	assert_int_equal(tenon_access_prepare(&access, 1, 5), 0);
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_READ, 5), 0);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	assert_int_equal(tenon_attachment_end(gpu), 0);
	tenon_attachment_destroy(gpu);
	tenon_buffer_unref(buffer);
	end();
}

TEST(nested_brackets)
{
	struct tenon_access read = {.flags = TENON_ACCESS_READ}, again, write;
	struct tenon_buffer *buffer;

	begin();
	buffer = nv12(64, 32);
	read.buffer = buffer;
	again = read;
	write = read;
	write.flags = TENON_ACCESS_RW;
	/* reading inside of reading */
	assert_int_equal(tenon_access_prepare(&read, 1, 0), 0);
	assert_int_equal(tenon_access_prepare(&again, 1, 0), 0);
	assert_ptr_equal(read.data[0], again.data[0]);
	assert_int_equal(tenon_access_finish(&again, 1), 0);
	assert_int_equal(elsewhere(buffer, TENON_ACCESS_WRITE), -ETIMEDOUT);
	assert_int_equal(elsewhere(buffer, TENON_ACCESS_READ), 0);
	/* writing inside of reading, while nobody else reads */
	assert_int_equal(tenon_access_prepare(&write, 1, 0), 0);
	assert_int_equal(elsewhere(buffer, TENON_ACCESS_READ), -ETIMEDOUT);
	/* reading inside of that */
	assert_int_equal(tenon_access_prepare(&again, 1, 0), 0);
	/* finished out of order: the writing ends, the readings go on */
	assert_int_equal(tenon_access_finish(&write, 1), 0);
	assert_int_equal(elsewhere(buffer, TENON_ACCESS_READ), 0);
	assert_int_equal(elsewhere(buffer, TENON_ACCESS_WRITE), -ETIMEDOUT);
	assert_int_equal(tenon_access_finish(&read, 1), 0);
	assert_int_equal(elsewhere(buffer, TENON_ACCESS_WRITE), -ETIMEDOUT);
	assert_int_equal(tenon_access_finish(&again, 1), 0);
	assert_int_equal(elsewhere(buffer, TENON_ACCESS_WRITE), 0);
	tenon_buffer_unref(buffer);
	end();
}

TEST(writing_while_others_read)
{
	struct tenon_access read = {.flags = TENON_ACCESS_READ}, write;
	struct tenon_attachment *display;
	struct tenon_buffer *buffer;

	begin();
	buffer = nv12(64, 32);
	display = fixture_attach(buffer, fixture_offer_any("display", NULL));
	read.buffer = buffer;
	write = read;
	write.flags = TENON_ACCESS_WRITE;
	assert_int_equal(tenon_access_prepare(&read, 1, 0), 0);
	assert_int_equal(tenon_attachment_begin(display, TENON_ACCESS_READ, 0), 0);
	/* two that both wait to write, each holding the other up, would wait for ever */
	assert_int_equal(tenon_access_prepare(&write, 1, 1000), -EDEADLK);
	assert_non_null(read.data[0]);
	assert_int_equal(tenon_attachment_end(display), 0);
	assert_int_equal(tenon_access_prepare(&write, 1, 1000), 0);
	assert_int_equal(tenon_access_finish(&write, 1), 0);
	assert_int_equal(tenon_access_finish(&read, 1), 0);
	tenon_attachment_destroy(display);
	tenon_buffer_unref(buffer);
	end();
}

TEST(many_in_a_set)
{
	enum { N = 100 };
	struct tenon_access accesses[N] = {{0}};
	struct tenon_buffer *buffers[N];

	begin();
	for (int i = 0; i < N; i++) {
		buffers[i] = fixture_buffer(context, 8, 8, 0);
	}
	for (int i = 0; i < N; i++) {
		accesses[i].buffer = buffers[i * 37 % N];
		accesses[i].flags = i % 2 ? TENON_ACCESS_READ : TENON_ACCESS_RW;
	}
	assert_int_equal(tenon_access_prepare(accesses, N, 0), 0);
	for (int i = 0; i < N; i++) {
		assert_non_null(accesses[i].data[0]);
		assert_int_equal(elsewhere(accesses[i].buffer, TENON_ACCESS_WRITE), -ETIMEDOUT);
	}
	/* finished in parts, in another order */
	assert_int_equal(tenon_access_finish(&accesses[50], 50), 0);
	assert_int_equal(elsewhere(accesses[50].buffer, TENON_ACCESS_WRITE), 0);
	assert_int_equal(elsewhere(accesses[49].buffer, TENON_ACCESS_WRITE), -ETIMEDOUT);
	assert_int_equal(tenon_access_finish(accesses, 50), 0);
	for (int i = 0; i < N; i++) {
		assert_int_equal(elsewhere(buffers[i], TENON_ACCESS_WRITE), 0);
		tenon_buffer_unref(buffers[i]);
	}
	end();
}

TEST(all_or_nothing)
{
	struct tenon_access accesses[3] = {{0}};
	struct tenon_attachment *gpu;
	struct tenon_buffer *buffers[3];

	begin();
	for (int i = 0; i < 3; i++) {
		buffers[i] = fixture_buffer(context, 8, 8, 0);
		accesses[i].buffer = buffers[i];
		accesses[i].flags = TENON_ACCESS_RW;
	}
	gpu = fixture_attach(buffers[2], fixture_offer("gpu", NULL));
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(tenon_access_prepare(accesses, 3, 10), -ETIMEDOUT);
	for (int i = 0; i < 3; i++) {
		assert_null(accesses[i].data[0]);
		assert_int_equal(accesses[i].pitch[0], 0);
	}
	assert_int_equal(elsewhere(buffers[0], TENON_ACCESS_WRITE), 0);
	assert_int_equal(elsewhere(buffers[1], TENON_ACCESS_WRITE), 0);
	assert_int_equal(tenon_attachment_end(gpu), 0);
	/* finishing is all or nothing, too, as far as misuse goes */
	assert_int_equal(tenon_access_prepare(accesses, 2, 10), 0);
	assert_int_equal(tenon_access_finish(accesses, 3), -ENOENT);
	assert_non_null(accesses[0].data[0]);
	assert_int_equal(elsewhere(buffers[0], TENON_ACCESS_WRITE), -ETIMEDOUT);
	assert_int_equal(tenon_access_finish(accesses, 2), 0);
	tenon_attachment_destroy(gpu);
	for (int i = 0; i < 3; i++) {
		tenon_buffer_unref(buffers[i]);
	}
	end();
}

TEST(second_of_a_set_fails_and_the_first_is_undone)
{
	struct tenon_access accesses[2] = {{0}};
	struct tenon_buffer *buffers[2];
	int fd;

	begin();
	for (int i = 0; i < 2; i++) {
		buffers[i] = fixture_buffer(context, 8, 8, 0);
		accesses[i].buffer = buffers[i];
		accesses[i].flags = TENON_ACCESS_RW;
		/* ask the kernel each time */
		assert_int_equal(tenon_buffer_export(buffers[i], 0, &fd), 0);
		close(fd);
	}
	atomic_store(&heap->begins, 0);
	atomic_store(&heap->ends, 0);
	atomic_store(&heap->begin_error_after, 1);
	atomic_store(&heap->begin_error, EIO);
	assert_int_equal(tenon_access_prepare(accesses, 2, 10), -EIO);
	assert_int_equal(atomic_load(&heap->begins), 1);
	assert_int_equal(atomic_load(&heap->ends), 1);
	atomic_store(&heap->begin_error, 0);
	assert_int_equal(elsewhere(buffers[0], TENON_ACCESS_WRITE), 0);
	assert_int_equal(elsewhere(buffers[1], TENON_ACCESS_WRITE), 0);
	/* an error at the end of one does not keep the other */
	assert_int_equal(tenon_access_prepare(accesses, 2, 10), 0);
	atomic_store(&heap->end_error, EIO);
	assert_int_equal(tenon_access_finish(accesses, 2), -EIO);
	atomic_store(&heap->end_error, 0);
	assert_int_equal(elsewhere(buffers[0], TENON_ACCESS_WRITE), 0);
	assert_int_equal(elsewhere(buffers[1], TENON_ACCESS_WRITE), 0);
	tenon_buffer_unref(buffers[0]);
	tenon_buffer_unref(buffers[1]);
	end();
}

TEST(memory_runs_out_in_the_middle)
{
	struct tenon_access accesses[2] = {{0}};
	struct tenon_buffer *buffers[2];

	begin();
	for (int i = 0; i < 2; i++) {
		buffers[i] = fixture_buffer(context, 8, 8, 0);
		accesses[i].buffer = buffers[i];
		accesses[i].flags = TENON_ACCESS_RW;
	}
	atomic_store(&heap->alloc_error_after, 1);
	atomic_store(&heap->alloc_error, ENOMEM);
	assert_int_equal(tenon_access_prepare(accesses, 2, 10), -ENOMEM);
	assert_int_equal(elsewhere(buffers[0], TENON_ACCESS_WRITE), 0);
	atomic_store(&heap->alloc_error, 0);
	assert_int_equal(tenon_access_prepare(accesses, 2, 10), 0);
	assert_int_equal(tenon_access_finish(accesses, 2), 0);
	tenon_buffer_unref(buffers[0]);
	tenon_buffer_unref(buffers[1]);
	end();
}

TEST(one_after_many_that_failed)
{
	struct tenon_access accesses[20] = {{0}}, one = {.flags = TENON_ACCESS_RW};
	struct tenon_attachment *gpu;

	begin();
	for (int i = 0; i < 20; i++) {
		accesses[i].buffer = fixture_buffer(context, 8, 8, 0);
		accesses[i].flags = TENON_ACCESS_RW;
	}
	one.buffer = accesses[3].buffer;
	gpu = fixture_attach(accesses[19].buffer, fixture_offer("gpu", NULL));
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_READ, 0), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tenon_access_prepare(accesses, 20, 0), -ETIMEDOUT);
		assert_int_equal(tenon_access_prepare(&one, 1, 0), 0);
		assert_int_equal(tenon_access_finish(&one, 1), 0);
	}
	tenon_attachment_destroy(gpu);
	for (int i = 0; i < 20; i++) {
		tenon_buffer_unref(accesses[i].buffer);
	}
	end();
}

static int prepare_twenty(void *data)
{
	struct tenon_access *accesses = data;
	int rc = tenon_access_prepare(accesses, 20, 0);

	return rc < 0 ? rc : tenon_access_finish(accesses, 20);
}

TEST(each_allocation_fails)
{
	struct tenon_access accesses[20] = {{0}};

	begin();
	for (int i = 0; i < 20; i++) {
		accesses[i].buffer = fixture_buffer(context, 8, 8, 0);
		accesses[i].flags = TENON_ACCESS_RW;
		assert_int_equal(tenon_buffer_allocate(accesses[i].buffer), 0);
	}
	/* the set, and the thread's list */
	assert_int_equal(oom_run(prepare_twenty, accesses), 2);
	for (int i = 0; i < 20; i++) {
		tenon_buffer_unref(accesses[i].buffer);
	}
	end();
}

TEST(finishing_needs_no_memory)
{
	struct tenon_access accesses[20] = {{0}};

	begin();
	for (int i = 0; i < 20; i++) {
		accesses[i].buffer = fixture_buffer(context, 8, 8, 0);
		accesses[i].flags = TENON_ACCESS_RW;
	}
	assert_int_equal(tenon_access_prepare(accesses, 20, 0), 0);
	oom_arm(1, true);
	assert_int_equal(tenon_access_finish(accesses, 20), 0);
	assert_false(oom_disarm());
	for (int i = 0; i < 20; i++) {
		tenon_buffer_unref(accesses[i].buffer);
	}
	end();
}

TEST(last_reference_dropped_while_prepared)
{
	struct tenon_access access = {.flags = TENON_ACCESS_RW};

	begin();
	access.buffer = fixture_buffer(context, 64, 64, 0);
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	tenon_buffer_unref(access.buffer);
	assert_int_equal(errors_logged, 1);
	/* the memory is there until the access is finished */
	memset(access.data[0], 1, (size_t)access.pitch[0] * 64);
	assert_int_equal(atomic_load(&heap->frees), 0);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	assert_int_equal(atomic_load(&heap->frees), 1);
	end();
}

static void *prepare_and_leave(void *data)
{
	return (void *)(intptr_t)tenon_access_prepare(data, 1, 0);
}

TEST(a_thread_that_ends_lets_go)
{
	struct tenon_access access = {.flags = TENON_ACCESS_RW};

	begin();
	access.buffer = fixture_buffer(context, 64, 64, 0);
	assert_int_equal(run_in_thread(prepare_and_leave, &access), 0);
	assert_int_equal(errors_logged, 1);
	assert_int_equal(elsewhere(access.buffer, TENON_ACCESS_WRITE), 0);
	tenon_buffer_unref(access.buffer);
	end();
}

TEST(names_of_errors)
{
	static const int errors[] = {0, -EINVAL, -EALREADY, -ETIMEDOUT, -EDEADLK, -ENOTSUP, -ENOMEM,
		-EACCES, -ENODEV, -ENOENT, -EPERM, -EPROTO};
	enum { N = sizeof(errors) / sizeof(errors[0]) };

	for (int i = 0; i < N; i++) {
		assert_non_null(tenon_access_error_name(errors[i]));
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(tenon_access_error_name(errors[i]),
				tenon_access_error_name(errors[j]));
		}
	}
	assert_null(tenon_access_error_name(-EXDEV));
	assert_null(tenon_access_error_name(17));
}
