/* SPDX-License-Identifier: MIT */
/* Attaching, detaching, and what a device finds that comes late. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "buffer_fixture.h"
#include "harness.h"

/* Three heaps; offers accept some of them, as devices once had masks of allocators: heap "one" is
 * bit 0, "two" bit 1, "four" bit 2. */
struct masks {
	struct tenon_context *context;
	struct fake_heap *one, *two, *four;
};

static struct masks masks_create(void)
{
	struct masks m = {.context = fixture_context()};

	m.one = fake_heap_add(m.context, &(struct fake_heap_options){.name = "one", .scarcity = 1});
	m.two = fake_heap_add(m.context, &(struct fake_heap_options){.name = "two", .scarcity = 2});
	m.four = fake_heap_add(
		m.context, &(struct fake_heap_options){.name = "four", .scarcity = 4});
	return m;
}

static void masks_destroy(struct masks *m)
{
	tenon_context_unref(m->context);
	fake_heap_release(m->one);
	fake_heap_release(m->two);
	fake_heap_release(m->four);
}

static const char *planned_heap(struct tenon_buffer *buffer)
{
	return tenon_plan_get_heap(tenon_buffer_get_plan(buffer), 0);
}

static uint32_t planned_pitch(struct tenon_buffer *buffer)
{
	struct tenon_plane_layout plane;

	assert_int_equal(tenon_layout_get_plane(tenon_buffer_get_layout(buffer), 0, &plane), 0);
	return plane.pitch;
}

/* The attach must end in a conflict that names the property and this device. */
static void assert_conflict(
	struct tenon_buffer *buffer, struct tenon_offer *offer, enum tenon_property property)
{
	struct tenon_attachment *const untouched = (struct tenon_attachment *)offer;
	struct tenon_attachment *attachment = untouched;
	struct tenon_conflict *conflict = NULL;
	bool named = false;
	const char *name;

	assert_int_equal(
		tenon_buffer_attach(buffer, offer, 0, &attachment, &conflict), TENON_CONFLICT);
	assert_ptr_equal(attachment, untouched);
	assert_non_null(conflict);
	assert_int_equal(tenon_conflict_get_property(conflict), property);
	for (size_t i = 0; tenon_conflict_get_device(conflict, i, &name, NULL, NULL) == 0; i++) {
		named = named || strcmp(name, tenon_offer_get_device(offer)) == 0;
	}
	assert_true(named);
	tenon_conflict_destroy(conflict);
	/* and without somebody to listen */
	assert_int_equal(tenon_buffer_attach(buffer, offer, 0, &attachment, NULL), TENON_CONFLICT);
	tenon_offer_unref(offer);
}

TEST(six_and_four_is_four)
{
	struct masks m = masks_create();
	struct tenon_buffer *buffer = fixture_buffer(m.context, 64, 64, 0);
	struct tenon_attachment *a, *b;

	assert_string_equal(planned_heap(buffer), "one");
	a = fixture_attach(buffer, fixture_offer("a", fixture_heaps("two four")));
	assert_string_equal(planned_heap(buffer), "two");
	b = fixture_attach(buffer, fixture_offer("b", fixture_heaps("four")));
	assert_string_equal(planned_heap(buffer), "four");
	/* b goes: six again */
	tenon_attachment_destroy(b);
	assert_string_equal(planned_heap(buffer), "two");
	tenon_attachment_destroy(a);
	assert_string_equal(planned_heap(buffer), "one");
	tenon_buffer_unref(buffer);
	masks_destroy(&m);
}

TEST(six_and_one_is_refused_and_leaves_six)
{
	struct masks m = masks_create();
	struct tenon_buffer *buffer = fixture_buffer(m.context, 64, 64, 0);
	struct tenon_attachment *a, *c;

	a = fixture_attach(buffer, fixture_offer("a", fixture_heaps("two four")));
	assert_conflict(buffer, fixture_offer("b", fixture_heaps("one")), TENON_PROP_HEAP);
	assert_string_equal(planned_heap(buffer), "two");
	c = fixture_attach(buffer, fixture_offer("c", fixture_heaps("two")));
	assert_string_equal(planned_heap(buffer), "two");
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	assert_string_equal(tenon_buffer_get_heap(buffer), "two");
	tenon_attachment_destroy(a);
	tenon_attachment_destroy(c);
	tenon_buffer_unref(buffer);
	masks_destroy(&m);
}

TEST(pitch_widens_when_a_device_goes)
{
	struct masks m = masks_create();
	struct tenon_buffer *buffer = fixture_buffer(m.context, 100, 10, 0);
	struct tenon_attachment *a, *b;

	a = fixture_attach(
		buffer, fixture_offer("a", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 256)));
	assert_int_equal(planned_pitch(buffer), 512);
	b = fixture_attach(
		buffer, fixture_offer("b", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 96)));
	assert_int_equal(planned_pitch(buffer), 768);
	tenon_attachment_destroy(a);
	assert_int_equal(planned_pitch(buffer), 480);
	assert_ptr_not_equal(tenon_attachment_get_offer(b), NULL);
	assert_string_equal(tenon_offer_get_device(tenon_attachment_get_offer(b)), "b");
	tenon_attachment_destroy(b);
	tenon_buffer_unref(buffer);
	masks_destroy(&m);
}

TEST(bad_attach)
{
	struct masks m = masks_create();
	struct tenon_buffer *buffer = fixture_buffer(m.context, 64, 64, 0);
	struct tenon_offer *offer = fixture_offer("a", NULL);
	struct tenon_attachment *attachment;

	assert_int_equal(tenon_buffer_attach(buffer, NULL, 0, &attachment, NULL), -EINVAL);
	assert_int_equal(tenon_buffer_attach(buffer, offer, 1u << 20, &attachment, NULL), -EINVAL);
	tenon_offer_unref(offer);
	tenon_buffer_unref(buffer);
	masks_destroy(&m);
}

TEST(late_attach_is_checked_against_what_exists)
{
	struct masks m = masks_create();
	struct tenon_buffer *buffer = fixture_buffer(m.context, 100, 10, 0);
	struct tenon_attachment *a, *b;
	int allocs;

	a = fixture_attach(
		buffer, fixture_offer("a", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 256)));
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	allocs = atomic_load(&m.one->allocs);
	/* 512 satisfies this one as it is */
	b = fixture_attach(
		buffer, fixture_offer("b", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 128)));
	/* these not: a pitch, a heap, a size, contiguity */
	assert_conflict(buffer, fixture_offer("c", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 1024)),
		TENON_PROP_PITCH_MULTIPLE);
	assert_conflict(buffer, fixture_offer("d", fixture_heaps("two")), TENON_PROP_HEAP);
	assert_conflict(buffer, fixture_offer("e", fixture_limit(TENON_PROP_WIDTH_MAX, 99)),
		TENON_PROP_WIDTH_MAX);
	assert_conflict(buffer, fixture_offer("f", fixture_limit(TENON_PROP_SEGMENTS_MAX, 1)),
		TENON_PROP_SEGMENTS_MAX);
	assert_conflict(buffer,
		fixture_offer("g", fixture_limit(TENON_PROP_CACHE, TENON_CACHE_UNCACHED)),
		TENON_PROP_CACHE);
	/* nothing moved */
	assert_int_equal(planned_pitch(buffer), 512);
	assert_int_equal(atomic_load(&m.one->allocs), allocs);
	tenon_attachment_destroy(a);
	tenon_attachment_destroy(b);
	/* what exists stays, whoever goes */
	assert_int_equal(planned_pitch(buffer), 512);
	tenon_buffer_unref(buffer);
	masks_destroy(&m);
}

TEST(late_attach_of_a_strict_device_to_contiguous_memory)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *cma =
		fake_heap_add(context, &(struct fake_heap_options){
					       .name = "cma",
					       .contiguity = TENON_CONTIGUITY_ASSURED,
					       .address = 0x80000000,
				       });
	struct tenon_buffer *buffer = fixture_buffer(context, 256, 256, 0);
	struct tenon_attachment *a;
	struct tenon_limits *both;

	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	a = fixture_attach(buffer, fixture_offer("a", fixture_limit(TENON_PROP_SEGMENTS_MAX, 1)));
	assert_conflict(buffer,
		fixture_offer("low", fixture_limit(TENON_PROP_ADDRESS_MAX, 0x3fffffff)),
		TENON_PROP_ADDRESS_MAX);
	assert_conflict(buffer,
		fixture_offer("high", fixture_limit(TENON_PROP_ADDRESS_MIN, 0x100000000)),
		TENON_PROP_ADDRESS_MIN);
	/* four segments of 4 KiB do not cover 256 KiB, though each limit alone is fine */
	both = fixture_limit(TENON_PROP_SEGMENTS_MAX, 4);
	assert_int_equal(
		tenon_limits_set(both, TENON_PROP_SEGMENT_SIZE_MAX, TENON_PLANE_ALL, 4096), 0);
	assert_conflict(buffer, fixture_offer("short", both), TENON_PROP_SEGMENT_SIZE_MAX);
	tenon_attachment_destroy(a);
	tenon_buffer_unref(buffer);
	tenon_context_unref(context);
	fake_heap_release(cma);
}

/* Paints each pixel with its place, or looks whether it is still there. */
static void paint(struct tenon_buffer *buffer, bool check)
{
	struct tenon_access access = {
		.buffer = buffer,
		.flags = check ? TENON_ACCESS_READ : TENON_ACCESS_WRITE,
	};
	uint32_t width, height;

	assert_int_equal(tenon_access_prepare(&access, 1, 1000), 0);
	tenon_layout_get_size(tenon_buffer_get_layout(buffer), &width, &height);
	for (uint32_t y = 0; y < height; y++) {
		uint32_t *row = (uint32_t *)((char *)access.data[0] + (size_t)y * access.pitch[0]);

		for (uint32_t x = 0; x < width; x++) {
			if (check) {
				assert_int_equal(row[x], (y << 16) + x);
			}
			row[x] = check ? row[x] : (y << 16) + x;
		}
	}
	assert_int_equal(tenon_access_finish(&access, 1), 0);
}

TEST(movable_moves_with_its_contents)
{
	struct masks m = masks_create();
	struct tenon_buffer *buffer = fixture_buffer(m.context, 353, 41, TENON_BUFFER_MOVABLE);
	struct tenon_attachment *a, *b;

	a = fixture_attach(
		buffer, fixture_offer("a", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 64)));
	paint(buffer, false);
	assert_string_equal(tenon_buffer_get_heap(buffer), "one");
	assert_int_equal(planned_pitch(buffer), 1472 - 1472 % 64);
	b = fixture_attach(buffer, fixture_offer("b", fixture_heaps("four")));
	assert_string_equal(tenon_buffer_get_heap(buffer), "four");
	assert_int_equal(atomic_load(&m.one->frees), 1);
	paint(buffer, true);
	tenon_attachment_destroy(b);
	b = fixture_attach(
		buffer, fixture_offer("c", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 4096)));
	assert_int_equal(planned_pitch(buffer), 4096);
	paint(buffer, true);
	tenon_attachment_destroy(a);
	tenon_attachment_destroy(b);
	tenon_buffer_unref(buffer);
	masks_destroy(&m);
}

TEST(movable_does_not_move_while_it_is_held)
{
	struct masks m = masks_create();
	struct tenon_buffer *buffer = fixture_buffer(m.context, 64, 64, TENON_BUFFER_MOVABLE);
	struct tenon_access access = {.buffer = buffer, .flags = TENON_ACCESS_READ};
	struct tenon_offer *late = fixture_offer("late", fixture_heaps("four"));
	struct tenon_attachment *a = fixture_attach(buffer, fixture_offer("a", NULL)), *b;
	struct tenon_window *window;
	int fd;

	/* the CPU */
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_int_equal(tenon_buffer_attach(buffer, late, 0, &b, NULL), -EBUSY);
	assert_string_equal(tenon_buffer_get_heap(buffer), "one");
	((volatile char *)access.data[0])[0] = 1;
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	/* a window */
	assert_int_equal(tenon_window_create(&window, buffer, 0), 0);
	assert_int_equal(tenon_buffer_attach(buffer, late, 0, &b, NULL), -EBUSY);
	tenon_window_destroy(window);
	/* a device */
	assert_int_equal(tenon_attachment_begin(a, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(tenon_buffer_attach(buffer, late, 0, &b, NULL), -EBUSY);
	assert_int_equal(tenon_attachment_end(a), 0);
	/* whoever has the fd */
	assert_int_equal(tenon_buffer_export(buffer, 0, &fd), 0);
	close(fd);
	assert_int_equal(tenon_buffer_attach(buffer, late, 0, &b, NULL), -EBUSY);
	assert_string_equal(tenon_buffer_get_heap(buffer), "one");
	tenon_offer_unref(late);
	tenon_attachment_destroy(a);
	tenon_buffer_unref(buffer);
	masks_destroy(&m);
}

TEST(movable_that_cannot_be_moved_is_a_conflict)
{
	struct masks m = masks_create();
	struct tenon_buffer *buffer = fixture_buffer(m.context, 64, 64, TENON_BUFFER_MOVABLE);
	struct tenon_attachment *a =
		fixture_attach(buffer, fixture_offer("a", fixture_heaps("one")));

	paint(buffer, false);
	/* no memory serves both, wherever it is */
	assert_conflict(buffer, fixture_offer("b", fixture_heaps("two")), TENON_PROP_HEAP);
	assert_string_equal(tenon_buffer_get_heap(buffer), "one");
	paint(buffer, true);
	tenon_attachment_destroy(a);
	tenon_buffer_unref(buffer);
	masks_destroy(&m);
}

TEST(a_move_that_fails_leaves_everything)
{
	struct masks m = masks_create();
	struct tenon_buffer *buffer = fixture_buffer(m.context, 64, 64, TENON_BUFFER_MOVABLE);
	struct tenon_offer *late = fixture_offer("late", fixture_heaps("four"));
	struct tenon_attachment *b;

	paint(buffer, false);
	atomic_store(&m.four->alloc_error, ENOMEM);
	assert_int_equal(tenon_buffer_attach(buffer, late, 0, &b, NULL), -ENOMEM);
	assert_string_equal(tenon_buffer_get_heap(buffer), "one");
	paint(buffer, true);
	/* memory is back */
	atomic_store(&m.four->alloc_error, 0);
	assert_int_equal(tenon_buffer_attach(buffer, late, 0, &b, NULL), 0);
	assert_string_equal(tenon_buffer_get_heap(buffer), "four");
	paint(buffer, true);
	tenon_attachment_destroy(b);
	tenon_offer_unref(late);
	tenon_buffer_unref(buffer);
	masks_destroy(&m);
}

TEST(one_device_uses_it_at_a_time)
{
	struct masks m = masks_create();
	struct tenon_buffer *buffer = fixture_buffer(m.context, 64, 64, 0);
	struct tenon_attachment *gpu = fixture_attach(buffer, fixture_offer("gpu", NULL));
	struct tenon_attachment *display = fixture_attach(buffer, fixture_offer("display", NULL));

	assert_int_equal(tenon_attachment_begin(gpu, 0, 0), -EINVAL);
	assert_int_equal(tenon_attachment_begin(gpu, 8, 0), -EINVAL);
	assert_int_equal(tenon_attachment_end(gpu), -ENOENT);
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_WRITE, 0), 0);
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_READ, 0), -EBUSY);
	assert_int_equal(tenon_attachment_begin(display, TENON_ACCESS_READ, 10), -ETIMEDOUT);
	assert_int_equal(tenon_attachment_end(gpu), 0);
	/* readers share */
	assert_int_equal(tenon_attachment_begin(display, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(tenon_attachment_end(gpu), 0);
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_RW, 0), -ETIMEDOUT);
	/* who detaches ends its use */
	tenon_attachment_destroy(display);
	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_RW, 0), 0);
	tenon_attachment_destroy(gpu);
	tenon_buffer_unref(buffer);
	masks_destroy(&m);
}
