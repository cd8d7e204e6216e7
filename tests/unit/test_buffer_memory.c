/* SPDX-License-Identifier: MIT */
/* Which heap memory comes from, what happens when one has none, and out of memory everywhere. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer_fixture.h"
#include "harness.h"
#include "oom.h"

struct pair {
	struct tenon_context *context;
	struct fake_heap *first, *second;
};

static struct pair pair_create(void)
{
	struct pair p = {.context = fixture_context()};

	p.first = fake_heap_add(
		p.context, &(struct fake_heap_options){.name = "first", .scarcity = 1});
	p.second = fake_heap_add(
		p.context, &(struct fake_heap_options){.name = "second", .scarcity = 2});
	return p;
}

static void pair_destroy(struct pair *p)
{
	tenon_context_unref(p->context);
	fake_heap_release(p->first);
	fake_heap_release(p->second);
}

/* What the two heaps answer, and what the buffer answers. */
static const struct {
	int first, second;
	int expected;
	const char *heap;
} fallbacks[] = {
	{0, 0, 0, "first"},
	{ENOMEM, 0, 0, "second"},
	{ENOSPC, 0, 0, "second"},
	{EACCES, 0, 0, "second"},
	{ENOENT, 0, 0, "second"},
	{ENOTSUP, 0, 0, "second"},
	{ENOMEM, ENOMEM, -ENOMEM, NULL},
	{ENOSPC, ENOENT, -ENOMEM, NULL},
	{ENOENT, ENOSPC, -ENOMEM, NULL},
	{EACCES, ENOENT, -EACCES, NULL},
	{EPERM, EACCES, -EACCES, NULL},
	{EACCES, ENOMEM, -ENOMEM, NULL},
	{ENOENT, ENOTSUP, -ENODEV, NULL},
};

TEST(the_next_heap_when_one_has_no_memory)
{
	for (size_t i = 0; i < sizeof(fallbacks) / sizeof(fallbacks[0]); i++) {
		struct pair p = pair_create();
		struct tenon_buffer *buffer = fixture_buffer(p.context, 64, 64, 0);
		int rc;

		atomic_store(&p.first->alloc_error, fallbacks[i].first);
		atomic_store(&p.second->alloc_error, fallbacks[i].second);
		rc = tenon_buffer_allocate(buffer);
		if (rc != fallbacks[i].expected) {
			fail_msg("case %zu: %d instead of %d", i, rc, fallbacks[i].expected);
		}
		if (fallbacks[i].heap != NULL) {
			assert_string_equal(tenon_buffer_get_heap(buffer), fallbacks[i].heap);
		} else {
			assert_null(tenon_buffer_get_heap(buffer));
			assert_false(tenon_buffer_is_allocated(buffer));
			/* memory comes back: the same buffer can have it */
			atomic_store(&p.second->alloc_error, 0);
			assert_int_equal(tenon_buffer_allocate(buffer), 0);
			assert_string_equal(tenon_buffer_get_heap(buffer), "second");
		}
		tenon_buffer_unref(buffer);
		pair_destroy(&p);
	}
}

TEST(no_heap_at_all_and_why)
{
	static const struct {
		enum tenon_availability availability;
		int expected;
	} cases[] = {
		{TENON_ABSENT, -ENODEV},
		{TENON_REFUSED, -EACCES},
		{TENON_EXHAUSTED, -ENOMEM},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tenon_context *context = fixture_context();
		struct fake_heap *fake =
			fake_heap_add(context, &(struct fake_heap_options){
						       .name = "only",
						       .availability = cases[i].availability,
					       });
		struct tenon_buffer *buffer = fixture_buffer(context, 64, 64, 0);

		tenon_context_set_log(context, NULL, TENON_LOG_ERROR, NULL);
		assert_int_equal(tenon_buffer_allocate(buffer), cases[i].expected);
		assert_int_equal(atomic_load(&fake->allocs), 0);
		tenon_buffer_unref(buffer);
		tenon_context_unref(context);
		fake_heap_release(fake);
	}
}

/* Asking heaps means to read files: it is done once, however many take part. */
TEST(heaps_are_asked_once_for_a_buffer)
{
	struct pair p = pair_create();
	struct tenon_buffer *buffer = fixture_buffer(p.context, 64, 64, 0);
	struct tenon_attachment *a[2];

	for (size_t i = 0; i < 2; i++) {
		a[i] = fixture_attach(buffer,
			fixture_offer("one", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 64 << i)));
	}
	tenon_attachment_destroy(a[1]);
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	assert_int_equal(atomic_load(&p.first->queries), 1);
	tenon_attachment_destroy(a[0]);
	tenon_buffer_unref(buffer);
	pair_destroy(&p);
}

/* What was learnt at first may be wrong by the time of the allocation, also where the plan is new.
 */
TEST(heaps_are_asked_again_before_giving_up)
{
	for (int detach = 0; detach < 2; detach++) {
		struct pair p = pair_create();
		struct tenon_buffer *buffer;
		struct tenon_attachment *a;

		p.first->options.availability = TENON_EXHAUSTED;
		p.second->options.availability = TENON_EXHAUSTED;
		buffer = fixture_buffer(p.context, 64, 64, 0);
		a = fixture_attach(
			buffer, fixture_offer("one", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 64)));
		if (detach) {
			tenon_attachment_destroy(a);
		}
		p.second->options.availability = TENON_AVAILABLE;
		assert_int_equal(tenon_buffer_allocate(buffer), 0);
		assert_string_equal(tenon_buffer_get_heap(buffer), "second");
		if (!detach) {
			tenon_attachment_destroy(a);
		}
		tenon_buffer_unref(buffer);
		pair_destroy(&p);
	}
}

/* Who makes many buffers asks for all of them; what does not lead to memory is asked again. */
TEST(heaps_that_were_asked_before_are_not_asked_again)
{
	struct pair p = pair_create();
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = 64,
		.height = 64,
		.formats = &(uint32_t){DRM_FORMAT_XRGB8888},
		.formats_len = 1,
	};
	struct tenon_heap_info *infos;
	struct tenon_buffer *buffer;

	assert_int_equal(tenon_context_dup_heap_infos(p.context, &infos, &options.heaps_len), 0);
	options.heaps = infos;
	assert_int_equal(tenon_buffer_create(&buffer, p.context, &options), 0);
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	assert_int_equal(atomic_load(&p.first->queries), 1);
	tenon_buffer_unref(buffer);

	infos[0].availability = TENON_ABSENT;
	infos[1].availability = TENON_ABSENT;
	assert_int_equal(tenon_buffer_create(&buffer, p.context, &options), 0);
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	assert_string_equal(tenon_buffer_get_heap(buffer), "first");
	assert_int_equal(atomic_load(&p.first->queries), 2);
	tenon_buffer_unref(buffer);

	infos[0].size--;
	assert_int_equal(tenon_buffer_create(&buffer, p.context, &options), -EINVAL);
	free(infos);
	pair_destroy(&p);
}

TEST(a_heap_that_does_not_serve_is_no_reason)
{
	/* the one that refuses would not have served anyway: there is no heap, not "no permission"
	 */
	struct tenon_context *context = fixture_context();
	struct fake_heap *fake = fake_heap_add(context, &(struct fake_heap_options){
								.name = "refused",
								.availability = TENON_REFUSED,
							});
	struct tenon_buffer *buffer = fixture_buffer(context, 64, 64, TENON_BUFFER_DMABUF);

	assert_int_equal(tenon_buffer_allocate(buffer), -ENODEV);
	tenon_buffer_unref(buffer);
	tenon_context_unref(context);
	fake_heap_release(fake);
}

TEST(contiguity_that_is_not_known_is_refused)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *scattered =
		fake_heap_add(context, &(struct fake_heap_options){.name = "scattered"});
	struct tenon_buffer *buffer = fixture_buffer(context, 256, 256, 0);
	struct tenon_attachment *a = fixture_attach(
		buffer, fixture_offer("strict", fixture_limit(TENON_PROP_SEGMENTS_MAX, 1)));
	struct fake_heap *cma;

	assert_int_equal(tenon_buffer_allocate(buffer), -ENODEV);
	assert_int_equal(atomic_load(&scattered->allocs), atomic_load(&scattered->frees));
	cma = fake_heap_add(context, &(struct fake_heap_options){
					     .name = "cma",
					     .scarcity = 70,
					     .contiguity = TENON_CONTIGUITY_ASSURED,
					     .address = 0x10000000,
				     });
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	assert_string_equal(tenon_buffer_get_heap(buffer), "cma");
	tenon_attachment_destroy(a);
	tenon_buffer_unref(buffer);
	tenon_context_unref(context);
	fake_heap_release(scattered);
	fake_heap_release(cma);
}

TEST(private_memory_may_be_a_part)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *region =
		fake_heap_add(context, &(struct fake_heap_options){.name = "region", .part = true});
	struct tenon_buffer *shared = fixture_buffer(context, 64, 64, 0);
	struct tenon_buffer *own = fixture_buffer(context, 64, 64, TENON_BUFFER_PRIVATE);
	int fd;

	assert_int_equal(tenon_buffer_allocate(shared), -ENODEV);
	assert_int_equal(tenon_buffer_allocate(own), 0);
	assert_int_equal(tenon_buffer_export(own, 0, &fd), -EPERM);
	tenon_buffer_unref(shared);
	tenon_buffer_unref(own);
	tenon_context_unref(context);
	fake_heap_release(region);
}

TEST(two_objects_come_from_one_heap_or_none)
{
	static const uint32_t nv12 = DRM_FORMAT_NV12;
	struct tenon_limits *limits = fixture_limit(TENON_PROP_OBJECTS, TENON_OBJECTS_PER_PLANE);
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = 64,
		.height = 64,
		.formats = &nv12,
		.formats_len = 1,
		.limits = limits,
	};
	struct pair p = pair_create();
	struct tenon_buffer *buffer;
	struct tenon_access access;

	assert_int_equal(tenon_buffer_create(&buffer, p.context, &options), 0);
	/* the first object is there, the second is not */
	atomic_store(&p.first->alloc_error_after, 1);
	atomic_store(&p.first->alloc_error, ENOMEM);
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	assert_int_equal(atomic_load(&p.first->allocs), 1);
	assert_int_equal(atomic_load(&p.first->frees), 1);
	assert_int_equal(atomic_load(&p.second->allocs), 2);
	access = (struct tenon_access){.buffer = buffer, .flags = TENON_ACCESS_RW};
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	memset(access.data[0], 1, (size_t)access.pitch[0] * 64);
	memset(access.data[1], 2, (size_t)access.pitch[1] * 32);
	assert_null(access.data[2]);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	assert_int_equal(atomic_load(&p.second->maps), 2);
	tenon_buffer_unref(buffer);
	tenon_limits_destroy(limits);
	pair_destroy(&p);
}

struct race {
	struct tenon_buffer *buffer;
	pthread_barrier_t start;
	char *seen[8];
};

static void *map_at_once(void *data)
{
	struct race *race = data;
	struct tenon_access access = {.buffer = race->buffer, .flags = TENON_ACCESS_READ};

	pthread_barrier_wait(&race->start);
	if (tenon_access_prepare(&access, 1, -1) != 0) {
		return NULL;
	}
	sched_yield();
	char *seen = access.data[0];
	if (tenon_access_finish(&access, 1) != 0) {
		return NULL;
	}
	return seen;
}

TEST(concurrent_first_maps_allocate_once)
{
	for (int round = 0; round < 50; round++) {
		struct pair p = pair_create();
		struct race race = {.buffer = fixture_buffer(p.context, 64, 64, 0)};
		pthread_t threads[8];

		pthread_barrier_init(&race.start, NULL, 8);
		for (int i = 0; i < 8; i++) {
			pthread_create(&threads[i], NULL, map_at_once, &race);
		}
		for (int i = 0; i < 8; i++) {
			void *seen;

			pthread_join(threads[i], &seen);
			race.seen[i] = seen;
			assert_non_null(seen);
			assert_ptr_equal(seen, race.seen[0]);
		}
		assert_int_equal(atomic_load(&p.first->allocs), 1);
		assert_int_equal(atomic_load(&p.first->maps), 1);
		pthread_barrier_destroy(&race.start);
		tenon_buffer_unref(race.buffer);
		pair_destroy(&p);
	}
}

/* The whole life; with an allocation that fails each step is an error and nothing is left. */
static int live(void *data)
{
	struct tenon_context *context = data;
	const uint32_t format = DRM_FORMAT_XRGB8888;
	const struct tenon_format_modifier pair = {format, DRM_FORMAT_MOD_LINEAR};
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = 16,
		.height = 16,
		.formats = &format,
		.formats_len = 1,
	};
	struct tenon_attachment *attachment = NULL, *late = NULL;
	struct tenon_buffer *buffer = NULL;
	struct tenon_window *window = NULL;
	struct tenon_offer *offer = NULL;
	struct tenon_access access = {.flags = TENON_ACCESS_WRITE};
	int fd = -1;
	int rc;

	rc = tenon_offer_create(&offer, "gpu");
	if (rc == 0) {
		rc = tenon_offer_add(offer, TENON_ROLE_ANY, &pair, 1, NULL);
	}
	if (rc == 0) {
		rc = tenon_buffer_create(&buffer, context, &options);
	}
	if (rc == 0) {
		rc = tenon_buffer_attach(buffer, offer, 0, &attachment, NULL);
	}
	if (rc == 0) {
		access.buffer = buffer;
		rc = tenon_access_prepare(&access, 1, 0);
	}
	if (rc == 0) {
		rc = tenon_access_finish(&access, 1);
	}
	if (rc == 0) {
		rc = tenon_buffer_attach(buffer, offer, 0, &late, NULL);
	}
	if (rc == 0) {
		rc = tenon_window_create(&window, buffer, 0);
	}
	if (rc == 0) {
		rc = tenon_buffer_export(buffer, 0, &fd);
	}
	if (rc == 0) {
		rc = tenon_buffer_set_data(buffer, &options, &options, NULL);
	}
	if (fd >= 0) {
		close(fd);
	}
	tenon_window_destroy(window);
	tenon_attachment_destroy(late);
	tenon_attachment_destroy(attachment);
	tenon_buffer_unref(buffer);
	tenon_offer_unref(offer);
	return rc;
}

/*
 * Not oom_run(): a heap without memory is no failure while another attempt has some, so a run with
 * a failed allocation may end well.
 */
TEST(each_allocation_fails_once)
{
	struct pair p = pair_create();
	size_t failures = 0;
	bool hit = true;

	for (size_t nth = 1; hit; nth++) {
		size_t before = oom_live();
		int rc;

		oom_arm(nth, false);
		rc = live(p.context);
		hit = oom_disarm();
		if (rc != 0 && rc != -ENOMEM) {
			fail_msg("allocation %zu: %d", nth, rc);
		}
		failures += rc == -ENOMEM;
		assert_int_equal(oom_live(), before);
		assert_int_equal(atomic_load(&p.first->allocs), atomic_load(&p.first->frees));
	}
	assert_true(failures > 20);
	pair_destroy(&p);
}

TEST(everything_fails_from_some_allocation_on)
{
	struct pair p = pair_create();
	bool hit = true;

	for (size_t nth = 1; hit; nth++) {
		size_t before = oom_live();
		int rc;

		oom_arm(nth, true);
		rc = live(p.context);
		hit = oom_disarm();
		assert_int_equal(rc, hit ? -ENOMEM : 0);
		assert_int_equal(oom_live(), before);
	}
	pair_destroy(&p);
}
