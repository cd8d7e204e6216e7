/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	BATCHES_MAX = 41,
	BATCHES_MIN = 7,
};

/* A batch takes at least this long, so that reading the clock does not count. */
static const double batch_s = 2e-3;
/* No pair of works is measured longer than this once there are enough batches. */
static const double total_s = 3.0;

static bool exceeded;
/* What batches are measured with: this thread's time on a CPU, or the time on the wall. */
static clockid_t clock_id = CLOCK_THREAD_CPUTIME_ID;

static double read_s(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double now_s(void)
{
	return read_s(CLOCK_MONOTONIC);
}

static double run_batch(struct bench_work work, size_t n)
{
	double start = read_s(clock_id);

	work.run(work.data, n);
	return read_s(clock_id) - start;
}

/* How many times make a batch. Warms up on the way. */
static size_t calibrate(struct bench_work work)
{
	size_t n = 1;

	while (run_batch(work, n) < batch_s) {
		n *= 2;
	}
	return n;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t len)
{
	qsort(values, len, sizeof(*values), compare);
	return len % 2 == 1 ? values[len / 2] : (values[len / 2 - 1] + values[len / 2]) / 2;
}

static void run_getppid(void *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		syscall(SYS_getppid);
	}
}

double bench_ratio(struct bench_work a, struct bench_work b)
{
	double ratios[BATCHES_MAX];
	size_t a_len = calibrate(a);
	size_t b_len = calibrate(b);
	double start = now_s();
	size_t len = 0;

	while (len < BATCHES_MAX && (len < BATCHES_MIN || now_s() - start < total_s)) {
		double a_s = run_batch(a, a_len) / (double)a_len;
		double b_s = run_batch(b, b_len) / (double)b_len;

		ratios[len++] = a_s / b_s;
	}
	return median(ratios, len);
}

double bench_ratio_waiting(struct bench_work a, struct bench_work b)
{
	double ratio;

	clock_id = CLOCK_MONOTONIC;
	ratio = bench_ratio(a, b);
	clock_id = CLOCK_THREAD_CPUTIME_ID;
	return ratio;
}

double bench_calls(struct bench_work a)
{
	return bench_ratio(a, (struct bench_work){run_getppid, NULL});
}

double bench_seconds(struct bench_work a)
{
	double seconds[BATCHES_MAX];
	size_t a_len = calibrate(a);
	double start = now_s();
	size_t len = 0;

	while (len < BATCHES_MAX && (len < BATCHES_MIN || now_s() - start < total_s)) {
		seconds[len++] = run_batch(a, a_len) / (double)a_len;
	}
	return median(seconds, len);
}

static void report(const char *what, double value, const char *unit, const char *limit, bool ok)
{
	printf("%-58s %10.2f %-12s %-14s %s\n", what, value, unit, limit,
		limit[0] == '\0' ? "" : (ok ? "ok" : "EXCEEDED"));
	fflush(stdout);
	exceeded = exceeded || !ok;
}

void bench_report_max(const char *what, double value, const char *unit, double at_most)
{
	char limit[32] = "";

	if (at_most > 0) {
		snprintf(limit, sizeof(limit), "<= %g", at_most);
	}
	report(what, value, unit, limit, at_most <= 0 || value <= at_most);
}

void bench_report_min(const char *what, double value, const char *unit, double at_least)
{
	char limit[32] = "";

	if (at_least > 0) {
		snprintf(limit, sizeof(limit), ">= %g", at_least);
	}
	report(what, value, unit, limit, at_least <= 0 || value >= at_least);
}

void bench_skip(const char *what, const char *reason)
{
	printf("%-58s not measured: %s\n", what, reason);
}

void bench_require_at(int ok, const char *condition, const char *file, int line)
{
	if (!ok) {
		fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	bool check = argc > 1 && strcmp(argv[1], "--check") == 0;

	bench_main();
	return check && exceeded ? 1 : 0;
}
