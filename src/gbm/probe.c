/* SPDX-License-Identifier: MIT */

/*
 * Whether a device takes a buffer, found by trying: import, map where Mesa will draw on the CPU,
 * framebuffer and a commit that changes nothing where it is to be shown. Drivers refuse at
 * different stages, and some do not refuse but crash later: software GL maps what it draws to with
 * MAP_DUMB, which the kernel denies for memory of another exporter, and does not check.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "gbm/device.h"

static uint32_t stages_of(const struct tg_device *device, uint32_t usage)
{
	uint32_t stages = TENON_PROBE_IMPORT;
	if (device->software) {
		stages |= TENON_PROBE_MAP;
	}
	if (usage & GBM_BO_USE_SCANOUT) {
		stages |= TENON_PROBE_FRAMEBUFFER | TENON_PROBE_COMMIT;
	}
	return stages;
}

/* What answers are kept by: the heap; imported memory may be anything. */
static const char *kind_of(struct tenon_buffer *buffer)
{
	const char *heap = tenon_buffer_get_heap(buffer);
	return heap != NULL && strcmp(heap, "import") != 0 ? heap : NULL;
}

static int probe_fds(struct tg_device *device, struct tenon_buffer *buffer, uint32_t usage,
	const int *fds, size_t fds_len, const char **stage)
{
	struct tenon_drm_probe_options options = {
		.size = sizeof(options), .memory = kind_of(buffer)};
	struct tenon_probe_result result = {.size = sizeof(result)};
	*stage = "probe";
	int ret = tenon_drm_device_probe(device->drm_device, tenon_buffer_get_layout(buffer), fds,
		fds_len, stages_of(device, usage), &options, &result);
	if (ret != 0 || result.refused == 0) {
		return ret;
	}
	/* An old kernel may not know the format of a device that only renders, which says nothing
	 * of the memory. */
	if (result.refused == TENON_PROBE_FRAMEBUFFER && result.error == -EOPNOTSUPP) {
		return 0;
	}
	*stage = tenon_probe_stage_get_name(result.refused);
	return result.error;
}

int tg_probe(
	struct tg_device *device, struct tenon_buffer *buffer, uint32_t usage, const char **stage)
{
	size_t objects = tenon_layout_get_objects_len(tenon_buffer_get_layout(buffer)), len = 0;
	int fds[TENON_MAX_PLANES], ret = 0;
	*stage = "export";
	while (ret == 0 && len < objects) {
		ret = tenon_buffer_export(buffer, len, &fds[len]);
		len += ret == 0;
	}
	if (ret == 0) {
		ret = probe_fds(device, buffer, usage, fds, len, stage);
	}
	while (len > 0) {
		close(fds[--len]);
	}
	return ret;
}
