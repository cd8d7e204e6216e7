/* SPDX-License-Identifier: MIT */

/* To other memory, contents kept. */
#include <errno.h>
#include <string.h>

#include "buffer/buffer.h"
#include "buffer/cache.h"

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

/* The bytes of a row that hold pixels of the picture. */
static int row_bytes(
	const struct tenon_layout *layout, unsigned plane, uint64_t *bytes, uint64_t *rows)
{
	unsigned block_bytes, block_width, hsub, vsub;
	uint32_t width, height;
	int rc = tenon_format_get_plane(
		tenon_layout_get_format(layout), plane, &block_bytes, &block_width, &hsub, &vsub);

	if (rc < 0) {
		return rc;
	}
	tenon_layout_get_size(layout, &width, &height);
	*bytes = ceil_div(ceil_div(width, hsub), block_width) * block_bytes;
	*rows = ceil_div(height, vsub);
	return 0;
}

/* Both are mapped; format and size are the same. */
static int copy_planes(const struct store *to, const struct store *from)
{
	size_t len = tenon_layout_get_planes_len(from->layout);

	for (unsigned i = 0; i < len; i++) {
		struct tenon_plane_layout source, target;
		uint64_t bytes, rows;
		int rc = row_bytes(from->layout, i, &bytes, &rows);

		if (rc < 0) {
			return rc;
		}
		tenon_layout_get_plane(from->layout, i, &source);
		tenon_layout_get_plane(to->layout, i, &target);
		for (uint64_t y = 0; y < rows; y++) {
			memcpy(store_get_plane(to, i) + y * target.pitch,
				store_get_plane(from, i) + y * source.pitch, (size_t)bytes);
		}
	}
	return 0;
}

static int begin_all(struct store *store, uint32_t access)
{
	for (size_t i = 0; i < store->objects_len; i++) {
		int rc = tenon_memory_sync_begin(store->objects[i], access, -1);

		while (rc < 0 && i > 0) {
			tenon_memory_sync_end(store->objects[--i], access);
		}
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

static int end_all(struct store *store, uint32_t access)
{
	int first = 0;

	for (size_t i = 0; i < store->objects_len; i++) {
		int rc = tenon_memory_sync_end(store->objects[i], access);

		first = first < 0 ? first : rc;
	}
	return first;
}

static int copy_synced(struct store *to, struct store *from)
{
	int rc = begin_all(from, TENON_ACCESS_READ);
	int ended;

	if (rc < 0) {
		return rc;
	}
	rc = begin_all(to, ACCESS_RW);
	if (rc == 0) {
		rc = copy_planes(to, from);
		ended = end_all(to, ACCESS_RW);
		rc = rc < 0 ? rc : ended;
	}
	end_all(from, TENON_ACCESS_READ);
	return rc;
}

static int copy_store(struct tenon_buffer *buffer, struct store *to)
{
	struct store *from = &buffer->store;
	bool was_mapped = from->map_access != 0;
	int rc;

	/* Only linear layouts can be copied by row; others are for the device that made them. */
	if (tenon_layout_get_modifier(from->layout) != 0 ||
		tenon_layout_get_modifier(to->layout) != 0) {
		return -ENOTSUP;
	}
	rc = cache_settle(buffer);
	if (rc < 0) {
		return rc;
	}
	rc = was_mapped ? 0 : store_map(from, TENON_ACCESS_READ);
	if (rc == 0) {
		rc = store_map(to, ACCESS_RW);
	}
	if (rc == 0) {
		rc = copy_synced(to, from);
	}
	/* The new memory is mapped when it is needed, as it was before. */
	store_unmap(to);
	if (!was_mapped) {
		store_unmap(from);
	}
	return rc;
}

int buffer_move(struct tenon_buffer *buffer, struct tenon_plan *plan)
{
	struct store old, fresh = {0};
	int rc = store_allocate(buffer, &fresh, plan);

	if (rc < 0) {
		return rc;
	}
	rc = copy_store(buffer, &fresh);
	if (rc < 0) {
		fresh.plan = NULL; /* stays the caller's */
		store_finish(&fresh);
		cache_update(buffer);
		return rc;
	}
	old = buffer->store;
	buffer_set_store(buffer, &fresh);
	log_write(&buffer->context->log, TENON_LOG_INFO, "%s: moved from heap %s to heap %s",
		buffer->name, tenon_heap_get_name(old.objects[0]->heap),
		tenon_heap_get_name(buffer->store.objects[0]->heap));
	store_finish(&old);
	return 0;
}
