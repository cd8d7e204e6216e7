/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_LIMITS_WORDS_H
#define TENON_TEST_LIMITS_WORDS_H

/*
 * Limits in one line, for tables of test cases: "pitch-multiple=256 height-align.1=16". A number
 * after the dot is the plane. "heap=NAME" and "heap-preferred=NAME" take one name each. "-" is no
 * limits at all. Any mistake fails the test.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/constraint.h>

#include "harness.h"

static inline void limits_add_word(struct tenon_limits *limits, char *word)
{
	char *value = strchr(word, '=');
	enum tenon_property property;
	uint32_t plane = TENON_PLANE_ALL;
	char *dot, *end;
	uint64_t number;

	if (value == NULL) {
		fail_msg("no value in '%s'", word);
	}
	*value++ = '\0';
	dot = strchr(word, '.');
	if (dot != NULL) {
		*dot = '\0';
		plane = (uint32_t)strtoul(dot + 1, &end, 10);
		assert_true(*end == '\0' && end != dot + 1);
	}
	if (tenon_property_from_name(&property, word) != 0) {
		fail_msg("no property '%s'", word);
	}
	if (property == TENON_PROP_HEAP) {
		assert_int_equal(tenon_limits_allow_heap(limits, value), 0);
	} else if (property == TENON_PROP_HEAP_PREFERRED) {
		assert_int_equal(tenon_limits_prefer_heap(limits, value), 0);
	} else if (strcmp(value, "unknown") == 0) {
		assert_int_equal(tenon_limits_set_unknown(limits, property, plane), 0);
	} else {
		number = strtoull(value, &end, 0);
		assert_true(*end == '\0' && end != value);
		if (tenon_limits_set(limits, property, plane, number) != 0) {
			fail_msg("'%s' cannot be %s", word, value);
		}
	}
}

/* The caller releases the result with tenon_limits_destroy(). */
static inline struct tenon_limits *limits_from_words(const char *words)
{
	struct tenon_limits *limits = NULL;
	char *copy = strdup(words);
	char *save = NULL;

	assert_non_null(copy);
	assert_int_equal(tenon_limits_create(&limits), 0);
	for (char *word = strtok_r(copy, " ", &save); word != NULL;
		word = strtok_r(NULL, " ", &save)) {
		if (strcmp(word, "-") != 0) {
			limits_add_word(limits, word);
		}
	}
	free(copy);
	return limits;
}

#endif
