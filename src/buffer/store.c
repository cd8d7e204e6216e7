/* SPDX-License-Identifier: MIT */

/* Memory for a plan, and its mapping. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/page.h"
#include "buffer/buffer.h"
#include "buffer/cache.h"
#include "buffer/request.h"

/* Why no heap gave memory, the most hopeful reason: one that is full may have room later. */
static int worse_of(int a, int b)
{
	static const int hope[] = {-ENOMEM, -EACCES, -ENODEV};

	for (size_t i = 0; i < sizeof(hope) / sizeof(hope[0]); i++) {
		if (a == hope[i] || b == hope[i]) {
			return hope[i];
		}
	}
	return a;
}

static int reason_of(int heap_error)
{
	switch (heap_error) {
	case -ENOMEM:
	case -ENOSPC:
		return -ENOMEM;
	case -EACCES:
	case -EPERM:
		return -EACCES;
	default:
		return -ENODEV;
	}
}

/* All objects from one heap, or none. */
static int allocate_from(struct tenon_buffer *buffer, struct store *store, struct tenon_plan *plan,
	struct tenon_heap *heap)
{
	const struct tenon_layout *layout = tenon_plan_get_layout(plan);
	size_t len = tenon_layout_get_objects_len(layout);
	struct tenon_alloc_request request;
	char reason[256] = "";
	int rc = 0;

	for (size_t i = 0; i < len && rc == 0; i++) {
		request_from_limits(&request, tenon_plan_get_limits(plan), layout, i);
		request.flags |= buffer->flags & TENON_BUFFER_DMABUF ? TENON_ALLOC_DMABUF : 0;
		request.label = buffer->name;
		request.reason = reason;
		request.reason_size = sizeof(reason);
		rc = tenon_heap_allocate(&store->objects[i], heap, &request);
		if (rc == 0) {
			store->objects_len = i + 1;
		}
	}
	if (rc < 0) {
		log_write(&buffer->context->log, TENON_LOG_INFO, "%s: heap %s: error %d%s%s",
			buffer->name, tenon_heap_get_name(heap), -rc, reason[0] != '\0' ? ": " : "",
			reason);
		store_finish(store);
	}
	return rc;
}

static void log_allocated(
	struct tenon_buffer *buffer, const struct tenon_layout *layout, const char *heap)
{
	struct tenon_plane_layout plane = {0};
	char modifier[64];
	uint32_t width, height;

	if (atomic_load_explicit(&buffer->context->log.level, memory_order_relaxed) <
		TENON_LOG_INFO) {
		return;
	}
	tenon_layout_get_size(layout, &width, &height);
	tenon_layout_get_plane(layout, 0, &plane);
	tenon_modifier_print(modifier, sizeof(modifier), tenon_layout_get_modifier(layout));
	log_write(&buffer->context->log, TENON_LOG_INFO,
		"%s: %ux%u %s, modifier %s, pitch %u, from heap %s", buffer->name, width, height,
		tenon_format_get_name(tenon_layout_get_format(layout)), modifier, plane.pitch,
		heap);
}

/* Whether the layout is one that a heap's own allocator decides. */
static bool is_heaps_own(const struct tenon_plan *plan)
{
	return tenon_layout_get_modifier(tenon_plan_get_layout(plan)) != 0;
}

int store_allocate(struct tenon_buffer *buffer, struct store *store, struct tenon_plan *plan)
{
	int reason = -ENODEV;
	const char *name;

	for (size_t i = 0; (name = tenon_plan_get_heap(plan, i)) != NULL; i++) {
		struct tenon_heap *heap = tenon_context_find_heap(buffer->context, name);
		int rc = heap == NULL         ? -ENOENT
			 : is_heaps_own(plan) ? picture_allocate(buffer, store, plan, i, heap)
					      : allocate_from(buffer, store, plan, heap);

		if (rc == 0) {
			store->plan = plan;
			store->layout = store->own_layout != NULL ? store->own_layout
								  : tenon_plan_get_layout(plan);
			log_allocated(buffer, store->layout, name);
			return 0;
		}
		reason = worse_of(reason_of(rc), reason);
	}
	return reason;
}

void store_get_extent(const struct store *store, size_t object, uint64_t *start, uint64_t *end)
{
	size_t len = tenon_layout_get_planes_len(store->layout);
	struct tenon_plane_layout plane;

	*start = UINT64_MAX;
	*end = 0;
	for (size_t i = 0; i < len; i++) {
		if (tenon_layout_get_plane(store->layout, i, &plane) < 0 ||
			plane.object != object) {
			continue;
		}
		*start = plane.offset < *start ? plane.offset : *start;
		*end = plane.offset + plane.size > *end ? plane.offset + plane.size : *end;
	}
	if (*end > store->objects[object]->bytes) {
		*end = store->objects[object]->bytes;
	}
	if (*start > *end) {
		*start = *end;
	}
}

static int map_all(struct store *store, uint32_t access)
{
	uint64_t page = page_get_size();

	for (size_t i = 0; i < store->objects_len; i++) {
		uint64_t start, end;
		int rc;

		store_get_extent(store, i, &start, &end);
		store->first[i] = start / page * page;
		store->mapped[i] = end - store->first[i];
		rc = store->mapped[i] > 0 ? tenon_memory_map(store->objects[i], store->first[i],
						    store->mapped[i], access, &store->maps[i])
					  : -EINVAL;
		if (rc < 0) {
			store->maps[i] = NULL;
			store_unmap(store);
			return rc;
		}
	}
	store->map_access = access;
	return 0;
}

int store_map(struct store *store, uint32_t access)
{
	int rc = map_all(store, ACCESS_RW);

	/* An fd that came from elsewhere may be for reading only. */
	if ((rc == -EACCES || rc == -EPERM) && (access & TENON_ACCESS_WRITE) == 0) {
		rc = map_all(store, TENON_ACCESS_READ);
	}
	/* What a driver says when it has no mmap; one word for it is enough. */
	return rc == -ENODEV || rc == -ENXIO || rc == -ENOTTY ? -ENOTSUP : rc;
}

void store_unmap(struct store *store)
{
	for (size_t i = 0; i < store->objects_len; i++) {
		if (store->maps[i] != NULL) {
			tenon_memory_unmap(store->objects[i], store->maps[i], store->mapped[i]);
			store->maps[i] = NULL;
		}
	}
	store->map_access = 0;
}

void store_finish(struct store *store)
{
	store_unmap(store);
	for (size_t i = 0; i < store->objects_len; i++) {
		tenon_memory_destroy(store->objects[i]);
	}
	tenon_layout_destroy(store->own_layout);
	tenon_plan_destroy(store->plan);
	*store = (struct store){0};
}

char *store_get_plane(const struct store *store, size_t plane)
{
	struct tenon_plane_layout at;

	if (tenon_layout_get_plane(store->layout, plane, &at) < 0 ||
		at.object >= store->objects_len || store->maps[at.object] == NULL) {
		return NULL;
	}
	return (char *)store->maps[at.object] + (at.offset - store->first[at.object]);
}

void buffer_set_store(struct tenon_buffer *buffer, struct store *store)
{
	atomic_fetch_and(&buffer->ready, ~READY_MAPPED(ACCESS_RW));
	buffer_forget_heaps(buffer); /* whatever is planned from here on may be much later */
	buffer->store = *store;
	*store = (struct store){0};
	buffer->proven = false;
	buffer->cache_open = 0;
	buffer->cache_unbracketed = false;
	buffer->cache_touched = false;
	/* Who had it before may have been a device. */
	buffer->cache_stale = buffer->imported;
	cache_update(buffer);
}

static void forget_plan(struct tenon_buffer *buffer)
{
	tenon_plan_destroy(buffer->plan);
	buffer->plan = NULL;
	buffer_forget_heaps(buffer);
}

static int try_memory(struct tenon_buffer *buffer)
{
	struct store store = {0};
	int rc = buffer_ensure_plan(buffer);

	if (rc == 0) {
		rc = store_allocate(buffer, &store, buffer->plan);
	}
	if (rc == 0) {
		buffer->plan = NULL;
		buffer_set_store(buffer, &store);
	}
	return rc;
}

/* No heap lays the picture out as all need it: then in rows, if they take it so. */
static int try_linear(struct tenon_buffer *buffer, int reason)
{
	int rc;

	forget_plan(buffer);
	buffer->linear_only = true;
	rc = try_memory(buffer);
	buffer->linear_only = false;
	/* without that way the reason is the heap's, unless it was that it cannot */
	return rc == -ENOTSUP && reason != -ENODEV ? reason : rc;
}

int buffer_ensure_memory(struct tenon_buffer *buffer)
{
	bool fresh = buffer->plan == NULL && buffer->heaps == NULL;
	int rc;

	if (buffer->store.layout != NULL) {
		return 0;
	}
	tenon_conflict_destroy(buffer->conflict);
	buffer->conflict = NULL;
	rc = try_memory(buffer);
	if (rc != 0 && buffer->plan != NULL && is_heaps_own(buffer->plan)) {
		rc = try_linear(buffer, rc);
	} else if (rc != 0 && rc != TENON_CONFLICT && !fresh) {
		/* The plan is of when it was made; heaps may have changed since. */
		forget_plan(buffer);
		rc = try_memory(buffer);
	}
	if (rc == 0) {
		return 0;
	}
	if (rc == -ENODEV && buffer->plan != NULL) {
		rc = buffer_why_no_heap(buffer);
	}
	log_write(&buffer->context->log, TENON_LOG_WARNING, "%s: no memory (error %d): %s",
		buffer->name, rc < 0 ? -rc : 0,
		buffer->plan != NULL       ? tenon_plan_get_text(buffer->plan)
		: buffer->conflict != NULL ? tenon_conflict_get_text(buffer->conflict)
					   : "no plan");
	/* There may be memory next time. */
	forget_plan(buffer);
	return rc == TENON_CONFLICT ? -EINVAL : rc;
}

static void fill_view(struct buffer_view *view, const struct store *store)
{
	size_t len = tenon_layout_get_planes_len(store->layout);
	struct tenon_plane_layout plane;

	*view = (struct buffer_view){0};
	for (size_t i = 0; i < len; i++) {
		tenon_layout_get_plane(store->layout, i, &plane);
		view->data[i] = store_get_plane(store, i);
		view->pitch[i] = plane.pitch;
	}
}

int buffer_ensure_mapped(struct tenon_buffer *buffer, uint32_t access)
{
	struct store *store = &buffer->store;
	int rc = buffer_ensure_memory(buffer);

	if (rc < 0) {
		return rc;
	}
	if (tenon_layout_get_modifier(store->layout) != 0) {
		return -ENOTSUP;
	}
	if (store->map_access == 0) {
		rc = store_map(store, access);
		if (rc < 0) {
			return rc;
		}
		fill_view(&buffer->view, store);
		atomic_fetch_or(&buffer->ready, READY_MAPPED(store->map_access));
	}
	return (access & ~store->map_access) != 0 ? -EACCES : 0;
}

int tenon_buffer_allocate(struct tenon_buffer *buffer)
{
	int rc;

	pthread_mutex_lock(&buffer->mutex);
	rc = buffer_ensure_memory(buffer);
	pthread_mutex_unlock(&buffer->mutex);
	return rc;
}
