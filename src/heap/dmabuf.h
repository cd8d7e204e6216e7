/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_DMABUF_H
#define TENON_SRC_HEAP_DMABUF_H

#include <stdbool.h>
#include <stdint.h>

/* Whether an fd is a dma-buf; a negative errno when it is no fd. */
int heap_dmabuf_is(int fd);

/* As tenon_memory_sync_begin() and _end(), for any dma-buf. */
int heap_dmabuf_sync_begin(int fd, uint32_t access, int timeout_ms);
int heap_dmabuf_sync_end(int fd, uint32_t access);

#endif
