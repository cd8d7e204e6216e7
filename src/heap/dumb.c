/* SPDX-License-Identifier: MIT */

/*
 * Dumb buffers of a DRM device: what the device's own driver allocates for a picture the CPU draws.
 * They are the memory of last resort that always works for the device itself, the only one a
 * software renderer on a KMS node can map, and on display controllers without an IOMMU they come
 * from CMA.
 *
 * The kernel is asked for a picture of 32 bits per pixel (virtio_gpu takes nothing else) whose rows
 * are as long as the layout's and which is padded until it has all the bytes; what lies in it after
 * that is the layout's affair. The GEM handle is given up as soon as the dma-buf exists, so that
 * whoever imports it into the same open file gets a handle of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "heap/internal.h"
#include "heap/system.h"

#define BITS_PER_PIXEL 32
#define BYTES_PER_PIXEL 4
/* Rows of a request that has no layout; pages are multiples of it, so that nothing is wasted. */
#define PLAIN_PITCH 4096
/* How often the picture is padded before a driver that never gives enough is given up. */
#define TRIES 4

struct dumb_heap {
	int fd;
	enum tenon_contiguity contiguity;
	char driver[32];
};

/* Drivers whose objects are ordinary pages (DRM_GEM_SHMEM): linux-6.12 vgem_drv.c, vkms_drv.c. */
static bool is_in_pages(const struct dumb_heap *heap)
{
	return strcmp(heap->driver, "vgem") == 0 || strcmp(heap->driver, "vkms") == 0;
}

static int dumb_query(void *data, struct tenon_heap_info *info)
{
	const struct dumb_heap *heap = data;
	uint64_t has_dumb = 0;

	info->contiguity = heap->contiguity;
	info->protection = TENON_PROTECTION_NONE;
	info->scarcity = HEAP_SCARCITY_DUMB;
	info->granularity = heap_page_size();
	info->free_bytes = UINT64_MAX;
	info->total_bytes = UINT64_MAX;
	info->dmabuf = true;
	info->mappable = true;
	info->own_fd = true;
	if (is_in_pages(heap)) {
		heap_describe_ram(info);
	}
	if (drmGetCap(heap->fd, DRM_CAP_DUMB_BUFFER, &has_dumb) < 0 || has_dumb == 0) {
		info->availability = TENON_ABSENT;
		snprintf(
			info->reason, sizeof(info->reason), "%s has no dumb buffers", heap->driver);
	}
	return 0;
}

static uint32_t pitch_of(const struct tenon_alloc_request *request)
{
	struct tenon_plane_layout plane;

	for (size_t i = 0; request->layout != NULL; i++) {
		if (tenon_layout_get_plane(request->layout, i, &plane) < 0) {
			break;
		}
		if (plane.object == request->object) {
			return plane.pitch;
		}
	}
	return PLAIN_PITCH;
}

static uint64_t divide_up(uint64_t value, uint64_t by)
{
	return value / by + (value % by != 0);
}

/* Pad the picture until it has all the bytes asked for. */
static int create_padded(
	int fd, const struct tenon_alloc_request *request, struct drm_mode_create_dumb *out)
{
	uint32_t pitch = pitch_of(request);
	uint64_t rows = divide_up(request->bytes, pitch);
	struct drm_mode_create_dumb dumb = {0};

	for (int i = 0; i < TRIES; i++) {
		if (rows > INT32_MAX) {
			return -EOVERFLOW;
		}
		dumb = (struct drm_mode_create_dumb){
			.width = (uint32_t)divide_up(pitch, BYTES_PER_PIXEL),
			.height = (uint32_t)rows,
			.bpp = BITS_PER_PIXEL,
		};
		if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) < 0) {
			return -errno;
		}
		if (dumb.size >= request->bytes) {
			*out = dumb;
			return 0;
		}
		drmModeDestroyDumbBuffer(fd, dumb.handle);
		rows += divide_up(request->bytes - dumb.size, pitch) + 1;
	}
	return -ENOTSUP;
}

static int export_dumb(int fd, uint32_t handle, int *out)
{
	int ret = drmPrimeHandleToFD(fd, handle, DRM_CLOEXEC | DRM_RDWR, out) != 0 ? -errno : 0;

	drmModeDestroyDumbBuffer(fd, handle);
	return ret;
}

static int dumb_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	const struct dumb_heap *heap = data;
	struct drm_mode_create_dumb dumb = {0};
	int ret;

	ret = create_padded(heap->fd, request, &dumb);
	if (ret < 0) {
		return heap_fail(request, ret, "%s: dumb buffer of %" PRIu64 " bytes: %s",
			heap->driver, request->bytes, strerror(-ret));
	}
	ret = export_dumb(heap->fd, dumb.handle, &memory->fd);
	if (ret < 0) {
		memory->fd = -1;
		return heap_fail(request, ret, "%s: export of a dumb buffer: %s", heap->driver,
			strerror(-ret));
	}
	memory->bytes = dumb.size;
	memory->contiguity = heap->contiguity == TENON_CONTIGUITY_ASSURED
				     ? TENON_CONTIGUITY_ASSURED
				     : TENON_CONTIGUITY_UNKNOWN;
	memory->protection = TENON_PROTECTION_NONE;
	memory->dmabuf = true;
	memory->own_fd = true;
	memory->mappable = true;
	return 0;
}

static void dumb_free(void *data, struct tenon_memory *memory)
{
	close(memory->fd);
}

static void dumb_destroy(void *data)
{
	struct dumb_heap *heap = data;

	close(heap->fd);
	free(heap);
}

static const struct tenon_heap_impl dumb_impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "dumb",
	.query = dumb_query,
	.alloc = dumb_alloc,
	.free = dumb_free,
	.destroy = dumb_destroy,
};

static int read_driver(int fd, char *out, size_t size)
{
	drmVersion *version = drmGetVersion(fd);

	if (version == NULL) {
		return errno == ENOMEM ? -ENOMEM : -ENODEV;
	}
	snprintf(out, size, "%.*s", version->name_len, version->name);
	drmFreeVersion(version);
	return 0;
}

int tenon_heap_create_dumb(
	struct tenon_heap **out, const char *name, int fd, enum tenon_contiguity contiguity)
{
	struct dumb_heap *heap = calloc(1, sizeof(*heap));
	int ret;

	if (heap == NULL) {
		return -ENOMEM;
	}
	heap->contiguity = contiguity == TENON_CONTIGUITY_ASSURED ? TENON_CONTIGUITY_ASSURED
								  : TENON_CONTIGUITY_UNKNOWN;
	ret = read_driver(fd, heap->driver, sizeof(heap->driver));
	if (ret < 0) {
		goto err_heap;
	}
	heap->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (heap->fd < 0) {
		ret = -errno;
		goto err_heap;
	}
	ret = heap_create_named(out, &dumb_impl, name != NULL ? name : "dumb", heap);
	if (ret < 0) {
		goto err_fd;
	}
	return 0;

err_fd:
	close(heap->fd);
err_heap:
	free(heap);
	return ret;
}
