/* SPDX-License-Identifier: MIT */

/*
 * Buffers whose layout a heap's own allocator decides: a heap of the test's that tiles, at the
 * pitch it is told to.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer_fixture.h"
#include "harness.h"
#include "oom.h"

#define FAST I915_FORMAT_MOD_Y_TILED
#define SLOW I915_FORMAT_MOD_X_TILED

/* How the heap lays out next. */
struct tiler {
	uint32_t fast_pitch, slow_pitch;
	int error;
	size_t objects;   /* 0: one */
	uint64_t lie;     /* a modifier nobody asked for; 0: none */
	bool overlap;     /* both planes begin at 0 */
	int pictures;     /* how many were asked for */
	int live;         /* memories not yet freed */
	uint32_t roles;   /* of the last request */
	size_t modifiers; /* of the last request */
};

static const struct tenon_format_modifier pairs[] = {
	{DRM_FORMAT_XRGB8888, SLOW},
	{DRM_FORMAT_XRGB8888, FAST},
};

static int tiler_query(void *data, struct tenon_heap_info *info)
{
	info->own_fd = true;
	info->scarcity = 90;
	info->lays_out = pairs;
	info->lays_out_len = 2;
	info->lays_out_only = true;
	return 0;
}

static int tiler_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	return -ENOTSUP;
}

static void tiler_free(void *data, struct tenon_memory *memory)
{
	struct tiler *tiler = data;

	tiler->live--;
	if (memory->fd >= 0) {
		close(memory->fd);
	}
}

static int fill(struct tiler *tiler, struct tenon_memory *memory, uint64_t bytes)
{
	memory->fd = memfd_create("tiles", MFD_CLOEXEC);
	if (memory->fd < 0 || ftruncate(memory->fd, (off_t)bytes) < 0) {
		return -errno;
	}
	memory->bytes = bytes;
	memory->own_fd = true;
	tiler->live++;
	return 0;
}

static uint64_t choose(const struct tenon_picture_request *request)
{
	uint64_t best = request->modifiers[0];

	for (size_t i = 0; i < request->modifiers_len; i++) {
		best = request->modifiers[i] == FAST ? FAST : best;
	}
	return best;
}

static int tiler_picture(
	void *data, const struct tenon_picture_request *request, struct tenon_picture *picture)
{
	struct tiler *tiler = data;
	uint64_t modifier = choose(request);
	uint32_t pitch = modifier == FAST ? tiler->fast_pitch : tiler->slow_pitch;
	uint64_t bytes = (uint64_t)pitch * ((request->height + 31) / 32 * 32);

	tiler->pictures++;
	tiler->roles = request->roles;
	tiler->modifiers = request->modifiers_len;
	if (tiler->error != 0) {
		snprintf(request->reason, request->reason_size, "as it was told");
		return tiler->error;
	}
	picture->objects_len = tiler->objects != 0 ? tiler->objects : 1;
	if (picture->objects_len > TENON_MAX_PLANES) {
		return 0;
	}
	picture->modifier = tiler->lie != 0 ? tiler->lie : modifier;
	/* the second plane is what says how the first is compressed */
	picture->planes_len = 2;
	picture->planes[0] = (struct tenon_plane_layout){.pitch = pitch};
	picture->planes[1] =
		(struct tenon_plane_layout){.pitch = 64, .offset = tiler->overlap ? 0 : bytes};
	return fill(tiler, picture->objects[0], bytes + 4096);
}

static const struct tenon_heap_impl tiler_impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "tiler",
	.query = tiler_query,
	.alloc = tiler_alloc,
	.free = tiler_free,
	.alloc_picture = tiler_picture,
};

struct fixture {
	struct tenon_context *context;
	struct fake_heap *plain;
	struct tiler tiler;
};

static void init(struct fixture *f)
{
	struct tenon_heap *heap;

	f->tiler = (struct tiler){.fast_pitch = 512, .slow_pitch = 640};
	f->context = fixture_context();
	f->plain = fake_heap_add(f->context, &(struct fake_heap_options){.name = "plain"});
	assert_int_equal(tenon_heap_create(&heap, &tiler_impl, &f->tiler), 0);
	assert_int_equal(tenon_context_add_heap(f->context, heap), 0);
	tenon_heap_unref(heap);
}

static void finish(struct fixture *f)
{
	tenon_context_unref(f->context);
	fake_heap_release(f->plain);
	assert_int_equal(f->tiler.live, 0);
}

/* A device of both layouts, or of one; tiled pictures within limits, which are released. */
static struct tenon_offer *offer_of(const char *device, bool linear, struct tenon_limits *limits)
{
	static const struct tenon_format_modifier rows = {
		DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
	struct tenon_offer *offer;

	assert_int_equal(tenon_offer_create(&offer, device), 0);
	assert_int_equal(tenon_offer_add(offer, TENON_ROLE_ANY, pairs, 2, limits), 0);
	if (linear) {
		assert_int_equal(tenon_offer_add(offer, TENON_ROLE_ANY, &rows, 1, NULL), 0);
	}
	tenon_limits_destroy(limits);
	return offer;
}

static struct tenon_buffer *new_buffer(
	struct fixture *f, const uint64_t *modifiers, size_t modifiers_len)
{
	const uint32_t format = DRM_FORMAT_XRGB8888;
	const struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = 100,
		.height = 50,
		.formats = &format,
		.formats_len = 1,
		.modifiers = modifiers,
		.modifiers_len = modifiers_len,
		.name = "picture",
	};
	struct tenon_buffer *buffer;

	assert_int_equal(tenon_buffer_create(&buffer, f->context, &options), 0);
	return buffer;
}

static void check_layout(struct tenon_buffer *buffer, uint64_t modifier, uint32_t pitch)
{
	const struct tenon_layout *layout = tenon_buffer_get_layout(buffer);
	struct tenon_plane_layout plane;

	assert_true(tenon_layout_get_modifier(layout) == modifier);
	assert_int_equal(tenon_layout_get_plane(layout, 0, &plane), 0);
	assert_int_equal(plane.pitch, pitch);
}

TEST(the_allocator_chooses_among_what_all_take)
{
	struct tenon_attachment *gpu, *display;
	struct tenon_buffer *buffer;
	struct fixture f;
	int fd = -1;

	init(&f);
	buffer = new_buffer(&f, NULL, 0);
	gpu = fixture_attach(buffer, offer_of("gpu", true, NULL));
	display = fixture_attach(buffer, offer_of("display", true, NULL));
	/* nothing has been laid out yet */
	assert_int_equal(tenon_layout_get_planes_len(tenon_buffer_get_layout(buffer)), 0);
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	check_layout(buffer, FAST, 512);
	assert_int_equal(tenon_layout_get_planes_len(tenon_buffer_get_layout(buffer)), 2);
	assert_string_equal(tenon_buffer_get_heap(buffer), "tiler");
	assert_string_equal(tenon_plan_get_heap(tenon_buffer_get_plan(buffer), 0), "tiler");
	assert_null(tenon_buffer_get_conflict(buffer));
	assert_int_equal(f.tiler.pictures, 1);
	assert_int_equal(f.tiler.modifiers, 2);
	assert_int_equal(tenon_buffer_export(buffer, 0, &fd), 0);
	close(fd);
	assert_int_equal(tenon_buffer_export(buffer, 1, &fd), -EINVAL);
	tenon_attachment_destroy(display);
	tenon_attachment_destroy(gpu);
	tenon_buffer_unref(buffer);
	finish(&f);
}

TEST(the_cpu_does_not_see_tiles)
{
	struct tenon_buffer *buffer;
	struct tenon_attachment *gpu;
	struct fixture f;

	init(&f);
	buffer = new_buffer(&f, NULL, 0);
	gpu = fixture_attach(buffer, offer_of("gpu", true, NULL));
	struct tenon_access access = {.buffer = buffer, .flags = TENON_ACCESS_READ};
	assert_int_equal(tenon_access_prepare(&access, 1, 0), -ENOTSUP);
	tenon_attachment_destroy(gpu);
	tenon_buffer_unref(buffer);
	finish(&f);
}

/* What comes out is held against the limits: the next modifier, then rows. */
TEST(a_layout_that_does_not_suit_is_not_taken)
{
	static const struct {
		uint64_t multiple;
		uint64_t modifier;
		uint32_t pitch;
		int pictures;
		const char *conflict;
	} rows[] = {
		{64, FAST, 512, 1, NULL},
		{640, SLOW, 640, 2,
			"display needs pitch multiple of 640; heap tiler needs pitch exactly 512"},
		{384, 0, 400, 2,
			"display needs pitch multiple of 384; heap tiler needs pitch exactly 512"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_attachment *gpu, *display;
		const struct tenon_conflict *conflict;
		struct tenon_buffer *buffer;
		struct fixture f;

		init(&f);
		buffer = new_buffer(&f, NULL, 0);
		gpu = fixture_attach(buffer, offer_of("gpu", true, NULL));
		display = fixture_attach(buffer,
			offer_of("display", true,
				fixture_limit(TENON_PROP_PITCH_MULTIPLE, rows[i].multiple)));
		assert_int_equal(tenon_buffer_allocate(buffer), 0);
		check_layout(buffer, rows[i].modifier, rows[i].pitch);
		assert_int_equal(f.tiler.pictures, rows[i].pictures);
		conflict = tenon_buffer_get_conflict(buffer);
		assert_true((conflict != NULL) == (rows[i].conflict != NULL));
		if (conflict != NULL &&
			strstr(tenon_conflict_get_text(conflict), rows[i].conflict) == NULL) {
			fail_msg("%s", tenon_conflict_get_text(conflict));
		}
		tenon_attachment_destroy(display);
		tenon_attachment_destroy(gpu);
		tenon_buffer_unref(buffer);
		finish(&f);
	}
}

/* Limits that a merge cannot see: where planes begin, and how large the object is. */
TEST(all_of_the_layout_counts)
{
	static const struct {
		enum tenon_property property;
		uint64_t value;
		bool suits;
	} rows[] = {
		{TENON_PROP_OFFSET_ALIGN, 4096, true},
		{TENON_PROP_SIZE_ALIGN, 4096, true},
		{TENON_PROP_SIZE_ALIGN, 1 << 20, false},
		{TENON_PROP_SEGMENTS_MAX, 1000, true},
		{TENON_PROP_OBJECTS, TENON_OBJECTS_PER_PLANE, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_attachment *display;
		struct tenon_buffer *buffer;
		struct fixture f;

		init(&f);
		buffer = new_buffer(&f, NULL, 0);
		display = fixture_attach(buffer,
			offer_of("display", true, fixture_limit(rows[i].property, rows[i].value)));
		assert_int_equal(tenon_buffer_allocate(buffer), 0);
		assert_string_equal(
			tenon_buffer_get_heap(buffer), rows[i].suits ? "tiler" : "plain");
		assert_true((tenon_buffer_get_conflict(buffer) == NULL) == rows[i].suits);
		tenon_attachment_destroy(display);
		tenon_buffer_unref(buffer);
		finish(&f);
	}
}

TEST(without_another_way_it_is_refused_by_name)
{
	const uint64_t list[] = {SLOW, FAST};
	struct tenon_attachment *display;
	struct tenon_buffer *buffer;
	struct fixture f;

	init(&f);
	buffer = new_buffer(&f, list, 2);
	display = fixture_attach(
		buffer, offer_of("display", false, fixture_limit(TENON_PROP_PITCH_MULTIPLE, 384)));
	assert_int_equal(tenon_buffer_allocate(buffer), -ENOTSUP);
	assert_false(tenon_buffer_is_allocated(buffer));
	assert_non_null(tenon_buffer_get_conflict(buffer));
	assert_int_equal(tenon_conflict_get_devices_len(tenon_buffer_get_conflict(buffer)), 2);
	assert_int_equal(f.tiler.pictures, 2);
	/* it may be tried again, and then the heap does better */
	f.tiler.slow_pitch = 768;
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	check_layout(buffer, SLOW, 768);
	tenon_attachment_destroy(display);
	tenon_buffer_unref(buffer);
	finish(&f);
}

TEST(a_heap_that_fails_or_lies_is_left)
{
	static const struct tiler rows[] = {
		{.error = -ENOTSUP}, {.error = -ENOMEM}, {.lie = DRM_FORMAT_MOD_LINEAR + 99},
		{.overlap = true}, {.objects = 9}, {.objects = 2}, /* the second without memory */
	};
	const uint64_t list[] = {SLOW, FAST};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tenon_attachment *gpu;
		struct tenon_buffer *buffer;
		struct fixture f;
		int rc;

		init(&f);
		f.tiler = rows[i];
		f.tiler.fast_pitch = 512;
		buffer = new_buffer(&f, NULL, 0);
		gpu = fixture_attach(buffer, offer_of("gpu", true, NULL));
		assert_int_equal(tenon_buffer_allocate(buffer), 0);
		assert_string_equal(tenon_buffer_get_heap(buffer), "plain");
		assert_int_equal(f.tiler.pictures, 1);
		tenon_attachment_destroy(gpu);
		tenon_buffer_unref(buffer);
		buffer = new_buffer(&f, list, 2);
		rc = tenon_buffer_allocate(buffer);
		assert_int_equal(rc, rows[i].error == -ENOMEM ? -ENOMEM : -ENOTSUP);
		tenon_buffer_unref(buffer);
		/* "objects = 2": what it did fill is freed with what it did not */
		f.tiler.live = rows[i].objects == 2 ? 0 : f.tiler.live;
		finish(&f);
	}
}

TEST(a_late_device_is_held_against_it)
{
	struct tenon_attachment *gpu, *late = NULL;
	struct tenon_conflict *conflict = NULL;
	struct tenon_buffer *buffer;
	struct tenon_offer *offer;
	struct fixture f;

	init(&f);
	buffer = new_buffer(&f, NULL, 0);
	gpu = fixture_attach(buffer, offer_of("gpu", true, NULL));
	assert_int_equal(tenon_buffer_allocate(buffer), 0);
	offer = fixture_offer("linear", NULL);
	assert_int_equal(tenon_buffer_attach(buffer, offer, 0, &late, &conflict), TENON_CONFLICT);
	assert_non_null(strstr(tenon_conflict_get_text(conflict), "modifier"));
	tenon_conflict_destroy(conflict);
	tenon_offer_unref(offer);
	offer = offer_of("tiled", false, fixture_limit(TENON_PROP_PITCH_MULTIPLE, 256));
	assert_int_equal(tenon_buffer_attach(buffer, offer, 0, &late, NULL), 0);
	tenon_attachment_destroy(late);
	tenon_offer_unref(offer);
	tenon_attachment_destroy(gpu);
	tenon_buffer_unref(buffer);
	finish(&f);
}

TEST(requests_are_checked)
{
	const uint64_t list[] = {FAST};
	struct tenon_memory *objects[TENON_MAX_PLANES];
	struct tenon_layout *layout = NULL;
	struct tenon_heap *heap;
	struct tiler tiler = {.fast_pitch = 512};
	char reason[128] = "stale";
	struct tenon_picture_request request = {
		.size = sizeof(request),
		.width = 100,
		.height = 50,
		.format = DRM_FORMAT_XRGB8888,
		.modifiers = list,
		.modifiers_len = 1,
		.roles = TENON_ROLE_RENDER,
		.reason = reason,
		.reason_size = sizeof(reason),
	};
	struct tenon_heap_impl none = tiler_impl;

	assert_int_equal(tenon_heap_create(&heap, &tiler_impl, &tiler), 0);
	assert_int_equal(tenon_heap_allocate_picture(&layout, objects, heap, &request), 0);
	assert_string_equal(reason, "");
	assert_int_equal(tiler.roles, TENON_ROLE_RENDER);
	assert_ptr_equal(objects[0]->heap, heap);
	assert_null(objects[1]);
	tenon_memory_destroy(objects[0]);
	tenon_layout_destroy(layout);
	layout = NULL;
	request.modifiers_len = 0;
	assert_int_equal(tenon_heap_allocate_picture(&layout, objects, heap, &request), -EINVAL);
	request.modifiers_len = 1;
	request.format = 7;
	assert_int_equal(tenon_heap_allocate_picture(&layout, objects, heap, &request), -EINVAL);
	request.format = DRM_FORMAT_XRGB8888;
	request.height = 0;
	assert_int_equal(tenon_heap_allocate_picture(&layout, objects, heap, &request), -EINVAL);
	request.height = 50;
	request.size = 8;
	assert_int_equal(tenon_heap_allocate_picture(&layout, objects, heap, &request), -EINVAL);
	request.size = sizeof(request);
	tenon_heap_unref(heap);
	none.alloc_picture = NULL;
	assert_int_equal(tenon_heap_create(&heap, &none, &tiler), 0);
	assert_int_equal(tenon_heap_allocate_picture(&layout, objects, heap, &request), -ENOTSUP);
	assert_string_equal(reason, "heap tiler lays nothing out itself");
	assert_null(layout);
	tenon_heap_unref(heap);
}

struct direct {
	struct tenon_heap *heap;
	struct tenon_picture_request request;
};

static int allocate_picture(void *data)
{
	struct direct *direct = data;
	struct tenon_memory *objects[TENON_MAX_PLANES] = {NULL};
	struct tenon_layout *layout = NULL;
	int rc = tenon_heap_allocate_picture(&layout, objects, direct->heap, &direct->request);

	if (rc == 0) {
		tenon_memory_destroy(objects[0]);
		tenon_layout_destroy(layout);
	}
	return rc;
}

TEST(out_of_memory)
{
	const uint64_t list[] = {FAST};
	struct tiler tiler = {.fast_pitch = 512};
	struct direct direct = {
		.request =
			{
				.size = sizeof(direct.request),
				.width = 100,
				.height = 50,
				.format = DRM_FORMAT_XRGB8888,
				.modifiers = list,
				.modifiers_len = 1,
			},
	};

	assert_int_equal(tenon_heap_create(&direct.heap, &tiler_impl, &tiler), 0);
	assert_true(oom_run(allocate_picture, &direct) >= 5);
	assert_int_equal(tiler.live, 0);
	tenon_heap_unref(direct.heap);
}
