/* SPDX-License-Identifier: MIT */
/* The example of doc/heaps.md: a heap of a program's own, shared memory within a budget. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tenon/access.h>
#include <tenon/buffer.h>
#include <tenon/context.h>
#include <tenon/heap.h>

struct budget {
	pthread_mutex_t lock; /* a heap is used by any number of threads */
	uint64_t left, total; /* bytes */
};

static int budget_query(void *data, struct tenon_heap_info *info)
{
	struct budget *budget = data;

	pthread_mutex_lock(&budget->lock);
	info->free_bytes = budget->left;
	info->total_bytes = budget->total;
	if (budget->left == 0) {
		info->availability = TENON_EXHAUSTED;
		snprintf(info->reason, sizeof(info->reason), "the budget is used up");
	}
	pthread_mutex_unlock(&budget->lock);
	info->contiguity = TENON_CONTIGUITY_UNKNOWN;
	info->cache = TENON_CACHE_CACHED;
	info->mappable = true;
	info->own_fd = true;
	return 0;
}

static int make_file(const char *label, uint64_t bytes)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	int fd = memfd_create(label != NULL ? label : "budget", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	/* a peer could not trust a file that can become shorter */
	if (fd >= 0 && (ftruncate(fd, (off_t)bytes) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0)) {
		close(fd);
		return -ENOMEM;
	}
	return fd >= 0 ? fd : -errno;
}

static int budget_take(struct budget *budget, uint64_t bytes)
{
	int ret = -ENOSPC;

	pthread_mutex_lock(&budget->lock);
	if (bytes <= budget->left) {
		budget->left -= bytes;
		ret = 0;
	}
	pthread_mutex_unlock(&budget->lock);
	return ret;
}

static void budget_give(struct budget *budget, uint64_t bytes)
{
	pthread_mutex_lock(&budget->lock);
	budget->left += bytes;
	pthread_mutex_unlock(&budget->lock);
}

static int budget_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	if (budget_take(data, request->bytes) < 0) {
		if (request->reason != NULL) {
			snprintf(request->reason, request->reason_size,
				"the budget has no %" PRIu64 " bytes left", request->bytes);
		}
		return -ENOSPC;
	}
	memory->fd = make_file(request->label, request->bytes);
	if (memory->fd < 0) {
		int ret = memory->fd;

		memory->fd = -1;
		budget_give(data, request->bytes);
		return ret;
	}
	memory->bytes = request->bytes;
	memory->contiguity = TENON_CONTIGUITY_UNKNOWN;
	memory->cache = TENON_CACHE_CACHED;
	memory->own_fd = true;
	memory->mappable = true;
	memory->zeroed = true;
	return 0;
}

static void budget_free(void *data, struct tenon_memory *memory)
{
	close(memory->fd);
	budget_give(data, memory->bytes);
}

static const struct tenon_heap_impl budget_heap = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "budget",
	.query = budget_query,
	.alloc = budget_alloc,
	.free = budget_free,
};

/* Adds the heap to a context, which keeps it. */
static int add_heap(struct tenon_context *context, struct budget *budget)
{
	struct tenon_heap *heap;
	int rc = tenon_heap_create(&heap, &budget_heap, budget);

	if (rc == 0) {
		rc = tenon_context_add_heap(context, heap);
		tenon_heap_unref(heap);
	}
	return rc;
}

/* A buffer that a line is written to: 0 and the heap it is from. */
static int use_buffer(struct tenon_context *context, struct tenon_buffer **out, const char **heap)
{
	const uint32_t format = 0x34325258; /* DRM_FORMAT_XRGB8888 */
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = 640,
		.height = 480,
		.formats = &format,
		.formats_len = 1,
	};
	struct tenon_access access = {.flags = TENON_ACCESS_WRITE};
	struct tenon_limits *limits;
	int rc = tenon_limits_create(&limits);

	if (rc < 0) {
		return rc;
	}
	/* before heaps that are as plentiful */
	rc = tenon_limits_prefer_heap(limits, "budget");
	if (rc == 0) {
		options.limits = limits;
		rc = tenon_buffer_create(out, context, &options);
	}
	tenon_limits_destroy(limits);
	if (rc != 0) {
		return rc;
	}
	access.buffer = *out;
	rc = tenon_access_prepare(&access, 1, 1000);
	if (rc == 0) {
		memset(access.data[0], 0xff, access.pitch[0]);
		rc = tenon_access_finish(&access, 1);
		*heap = tenon_buffer_get_heap(*out);
	}
	return rc;
}

int main(void)
{
	struct budget budget = {.left = 2000000, .total = 2000000};
	struct tenon_buffer *first = NULL, *second = NULL;
	const char *heap = "none", *next = "none";
	struct tenon_context *context;
	int rc;

	pthread_mutex_init(&budget.lock, NULL);
	rc = tenon_context_create(&context, NULL);
	if (rc < 0) {
		return 1;
	}
	rc = add_heap(context, &budget);
	if (rc == 0) {
		rc = use_buffer(context, &first, &heap);
	}
	if (rc == 0) {
		/* 640 x 480 x 4 bytes twice are more than the budget: the next heap has them */
		rc = use_buffer(context, &second, &next);
	}
	printf("one buffer of heap %s, the next of %s\n", heap, next);
	if (rc == 0 && (strcmp(heap, "budget") != 0 || strcmp(next, "budget") == 0)) {
		rc = -1;
	}
	tenon_buffer_unref(first);
	tenon_buffer_unref(second);
	tenon_context_unref(context);
	pthread_mutex_destroy(&budget.lock);
	return rc == 0 && budget.left == budget.total ? 0 : 1;
}
