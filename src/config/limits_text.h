/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONFIG_LIMITS_TEXT_H
#define TENON_CONFIG_LIMITS_TEXT_H

/*
 * Limits in text: "pitch-multiple = 64", "height-align[1] = unknown",
 * "address-max.source = vc4_drv.c:300".
 */

#include <stdbool.h>
#include <stdint.h>

#include <tenon/constraint.h>

#include "base/text_buf.h"
#include "config/text.h"
#include "config/value.h"

/* Properties are numbered below this. */
#define PROPERTY_MAX 128

/* Limits while they are being read. */
struct limits_text {
	struct tenon_limits *limits;
	uint8_t seen[PROPERTY_MAX]; /* bit p: plane p was given, bit 4: all planes */
	struct value_text sources[PROPERTY_MAX];
};

int limits_text_init(struct limits_text *text);
void limits_text_finish(struct limits_text *text);

/* Takes a line. Returns 0; -ENOENT when the key is none of a limit; otherwise as text_read(). */
int limits_text_key(
	struct limits_text *text, struct text_reader *reader, const char *key, const char *value);

/* Ends reading: the sources gathered are set, source (or NULL) where a value has none of its own.
 * Returns 0 or -ENOMEM. */
int limits_text_end(struct limits_text *text, const char *source);

/* Writes limits. Returns 0, -EINVAL when a heap's name cannot be written. */
int limits_text_write(struct text_buf *buf, const struct tenon_limits *limits);

#endif
