/* SPDX-License-Identifier: MIT */

/* A heap of an application's own, and what the library makes sure of for every heap. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tenon/heap.h>

#include "harness.h"
#include "heap/internal.h"
#include "oom.h"

/* What the application's heap gives next, and what has been done with it. */
struct app {
	struct tenon_memory gives;
	int error;
	int allocs, frees, maps, unmaps, begins, ends, destroys;
	struct tenon_alloc_request seen;
	char page[4096];
};

static int app_query(void *data, struct tenon_heap_info *info)
{
	const struct app *app = data;

	if (app->error < 0) {
		return app->error;
	}
	snprintf(info->name, sizeof(info->name), "liar");
	info->scarcity = 5;
	return 0;
}

static int app_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	struct app *app = data;
	struct tenon_heap *heap = memory->heap;

	app->seen = *request;
	assert_int_equal(memory->size, sizeof(*memory));
	assert_int_equal(memory->fd, -1);
	assert_true(memory->address == TENON_ADDRESS_UNKNOWN);
	if (app->error < 0) {
		return app->error;
	}
	*memory = app->gives;
	memory->size = sizeof(*memory);
	memory->heap = heap;
	app->allocs++;
	return 0;
}

static void app_free(void *data, struct tenon_memory *memory)
{
	((struct app *)data)->frees++;
}

static int app_map(void *data, const struct tenon_memory *memory, uint64_t offset, uint64_t bytes,
	uint32_t access, void **out)
{
	struct app *app = data;

	app->maps++;
	*out = app->page + offset;
	return 0;
}

static void app_unmap(void *data, const struct tenon_memory *memory, void *address, uint64_t bytes)
{
	((struct app *)data)->unmaps++;
}

static int app_begin(void *data, const struct tenon_memory *memory, uint32_t access, int timeout_ms)
{
	((struct app *)data)->begins++;
	return 0;
}

static int app_end(void *data, const struct tenon_memory *memory, uint32_t access)
{
	((struct app *)data)->ends++;
	return 0;
}

static void app_destroy(void *data)
{
	((struct app *)data)->destroys++;
}

static const struct tenon_heap_impl app_impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "app",
	.query = app_query,
	.alloc = app_alloc,
	.free = app_free,
	.map = app_map,
	.unmap = app_unmap,
	.sync_begin = app_begin,
	.sync_end = app_end,
	.destroy = app_destroy,
};

static struct app new_app(void)
{
	return (struct app){
		.gives =
			{
				.fd = -1,
				.bytes = 4096,
				.address = TENON_ADDRESS_UNKNOWN,
				.cache = TENON_CACHE_UNCACHED,
				.mappable = true,
			},
	};
}

static struct tenon_heap *new_heap(struct app *app)
{
	struct tenon_heap *heap = NULL;

	assert_int_equal(tenon_heap_create(&heap, &app_impl, app), 0);
	return heap;
}

static int allocate(struct app *app, const struct tenon_alloc_request *options, char *reason)
{
	struct tenon_alloc_request request = *options;
	struct tenon_memory *memory = NULL;
	struct tenon_heap *heap = new_heap(app);
	int allocs = app->allocs;
	int ret;

	request.size = sizeof(request);
	request.reason = reason;
	request.reason_size = reason != NULL ? 200 : 0;
	ret = tenon_heap_allocate(&memory, heap, &request);
	if (ret == 0) {
		assert_int_equal(app->frees, allocs);
	} else {
		assert_null(memory);
	}
	tenon_memory_destroy(memory);
	tenon_heap_unref(heap);
	assert_int_equal(app->frees, app->allocs);
	return ret;
}

TEST(an_application_brings_its_own)
{
	struct app app = new_app();
	struct tenon_heap *heap = new_heap(&app);
	struct tenon_alloc_request request = {.size = sizeof(request), .bytes = 100};
	struct tenon_memory *memory;
	char *at;

	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), 0);
	assert_int_equal(tenon_memory_map(memory, 0, 100, TENON_ACCESS_WRITE, (void **)&at), 0);
	at[0] = 'x';
	assert_int_equal(app.page[0], 'x');
	assert_int_equal(tenon_memory_sync_begin(memory, TENON_ACCESS_WRITE, -1), 0);
	assert_int_equal(tenon_memory_sync_end(memory, TENON_ACCESS_WRITE), 0);
	tenon_memory_unmap(memory, at, 100);
	tenon_heap_unref(heap);
	assert_int_equal(app.destroys, 0);
	tenon_memory_destroy(memory);
	assert_int_equal(app.destroys, 1);
	assert_int_equal(app.frees, 1);
	assert_int_equal(app.maps + app.unmaps + app.begins + app.ends, 4);
}

static int create_changed(void (*change)(struct tenon_heap_impl *impl))
{
	struct tenon_heap_impl impl = app_impl;
	struct tenon_heap *heap = NULL;
	int ret;

	change(&impl);
	ret = tenon_heap_create(&heap, &impl, NULL);
	assert_null(heap);
	return ret;
}

static void without_query(struct tenon_heap_impl *impl)
{
	impl->query = NULL;
}

static void without_alloc(struct tenon_heap_impl *impl)
{
	impl->alloc = NULL;
}

static void without_free(struct tenon_heap_impl *impl)
{
	impl->free = NULL;
}

static void without_unmap(struct tenon_heap_impl *impl)
{
	impl->unmap = NULL;
}

static void without_end(struct tenon_heap_impl *impl)
{
	impl->sync_end = NULL;
}

static void too_small(struct tenon_heap_impl *impl)
{
	impl->size = offsetof(struct tenon_heap_impl, destroy);
}

static void named_nothing(struct tenon_heap_impl *impl)
{
	impl->name = "";
}

static void named_two(struct tenon_heap_impl *impl)
{
	impl->name = "one,two";
}

static void named_long(struct tenon_heap_impl *impl)
{
	impl->name = "0123456789012345678901234567890123456789012345678901234567890123";
}

TEST(an_implementation_is_checked_at_creation)
{
	void (*const changes[])(struct tenon_heap_impl *) = {without_query, without_alloc,
		without_free, without_unmap, without_end, too_small, named_nothing, named_two,
		named_long};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		assert_int_equal(create_changed(changes[i]), -EINVAL);
	}
}

TEST(a_newer_implementation_is_taken_if_it_uses_nothing_new)
{
	struct {
		struct tenon_heap_impl impl;
		void *newer;
	} grown = {.impl = app_impl};
	struct app app = new_app();
	struct tenon_heap *heap = NULL;

	grown.impl.size = sizeof(grown);
	assert_int_equal(tenon_heap_create(&heap, &grown.impl, &app), 0);
	tenon_heap_unref(heap);
	heap = NULL;
	grown.newer = &app;
	assert_int_equal(tenon_heap_create(&heap, &grown.impl, &app), -EINVAL);
	assert_null(heap);
}

TEST(requests_are_checked_before_the_heap_sees_them)
{
	static const struct {
		struct tenon_alloc_request request;
		int error;
		const char *reason;
	} cases[] = {
		{{.bytes = 0}, -EINVAL, "no bytes are asked for"},
		{{.bytes = 1, .segment_boundary = 3}, -EINVAL,
			"the segment boundary is no power of two"},
		{{.bytes = 1, .address_min = 2, .address_max = 1}, -EINVAL,
			"the address window is empty"},
		{{.bytes = 1, .flags = 1u << 30}, -EINVAL, "a flag is not known"},
		{{.bytes = UINT64_MAX}, -EOVERFLOW, "more bytes than a file can have"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct app app = new_app();
		char reason[200];

		assert_int_equal(allocate(&app, &cases[i].request, reason), cases[i].error);
		assert_string_equal(reason, cases[i].reason);
		assert_int_equal(app.allocs, 0);
	}
}

TEST(an_old_caller_of_a_smaller_struct_is_refused_not_read_beyond)
{
	struct app app = new_app();
	struct tenon_heap *heap = new_heap(&app);
	struct tenon_alloc_request request = {.size = 8, .bytes = 1};
	struct tenon_memory *memory = NULL;

	assert_int_equal(tenon_heap_allocate(&memory, heap, &request), -EINVAL);
	assert_null(memory);
	tenon_heap_unref(heap);
}

/* What the heap gives, what was asked, and what the library makes of it. */
static const struct verdict {
	const char *name;
	enum tenon_contiguity contiguity;
	uint64_t address;
	struct tenon_alloc_request request;
	int result;
} verdicts[] = {
	{"no demand", TENON_CONTIGUITY_UNKNOWN, TENON_ADDRESS_UNKNOWN, {.bytes = 65536}, 0},
	{"unknown is not contiguous", TENON_CONTIGUITY_UNKNOWN, TENON_ADDRESS_UNKNOWN,
		{.bytes = 65536, .segments_max = 1}, -EPERM},
	{"scattered", TENON_CONTIGUITY_NONE, TENON_ADDRESS_UNKNOWN,
		{.bytes = 65536, .segments_max = 1}, -ENOTSUP},
	{"assured", TENON_CONTIGUITY_ASSURED, TENON_ADDRESS_UNKNOWN,
		{.bytes = 65536, .segments_max = 1}, 0},
	{"proven", TENON_CONTIGUITY_PROVEN, 0x100000, {.bytes = 65536, .segments_max = 1}, 0},
	{"provable is not what a memory can be", TENON_CONTIGUITY_PROVABLE, 0x100000,
		{.bytes = 65536}, -EIO},
	{"contiguous, yet cut by the greatest segment", TENON_CONTIGUITY_PROVEN, 0x100000,
		{.bytes = 65536, .segments_max = 3, .segment_size_max = 16384}, -ENOSPC},
	{"cut into as many as there may be", TENON_CONTIGUITY_PROVEN, 0x100000,
		{.bytes = 65536, .segments_max = 4, .segment_size_max = 16384}, 0},
	{"a boundary in the middle", TENON_CONTIGUITY_PROVEN, 0x10f000,
		{.bytes = 65536, .segments_max = 1, .segment_boundary = 0x10000}, -ENOSPC},
	{"a boundary at the end", TENON_CONTIGUITY_PROVEN, 0x100000,
		{.bytes = 65536, .segments_max = 1, .segment_boundary = 0x10000}, 0},
	{"below the window", TENON_CONTIGUITY_PROVEN, 0x100000,
		{.bytes = 65536, .address_min = 0x100001}, -ENOSPC},
	{"last byte on the limit", TENON_CONTIGUITY_PROVEN, 0x100000,
		{.bytes = 65536, .address_max = 0x10ffff}, 0},
	{"last byte beyond the limit", TENON_CONTIGUITY_PROVEN, 0x100000,
		{.bytes = 65536, .address_max = 0x10fffe}, -ENOSPC},
	{"window with an address nobody knows", TENON_CONTIGUITY_ASSURED, TENON_ADDRESS_UNKNOWN,
		{.bytes = 65536, .address_max = 0x1000}, 0},
	{"aligned", TENON_CONTIGUITY_PROVEN, 0x300000, {.bytes = 65536, .align = 0x300000}, 0},
	{"not aligned", TENON_CONTIGUITY_PROVEN, 0x300000, {.bytes = 65536, .align = 0x200000},
		-ENOSPC},
	{"fewer bytes than asked for", TENON_CONTIGUITY_PROVEN, 0x300000, {.bytes = 65537}, -EIO},
	{"needs another cache mode", TENON_CONTIGUITY_PROVEN, 0x300000,
		{.bytes = 1, .cache = TENON_CACHE_CACHED}, -ENOTSUP},
	{"needs this cache mode", TENON_CONTIGUITY_PROVEN, 0x300000,
		{.bytes = 1, .cache = TENON_CACHE_CACHED | TENON_CACHE_UNCACHED}, 0},
	{"needs protection", TENON_CONTIGUITY_PROVEN, 0x300000,
		{.bytes = 1, .protection = TENON_PROTECTION_SECURE}, -ENOTSUP},
	{"needs none", TENON_CONTIGUITY_PROVEN, 0x300000,
		{.bytes = 1, .protection = TENON_PROTECTION_NONE}, 0},
	{"needs a dma-buf", TENON_CONTIGUITY_PROVEN, 0x300000,
		{.bytes = 1, .flags = TENON_ALLOC_DMABUF}, -ENOTSUP},
	{"needs an own fd", TENON_CONTIGUITY_PROVEN, 0x300000,
		{.bytes = 1, .flags = TENON_ALLOC_OWN_FD}, -ENOTSUP},
	{"needs zeroes", TENON_CONTIGUITY_PROVEN, 0x300000, {.bytes = 1, .flags = TENON_ALLOC_ZERO},
		-ENOTSUP},
};

TEST(memory_is_judged_the_same_for_every_heap)
{
	if (sysconf(_SC_PAGESIZE) != 4096) {
		TEST_SKIP("the table is for pages of 4 KiB");
	}
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		struct app app = new_app();
		char reason[200] = "";
		int ret;

		app.gives.bytes = 65536;
		app.gives.contiguity = verdicts[i].contiguity;
		app.gives.address = verdicts[i].address;
		ret = allocate(&app, &verdicts[i].request, reason);
		if (ret != verdicts[i].result) {
			fail_msg("%s: %d instead of %d (%s)", verdicts[i].name, ret,
				verdicts[i].result, reason);
		}
		assert_true((ret < 0) == (reason[0] != '\0'));
	}
}

TEST(segments_of_a_device_are_counted)
{
	static const struct tenon_segment scattered[] = {
		{0, 0x3000, 0x10000},
		{0x3000, 0x1000, 0x20000},
		{0x4000, 0x2000, 0x2f000},
	};
	static const struct {
		uint64_t size_max, boundary, count;
	} cases[] = {
		{0, 0, 3},
		{0x1000, 0, 6},
		{0x2000, 0, 4},
		{0, 0x10000, 4},
		{0x2000, 0x10000, 5},
		{0x800, 0, 12},
		{0x900, 0x1000, 12},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tenon_alloc_request request = {
			.segment_size_max = cases[i].size_max,
			.segment_boundary = cases[i].boundary,
		};

		assert_int_equal(heap_count_segments(scattered, 3, &request), cases[i].count);
	}
}

TEST(the_heap_s_own_error_comes_through)
{
	struct app app = new_app();
	struct tenon_alloc_request request = {.bytes = 1};
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_heap *heap;

	app.error = -EOWNERDEAD;
	assert_int_equal(allocate(&app, &request, NULL), -EOWNERDEAD);
	heap = new_heap(&app);
	assert_int_equal(tenon_heap_query(heap, &info), -EOWNERDEAD);
	app.error = 0;
	assert_int_equal(tenon_heap_query(heap, &info), 0);
	assert_string_equal(info.name, "app");
	assert_int_equal(info.scarcity, 5);
	assert_true(info.free_bytes == UINT64_MAX);
	tenon_heap_unref(heap);
	tenon_heap_unref(NULL);
}

static int out_of_memory(void *data)
{
	struct app app = new_app();
	struct tenon_alloc_request request = {.size = sizeof(request), .bytes = 1};
	struct tenon_heap *heap = NULL;
	struct tenon_memory *memory = NULL;
	int ret = tenon_heap_create(&heap, &app_impl, &app);

	if (ret == 0) {
		ret = tenon_heap_allocate(&memory, heap, &request);
	}
	tenon_memory_destroy(memory);
	tenon_heap_unref(heap);
	assert_int_equal(app.frees, app.allocs);
	return ret;
}

TEST(each_allocation_may_fail)
{
	assert_int_equal(oom_run(out_of_memory, NULL), 2);
}
