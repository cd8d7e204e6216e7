/* SPDX-License-Identifier: MIT */
#ifndef TENON_BASE_PAGE_H
#define TENON_BASE_PAGE_H

#include <stdint.h>

/* Bytes of a page of memory: 4096, 16384 or 65536, as the kernel was built. Any thread. */
uint64_t page_get_size(void);

/* Another page size, a multiple of the machine's own: 0 in the library, only tests change it. */
extern uint64_t _tenon_page_size;

#endif
