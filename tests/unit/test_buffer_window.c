/* SPDX-License-Identifier: MIT */
/* Windows: memory larger than the address space, a part at a time. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "buffer_fixture.h"
#include "harness.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { WIDTH = 4096, HEIGHT = 4096, BYTES = WIDTH * HEIGHT * 4 };

/* Bytes of address space in use now. */
static rlim_t address_space(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu", &pages), 1);
	fclose(file);
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

TEST(a_large_buffer_under_a_tight_limit)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *fake =
		fake_heap_add(context, &(struct fake_heap_options){.name = "plain"});
	struct tenon_buffer *buffer = fixture_buffer(context, WIDTH, HEIGHT, 0);
	struct tenon_access access = {.buffer = buffer, .flags = TENON_ACCESS_RW};
	struct tenon_window *window;
	struct rlimit limit, old;
	uint32_t *data;

	if (SANITIZED || test_is_emulated()) {
		TEST_SKIP("sanitizers and emulators need all of the address space");
	}
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
	limit = old;
	limit.rlim_cur = address_space() + BYTES / 4;
	assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
	/* the whole does not fit, and says so; nothing is held then */
	assert_int_equal(tenon_access_prepare(&access, 1, 0), -ENOMEM);
	assert_null(access.data[0]);
	/* without mapping it goes, a part after the other */
	access.flags |= TENON_ACCESS_NO_MAP;
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_null(access.data[0]);
	assert_int_equal(tenon_window_create(&window, buffer, 0), 0);
	for (uint64_t at = 0; at < BYTES; at += BYTES / 16) {
		assert_int_equal(tenon_window_move(window, at, BYTES / 16, (void **)&data), 0);
		for (size_t i = 0; i < BYTES / 16 / 4; i += 1024) {
			data[i] = (uint32_t)(at / 4 + i);
		}
	}
	for (uint64_t at = 4096 + 4; at < BYTES - 4096; at += 1000 * 4096 + 4) {
		size_t first = (1024 - at / 4 % 1024) % 1024;

		assert_int_equal(tenon_window_move(window, at, 8192, (void **)&data), 0);
		assert_int_equal(data[first], (uint32_t)(at / 4 + first));
	}
	/* larger than what is left: the window sees nothing, and can be moved again */
	assert_int_equal(tenon_window_move(window, 0, BYTES, (void **)&data), -ENOMEM);
	assert_int_equal(tenon_window_move(window, 0, 4096, (void **)&data), 0);
	tenon_window_destroy(window);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	assert_int_equal(setrlimit(RLIMIT_AS, &old), 0);
	/* and with room the whole can be mapped again */
	access.flags = TENON_ACCESS_READ;
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_int_equal(((uint32_t *)access.data[0])[1024], 1024);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	tenon_buffer_unref(buffer);
	tenon_context_unref(context);
	fake_heap_release(fake);
}

TEST(bounds)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *fake =
		fake_heap_add(context, &(struct fake_heap_options){.name = "plain"});
	struct tenon_buffer *buffer = fixture_buffer(context, 64, 64, 0);
	const uint64_t bytes = 64 * 64 * 4;
	struct tenon_window *window;
	void *data;

	assert_int_equal(tenon_window_create(&window, buffer, 1), -EINVAL);
	assert_int_equal(tenon_window_create(&window, buffer, 0), 0);
	assert_int_equal(tenon_window_move(window, 0, 0, &data), -EINVAL);
	assert_int_equal(tenon_window_move(window, bytes, 1, &data), -EINVAL);
	assert_int_equal(tenon_window_move(window, 1, (size_t)bytes, &data), -EINVAL);
	assert_int_equal(tenon_window_move(window, UINT64_MAX, 2, &data), -EINVAL);
	assert_int_equal(tenon_window_move(window, 1, SIZE_MAX, &data), -EINVAL);
	assert_int_equal(tenon_window_move(window, bytes - 1, 1, &data), 0);
	*(char *)data = 1;
	assert_int_equal(tenon_window_move(window, 0, (size_t)bytes, &data), 0);
	assert_int_equal(((char *)data)[bytes - 1], 1);
	/* the window keeps the buffer */
	tenon_buffer_unref(buffer);
	assert_int_equal(tenon_window_move(window, bytes - 1, 1, &data), 0);
	assert_int_equal(*(char *)data, 1);
	tenon_window_destroy(window);
	tenon_context_unref(context);
	fake_heap_release(fake);
}

TEST(memory_that_cannot_be_mapped)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *fake = fake_heap_add(
		context, &(struct fake_heap_options){.name = "secret", .unmappable = true});
	struct tenon_buffer *buffer = fixture_buffer(context, 64, 64, 0);
	struct tenon_attachment *gpu = fixture_attach(buffer, fixture_offer("gpu", NULL));
	struct tenon_access access = {.buffer = buffer, .flags = TENON_ACCESS_READ};
	struct tenon_window *window;
	int fd;

	assert_int_equal(tenon_window_create(&window, buffer, 0), -ENOTSUP);
	assert_int_equal(tenon_access_prepare(&access, 1, 0), -ENOTSUP);
	assert_string_equal(tenon_access_error_name(-ENOTSUP), "not-mappable");
	/* devices go on */
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_WRITE, 0), 0);
	assert_int_equal(tenon_attachment_end(gpu), 0);
	assert_int_equal(tenon_buffer_export(buffer, 0, &fd), 0);
	close(fd);
	/* and somebody else's mapping can be bracketed */
	access.flags |= TENON_ACCESS_NO_MAP;
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	tenon_attachment_destroy(gpu);
	tenon_buffer_unref(buffer);
	tenon_context_unref(context);
	fake_heap_release(fake);
}
