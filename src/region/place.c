/* SPDX-License-Identifier: MIT */
#include "region/place.h"

/* Rounds up to a multiple; false when that leaves 64 bits. */
static bool align_up(uint64_t *value, uint64_t align)
{
	uint64_t rest = *value % align;

	if (rest == 0) {
		return true;
	}
	if (*value > UINT64_MAX - (align - rest)) {
		return false;
	}
	*value += align - rest;
	return true;
}

static bool crosses(const struct place_request *request, uint64_t address)
{
	uint64_t mask = ~(request->boundary - 1);

	return request->boundary != 0 &&
	       (address & mask) != ((address + request->bytes - 1) & mask);
}

/* The first place from first on that ends by last. */
static bool first_fit(
	const struct place_request *request, uint64_t first, uint64_t last, uint64_t *address)
{
	uint64_t at = first;

	for (;;) {
		if (!align_up(&at, request->align) || at > last || request->bytes - 1 > last - at) {
			return false;
		}
		if (!crosses(request, at)) {
			*address = at;
			return true;
		}
		/* the end is past a boundary, so this does not leave 64 bits */
		at = (at & ~(request->boundary - 1)) + request->boundary;
	}
}

bool place_in_hole(
	const struct place_request *request, uint64_t first, uint64_t last, uint64_t *address)
{
	uint64_t from = first > request->min ? first : request->min;
	uint64_t to = last < request->last ? last : request->last;
	uint64_t at, end;

	if (from > to || (request->boundary != 0 && request->bytes > request->boundary) ||
		!first_fit(request, from, to, &at)) {
		return false;
	}
	end = last - (request->bytes - 1);
	if (at != first && to == last && end % request->align == 0 && !crosses(request, end)) {
		at = end;
	}
	*address = at;
	return true;
}
