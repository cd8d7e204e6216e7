/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/sysmacros.h>

#include <tenon/access.h>

#include "card.h"
#include "painter.h"

/*
 * Whether an address lies in a mapping of the file that the compositor was given: what is painted
 * there need not be copied. Asked of the kernel, not of Tenon.
 */
static bool is_in_file(const void *address, dev_t dev, ino_t inode)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t start, end, node;
	unsigned major_number, minor_number;
	bool found = false;
	char line[512];

	while (maps != NULL && !found && fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %x:%x %" SCNu64, &start, &end,
			    &major_number, &minor_number, &node) == 5 &&
			(uintptr_t)address >= start && (uintptr_t)address < end) {
			found = node == inode && makedev(major_number, minor_number) == dev;
			break;
		}
	}
	if (maps != NULL) {
		fclose(maps);
	}
	return found;
}

static enum status paint(struct painter *painter, struct slot *slot, unsigned frame)
{
	struct tenon_access access = {.buffer = slot->buffer, .flags = TENON_ACCESS_WRITE};
	pixman_format_code_t format = PIXMAN_x8r8g8b8;
	pixman_image_t *image;
	int err = tenon_access_prepare(&access, 1, 5000);

	if (err != 0) {
		return buffers_fail(
			&painter->buffers, STATUS_FAILED, "prepare: %s", strerror(-err));
	}
	card_format(painter->options.format, &format);
	image = pixman_image_create_bits_no_clear(format, (int)painter->options.width,
		(int)painter->options.height, access.data[0], (int)access.pitch[0]);
	err = image != NULL ? card_paint(image, frame) : -ENOMEM;
	if (image != NULL) {
		pixman_image_unref(image);
	}
	painter->counts.painted++;
	if (!is_in_file(access.data[0], slot->dev, slot->inode)) {
		painter->counts.copies++;
	}
	if (tenon_access_finish(&access, 1) != 0 || err != 0) {
		return buffers_fail(&painter->buffers, STATUS_FAILED, "painting failed");
	}
	return STATUS_OK;
}

static enum status show_frame(struct painter *painter, unsigned frame)
{
	struct tenon_swapchain_image image;
	struct slot *slot;
	enum status status = buffers_acquire(&painter->buffers, &image, &slot);

	if (status != STATUS_OK) {
		return status;
	}
	status = paint(painter, slot, frame);
	if (status != STATUS_OK) {
		buffers_cancel(&painter->buffers, slot);
		return status;
	}
	return buffers_show(&painter->buffers, slot);
}

static enum status run_command(struct painter *painter)
{
	int result;

	fflush(stdout);
	result = system(painter->options.command);
	if (result != 0) {
		return buffers_fail(&painter->buffers, STATUS_FAILED, "\"%s\" ended with status %d",
			painter->options.command, result > 0 ? result >> 8 : result);
	}
	return STATUS_OK;
}

enum status painter_show(struct painter *painter)
{
	enum status status = buffers_allocate(&painter->buffers);

	if (painter->options.output != NULL) {
		window_set_fullscreen(&painter->window, painter->options.output);
	}
	for (uint32_t i = 0; i < painter->options.frames && status == STATUS_OK; i++) {
		status = show_frame(painter, (unsigned)i);
	}
	if (status == STATUS_OK) {
		buffers_ask_statistics(&painter->buffers);
	}
	if (status == STATUS_OK && painter->options.command != NULL) {
		status = run_command(painter);
	}
	return status;
}
