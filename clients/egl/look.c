/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <tenon/access.h>

#include "onwayland.h"

/* The buffer itself, read in place. */
static enum status compare_buffer(struct target *target)
{
	struct buffers *buffers = &target->buffers;
	struct tenon_access access = {.buffer = buffers->shown, .flags = TENON_ACCESS_READ};
	uint64_t different = 0;
	int ret = tenon_access_prepare(&access, 1, EGL_TIMEOUT_MS);
	if (ret == -ENOTSUP) {
		return STATUS_OK; /* memory that the CPU does not see */
	}
	if (ret < 0) {
		return buffers_fail(buffers, STATUS_FAILED, "the buffer cannot be read: %s",
			tenon_access_error_name(ret));
	}
	for (uint32_t y = 0; y < target->drawn.height; y++) {
		const uint32_t *row =
			(const uint32_t *)(const void *)((const char *)access.data[0] +
							 (size_t)y * access.pitch[0]);
		const uint32_t *wanted = &target->drawn.pixels[(size_t)y * target->drawn.width];
		for (uint32_t x = 0; x < target->drawn.width; x++) {
			different += (row[x] & 0xffffff) != wanted[x];
		}
	}
	ret = tenon_access_finish(&access, 1);
	if (ret < 0 || different > 0) {
		return buffers_fail(buffers, STATUS_MISMATCH,
			"%" PRIu64 " pixels of the buffer are not what GL reads", different);
	}
	return STATUS_OK;
}

static enum status compare_screen(struct target *target, const struct image *screen)
{
	uint64_t different = 0;
	if (image_count_different(screen, &target->drawn, 0, &different) != 0) {
		return buffers_fail(&target->buffers, STATUS_FAILED,
			"the output is %ux%u, too small to see all of the picture", screen->width,
			screen->height);
	}
	if (different > 0) {
		return buffers_fail(&target->buffers, STATUS_MISMATCH,
			"%" PRIu64 " pixels of the screen are not what GL drew", different);
	}
	return compare_buffer(target);
}

static enum status dump(struct target *target)
{
	size_t len = (size_t)target->drawn.width * target->drawn.height;
	FILE *file = fopen(target->options->dump, "wbe");
	bool ok = file != NULL && fwrite(target->drawn.pixels, 4, len, file) == len;
	if (file != NULL) {
		ok = fclose(file) == 0 && ok;
	}
	return ok ? STATUS_OK
		  : buffers_fail(&target->buffers, STATUS_FAILED, "%s: %s", target->options->dump,
			    strerror(errno));
}

enum status egl_look(struct target *target)
{
	const struct egl_options *options = target->options;
	struct image screen;
	enum status status = options->dump != NULL ? dump(target) : STATUS_OK;
	if (status != STATUS_OK || (options->screenshot == NULL && !options->verify)) {
		return status;
	}
	if (screenshot_take(&screen, &target->window, options->output) != 0) {
		return buffers_fail(&target->buffers, STATUS_FAILED, "no screenshot");
	}
	if (options->screenshot != NULL && image_write_png(&screen, options->screenshot) != 0) {
		status = buffers_fail(&target->buffers, STATUS_FAILED, "%s cannot be written",
			options->screenshot);
	}
	if (status == STATUS_OK && options->verify) {
		status = compare_screen(target, &screen);
	}
	image_finish(&screen);
	return status;
}
