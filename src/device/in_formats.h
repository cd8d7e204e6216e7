/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_IN_FORMATS_H
#define TENON_DEVICE_IN_FORMATS_H

/* The blob of a plane's property IN_FORMATS. Nothing in it is trusted. */

#include <stddef.h>

#include <tenon/constraint.h>

enum {
	IN_FORMATS_MAX = 1024,       /* formats of one blob */
	IN_FORMATS_PAIRS_MAX = 8192, /* pairs of one blob */
};

/*
 * Reads the pairs, in the blob's order, each once. Returns 0 and writes *out (may be NULL when
 * there are none) and *out_len: the caller releases the array with free(). -EBADMSG when the blob
 * is malformed, -ENOTSUP when it is of a version that is not known, -ENOMEM.
 */
int in_formats_parse(
	struct tenon_format_modifier **out, size_t *out_len, const void *blob, size_t len);

#endif
