/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_RIG_VGEM_H
#define TENON_TEST_RIG_VGEM_H

/*
 * The vgem device as a source of fences on a dma-buf: as a GPU that is busy with the buffer until
 * the test says that it is done. A fence that nobody signals times out after ten seconds.
 */

#include <stdbool.h>
#include <stdint.h>

int vgem_open(void);

/* The GEM handle of a dma-buf, to be released with vgem_close_handle(). */
int vgem_import(int vgem, int dmabuf, uint32_t *handle);
void vgem_close_handle(int vgem, uint32_t handle);

/* Puts an unsignalled fence on the buffer, of a reader or a writer. */
int vgem_fence_attach(int vgem, uint32_t handle, bool write, uint32_t *fence);
int vgem_fence_signal(int vgem, uint32_t fence);

#endif
