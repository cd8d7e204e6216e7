/* SPDX-License-Identifier: MIT */
#ifndef TENON_CPU_H
#define TENON_CPU_H

/*
 * What the processor of this machine means for buffers.
 *
 * Threads: every function may be called from any thread at any time.
 */

#include <stdint.h>

#include <tenon/common.h>
#include <tenon/constraint.h>

TENON_BEGIN_DECLS

/**
 * Bytes of a page of memory: 4096, 16384 or 65536, as the kernel was built.
 */
TENON_EXPORT uint64_t tenon_cpu_get_page_size(void);

/**
 * Bytes of a line of the data cache; where processors differ, the smallest. 0: not told.
 */
TENON_EXPORT uint32_t tenon_cpu_get_cache_line(void);

/**
 * Whether all devices' DMA sees the CPU's caches, by the rule of the architecture. TENON_UNKNOWN:
 * that is a fact of each device (drm.h, machine.h).
 */
TENON_EXPORT enum tenon_answer tenon_cpu_get_coherent(void);

TENON_END_DECLS

#endif
