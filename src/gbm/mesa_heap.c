/* SPDX-License-Identifier: MIT */

/*
 * Mesa's own allocator as one heap more: what it lays out is tiled or compressed, in a way that
 * nobody else knows. Which formats and modifiers it has cannot be listed through GBM, only asked
 * one by one, so the heap knows those that somebody asked for.
 *
 * The bo that Mesa makes is given up once its memory has been exported: the program's bo is an
 * import of that, as of any other heap's memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "gbm/device.h"

/* Of one device: more pairs than any program asks about. */
#define PAIRS_MAX 512

/* Before other heaps only where the layout is what all like best: in linear plans it has no part.
 */
#define SCARCITY 30

struct tg_mesa_heap {
	struct tg_device *device;
	enum tenon_contiguity contiguity;
	pthread_mutex_t lock;
	/* Only ever appended to: who has seen a length may read so far without the lock. */
	struct tenon_format_modifier laid_out[PAIRS_MAX];
	size_t laid_out_len;
	struct tenon_format_modifier refused[PAIRS_MAX];
	size_t refused_len;
};

/* The request that this thread allocates for: usage, and whether a layout was asked for at all,
 * are Mesa's to know and have no place in a plan. */
static _Thread_local const struct tg_request *the_request;

void tg_mesa_heap_set_request(const struct tg_request *request)
{
	the_request = request;
}

static bool is_in(
	const struct tenon_format_modifier *pairs, size_t len, uint32_t format, uint64_t modifier)
{
	for (size_t i = 0; i < len; i++) {
		if (pairs[i].format == format && pairs[i].modifier == modifier) {
			return true;
		}
	}
	return false;
}

static bool ask_mesa(const struct tg_device *device, uint32_t format, uint64_t modifier)
{
	return device->mesa.get_format_modifier_plane_count != NULL &&
	       device->mesa.get_format_modifier_plane_count(device->gbm, format, modifier) > 0;
}

static void learn(struct tg_mesa_heap *heap, uint32_t format, uint64_t modifier)
{
	const struct tenon_format_modifier pair = {format, modifier};
	pthread_mutex_lock(&heap->lock);
	if (!is_in(heap->laid_out, heap->laid_out_len, format, modifier) &&
		!is_in(heap->refused, heap->refused_len, format, modifier)) {
		if (ask_mesa(heap->device, format, modifier)) {
			if (heap->laid_out_len < PAIRS_MAX) {
				heap->laid_out[heap->laid_out_len++] = pair;
			}
		} else if (heap->refused_len < PAIRS_MAX) {
			heap->refused[heap->refused_len++] = pair;
		}
	}
	pthread_mutex_unlock(&heap->lock);
}

static void learn_from_offer(
	struct tg_mesa_heap *heap, uint32_t format, const struct tenon_offer *offer)
{
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer); i++) {
		const struct tenon_format_modifier *pairs;
		size_t len;
		tenon_offer_get_alternative(offer, i, NULL, &pairs, &len, NULL);
		for (size_t k = 0; k < len; k++) {
			if (pairs[k].modifier != DRM_FORMAT_MOD_LINEAR &&
				(pairs[k].format == format ||
					pairs[k].format == TENON_FORMAT_ANY)) {
				learn(heap, format, pairs[k].modifier);
			}
		}
	}
}

void tg_mesa_heap_learn(struct tg_device *device, const struct tg_request *request)
{
	struct tg_mesa_heap *heap = device->mesa_heap;
	const struct tenon_gbm_options *options = request->options;
	if (heap == NULL || tg_is_linear_only(request)) {
		return;
	}
	for (size_t i = 0; i < request->modifiers_len; i++) {
		if (request->modifiers[i] != DRM_FORMAT_MOD_LINEAR &&
			request->modifiers[i] != DRM_FORMAT_MOD_INVALID) {
			learn(heap, request->format, request->modifiers[i]);
		}
	}
	if (request->modifiers_len > 0) {
		return;
	}
	/* no list: whatever everybody's offers have */
	for (size_t i = 0; i < device->participants_len; i++) {
		learn_from_offer(heap, request->format, device->participants[i].offer);
	}
	for (size_t i = 0; options != NULL && i < options->participants_len; i++) {
		learn_from_offer(heap, request->format, options->participants[i].offer);
	}
}

size_t tg_mesa_heap_get_pairs(struct tg_device *device, const struct tenon_format_modifier **pairs)
{
	struct tg_mesa_heap *heap = device->mesa_heap;
	size_t len = 0;
	if (heap != NULL) {
		pthread_mutex_lock(&heap->lock);
		len = heap->laid_out_len;
		*pairs = heap->laid_out;
		pthread_mutex_unlock(&heap->lock);
	}
	return len;
}

static int heap_query(void *data, struct tenon_heap_info *info)
{
	struct tg_mesa_heap *heap = data;
	info->contiguity = heap->contiguity;
	info->protection = TENON_PROTECTION_NONE;
	info->scarcity = SCARCITY;
	info->dmabuf = true;
	info->own_fd = true;
	pthread_mutex_lock(&heap->lock);
	info->lays_out = heap->laid_out;
	info->lays_out_len = heap->laid_out_len;
	pthread_mutex_unlock(&heap->lock);
	info->lays_out_only = true;
	return 0;
}

static int heap_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	return -ENOTSUP;
}

static void heap_free(void *data, struct tenon_memory *memory)
{
	if (memory->fd >= 0) {
		close(memory->fd);
	}
}

static void heap_destroy(void *data)
{
	struct tg_mesa_heap *heap = data;
	pthread_mutex_destroy(&heap->lock);
	free(heap);
}

static int fail(const struct tenon_picture_request *request, int error, const char *what)
{
	if (request->reason != NULL && request->reason_size > 0) {
		snprintf(request->reason, request->reason_size, "Mesa: %s", what);
	}
	return error;
}

static uint32_t usage_of(const struct tenon_picture_request *request)
{
	if (the_request != NULL) {
		return the_request->usage;
	}
	uint32_t usage = 0;
	usage |= request->roles & TENON_ROLE_SCANOUT ? GBM_BO_USE_SCANOUT : 0;
	usage |= request->roles & TENON_ROLE_RENDER ? GBM_BO_USE_RENDERING : 0;
	return usage;
}

/*
 * With a list, Mesa chooses from what of it all take. Without one the program may show the buffer
 * without telling a modifier, which goes right only with the layout that Mesa takes in that case.
 */
static struct gbm_bo *create_bo(
	struct tg_device *device, const struct tenon_picture_request *request)
{
	bool implicit = the_request != NULL && the_request->modifiers_len == 0;
	return device->mesa.bo_create(device->gbm, request->width, request->height, request->format,
		usage_of(request), implicit ? NULL : request->modifiers,
		implicit ? 0 : (unsigned)request->modifiers_len);
}

/* Where a file is among those seen already, by what file it is and not by its number. */
static int find_object(const struct tenon_picture *picture, const struct stat *file, size_t *out)
{
	for (size_t i = 0; i < picture->objects_len; i++) {
		struct stat known;
		if (fstat(picture->objects[i]->fd, &known) < 0) {
			return -errno;
		}
		if (known.st_dev == file->st_dev && known.st_ino == file->st_ino) {
			*out = i;
			return 0;
		}
	}
	*out = picture->objects_len;
	return 0;
}

/* Takes the fd over when it is a new object's, else closes it. */
static int add_object(
	struct tenon_picture *picture, int fd, enum tenon_contiguity contiguity, uint32_t *object)
{
	struct stat file;
	size_t at = 0;
	int ret = fstat(fd, &file) < 0 ? -errno : find_object(picture, &file, &at);
	off_t size = ret == 0 ? lseek(fd, 0, SEEK_END) : 0;
	if (ret == 0 && size <= 0) {
		ret = size < 0 ? -errno : -EIO;
	}
	if (ret < 0 || at < picture->objects_len) {
		close(fd);
		*object = (uint32_t)at;
		return ret;
	}
	struct tenon_memory *memory = picture->objects[picture->objects_len++];
	memory->fd = fd;
	memory->bytes = (uint64_t)size;
	memory->contiguity = contiguity;
	memory->protection = TENON_PROTECTION_NONE;
	memory->dmabuf = true;
	memory->own_fd = true;
	*object = (uint32_t)at;
	return 0;
}

static int add_plane(const struct tg_mesa_heap *heap, struct tenon_picture *picture,
	struct gbm_bo *bo, int plane)
{
	const struct gbm_device_v0 *mesa = &heap->device->mesa;
	struct tenon_plane_layout *layout = &picture->planes[plane];
	int fd = mesa->bo_get_plane_fd(bo, plane);
	if (fd < 0) {
		return errno != 0 ? -errno : -EIO;
	}
	layout->pitch = mesa->bo_get_stride(bo, plane);
	layout->offset = mesa->bo_get_offset(bo, plane);
	return add_object(picture, fd, heap->contiguity, &layout->object);
}

static int describe(
	const struct tg_mesa_heap *heap, struct tenon_picture *picture, struct gbm_bo *bo)
{
	const struct gbm_device_v0 *mesa = &heap->device->mesa;
	int planes = mesa->bo_get_planes(bo);
	int ret = planes > 0 && planes <= TENON_MAX_PLANES ? 0 : -EIO;
	picture->modifier = mesa->bo_get_modifier(bo);
	for (int i = 0; ret == 0 && i < planes; i++) {
		errno = 0;
		ret = add_plane(heap, picture, bo, i);
	}
	picture->planes_len = ret == 0 ? (size_t)planes : 0;
	return ret;
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

static int heap_alloc_picture(
	void *data, const struct tenon_picture_request *request, struct tenon_picture *picture)
{
	const struct tg_mesa_heap *heap = data;
	const struct gbm_device_v0 *mesa = &heap->device->mesa;
	errno = 0;
	struct gbm_bo *bo = create_bo(heap->device, request);
	if (bo == NULL) {
		int error = errno == ENOMEM || errno == ENOSPC ? -errno : -ENOTSUP;
		return fail(request, error, errno != 0 ? strerror(errno) : "no such layout");
	}
	int ret = is_asked(request, mesa->bo_get_modifier(bo))
			  ? describe(heap, picture, bo)
			  : fail(request, -ENOTSUP, "it likes a layout that not all take");
	mesa->bo_destroy(bo);
	if (ret < 0) {
		for (size_t i = 0; i < picture->objects_len; i++) {
			close(picture->objects[i]->fd);
			picture->objects[i]->fd = -1;
		}
		picture->objects_len = 0;
	}
	return ret;
}

static const struct tenon_heap_impl impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = TG_MESA_HEAP,
	.query = heap_query,
	.alloc = heap_alloc,
	.free = heap_free,
	.destroy = heap_destroy,
	.alloc_picture = heap_alloc_picture,
};

int tg_mesa_heap_init(struct tg_device *device)
{
	struct tenon_heap *heap = NULL;
	if (device->mesa.bo_create == NULL) {
		return 0;
	}
	struct tg_mesa_heap *mesa = calloc(1, sizeof(*mesa));
	if (mesa == NULL) {
		return -ENOMEM;
	}
	mesa->device = device;
	mesa->contiguity = tg_own_contiguity(device);
	pthread_mutex_init(&mesa->lock, NULL);
	int ret = tenon_heap_create(&heap, &impl, mesa);
	if (ret < 0) {
		heap_destroy(mesa);
		return ret;
	}
	ret = tenon_context_add_heap(device->context, heap);
	if (ret == 0) {
		device->mesa_heap = mesa;
	}
	tenon_heap_unref(heap); /* the context has a reference of its own, or it goes */
	return ret;
}
