/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stddef.h>

#include "buffer/lock.h"

/* One who waits; it lives on the waiting thread's stack. */
struct lock_waiter {
	bool write;
	bool granted;
	struct lock_waiter *next;
};

static void deadline_run(struct deadline *deadline)
{
	if (deadline->running) {
		return;
	}
	deadline->running = true;
	clock_gettime(CLOCK_MONOTONIC, &deadline->at);
	deadline->at.tv_sec += deadline->timeout_ms / 1000;
	deadline->at.tv_nsec += (long)(deadline->timeout_ms % 1000) * 1000000;
	if (deadline->at.tv_nsec >= 1000000000) {
		deadline->at.tv_nsec -= 1000000000;
		deadline->at.tv_sec++;
	}
}

const struct timespec *deadline_at(struct deadline *deadline)
{
	if (deadline->timeout_ms < 0) {
		return NULL;
	}
	deadline_run(deadline);
	return &deadline->at;
}

int deadline_left(struct deadline *deadline)
{
	struct timespec now;
	int64_t left;

	if (deadline->timeout_ms <= 0) {
		return deadline->timeout_ms < 0 ? -1 : 0;
	}
	deadline_run(deadline);
	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (int64_t)(deadline->at.tv_sec - now.tv_sec) * 1000000000 +
	       (deadline->at.tv_nsec - now.tv_nsec);
	if (left <= 0) {
		return 0;
	}
	left = (left + 999999) / 1000000;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int lock_init(struct lock *lock)
{
	pthread_condattr_t attr;
	int rc;

	atomic_init(&lock->word, 0);
	lock->first = NULL;
	lock->last = NULL;
	rc = -pthread_condattr_init(&attr);
	if (rc < 0) {
		return rc;
	}
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	rc = -pthread_cond_init(&lock->granted, &attr);
	pthread_condattr_destroy(&attr);
	if (rc < 0) {
		return rc;
	}
	rc = -pthread_mutex_init(&lock->mutex, NULL);
	if (rc < 0) {
		pthread_cond_destroy(&lock->granted);
	}
	return rc;
}

void lock_finish(struct lock *lock)
{
	pthread_mutex_destroy(&lock->mutex);
	pthread_cond_destroy(&lock->granted);
}

static bool is_free_for(uint32_t word, bool write)
{
	return (word & LOCK_WRITER) == 0 && (!write || (word & LOCK_READERS) == 0) &&
	       (word & LOCK_READERS) != LOCK_READERS;
}

/* Takes it if the holders allow it, whoever queues. With the mutex. */
static bool take_past_queue(struct lock *lock, bool write)
{
	uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);

	while (is_free_for(word, write)) {
		if (atomic_compare_exchange_weak_explicit(&lock->word, &word,
			    word + (write ? LOCK_WRITER : 1), memory_order_acquire,
			    memory_order_relaxed)) {
			return true;
		}
	}
	return false;
}

static void append(struct lock *lock, struct lock_waiter *waiter)
{
	if (lock->last != NULL) {
		lock->last->next = waiter;
	} else {
		lock->first = waiter;
	}
	lock->last = waiter;
}

static void unlink_waiter(struct lock *lock, struct lock_waiter *waiter)
{
	struct lock_waiter *before = NULL;

	for (struct lock_waiter *w = lock->first; w != waiter; w = w->next) {
		before = w;
	}
	if (before != NULL) {
		before->next = waiter->next;
	} else {
		lock->first = waiter->next;
	}
	if (lock->last == waiter) {
		lock->last = before;
	}
}

/* With the mutex. */
static void grant_in_order(struct lock *lock)
{
	bool any = false;

	while (lock->first != NULL && take_past_queue(lock, lock->first->write)) {
		lock->first->granted = true;
		unlink_waiter(lock, lock->first);
		any = true;
	}
	if (lock->first == NULL) {
		atomic_fetch_and_explicit(&lock->word, ~LOCK_WAITERS, memory_order_relaxed);
	}
	if (any) {
		pthread_cond_broadcast(&lock->granted);
	}
}

static void grant(struct lock *lock)
{
	pthread_mutex_lock(&lock->mutex);
	grant_in_order(lock);
	pthread_mutex_unlock(&lock->mutex);
}

uint32_t lock_drop_rest(struct lock *lock, uint32_t before, bool write)
{
	if (before & LOCK_WAITERS) {
		grant(lock);
	}
	if (write || (before & LOCK_READERS) == 1) {
		return before & (LOCK_ABANDONED | LOCK_SETTLE);
	}
	return 0;
}

/*
 * Queues, unless it can be had at once. The bit that says "somebody waits" is set in the same step
 * in which the holder is seen, so whoever lets go after that sees it. With the mutex.
 */
static bool take_or_queue(struct lock *lock, struct lock_waiter *waiter)
{
	uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);
	uint32_t wanted;

	do {
		bool now = lock->first == NULL && is_free_for(word, waiter->write);

		if (now) {
			wanted = word + (waiter->write ? LOCK_WRITER : 1);
		} else {
			wanted = word | LOCK_WAITERS;
		}
	} while (!atomic_compare_exchange_weak_explicit(
		&lock->word, &word, wanted, memory_order_acquire, memory_order_relaxed));
	if ((wanted & LOCK_WAITERS) == 0) {
		return true;
	}
	append(lock, waiter);
	return false;
}

static int wait_for_grant(
	struct lock *lock, const struct lock_waiter *waiter, struct deadline *deadline)
{
	const struct timespec *at = deadline_at(deadline);
	int rc = 0;

	while (!waiter->granted && rc == 0) {
		rc = at == NULL ? pthread_cond_wait(&lock->granted, &lock->mutex)
				: pthread_cond_timedwait(&lock->granted, &lock->mutex, at);
	}
	return waiter->granted ? 0 : -ETIMEDOUT;
}

int lock_take(struct lock *lock, bool write, struct deadline *deadline)
{
	struct lock_waiter waiter = {.write = write};
	int rc = 0;

	if (lock_try(lock, write)) {
		return 0;
	}
	if (deadline == NULL || deadline->timeout_ms == 0) {
		return -ETIMEDOUT;
	}
	pthread_mutex_lock(&lock->mutex);
	if (!take_or_queue(lock, &waiter)) {
		rc = wait_for_grant(lock, &waiter, deadline);
	}
	if (rc < 0) {
		unlink_waiter(lock, &waiter);
		/* This one may have been what held up those behind it. */
		grant_in_order(lock);
	}
	pthread_mutex_unlock(&lock->mutex);
	return rc;
}

void lock_join(struct lock *lock)
{
	atomic_fetch_add_explicit(&lock->word, 1, memory_order_acquire);
}

int lock_upgrade(struct lock *lock)
{
	uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);

	while ((word & LOCK_READERS) == 1) {
		if (atomic_compare_exchange_weak_explicit(&lock->word, &word,
			    (word & ~LOCK_READERS) | LOCK_WRITER, memory_order_acquire,
			    memory_order_relaxed)) {
			return 0;
		}
	}
	return -EDEADLK;
}

void lock_downgrade(struct lock *lock)
{
	uint32_t before =
		atomic_fetch_sub_explicit(&lock->word, LOCK_WRITER - 1, memory_order_acq_rel);

	if (before & LOCK_WAITERS) {
		grant(lock);
	}
}
