/* SPDX-License-Identifier: MIT */
#include "heap/builtin.h"

#include <errno.h>

#include "heap/internal.h"

/* A heap that is there and has nothing: for tests, and to see what a program does then. */

static int null_query(void *data, struct tenon_heap_info *info)
{
	static const char why[] = "the null heap has no memory";

	info->availability = TENON_EXHAUSTED;
	for (size_t i = 0; i < sizeof(why); i++) {
		info->reason[i] = why[i];
	}
	info->scarcity = UINT32_MAX;
	info->free_bytes = 0;
	info->total_bytes = 0;
	return 0;
}

static int null_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	return heap_fail(request, -ENOSPC, "the null heap has no memory");
}

static void null_free(void *data, struct tenon_memory *memory)
{
}

static const struct tenon_heap_impl null_impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "null",
	.query = null_query,
	.alloc = null_alloc,
	.free = null_free,
};

int heap_create_null(struct tenon_heap **out)
{
	return tenon_heap_create(out, &null_impl, NULL);
}
