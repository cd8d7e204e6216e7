/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tenon/access.h>

#include "card.h"
#include "kms.h"

#define WAIT_MS 5000

/* The picture as XRGB8888, in an image of pixman's own. */
static pixman_image_t *convert(struct kms *kms, const struct tenon_access *access)
{
	int width = kms->screen.mode.hdisplay, height = kms->screen.mode.vdisplay;
	pixman_image_t *from, *to = NULL;
	pixman_format_code_t format;

	card_format(kms->options.format, &format);
	from = pixman_image_create_bits_no_clear(
		format, width, height, access->data[0], (int)access->pitch[0]);
	if (from != NULL) {
		to = card_dup_as_shown(from);
		pixman_image_unref(from);
	}
	return to;
}

static bool has_eight_bits(uint32_t fourcc)
{
	pixman_format_code_t format;

	return card_format(fourcc, &format) && PIXMAN_FORMAT_R(format) == 8;
}

/* Whether two pixels differ by more than `off` in a channel. */
static bool differs(uint32_t a, uint32_t b, int off)
{
	for (int shift = 0; shift < 24; shift += 8) {
		int difference = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);

		if (difference > off || difference < -off) {
			return true;
		}
	}
	return false;
}

static uint64_t count_wrong(struct kms *kms, pixman_image_t *painted, const char *shown)
{
	const char *rows = (const char *)pixman_image_get_data(painted);
	int pitch = pixman_image_get_stride(painted);
	/* how a channel that has not 8 bits becomes one that has is a matter of rounding */
	int off = has_eight_bits(kms->options.format) ? 0 : 1;
	uint64_t wrong = 0;

	for (uint32_t y = 0; y < kms->screen.mode.vdisplay; y++) {
		for (uint32_t x = 0; x < kms->screen.mode.hdisplay; x++) {
			uint32_t a, b;

			memcpy(&a, rows + (size_t)y * (size_t)pitch + (size_t)x * 4, 4);
			memcpy(&b, shown + (size_t)y * kms->screen.capture.pitch + (size_t)x * 4,
				4);
			wrong += differs(a, b, off);
		}
	}
	return wrong;
}

static enum status dump(struct kms *kms, const char *shown)
{
	FILE *file = fopen(kms->options.dump, "we");
	int ret;

	if (file == NULL) {
		return kms_fail(STATUS_FAILED, "%s: %s", kms->options.dump, strerror(errno));
	}
	fprintf(file, "P6\n%u %u\n255\n", kms->screen.mode.hdisplay, kms->screen.mode.vdisplay);
	for (uint32_t y = 0; y < kms->screen.mode.vdisplay; y++) {
		for (uint32_t x = 0; x < kms->screen.mode.hdisplay; x++) {
			uint32_t pixel;

			memcpy(&pixel,
				shown + (size_t)y * kms->screen.capture.pitch + (size_t)x * 4, 4);
			fputc((int)(pixel >> 16 & 0xff), file);
			fputc((int)(pixel >> 8 & 0xff), file);
			fputc((int)(pixel & 0xff), file);
		}
	}
	ret = ferror(file);
	if (fclose(file) != 0 || ret != 0) {
		return kms_fail(STATUS_FAILED, "%s: cannot be written", kms->options.dump);
	}
	return STATUS_OK;
}

static enum status compare(struct kms *kms, struct tenon_buffer *buffer, const char *shown)
{
	struct tenon_access access = {.buffer = buffer, .flags = TENON_ACCESS_READ};
	pixman_image_t *painted;
	int ret = tenon_access_prepare(&access, 1, WAIT_MS);

	if (ret != 0) {
		return kms_fail(STATUS_FAILED, "prepare: %s", strerror(-ret));
	}
	painted = convert(kms, &access);
	if (painted != NULL) {
		kms->wrong_pixels += count_wrong(kms, painted, shown);
		kms->compared++;
		pixman_image_unref(painted);
	}
	ret = tenon_access_finish(&access, 1);
	if (painted == NULL || ret != 0) {
		return kms_fail(STATUS_FAILED, "cannot look at the buffer");
	}
	return kms->wrong_pixels == 0
		       ? STATUS_OK
		       : kms_fail(STATUS_MISMATCH, "the screen does not show what was painted");
}

enum status kms_compare(struct kms *kms, struct tenon_buffer *buffer)
{
	const void *shown;
	enum status status;

	if (screen_wait_capture(&kms->screen, WAIT_MS, &shown) != 0) {
		return STATUS_FAILED;
	}
	status = compare(kms, buffer, shown);
	if (kms->options.dump != NULL && (status == STATUS_OK || status == STATUS_MISMATCH)) {
		enum status dumped = dump(kms, shown);

		status = dumped != STATUS_OK ? dumped : status;
	}
	return status;
}
