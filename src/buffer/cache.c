/* SPDX-License-Identifier: MIT */
#include "buffer/cache.h"

#include "buffer/fence.h"
#include "heap/internal.h"

static bool memory_has_sync(const struct tenon_memory *memory)
{
	return memory->dmabuf || (memory->heap != NULL && memory->heap->impl.sync_begin != NULL);
}

static bool store_has_sync(const struct store *store)
{
	for (size_t i = 0; i < store->objects_len; i++) {
		if (memory_has_sync(store->objects[i])) {
			return true;
		}
	}
	return false;
}

static bool all_coherent(const struct tenon_buffer *buffer)
{
	for (const struct tenon_attachment *a = buffer->attachments; a != NULL; a = a->next) {
		if (tenon_offer_get_coherent(a->offer) != TENON_YES) {
			return false;
		}
	}
	return true;
}

static int end_objects(struct store *store, size_t len, uint32_t access)
{
	int first = 0;

	for (size_t i = len; i > 0; i--) {
		int rc = tenon_memory_sync_end(store->objects[i - 1], access);

		if (rc < 0 && first == 0) {
			first = rc;
		}
	}
	return first;
}

static int begin_objects(struct store *store, uint32_t access, struct deadline *deadline)
{
	for (size_t i = 0; i < store->objects_len; i++) {
		int left = deadline != NULL ? deadline_left(deadline) : -1;
		int rc = tenon_memory_sync_begin(store->objects[i], access, left);

		if (rc < 0) {
			end_objects(store, i, access);
			return rc;
		}
	}
	return 0;
}

/* It follows from mode, open bracket and fences. */
void cache_publish(struct tenon_buffer *buffer)
{
	uint32_t quiet = 0;

	if (buffer->store.layout == NULL) {
		quiet = 0;
	} else if (buffer->cache_mode == CACHE_NONE) {
		quiet = READY_QUIET(ACCESS_RW);
	} else if (buffer->cache_mode == CACHE_TRACKED) {
		/* The first access of all goes the long way, so that it is remembered. */
		quiet = READY_QUIET(buffer->cache_unbracketed && buffer->cache_touched
					    ? ACCESS_RW
					    : buffer->cache_open);
	}
	quiet &= ~READY_QUIET(fence_get_excluded(buffer));
	atomic_fetch_and(&buffer->ready, ~READY_QUIET(ACCESS_RW) | quiet);
	atomic_fetch_or(&buffer->ready, quiet);
}

void cache_close(struct tenon_buffer *buffer)
{
	if (buffer->cache_open != 0) {
		end_objects(&buffer->store, buffer->store.objects_len, buffer->cache_open);
		buffer->cache_open = 0;
	}
}

int cache_settle(struct tenon_buffer *buffer)
{
	uint32_t open = buffer->cache_open;
	int rc = 0;

	if (open == 0 && buffer->cache_unbracketed && buffer->cache_touched) {
		rc = begin_objects(&buffer->store, ACCESS_RW, NULL);
		open = rc == 0 ? ACCESS_RW : 0;
	}
	if (open != 0) {
		rc = end_objects(&buffer->store, buffer->store.objects_len, open);
	}
	buffer->cache_open = 0;
	/* What could not be cleaned is still to be cleaned. */
	buffer->cache_unbracketed = rc < 0;
	cache_publish(buffer);
	return rc;
}

/* Settles now, or leaves it to the CPU accesses that are under way. With the mutex. */
static void settle_when_free(struct tenon_buffer *buffer)
{
	int rc;

	/* In this order: who takes `access` after the bit is set finds that it is not quiet. */
	cache_publish(buffer);
	if (atomic_fetch_or(&buffer->access.word, LOCK_SETTLE) & LOCK_HELD) {
		return;
	}
	atomic_fetch_and(&buffer->access.word, ~LOCK_SETTLE);
	rc = cache_settle(buffer);
	if (rc < 0) {
		log_write(&buffer->context->log, TENON_LOG_ERROR,
			"%s: cleaning the CPU's caches failed: error %d", buffer->name, -rc);
	}
}

void cache_update(struct tenon_buffer *buffer)
{
	bool known = (!buffer->exported && !buffer->imported) ||
		     (buffer->flags & TENON_BUFFER_DECLARED) != 0;

	if (!store_has_sync(&buffer->store)) {
		buffer->cache_mode = CACHE_NONE;
	} else if (!known) {
		buffer->cache_mode = CACHE_ASKED;
		if (buffer->cache_open != 0 || buffer->cache_unbracketed) {
			settle_when_free(buffer);
		}
	} else {
		buffer->cache_mode = CACHE_TRACKED;
		/* Once the CPU may have written without a bracket it stays so until a device that
		 * does not see its caches begins. */
		if (all_coherent(buffer) && buffer->cache_open == 0 && !buffer->cache_stale) {
			buffer->cache_unbracketed = true;
		}
	}
	cache_publish(buffer);
}

/* Opens the lasting bracket, or widens it. With the mutex. */
static int open_tracked(struct tenon_buffer *buffer, uint32_t access, struct deadline *deadline)
{
	uint32_t wanted = buffer->cache_open | access;
	int rc;

	if (wanted == buffer->cache_open || buffer->cache_unbracketed) {
		return 0;
	}
	if (buffer->cache_open != 0) {
		rc = end_objects(&buffer->store, buffer->store.objects_len, buffer->cache_open);
		buffer->cache_open = 0;
		if (rc < 0) {
			cache_publish(buffer);
			return rc;
		}
	}
	rc = begin_objects(&buffer->store, wanted, deadline);
	if (rc == 0) {
		buffer->cache_open = wanted;
		if (wanted & TENON_ACCESS_READ) {
			buffer->cache_stale = false;
		}
	}
	cache_publish(buffer);
	return rc;
}

int cache_begin(
	struct tenon_buffer *buffer, uint32_t access, struct deadline *deadline, uint32_t *bracket)
{
	enum cache_mode mode;
	int rc = 0;

	pthread_mutex_lock(&buffer->mutex);
	mode = buffer->cache_mode;
	if (!buffer->cache_touched) {
		buffer->cache_touched = true;
		cache_publish(buffer);
	}
	if (mode == CACHE_TRACKED) {
		rc = open_tracked(buffer, access, deadline);
	}
	pthread_mutex_unlock(&buffer->mutex);
	*bracket = 0;
	/* To ask may take as long as a fence does: not under the mutex. The store cannot change
	 * meanwhile, since that takes `access`. */
	if (mode == CACHE_ASKED) {
		rc = begin_objects(&buffer->store, access, deadline);
		*bracket = rc == 0 ? access : 0;
	}
	return rc;
}

int cache_end(struct tenon_buffer *buffer, uint32_t bracket)
{
	return bracket != 0 ? end_objects(&buffer->store, buffer->store.objects_len, bracket) : 0;
}

int cache_begin_device(
	struct tenon_buffer *buffer, const struct tenon_offer *offer, uint32_t access)
{
	int rc = 0;

	if (tenon_offer_get_coherent(offer) == TENON_YES) {
		return 0;
	}
	pthread_mutex_lock(&buffer->mutex);
	/* A device that only reads needs what the CPU wrote; what the CPU has read stays right. */
	if (buffer->cache_mode == CACHE_TRACKED &&
		((access & TENON_ACCESS_WRITE) || buffer->cache_unbracketed ||
			(buffer->cache_open & TENON_ACCESS_WRITE))) {
		rc = cache_settle(buffer);
	}
	if (rc == 0 && (access & TENON_ACCESS_WRITE)) {
		buffer->cache_stale = true;
	}
	pthread_mutex_unlock(&buffer->mutex);
	return rc;
}
