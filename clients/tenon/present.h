/* SPDX-License-Identifier: MIT */
#ifndef TENON_TOOL_PRESENT_H
#define TENON_TOOL_PRESENT_H

/*
 * The DRM and V4L2 devices of this machine: their nodes and the names of their drivers.
 */

#include <stddef.h>

struct present_device {
	char node[64];
	char bus[8];
	char driver[64]; /* empty when it could not be asked */
	int error;       /* why: a positive errno; else 0 */
};

/* Lists them. Returns 0 and an array that free() releases, or -ENOMEM. */
int present_list(struct present_device **out, size_t *len);

#endif
