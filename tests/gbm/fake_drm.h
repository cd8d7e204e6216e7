/* SPDX-License-Identifier: MIT */
#ifndef FAKE_DRM_H
#define FAKE_DRM_H

/*
 * A DRM device where there is none: libdrm's functions, and those of tenon/drm.h, as the libraries
 * under test find them in the test program. Handles are counted as the kernel does not: a close too
 * many fails the test.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/constraint.h>

struct fake_drm {
	/* What the device itself offers: a reference is taken for each device. */
	struct tenon_offer *offer;
	bool planes; /* the kernel tells what its planes show: the offer is all */
	/* The memory it refuses: of this heap with this modifier, at the framebuffer; NULL: none */
	const char *refuses_heap;
	uint64_t refuses_modifier;
	bool refuses_import; /* at the import instead */

	atomic_int probes;  /* how often it was tried */
	atomic_int handles; /* open */
	atomic_int dumbs;   /* live */
};

extern struct fake_drm fake_drm;

#endif
