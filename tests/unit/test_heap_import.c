/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "harness.h"
#include "oom.h"

static int make(uint64_t bytes, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static struct tenon_memory_import from(int fd)
{
	return (struct tenon_memory_import){.size = sizeof(struct tenon_memory_import), .fd = fd};
}

TEST(a_sealed_memfd_is_taken_and_stays_the_caller_s)
{
	int fd = make(10000, F_SEAL_SHRINK);
	struct tenon_memory_import options = from(fd);
	struct tenon_memory *memory;
	char *at;

	assert_int_equal(tenon_memory_import(&memory, &options), 0);
	assert_true(memory->fd != fd);
	assert_true(fcntl(memory->fd, F_GETFD) & FD_CLOEXEC);
	assert_null(memory->heap);
	assert_int_equal(memory->bytes, 10000);
	assert_true(memory->own_fd);
	assert_false(memory->dmabuf);
	assert_int_equal(memory->cache, TENON_CACHE_CACHED);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_UNKNOWN);
	assert_int_equal(pwrite(fd, "here", 4, 9000), 4);
	assert_int_equal(close(fd), 0);
	assert_int_equal(tenon_memory_map(memory, 0, 10000, TENON_ACCESS_READ, (void **)&at), 0);
	assert_memory_equal(at + 9000, "here", 4);
	tenon_memory_unmap(memory, at, 10000);
	tenon_memory_destroy(memory);
}

TEST(a_part_is_not_an_own_fd)
{
	int fd = make(100000, F_SEAL_SHRINK);
	struct tenon_memory_import options = from(fd);
	struct tenon_memory *memory;
	char *at;

	options.offset = 5000; /* not at a page's start */
	options.bytes = 20000;
	assert_int_equal(pwrite(fd, "here", 4, 5000 + 4096 + 17), 4);
	assert_int_equal(tenon_memory_import(&memory, &options), 0);
	assert_false(memory->own_fd);
	assert_int_equal(memory->bytes, 20000);
	assert_int_equal(
		tenon_memory_map(memory, (uint64_t)sysconf(_SC_PAGESIZE), 4096, 1, (void **)&at),
		0);
	if (sysconf(_SC_PAGESIZE) == 4096) {
		assert_memory_equal(at + 17, "here", 4);
	}
	tenon_memory_unmap(memory, at, 4096);
	tenon_memory_destroy(memory);
	options.bytes = 0;
	assert_int_equal(tenon_memory_import(&memory, &options), 0);
	assert_int_equal(memory->bytes, 95000);
	tenon_memory_destroy(memory);
	close(fd);
}

TEST(memory_that_may_shrink_is_refused)
{
	char path[] = "/tmp/tenon-test-XXXXXX";
	int fd = make(10000, 0);
	struct tenon_memory_import options = from(fd);
	struct tenon_memory *memory = NULL;

	assert_int_equal(tenon_memory_import(&memory, &options), -EPERM);
	options.unsealed = true;
	assert_int_equal(tenon_memory_import(&memory, &options), 0);
	tenon_memory_destroy(memory);
	memory = NULL;
	close(fd);
	options = from(mkostemp(path, O_CLOEXEC));
	assert_int_equal(ftruncate(options.fd, 10000), 0);
	unlink(path);
	/* a file on a disk or a tmpfs; neither says that its size stays */
	assert_true(tenon_memory_import(&memory, &options) < 0);
	assert_null(memory);
	close(options.fd);
}

TEST(what_is_no_memory_is_refused)
{
	struct tenon_memory *memory = NULL;
	struct tenon_memory_import options;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	options = from(ends[0]);
	assert_int_equal(tenon_memory_import(&memory, &options), -ENOTSUP);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(tenon_memory_import(&memory, &options), -EBADF);
	options.fd = -1;
	assert_int_equal(tenon_memory_import(&memory, &options), -EBADF);
	options = from(open("/dev/zero", O_RDWR | O_CLOEXEC));
	assert_int_equal(tenon_memory_import(&memory, &options), -ENOTSUP);
	close(options.fd);
	assert_null(memory);
}

TEST(ranges_stay_within_the_fd)
{
	static const struct {
		uint64_t offset, bytes;
	} bad[] = {{10000, 0}, {10000, 1}, {0, 10001}, {9999, 2}, {UINT64_MAX, 0}, {1, UINT64_MAX},
		{UINT64_MAX, UINT64_MAX}};
	int fd = make(10000, F_SEAL_SHRINK);
	struct tenon_memory_import options = from(fd);
	struct tenon_memory *memory = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		options.offset = bad[i].offset;
		options.bytes = bad[i].bytes;
		assert_int_equal(tenon_memory_import(&memory, &options), -EINVAL);
	}
	close(fd);
	/* an empty one has no range at all */
	options = from(make(0, F_SEAL_SHRINK));
	assert_int_equal(tenon_memory_import(&memory, &options), -EINVAL);
	close(options.fd);
	assert_null(memory);
}

TEST(what_is_said_of_it_is_kept)
{
	struct tenon_memory_import options = from(make(4096, F_SEAL_SHRINK));
	struct tenon_memory *memory;

	options.contiguity = TENON_CONTIGUITY_PROVEN;
	assert_int_equal(tenon_memory_import(&memory, &options), 0);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_PROVEN);
	tenon_memory_destroy(memory);
	options.contiguity = TENON_CONTIGUITY_PROVABLE;
	assert_int_equal(tenon_memory_import(&memory, &options), 0);
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_UNKNOWN);
	tenon_memory_destroy(memory);
	close(options.fd);
}

static int out_of_memory(void *data)
{
	struct tenon_memory_import options = from(*(int *)data);
	struct tenon_memory *memory = NULL;
	int ret = tenon_memory_import(&memory, &options);

	tenon_memory_destroy(memory);
	return ret;
}

TEST(each_allocation_may_fail)
{
	int fd = make(4096, F_SEAL_SHRINK);

	assert_int_equal(oom_run(out_of_memory, &fd), 1);
	close(fd);
}
