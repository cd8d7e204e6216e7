/* SPDX-License-Identifier: MIT */

/*
 * The blob is a header, an array of formats, and an array of modifiers. Each modifier has a mask of
 * 64 bits and the index of the format that bit 0 stands for, so a modifier with more formats occurs
 * several times.
 */
#include "device/in_formats.h"

#include <drm_fourcc.h>
#include <drm_mode.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct blob {
	const unsigned char *bytes;
	struct drm_format_modifier_blob header;
};

/* Whether so many items lie within the blob, all of it behind the header. */
static bool is_within(size_t len, uint32_t offset, uint32_t count, size_t item)
{
	return offset >= sizeof(struct drm_format_modifier_blob) &&
	       offset + (uint64_t)count * item <= len;
}

static int open_blob(struct blob *out, const void *bytes, size_t len)
{
	struct drm_format_modifier_blob *header = &out->header;

	if (len < sizeof(*header)) {
		return -EBADMSG;
	}
	out->bytes = bytes;
	memcpy(header, bytes, sizeof(*header));
	if (header->version != FORMAT_BLOB_CURRENT) {
		return -ENOTSUP;
	}
	if (header->count_formats > IN_FORMATS_MAX ||
		!is_within(len, header->formats_offset, header->count_formats, sizeof(uint32_t)) ||
		!is_within(len, header->modifiers_offset, header->count_modifiers,
			sizeof(struct drm_format_modifier))) {
		return -EBADMSG;
	}
	return 0;
}

/* The arrays may begin anywhere, so their items are copied out. */
static uint32_t get_format(const struct blob *blob, uint64_t i)
{
	uint32_t format;

	memcpy(&format, blob->bytes + blob->header.formats_offset + i * sizeof(format),
		sizeof(format));
	return format;
}

static struct drm_format_modifier get_modifier(const struct blob *blob, uint64_t i)
{
	struct drm_format_modifier modifier;

	memcpy(&modifier, blob->bytes + blob->header.modifiers_offset + i * sizeof(modifier),
		sizeof(modifier));
	return modifier;
}

/* How many pairs there are with those that occur twice, or -EBADMSG. */
static int count_pairs(const struct blob *blob)
{
	size_t count = 0;

	for (uint32_t i = 0; i < blob->header.count_modifiers; i++) {
		struct drm_format_modifier modifier = get_modifier(blob, i);

		for (unsigned bit = 0; bit < 64; bit++) {
			if ((modifier.formats >> bit & 1) == 0) {
				continue;
			}
			if (modifier.offset + (uint64_t)bit >= blob->header.count_formats ||
				++count > IN_FORMATS_PAIRS_MAX) {
				return -EBADMSG;
			}
		}
	}
	return (int)count;
}

static bool has_pair(
	const struct tenon_format_modifier *pairs, size_t len, struct tenon_format_modifier pair)
{
	for (size_t i = 0; i < len; i++) {
		if (pairs[i].format == pair.format && pairs[i].modifier == pair.modifier) {
			return true;
		}
	}
	return false;
}

/* What stands for "no format", and for "any layout", is no pair that a plane could show. */
static bool is_pair(struct tenon_format_modifier pair)
{
	return pair.format != TENON_FORMAT_ANY && pair.modifier != DRM_FORMAT_MOD_INVALID;
}

static size_t fill_pairs(struct tenon_format_modifier *pairs, const struct blob *blob)
{
	size_t len = 0;

	for (uint32_t i = 0; i < blob->header.count_modifiers; i++) {
		struct drm_format_modifier modifier = get_modifier(blob, i);

		for (unsigned bit = 0; bit < 64; bit++) {
			struct tenon_format_modifier pair = {.modifier = modifier.modifier};

			if ((modifier.formats >> bit & 1) == 0) {
				continue;
			}
			pair.format = get_format(blob, modifier.offset + (uint64_t)bit);
			if (is_pair(pair) && !has_pair(pairs, len, pair)) {
				pairs[len++] = pair;
			}
		}
	}
	return len;
}

int in_formats_parse(
	struct tenon_format_modifier **out, size_t *out_len, const void *bytes, size_t len)
{
	struct tenon_format_modifier *pairs = NULL;
	struct blob blob;
	int count, ret = open_blob(&blob, bytes, len);

	if (ret < 0) {
		return ret;
	}
	count = count_pairs(&blob);
	if (count < 0) {
		return count;
	}
	if (count > 0) {
		pairs = calloc((size_t)count, sizeof(*pairs));
		if (pairs == NULL) {
			return -ENOMEM;
		}
	}
	*out_len = fill_pairs(pairs, &blob);
	*out = pairs;
	return 0;
}
