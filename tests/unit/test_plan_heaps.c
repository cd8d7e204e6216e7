/* SPDX-License-Identifier: MIT */
/* Which heaps a plan takes, in which order, and why not the others: a table of machines. */
#include <errno.h>

#include "planning.h"

/* 64 x 64 XRGB8888 is 16384 bytes: four pages of 4 KiB. */
static const struct row {
	const char *what;
	const char *needs;     /* of a device */
	const char *heaps[5];  /* best first or not */
	const char *order;     /* names, best first; "-": none */
	const char *ruled_out; /* part of a reason in the plan's text; NULL: nothing is ruled out */
} rows[] = {
	{"one that is there", "-", {"memfd"}, "memfd", NULL},
	{"none at all", "-", {NULL}, "-", NULL},
	{"the least scarce", "-", {"cma assured scarcity=9", "memfd", "huge scarcity=5"},
		"memfd huge cma", NULL},
	{"a tie goes by the list", "-", {"b", "a"}, "b a", NULL},
	{"devices take dma-bufs first", "-", {"memfd", "system dmabuf"}, "system memfd", NULL},
	{"but not scarce ones", "-", {"memfd", "system dmabuf scarcity=1"}, "memfd system", NULL},
	{"the preferred one", "heap-preferred=cma", {"memfd", "cma scarcity=9"}, "cma memfd", NULL},
	{"the second preferred one", "heap-preferred=none heap-preferred=cma",
		{"memfd", "cma scarcity=9"}, "cma memfd", NULL},
	{"a preference is no need", "heap-preferred=cma", {"memfd", "cma absent"}, "memfd",
		"not heap cma: absent"},

	{"absent", "-", {"cma absent", "memfd"}, "memfd", "not heap cma: absent"},
	{"refused, with the reason", "-", {"cma refused=root:video,0660", "memfd"}, "memfd",
		"not heap cma: refused: root:video,0660"},
	{"exhausted", "-", {"cma exhausted"}, "-", "not heap cma: exhausted"},

	{"contiguous: assured", "segments-max=1", {"memfd", "cma assured scarcity=9"}, "cma",
		"not heap memfd: contiguity is unknown here, contiguous memory is needed (dev)"},
	{"contiguous: provable", "segments-max=1", {"memfd", "huge provable"}, "huge",
		"not heap memfd: contiguity is unknown here, contiguous memory is needed (dev)"},
	{"contiguous: assured before provable", "segments-max=1",
		{"huge provable", "cma assured scarcity=9"}, "cma huge", NULL},
	{"as few segments as pages: not contiguous", "segments-max=4",
		{"cma assured scarcity=9", "huge provable"}, "huge cma", NULL},
	{"contiguous: unknown only", "segments-max=1", {"memfd"}, "-",
		"not heap memfd: contiguity is unknown here, contiguous memory is needed (dev)"},
	{"contiguous: scattered", "segments-max=1", {"system scattered"}, "-",
		"not heap system: its memory is scattered, contiguous memory is needed (dev)"},
	{"not contiguous: the scarce one is left alone", "-", {"cma assured scarcity=9", "memfd"},
		"memfd cma", NULL},
	{"as many segments as pages", "segments-max=4", {"memfd"}, "memfd", NULL},
	{"one less", "segments-max=3", {"memfd"}, "-", "at most 3 segments are accepted (dev)"},
	{"great pages are few segments", "segments-max=2", {"huge segment=8192"}, "huge", NULL},
	{"one piece is contiguous", "segments-max=1", {"huge segment=16384"}, "huge", NULL},
	{"great pages are cut", "segments-max=3 segment-size-max=4096", {"huge segment=16384"},
		NULL, NULL},
	{"cut to as many", "segments-max=4 segment-size-max=4096", {"huge segment=16384"}, "huge",
		NULL},
	{"no more than fits between boundaries", "segments-max=1 segment-boundary=65536",
		{"cma assured", "low assured base-align=65536"}, "low",
		"even contiguous memory of it is 2 segments"},
	{"a boundary costs one segment", "segments-max=2 segment-boundary=65536", {"cma assured"},
		"cma", NULL},
	{"unknown segments do not constrain", "segments-max=unknown", {"memfd"}, "memfd", NULL},

	{"heaps by name", "heap=cma", {"memfd", "cma"}, "cma",
		"not heap memfd: not among the heaps accepted (dev)"},
	{"heaps by name, not here", "heap=cma", {"memfd"}, "-", "not among the heaps accepted"},

	{"cached", "cache=1", {"wc cache=2", "ram cache=1"}, "ram",
		"not heap wc: its mappings are uncached, cached ones are needed (dev)"},
	{"uncached", "cache=2", {"wc cache=2", "ram cache=1"}, "wc", "its mappings are cached"},
	{"either", "cache=3", {"wc cache=2", "any"}, "wc any", NULL},
	{"unknown cache", "cache=1", {"any"}, "-", "whether its mappings are cached is unknown"},
	{"a heap of both", "cache=2", {"both cache=3"}, "both", NULL},

	{"protected", "protected=2", {"memfd", "tee protection=2"}, "tee",
		"not heap memfd: its memory is unprotected, protected memory is needed (dev)"},
	{"unprotected", "protected=1", {"tee protection=2", "memfd"}, "memfd",
		"its memory is protected"},

	{"own fd", "own-fd=1", {"arena shared-fd", "memfd"}, "memfd",
		"not heap arena: its buffers are parts of a greater one"},

	{"base: a page by default", "base-align=4096", {"memfd"}, "memfd", NULL},
	{"base: more", "base-align=131072", {"memfd", "cma base-align=1048576"}, "cma",
		"its memory begins at multiples of 4096, 131072 is needed (dev)"},
	{"base: not a multiple", "base-align=12288", {"a base-align=16384", "b base-align=24576"},
		"b", "not heap a"},

	{"greatest allocation", "-", {"udmabuf max=16383", "memfd max=16384"}, "memfd",
		"it allocates at most 16383 bytes at once, 16384 are needed"},
	{"granularity counts", "-", {"huge granularity=2097152 max=1048576", "memfd"}, "memfd",
		"2097152 are needed"},
	{"free bytes", "-", {"cma free=16383", "memfd free=16384"}, "memfd",
		"it has 16383 bytes free, 16384 are needed"},
	{"all bytes", "-", {"cma total=8192 free=8192", "memfd"}, "memfd",
		"it has 8192 bytes in all"},
	{"free and total 0 are unknown", "-", {"cma free=0 total=0"}, "cma", NULL},

	{"addresses within", "address-max=0x3fffffff", {"cma high=0x3fffffff"}, "cma", NULL},
	{"addresses beyond", "address-max=0x3fffffff", {"system high=0x40000000"}, "-",
		"its memory lies as high as 0x40000000, 0x3fffffff is the highest that is reached "
		"(dev)"},
	{"addresses below", "address-min=0x1000", {"system low=0 high=0x40000000"}, "-",
		"its memory lies as low as 0x0, 0x1000 is the lowest that is reached (dev)"},
	{"addresses unknown", "address-max=0xffffffff", {"memfd"}, "-",
		"where its memory lies is unknown (dev)"},
	{"addresses proven one by one", "address-max=0xffffffff",
		{"huge provable", "high provable low=0 high=0x1ffffffff"}, "huge high", NULL},
	{"addresses that cannot be proven", "address-max=0xffffffff",
		{"high provable low=0x100000000 high=0x1ffffffff"}, "-",
		"its memory lies as high as 0x100000000"},
	{"not a power of two", "address-max=0xddbfffff", {"a high=0xddc00000", "b high=0xddbfffff"},
		"b", "not heap a"},
};

static void list_order(const struct tenon_plan *plan, char *order, size_t size)
{
	const char *name;

	snprintf(order, size, "%s", tenon_plan_get_heap(plan, 0) == NULL ? "-" : "");
	for (size_t i = 0; (name = tenon_plan_get_heap(plan, i)) != NULL; i++) {
		size_t at = strlen(order);

		snprintf(order + at, size - at, "%s%s", i == 0 ? "" : " ", name);
	}
}

static size_t count_ruled_out(const struct tenon_plan *plan)
{
	struct tenon_ruled_out row;
	size_t len = 0;

	while (tenon_plan_get_ruled_out(plan, len, &row) == 0) {
		assert_non_null(row.what);
		assert_non_null(row.why);
		len++;
	}
	assert_int_equal(tenon_plan_get_ruled_out(plan, len, &row), -EINVAL);
	return len;
}

static bool check_row(const struct row *row)
{
	char device[256], order[256];
	const char *devices[] = {device, NULL};
	struct tenon_plan *plan;
	struct question q;
	char *conflict;
	bool good;

	snprintf(device, sizeof(device), "dev: XRGB8888 %s", row->needs);
	question_init(&q, 64, 64, NULL, devices, row->heaps);
	plan = question_ask(&q, &conflict);
	if (row->order == NULL) {
		/* no memory could do */
		good = plan == NULL;
		free(conflict);
	} else {
		assert_non_null(plan);
		list_order(plan, order, sizeof(order));
		good = strcmp(order, row->order) == 0 &&
		       (row->ruled_out == NULL) == (count_ruled_out(plan) == 0) &&
		       (row->ruled_out == NULL ||
			       strstr(tenon_plan_get_text(plan), row->ruled_out) != NULL);
		if (!good) {
			print_error("%s: wanted %s, got %s\n%s", row->what, row->order, order,
				tenon_plan_get_text(plan));
		}
	}
	tenon_plan_destroy(plan);
	question_finish(&q);
	return good;
}

TEST(machines)
{
	size_t bad = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bad += !check_row(&rows[i]);
	}
	assert_int_equal(bad, 0);
}

TEST(the_cpu_needs_a_mapping)
{
	const char *devices[] = {"cpu: * -", NULL};
	const char *heaps[] = {"secure unmappable", "memfd scarcity=1", NULL};
	struct tenon_plan *plan;
	struct question q;
	char *conflict;

	question_init(&q, 64, 64, NULL, devices, heaps);
	plan = question_ask(&q, &conflict);
	assert_string_equal(tenon_plan_get_heap(plan, 0), "memfd");
	assert_non_null(strstr(tenon_plan_get_text(plan), "secure: the CPU cannot map it"));
	tenon_plan_destroy(plan);
	/* a device that does not say what for may do without */
	q.participants[0].roles = 0;
	plan = question_ask(&q, &conflict);
	assert_string_equal(tenon_plan_get_heap(plan, 0), "secure");
	tenon_plan_destroy(plan);
	question_finish(&q);
}

TEST(contiguity_is_told)
{
	static const struct {
		const char *needs, *heap;
		bool needed;
		enum tenon_contiguity given;
	} cases[] = {
		{"segments-max=1", "cma assured", true, TENON_CONTIGUITY_ASSURED},
		{"segments-max=1", "huge provable", true, TENON_CONTIGUITY_PROVABLE},
		{"segments-max=1", "memfd", true, TENON_CONTIGUITY_UNKNOWN},
		{"segments-max=3", "cma assured", true, TENON_CONTIGUITY_ASSURED},
		{"segments-max=4", "memfd", false, TENON_CONTIGUITY_UNKNOWN},
		{"-", "cma assured", false, TENON_CONTIGUITY_ASSURED},
		{"-", "system scattered", false, TENON_CONTIGUITY_NONE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *heaps[] = {cases[i].heap, NULL};
		char device[128];
		const char *devices[] = {device, NULL};
		struct tenon_plan *plan;
		struct question q;
		char *conflict;

		snprintf(device, sizeof(device), "dev: XRGB8888 %s", cases[i].needs);
		question_init(&q, 64, 64, NULL, devices, heaps);
		plan = question_ask(&q, &conflict);
		assert_int_equal(tenon_plan_needs_contiguous(plan), cases[i].needed);
		assert_int_equal(tenon_plan_get_contiguity(plan), cases[i].given);
		tenon_plan_destroy(plan);
		question_finish(&q);
	}
}

/* Two objects are allocated one by one: each must be small enough, both must be free. */
TEST(sizes_of_several_objects)
{
	const char *devices[] = {"dev: NV12 objects=2", NULL};
	const char *heaps[] = {
		"max16 max=16384", "max12 max=12288", "free free=20480", "full free=24576", NULL};
	struct tenon_plan *plan;
	struct question q;
	char *conflict, order[128];

	/* 128 x 128: 16384 of luma, 8192 of chroma */
	question_init(&q, 128, 128, NULL, devices, heaps);
	plan = question_ask(&q, &conflict);
	assert_int_equal(tenon_layout_get_objects_len(tenon_plan_get_layout(plan)), 2);
	list_order(plan, order, sizeof(order));
	assert_string_equal(order, "max16 full");
	tenon_plan_destroy(plan);
	question_finish(&q);
}

/* Planes are put into objects of their own when no heap could hold them all in one. */
TEST(planes_part_when_one_object_is_too_large)
{
	const char *devices[] = {"dev: NV12 objects=3", NULL};
	const char *heaps[] = {"bank max=16384", NULL};
	struct tenon_plan *plan;
	struct question q;
	char *conflict;

	question_init(&q, 128, 128, NULL, devices, heaps);
	plan = question_ask(&q, &conflict);
	assert_int_equal(tenon_layout_get_objects_len(tenon_plan_get_layout(plan)), 2);
	assert_string_equal(tenon_plan_get_heap(plan, 0), "bank");
	tenon_plan_destroy(plan);
	question_finish(&q);
}

/* A preferred pitch that no heap has room for is not followed. */
TEST(preferences_cost_no_failure)
{
	const char *devices[] = {"dev: XRGB8888 pitch-preferred=4096", NULL};
	const char *small[] = {"memfd max=20000", NULL};
	const char *great[] = {"memfd", NULL};
	struct tenon_plane_layout plane;
	struct tenon_plan *plan;
	struct question q;
	char *conflict;

	for (int i = 0; i < 2; i++) {
		question_init(&q, 64, 64, NULL, devices, i == 0 ? small : great);
		plan = question_ask(&q, &conflict);
		tenon_layout_get_plane(tenon_plan_get_layout(plan), 0, &plane);
		assert_int_equal(plane.pitch, i == 0 ? 256 : 4096);
		assert_string_equal(tenon_plan_get_heap(plan, 0), "memfd");
		tenon_plan_destroy(plan);
		question_finish(&q);
	}
}

/* Without a heap that would do, the plan says what it would need, preferences included. */
TEST(a_plan_without_memory)
{
	const char *devices[] = {"dev: XRGB8888 pitch-preferred=4096 segments-max=1", NULL};
	const char *heaps[] = {"memfd", NULL};
	struct tenon_plane_layout plane;
	struct tenon_plan *plan;
	struct question q;
	char *conflict;

	question_init(&q, 64, 64, NULL, devices, heaps);
	plan = question_ask(&q, &conflict);
	tenon_layout_get_plane(tenon_plan_get_layout(plan), 0, &plane);
	assert_int_equal(plane.pitch, 4096);
	assert_null(tenon_plan_get_heap(plan, 0));
	assert_true(tenon_plan_needs_contiguous(plan));
	assert_non_null(strstr(tenon_plan_get_text(plan), "heap: none here has such memory\n"));
	tenon_plan_destroy(plan);
	q.options.heaps = NULL;
	q.options.heaps_len = 0;
	plan = question_ask(&q, &conflict);
	assert_null(tenon_plan_get_heap(plan, 0));
	assert_non_null(strstr(tenon_plan_get_text(plan), "heap: none was asked for\n"));
	tenon_plan_destroy(plan);
	question_finish(&q);
}

/* A heap of an application that says what nobody has heard of. */
TEST(contiguity_of_no_kind_is_unknown)
{
	const char *devices[] = {"dev: XRGB8888 -", NULL};
	const char *heaps[] = {"memfd", NULL};
	struct tenon_plan *plan;
	struct question q;
	char *conflict;

	question_init(&q, 64, 64, NULL, devices, heaps);
	q.heaps[0].contiguity = (enum tenon_contiguity)77;
	plan = question_ask(&q, &conflict);
	assert_int_equal(tenon_plan_get_contiguity(plan), TENON_CONTIGUITY_UNKNOWN);
	assert_non_null(strstr(tenon_plan_get_text(plan), "contiguity unknown"));
	tenon_plan_destroy(plan);
	question_finish(&q);
}
