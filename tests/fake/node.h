/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_FAKE_NODE_H
#define TENON_TEST_FAKE_NODE_H

/* What the files of the fake kernel share. The fake's lock is held in all of these calls. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fake/kernel.h"

enum kind {
	DMA_HEAP,
	UDMABUF,
	V4L2,
};

struct node {
	enum kind kind;
	char name[64];
	dev_t dev;
	ino_t ino;
	uint64_t bytes; /* of a dma-heap */
	uint32_t list_limit, size_limit_mb;
	struct fake_v4l2 v4l2;
	uint64_t made; /* bytes of the V4L2 queue's one buffer; 0: none */
};

/* Bytes a node has left. */
uint64_t fake_left_of(const struct node *node);

/* A new dma-buf of a node's memory (NULL: a udmabuf): its fd, or a negative errno. */
int fake_new_buffer(const struct node *node, uint64_t bytes, bool cloexec);

int fake_v4l2_ioctl(struct node *node, unsigned long request, void *argument);

#endif
