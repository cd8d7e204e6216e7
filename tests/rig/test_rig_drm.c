/* SPDX-License-Identifier: MIT */
/* DRM devices as the library sees them, held to what the kernel says by bare ioctls. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <tenon/drm.h>

#include "harness.h"
#include "rig.h"

TEST(device_is_known_by_its_driver)
{
	struct tenon_drm_device *device = NULL;
	struct stat st;
	int card;

	rig_require();
	card = rig_open_card("vkms");
	assert_int_equal(tenon_drm_device_create(&device, card), 0);
	assert_string_equal(tenon_drm_device_get_driver(device), "vkms");
	assert_int_equal(fstat(card, &st), 0);
	assert_true(tenon_drm_device_get_dev(device) == st.st_rdev);
	/* the caller's fd is its own to close */
	close(card);
	assert_int_equal(fcntl(tenon_drm_device_get_fd(device), F_GETFD), FD_CLOEXEC);
	tenon_drm_device_ref(device);
	tenon_drm_device_unref(device);
	tenon_drm_device_unref(device);
}

TEST(what_is_no_drm_device_is_refused)
{
	struct tenon_drm_device *device = NULL;
	int fd;

	rig_require();
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(tenon_drm_device_create(&device, fd), -ENODEV);
	close(fd);
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(tenon_drm_device_create(&device, fd), -ENODEV);
	close(fd);
	assert_int_equal(tenon_drm_device_create(&device, -1), -EBADF);
	assert_int_equal(tenon_drm_device_open(&device, "/dev/dri/card99"), -ENOENT);
	assert_null(device);
}
