/* SPDX-License-Identifier: MIT */
#ifndef TENON_BUFFER_LOCK_H
#define TENON_BUFFER_LOCK_H

/*
 * Who may touch a buffer: any number of readers, or one writer. Holders are not remembered here:
 * a thread's brackets are in held.h, a device's use in its attachment.
 *
 * Taken and let go with one atomic operation each while nobody waits; who must wait queues, first
 * come, first served, so neither readers nor writers starve. While somebody queues, newcomers queue
 * behind.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define LOCK_READERS 0x0fffffffu  /* their number */
#define LOCK_SETTLE (1u << 28)    /* the last holder has cache work to do: cache.h */
#define LOCK_ABANDONED (1u << 29) /* no reference is left: the last holder releases the buffer */
#define LOCK_WAITERS (1u << 30)   /* the queue is not empty */
#define LOCK_WRITER (1u << 31)
#define LOCK_HELD (LOCK_READERS | LOCK_WRITER)

struct lock_waiter;

struct lock {
	_Atomic uint32_t word;
	pthread_mutex_t mutex; /* of the queue */
	pthread_cond_t granted;
	struct lock_waiter *first, *last;
};

/* When waiting must be over. The clock is asked, and time runs, from the first wait on. */
struct deadline {
	int timeout_ms; /* below 0: without limit */
	bool running;
	struct timespec at; /* CLOCK_MONOTONIC */
};

/* Milliseconds left, rounded up; -1 without limit. */
int deadline_left(struct deadline *deadline);

/* The end as pthread_cond_timedwait() takes it; NULL without limit. */
const struct timespec *deadline_at(struct deadline *deadline);

/* 0 or a negative errno. */
int lock_init(struct lock *lock);
void lock_finish(struct lock *lock);

/* 0, or -ETIMEDOUT when it cannot be had before the deadline; NULL: now. */
int lock_take(struct lock *lock, bool write, struct deadline *deadline);

/* Another share for somebody who is a reader already: never waits, not even behind a writer who
 * waits for that reader. */
void lock_join(struct lock *lock);

/* The only reader becomes the writer: 0, or -EDEADLK when there are other readers. */
int lock_upgrade(struct lock *lock);

/* The writer becomes a reader. */
void lock_downgrade(struct lock *lock);

/* Without waiting; false when somebody has it, or waits for it. */
static inline bool lock_try(struct lock *lock, bool write)
{
	uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);

	if (write) {
		return word == 0 &&
		       atomic_compare_exchange_strong_explicit(&lock->word, &word, LOCK_WRITER,
			       memory_order_acquire, memory_order_relaxed);
	}
	while ((word & (LOCK_WRITER | LOCK_WAITERS)) == 0 &&
		(word & LOCK_READERS) != LOCK_READERS) {
		if (atomic_compare_exchange_weak_explicit(&lock->word, &word, word + 1,
			    memory_order_acquire, memory_order_relaxed)) {
			return true;
		}
	}
	return false;
}

/* Lets go, but for what is rare: unless lock_is_rare(), that was all. Returns what the word was. */
static inline uint32_t lock_drop_begin(struct lock *lock, bool write)
{
	return atomic_fetch_sub_explicit(
		&lock->word, write ? LOCK_WRITER : 1, memory_order_acq_rel);
}

static inline bool lock_is_rare(uint32_t before)
{
	return (before & (LOCK_WAITERS | LOCK_ABANDONED | LOCK_SETTLE)) != 0;
}

/*
 * The rest: lets those who wait have it. Returns LOCK_ABANDONED, LOCK_SETTLE, both or 0: what is
 * left to do for the last holder.
 */
uint32_t lock_drop_rest(struct lock *lock, uint32_t before, bool write);

/* Lets go; returns as lock_drop_rest(). */
static inline uint32_t lock_drop(struct lock *lock, bool write)
{
	uint32_t before = lock_drop_begin(lock, write);

	return lock_is_rare(before) ? lock_drop_rest(lock, before, write) : 0;
}

#endif
