/* SPDX-License-Identifier: MIT */
#include "base/dmabuf.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef DMA_BUF_MAGIC
#define DMA_BUF_MAGIC 0x444d4142
#endif

int dmabuf_is(int fd)
{
	struct statfs status;

	if (fstatfs(fd, &status) < 0) {
		/* some special files have no answer; they are no dma-bufs */
		return errno == EBADF ? -EBADF : 0;
	}
	return status.f_type == DMA_BUF_MAGIC;
}

uint64_t dmabuf_get_size(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);

	return end > 0 ? (uint64_t)end : 0;
}
