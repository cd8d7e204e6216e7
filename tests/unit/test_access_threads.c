/* SPDX-License-Identifier: MIT */
/* Threads that want the same buffers: they exclude each other, wait as long as they said, and never
 * for ever. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "buffer_fixture.h"
#include "harness.h"

struct scene {
	struct tenon_context *context;
	struct fake_heap *heap;
	struct tenon_buffer *a, *b, *c;
};

static struct scene scene_create(void)
{
	struct scene s = {.context = fixture_context()};

	s.heap = fake_heap_add(s.context, &(struct fake_heap_options){.name = "heap"});
	s.a = fixture_buffer(s.context, 8, 8, 0);
	s.b = fixture_buffer(s.context, 8, 8, 0);
	s.c = fixture_buffer(s.context, 8, 8, 0);
	return s;
}

static void scene_destroy(struct scene *s)
{
	tenon_buffer_unref(s->a);
	tenon_buffer_unref(s->b);
	tenon_buffer_unref(s->c);
	tenon_context_unref(s->context);
	fake_heap_release(s->heap);
}

/* Two sets in opposite orders, over and over. Counts what is wrong. */
struct worker {
	struct tenon_buffer *first, *second;
	int rounds;
	int wrong;
};

static void *take_both(void *data)
{
	struct worker *worker = data;

	for (int i = 0; i < worker->rounds; i++) {
		struct tenon_access set[2] = {
			{.buffer = worker->first, .flags = TENON_ACCESS_RW},
			{.buffer = worker->second, .flags = TENON_ACCESS_RW},
		};
		/* not atomic on purpose: the bracket is what makes it right */
		uint32_t *x, *y;

		if (tenon_access_prepare(set, 2, -1) != 0) {
			worker->wrong++;
			continue;
		}
		x = set[0].data[0];
		y = set[1].data[0];
		worker->wrong += *x != *y;
		(*x)++;
		if (i % 64 == 0) {
			sched_yield();
		}
		(*y)++;
		worker->wrong += tenon_access_finish(set, 2) != 0;
	}
	return NULL;
}

static uint32_t first_word(struct tenon_buffer *buffer)
{
	struct tenon_access access = {.buffer = buffer, .flags = TENON_ACCESS_READ};
	uint32_t value;

	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	value = *(uint32_t *)access.data[0];
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	return value;
}

TEST_TIMEOUT(opposite_orders_never_deadlock, 60)
{
	enum { ROUNDS = 10000 };
	struct scene s = scene_create();
	struct worker workers[4] = {
		{.first = s.a, .second = s.b, .rounds = ROUNDS},
		{.first = s.b, .second = s.a, .rounds = ROUNDS},
		{.first = s.a, .second = s.b, .rounds = ROUNDS},
		{.first = s.b, .second = s.a, .rounds = ROUNDS},
	};
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		pthread_create(&threads[i], NULL, take_both, &workers[i]);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(workers[i].wrong, 0);
	}
	assert_int_equal(first_word(s.a), 4 * ROUNDS);
	assert_int_equal(first_word(s.b), 4 * ROUNDS);
	scene_destroy(&s);
}

/* One after the other, in opposite orders: the second may be refused, then all is let go. */
static void *take_one_by_one(void *data)
{
	struct worker *worker = data;
	int done = 0;

	while (done < worker->rounds) {
		struct tenon_access first = {.buffer = worker->first, .flags = TENON_ACCESS_RW};
		struct tenon_access second = {.buffer = worker->second, .flags = TENON_ACCESS_RW};
		int rc;

		worker->wrong += tenon_access_prepare(&first, 1, -1) != 0;
		rc = tenon_access_prepare(&second, 1, -1);
		if (rc == 0) {
			++*(uint32_t *)first.data[0];
			++*(uint32_t *)second.data[0];
			worker->wrong += tenon_access_finish(&second, 1) != 0;
			done++;
		} else {
			worker->wrong += rc != -EDEADLK;
		}
		worker->wrong += tenon_access_finish(&first, 1) != 0;
		if (rc != 0) {
			sched_yield();
		}
	}
	return NULL;
}

TEST_TIMEOUT(asking_for_more_is_refused_or_given, 60)
{
	enum { ROUNDS = 10000 };
	struct scene s = scene_create();
	struct worker workers[2] = {
		{.first = s.a, .second = s.b, .rounds = ROUNDS},
		{.first = s.b, .second = s.a, .rounds = ROUNDS},
	};
	pthread_t threads[2];

	for (int i = 0; i < 2; i++) {
		pthread_create(&threads[i], NULL, take_one_by_one, &workers[i]);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(workers[i].wrong, 0);
	}
	assert_int_equal(first_word(s.a), 2 * ROUNDS);
	assert_int_equal(first_word(s.b), 2 * ROUNDS);
	scene_destroy(&s);
}

struct reader {
	struct tenon_buffer *buffer;
	atomic_int *inside, *most, *writers;
	int wrong;
	bool write;
};

static void *read_or_write(void *data)
{
	struct reader *reader = data;

	for (int i = 0; i < 3000; i++) {
		struct tenon_access access = {
			.buffer = reader->buffer,
			.flags = reader->write ? TENON_ACCESS_WRITE : TENON_ACCESS_READ,
		};
		int inside, most;

		reader->wrong += tenon_access_prepare(&access, 1, -1) != 0;
		inside = atomic_fetch_add(reader->inside, 1) + 1;
		if (reader->write) {
			reader->wrong += inside != 1 || atomic_fetch_add(reader->writers, 1) != 0;
		} else {
			reader->wrong += atomic_load(reader->writers) != 0;
		}
		most = atomic_load(reader->most);
		while (inside > most &&
			!atomic_compare_exchange_weak(reader->most, &most, inside)) {
		}
		sched_yield();
		if (reader->write) {
			atomic_fetch_sub(reader->writers, 1);
		}
		atomic_fetch_sub(reader->inside, 1);
		reader->wrong += tenon_access_finish(&access, 1) != 0;
	}
	return NULL;
}

TEST_TIMEOUT(readers_share_and_writers_do_not, 60)
{
	struct scene s = scene_create();
	atomic_int inside = 0, most = 0, writers = 0;
	struct reader readers[6];
	pthread_t threads[6];

	for (int i = 0; i < 6; i++) {
		readers[i] = (struct reader){s.a, &inside, &most, &writers, 0, i >= 4};
		pthread_create(&threads[i], NULL, read_or_write, &readers[i]);
	}
	for (int i = 0; i < 6; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(readers[i].wrong, 0);
	}
	/* two readers were inside at once at least once */
	assert_true(atomic_load(&most) > 1);
	scene_destroy(&s);
}

/* Holds a buffer until told to stop. */
struct holder {
	struct tenon_buffer *buffer;
	uint32_t flags;
	pthread_barrier_t held;
	atomic_bool stop;
};

static void *hold(void *data)
{
	struct holder *holder = data;
	struct tenon_access access = {.buffer = holder->buffer, .flags = holder->flags};

	if (tenon_access_prepare(&access, 1, -1) != 0) {
		abort();
	}
	pthread_barrier_wait(&holder->held);
	while (!atomic_load(&holder->stop)) {
		usleep(1000);
	}
	if (tenon_access_finish(&access, 1) != 0) {
		abort();
	}
	return NULL;
}

static pthread_t start_holder(struct holder *holder, struct tenon_buffer *buffer, uint32_t flags)
{
	pthread_t thread;

	holder->buffer = buffer;
	holder->flags = flags;
	atomic_init(&holder->stop, false);
	pthread_barrier_init(&holder->held, NULL, 2);
	pthread_create(&thread, NULL, hold, holder);
	pthread_barrier_wait(&holder->held);
	return thread;
}

static void stop_holder(struct holder *holder, pthread_t thread)
{
	atomic_store(&holder->stop, true);
	pthread_join(thread, NULL);
	/* not before: ThreadSanitizer does not see that the other has left the barrier */
	pthread_barrier_destroy(&holder->held);
}

TEST(timeouts)
{
	static const int timeouts[] = {0, 1, 50, 300};
	struct scene s = scene_create();
	struct holder holder;
	pthread_t thread = start_holder(&holder, s.b, TENON_ACCESS_READ);
	struct tenon_access set[2] = {
		{.buffer = s.a, .flags = TENON_ACCESS_RW},
		{.buffer = s.b, .flags = TENON_ACCESS_RW},
	};

	for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		int64_t start = fixture_now_ms(), took;

		assert_int_equal(tenon_access_prepare(set, 2, timeouts[i]), -ETIMEDOUT);
		took = fixture_now_ms() - start;
		assert_true(took >= timeouts[i]);
		/* nothing else may run on a busy machine; but it is no wait without end */
		assert_true(took < timeouts[i] + 5000);
	}
	stop_holder(&holder, thread);
	assert_int_equal(tenon_access_prepare(set, 2, 0), 0);
	assert_int_equal(tenon_access_finish(set, 2), 0);
	scene_destroy(&s);
}

TEST(a_writer_that_gives_up_lets_readers_in)
{
	struct scene s = scene_create();
	struct holder holder;
	pthread_t thread = start_holder(&holder, s.a, TENON_ACCESS_READ);
	struct tenon_access read = {.buffer = s.a, .flags = TENON_ACCESS_READ};
	struct tenon_access write = {.buffer = s.a, .flags = TENON_ACCESS_WRITE};

	assert_int_equal(tenon_access_prepare(&write, 1, 20), -ETIMEDOUT);
	assert_int_equal(tenon_access_prepare(&read, 1, 0), 0);
	assert_int_equal(tenon_access_finish(&read, 1), 0);
	stop_holder(&holder, thread);
	assert_int_equal(tenon_access_prepare(&write, 1, 0), 0);
	assert_int_equal(tenon_access_finish(&write, 1), 0);
	scene_destroy(&s);
}

TEST(order_decides_between_waiting_and_refusal)
{
	struct scene s = scene_create();
	struct holder holder;
	pthread_t thread;
	struct tenon_access a = {.buffer = s.a, .flags = TENON_ACCESS_RW};
	struct tenon_access b = {.buffer = s.b, .flags = TENON_ACCESS_RW};
	struct tenon_access c = {.buffer = s.c, .flags = TENON_ACCESS_RW};

	assert_int_equal(tenon_access_prepare(&b, 1, 0), 0);
	/* beyond what this thread has: waiting is safe */
	thread = start_holder(&holder, s.c, TENON_ACCESS_RW);
	assert_int_equal(tenon_access_prepare(&c, 1, 20), -ETIMEDOUT);
	stop_holder(&holder, thread);
	assert_int_equal(tenon_access_prepare(&c, 1, 20), 0);
	/* before it: its holder may wait for b */
	thread = start_holder(&holder, s.a, TENON_ACCESS_RW);
	assert_int_equal(tenon_access_prepare(&a, 1, -1), -EDEADLK);
	stop_holder(&holder, thread);
	/* free: it is given */
	assert_int_equal(tenon_access_prepare(&a, 1, -1), 0);
	assert_int_equal(tenon_access_finish(&b, 1), 0);
	assert_int_equal(tenon_access_finish(&a, 1), 0);
	assert_int_equal(tenon_access_finish(&c, 1), 0);
	scene_destroy(&s);
}

static void *begin_device(void *data)
{
	return (void *)(intptr_t)tenon_attachment_begin(data, TENON_ACCESS_WRITE, 5000);
}

TEST(a_device_waits_for_the_cpu)
{
	struct scene s = scene_create();
	struct tenon_attachment *gpu = fixture_attach(s.a, fixture_offer("gpu", NULL));
	struct tenon_access access = {.buffer = s.a, .flags = TENON_ACCESS_RW};
	struct holder holder;
	pthread_t thread = start_holder(&holder, s.a, TENON_ACCESS_RW), device;
	void *result;

	assert_int_equal(tenon_attachment_begin(gpu, TENON_ACCESS_READ, 20), -ETIMEDOUT);
	pthread_create(&device, NULL, begin_device, gpu);
	usleep(20000);
	stop_holder(&holder, thread);
	pthread_join(device, &result);
	assert_null(result);
	/* begun by that thread, ended by this one */
	assert_int_equal(tenon_access_prepare(&access, 1, 0), -ETIMEDOUT);
	assert_int_equal(tenon_attachment_end(gpu), 0);
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	tenon_attachment_destroy(gpu);
	scene_destroy(&s);
}
