/* SPDX-License-Identifier: MIT */

/*
 * Contiguous runs of huge pages, without asking the kernel for anything it does not offer.
 *
 * Which page lands at a file offset is up to the kernel: the first of its free list. Pages that are
 * punched out of a file go to the head of that list. So: take many pages into a scratch file, learn
 * their frames from pagemap, choose a run, punch out its pages from the highest to the lowest, and
 * they come back in ascending order when the target file is filled. The rest stays in the scratch
 * file meanwhile, so that nothing else can be handed out. Whether it worked is seen in pagemap: if
 * another process took a page in between, it is tried again.
 *
 * Pages promised to others (resv_hugepages) are not taken; but while the search holds free pages,
 * another process that wants new ones may be refused, so it begins with few and takes more only
 * while it finds no run. Pages of one run lie on one NUMA node; on machines with several, the
 * kernel's choice of node may spoil attempts until all free pages are held.
 */
#include "heap/hugepages.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heap/internal.h"
#include "heap/system.h"
#include "region/place.h"

#define ATTEMPTS 3

/* At most so much is held at once, unless the request itself is larger. */
#define HELD_MAX (UINT64_C(16) << 30)

struct held_page {
	uint64_t address;
	uint64_t index; /* in the scratch file */
};

struct scratch {
	int fd;
	uint64_t page_bytes;
	uint64_t len, room;      /* pages held, and that the file can hold */
	struct held_page *pages; /* in order of address once looked at */
	uint64_t *frames;
	uint64_t longest; /* run seen, in pages */
};

static int scratch_open(struct scratch *scratch, uint64_t page_bytes, uint64_t room)
{
	unsigned flags = MFD_CLOEXEC | hugepages_memfd_flags(page_bytes);

	*scratch = (struct scratch){.fd = -1, .page_bytes = page_bytes, .room = room};
	scratch->pages = calloc(room, sizeof(*scratch->pages));
	scratch->frames = calloc(room, sizeof(*scratch->frames));
	if (scratch->pages == NULL || scratch->frames == NULL) {
		return -ENOMEM;
	}
	scratch->fd = memfd_create("tenon-search", flags);
	if (scratch->fd < 0 || ftruncate(scratch->fd, (off_t)(room * page_bytes)) < 0) {
		return -errno;
	}
	return 0;
}

static void punch(const struct scratch *scratch, uint64_t index)
{
	fallocate(scratch->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		(off_t)(index * scratch->page_bytes), (off_t)scratch->page_bytes);
}

/* Gives back a stretch of the sorted pages so that the lowest is handed out first. */
static void give_back(const struct scratch *scratch, uint64_t first, uint64_t len)
{
	for (uint64_t i = len; i > 0; i--) {
		punch(scratch, scratch->pages[first + i - 1].index);
	}
}

static void scratch_close(struct scratch *scratch)
{
	if (scratch->fd >= 0) {
		close(scratch->fd);
	}
	free(scratch->pages);
	free(scratch->frames);
}

static int by_address(const void *a, const void *b)
{
	const struct held_page *one = a, *other = b;

	return one->address < other->address ? -1 : one->address > other->address;
}

/* Holds up to want pages and learns where they lie. */
static int look(struct scratch *scratch, uint64_t want)
{
	uint64_t got = hugepages_fault(
		scratch->fd, scratch->page_bytes, scratch->len, want - scratch->len);
	int ret = hugepages_read_frames(scratch->frames + scratch->len, scratch->fd,
		scratch->page_bytes, scratch->len, got);

	if (ret < 0) {
		return ret;
	}
	scratch->len += got;
	for (uint64_t i = 0; i < scratch->len; i++) {
		scratch->pages[i] = (struct held_page){scratch->frames[i], i};
	}
	qsort(scratch->pages, scratch->len, sizeof(*scratch->pages), by_address);
	return 0;
}

/* Pages in a row from the i-th on. */
static uint64_t run_from(const struct scratch *scratch, uint64_t i)
{
	uint64_t len = 1;

	while (i + len < scratch->len &&
		scratch->pages[i + len].address ==
			scratch->pages[i].address + len * scratch->page_bytes) {
		len++;
	}
	return len;
}

/* Chooses from the shortest run that fits, as a region would; true and the index if there is one.
 */
static bool choose(struct scratch *scratch, const struct place_request *place, uint64_t *index)
{
	uint64_t best = UINT64_MAX, len;

	for (uint64_t i = 0; i < scratch->len; i += len) {
		uint64_t first = scratch->pages[i].address, address;

		len = run_from(scratch, i);
		scratch->longest = len > scratch->longest ? len : scratch->longest;
		if (len < best && place_in_hole(place, first,
					  first + (len * scratch->page_bytes - 1), &address)) {
			best = len;
			*index = i + (address - first) / scratch->page_bytes;
		}
	}
	return best != UINT64_MAX;
}

/* Moves the chosen pages to the target; -EAGAIN when others came there. */
static int hand_over(struct scratch *scratch, int fd, uint64_t index, uint64_t len)
{
	const uint64_t address = scratch->pages[index].address;
	uint64_t *frames = scratch->frames;
	int ret;

	give_back(scratch, index, len);
	if (hugepages_fault(fd, scratch->page_bytes, 0, len) < len) {
		return -EAGAIN;
	}
	/* the scratch file's own are not needed any more */
	ret = hugepages_read_frames(frames, fd, scratch->page_bytes, 0, len);
	for (uint64_t i = 0; ret == 0 && i < len; i++) {
		if (frames[i] != address + i * scratch->page_bytes) {
			ret = -EAGAIN;
		}
	}
	return ret;
}

/* One search: more and more pages until a run is found and handed over. */
static int search(struct scratch *scratch, int fd, const struct place_request *place, uint64_t len,
	uint64_t *address)
{
	uint64_t want = 2 * len < scratch->room ? 2 * len : scratch->room;
	uint64_t index = 0;

	for (;;) {
		int ret = look(scratch, want);

		if (ret < 0) {
			return ret;
		}
		if (choose(scratch, place, &index)) {
			*address = scratch->pages[index].address;
			ret = hand_over(scratch, fd, index, len);
			/* what is left goes back in order, which serves the next who comes */
			give_back(scratch, index + len, scratch->len - index - len);
			give_back(scratch, 0, index);
			return ret;
		}
		if (scratch->len < want || want == scratch->room) {
			give_back(scratch, 0, scratch->len);
			return -ENOSPC;
		}
		want = 2 * want < scratch->room ? 2 * want : scratch->room;
	}
}

/* The request as a region's; bytes need not be whole pages, the place is at a page's start. */
static int prepare(
	struct place_request *place, const struct tenon_alloc_request *request, uint64_t page_bytes)
{
	uint64_t align = request->align != 0 ? request->align : 1, a = align, b = page_bytes;

	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	if (align / a > UINT64_MAX / page_bytes) {
		return heap_fail(request, -ENOSPC, "no page lies at a multiple of %" PRIu64, align);
	}
	*place = (struct place_request){
		.bytes = request->bytes,
		.align = align / a * page_bytes,
		.boundary = request->segments_max == 1 ? request->segment_boundary : 0,
		.min = request->address_min,
		.last = request->address_max != 0 ? request->address_max : UINT64_MAX,
	};
	return 0;
}

static int explain(const struct tenon_alloc_request *request, int error, uint64_t longest,
	uint64_t len, const struct hugepages_pool *pool)
{
	switch (error) {
	case -EPERM:
		return heap_fail(request, error,
			"whether huge pages are contiguous cannot be proven: only root is shown "
			"physical addresses (/proc/self/pagemap)");
	case -EAGAIN:
		return heap_fail(request, -ENOSPC,
			"other processes took huge pages in between, %d times", ATTEMPTS);
	case -ENOSPC:
		return heap_fail(request, error,
			"%" PRIu64 " huge pages of %" PRIu64 " KiB in a row are needed, at a "
			"fitting address; %" PRIu64 " are free, at most %" PRIu64 " in a row",
			len, pool->page_bytes / 1024, pool->free, longest);
	default:
		return heap_fail(request, error, "looking for contiguous huge pages failed");
	}
}

int hugepages_fill_contiguous(int fd, const struct hugepages_pool *pool,
	const struct tenon_alloc_request *request, uint64_t len, uint64_t *address)
{
	uint64_t most = HELD_MAX / pool->page_bytes, longest = 0;
	struct place_request place;
	int ret = prepare(&place, request, pool->page_bytes);

	if (ret < 0) {
		return ret;
	}
	if (!heap_may_see_frames()) {
		return explain(request, -EPERM, 0, len, pool);
	}
	if (len > pool->free) {
		return explain(request, -ENOSPC, pool->free, len, pool);
	}
	most = most < 4 * len ? 4 * len : most;
	ret = -EAGAIN;
	for (int i = 0; ret == -EAGAIN && i < ATTEMPTS; i++) {
		struct scratch scratch;

		/* a run that lost a page to somebody else leaves its pages here */
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			(off_t)(len * pool->page_bytes));
		ret = scratch_open(
			&scratch, pool->page_bytes, pool->free < most ? pool->free : most);
		if (ret == 0) {
			ret = search(&scratch, fd, &place, len, address);
		}
		longest = scratch.longest;
		scratch_close(&scratch);
	}
	return ret < 0 ? explain(request, ret, longest, len, pool) : 0;
}
