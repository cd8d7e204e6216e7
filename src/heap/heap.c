/* SPDX-License-Identifier: MIT */
#include "heap/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap/memory.h"

#define KNOWN_FLAGS \
	(TENON_ALLOC_ZERO | TENON_ALLOC_OWN_FD | TENON_ALLOC_DMABUF | TENON_ALLOC_NO_KERNEL_MAP)

/* Options end where the first version of their struct ended; both only ever grow. */
#define IMPL_LEAST (offsetof(struct tenon_heap_impl, destroy) + sizeof(void (*)(void *)))
#define REQUEST_LEAST (offsetof(struct tenon_alloc_request, reason_size) + sizeof(size_t))
#define INFO_LEAST (offsetof(struct tenon_heap_info, segment_size) + sizeof(uint32_t))

int heap_copy_options(void *to, size_t to_size, const void *from, size_t least_size)
{
	size_t from_size = *(const size_t *)from;

	if (from_size < least_size) {
		return -EINVAL;
	}
	for (size_t i = to_size; i < from_size; i++) {
		if (((const unsigned char *)from)[i] != 0) {
			return -EINVAL; /* a newer caller asks for what we do not know */
		}
	}
	memset(to, 0, to_size);
	memcpy(to, from, from_size < to_size ? from_size : to_size);
	*(size_t *)to = to_size;
	return 0;
}

int heap_fail(const struct tenon_alloc_request *request, int error, const char *format, ...)
{
	va_list args;

	if (request->reason != NULL && request->reason_size > 0) {
		va_start(args, format);
		vsnprintf(request->reason, request->reason_size, format, args);
		va_end(args);
	}
	return error;
}

bool heap_round_up(uint64_t value, uint64_t multiple, uint64_t *out)
{
	uint64_t rest = value % multiple;

	if (rest != 0) {
		if (value > UINT64_MAX - (multiple - rest)) {
			return false;
		}
		value += multiple - rest;
	}
	*out = value;
	return value <= INT64_MAX;
}

bool heap_name_is_valid(const char *name)
{
	size_t len = name != NULL ? strlen(name) : 0;

	return len > 0 && len < HEAP_NAME_SIZE && strcspn(name, ", \t\n") == len;
}

int heap_create_named(
	struct tenon_heap **out, const struct tenon_heap_impl *impl, const char *name, void *data)
{
	struct tenon_heap *heap;

	if (!heap_name_is_valid(name)) {
		return -EINVAL;
	}
	heap = calloc(1, sizeof(*heap));
	if (heap == NULL) {
		return -ENOMEM;
	}
	if (heap_copy_options(&heap->impl, sizeof(heap->impl), impl, IMPL_LEAST) < 0) {
		free(heap);
		return -EINVAL;
	}
	atomic_init(&heap->refs, 1);
	heap->data = data;
	snprintf(heap->name, sizeof(heap->name), "%s", name);
	*out = heap;
	return 0;
}

int tenon_heap_create(struct tenon_heap **out, const struct tenon_heap_impl *impl, void *data)
{
	if (out == NULL || impl == NULL || impl->size < IMPL_LEAST || impl->query == NULL ||
		impl->alloc == NULL || impl->free == NULL ||
		(impl->map == NULL) != (impl->unmap == NULL) ||
		(impl->sync_begin == NULL) != (impl->sync_end == NULL)) {
		return -EINVAL;
	}
	return heap_create_named(out, impl, impl->name, data);
}

struct tenon_heap *tenon_heap_ref(struct tenon_heap *heap)
{
	atomic_fetch_add_explicit(&heap->refs, 1, memory_order_relaxed);
	return heap;
}

void tenon_heap_unref(struct tenon_heap *heap)
{
	if (heap == NULL || atomic_fetch_sub_explicit(&heap->refs, 1, memory_order_acq_rel) > 1) {
		return;
	}
	if (heap->impl.destroy != NULL) {
		heap->impl.destroy(heap->data);
	}
	free(heap);
}

const char *tenon_heap_get_name(const struct tenon_heap *heap)
{
	return heap->name;
}

int tenon_heap_query(struct tenon_heap *heap, struct tenon_heap_info *info)
{
	struct tenon_heap_info answer = {.size = sizeof(answer)};
	size_t size;
	int ret;

	if (heap == NULL || info == NULL || info->size < INFO_LEAST) {
		return -EINVAL;
	}
	snprintf(answer.name, sizeof(answer.name), "%s", heap->name);
	answer.free_bytes = UINT64_MAX;
	answer.total_bytes = UINT64_MAX;
	ret = heap->impl.query(heap->data, &answer);
	if (ret < 0) {
		return ret;
	}
	/* An implementation of an application's own may have touched what it should not. */
	snprintf(answer.name, sizeof(answer.name), "%s", heap->name);
	answer.reason[sizeof(answer.reason) - 1] = '\0';
	size = info->size;
	memset(info, 0, size);
	memcpy(info, &answer, size < sizeof(answer) ? size : sizeof(answer));
	info->size = size;
	return 0;
}

static int check_request(const struct tenon_alloc_request *request)
{
	uint64_t boundary = request->segment_boundary;

	if (request->bytes == 0) {
		return heap_fail(request, -EINVAL, "no bytes are asked for");
	}
	if ((boundary & (boundary - 1)) != 0) {
		return heap_fail(request, -EINVAL, "the segment boundary is no power of two");
	}
	if (request->address_max != 0 && request->address_min > request->address_max) {
		return heap_fail(request, -EINVAL, "the address window is empty");
	}
	if ((request->flags & ~(uint32_t)KNOWN_FLAGS) != 0) {
		return heap_fail(request, -EINVAL, "a flag is not known");
	}
	if (request->bytes > INT64_MAX) {
		return heap_fail(request, -EOVERFLOW, "more bytes than a file can have");
	}
	return 0;
}

/* What an implementation hands back is used by others: make sure that it makes sense. */
static int check_memory(
	const struct tenon_alloc_request *request, const struct tenon_memory *memory)
{
	if (memory->bytes < request->bytes || memory->offset > INT64_MAX ||
		memory->bytes > INT64_MAX - memory->offset ||
		memory->contiguity == TENON_CONTIGUITY_PROVABLE) {
		return heap_fail(request, -EIO, "heap %s gave memory that makes no sense",
			memory->heap->name);
	}
	return 0;
}

int tenon_heap_allocate(struct tenon_memory **out, struct tenon_heap *heap,
	const struct tenon_alloc_request *options)
{
	struct tenon_alloc_request request;
	struct tenon_memory *memory;
	int ret;

	if (out == NULL || heap == NULL || options == NULL ||
		heap_copy_options(&request, sizeof(request), options, REQUEST_LEAST) < 0) {
		return -EINVAL;
	}
	heap_fail(&request, 0, "%s", "");
	ret = check_request(&request);
	if (ret < 0) {
		return ret;
	}
	ret = heap_memory_create(&memory);
	if (ret < 0) {
		return heap_fail(&request, ret, "out of memory");
	}
	memory->heap = tenon_heap_ref(heap);
	ret = heap->impl.alloc(heap->data, &request, memory);
	if (ret < 0) {
		goto err_alloc;
	}
	ret = check_memory(&request, memory);
	if (ret == 0) {
		ret = heap_verify(&request, memory);
	}
	if (ret < 0) {
		tenon_memory_destroy(memory);
		return ret;
	}
	*out = memory;
	return 0;
err_alloc:
	tenon_heap_unref(heap);
	free(memory);
	return ret;
}
