/* SPDX-License-Identifier: MIT */
#include "screenshot.h"

#include <errno.h>
#include <stdio.h>

/* Where Weston's protocol files are not installed. */
int screenshot_take(struct image *image, struct window *window, const char *output)
{
	fprintf(stderr, "screenshot: built without weston-output-capture\n");
	return -ENOTSUP;
}
