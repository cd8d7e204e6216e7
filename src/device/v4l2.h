/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_V4L2_H
#define TENON_DEVICE_V4L2_H

/* What the files of V4L2 devices share. Answers of drivers are taken as they come and checked where
 * they are used: counts, sizes, strings. */

#include <linux/videodev2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/v4l2.h>

#include "device/probe_cache.h"

enum {
	V4L2_FORMATS_MAX = 256, /* of a queue; more are not looked at */
	V4L2_SIZES_MAX = 256,
};

struct v4l2_pixel_format {
	uint32_t pixelformat;
	uint32_t flags;
	char description[32];
};

struct v4l2_queue {
	uint32_t type;   /* enum v4l2_buf_type; 0: there is no such queue */
	uint32_t memory; /* mask of enum tenon_v4l2_memory */
	struct v4l2_pixel_format *formats;
	size_t formats_len;
};

struct tenon_v4l2_device {
	atomic_uint refs;
	enum tenon_answer needs_contiguous; /* under lock, as the caches */
	struct probe_cache caches[2];       /* by queue */
	pthread_mutex_t lock;

	pthread_mutex_t probing; /* held while the node is tried, one after the other */
	int fd;                  /* ours */
	dev_t dev;
	uint32_t capabilities;
	char driver[32], card[48], bus_info[48];
	struct v4l2_queue queues[2]; /* by enum tenon_v4l2_queue */
	enum tenon_iommu iommu;      /* of the hardware, as /sys tells */
	enum tenon_answer coherent;
};

/* ioctl(2), again after EINTR; 0 or a negative errno. */
int v4l2_call(int fd, unsigned long request, void *argument);

/* The node's capabilities. */
int v4l2_get_capabilities(int fd, struct v4l2_capability *out, uint32_t *capabilities);

/* The type of buffers of one of its queues for these capabilities, 0: there is no such queue. */
uint32_t v4l2_find_type(uint32_t capabilities, enum tenon_v4l2_queue queue);

/* The queue of a role: 0, -EINVAL when the role is none of V4L2's, -ENODEV when the device has none
 * such. */
int v4l2_queue_of_role(
	const struct tenon_v4l2_device *device, enum tenon_role role, enum tenon_v4l2_queue *out);

/* Reads the formats of a queue; frees nothing. 0 or -ENOMEM: a driver that fails has none. */
int v4l2_list_formats(int fd, struct v4l2_queue *queue);

/* What memory a queue takes: a mask of enum tenon_v4l2_memory. */
uint32_t v4l2_ask_memory(int fd, uint32_t type);

/* Fills in what to ask of VIDIOC_TRY_FMT and VIDIOC_S_FMT. Each buffer of the format gets its pitch
 * (NULL: the driver's). */
void v4l2_put_format(struct v4l2_format *format, uint32_t type, uint32_t pixelformat,
	uint32_t width, uint32_t height, const uint32_t *pitch);

/* Reads what a driver answered: 0, or -EPROTO when it has no or too many buffers. */
int v4l2_take_format(const struct v4l2_format *format, struct tenon_v4l2_layout *out);

/* tenon_v4l2_device_try() with a pitch for each buffer, or NULL. */
int v4l2_try(const struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue,
	uint32_t pixelformat, uint32_t width, uint32_t height, const uint32_t *pitch,
	struct tenon_v4l2_layout *out);

#endif
