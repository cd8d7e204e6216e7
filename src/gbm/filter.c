/* SPDX-License-Identifier: MIT */

/*
 * What the device has refused is not planned again. A heap whose memory cannot be imported or
 * mapped is out for everything; what is refused as a framebuffer is out as this picture, for that
 * may be a matter of its format or size.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include <tenon/context.h>

#include "gbm/device.h"

/* The name it takes part by. */
#define FILTER "memory that passes"

bool tg_refusal_applies(const struct tg_refusal *refusal, const struct tg_request *request,
	const char *heap, uint64_t modifier)
{
	if (strcmp(refusal->heap, heap) != 0) {
		return false;
	}
	return refusal->whole_heap ||
	       (refusal->modifier == modifier && refusal->format == request->format &&
		       refusal->width == request->width && refusal->height == request->height &&
		       refusal->usage == request->usage);
}

/* With the device's lock. */
static bool is_refused(const struct tg_filter *filter, const struct tg_device *device,
	const struct tg_request *request, const char *heap, uint64_t modifier)
{
	bool is = false;
	for (size_t i = 0; !is && i < device->refusals_len; i++) {
		is = tg_refusal_applies(&device->refusals[i], request, heap, modifier);
	}
	for (size_t i = 0; !is && i < filter->tried_len; i++) {
		is = tg_refusal_applies(&filter->tried[i], request, heap, modifier);
	}
	return is;
}

/* Linear pictures, in the heaps that are left. Adds nothing when none is. */
static int add_linear(struct tenon_offer *offer, const struct tg_filter *filter,
	const struct tg_device *device, const struct tg_request *request)
{
	const struct tenon_format_modifier rows = {request->format, DRM_FORMAT_MOD_LINEAR};
	struct tenon_limits *limits = NULL;
	struct tenon_heap *heap;
	bool any = false;
	int ret = tenon_limits_create(&limits);
	for (size_t i = 0; ret == 0 && (heap = tenon_context_get_heap(device->context, i)) != NULL;
		i++) {
		const char *name = tenon_heap_get_name(heap);
		if (!is_refused(filter, device, request, name, DRM_FORMAT_MOD_LINEAR)) {
			ret = tenon_limits_allow_heap(limits, name);
			any = true;
		}
	}
	if (ret == 0 && any) {
		ret = tenon_offer_add(offer, TENON_ROLE_ANY, &rows, 1, limits);
	}
	tenon_limits_destroy(limits);
	return ret;
}

static int add_tiled(struct tenon_offer *offer, const struct tg_filter *filter,
	struct tg_device *device, const struct tg_request *request,
	const struct tenon_format_modifier *all, size_t all_len)
{
	struct tenon_format_modifier *left = calloc(all_len + 1, sizeof(*left));
	size_t len = 0;
	if (left == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < all_len; i++) {
		if (all[i].format == request->format &&
			!is_refused(filter, device, request, TG_MESA_HEAP, all[i].modifier)) {
			left[len++] = all[i];
		}
	}
	int ret = len > 0 ? tenon_offer_add(offer, TENON_ROLE_ANY, left, len, NULL) : 0;
	free(left);
	return ret;
}

static int make_offer(struct tenon_offer **out, const struct tg_filter *filter,
	struct tg_device *device, const struct tg_request *request)
{
	const struct tenon_format_modifier *tiled = NULL;
	size_t tiled_len = tg_mesa_heap_get_pairs(device, &tiled);
	struct tenon_offer *offer = NULL;
	int ret = tenon_offer_create(&offer, FILTER);
	pthread_mutex_lock(&device->lock);
	if (ret == 0) {
		ret = add_linear(offer, filter, device, request);
	}
	if (ret == 0) {
		ret = add_tiled(offer, filter, device, request, tiled, tiled_len);
	}
	pthread_mutex_unlock(&device->lock);
	if (ret == 0 && tenon_offer_get_alternatives_len(offer) == 0) {
		ret = -ENODEV;
	}
	if (ret < 0) {
		tenon_offer_unref(offer);
		return ret;
	}
	*out = offer;
	return 0;
}

int tg_filter_update(
	struct tg_filter *filter, struct tg_device *device, const struct tg_request *request)
{
	pthread_mutex_lock(&device->lock);
	bool nothing = device->refusals_len == 0 && filter->tried_len == 0;
	pthread_mutex_unlock(&device->lock);
	tg_filter_finish(filter);
	return nothing ? 0 : make_offer(&filter->offer, filter, device, request);
}

bool tg_filter_is_in_the_way(const struct tg_filter *filter, const struct tenon_conflict *conflict)
{
	bool is = false;
	for (size_t i = 0; filter->offer != NULL && i < tenon_conflict_get_devices_len(conflict);
		i++) {
		const char *name = NULL;
		tenon_conflict_get_device(conflict, i, &name, NULL, NULL);
		is = is || (name != NULL && strcmp(name, FILTER) == 0);
	}
	return is;
}

/* Out of something is not a word about the memory: it is not remembered. */
static bool is_lasting(int error)
{
	return error != -ENOMEM && error != -EMFILE && error != -ENFILE && error != -EINTR &&
	       error != -EBUSY && error != -ENODEV;
}

static void remember(struct tg_device *device, const struct tg_refusal *refusal)
{
	pthread_mutex_lock(&device->lock);
	device->refusals[device->refusals_next] = *refusal;
	device->refusals_next = (device->refusals_next + 1) % TG_REFUSALS_MAX;
	if (device->refusals_len < TG_REFUSALS_MAX) {
		device->refusals_len++;
	}
	pthread_mutex_unlock(&device->lock);
}

int tg_filter_refuse(struct tg_filter *filter, struct tg_device *device,
	const struct tg_request *request, struct tenon_buffer *buffer, const char *stage, int error)
{
	const char *heap = tenon_buffer_get_heap(buffer);
	struct tg_refusal refusal = {
		.width = request->width,
		.height = request->height,
		.format = request->format,
		.usage = request->usage,
		.modifier = tenon_layout_get_modifier(tenon_buffer_get_layout(buffer)),
		.stage = stage,
		.error = error,
	};
	refusal.whole_heap = refusal.modifier == DRM_FORMAT_MOD_LINEAR &&
			     strcmp(stage, "framebuffer") != 0 && strcmp(stage, "commit") != 0;
	strncpy(refusal.heap, heap, sizeof(refusal.heap) - 1);
	tenon_context_log(device->context, TENON_LOG_INFO,
		"gbm: %s refuses memory of heap %s at %s: %s", device->driver, heap, stage,
		strerror(-error));
	if (is_lasting(error)) {
		remember(device, &refusal);
	}
	if (filter->tried_len == TG_REFUSALS_MAX) {
		return -ENODEV; /* more than there are heaps and modifiers */
	}
	filter->tried[filter->tried_len++] = refusal;
	return -EAGAIN;
}

void tg_filter_finish(struct tg_filter *filter)
{
	tenon_offer_unref(filter->offer);
	filter->offer = NULL;
}
