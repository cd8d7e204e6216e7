/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_FOURCC_WORDS_H
#define TENON_TEST_FOURCC_WORDS_H

/* What libdrm's drm_fourcc.h says of its formats, in the comments beside their codes. */

#include <stdbool.h>
#include <stddef.h>

/* A component of a pixel: "R", "Cb0", "X". */
struct fourcc_part {
	char name[4];
	unsigned bits;
};

/* The line of a header that defines a name, or NULL. Valid until the next call. */
const char *fourcc_find_define(const char *path, const char *name);

/* "[31:0] A:R:G:B 8:8:8:8": the components of the little-endian word, highest bits first. How many
 * there are; 0 when the header does not say. */
size_t fourcc_read_parts(const char *path, const char *format, struct fourcc_part parts[8]);

#endif
