/* SPDX-License-Identifier: MIT */
#include "buffer/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/cache.h"
#include "buffer/fence.h"
#include "buffer/register.h"

#define OPTIONS_LEAST (offsetof(struct tenon_buffer_options, name) + sizeof(const char *))
#define FLAGS_KNOWN \
	((uint32_t)TENON_BUFFER_MOVABLE | (uint32_t)TENON_BUFFER_DECLARED | \
		(uint32_t)TENON_BUFFER_DMABUF | (uint32_t)TENON_BUFFER_PRIVATE)

/* 0 is no buffer's. */
static atomic_uint_least64_t last_id;

int buffer_create_bare(
	struct tenon_buffer **out, struct tenon_context *context, const char *name, uint32_t flags)
{
	struct tenon_buffer *buffer = calloc(1, sizeof(*buffer));
	int rc;

	if (buffer == NULL) {
		return -ENOMEM;
	}
	buffer->name = strdup(name != NULL ? name : "buffer");
	if (buffer->name == NULL) {
		rc = -ENOMEM;
		goto err_buffer;
	}
	rc = -pthread_mutex_init(&buffer->mutex, NULL);
	if (rc < 0) {
		goto err_name;
	}
	rc = lock_init(&buffer->access);
	if (rc < 0) {
		goto err_mutex;
	}
	atomic_init(&buffer->refs, 1);
	buffer->id = atomic_fetch_add(&last_id, 1) + 1;
	buffer->context = tenon_context_ref(context);
	buffer->flags = flags;
	*out = buffer;
	return 0;

err_mutex:
	pthread_mutex_destroy(&buffer->mutex);
err_name:
	free(buffer->name);
err_buffer:
	free(buffer);
	return rc;
}

static void release_data(struct buffer_data *data)
{
	while (data != NULL) {
		struct buffer_data *next = data->next;

		if (data->destroy != NULL) {
			data->destroy(data->data);
		}
		free(data);
		data = next;
	}
}

void buffer_release(struct tenon_buffer *buffer)
{
	release_data(buffer->data);
	fence_forget_all(buffer);
	cache_close(buffer);
	store_finish(&buffer->store);
	tenon_plan_destroy(buffer->plan);
	buffer_forget_heaps(buffer);
	tenon_conflict_destroy(buffer->conflict);
	tenon_limits_destroy(buffer->limits);
	free(buffer->modifiers);
	free(buffer->formats);
	lock_finish(&buffer->access);
	pthread_mutex_destroy(&buffer->mutex);
	tenon_context_unref(buffer->context);
	free(buffer->name);
	free(buffer);
}

/* A copy of an array of len > 0 elements, NULL when it is empty. */
static int dup_array(void *out, const void *from, size_t len, size_t element)
{
	void *copy;

	if (from == NULL || len == 0) {
		return 0;
	}
	copy = calloc(len, element);
	if (copy == NULL) {
		return -ENOMEM;
	}
	memcpy(copy, from, len * element);
	memcpy(out, &copy, sizeof(copy));
	return 0;
}

static int copy_wishes(struct tenon_buffer *buffer, const struct tenon_buffer_options *options)
{
	int rc;

	buffer->width = options->width;
	buffer->height = options->height;
	rc = dup_array(&buffer->formats, options->formats, options->formats_len, sizeof(uint32_t));
	if (rc < 0) {
		return rc;
	}
	buffer->formats_len = buffer->formats != NULL ? options->formats_len : 0;
	rc = dup_array(
		&buffer->modifiers, options->modifiers, options->modifiers_len, sizeof(uint64_t));
	if (rc < 0) {
		return rc;
	}
	buffer->modifiers_len = buffer->modifiers != NULL ? options->modifiers_len : 0;
	rc = dup_array(&buffer->heaps, options->heaps, options->heaps_len, sizeof(*buffer->heaps));
	if (rc < 0) {
		return rc;
	}
	buffer->heaps_len = buffer->heaps != NULL ? options->heaps_len : 0;
	rc = options->limits != NULL ? tenon_limits_dup(&buffer->limits, options->limits)
				     : tenon_limits_create(&buffer->limits);
	if (rc == 0 && (options->flags & TENON_BUFFER_PRIVATE) == 0) {
		rc = tenon_limits_set(buffer->limits, TENON_PROP_OWN_FD, TENON_PLANE_ALL, 1);
	}
	return rc;
}

static int check_options(const struct tenon_buffer_options *options)
{
	if (options->width == 0 || options->height == 0 || (options->flags & ~FLAGS_KNOWN) != 0 ||
		(options->heaps != NULL && options->heaps_len > 0 &&
			options->heaps->size != sizeof(*options->heaps))) {
		return -EINVAL;
	}
	for (size_t i = 0; i < options->formats_len; i++) {
		if (tenon_format_get(options->formats[i]) == NULL) {
			return -EINVAL;
		}
	}
	return 0;
}

/* What cannot be made even for nobody is refused at once. Without a format nothing is known yet. */
static int plan_for_nobody(struct tenon_buffer *buffer, struct tenon_conflict **out)
{
	struct tenon_conflict *conflict = NULL;
	int rc = 0;

	if (buffer->formats_len > 0) {
		rc = buffer_plan_ahead(buffer, NULL, &buffer->plan, &conflict);
	}
	if (rc == TENON_CONFLICT) {
		log_write(&buffer->context->log, TENON_LOG_INFO, "%s: %s", buffer->name,
			tenon_conflict_get_text(conflict));
	}
	if (rc == TENON_CONFLICT && out != NULL) {
		*out = conflict;
	} else {
		tenon_conflict_destroy(conflict);
	}
	return rc;
}

int tenon_buffer_create(struct tenon_buffer **out, struct tenon_context *context,
	const struct tenon_buffer_options *caller)
{
	struct tenon_buffer_options options;
	struct tenon_buffer *buffer;
	int rc = context_copy_options(&options, sizeof(options), caller, OPTIONS_LEAST);

	if (rc == 0) {
		rc = check_options(&options);
	}
	if (rc < 0) {
		return rc;
	}
	rc = buffer_create_bare(&buffer, context, options.name, options.flags);
	if (rc < 0) {
		return rc;
	}
	rc = copy_wishes(buffer, &options);
	if (rc == 0) {
		rc = plan_for_nobody(buffer, options.conflict);
	}
	if (rc != 0) {
		buffer_release(buffer);
		return rc;
	}
	*out = buffer;
	return 0;
}

struct tenon_buffer *tenon_buffer_ref(struct tenon_buffer *buffer)
{
	atomic_fetch_add_explicit(&buffer->refs, 1, memory_order_relaxed);
	return buffer;
}

void tenon_buffer_unref(struct tenon_buffer *buffer)
{
	if (buffer == NULL ||
		atomic_fetch_sub_explicit(&buffer->refs, 1, memory_order_acq_rel) > 1) {
		return;
	}
	register_remove(buffer);
	if (atomic_load(&buffer->access.word) & LOCK_HELD) {
		log_write(&buffer->context->log, TENON_LOG_ERROR,
			"%s: the last reference was dropped while the buffer is prepared",
			buffer->name);
	}
	if ((atomic_fetch_or(&buffer->access.word, LOCK_ABANDONED) & LOCK_HELD) == 0) {
		buffer_release(buffer);
	}
}

void buffer_after_drop(struct tenon_buffer *buffer, uint32_t left)
{
	if (left & LOCK_ABANDONED) {
		buffer_release(buffer);
		return;
	}
	if (left & LOCK_SETTLE) {
		pthread_mutex_lock(&buffer->mutex);
		if (atomic_fetch_and(&buffer->access.word, ~LOCK_SETTLE) & LOCK_SETTLE) {
			cache_settle(buffer);
		}
		pthread_mutex_unlock(&buffer->mutex);
	}
}

bool buffer_is_prepared(struct tenon_buffer *buffer)
{
	uint32_t held = atomic_load(&buffer->access.word) & LOCK_HELD;
	uint32_t devices = 0;

	pthread_mutex_lock(&buffer->mutex);
	for (const struct tenon_attachment *a = buffer->attachments; a != NULL; a = a->next) {
		if (a->use != 0) {
			devices += a->use & TENON_ACCESS_WRITE ? LOCK_WRITER : 1;
		}
	}
	pthread_mutex_unlock(&buffer->mutex);
	return held > devices;
}

bool tenon_buffer_is_allocated(struct tenon_buffer *buffer)
{
	bool is;

	pthread_mutex_lock(&buffer->mutex);
	is = buffer->store.layout != NULL;
	pthread_mutex_unlock(&buffer->mutex);
	return is;
}

const struct tenon_plan *tenon_buffer_get_plan(struct tenon_buffer *buffer)
{
	const struct tenon_plan *plan;

	pthread_mutex_lock(&buffer->mutex);
	if (buffer->store.layout != NULL) {
		plan = buffer->store.plan;
	} else {
		plan = buffer_ensure_plan(buffer) == 0 ? buffer->plan : NULL;
	}
	pthread_mutex_unlock(&buffer->mutex);
	return plan;
}

const struct tenon_layout *tenon_buffer_get_layout(struct tenon_buffer *buffer)
{
	const struct tenon_layout *layout;

	pthread_mutex_lock(&buffer->mutex);
	layout = buffer->store.layout;
	if (layout == NULL && buffer_ensure_plan(buffer) == 0) {
		layout = tenon_plan_get_layout(buffer->plan);
	}
	pthread_mutex_unlock(&buffer->mutex);
	return layout;
}

const struct tenon_conflict *tenon_buffer_get_conflict(struct tenon_buffer *buffer)
{
	const struct tenon_conflict *conflict;

	pthread_mutex_lock(&buffer->mutex);
	conflict = buffer->conflict;
	pthread_mutex_unlock(&buffer->mutex);
	return conflict;
}

const char *tenon_buffer_get_heap(struct tenon_buffer *buffer)
{
	const char *name = NULL;

	pthread_mutex_lock(&buffer->mutex);
	if (buffer->imported) {
		name = "import";
	} else if (buffer->store.layout != NULL) {
		name = tenon_heap_get_name(buffer->store.objects[0]->heap);
	}
	pthread_mutex_unlock(&buffer->mutex);
	return name;
}

static bool is_contiguous(enum tenon_contiguity contiguity)
{
	return contiguity == TENON_CONTIGUITY_PROVEN || contiguity == TENON_CONTIGUITY_ASSURED;
}

/* A buffer of several objects is what its worst one is. */
static enum tenon_contiguity weakest(const struct store *store)
{
	enum tenon_contiguity all = TENON_CONTIGUITY_ASSURED;

	for (size_t i = 0; i < store->objects_len; i++) {
		enum tenon_contiguity one = store->objects[i]->contiguity;

		if (one == TENON_CONTIGUITY_NONE || all == TENON_CONTIGUITY_NONE) {
			all = TENON_CONTIGUITY_NONE;
		} else if (!is_contiguous(one)) {
			all = TENON_CONTIGUITY_UNKNOWN;
		} else if (one < all) {
			all = one;
		}
	}
	return store->objects_len > 0 ? all : TENON_CONTIGUITY_UNKNOWN;
}

enum tenon_contiguity tenon_buffer_get_contiguity(struct tenon_buffer *buffer)
{
	enum tenon_contiguity contiguity;

	pthread_mutex_lock(&buffer->mutex);
	contiguity = weakest(&buffer->store);
	if (buffer->proven && !is_contiguous(contiguity)) {
		contiguity = TENON_CONTIGUITY_PROVEN;
	}
	pthread_mutex_unlock(&buffer->mutex);
	return contiguity;
}

int tenon_buffer_set_proven(struct tenon_buffer *buffer)
{
	int rc = 0;

	pthread_mutex_lock(&buffer->mutex);
	if (buffer->store.layout == NULL) {
		rc = -ENOENT;
	}
	for (size_t i = 0; i < buffer->store.objects_len; i++) {
		const struct tenon_memory *memory = buffer->store.objects[i];

		if (!memory->pinned && !memory->dmabuf) {
			rc = -ENOTSUP;
		}
	}
	if (rc == 0) {
		buffer->proven = true;
	}
	pthread_mutex_unlock(&buffer->mutex);
	return rc;
}

int tenon_buffer_dup_segments(
	struct tenon_buffer *buffer, size_t object, struct tenon_segment **out, size_t *len)
{
	struct tenon_segment *segments = NULL;
	size_t count = 0;
	int rc;

	pthread_mutex_lock(&buffer->mutex);
	rc = buffer_ensure_memory(buffer);
	if (rc == 0) {
		rc = object < buffer->store.objects_len
			     ? tenon_memory_dup_segments(
				       buffer->store.objects[object], &segments, &count)
			     : -EINVAL;
	}
	pthread_mutex_unlock(&buffer->mutex);
	if (rc == -ENOTSUP) {
		return -ENODATA;
	}
	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (segments[i].address == TENON_ADDRESS_UNKNOWN) {
			rc = -ENODATA;
		}
	}
	if (rc < 0) {
		free(segments);
		return rc;
	}
	*out = segments;
	*len = count;
	return 0;
}

int tenon_buffer_set_data(
	struct tenon_buffer *buffer, const void *key, void *data, void (*destroy)(void *data))
{
	struct buffer_data *fresh = NULL, *old = NULL;
	struct buffer_data **at;

	if (data != NULL) {
		fresh = calloc(1, sizeof(*fresh));
		if (fresh == NULL) {
			return -ENOMEM;
		}
		*fresh = (struct buffer_data){.key = key, .data = data, .destroy = destroy};
	}
	pthread_mutex_lock(&buffer->mutex);
	for (at = &buffer->data; *at != NULL && (*at)->key != key;) {
		at = &(*at)->next;
	}
	old = *at;
	if (old != NULL) {
		*at = old->next;
		old->next = NULL;
	}
	if (fresh != NULL) {
		fresh->next = buffer->data;
		buffer->data = fresh;
	}
	pthread_mutex_unlock(&buffer->mutex);
	/* Not under the mutex: the caller's function may use the buffer. */
	release_data(old);
	return 0;
}

void *tenon_buffer_get_data(struct tenon_buffer *buffer, const void *key)
{
	void *found = NULL;

	pthread_mutex_lock(&buffer->mutex);
	for (const struct buffer_data *d = buffer->data; d != NULL; d = d->next) {
		if (d->key == key) {
			found = d->data;
			break;
		}
	}
	pthread_mutex_unlock(&buffer->mutex);
	return found;
}
