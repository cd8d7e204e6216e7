/* SPDX-License-Identifier: MIT */
#ifndef TENON_PLAN_FIT_H
#define TENON_PLAN_FIT_H

/*
 * Whether memory of a heap satisfies limits, for objects of known sizes; and if not, why.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/plan.h>

#include "base/text_buf.h"
#include "constraint/limits.h"

enum tenon_misfit {
	TENON_FITS,
	TENON_MISFIT_ABSENT,
	TENON_MISFIT_REFUSED,
	TENON_MISFIT_EXHAUSTED,
	TENON_MISFIT_NAME,
	TENON_MISFIT_PROTECTION,
	TENON_MISFIT_CACHE,
	TENON_MISFIT_CACHE_UNKNOWN,
	TENON_MISFIT_UNMAPPABLE,
	TENON_MISFIT_OWN_FD,
	TENON_MISFIT_BASE_ALIGN,
	TENON_MISFIT_MAX_BYTES,
	TENON_MISFIT_TOTAL_BYTES,
	TENON_MISFIT_FREE_BYTES,
	TENON_MISFIT_ADDRESS,
	TENON_MISFIT_ADDRESS_UNKNOWN,
	TENON_MISFIT_CONTIGUITY_UNKNOWN,
	TENON_MISFIT_SCATTERED,
	TENON_MISFIT_SEGMENTS, /* contiguous, but too many segments all the same */
	TENON_MISFIT_LAYOUT,   /* it does not lay pictures out so */
	TENON_MISFIT_LINEAR,   /* it does nothing but lay pictures out */
};

struct tenon_fit {
	enum tenon_misfit misfit;
	enum tenon_property
		property; /* the limit that is not satisfied; 0: none, the heap itself */
	uint64_t needed, given;
};

/* What memory is wanted. */
struct tenon_want {
	const struct tenon_limits *limits;
	const uint64_t
		*sizes; /* bytes of each object; what one takes at the least, if not linear */
	size_t sizes_len;
	uint64_t page_size;
	bool mapped; /* the CPU takes part */
	uint32_t format;
	uint64_t modifier; /* not linear: the heap is to lay the picture out */
};

void _tenon_heap_fit(
	struct tenon_fit *fit, const struct tenon_heap_info *heap, const struct tenon_want *want);

/* Whether a heap that is available lays such pictures out. */
bool _tenon_heap_lays_out(const struct tenon_heap_info *heap, uint32_t format, uint64_t modifier);

/* Whether pages from anywhere would be more segments than the limits admit. */
bool _tenon_want_contiguous(const struct tenon_want *want);

/* Adds why a heap does not fit: a sentence without full stop. */
void _tenon_fit_describe(
	struct text_buf *buf, const struct tenon_fit *fit, const struct tenon_heap_info *heap);

#endif
