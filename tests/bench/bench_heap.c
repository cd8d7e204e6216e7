/* SPDX-License-Identifier: MIT */
/*
 * A picture's memory from a warm region: allocated, mapped, one byte of each 4 KiB touched, freed;
 * against the touching alone, and against the system calls one would write instead.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "bench.h"

enum {
	PICTURE = 1920 * 1080 * 4,
	STEP = 4096,
	PICTURES = 8, /* the region has room for */
};

struct warm {
	struct tenon_heap *region;
	struct tenon_alloc_request request;
	volatile char *touched;
};

static void touch(volatile char *at)
{
	for (size_t i = 0; i < PICTURE; i += STEP) {
		at[i] = (char)i;
	}
}

static void run_region(void *data, size_t n)
{
	const struct warm *warm = data;

	for (size_t i = 0; i < n; i++) {
		struct tenon_memory *memory;
		void *at;

		bench_require(tenon_heap_allocate(&memory, warm->region, &warm->request) == 0);
		bench_require(tenon_memory_map(memory, 0, PICTURE,
				      TENON_ACCESS_READ | TENON_ACCESS_WRITE, &at) == 0);
		touch(at);
		tenon_memory_unmap(memory, at, PICTURE);
		tenon_memory_destroy(memory);
	}
}

static void run_touch(void *data, size_t n)
{
	const struct warm *warm = data;

	for (size_t i = 0; i < n; i++) {
		touch(warm->touched);
	}
}

static void run_without_touch(void *data, size_t n)
{
	const struct warm *warm = data;

	for (size_t i = 0; i < n; i++) {
		struct tenon_memory *memory;

		bench_require(tenon_heap_allocate(&memory, warm->region, &warm->request) == 0);
		bench_use(memory);
		tenon_memory_destroy(memory);
	}
}

static void run_memfd(void *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int fd = memfd_create("bench", MFD_CLOEXEC);
		void *at;

		bench_require(fd >= 0 && ftruncate(fd, PICTURE) == 0);
		at = mmap(NULL, PICTURE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		bench_require(at != MAP_FAILED);
		touch(at);
		munmap(at, PICTURE);
		close(fd);
	}
}

/* Some pictures are alive while others come and go, as in a program that runs. */
static void fill(struct warm *warm, struct tenon_memory *alive[PICTURES / 2])
{
	struct tenon_memory *all[PICTURES];

	for (int i = 0; i < PICTURES; i++) {
		bench_require(tenon_heap_allocate(&all[i], warm->region, &warm->request) == 0);
	}
	for (int i = 0; i < PICTURES; i++) {
		if (i % 2 == 0) {
			alive[i / 2] = all[i];
		} else {
			tenon_memory_destroy(all[i]);
		}
	}
}

void bench_main(void)
{
	const struct tenon_heaps_options options = {.size = sizeof(options), .names = "memfd"};
	struct warm warm = {.request = {.size = sizeof(warm.request)}};
	struct tenon_memory *alive[PICTURES / 2];
	struct tenon_heaps *heaps;
	void *at;

	bench_require(tenon_heaps_create(&heaps, &options) == 0);
	warm.request.bytes = (uint64_t)PICTURE * PICTURES + (1 << 20);
	bench_require(tenon_heap_create_region(&warm.region, "bench", tenon_heaps_get(heaps, 0),
			      &warm.request) == 0);
	warm.request.bytes = PICTURE;
	fill(&warm, alive);
	bench_require(tenon_memory_map(alive[0], 0, PICTURE, TENON_ACCESS_READ | TENON_ACCESS_WRITE,
			      &at) == 0);
	warm.touched = at;
	bench_report_max("1080p XRGB from a warm region, touched",
		bench_ratio((struct bench_work){run_region, &warm},
			(struct bench_work){run_touch, &warm}),
		"x the touching alone", 2);
	bench_report_min("the same with memfd_create, ftruncate, mmap",
		bench_ratio((struct bench_work){run_memfd, NULL},
			(struct bench_work){run_region, &warm}),
		"x slower", 100);
	bench_report_max("1080p XRGB from a warm region, not touched",
		bench_calls((struct bench_work){run_without_touch, &warm}), "calls", 0);
	tenon_memory_unmap(alive[0], at, PICTURE);
	for (int i = 0; i < PICTURES / 2; i++) {
		tenon_memory_destroy(alive[i]);
	}
	tenon_heap_unref(warm.region);
	tenon_heaps_destroy(heaps);
}
