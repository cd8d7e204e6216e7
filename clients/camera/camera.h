/* SPDX-License-Identifier: MIT */
#ifndef TENON_CAMERA_H
#define TENON_CAMERA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/v4l2.h>

#include "buffers.h"
#include "screenshot.h"
#include "window.h"

enum {
	DEVICES_MAX = 12, /* beside the camera, and what is made of options */
	QUEUE_MAX = 16,
};

struct options {
	const char *node;                 /* NULL: the first camera */
	const char *devices[DEVICES_MAX]; /* NAME[:ROLE[+ROLE]] */
	size_t devices_len;
	uint32_t width, height; /* 0: as the camera is set */
	uint32_t format;        /* DRM fourcc; 0: whatever both take */
	const char *heap;       /* NULL: any */
	uint32_t frames;        /* 0: until the window is closed */
	uint32_t buffers;
	uint32_t transports;    /* mask of enum tenon_client_transport; 0: as it may be */
	const char *screenshot; /* file; NULL: none */
	bool verify;
};

/* A buffer in the camera's queue. */
struct queued {
	struct slot *slot;         /* NULL: this place is free */
	int fds[TENON_MAX_PLANES]; /* dma-bufs of the objects, ours */
	bool is_copied;            /* the compositor was given other memory */
};

/* The camera's queue. */
struct capture {
	int fd; /* the device's; borrowed */
	uint32_t type;
	uint32_t pixelformat;
	uint32_t width, height;
	uint32_t objects_len;
	uint32_t bytes[TENON_MAX_PLANES]; /* of the objects */
	uint32_t len;                     /* buffers that were asked for */
	struct queued queue[QUEUE_MAX];
	bool streams, has_sequence;
	uint32_t sequence;
};

/* What has been seen while it ran. */
struct counts {
	uint64_t captured;
	uint64_t missed;  /* frames the camera had no buffer for */
	uint64_t damaged; /* frames the driver says are damaged */
	uint64_t copies;  /* frames shown from other memory than the camera wrote to */
	uint64_t different_pixels;
	bool verified;
};

struct camera {
	struct options options;
	char node[32]; /* that was found */
	struct window window;
	struct buffers buffers;
	struct tenon_v4l2_device *device;
	struct capture capture;
	bool as_memfd; /* the compositor has no dma-bufs: memfds that the camera gets as udmabufs */
	struct counts counts;
};

/* options.c. False: the program is to end with *status. */
bool options_parse(struct options *options, int argc, char **argv, enum status *status);

/* choose.c: the camera, what it offers, and what else the buffers must suit. */
enum status camera_open(struct camera *camera);
enum status camera_choose(struct camera *camera);

/* capture.c: the camera's queue. 0 or a negative errno, -ENODEV when it was unplugged. */
int capture_set_format(struct capture *capture, const struct tenon_v4l2_device *device,
	const struct tenon_layout *layout);
int capture_request(struct capture *capture, uint32_t len, bool import);
/* Queues a place; takes the fds that were put there. */
int capture_queue(struct capture *capture, uint32_t index);
int capture_start(struct capture *capture);
/* The place of the next frame, which is the program's again. -ETIMEDOUT; -EIO: it is damaged, and
 * *index tells which it was. */
int capture_take(struct capture *capture, uint32_t *index, uint64_t *missed);
/* Stops, and lets go of all buffers. */
void capture_stop(struct capture *capture);
/* A frame in the driver's own memory, as the first object has it: to be freed. */
int capture_own_frame(struct capture *capture, uint8_t **out, uint32_t *pitch);

/* stream.c: frames from the camera to the window. */
enum status camera_stream(struct camera *camera);

/* verify.c: the screenshot, and whether it shows what the camera delivers. */
enum status camera_look(struct camera *camera);

/* What went wrong with the camera, by its errno. Returns STATUS_FAILED. */
enum status camera_fail(struct camera *camera, const char *what, int error);

#endif
