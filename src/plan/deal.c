/* SPDX-License-Identifier: MIT */
#include "plan/deal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

struct tenon_cost _tenon_cost_of(
	const struct tenon_plan *plan, const struct tenon_plan *source, bool has_heaps)
{
	struct tenon_cost cost = {.buffers = 1, .memory = _tenon_layout_sum_bytes(&plan->layout)};

	cost.unserved = has_heaps && plan->order_len == 0;
	if (source != NULL) {
		cost.bytes = _tenon_layout_count_bytes(&plan->layout);
		cost.conversions = plan->layout.format != source->layout.format;
	}
	return cost;
}

struct tenon_cost _tenon_cost_add(const struct tenon_cost *a, const struct tenon_cost *b)
{
	return (struct tenon_cost){
		.unserved = a->unserved + b->unserved,
		.bytes = add(a->bytes, b->bytes),
		.conversions = a->conversions + b->conversions,
		.buffers = a->buffers + b->buffers,
		.memory = add(a->memory, b->memory),
	};
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int _tenon_cost_compare(const struct tenon_cost *a, const struct tenon_cost *b)
{
	int c = compare(a->unserved, b->unserved);

	c = c != 0 ? c : compare(a->bytes, b->bytes);
	c = c != 0 ? c : compare(a->conversions, b->conversions);
	c = c != 0 ? c : compare(a->buffers, b->buffers);
	return c != 0 ? c : compare(a->memory, b->memory);
}

int _tenon_deal_plan(struct tenon_plan **out, const struct tenon_deal *deal, const size_t *group_of,
	size_t group)
{
	struct tenon_plan_options options = *deal->options;
	size_t len = 0;
	int rc;

	for (size_t i = 0; i < deal->options->participants_len; i++) {
		if (group_of[i] == group) {
			deal->scratch[len++] = deal->options->participants[i];
		}
	}
	options.size = sizeof(options);
	options.participants = deal->scratch;
	options.participants_len = len;
	rc = tenon_plan_create(out, &options, NULL);
	return rc == 0 || rc == -ENOMEM ? rc : TENON_CONFLICT;
}

/* All sets of participants as bit masks: their plans, and the search's tables. */
struct table {
	struct tenon_plan *plans[1 << TENON_DEAL_EXACT_MAX];
	struct tenon_cost best[1 << TENON_DEAL_EXACT_MAX];
	bool possible[1 << TENON_DEAL_EXACT_MAX];
	unsigned first[1 << TENON_DEAL_EXACT_MAX]; /* the best deal's part with the lowest bit */
};

static int fill_table(struct table *table, const struct tenon_deal *deal)
{
	size_t n = deal->options->participants_len;

	for (unsigned mask = 1; mask < 1u << n; mask++) {
		size_t is_in[TENON_DEAL_EXACT_MAX] = {0};
		int rc;

		for (size_t i = 0; i < n; i++) {
			is_in[i] = mask >> i & 1;
		}
		rc = _tenon_deal_plan(&table->plans[mask], deal, is_in, 1);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

/*
 * The best deal of each set without the source's: a set's best has some part with its lowest
 * member, and deals the others in the best way.
 */
static void deal_rest(
	struct table *table, unsigned rest, const struct tenon_plan *source, bool has_heaps)
{
	memset(table->possible, 0, sizeof(table->possible));
	table->possible[0] = true;
	table->best[0] = (struct tenon_cost){0};
	for (unsigned set = 1; set <= rest; set++) {
		unsigned lowest = set & (~set + 1);

		if ((set & ~rest) != 0) {
			continue;
		}
		for (unsigned part = set; part != 0; part = (part - 1) & set) {
			struct tenon_cost cost;

			if ((part & lowest) == 0 || table->plans[part] == NULL ||
				!table->possible[set & ~part]) {
				continue;
			}
			cost = _tenon_cost_of(table->plans[part], source, has_heaps);
			cost = _tenon_cost_add(&cost, &table->best[set & ~part]);
			if (!table->possible[set] ||
				_tenon_cost_compare(&cost, &table->best[set]) < 0) {
				table->possible[set] = true;
				table->best[set] = cost;
				table->first[set] = part;
			}
		}
	}
}

/* Moves the plan of a set into the deal. */
static void take_set(struct tenon_deal *deal, struct table *table, unsigned set)
{
	for (size_t i = 0; i < deal->options->participants_len; i++) {
		if ((set >> i & 1) != 0) {
			deal->group_of[i] = deal->len;
		}
	}
	deal->plans[deal->len++] = table->plans[set];
	table->plans[set] = NULL;
}

/* The best set to share the source's buffer; 0 when there is none, which cannot be. */
static unsigned find_source(struct table *table, unsigned all, bool has_heaps)
{
	struct tenon_cost best = {0};
	unsigned found = 0;

	for (unsigned source = 1; source <= all; source += 2) {
		struct tenon_cost cost;

		if (table->plans[source] == NULL) {
			continue;
		}
		deal_rest(table, all & ~source, table->plans[source], has_heaps);
		if (!table->possible[all & ~source]) {
			continue;
		}
		cost = _tenon_cost_of(table->plans[source], NULL, has_heaps);
		cost = _tenon_cost_add(&cost, &table->best[all & ~source]);
		if (found == 0 || _tenon_cost_compare(&cost, &best) < 0) {
			best = cost;
			found = source;
		}
	}
	return found;
}

int _tenon_deal_exactly(struct tenon_deal *deal)
{
	unsigned all = (1u << deal->options->participants_len) - 1;
	bool has_heaps = deal->options->heaps != NULL;
	struct table *table = calloc(1, sizeof(*table));
	unsigned source, rest;
	int rc;

	if (table == NULL) {
		return -ENOMEM;
	}
	rc = fill_table(table, deal);
	if (rc == 0) {
		source = find_source(table, all, has_heaps);
		rest = all & ~source;
		deal_rest(table, rest, table->plans[source], has_heaps);
		take_set(deal, table, source);
		while (rest != 0) {
			unsigned part = table->first[rest];

			take_set(deal, table, part);
			rest &= ~part;
		}
	}
	for (unsigned mask = 0; mask <= all; mask++) {
		tenon_plan_destroy(table->plans[mask]);
	}
	free(table);
	return rc;
}
