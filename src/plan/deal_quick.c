/* SPDX-License-Identifier: MIT */
/*
 * Dealing many participants: each joins the first buffer that can take it in, else gets one of its
 * own; then single ones are moved for as long as that makes the deal cheaper. A participant that
 * joins a buffer never makes a copy necessary, so that few buffers are few bytes.
 */
#include "plan/deal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

enum { PASSES_MAX = 8 };

static struct tenon_cost sum_costs(const struct tenon_deal *deal, struct tenon_plan *const *plans)
{
	bool has_heaps = deal->options->heaps != NULL;
	struct tenon_cost sum = {0};

	for (size_t g = 0; g < deal->len; g++) {
		struct tenon_cost cost;

		if (plans[g] != NULL) {
			cost = _tenon_cost_of(plans[g],
				g == deal->group_of[0] ? NULL : plans[deal->group_of[0]],
				has_heaps);
			sum = _tenon_cost_add(&sum, &cost);
		}
	}
	return sum;
}

/* Puts a participant into a buffer that can take it in, the first that keeps its memory. */
static int place(struct tenon_deal *deal, size_t i)
{
	for (size_t g = 0; g < deal->len; g++) {
		struct tenon_plan *plan = NULL;
		int rc;

		deal->group_of[i] = g;
		rc = _tenon_deal_plan(&plan, deal, deal->group_of, g);
		if (rc < 0) {
			return rc;
		}
		if (rc == 0 && plan->order_len == 0 && deal->plans[g]->order_len > 0) {
			tenon_plan_destroy(plan);
			continue;
		}
		if (rc == 0) {
			tenon_plan_destroy(deal->plans[g]);
			deal->plans[g] = plan;
			return 0;
		}
	}
	deal->group_of[i] = deal->len;
	return _tenon_deal_plan(&deal->plans[deal->len++], deal, deal->group_of, deal->group_of[i]);
}

static bool has_members(const struct tenon_deal *deal, size_t group)
{
	for (size_t i = 0; i < deal->options->participants_len; i++) {
		if (deal->group_of[i] == group) {
			return true;
		}
	}
	return false;
}

/*
 * Moves participant i to a group, if that is possible and cheaper. `to` and `from` become the
 * plans of the two groups; both are consumed. Sets *moved.
 */
static int try_move(struct tenon_deal *deal, size_t i, size_t to, bool *moved)
{
	size_t from = deal->group_of[i];
	struct tenon_plan *old_from = deal->plans[from], *old_to = deal->plans[to];
	struct tenon_plan *new_from = NULL, *new_to = NULL;
	struct tenon_cost before = sum_costs(deal, deal->plans), after;
	int rc;

	deal->group_of[i] = to;
	rc = _tenon_deal_plan(&new_to, deal, deal->group_of, to);
	if (rc == 0 && has_members(deal, from)) {
		rc = _tenon_deal_plan(&new_from, deal, deal->group_of, from);
	}
	if (rc == 0) {
		deal->plans[from] = new_from;
		deal->plans[to] = new_to;
		after = sum_costs(deal, deal->plans);
		if (_tenon_cost_compare(&after, &before) < 0) {
			tenon_plan_destroy(old_from);
			tenon_plan_destroy(old_to);
			*moved = true;
			return 0;
		}
		deal->plans[from] = old_from;
		deal->plans[to] = old_to;
	}
	deal->group_of[i] = from;
	tenon_plan_destroy(new_from);
	tenon_plan_destroy(new_to);
	return rc < 0 ? rc : 0;
}

static int improve(struct tenon_deal *deal, bool *moved)
{
	for (size_t i = 0; i < deal->options->participants_len; i++) {
		for (size_t g = 0; g < deal->len; g++) {
			int rc;

			if (g == deal->group_of[i] || deal->plans[g] == NULL) {
				continue;
			}
			rc = try_move(deal, i, g, moved);
			if (rc < 0) {
				return rc;
			}
		}
	}
	return 0;
}

/* Closes the gaps that groups without members have left. */
static void compact(struct tenon_deal *deal)
{
	size_t len = 0;

	for (size_t g = 0; g < deal->len; g++) {
		if (deal->plans[g] == NULL) {
			continue;
		}
		for (size_t i = 0; i < deal->options->participants_len; i++) {
			deal->group_of[i] = deal->group_of[i] == g ? len : deal->group_of[i];
		}
		deal->plans[len++] = deal->plans[g];
	}
	deal->len = len;
}

int _tenon_deal_quickly(struct tenon_deal *deal)
{
	bool moved = true;
	int rc = 0;

	for (size_t i = 0; i < deal->options->participants_len; i++) {
		deal->group_of[i] = SIZE_MAX;
	}
	for (size_t i = 0; rc == 0 && i < deal->options->participants_len; i++) {
		rc = place(deal, i);
	}
	for (int pass = 0; rc == 0 && moved && pass < PASSES_MAX; pass++) {
		moved = false;
		rc = improve(deal, &moved);
	}
	compact(deal);
	return rc;
}
