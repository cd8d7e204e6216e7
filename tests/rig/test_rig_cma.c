/* SPDX-License-Identifier: MIT */
/* The contiguous area, as the kernel keeps it. It uses nothing of the library. */
#include <errno.h>
#include <unistd.h>

#include "harness.h"
#include "oracle.h"
#include "rig.h"

enum {
	FRAME_720P = 1280 * 720 * 4, /* 3.5 MiB */
};

TEST_TIMEOUT(cma_heap_is_contiguous, 60)
{
	int dmabuf;

	rig_require();
	dmabuf = rig_heap_alloc("reserved", FRAME_720P);
	assert_true(dmabuf >= 0);
	assert_int_equal(oracle_accepts_contiguous(dmabuf, FRAME_720P), 1);
	close(dmabuf);
}

TEST(cma_heap_gives_back)
{
	int dmabuf;

	rig_require();
	assert_int_equal(rig_heap_alloc("reserved", (size_t)65 << 20), -ENOMEM);
	dmabuf = rig_heap_alloc("reserved", (size_t)8 << 20);
	assert_true(dmabuf >= 0);
	assert_int_equal(rig_cma_used(), 8 << 20);
	assert_in_range(rig_meminfo("CmaFree"), 0, 56 * 1024);
	close(dmabuf);
	assert_int_equal(rig_cma_used(), 0);
}
