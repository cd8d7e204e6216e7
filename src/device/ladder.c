/* SPDX-License-Identifier: MIT */

/*
 * The ladder for DRM devices. See tenon/probe.h for what it is, tenon/drm.h for its rules.
 *
 * The work is done on an open file of our own, so that handles of others (Mesa) in the device's
 * open file cannot get mixed up with the probe's. Only the right to set modes cannot be had twice:
 * where the commit is wanted and the device's file has that right, it is done there.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "base/dmabuf.h"
#include "device/drm.h"
#include "device/framebuffer.h"
#include "device/probe.h"
#include "device/probe_commit.h"

#define STAGES \
	(TENON_PROBE_DMABUF | TENON_PROBE_IMPORT | TENON_PROBE_MAP | TENON_PROBE_FRAMEBUFFER | \
		TENON_PROBE_COMMIT)

struct ladder {
	struct tenon_drm_device *device; /* that it works on; a reference */
	const struct tenon_layout *layout;
	const int *fds;
	size_t fds_len;
	struct tenon_drm_import *imports[TENON_MAX_PLANES];
	uint32_t handles[TENON_MAX_PLANES];
	uint32_t fb; /* 0: none */
	struct tenon_probe_result result;
};

/* Each stage returns 0 when the ladder may go on or has ended with an answer, or the negative errno
 * of a failure that says nothing of the buffer. */
typedef int (*stage_fn)(struct ladder *ladder);

/* Stages and those they rest on. */
static uint32_t complete(uint32_t stages)
{
	if (stages & TENON_PROBE_COMMIT) {
		stages |= TENON_PROBE_FRAMEBUFFER;
	}
	if (stages & (TENON_PROBE_MAP | TENON_PROBE_FRAMEBUFFER)) {
		stages |= TENON_PROBE_IMPORT;
	}
	return stages & TENON_PROBE_IMPORT ? stages | TENON_PROBE_DMABUF : stages;
}

/* Whether an error is of the machine, or of a device that is gone: no answer. */
static bool is_no_answer(const struct ladder *ladder, int error)
{
	drmVersionPtr version;

	switch (error) {
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
	case -EBADF:
		return true;
	case -ENODEV: /* any ioctl of a device that is gone; or the driver's word for "no" */
		version = drmGetVersion(ladder->device->fd);
		drmFreeVersion(version);
		return version == NULL;
	default:
		return false;
	}
}

/* The driver's no at a stage. */
static int answer(struct ladder *ladder, enum tenon_probe_stage stage, int error)
{
	char layout[160], name[64];

	if (is_no_answer(ladder, error)) {
		return error;
	}
	probe_print_error(name, sizeof(name), error);
	probe_print_layout(layout, sizeof(layout), ladder->layout);
	probe_refuse(&ladder->result, stage, error, "%s: %s from %s for %s",
		tenon_probe_stage_get_name(stage), name, ladder->device->driver, layout);
	return 0;
}

static int try_dmabuf(struct ladder *ladder)
{
	for (size_t i = 0; i < ladder->fds_len; i++) {
		uint64_t needed = tenon_layout_get_object_size(ladder->layout, i), bytes;
		int is = dmabuf_is(ladder->fds[i]);

		if (is < 0) {
			return is;
		}
		if (is == 0) {
			probe_refuse(&ladder->result, TENON_PROBE_DMABUF, -EINVAL,
				"dma-buf: the memory is no dma-buf, and DRM devices take nothing "
				"else");
			return 0;
		}
		bytes = dmabuf_get_size(ladder->fds[i]);
		if (bytes != 0 && bytes < needed) {
			probe_refuse(&ladder->result, TENON_PROBE_DMABUF, -EINVAL,
				"dma-buf: it has %" PRIu64 " bytes of the %" PRIu64
				" that the layout needs",
				bytes, needed);
			return 0;
		}
	}
	probe_pass(&ladder->result, TENON_PROBE_DMABUF);
	return 0;
}

static int try_import(struct ladder *ladder)
{
	for (size_t i = 0; i < ladder->fds_len; i++) {
		int ret = tenon_drm_device_import(
			&ladder->imports[i], ladder->device, ladder->fds[i]);

		if (ret != 0) {
			return answer(ladder, TENON_PROBE_IMPORT, ret);
		}
		ladder->handles[i] = tenon_drm_import_get_handle(ladder->imports[i]);
	}
	probe_pass(&ladder->result, TENON_PROBE_IMPORT);
	return 0;
}

static int try_map(struct ladder *ladder)
{
	for (size_t i = 0; i < ladder->fds_len; i++) {
		struct drm_mode_map_dumb map = {.handle = ladder->handles[i]};

		if (drmIoctl(ladder->device->fd, DRM_IOCTL_MODE_MAP_DUMB, &map) != 0) {
			return answer(ladder, TENON_PROBE_MAP, -errno);
		}
	}
	probe_pass(&ladder->result, TENON_PROBE_MAP);
	return 0;
}

static int try_framebuffer(struct ladder *ladder)
{
	int ret = framebuffer_add(ladder->device->fd, ladder->layout, ladder->handles, &ladder->fb);

	if (ret == -EACCES) {
		probe_note(&ladder->result, "framebuffer not tried: a render node shows nothing");
		return 0;
	}
	if (ret != 0) {
		return answer(ladder, TENON_PROBE_FRAMEBUFFER, ret);
	}
	probe_pass(&ladder->result, TENON_PROBE_FRAMEBUFFER);
	return 0;
}

static int try_commit(struct ladder *ladder)
{
	if (ladder->fb == 0) {
		return 0; /* a render node, and said so */
	}
	return probe_commit(ladder->device->fd, ladder->device->driver, ladder->layout, ladder->fb,
		&ladder->result);
}

static int climb(struct ladder *ladder)
{
	static const struct {
		enum tenon_probe_stage stage;
		stage_fn try;
	} steps[] = {
		{TENON_PROBE_DMABUF, try_dmabuf},
		{TENON_PROBE_IMPORT, try_import},
		{TENON_PROBE_MAP, try_map},
		{TENON_PROBE_FRAMEBUFFER, try_framebuffer},
		{TENON_PROBE_COMMIT, try_commit},
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int ret =
			ladder->result.asked & (uint32_t)steps[i].stage ? steps[i].try(ladder) : 0;

		if (ret != 0 || ladder->result.refused != 0) {
			return ret;
		}
	}
	return 0;
}

/* The same node, opened once more; NULL where that is not allowed. */
static struct tenon_drm_device *open_again(const struct tenon_drm_device *device)
{
	struct tenon_drm_device *again = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", device->fd);
	return tenon_drm_device_open(&again, path) == 0 ? again : NULL;
}

/* The device to work on, a reference. */
static struct tenon_drm_device *choose_file(struct tenon_drm_device *device, uint32_t stages)
{
	bool commit = stages & TENON_PROBE_COMMIT;
	struct tenon_drm_device *own;

	if (!drm_file_is_shared(device->file) || (commit && drmIsMaster(device->fd))) {
		return tenon_drm_device_ref(device);
	}
	own = open_again(device);
	if (own == NULL) {
		return tenon_drm_device_ref(device);
	}
	if (!commit) {
		/* who opens a node that nobody uses may set modes; do not be in the way */
		drmDropMaster(own->fd);
	}
	return own;
}

static void ladder_finish(struct ladder *ladder)
{
	if (ladder->fb != 0) {
		drmModeRmFB(ladder->device->fd, ladder->fb);
	}
	for (size_t i = 0; i < ladder->fds_len; i++) {
		tenon_drm_import_unref(ladder->imports[i]);
	}
	tenon_drm_device_unref(ladder->device);
}

static int probe_anew(struct tenon_drm_device *device, const struct tenon_layout *layout,
	const int *fds, size_t fds_len, uint32_t stages, struct tenon_probe_result *result)
{
	struct ladder ladder = {
		.device = choose_file(device, stages),
		.layout = layout,
		.fds = fds,
		.fds_len = fds_len,
		.result = probe_result(stages),
	};
	int ret = climb(&ladder);

	ladder_finish(&ladder);
	*result = ladder.result;
	return ret;
}

/* The answer that is kept; else *generation is what probe_keep() wants to know. */
static bool probe_kept(struct tenon_drm_device *device, const struct probe_key *key,
	unsigned *generation, struct tenon_probe_result *result)
{
	const struct tenon_probe_result *kept;

	pthread_mutex_lock(&device->lock);
	*generation = device->probes_generation;
	kept = probe_cache_find(&device->probes, key);
	if (kept != NULL) {
		*result = *kept;
	}
	pthread_mutex_unlock(&device->lock);
	return kept != NULL;
}

/* What was asked before all was to be forgotten is not kept. */
static void probe_keep(struct tenon_drm_device *device, const struct probe_key *key,
	unsigned generation, const struct tenon_probe_result *result)
{
	pthread_mutex_lock(&device->lock);
	if (device->probes_generation == generation && probe_is_lasting(result)) {
		probe_cache_keep(&device->probes, key, result);
	}
	pthread_mutex_unlock(&device->lock);
}

int tenon_drm_device_probe(struct tenon_drm_device *device, const struct tenon_layout *layout,
	const int *fds, size_t fds_len, uint32_t stages,
	const struct tenon_drm_probe_options *options, struct tenon_probe_result *result)
{
	struct tenon_probe_result answer;
	unsigned generation = 0;
	struct probe_key key;
	bool keep;
	int ret = 0;

	if (fds_len != tenon_layout_get_objects_len(layout) || (stages & ~(uint32_t)STAGES) != 0 ||
		!probe_can_publish(result)) {
		return -EINVAL;
	}
	stages = complete(stages);
	keep = probe_key_init(&key, layout, options != NULL ? options->memory : NULL, stages);
	if (!keep || !probe_kept(device, &key, &generation, &answer)) {
		ret = probe_anew(device, layout, fds, fds_len, stages, &answer);
		if (ret == 0 && keep) {
			probe_keep(device, &key, generation, &answer);
		}
	}
	if (ret == 0) {
		probe_publish(result, &answer);
	}
	return ret;
}

void tenon_drm_device_forget_probes(struct tenon_drm_device *device)
{
	pthread_mutex_lock(&device->lock);
	device->probes_generation++;
	probe_cache_clear(&device->probes);
	pthread_mutex_unlock(&device->lock);
}
