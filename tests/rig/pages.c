/* SPDX-License-Identifier: MIT */
#include "pages.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/udmabuf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

enum {
	FRAME = 4096,
};

#define PAGEMAP_PRESENT (UINT64_C(1) << 63)
#define PAGEMAP_FRAME ((UINT64_C(1) << 55) - 1)

/* The physical frame of each page; -EPERM where the kernel does not tell. */
static int read_frames(struct pages *pages)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	int result = 0;

	if (pagemap < 0) {
		return -errno;
	}
	for (size_t i = 0; i < pages->len && result == 0; i++) {
		uintptr_t at = (uintptr_t)pages->map + i * pages->page_size;
		uint64_t entry;

		if (pread(pagemap, &entry, sizeof(entry), (off_t)(at / FRAME * sizeof(entry))) !=
			sizeof(entry)) {
			result = -EIO;
		} else if ((entry & PAGEMAP_PRESENT) == 0 || (entry & PAGEMAP_FRAME) == 0) {
			result = -EPERM;
		} else {
			pages->frames[i] = entry & PAGEMAP_FRAME;
		}
	}
	close(pagemap);
	return result;
}

static unsigned int memfd_flags(size_t page_size)
{
	unsigned int shift = 0;

	if (page_size == FRAME) {
		return MFD_CLOEXEC | MFD_ALLOW_SEALING;
	}
	while ((size_t)1 << shift < page_size) {
		shift++;
	}
	return MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB | shift << MFD_HUGE_SHIFT;
}

int pages_init(struct pages *pages, size_t len, size_t page_size)
{
	size_t size = len * page_size;
	int result = 0;
	void *map;

	memset(pages, 0, sizeof(*pages));
	pages->len = len;
	pages->page_size = page_size;
	pages->frames = calloc(len, sizeof(*pages->frames));
	pages->fd = memfd_create("pages", memfd_flags(page_size));
	if (pages->frames == NULL || pages->fd < 0 || ftruncate(pages->fd, (off_t)size) < 0 ||
		fcntl(pages->fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
		result = -errno;
	} else {
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, pages->fd, 0);
		result = map == MAP_FAILED ? -errno : 0;
		pages->map = map == MAP_FAILED ? NULL : map;
	}
	if (result == 0) {
		memset(pages->map, 0, size);
		result = read_frames(pages);
	}
	if (result < 0) {
		pages_finish(pages);
	}
	return result;
}

void pages_finish(struct pages *pages)
{
	if (pages->map != NULL && pages->fd >= 0) {
		munmap(pages->map, pages->len * pages->page_size);
	}
	if (pages->fd >= 0) {
		close(pages->fd);
	}
	free(pages->frames);
	memset(pages, 0, sizeof(*pages));
	pages->fd = -1;
}

int pages_slice(struct pages *slices, const struct pages *huge, size_t page_size)
{
	size_t len = huge->page_size / page_size;
	int fd = fcntl(huge->fd, F_DUPFD_CLOEXEC, 0);
	size_t size = huge->page_size;
	void *map =
		fd < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED) {
		int error = errno;

		if (fd >= 0) {
			close(fd);
		}
		return -error;
	}
	*slices = (struct pages){.fd = fd, .map = map, .len = len, .page_size = page_size};
	slices->frames = calloc(len, sizeof(*slices->frames));
	if (slices->frames == NULL) {
		pages_finish(slices);
		return -ENOMEM;
	}
	for (size_t i = 0; i < len; i++) {
		slices->frames[i] = huge->frames[0] + i * (page_size / FRAME);
	}
	return 0;
}

static int compare_frames(const void *a, const void *b, void *frames)
{
	uint64_t x = ((const uint64_t *)frames)[*(const size_t *)a];
	uint64_t y = ((const uint64_t *)frames)[*(const size_t *)b];

	return x < y ? -1 : x > y;
}

void pages_sort(const struct pages *pages, size_t *order)
{
	for (size_t i = 0; i < pages->len; i++) {
		order[i] = i;
	}
	qsort_r(order, pages->len, sizeof(*order), compare_frames, pages->frames);
}

static bool follows(const struct pages *pages, size_t before, size_t after)
{
	return pages->frames[after] == pages->frames[before] + pages->page_size / FRAME;
}

bool pages_are_run(const struct pages *pages, const size_t *order, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		if (!follows(pages, order[i - 1], order[i])) {
			return false;
		}
	}
	return true;
}

size_t pages_find_run(const struct pages *pages, size_t *run)
{
	size_t best = 0, best_len = 0, start = 0;
	size_t *order = calloc(pages->len, sizeof(*order));

	if (order == NULL) {
		return 0;
	}
	pages_sort(pages, order);
	for (size_t i = 0; i < pages->len; i++) {
		if (i > 0 && !follows(pages, order[i - 1], order[i])) {
			start = i;
		}
		if (i - start + 1 > best_len) {
			best = start;
			best_len = i - start + 1;
		}
	}
	memcpy(run, order + best, best_len * sizeof(*run));
	free(order);
	return best_len;
}

int pages_scramble(size_t page_size)
{
	static struct pages taken[512];
	int len = 0, result = 0;

	while (len < 512 && result == 0) {
		result = pages_init(&taken[len], 1, page_size);
		len += result == 0;
	}
	for (int step = 0; step < 7; step++) {
		for (int i = step; i < len; i += 7) {
			pages_finish(&taken[i]);
		}
	}
	return result == -ENOMEM ? len : result;
}

int pages_udmabuf(const struct pages *pages, const size_t *order, size_t len)
{
	struct udmabuf_create_list *list = calloc(1, sizeof(*list) + len * sizeof(list->list[0]));
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int result;

	if (list == NULL || device < 0) {
		result = -errno;
	} else {
		list->flags = UDMABUF_FLAGS_CLOEXEC;
		list->count = (uint32_t)len;
		for (size_t i = 0; i < len; i++) {
			list->list[i].memfd = (uint32_t)pages->fd;
			list->list[i].offset = order[i] * pages->page_size;
			list->list[i].size = pages->page_size;
		}
		result = ioctl(device, UDMABUF_CREATE_LIST, list);
		result = result < 0 ? -errno : result;
	}
	if (device >= 0) {
		close(device);
	}
	free(list);
	return result;
}
