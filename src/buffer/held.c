/* SPDX-License-Identifier: MIT */
#include "buffer/held.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/cache.h"

_Thread_local struct held_set held_mine HELD_TLS;

static pthread_key_t end_key;
static pthread_once_t end_once = PTHREAD_ONCE_INIT;
static int end_error;
static bool end_made;

/* A thread that ends takes its brackets with it: else they would lock everybody out for ever. */
static void thread_ends(void *value)
{
	struct held_set *set = value;

	while (set->len > 0) {
		struct held last = held_items(set)[set->len - 1];
		uint32_t before = held_mode(last.buffer);

		log_write(&last.buffer->context->log, TENON_LOG_ERROR,
			"%s: a thread ended while it had the buffer prepared", last.buffer->name);
		cache_end(last.buffer, last.bracket);
		held_remove(set, set->len - 1);
		held_let_go(last.buffer, before, held_mode(last.buffer));
	}
	set->registered = false;
}

static void make_key(void)
{
	end_error = -pthread_key_create(&end_key, thread_ends);
	end_made = end_error == 0;
}

/* When the library is unloaded, no thread may call into it at its end. */
__attribute__((destructor)) static void delete_key(void)
{
	if (end_made) {
		pthread_key_delete(end_key);
	}
}

static int watch_thread(struct held_set *set)
{
	int rc;

	pthread_once(&end_once, make_key);
	if (end_error < 0) {
		return -ENOMEM;
	}
	rc = -pthread_setspecific(end_key, set);
	if (rc < 0) {
		return -ENOMEM;
	}
	set->registered = true;
	return 0;
}

int held_reserve(size_t more)
{
	struct held_set *set = &held_mine;
	uint32_t capacity = set->many != NULL ? set->capacity : HELD_INLINE;
	struct held *many;

	if (!set->registered && watch_thread(set) < 0) {
		return -ENOMEM;
	}
	if (more <= capacity - set->len) {
		return 0;
	}
	if (more > UINT32_MAX / 4 - set->len) {
		return -ENOMEM;
	}
	capacity = set->len + (uint32_t)more * 2;
	many = reallocarray(set->many, capacity, sizeof(*many));
	if (many == NULL) {
		return -ENOMEM;
	}
	if (set->many == NULL) {
		memcpy(many, set->few, sizeof(set->few));
	}
	set->many = many;
	set->capacity = capacity;
	return 0;
}

void held_trim(void)
{
	if (held_mine.len == 0) {
		free(held_mine.many);
		held_mine.many = NULL;
	}
}

void held_remove(struct held_set *set, uint32_t i)
{
	struct held *items = held_items(set);

	set->len--;
	memmove(&items[i], &items[i + 1], (set->len - i) * sizeof(*items));
	held_trim();
}

uint32_t held_mode(const struct tenon_buffer *buffer)
{
	const struct held *items = held_items(&held_mine);
	uint32_t mode = 0;

	for (uint32_t i = 0; i < held_mine.len; i++) {
		if (items[i].buffer == buffer) {
			mode |= items[i].flags & TENON_ACCESS_WRITE ? ACCESS_RW : TENON_ACCESS_READ;
		}
	}
	return mode;
}

uint64_t held_order(void)
{
	const struct held *items = held_items(&held_mine);
	uint64_t greatest = 0;

	for (uint32_t i = 0; i < held_mine.len; i++) {
		if (items[i].buffer->id > greatest) {
			greatest = items[i].buffer->id;
		}
	}
	return greatest;
}

int held_take(struct tenon_buffer *buffer, uint32_t flags, uint32_t level, uint64_t order,
	struct deadline *deadline)
{
	bool write = (flags & TENON_ACCESS_WRITE) != 0;

	if (level == ACCESS_RW || (level != 0 && !write)) {
		return 0;
	}
	if (level != 0) {
		return lock_upgrade(&buffer->access);
	}
	if (order < buffer->id) {
		return lock_take(&buffer->access, write, deadline);
	}
	/* Whoever has it may be waiting for what this thread holds. */
	return lock_take(&buffer->access, write, NULL) < 0 ? -EDEADLK : 0;
}

void held_let_go(struct tenon_buffer *buffer, uint32_t before, uint32_t after)
{
	if (before == after) {
		return;
	}
	if (after != 0) {
		lock_downgrade(&buffer->access);
		return;
	}
	buffer_after_drop(buffer, lock_drop(&buffer->access, (before & TENON_ACCESS_WRITE) != 0));
}
