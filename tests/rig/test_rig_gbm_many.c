/* SPDX-License-Identifier: MIT */

/* Many bos in a real kernel, one after the other, leave nothing. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <gbm.h>

#include "backend.h"
#include "harness/harness.h"
#include "rig.h"

static size_t count_fds(void)
{
	size_t n = 0;
	for (int fd = 0; fd < 256; fd++) {
		n += fcntl(fd, F_GETFD) >= 0;
	}
	return n;
}

TEST_TIMEOUT(ten_thousand_bos_leave_no_fd_handle_or_memory, 280)
{
	rig_require();
	backend_use("");
	int card = open(backend_node(), O_RDWR | O_CLOEXEC);
	struct gbm_device *device = gbm_create_device(card);
	struct gbm_bo *bo = gbm_bo_create(device, 64, 64, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT);
	assert_non_null(bo);
	uint32_t first = gbm_bo_get_handle(bo).u32;
	gbm_bo_destroy(bo);
	size_t fds = count_fds();
	long dmabufs = rig_dmabufs(), slab = rig_meminfo("SUnreclaim"),
	     shmem = rig_meminfo("Shmem");
	for (int i = 0; i < 10000; i++) {
		bo = gbm_bo_create(device, 64, 64, GBM_FORMAT_XRGB8888, GBM_BO_USE_SCANOUT);
		assert_non_null(bo);
		assert_int_equal(gbm_bo_get_handle(bo).u32, first);
		gbm_bo_destroy(bo);
	}
	assert_int_equal(count_fds(), fds);
	assert_int_equal(rig_dmabufs(), dmabufs);
	/* 10,000 of the least there is, a page, would be 40 MB */
	assert_true(rig_meminfo("SUnreclaim") - slab < 4096);
	assert_true(rig_meminfo("Shmem") - shmem < 4096);
	gbm_device_destroy(device);
	close(card);
}
