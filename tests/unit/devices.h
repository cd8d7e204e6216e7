/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_DEVICES_H
#define TENON_TEST_DEVICES_H

/*
 * Devices and heaps of test cases in one line each.
 *
 * A device: "name: XRGB8888,NV12 pitch-multiple=256 | RGB565 -": alternatives, each a list of
 * formats (linear; "*" is any, "NV12@0x..." with a modifier) and limits (limits_words.h).
 * A heap: "cma scarcity=10 contiguous free=1000 ...": see heap_from_words().
 */

#include <tenon/plan.h>

#include "harness.h"
#include "limits_words.h"

enum { DEVICE_PAIRS_MAX = 32 };

static inline size_t device_read_pairs(char *words, struct tenon_format_modifier *pairs)
{
	char *save = NULL;
	size_t len = 0;

	for (char *word = strtok_r(words, ",", &save); word != NULL;
		word = strtok_r(NULL, ",", &save)) {
		char *at = strchr(word, '@');
		const struct tenon_format *format;

		assert_true(len < DEVICE_PAIRS_MAX);
		pairs[len] = (struct tenon_format_modifier){0};
		if (at != NULL) {
			*at = '\0';
			pairs[len].modifier = strtoull(at + 1, NULL, 0);
		}
		if (strcmp(word, "*") != 0) {
			format = tenon_format_from_name(word);
			if (format == NULL) {
				fail_msg("no format '%s'", word);
			}
			pairs[len].format = tenon_format_get_fourcc(format);
		}
		len++;
	}
	return len;
}

static inline void device_add_alternative(struct tenon_offer *offer, char *words)
{
	struct tenon_format_modifier pairs[DEVICE_PAIRS_MAX];
	struct tenon_limits *limits;
	char *rest;
	size_t len;

	words += strspn(words, " ");
	rest = strchr(words, ' ');
	if (rest != NULL) {
		*rest++ = '\0';
	}
	len = device_read_pairs(words, pairs);
	limits = limits_from_words(rest != NULL ? rest : "-");
	assert_int_equal(tenon_offer_add(offer, TENON_ROLE_ANY, pairs, len, limits), 0);
	tenon_limits_destroy(limits);
}

/* The caller releases the result with tenon_offer_unref(). */
static inline struct tenon_offer *device_from_words(const char *words)
{
	struct tenon_offer *offer = NULL;
	char *copy = strdup(words);
	char *colon = strchr(copy, ':');
	char *save = NULL;

	assert_non_null(colon);
	*colon = '\0';
	assert_int_equal(tenon_offer_create(&offer, copy), 0);
	for (char *part = strtok_r(colon + 1, "|", &save); part != NULL;
		part = strtok_r(NULL, "|", &save)) {
		device_add_alternative(offer, part);
	}
	free(copy);
	return offer;
}

static inline bool heap_read_number(const char *word, const char *name, uint64_t *out)
{
	size_t len = strlen(name);

	if (strncmp(word, name, len) != 0 || word[len] != '=') {
		return false;
	}
	*out = strtoull(word + len + 1, NULL, 0);
	return true;
}

static inline void heap_add_word(struct tenon_heap_info *heap, const char *word)
{
	uint64_t number;

	if (strcmp(word, "assured") == 0) {
		heap->contiguity = TENON_CONTIGUITY_ASSURED;
	} else if (strcmp(word, "provable") == 0) {
		heap->contiguity = TENON_CONTIGUITY_PROVABLE;
	} else if (strcmp(word, "scattered") == 0) {
		heap->contiguity = TENON_CONTIGUITY_NONE;
	} else if (strcmp(word, "absent") == 0) {
		heap->availability = TENON_ABSENT;
	} else if (strncmp(word, "refused", 7) == 0) {
		heap->availability = TENON_REFUSED;
		snprintf(heap->reason, sizeof(heap->reason), "%s", word[7] == '=' ? word + 8 : "");
	} else if (strcmp(word, "exhausted") == 0) {
		heap->availability = TENON_EXHAUSTED;
	} else if (strcmp(word, "dmabuf") == 0) {
		heap->dmabuf = true;
	} else if (strcmp(word, "unmappable") == 0) {
		heap->mappable = false;
	} else if (strcmp(word, "shared-fd") == 0) {
		heap->own_fd = false;
	} else if (heap_read_number(word, "scarcity", &number)) {
		heap->scarcity = (uint32_t)number;
	} else if (heap_read_number(word, "cache", &number)) {
		heap->cache = (uint32_t)number;
	} else if (heap_read_number(word, "protection", &number)) {
		heap->protection = (uint32_t)number;
	} else if (heap_read_number(word, "segment", &number)) {
		heap->segment_size = (uint32_t)number;
	} else if (!heap_read_number(word, "free", &heap->free_bytes) &&
		   !heap_read_number(word, "total", &heap->total_bytes) &&
		   !heap_read_number(word, "max", &heap->max_bytes) &&
		   !heap_read_number(word, "granularity", &heap->granularity) &&
		   !heap_read_number(word, "base-align", &heap->base_align) &&
		   !heap_read_number(word, "low", &heap->address_min) &&
		   !heap_read_number(word, "high", &heap->address_max)) {
		fail_msg("no heap is '%s'", word);
	}
}

/* Available, mappable, with an fd for each buffer, all else unknown, but for what is said. */
static inline struct tenon_heap_info heap_from_words(const char *words)
{
	struct tenon_heap_info heap = {
		.size = sizeof(heap),
		.mappable = true,
		.own_fd = true,
		.free_bytes = UINT64_MAX,
		.total_bytes = UINT64_MAX,
	};
	char *copy = strdup(words);
	char *save = NULL;
	char *word = strtok_r(copy, " ", &save);

	assert_non_null(word);
	snprintf(heap.name, sizeof(heap.name), "%s", word);
	while ((word = strtok_r(NULL, " ", &save)) != NULL) {
		heap_add_word(&heap, word);
	}
	free(copy);
	return heap;
}

#endif
