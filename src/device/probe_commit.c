/* SPDX-License-Identifier: MIT */

/*
 * Would a plane show this framebuffer? Asked by atomic commits with TEST_ONLY, which the driver
 * checks as it would check real ones, and then forgets.
 *
 * A refusal says EINVAL and nothing else, and most reasons have nothing to do with the buffer: a
 * primary plane that must cover the screen, a mode the clock does not reach, a second plane that
 * costs too much bandwidth. So
 * - many commits are tried, and one that passes is a pass. For each output, those in use first: on
 *   each plane that lists format and modifier, as things are (cut to the screen's size), and on
 *   primary planes with a mode as large as the picture, or the largest within it, or, if there is
 *   none, on a part of the screen;
 * - when none passes, the same commits are tried with a buffer of the device's own (a dumb buffer,
 *   same format and size). Only if that passes the buffer was refused; else the question could not
 *   be put.
 */
#include "device/probe_commit.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdbool.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "device/framebuffer.h"
#include "device/kms.h"
#include "device/kms_screen.h"
#include "device/probe.h"

/* Commits for one framebuffer, at most. */
#define TRIES_MAX 64

struct commit_probe {
	int fd;
	const struct tenon_layout *layout;
	uint32_t width, height;
	struct kms_screen screen;
	unsigned tries;
};

/* One commit: mode NULL leaves the output as it is. */
struct attempt {
	const struct kms_output *output;
	const struct kms_plane *plane;
	const drmModeModeInfo *mode;
	uint32_t fb, width, height;
};

static int set_plane(drmModeAtomicReq *request, const struct attempt *attempt)
{
	const struct {
		const char *name;
		uint64_t value;
	} values[] = {
		{"FB_ID", attempt->fb},
		{"CRTC_ID", attempt->output->crtc.id},
		{"SRC_X", 0},
		{"SRC_Y", 0},
		{"SRC_W", (uint64_t)attempt->width << 16},
		{"SRC_H", (uint64_t)attempt->height << 16},
		{"CRTC_X", 0},
		{"CRTC_Y", 0},
		{"CRTC_W", attempt->width},
		{"CRTC_H", attempt->height},
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]) && ret == 0; i++) {
		ret = kms_object_set(
			&attempt->plane->object, request, values[i].name, values[i].value);
	}
	return ret;
}

static int set_mode(
	int fd, drmModeAtomicReq *request, const struct attempt *attempt, uint32_t *blob)
{
	int ret = drmModeCreatePropertyBlob(fd, attempt->mode, sizeof(*attempt->mode), blob);

	if (ret == 0) {
		ret = kms_object_set(&attempt->output->crtc, request, "MODE_ID", *blob);
	}
	if (ret == 0) {
		ret = kms_object_set(&attempt->output->crtc, request, "ACTIVE", 1);
	}
	if (ret == 0) {
		ret = kms_object_set(&attempt->output->connector_object, request, "CRTC_ID",
			attempt->output->crtc.id);
	}
	return ret;
}

static int try_commit(int fd, const struct attempt *attempt)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	uint32_t flags = DRM_MODE_ATOMIC_TEST_ONLY, blob = 0;
	int ret;

	if (request == NULL) {
		return -ENOMEM;
	}
	ret = set_plane(request, attempt);
	if (ret == 0 && attempt->mode != NULL) {
		flags |= DRM_MODE_ATOMIC_ALLOW_MODESET;
		ret = set_mode(fd, request, attempt, &blob);
	}
	if (ret == 0) {
		ret = drmModeAtomicCommit(fd, request, flags, NULL);
	}
	drmModeAtomicFree(request);
	if (blob != 0) {
		drmModeDestroyPropertyBlob(fd, blob);
	}
	return ret;
}

/* The largest mode that the picture covers: its own size at best. NULL: none. */
static const drmModeModeInfo *find_mode(
	const drmModeConnector *connector, uint32_t width, uint32_t height)
{
	const drmModeModeInfo *best = NULL;
	uint32_t best_area = 0;

	for (int i = 0; i < connector->count_modes; i++) {
		const drmModeModeInfo *mode = &connector->modes[i];
		uint32_t area = (uint32_t)mode->hdisplay * mode->vdisplay;

		if (mode->hdisplay <= width && mode->vdisplay <= height && area > best_area) {
			best = mode;
			best_area = area;
		}
	}
	return best;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* With the output as it is, or (mode not NULL) in a mode; cut to what is visible. */
static int try_mode(struct commit_probe *probe, const struct kms_output *output,
	const struct kms_plane *plane, uint32_t fb, const drmModeModeInfo *mode)
{
	const drmModeModeInfo *visible = mode != NULL ? mode : &output->mode;
	struct attempt attempt = {
		.output = output,
		.plane = plane,
		.mode = mode,
		.fb = fb,
		.width = smaller(probe->width, visible->hdisplay),
		.height = smaller(probe->height, visible->vdisplay),
	};

	probe->tries++;
	return try_commit(probe->fd, &attempt);
}

static int try_plane(struct commit_probe *probe, const struct kms_output *output,
	const struct kms_plane *plane, uint32_t fb)
{
	const drmModeModeInfo *mode = find_mode(output->connector, probe->width, probe->height);
	int ret = -EINVAL;

	if (output->active) {
		ret = try_mode(probe, output, plane, fb, NULL);
	}
	if (ret != 0 && ret != -ENODEV && plane->primary) {
		ret = try_mode(probe, output, plane, fb,
			mode != NULL ? mode : &output->connector->modes[0]);
	}
	return ret;
}

/* 0: one commit passed; else the first one's error, or -ENODEV. */
static int try_all(struct commit_probe *probe, uint32_t fb)
{
	int first = 0;

	probe->tries = 0;
	for (size_t o = 0; o < probe->screen.outputs_len; o++) {
		for (size_t p = 0; p < probe->screen.planes_len; p++) {
			const struct kms_output *output = &probe->screen.outputs[o];
			const struct kms_plane *plane = &probe->screen.planes[p];
			int ret;

			if (!(plane->possible_crtcs & 1u << output->crtc_index) ||
				(!plane->primary && !output->active)) {
				continue;
			}
			ret = try_plane(probe, output, plane, fb);
			if (ret == 0 || ret == -ENODEV || probe->tries >= TRIES_MAX) {
				return ret;
			}
			first = first != 0 ? first : ret;
		}
	}
	return first != 0 ? first : -ENOENT;
}

/* A layout for rows of this pitch, as a dumb buffer has them. */
static int lay_out_control(
	struct tenon_layout **out, const struct commit_probe *probe, uint32_t pitch)
{
	struct tenon_limits *limits = NULL;
	int ret = tenon_limits_create(&limits);

	if (ret == 0) {
		ret = tenon_limits_set(limits, TENON_PROP_PITCH_EXACT, 0, pitch);
	}
	if (ret == 0) {
		ret = tenon_limits_set(limits, TENON_PROP_PITCH_LINKED, TENON_PLANE_ALL, 1);
	}
	if (ret == 0) {
		ret = tenon_layout_create(out, tenon_layout_get_format(probe->layout),
			DRM_FORMAT_MOD_LINEAR, probe->width, probe->height, limits, NULL);
	}
	tenon_limits_destroy(limits);
	return ret;
}

static int try_dumb(struct commit_probe *probe, const struct drm_mode_create_dumb *dumb)
{
	uint32_t handles[TENON_MAX_PLANES] = {dumb->handle}, fb = 0;
	struct tenon_layout *layout = NULL;
	int ret = lay_out_control(&layout, probe, dumb->pitch);

	if (ret == 0 && tenon_layout_get_object_size(layout, 0) > dumb->size) {
		ret = -ENOSPC;
	}
	if (ret == 0) {
		ret = framebuffer_add(probe->fd, layout, handles, &fb);
	}
	if (ret == 0) {
		ret = try_all(probe, fb);
		drmModeRmFB(probe->fd, fb);
	}
	tenon_layout_destroy(layout);
	return ret;
}

/* Whether the device takes memory of its own in the same place: 0, or anything else. */
static int try_control(struct commit_probe *probe)
{
	struct drm_mode_create_dumb dumb = {.bpp = 32};
	struct tenon_plane_layout plane;
	int ret;

	for (size_t i = 0; i < tenon_layout_get_planes_len(probe->layout); i++) {
		tenon_layout_get_plane(probe->layout, i, &plane);
		dumb.height += plane.height;
		dumb.width = dumb.width > plane.pitch / 4 + 1 ? dumb.width : plane.pitch / 4 + 1;
	}
	if (drmIoctl(probe->fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) != 0) {
		return -errno;
	}
	ret = try_dumb(probe, &dumb);
	drmModeDestroyDumbBuffer(probe->fd, dumb.handle);
	return ret;
}

static int judge(struct commit_probe *probe, const char *driver, uint32_t fb,
	struct tenon_probe_result *result)
{
	char layout[160], error[64];
	int ret;

	if (probe->screen.outputs_len == 0) {
		probe_note(result, "commit not tried: %s has no connected output", driver);
		return 0;
	}
	probe_print_layout(layout, sizeof(layout), probe->layout);
	if (probe->screen.planes_len == 0) {
		probe_refuse(result, TENON_PROBE_COMMIT, -EINVAL,
			"commit: no plane of %s lists format and modifier of %s", driver, layout);
		return 0;
	}
	ret = try_all(probe, fb);
	if (ret == 0) {
		probe_pass(result, TENON_PROBE_COMMIT);
		return 0;
	}
	if (ret == -ENODEV || ret == -ENOMEM) {
		return ret;
	}
	probe_print_error(error, sizeof(error), ret);
	if (ret == -EBUSY || ret == -EACCES || ret == -ENOENT || try_control(probe) != 0) {
		probe_note(result,
			"commit not tried: %s says %s to its own memory, too, for a picture of "
			"this size",
			driver, error);
		return 0;
	}
	probe_refuse(result, TENON_PROBE_COMMIT, ret, "commit: %s from %s for %s", error, driver,
		layout);
	return 0;
}

int probe_commit(int fd, const char *driver, const struct tenon_layout *layout, uint32_t fb,
	struct tenon_probe_result *result)
{
	struct commit_probe probe = {.fd = fd, .layout = layout};
	struct kms_caps before;
	int ret;

	if (!drmIsMaster(fd)) {
		probe_note(result, "commit not tried: somebody else (a compositor?) has the right "
				   "to set modes");
		return 0;
	}
	if (kms_caps_take(fd, &before) != 0) {
		probe_note(result, "commit not tried: %s has no atomic mode setting", driver);
		return 0;
	}
	tenon_layout_get_size(layout, &probe.width, &probe.height);
	ret = kms_screen_init(&probe.screen, fd,
		tenon_format_get_fourcc(tenon_layout_get_format(layout)),
		tenon_layout_get_modifier(layout));
	if (ret == 0) {
		ret = judge(&probe, driver, fb, result);
		kms_screen_finish(&probe.screen);
	}
	kms_caps_put_back(fd, &before);
	return ret;
}
