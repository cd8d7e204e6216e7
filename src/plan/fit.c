/* SPDX-License-Identifier: MIT */
#include "plan/fit.h"

#include <inttypes.h>

static uint64_t or_default(uint64_t value, uint64_t otherwise)
{
	return value != 0 ? value : otherwise;
}

static uint64_t divide_up(uint64_t value, uint64_t by)
{
	return value / by + (value % by != 0);
}

/* Rounded up to what the heap allocates in; UINT64_MAX when that does not fit. */
static uint64_t round_size(uint64_t size, uint64_t granularity)
{
	uint64_t count = divide_up(size, granularity);

	return count > UINT64_MAX / granularity ? UINT64_MAX : count * granularity;
}

/* The longest that a segment may be. */
static uint64_t get_segment_max(const struct tenon_limits *limits)
{
	uint64_t size = _tenon_limits_scalar(limits, TENON_SCALAR_SEGMENT_SIZE_MAX);
	uint64_t boundary = _tenon_limits_scalar(limits, TENON_SCALAR_SEGMENT_BOUNDARY);

	return boundary < size ? boundary : size;
}

/*
 * Segments of an object whose memory comes in pieces of that size, each aligned to it: no piece
 * touches its neighbour, and one longer than a segment may be is cut.
 */
static uint64_t count_scattered(const struct tenon_limits *limits, uint64_t size, uint64_t piece)
{
	uint64_t segment_max = get_segment_max(limits);
	uint64_t pieces = divide_up(size, piece);
	uint64_t cuts = divide_up(piece < size ? piece : size, segment_max);

	return pieces > UINT64_MAX / cuts ? UINT64_MAX : pieces * cuts;
}

/*
 * Segments of one contiguous object that begins at a multiple of align: at worst it begins as
 * shortly before a boundary as align allows. Where boundaries are no multiples of the greatest
 * segment each one crossed may cost one more: that many are told, and less may be true.
 */
static uint64_t count_contiguous(const struct tenon_limits *limits, uint64_t size, uint64_t align)
{
	uint64_t segment_max = get_segment_max(limits);
	uint64_t boundary = _tenon_limits_scalar(limits, TENON_SCALAR_SEGMENT_BOUNDARY);
	uint64_t head, body;

	if (boundary == UINT64_MAX) {
		return divide_up(size, segment_max);
	}
	head = align % boundary == 0 ? 0 : align & (~align + 1); /* its greatest power of two */
	head = head < size ? head : size;
	body = size - head;
	if (boundary % segment_max == 0) {
		return divide_up(head, segment_max) + divide_up(body, segment_max);
	}
	return divide_up(size, segment_max) + (head > 0 && body > 0) +
	       (body > 0 ? (body - 1) / boundary : 0);
}

static bool is_contiguous(const struct tenon_heap_info *heap)
{
	return heap->contiguity == TENON_CONTIGUITY_ASSURED ||
	       heap->contiguity == TENON_CONTIGUITY_PROVEN ||
	       heap->contiguity == TENON_CONTIGUITY_PROVABLE;
}

static bool misfit(struct tenon_fit *fit, enum tenon_misfit what, enum tenon_property property,
	uint64_t needed, uint64_t given)
{
	*fit = (struct tenon_fit){what, property, needed, given};
	return false;
}

static bool fit_availability(struct tenon_fit *fit, const struct tenon_heap_info *heap)
{
	switch (heap->availability) {
	case TENON_AVAILABLE:
		return true;
	case TENON_REFUSED:
		return misfit(fit, TENON_MISFIT_REFUSED, 0, 0, 0);
	case TENON_EXHAUSTED:
		return misfit(fit, TENON_MISFIT_EXHAUSTED, 0, 0, 0);
	default:
		return misfit(fit, TENON_MISFIT_ABSENT, 0, 0, 0);
	}
}

bool _tenon_heap_lays_out(const struct tenon_heap_info *heap, uint32_t format, uint64_t modifier)
{
	for (size_t i = 0; heap->availability == TENON_AVAILABLE && i < heap->lays_out_len; i++) {
		const struct tenon_format_modifier *pair = &heap->lays_out[i];

		if (pair->modifier == modifier &&
			(pair->format == format || pair->format == TENON_FORMAT_ANY)) {
			return true;
		}
	}
	return false;
}

/* Whether its memory can be laid out so at all. */
static bool fit_layout(
	struct tenon_fit *fit, const struct tenon_heap_info *heap, const struct tenon_want *want)
{
	if (want->modifier == 0) {
		return !heap->lays_out_only || misfit(fit, TENON_MISFIT_LINEAR, 0, 0, 0);
	}
	return _tenon_heap_lays_out(heap, want->format, want->modifier) ||
	       misfit(fit, TENON_MISFIT_LAYOUT, TENON_PROP_MODIFIER, 0, 0);
}

/* What does not depend on sizes. */
static bool fit_kind(
	struct tenon_fit *fit, const struct tenon_heap_info *heap, const struct tenon_want *want)
{
	const struct tenon_limits *limits = want->limits;
	uint64_t cache = _tenon_limits_scalar(limits, TENON_SCALAR_CACHE);
	uint64_t protection = _tenon_limits_scalar(limits, TENON_SCALAR_PROTECTED);
	uint64_t own = or_default(heap->protection, TENON_PROTECTION_NONE);
	uint64_t align = _tenon_limits_scalar(limits, TENON_SCALAR_BASE_ALIGN);
	uint64_t base = or_default(heap->base_align, want->page_size);

	if (limits->heaps.set && !_tenon_limits_accept_heap(limits, heap->name)) {
		return misfit(fit, TENON_MISFIT_NAME, TENON_PROP_HEAP, 0, 0);
	}
	if ((protection & own) == 0) {
		return misfit(fit, TENON_MISFIT_PROTECTION, TENON_PROP_PROTECTED, protection, own);
	}
	if (cache != (TENON_CACHE_CACHED | TENON_CACHE_UNCACHED) && (cache & heap->cache) == 0) {
		return misfit(fit,
			heap->cache == 0 ? TENON_MISFIT_CACHE_UNKNOWN : TENON_MISFIT_CACHE,
			TENON_PROP_CACHE, cache, heap->cache);
	}
	if (want->mapped && !heap->mappable) {
		return misfit(fit, TENON_MISFIT_UNMAPPABLE, 0, 0, 0);
	}
	if (_tenon_limits_scalar(limits, TENON_SCALAR_OWN_FD) != 0 && !heap->own_fd) {
		return misfit(fit, TENON_MISFIT_OWN_FD, TENON_PROP_OWN_FD, 0, 0);
	}
	if (base % align != 0) {
		return misfit(fit, TENON_MISFIT_BASE_ALIGN, TENON_PROP_BASE_ALIGN, align, base);
	}
	return true;
}

static bool fit_sizes(
	struct tenon_fit *fit, const struct tenon_heap_info *heap, const struct tenon_want *want)
{
	uint64_t granularity = or_default(heap->granularity, want->page_size);
	uint64_t sum = 0;

	for (size_t i = 0; i < want->sizes_len; i++) {
		uint64_t size = round_size(want->sizes[i], granularity);

		if (heap->max_bytes != 0 && size > heap->max_bytes) {
			return misfit(fit, TENON_MISFIT_MAX_BYTES, 0, size, heap->max_bytes);
		}
		sum = size > UINT64_MAX - sum ? UINT64_MAX : sum + size;
	}
	if (heap->total_bytes != 0 && sum > heap->total_bytes) {
		return misfit(fit, TENON_MISFIT_TOTAL_BYTES, 0, sum, heap->total_bytes);
	}
	if (heap->free_bytes != 0 && sum > heap->free_bytes) {
		return misfit(fit, TENON_MISFIT_FREE_BYTES, 0, sum, heap->free_bytes);
	}
	return true;
}

/*
 * Memory of a heap that proves each allocation may lie partly outside the window: what does is
 * refused when it is allocated. Of any other heap all memory must lie within.
 */
static bool fit_addresses(
	struct tenon_fit *fit, const struct tenon_heap_info *heap, const struct tenon_want *want)
{
	uint64_t low = _tenon_limits_scalar(want->limits, TENON_SCALAR_ADDRESS_MIN);
	uint64_t high = _tenon_limits_scalar(want->limits, TENON_SCALAR_ADDRESS_MAX);
	bool proves = heap->contiguity == TENON_CONTIGUITY_PROVABLE;

	if (low == 0 && high == UINT64_MAX) {
		return true;
	}
	if (heap->address_max == 0) {
		return proves ||
		       misfit(fit, TENON_MISFIT_ADDRESS_UNKNOWN,
			       high != UINT64_MAX ? TENON_PROP_ADDRESS_MAX : TENON_PROP_ADDRESS_MIN,
			       0, 0);
	}
	if (proves ? heap->address_min > high : heap->address_max > high) {
		return misfit(fit, TENON_MISFIT_ADDRESS, TENON_PROP_ADDRESS_MAX, high,
			proves ? heap->address_min : heap->address_max);
	}
	if (proves ? heap->address_max < low : heap->address_min < low) {
		return misfit(fit, TENON_MISFIT_ADDRESS, TENON_PROP_ADDRESS_MIN, low,
			proves ? heap->address_max : heap->address_min);
	}
	return true;
}

static bool fit_segments(
	struct tenon_fit *fit, const struct tenon_heap_info *heap, const struct tenon_want *want)
{
	uint64_t most = _tenon_limits_scalar(want->limits, TENON_SCALAR_SEGMENTS_MAX);
	uint64_t piece = or_default(heap->segment_size, want->page_size);
	uint64_t align = or_default(heap->base_align, want->page_size);

	if (most == UINT64_MAX) {
		return true;
	}
	for (size_t i = 0; i < want->sizes_len; i++) {
		uint64_t scattered = count_scattered(want->limits, want->sizes[i], piece);
		uint64_t contiguous = count_contiguous(want->limits, want->sizes[i], align);

		if (scattered <= most || (is_contiguous(heap) && contiguous <= most)) {
			continue;
		}
		return misfit(fit,
			is_contiguous(heap) ? TENON_MISFIT_SEGMENTS
			: heap->contiguity == TENON_CONTIGUITY_UNKNOWN
				? TENON_MISFIT_CONTIGUITY_UNKNOWN
				: TENON_MISFIT_SCATTERED,
			TENON_PROP_SEGMENTS_MAX, most,
			is_contiguous(heap) ? contiguous : scattered);
	}
	return true;
}

void _tenon_heap_fit(
	struct tenon_fit *fit, const struct tenon_heap_info *heap, const struct tenon_want *want)
{
	*fit = (struct tenon_fit){.misfit = TENON_FITS};
	if (fit_availability(fit, heap) && fit_layout(fit, heap, want) &&
		fit_kind(fit, heap, want) && fit_sizes(fit, heap, want) &&
		fit_segments(fit, heap, want)) {
		fit_addresses(fit, heap, want);
	}
}

bool _tenon_want_contiguous(const struct tenon_want *want)
{
	uint64_t most = _tenon_limits_scalar(want->limits, TENON_SCALAR_SEGMENTS_MAX);

	for (size_t i = 0; most != UINT64_MAX && i < want->sizes_len; i++) {
		if (count_scattered(want->limits, want->sizes[i], want->page_size) > most) {
			return true;
		}
	}
	return false;
}

static const char *name_cache(uint64_t mask)
{
	switch (mask) {
	case TENON_CACHE_CACHED:
		return "cached";
	case TENON_CACHE_UNCACHED:
		return "uncached";
	default:
		return "cached or uncached";
	}
}

static const char *name_protection(uint64_t mask)
{
	switch (mask) {
	case TENON_PROTECTION_NONE:
		return "unprotected";
	case TENON_PROTECTION_SECURE:
		return "protected";
	default:
		return "protected or not";
	}
}

static void describe_state(
	struct text_buf *buf, const struct tenon_fit *fit, const struct tenon_heap_info *heap)
{
	const char *state = fit->misfit == TENON_MISFIT_ABSENT    ? "absent"
			    : fit->misfit == TENON_MISFIT_REFUSED ? "refused"
								  : "exhausted";

	text_buf_add(buf, state);
	if (heap->reason[0] != '\0') {
		text_buf_addf(buf, ": %s", heap->reason);
	}
}

static void describe_segments(
	struct text_buf *buf, const struct tenon_fit *fit, const struct tenon_heap_info *heap)
{
	switch (fit->misfit) {
	case TENON_MISFIT_CONTIGUITY_UNKNOWN:
		text_buf_add(buf, "contiguity is unknown here, ");
		break;
	case TENON_MISFIT_SCATTERED:
		text_buf_add(buf, "its memory is scattered, ");
		break;
	default:
		text_buf_addf(
			buf, "even contiguous memory of it is %" PRIu64 " segments, ", fit->given);
		break;
	}
	if (fit->needed == 1) {
		text_buf_add(buf, "contiguous memory is needed");
	} else {
		text_buf_addf(buf, "at most %" PRIu64 " segments are accepted", fit->needed);
	}
}

void _tenon_fit_describe(
	struct text_buf *buf, const struct tenon_fit *fit, const struct tenon_heap_info *heap)
{
	switch (fit->misfit) {
	case TENON_FITS:
		text_buf_add(buf, "it fits");
		break;
	case TENON_MISFIT_ABSENT:
	case TENON_MISFIT_REFUSED:
	case TENON_MISFIT_EXHAUSTED:
		describe_state(buf, fit, heap);
		break;
	case TENON_MISFIT_NAME:
		text_buf_add(buf, "not among the heaps accepted");
		break;
	case TENON_MISFIT_PROTECTION:
		text_buf_addf(buf, "its memory is %s, %s memory is needed",
			name_protection(fit->given), name_protection(fit->needed));
		break;
	case TENON_MISFIT_CACHE:
		text_buf_addf(buf, "its mappings are %s, %s ones are needed",
			name_cache(fit->given), name_cache(fit->needed));
		break;
	case TENON_MISFIT_CACHE_UNKNOWN:
		text_buf_addf(buf, "whether its mappings are cached is unknown, %s ones are needed",
			name_cache(fit->needed));
		break;
	case TENON_MISFIT_UNMAPPABLE:
		text_buf_add(buf, "the CPU cannot map it");
		break;
	case TENON_MISFIT_OWN_FD:
		text_buf_add(buf, "its buffers are parts of a greater one, one with an fd of its "
				  "own is needed");
		break;
	case TENON_MISFIT_BASE_ALIGN:
		text_buf_addf(buf,
			"its memory begins at multiples of %" PRIu64 ", %" PRIu64 " is needed",
			fit->given, fit->needed);
		break;
	case TENON_MISFIT_MAX_BYTES:
		text_buf_addf(buf,
			"it allocates at most %" PRIu64 " bytes at once, %" PRIu64 " are needed",
			fit->given, fit->needed);
		break;
	case TENON_MISFIT_TOTAL_BYTES:
		text_buf_addf(buf, "it has %" PRIu64 " bytes in all, %" PRIu64 " are needed",
			fit->given, fit->needed);
		break;
	case TENON_MISFIT_FREE_BYTES:
		text_buf_addf(buf, "it has %" PRIu64 " bytes free, %" PRIu64 " are needed",
			fit->given, fit->needed);
		break;
	case TENON_MISFIT_ADDRESS:
		text_buf_addf(buf,
			"its memory lies as %s as 0x%" PRIx64 ", 0x%" PRIx64
			" is the %s that is reached",
			fit->property == TENON_PROP_ADDRESS_MAX ? "high" : "low", fit->given,
			fit->needed,
			fit->property == TENON_PROP_ADDRESS_MAX ? "highest" : "lowest");
		break;
	case TENON_MISFIT_ADDRESS_UNKNOWN:
		text_buf_add(buf, "where its memory lies is unknown");
		break;
	case TENON_MISFIT_LAYOUT:
		text_buf_add(buf, "it does not lay pictures out so");
		break;
	case TENON_MISFIT_LINEAR:
		text_buf_add(buf, "it gives nothing but layouts of its own allocator");
		break;
	case TENON_MISFIT_CONTIGUITY_UNKNOWN:
	case TENON_MISFIT_SCATTERED:
	case TENON_MISFIT_SEGMENTS:
		describe_segments(buf, fit, heap);
		break;
	}
}
