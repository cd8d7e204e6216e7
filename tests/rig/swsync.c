/* SPDX-License-Identifier: MIT */
#include "swsync.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <linux/types.h>

#include "rig.h"

/* The kernel keeps this interface out of its exported headers: it is for tests only. */
struct sw_sync_create_fence_data {
	__u32 value;
	char name[32];
	__s32 fence;
};

#define SW_SYNC_IOC_CREATE_FENCE _IOWR('W', 0, struct sw_sync_create_fence_data)
#define SW_SYNC_IOC_INC _IOW('W', 1, __u32)

int swsync_open(void)
{
	int fd = open("/sys/kernel/debug/sync/sw_sync", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int swsync_fence(int timeline, uint32_t value)
{
	struct sw_sync_create_fence_data data = {.value = value, .name = "test", .fence = -1};
	int result = rig_ioctl(timeline, SW_SYNC_IOC_CREATE_FENCE, &data);

	if (result < 0) {
		return result;
	}
	fcntl(data.fence, F_SETFD, FD_CLOEXEC);
	return data.fence;
}

int swsync_advance(int timeline, uint32_t by)
{
	return rig_ioctl(timeline, SW_SYNC_IOC_INC, &by);
}
