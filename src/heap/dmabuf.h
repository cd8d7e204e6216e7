/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_DMABUF_H
#define TENON_SRC_HEAP_DMABUF_H

#include <stdbool.h>
#include <stdint.h>

/* Whether an fd is a dma-buf; a negative errno when it is no fd. */
int heap_dmabuf_is(int fd);

/* How many bytes it has; 0 when the kernel does not say. */
uint64_t heap_dmabuf_get_size(int fd);

/* Gives it a name for debugging, shown in /sys/kernel/debug/dma_buf; NULL: "tenon". */
void heap_dmabuf_set_name(int fd, const char *label);

/* As tenon_memory_sync_begin() and _end(), for any dma-buf. */
int heap_dmabuf_sync_begin(int fd, uint32_t access, int timeout_ms);
int heap_dmabuf_sync_end(int fd, uint32_t access);

#endif
