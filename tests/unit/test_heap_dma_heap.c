/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "base/system_file.h"
#include "fake/kernel.h"
#include "harness.h"
#include "heap/dma_heap_nodes.h"
#include "heap/system.h"
#include "oom.h"

#define MIB (UINT64_C(1) << 20)

static struct tenon_alloc_request ask(uint64_t bytes, char *reason)
{
	return (struct tenon_alloc_request){
		.size = sizeof(struct tenon_alloc_request),
		.bytes = bytes,
		.reason = reason,
		.reason_size = reason != NULL ? 250 : 0,
	};
}

static struct tenon_heaps *open_heaps(const char *dir, const char *names, const char *aliases)
{
	const struct tenon_heaps_options options = {
		.size = sizeof(options),
		.names = names,
		.dma_heap_dir = dir,
		.dma_heap_aliases = aliases,
	};
	struct tenon_heaps *heaps = NULL;

	assert_int_equal(tenon_heaps_create(&heaps, &options), 0);
	return heaps;
}

TEST(an_allocation_is_a_dma_buf_of_its_own)
{
	const char *dir = fake_start();
	struct tenon_alloc_request request = ask(5000, NULL);
	struct tenon_heaps *heaps;
	struct tenon_memory *memory;

	fake_add_dma_heap("system", UINT64_MAX);
	heaps = open_heaps(dir, "system", NULL);
	request.flags = TENON_ALLOC_DMABUF | TENON_ALLOC_OWN_FD | TENON_ALLOC_ZERO;
	request.label = "a name that is longer than the kernel lets one be";
	assert_int_equal(
		tenon_heap_allocate(&memory, tenon_heaps_find(heaps, "system"), &request), 0);
	assert_true(memory->dmabuf && memory->own_fd && memory->pinned && memory->zeroed);
	assert_int_equal(memory->bytes, 2 * sysconf(_SC_PAGESIZE));
	assert_int_equal(memory->contiguity, TENON_CONTIGUITY_NONE);
	assert_int_equal(memory->cache, TENON_CACHE_CACHED);
	assert_true(fcntl(memory->fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fake_calls(DMA_HEAP_IOCTL_ALLOC), 1);
	assert_int_equal(fake_calls(DMA_BUF_SET_NAME), 1);
	tenon_memory_destroy(memory);
	request.segments_max = 1;
	memory = NULL;
	assert_int_equal(tenon_heap_allocate(&memory, tenon_heaps_find(heaps, "system"), &request),
		-ENOTSUP);
	assert_null(memory);
	tenon_heaps_destroy(heaps);
	fake_finish();
}

TEST(cma_is_contiguous_and_its_end_is_told)
{
	const char *dir = fake_start();
	char reason[250] = "";
	struct tenon_alloc_request request = ask(3 * MIB, reason);
	struct tenon_memory *memory[2] = {NULL, NULL};
	struct tenon_heaps *heaps;
	struct tenon_heap *cma;

	fake_add_dma_heap("reserved", 5 * MIB);
	heaps = open_heaps(dir, "cma", NULL);
	cma = tenon_heaps_find(heaps, "cma");
	request.segments_max = 1;
	assert_int_equal(tenon_heap_allocate(&memory[0], cma, &request), 0);
	assert_int_equal(memory[0]->contiguity, TENON_CONTIGUITY_ASSURED);
	assert_true(memory[0]->address == TENON_ADDRESS_UNKNOWN);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(tenon_heap_allocate(&memory[1], cma, &request), -ENOSPC);
	}
	assert_non_null(strstr(reason, "/reserved: no 3145728 contiguous bytes are left"));
	assert_int_equal(fake_left("reserved"), 2 * MIB);
	request.bytes = 2 * MIB;
	assert_int_equal(tenon_heap_allocate(&memory[1], cma, &request), 0);
	assert_int_equal(fake_left("reserved"), 0);
	tenon_memory_destroy(memory[0]);
	tenon_memory_destroy(memory[1]);
	assert_int_equal(fake_left("reserved"), 5 * MIB);
	tenon_heaps_destroy(heaps);
	fake_finish();
}

TEST(absent_refused_and_exhausted_are_told_apart)
{
	const char *dir = fake_start();
	char reason[250] = "", path[200];
	struct tenon_alloc_request request = ask(MIB, reason);
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_memory *memory = NULL;
	struct tenon_heaps *heaps;
	int status;

	fake_add_dma_heap("system", 0);
	heaps = open_heaps(dir, "dma-heap", NULL);
	/* absent: in the list all the same */
	assert_int_equal(tenon_heap_query(tenon_heaps_find(heaps, "cma"), &info), 0);
	assert_int_equal(info.availability, TENON_ABSENT);
	assert_non_null(strstr(info.reason, "there is no "));
	assert_int_equal(
		tenon_heap_allocate(&memory, tenon_heaps_find(heaps, "cma"), &request), -ENOENT);
	assert_string_equal(reason, info.reason);
	/* exhausted: the machine's memory, not a pool of the heap's */
	assert_int_equal(
		tenon_heap_allocate(&memory, tenon_heaps_find(heaps, "system"), &request), -ENOMEM);
	/* refused */
	snprintf(path, sizeof(path), "%s/system", dir);
	assert_int_equal(chmod(path, 0640), 0);
	if (fork() == 0) {
		struct tenon_heap *heap = tenon_heaps_find(heaps, "system");
		bool is_roots = geteuid() == 0;

		if (is_roots && (setgid(65534) < 0 || setuid(65534) < 0)) {
			_exit(1);
		}
		chmod(path, 0040); /* where the test is not root's */
		if (tenon_heap_query(heap, &info) != 0 || info.availability != TENON_REFUSED ||
			strstr(info.reason, "/system (owner ") == NULL ||
			strstr(info.reason, "Permission denied") == NULL) {
			_exit(2);
		}
		if (tenon_heap_allocate(&memory, heap, &request) != -EACCES ||
			strcmp(reason, info.reason) != 0) {
			_exit(3);
		}
		_exit(!is_roots || strstr(reason, "root:root, mode 0640") != NULL ? 0 : 4);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_null(memory);
	tenon_heaps_destroy(heaps);
	fake_finish();
}

TEST(interrupted_calls_are_made_again_and_failures_come_through)
{
	const char *dir = fake_start();
	char reason[250] = "";
	struct tenon_alloc_request request = ask(MIB, reason);
	struct tenon_memory *memory = NULL;
	struct tenon_heaps *heaps;
	struct tenon_heap *heap;

	fake_add_dma_heap("system", UINT64_MAX);
	heaps = open_heaps(dir, "system", NULL);
	heap = tenon_heaps_get(heaps, 0);
	fake_fail(DMA_HEAP_IOCTL_ALLOC, EINTR, 3);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(fake_calls(DMA_HEAP_IOCTL_ALLOC), 4);
	tenon_memory_destroy(memory);
	memory = NULL;
	fake_fail(DMA_HEAP_IOCTL_ALLOC, ENODEV, 1);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -ENODEV);
	assert_non_null(strstr(reason, "allocating 1048576 bytes: No such device"));
	assert_null(memory);
	/* a name is for debugging: without one it works as well */
	fake_fail(DMA_BUF_SET_NAME, EINVAL, 1);
	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
	fake_finish();
}

TEST(cpu_access_is_bracketed)
{
	const char *dir = fake_start();
	struct tenon_alloc_request request = ask(MIB, NULL);
	struct tenon_memory *memory;
	struct tenon_heaps *heaps;

	fake_add_dma_heap("system", UINT64_MAX);
	heaps = open_heaps(dir, "system", NULL);
	assert_int_equal(tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request), 0);
	fake_fail(DMA_BUF_IOCTL_SYNC, EAGAIN, 2);
	assert_int_equal(tenon_memory_sync_begin(memory, TENON_ACCESS_READ, -1), 0);
	assert_int_equal(fake_calls(DMA_BUF_IOCTL_SYNC), 3);
	fake_fail(DMA_BUF_IOCTL_SYNC, EINTR, 2);
	assert_int_equal(tenon_memory_sync_end(memory, TENON_ACCESS_READ), 0);
	assert_int_equal(fake_calls(DMA_BUF_IOCTL_SYNC), 6);
	fake_fail(DMA_BUF_IOCTL_SYNC, EIO, 1);
	assert_int_equal(tenon_memory_sync_begin(memory, TENON_ACCESS_WRITE, 0), -EIO);
	/* a kernel that says EAGAIN for ever does not hold us for ever */
	fake_fail(DMA_BUF_IOCTL_SYNC, EAGAIN, 2000000000);
	assert_int_equal(tenon_memory_sync_begin(memory, TENON_ACCESS_WRITE, 20), -ETIMEDOUT);
	fake_fail(DMA_BUF_IOCTL_SYNC, 0, 0);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
	fake_finish();
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

TEST(a_fence_is_waited_for_and_no_longer_than_asked)
{
	const char *dir = fake_start();
	struct tenon_alloc_request request = ask(MIB, NULL);
	struct tenon_memory *memory;
	struct tenon_heaps *heaps;
	int64_t start;
	unsigned calls;

	fake_add_dma_heap("system", UINT64_MAX);
	heaps = open_heaps(dir, "system", NULL);
	assert_int_equal(tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request), 0);
	fake_set_fence(memory->fd, -1);
	calls = fake_calls(DMA_BUF_IOCTL_SYNC);
	start = now_ms();
	assert_int_equal(tenon_memory_sync_begin(memory, TENON_ACCESS_READ, 200), -ETIMEDOUT);
	assert_in_range(now_ms() - start, 200, 300);
	assert_int_equal(tenon_memory_sync_begin(memory, TENON_ACCESS_READ, 0), -ETIMEDOUT);
	/* START would have waited in the kernel, so it must not have been called */
	assert_int_equal(fake_calls(DMA_BUF_IOCTL_SYNC), calls);
	fake_set_fence(memory->fd, 100);
	start = now_ms();
	assert_int_equal(tenon_memory_sync_begin(memory, TENON_ACCESS_WRITE, -1), 0);
	assert_true(now_ms() - start >= 99);
	assert_int_equal(tenon_memory_sync_end(memory, TENON_ACCESS_WRITE), 0);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
	fake_finish();
}

TEST(an_imported_dma_buf_is_bracketed_too)
{
	const char *dir = fake_start();
	struct tenon_alloc_request request = ask(MIB, NULL);
	struct tenon_memory_import import = {.size = sizeof(import), .cache = TENON_CACHE_CACHED};
	struct tenon_memory *memory, *imported;
	struct tenon_heaps *heaps;

	fake_add_dma_heap("system", UINT64_MAX);
	heaps = open_heaps(dir, "system", NULL);
	assert_int_equal(tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request), 0);
	import.fd = memory->fd;
	assert_int_equal(tenon_memory_import(&imported, &import), 0);
	assert_true(imported->dmabuf && imported->own_fd);
	assert_int_equal(imported->bytes, MIB);
	tenon_memory_destroy(memory);
	assert_int_equal(tenon_memory_sync_begin(imported, TENON_ACCESS_WRITE, 0), 0);
	assert_int_equal(tenon_memory_sync_end(imported, TENON_ACCESS_WRITE), 0);
	assert_int_equal(fake_calls(DMA_BUF_IOCTL_SYNC), 2);
	tenon_memory_destroy(imported);
	tenon_heaps_destroy(heaps);
	fake_finish();
}

/* Which heap a node is, by its name alone. */
static const struct {
	const char *node, *name;
	enum tenon_contiguity contiguity;
	uint32_t cache, protection;
} known[] = {
	{"system", "system", TENON_CONTIGUITY_NONE, TENON_CACHE_CACHED, TENON_PROTECTION_NONE},
	{"system-uncached", "system-uncached", TENON_CONTIGUITY_NONE, TENON_CACHE_UNCACHED,
		TENON_PROTECTION_NONE},
	{"default_cma_region", "cma", TENON_CONTIGUITY_ASSURED, TENON_CACHE_CACHED,
		TENON_PROTECTION_NONE},
	{"reserved", "cma", TENON_CONTIGUITY_ASSURED, TENON_CACHE_CACHED, TENON_PROTECTION_NONE},
	{"linux,cma", "cma", TENON_CONTIGUITY_ASSURED, TENON_CACHE_CACHED, TENON_PROTECTION_NONE},
	{"default-pool", "cma", TENON_CONTIGUITY_ASSURED, TENON_CACHE_CACHED,
		TENON_PROTECTION_NONE},
	{"rk-dma-heap-cma", "rk-dma-heap-cma", TENON_CONTIGUITY_ASSURED, TENON_CACHE_CACHED,
		TENON_PROTECTION_NONE},
	{"vidbuf", "vidbuf", TENON_CONTIGUITY_UNKNOWN, 0, TENON_PROTECTION_NONE},
	{"camera@40000000", "camera@40000000", TENON_CONTIGUITY_ASSURED, TENON_CACHE_CACHED,
		TENON_PROTECTION_NONE},
	{"protected,secure-video", "protected-secure-video", TENON_CONTIGUITY_UNKNOWN, 0,
		TENON_PROTECTION_SECURE},
};

TEST(nodes_are_known_by_their_names)
{
	char root[] = "/tmp/tenon-test-XXXXXX", command[300];

	assert_non_null(mkdtemp(root));
	snprintf(command, sizeof(command),
		"mkdir -p %s/proc/device-tree/reserved-memory/camera@40000000/reusable", root);
	assert_int_equal(system(command), 0);
	_tenon_system_root = root;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct dma_heap_node node;

		assert_int_equal(dma_heap_describe(&node, "/dev/dma_heap", known[i].node, NULL), 0);
		assert_string_equal(node.name, known[i].name);
		assert_int_equal(node.contiguity, known[i].contiguity);
		assert_int_equal(node.cache, known[i].cache);
		assert_int_equal(node.protection, known[i].protection);
	}
	_tenon_system_root = "";
	snprintf(command, sizeof(command), "rm -rf %s", root);
	assert_int_equal(system(command), 0);
}

TEST(aliases_rename_and_promise)
{
	static const char *const bad[] = {"x", "=x", "x=", "x=+", "x=y,", "x=y,,z=w", "x=y,z",
		"x=0123456789012345678901234567890123456789012345678901234567890123"};
	struct dma_heap_node node;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(dma_heap_describe(&node, "/d", "vidbuf", bad[i]), -EINVAL);
	}
	assert_int_equal(
		dma_heap_describe(&node, "/d", "vidbuf", "linux,cma=big,vidbuf=+video"), 0);
	assert_string_equal(node.name, "video");
	assert_string_equal(node.path, "/d/vidbuf");
	assert_int_equal(node.contiguity, TENON_CONTIGUITY_ASSURED);
	assert_int_equal(
		dma_heap_describe(&node, "/d", "linux,cma", "linux,cma=big,vidbuf=+video"), 0);
	assert_string_equal(node.name, "big");
	assert_int_equal(dma_heap_describe(&node, "/d", "vidbuf", ""), 0);
	assert_string_equal(node.name, "vidbuf");
}

TEST(two_nodes_of_one_area_are_one_heap)
{
	const char *dir = fake_start();
	struct tenon_alloc_request request = ask(MIB, NULL);
	struct tenon_memory *memory;
	struct tenon_heaps *heaps;

	/* a kernel that keeps the old name beside the new */
	fake_add_dma_heap("reserved", 2 * MIB);
	fake_add_dma_heap("default_cma_region", 4 * MIB);
	fake_add_dma_heap("system", UINT64_MAX);
	fake_add_dma_heap("vidbuf", UINT64_MAX);
	heaps = open_heaps(dir, "dma-heap", "vidbuf=+video");
	assert_string_equal(tenon_heap_get_name(tenon_heaps_get(heaps, 0)), "cma");
	assert_string_equal(tenon_heap_get_name(tenon_heaps_get(heaps, 1)), "system");
	assert_string_equal(tenon_heap_get_name(tenon_heaps_get(heaps, 2)), "video");
	assert_null(tenon_heaps_get(heaps, 3));
	assert_int_equal(tenon_heap_allocate(&memory, tenon_heaps_get(heaps, 0), &request), 0);
	assert_int_equal(fake_left("default_cma_region"), 3 * MIB);
	assert_int_equal(fake_left("reserved"), 2 * MIB);
	tenon_memory_destroy(memory);
	tenon_heaps_destroy(heaps);
	/* one by its name; its alias; but not a name that is nothing */
	heaps = open_heaps(dir, "video,memfd", "vidbuf=+video");
	assert_string_equal(tenon_heap_get_name(tenon_heaps_get(heaps, 0)), "video");
	tenon_heaps_destroy(heaps);
	setenv("TENON_DMA_HEAP_DIR", dir, 1);
	setenv("TENON_DMA_HEAP_ALIASES", "vidbuf=film", 1);
	heaps = open_heaps(NULL, "film", NULL);
	tenon_heaps_destroy(heaps);
	setenv("TENON_DMA_HEAP_ALIASES", "vidbuf", 1);
	heaps = NULL;
	assert_int_equal(tenon_heaps_create(&heaps, NULL), -EINVAL);
	assert_null(heaps);
	fake_finish();
}

TEST(free_memory_is_told_where_the_kernel_tells_it)
{
	const char *dir = fake_start();
	char path[200];
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_heaps *heaps;
	FILE *file;

	fake_add_dma_heap("reserved", MIB);
	heaps = open_heaps(dir, "cma", NULL);
	snprintf(path, sizeof(path), "%s/proc", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/proc/meminfo", dir);
	_tenon_system_root = dir;
	file = fopen(path, "we");
	fputs("CmaTotal:          65536 kB\nCmaFree:           60000 kB\n", file);
	fclose(file);
	assert_int_equal(tenon_heap_query(tenon_heaps_get(heaps, 0), &info), 0);
	assert_int_equal(info.availability, TENON_AVAILABLE);
	assert_int_equal(info.contiguity, TENON_CONTIGUITY_ASSURED);
	assert_int_equal(info.free_bytes, 60000 * 1024);
	assert_int_equal(info.total_bytes, 64 * MIB);
	assert_int_equal(info.max_bytes, 64 * MIB);
	file = fopen(path, "we");
	fputs("CmaTotal:          65536 kB\nCmaFree:               0 kB\n", file);
	fclose(file);
	assert_int_equal(tenon_heap_query(tenon_heaps_get(heaps, 0), &info), 0);
	assert_int_equal(info.availability, TENON_EXHAUSTED);
	assert_non_null(strstr(info.reason, "67108864"));
	_tenon_system_root = "";
	unlink(path);
	snprintf(path, sizeof(path), "%s/proc", dir);
	rmdir(path);
	tenon_heaps_destroy(heaps);
	fake_finish();
}

static int out_of_memory(void *data)
{
	const struct tenon_heaps_options options = {
		.size = sizeof(options),
		.names = "dma-heap",
		.dma_heap_dir = data,
	};
	struct tenon_alloc_request request = ask(MIB, NULL);
	struct tenon_heaps *heaps = NULL;
	struct tenon_memory *memory = NULL;
	int ret = tenon_heaps_create(&heaps, &options);

	if (ret == 0) {
		ret = tenon_heap_allocate(&memory, tenon_heaps_find(heaps, "system"), &request);
	}
	tenon_memory_destroy(memory);
	if (heaps != NULL) {
		tenon_heaps_destroy(heaps);
	}
	return ret;
}

TEST(each_allocation_may_fail)
{
	const char *dir = fake_start();

	fake_add_dma_heap("system", UINT64_MAX);
	fake_add_dma_heap("reserved", 4 * MIB);
	assert_true(oom_run(out_of_memory, (void *)dir) >= 8);
	fake_finish();
}
