/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_REGION_PLACE_H
#define TENON_SRC_REGION_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/* A request, made ready: bytes rounded up, nothing left to default. Ends are inclusive, so that the
 * last byte of the address space can be named. */
struct place_request {
	uint64_t bytes;     /* > 0 */
	uint64_t align;     /* > 0 */
	uint64_t boundary;  /* power of two, or 0 */
	uint64_t min, last; /* window */
};

/*
 * Where in the hole from first to last a request goes: at its start if that is aligned; at its end
 * if it fits there, for then one hole is left and not two; else at the first place that fits.
 * Returns false when none does.
 */
bool place_in_hole(
	const struct place_request *request, uint64_t first, uint64_t last, uint64_t *address);

#endif
