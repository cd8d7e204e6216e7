/* SPDX-License-Identifier: MIT */
#ifndef TENON_BASE_DMABUF_H
#define TENON_BASE_DMABUF_H

#include <stdint.h>

/* Whether an fd is a dma-buf (1 or 0); a negative errno when it is no fd. */
int dmabuf_is(int fd);

/* How many bytes it has; 0 when the kernel does not say. */
uint64_t dmabuf_get_size(int fd);

#endif
