/* SPDX-License-Identifier: MIT */
#include "heap/hugepages.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/system_file.h"
#include "heap/frames.h"
#include "heap/system.h"

#ifndef MFD_HUGETLB
#define MFD_HUGETLB 0x0004U
#endif
#define MFD_SHIFT 26 /* the logarithm of the size stands there */

void hugepages_path(char *path, size_t size, uint64_t page_bytes, const char *file)
{
	snprintf(path, size, "/sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/%s",
		page_bytes / 1024, file);
}

int hugepages_default_size(uint64_t *page_bytes)
{
	uint64_t found;

	if (heap_read_meminfo(&found, "Hugepagesize") < 0 || found == 0) {
		return -ENOENT;
	}
	*page_bytes = found;
	return 0;
}

static int read_count(uint64_t *out, uint64_t page_bytes, const char *file)
{
	char path[128];

	hugepages_path(path, sizeof(path), page_bytes, file);
	return heap_read_number(out, path);
}

int hugepages_read_pool(struct hugepages_pool *out, uint64_t page_bytes)
{
	struct hugepages_pool pool = {.page_bytes = page_bytes};
	uint64_t promised = 0;
	int ret = read_count(&pool.total, page_bytes, "nr_hugepages");

	if (ret == 0) {
		ret = read_count(&pool.free, page_bytes, "free_hugepages");
	}
	if (ret == 0) {
		ret = read_count(&promised, page_bytes, "resv_hugepages");
	}
	if (ret < 0) {
		return ret;
	}
	pool.free -= promised < pool.free ? promised : pool.free;
	*out = pool;
	return 0;
}

int hugepages_lock_pool(uint64_t page_bytes)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	char path[512], pool[128];
	int fd;

	hugepages_path(pool, sizeof(pool), page_bytes, "");
	snprintf(path, sizeof(path), "%s%s", _tenon_system_root, pool);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* The lock is a courtesy: who holds it for ever must not keep us from working. */
	for (int i = 0; fd >= 0 && i < 100 && flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		nanosleep(&pause, NULL);
	}
	return fd;
}

unsigned hugepages_memfd_flags(uint64_t page_bytes)
{
	unsigned shift = 0;

	while (UINT64_C(1) << shift < page_bytes) {
		shift++;
	}
	return MFD_HUGETLB | shift << MFD_SHIFT;
}

uint64_t hugepages_fault(int fd, uint64_t page_bytes, uint64_t first, uint64_t len)
{
	for (uint64_t i = 0; i < len; i++) {
		int ret;

		/* One at a time, for then it is known how far it got. */
		do {
			ret = fallocate(
				fd, 0, (off_t)((first + i) * page_bytes), (off_t)page_bytes);
		} while (ret < 0 && errno == EINTR);
		if (ret < 0) {
			return i;
		}
	}
	return len;
}

static int read_window(uint64_t *out, int fd, uint64_t page_bytes, uint64_t first, uint64_t len)
{
	size_t bytes = (size_t)(len * page_bytes);
	char *at;
	int ret;

	if (len * page_bytes > SIZE_MAX) {
		return -ENOMEM;
	}
	at = mmap(NULL, bytes, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd,
		(off_t)(first * page_bytes));
	if (at == MAP_FAILED) {
		return -errno;
	}
	for (uint64_t i = 0; i < len; i++) {
		(void)((volatile char *)at)[i * page_bytes];
	}
	ret = heap_read_frames(out, (size_t)len, at, page_bytes);
	munmap(at, bytes);
	return ret;
}

int hugepages_read_frames(uint64_t *out, int fd, uint64_t page_bytes, uint64_t first, uint64_t len)
{
	/* a window of 64 MiB, or of one page, keeps within a tight address space */
	const uint64_t most = (UINT64_C(64) << 20) / page_bytes;
	const uint64_t step = most > 0 ? most : 1;

	for (uint64_t i = 0; i < len; i += step) {
		uint64_t left = len - i;
		int ret =
			read_window(out + i, fd, page_bytes, first + i, left < step ? left : step);

		if (ret < 0) {
			return ret;
		}
		for (uint64_t j = i; j < len && j < i + step; j++) {
			if (out[j] == TENON_ADDRESS_UNKNOWN) {
				return -EPERM;
			}
		}
	}
	return 0;
}
