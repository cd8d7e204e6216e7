/* SPDX-License-Identifier: MIT */
/*
 * The blob that a driver tells a plane's formats and modifiers with: what is accepted is a set of
 * pairs, each of them a format and a modifier that the blob has.
 */
#include <stdlib.h>
#include <string.h>

#include "device/in_formats.h"

#include "fuzz.h"

static void require(int condition)
{
	if (!condition) {
		abort();
	}
}

/* Whether these bytes stand anywhere in the blob. */
static int stands(const uint8_t *data, size_t size, const void *bytes, size_t len)
{
	return memmem(data, size, bytes, len) != NULL;
}

void fuzz_one(const uint8_t *data, size_t size)
{
	struct tenon_format_modifier *pairs = NULL;
	size_t len = 0;

	if (in_formats_parse(&pairs, &len, data, size) != 0) {
		require(pairs == NULL);
		return;
	}
	require(len <= IN_FORMATS_PAIRS_MAX);
	for (size_t i = 0; i < len; i++) {
		require(pairs[i].format != TENON_FORMAT_ANY);
		require(stands(data, size, &pairs[i].format, sizeof(pairs[i].format)));
		require(stands(data, size, &pairs[i].modifier, sizeof(pairs[i].modifier)));
		require(i == 0 || pairs[i].format != pairs[i - 1].format ||
			pairs[i].modifier != pairs[i - 1].modifier);
	}
	free(pairs);
}
