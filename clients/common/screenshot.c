/* SPDX-License-Identifier: MIT */
#include "screenshot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "weston-output-capture-client-protocol.h"

enum {
	TRIES_MAX = 5, /* the output may change between its description and the capture */
};

enum outcome {
	WAITING,
	COMPLETE,
	RETRY,
	FAILED,
};

struct shot {
	struct window *window;
	struct weston_capture_v1 *capture;
	struct weston_capture_source_v1 *source;
	uint32_t format;
	int32_t width, height;
	enum outcome outcome;
	int fd;
	uint32_t *map;
	size_t bytes;
	struct wl_buffer *buffer;
};

static void handle_format(void *data, struct weston_capture_source_v1 *source, uint32_t drm_format)
{
	struct shot *shot = data;

	shot->format = drm_format;
}

static void handle_size(
	void *data, struct weston_capture_source_v1 *source, int32_t width, int32_t height)
{
	struct shot *shot = data;

	shot->width = width;
	shot->height = height;
}

static void handle_complete(void *data, struct weston_capture_source_v1 *source)
{
	struct shot *shot = data;

	shot->outcome = COMPLETE;
}

static void handle_retry(void *data, struct weston_capture_source_v1 *source)
{
	struct shot *shot = data;

	shot->outcome = RETRY;
}

static void handle_failed(void *data, struct weston_capture_source_v1 *source, const char *message)
{
	struct shot *shot = data;

	fprintf(stderr, "screenshot: %s\n", message != NULL ? message : "refused");
	shot->outcome = FAILED;
}

static const struct weston_capture_source_v1_listener source_listener = {
	.format = handle_format,
	.size = handle_size,
	.complete = handle_complete,
	.retry = handle_retry,
	.failed = handle_failed,
};

static void free_buffer(struct shot *shot)
{
	if (shot->buffer != NULL) {
		wl_buffer_destroy(shot->buffer);
		shot->buffer = NULL;
	}
	if (shot->map != NULL) {
		munmap(shot->map, shot->bytes);
		shot->map = NULL;
	}
	if (shot->fd >= 0) {
		close(shot->fd);
		shot->fd = -1;
	}
}

static int create_buffer(struct shot *shot)
{
	struct wl_shm_pool *pool;
	uint32_t format = shot->format == DRM_FORMAT_ARGB8888   ? WL_SHM_FORMAT_ARGB8888
			  : shot->format == DRM_FORMAT_XRGB8888 ? WL_SHM_FORMAT_XRGB8888
								: 0xffffffff;
	void *map;

	if (shot->width <= 0 || shot->height <= 0 || shot->width > INT32_MAX / 4 / shot->height ||
		format == 0xffffffff) {
		fprintf(stderr, "screenshot: %dx%d of format 0x%08x is not understood\n",
			shot->width, shot->height, shot->format);
		return -ENOTSUP;
	}
	shot->bytes = 4 * (size_t)shot->width * (size_t)shot->height;
	shot->fd = memfd_create("screenshot", MFD_CLOEXEC);
	if (shot->fd < 0 || ftruncate(shot->fd, (off_t)shot->bytes) != 0) {
		return -errno;
	}
	map = mmap(NULL, shot->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, shot->fd, 0);
	if (map == MAP_FAILED) {
		return -errno;
	}
	shot->map = map;
	pool = wl_shm_create_pool(shot->window->shm, shot->fd, (int32_t)shot->bytes);
	shot->buffer = wl_shm_pool_create_buffer(
		pool, 0, shot->width, shot->height, 4 * shot->width, format);
	wl_shm_pool_destroy(pool);
	return 0;
}

static int wait_for_outcome(struct shot *shot)
{
	shot->outcome = WAITING;
	weston_capture_source_v1_capture(shot->source, shot->buffer);
	while (shot->outcome == WAITING) {
		if (wl_display_dispatch(shot->window->display) < 0) {
			return -EPIPE;
		}
	}
	return shot->outcome == FAILED ? -EACCES : 0;
}

static int capture(struct shot *shot)
{
	for (int i = 0; i < TRIES_MAX; i++) {
		int err = create_buffer(shot);

		if (err == 0) {
			err = wait_for_outcome(shot);
		}
		if (err != 0 || shot->outcome == COMPLETE) {
			return err;
		}
		free_buffer(shot);
	}
	return -EAGAIN;
}

static int copy_pixels(struct image *image, const struct shot *shot)
{
	uint32_t *pixels = malloc(shot->bytes);

	if (pixels == NULL) {
		return -ENOMEM;
	}
	memcpy(pixels, shot->map, shot->bytes);
	image->width = (uint32_t)shot->width;
	image->height = (uint32_t)shot->height;
	image->pixels = pixels;
	return 0;
}

int screenshot_take(struct image *image, struct window *window, const char *name)
{
	struct window_output *output = window_find_output(window, name);
	struct shot shot = {.window = window, .fd = -1};
	int err = 0;

	if (window->capture_name == 0 || output == NULL || window->shm == NULL) {
		fprintf(stderr, "screenshot: this compositor makes none\n");
		return -ENOTSUP;
	}
	shot.capture = wl_registry_bind(
		window->registry, window->capture_name, &weston_capture_v1_interface, 1);
	shot.source = weston_capture_v1_create(
		shot.capture, output->proxy, WESTON_CAPTURE_V1_SOURCE_FRAMEBUFFER);
	weston_capture_source_v1_add_listener(shot.source, &source_listener, &shot);
	if (wl_display_roundtrip(window->display) < 0) {
		err = -EPIPE;
	}
	if (err == 0) {
		err = capture(&shot);
	}
	if (err == 0) {
		err = copy_pixels(image, &shot);
	}
	free_buffer(&shot);
	weston_capture_source_v1_destroy(shot.source);
	weston_capture_v1_destroy(shot.capture);
	return err;
}
