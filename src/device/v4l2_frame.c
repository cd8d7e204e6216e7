/* SPDX-License-Identifier: MIT */
#include "device/v4l2_frame.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	PAGE = 4096, /* what a kernel gets wrong, it gets wrong by pages */
	/* of a page's bytes in the picture; fewer may be the pattern by chance */
	BYTES_MIN = 64,
	TRIES = 4,
};

/* An object of the buffer, as the CPU sees it. */
struct object {
	uint8_t *map;
	size_t size;
	uint8_t *written; /* a bit for each byte the device was seen to write */
};

struct trial {
	struct v4l2_session *session;
	const struct v4l2_frame *frame;
	struct object objects[TENON_MAX_PLANES];
	size_t len;
	uint8_t *reference[2]; /* frames in the driver's own memory, before and after; or NULL */
};

static int sync_object(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = flags};
	int ret;

	do {
		ret = v4l2_call(fd, DMA_BUF_IOCTL_SYNC, &sync);
	} while (ret == -EAGAIN);
	return ret;
}

static int map_objects(struct trial *trial)
{
	for (; trial->len < tenon_layout_get_objects_len(trial->frame->layout); trial->len++) {
		struct object *object = &trial->objects[trial->len];
		uint64_t size = tenon_layout_get_object_size(trial->frame->layout, trial->len);

		if (size > SIZE_MAX) {
			return -EAGAIN;
		}
		object->size = (size_t)size;
		object->map = mmap(NULL, object->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			trial->frame->fds[trial->len], 0);
		if (object->map == MAP_FAILED) {
			return -EAGAIN;
		}
		object->written = calloc(object->size / 8 + 1, 1);
		if (object->written == NULL) {
			munmap(object->map, object->size);
			return -ENOMEM;
		}
	}
	return 0;
}

static void trial_finish(struct trial *trial)
{
	while (trial->len > 0) {
		struct object *object = &trial->objects[--trial->len];

		free(object->written);
		munmap(object->map, object->size);
	}
	free(trial->reference[0]);
	free(trial->reference[1]);
}

/* Fills the objects with a pattern, or notes what is not the pattern any more. */
static int touch(struct trial *trial, uint8_t pattern, bool fill)
{
	uint64_t flags = fill ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ;

	for (size_t i = 0; i < trial->len; i++) {
		struct object *object = &trial->objects[i];
		int ret = sync_object(trial->frame->fds[i], flags | DMA_BUF_SYNC_START);

		if (ret < 0) {
			return ret;
		}
		if (fill) {
			memset(object->map, pattern, object->size);
		}
		for (size_t at = 0; !fill && at < object->size; at++) {
			object->written[at / 8] |=
				(uint8_t)((object->map[at] != pattern) << (at % 8));
		}
		ret = sync_object(trial->frame->fds[i], flags | DMA_BUF_SYNC_END);
		if (ret < 0) {
			return ret;
		}
	}
	return 0;
}

/* The same memory for each buffer that the driver wants queued before it starts. */
static int queue_all(struct trial *trial)
{
	struct v4l2_session_memory memory = {
		.fds = trial->frame->fds, .len = trial->frame->granted->buffers_len};
	int ret = 0;

	for (uint32_t i = 0; i < memory.len; i++) {
		uint64_t size = tenon_layout_get_object_size(trial->frame->layout, i);

		memory.bytes[i] = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
	}
	for (uint32_t i = 0; i < trial->session->buffers_len && ret == 0; i++) {
		ret = v4l2_session_queue(trial->session, i, &memory);
	}
	return ret;
}

static int capture(struct trial *trial, uint8_t pattern)
{
	int ret = touch(trial, pattern, true);

	if (ret == 0) {
		ret = v4l2_session_request(trial->session, V4L2_MEMORY_DMABUF);
	}
	if (ret == 0) {
		ret = queue_all(trial);
	}
	if (ret == 0) {
		ret = v4l2_session_stream(trial->session, trial->frame->timeout_ms);
	}
	v4l2_session_release(trial->session);
	return ret < 0 ? ret : touch(trial, pattern, false);
}

static bool is_written(const struct object *object, size_t at)
{
	return (object->written[at / 8] >> (at % 8) & 1) != 0;
}

/* A row of a plane: where it begins in its object, and bytes without padding. */
static size_t row_at(const struct trial *trial, size_t plane, uint32_t row, size_t *len)
{
	const struct tenon_format *format = tenon_layout_get_format(trial->frame->layout);
	struct tenon_plane_layout at;
	unsigned bytes = 0, pixels = 1, hsub = 1;
	uint32_t width;

	(void)tenon_layout_get_plane(trial->frame->layout, plane, &at);
	(void)tenon_format_get_plane(format, (unsigned)plane, &bytes, &pixels, &hsub, NULL);
	tenon_layout_get_size(trial->frame->layout, &width, NULL);
	*len = (size_t)((uint64_t)(width / hsub) / pixels * bytes);
	return (size_t)(at.offset + (uint64_t)row * at.pitch);
}

static uint32_t rows_of(const struct trial *trial, size_t plane)
{
	unsigned vsub = 1;
	uint32_t height;

	(void)tenon_format_get_plane(tenon_layout_get_format(trial->frame->layout), (unsigned)plane,
		NULL, NULL, NULL, &vsub);
	tenon_layout_get_size(trial->frame->layout, NULL, &height);
	return height / vsub;
}

static size_t object_of(const struct trial *trial, size_t plane)
{
	struct tenon_plane_layout at;

	(void)tenon_layout_get_plane(trial->frame->layout, plane, &at);
	return at.object;
}

/* Counts the picture's bytes of one page, and those that were written. */
static void count_page(
	const struct trial *trial, size_t object, size_t page, size_t *picture, size_t *written)
{
	size_t begin = page * PAGE, end = begin + PAGE;

	*picture = *written = 0;
	for (size_t plane = 0; plane < tenon_layout_get_planes_len(trial->frame->layout); plane++) {
		struct tenon_plane_layout at;
		uint64_t first;

		(void)tenon_layout_get_plane(trial->frame->layout, plane, &at);
		if (at.object != object || end <= at.offset) {
			continue;
		}
		first = begin > at.offset ? (begin - at.offset) / at.pitch : 0;
		for (uint64_t row = first; row < rows_of(trial, plane); row++) {
			size_t len;
			size_t from = row_at(trial, plane, (uint32_t)row, &len);
			size_t to = from + len < end ? from + len : end;

			if (from >= end) {
				break;
			}
			for (size_t i = from > begin ? from : begin; i < to; i++) {
				(*picture)++;
				*written += is_written(&trial->objects[object], i);
			}
		}
	}
}

/* Bytes written behind what the driver said it would take. */
static size_t count_beyond(const struct trial *trial, size_t object)
{
	const struct object *o = &trial->objects[object];
	size_t count = 0;

	for (size_t at = trial->frame->granted->bytes[object]; at < o->size; at++) {
		count += is_written(o, at);
	}
	return count;
}

/* The offset of an object's first plane: where the driver says that its data begins. */
static int judge_offsets(const struct trial *trial, char *text, size_t text_size)
{
	size_t seen = 0;

	for (size_t plane = 0; plane < tenon_layout_get_planes_len(trial->frame->layout); plane++) {
		struct tenon_plane_layout at;

		(void)tenon_layout_get_plane(trial->frame->layout, plane, &at);
		if (at.object != seen) {
			continue;
		}
		seen++;
		if (at.offset != trial->session->data_offset[at.object]) {
			snprintf(text, text_size,
				"the driver puts plane %zu at byte %u of its object, not at %llu",
				plane, trial->session->data_offset[at.object],
				(unsigned long long)at.offset);
			return -EBADMSG;
		}
	}
	return 0;
}

static int judge_written(const struct trial *trial, char *text, size_t text_size)
{
	size_t pages = 0, empty = 0, beyond = 0;

	for (size_t i = 0; i < trial->len; i++) {
		for (size_t page = 0; page * PAGE < trial->objects[i].size; page++) {
			size_t picture, written;

			count_page(trial, i, page, &picture, &written);
			pages += picture >= BYTES_MIN;
			empty += picture >= BYTES_MIN && written == 0;
		}
		beyond += count_beyond(trial, i);
	}
	if (empty > 0) {
		snprintf(text, text_size,
			"%zu of the frame's %zu pages were not written: it went elsewhere", empty,
			pages);
		return -EBADMSG;
	}
	if (beyond > 0) {
		snprintf(text, text_size, "%zu bytes were written behind the frame", beyond);
		return -EBADMSG;
	}
	return 0;
}

/* Copies what the driver's own buffer holds: all its objects, one after the other. */
static int copy_reference(struct trial *trial, uint32_t index, uint8_t *to)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {
		.index = index, .type = trial->session->type, .memory = V4L2_MEMORY_MMAP};
	bool multi = V4L2_TYPE_IS_MULTIPLANAR(trial->session->type);
	int ret;

	if (multi) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
	ret = v4l2_call(trial->session->fd, VIDIOC_QUERYBUF, &buffer);
	for (unsigned i = 0; i < trial->frame->granted->buffers_len && ret == 0; i++) {
		size_t size = trial->frame->granted->bytes[i];
		size_t length = multi ? planes[i].length : buffer.length;
		void *map;

		if (length < size) {
			return -EPROTO;
		}
		map = mmap(NULL, size, PROT_READ, MAP_SHARED, trial->session->fd,
			multi ? planes[i].m.mem_offset : buffer.m.offset);
		if (map == MAP_FAILED) {
			return -errno;
		}
		memcpy(to, map, size);
		to += size;
		munmap(map, size);
	}
	return ret;
}

/* A frame in the driver's own memory; *out stays NULL where that cannot be had. */
static void capture_reference(struct trial *trial, uint8_t **out)
{
	struct v4l2_session_memory memory = {.len = trial->frame->granted->buffers_len};
	uint8_t *copy = NULL;
	size_t size = 0;
	int ret;

	for (unsigned i = 0; i < memory.len; i++) {
		size += trial->frame->granted->bytes[i];
	}
	copy = malloc(size > 0 ? size : 1);
	ret = copy != NULL ? v4l2_session_request(trial->session, V4L2_MEMORY_MMAP) : -ENOMEM;
	for (uint32_t i = 0; ret == 0 && i < trial->session->buffers_len; i++) {
		ret = v4l2_session_queue(trial->session, i, &memory);
	}
	if (ret == 0) {
		ret = v4l2_session_stream(trial->session, trial->frame->timeout_ms);
	}
	if (ret >= 0) {
		ret = copy_reference(trial, (uint32_t)ret, copy);
	}
	v4l2_session_release(trial->session);
	if (ret == 0) {
		*out = copy;
	} else {
		free(copy);
	}
}

/* Rows in which the buffer, or with second the later reference, differs from the first one. */
static size_t count_different(const struct trial *trial, const uint8_t *second)
{
	size_t different = 0;

	for (size_t plane = 0; plane < tenon_layout_get_planes_len(trial->frame->layout); plane++) {
		size_t object = object_of(trial, plane), base = 0;

		for (size_t i = 0; i < object; i++) {
			base += trial->frame->granted->bytes[i];
		}
		for (uint32_t row = 0; row < rows_of(trial, plane); row++) {
			size_t len;
			size_t at = row_at(trial, plane, row, &len);
			const uint8_t *other = second != NULL ? second + base + at
							      : trial->objects[object].map + at;

			if (at + len > trial->frame->granted->bytes[object]) {
				break;
			}
			different += memcmp(trial->reference[0] + base + at, other, len) != 0;
		}
	}
	return different;
}

/* Compares with the driver's own memory, when the picture stood still meanwhile. */
static int judge_reference(struct trial *trial, char *text, size_t text_size)
{
	size_t different;
	int ret;

	if (trial->reference[0] == NULL || trial->reference[1] == NULL ||
		count_different(trial, trial->reference[1]) != 0) {
		return 0;
	}
	for (size_t i = 0; i < trial->len; i++) {
		ret = sync_object(trial->frame->fds[i], DMA_BUF_SYNC_READ | DMA_BUF_SYNC_START);
		if (ret < 0) {
			return ret;
		}
	}
	different = count_different(trial, NULL);
	for (size_t i = 0; i < trial->len; i++) {
		(void)sync_object(trial->frame->fds[i], DMA_BUF_SYNC_READ | DMA_BUF_SYNC_END);
	}
	if (different == 0) {
		return 0;
	}
	snprintf(text, text_size, "%zu rows are not what the driver delivers into its own memory",
		different);
	return -EBADMSG;
}

/*
 * A picture that moves, if only in the digits of a clock, may look the same in both references by
 * chance and not between them. What is wrong with the memory is wrong each time.
 */
static int judge_references(struct trial *trial, char *text, size_t text_size)
{
	int ret = judge_reference(trial, text, text_size);

	for (int i = 1; ret == -EBADMSG && i < TRIES; i++) {
		free(trial->reference[0]);
		trial->reference[0] = trial->reference[1];
		trial->reference[1] = NULL;
		text[0] = '\0';
		ret = capture(trial, 0x5a);
		if (ret == 0) {
			capture_reference(trial, &trial->reference[1]);
			ret = judge_reference(trial, text, text_size);
		}
	}
	return ret;
}

static int try_frames(struct trial *trial, char *text, size_t text_size)
{
	int ret;

	capture_reference(trial, &trial->reference[0]);
	ret = capture(trial, 0x5a);
	if (ret == 0) {
		ret = capture(trial, 0xa5);
	}
	if (ret == 0) {
		ret = judge_offsets(trial, text, text_size);
	}
	if (ret == 0) {
		capture_reference(trial, &trial->reference[1]);
		ret = judge_written(trial, text, text_size);
	}
	return ret == 0 ? judge_references(trial, text, text_size) : ret;
}

/* What says something of the memory, or ends the probe; other failures leave the stage untried. */
static bool is_final(int ret)
{
	return ret == -EBADMSG || ret == -ENODEV || ret == -ENOMEM;
}

int v4l2_frame_check(
	struct v4l2_session *session, const struct v4l2_frame *frame, char *text, size_t text_size)
{
	struct trial trial = {.session = session, .frame = frame};
	int ret = map_objects(&trial);

	if (ret == -EAGAIN) {
		snprintf(text, text_size, "the memory cannot be mapped, so it was not compared");
	}
	if (ret == 0) {
		ret = try_frames(&trial, text, text_size);
		if (ret != 0 && !is_final(ret)) {
			snprintf(text, text_size, "no frame could be compared (%s)",
				ret == -ETIMEDOUT ? "none came in time" : strerror(-ret));
			ret = -EAGAIN;
		}
	}
	trial_finish(&trial);
	return ret;
}
