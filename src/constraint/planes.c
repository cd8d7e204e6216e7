/* SPDX-License-Identifier: MIT */
#include "constraint/planes.h"

#include <stdint.h>

#include "base/formats.h"
#include "constraint/pairs.h"

#define FOURCC(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

#define PLANES_1(a) 1
#define PLANES_2(a, b) 2
#define PLANES_3(a, b, c) 3

#define ENTRY(name, a, b, c, d, flags, planes) {FOURCC(a, b, c, d), planes},

static const struct {
	uint32_t fourcc;
	unsigned planes;
} known[] = {TENON_FORMAT_TABLE(ENTRY)};

enum { KNOWN_LEN = sizeof(known) / sizeof(known[0]) };

const size_t _tenon_formats_known = KNOWN_LEN;

#define CASE(name, a, b, c, d, flags, planes) \
	case FOURCC(a, b, c, d): \
		return planes;

unsigned _tenon_planes_of(const struct tenon_format_modifier *pair)
{
	if (pair->modifier != 0) {
		return TENON_MAX_PLANES;
	}
	switch (pair->format) {
		TENON_FORMAT_TABLE(CASE)
	default:
		return TENON_MAX_PLANES;
	}
}

size_t _tenon_planes_select(struct tenon_format_modifier *out,
	const struct tenon_format_modifier *pairs, size_t len, unsigned planes)
{
	size_t kept = 0;

	for (size_t i = 0; i < len; i++) {
		if (_tenon_planes_of(&pairs[i]) <= planes) {
			out[kept++] = pairs[i];
		}
	}
	/* the set has no other format of a modifier that it has any of */
	for (size_t i = 0; len > 0 && pairs[0].modifier == 0 &&
			   pairs[0].format == TENON_FORMAT_ANY && i < KNOWN_LEN;
		i++) {
		if (known[i].planes <= planes) {
			out[kept].format = known[i].fourcc;
			out[kept++].modifier = 0;
		}
	}
	return _tenon_pairs_normalise(out, kept);
}
