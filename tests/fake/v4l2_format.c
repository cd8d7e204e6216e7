/* SPDX-License-Identifier: MIT */
/* What a V4L2 driver makes of a picture. */
#include "fake/node.h"

#include <errno.h>
#include <string.h>

#define PLANES_MAX 3

/* Bits of a pixel of the image, in each object and each plane in it. */
static const struct shape {
	uint32_t code;
	uint32_t objects;
	uint32_t bits[PLANES_MAX]; /* of a row of each object, per column of the image */
	uint32_t rows[PLANES_MAX]; /* all rows of an object, in quarters of the image's */
} shapes[] = {
	{V4L2_PIX_FMT_XBGR32, 1, {32}, {4}},
	{V4L2_PIX_FMT_BGR32, 1, {32}, {4}},
	{V4L2_PIX_FMT_RGB24, 1, {24}, {4}},
	{V4L2_PIX_FMT_YUYV, 1, {16}, {4}},
	{V4L2_PIX_FMT_NV12, 1, {8}, {6}},
	{V4L2_PIX_FMT_NV12M, 2, {8, 8}, {4, 2}},
	{V4L2_PIX_FMT_YUV420M, 3, {8, 4, 4}, {4, 2, 2}},
	{V4L2_PIX_FMT_MJPEG, 1, {8}, {4}},
};

static const struct shape *find_shape(const struct node *node, uint32_t code)
{
	for (uint32_t i = 0; i < node->v4l2.formats_len; i++) {
		for (size_t j = 0; j < sizeof(shapes) / sizeof(shapes[0]); j++) {
			if (node->v4l2.formats[i] == code && shapes[j].code == code) {
				return &shapes[j];
			}
		}
	}
	return NULL;
}

static uint32_t align(uint32_t value, uint32_t to)
{
	return to > 1 ? (value + to - 1) / to * to : value;
}

static uint32_t make_pitch(const struct node *node, uint32_t row, uint32_t asked)
{
	const struct fake_v4l2 *config = &node->v4l2;
	uint32_t least = align(row, config->pitch_align);

	switch (config->fault) {
	case FAKE_V4L2_NO_PITCH:
		return 0;
	case FAKE_V4L2_HUGE_PITCH:
		return UINT32_MAX - 3;
	default:
		break;
	}
	if (config->pitch_max == 0 || asked < least) {
		return least;
	}
	return asked > config->pitch_max ? config->pitch_max : align(asked, config->pitch_align);
}

static uint32_t make_size(const struct node *node, const struct shape *shape, unsigned object,
	uint32_t pitch, uint32_t height)
{
	uint32_t bytes = pitch * (height * shape->rows[object] / 4) + node->v4l2.tail;

	return align(bytes, node->v4l2.bytes_align);
}

static void make_picture(const struct node *node, uint32_t *width, uint32_t *height)
{
	if (node->v4l2.width != 0) {
		*width = node->v4l2.width;
		*height = node->v4l2.height;
	}
	*width = align(*width, node->v4l2.block);
	*height = align(*height, node->v4l2.block);
	if (node->v4l2.fault == FAKE_V4L2_NO_SIZE) {
		*width = *height = 0;
	}
}

int fake_v4l2_try(const struct node *node, struct v4l2_format *format)
{
	bool multi = V4L2_TYPE_IS_MULTIPLANAR(format->type);
	struct v4l2_pix_format_mplane *mp = &format->fmt.pix_mp;
	struct v4l2_pix_format *pix = &format->fmt.pix;
	uint32_t code = multi ? mp->pixelformat : pix->pixelformat;
	uint32_t width = mp->width, height = mp->height; /* the same members in both */
	const struct shape *shape = find_shape(node, code);

	if (node->v4l2.formats_len == 0) {
		return -ENOTTY;
	}
	if (shape == NULL) {
		shape = find_shape(node, node->v4l2.formats[0]);
	}
	if (!multi) {
		pix->pixelformat = shape->code;
		make_picture(node, &width, &height);
		pix->width = width;
		pix->height = height;
		pix->bytesperline =
			make_pitch(node, pix->width * shape->bits[0] / 8, pix->bytesperline);
		pix->sizeimage = make_size(node, shape, 0, pix->bytesperline, pix->height);
		return 0;
	}
	mp->pixelformat = shape->code;
	make_picture(node, &width, &height);
	mp->width = width;
	mp->height = height;
	mp->num_planes = (uint8_t)shape->objects;
	for (unsigned i = 0; i < shape->objects; i++) {
		struct v4l2_plane_pix_format *plane = &mp->plane_fmt[i];

		plane->bytesperline =
			make_pitch(node, mp->width * shape->bits[i] / 8, plane->bytesperline);
		plane->sizeimage = make_size(node, shape, i, plane->bytesperline, mp->height);
	}
	if (node->v4l2.fault == FAKE_V4L2_PLANES) {
		mp->num_planes = 200;
	}
	return 0;
}
