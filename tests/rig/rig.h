/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_RIG_H
#define TENON_TEST_RIG_H

/*
 * What tests in a rig's guest share: the kernel's devices found by name, and buffers taken from it
 * by bare ioctls, without the library that is under test. Functions return a file descriptor or 0,
 * or a negative errno; file descriptors are CLOEXEC and the caller's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Skips the test outside of a rig's guest. Every test of the rig begins with it. */
void rig_require(void);

/* Whether the guest is the one of this name in tests/rig/meson.build ("cma", "nocma", ...). */
bool rig_guest_is(const char *name);

/* The first card node whose driver has this name ("vkms", "vgem"). */
int rig_open_card(const char *driver);

/* The V4L2 node of this name: "vivid-001-vid-cap". */
int rig_open_video(const char *name);

/* size bytes from /dev/dma_heap/<heap>, as a dma-buf. */
int rig_heap_alloc(const char *heap, size_t size);

/* A buffer of the system heap that is certainly not contiguous; size is 2 MiB or more. On a machine
 * just booted its blocks of 1 MiB might otherwise lie one after the other. */
int rig_heap_alloc_scattered(size_t size);

/* Bytes handed out of the contiguous area. CmaFree is less than the rest: the kernel lends pages of
 * the area to whoever can be moved. */
long rig_cma_used(void);

/* A sealed memfd of size bytes, and a udmabuf over all of one. */
int rig_memfd(size_t size);
int rig_udmabuf(int memfd, size_t size);

/* Raises the limits of udmabuf's module to what tests need. */
int rig_raise_udmabuf_limits(void);

/* A dumb buffer of the DRM device as a dma-buf; pitch in bytes. */
int rig_dumb(int card, uint32_t width, uint32_t height, uint32_t *pitch);

/* How many dma-bufs there are in the whole guest. */
long rig_dmabufs(void);

/* Whether two fds are of the same file, as those of one dma-buf are. */
bool rig_is_same(int a, int b);

/* A clock that only goes forward, in milliseconds. */
long rig_now_ms(void);

/* The number after name in /proc/meminfo, in KiB. */
long rig_meminfo(const char *name);

/* The number in a file of /sys or /proc; writing a text to one. */
long rig_read_number(const char *path);
int rig_write_text(const char *path, const char *text);

/* ioctl(2), again after EINTR and EAGAIN; 0 or a negative errno. */
int rig_ioctl(int fd, unsigned long request, void *arg);

#endif
