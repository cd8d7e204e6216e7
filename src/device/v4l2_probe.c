/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/dmabuf.h"
#include "device/probe.h"
#include "device/probe_cache.h"
#include "device/v4l2_contiguous.h"
#include "device/v4l2_frame.h"
#include "device/v4l2_learn.h"

enum {
	STAGES = TENON_PROBE_DMABUF | TENON_PROBE_FORMAT | TENON_PROBE_REQUEST | TENON_PROBE_QUEUE |
		 TENON_PROBE_DATA,
	FRAME_TIMEOUT_MS = 2000,
};

struct ladder {
	struct tenon_v4l2_device *device;
	const struct tenon_layout *layout;
	const int *fds;
	enum tenon_v4l2_queue queue;
	int timeout_ms;
	struct v4l2_session session;
	struct tenon_v4l2_layout granted;
	struct tenon_probe_result *result;
	char why[160]; /* what is wrong with a format */
};

/* A driver's answer that ends the ladder: a refusal, or nothing about the buffer. Returns 1, or the
 * negative errno when nothing more can be said. */
static int TENON_PRINTF(4, 5) refuse(
	struct ladder *ladder, enum tenon_probe_stage stage, int error, const char *format, ...)
{
	const char *name = tenon_probe_stage_get_name(stage);
	char text[sizeof(ladder->result->text)];
	va_list args;

	if (error == -ENODEV || error == -ENOMEM) {
		return error;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (error == -EBUSY) {
		probe_note(ladder->result, "%s: not tried, another user has the device", name);
	} else if (error == -EAGAIN) {
		probe_note(ladder->result, "%.200s", text);
	} else {
		probe_refuse(ladder->result, stage, error, "%s", text);
	}
	return 1;
}

static int try_dmabufs(struct ladder *ladder)
{
	for (size_t i = 0; i < tenon_layout_get_objects_len(ladder->layout); i++) {
		int is = dmabuf_is(ladder->fds[i]);

		if (is < 0) {
			return is;
		}
		if (is == 0) {
			return refuse(
				ladder, TENON_PROBE_DMABUF, -EINVAL, "object %zu is no dma-buf", i);
		}
	}
	probe_pass(ladder->result, TENON_PROBE_DMABUF);
	return 0;
}

static void TENON_PRINTF(2, 3) say(struct ladder *ladder, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ladder->why, sizeof(ladder->why), format, args);
	va_end(args);
}

/* The pitch of a plane that shares a buffer with the first one: in proportion to that one's. */
static uint64_t linked_pitch(const struct ladder *ladder, unsigned plane, uint32_t first_pitch)
{
	const struct tenon_format *format = tenon_layout_get_format(ladder->layout);
	unsigned bytes, pixels, hsub, first_bytes, first_pixels;

	(void)tenon_format_get_plane(format, 0, &first_bytes, &first_pixels, NULL, NULL);
	(void)tenon_format_get_plane(format, plane, &bytes, &pixels, &hsub, NULL);
	return (uint64_t)first_pitch * first_pixels * bytes /
	       ((uint64_t)first_bytes * pixels * hsub);
}

/* Whether V4L2 has words for where the planes lie. */
static bool can_say(struct ladder *ladder)
{
	struct tenon_plane_layout first = {0}, plane, before = {0};
	uint64_t end = 0;

	(void)tenon_layout_get_plane(ladder->layout, 0, &first);
	if (tenon_layout_get_modifier(ladder->layout) != 0) {
		return true;
	}

	for (size_t i = 0; i < tenon_layout_get_planes_len(ladder->layout); i++) {
		(void)tenon_layout_get_plane(ladder->layout, i, &plane);
		if (i == 0 || plane.object != before.object) {
			/* an output of the multi-planar API reads from anywhere */
			end = ladder->queue == TENON_V4L2_OUTPUT &&
					      V4L2_TYPE_IS_MULTIPLANAR(ladder->session.type)
				      ? plane.offset
				      : 0;
		}
		if (plane.offset != end) {
			say(ladder, "plane %zu is at byte %llu, the driver expects it at %llu", i,
				(unsigned long long)plane.offset, (unsigned long long)end);
			return false;
		}
		if (plane.object == first.object &&
			plane.pitch != linked_pitch(ladder, (unsigned)i, first.pitch)) {
			say(ladder, "plane %zu has pitch %u, the driver expects %llu", i,
				plane.pitch,
				(unsigned long long)linked_pitch(ladder, (unsigned)i, first.pitch));
			return false;
		}
		before = plane;
		end = plane.offset + (uint64_t)plane.pitch * plane.height;
	}
	return true;
}

/* Where the first plane in an object begins; outputs are told. */
static uint64_t first_offset(const struct ladder *ladder, size_t object)
{
	struct tenon_plane_layout plane;

	for (size_t i = 0; tenon_layout_get_plane(ladder->layout, i, &plane) == 0; i++) {
		if (plane.object == object && ladder->queue == TENON_V4L2_OUTPUT) {
			return plane.offset < UINT32_MAX / 2 ? plane.offset : 0;
		}
	}
	return 0;
}

/* Whether what the driver has set is the layout. */
static bool is_granted(struct ladder *ladder, uint32_t pixelformat)
{
	const struct tenon_v4l2_layout *granted = &ladder->granted;
	const struct v4l2_learnt stored = {.width = granted->width, .height = granted->height};
	uint32_t width, height;

	tenon_layout_get_size(ladder->layout, &width, &height);
	if (granted->pixelformat != pixelformat ||
		!((granted->width == width && granted->height == height) ||
			(tenon_v4l2_device_is_m2m(ladder->device) &&
				v4l2_is_part(width, height, &stored)))) {
		say(ladder, "the driver makes %ux%u of %ux%u%s", granted->width, granted->height,
			width, height,
			granted->pixelformat != pixelformat ? ", in another format" : "");
		return false;
	}
	for (unsigned i = 0; i < granted->buffers_len; i++) {
		uint64_t bytes = tenon_layout_get_object_size(ladder->layout, i);
		struct tenon_plane_layout plane = {0};

		(void)tenon_layout_get_plane(ladder->layout, i, &plane);
		if (granted->pitch[i] != plane.pitch) {
			say(ladder, "the driver makes pitch %u of %u", granted->pitch[i],
				plane.pitch);
			return false;
		}
		if (granted->bytes[i] + first_offset(ladder, i) > bytes) {
			say(ladder, "the driver needs %u bytes, the buffer has %llu",
				granted->bytes[i],
				(unsigned long long)(bytes - first_offset(ladder, i)));
			return false;
		}
	}
	return true;
}

static int set_format(struct ladder *ladder, uint32_t pixelformat)
{
	uint32_t pitch[TENON_MAX_PLANES] = {0}, width, height;
	struct v4l2_format format;
	int ret;

	for (size_t i = 0; i < tenon_layout_get_objects_len(ladder->layout); i++) {
		struct tenon_plane_layout plane = {0};

		(void)tenon_layout_get_plane(ladder->layout, i, &plane);
		pitch[i] = plane.pitch;
	}
	tenon_layout_get_size(ladder->layout, &width, &height);
	v4l2_put_format(&format, ladder->session.type, pixelformat, width, height, pitch);
	ret = v4l2_session_set_format(&ladder->session, &format);
	if (ret == 0) {
		ret = v4l2_take_format(&format, &ladder->granted);
	}
	if (ret == 0 &&
		ladder->granted.buffers_len != tenon_layout_get_objects_len(ladder->layout)) {
		say(ladder, "the driver has %u memory objects for it", ladder->granted.buffers_len);
		return -EINVAL;
	}
	return ret == 0 && !is_granted(ladder, pixelformat) ? -EINVAL : ret;
}

/* Each of the driver's formats that is the layout's: it may have an old and a new name for it. */
static int try_format(struct ladder *ladder)
{
	uint32_t fourcc = tenon_format_get_fourcc(tenon_layout_get_format(ladder->layout));
	bool per_plane = tenon_layout_get_objects_len(ladder->layout) > 1;
	int ret = -EINVAL;

	say(ladder, "the driver does not have the format%s",
		per_plane ? " in several memory objects" : "");
	if (!can_say(ladder)) {
		return refuse(ladder, TENON_PROBE_FORMAT, ret, "%s", ladder->why);
	}
	for (size_t i = 0; i < ladder->device->queues[ladder->queue].formats_len; i++) {
		struct tenon_v4l2_format format = {.size = sizeof(format)};

		(void)tenon_v4l2_device_get_format(ladder->device, ladder->queue, i, &format);
		if (!format.known || format.drm.format != fourcc ||
			format.drm.modifier != tenon_layout_get_modifier(ladder->layout) ||
			format.per_plane != per_plane) {
			continue;
		}
		ret = set_format(ladder, format.pixelformat);
		if (ret == 0) {
			probe_pass(ladder->result, TENON_PROBE_FORMAT);
			return 0;
		}
		if (ret == -EBUSY || ret == -ENODEV) {
			break;
		}
	}
	return refuse(ladder, TENON_PROBE_FORMAT, ret, "%s", ladder->why);
}

static int try_request(struct ladder *ladder)
{
	int ret = v4l2_session_request(&ladder->session, V4L2_MEMORY_DMABUF);

	if (ret < 0) {
		return refuse(ladder, TENON_PROBE_REQUEST, ret, "the driver takes no dma-bufs");
	}
	probe_pass(ladder->result, TENON_PROBE_REQUEST);
	return 0;
}

static int try_queue(struct ladder *ladder)
{
	struct v4l2_session_memory memory = {
		.fds = ladder->fds, .len = ladder->granted.buffers_len};
	int ret;

	for (unsigned i = 0; i < memory.len; i++) {
		uint64_t bytes = tenon_layout_get_object_size(ladder->layout, i);

		memory.bytes[i] = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
		memory.used[i] = ladder->granted.bytes[i];
		memory.offset[i] = (uint32_t)first_offset(ladder, i);
	}
	ret = v4l2_session_queue(&ladder->session, 0, &memory);
	v4l2_session_release(&ladder->session);
	if (ret == -EFAULT) {
		v4l2_set_contiguous(ladder->device, TENON_YES);
		return refuse(ladder, TENON_PROBE_QUEUE, ret,
			"the memory is not contiguous as the device sees it");
	}
	if (ret < 0) {
		return refuse(ladder, TENON_PROBE_QUEUE, ret, "the driver refuses the buffer");
	}
	probe_pass(ladder->result, TENON_PROBE_QUEUE);
	return 0;
}

static int try_data(struct ladder *ladder)
{
	const struct v4l2_frame frame = {
		.layout = ladder->layout,
		.granted = &ladder->granted,
		.fds = ladder->fds,
		.timeout_ms = ladder->timeout_ms,
	};
	int ret = v4l2_frame_check(&ladder->session, &frame, ladder->why, sizeof(ladder->why));

	if (ret < 0) {
		return refuse(ladder, TENON_PROBE_DATA, ret, "%s", ladder->why);
	}
	probe_pass(ladder->result, TENON_PROBE_DATA);
	return 0;
}

/* Climbs as far as was asked. 0, or 1 when it ended before. */
static int climb(struct ladder *ladder)
{
	static const struct {
		enum tenon_probe_stage stage;
		int (*step)(struct ladder *ladder);
	} steps[] = {
		{TENON_PROBE_FORMAT, try_format},
		{TENON_PROBE_REQUEST, try_request},
		{TENON_PROBE_QUEUE, try_queue},
		{TENON_PROBE_DATA, try_data},
	};
	int ret = try_dmabufs(ladder);

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && ret == 0; i++) {
		if ((ladder->result->asked & steps[i].stage) != 0) {
			ret = steps[i].step(ladder);
		}
	}
	return ret;
}

static int probe(struct ladder *ladder)
{
	int ret;

	pthread_mutex_lock(&ladder->device->probing);
	ret = v4l2_session_init(&ladder->session, ladder->device, ladder->queue);
	if (ret == 0) {
		ret = climb(ladder);
		v4l2_session_finish(&ladder->session);
	} else {
		ret = refuse(ladder, TENON_PROBE_FORMAT, ret, "the driver does not answer");
	}
	pthread_mutex_unlock(&ladder->device->probing);
	return ret < 0 ? ret : 0;
}

/* A stage brings those it rests on. */
static uint32_t complete(uint32_t stages)
{
	uint32_t all = 0;

	for (uint32_t stage = 1; stage <= stages; stage <<= 1) {
		all |= stage & STAGES;
	}
	return all;
}

/* An answer from before; false: there is none. */
static bool recall(struct ladder *ladder, const struct probe_key *key)
{
	const struct tenon_probe_result *found;

	pthread_mutex_lock(&ladder->device->lock);
	found = probe_cache_find(&ladder->device->caches[ladder->queue], key);
	if (found != NULL) {
		*ladder->result = *found;
	}
	pthread_mutex_unlock(&ladder->device->lock);
	return found != NULL;
}

static void keep(struct ladder *ladder, const struct probe_key *key)
{
	if (probe_is_lasting(ladder->result)) {
		pthread_mutex_lock(&ladder->device->lock);
		probe_cache_keep(&ladder->device->caches[ladder->queue], key, ladder->result);
		pthread_mutex_unlock(&ladder->device->lock);
	}
}

int tenon_v4l2_device_probe(struct tenon_v4l2_device *device, const struct tenon_layout *layout,
	const int *fds, size_t fds_len, const struct tenon_v4l2_probe_options *options,
	struct tenon_probe_result *result)
{
	uint32_t stages = options->stages != 0 ? options->stages : STAGES & ~TENON_PROBE_DATA;
	struct tenon_probe_result answer = probe_result(complete(stages));
	struct ladder ladder = {
		.device = device,
		.layout = layout,
		.fds = fds,
		.timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : FRAME_TIMEOUT_MS,
		.result = &answer,
	};
	struct probe_key key;
	bool may_keep;
	int ret;

	if (options->size != sizeof(*options) || !probe_can_publish(result) ||
		(stages & ~(uint32_t)STAGES) != 0 ||
		fds_len != tenon_layout_get_objects_len(layout)) {
		return -EINVAL;
	}
	ret = v4l2_queue_of_role(device, options->role, &ladder.queue);
	if (ret == 0 && ladder.queue == TENON_V4L2_OUTPUT && (stages & TENON_PROBE_DATA) != 0) {
		ret = -EINVAL;
	}
	if (ret < 0) {
		return ret;
	}
	may_keep = probe_key_init(&key, layout, options->memory, answer.asked);
	if (!may_keep || !recall(&ladder, &key)) {
		ret = probe(&ladder);
	}
	if (ret == 0 && may_keep) {
		keep(&ladder, &key);
	}
	if (ret == 0) {
		probe_publish(result, &answer);
	}
	return ret;
}
