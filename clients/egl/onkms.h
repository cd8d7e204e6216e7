/* SPDX-License-Identifier: MIT */
#ifndef EGL_ONKMS_H
#define EGL_ONKMS_H

#include <stdbool.h>

/* Draw frames of the scene through EGL on GBM to a display. Returns an exit status. */
int egl_on_kms(const char *node, unsigned frames, const char *dump, bool quiet);

#endif
