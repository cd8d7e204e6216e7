/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "options.h"

/* Where the Wayland libraries are missing. */
int egl_on_wayland(const struct egl_options *options)
{
	fputs("tenon-egl: built without Wayland; --kms NODE draws to a display\n", stderr);
	return 3;
}
