/* SPDX-License-Identifier: MIT */

/* A heap of /dev/dma_heap: the kernel's own allocator of dma-bufs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/dmabuf.h"
#include "base/system_file.h"
#include "heap/dma_heap_nodes.h"
#include "heap/dmabuf.h"
#include "heap/internal.h"
#include "heap/system.h"

static bool is_contiguous(const struct dma_heap_node *node)
{
	return node->contiguity == TENON_CONTIGUITY_ASSURED;
}

static int open_node(const struct dma_heap_node *node)
{
	return system_open_node(node->path, O_RDONLY);
}

/* Free and total bytes, as far as the kernel tells; of the default areas alone. */
static void read_room(const struct dma_heap_node *node, uint64_t *free_bytes, uint64_t *total)
{
	if (strcmp(node->name, "cma") == 0) {
		heap_read_room(HEAP_AREA_CMA, free_bytes, total);
	} else if (node->contiguity == TENON_CONTIGUITY_NONE) {
		heap_read_room(HEAP_AREA_RAM, free_bytes, total);
	}
}

static int dma_query(void *data, struct tenon_heap_info *info)
{
	const struct dma_heap_node *node = data;
	int fd = open_node(node);

	info->contiguity = node->contiguity;
	info->cache = node->cache;
	info->protection = node->protection;
	info->scarcity = node->contiguity == TENON_CONTIGUITY_NONE ? HEAP_SCARCITY_SYSTEM
								   : HEAP_SCARCITY_CMA;
	info->granularity = heap_page_size();
	info->dmabuf = true;
	info->own_fd = true;
	info->mappable = node->protection != TENON_PROTECTION_SECURE;
	if (fd < 0) {
		info->availability =
			heap_explain_open(info->reason, sizeof(info->reason), node->path, fd);
		return 0;
	}
	close(fd);
	read_room(node, &info->free_bytes, &info->total_bytes);
	heap_describe_ram(info);
	if (is_contiguous(node) && info->total_bytes != UINT64_MAX) {
		info->max_bytes = info->total_bytes;
	}
	if (info->free_bytes == 0) {
		info->availability = TENON_EXHAUSTED;
		snprintf(info->reason, sizeof(info->reason),
			"all %" PRIu64 " bytes of the heap are taken", info->total_bytes);
	}
	return 0;
}

static int explain(
	const struct dma_heap_node *node, const struct tenon_alloc_request *request, int error)
{
	uint64_t free_bytes = UINT64_MAX, total = UINT64_MAX;

	/* the kernel says ENOMEM for both */
	if (error != -ENOMEM || !is_contiguous(node)) {
		return heap_fail(request, error, "%s: allocating %" PRIu64 " bytes: %s", node->path,
			request->bytes, strerror(-error));
	}
	read_room(node, &free_bytes, &total);
	if (total == UINT64_MAX) {
		return heap_fail(request, -ENOSPC, "%s: no %" PRIu64 " contiguous bytes are left",
			node->path, request->bytes);
	}
	return heap_fail(request, -ENOSPC,
		"%s: no %" PRIu64 " contiguous bytes are left; of %" PRIu64 ", %" PRIu64
		" are free (kernel option cma=)",
		node->path, request->bytes, total, free_bytes);
}

static int open_explained(
	const struct dma_heap_node *node, const struct tenon_alloc_request *request)
{
	char reason[HEAP_REASON_SIZE];
	int fd = open_node(node);

	if (fd >= 0) {
		return fd;
	}
	if (heap_explain_open(reason, sizeof(reason), node->path, fd) == TENON_ABSENT) {
		fd = -ENOENT;
	} else if (fd == -EPERM) {
		fd = -EACCES;
	}
	return heap_fail(request, fd, "%s", reason);
}

/* The dma-buf, or a negative errno. */
static int ask_kernel(int fd, uint64_t bytes)
{
	struct dma_heap_allocation_data ask = {
		.len = bytes,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int ret;

	do {
		ret = ioctl(fd, DMA_HEAP_IOCTL_ALLOC, &ask);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : (int)ask.fd;
}

static int dma_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	const struct dma_heap_node *node = data;
	int fd = open_explained(node, request);
	int dmabuf;

	if (fd < 0) {
		return fd;
	}
	dmabuf = ask_kernel(fd, request->bytes);
	close(fd);
	if (dmabuf < 0) {
		return explain(node, request, dmabuf);
	}
	memory->fd = dmabuf;
	memory->bytes = dmabuf_get_size(dmabuf);
	memory->contiguity = node->contiguity;
	if (memory->bytes <= heap_page_size()) {
		memory->contiguity = TENON_CONTIGUITY_ASSURED;
	}
	memory->cache = node->cache;
	memory->protection = node->protection;
	memory->dmabuf = true;
	memory->own_fd = true;
	memory->mappable = node->protection != TENON_PROTECTION_SECURE;
	memory->zeroed = true; /* whoever hands out pages to user space clears them */
	memory->pinned = true;
	heap_dmabuf_set_name(dmabuf, request->label);
	return 0;
}

static void dma_free(void *data, struct tenon_memory *memory)
{
	close(memory->fd);
}

static void dma_destroy(void *data)
{
	free(data);
}

static const struct tenon_heap_impl dma_impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "dma-heap",
	.query = dma_query,
	.alloc = dma_alloc,
	.free = dma_free,
	.destroy = dma_destroy,
};

int heap_create_dma(struct tenon_heap **out, const struct dma_heap_node *node)
{
	struct dma_heap_node *copy = malloc(sizeof(*copy));
	int ret;

	if (copy == NULL) {
		return -ENOMEM;
	}
	*copy = *node;
	ret = heap_create_named(out, &dma_impl, node->name, copy);
	if (ret < 0) {
		free(copy);
	}
	return ret;
}
