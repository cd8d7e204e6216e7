/* SPDX-License-Identifier: MIT */
#ifndef EGL_OPTIONS_H
#define EGL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	EGL_DEVICES_MAX = 15, /* beside the GPU */
};

/* The command line of tenon-egl. */
struct egl_options {
	const char *node; /* a display's DRM node; NULL: a Wayland compositor */
	uint32_t frames;
	bool quiet;
	const char *dump;       /* file; NULL: none */
	uint32_t width, height; /* 0, on a display: its preferred mode */
	/* Wayland only: */
	bool on_wayland; /* one of these was given */
	uint32_t buffers;
	uint32_t transports;                  /* mask of enum tenon_client_transport; 0: auto */
	const char *devices[EGL_DEVICES_MAX]; /* NAME[:ROLE[+ROLE]] */
	size_t devices_len;
	const char *output;     /* to be shown on, whole; NULL: wherever */
	const char *screenshot; /* file; NULL: none */
	bool verify;
};

/* onkms.c, onwayland.c: run it; they return the exit status. */
int egl_on_kms(const struct egl_options *options);
int egl_on_wayland(const struct egl_options *options);

#endif
