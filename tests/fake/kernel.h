/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_FAKE_KERNEL_H
#define TENON_TEST_FAKE_KERNEL_H

/*
 * A kernel with dma-heaps, udmabuf, V4L2 and DRM, for machines that have none. Link fake_sources
 * (meson.build) into a test: they take the place of ioctl(), fstatfs() and poll(), for nodes and
 * dma-bufs of its own; everything else goes to the real ones. Nodes are ordinary files in a folder
 * of the test's. What is passed in is checked as strictly as Linux 6.12 does, and calls are
 * counted.
 */

#include <linux/udmabuf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes a folder for nodes; its path, which fake_finish() frees. */
const char *fake_start(void);

/* Takes all back; fails the test when a dma-buf is still open, or CPU access has not been ended. */
void fake_finish(void);

/* Makes a dma-heap node that has so many bytes; UINT64_MAX: no end of them. Writes its path. */
void fake_add_dma_heap(const char *name, uint64_t bytes);

/* Makes the udmabuf node of these limits; its path. */
const char *fake_add_udmabuf(uint32_t list_limit, uint32_t size_limit_mb);

/* What the fake's V4L2 device is like. */
struct fake_v4l2 {
	uint32_t capabilities; /* V4L2_CAP_..., as device_caps */
	uint32_t sizeimage;    /* of its format; of the first plane */
	bool no_create_bufs;   /* an old driver: VIDIOC_REQBUFS alone */
	bool no_export;
	uint64_t bytes; /* that it can allocate; UINT64_MAX: no end of them */

	/* What it makes of pictures, if it has formats: */
	const uint32_t *formats; /* V4L2_PIX_FMT_..., of those the fake knows */
	uint32_t formats_len;
	uint32_t width, height; /* its one size; 0: any */
	uint32_t block;         /* sizes are rounded up to a multiple; 0: they are not */
	uint32_t pitch_align;   /* 0: 1 */
	uint32_t pitch_max;     /* 0: its own pitch is the only one */
	uint32_t tail;          /* bytes after the rows of each object */
	uint32_t bytes_align;   /* of an object's size; 0: 1 */
	bool contiguous;        /* refuses all dma-bufs of others as not contiguous */
	enum fake_v4l2_fault {
		FAKE_V4L2_SANE,
		FAKE_V4L2_NO_PITCH,   /* bytesperline is 0 */
		FAKE_V4L2_HUGE_PITCH, /* bytesperline is near 2^32 */
		FAKE_V4L2_NO_SIZE,    /* width and height are 0 */
		FAKE_V4L2_PLANES,     /* num_planes is 200 */
		FAKE_V4L2_BUFFERS,    /* asked for one buffer it has a million */
	} fault;
};

/* Makes a V4L2 node; its path. */
const char *fake_add_v4l2(const char *name, const struct fake_v4l2 *config);

/* What the fake's DRM device is like, and the rules by which it refuses; 0: no such rule. */
struct fake_drm {
	const char *driver;
	const uint32_t *formats; /* of its framebuffers and its plane, formats_len of them */
	size_t formats_len;
	bool contiguous;  /* imports nothing of the heap "system" */
	bool no_screen;   /* shows nothing: EOPNOTSUPP */
	bool render_node; /* may not be asked to show: EACCES */

	/* ADDFB2 */
	uint32_t pitch_multiple, pitch_remainder, pitch_max; /* bytes */
	bool pitch_tight;                                    /* rows without padding only */
	uint32_t offset_align;                               /* bytes */
	uint32_t rows_align; /* memory for a multiple of so many rows */
	uint32_t width_max, height_max;

	const void *in_formats; /* the plane's blob of that name; NULL: none */
	size_t in_formats_len;

	/* Atomic commits on its one plane and output. Only tests of them are answered: the fake
	 * fails the test on a commit that would show. */
	bool not_atomic;
	uint16_t mode_width, mode_height; /* of its output; 0: nothing is connected */
	bool active;                      /* the output shows something */
	bool covers;                      /* the plane must cover the whole output */
	uint32_t commit_pitch_multiple;   /* bytes */
	bool nothing_commits;
};

/* Makes a DRM node; its path. */
const char *fake_add_drm(const char *name, const struct fake_drm *config);

/* The device goes: ENODEV from now on. */
void fake_drm_unplug(const char *name);

/* Handles and framebuffers that exist in the open file of a DRM node. */
unsigned fake_drm_objects(int fd);

/* Bytes a dma-heap, or a V4L2 device, has left, of what its living dma-bufs do not take. */
uint64_t fake_left(const char *name);

/* How often a request reached the fake, whatever its outcome. */
unsigned fake_calls(unsigned long request);

/* The next times of a request fail with error. */
void fake_fail(unsigned long request, int error, unsigned times);

/* A dma-buf's fence: signalled after so many ms from now; -1: never. */
void fake_set_fence(int dmabuf, int after_ms);

/* What the last udmabuf was made of. */
size_t fake_last_list(const struct udmabuf_create_item **items);

#endif
