/* SPDX-License-Identifier: MIT */

/* Large memory, seen a part at a time. */
#include <errno.h>
#include <stdlib.h>

#include "base/page.h"
#include "buffer/buffer.h"

struct tenon_window {
	struct tenon_buffer *buffer; /* a reference */
	size_t object;
	void *map; /* NULL: nothing is seen */
	uint64_t bytes;
};

int tenon_window_create(struct tenon_window **out, struct tenon_buffer *buffer, size_t object)
{
	struct tenon_window *window = calloc(1, sizeof(*window));
	int rc;

	if (window == NULL) {
		return -ENOMEM;
	}
	window->object = object;
	pthread_mutex_lock(&buffer->mutex);
	rc = buffer_ensure_memory(buffer);
	if (rc == 0 && object >= buffer->store.objects_len) {
		rc = -EINVAL;
	}
	if (rc == 0 && !buffer->store.objects[object]->mappable) {
		rc = -ENOTSUP;
	}
	if (rc == 0) {
		/* While there is a window the memory does not move. */
		buffer->windows_len++;
		window->buffer = tenon_buffer_ref(buffer);
	}
	pthread_mutex_unlock(&buffer->mutex);
	if (rc < 0) {
		free(window);
		return rc;
	}
	*out = window;
	return 0;
}

static struct tenon_memory *memory_of(const struct tenon_window *window)
{
	return window->buffer->store.objects[window->object];
}

static void look_away(struct tenon_window *window)
{
	tenon_memory_unmap(memory_of(window), window->map, window->bytes);
	window->map = NULL;
}

/* The widest mapping the memory allows: an fd from elsewhere may be for reading only. */
static int map_part(struct tenon_memory *memory, uint64_t start, uint64_t bytes, void **map)
{
	int rc = tenon_memory_map(memory, start, bytes, ACCESS_RW, map);

	if (rc == -EACCES || rc == -EPERM) {
		rc = tenon_memory_map(memory, start, bytes, TENON_ACCESS_READ, map);
	}
	return rc;
}

int tenon_window_move(struct tenon_window *window, uint64_t offset, size_t length, void **data)
{
	uint64_t before = offset % page_get_size();
	struct tenon_memory *memory = memory_of(window);
	int rc;

	if (length == 0 || offset >= memory->bytes || length > memory->bytes - offset) {
		return -EINVAL;
	}
	look_away(window);
	window->bytes = before + length;
	rc = map_part(memory, offset - before, window->bytes, &window->map);
	if (rc < 0) {
		window->map = NULL;
		return rc == -ENODEV ? -ENOTSUP : rc;
	}
	*data = (char *)window->map + before;
	return 0;
}

void tenon_window_destroy(struct tenon_window *window)
{
	if (window == NULL) {
		return;
	}
	look_away(window);
	pthread_mutex_lock(&window->buffer->mutex);
	window->buffer->windows_len--;
	pthread_mutex_unlock(&window->buffer->mutex);
	tenon_buffer_unref(window->buffer);
	free(window);
}
