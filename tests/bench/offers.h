/* SPDX-License-Identifier: MIT */
#ifndef TENON_BENCH_OFFERS_H
#define TENON_BENCH_OFFERS_H

#include <stddef.h>

#include <tenon/constraint.h>

/* A GPU that also scans out: pitch in steps of 256 bytes, sizes up to 16384. */
struct tenon_offer *bench_gpu(void);

/* A display controller: pitch in steps of 64 bytes, contiguous memory below 4 GiB. */
struct tenon_offer *bench_display(void);

/*
 * Device i of many: all of them agree, each has limits of its own. With pairs_len pairs: formats
 * times modifiers, of which all devices share all.
 */
struct tenon_offer *bench_one_of_many(size_t i, size_t pairs_len);

#endif
