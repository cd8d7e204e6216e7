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
#include <sys/mman.h>
#include <unistd.h>

#include "heap/frames.h"
#include "heap/internal.h"
#include "heap/rows.h"

#define ATTEMPTS 3

/* At most so much is held at once, unless the request itself is larger. */
#define HELD_MAX (UINT64_C(16) << 30)

struct scratch {
	int fd;
	struct rows rows;
};

static int scratch_open(struct scratch *scratch, uint64_t page_bytes, uint64_t room)
{
	unsigned flags = MFD_CLOEXEC | hugepages_memfd_flags(page_bytes);
	int ret = rows_init(&scratch->rows, page_bytes, room);

	scratch->fd = -1;
	if (ret < 0) {
		return ret;
	}
	scratch->fd = memfd_create("tenon-search", flags);
	if (scratch->fd < 0 || ftruncate(scratch->fd, (off_t)(room * page_bytes)) < 0) {
		return -errno;
	}
	return 0;
}

/* Gives back a stretch of the sorted pages so that the lowest is handed out first. */
static void give_back(const struct scratch *scratch, uint64_t first, uint64_t len)
{
	const struct rows *rows = &scratch->rows;

	for (uint64_t i = first + len; i > first; i--) {
		fallocate(scratch->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			(off_t)(rows->pages[i - 1].index * rows->page_bytes),
			(off_t)rows->page_bytes);
	}
}

static void scratch_close(struct scratch *scratch)
{
	if (scratch->fd >= 0) {
		close(scratch->fd);
	}
	rows_finish(&scratch->rows);
}

/* Holds up to want pages and learns where they lie. */
static int look(struct scratch *scratch, uint64_t want)
{
	struct rows *rows = &scratch->rows;
	uint64_t got = hugepages_fault(scratch->fd, rows->page_bytes, rows->len, want - rows->len);
	int ret = hugepages_read_frames(
		rows->frames + rows->len, scratch->fd, rows->page_bytes, rows->len, got);

	if (ret == 0) {
		rows_sort(rows, rows->len + got);
	}
	return ret;
}

/* Moves the chosen pages to the target; -EAGAIN when others came there. */
static int hand_over(struct scratch *scratch, int fd, uint64_t index, uint64_t len)
{
	struct rows *rows = &scratch->rows;
	const uint64_t address = rows->pages[index].address;
	int ret;

	give_back(scratch, index, len);
	if (hugepages_fault(fd, rows->page_bytes, 0, len) < len) {
		return -EAGAIN;
	}
	/* the frames in order of the scratch file are not needed any more */
	ret = hugepages_read_frames(rows->frames, fd, rows->page_bytes, 0, len);
	for (uint64_t i = 0; ret == 0 && i < len; i++) {
		if (rows->frames[i] != address + i * rows->page_bytes) {
			ret = -EAGAIN;
		}
	}
	return ret;
}

/* One search: more and more pages until a run is found and handed over. */
static int search(struct scratch *scratch, int fd, const struct place_request *place, uint64_t len,
	uint64_t *address)
{
	struct rows *rows = &scratch->rows;
	uint64_t want = 2 * len, index = 0;

	for (;;) {
		int ret;

		want = want < rows->room ? want : rows->room;
		ret = look(scratch, want);
		if (ret < 0) {
			return ret;
		}
		if (rows_choose(rows, place, UINT64_MAX, &index)) {
			*address = rows->pages[index].address;
			ret = hand_over(scratch, fd, index, len);
			/* what is left goes back in order, which serves the next who comes */
			give_back(scratch, index + len, rows->len - index - len);
			give_back(scratch, 0, index);
			return ret;
		}
		if (rows->len < want || want == rows->room) {
			give_back(scratch, 0, rows->len);
			return -ENOSPC;
		}
		want *= 2;
	}
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
	int ret = rows_prepare(&place, request, request->bytes, pool->page_bytes);

	if (ret < 0) {
		return explain(request, ret, 0, len, pool);
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
		longest = scratch.rows.longest;
		scratch_close(&scratch);
	}
	return ret < 0 ? explain(request, ret, longest, len, pool) : 0;
}
