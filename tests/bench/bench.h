/* SPDX-License-Identifier: MIT */
#ifndef TENON_BENCH_H
#define TENON_BENCH_H

/*
 * Benchmarks tell ratios, which hold on any machine: of one thing to another measured in the same
 * run, batch by batch in turn, so that a busy machine disturbs both. The usual other thing is one
 * getppid() system call: a "call".
 *
 * A program defines bench_main(), measures there and reports. With --check it exits with 1 when a
 * limit was exceeded; without, it exits with 0, whatever the numbers.
 */

#include <stddef.h>

/* Does the work n times. What must not be measured happens before, in data. */
typedef void (*bench_fn)(void *data, size_t n);

struct bench_work {
	bench_fn run;
	void *data;
};

/* The program's own part. */
void bench_main(void);

/*
 * The median over batches of what one of a costs in terms of one of b: the time that this thread is
 * on a CPU, so that a busy machine disturbs little.
 */
double bench_ratio(struct bench_work a, struct bench_work b);

/* The same of the time on the wall, for work that waits for another thread or process. */
double bench_ratio_waiting(struct bench_work a, struct bench_work b);

/* What one of a costs in calls. */
double bench_calls(struct bench_work a);

/* The median time of one of a, in seconds: for information, never for a limit. */
double bench_seconds(struct bench_work a);

/* Prints a row: what, the value, its unit ("calls", "x memcpy") and the limit; 0 is none. */
void bench_report_max(const char *what, double value, const char *unit, double at_most);
void bench_report_min(const char *what, double value, const char *unit, double at_least);

/* Says why something was not measured here. */
void bench_skip(const char *what, const char *reason);

/* Ends the program when ok is false: a benchmark of something broken is no benchmark. */
void bench_require_at(int ok, const char *condition, const char *file, int line);
#define bench_require(condition) bench_require_at(!!(condition), #condition, __FILE__, __LINE__)

/* Makes the compiler believe that the value is used. */
#define bench_use(value) __asm__ volatile("" : : "g"(value) : "memory")

#endif
