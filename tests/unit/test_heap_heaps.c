/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/heap.h>

#include "harness.h"

static int open_named(struct tenon_heaps **heaps, const char *names)
{
	const struct tenon_heaps_options options = {.size = sizeof(options), .names = names};

	*heaps = NULL;
	return tenon_heaps_create(heaps, &options);
}

TEST(null_is_never_picked_by_itself)
{
	struct tenon_heaps *heaps;

	unsetenv("TENON_HEAPS");
	assert_int_equal(tenon_heaps_create(&heaps, NULL), 0);
	assert_non_null(tenon_heaps_find(heaps, "memfd"));
	assert_null(tenon_heaps_find(heaps, "null"));
	tenon_heaps_destroy(heaps);
	tenon_heaps_destroy(NULL);
}

TEST(the_environment_names_heaps)
{
	struct tenon_heaps *heaps;

	setenv("TENON_HEAPS", "null,memfd", 1);
	assert_int_equal(tenon_heaps_create(&heaps, NULL), 0);
	assert_string_equal(tenon_heap_get_name(tenon_heaps_get(heaps, 0)), "null");
	assert_string_equal(tenon_heap_get_name(tenon_heaps_get(heaps, 1)), "memfd");
	assert_null(tenon_heaps_get(heaps, 2));
	tenon_heaps_destroy(heaps);
	/* the program's own word counts more */
	assert_int_equal(open_named(&heaps, "memfd"), 0);
	assert_null(tenon_heaps_get(heaps, 1));
	tenon_heaps_destroy(heaps);
	setenv("TENON_HEAPS", "memdf", 1);
	heaps = NULL;
	assert_int_equal(tenon_heaps_create(&heaps, NULL), -EINVAL);
	assert_null(heaps);
}

TEST(names_are_checked)
{
	static const char *const bad[] = {"memfd,", ",memfd", "memfd,,null", "mem fd",
		"0123456789012345678901234567890123456789012345678901234567890123456789"};
	struct tenon_heaps *heaps;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(open_named(&heaps, bad[i]), -EINVAL);
		assert_null(heaps);
	}
	assert_int_equal(open_named(&heaps, "memfd,memfd"), 0);
	assert_null(tenon_heaps_get(heaps, 1));
	tenon_heaps_destroy(heaps);
	assert_int_equal(open_named(&heaps, ""), 0);
	assert_null(tenon_heaps_get(heaps, 0));
	tenon_heaps_destroy(heaps);
}

TEST(the_null_heap_is_exhausted)
{
	struct tenon_alloc_request request = {.size = sizeof(request), .bytes = 1};
	struct tenon_memory *memory = NULL;
	struct tenon_heap_info *infos;
	struct tenon_heaps *heaps;
	char reason[100];
	size_t len;

	request.reason = reason;
	request.reason_size = sizeof(reason);
	assert_int_equal(open_named(&heaps, "memfd,null"), 0);
	assert_int_equal(
		tenon_heap_allocate(&memory, tenon_heaps_find(heaps, "null"), &request), -ENOSPC);
	assert_string_equal(reason, "the null heap has no memory");
	assert_int_equal(tenon_heaps_dup_infos(heaps, &infos, &len), 0);
	assert_int_equal(len, 2);
	assert_int_equal(infos[0].availability, TENON_AVAILABLE);
	assert_string_equal(infos[1].name, "null");
	assert_int_equal(infos[1].availability, TENON_EXHAUSTED);
	assert_string_equal(infos[1].reason, "the null heap has no memory");
	free(infos);
	tenon_heaps_destroy(heaps);
}

static int broken_query(void *data, struct tenon_heap_info *info)
{
	return -EIO;
}

static int broken_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	return -EIO;
}

static void broken_free(void *data, struct tenon_memory *memory)
{
}

TEST(heaps_are_added_once)
{
	static const struct tenon_heap_impl impl = {
		.size = sizeof(impl),
		.name = "broken",
		.query = broken_query,
		.alloc = broken_alloc,
		.free = broken_free,
	};
	struct tenon_heap *heap;
	struct tenon_heaps *heaps;
	struct tenon_heap_info *infos;
	size_t len;

	assert_int_equal(open_named(&heaps, "memfd"), 0);
	assert_int_equal(tenon_heap_create(&heap, &impl, NULL), 0);
	assert_int_equal(tenon_heaps_add(heaps, heap), 0);
	assert_int_equal(tenon_heaps_add(heaps, heap), -EEXIST);
	assert_ptr_equal(tenon_heaps_find(heaps, "broken"), heap);
	tenon_heap_unref(heap);
	assert_int_equal(tenon_heaps_dup_infos(heaps, &infos, &len), 0);
	assert_int_equal(len, 2);
	assert_string_equal(infos[1].name, "broken");
	assert_int_equal(infos[1].availability, TENON_ABSENT);
	assert_string_equal(infos[1].reason, "Input/output error");
	free(infos);
	tenon_heaps_destroy(heaps);
}
