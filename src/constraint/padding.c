/* SPDX-License-Identifier: MIT */
#include "constraint/padding.h"

#include "constraint/number.h"

enum { BITS = 16 };

size_t _tenon_padding_get(uint64_t set, uint32_t out[TENON_PADDINGS_MAX])
{
	size_t len = 0;

	for (; set != 0; set >>= BITS) {
		out[len++] = (uint32_t)(set & ((1u << BITS) - 1));
	}
	return len;
}

static bool is_served(const uint32_t *list, size_t len, uint32_t align)
{
	for (size_t i = 0; i < len; i++) {
		if (list[i] % align == 0) {
			return true;
		}
	}
	return false;
}

bool _tenon_padding_meet(uint64_t a, uint64_t b, uint64_t *out)
{
	uint32_t la[TENON_PADDINGS_MAX], lb[TENON_PADDINGS_MAX], kept[TENON_PADDINGS_MAX];
	size_t a_len, b_len, i = 0, j = 0, len = 0;
	uint64_t set = 0;

	/* Nearly always both are powers of two. */
	if ((a & (a - 1)) == 0 && (b & (b - 1)) == 0) {
		*out = a > b ? a : b;
		return true;
	}
	a_len = _tenon_padding_get(a, la);
	b_len = _tenon_padding_get(b, lb);
	/* from the greatest down, so that what divides another comes after it */
	while (i < a_len || j < b_len) {
		bool first = j == b_len || (i < a_len && la[i] >= lb[j]);
		uint32_t align = first ? la[i++] : lb[j++];

		if (is_served(kept, len, align)) {
			continue;
		}
		if (len == TENON_PADDINGS_MAX) {
			return false;
		}
		set |= (uint64_t)align << BITS * len;
		kept[len++] = align;
	}
	*out = set;
	return true;
}

bool _tenon_padding_within(uint64_t a, uint64_t b)
{
	uint32_t la[TENON_PADDINGS_MAX], lb[TENON_PADDINGS_MAX];
	size_t a_len = _tenon_padding_get(a, la), b_len = _tenon_padding_get(b, lb);

	for (size_t i = 0; i < b_len; i++) {
		if (!is_served(la, a_len, lb[i])) {
			return false;
		}
	}
	return true;
}

uint64_t _tenon_padding_lcm(uint64_t set)
{
	uint32_t list[TENON_PADDINGS_MAX];
	size_t len = _tenon_padding_get(set, list);
	uint64_t lcm = 1;

	/* four of 16 bits: the product fits */
	for (size_t i = 0; i < len; i++) {
		lcm = lcm / _tenon_gcd(lcm, list[i]) * list[i];
	}
	return lcm;
}

uint64_t _tenon_padding_up(uint64_t set, uint32_t value)
{
	uint64_t most = value;

	for (; set != 0; set >>= BITS) {
		uint64_t align = set & ((1u << BITS) - 1);
		uint64_t up = (value + align - 1) / align * align;

		most = up > most ? up : most;
	}
	return most;
}
