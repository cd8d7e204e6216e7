/* SPDX-License-Identifier: MIT */
#include "heap/dmabuf.h"

#include <errno.h>
#include <limits.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

#include <tenon/heap.h>

#define DMA_BUF_NAME_SIZE 32 /* the kernel's limit, with the end */

void heap_dmabuf_set_name(int fd, const char *label)
{
	char name[DMA_BUF_NAME_SIZE] = {0}; /* valgrind takes it for a struct of 8 bytes */

	snprintf(name, sizeof(name), "%s", label != NULL ? label : "tenon");
	/* nothing depends on it */
	(void)ioctl(fd, DMA_BUF_SET_NAME, name);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* When a wait must be over; INT64_MAX: never. */
static int64_t deadline_of(int timeout_ms)
{
	return timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms;
}

/*
 * DMA_BUF_SYNC_START waits for fences without limit, and not to be interrupted by anything but a
 * signal; so wait here first. POLLIN is for "nobody writes", POLLOUT for "nobody uses it at all".
 */
static int wait_idle(int fd, uint32_t access, int64_t deadline)
{
	struct pollfd wait = {
		.fd = fd,
		.events = access & TENON_ACCESS_WRITE ? POLLOUT : POLLIN,
	};

	for (;;) {
		int64_t left = deadline == INT64_MAX ? -1 : deadline - now_ms();
		int ret;

		if (deadline != INT64_MAX) {
			left = left < 0 ? 0 : left > INT_MAX ? INT_MAX : left;
		}
		ret = poll(&wait, 1, (int)left);
		if (ret > 0) {
			return wait.revents & POLLNVAL ? -EBADF : 0;
		}
		if (ret == 0 && now_ms() >= deadline) {
			return -ETIMEDOUT;
		}
		if (ret < 0 && errno != EINTR && errno != EAGAIN) {
			return -errno;
		}
	}
}

static uint64_t sync_flags(uint32_t access)
{
	return (access & TENON_ACCESS_READ ? DMA_BUF_SYNC_READ : 0) |
	       (access & TENON_ACCESS_WRITE ? DMA_BUF_SYNC_WRITE : 0);
}

/* The kernel's documentation asks to repeat on both EINTR and EAGAIN. */
static int sync_retried(int fd, uint64_t flags, int64_t deadline)
{
	struct dma_buf_sync sync = {.flags = flags};

	while (ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) < 0) {
		if (errno != EINTR && errno != EAGAIN) {
			return -errno;
		}
		if (deadline != INT64_MAX && now_ms() >= deadline) {
			return -ETIMEDOUT;
		}
	}
	return 0;
}

int heap_dmabuf_sync_begin(int fd, uint32_t access, int timeout_ms)
{
	int64_t deadline = deadline_of(timeout_ms);
	int ret = wait_idle(fd, access, deadline);

	if (ret < 0) {
		return ret;
	}
	return sync_retried(fd, DMA_BUF_SYNC_START | sync_flags(access), deadline);
}

int heap_dmabuf_sync_end(int fd, uint32_t access)
{
	return sync_retried(fd, DMA_BUF_SYNC_END | sync_flags(access), INT64_MAX);
}

int heap_dmabuf_add_fence(int fd, int fence, uint32_t access)
{
	struct dma_buf_import_sync_file join = {
		.flags = (uint32_t)sync_flags(access),
		.fd = fence,
	};

	return ioctl(fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &join) < 0 ? -errno : 0;
}
