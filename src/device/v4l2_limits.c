/* SPDX-License-Identifier: MIT */
#include "device/v4l2_limits.h"

#include <errno.h>

#include "device/limits_copy.h"

/* What the driver says itself, or V4L2 has no way to say; the table's word for it does not count.
 */
static const enum tenon_property said[] = {
	TENON_PROP_PITCH_MULTIPLE,
	TENON_PROP_PITCH_REMAINDER,
	TENON_PROP_PITCH_MULTIPLE_PIXELS,
	TENON_PROP_PITCH_REMAINDER_PIXELS,
	TENON_PROP_PITCH_EXACT,
	TENON_PROP_PITCH_TIGHT,
	TENON_PROP_PITCH_MAX,
	TENON_PROP_PITCH_LINKED,
	TENON_PROP_WIDTH_MIN,
	TENON_PROP_WIDTH_MAX,
	TENON_PROP_HEIGHT_MIN,
	TENON_PROP_HEIGHT_MAX,
	TENON_PROP_OFFSET_ALIGN,
	TENON_PROP_OBJECTS,
	TENON_PROP_OWN_FD,
};

static const char source_formats[] = "driver: VIDIOC_ENUM_FMT";

static void add_property(struct property_set *set, enum tenon_property property)
{
	set->bits[property / 64] |= UINT64_C(1) << (property % 64);
}

static int set(struct tenon_limits *limits, enum tenon_property property, uint32_t plane,
	uint64_t value, const char *source)
{
	int ret = tenon_limits_set(limits, property, plane, value);

	return ret == 0 ? tenon_limits_set_source(limits, property, source) : ret;
}

static unsigned planes_len(const struct v4l2_statement *statement)
{
	return tenon_format_get_planes_len(statement->format);
}

static int set_unknown(struct tenon_limits *limits, enum tenon_property property)
{
	return tenon_limits_set_unknown(limits, property, TENON_PLANE_ALL);
}

/* The smallest pitch that the multiple alone would allow. */
static uint64_t least_pitch(const struct v4l2_learnt_buffer *buffer)
{
	uint64_t row = buffer->row;

	return (row + buffer->multiple - 1) / buffer->multiple * buffer->multiple;
}

static int add_pitch(struct tenon_limits *limits, const struct v4l2_statement *statement,
	const struct v4l2_learnt_buffer *buffer, uint32_t plane)
{
	bool one_size = statement->width != 0;
	int ret;

	if (one_size && (!buffer->takes_more || least_pitch(buffer) != buffer->pitch)) {
		return set(limits, TENON_PROP_PITCH_EXACT, plane, buffer->pitch, statement->source);
	}
	if (!buffer->takes_more && buffer->is_tight) {
		return set(limits, TENON_PROP_PITCH_TIGHT, plane, 1, statement->source);
	}
	if (!buffer->takes_more) {
		ret = tenon_limits_set_unknown(limits, TENON_PROP_PITCH_EXACT, plane);
		if (ret < 0) {
			return ret;
		}
	}
	ret = set(limits, TENON_PROP_PITCH_MULTIPLE, plane, buffer->multiple, statement->source);
	if (ret == 0 && buffer->pitch_max != 0) {
		ret = set(
			limits, TENON_PROP_PITCH_MAX, plane, buffer->pitch_max, statement->source);
	}
	return ret;
}

static int add_pitches(struct tenon_limits *limits, const struct v4l2_statement *statement)
{
	const struct v4l2_learnt *learnt = statement->learnt;
	bool one = learnt->buffers_len == 1 && planes_len(statement) > 1;
	int ret = 0;

	for (unsigned i = 0; i < learnt->buffers_len && ret == 0; i++) {
		if (i > 0 && learnt->linked) {
			break; /* follows from the first */
		}
		ret = add_pitch(limits, statement, &learnt->buffers[i],
			planes_len(statement) == 1 ? TENON_PLANE_ALL : i);
	}
	if (ret == 0 && learnt->linked) {
		ret = set(limits, TENON_PROP_PITCH_LINKED, TENON_PLANE_ALL, 1,
			one ? "V4L2: planes in one buffer have one bytesperline"
			    : statement->source);
	}
	return ret;
}

/* Bytes behind the rows. In one buffer of several planes nobody can tell whether they belong to
 * the end, or are rows of padding between the planes. */
static int add_tails(struct tenon_limits *limits, const struct v4l2_statement *statement)
{
	const struct v4l2_learnt *learnt = statement->learnt;
	bool one = learnt->buffers_len == 1;
	uint64_t known;
	int ret = 0;

	if (learnt->size_align > 1) {
		return set(limits, TENON_PROP_SIZE_ALIGN, TENON_PLANE_ALL, learnt->size_align,
			statement->source);
	}
	for (unsigned i = 0; i < learnt->buffers_len && ret == 0; i++) {
		uint32_t tail = learnt->buffers[i].tail;

		if (tail != 0) {
			ret = one ? set(limits, TENON_PROP_SIZE_TAIL, TENON_PLANE_ALL, tail,
					    statement->source)
				  : set(limits, TENON_PROP_PLANE_TAIL, i, tail, statement->source);
		}
		if (ret == 0 && tail != 0 && one && planes_len(statement) > 1 &&
			tenon_limits_get(limits, TENON_PROP_HEIGHT_ALIGN, 0, &known) != 0) {
			ret = set_unknown(limits, TENON_PROP_HEIGHT_ALIGN);
		}
	}
	return ret;
}

/* The greatest power of two up to 64 to which the driver may have rounded. */
static uint32_t block_of(uint32_t asked, uint32_t stored)
{
	uint32_t block = 1;

	while (block < 64 && (asked + block - 1) / block * block != stored) {
		block *= 2;
	}
	return block;
}

/* The picture is a part of a greater one that the driver stores. */
static int add_blocks(struct tenon_limits *limits, const struct v4l2_statement *statement)
{
	uint32_t width = block_of(statement->width, statement->learnt->width);
	uint32_t height = block_of(statement->height, statement->learnt->height);
	int ret = 0;

	for (unsigned i = 0; i < planes_len(statement) && ret == 0; i++) {
		unsigned hsub = 1, vsub = 1;

		(void)tenon_format_get_plane(statement->format, i, NULL, NULL, &hsub, &vsub);
		if (width > hsub) {
			ret = set(
				limits, TENON_PROP_WIDTH_ALIGN, i, width / hsub, statement->source);
		}
		if (ret == 0 && height > vsub) {
			ret = set(limits, TENON_PROP_HEIGHT_ALIGN, i, height / vsub,
				statement->source);
		}
	}
	return ret;
}

static int add_size(struct tenon_limits *limits, const struct v4l2_statement *statement)
{
	const struct v4l2_learnt *learnt = statement->learnt;
	struct tenon_v4l2_sizes sizes = statement->sizes;
	int ret = 0;

	if (statement->width != 0 && statement->is_part) {
		sizes = (struct tenon_v4l2_sizes){statement->width, statement->width, 1,
			statement->height, statement->height, 1};
		ret = add_blocks(limits, statement);
	} else if (statement->width != 0) {
		sizes = (struct tenon_v4l2_sizes){
			learnt->width, learnt->width, 1, learnt->height, learnt->height, 1};
	}
	if (ret < 0 || sizes.width_max == 0) {
		return ret;
	}
	ret = set(
		limits, TENON_PROP_WIDTH_MIN, TENON_PLANE_ALL, sizes.width_min, statement->source);
	if (ret == 0) {
		ret = set(limits, TENON_PROP_WIDTH_MAX, TENON_PLANE_ALL, sizes.width_max,
			statement->source);
	}
	if (ret == 0) {
		ret = set(limits, TENON_PROP_HEIGHT_MIN, TENON_PLANE_ALL, sizes.height_min,
			statement->source);
	}
	if (ret == 0) {
		ret = set(limits, TENON_PROP_HEIGHT_MAX, TENON_PLANE_ALL, sizes.height_max,
			statement->source);
	}
	return ret;
}

/* Where the memory must be: found out by trying, or as the table has it, or unknown. */
static int add_memory(struct tenon_limits *limits, const struct v4l2_statement *statement)
{
	uint64_t table = 0;
	bool has = tenon_limits_get(limits, TENON_PROP_SEGMENTS_MAX, 0, &table) == 0;
	int ret = 0;

	if (statement->contiguous == TENON_YES && !(has && table == 1)) {
		ret = set(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, 1,
			"driver: VIDIOC_QBUF refuses scattered memory");
	} else if (statement->contiguous == TENON_UNKNOWN &&
		   (statement->table == NULL || statement->is_variant)) {
		ret = set_unknown(limits, TENON_PROP_SEGMENTS_MAX);
	}
	if (ret == 0 && statement->table == NULL) {
		ret = set_unknown(limits, TENON_PROP_ADDRESS_MAX);
	}
	return ret;
}

static int add_objects(struct tenon_limits *limits, const struct v4l2_statement *statement)
{
	int ret = set(limits, TENON_PROP_OWN_FD, TENON_PLANE_ALL, 1,
		"videobuf2: an imported dma-buf has no usable offset");

	if (ret == 0) {
		ret = tenon_limits_set_source(limits, TENON_PROP_FORMAT, source_formats);
	}
	if (ret == 0 && planes_len(statement) > 1) {
		ret = set(limits, TENON_PROP_OBJECTS, TENON_PLANE_ALL,
			statement->learnt->buffers_len > 1 ? TENON_OBJECTS_PER_PLANE
							   : TENON_OBJECTS_ONE,
			source_formats);
	}
	return ret;
}

static int copy_table(struct tenon_limits *limits, const struct v4l2_statement *statement)
{
	struct property_set without = {0};

	if (statement->table == NULL) {
		return 0;
	}
	if (statement->lifted != NULL) {
		without = *statement->lifted;
	}
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		add_property(&without, said[i]);
	}
	if (statement->contiguous == TENON_NO ||
		(statement->contiguous == TENON_UNKNOWN && statement->is_variant)) {
		add_property(&without, TENON_PROP_SEGMENTS_MAX);
	}
	return device_limits_copy(limits, statement->table, &without);
}

int v4l2_limits_create(struct tenon_limits **out, const struct v4l2_statement *statement)
{
	struct tenon_limits *limits = NULL;
	int ret = tenon_limits_create(&limits);

	if (ret == 0) {
		ret = copy_table(limits, statement);
	}
	if (ret == 0 && statement->is_linear) {
		ret = add_pitches(limits, statement);
	}
	if (ret == 0 && statement->is_linear) {
		ret = add_tails(limits, statement);
	}
	if (ret == 0) {
		ret = add_size(limits, statement);
	}
	if (ret == 0) {
		ret = add_memory(limits, statement);
	}
	if (ret == 0) {
		ret = add_objects(limits, statement);
	}
	if (ret < 0) {
		tenon_limits_destroy(limits);
		return ret;
	}
	*out = limits;
	return 0;
}
