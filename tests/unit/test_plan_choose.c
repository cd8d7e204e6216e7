/* SPDX-License-Identifier: MIT */
/* Which format, modifier and limits a plan takes; its errors; its words. */
#include <errno.h>
#include <pthread.h>

#include "oom.h"
#include "planning.h"

static const char *format_of(const struct tenon_plan *plan)
{
	return tenon_format_get_name(tenon_layout_get_format(tenon_plan_get_layout(plan)));
}

static uint32_t pitch_of(const struct tenon_plan *plan)
{
	struct tenon_plane_layout plane;

	assert_int_equal(tenon_layout_get_plane(tenon_plan_get_layout(plan), 0, &plane), 0);
	return plane.pitch;
}

struct row {
	const char *what, *formats;
	const char *devices[4], *heaps[4];
	const char *format, *heap; /* wanted; heap NULL: none */
	uint32_t pitch;
};

static const struct row rows[] = {
	{"the first asked for", "RGB565 XRGB8888", {"a: XRGB8888,RGB565 -"}, {"m"}, "RGB565", "m",
		128},
	{"the first that all have", "NV12 RGB565 XRGB8888",
		{"a: XRGB8888,RGB565,NV12 -", "b: RGB565,XRGB8888 -"}, {"m"}, "RGB565", "m", 128},
	{"the first that has memory", "NV12 XRGB8888", {"a: NV12 segments-max=1 | XRGB8888 -"},
		{"m"}, "XRGB8888", "m", 256},
	{"none has memory: the first", "NV12 XRGB8888", {"a: NV12,XRGB8888 segments-max=1"}, {"m"},
		"NV12", NULL, 64},
	{"the first that can be laid out", "NV12 XRGB8888", {"a: NV12 width-max=63 | XRGB8888 -"},
		{"m"}, "XRGB8888", "m", 256},
	{"laid out beats memory that is not there", "NV12 XRGB8888",
		{"a: NV12 width-max=63 | XRGB8888 segments-max=1"}, {"m"}, "XRGB8888", NULL, 256},
	{"nothing asked for: what most hardware takes", NULL,
		{"a: C8,NV12,RGB565,ARGB8888,XRGB8888 -"}, {"m"}, "XRGB8888", "m", 256},
	{"nothing asked for, and anything taken", NULL, {"cpu: * -"}, {"m"}, "XRGB8888", "m", 256},
	{"anything taken, one asked for", "NV24 R8", {"cpu: * -"}, {"m"}, "NV24", "m", 64},
	{"nobody takes part", "NV24", {NULL}, {"m"}, "NV24", "m", 64},
	{"nobody asks for anything", NULL, {NULL}, {"m"}, "XRGB8888", "m", 256},
	{"fewest bytes", NULL,
		{"a: XRGB8888 pitch-multiple=1024 | XRGB8888 pitch-multiple=512 "
		 "pitch-remainder=256 height-align=64"},
		{"m"}, "XRGB8888", "m", 256},
	{"scarce memory is not worth fewer bytes", NULL,
		{"a: XRGB8888 segments-max=1 | XRGB8888 pitch-multiple=4096"},
		{"cma assured scarcity=1", "m"}, "XRGB8888", "m", 4096},
	{"a rather better format is", "XRGB8888 RGB565", {"a: XRGB8888 segments-max=1 | RGB565 -"},
		{"cma assured scarcity=1", "m"}, "XRGB8888", "cma", 256},
	{"unknown limits do not constrain", NULL, {"a: XRGB8888 pitch-multiple=unknown"}, {"m"},
		"XRGB8888", "m", 256},
};

TEST(formats_limits_and_memory)
{
	size_t bad = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const char *heap;
		struct tenon_plan *plan;
		struct question q;
		char *conflict;

		question_init(&q, 64, 64, row->formats, row->devices, row->heaps);
		plan = question_ask(&q, &conflict);
		if (plan == NULL) {
			print_error("%s: %s\n", row->what, conflict);
			bad++;
		} else {
			heap = tenon_plan_get_heap(plan, 0);
			if (strcmp(format_of(plan), row->format) != 0 ||
				pitch_of(plan) != row->pitch ||
				(heap == NULL) != (row->heap == NULL) ||
				(heap != NULL && strcmp(heap, row->heap) != 0)) {
				print_error("%s: %s, pitch %u, heap %s\n", row->what,
					format_of(plan), pitch_of(plan),
					heap != NULL ? heap : "none");
				bad++;
			}
		}
		free(conflict);
		tenon_plan_destroy(plan);
		question_finish(&q);
	}
	assert_int_equal(bad, 0);
}

static int result_of(struct question *q)
{
	struct tenon_conflict *conflict = NULL;
	struct tenon_plan *plan = NULL;
	int rc = tenon_plan_create(&plan, &q->options, &conflict);

	assert_true((plan != NULL) == (rc == 0));
	assert_true((conflict != NULL) == (rc == TENON_CONFLICT));
	tenon_plan_destroy(plan);
	tenon_conflict_destroy(conflict);
	return rc;
}

TEST(modifiers)
{
	const char *devices[] = {"a: XRGB8888@0x100000000000001,XRGB8888 -",
		"b: XRGB8888@0x100000000000001,XRGB8888,NV12@0x100000000000001 -", NULL};
	const uint64_t tiled = UINT64_C(0x100000000000001), other = 7;
	const uint64_t both[] = {tiled, 0};
	struct tenon_ruled_out row;
	struct tenon_plan *plan;
	struct question q;
	char *conflict;

	question_init(&q, 64, 64, NULL, devices, NULL);
	plan = question_ask(&q, &conflict);
	assert_int_equal(tenon_layout_get_modifier(tenon_plan_get_layout(plan)), 0);
	assert_int_equal(tenon_plan_get_ruled_out(plan, 0, &row), 0);
	assert_string_equal(row.what, "modifier I915_X_TILED (0x100000000000001)");
	tenon_plan_destroy(plan);
	q.options.modifiers = both;
	q.options.modifiers_len = 2;
	assert_int_equal(result_of(&q), 0);
	q.options.modifiers_len = 1;
	assert_int_equal(result_of(&q), -ENOTSUP);
	q.options.modifiers = &other;
	q.options.participants_len = 0;
	assert_int_equal(result_of(&q), -ENOTSUP);
	q.options.participants_len = 2;
	assert_int_equal(result_of(&q), TENON_CONFLICT);
	plan = question_ask(&q, &conflict);
	assert_string_equal(conflict, "a needs modifier I915_X_TILED (0x100000000000001) or LINEAR "
				      "(0x0); unknown (0x7) was asked for");
	free(conflict);
	question_finish(&q);
}

TEST(errors)
{
	const char *devices[] = {"a: XRGB8888,R8 -", NULL};
	const uint32_t no_format = 0x12345678;
	struct tenon_participant nobody = {0};
	struct question q;

	question_init(&q, 64, 64, NULL, devices, NULL);
	assert_int_equal(result_of(&q), 0);
	q.options.size = 8;
	assert_int_equal(result_of(&q), -EINVAL);
	q.options.size = sizeof(q.options);
	q.options.width = 0;
	assert_int_equal(result_of(&q), -EINVAL);
	q.options.width = UINT32_MAX;
	assert_int_equal(result_of(&q), 0); /* as R8 */
	q.options.height = UINT32_MAX;
	assert_int_equal(result_of(&q), -EOVERFLOW);
	q.options.height = 0;
	assert_int_equal(result_of(&q), -EINVAL);
	q.options.height = q.options.width = 64;
	q.options.formats = &no_format;
	q.options.formats_len = 1;
	assert_int_equal(result_of(&q), -EINVAL);
	q.options.formats = NULL;
	q.options.participants = &nobody;
	assert_int_equal(result_of(&q), -EINVAL);
	q.options.participants = NULL;
	assert_int_equal(result_of(&q), -EINVAL);
	q.options.participants = q.participants;
	q.participants[0].roles = 1u << 30;
	assert_int_equal(result_of(&q), -EINVAL);
	q.participants[0].roles = 0;
	q.options.heaps = q.heaps;
	q.options.heaps_len = 1;
	assert_int_equal(result_of(&q), -EINVAL); /* a heap of size 0 */
	q.options.heaps_len = 0;
	assert_int_equal(result_of(&q), 0);
	question_finish(&q);
}

/* Structs of a caller that was built with an older, or a newer header. */
TEST(structs_of_other_versions)
{
	const char *devices[] = {"a: XRGB8888 pitch-multiple=512", NULL};
	struct {
		struct tenon_heap_info heap;
		char more[40];
	} newer[2] = {{.heap = heap_from_words("one exhausted")}, {.heap = heap_from_words("two")}};
	struct {
		size_t size;
		char name[64];
		enum tenon_availability availability;
		uint32_t padding;
	} older[2] = {{.name = "three"}, {.name = "four"}};
	struct tenon_limits *limits = limits_from_words("pitch-multiple=1024");
	struct tenon_plan *plan;
	struct question q;
	char *conflict;

	question_init(&q, 64, 64, NULL, devices, NULL);
	q.options.heaps_len = 2;
	newer[0].heap.size = newer[1].heap.size = sizeof(newer[0]);
	q.options.heaps = &newer[0].heap;
	plan = question_ask(&q, &conflict);
	assert_string_equal(tenon_plan_get_heap(plan, 0), "two");
	assert_null(tenon_plan_get_heap(plan, 1));
	tenon_plan_destroy(plan);
	older[0].size = older[1].size = sizeof(older[0]);
	q.options.heaps = (const struct tenon_heap_info *)(const void *)older;
	plan = question_ask(&q, &conflict);
	assert_string_equal(tenon_plan_get_heap(plan, 0), "three");
	assert_string_equal(tenon_plan_get_heap(plan, 1), "four");
	tenon_plan_destroy(plan);
	/* options that end before limits */
	q.options.heaps = NULL;
	q.options.limits = limits;
	q.options.size = offsetof(struct tenon_plan_options, limits);
	plan = question_ask(&q, &conflict);
	assert_int_equal(pitch_of(plan), 512);
	tenon_plan_destroy(plan);
	q.options.size = sizeof(q.options);
	plan = question_ask(&q, &conflict);
	assert_int_equal(pitch_of(plan), 1024);
	tenon_plan_destroy(plan);
	tenon_limits_destroy(limits);
	question_finish(&q);
}

TEST(the_callers_own_limits)
{
	const char *devices[] = {"a: XRGB8888 pitch-multiple=48 | NV12 -", NULL};
	const char **askers;
	struct tenon_plan *plan;
	struct question q;
	char *conflict;
	uint64_t value;

	question_init(&q, 64, 64, "XRGB8888", devices, NULL);
	q.limits = limits_from_words("pitch-multiple=64");
	q.options.limits = q.limits;
	plan = question_ask(&q, &conflict);
	assert_int_equal(pitch_of(plan), 384);
	assert_int_equal(
		tenon_limits_get(tenon_plan_get_limits(plan), TENON_PROP_PITCH_MULTIPLE, 0, &value),
		0);
	assert_int_equal(value, 192);
	askers = tenon_plan_dup_askers(plan, TENON_PROP_PITCH_MULTIPLE, 0);
	assert_string_equal(askers[0], "a");
	assert_string_equal(askers[1], "caller");
	assert_null(askers[2]);
	free(askers);
	assert_null(tenon_plan_dup_askers(plan, TENON_PROP_CACHE, TENON_PLANE_ALL));
	tenon_plan_destroy(plan);
	/* alone */
	q.options.participants_len = 0;
	plan = question_ask(&q, &conflict);
	q.options.participants_len = 1;
	assert_int_equal(pitch_of(plan), 256);
	tenon_plan_destroy(plan);
	/* and in a conflict */
	assert_int_equal(tenon_limits_set(q.limits, TENON_PROP_PITCH_REMAINDER, 0, 8), 0);
	plan = question_ask(&q, &conflict);
	assert_null(plan);
	assert_non_null(strstr(conflict, "caller needs pitch 8 modulo 64"));
	free(conflict);
	question_finish(&q);
}

static const char wanted_text[] =
	"XRGB8888, LINEAR (0x0), 353 x 241\n"
	"  format: choice 3 of the 3 asked for\n"
	"  plane 0: pitch 1536 (rows of 1412 bytes), 244 rows, offset 0\n"
	"  object 0: 374784 bytes\n"
	"  needs pitch multiple of 256: gpu\n"
	"  needs pitch at most 65535: camera\n"
	"  needs stored height multiple of 4: gpu\n"
	"  needs number of segments at most 1: camera\n"
	"  so the memory must be contiguous\n"
	"  not known: base-align of camera\n"
	"  heap: cma, the least scarce that fits; contiguity assured\n"
	"  not format NV12: not offered (gpu)\n"
	"  not format RGB565: cannot be laid out at this size (width-max) (camera)\n"
	"  not modifier I915_X_TILED (0x100000000000001): only its device's own allocator can lay "
	"it out\n"
	"  not heap memfd: contiguity is unknown here, contiguous memory is needed (camera)\n"
	"  not heap system: refused: /dev/dma_heap/system belongs to root:video, mode 0660\n";

static void init_story(struct question *q)
{
	static const char *const devices[] = {
		"gpu: XRGB8888,XRGB8888@0x100000000000001,RGB565 pitch-multiple=256 height-align=4",
		"camera: XRGB8888,XRGB8888@0x100000000000001,NV12 segments-max=1 pitch-max=65535 "
		"base-align=unknown | RGB565 width-max=320",
		NULL};
	static const char *const heaps[] = {
		"memfd", "cma assured scarcity=10", "system refused", NULL};

	question_init(q, 353, 241, "NV12 RGB565 XRGB8888", devices, heaps);
	snprintf(q->heaps[2].reason, sizeof(q->heaps[2].reason),
		"/dev/dma_heap/system belongs to root:video, mode 0660");
}

TEST(a_plan_explains_itself)
{
	struct tenon_ruled_out row;
	struct tenon_plan *plan;
	struct question q;
	char *conflict;

	init_story(&q);
	plan = question_ask(&q, &conflict);
	/* all it tells is its own: devices and heaps may be gone */
	question_finish(&q);
	memset(&q, 0x55, sizeof(q));
	assert_string_equal(tenon_plan_get_text(plan), wanted_text);
	assert_ptr_equal(tenon_plan_get_text(plan), tenon_plan_get_text(plan));
	assert_int_equal(tenon_plan_get_ruled_out(plan, 0, &row), 0);
	assert_string_equal(row.what, "format NV12");
	assert_string_equal(row.why, "not offered");
	assert_string_equal(row.device, "gpu");
	assert_int_equal(tenon_plan_get_ruled_out(plan, 4, &row), 0);
	assert_string_equal(row.what, "heap system");
	assert_null(row.device);
	tenon_plan_destroy(plan);
}

static void *read_text(void *data)
{
	return (void *)tenon_plan_get_text(data);
}

TEST(any_number_of_threads_read)
{
	enum { THREADS = 8 };
	struct tenon_plan *plan;
	struct question q;
	char *conflict;

	init_story(&q);
	for (int round = 0; round < 20; round++) {
		pthread_t threads[THREADS];
		void *first = NULL;

		plan = question_ask(&q, &conflict);
		for (int i = 0; i < THREADS; i++) {
			assert_int_equal(pthread_create(&threads[i], NULL, read_text, plan), 0);
		}
		for (int i = 0; i < THREADS; i++) {
			void *text;

			assert_int_equal(pthread_join(threads[i], &text), 0);
			assert_string_equal(text, wanted_text);
			assert_true(first == NULL || first == text);
			first = text;
		}
		tenon_plan_destroy(plan);
	}
	question_finish(&q);
}

static int plan_once(void *data)
{
	struct tenon_plan *plan = NULL;
	struct question *q = data;
	int rc = tenon_plan_create(&plan, &q->options, NULL);

	assert_true((plan != NULL) == (rc == 0));
	tenon_plan_destroy(plan);
	return rc;
}

static int explain_once(void *data)
{
	struct tenon_ruled_out row;
	struct tenon_plan *plan = NULL;
	struct question *q = data;
	int rc = tenon_plan_create(&plan, &q->options, NULL);

	if (rc == 0) {
		rc = tenon_plan_get_ruled_out(plan, 0, &row);
	}
	if (rc != 0 && plan != NULL) {
		/* it says so, and explains itself once there is memory */
		assert_non_null(tenon_plan_get_text(plan));
	}
	tenon_plan_destroy(plan);
	return rc;
}

TEST(out_of_memory)
{
	struct question q;

	init_story(&q);
	assert_true(oom_run(plan_once, &q) >= 2);
	assert_true(oom_run(explain_once, &q) >= 20);
	q.limits = limits_from_words("pitch-multiple=64");
	q.options.limits = q.limits;
	assert_true(oom_run(plan_once, &q) >= 4);
	question_finish(&q);
}

/* As many choices as do not fit into the room that is there at first. */
TEST(many_choices)
{
	const char *devices[] = {"cpu: * pitch-multiple=256 | * height-align=64 | * size-tail=64 | "
				 "* base-align=8192 | * offset-align=64",
		NULL};
	uint32_t formats[100];
	struct tenon_plan *plan;
	struct question q;
	char *conflict;

	question_init(&q, 64, 64, NULL, devices, NULL);
	for (size_t i = 0; i < 100; i++) {
		formats[i] = tenon_format_get_fourcc(tenon_format_list(99 - i));
	}
	q.options.formats = formats;
	q.options.formats_len = 100;
	plan = question_ask(&q, &conflict);
	assert_string_equal(format_of(plan), tenon_format_get_name(tenon_format_list(99)));
	tenon_plan_destroy(plan);
	question_finish(&q);
}
