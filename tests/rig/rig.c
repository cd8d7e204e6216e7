/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include "harness.h"

enum {
	BLOCK = 1 << 20, /* the largest the system heap asks the kernel for */
};

void rig_require(void)
{
	if (getenv("TENON_RIG") == NULL) {
		TEST_SKIP("not in the rig's guest (tests/rig/run)");
	}
}

bool rig_guest_is(const char *name)
{
	const char *guest = getenv("TENON_RIG_GUEST");

	return guest != NULL && strcmp(guest, name) == 0;
}

int rig_ioctl(int fd, unsigned long request, void *arg)
{
	int result;

	do {
		result = ioctl(fd, request, arg);
	} while (result < 0 && (errno == EINTR || errno == EAGAIN));
	return result < 0 ? -errno : 0;
}

int rig_open_card(const char *driver)
{
	for (int i = 0; i < 16; i++) {
		char path[32];
		drmVersion *version;
		bool found;
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0) {
			continue;
		}
		version = drmGetVersion(fd);
		found = version != NULL && strcmp(version->name, driver) == 0;
		drmFreeVersion(version);
		if (found) {
			return fd;
		}
		close(fd);
	}
	return -ENODEV;
}

/* Reads a file's first line, without the line's end; an empty text where there is none. */
static void read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");

	line[0] = '\0';
	if (file == NULL) {
		return;
	}
	if (fgets(line, (int)size, file) == NULL) {
		line[0] = '\0';
	}
	line[strcspn(line, "\n")] = '\0';
	fclose(file);
}

int rig_open_video(const char *name)
{
	DIR *dir = opendir("/sys/class/video4linux");
	struct dirent *entry;
	int result = -ENODEV;

	if (dir == NULL) {
		return -errno;
	}
	while (result == -ENODEV && (entry = readdir(dir)) != NULL) {
		char path[300];
		char found[64];

		snprintf(path, sizeof(path), "/sys/class/video4linux/%s/name", entry->d_name);
		read_line(path, found, sizeof(found));
		if (strcmp(found, name) == 0) {
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			result = open(path, O_RDWR | O_CLOEXEC);
			result = result < 0 ? -errno : result;
		}
	}
	closedir(dir);
	return result;
}

int rig_heap_alloc(const char *heap, size_t size)
{
	struct dma_heap_allocation_data data = {.len = size, .fd_flags = O_RDWR | O_CLOEXEC};
	char path[64];
	int fd, result;

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", heap);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	result = rig_ioctl(fd, DMA_HEAP_IOCTL_ALLOC, &data);
	close(fd);
	return result < 0 ? result : (int)data.fd;
}

int rig_heap_alloc_scattered(size_t size)
{
	/* Of neighbouring blocks every second one is held, so that the others cannot join. */
	int blocks[256];
	int len = (int)(2 * size / BLOCK) + 2;
	int result = 0, got = 0;

	if (len > (int)(sizeof(blocks) / sizeof(blocks[0]))) {
		return -ERANGE;
	}
	for (; got < len && result >= 0; got++) {
		result = blocks[got] = rig_heap_alloc("system", BLOCK);
	}
	for (int i = 0; i < got; i += 2) {
		close(blocks[i]);
	}
	if (result >= 0) {
		result = rig_heap_alloc("system", size);
	}
	for (int i = 1; i < got; i += 2) {
		close(blocks[i]);
	}
	return result;
}

long rig_cma_used(void)
{
	long pages = rig_read_number("/sys/kernel/debug/cma/reserved/used");

	return pages < 0 ? pages : pages * sysconf(_SC_PAGESIZE);
}

int rig_memfd(size_t size)
{
	int fd = memfd_create("rig", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0) {
		return -errno;
	}
	if (ftruncate(fd, (off_t)size) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

int rig_udmabuf(int memfd, size_t size)
{
	struct udmabuf_create create = {
		.memfd = (uint32_t)memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = size,
	};
	int fd = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int result;

	if (fd < 0) {
		return -errno;
	}
	result = ioctl(fd, UDMABUF_CREATE, &create);
	if (result < 0) {
		result = -errno;
	}
	close(fd);
	return result;
}

int rig_raise_udmabuf_limits(void)
{
	int result = rig_write_text("/sys/module/udmabuf/parameters/list_limit", "65536");

	return result < 0 ? result
			  : rig_write_text("/sys/module/udmabuf/parameters/size_limit_mb", "1024");
}

int rig_dumb(int card, uint32_t width, uint32_t height, uint32_t *pitch)
{
	struct drm_mode_create_dumb create = {.width = width, .height = height, .bpp = 32};
	struct drm_prime_handle prime = {.flags = DRM_CLOEXEC | DRM_RDWR, .fd = -1};
	struct drm_mode_destroy_dumb destroy;
	int result = rig_ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &create);

	if (result < 0) {
		return result;
	}
	prime.handle = create.handle;
	result = rig_ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);
	destroy.handle = create.handle;
	rig_ioctl(card, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy);
	*pitch = create.pitch;
	return result < 0 ? result : prime.fd;
}

long rig_dmabufs(void)
{
	DIR *dir = opendir("/sys/kernel/dmabuf/buffers");
	struct dirent *entry;
	long count = 0;

	if (dir == NULL) {
		return -errno;
	}
	while ((entry = readdir(dir)) != NULL) {
		count += entry->d_name[0] != '.';
	}
	closedir(dir);
	return count;
}

bool rig_is_same(int a, int b)
{
	struct stat x, y;

	assert_int_equal(fstat(a, &x), 0);
	assert_int_equal(fstat(b, &y), 0);
	return x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

long rig_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

long rig_meminfo(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "re");
	size_t len = strlen(name);
	char line[128];
	long value = -ENOENT;

	if (file == NULL) {
		return -errno;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, name, len) == 0 && line[len] == ':') {
			value = strtol(line + len + 1, NULL, 10);
		}
	}
	fclose(file);
	return value;
}

long rig_read_number(const char *path)
{
	char line[64];

	read_line(path, line, sizeof(line));
	return line[0] == '\0' ? -ENOENT : strtol(line, NULL, 0);
}

int rig_write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int result = 0;

	if (fd < 0) {
		return -errno;
	}
	if (write(fd, text, strlen(text)) < 0) {
		result = -errno;
	}
	close(fd);
	return result;
}
