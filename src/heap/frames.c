/* SPDX-License-Identifier: MIT */
#include "heap/frames.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/system_file.h"
#include "heap/system.h"

#define ENTRY_PRESENT (UINT64_C(1) << 63)
#define ENTRY_FRAME ((UINT64_C(1) << 55) - 1)

enum {
	BATCH = 512, /* entries read at once */
};

/* Reads entries of neighbouring pages, or of every n-th one alone. */
static int read_entries(int fd, uint64_t *out, size_t len, uint64_t first, uint64_t stride)
{
	size_t at_once = stride == 1 ? len : 1;

	for (size_t i = 0; i < len; i += at_once) {
		size_t bytes = at_once * sizeof(*out);
		off_t where = (off_t)((first + i * stride) * sizeof(*out));

		errno = 0;
		if (pread(fd, &out[i], bytes, where) != (ssize_t)bytes) {
			return errno != 0 ? -errno : -EIO;
		}
	}
	return 0;
}

static int read_shown_frames(uint64_t *out, size_t len, const void *address, uint64_t page_bytes)
{
	uint64_t page = heap_page_size();
	int fd = system_open("/proc/self/pagemap", O_RDONLY);
	int ret;

	if (fd < 0) {
		return fd;
	}
	ret = read_entries(fd, out, len, (uint64_t)(uintptr_t)address / page, page_bytes / page);
	close(fd);
	for (size_t i = 0; ret == 0 && i < len; i++) {
		uint64_t frame = out[i] & ENTRY_PRESENT ? out[i] & ENTRY_FRAME : 0;

		/* Frame 0 is what a process sees that may not know. */
		out[i] = frame != 0 ? frame * page : TENON_ADDRESS_UNKNOWN;
	}
	return ret;
}

/* Both pages of a file, touched, at an address of their own; NULL when that fails. */
static char *map_two_pages(int fd)
{
	size_t page = (size_t)heap_page_size();
	char *at = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED) {
		return NULL;
	}
	((volatile char *)at)[0] = 1;
	((volatile char *)at)[page] = 1;
	return at;
}

/* Two pages seen through two mappings: each has one frame, and not the other's. */
static bool frames_agree(const char *a, const char *b)
{
	uint64_t page = heap_page_size(), of_a[2], of_b[2];

	return read_shown_frames(of_a, 2, a, page) == 0 &&
	       read_shown_frames(of_b, 2, b, page) == 0 && of_a[0] != TENON_ADDRESS_UNKNOWN &&
	       of_a[0] == of_b[0] && of_a[1] == of_b[1] && of_a[0] != of_a[1];
}

static bool pagemap_is_ours(void)
{
	size_t bytes = 2 * (size_t)heap_page_size();
	int fd = memfd_create("tenon-look", MFD_CLOEXEC);
	char *a = NULL, *b = NULL;
	bool ours = false;

	if (fd >= 0 && ftruncate(fd, (off_t)bytes) == 0) {
		a = map_two_pages(fd);
		b = map_two_pages(fd);
	}
	/* the kernel may move a page in between, but not each time */
	for (int i = 0; a != NULL && b != NULL && !ours && i < 3; i++) {
		ours = frames_agree(a, b);
	}
	if (a != NULL) {
		munmap(a, bytes);
	}
	if (b != NULL) {
		munmap(b, bytes);
	}
	if (fd >= 0) {
		close(fd);
	}
	return ours;
}

/*
 * Whether frames are shown, and are those of our addresses. Under an emulator of another machine's
 * programs the pagemap is the emulator's: its frames have nothing to do with our pages.
 */
static bool may_see_frames(void)
{
	static atomic_int known; /* 1: they are ours, -1: they are not */
	uint64_t address = TENON_ADDRESS_UNKNOWN;
	volatile char here = 0; /* a page of the stack is there, and has a frame */
	int answer = atomic_load_explicit(&known, memory_order_relaxed);

	(void)here;
	if (answer < 0 ||
		read_shown_frames(&address, 1, (const void *)&here, heap_page_size()) < 0 ||
		address == TENON_ADDRESS_UNKNOWN) {
		return false;
	}
	if (answer == 0) {
		answer = pagemap_is_ours() ? 1 : -1;
		atomic_store_explicit(&known, answer, memory_order_relaxed);
	}
	return answer > 0;
}

bool heap_may_see_frames(void)
{
	static _Thread_local unsigned known_at;
	static _Thread_local bool seen;

	if (heap_moment() == 0) {
		return may_see_frames();
	}
	if (known_at != heap_moment()) {
		seen = may_see_frames();
		known_at = heap_moment();
	}
	return seen;
}

int heap_read_frames(uint64_t *out, size_t len, const void *address, uint64_t page_bytes)
{
	if (heap_may_see_frames()) {
		return read_shown_frames(out, len, address, page_bytes);
	}
	for (size_t i = 0; i < len; i++) {
		out[i] = TENON_ADDRESS_UNKNOWN;
	}
	return 0;
}

int heap_segments_add(struct heap_segments *segments, uint64_t address, uint64_t bytes)
{
	struct tenon_segment *last = segments->len > 0 ? &segments->items[segments->len - 1] : NULL;

	if (last != NULL && last->address != TENON_ADDRESS_UNKNOWN &&
		address == last->address + last->bytes) {
		last->bytes += bytes;
		return 0;
	}
	if (segments->len == segments->room) {
		size_t room = segments->room > 0 ? 2 * segments->room : 16;
		struct tenon_segment *items = reallocarray(segments->items, room, sizeof(*items));

		if (items == NULL) {
			return -ENOMEM;
		}
		segments->items = items;
		segments->room = room;
		last = segments->len > 0 ? &items[segments->len - 1] : NULL;
	}
	segments->items[segments->len++] = (struct tenon_segment){
		.offset = last != NULL ? last->offset + last->bytes : 0,
		.bytes = bytes,
		.address = address,
	};
	return 0;
}

int heap_segments_add_mapped(
	struct heap_segments *segments, const void *address, uint64_t bytes, uint64_t page_bytes)
{
	uint64_t frames[BATCH];
	const char *at = address;

	while (bytes > 0) {
		uint64_t left = (bytes + page_bytes - 1) / page_bytes;
		size_t len = left < BATCH ? (size_t)left : BATCH;
		int ret = heap_read_frames(frames, len, at, page_bytes);

		for (size_t i = 0; ret == 0 && i < len; i++) {
			uint64_t part = bytes < page_bytes ? bytes : page_bytes;

			ret = heap_segments_add(segments, frames[i], part);
			bytes -= part;
		}
		if (ret < 0) {
			return ret;
		}
		at += len * page_bytes;
	}
	return 0;
}
