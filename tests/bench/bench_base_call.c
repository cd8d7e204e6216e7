/* SPDX-License-Identifier: MIT */
/* The yardstick itself: a call against a call is 1, and how long one takes here. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

enum { COPY_SIZE = 1 << 20 };

struct copy {
	uint8_t *from;
	uint8_t *to;
};

static void run_getppid(void *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		syscall(SYS_getppid);
	}
}

static void run_memcpy(void *data, size_t n)
{
	struct copy *copy = data;

	for (size_t i = 0; i < n; i++) {
		memcpy(copy->to, copy->from, COPY_SIZE);
		bench_use(copy->to);
	}
}

void bench_main(void)
{
	struct copy copy = {malloc(COPY_SIZE), malloc(COPY_SIZE)};

	bench_require(copy.from != NULL && copy.to != NULL);
	memset(copy.from, 1, COPY_SIZE);
	bench_report_max("one getppid() call",
		bench_seconds((struct bench_work){run_getppid, NULL}) * 1e9, "ns", 0);
	bench_report_max("the same against itself",
		bench_calls((struct bench_work){run_getppid, NULL}), "calls", 1.2);
	bench_report_max(
		"memcpy of 1 MiB", bench_calls((struct bench_work){run_memcpy, &copy}), "calls", 0);
	free(copy.from);
	free(copy.to);
}
