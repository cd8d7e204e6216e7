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

void tg_bo_drop_handles(struct tg_bo *bo)
{
	for (size_t i = 0; i < TENON_MAX_PLANES; i++) {
		tenon_drm_import_unref(bo->imports[i]);
		bo->imports[i] = NULL;
	}
}

void tg_bo_free(struct tg_bo *bo)
{
	tg_bo_unmap_all(bo);
	tg_bo_drop_handles(bo);
	detach_all(bo);
	tenon_buffer_unref(bo->buffer);
	free(bo->text);
	free(bo);
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

static bool has_format(const struct tenon_offer *offer, uint32_t format)
{
	const struct tenon_format_modifier *pairs;
	size_t len;
	for (size_t i = 0; tenon_offer_get_alternative(offer, i, NULL, &pairs, &len, NULL) == 0;
		i++) {
		for (size_t j = 0; j < len; j++) {
			if (pairs[j].format == format || pairs[j].format == TENON_FORMAT_ANY) {
				return true;
			}
		}
	}
	return false;
}

/* Nothing is asked of the device itself, and it could not do anything: a display that is to keep
 * YUV for somebody else. */
static bool is_bystander(const struct tenon_offer *offer, const struct tg_request *request)
{
	return tg_roles_of_usage(request->usage) == 0 && !has_format(offer, request->format);
}

/* The device itself is of the party unless it cannot be, and its other half where that has a part.
 */
static int attach_self(
	struct tg_bo *bo, const struct tg_request *request, struct tenon_conflict **conflict)
{
	struct tg_device *device = bo->device;
	struct tenon_offer *offer = NULL;
	int ret = tg_self_offer(device, &offer);
	if (ret == 0 && !is_bystander(offer, request)) {
		ret = attach(bo, offer,
			tg_participant_roles(&device->participants[0], request->usage), conflict);
	}
	tenon_offer_unref(offer);
	if (ret == 0 && device->partner != NULL &&
		(tg_roles_of_usage(request->usage) & device->partner_role)) {
		ret = attach(bo, device->partner, device->partner_role, conflict);
	}
	return ret;
}

static int attach_all(
	struct tg_bo *bo, const struct tg_request *request, struct tenon_conflict **conflict)
{
	struct tg_device *device = bo->device;
	const struct tenon_gbm_options *options = request->options;
	int ret = device->drm ? attach_self(bo, request, conflict) : 0;
	/* the device itself, and who draws for it, are always of the party */
	size_t known =
		options != NULL && options->only_these ? device->own_len : device->participants_len;
	for (size_t i = device->drm; ret == 0 && i < known; i++) {
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

/*
 * The modifiers asked for, in the order in which they are tried. GBM's lists have no order: what is
 * not linear comes first, as it was listed, for that is what the device is fast at. INVALID in a
 * list says that the layout may be left unsaid: linear will do.
 */
static int list_modifiers(const struct tg_request *request, uint64_t **out, size_t *len)
{
	bool linear = tg_is_linear_only(request) && request->modifiers_len == 0;
	uint64_t *list = calloc(request->modifiers_len + 1, sizeof(*list));
	if (list == NULL) {
		return -ENOMEM;
	}
	*len = 0;
	for (size_t i = 0; i < request->modifiers_len; i++) {
		bool tiled = request->modifiers[i] != DRM_FORMAT_MOD_LINEAR &&
			     request->modifiers[i] != DRM_FORMAT_MOD_INVALID;
		linear = linear || !tiled;
		if (tiled && !tg_is_linear_only(request)) {
			list[(*len)++] = request->modifiers[i];
		}
	}
	if (linear) {
		list[(*len)++] = DRM_FORMAT_MOD_LINEAR;
	}
	*out = list;
	return 0;
}

static int create_buffer(struct tg_bo *bo, const struct tg_request *request,
	const struct tg_filter *filter, struct tenon_conflict **conflict)
{
	const struct tenon_gbm_options *own = request->options;
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = request->width,
		.height = request->height,
		.formats = &request->format,
		.formats_len = 1,
		.limits = own != NULL ? own->limits : NULL,
		.flags = bo->device->drm ? TENON_BUFFER_DMABUF : 0,
		.name = "gbm_bo",
		.conflict = conflict,
	};
	struct tenon_heap_info *heaps = NULL;
	uint64_t *modifiers = NULL;
	int ret = list_modifiers(request, &modifiers, &options.modifiers_len);
	if (ret == 0 && request->modifiers_len > 0 && options.modifiers_len == 0) {
		ret = -ENOTSUP; /* tiled, for the CPU */
	}
	if (ret == 0) {
		ret = tg_recent_heaps(bo->device, &heaps, &options.heaps_len);
	}
	if (ret == 0) {
		options.modifiers = modifiers;
		options.heaps = heaps;
		ret = tenon_buffer_create(&bo->buffer, bo->device->context, &options);
	}
	free(heaps);
	free(modifiers);
	if (ret == 0) {
		ret = attach_all(bo, request, conflict);
	}
	if (ret == 0 && filter->offer != NULL) {
		ret = attach(bo, filter->offer, 0, conflict);
	}
	return ret == 0 ? tenon_buffer_allocate(bo->buffer) : ret;
}

static void forget_buffer(struct tg_bo *bo)
{
	detach_all(bo);
	tenon_buffer_unref(bo->buffer);
	bo->buffer = NULL;
}

/* Makes the buffer within what has not been refused yet, and tries it on the device. */
static int try_once(struct tg_bo *bo, const struct tg_request *request, struct tg_filter *filter,
	struct tenon_conflict **conflict)
{
	struct tg_device *device = bo->device;
	const char *stage = NULL;
	int ret = tg_filter_update(filter, device, request);
	if (ret == 0) {
		ret = create_buffer(bo, request, filter, conflict);
	}
	if (ret != 0) {
		tg_recent_forget(device);
	}
	if (ret == TENON_CONFLICT && tg_filter_is_in_the_way(filter, *conflict)) {
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
	ret = tg_filter_refuse(filter, device, request, bo->buffer, stage, ret);
	forget_buffer(bo);
	return ret;
}

/* One kind of memory after the other until the device takes it. */
static int find_memory(
	struct tg_bo *bo, const struct tg_request *request, struct tenon_conflict **conflict)
{
	struct tg_filter filter = {0};
	int ret;
	tg_mesa_heap_learn(bo->device, request);
	tg_mesa_heap_set_request(request);
	do {
		ret = try_once(bo, request, &filter, conflict);
	} while (ret == -EAGAIN);
	tg_mesa_heap_set_request(NULL);
	tg_filter_finish(&filter);
	return ret;
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
			*why = tg_explain_failure(bo, request, ret);
		}
		tg_bo_free(bo);
		return ret;
	}
	bo->text = tg_explain(bo, request);
	tg_registry_add_bo(bo);
	*out = bo;
	return 0;
}
