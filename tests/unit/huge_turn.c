/* SPDX-License-Identifier: MIT */
#include "huge_turn.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "heap/hugepages.h"
#include "heap/frames.h"

static int turn = -1;

static void end_turn(void)
{
	if (turn >= 0) {
		close(turn);
	}
}

static bool can_map(uint64_t page_bytes)
{
	void *at = MAP_FAILED;
	int fd;

	if (page_bytes == 0 && hugepages_default_size(&page_bytes) < 0) {
		return false;
	}
	fd = memfd_create("test", MFD_CLOEXEC | hugepages_memfd_flags(page_bytes));
	if (fd >= 0 && ftruncate(fd, (off_t)page_bytes) == 0) {
		at = mmap(NULL, (size_t)page_bytes, PROT_READ, MAP_SHARED, fd, 0);
	}
	if (at != MAP_FAILED) {
		munmap(at, (size_t)page_bytes);
	}
	if (fd >= 0) {
		close(fd);
	}
	return at != MAP_FAILED;
}

struct tenon_hugepages *huge_turn_begin(uint64_t page_bytes, uint64_t count, bool run)
{
	struct tenon_hugepages *pages = NULL;
	char reason[200] = "";
	int ret;

	if (test_is_under_valgrind()) {
		TEST_SKIP("valgrind maps huge pages at addresses that are none of theirs");
	}
	turn = open("/sys/kernel/mm/hugepages", O_RDONLY | O_CLOEXEC);
	if (turn >= 0) {
		flock(turn, LOCK_EX);
	}
	ret = (run ? tenon_hugepages_reserve_run : tenon_hugepages_reserve)(
		&pages, page_bytes, count, reason, sizeof(reason));
	if (ret < 0) {
		assert_null(pages);
		end_turn();
		TEST_SKIP(reason);
	}
	if (!heap_may_see_frames()) {
		huge_turn_end(pages);
		TEST_SKIP("this process is not shown physical addresses");
	}
	if (!can_map(page_bytes)) {
		huge_turn_end(pages);
		TEST_SKIP("huge pages cannot be mapped, as under an emulator");
	}
	return pages;
}

void huge_turn_end(struct tenon_hugepages *pages)
{
	tenon_hugepages_release(pages);
	end_turn();
}
