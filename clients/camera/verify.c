/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include "camera.h"

/* A pixel of a packed RGB format as XRGB8888; false: of another format. */
static bool convert(uint32_t format, const uint8_t *at, uint32_t *out)
{
	uint32_t word = at[0] | (uint32_t)at[1] << 8;

	switch (format) {
	case DRM_FORMAT_XRGB8888:
	case DRM_FORMAT_ARGB8888:
		*out = (uint32_t)at[2] << 16 | word;
		return true;
	case DRM_FORMAT_XBGR8888:
	case DRM_FORMAT_ABGR8888:
		*out = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
		return true;
	case DRM_FORMAT_RGB565:
		*out = (word >> 11) * 255 / 31 << 16 | (word >> 5 & 63) * 255 / 63 << 8 |
		       (word & 31) * 255 / 31;
		return true;
	default:
		return false;
	}
}

static enum status convert_frame(
	struct camera *camera, const uint8_t *frame, uint32_t pitch, struct image *out)
{
	unsigned bytes = 4;

	(void)tenon_format_get_plane(
		tenon_format_get(camera->buffers.options.format), 0, &bytes, NULL, NULL, NULL);
	out->width = camera->capture.width;
	out->height = camera->capture.height;
	out->pixels = malloc((size_t)out->width * out->height * sizeof(*out->pixels));
	if (out->pixels == NULL) {
		return buffers_fail(&camera->buffers, STATUS_FAILED, "out of memory");
	}
	for (size_t y = 0; y < out->height; y++) {
		for (size_t x = 0; x < out->width; x++) {
			if (!convert(camera->buffers.options.format, frame + y * pitch + x * bytes,
				    &out->pixels[y * out->width + x])) {
				return buffers_fail(&camera->buffers, STATUS_USAGE,
					"only pictures in RGB can be compared; see --format");
			}
		}
	}
	return STATUS_OK;
}

static enum status compare(struct camera *camera, const struct image *screen)
{
	struct image wanted = {0};
	uint8_t *frame = NULL;
	uint32_t pitch = 0;
	enum status status;
	int ret = capture_own_frame(&camera->capture, &frame, &pitch);

	if (ret < 0) {
		return camera_fail(camera, "capturing into its own memory", ret);
	}
	status = convert_frame(camera, frame, pitch, &wanted);
	free(frame);
	if (status == STATUS_OK &&
		image_count_different(screen, &wanted,
			camera->buffers.options.format == DRM_FORMAT_RGB565 ? 8 : 0,
			&camera->counts.different_pixels) != 0) {
		status = buffers_fail(&camera->buffers, STATUS_FAILED,
			"the output is %ux%u, too small to see all of the picture", screen->width,
			screen->height);
	}
	image_finish(&wanted);
	if (status != STATUS_OK) {
		return status;
	}
	camera->counts.verified = true;
	if (camera->counts.different_pixels > 0) {
		return buffers_fail(&camera->buffers, STATUS_MISMATCH,
			"%llu of %llu pixels differ from what the camera delivers",
			(unsigned long long)camera->counts.different_pixels,
			(unsigned long long)camera->capture.width * camera->capture.height);
	}
	return STATUS_OK;
}

enum status camera_look(struct camera *camera)
{
	enum status status = STATUS_OK;
	struct image screen;

	if (camera->options.screenshot == NULL && !camera->options.verify) {
		return STATUS_OK;
	}
	if (screenshot_take(&screen, &camera->window, NULL) != 0) {
		return buffers_fail(&camera->buffers, STATUS_FAILED, "no screenshot");
	}
	capture_stop(&camera->capture);
	if (camera->options.screenshot != NULL &&
		image_write_png(&screen, camera->options.screenshot) != 0) {
		status = buffers_fail(&camera->buffers, STATUS_FAILED, "%s cannot be written",
			camera->options.screenshot);
	}
	if (status == STATUS_OK && camera->options.verify) {
		status = compare(camera, &screen);
	}
	image_finish(&screen);
	return status;
}
