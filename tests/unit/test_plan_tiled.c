/* SPDX-License-Identifier: MIT */

/* Tiled and compressed layouts in plans: a heap that lays them out makes them candidates. */
#include <errno.h>

#include "oom.h"
#include "planning.h"

#define X_TILED UINT64_C(0x0100000000000001)
#define Y_TILED UINT64_C(0x0100000000000002)

static const char *const devices[] = {
	"a: XRGB8888@0x100000000000001,XRGB8888@0x100000000000002,XRGB8888,NV12 -",
	"b: XRGB8888@0x100000000000002,XRGB8888@0x100000000000001,XRGB8888,NV12 -", NULL};
static const char *const heaps[] = {"memfd scarcity=1", "mesa scarcity=50 dmabuf unmappable", NULL};
static const struct tenon_format_modifier pairs[] = {
	{0x34325258, X_TILED}, /* XR24 */
	{0x34325258, Y_TILED},
};

static void init(struct question *q, const char *const *who)
{
	question_init(q, 100, 50, "XRGB8888", who, heaps);
	q->heaps[1].lays_out = pairs;
	q->heaps[1].lays_out_len = 2;
	q->heaps[1].lays_out_only = true;
}

static int result_of(struct question *q)
{
	struct tenon_conflict *conflict = NULL;
	struct tenon_plan *plan = NULL;
	int rc = tenon_plan_create(&plan, &q->options, &conflict);

	tenon_plan_destroy(plan);
	tenon_conflict_destroy(conflict);
	return rc;
}

static struct tenon_plan *ask(struct question *q)
{
	char *conflict;
	struct tenon_plan *plan = question_ask(q, &conflict);

	if (plan == NULL) {
		fail_msg("%s", conflict);
	}
	return plan;
}

static uint64_t modifier_of(const struct tenon_plan *plan)
{
	return tenon_layout_get_modifier(tenon_plan_get_layout(plan));
}

/* Why something was ruled out; NULL: it was not. */
static const char *why_not(const struct tenon_plan *plan, const char *what)
{
	struct tenon_ruled_out row;

	for (size_t i = 0; tenon_plan_get_ruled_out(plan, i, &row) == 0; i++) {
		if (strcmp(row.what, what) == 0) {
			return row.why;
		}
	}
	return NULL;
}

TEST(tiled_comes_before_linear_where_nobody_says_otherwise)
{
	struct tenon_plane_layout plane;
	const struct tenon_layout *layout;
	struct tenon_plan *plan;
	uint64_t *modifiers;
	struct question q;
	size_t len;

	init(&q, devices);
	plan = ask(&q);
	layout = tenon_plan_get_layout(plan);
	assert_true(modifier_of(plan) == X_TILED || modifier_of(plan) == Y_TILED);
	assert_string_equal(tenon_plan_get_heap(plan, 0), "mesa");
	assert_null(tenon_plan_get_heap(plan, 1));
	/* pitch and size are the allocator's to say */
	assert_int_equal(tenon_layout_get_planes_len(layout), 0);
	assert_int_equal(tenon_layout_get_objects_len(layout), 0);
	assert_int_equal(tenon_layout_get_object_size(layout, 0), 0);
	assert_int_equal(tenon_layout_get_plane(layout, 0, &plane), -EINVAL);
	assert_non_null(
		strstr(tenon_plan_get_text(plan), "layout: the heap's own, of 20000 bytes"));
	assert_string_equal(why_not(plan, "heap memfd"), "it does not lay pictures out so");
	assert_int_equal(tenon_plan_dup_modifiers(plan, 0, &modifiers, &len), 0);
	assert_int_equal(len, 2);
	assert_true(modifiers[0] != modifiers[1] && modifiers[0] != 0 && modifiers[1] != 0);
	free(modifiers);
	assert_int_equal(tenon_plan_dup_modifiers(plan, 1, &modifiers, &len), -EINVAL);
	tenon_plan_destroy(plan);
	question_finish(&q);
}

TEST(a_list_is_followed)
{
	static const struct {
		uint64_t list[3];
		size_t len;
		uint64_t wanted;
		const char *heap;
	} rows[] = {
		{{0, X_TILED, Y_TILED}, 3, 0, "memfd"},
		{{Y_TILED, X_TILED, 0}, 3, Y_TILED, "mesa"},
		{{X_TILED}, 1, X_TILED, "mesa"},
		{{7, X_TILED}, 2, X_TILED, "mesa"},
		{{7, 0}, 2, 0, "memfd"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_plan *plan;
		struct question q;

		init(&q, devices);
		q.options.modifiers = rows[i].list;
		q.options.modifiers_len = rows[i].len;
		plan = ask(&q);
		assert_true(modifier_of(plan) == rows[i].wanted);
		assert_string_equal(tenon_plan_get_heap(plan, 0), rows[i].heap);
		if (rows[i].wanted == 0) {
			assert_string_equal(why_not(plan, "heap mesa"),
				"it gives nothing but layouts of its own allocator");
		}
		tenon_plan_destroy(plan);
		question_finish(&q);
	}
}

/* One device that does not take it, and it is out. */
TEST(all_devices_must_take_it)
{
	static const char *const linear_too[] = {
		"a: XRGB8888@0x100000000000001,XRGB8888 -", "b: XRGB8888 -", NULL};
	static const char *const never[] = {
		"a: XRGB8888@0x100000000000001 -", "b: XRGB8888 -", NULL};
	const uint64_t list[] = {X_TILED, 0};
	struct tenon_plan *plan;
	struct question q;
	char *conflict;

	init(&q, linear_too);
	q.options.modifiers = list;
	q.options.modifiers_len = 2;
	plan = ask(&q);
	assert_true(modifier_of(plan) == 0);
	tenon_plan_destroy(plan);
	question_finish(&q);
	init(&q, never);
	assert_null(question_ask(&q, &conflict));
	assert_string_equal(
		conflict, "a needs modifier 0x0100000000000001; b needs modifier LINEAR");
	free(conflict);
	question_finish(&q);
}

/* A heap that would lay it out and does not do: the reason is told, and linear is next. */
TEST(its_heap_must_do)
{
	static const struct {
		const char *who[3];
		const char *why;
	} rows[] = {
		{{"a: XRGB8888@0x100000000000001,XRGB8888 segments-max=1",
			 "b: XRGB8888@0x100000000000001,XRGB8888 -"},
			"heap mesa, which lays it out, does not do: contiguity is unknown here, "
			"contiguous memory is needed"},
		{{"a: XRGB8888@0x100000000000001,XRGB8888 heap=memfd"},
			"heap mesa, which lays it out, does not do: not among the heaps accepted"},
		{{"a: XRGB8888@0x100000000000001 width-max=64 | XRGB8888 -"},
			"cannot be of this size (width-max)"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_plan *plan;
		struct question q;

		init(&q, rows[i].who);
		plan = ask(&q);
		assert_true(modifier_of(plan) == 0);
		assert_non_null(why_not(plan, "modifier I915_X_TILED (0x100000000000001)"));
		assert_string_equal(
			why_not(plan, "modifier I915_X_TILED (0x100000000000001)"), rows[i].why);
		tenon_plan_destroy(plan);
		question_finish(&q);
	}
}

/* The CPU cannot read it, and so takes linear pictures only. */
TEST(a_heap_that_is_not_there_lays_nothing_out)
{
	const uint64_t list[] = {X_TILED};
	struct question q;

	init(&q, devices);
	q.options.modifiers = list;
	q.options.modifiers_len = 1;
	assert_int_equal(result_of(&q), 0);
	q.heaps[1].availability = TENON_ABSENT;
	assert_int_equal(result_of(&q), -ENOTSUP);
	q.heaps[1].availability = TENON_AVAILABLE;
	q.heaps[1].free_bytes = 19999;
	assert_int_equal(result_of(&q), -ENOTSUP);
	q.heaps[1].free_bytes = 20480;
	assert_int_equal(result_of(&q), 0);
	q.options.heaps = NULL;
	assert_int_equal(result_of(&q), -ENOTSUP);
	question_finish(&q);
}

/* A heap of both kinds serves linear pictures, too. */
TEST(any_format_and_both_kinds)
{
	static const struct tenon_format_modifier any[] = {{TENON_FORMAT_ANY, X_TILED}};
	const uint64_t list[] = {X_TILED};
	struct tenon_plan *plan;
	struct question q;

	init(&q, devices);
	q.heaps[1].lays_out = any;
	q.heaps[1].lays_out_len = 1;
	q.heaps[1].lays_out_only = false;
	q.options.modifiers = list;
	q.options.modifiers_len = 1;
	plan = ask(&q);
	assert_true(modifier_of(plan) == X_TILED);
	tenon_plan_destroy(plan);
	q.options.modifiers = NULL;
	q.options.formats_len = 1;
	q.formats[0] = 0x3231564e; /* NV12, which nobody takes tiled */
	plan = ask(&q);
	assert_true(modifier_of(plan) == 0);
	assert_string_equal(tenon_plan_get_heap(plan, 1), "mesa");
	tenon_plan_destroy(plan);
	question_finish(&q);
}

/* Without a device, the caller's list is what is asked for. */
TEST(nobody_takes_part)
{
	static const char *const nobody[] = {NULL};
	const uint64_t list[] = {X_TILED};
	struct tenon_plan *plan;
	struct question q;

	init(&q, nobody);
	q.options.modifiers = list;
	q.options.modifiers_len = 1;
	q.limits = limits_from_words("base-align=4096");
	q.options.limits = q.limits;
	plan = ask(&q);
	assert_true(modifier_of(plan) == X_TILED);
	tenon_plan_destroy(plan);
	q.options.limits = NULL;
	plan = ask(&q);
	assert_true(modifier_of(plan) == X_TILED);
	tenon_plan_destroy(plan);
	q.options.modifiers = NULL;
	plan = ask(&q);
	assert_true(modifier_of(plan) == 0);
	tenon_plan_destroy(plan);
	question_finish(&q);
}

/* What the heap says may be gone when the plan is read. */
TEST(a_plan_keeps_what_it_needs)
{
	struct tenon_format_modifier *own = malloc(sizeof(pairs));
	struct tenon_plan *plan;
	uint64_t *modifiers;
	struct question q;
	size_t len;

	init(&q, devices);
	memcpy(own, pairs, sizeof(pairs));
	q.heaps[1].lays_out = own;
	plan = ask(&q);
	memset(own, 0xff, sizeof(pairs));
	free(own);
	memset(&q.heaps, 0xff, sizeof(q.heaps));
	question_finish(&q);
	assert_int_equal(tenon_plan_dup_modifiers(plan, 0, &modifiers, &len), 0);
	assert_int_equal(len, 2);
	free(modifiers);
	assert_non_null(strstr(tenon_plan_get_text(plan), "heap: mesa"));
	tenon_plan_destroy(plan);
}

static int list_once(void *data)
{
	uint64_t *modifiers = NULL;
	size_t len;
	int rc = tenon_plan_dup_modifiers(data, 0, &modifiers, &len);

	assert_true((modifiers != NULL) == (rc == 0));
	free(modifiers);
	return rc;
}

TEST(out_of_memory)
{
	struct tenon_plan *plan;
	struct question q;

	init(&q, devices);
	plan = ask(&q);
	assert_true(oom_run(list_once, plan) >= 1);
	tenon_plan_destroy(plan);
	question_finish(&q);
}
