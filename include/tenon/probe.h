/* SPDX-License-Identifier: MIT */
#ifndef TENON_PROBE_H
#define TENON_PROBE_H

/*
 * What came of trying a buffer on a device.
 *
 * A device's driver is asked in steps, a ladder: each step needs the one before, costs more and
 * tells more. What refuses a buffer says so with a stage and an errno instead of a bare EINVAL.
 * Nothing a probe does can be seen on a screen or stays behind.
 */

#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>

TENON_BEGIN_DECLS

/** The steps of the ladder; a bit mask. */
enum tenon_probe_stage {
	TENON_PROBE_DMABUF = 1 << 0,      /* the fd is a dma-buf */
	TENON_PROBE_IMPORT = 1 << 1,      /* DRM: PRIME import */
	TENON_PROBE_MAP = 1 << 2,         /* DRM: MAP_DUMB, through which software GL draws */
	TENON_PROBE_FRAMEBUFFER = 1 << 3, /* DRM: ADDFB2 */
	TENON_PROBE_COMMIT = 1 << 4,      /* DRM: an atomic commit with TEST_ONLY on a plane */
	TENON_PROBE_FORMAT = 1 << 5,      /* V4L2: S_FMT takes format, size and pitch */
	TENON_PROBE_REQUEST = 1 << 6,     /* V4L2: REQBUFS for memory of others */
	TENON_PROBE_QUEUE = 1 << 7,       /* V4L2: QBUF */
	TENON_PROBE_DATA = 1 << 8,        /* what the device wrote came where it belongs */
};

/** The outcome. */
struct tenon_probe_result {
	size_t size;                    /* sizeof(struct tenon_probe_result) */
	uint32_t asked;                 /* mask of stages that were wanted */
	uint32_t passed;                /* mask of those the device went through */
	enum tenon_probe_stage refused; /* the stage that said no; 0: none did */
	int error;                      /* its negative errno; 0: none */
	/* A sentence without newline about the refusal, or about stages that could not be tried
	 * (neither passed nor refused); empty when there is nothing to say. */
	char text[256];
};

/**
 * The name of a stage as messages have it: "import", "framebuffer". A static string; "unknown" for
 * a value that is no stage. Any thread.
 */
TENON_EXPORT const char *tenon_probe_stage_get_name(enum tenon_probe_stage stage);

TENON_END_DECLS

#endif
