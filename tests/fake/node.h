/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_FAKE_NODE_H
#define TENON_TEST_FAKE_NODE_H

/* What the files of the fake kernel share. The fake's lock is held in all of these calls. */

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fake/kernel.h"

enum kind {
	DMA_HEAP,
	UDMABUF,
	V4L2,
	DRM,
};

struct node {
	enum kind kind;
	char name[64];
	dev_t dev;
	ino_t ino;
	uint64_t bytes; /* of a dma-heap */
	uint32_t list_limit, size_limit_mb;
	struct fake_v4l2 v4l2;
	struct fake_drm drm;
	bool gone;                 /* a DRM device that was unplugged */
	uint64_t made;             /* bytes of the V4L2 queue's one buffer; 0: none */
	struct v4l2_format format; /* that is set; type 0: none was */
	bool imports;              /* the V4L2 queue is ready for dma-bufs */
};

/* Bytes a node has left. */
uint64_t fake_left_of(const struct node *node);

/* A new dma-buf of a node's memory (NULL: a udmabuf): its fd, or a negative errno. */
int fake_new_buffer(const struct node *node, uint64_t bytes, bool cloexec);

/* Bytes of a dma-buf of the fake's; -1: it is none. */
int64_t fake_buffer_bytes(int fd);

/* Whether a dma-buf is of the heap "system", in pieces. */
bool fake_buffer_is_scattered(int fd);

int fake_v4l2_ioctl(struct node *node, unsigned long request, void *argument);
int fake_drm_ioctl(struct node *node, int fd, unsigned long request, void *argument);

/* Forgets open files of DRM nodes that are closed, with all in them. */
void fake_drm_sweep(void);

/* drm_kms.c: what of a DRM node is about showing. */
struct fake_drm_fb {
	uint32_t id; /* 0: none */
	uint32_t width, height, format, pitch;
};
struct fake_drm_client {
	bool universal, atomic;
	const struct fake_drm_fb *fbs;
	size_t fbs_len;
};
int fake_drm_kms_ioctl(const struct node *node, struct fake_drm_client *client,
	unsigned long request, void *argument);

/* What the device makes of a format, as VIDIOC_TRY_FMT does. */
int fake_v4l2_try(const struct node *node, struct v4l2_format *format);

#endif
