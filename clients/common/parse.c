/* SPDX-License-Identifier: MIT */
#include "parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/client.h>

bool parse_number(const char *text, unsigned long max, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(text, &end, 10);
	return errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && *out >= 1 &&
	       *out <= max;
}

bool parse_size(const char *text, uint32_t *width, uint32_t *height)
{
	char first[16];
	const char *x = strchr(text, 'x');
	unsigned long w, h;

	if (x == NULL || (size_t)(x - text) >= sizeof(first)) {
		return false;
	}
	memcpy(first, text, (size_t)(x - text));
	first[x - text] = '\0';
	if (!parse_number(first, 32767, &w) || !parse_number(x + 1, 32767, &h)) {
		return false;
	}
	*width = (uint32_t)w;
	*height = (uint32_t)h;
	return true;
}

bool parse_transport(const char *text, uint32_t *transports)
{
	static const struct {
		const char *name;
		uint32_t transports;
	} ways[] = {
		{"auto", 0},
		{"dmabuf", TENON_CLIENT_TRANSPORT_DMABUF},
		{"shm", TENON_CLIENT_TRANSPORT_SHM},
		{"emulated", TENON_CLIENT_TRANSPORT_EMULATED},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, text) == 0) {
			*transports = ways[i].transports;
			return true;
		}
	}
	return false;
}
