/* SPDX-License-Identifier: MIT */
#ifndef TENON_FUZZ_READER_H
#define TENON_FUZZ_READER_H

/*
 * What most targets begin with: an input as a row of numbers, and a check that ends the run.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct reader {
	const uint8_t *data;
	size_t size;
};

/* The next bytes as a number; zeros when there are no more. */
static inline uint64_t take(struct reader *in, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes && in->size > 0; i++) {
		value |= (uint64_t)*in->data << (8 * i);
		in->data++;
		in->size--;
	}
	return value;
}

static inline void require(int holds)
{
	if (!holds) {
		abort();
	}
}

#endif
