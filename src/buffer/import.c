/* SPDX-License-Identifier: MIT */

/* In and out of the process. What comes in is not trusted. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "buffer/buffer.h"
#include "buffer/cache.h"
#include "buffer/register.h"

#define IMPORT_LEAST (offsetof(struct tenon_buffer_import, name) + sizeof(const char *))

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

/* Fills in what the caller left out: rows and columns as the format says, no padding. */
static int complete_plane(struct tenon_plane_layout *plane, const struct tenon_format *format,
	unsigned i, uint32_t width, uint32_t height)
{
	unsigned block_bytes, block_width, hsub, vsub;
	uint64_t row;
	int rc = tenon_format_get_plane(format, i, &block_bytes, &block_width, &hsub, &vsub);

	if (rc < 0) {
		return rc;
	}
	if (plane->width == 0) {
		plane->width = (uint32_t)ceil_div(width, hsub);
	}
	if (plane->height == 0) {
		plane->height = (uint32_t)ceil_div(height, vsub);
	}
	if (plane->size == 0) {
		/* The last row need not be padded. */
		row = ceil_div(plane->width, block_width) * block_bytes;
		if (plane->height == 0 ||
			__builtin_mul_overflow(
				(uint64_t)plane->pitch, plane->height - 1, &plane->size) ||
			__builtin_add_overflow(plane->size, row, &plane->size)) {
			return -EOVERFLOW;
		}
	}
	return 0;
}

static int make_layout(struct store *store, const struct tenon_buffer_import *import)
{
	const struct tenon_format *format = tenon_format_get(import->format);
	struct tenon_plane_layout planes[TENON_MAX_PLANES];
	uint64_t sizes[TENON_MAX_PLANES];
	int rc = 0;

	if (format == NULL || import->planes_len != tenon_format_get_planes_len(format)) {
		return -EINVAL;
	}
	memcpy(planes, import->planes, sizeof(planes));
	for (unsigned i = 0; i < import->planes_len && rc == 0; i++) {
		rc = complete_plane(&planes[i], format, i, import->width, import->height);
	}
	if (rc < 0) {
		return rc;
	}
	for (size_t i = 0; i < store->objects_len; i++) {
		sizes[i] = store->objects[i]->bytes;
	}
	rc = tenon_layout_create_from_planes(&store->own_layout, format, import->modifier,
		import->width, import->height, planes, import->planes_len, sizes,
		store->objects_len);
	if (rc == 0) {
		store->layout = store->own_layout;
	}
	return rc;
}

/*
 * Planes of one memory object often come with an fd each. Those of one file become one object, so
 * that the buffer is known again however its fds are counted. Rewrites import.
 */
static int join_objects(struct tenon_buffer_import *import)
{
	struct object_key keys[TENON_MAX_PLANES];
	uint32_t object_of[TENON_MAX_PLANES];
	size_t len = 0;

	for (size_t i = 0; i < import->objects_len; i++) {
		struct object_key key;
		size_t same = 0;
		int rc = register_make_key(&key, import->fds[i], 0, 0);

		if (rc < 0) {
			return rc;
		}
		while (same < len && !register_is_same_file(&keys[same], &key)) {
			same++;
		}
		object_of[i] = (uint32_t)same;
		if (same == len) {
			keys[len] = key;
			import->fds[len++] = import->fds[i];
		}
	}
	import->objects_len = len;
	for (size_t i = 0; i < import->planes_len; i++) {
		import->planes[i].object = object_of[import->planes[i].object];
	}
	return 0;
}

static int take_objects(struct store *store, const struct tenon_buffer_import *import)
{
	for (size_t i = 0; i < import->objects_len; i++) {
		struct tenon_memory_import memory = {
			.size = sizeof(memory),
			.fd = import->fds[i],
		};
		int rc = tenon_memory_import(&store->objects[i], &memory);

		if (rc < 0) {
			return rc;
		}
		store->objects_len = i + 1;
	}
	return 0;
}

static int make_keys(struct tenon_buffer *buffer, const struct store *store)
{
	for (size_t i = 0; i < store->objects_len; i++) {
		uint64_t start, end;
		int rc;

		store_get_extent(store, i, &start, &end);
		rc = register_make_key(&buffer->keys[i], store->objects[i]->fd, start, end);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

static int take_memory(struct tenon_buffer *buffer, const struct tenon_buffer_import *import)
{
	struct store store = {0};
	int rc = take_objects(&store, import);

	if (rc == 0) {
		rc = make_layout(&store, import);
	}
	if (rc == 0) {
		rc = make_keys(buffer, &store);
	}
	if (rc < 0) {
		store_finish(&store);
		return rc;
	}
	buffer->width = import->width;
	buffer->height = import->height;
	buffer_set_store(buffer, &store);
	return 0;
}

static int check_import(const struct tenon_buffer_import *import)
{
	if (import->width == 0 || import->height == 0 || import->objects_len == 0 ||
		import->objects_len > TENON_MAX_PLANES || import->planes_len == 0 ||
		import->planes_len > TENON_MAX_PLANES ||
		(import->flags & ~(uint32_t)TENON_BUFFER_DECLARED) != 0) {
		return -EINVAL;
	}
	for (size_t i = 0; i < import->planes_len; i++) {
		if (import->planes[i].object >= import->objects_len) {
			return -EINVAL;
		}
	}
	return 0;
}

int tenon_buffer_import(struct tenon_buffer **out, struct tenon_context *context,
	const struct tenon_buffer_import *caller)
{
	struct tenon_buffer *buffer, *known = NULL;
	struct tenon_buffer_import import;
	int rc = context_copy_options(&import, sizeof(import), caller, IMPORT_LEAST);

	if (rc == 0) {
		rc = check_import(&import);
	}
	if (rc < 0) {
		return rc;
	}
	rc = buffer_create_bare(&buffer, context, import.name, import.flags);
	if (rc < 0) {
		return rc;
	}
	buffer->imported = true;
	rc = join_objects(&import);
	if (rc == 0) {
		rc = take_memory(buffer, &import);
	}
	if (rc == 0) {
		rc = register_find_or_add(buffer, &known);
	}
	if (known != buffer) {
		buffer_release(buffer);
	}
	if (rc == 0) {
		*out = known;
	}
	return rc;
}

static int export_object(struct tenon_buffer *buffer, size_t object, int *fd)
{
	const struct tenon_memory *memory;
	int copy;
	int rc;

	if (object >= buffer->store.objects_len) {
		return -EINVAL;
	}
	memory = buffer->store.objects[object];
	if (memory->fd < 0) {
		return -ENOTSUP;
	}
	if ((buffer->flags & TENON_BUFFER_PRIVATE) || !memory->own_fd) {
		return -EPERM;
	}
	copy = fcntl(memory->fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0) {
		return -errno;
	}
	rc = register_add(buffer);
	if (rc < 0) {
		close(copy);
		return rc;
	}
	*fd = copy;
	return 0;
}

int tenon_buffer_export(struct tenon_buffer *buffer, size_t object, int *fd)
{
	int rc;

	pthread_mutex_lock(&buffer->mutex);
	rc = buffer_ensure_memory(buffer);
	if (rc == 0) {
		rc = export_object(buffer, object, fd);
	}
	if (rc == 0 && !buffer->exported) {
		buffer->exported = true;
		cache_update(buffer);
	}
	pthread_mutex_unlock(&buffer->mutex);
	return rc;
}
