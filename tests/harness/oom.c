/* SPDX-License-Identifier: MIT */
#include "oom.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fds.h"
#include "harness.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
int __real_posix_memalign(void **out, size_t align, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
int __real_vasprintf(char **out, const char *format, va_list args);
FILE *__real_open_memstream(char **out, size_t *size);
void __real_free(void *p);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
int __wrap_posix_memalign(void **out, size_t align, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap_vasprintf(char **out, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
FILE *__wrap_open_memstream(char **out, size_t *size);
void __wrap_free(void *p);

/*
 * The addresses that wrapped calls returned and nobody freed: an open-addressing hash set, since
 * memory of other origin (libc's getline, libdrm) is freed through the same free().
 */
static struct {
	pthread_mutex_t lock;
	uintptr_t *slots;
	size_t slots_len; /* a power of two */
	size_t used;      /* slots taken, tombstones included */
	size_t live;
	size_t calls;
	size_t fail_at; /* in calls; 0: none */
	bool sticky;
	bool failed;
} heap = {.lock = PTHREAD_MUTEX_INITIALIZER};

#define TOMBSTONE ((uintptr_t)1)

static size_t slot_of(uintptr_t address)
{
	return (size_t)((address >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (heap.slots_len - 1);
}

static void place(uintptr_t address)
{
	size_t i = slot_of(address);

	while (heap.slots[i] != 0) {
		i = (i + 1) & (heap.slots_len - 1);
	}
	heap.slots[i] = address;
	heap.used++;
}

static void grow(void)
{
	uintptr_t *old = heap.slots;
	size_t old_len = heap.slots_len;

	heap.slots_len = 1024;
	while (heap.slots_len < 4 * heap.live) {
		heap.slots_len *= 2;
	}
	heap.slots = __real_calloc(heap.slots_len, sizeof(*heap.slots));
	if (heap.slots == NULL) {
		abort();
	}
	heap.used = 0;
	for (size_t i = 0; i < old_len; i++) {
		if (old[i] > TOMBSTONE) {
			place(old[i]);
		}
	}
	__real_free(old);
}

static void *note(void *p)
{
	if (p == NULL) {
		return NULL;
	}
	pthread_mutex_lock(&heap.lock);
	if (2 * (heap.used + 1) > heap.slots_len) {
		grow();
	}
	place((uintptr_t)p);
	heap.live++;
	pthread_mutex_unlock(&heap.lock);
	return p;
}

static void forget(void *p)
{
	pthread_mutex_lock(&heap.lock);
	if (p != NULL && heap.slots_len != 0) {
		size_t i = slot_of((uintptr_t)p);

		while (heap.slots[i] != 0 && heap.slots[i] != (uintptr_t)p) {
			i = (i + 1) & (heap.slots_len - 1);
		}
		if (heap.slots[i] != 0) {
			heap.slots[i] = TOMBSTONE;
			heap.live--;
		}
	}
	pthread_mutex_unlock(&heap.lock);
}

static bool must_fail(void)
{
	bool fail;

	pthread_mutex_lock(&heap.lock);
	heap.calls++;
	fail = heap.fail_at != 0 &&
	       (heap.calls == heap.fail_at || (heap.sticky && heap.calls > heap.fail_at));
	heap.failed = heap.failed || fail;
	pthread_mutex_unlock(&heap.lock);
	if (fail) {
		errno = ENOMEM;
	}
	return fail;
}

void *__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : note(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return must_fail() ? NULL : note(__real_calloc(n, size));
}

static void *resized(void *old, void *p)
{
	if (p != NULL) {
		forget(old);
	}
	return note(p);
}

void *__wrap_realloc(void *p, size_t size)
{
	return must_fail() ? NULL : resized(p, __real_realloc(p, size));
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return must_fail() ? NULL : resized(p, __real_reallocarray(p, n, size));
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return must_fail() ? NULL : note(__real_aligned_alloc(align, size));
}

int __wrap_posix_memalign(void **out, size_t align, size_t size)
{
	int rc = must_fail() ? ENOMEM : __real_posix_memalign(out, align, size);

	if (rc == 0) {
		note(*out);
	}
	return rc;
}

char *__wrap_strdup(const char *s)
{
	return must_fail() ? NULL : note(__real_strdup(s));
}

char *__wrap_strndup(const char *s, size_t n)
{
	return must_fail() ? NULL : note(__real_strndup(s, n));
}

int __wrap_vasprintf(char **out, const char *format, va_list args)
{
	int len = must_fail() ? -1 : __real_vasprintf(out, format, args);

	if (len >= 0) {
		note(*out);
	}
	return len;
}

int __wrap_asprintf(char **out, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = __wrap_vasprintf(out, format, args);
	va_end(args);
	return len;
}

/* The stream's text belongs to libc until it is closed; its free() is then one of unknown origin.
 */
FILE *__wrap_open_memstream(char **out, size_t *size)
{
	return must_fail() ? NULL : __real_open_memstream(out, size);
}

void __wrap_free(void *p)
{
	/* Forgotten first: once freed, another thread may be given the same address. */
	forget(p);
	__real_free(p);
}

void oom_arm(size_t nth, bool sticky)
{
	pthread_mutex_lock(&heap.lock);
	heap.fail_at = nth == 0 ? 0 : heap.calls + nth;
	heap.sticky = sticky;
	heap.failed = false;
	pthread_mutex_unlock(&heap.lock);
}

bool oom_disarm(void)
{
	bool failed;

	pthread_mutex_lock(&heap.lock);
	failed = heap.failed;
	heap.fail_at = 0;
	heap.failed = false;
	pthread_mutex_unlock(&heap.lock);
	return failed;
}

size_t oom_calls(void)
{
	size_t calls;

	pthread_mutex_lock(&heap.lock);
	calls = heap.calls;
	pthread_mutex_unlock(&heap.lock);
	return calls;
}

size_t oom_live(void)
{
	size_t live;

	pthread_mutex_lock(&heap.lock);
	live = heap.live;
	pthread_mutex_unlock(&heap.lock);
	return live;
}

static size_t run_all(int (*fn)(void *data), void *data, int expected, bool sticky)
{
	for (size_t nth = 1;; nth++) {
		size_t live = oom_live();
		int fds = test_count_fds();
		bool failed;
		int rc;

		oom_arm(nth, sticky);
		rc = fn(data);
		failed = oom_disarm();
		if (rc != (failed ? -ENOMEM : expected)) {
			fail_msg("allocation %zu %s: returned %d instead of %d", nth,
				failed ? "failed" : "was not needed", rc,
				failed ? -ENOMEM : expected);
		}
		if (oom_live() != live) {
			fail_msg("allocation %zu failed: %zd allocations left behind", nth,
				(ssize_t)(oom_live() - live));
		}
		if (test_count_fds() != fds) {
			fail_msg("allocation %zu failed: %d file descriptors left behind", nth,
				test_count_fds() - fds);
		}
		if (!failed) {
			return nth - 1;
		}
	}
}

size_t oom_run_expect(int (*fn)(void *data), void *data, int expected)
{
	size_t once = run_all(fn, data, expected, false);
	size_t sticky = run_all(fn, data, expected, true);

	if (once == 0 || sticky == 0) {
		fail_msg("no allocation was made to fail");
	}
	return once;
}

size_t oom_run(int (*fn)(void *data), void *data)
{
	return oom_run_expect(fn, data, 0);
}
