/* SPDX-License-Identifier: MIT */
#ifndef TENON_V4L2_H
#define TENON_V4L2_H

/*
 * A V4L2 device: a camera, a codec, a scaler, a video output.
 *
 * The driver is asked what it takes; what it says becomes an offer (constraint.h), each value with
 * its source. What cannot be asked can be tried with a buffer (tenon_v4l2_device_probe()).
 *
 * Tenon lays out what has a name in DRM's terms (tenon_format_from_v4l2()); other formats are
 * listed and not offered. The format lists are those of the moment the object was made: a codec's
 * depend on the format that is set on its other queue.
 *
 * Threads: every function may be called from any thread at any time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <tenon/common.h>
#include <tenon/constraint.h>
#include <tenon/device.h>
#include <tenon/format.h>
#include <tenon/probe.h>

TENON_BEGIN_DECLS

struct tenon_v4l2_device;

/** The queues of a device. */
enum tenon_v4l2_queue {
	TENON_V4L2_CAPTURE = 0, /* the device writes: a camera; what a codec gives */
	TENON_V4L2_OUTPUT = 1,  /* the device reads: a video output; what a codec takes */
};

/** Where a queue's memory may come from; a bit mask. */
enum tenon_v4l2_memory {
	TENON_V4L2_MEMORY_MMAP = 1 << 0,    /* the driver allocates */
	TENON_V4L2_MEMORY_USERPTR = 1 << 1, /* the program's own pages */
	TENON_V4L2_MEMORY_DMABUF = 1 << 2,  /* dma-bufs */
};

/** A queue. */
struct tenon_v4l2_queue_info {
	size_t size;          /* sizeof(struct tenon_v4l2_queue_info) */
	uint32_t buffer_type; /* enum v4l2_buf_type */
	uint32_t memory;      /* mask of enum tenon_v4l2_memory */
	bool multi_planar;    /* of the multi-planar API */
};

/** A pixel format of a queue. */
struct tenon_v4l2_format {
	size_t size;          /* sizeof(struct tenon_v4l2_format) */
	uint32_t pixelformat; /* V4L2_PIX_FMT_... */
	uint32_t flags;       /* V4L2_FMT_FLAG_... */
	bool known;           /* whether the next two mean anything */
	bool per_plane;       /* each plane in a memory object of its own */
	struct tenon_format_modifier drm;
	char description[32]; /* the driver's */
};

/** Sizes of a format in pixels, inclusive; minimum and maximum are the same for a single size. */
struct tenon_v4l2_sizes {
	uint32_t width_min, width_max, width_step;
	uint32_t height_min, height_max, height_step;
};

/** What a driver makes of a picture. */
struct tenon_v4l2_layout {
	size_t size;                      /* sizeof(struct tenon_v4l2_layout) */
	uint32_t pixelformat;             /* V4L2_PIX_FMT_... */
	uint32_t width, height;           /* pixels */
	uint32_t buffers_len;             /* memory objects: 1, or one for each plane */
	uint32_t pitch[TENON_MAX_PLANES]; /* bytesperline of each object's first plane */
	uint32_t bytes[TENON_MAX_PLANES]; /* sizeimage of each object */
};

/**
 * Take a V4L2 device by an fd of its node. The fd is duplicated and stays the caller's; the
 * duplicate is of the same open file.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_v4l2_device_unref(). -ENODEV when fd is no V4L2 node, or one without a queue for video;
 * -EBADF; -EMFILE; -ENOMEM.
 */
TENON_EXPORT int tenon_v4l2_device_create(struct tenon_v4l2_device **out, int fd);

/**
 * Open a V4L2 device by the path of its node, such as /dev/video0.
 *
 * Returns as tenon_v4l2_device_create(), or the negative errno of open().
 */
TENON_EXPORT int tenon_v4l2_device_open(struct tenon_v4l2_device **out, const char *node);

/**
 * Take another reference. Returns its argument.
 */
TENON_EXPORT struct tenon_v4l2_device *tenon_v4l2_device_ref(struct tenon_v4l2_device *device);

/**
 * Drop a reference; the last one closes the device's own fd. NULL is a no-op.
 */
TENON_EXPORT void tenon_v4l2_device_unref(struct tenon_v4l2_device *device);

/**
 * The device's fd. Borrowed: valid until the last tenon_v4l2_device_unref(); do not close.
 */
TENON_EXPORT int tenon_v4l2_device_get_fd(const struct tenon_v4l2_device *device);

/**
 * The driver's name as VIDIOC_QUERYCAP tells it: what the device table calls the device. Borrowed:
 * valid until the last tenon_v4l2_device_unref(); do not free.
 */
TENON_EXPORT const char *tenon_v4l2_device_get_driver(const struct tenon_v4l2_device *device);

/**
 * The card's name, for people. Borrowed, as tenon_v4l2_device_get_driver().
 */
TENON_EXPORT const char *tenon_v4l2_device_get_card(const struct tenon_v4l2_device *device);

/**
 * Where the device is, such as "platform:vivid-000". Borrowed, as tenon_v4l2_device_get_driver().
 */
TENON_EXPORT const char *tenon_v4l2_device_get_bus_info(const struct tenon_v4l2_device *device);

/**
 * The device number of the node.
 */
TENON_EXPORT dev_t tenon_v4l2_device_get_dev(const struct tenon_v4l2_device *device);

/**
 * V4L2_CAP_... of the node.
 */
TENON_EXPORT uint32_t tenon_v4l2_device_get_capabilities(const struct tenon_v4l2_device *device);

/**
 * Whether the device turns what one queue takes into what the other gives: a codec, a scaler.
 */
TENON_EXPORT bool tenon_v4l2_device_is_m2m(const struct tenon_v4l2_device *device);

/**
 * What a queue is like. What memory it takes is asked without side effects: a stream that runs, and
 * buffers that are there, stay.
 *
 * Returns 0 and fills *out, whose size member the caller has set; -ENODEV when the device has no
 * such queue; -EINVAL when the size is not one the library knows.
 */
TENON_EXPORT int tenon_v4l2_device_get_queue(const struct tenon_v4l2_device *device,
	enum tenon_v4l2_queue queue, struct tenon_v4l2_queue_info *out);

/**
 * Number of pixel formats of a queue; 0 when the device has no such queue.
 */
TENON_EXPORT size_t tenon_v4l2_device_get_formats_len(
	const struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue);

/**
 * Pixel format i of a queue, in the driver's order.
 *
 * Returns 0 and fills *out, whose size member the caller has set; -EINVAL when there is no such
 * format, or the size is not one the library knows.
 */
TENON_EXPORT int tenon_v4l2_device_get_format(const struct tenon_v4l2_device *device,
	enum tenon_v4l2_queue queue, size_t i, struct tenon_v4l2_format *out);

/**
 * The sizes that the driver says a format has (VIDIOC_ENUM_FRAMESIZES), at most 256.
 *
 * Returns 0 and writes *out and *len: the caller owns the array and must release it with free().
 * -ENOTSUP when the driver does not say; -EPROTO when what it says makes no sense; -ENOMEM; another
 * negative errno of the driver.
 */
TENON_EXPORT int tenon_v4l2_device_dup_sizes(const struct tenon_v4l2_device *device,
	uint32_t pixelformat, struct tenon_v4l2_sizes **out, size_t *len);

/**
 * Ask what the driver would make of a picture (VIDIOC_TRY_FMT), without changing anything. pitch is
 * in bytes, the same for each memory object; 0 leaves it to the driver. What comes back may differ
 * in everything.
 *
 * Returns 0 and fills *out, whose size member the caller has set; -EINVAL when the driver does not
 * take the format, or the size member is not one the library knows; -ENODEV when the device has no
 * such queue or is gone; -EPROTO when the answer makes no sense; another negative errno.
 */
TENON_EXPORT int tenon_v4l2_device_try(const struct tenon_v4l2_device *device,
	enum tenon_v4l2_queue queue, uint32_t pixelformat, uint32_t width, uint32_t height,
	uint32_t pitch, struct tenon_v4l2_layout *out);

/** What to offer; zeroed members mean what their comment says. */
struct tenon_v4l2_offer_options {
	size_t size;             /* sizeof(struct tenon_v4l2_offer_options) */
	const char *name;        /* in merges and messages; NULL: the table's or the driver's */
	uint32_t width, height;  /* pixels of the picture; 0: not known yet */
	const uint32_t *formats; /* DRM fourccs to ask the driver about; NULL: all it has */
	size_t formats_len;
	enum tenon_iommu iommu; /* unknown: as /sys tells */
	/* Find out whether the device needs contiguous memory, if the table leaves it open, by a
	 * buffer of scattered pages that is queued and taken back (tenon_v4l2_device_probe()). */
	bool probe;
};

/**
 * Make an offer of the device for a role: TENON_ROLE_CAPTURE and TENON_ROLE_DECODE are its capture
 * queue, TENON_ROLE_ENCODE and TENON_ROLE_SCANOUT its output queue. It is the table's entry for the
 * driver (table may be NULL), restricted and corrected by what the driver says: formats, sizes,
 * pitches it takes at this size, bytes it adds, memory objects. What nobody says is unknown. With a
 * size it holds for that size alone.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_offer_unref(). -EINVAL when role is not one of the above, when only one of width and height
 * is 0, or when the options' size is not one the library knows; -ENODEV when the device has no such
 * queue or is gone; -ENOTSUP when none of its formats can be offered; -ENOMEM.
 */
TENON_EXPORT int tenon_v4l2_device_create_offer(struct tenon_offer **out,
	struct tenon_v4l2_device *device, const struct tenon_device_table *table,
	enum tenon_role role, const struct tenon_v4l2_offer_options *options);

/**
 * Whether the device takes contiguous memory only, as far as it has been found out by
 * tenon_v4l2_device_create_offer() or tenon_v4l2_device_probe().
 */
TENON_EXPORT enum tenon_answer tenon_v4l2_device_needs_contiguous(
	const struct tenon_v4l2_device *device);

/** How to probe; zeroed members mean what their comment says. */
struct tenon_v4l2_probe_options {
	size_t size;          /* sizeof(struct tenon_v4l2_probe_options) */
	enum tenon_role role; /* as tenon_v4l2_device_create_offer() takes it */
	/* Mask of enum tenon_probe_stage, each with those it rests on; 0: all that write nothing
	 * (DMABUF, FORMAT, REQUEST, QUEUE). DATA overwrites the buffer with frames; capture queues
	 * only. */
	uint32_t stages;
	int timeout_ms; /* for a frame to come; 0: two seconds */
	/* What kind of memory it is, such as the name of its heap: the outcome is remembered for
	 * the device, the layout and this. NULL: it is asked anew. */
	const char *memory;
};

/**
 * Try a buffer on the device. fds has a dma-buf for each memory object of the layout. The ladder:
 * are they dma-bufs; S_FMT; REQBUFS for dma-bufs; QBUF; DATA: frames are captured into the buffer,
 * and it is compared where they came to. Whatever the outcome, streaming is stopped, the buffers
 * are let go of and the format is what it was. The node is opened anew for it, so that a program's
 * own stream is not disturbed: when the device is in use, stages are reported as not tried.
 *
 * Returns 0 and fills *result, whose size member the caller has set, also when the device refuses
 * the buffer; -EINVAL when an argument or a size member is not one the library knows, or fds_len is
 * not the layout's number of objects; -ENODEV when the device has no such queue or is gone; -EBADF;
 * -ENOMEM: *result is then as it was.
 */
TENON_EXPORT int tenon_v4l2_device_probe(struct tenon_v4l2_device *device,
	const struct tenon_layout *layout, const int *fds, size_t fds_len,
	const struct tenon_v4l2_probe_options *options, struct tenon_probe_result *result);

TENON_END_DECLS

#endif
