/* SPDX-License-Identifier: MIT */

/*
 * Shared memory as a dma-buf. The kernel pins the pages as long as the dma-buf lives, and keeps
 * them in the order in which they are listed. So a device that needs contiguous memory can be
 * served without CMA: by huge pages in a row, or by ordinary pages that happen to lie in a row and
 * are listed in their physical order.
 */
#include "heap/udmabuf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/system_file.h"
#include "heap/builtin.h"
#include "heap/dmabuf.h"
#include "heap/frames.h"
#include "heap/internal.h"
#include "heap/memory.h"
#include "heap/system.h"

/* Pages may move between the look at them and the pinning. */
#define ATTEMPTS 3

struct udmabuf_heap {
	struct tenon_heap *hugepages;
	char node[512];
};

struct udmabuf_limits udmabuf_read_limits(void)
{
	struct udmabuf_limits limits = {.items = 1024, .bytes = 64};

	/* the kernel's defaults stay where it does not tell */
	heap_read_number(&limits.items, "/sys/module/udmabuf/parameters/list_limit");
	heap_read_number(&limits.bytes, "/sys/module/udmabuf/parameters/size_limit_mb");
	limits.bytes <<= 20;
	return limits;
}

/*
 * Linux 6.12 maps a udmabuf of huge pages wrongly into the kernel: it forgets the place within the
 * huge page, so that data lands elsewhere, outside of the buffer even. 7.2 does it right; which
 * version between mended it is not known, so none of them is trusted.
 */
static bool kernel_maps_huge_pages_right(void)
{
	unsigned major = 0, minor = 0;
	struct utsname name;

	return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 7 || (major == 7 && minor >= 2));
}

static int open_node(const char *node)
{
	return system_open_node(node, O_RDWR);
}

static int udmabuf_query(void *data, struct tenon_heap_info *info)
{
	const struct udmabuf_heap *heap = data;
	int fd = open_node(heap->node);

	info->contiguity =
		heap_may_see_frames() ? TENON_CONTIGUITY_PROVABLE : TENON_CONTIGUITY_UNKNOWN;
	info->cache = TENON_CACHE_CACHED;
	info->protection = TENON_PROTECTION_NONE;
	info->scarcity = HEAP_SCARCITY_UDMABUF;
	info->granularity = heap_page_size();
	info->max_bytes = udmabuf_read_limits().bytes;
	info->dmabuf = true;
	info->own_fd = true;
	info->mappable = true;
	if (fd < 0) {
		info->availability =
			heap_explain_open(info->reason, sizeof(info->reason), heap->node, fd);
		return 0;
	}
	close(fd);
	heap_read_room(HEAP_AREA_RAM, &info->free_bytes, &info->total_bytes);
	heap_describe_ram(info);
	return 0;
}

static int open_explained(
	const struct udmabuf_heap *heap, const struct tenon_alloc_request *request)
{
	char reason[HEAP_REASON_SIZE];
	int fd = open_node(heap->node);

	if (fd >= 0) {
		return fd;
	}
	if (heap_explain_open(reason, sizeof(reason), heap->node, fd) == TENON_ABSENT) {
		fd = -ENOENT;
	} else if (fd == -EPERM) {
		fd = -EACCES;
	}
	return heap_fail(request, fd, "%s", reason);
}

/* The dma-buf of listed ranges, or a negative errno with the request's reason. */
static int create_listed(
	int node, const struct udmabuf_list *list, const struct tenon_alloc_request *request)
{
	size_t bytes = sizeof(struct udmabuf_create_list) + list->len * sizeof(list->items[0]);
	struct udmabuf_create_list *create = calloc(1, bytes);
	int ret;

	if (create == NULL) {
		return heap_fail(request, -ENOMEM, "out of memory");
	}
	create->flags = UDMABUF_FLAGS_CLOEXEC;
	create->count = (uint32_t)list->len;
	memcpy(create->list, list->items, list->len * sizeof(list->items[0]));
	do {
		ret = ioctl(node, UDMABUF_CREATE_LIST, create);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0) {
		ret = heap_fail(request, -errno, "UDMABUF_CREATE_LIST of %zu ranges: %s", list->len,
			strerror(errno));
	}
	free(create);
	return ret;
}

static void describe(struct tenon_memory *memory, int dmabuf, uint64_t bytes)
{
	memory->fd = dmabuf;
	memory->bytes = bytes;
	memory->cache = TENON_CACHE_CACHED;
	memory->protection = TENON_PROTECTION_NONE;
	memory->dmabuf = true;
	memory->own_fd = true;
	memory->mappable = true;
	memory->zeroed = true;
	memory->pinned = true;
}

/* A dma-buf of another memory's first bytes; that is kept, to look up its frames. */
static int wrap(int node, struct tenon_memory *source, uint64_t bytes,
	const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	struct udmabuf_create_item whole = {
		.memfd = (uint32_t)source->fd,
		.size = bytes,
	};
	const struct udmabuf_list list = {.items = &whole, .len = 1};
	int dmabuf = create_listed(node, &list, request);

	if (dmabuf < 0) {
		return dmabuf;
	}
	describe(memory, dmabuf, bytes);
	memory->contiguity = source->contiguity;
	memory->address = source->address;
	memory->data = source;
	return 0;
}

static int alloc_pages(int node, const struct tenon_alloc_request *request, uint64_t bytes,
	struct tenon_memory *memory)
{
	/* what is asked of the place is asked of the dma-buf, not of what it is made of */
	const struct tenon_alloc_request plain = {
		.size = sizeof(plain),
		.bytes = bytes,
		.label = request->label,
		.reason = request->reason,
		.reason_size = request->reason_size,
	};
	struct tenon_memory *source;
	struct tenon_heap *memfd;
	int ret = heap_create_memfd(&memfd);

	if (ret < 0) {
		return heap_fail(request, ret, "out of memory");
	}
	ret = tenon_heap_allocate(&source, memfd, &plain);
	tenon_heap_unref(memfd);
	if (ret < 0) {
		return ret;
	}
	ret = wrap(node, source, bytes, request, memory);
	if (ret < 0) {
		tenon_memory_destroy(source);
	}
	return ret;
}

/* Whether the pages that the dma-buf has pinned are where they were when they were chosen. */
static int prove(struct tenon_memory *source, const struct tenon_alloc_request *request)
{
	struct tenon_segment *segments;
	size_t len;
	int ret = tenon_memory_dup_segments(source, &segments, &len);
	bool stayed;

	if (ret < 0) {
		return heap_fail(request, ret, "frames cannot be read: %s", strerror(-ret));
	}
	stayed = len == 1 && segments[0].address == source->address;
	free(segments);
	return stayed ? 0 : heap_fail(request, -ENOSPC, "pages moved before they were pinned");
}

static int alloc_huge(struct udmabuf_heap *heap, int node,
	const struct tenon_alloc_request *request, uint64_t bytes, struct tenon_memory *memory)
{
	struct tenon_alloc_request plain = *request;
	struct tenon_memory *source;
	int ret;

	if (!(request->flags & TENON_ALLOC_NO_KERNEL_MAP) && !kernel_maps_huge_pages_right()) {
		return heap_fail(request, -ENOTSUP, "this kernel maps a udmabuf of them wrongly");
	}
	plain.flags &= ~(uint32_t)(TENON_ALLOC_DMABUF | TENON_ALLOC_NO_KERNEL_MAP);
	ret = tenon_heap_allocate(&source, heap->hugepages, &plain);
	if (ret < 0) {
		return ret;
	}
	ret = wrap(node, source, bytes, request, memory);
	if (ret == 0 && source->contiguity == TENON_CONTIGUITY_PROVEN) {
		ret = prove(source, request);
		if (ret < 0) {
			close(memory->fd);
		}
	}
	if (ret < 0) {
		tenon_memory_destroy(source);
	}
	return ret;
}

/* Pins a row of ordinary pages; -EAGAIN when they moved before that. */
static int pin_row(int node, const struct tenon_alloc_request *request, uint64_t bytes,
	const struct udmabuf_limits *limits, struct tenon_memory *memory)
{
	struct udmabuf_list list = {0};
	uint64_t address = 0;
	int memfd, dmabuf;
	int ret = udmabuf_find_row(request, bytes, limits, &memfd, &list, &address);

	if (ret < 0) {
		return heap_fail(request, ret, "%s",
			ret == -EPERM ? "only root is shown physical addresses"
				      : "no row of them fits");
	}
	dmabuf = create_listed(node, &list, request);
	if (dmabuf >= 0 && !udmabuf_is_row(&list, address)) {
		close(dmabuf);
		dmabuf = heap_fail(request, -EAGAIN, "they moved before they were pinned");
	}
	if (dmabuf >= 0) {
		describe(memory, dmabuf, bytes);
		memory->contiguity = TENON_CONTIGUITY_PROVEN;
		memory->address = address;
	}
	free(list.items);
	close(memfd); /* what is not listed is free again */
	return dmabuf < 0 ? dmabuf : 0;
}

static int alloc_row(int node, const struct tenon_alloc_request *request, uint64_t bytes,
	const struct udmabuf_limits *limits, struct tenon_memory *memory)
{
	int ret = -EAGAIN;

	for (int i = 0; ret == -EAGAIN && i < ATTEMPTS; i++) {
		ret = pin_row(node, request, bytes, limits, memory);
	}
	return ret == -EAGAIN ? -ENOSPC : ret;
}

/* Huge pages first: they are in a row more often, and less has to be looked at. */
static int alloc_placed(struct udmabuf_heap *heap, int node,
	const struct tenon_alloc_request *request, uint64_t bytes,
	const struct udmabuf_limits *limits, struct tenon_memory *memory)
{
	struct tenon_alloc_request quiet = *request;
	char huge[HEAP_REASON_SIZE] = "", ordinary[HEAP_REASON_SIZE] = "";
	int ret;

	quiet.reason = huge;
	quiet.reason_size = sizeof(huge);
	ret = alloc_huge(heap, node, &quiet, bytes, memory);
	if (ret == 0) {
		return 0;
	}
	quiet.reason = ordinary;
	ret = alloc_row(node, &quiet, bytes, limits, memory);
	if (ret < 0) {
		heap_fail(request, ret, "huge pages: %s; ordinary pages: %s", huge, ordinary);
	}
	return ret;
}

static bool places_matter(const struct tenon_alloc_request *request)
{
	return heap_needs_contiguous(request, heap_page_size()) || request->address_min != 0 ||
	       request->address_max != 0 || request->align > heap_page_size();
}

static int alloc_from(struct udmabuf_heap *heap, int node,
	const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	const struct udmabuf_limits limits = udmabuf_read_limits();
	uint64_t bytes;

	if (!heap_round_up(request->bytes, heap_page_size(), &bytes)) {
		return heap_fail(request, -EOVERFLOW, "more bytes than a file can have");
	}
	if (bytes > limits.bytes) {
		return heap_fail(request, -ENOTSUP,
			"%" PRIu64 " bytes are asked for, the udmabuf module's size_limit_mb lets "
			"one have %" PRIu64,
			bytes, limits.bytes);
	}
	if (!places_matter(request)) {
		return alloc_pages(node, request, bytes, memory);
	}
	return alloc_placed(heap, node, request, bytes, &limits, memory);
}

static int udmabuf_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	struct udmabuf_heap *heap = data;
	int node = open_explained(heap, request);
	int ret;

	if (node < 0) {
		return node;
	}
	ret = alloc_from(heap, node, request, memory);
	close(node);
	if (ret == 0) {
		heap_dmabuf_set_name(memory->fd, request->label);
	}
	return ret;
}

static void udmabuf_free(void *data, struct tenon_memory *memory)
{
	close(memory->fd);
	tenon_memory_destroy(memory->data);
}

static int udmabuf_segments(
	void *data, const struct tenon_memory *memory, struct tenon_segment **out, size_t *len)
{
	struct tenon_memory *source = memory->data;
	struct heap_segments one = {0};
	int ret;

	if (source != NULL && memory->contiguity != TENON_CONTIGUITY_PROVEN) {
		return heap_memory_cut_segments(source, 0, memory->bytes, out, len);
	}
	ret = heap_segments_add(&one, memory->address, memory->bytes);
	if (ret == 0) {
		*out = one.items;
		*len = one.len;
	}
	return ret;
}

static void udmabuf_destroy(void *data)
{
	struct udmabuf_heap *heap = data;

	tenon_heap_unref(heap->hugepages);
	free(heap);
}

static const struct tenon_heap_impl udmabuf_impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "udmabuf",
	.query = udmabuf_query,
	.alloc = udmabuf_alloc,
	.free = udmabuf_free,
	.segments = udmabuf_segments,
	.destroy = udmabuf_destroy,
};

int heap_create_udmabuf(struct tenon_heap **out, const char *node)
{
	struct udmabuf_heap *heap = calloc(1, sizeof(*heap));
	int ret;

	if (heap == NULL) {
		return -ENOMEM;
	}
	if (snprintf(heap->node, sizeof(heap->node), "%s", node) >= (int)sizeof(heap->node)) {
		free(heap);
		return -EINVAL;
	}
	ret = heap_create_hugepages(&heap->hugepages);
	if (ret == 0) {
		ret = tenon_heap_create(out, &udmabuf_impl, heap);
	}
	if (ret < 0) {
		udmabuf_destroy(heap);
	}
	return ret;
}
