/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/deal.h"
#include "plan/plan.h"

struct tenon_split {
	struct tenon_plan **plans;
	size_t plans_len;
	size_t *buffer_of;
	size_t participants_len;
	uint64_t copied_bytes;
};

/* Each participant on its own: who cannot be served even so cannot be served at all. */
static int check_alone(const struct tenon_plan_options *options, struct tenon_conflict **conflict)
{
	for (size_t i = 0; i < options->participants_len; i++) {
		struct tenon_plan_options alone = *options;
		struct tenon_plan *plan = NULL;
		int rc;

		alone.size = sizeof(alone);
		alone.participants = &options->participants[i];
		alone.participants_len = 1;
		rc = tenon_plan_create(&plan, &alone, conflict);
		if (rc != 0) {
			return rc;
		}
		tenon_plan_destroy(plan);
	}
	return 0;
}

/* Nobody to deal to is one buffer that nobody uses. */
static int deal_out(struct tenon_deal *deal, struct tenon_conflict **conflict)
{
	const struct tenon_plan_options *options = deal->options;
	int rc;

	if (options->participants_len == 0) {
		rc = tenon_plan_create(&deal->plans[0], options, conflict);
		deal->len = rc == 0;
		return rc;
	}
	rc = check_alone(options, conflict);
	if (rc != 0) {
		return rc;
	}
	return options->participants_len <= TENON_DEAL_EXACT_MAX ? _tenon_deal_exactly(deal)
								 : _tenon_deal_quickly(deal);
}

static uint64_t sum_copied(const struct tenon_split *split)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < split->plans_len; i++) {
		uint64_t bytes = _tenon_layout_count_bytes(&split->plans[i]->layout);

		if (split->participants_len > 0 && i != split->buffer_of[0]) {
			sum = bytes > UINT64_MAX - sum ? UINT64_MAX : sum + bytes;
		}
	}
	return sum;
}

int tenon_split_create(struct tenon_split **out, const struct tenon_plan_options *options,
	struct tenon_conflict **conflict)
{
	struct tenon_plan_options known;
	struct tenon_deal deal = {.options = &known};
	struct tenon_split *split = NULL;
	size_t room;
	int rc = _tenon_plan_options_read(&known, options);

	if (rc != 0) {
		return rc;
	}
	known.size = sizeof(known);
	room = known.participants_len + 1;
	split = calloc(1, sizeof(*split));
	deal.scratch = calloc(room, sizeof(*deal.scratch));
	deal.group_of = calloc(room, sizeof(*deal.group_of));
	deal.plans = calloc(room, sizeof(*deal.plans));
	rc = -ENOMEM;
	if (split != NULL && deal.scratch != NULL && deal.group_of != NULL && deal.plans != NULL) {
		rc = deal_out(&deal, conflict);
	}
	free(deal.scratch);
	if (split == NULL) {
		free(deal.group_of);
		free(deal.plans);
		return rc;
	}
	split->plans = deal.plans;
	split->plans_len = deal.len;
	split->buffer_of = deal.group_of;
	split->participants_len = known.participants_len;
	if (rc != 0) {
		tenon_split_destroy(split);
		return rc;
	}
	split->copied_bytes = sum_copied(split);
	*out = split;
	return 0;
}

void tenon_split_destroy(struct tenon_split *split)
{
	if (split == NULL) {
		return;
	}
	for (size_t i = 0; i < split->plans_len; i++) {
		tenon_plan_destroy(split->plans[i]);
	}
	free(split->plans);
	free(split->buffer_of);
	free(split);
}

size_t tenon_split_get_buffers_len(const struct tenon_split *split)
{
	return split->plans_len;
}

const struct tenon_plan *tenon_split_get_plan(const struct tenon_split *split, size_t i)
{
	return i < split->plans_len ? split->plans[i] : NULL;
}

size_t tenon_split_get_buffer_of(const struct tenon_split *split, size_t participant)
{
	return participant < split->participants_len ? split->buffer_of[participant] : SIZE_MAX;
}

uint64_t tenon_split_get_copied_bytes(const struct tenon_split *split)
{
	return split->copied_bytes;
}
