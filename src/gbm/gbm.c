/* SPDX-License-Identifier: MIT */

/* The public functions: what GBM itself cannot say. */
#include <errno.h>

#include <tenon/gbm.h>

#include "gbm/device.h"

bool tenon_gbm_is_tenon(struct gbm_device *device)
{
	return tg_registry_find_device(device) != NULL;
}

int tenon_gbm_bo_create(struct gbm_bo **out, struct gbm_device *device, uint32_t width,
	uint32_t height, uint32_t format, uint32_t usage, const struct tenon_gbm_options *options,
	struct tenon_conflict **conflict)
{
	struct tg_device *ours = tg_registry_find_device(device);
	struct tg_request request = {
		.width = width,
		.height = height,
		.format = tg_canonical_format(format),
		.usage = usage,
		.options = options,
	};
	struct tg_bo *bo = NULL;
	if (ours == NULL || (options != NULL && options->size != sizeof(*options))) {
		return -EINVAL;
	}
	if (options != NULL) {
		request.modifiers = options->modifiers;
		request.modifiers_len = options->modifiers_len;
	}
	int ret = tg_allocate(&bo, ours, &request, conflict, NULL);
	if (ret == 0) {
		*out = bo->gbm;
	}
	return ret;
}

struct tenon_buffer *tenon_gbm_bo_get_buffer(struct gbm_bo *gbm)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	return bo != NULL ? bo->buffer : NULL;
}

const char *tenon_gbm_bo_get_text(struct gbm_bo *gbm)
{
	struct tg_bo *bo = tg_registry_find_bo(gbm);
	return bo != NULL ? bo->text : NULL;
}

int tenon_gbm_bo_prepare(struct gbm_bo *gbm, struct tenon_access *access, int timeout_ms)
{
	access->buffer = tenon_gbm_bo_get_buffer(gbm);
	return access->buffer != NULL ? tenon_access_prepare(access, 1, timeout_ms) : -ENOTSUP;
}

int tenon_gbm_bo_finish(struct gbm_bo *gbm, struct tenon_access *access)
{
	if (access->buffer == NULL || access->buffer != tenon_gbm_bo_get_buffer(gbm)) {
		return -EINVAL;
	}
	return tenon_access_finish(access, 1);
}
