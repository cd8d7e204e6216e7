/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "device/v4l2.h"

int v4l2_call(int fd, unsigned long request, void *argument)
{
	int ret;

	do {
		ret = ioctl(fd, request, argument);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

int v4l2_get_capabilities(int fd, struct v4l2_capability *out, uint32_t *capabilities)
{
	int ret;

	memset(out, 0, sizeof(*out));
	ret = v4l2_call(fd, VIDIOC_QUERYCAP, out);
	if (ret < 0) {
		return ret;
	}
	*capabilities = (out->capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? out->device_caps
									: out->capabilities;
	return 0;
}

uint32_t v4l2_find_type(uint32_t capabilities, enum tenon_v4l2_queue queue)
{
	static const struct {
		enum tenon_v4l2_queue queue;
		uint32_t capability, type;
	} kinds[] = {
		{TENON_V4L2_CAPTURE, V4L2_CAP_VIDEO_CAPTURE, V4L2_BUF_TYPE_VIDEO_CAPTURE},
		{TENON_V4L2_CAPTURE, V4L2_CAP_VIDEO_CAPTURE_MPLANE,
			V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE},
		{TENON_V4L2_CAPTURE, V4L2_CAP_VIDEO_M2M, V4L2_BUF_TYPE_VIDEO_CAPTURE},
		{TENON_V4L2_CAPTURE, V4L2_CAP_VIDEO_M2M_MPLANE, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE},
		{TENON_V4L2_OUTPUT, V4L2_CAP_VIDEO_OUTPUT, V4L2_BUF_TYPE_VIDEO_OUTPUT},
		{TENON_V4L2_OUTPUT, V4L2_CAP_VIDEO_OUTPUT_MPLANE,
			V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE},
		{TENON_V4L2_OUTPUT, V4L2_CAP_VIDEO_M2M, V4L2_BUF_TYPE_VIDEO_OUTPUT},
		{TENON_V4L2_OUTPUT, V4L2_CAP_VIDEO_M2M_MPLANE, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE},
	};

	if ((capabilities & V4L2_CAP_STREAMING) == 0) {
		return 0;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].queue == queue && (capabilities & kinds[i].capability) != 0) {
			return kinds[i].type;
		}
	}
	return 0;
}

/*
 * VIDIOC_CREATE_BUFS for no buffers checks the type of memory and does nothing else, and, since
 * Linux 4.20, tells all types at once. REQBUFS would do the same and free the buffers that are
 * there, so it is not asked. What a driver without the former takes, a probe has to find out.
 */
uint32_t v4l2_ask_memory(int fd, uint32_t type)
{
	static const struct {
		uint32_t memory, capability, flag;
	} kinds[] = {
		{V4L2_MEMORY_MMAP, V4L2_BUF_CAP_SUPPORTS_MMAP, TENON_V4L2_MEMORY_MMAP},
		{V4L2_MEMORY_USERPTR, V4L2_BUF_CAP_SUPPORTS_USERPTR, TENON_V4L2_MEMORY_USERPTR},
		{V4L2_MEMORY_DMABUF, V4L2_BUF_CAP_SUPPORTS_DMABUF, TENON_V4L2_MEMORY_DMABUF},
	};
	uint32_t found = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct v4l2_create_buffers create = {.memory = kinds[i].memory};

		create.format.type = type;
		if (v4l2_call(fd, VIDIOC_G_FMT, &create.format) == 0 &&
			v4l2_call(fd, VIDIOC_CREATE_BUFS, &create) == 0) {
			found |= kinds[i].flag;
		}
		for (size_t j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++) {
			found |= (create.capabilities & kinds[j].capability) != 0 ? kinds[j].flag
										  : 0;
		}
	}
	return found;
}
