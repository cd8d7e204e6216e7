/* SPDX-License-Identifier: MIT */
/* When no single buffer serves all: splits, compared with all that there are. */
#include <errno.h>

#include "oom.h"
#include "plan/deal.h"
#include "planning.h"
#include "random.h"

enum { DEVICES_MAX = 6 };

static struct tenon_split *split_of(struct question *q)
{
	struct tenon_conflict *conflict = NULL;
	struct tenon_split *split = NULL;
	int rc = tenon_split_create(&split, &q->options, &conflict);

	if (rc == TENON_CONFLICT) {
		print_error("%s\n", tenon_conflict_get_text(conflict));
	}
	assert_int_equal(rc, 0);
	return split;
}

TEST(one_buffer_that_serves_all)
{
	const char *devices[] = {
		"a: XRGB8888 pitch-multiple=64", "b: XRGB8888 pitch-multiple=48", "cpu: * -", NULL};
	struct tenon_split *split;
	struct question q;

	question_init(&q, 64, 64, NULL, devices, NULL);
	split = split_of(&q);
	assert_int_equal(tenon_split_get_buffers_len(split), 1);
	assert_int_equal(tenon_split_get_copied_bytes(split), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(tenon_split_get_buffer_of(split, i), 0);
	}
	assert_int_equal(tenon_split_get_buffer_of(split, 3), SIZE_MAX);
	assert_non_null(tenon_split_get_plan(split, 0));
	assert_null(tenon_split_get_plan(split, 1));
	tenon_split_destroy(split);
	tenon_split_destroy(NULL);
	question_finish(&q);
}

/* A GPU draws for a display that takes no padding, and for an encoder that does. */
TEST(the_copy_goes_where_it_must)
{
	const char *devices[] = {"gpu: XRGB8888 pitch-multiple=256",
		"mxsfb-drm: XRGB8888 "
		"pitch-tight=1",
		"encoder: XRGB8888 pitch-multiple=128", NULL};
	struct tenon_split *split;
	struct question q;

	question_init(&q, 1366, 768, NULL, devices, NULL);
	split = split_of(&q);
	assert_int_equal(tenon_split_get_buffers_len(split), 2);
	assert_int_equal(tenon_split_get_buffer_of(split, 0), tenon_split_get_buffer_of(split, 2));
	assert_int_not_equal(
		tenon_split_get_buffer_of(split, 0), tenon_split_get_buffer_of(split, 1));
	/* the picture, not its padding */
	assert_int_equal(tenon_split_get_copied_bytes(split), 1366 * 4 * 768);
	tenon_split_destroy(split);
	question_finish(&q);
}

TEST(a_copy_is_worth_memory_that_is_there)
{
	const char *devices[] = {"camera: XRGB8888 segments-max=1 heap=cma",
		"gpu: XRGB8888 heap=cma heap=vram cache=1", NULL};
	const char *heaps[] = {"cma assured cache=2", "vram cache=1", NULL};
	struct tenon_split *split;
	struct question q;

	question_init(&q, 64, 64, NULL, devices, heaps);
	split = split_of(&q);
	assert_int_equal(tenon_split_get_buffers_len(split), 2);
	assert_string_equal(
		tenon_plan_get_heap(
			tenon_split_get_plan(split, tenon_split_get_buffer_of(split, 1)), 0),
		"vram");
	tenon_split_destroy(split);
	question_finish(&q);
}

TEST(who_cannot_be_served_alone)
{
	const char *devices[] = {"a: XRGB8888 -", "b: XRGB8888 width-max=32", NULL};
	struct tenon_conflict *conflict = NULL;
	struct tenon_split *split = NULL;
	struct question q;

	question_init(&q, 64, 64, NULL, devices, NULL);
	assert_int_equal(tenon_split_create(&split, &q.options, &conflict), TENON_CONFLICT);
	assert_null(split);
	assert_string_equal(tenon_conflict_get_text(conflict),
		"b needs width at most 32; the picture is 64 x 64");
	tenon_conflict_destroy(conflict);
	q.options.height = 0;
	assert_int_equal(tenon_split_create(&split, &q.options, NULL), -EINVAL);
	q.options.height = 64;
	q.options.participants_len = 0;
	split = split_of(&q);
	assert_int_equal(tenon_split_get_buffers_len(split), 1);
	q.options.participants_len = 2;
	tenon_split_destroy(split);
	question_finish(&q);
}

static const char *const limits_words[] = {"pitch-tight=1", "pitch-multiple=256",
	"pitch-multiple=512 pitch-remainder=256", "pitch-exact=512", "pitch-max=448",
	"height-align=16", "segments-max=1", "heap=cma", "heap=memfd", "-", "-", "cache=2",
	"size-tail=8192"};
static const char *const formats_words[] = {
	"XRGB8888", "RGB565,XRGB8888", "XRGB8888,RGB565,R8", "RGB565", "R8,XRGB8888"};
static const char *const heaps_words[] = {"memfd cache=1", "cma assured scarcity=5 cache=2"};

static void draw(struct random *r, char device[][256], size_t len)
{
	const uint32_t limits = sizeof(limits_words) / sizeof(limits_words[0]);
	const uint32_t formats = sizeof(formats_words) / sizeof(formats_words[0]);

	for (size_t i = 0; i < len; i++) {
		snprintf(device[i], sizeof(device[i]), "%c: %s %s | %s %s", (char)('a' + i),
			formats_words[random_below(r, formats)],
			limits_words[random_below(r, limits)],
			formats_words[random_below(r, formats)],
			limits_words[random_below(r, limits)]);
		if (random_below(r, 3) > 0) {
			*strchr(device[i], '|') = '\0';
		}
	}
}

/* What the header says is compared, in its order. */
struct price {
	uint64_t unserved, bytes, conversions, buffers, memory;
};

static uint64_t picture_bytes(const struct tenon_plan *plan)
{
	const struct tenon_layout *layout = tenon_plan_get_layout(plan);
	uint32_t width, height;
	unsigned bytes;

	tenon_layout_get_size(layout, &width, &height);
	tenon_format_get_plane(tenon_layout_get_format(layout), 0, &bytes, NULL, NULL, NULL);
	return (uint64_t)width * bytes * height;
}

static void pay(struct price *price, const struct tenon_plan *plan, const struct tenon_plan *source)
{
	const struct tenon_layout *layout = tenon_plan_get_layout(plan);

	price->unserved += tenon_plan_get_heap(plan, 0) == NULL;
	price->buffers++;
	price->memory += tenon_layout_get_object_size(layout, 0);
	if (plan != source) {
		price->bytes += picture_bytes(plan);
		price->conversions += tenon_layout_get_format(layout) !=
				      tenon_layout_get_format(tenon_plan_get_layout(source));
	}
}

static int compare(const struct price *a, const struct price *b)
{
	const uint64_t x[] = {a->unserved, a->bytes, a->conversions, a->buffers, a->memory};
	const uint64_t y[] = {b->unserved, b->bytes, b->conversions, b->buffers, b->memory};

	for (size_t i = 0; i < 5; i++) {
		if (x[i] != y[i]) {
			return x[i] < y[i] ? -1 : 1;
		}
	}
	return 0;
}

/* The plan of each set of devices; NULL where they cannot share. */
static void plan_sets(struct question *q, struct tenon_plan **plans)
{
	struct tenon_participant some[DEVICES_MAX];
	struct tenon_plan_options options = q->options;
	size_t n = q->options.participants_len;

	options.participants = some;
	for (unsigned mask = 1; mask < 1u << n; mask++) {
		options.participants_len = 0;
		for (size_t i = 0; i < n; i++) {
			if ((mask >> i & 1) != 0) {
				some[options.participants_len++] = q->options.participants[i];
			}
		}
		plans[mask] = NULL;
		tenon_plan_create(&plans[mask], &options, NULL);
	}
}

/* All partitions, as the block of each device: a device opens at most the next block. */
static bool search(struct tenon_plan **plans, size_t n, size_t at, unsigned *block, unsigned blocks,
	struct price *best, bool found)
{
	struct price price = {0};

	if (at < n) {
		for (block[at] = 0; block[at] <= blocks; block[at]++) {
			found = search(plans, n, at + 1, block,
				block[at] == blocks ? blocks + 1 : blocks, best, found);
		}
		return found;
	}
	for (unsigned b = 0; b < blocks; b++) {
		unsigned mask = 0, source = 0;

		for (size_t i = 0; i < n; i++) {
			mask |= (unsigned)(block[i] == b) << i;
			source |= (unsigned)(block[i] == 0) << i;
		}
		if (plans[mask] == NULL || plans[source] == NULL) {
			return found;
		}
		pay(&price, plans[mask], plans[source]);
	}
	if (!found || compare(&price, best) < 0) {
		*best = price;
	}
	return true;
}

static struct price price_of(const struct tenon_split *split)
{
	const struct tenon_plan *source =
		tenon_split_get_plan(split, tenon_split_get_buffer_of(split, 0));
	struct price price = {0};

	for (size_t i = 0; i < tenon_split_get_buffers_len(split); i++) {
		pay(&price, tenon_split_get_plan(split, i), source);
	}
	return price;
}

TEST_TIMEOUT(a_split_is_the_best_there_is, 60)
{
	struct random r = {5};
	unsigned several = 0, all = 300;

	for (unsigned n = 0; n < all; n++) {
		struct tenon_plan *plans[1 << DEVICES_MAX];
		char device[DEVICES_MAX][256];
		const char *devices[DEVICES_MAX + 1] = {0};
		const char *heaps[] = {heaps_words[0], heaps_words[random_below(&r, 2)], NULL};
		size_t len = 2 + random_below(&r, DEVICES_MAX - 1);
		unsigned block[DEVICES_MAX];
		struct price best, price;
		struct tenon_split *split = NULL;
		struct question q;

		draw(&r, device, len);
		for (size_t i = 0; i < len; i++) {
			devices[i] = device[i];
		}
		question_init(&q, 100, 40, "XRGB8888 RGB565 R8", devices, heaps);
		plan_sets(&q, plans);
		if (search(plans, len, 0, block, 0, &best, false)) {
			split = split_of(&q);
			price = price_of(split);
			assert_int_equal(compare(&price, &best), 0);
			assert_int_equal(price.bytes, tenon_split_get_copied_bytes(split));
			several += price.buffers > 1;
		} else {
			assert_int_equal(
				tenon_split_create(&split, &q.options, NULL), TENON_CONFLICT);
		}
		tenon_split_destroy(split);
		for (unsigned mask = 1; mask < 1u << len; mask++) {
			tenon_plan_destroy(plans[mask]);
		}
		question_finish(&q);
	}
	assert_in_range(several, all / 4, all - all / 4);
}

/* Beyond six: each device in a buffer that serves it, and no worse than a copy for each. */
TEST_TIMEOUT(a_split_of_many, 60)
{
	enum { MANY = 10 };
	struct random r = {6};

	for (unsigned n = 0; n < 40; n++) {
		char device[MANY][256];
		const char *devices[MANY + 1] = {0};
		const char *heaps[] = {heaps_words[0], heaps_words[1], NULL};
		struct tenon_split *split = NULL;
		struct question q;

		draw(&r, device, MANY);
		for (size_t i = 0; i < MANY; i++) {
			devices[i] = device[i];
		}
		question_init(&q, 64, 40, NULL, devices, heaps);
		if (tenon_split_create(&split, &q.options, NULL) == TENON_CONFLICT) {
			question_finish(&q);
			continue;
		}
		assert_in_range(tenon_split_get_buffers_len(split), 1, MANY - 1);
		for (size_t i = 0; i < MANY; i++) {
			size_t buffer = tenon_split_get_buffer_of(split, i);
			const struct tenon_plan *plan = tenon_split_get_plan(split, buffer);
			struct tenon_participant alone = q.participants[i];
			struct tenon_merge *merge;
			enum tenon_property property;
			bool within = false;

			assert_non_null(plan);
			assert_int_equal(tenon_merge_create(&merge, &alone, 1, NULL), 0);
			for (size_t c = 0; c < tenon_merge_get_candidates_len(merge); c++) {
				const struct tenon_limits *limits;
				struct tenon_format_modifier pair;

				tenon_merge_get_candidate(merge, c, &pair, &limits);
				within |= pair.format ==
						  tenon_format_get_fourcc(tenon_layout_get_format(
							  tenon_plan_get_layout(plan))) &&
					  tenon_layout_check(tenon_plan_get_layout(plan), limits,
						  &property) == 0;
			}
			assert_true(within);
			tenon_merge_destroy(merge);
		}
		tenon_split_destroy(split);
		question_finish(&q);
	}
}

/* The quick way against the exact one, on what both can do. */
TEST_TIMEOUT(the_quick_way_is_seldom_worse, 60)
{
	struct random r = {8};
	unsigned equal = 0, all = 0;

	for (unsigned n = 0; n < 200; n++) {
		struct tenon_deal deals[2];
		struct tenon_cost costs[2];
		char device[5][256];
		const char *devices[6] = {0};
		const char *heaps[] = {heaps_words[0], heaps_words[1], NULL};
		struct tenon_split *split = NULL;
		struct question q;

		draw(&r, device, 5);
		for (size_t i = 0; i < 5; i++) {
			devices[i] = device[i];
		}
		question_init(&q, 100, 40, "XRGB8888 RGB565 R8", devices, heaps);
		if (tenon_split_create(&split, &q.options, NULL) == 0) {
			for (int quick = 0; quick < 2; quick++) {
				struct tenon_participant scratch[5];
				struct tenon_plan *plans[5] = {0};
				size_t group_of[5];
				struct tenon_deal *deal = &deals[quick];

				*deal = (struct tenon_deal){
					&q.options, scratch, group_of, plans, 0};
				assert_int_equal(quick ? _tenon_deal_quickly(deal)
						       : _tenon_deal_exactly(deal),
					0);
				costs[quick] = (struct tenon_cost){0};
				for (size_t g = 0; g < deal->len; g++) {
					struct tenon_cost cost = _tenon_cost_of(plans[g],
						g == group_of[0] ? NULL : plans[group_of[0]], true);

					costs[quick] = _tenon_cost_add(&costs[quick], &cost);
				}
				for (size_t g = 0; g < deal->len; g++) {
					tenon_plan_destroy(plans[g]);
				}
			}
			assert_true(_tenon_cost_compare(&costs[0], &costs[1]) <= 0);
			equal += _tenon_cost_compare(&costs[0], &costs[1]) == 0;
			all++;
		}
		tenon_split_destroy(split);
		question_finish(&q);
	}
	assert_true(all >= 100 && equal * 10 >= all * 8);
}

static int split_once(void *data)
{
	struct tenon_split *split = NULL;
	struct question *q = data;
	int rc = tenon_split_create(&split, &q->options, NULL);

	assert_true((split != NULL) == (rc == 0));
	tenon_split_destroy(split);
	return rc;
}

TEST(out_of_memory)
{
	const char *devices[] = {"a: XRGB8888 pitch-multiple=256", "b: XRGB8888 pitch-tight=1",
		"c: XRGB8888 -", "d: XRGB8888 pitch-max=5500", "e: XRGB8888 pitch-exact=8192",
		"f: XRGB8888 -", "g: XRGB8888 pitch-multiple=64", NULL};
	const char *heaps[] = {"memfd", NULL};
	struct question q;

	question_init(&q, 1366, 768, NULL, devices, heaps);
	q.options.participants_len = 3;
	assert_true(oom_run(split_once, &q) >= 20);
	q.options.participants_len = 7;
	assert_true(oom_run(split_once, &q) >= 20);
	question_finish(&q);
}
