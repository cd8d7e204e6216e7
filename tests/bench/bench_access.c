/* SPDX-License-Identifier: MIT */
/* What prepare and finish cost when nothing is due: from CPU to CPU again. */
#include <drm_fourcc.h>

#include <tenon/access.h>
#include <tenon/buffer.h>
#include <tenon/context.h>

#include "bench.h"

enum { MANY = 8 };

struct set {
	struct tenon_access accesses[MANY];
	size_t len;
};

static void run_access(void *data, size_t n)
{
	struct set *set = data;

	for (size_t i = 0; i < n; i++) {
		bench_require(tenon_access_prepare(set->accesses, set->len, -1) == 0);
		bench_use(set->accesses[0].data[0]);
		bench_require(tenon_access_finish(set->accesses, set->len) == 0);
	}
}

static double measure(struct set *set, size_t len)
{
	set->len = len;
	return bench_calls((struct bench_work){run_access, set});
}

void bench_main(void)
{
	static const uint32_t format = DRM_FORMAT_XRGB8888;
	const struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = 1920,
		.height = 1080,
		.formats = &format,
		.formats_len = 1,
	};
	struct tenon_context *context;
	struct set set = {0};

	bench_require(tenon_context_create(&context, NULL) == 0);
	for (int i = 0; i < MANY; i++) {
		bench_require(tenon_buffer_create(&set.accesses[i].buffer, context, &options) == 0);
		set.accesses[i].flags = TENON_ACCESS_WRITE;
	}
	bench_report_max("prepare and finish with nothing due", measure(&set, 1), "calls", 0.25);
	bench_report_max("the same for 8 buffers at once", measure(&set, MANY), "calls", 0);
	for (int i = 0; i < MANY; i++) {
		tenon_buffer_unref(set.accesses[i].buffer);
	}
	tenon_context_unref(context);
}
