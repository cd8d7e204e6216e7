/* SPDX-License-Identifier: MIT */
/*
 * Cache work is done when it is due, and only then. The heap counts; fake_heap_release() holds
 * every test to as many ends as begins.
 */
#include <errno.h>
#include <unistd.h>

#include "buffer_fixture.h"
#include "harness.h"

struct scene {
	struct tenon_context *context;
	struct fake_heap *heap;
	struct tenon_buffer *buffer;
};

static struct scene scene_create(uint32_t flags, bool sync)
{
	struct scene s = {.context = fixture_context()};

	s.heap =
		fake_heap_add(s.context, &(struct fake_heap_options){.name = "heap", .sync = sync});
	s.buffer = fixture_buffer(s.context, 64, 64, flags);
	return s;
}

static void scene_destroy(struct scene *s)
{
	tenon_buffer_unref(s->buffer);
	tenon_context_unref(s->context);
	fake_heap_release(s->heap);
}

static void touch(struct scene *s, uint32_t flags)
{
	struct tenon_access access = {.buffer = s->buffer, .flags = flags};

	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
}

static void use(struct tenon_attachment *device, uint32_t flags)
{
	assert_int_equal(tenon_attachment_begin(device, flags, 0), 0);
	assert_int_equal(tenon_attachment_end(device), 0);
}

static struct tenon_attachment *attach_device(
	struct scene *s, const char *name, enum tenon_answer coherent)
{
	struct tenon_offer *offer = fixture_offer(name, NULL);

	tenon_offer_set_coherent(offer, coherent);
	return fixture_attach(s->buffer, offer);
}

static void give_away(struct scene *s)
{
	int fd;

	assert_int_equal(tenon_buffer_export(s->buffer, 0, &fd), 0);
	close(fd);
}

#define assert_work(s, begins_, ends_) \
	do { \
		assert_int_equal(atomic_load(&(s).heap->begins), begins_); \
		assert_int_equal(atomic_load(&(s).heap->ends), ends_); \
	} while (0)

TEST(memory_that_needs_no_work)
{
	struct scene s = scene_create(0, false);
	struct tenon_attachment *gpu = attach_device(&s, "gpu", TENON_NO);

	give_away(&s);
	touch(&s, TENON_ACCESS_RW);
	use(gpu, TENON_ACCESS_WRITE);
	touch(&s, TENON_ACCESS_RW);
	assert_work(s, 0, 0);
	tenon_attachment_destroy(gpu);
	scene_destroy(&s);
}

TEST(cpu_alone)
{
	struct scene s = scene_create(0, true);

	for (int i = 0; i < 10; i++) {
		touch(&s, TENON_ACCESS_WRITE);
		touch(&s, TENON_ACCESS_READ);
	}
	assert_work(s, 0, 0);
	scene_destroy(&s);
}

TEST(coherent_devices)
{
	struct scene s = scene_create(0, true);
	struct tenon_attachment *gpu = attach_device(&s, "gpu", TENON_YES);

	for (int i = 0; i < 10; i++) {
		touch(&s, TENON_ACCESS_WRITE);
		use(gpu, TENON_ACCESS_RW);
		touch(&s, TENON_ACCESS_READ);
	}
	assert_work(s, 0, 0);
	tenon_attachment_destroy(gpu);
	scene_destroy(&s);
}

/* coherent "unknown" is as "no" */
static void not_coherent(enum tenon_answer coherent)
{
	struct scene s = scene_create(0, true);
	struct tenon_attachment *gpu = attach_device(&s, "gpu", coherent);

	/* the CPU writes: one pair is open, and stays so for the CPU */
	touch(&s, TENON_ACCESS_WRITE);
	assert_work(s, 1, 0);
	touch(&s, TENON_ACCESS_WRITE);
	assert_work(s, 1, 0);
	/* reading too is wider: closed and opened anew, once */
	touch(&s, TENON_ACCESS_READ);
	assert_work(s, 2, 1);
	touch(&s, TENON_ACCESS_RW);
	touch(&s, TENON_ACCESS_READ);
	assert_work(s, 2, 1);
	/* the device reads: what the CPU wrote must be out */
	use(gpu, TENON_ACCESS_READ);
	assert_work(s, 2, 2);
	use(gpu, TENON_ACCESS_READ);
	use(gpu, TENON_ACCESS_WRITE);
	assert_work(s, 2, 2);
	/* the device wrote: the CPU must look anew, once */
	touch(&s, TENON_ACCESS_READ);
	touch(&s, TENON_ACCESS_READ);
	assert_work(s, 3, 2);
	/* the CPU only read, the device only reads: nothing is due */
	use(gpu, TENON_ACCESS_READ);
	assert_work(s, 3, 2);
	touch(&s, TENON_ACCESS_READ);
	assert_work(s, 3, 2);
	tenon_attachment_destroy(gpu);
	scene_destroy(&s);
}

TEST(device_that_is_not_coherent)
{
	not_coherent(TENON_NO);
}

TEST(device_of_which_nobody_knows)
{
	not_coherent(TENON_UNKNOWN);
}

TEST(device_that_comes_after_the_cpu_wrote)
{
	struct scene s = scene_create(0, true);
	struct tenon_attachment *gpu;

	touch(&s, TENON_ACCESS_WRITE);
	assert_work(s, 0, 0);
	gpu = attach_device(&s, "gpu", TENON_NO);
	/* what was written without a pair is cleaned by one */
	use(gpu, TENON_ACCESS_READ);
	assert_work(s, 1, 1);
	use(gpu, TENON_ACCESS_READ);
	assert_work(s, 1, 1);
	tenon_attachment_destroy(gpu);
	scene_destroy(&s);
}

TEST(device_that_comes_after_the_cpu_wrote_unmapped)
{
	struct scene s = scene_create(0, true);
	struct tenon_attachment *gpu;

	/* through a mapping that is not ours, or a window */
	assert_int_equal(tenon_buffer_allocate(s.buffer), 0);
	touch(&s, TENON_ACCESS_WRITE | TENON_ACCESS_NO_MAP);
	assert_work(s, 0, 0);
	gpu = attach_device(&s, "gpu", TENON_NO);
	use(gpu, TENON_ACCESS_READ);
	assert_work(s, 1, 1);
	tenon_attachment_destroy(gpu);
	scene_destroy(&s);
}

TEST(device_that_wrote_and_went)
{
	struct scene s = scene_create(0, true);
	struct tenon_attachment *gpu;

	assert_int_equal(tenon_buffer_allocate(s.buffer), 0);
	gpu = attach_device(&s, "gpu", TENON_NO);
	/* the CPU has not been there: nothing of it is to be cleaned */
	use(gpu, TENON_ACCESS_WRITE);
	assert_work(s, 0, 0);
	tenon_attachment_destroy(gpu);
	/* nobody is attached, and yet the caches are not right */
	touch(&s, TENON_ACCESS_READ);
	assert_work(s, 1, 0);
	scene_destroy(&s);
}

TEST(exported_memory_asks_each_time)
{
	struct scene s = scene_create(0, true);

	touch(&s, TENON_ACCESS_WRITE);
	assert_work(s, 0, 0);
	/* what was written before goes out with the fd */
	give_away(&s);
	assert_work(s, 1, 1);
	give_away(&s);
	assert_work(s, 1, 1);
	for (int i = 1; i <= 5; i++) {
		touch(&s, i % 2 ? TENON_ACCESS_READ : TENON_ACCESS_RW);
		assert_work(s, 1 + i, 1 + i);
	}
	scene_destroy(&s);
}

TEST(exported_while_the_cpu_writes)
{
	struct scene s = scene_create(0, true);
	struct tenon_access access = {.buffer = s.buffer, .flags = TENON_ACCESS_WRITE};

	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	give_away(&s);
	assert_work(s, 0, 0);
	/* it is cleaned as soon as the CPU is done */
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	assert_work(s, 1, 1);
	touch(&s, TENON_ACCESS_READ);
	assert_work(s, 2, 2);
	scene_destroy(&s);
}

TEST(exported_with_a_pair_open)
{
	struct scene s = scene_create(0, true);
	struct tenon_attachment *gpu = attach_device(&s, "gpu", TENON_NO);
	struct tenon_access access = {.buffer = s.buffer, .flags = TENON_ACCESS_RW};

	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_work(s, 1, 0);
	give_away(&s);
	assert_work(s, 1, 0);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	assert_work(s, 1, 1);
	tenon_attachment_destroy(gpu);
	scene_destroy(&s);
}

TEST(declared_use_is_believed)
{
	struct scene s = scene_create(TENON_BUFFER_DECLARED, true);
	struct tenon_attachment *gpu = attach_device(&s, "gpu", TENON_NO);

	give_away(&s);
	for (int i = 0; i < 5; i++) {
		touch(&s, TENON_ACCESS_RW);
	}
	assert_work(s, 1, 0);
	use(gpu, TENON_ACCESS_RW);
	assert_work(s, 1, 1);
	touch(&s, TENON_ACCESS_RW);
	assert_work(s, 2, 1);
	tenon_attachment_destroy(gpu);
	scene_destroy(&s);
}

TEST(part_of_a_picture_is_read_and_written)
{
	struct scene s = scene_create(0, true);
	struct tenon_access access = {
		.buffer = s.buffer,
		.flags = TENON_ACCESS_WRITE,
		.rect = {.x = 3, .y = 3, .width = 5, .height = 5},
	};

	give_away(&s);
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	/* the rest of a cache line is somebody's: it must be right before it is written back */
	assert_int_equal(atomic_load(&s.heap->open_reads), 1);
	assert_int_equal(atomic_load(&s.heap->open_writes), 1);
	/* the caller's rectangle may change meanwhile */
	access.rect = (struct tenon_rect){0};
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	access.rect = (struct tenon_rect){0};
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_int_equal(atomic_load(&s.heap->open_reads), 0);
	assert_int_equal(atomic_load(&s.heap->open_writes), 1);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	scene_destroy(&s);
}

TEST(begin_that_fails_is_undone)
{
	static const uint32_t modes[] = {0, TENON_BUFFER_DECLARED};

	for (size_t i = 0; i < 2; i++) {
		struct scene s = scene_create(modes[i], true);
		struct tenon_attachment *gpu = attach_device(&s, "gpu", TENON_NO);
		struct tenon_access access = {.buffer = s.buffer, .flags = TENON_ACCESS_RW};

		give_away(&s);
		atomic_store(&s.heap->begin_error, EIO);
		assert_int_equal(tenon_access_prepare(&access, 1, 77), -EIO);
		assert_null(access.data[0]);
		assert_int_equal(access.pitch[0], 0);
		assert_true(atomic_load(&s.heap->last_timeout) <= 77);
		assert_true(atomic_load(&s.heap->last_timeout) > 0);
		assert_int_equal(tenon_access_finish(&access, 1), -ENOENT);
		assert_work(s, 0, 0);
		/* nobody is locked out */
		atomic_store(&s.heap->begin_error, 0);
		assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_RW, 0), 0);
		assert_int_equal(tenon_attachment_end(gpu), 0);
		assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
		assert_int_equal(tenon_access_finish(&access, 1), 0);
		tenon_attachment_destroy(gpu);
		scene_destroy(&s);
	}
}

TEST(end_that_fails_is_told_and_done)
{
	struct scene s = scene_create(0, true);
	struct tenon_access access = {.buffer = s.buffer, .flags = TENON_ACCESS_RW};

	give_away(&s);
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	atomic_store(&s.heap->end_error, EIO);
	assert_int_equal(tenon_access_finish(&access, 1), -EIO);
	assert_null(access.data[0]);
	assert_work(s, 1, 1);
	assert_int_equal(tenon_access_finish(&access, 1), -ENOENT);
	atomic_store(&s.heap->end_error, 0);
	touch(&s, TENON_ACCESS_RW);
	scene_destroy(&s);
}

TEST(device_that_cannot_begin_is_not_begun)
{
	struct scene s = scene_create(0, true);
	struct tenon_attachment *gpu = attach_device(&s, "gpu", TENON_NO);

	touch(&s, TENON_ACCESS_WRITE);
	atomic_store(&s.heap->end_error, EIO);
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_READ, 0), -EIO);
	assert_int_equal(tenon_attachment_end(gpu), -ENOENT);
	assert_work(s, 1, 1);
	atomic_store(&s.heap->end_error, 0);
	use(gpu, TENON_ACCESS_READ);
	tenon_attachment_destroy(gpu);
	scene_destroy(&s);
}

TEST(released_with_a_pair_open)
{
	struct scene s = scene_create(0, true);
	struct tenon_attachment *gpu = attach_device(&s, "gpu", TENON_NO);

	touch(&s, TENON_ACCESS_RW);
	assert_work(s, 1, 0);
	tenon_attachment_destroy(gpu);
	/* scene_destroy() finds as many ends as begins */
	scene_destroy(&s);
}

TEST(moved_with_a_pair_open)
{
	struct scene s = scene_create(TENON_BUFFER_MOVABLE, true);
	struct fake_heap *other = fake_heap_add(s.context,
		&(struct fake_heap_options){.name = "other", .scarcity = 1, .sync = true});
	struct tenon_attachment *gpu = attach_device(&s, "gpu", TENON_NO), *late;

	touch(&s, TENON_ACCESS_RW);
	late = fixture_attach(s.buffer, fixture_offer("late", fixture_heaps("other")));
	assert_string_equal(tenon_buffer_get_heap(s.buffer), "other");
	/* read from the old, written to the new, both in pairs */
	assert_work(s, 2, 2);
	assert_int_equal(atomic_load(&other->begins), 1);
	assert_int_equal(atomic_load(&other->ends), 1);
	tenon_attachment_destroy(gpu);
	tenon_attachment_destroy(late);
	scene_destroy(&s);
	fake_heap_release(other);
}
