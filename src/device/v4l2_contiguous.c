/* SPDX-License-Identifier: MIT */
#include "device/v4l2_contiguous.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/system_file.h"
#include "device/v4l2_session.h"

enum {
	ITEMS_MAX = 64, /* far below udmabuf's own limit */
};

void v4l2_set_contiguous(struct tenon_v4l2_device *device, enum tenon_answer answer)
{
	pthread_mutex_lock(&device->lock);
	device->needs_contiguous = answer;
	pthread_mutex_unlock(&device->lock);
}

/* A memfd as udmabuf takes it. */
static int make_memfd(uint64_t bytes)
{
	int fd = memfd_create("tenon-probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0) {
		return -errno;
	}
	if (ftruncate(fd, (off_t)bytes) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

/*
 * A dma-buf that cannot be contiguous, whatever pages the kernel gives: it has the same ones over
 * and over.
 */
static int make_scattered(uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t pages = (bytes + page - 1) / page;
	uint64_t item = (pages + ITEMS_MAX - 1) / ITEMS_MAX * page;
	struct udmabuf_create_list *list =
		calloc(1, sizeof(*list) + ITEMS_MAX * sizeof(list->list[0]));
	int memfd = -1, node = -1;
	int ret;

	if (list == NULL) {
		return -ENOMEM;
	}
	ret = memfd = make_memfd(item);
	if (ret < 0) {
		goto out;
	}
	ret = node = system_open_node("/dev/udmabuf", O_RDWR);
	if (ret < 0) {
		goto out;
	}
	list->flags = UDMABUF_FLAGS_CLOEXEC;
	list->count = (uint32_t)((pages * page + item - 1) / item);
	for (uint32_t i = 0; i < list->count; i++) {
		list->list[i] =
			(struct udmabuf_create_item){.memfd = (uint32_t)memfd, .size = item};
	}
	ret = ioctl(node, UDMABUF_CREATE_LIST, list);
	if (ret < 0) {
		ret = -errno;
	}
out:
	if (memfd >= 0) {
		close(memfd);
	}
	if (node >= 0) {
		close(node);
	}
	free(list);
	return ret;
}

/* Queues it for each object of the format that is set; 0, or the driver's negative errno. */
static int queue_scattered(struct v4l2_session *session, const struct tenon_v4l2_layout *layout)
{
	struct v4l2_session_memory memory = {.len = layout->buffers_len};
	int fds[TENON_MAX_PLANES];
	uint64_t bytes = 0;
	int fd, ret;

	for (unsigned i = 0; i < layout->buffers_len; i++) {
		bytes = layout->bytes[i] > bytes ? layout->bytes[i] : bytes;
	}
	if (bytes < 2 * (uint64_t)sysconf(_SC_PAGESIZE) || bytes > UINT32_MAX / 2) {
		return -EAGAIN;
	}
	fd = make_scattered(bytes);
	if (fd < 0) {
		return fd == -ENOMEM ? fd : -EAGAIN;
	}
	for (unsigned i = 0; i < layout->buffers_len; i++) {
		fds[i] = fd;
		memory.bytes[i] = memory.used[i] = layout->bytes[i];
	}
	memory.fds = fds;
	ret = v4l2_session_request(session, V4L2_MEMORY_DMABUF);
	if (ret == 0) {
		ret = v4l2_session_queue(session, 0, &memory);
		v4l2_session_release(session);
	} else {
		ret = ret == -ENODEV ? ret : -EAGAIN;
	}
	close(fd);
	return ret;
}

static int ask(struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue)
{
	struct tenon_v4l2_layout layout = {0};
	struct v4l2_session session;
	int ret = v4l2_session_init(&session, device, queue);

	if (ret < 0) {
		return ret == -ENODEV || ret == -ENOMEM ? ret : -EAGAIN;
	}
	ret = v4l2_take_format(&session.saved, &layout);
	if (ret == 0) {
		ret = queue_scattered(&session, &layout);
	}
	v4l2_session_finish(&session);
	if (ret == 0 || ret == -EFAULT) {
		v4l2_set_contiguous(device, ret == 0 ? TENON_NO : TENON_YES);
		return 0;
	}
	return ret == -ENODEV || ret == -ENOMEM ? ret : -EAGAIN;
}

int v4l2_ask_contiguous(struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue)
{
	int ret = 0;

	pthread_mutex_lock(&device->probing);
	if (tenon_v4l2_device_needs_contiguous(device) == TENON_UNKNOWN) {
		ret = ask(device, queue);
	}
	pthread_mutex_unlock(&device->probing);
	return ret;
}
