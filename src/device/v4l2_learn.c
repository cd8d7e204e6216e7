/* SPDX-License-Identifier: MIT */
#include "device/v4l2_learn.h"

#include <errno.h>
#include <string.h>

#include "constraint/number.h"

enum {
	/* beyond any pitch in use, and below where a driver's 32-bit products overflow */
	PITCH_END = 1 << 17,
	PAGE = 4096,
	/* codecs store pictures in whole blocks of no more than this */
	BLOCK_MAX = 64,
};

/* One series of questions about a format at a size. */
struct lesson {
	const struct tenon_v4l2_device *device;
	enum tenon_v4l2_queue queue;
	uint32_t pixelformat;
	const struct tenon_format *format;
	bool per_plane;
	uint32_t width, height;
	bool size_rounds; /* so far sizes are the rows, rounded up to pages */
	struct v4l2_learnt *out;
};

/* Bytes a picture has in an object of this pitch, rows without anything behind them. */
static uint64_t rows_bytes(const struct lesson *lesson, unsigned buffer, uint32_t pitch)
{
	uint32_t first_bytes = 1, first_width = 1, hsub, vsub;
	uint64_t sum = 0;

	for (unsigned i = 0; i < tenon_format_get_planes_len(lesson->format); i++) {
		uint32_t bytes, width;

		if (lesson->per_plane && i != buffer) {
			continue;
		}
		(void)tenon_format_get_plane(lesson->format, i, &bytes, &width, &hsub, &vsub);
		if (lesson->per_plane || i == 0) {
			first_bytes = bytes;
			first_width = width;
			sum += (uint64_t)pitch * ((lesson->out->height + vsub - 1) / vsub);
		} else {
			/* in proportion: as many own pixels as the first plane has, over hsub */
			sum += (uint64_t)pitch * bytes * first_width /
			       ((uint64_t)first_bytes * width * hsub) *
			       ((lesson->out->height + vsub - 1) / vsub);
		}
	}
	return sum;
}

/* Bytes of a row without padding, of the object's first plane; whole pixels, as the kernel counts.
 */
static uint64_t row_bytes(const struct lesson *lesson, unsigned buffer)
{
	uint32_t bytes, width, hsub;
	uint64_t columns;

	(void)tenon_format_get_plane(
		lesson->format, lesson->per_plane ? buffer : 0, &bytes, &width, &hsub, NULL);
	columns = ((uint64_t)lesson->out->width + hsub - 1) / hsub;
	return columns * bytes / width;
}

static int ask(const struct lesson *lesson, const uint32_t *pitch, struct tenon_v4l2_layout *out)
{
	int ret = v4l2_try(lesson->device, lesson->queue, lesson->pixelformat, lesson->width,
		lesson->height, pitch, out);

	if (ret == 0 && out->pixelformat != lesson->pixelformat) {
		return -EINVAL;
	}
	return ret;
}

/* Tails and sizes of one answer. */
static void learn_sizes(struct lesson *lesson, const struct tenon_v4l2_layout *answer)
{
	for (unsigned i = 0; i < lesson->out->buffers_len; i++) {
		uint64_t rows = rows_bytes(lesson, i, answer->pitch[i]);
		uint64_t tail = answer->bytes[i] > rows ? answer->bytes[i] - rows : 0;

		if (tail > lesson->out->buffers[i].tail) {
			lesson->out->buffers[i].tail = (uint32_t)tail;
		}
		if (answer->bytes[i] != (rows + PAGE - 1) / PAGE * PAGE) {
			lesson->size_rounds = false;
		}
	}
}

/* What the driver makes of the size by itself. */
static int learn_default(struct lesson *lesson)
{
	struct v4l2_learnt *out = lesson->out;
	struct tenon_v4l2_layout answer;
	unsigned expected = lesson->per_plane ? tenon_format_get_planes_len(lesson->format) : 1;
	int ret = ask(lesson, NULL, &answer);

	if (ret < 0) {
		return ret;
	}
	out->width = answer.width;
	out->height = answer.height;
	if (answer.buffers_len != expected) {
		return -EPROTO;
	}
	out->buffers_len = expected;
	for (unsigned i = 0; i < expected; i++) {
		struct v4l2_learnt_buffer *buffer = &out->buffers[i];
		uint64_t row = row_bytes(lesson, i);

		if (answer.pitch[i] < row || answer.pitch[i] > PITCH_END * 2) {
			return -EPROTO;
		}
		buffer->row = (uint32_t)row;
		buffer->pitch = answer.pitch[i];
		buffer->multiple = answer.pitch[i];
		buffer->is_tight = answer.pitch[i] == row;
	}
	learn_sizes(lesson, &answer);
	return 0;
}

/*
 * Looks at what became of pitches that were asked for. What a driver gives is its own choice, which
 * is a multiple of what it aligns to, and what it rounds other numbers to, which is, too.
 */
static void learn_answer(struct lesson *lesson, const struct tenon_v4l2_layout *answer)
{
	for (unsigned i = 0; i < lesson->out->buffers_len; i++) {
		struct v4l2_learnt_buffer *buffer = &lesson->out->buffers[i];
		uint32_t got = answer->pitch[i];

		if (got < buffer->pitch) {
			continue; /* a driver that shrinks it knows no such pitch */
		}
		buffer->multiple = (uint32_t)_tenon_gcd(buffer->multiple, got);
		if (got > buffer->pitch) {
			buffer->takes_more = true;
			buffer->pitch_max = got > buffer->pitch_max ? got : buffer->pitch_max;
		}
	}
}

/* Asks for pitches above the driver's own, by a step for each object. */
static int learn_step(struct lesson *lesson, uint32_t step)
{
	uint32_t asked[TENON_MAX_PLANES] = {0};
	struct tenon_v4l2_layout answer;
	int ret;

	for (unsigned i = 0; i < lesson->out->buffers_len; i++) {
		asked[i] = lesson->out->buffers[i].pitch + step;
	}
	ret = ask(lesson, asked, &answer);
	if (ret < 0 || answer.width != lesson->out->width || answer.height != lesson->out->height ||
		answer.buffers_len != lesson->out->buffers_len) {
		return ret == -ENODEV ? ret : 0; /* this one it does not take */
	}
	learn_answer(lesson, &answer);
	learn_sizes(lesson, &answer);
	return 0;
}

/* Whether the pitches that the limits will accept really are taken: multiples at random. */
static int verify_multiples(struct lesson *lesson)
{
	static const uint32_t factors[] = {3, 7, 22};
	int ret;

	for (size_t f = 0; f < sizeof(factors) / sizeof(factors[0]); f++) {
		uint32_t asked[TENON_MAX_PLANES] = {0};
		struct tenon_v4l2_layout answer;

		for (unsigned i = 0; i < lesson->out->buffers_len; i++) {
			const struct v4l2_learnt_buffer *buffer = &lesson->out->buffers[i];
			uint64_t pitch = buffer->pitch + (uint64_t)buffer->multiple * factors[f];

			asked[i] = pitch <= buffer->pitch_max ? (uint32_t)pitch : buffer->pitch;
		}
		ret = ask(lesson, asked, &answer);
		for (unsigned i = 0; i < lesson->out->buffers_len; i++) {
			if (ret < 0 || answer.pitch[i] != asked[i]) {
				lesson->out->buffers[i].takes_more = false;
			}
		}
		if (ret == -ENODEV) {
			return ret;
		}
	}
	return 0;
}

/* Whether the second object's pitch follows the first's. */
static int learn_link(struct lesson *lesson)
{
	uint32_t asked[TENON_MAX_PLANES] = {0};
	struct tenon_v4l2_layout answer;
	int ret;

	if (lesson->out->buffers_len == 1 || !lesson->out->buffers[0].takes_more) {
		return 0;
	}
	for (unsigned i = 0; i < lesson->out->buffers_len; i++) {
		asked[i] = lesson->out->buffers[i].pitch;
	}
	asked[0] += lesson->out->buffers[0].multiple * 4;
	ret = ask(lesson, asked, &answer);
	if (ret == 0 && answer.buffers_len == lesson->out->buffers_len) {
		lesson->out->linked = answer.pitch[1] != asked[1];
	}
	return ret == -ENODEV ? ret : 0;
}

static int learn_pitches(struct lesson *lesson)
{
	int ret = 0;

	for (uint32_t step = 1; step < PITCH_END && ret == 0; step *= 2) {
		ret = learn_step(lesson, step);
	}
	if (ret == 0) {
		ret = verify_multiples(lesson);
	}
	return ret == 0 ? learn_link(lesson) : ret;
}

/* Forgets what explains itself, and what has no end. */
static void settle(struct lesson *lesson)
{
	struct v4l2_learnt *out = lesson->out;
	bool has_tail = false;

	for (unsigned i = 0; i < out->buffers_len; i++) {
		struct v4l2_learnt_buffer *buffer = &out->buffers[i];

		has_tail = has_tail || buffer->tail != 0;
		if (buffer->pitch_max >= buffer->pitch + PITCH_END / 2) {
			buffer->pitch_max = 0;
		}
		if (!buffer->takes_more) {
			buffer->pitch_max = 0;
			buffer->multiple = buffer->pitch;
		}
	}
	if (has_tail && lesson->size_rounds) {
		out->size_align = PAGE;
		for (unsigned i = 0; i < out->buffers_len; i++) {
			out->buffers[i].tail = 0;
		}
	}
}

bool v4l2_is_part(uint32_t width, uint32_t height, const struct v4l2_learnt *learnt)
{
	return learnt->width >= width && learnt->width - width < BLOCK_MAX &&
	       learnt->height >= height && learnt->height - height < BLOCK_MAX;
}

/* A camera has a size or has it not; a codec stores whole blocks, the picture in their corner. */
static bool size_is_stored(const struct lesson *lesson)
{
	const struct v4l2_learnt *out = lesson->out;

	if (!tenon_v4l2_device_is_m2m(lesson->device)) {
		return out->width == lesson->width && out->height == lesson->height;
	}
	return v4l2_is_part(lesson->width, lesson->height, out);
}

int v4l2_learn(const struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue,
	uint32_t pixelformat, uint32_t width, uint32_t height, struct v4l2_learnt *out)
{
	struct lesson lesson = {
		.device = device,
		.queue = queue,
		.pixelformat = pixelformat,
		.width = width,
		.height = height,
		.size_rounds = true,
		.out = out,
	};
	struct tenon_format_modifier drm;
	int ret;

	memset(out, 0, sizeof(*out));
	if (tenon_format_from_v4l2(&drm, &lesson.per_plane, pixelformat) < 0 ||
		(lesson.format = tenon_format_get(drm.format)) == NULL) {
		return -EINVAL;
	}
	lesson.per_plane = lesson.per_plane && tenon_format_get_planes_len(lesson.format) > 1;
	ret = learn_default(&lesson);
	if (ret == 0 && !size_is_stored(&lesson)) {
		ret = -EINVAL;
	}
	out->linked = !lesson.per_plane && tenon_format_get_planes_len(lesson.format) > 1;
	if (ret == 0 && drm.modifier == 0) {
		ret = learn_pitches(&lesson);
		settle(&lesson);
	}
	return ret;
}
