/* SPDX-License-Identifier: MIT */
/*
 * Frames: the camera has some of the buffers, the compositor the one it shows and the one before.
 * What the compositor releases goes back to the camera.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "camera.h"

/* The pages of a memfd as a dma-buf: the same memory, for the camera. */
static int wrap_memfd(int memfd, uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct udmabuf_create create = {
		.memfd = (uint32_t)memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = (bytes + page - 1) / page * page,
	};
	int node = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int ret;

	if (node < 0) {
		return -errno;
	}
	ret = ioctl(node, UDMABUF_CREATE, &create);
	ret = ret < 0 ? -errno : ret;
	close(node);
	return ret;
}

/* The dma-buf of an object, for the camera; notes when it is other memory than what the compositor
 * was given. */
static int export_object(
	struct camera *camera, const struct slot *slot, size_t object, bool *is_copied)
{
	struct stat status;
	int fd = -1, dmabuf;
	int ret = tenon_buffer_export(slot->buffer, object, &fd);

	if (ret < 0) {
		return ret;
	}
	if (object == 0 && fstat(fd, &status) == 0 &&
		(status.st_ino != slot->inode || status.st_dev != slot->dev)) {
		*is_copied = true;
	}
	if (!camera->as_memfd) {
		return fd;
	}
	dmabuf = wrap_memfd(fd, camera->capture.bytes[object]);
	close(fd);
	return dmabuf;
}

/* The place of a buffer in the camera's queue: the one it has, or a free one. */
static int place_of(struct camera *camera, struct slot *slot, uint32_t *index)
{
	struct capture *capture = &camera->capture;
	struct queued *queued = NULL;
	uint32_t i, object;

	for (i = 0; i < capture->len; i++) {
		if (capture->queue[i].slot == slot) {
			*index = i;
			return 0;
		}
	}
	for (i = 0; i < capture->len && queued == NULL; i++) {
		queued = capture->queue[i].slot == NULL ? &capture->queue[i] : NULL;
	}
	if (queued == NULL) {
		return -ENOSPC;
	}
	queued->is_copied = false;
	for (object = 0; object < capture->objects_len; object++) {
		queued->fds[object] = export_object(camera, slot, object, &queued->is_copied);
		if (queued->fds[object] < 0) {
			break;
		}
	}
	if (object < capture->objects_len) {
		int ret = queued->fds[object];

		while (object > 0) {
			close(queued->fds[--object]);
		}
		return ret;
	}
	queued->slot = slot;
	*index = (uint32_t)(queued - capture->queue);
	return 0;
}

/* Gives a buffer that was acquired to the camera. */
static enum status give(struct camera *camera, struct slot *slot)
{
	enum status status = STATUS_OK;
	uint32_t index = 0;
	int ret = place_of(camera, slot, &index);

	if (ret < 0 && camera->as_memfd) {
		status = buffers_fail(&camera->buffers, STATUS_NO_MEMORY_FITS,
			"the compositor takes no dma-bufs, and /dev/udmabuf makes none of its "
			"memory: %s",
			strerror(-ret));
	} else if (ret < 0) {
		status = buffers_fail(
			&camera->buffers, STATUS_FAILED, "exporting a buffer: %s", strerror(-ret));
	}
	if (ret == 0) {
		ret = capture_queue(&camera->capture, index);
		status = ret < 0 ? camera_fail(camera, "queueing a buffer", ret) : STATUS_OK;
	}
	if (status != STATUS_OK) {
		buffers_cancel(&camera->buffers, slot);
	}
	return status;
}

/* Gives the camera a buffer that nobody has; waits for the compositor to release one. */
static enum status feed(struct camera *camera)
{
	struct tenon_swapchain_image image;
	struct slot *slot;
	enum status status = buffers_acquire(&camera->buffers, &image, &slot);

	return status == STATUS_OK ? give(camera, slot) : status;
}

/*
 * All buffers are made before the camera is asked to import any: the memory may be the camera's
 * own, and nothing can run out later. Two are left for the compositor: the one it shows, and the
 * next.
 */
static enum status fill(struct camera *camera)
{
	struct slot *slots[QUEUE_MAX];
	uint32_t len = 0;
	enum status status = buffers_allocate(&camera->buffers);
	int ret;

	while (status == STATUS_OK && len < camera->options.buffers) {
		struct tenon_swapchain_image image;

		status = buffers_acquire(&camera->buffers, &image, &slots[len]);
		len += status == STATUS_OK;
	}
	if (status == STATUS_OK) {
		ret = capture_request(&camera->capture, camera->options.buffers, true);
		status =
			ret < 0 ? camera_fail(camera, "preparing it for dma-bufs", ret) : STATUS_OK;
	}
	for (uint32_t i = 0; i < len; i++) {
		if (status == STATUS_OK && i + 2 < len) {
			status = give(camera, slots[i]);
		} else {
			buffers_cancel(&camera->buffers, slots[i]);
		}
	}
	return status;
}

/* Makes what the camera wrote visible where the compositor reads it through a memfd. */
static void sync_memfd(struct camera *camera, uint32_t index)
{
	static const uint64_t steps[] = {DMA_BUF_SYNC_START, DMA_BUF_SYNC_END};

	for (uint32_t i = 0; camera->as_memfd && i < camera->capture.objects_len; i++) {
		for (size_t j = 0; j < 2; j++) {
			struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_READ | steps[j]};

			while (ioctl(camera->capture.queue[index].fds[i], DMA_BUF_IOCTL_SYNC,
				       &sync) < 0 &&
				(errno == EINTR || errno == EAGAIN)) {
			}
		}
	}
}

/* Waits for a whole frame; a damaged one is given back to the camera. */
static enum status take(struct camera *camera, uint32_t *index)
{
	int ret;

	while ((ret = capture_take(&camera->capture, index, &camera->counts.missed)) == -EIO) {
		camera->counts.damaged++;
		ret = capture_queue(&camera->capture, *index);
		if (ret < 0) {
			break;
		}
	}
	if (ret == -ETIMEDOUT) {
		return buffers_fail(&camera->buffers, STATUS_FAILED,
			"%s: no frame for five seconds", camera->options.node);
	}
	if (ret < 0) {
		return camera_fail(camera, "waiting for a frame", ret);
	}
	camera->counts.captured++;
	return STATUS_OK;
}

static enum status show_frame(struct camera *camera)
{
	uint32_t index = 0;
	enum status status = take(camera, &index);

	if (status != STATUS_OK) {
		return status;
	}
	sync_memfd(camera, index);
	camera->counts.copies += camera->capture.queue[index].is_copied;
	return buffers_show(&camera->buffers, camera->capture.queue[index].slot);
}

static bool is_over(const struct camera *camera, int shown)
{
	return camera->window.closed ||
	       (camera->options.frames > 0 && shown >= (int)camera->options.frames);
}

static enum status run(struct camera *camera)
{
	enum status status = STATUS_OK;

	for (int shown = 0; status == STATUS_OK && !is_over(camera, shown); shown++) {
		status = show_frame(camera);
		if (status == STATUS_OK) {
			status = feed(camera);
		}
	}
	return status;
}

enum status camera_stream(struct camera *camera)
{
	const struct tenon_layout *layout =
		tenon_client_negotiation_get_layout(camera->buffers.negotiation);
	int ret = capture_set_format(&camera->capture, camera->device, layout);
	enum status status;

	if (ret == -ERANGE) {
		return buffers_fail(&camera->buffers, STATUS_CONFLICT,
			"%s does not take the layout after all", camera->options.node);
	}
	if (ret < 0) {
		return camera_fail(camera, "setting its format", ret);
	}
	status = fill(camera);
	if (status == STATUS_OK) {
		ret = capture_start(&camera->capture);
		status = ret < 0 ? camera_fail(camera, "starting it", ret) : run(camera);
	}
	buffers_ask_statistics(&camera->buffers);
	return status;
}
