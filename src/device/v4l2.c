/* SPDX-License-Identifier: MIT */
#include "device/v4l2.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system_file.h"
#include "device/coherent.h"
#include "device/iommu.h"
#include "device/sysfs.h"

static const enum tenon_v4l2_queue both[] = {TENON_V4L2_CAPTURE, TENON_V4L2_OUTPUT};

static void device_destroy(struct tenon_v4l2_device *device)
{
	for (size_t i = 0; i < 2; i++) {
		free(device->queues[i].formats);
		probe_cache_clear(&device->caches[i]);
	}
	if (device->fd >= 0) {
		close(device->fd);
	}
	pthread_mutex_destroy(&device->lock);
	pthread_mutex_destroy(&device->probing);
	free(device);
}

static int read_queue(struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue)
{
	struct v4l2_queue *q = &device->queues[queue];

	q->type = v4l2_find_type(device->capabilities, queue);
	if (q->type == 0) {
		return 0;
	}
	q->memory = v4l2_ask_memory(device->fd, q->type);
	return v4l2_list_formats(device->fd, q);
}

/* What the machine says of the hardware behind the node. */
static void read_hardware(struct tenon_v4l2_device *device)
{
	struct sysfs_node node;
	struct iommu_facts iommu;

	if (sysfs_read_dev(&node, device->dev) == 0) {
		iommu_read(&iommu, node.hardware, node.bus);
		device->iommu = iommu.answer;
		device->coherent = coherent_read(node.hardware);
	}
}

/* What the driver says of itself; its strings need not end. */
static int read_facts(struct tenon_v4l2_device *device)
{
	struct v4l2_capability capability;
	struct stat status;
	int ret;

	if (fstat(device->fd, &status) < 0) {
		return -errno;
	}
	device->dev = status.st_rdev;
	ret = v4l2_get_capabilities(device->fd, &capability, &device->capabilities);
	if (ret < 0) {
		return -ENODEV;
	}
	snprintf(device->driver, sizeof(device->driver), "%.*s", (int)sizeof(capability.driver),
		(const char *)capability.driver);
	snprintf(device->card, sizeof(device->card), "%.*s", (int)sizeof(capability.card),
		(const char *)capability.card);
	snprintf(device->bus_info, sizeof(device->bus_info), "%.*s",
		(int)sizeof(capability.bus_info), (const char *)capability.bus_info);
	read_hardware(device);
	for (size_t i = 0; i < 2 && ret == 0; i++) {
		ret = read_queue(device, both[i]);
	}
	if (ret == 0 && device->queues[TENON_V4L2_CAPTURE].type == 0 &&
		device->queues[TENON_V4L2_OUTPUT].type == 0) {
		ret = -ENODEV;
	}
	return ret;
}

int tenon_v4l2_device_create(struct tenon_v4l2_device **out, int fd)
{
	struct tenon_v4l2_device *device = calloc(1, sizeof(*device));
	int ret;

	if (device == NULL) {
		return -ENOMEM;
	}
	atomic_init(&device->refs, 1);
	pthread_mutex_init(&device->lock, NULL);
	pthread_mutex_init(&device->probing, NULL);
	device->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	ret = device->fd < 0 ? -errno : read_facts(device);
	if (ret < 0) {
		device_destroy(device);
		return ret;
	}
	*out = device;
	return 0;
}

int tenon_v4l2_device_open(struct tenon_v4l2_device **out, const char *node)
{
	int ret, fd = system_open_node(node, O_RDWR | O_NONBLOCK);

	if (fd < 0) {
		return fd;
	}
	ret = tenon_v4l2_device_create(out, fd);
	close(fd);
	return ret;
}

struct tenon_v4l2_device *tenon_v4l2_device_ref(struct tenon_v4l2_device *device)
{
	atomic_fetch_add_explicit(&device->refs, 1, memory_order_relaxed);
	return device;
}

void tenon_v4l2_device_unref(struct tenon_v4l2_device *device)
{
	if (device != NULL &&
		atomic_fetch_sub_explicit(&device->refs, 1, memory_order_acq_rel) == 1) {
		device_destroy(device);
	}
}

int tenon_v4l2_device_get_fd(const struct tenon_v4l2_device *device)
{
	return device->fd;
}

const char *tenon_v4l2_device_get_driver(const struct tenon_v4l2_device *device)
{
	return device->driver;
}

const char *tenon_v4l2_device_get_card(const struct tenon_v4l2_device *device)
{
	return device->card;
}

const char *tenon_v4l2_device_get_bus_info(const struct tenon_v4l2_device *device)
{
	return device->bus_info;
}

dev_t tenon_v4l2_device_get_dev(const struct tenon_v4l2_device *device)
{
	return device->dev;
}

uint32_t tenon_v4l2_device_get_capabilities(const struct tenon_v4l2_device *device)
{
	return device->capabilities;
}

bool tenon_v4l2_device_is_m2m(const struct tenon_v4l2_device *device)
{
	return (device->capabilities & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE)) != 0;
}

static const struct v4l2_queue *get_queue(
	const struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue)
{
	if (queue != TENON_V4L2_CAPTURE && queue != TENON_V4L2_OUTPUT) {
		return NULL;
	}
	return device->queues[queue].type != 0 ? &device->queues[queue] : NULL;
}

int tenon_v4l2_device_get_queue(const struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue,
	struct tenon_v4l2_queue_info *out)
{
	const struct v4l2_queue *q = get_queue(device, queue);

	if (out->size != sizeof(*out)) {
		return -EINVAL;
	}
	if (q == NULL) {
		return -ENODEV;
	}
	out->buffer_type = q->type;
	out->memory = q->memory;
	out->multi_planar = V4L2_TYPE_IS_MULTIPLANAR(q->type);
	return 0;
}

size_t tenon_v4l2_device_get_formats_len(
	const struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue)
{
	const struct v4l2_queue *q = get_queue(device, queue);

	return q != NULL ? q->formats_len : 0;
}

int tenon_v4l2_device_get_format(const struct tenon_v4l2_device *device,
	enum tenon_v4l2_queue queue, size_t i, struct tenon_v4l2_format *out)
{
	const struct v4l2_queue *q = get_queue(device, queue);

	if (out->size != sizeof(*out) || q == NULL || i >= q->formats_len) {
		return -EINVAL;
	}
	*out = (struct tenon_v4l2_format){
		.size = sizeof(*out),
		.pixelformat = q->formats[i].pixelformat,
		.flags = q->formats[i].flags,
	};
	memcpy(out->description, q->formats[i].description, sizeof(out->description));
	out->known = tenon_format_from_v4l2(&out->drm, &out->per_plane, out->pixelformat) == 0;
	return 0;
}

enum tenon_answer tenon_v4l2_device_needs_contiguous(const struct tenon_v4l2_device *device)
{
	struct tenon_v4l2_device *d = (struct tenon_v4l2_device *)device;
	enum tenon_answer answer;

	pthread_mutex_lock(&d->lock);
	answer = d->needs_contiguous;
	pthread_mutex_unlock(&d->lock);
	return answer;
}

int v4l2_queue_of_role(
	const struct tenon_v4l2_device *device, enum tenon_role role, enum tenon_v4l2_queue *out)
{
	if (role == TENON_ROLE_CAPTURE || role == TENON_ROLE_DECODE) {
		*out = TENON_V4L2_CAPTURE;
	} else if (role == TENON_ROLE_ENCODE || role == TENON_ROLE_SCANOUT) {
		*out = TENON_V4L2_OUTPUT;
	} else {
		return -EINVAL;
	}
	return get_queue(device, *out) != NULL ? 0 : -ENODEV;
}
