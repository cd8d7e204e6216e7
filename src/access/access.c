/* SPDX-License-Identifier: MIT */

/*
 * Preparing and finishing CPU access.
 *
 * The common case, one buffer with nothing due, is a handful of loads and one atomic operation for
 * each of the two calls; everything else goes the long way. The long way takes the buffers of a
 * set in the order of their ids, so no two threads can wait for each other; what a thread asks for
 * out of that order is tried, not waited for.
 *
 * Who uses a buffer beyond its own call is waited for where the buffer is made ready
 * (make_ready()); a queue of users will join there, guard mode where pointers are given and taken
 * away (give_pointers(), take_pointers()).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/access.h>

#include "access/set.h"
#include "buffer/cache.h"
#include "buffer/fence.h"
#include "buffer/held.h"

#if defined(__GNUC__) || defined(__clang__)
/* Kept out of the short way, which else would save registers that it does not use. */
#define SLOW __attribute__((noinline))
#else
#define SLOW
#endif

static bool is_whole(const struct tenon_rect *rect)
{
	return (rect->x | rect->y | rect->width | rect->height) == 0;
}

static inline void take_pointers(struct tenon_access *access)
{
	memset(access->data, 0, sizeof(access->data));
	memset(access->pitch, 0, sizeof(access->pitch));
}

static void point_into(struct tenon_access *access, const struct tenon_format *format)
{
	const struct tenon_buffer *buffer = access->buffer;

	for (unsigned i = 0; i < TENON_MAX_PLANES && buffer->view.data[i] != NULL; i++) {
		unsigned block_bytes, block_width, hsub, vsub;
		size_t x, y;

		tenon_format_get_plane(format, i, &block_bytes, &block_width, &hsub, &vsub);
		x = (size_t)(access->rect.x / hsub / block_width) * block_bytes;
		y = (size_t)(access->rect.y / vsub) * buffer->view.pitch[i];
		access->data[i] = (char *)buffer->view.data[i] + y + x;
	}
}

/* The buffer is mapped, and held. */
static inline void give_pointers(struct tenon_access *access)
{
	const struct buffer_view *view = &access->buffer->view;

	memcpy(access->data, view->data, sizeof(access->data));
	memcpy(access->pitch, view->pitch, sizeof(access->pitch));
}

/*
 * One buffer, nothing due, and the thread has nothing else: true when that was all there is to do.
 * *taken tells whether the buffer was taken for nothing.
 */
static inline bool prepare_at_once(struct tenon_access *access, bool *taken)
{
	struct held_set *mine = &held_mine;
	struct tenon_buffer *buffer = access->buffer;
	uint32_t flags = access->flags;
	uint32_t due = READY_QUIET(flags) | READY_MAPPED(flags);

	if (buffer == NULL || flags == 0 || (flags & ~ACCESS_RW) != 0 || !is_whole(&access->rect) ||
		mine->len != 0 || !mine->registered ||
		!lock_try(&buffer->access, (flags & TENON_ACCESS_WRITE) != 0)) {
		return false;
	}
	/* After the lock: who makes something due takes the lock before, or sees this holder. */
	if ((atomic_load(&buffer->ready) & due) != due) {
		*taken = true;
		return false;
	}
	/* A thread that has nothing has its few entries: held.h. */
	mine->few[0] = (struct held){.buffer = buffer, .flags = flags};
	mine->len = 1;
	give_pointers(access);
	return true;
}

/* True when it was what the above prepared; *before is what lock_drop_begin() returned. */
static inline bool finish_at_once(struct tenon_access *access, uint32_t *before)
{
	struct held_set *mine = &held_mine;
	struct tenon_buffer *buffer = access->buffer;
	const struct held *entry = &mine->few[0];

	if (mine->len != 1 || mine->many != NULL || entry->buffer != buffer ||
		entry->flags != access->flags || entry->bracket != 0) {
		return false;
	}
	*before = lock_drop_begin(&buffer->access, (access->flags & TENON_ACCESS_WRITE) != 0);
	/* After the atomic operation, which else would have to wait until these are stored. */
	mine->len = 0;
	take_pointers(access);
	return true;
}

static int misuse(const struct tenon_buffer *buffer, const char *call, int error)
{
	log_write(&buffer->context->log, TENON_LOG_ERROR, "%s: %s: %s", buffer->name, call,
		tenon_access_error_name(error));
	return error;
}

static bool is_inside(const struct tenon_rect *rect, const struct tenon_buffer *buffer)
{
	return is_whole(rect) ||
	       (rect->width > 0 && rect->height > 0 && rect->x < buffer->width &&
		       rect->y < buffer->height && rect->width <= buffer->width - rect->x &&
		       rect->height <= buffer->height - rect->y);
}

static int check_set(const struct set *set)
{
	for (size_t i = 0; i < set->len; i++) {
		const struct tenon_access *access = set->items[i].access;
		uint32_t flags = access->flags & ACCESS_RW;

		if (flags == 0 || (access->flags & ~(ACCESS_RW | TENON_ACCESS_NO_MAP)) != 0 ||
			!is_inside(&access->rect, access->buffer)) {
			return misuse(access->buffer, "prepare", -EINVAL);
		}
		if (i > 0 && set->items[i - 1].access->buffer == access->buffer) {
			return misuse(access->buffer, "prepare", -EALREADY);
		}
	}
	return 0;
}

/* What the kernel must do for a part of the picture: the rest of a cache line is somebody's. */
static uint32_t cache_access(const struct tenon_access *access)
{
	uint32_t flags = access->flags & ACCESS_RW;

	return is_whole(&access->rect) || flags == TENON_ACCESS_READ ? flags : ACCESS_RW;
}

static int make_ready(struct set_item *item, struct deadline *deadline)
{
	struct tenon_buffer *buffer = item->access->buffer;
	uint32_t flags = item->access->flags;
	uint32_t due = READY_QUIET(cache_access(item->access));
	int rc;

	item->bracket = 0;
	due |= flags & TENON_ACCESS_NO_MAP ? 0 : READY_MAPPED(flags & ACCESS_RW);
	if ((atomic_load(&buffer->ready) & due) == due) {
		return 0;
	}
	pthread_mutex_lock(&buffer->mutex);
	rc = flags & TENON_ACCESS_NO_MAP ? buffer_ensure_memory(buffer)
					 : buffer_ensure_mapped(buffer, flags & ACCESS_RW);
	pthread_mutex_unlock(&buffer->mutex);
	if (rc == 0) {
		rc = fence_wait(buffer, flags & ACCESS_RW, deadline);
	}
	if (rc < 0) {
		return rc;
	}
	return cache_begin(buffer, cache_access(item->access), deadline, &item->bracket);
}

/* What the thread may do with the buffer once it is taken. */
static uint32_t mode_after(const struct set_item *item)
{
	return item->access->flags & TENON_ACCESS_WRITE ? ACCESS_RW
							: item->before | TENON_ACCESS_READ;
}

/* Takes one buffer of a set and makes it ready, or leaves it as it was. */
static int take_one(struct set_item *item, uint64_t order, struct deadline *deadline)
{
	struct tenon_buffer *buffer = item->access->buffer;
	int rc;

	item->before = held_mode(buffer);
	rc = held_take(buffer, item->access->flags, item->before, order, deadline);
	if (rc < 0) {
		return rc;
	}
	rc = make_ready(item, deadline);
	if (rc < 0) {
		held_let_go(buffer, mode_after(item), item->before);
		return rc;
	}
	return 0;
}

static void undo_one(struct set_item *item)
{
	struct tenon_buffer *buffer = item->access->buffer;

	cache_end(buffer, item->bracket);
	held_let_go(buffer, mode_after(item), item->before);
}

static int take_all(struct set *set, int timeout_ms)
{
	struct deadline deadline = {.timeout_ms = timeout_ms};
	uint64_t order = held_order();
	size_t taken;
	int rc = 0;

	for (taken = 0; taken < set->len; taken++) {
		rc = take_one(&set->items[taken], order, &deadline);
		if (rc < 0) {
			break;
		}
	}
	if (rc < 0) {
		while (taken > 0) {
			undo_one(&set->items[--taken]);
		}
	}
	return rc;
}

static void hold_all(struct set *set)
{
	for (size_t i = 0; i < set->len; i++) {
		struct tenon_access *access = set->items[i].access;
		struct tenon_buffer *buffer = access->buffer;

		held_push(&held_mine, buffer, access->flags, set->items[i].bracket);
		if ((access->flags & TENON_ACCESS_NO_MAP) == 0) {
			give_pointers(access);
			if (!is_whole(&access->rect)) {
				point_into(access, tenon_layout_get_format(buffer->store.layout));
			}
		}
	}
}

static int prepare_set(struct set *set, int timeout_ms)
{
	int rc = check_set(set);

	if (rc == 0) {
		rc = held_reserve(set->len);
	}
	if (rc == 0) {
		rc = take_all(set, timeout_ms);
	}
	if (rc == 0) {
		hold_all(set);
	} else {
		held_trim();
	}
	return rc;
}

static int prepare_all(struct tenon_access *accesses, size_t len, int timeout_ms)
{
	struct set set;
	int rc;

	for (size_t i = 0; i < len; i++) {
		take_pointers(&accesses[i]);
	}
	rc = set_init(&set, accesses, len);
	if (rc == 0) {
		rc = prepare_set(&set, timeout_ms);
	}
	set_finish(&set);
	return rc;
}

SLOW static int prepare_slowly(
	struct tenon_access *accesses, size_t len, int timeout_ms, bool taken)
{
	struct tenon_buffer *buffer = len > 0 ? accesses[0].buffer : NULL;

	if (taken) {
		buffer_after_drop(buffer,
			lock_drop(&buffer->access, (accesses[0].flags & TENON_ACCESS_WRITE) != 0));
	}
	return prepare_all(accesses, len, timeout_ms);
}

int tenon_access_prepare(struct tenon_access *accesses, size_t len, int timeout_ms)
{
	bool taken = false;

	if (len == 1 && prepare_at_once(accesses, &taken)) {
		return 0;
	}
	return prepare_slowly(accesses, len, timeout_ms, taken);
}

/* The thread's latest bracket of a buffer with these flags: its index, or what is wrong. */
static int find_bracket(const struct tenon_access *access)
{
	const struct held *items = held_items(&held_mine);
	bool other_flags = false;

	for (uint32_t i = held_mine.len; i > 0; i--) {
		if (items[i - 1].buffer != access->buffer) {
			continue;
		}
		if (items[i - 1].flags == access->flags) {
			return (int)(i - 1);
		}
		other_flags = true;
	}
	if (other_flags) {
		return misuse(access->buffer, "finish", -EPROTO);
	}
	return misuse(
		access->buffer, "finish", buffer_is_prepared(access->buffer) ? -EPERM : -ENOENT);
}

static int finish_one(struct tenon_access *access)
{
	struct tenon_buffer *buffer = access->buffer;
	uint32_t before = held_mode(buffer);
	int index = find_bracket(access);
	int rc = cache_end(buffer, held_items(&held_mine)[index].bracket);

	held_remove(&held_mine, (uint32_t)index);
	take_pointers(access);
	held_let_go(buffer, before, held_mode(buffer));
	return rc;
}

static int check_finish(const struct tenon_access *accesses, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int index;

		if (accesses[i].buffer == NULL) {
			return -EINVAL;
		}
		for (size_t j = 0; j < i; j++) {
			if (accesses[j].buffer == accesses[i].buffer) {
				return misuse(accesses[i].buffer, "finish", -EALREADY);
			}
		}
		index = find_bracket(&accesses[i]);
		if (index < 0) {
			return index;
		}
	}
	return 0;
}

/* Needs no memory, so that it cannot fail half-way. */
SLOW static int finish_all(struct tenon_access *accesses, size_t len)
{
	int rc = check_finish(accesses, len);

	if (rc < 0) {
		return rc;
	}
	for (size_t i = 0; i < len; i++) {
		int error = finish_one(&accesses[i]);

		rc = rc < 0 ? rc : error;
	}
	return rc;
}

SLOW static int finish_rest(struct tenon_buffer *buffer, uint32_t before, uint32_t flags)
{
	bool write = (flags & TENON_ACCESS_WRITE) != 0;

	buffer_after_drop(buffer, lock_drop_rest(&buffer->access, before, write));
	return 0;
}

int tenon_access_finish(struct tenon_access *accesses, size_t len)
{
	uint32_t before;

	if (len != 1 || !finish_at_once(accesses, &before)) {
		return finish_all(accesses, len);
	}
	return lock_is_rare(before) ? finish_rest(accesses[0].buffer, before, accesses[0].flags)
				    : 0;
}

const char *tenon_access_error_name(int error)
{
	switch (error) {
	case 0:
		return "ok";
	case -EINVAL:
		return "bad-argument";
	case -EALREADY:
		return "same-buffer-twice";
	case -ETIMEDOUT:
		return "timed-out";
	case -EDEADLK:
		return "would-deadlock";
	case -ENOTSUP:
		return "not-mappable";
	case -ENOMEM:
		return "out-of-memory";
	case -EACCES:
		return "not-permitted";
	case -ENODEV:
		return "no-heap";
	case -ENOENT:
		return "not-prepared";
	case -EPERM:
		return "prepared-by-another-thread";
	case -EPROTO:
		return "prepared-with-other-flags";
	default:
		return NULL;
	}
}
