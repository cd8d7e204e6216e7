/* SPDX-License-Identifier: MIT */
#include "wayland/server/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * An fd from a client may be anything: a file of a FUSE file system whose server is the client, a
 * device node, a pipe. Asking the file itself (fstat(), fstatfs(), an ioctl) could then make the
 * compositor wait for the client, or do something to a device. So only the kernel's own knowledge
 * of the fd is asked: F_GET_SEALS, which only shared memory answers, and fdinfo, where every
 * dma-buf has the line "exp_name:" that no other kind of file has.
 */

static bool examine_dmabuf(int fd, uint64_t *bytes)
{
	char path[64];
	char info[1024];
	ssize_t len;
	int info_fd;
	const char *size;
	off_t end;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (info_fd < 0) {
		return false;
	}
	len = read(info_fd, info, sizeof(info) - 1);
	close(info_fd);
	if (len <= 0) {
		return false;
	}
	info[len] = '\0';
	if (strstr(info, "\nexp_name:") == NULL) {
		return false;
	}
	size = strstr(info, "\nsize:");
	end = lseek(fd, 0, SEEK_END); /* a dma-buf's own, does not wait */
	if (end >= 0) {
		*bytes = (uint64_t)end;
	} else if (size != NULL) {
		*bytes = strtoull(size + strlen("\nsize:"), NULL, 10);
	} else {
		return false;
	}
	return true;
}

enum memory_kind memory_examine(int fd, uint64_t *bytes)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	if (seals < 0) {
		return examine_dmabuf(fd, bytes) ? MEMORY_DMABUF : MEMORY_OTHER;
	}
	if (fstat(fd, &st) != 0) {
		return MEMORY_OTHER;
	}
	*bytes = (uint64_t)st.st_size;
	return (seals & F_SEAL_SHRINK) != 0 ? MEMORY_MEMFD : MEMORY_MEMFD_UNSEALED;
}
