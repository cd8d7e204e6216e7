/* SPDX-License-Identifier: MIT */

/* Pictures that a heap's own allocator lays out; what it answers is checked like anybody's word. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "heap/internal.h"
#include "heap/memory.h"

#define REQUEST_LEAST (offsetof(struct tenon_picture_request, reason_size) + sizeof(size_t))

static int fail(
	const struct tenon_picture_request *request, int error, const char *heap, const char *what)
{
	if (request->reason != NULL && request->reason_size > 0) {
		snprintf(request->reason, request->reason_size, "heap %s %s", heap, what);
	}
	return error;
}

static void release_bare(struct tenon_picture *picture, size_t from)
{
	for (size_t i = from; i < TENON_MAX_PLANES; i++) {
		if (picture->objects[i] != NULL) {
			tenon_heap_unref(picture->objects[i]->heap);
			free(picture->objects[i]);
			picture->objects[i] = NULL;
		}
	}
}

static int prepare(struct tenon_picture *picture, struct tenon_heap *heap)
{
	*picture = (struct tenon_picture){.size = sizeof(*picture)};
	for (size_t i = 0; i < TENON_MAX_PLANES; i++) {
		int ret = heap_memory_create(&picture->objects[i]);

		if (ret < 0) {
			release_bare(picture, 0);
			return ret;
		}
		picture->objects[i]->heap = tenon_heap_ref(heap);
	}
	return 0;
}

static bool is_asked(const struct tenon_picture_request *request, uint64_t modifier)
{
	for (size_t i = 0; i < request->modifiers_len; i++) {
		if (request->modifiers[i] == modifier) {
			return true;
		}
	}
	return false;
}

static bool is_memory(const struct tenon_memory *memory)
{
	return memory->bytes > 0 && memory->offset <= INT64_MAX &&
	       memory->bytes <= INT64_MAX - memory->offset &&
	       memory->contiguity != TENON_CONTIGUITY_PROVABLE;
}

static int make_layout(struct tenon_layout **out, const struct tenon_picture_request *request,
	const struct tenon_picture *picture)
{
	uint64_t sizes[TENON_MAX_PLANES];

	if (!is_asked(request, picture->modifier)) {
		return -EINVAL;
	}
	for (size_t i = 0; i < picture->objects_len; i++) {
		if (!is_memory(picture->objects[i])) {
			return -EINVAL;
		}
		sizes[i] = picture->objects[i]->bytes;
	}
	return tenon_layout_create_from_planes(out, tenon_format_get(request->format),
		picture->modifier, request->width, request->height, picture->planes,
		picture->planes_len, sizes, picture->objects_len);
}

static int check_request(const struct tenon_picture_request *request)
{
	return request->width > 0 && request->height > 0 && request->modifiers_len > 0 &&
			       request->modifiers != NULL &&
			       tenon_format_get(request->format) != NULL
		       ? 0
		       : -EINVAL;
}

/* With what the heap has allocated: keeps it, or releases all of it. */
static int take(struct tenon_layout **out, struct tenon_memory *objects[TENON_MAX_PLANES],
	const struct tenon_picture_request *request, struct tenon_picture *picture)
{
	struct tenon_layout *layout = NULL;
	int ret = make_layout(&layout, request, picture);

	if (ret < 0) {
		const char *name = picture->objects[0]->heap->name;

		ret = ret == -ENOMEM ? ret
				     : fail(request, -EIO, name, "made a layout without sense");
		for (size_t i = 0; i < picture->objects_len; i++) {
			tenon_memory_destroy(picture->objects[i]);
		}
		return ret;
	}
	for (size_t i = 0; i < TENON_MAX_PLANES; i++) {
		objects[i] = i < picture->objects_len ? picture->objects[i] : NULL;
	}
	*out = layout;
	return 0;
}

int tenon_heap_allocate_picture(struct tenon_layout **out,
	struct tenon_memory *objects[TENON_MAX_PLANES], struct tenon_heap *heap,
	const struct tenon_picture_request *options)
{
	struct tenon_picture_request request;
	struct tenon_picture picture;
	int ret;

	if (out == NULL || objects == NULL || heap == NULL || options == NULL ||
		heap_copy_options(&request, sizeof(request), options, REQUEST_LEAST) < 0 ||
		check_request(&request) < 0) {
		return -EINVAL;
	}
	if (request.reason != NULL && request.reason_size > 0) {
		request.reason[0] = '\0';
	}
	if (heap->impl.alloc_picture == NULL) {
		return fail(&request, -ENOTSUP, heap->name, "lays nothing out itself");
	}
	ret = prepare(&picture, heap);
	if (ret < 0) {
		return fail(&request, ret, heap->name, "is out of memory");
	}
	ret = heap->impl.alloc_picture(heap->data, &request, &picture);
	if (ret < 0) {
		release_bare(&picture, 0);
		return ret;
	}
	/* an application's heap may say anything */
	if (picture.objects_len == 0 || picture.objects_len > TENON_MAX_PLANES) {
		release_bare(&picture, 0);
		return fail(&request, -EIO, heap->name, "gave no memory for a picture");
	}
	release_bare(&picture, picture.objects_len);
	return take(out, objects, &request, &picture);
}
