/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_DMABUF_H
#define TENON_SRC_HEAP_DMABUF_H

#include <stdint.h>

/* Gives it a name for debugging, shown in /sys/kernel/debug/dma_buf; NULL: "tenon". */
void heap_dmabuf_set_name(int fd, const char *label);

/* As tenon_memory_sync_begin() and _end(), for any dma-buf. */
int heap_dmabuf_sync_begin(int fd, uint32_t access, int timeout_ms);
int heap_dmabuf_sync_end(int fd, uint32_t access);

/*
 * Joins a fence, a sync_file, to a dma-buf: whoever waits for its users waits for the fence. 0 or a
 * negative errno; -ENOTTY before Linux 6.0, -EINVAL when it is no sync_file.
 */
int heap_dmabuf_add_fence(int fd, int fence, uint32_t access);

#endif
