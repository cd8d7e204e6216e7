/* SPDX-License-Identifier: MIT */
#ifndef TENON_CLIENTS_PARSE_H
#define TENON_CLIENTS_PARSE_H

/* What several programs take on their command lines. False: the text is wrong. */

#include <stdbool.h>
#include <stdint.h>

/* From 1 to max, in decimal digits. */
bool parse_number(const char *text, unsigned long max, unsigned long *out);

/* "WxH", in pixels. */
bool parse_size(const char *text, uint32_t *width, uint32_t *height);

/* auto (0), dmabuf, shm, emulated, as a mask of enum tenon_client_transport. */
bool parse_transport(const char *text, uint32_t *transports);

#endif
