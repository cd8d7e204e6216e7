/* SPDX-License-Identifier: MIT */
#include "base/page.h"

#include <unistd.h>

uint64_t _tenon_page_size;

uint64_t page_get_size(void)
{
	return _tenon_page_size != 0 ? _tenon_page_size : (uint64_t)sysconf(_SC_PAGESIZE);
}
