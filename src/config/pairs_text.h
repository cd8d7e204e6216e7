/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONFIG_PAIRS_TEXT_H
#define TENON_CONFIG_PAIRS_TEXT_H

/*
 * Format-modifier pairs in text: "formats = XRGB8888 NV12" and "modifiers = LINEAR 0x1" for all
 * combinations, or "pairs = NV12:LINEAR XRGB8888:0x1".
 */

#include <stddef.h>
#include <stdint.h>

#include <tenon/constraint.h>

#include "base/text_buf.h"
#include "config/text.h"

/* Pairs while they are being read; all zeroes to begin. */
struct pairs_text {
	uint32_t *formats;
	size_t formats_len;
	uint64_t *modifiers;
	size_t modifiers_len;
	struct tenon_format_modifier *pairs;
	size_t pairs_len;
};

void pairs_text_finish(struct pairs_text *text);

/* Takes a line. Returns 0; -ENOENT when the key is none of these; otherwise as text_read(). */
int pairs_text_key(
	struct pairs_text *text, struct text_reader *reader, const char *key, const char *value);

/* Ends reading: text->pairs then holds all of them. line is where to complain. */
int pairs_text_end(struct pairs_text *text, struct text_reader *reader, unsigned line);

/* Writes pairs. */
void pairs_text_write(
	struct text_buf *buf, const struct tenon_format_modifier *pairs, size_t pairs_len);

#endif
