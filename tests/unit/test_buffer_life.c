/* SPDX-License-Identifier: MIT */
/* A buffer from its creation to its release. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer_fixture.h"
#include "harness.h"

static int use_allocate(struct tenon_buffer *buffer)
{
	return tenon_buffer_allocate(buffer);
}

static int use_export(struct tenon_buffer *buffer)
{
	int fd = -1;
	int rc = tenon_buffer_export(buffer, 0, &fd);

	if (rc == 0) {
		close(fd);
	}
	return rc;
}

static int use_window(struct tenon_buffer *buffer)
{
	struct tenon_window *window;
	int rc = tenon_window_create(&window, buffer, 0);

	if (rc == 0) {
		tenon_window_destroy(window);
	}
	return rc;
}

static int use_cpu(struct tenon_buffer *buffer)
{
	struct tenon_access access = {.buffer = buffer, .flags = TENON_ACCESS_WRITE};
	int rc = tenon_access_prepare(&access, 1, 0);

	return rc < 0 ? rc : tenon_access_finish(&access, 1);
}

static int use_unmapped(struct tenon_buffer *buffer)
{
	struct tenon_access access = {
		.buffer = buffer,
		.flags = TENON_ACCESS_READ | TENON_ACCESS_NO_MAP,
	};
	int rc = tenon_access_prepare(&access, 1, 0);

	return rc < 0 ? rc : tenon_access_finish(&access, 1);
}

static int use_segments(struct tenon_buffer *buffer)
{
	struct tenon_segment *segments;
	size_t len;
	int rc = tenon_buffer_dup_segments(buffer, 0, &segments, &len);

	if (rc == 0) {
		free(segments);
	}
	return rc == -ENODATA ? 0 : rc;
}

static int use_device(struct tenon_buffer *buffer)
{
	struct tenon_attachment *attachment = fixture_attach(buffer, fixture_offer("gpu", NULL));
	int rc = tenon_attachment_begin(attachment, TENON_ACCESS_READ, 0);

	if (rc == 0) {
		rc = tenon_attachment_end(attachment);
	}
	tenon_attachment_destroy(attachment);
	return rc;
}

static const struct {
	const char *name;
	int (*use)(struct tenon_buffer *buffer);
	int maps;
} uses[] = {
	{"allocate", use_allocate, 0},
	{"export", use_export, 0},
	{"window", use_window, 0},
	{"cpu", use_cpu, 1},
	{"cpu without mapping", use_unmapped, 0},
	{"device", use_device, 0},
	{"segments", use_segments, 0},
};

TEST(first_use_allocates_once)
{
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		struct tenon_context *context = fixture_context();
		struct fake_heap *fake =
			fake_heap_add(context, &(struct fake_heap_options){.name = "plain"});
		struct tenon_buffer *buffer = fixture_buffer(context, 64, 32, 0);

		assert_int_equal(atomic_load(&fake->allocs), 0);
		assert_false(tenon_buffer_is_allocated(buffer));
		assert_null(tenon_buffer_get_heap(buffer));
		for (int times = 0; times < 3; times++) {
			int rc = uses[i].use(buffer);

			if (rc != 0) {
				fail_msg("%s: %d", uses[i].name, rc);
			}
			assert_int_equal(atomic_load(&fake->allocs), 1);
		}
		assert_int_equal(atomic_load(&fake->maps), uses[i].maps);
		assert_true(tenon_buffer_is_allocated(buffer));
		assert_string_equal(tenon_buffer_get_heap(buffer), "plain");
		assert_int_equal(atomic_load(&fake->frees), 0);
		tenon_buffer_unref(buffer);
		assert_int_equal(atomic_load(&fake->frees), 1);
		tenon_context_unref(context);
		fake_heap_release(fake);
	}
}

TEST(destroyed_before_it_is_used)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *fake =
		fake_heap_add(context, &(struct fake_heap_options){.name = "plain"});
	struct tenon_buffer *buffer = fixture_buffer(context, 64, 32, 0);

	struct tenon_attachment *a = fixture_attach(buffer, fixture_offer("gpu", NULL));
	struct tenon_attachment *b = fixture_attach(buffer, fixture_offer("display", NULL));

	/* the context and the caller's own reference may go first */
	tenon_context_unref(context);
	tenon_buffer_unref(buffer);
	tenon_attachment_destroy(a);
	tenon_attachment_destroy(b);
	assert_int_equal(atomic_load(&fake->allocs), 0);
	fake_heap_release(fake);
	tenon_buffer_unref(NULL);
	tenon_attachment_destroy(NULL);
	tenon_window_destroy(NULL);
	tenon_context_unref(NULL);
}

TEST(bad_options)
{
	static const uint32_t unknown = 0x20202020;
	struct tenon_context *context = fixture_context();
	struct tenon_buffer *const untouched = (struct tenon_buffer *)&context;
	struct tenon_buffer *buffer = untouched;
	const uint32_t format = DRM_FORMAT_XRGB8888;
	struct tenon_buffer_options good = {
		.size = sizeof(good),
		.width = 16,
		.height = 16,
		.formats = &format,
		.formats_len = 1,
	};
	struct tenon_buffer_options options;

	options = good;
	options.width = 0;
	assert_int_equal(tenon_buffer_create(&buffer, context, &options), -EINVAL);
	options = good;
	options.height = 0;
	assert_int_equal(tenon_buffer_create(&buffer, context, &options), -EINVAL);
	options = good;
	options.flags = 1u << 31;
	assert_int_equal(tenon_buffer_create(&buffer, context, &options), -EINVAL);
	options = good;
	options.formats = &unknown;
	assert_int_equal(tenon_buffer_create(&buffer, context, &options), -EINVAL);
	options = good;
	options.size = 8;
	assert_int_equal(tenon_buffer_create(&buffer, context, &options), -EINVAL);
	options = good;
	options.width = UINT32_MAX;
	options.height = UINT32_MAX;
	assert_int_equal(tenon_buffer_create(&buffer, context, &options), -EOVERFLOW);
	assert_ptr_equal(buffer, untouched);
	tenon_context_unref(context);
}

TEST(options_may_be_of_a_newer_header)
{
	struct tenon_context *context = fixture_context();
	const uint32_t format = DRM_FORMAT_XRGB8888;
	struct {
		struct tenon_buffer_options options;
		uint64_t unknown;
	} newer = {
		.options =
			{
				.size = sizeof(newer),
				.width = 16,
				.height = 16,
				.formats = &format,
				.formats_len = 1,
			},
	};
	struct tenon_buffer *buffer;

	assert_int_equal(tenon_buffer_create(&buffer, context, &newer.options), 0);
	tenon_buffer_unref(buffer);
	newer.unknown = 1;
	assert_int_equal(tenon_buffer_create(&buffer, context, &newer.options), -EINVAL);
	tenon_context_unref(context);
}

TEST(limits_that_no_size_satisfies)
{
	struct tenon_context *context = fixture_context();
	struct tenon_limits *limits = fixture_limit(TENON_PROP_WIDTH_MAX, 8);
	const uint32_t format = DRM_FORMAT_XRGB8888;
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = 16,
		.height = 16,
		.formats = &format,
		.formats_len = 1,
		.limits = limits,
		.name = "picture",
	};
	struct tenon_conflict *conflict = NULL;
	struct tenon_buffer *buffer = NULL;

	assert_int_equal(tenon_buffer_create(&buffer, context, &options), TENON_CONFLICT);
	options.conflict = &conflict;
	assert_int_equal(tenon_buffer_create(&buffer, context, &options), TENON_CONFLICT);
	assert_null(buffer);
	assert_non_null(conflict);
	assert_int_equal(tenon_conflict_get_property(conflict), TENON_PROP_WIDTH_MAX);
	assert_non_null(strstr(tenon_conflict_get_text(conflict), "8"));
	tenon_conflict_destroy(conflict);
	/* where there is none, nothing is written */
	conflict = NULL;
	options.width = 8;
	assert_int_equal(tenon_buffer_create(&buffer, context, &options), 0);
	assert_null(conflict);
	tenon_buffer_unref(buffer);
	tenon_limits_destroy(limits);
	tenon_context_unref(context);
}

TEST(options_are_copied)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *fake =
		fake_heap_add(context, &(struct fake_heap_options){.name = "plain"});
	struct tenon_limits *limits = fixture_limit(TENON_PROP_PITCH_MULTIPLE, 1024);
	uint32_t format = DRM_FORMAT_XRGB8888;
	uint64_t modifier = DRM_FORMAT_MOD_LINEAR;
	char name[] = "picture";
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = 16,
		.height = 16,
		.formats = &format,
		.formats_len = 1,
		.modifiers = &modifier,
		.modifiers_len = 1,
		.limits = limits,
		.name = name,
	};
	struct tenon_attachment *attachment;
	struct tenon_plane_layout plane;
	struct tenon_buffer *buffer;

	assert_int_equal(tenon_buffer_create(&buffer, context, &options), 0);
	tenon_limits_destroy(limits);
	format = 0;
	modifier = 77;
	memset(name, 'x', sizeof(name) - 1);
	attachment = fixture_attach(buffer, fixture_offer("gpu", NULL));
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	assert_int_equal(tenon_layout_get_plane(tenon_buffer_get_layout(buffer), 0, &plane), 0);
	assert_int_equal(plane.pitch, 1024);
	tenon_attachment_destroy(attachment);
	tenon_buffer_unref(buffer);
	tenon_context_unref(context);
	fake_heap_release(fake);
}

static int destroyed;

static void count_destroy(void *data)
{
	destroyed += *(int *)data;
}

TEST(data_of_the_callers)
{
	static const char key_a, key_b;
	struct tenon_context *context = fixture_context();
	struct tenon_buffer *buffer = fixture_buffer(context, 16, 16, 0);
	int one = 1, ten = 10, hundred = 100;

	assert_null(tenon_buffer_get_data(buffer, &key_a));
	assert_int_equal(tenon_buffer_set_data(buffer, &key_a, &one, count_destroy), 0);
	assert_int_equal(tenon_buffer_set_data(buffer, &key_b, &ten, count_destroy), 0);
	assert_ptr_equal(tenon_buffer_get_data(buffer, &key_a), &one);
	assert_int_equal(tenon_buffer_set_data(buffer, &key_a, &hundred, count_destroy), 0);
	assert_int_equal(destroyed, 1);
	assert_ptr_equal(tenon_buffer_get_data(buffer, &key_a), &hundred);
	assert_int_equal(tenon_buffer_set_data(buffer, &key_b, NULL, NULL), 0);
	assert_int_equal(destroyed, 11);
	assert_null(tenon_buffer_get_data(buffer, &key_b));
	tenon_buffer_unref(buffer);
	assert_int_equal(destroyed, 111);
	tenon_context_unref(context);
}

TEST(contiguity_is_what_the_heap_knows)
{
	static const struct {
		enum tenon_contiguity heap, buffer;
		int proven; /* what tenon_buffer_set_proven() says */
	} cases[] = {
		{TENON_CONTIGUITY_UNKNOWN, TENON_CONTIGUITY_UNKNOWN, -ENOTSUP},
		{TENON_CONTIGUITY_NONE, TENON_CONTIGUITY_NONE, -ENOTSUP},
		{TENON_CONTIGUITY_PROVABLE, TENON_CONTIGUITY_PROVEN, -ENOTSUP},
		{TENON_CONTIGUITY_ASSURED, TENON_CONTIGUITY_ASSURED, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tenon_context *context = fixture_context();
		struct fake_heap *fake = fake_heap_add(context, &(struct fake_heap_options){
									.name = "heap",
									.contiguity = cases[i].heap,
									.address = 0x10000000,
								});
		struct tenon_buffer *buffer = fixture_buffer(context, 64, 64, 0);

		assert_int_equal(tenon_buffer_get_contiguity(buffer), TENON_CONTIGUITY_UNKNOWN);
		assert_int_equal(tenon_buffer_set_proven(buffer), -ENOENT);
		assert_int_equal(tenon_buffer_allocate(buffer), 0);
		assert_int_equal(tenon_buffer_get_contiguity(buffer), cases[i].buffer);
		assert_int_equal(tenon_buffer_set_proven(buffer), cases[i].proven);
		assert_int_equal(tenon_buffer_get_contiguity(buffer), cases[i].buffer);
		tenon_buffer_unref(buffer);
		tenon_context_unref(context);
		fake_heap_release(fake);
	}
}

TEST(segments_of_contiguous_memory)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *fake =
		fake_heap_add(context, &(struct fake_heap_options){
					       .name = "cma",
					       .contiguity = TENON_CONTIGUITY_ASSURED,
					       .address = 0x40000000,
				       });
	struct tenon_buffer *buffer = fixture_buffer(context, 64, 64, 0);
	struct tenon_segment *segments;
	size_t len;

	assert_int_equal(tenon_buffer_dup_segments(buffer, 0, &segments, &len), 0);
	assert_int_equal(len, 1);
	assert_int_equal(segments[0].address, 0x40000000);
	assert_int_equal(segments[0].offset, 0);
	assert_int_equal(segments[0].bytes, 64 * 64 * 4);
	free(segments);
	assert_int_equal(tenon_buffer_dup_segments(buffer, 1, &segments, &len), -EINVAL);
	tenon_buffer_unref(buffer);
	tenon_context_unref(context);
	fake_heap_release(fake);
}

TEST(segments_nobody_knows)
{
	struct tenon_context *context = fixture_context();
	/* it says that it is contiguous, and not where */
	struct fake_heap *fake =
		fake_heap_add(context, &(struct fake_heap_options){
					       .name = "dark",
					       .contiguity = TENON_CONTIGUITY_ASSURED,
				       });
	struct tenon_buffer *buffer = fixture_buffer(context, 64, 64, 0);
	struct tenon_segment *segments;
	size_t len;

	assert_int_equal(tenon_buffer_dup_segments(buffer, 0, &segments, &len), -ENODATA);
	tenon_buffer_unref(buffer);
	tenon_context_unref(context);
	fake_heap_release(fake);
}
