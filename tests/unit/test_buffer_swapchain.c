/* SPDX-License-Identifier: MIT */
/* Buffers that take turns: states, age and damage, and a change of devices without a missed frame.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tenon/swapchain.h>

#include "buffer_fixture.h"
#include "harness.h"
#include "oom.h"

struct scene {
	struct tenon_context *context;
	struct fake_heap *heap, *other;
	struct tenon_swapchain *chain;
};

static const uint32_t xrgb = DRM_FORMAT_XRGB8888;

static struct tenon_swapchain_options options_of(uint32_t buffers, uint32_t width, uint32_t height)
{
	return (struct tenon_swapchain_options){
		.size = sizeof(struct tenon_swapchain_options),
		.buffers_len = buffers,
		.buffer =
			{
				.size = sizeof(struct tenon_buffer_options),
				.width = width,
				.height = height,
				.formats = &xrgb,
				.formats_len = 1,
			},
	};
}

static struct scene scene_create(uint32_t buffers)
{
	struct tenon_swapchain_options options = options_of(buffers, 64, 48);
	struct scene s = {.context = fixture_context()};

	s.heap = fake_heap_add(
		s.context, &(struct fake_heap_options){.name = "heap", .scarcity = 1});
	s.other = fake_heap_add(
		s.context, &(struct fake_heap_options){.name = "other", .scarcity = 2});
	assert_int_equal(tenon_swapchain_create(&s.chain, s.context, &options, NULL), 0);
	return s;
}

static void scene_destroy(struct scene *s)
{
	tenon_swapchain_destroy(s->chain);
	tenon_context_unref(s->context);
	fake_heap_release(s->heap);
	fake_heap_release(s->other);
}

static struct tenon_swapchain_image acquire(struct scene *s)
{
	struct tenon_swapchain_image image;

	assert_int_equal(tenon_swapchain_acquire(s->chain, &image, 0), 0);
	assert_true(tenon_buffer_is_allocated(image.buffer));
	return image;
}

static void submit(struct scene *s, struct tenon_buffer *buffer, struct tenon_rect damage)
{
	assert_int_equal(tenon_swapchain_submit(s->chain, buffer, &damage, 1), 0);
}

static void release(struct scene *s, struct tenon_buffer *buffer)
{
	assert_int_equal(tenon_swapchain_release(s->chain, buffer), 0);
}

static bool has_rect(const struct tenon_swapchain_image *image, struct tenon_rect rect)
{
	for (size_t i = 0; i < image->damage_len; i++) {
		if (memcmp(&image->damage[i], &rect, sizeof(rect)) == 0) {
			return true;
		}
	}
	return false;
}

TEST(turns)
{
	struct scene s = scene_create(3);
	struct tenon_swapchain_image a, b, c, d;

	assert_int_equal(atomic_load(&s.heap->allocs), 0);
	a = acquire(&s);
	b = acquire(&s);
	c = acquire(&s);
	assert_int_equal(atomic_load(&s.heap->allocs), 3);
	assert_ptr_not_equal(a.buffer, b.buffer);
	assert_ptr_not_equal(a.buffer, c.buffer);
	assert_int_equal(tenon_swapchain_acquire(s.chain, &d, 0), -ETIMEDOUT);
	assert_int_equal(tenon_swapchain_acquire(s.chain, &d, 20), -ETIMEDOUT);
	submit(&s, a.buffer, (struct tenon_rect){0});
	assert_int_equal(tenon_swapchain_acquire(s.chain, &d, 0), -ETIMEDOUT);
	release(&s, a.buffer);
	d = acquire(&s);
	assert_ptr_equal(d.buffer, a.buffer);
	assert_int_equal(tenon_swapchain_cancel(s.chain, b.buffer), 0);
	assert_ptr_equal(acquire(&s).buffer, b.buffer);
	/* whoever still has one may keep it */
	tenon_buffer_ref(c.buffer);
	tenon_swapchain_destroy(s.chain);
	s.chain = NULL;
	assert_int_equal(atomic_load(&s.heap->frees), 2);
	tenon_buffer_unref(c.buffer);
	scene_destroy(&s);
}

TEST(wrong_turns)
{
	struct scene s = scene_create(2);
	struct tenon_swapchain_image a = acquire(&s);
	struct tenon_buffer *stranger = fixture_buffer(s.context, 8, 8, 0);

	assert_int_equal(tenon_swapchain_release(s.chain, a.buffer), -ENOENT);
	assert_int_equal(tenon_swapchain_submit(s.chain, stranger, NULL, 0), -ENOENT);
	assert_int_equal(tenon_swapchain_cancel(s.chain, stranger), -ENOENT);
	submit(&s, a.buffer, (struct tenon_rect){0});
	assert_int_equal(tenon_swapchain_submit(s.chain, a.buffer, NULL, 0), -ENOENT);
	assert_int_equal(tenon_swapchain_cancel(s.chain, a.buffer), -ENOENT);
	release(&s, a.buffer);
	assert_int_equal(tenon_swapchain_release(s.chain, a.buffer), -ENOENT);
	tenon_buffer_unref(stranger);
	scene_destroy(&s);
}

TEST(age_and_damage)
{
	static const struct tenon_rect one = {1, 1, 2, 2}, two = {20, 20, 3, 3},
				       three = {40, 8, 5, 5};
	struct scene s = scene_create(2);
	struct tenon_swapchain_image a, b;

	a = acquire(&s);
	assert_int_equal(a.age, 0);
	assert_int_equal(a.damage_len, 1);
	assert_true(has_rect(&a, (struct tenon_rect){0, 0, 64, 48}));
	submit(&s, a.buffer, one);
	b = acquire(&s);
	assert_int_equal(b.age, 0);
	submit(&s, b.buffer, two);
	/* a is one frame behind: it lacks what b brought */
	release(&s, a.buffer);
	a = acquire(&s);
	assert_int_equal(a.age, 2);
	assert_int_equal(a.damage_len, 1);
	assert_true(has_rect(&a, two));
	submit(&s, a.buffer, three);
	/* b lacks what a brought */
	release(&s, b.buffer);
	b = acquire(&s);
	assert_int_equal(b.age, 2);
	assert_int_equal(b.damage_len, 1);
	assert_true(has_rect(&b, three));
	submit(&s, b.buffer, one);
	/* the newest of the free is given: nothing to repaint */
	release(&s, a.buffer);
	release(&s, b.buffer);
	b = acquire(&s);
	assert_int_equal(b.age, 1);
	assert_int_equal(b.damage_len, 0);
	submit(&s, b.buffer, two);
	a = acquire(&s);
	assert_int_equal(a.age, 3);
	assert_int_equal(a.damage_len, 2);
	assert_true(has_rect(&a, one));
	assert_true(has_rect(&a, two));
	/* painted over and not shown: its contents count for nothing */
	assert_int_equal(tenon_swapchain_cancel(s.chain, a.buffer), 0);
	a = acquire(&s);
	assert_int_equal(a.age, 0);
	assert_true(has_rect(&a, (struct tenon_rect){0, 0, 64, 48}));
	/* no damage told: all of it */
	assert_int_equal(tenon_swapchain_submit(s.chain, a.buffer, NULL, 0), 0);
	release(&s, b.buffer);
	b = acquire(&s);
	assert_true(has_rect(&b, (struct tenon_rect){0, 0, 64, 48}));
	scene_destroy(&s);
}

/* A picture by damage alone: every buffer is brought up to date by what acquire says. */
TEST(painting_by_damage_alone)
{
	enum { W = 64, H = 48 };
	static uint32_t truth[H][W];
	struct scene s = scene_create(3);
	struct tenon_buffer *shown[2] = {NULL, NULL};

	srand(7);
	for (uint32_t frame = 1; frame <= 300; frame++) {
		struct tenon_rect fresh = {
			.x = (uint32_t)rand() % (W - 8),
			.y = (uint32_t)rand() % (H - 8),
			.width = 1 + (uint32_t)rand() % 8,
			.height = 1 + (uint32_t)rand() % 8,
		};
		struct tenon_swapchain_image image = acquire(&s);
		struct tenon_access access = {.buffer = image.buffer, .flags = TENON_ACCESS_RW};

		for (uint32_t y = fresh.y; y < fresh.y + fresh.height; y++) {
			for (uint32_t x = fresh.x; x < fresh.x + fresh.width; x++) {
				truth[y][x] = frame;
			}
		}
		assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
		for (size_t i = 0; i <= image.damage_len; i++) {
			const struct tenon_rect *r =
				i < image.damage_len ? &image.damage[i] : &fresh;

			for (uint32_t y = r->y; y < r->y + r->height; y++) {
				memcpy((char *)access.data[0] + (size_t)y * access.pitch[0] +
						(size_t)r->x * 4,
					&truth[y][r->x], (size_t)r->width * 4);
			}
		}
		for (uint32_t y = 0; y < H; y++) {
			assert_memory_equal((char *)access.data[0] + (size_t)y * access.pitch[0],
				truth[y], W * 4);
		}
		assert_int_equal(tenon_access_finish(&access, 1), 0);
		submit(&s, image.buffer, fresh);
		/* now and then the display keeps two */
		if (shown[1] != NULL) {
			release(&s, shown[1]);
		}
		shown[1] = shown[0];
		shown[0] = image.buffer;
		if (rand() % 3 == 0 && shown[1] != NULL) {
			release(&s, shown[1]);
			shown[1] = NULL;
		}
	}
	scene_destroy(&s);
}

static struct tenon_participant participant(const char *name, struct tenon_limits *limits)
{
	return (struct tenon_participant){.offer = fixture_offer(name, limits)};
}

static uint32_t pitch_of(struct tenon_buffer *buffer)
{
	struct tenon_plane_layout plane;

	assert_int_equal(tenon_layout_get_plane(tenon_buffer_get_layout(buffer), 0, &plane), 0);
	return plane.pitch;
}

TEST(new_devices_without_a_missed_frame)
{
	struct scene s = scene_create(2);
	struct tenon_participant wide =
		participant("wide", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 1024));
	struct tenon_swapchain_image a, b, c, d;

	a = acquire(&s);
	submit(&s, a.buffer, (struct tenon_rect){0});
	b = acquire(&s);
	assert_int_equal(pitch_of(a.buffer), 256);
	assert_int_equal(tenon_swapchain_change(s.chain, &wide, 1, 0, 0, NULL), 0);
	/* one is shown and one is painted, and there are new ones all the same */
	c = acquire(&s);
	assert_int_equal(pitch_of(c.buffer), 1024);
	assert_true(c.generation > a.generation);
	assert_int_equal(c.age, 0);
	/* the old ones are still what they were */
	submit(&s, b.buffer, (struct tenon_rect){0});
	assert_int_equal(pitch_of(b.buffer), 256);
	release(&s, a.buffer);
	assert_int_equal(atomic_load(&s.heap->frees), 1);
	d = acquire(&s);
	assert_int_equal(pitch_of(d.buffer), 1024);
	release(&s, b.buffer);
	assert_int_equal(atomic_load(&s.heap->frees), 2);
	submit(&s, c.buffer, (struct tenon_rect){0});
	submit(&s, d.buffer, (struct tenon_rect){0});
	tenon_offer_unref(wide.offer);
	scene_destroy(&s);
}

TEST(devices_of_a_buffer)
{
	struct scene s = scene_create(2);
	struct tenon_participant pair[2] = {participant("one", NULL), participant("two", NULL)};
	struct tenon_swapchain_image a;
	struct tenon_attachment *two;

	assert_int_equal(tenon_swapchain_change(s.chain, pair, 2, 0, 0, NULL), 0);
	a = acquire(&s);
	two = tenon_swapchain_get_attachment(s.chain, a.buffer, 1);
	assert_ptr_equal(tenon_attachment_get_offer(two), pair[1].offer);
	assert_int_equal(tenon_attachment_begin(two, TENON_ACCESS_READ, 0), 0);
	assert_int_equal(tenon_attachment_end(two), 0);
	assert_null(tenon_swapchain_get_attachment(s.chain, a.buffer, 2));
	assert_null(tenon_swapchain_get_attachment(s.chain, NULL, 0));
	tenon_offer_unref(pair[0].offer);
	tenon_offer_unref(pair[1].offer);
	scene_destroy(&s);
}

TEST(buffers_that_still_fit_stay)
{
	struct scene s = scene_create(2);
	struct tenon_participant same =
		participant("same", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 64));
	struct tenon_swapchain_image a = acquire(&s), b;

	submit(&s, a.buffer, (struct tenon_rect){0});
	release(&s, a.buffer);
	assert_int_equal(tenon_swapchain_change(s.chain, &same, 1, 64, 48, NULL), 0);
	b = acquire(&s);
	assert_ptr_equal(b.buffer, a.buffer);
	assert_int_equal(b.age, 1);
	assert_int_equal(atomic_load(&s.heap->allocs), 1);
	tenon_offer_unref(same.offer);
	scene_destroy(&s);
}

TEST(conflict_and_the_old_chain_goes_on)
{
	struct scene s = scene_create(2);
	struct tenon_participant good =
		participant("good", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 64));
	struct tenon_participant bad[2] = {
		participant("exact", fixture_limit(TENON_PROP_PITCH_EXACT, 1040)),
		participant("multiple", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 256)),
	};
	struct tenon_conflict *conflict = NULL;
	struct tenon_swapchain_image a, b;

	assert_int_equal(tenon_swapchain_change(s.chain, &good, 1, 0, 0, NULL), 0);
	a = acquire(&s);
	submit(&s, a.buffer, (struct tenon_rect){0});
	release(&s, a.buffer);
	assert_int_equal(
		tenon_swapchain_change(s.chain, bad, 2, 128, 128, &conflict), TENON_CONFLICT);
	assert_non_null(conflict);
	assert_int_equal(tenon_conflict_get_devices_len(conflict), 2);
	tenon_conflict_destroy(conflict);
	b = acquire(&s);
	assert_ptr_equal(b.buffer, a.buffer);
	assert_int_equal(b.generation, a.generation);
	assert_int_equal(b.age, 1);
	/* a new one is as before, too */
	a = acquire(&s);
	assert_int_equal(pitch_of(a.buffer), 256);
	assert_int_equal(tenon_swapchain_change(s.chain, bad, 2, 0, 7, NULL), -EINVAL);
	tenon_offer_unref(good.offer);
	tenon_offer_unref(bad[0].offer);
	tenon_offer_unref(bad[1].offer);
	scene_destroy(&s);
}

TEST(conflict_at_the_beginning)
{
	struct tenon_context *context = fixture_context();
	struct tenon_participant bad[2] = {
		participant("exact", fixture_limit(TENON_PROP_PITCH_EXACT, 260)),
		participant("multiple", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 256)),
	};
	struct tenon_swapchain_options options = options_of(2, 64, 48);
	struct tenon_swapchain *const untouched = (struct tenon_swapchain *)&options;
	struct tenon_swapchain *chain = untouched;
	struct tenon_conflict *conflict = NULL;

	options.participants = bad;
	options.participants_len = 2;
	assert_int_equal(
		tenon_swapchain_create(&chain, context, &options, &conflict), TENON_CONFLICT);
	assert_ptr_equal(chain, untouched);
	assert_non_null(conflict);
	tenon_conflict_destroy(conflict);
	options.participants_len = 0;
	options.buffers_len = TENON_SWAPCHAIN_MAX + 1;
	assert_int_equal(tenon_swapchain_create(&chain, context, &options, NULL), -EINVAL);
	tenon_offer_unref(bad[0].offer);
	tenon_offer_unref(bad[1].offer);
	tenon_context_unref(context);
}

TEST(resize)
{
	struct scene s = scene_create(2);
	struct tenon_swapchain_image a = acquire(&s), b;
	uint32_t width, height;

	submit(&s, a.buffer, (struct tenon_rect){0});
	assert_int_equal(tenon_swapchain_change(s.chain, NULL, 0, 100, 90, NULL), 0);
	b = acquire(&s);
	tenon_layout_get_size(tenon_buffer_get_layout(b.buffer), &width, &height);
	assert_int_equal(width, 100);
	assert_int_equal(height, 90);
	assert_true(has_rect(&b, (struct tenon_rect){0, 0, 100, 90}));
	tenon_layout_get_size(
		tenon_plan_get_layout(tenon_swapchain_get_plan(s.chain)), &width, &height);
	assert_int_equal(width, 100);
	/* the old one can be shown again: it is not lost, but the next lacks everything */
	release(&s, a.buffer);
	submit(&s, b.buffer, (struct tenon_rect){1, 1, 1, 1});
	scene_destroy(&s);
}

static void *release_later(void *data)
{
	struct tenon_swapchain_image *image = data;
	struct scene *s = tenon_buffer_get_data(image->buffer, release_later);

	usleep(20000);
	release(s, image->buffer);
	return NULL;
}

TEST(acquire_waits_for_a_release)
{
	struct scene s = scene_create(1);
	struct tenon_swapchain_image a = acquire(&s), b;
	pthread_t thread;

	assert_int_equal(tenon_buffer_set_data(a.buffer, release_later, &s, NULL), 0);
	submit(&s, a.buffer, (struct tenon_rect){0});
	pthread_create(&thread, NULL, release_later, &a);
	assert_int_equal(tenon_swapchain_acquire(s.chain, &b, -1), 0);
	assert_ptr_equal(a.buffer, b.buffer);
	pthread_join(thread, NULL);
	scene_destroy(&s);
}

TEST(no_memory_while_the_old_are_shown)
{
	struct scene s = scene_create(1);
	struct tenon_participant strict = participant("strict", fixture_heaps("other"));
	struct tenon_swapchain_image a = acquire(&s), b;
	pthread_t thread;

	assert_int_equal(tenon_buffer_set_data(a.buffer, release_later, &s, NULL), 0);
	submit(&s, a.buffer, (struct tenon_rect){0});
	assert_int_equal(tenon_swapchain_change(s.chain, &strict, 1, 0, 0, NULL), 0);
	atomic_store(&s.other->alloc_error, ENOSPC);
	assert_int_equal(tenon_swapchain_acquire(s.chain, &b, 0), -ETIMEDOUT);
	/* with the old one memory comes back */
	pthread_create(&thread, NULL, release_later, &a);
	pthread_join(thread, NULL);
	assert_int_equal(tenon_swapchain_acquire(s.chain, &b, 0), -ENOMEM);
	atomic_store(&s.other->alloc_error, 0);
	assert_int_equal(tenon_swapchain_acquire(s.chain, &b, 0), 0);
	assert_string_equal(tenon_buffer_get_heap(b.buffer), "other");
	tenon_offer_unref(strict.offer);
	scene_destroy(&s);
}

struct maker {
	struct tenon_context *context;
	int made;
	int error;
};

static int make(void *data, const struct tenon_plan *plan, struct tenon_buffer **out)
{
	struct maker *maker = data;

	assert_non_null(tenon_plan_get_layout(plan));
	if (maker->error != 0) {
		return maker->error;
	}
	maker->made++;
	*out = fixture_buffer(maker->context, 64, 48, 0);
	return tenon_buffer_allocate(*out);
}

TEST(buffers_that_somebody_else_makes)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *heap =
		fake_heap_add(context, &(struct fake_heap_options){.name = "heap"});
	struct tenon_participant device =
		participant("device", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 1024));
	struct tenon_swapchain_options options = options_of(2, 64, 48);
	struct maker maker = {.context = context, .error = -EPIPE};
	struct tenon_swapchain_image image;
	struct tenon_swapchain *chain;

	options.make = make;
	options.make_data = &maker;
	assert_int_equal(tenon_swapchain_create(&chain, context, &options, NULL), 0);
	assert_int_equal(tenon_swapchain_acquire(chain, &image, 0), -EPIPE);
	maker.error = 0;
	assert_int_equal(tenon_swapchain_acquire(chain, &image, 0), 0);
	assert_int_equal(maker.made, 1);
	assert_int_equal(tenon_swapchain_submit(chain, image.buffer, NULL, 0), 0);
	/* one that does not satisfy the devices is not taken */
	assert_int_equal(tenon_swapchain_change(chain, &device, 1, 0, 0, NULL), 0);
	assert_int_equal(tenon_swapchain_acquire(chain, &image, 0), -EINVAL);
	tenon_swapchain_destroy(chain);
	tenon_offer_unref(device.offer);
	tenon_context_unref(context);
	fake_heap_release(heap);
}

struct oom_scene {
	struct tenon_context *context;
	struct tenon_participant device;
};

static int live(void *data)
{
	struct oom_scene *scene = data;
	struct tenon_swapchain_options options = options_of(2, 64, 48);
	struct tenon_swapchain *chain = NULL;
	struct tenon_swapchain_image image;
	int rc = tenon_swapchain_create(&chain, scene->context, &options, NULL);

	if (rc == 0) {
		rc = tenon_swapchain_acquire(chain, &image, 0);
	}
	if (rc == 0) {
		rc = tenon_swapchain_change(chain, &scene->device, 1, 0, 0, NULL);
	}
	tenon_swapchain_destroy(chain);
	return rc;
}

TEST(each_allocation_fails)
{
	struct oom_scene scene = {
		.context = fixture_context(),
		.device = participant("device", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 1024)),
	};
	struct fake_heap *heap =
		fake_heap_add(scene.context, &(struct fake_heap_options){.name = "heap"});
	size_t failures = 0;
	bool hit = true;

	/* a failure may be made up for: a second try of the heap, a new buffer for an old one */
	for (size_t nth = 1; hit; nth++) {
		size_t before = oom_live();
		int rc;

		oom_arm(nth, false);
		rc = live(&scene);
		hit = oom_disarm();
		if (rc != 0 && rc != -ENOMEM) {
			fail_msg("allocation %zu: %d", nth, rc);
		}
		failures += rc == -ENOMEM;
		assert_int_equal(oom_live(), before);
	}
	assert_true(failures > 20);
	tenon_offer_unref(scene.device.offer);
	tenon_context_unref(scene.context);
	fake_heap_release(heap);
}

/* What the buffers' own limits leave nothing of is a conflict with its reason, too. */
TEST(chain_whose_own_limits_contradict_the_size)
{
	struct tenon_context *context = fixture_context();
	struct tenon_limits *limits = fixture_limit(TENON_PROP_WIDTH_MAX, 8);
	struct tenon_swapchain_options options = options_of(2, 64, 48);
	struct tenon_conflict *conflict = NULL;
	struct tenon_swapchain *chain = NULL;

	options.buffer.limits = limits;
	assert_int_equal(
		tenon_swapchain_create(&chain, context, &options, &conflict), TENON_CONFLICT);
	assert_null(chain);
	assert_non_null(conflict);
	assert_int_equal(tenon_conflict_get_property(conflict), TENON_PROP_WIDTH_MAX);
	tenon_conflict_destroy(conflict);
	tenon_limits_destroy(limits);
	tenon_context_unref(context);
}
