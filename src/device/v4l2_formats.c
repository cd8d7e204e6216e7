/* SPDX-License-Identifier: MIT */
/* What a driver lists: formats, sizes; and what it makes of a picture. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device/v4l2.h"

int v4l2_list_formats(int fd, struct v4l2_queue *queue)
{
	for (uint32_t i = 0; i < V4L2_FORMATS_MAX; i++) {
		struct v4l2_fmtdesc description = {.index = i, .type = queue->type};
		struct v4l2_pixel_format *grown;

		if (v4l2_call(fd, VIDIOC_ENUM_FMT, &description) < 0) {
			return 0;
		}
		grown = realloc(queue->formats, (i + 1) * sizeof(*grown));
		if (grown == NULL) {
			return -ENOMEM;
		}
		queue->formats = grown;
		grown[i] = (struct v4l2_pixel_format){
			.pixelformat = description.pixelformat,
			.flags = description.flags,
		};
		memcpy(grown[i].description, description.description,
			sizeof(grown[i].description) - 1);
		queue->formats_len = i + 1;
	}
	return 0;
}

/* Reads one answer; false when it makes no sense. */
static bool read_sizes(const struct v4l2_frmsizeenum *entry, struct tenon_v4l2_sizes *out)
{
	if (entry->type == V4L2_FRMSIZE_TYPE_DISCRETE) {
		out->width_min = out->width_max = entry->discrete.width;
		out->height_min = out->height_max = entry->discrete.height;
		out->width_step = out->height_step = 1;
	} else {
		out->width_min = entry->stepwise.min_width;
		out->width_max = entry->stepwise.max_width;
		out->width_step = entry->stepwise.step_width;
		out->height_min = entry->stepwise.min_height;
		out->height_max = entry->stepwise.max_height;
		out->height_step = entry->stepwise.step_height;
	}
	if (entry->type == V4L2_FRMSIZE_TYPE_CONTINUOUS || out->width_step == 0) {
		out->width_step = 1;
	}
	if (entry->type == V4L2_FRMSIZE_TYPE_CONTINUOUS || out->height_step == 0) {
		out->height_step = 1;
	}
	return out->width_max != 0 && out->width_min <= out->width_max && out->height_max != 0 &&
	       out->height_min <= out->height_max;
}

int tenon_v4l2_device_dup_sizes(const struct tenon_v4l2_device *device, uint32_t pixelformat,
	struct tenon_v4l2_sizes **out, size_t *len)
{
	struct tenon_v4l2_sizes *sizes = calloc(V4L2_SIZES_MAX, sizeof(*sizes));
	uint32_t i = 0;
	int ret = 0;

	if (sizes == NULL) {
		return -ENOMEM;
	}
	while (i < V4L2_SIZES_MAX) {
		struct v4l2_frmsizeenum entry = {.index = i, .pixel_format = pixelformat};

		ret = v4l2_call(device->fd, VIDIOC_ENUM_FRAMESIZES, &entry);
		if (ret < 0) {
			break;
		}
		if (!read_sizes(&entry, &sizes[i])) {
			ret = -EPROTO;
			break;
		}
		i++;
		if (entry.type != V4L2_FRMSIZE_TYPE_DISCRETE) {
			break;
		}
	}
	if (ret < 0 && (i == 0 || ret != -EINVAL)) {
		free(sizes);
		return ret == -EINVAL || ret == -ENOTTY ? -ENOTSUP : ret;
	}
	*out = sizes;
	*len = i;
	return 0;
}

void v4l2_put_format(struct v4l2_format *format, uint32_t type, uint32_t pixelformat,
	uint32_t width, uint32_t height, const uint32_t *pitch)
{
	memset(format, 0, sizeof(*format));
	format->type = type;
	if (!V4L2_TYPE_IS_MULTIPLANAR(type)) {
		format->fmt.pix.width = width;
		format->fmt.pix.height = height;
		format->fmt.pix.pixelformat = pixelformat;
		format->fmt.pix.field = V4L2_FIELD_NONE;
		format->fmt.pix.bytesperline = pitch != NULL ? pitch[0] : 0;
		return;
	}
	format->fmt.pix_mp.width = width;
	format->fmt.pix_mp.height = height;
	format->fmt.pix_mp.pixelformat = pixelformat;
	format->fmt.pix_mp.field = V4L2_FIELD_NONE;
	/* how many there are, the driver knows by the format; some look at the number all the same
	 */
	format->fmt.pix_mp.num_planes = 1;
	for (unsigned i = 0; i < TENON_MAX_PLANES; i++) {
		struct tenon_format_modifier drm;
		bool per_plane = false;

		format->fmt.pix_mp.plane_fmt[i].bytesperline = pitch != NULL ? pitch[i] : 0;
		if (tenon_format_from_v4l2(&drm, &per_plane, pixelformat) == 0 && per_plane) {
			format->fmt.pix_mp.num_planes =
				(uint8_t)tenon_format_get_planes_len(tenon_format_get(drm.format));
		}
	}
}

int v4l2_take_format(const struct v4l2_format *format, struct tenon_v4l2_layout *out)
{
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	if (!V4L2_TYPE_IS_MULTIPLANAR(format->type)) {
		out->pixelformat = format->fmt.pix.pixelformat;
		out->width = format->fmt.pix.width;
		out->height = format->fmt.pix.height;
		out->buffers_len = 1;
		out->pitch[0] = format->fmt.pix.bytesperline;
		out->bytes[0] = format->fmt.pix.sizeimage;
		return 0;
	}
	out->pixelformat = format->fmt.pix_mp.pixelformat;
	out->width = format->fmt.pix_mp.width;
	out->height = format->fmt.pix_mp.height;
	out->buffers_len = format->fmt.pix_mp.num_planes;
	if (out->buffers_len == 0 || out->buffers_len > TENON_MAX_PLANES) {
		return -EPROTO;
	}
	for (unsigned i = 0; i < out->buffers_len; i++) {
		out->pitch[i] = format->fmt.pix_mp.plane_fmt[i].bytesperline;
		out->bytes[i] = format->fmt.pix_mp.plane_fmt[i].sizeimage;
	}
	return 0;
}

int v4l2_try(const struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue,
	uint32_t pixelformat, uint32_t width, uint32_t height, const uint32_t *pitch,
	struct tenon_v4l2_layout *out)
{
	struct v4l2_format format;
	struct tenon_v4l2_layout answer;
	int ret;

	v4l2_put_format(&format, device->queues[queue].type, pixelformat, width, height, pitch);
	ret = v4l2_call(device->fd, VIDIOC_TRY_FMT, &format);
	if (ret == 0) {
		ret = v4l2_take_format(&format, &answer);
	}
	if (ret == 0 && (answer.width == 0 || answer.height == 0)) {
		ret = -EPROTO;
	}
	if (ret == 0) {
		*out = answer;
	}
	return ret;
}

int tenon_v4l2_device_try(const struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue,
	uint32_t pixelformat, uint32_t width, uint32_t height, uint32_t pitch,
	struct tenon_v4l2_layout *out)
{
	const uint32_t pitches[TENON_MAX_PLANES] = {pitch, pitch, pitch, pitch};

	if (out->size != sizeof(*out)) {
		return -EINVAL;
	}
	if ((queue != TENON_V4L2_CAPTURE && queue != TENON_V4L2_OUTPUT) ||
		device->queues[queue].type == 0) {
		return -ENODEV;
	}
	return v4l2_try(device, queue, pixelformat, width, height, pitches, out);
}
