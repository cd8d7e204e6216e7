/* SPDX-License-Identifier: MIT */

/*
 * A device that makes nothing. When a backend fails, libgbm takes Mesa's own without a word to the
 * program; a strict run that was to be Tenon's would then be Mesa's and look like a success. So
 * where the set-up fails in a strict run, the program gets this.
 */
#include <errno.h>
#include <stdlib.h>

#include "gbm/device.h"

struct refusal {
	struct gbm_device base;
	int error;
};

static void refuse(struct gbm_device *gbm)
{
	errno = ((struct refusal *)gbm)->error;
}

static void destroy(struct gbm_device *gbm)
{
	free(gbm);
}

static int is_format_supported(struct gbm_device *gbm, uint32_t format, uint32_t usage)
{
	return 0;
}

static int plane_count(struct gbm_device *gbm, uint32_t format, uint64_t modifier)
{
	return -1;
}

static struct gbm_bo *bo_create(struct gbm_device *gbm, uint32_t width, uint32_t height,
	uint32_t format, uint32_t usage, const uint64_t *modifiers,
	const unsigned int modifiers_len)
{
	refuse(gbm);
	return NULL;
}

static struct gbm_bo *bo_import(struct gbm_device *gbm, uint32_t type, void *buffer, uint32_t usage)
{
	refuse(gbm);
	return NULL;
}

static struct gbm_surface *surface_create(struct gbm_device *gbm, uint32_t width, uint32_t height,
	uint32_t format, uint32_t flags, const uint64_t *modifiers, const unsigned modifiers_len)
{
	refuse(gbm);
	return NULL;
}

struct gbm_device *tg_refuse_device(int fd, uint32_t version, int error)
{
	struct refusal *refusal = calloc(1, sizeof(*refusal));
	if (refusal == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	refusal->error = -error;
	refusal->base.v0.backend_version = version;
	refusal->base.v0.fd = fd;
	refusal->base.v0.name = "tenon"; /* which EGL does not take */
	refusal->base.v0.destroy = destroy;
	refusal->base.v0.is_format_supported = is_format_supported;
	refusal->base.v0.get_format_modifier_plane_count = plane_count;
	refusal->base.v0.bo_create = bo_create;
	refusal->base.v0.bo_import = bo_import;
	refusal->base.v0.surface_create = surface_create;
	return &refusal->base;
}
