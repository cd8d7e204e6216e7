/* SPDX-License-Identifier: MIT */

/*
 * Buffers whose memory has an fd that others have, by the files behind it: so that memory which
 * comes in again is the same buffer, with one state of caches and one set of users.
 */
#include <errno.h>
#include <sys/stat.h>

#include "buffer/register.h"

static struct object_key **bucket_of(struct tenon_context *context, const struct object_key *key)
{
	return &context->registered[(key->ino ^ (ino_t)key->dev) % CONTEXT_BUCKETS];
}

int register_make_key(struct object_key *key, int fd, uint64_t start, uint64_t end)
{
	struct stat status;

	if (fstat(fd, &status) < 0) {
		return -errno;
	}
	*key = (struct object_key){
		.dev = status.st_dev,
		.ino = status.st_ino,
		.start = start,
		.end = end,
	};
	return 0;
}

bool register_is_same_file(const struct object_key *a, const struct object_key *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

static bool is_same_memory(const struct tenon_buffer *a, const struct tenon_buffer *b)
{
	if (a->store.objects_len != b->store.objects_len) {
		return false;
	}
	for (size_t i = 0; i < a->store.objects_len; i++) {
		if (!register_is_same_file(&a->keys[i], &b->keys[i])) {
			return false;
		}
	}
	return true;
}

static bool is_same_layout(const struct tenon_layout *a, const struct tenon_layout *b)
{
	uint32_t a_width, a_height, b_width, b_height;
	size_t len = tenon_layout_get_planes_len(a);

	tenon_layout_get_size(a, &a_width, &a_height);
	tenon_layout_get_size(b, &b_width, &b_height);
	if (a_width != b_width || a_height != b_height || len != tenon_layout_get_planes_len(b) ||
		tenon_layout_get_format(a) != tenon_layout_get_format(b) ||
		tenon_layout_get_modifier(a) != tenon_layout_get_modifier(b)) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		struct tenon_plane_layout x, y;

		tenon_layout_get_plane(a, i, &x);
		tenon_layout_get_plane(b, i, &y);
		if (x.object != y.object || x.offset != y.offset || x.pitch != y.pitch) {
			return false;
		}
	}
	return true;
}

static bool overlaps(const struct object_key *a, const struct object_key *b)
{
	return register_is_same_file(a, b) && a->start < b->end && b->start < a->end;
}

/* Another reference, unless the last one has just been dropped. */
static bool try_ref(struct tenon_buffer *buffer)
{
	unsigned refs = atomic_load(&buffer->refs);

	while (refs != 0) {
		if (atomic_compare_exchange_weak(&buffer->refs, &refs, refs + 1)) {
			return true;
		}
	}
	return false;
}

/* Looks for one object's memory: 0, -EEXIST when it is known as something else, -ENOENT. */
static int find_by(struct tenon_context *context, const struct tenon_buffer *fresh,
	const struct object_key *key, struct tenon_buffer **known)
{
	for (struct object_key *k = *bucket_of(context, key); k != NULL; k = k->next) {
		if (!overlaps(k, key) || atomic_load(&k->buffer->refs) == 0) {
			continue;
		}
		/* What is registered does not move, so its layout stays. */
		if (!is_same_memory(k->buffer, fresh) ||
			!is_same_layout(k->buffer->store.layout, fresh->store.layout)) {
			return -EEXIST;
		}
		if (try_ref(k->buffer)) {
			*known = k->buffer;
			return 0;
		}
	}
	return -ENOENT;
}

static int find(struct tenon_context *context, const struct tenon_buffer *fresh,
	struct tenon_buffer **known)
{
	int rc = -ENOENT;

	for (size_t i = 0; i < fresh->store.objects_len && rc == -ENOENT; i++) {
		rc = find_by(context, fresh, &fresh->keys[i], known);
	}
	return rc;
}

static void insert(struct tenon_buffer *buffer)
{
	for (size_t i = 0; i < buffer->store.objects_len; i++) {
		struct object_key **bucket = bucket_of(buffer->context, &buffer->keys[i]);

		buffer->keys[i].buffer = buffer;
		buffer->keys[i].next = *bucket;
		*bucket = &buffer->keys[i];
	}
	buffer->registered = true;
}

int register_find_or_add(struct tenon_buffer *fresh, struct tenon_buffer **known)
{
	struct tenon_context *context = fresh->context;
	int rc;

	pthread_mutex_lock(&context->register_lock);
	rc = find(context, fresh, known);
	if (rc == -ENOENT) {
		insert(fresh);
		*known = fresh;
		rc = 0;
	}
	pthread_mutex_unlock(&context->register_lock);
	return rc;
}

int register_add(struct tenon_buffer *buffer)
{
	if (buffer->registered) {
		return 0;
	}
	for (size_t i = 0; i < buffer->store.objects_len; i++) {
		const struct tenon_memory *memory = buffer->store.objects[i];
		uint64_t start, end;
		int rc;

		store_get_extent(&buffer->store, i, &start, &end);
		rc = register_make_key(
			&buffer->keys[i], memory->fd, memory->offset + start, memory->offset + end);
		if (rc < 0) {
			return rc;
		}
	}
	pthread_mutex_lock(&buffer->context->register_lock);
	insert(buffer);
	pthread_mutex_unlock(&buffer->context->register_lock);
	return 0;
}

void register_remove(struct tenon_buffer *buffer)
{
	struct object_key **at;

	pthread_mutex_lock(&buffer->context->register_lock);
	for (size_t i = 0; buffer->registered && i < buffer->store.objects_len; i++) {
		for (at = bucket_of(buffer->context, &buffer->keys[i]); *at != &buffer->keys[i];) {
			at = &(*at)->next;
		}
		*at = buffer->keys[i].next;
	}
	buffer->registered = false;
	pthread_mutex_unlock(&buffer->context->register_lock);
}
