/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONFIG_DEVICE_NAME_H
#define TENON_CONFIG_DEVICE_NAME_H

#include <stdbool.h>

/* Whether a device can be called so in a text: printable ASCII that inih leaves as it is. */
bool device_name_is_valid(const char *name);

#endif
