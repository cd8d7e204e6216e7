/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <tenon/common.h>

const char *tenon_version(void)
{
	return TENON_VERSION;
}
