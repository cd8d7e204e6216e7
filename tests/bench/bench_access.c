/* SPDX-License-Identifier: MIT */
/* What preparing and finishing costs where nothing is due. */
#include <tenon/access.h>
#include <tenon/buffer.h>
#include <tenon/context.h>

#include "bench.h"

enum { SET = 8 };

struct scene {
	struct tenon_context *context;
	struct tenon_buffer *buffers[SET];
	struct tenon_access accesses[SET];
	size_t len;
	int failed;
};

static void prepare_and_finish(void *data, size_t n)
{
	struct scene *scene = data;

	for (size_t i = 0; i < n; i++) {
		scene->failed |= tenon_access_prepare(scene->accesses, scene->len, 0);
		bench_use(scene->accesses[0].data[0]);
		scene->failed |= tenon_access_finish(scene->accesses, scene->len);
	}
}

static void scene_create(struct scene *scene)
{
	const uint32_t format = tenon_format_get_fourcc(tenon_format_from_name("XRGB8888"));
	const struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = 1920,
		.height = 1080,
		.formats = &format,
		.formats_len = 1,
	};

	bench_require(tenon_context_create(&scene->context, NULL) == 0);
	for (size_t i = 0; i < SET; i++) {
		bench_require(
			tenon_buffer_create(&scene->buffers[i], scene->context, &options) == 0);
		bench_require(tenon_buffer_allocate(scene->buffers[i]) == 0);
	}
}

static void scene_destroy(struct scene *scene)
{
	for (size_t i = 0; i < SET; i++) {
		tenon_buffer_unref(scene->buffers[i]);
	}
	tenon_context_unref(scene->context);
}

/* Median cost of one prepare and finish of the first len buffers, in calls. */
static double measure(struct scene *scene, size_t len, uint32_t flags, struct tenon_rect rect)
{
	double calls;

	scene->len = len;
	scene->failed = 0;
	for (size_t i = 0; i < len; i++) {
		scene->accesses[i] = (struct tenon_access){
			.buffer = scene->buffers[i],
			.flags = flags,
			.rect = rect,
		};
	}
	calls = bench_calls((struct bench_work){.run = prepare_and_finish, .data = scene});
	bench_require(scene->failed == 0);
	return calls;
}

void bench_main(void)
{
	const struct tenon_rect whole = {0}, part = {.x = 8, .y = 8, .width = 8, .height = 8};
	struct scene scene = {0};

	scene_create(&scene);
	bench_report_max("prepare and finish for writing, nothing due",
		measure(&scene, 1, TENON_ACCESS_RW, whole), "calls", 0.25);
	bench_report_max("prepare and finish for reading, nothing due",
		measure(&scene, 1, TENON_ACCESS_READ, whole), "calls", 0.25);
	bench_report_max(
		"the same, a rectangle", measure(&scene, 1, TENON_ACCESS_READ, part), "calls", 0);
	bench_report_max(
		"the same, 8 buffers", measure(&scene, SET, TENON_ACCESS_READ, whole), "calls", 0);
	scene_destroy(&scene);
}
