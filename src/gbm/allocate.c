/* SPDX-License-Identifier: MIT */

/*
 * A bo in Tenon's memory: plan for all who will touch it, allocate, try the memory on the device,
 * and take the next heap when it is refused. What a device refused once is not tried again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include <tenon/context.h>

#include "gbm/device.h"

struct tg_bo *tg_bo_create(struct tg_device *device)
{
	struct tg_bo *bo = calloc(1, sizeof(*bo));
	if (bo != NULL) {
		bo->device = device;
	}
	return bo;
}

static void detach_all(struct tg_bo *bo)
{
	for (size_t i = 0; i < bo->attachments_len; i++) {
		tenon_attachment_destroy(bo->attachments[i]);
	}
	bo->attachments_len = 0;
}

void tg_bo_free(struct tg_bo *bo)
{
	tg_bo_unmap_all(bo);
	detach_all(bo);
	tenon_buffer_unref(bo->buffer);
	free(bo->text);
	free(bo);
}

static bool is_refused(struct tg_device *device, const char *heap)
{
	for (size_t i = 0; i < device->refusals_len; i++) {
		if (strcmp(device->refusals[i].heap, heap) == 0) {
			return true;
		}
	}
	return false;
}

/* Out of something is not a word about the memory: it is not remembered. */
static bool is_lasting(int error)
{
	return error != -ENOMEM && error != -EMFILE && error != -ENFILE && error != -EINTR;
}

static void remember_refusal(
	struct tg_device *device, const char *heap, const char *stage, int error)
{
	pthread_mutex_lock(&device->lock);
	if (!is_refused(device, heap) && device->refusals_len < TG_HEAPS_MAX) {
		struct tg_refusal *refusal = &device->refusals[device->refusals_len++];
		strncpy(refusal->heap, heap, sizeof(refusal->heap) - 1);
		refusal->stage = stage;
		refusal->error = error;
	}
	pthread_mutex_unlock(&device->lock);
}

/* The caller's limits, and every heap but those refused. -ENODEV when none is left. */
static int limits_without(struct tenon_limits **out, struct tg_device *device,
	const struct tenon_limits *own, const char *const *tried, size_t tried_len)
{
	struct tenon_limits *limits = NULL;
	const char *const *allowed =
		own != NULL ? tenon_limits_get_heaps(own, TENON_PROP_HEAP) : NULL;
	int ret = own != NULL ? tenon_limits_dup(&limits, own) : tenon_limits_create(&limits);
	bool any = false;
	pthread_mutex_lock(&device->lock);
	bool all = device->refusals_len == 0 && tried_len == 0;
	for (size_t i = 0; ret == 0 && !all; i++) {
		struct tenon_heap *heap = tenon_context_get_heap(device->context, i);
		if (heap == NULL) {
			break;
		}
		const char *name = tenon_heap_get_name(heap);
		bool skip = is_refused(device, name) || allowed != NULL;
		for (size_t t = 0; t < tried_len; t++) {
			skip = skip || strcmp(tried[t], name) == 0;
		}
		if (!skip) {
			ret = tenon_limits_allow_heap(limits, name);
			any = true;
		}
	}
	pthread_mutex_unlock(&device->lock);
	if (ret == 0 && !all && !any && allowed == NULL) {
		ret = -ENODEV;
	}
	if (ret < 0) {
		tenon_limits_destroy(limits);
		return ret;
	}
	*out = limits;
	return 0;
}

static int attach(struct tg_bo *bo, struct tenon_offer *offer, uint32_t roles,
	struct tenon_conflict **conflict)
{
	if (bo->attachments_len == TG_PARTICIPANTS_MAX) {
		return -E2BIG;
	}
	int ret = tenon_buffer_attach(
		bo->buffer, offer, roles, &bo->attachments[bo->attachments_len], conflict);
	bo->attachments_len += ret == 0;
	return ret;
}

static int attach_all(
	struct tg_bo *bo, const struct tg_request *request, struct tenon_conflict **conflict)
{
	struct tg_device *device = bo->device;
	const struct tenon_gbm_options *options = request->options;
	int ret = 0;
	/* the device itself, and who draws for it, are always of the party */
	size_t known =
		options != NULL && options->only_these ? device->own_len : device->participants_len;
	for (size_t i = 0; ret == 0 && i < known; i++) {
		const struct tenon_participant *participant = &device->participants[i];
		ret = attach(bo, participant->offer,
			tg_participant_roles(participant, request->usage), conflict);
	}
	for (size_t i = 0; ret == 0 && options != NULL && i < options->participants_len; i++) {
		ret = attach(bo, options->participants[i].offer, options->participants[i].roles,
			conflict);
	}
	return ret;
}

static int create_buffer(struct tg_bo *bo, const struct tg_request *request,
	const struct tenon_limits *limits, struct tenon_conflict **conflict)
{
	static const uint64_t linear = DRM_FORMAT_MOD_LINEAR;
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = request->width,
		.height = request->height,
		.formats = &request->format,
		.formats_len = 1,
		.modifiers = &linear,
		.modifiers_len = 1,
		.limits = limits,
		.flags = bo->device->drm ? TENON_BUFFER_DMABUF : 0,
		.name = "gbm_bo",
		.conflict = conflict,
	};
	int ret = tenon_buffer_create(&bo->buffer, bo->device->context, &options);
	if (ret == 0) {
		ret = attach_all(bo, request, conflict);
	}
	return ret == 0 ? tenon_buffer_allocate(bo->buffer) : ret;
}

static void forget_buffer(struct tg_bo *bo)
{
	detach_all(bo);
	tenon_buffer_unref(bo->buffer);
	bo->buffer = NULL;
}

/* Whether a conflict is one that leaving out refused heaps has made. */
static bool is_about_heaps(struct tg_device *device, const struct tenon_conflict *conflict)
{
	pthread_mutex_lock(&device->lock);
	bool refused = device->refusals_len > 0;
	pthread_mutex_unlock(&device->lock);
	return refused && tenon_conflict_get_property(conflict) == TENON_PROP_HEAP;
}

/* One heap after the other until the device takes the memory. */
static int find_memory(
	struct tg_bo *bo, const struct tg_request *request, struct tenon_conflict **conflict)
{
	struct tg_device *device = bo->device;
	const struct tenon_limits *own = request->options != NULL ? request->options->limits : NULL;
	const char *tried[TG_HEAPS_MAX];
	size_t tried_len = 0;
	for (;;) {
		struct tenon_limits *limits = NULL;
		const char *stage = NULL, *heap;
		int ret = limits_without(&limits, device, own, tried, tried_len);
		if (ret == 0) {
			ret = create_buffer(bo, request, limits, conflict);
			tenon_limits_destroy(limits);
		}
		if (ret == TENON_CONFLICT && is_about_heaps(device, *conflict)) {
			/* The devices do agree: on memory that this one has refused. */
			tenon_conflict_destroy(*conflict);
			*conflict = NULL;
			ret = -ENODEV;
		}
		if (ret != 0 || !device->drm) {
			return ret;
		}
		ret = tg_probe(device, bo->buffer, request->usage, &stage);
		if (ret == 0) {
			return 0;
		}
		heap = tenon_heap_get_name(tenon_context_find_heap(
			device->context, tenon_buffer_get_heap(bo->buffer)));
		tenon_context_log(device->context, TENON_LOG_INFO,
			"gbm: %s refuses memory of heap %s at %s: %s", device->driver, heap, stage,
			strerror(-ret));
		if (is_lasting(ret)) {
			remember_refusal(device, heap, stage, ret);
		}
		forget_buffer(bo);
		if (tried_len == TG_HEAPS_MAX) {
			return -ENODEV;
		}
		tried[tried_len++] = heap;
	}
}

int tg_allocate(struct tg_bo **out, struct tg_device *device, const struct tg_request *request,
	struct tenon_conflict **conflict, char **why)
{
	struct tenon_conflict *reason = NULL;
	struct tg_bo *bo = tg_bo_create(device);
	if (bo == NULL) {
		return -ENOMEM;
	}
	int ret = find_memory(bo, request, &reason);
	if (ret == 0) {
		ret = tg_bo_wrap(bo, request);
	}
	if (conflict != NULL) {
		*conflict = reason;
	} else {
		tenon_conflict_destroy(reason);
	}
	if (ret != 0) {
		if (ret < 0 && why != NULL) {
			*why = tg_explain_failure(device,
				bo->buffer != NULL ? tenon_buffer_get_plan(bo->buffer) : NULL, ret);
		}
		tg_bo_free(bo);
		return ret;
	}
	bo->text = tg_explain(bo, request);
	tg_registry_add_bo(bo);
	*out = bo;
	return 0;
}
