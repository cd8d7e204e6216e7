/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_PLANNING_H
#define TENON_TEST_PLANNING_H

/*
 * A question to the planner from words: devices, heaps, formats (devices.h), as tables of test
 * cases have them.
 */

#include <tenon/plan.h>

#include "devices.h"
#include "harness.h"

enum { QUESTION_MAX = 12 };

struct question {
	struct tenon_plan_options options;
	struct tenon_participant participants[QUESTION_MAX];
	struct tenon_heap_info heaps[QUESTION_MAX];
	uint32_t formats[QUESTION_MAX];
	struct tenon_limits *limits;
};

/* A list that ends with NULL. formats is "NV12 XRGB8888", NULL for none; heaps may be NULL. */
static inline void question_init(struct question *q, uint32_t width, uint32_t height,
	const char *formats, const char *const *devices, const char *const *heaps)
{
	char *copy = strdup(formats != NULL ? formats : "");
	char *save = NULL;

	memset(q, 0, sizeof(*q));
	q->options.size = sizeof(q->options);
	q->options.width = width;
	q->options.height = height;
	q->options.participants = q->participants;
	for (size_t i = 0; devices[i] != NULL; i++) {
		assert_true(i < QUESTION_MAX);
		q->participants[i].offer = device_from_words(devices[i]);
		q->participants[i].roles = strncmp(devices[i], "cpu:", 4) == 0 ? TENON_ROLE_CPU : 0;
		q->options.participants_len++;
	}
	for (size_t i = 0; heaps != NULL && heaps[i] != NULL; i++) {
		assert_true(i < QUESTION_MAX);
		q->heaps[i] = heap_from_words(heaps[i]);
		q->options.heaps_len++;
	}
	q->options.heaps = heaps != NULL ? q->heaps : NULL;
	for (char *word = strtok_r(copy, " ", &save); word != NULL;
		word = strtok_r(NULL, " ", &save)) {
		const struct tenon_format *format = tenon_format_from_name(word);

		assert_non_null(format);
		q->formats[q->options.formats_len++] = tenon_format_get_fourcc(format);
	}
	q->options.formats = q->options.formats_len > 0 ? q->formats : NULL;
	free(copy);
}

static inline void question_finish(struct question *q)
{
	for (size_t i = 0; i < q->options.participants_len; i++) {
		tenon_offer_unref(q->participants[i].offer);
	}
	tenon_limits_destroy(q->limits);
}

/* The plan, or NULL and the conflict's text, which the caller frees. */
static inline struct tenon_plan *question_ask(struct question *q, char **conflict_text)
{
	struct tenon_conflict *conflict = NULL;
	struct tenon_plan *plan = NULL;
	int rc = tenon_plan_create(&plan, &q->options, &conflict);

	*conflict_text = NULL;
	if (rc == TENON_CONFLICT) {
		assert_null(plan);
		assert_non_null(conflict);
		*conflict_text = strdup(tenon_conflict_get_text(conflict));
		tenon_conflict_destroy(conflict);
	} else {
		assert_int_equal(rc, 0);
		assert_null(conflict);
	}
	return plan;
}

#endif
