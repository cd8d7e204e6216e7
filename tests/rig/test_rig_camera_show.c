/* SPDX-License-Identifier: MIT */
/*
 * tenon-camera as a user runs it: vivid's picture in buffers that the camera and a real Weston both
 * take, on Weston's screen, pixel by pixel, and not copied by the program.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "camera.h"
#include "harness.h"
#include "rig.h"
#include "programs.h"

/* The node's path; its picture stands still from now on. */
static const char *find_camera(const char *name)
{
	static char path[64];
	struct camera camera;
	char link[32];
	ssize_t len;

	rig_require();
	assert_int_equal(camera_open(&camera, name, 640, 480, V4L2_PIX_FMT_XBGR32, 0), 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", camera.fd);
	len = readlink(link, path, sizeof(path) - 1);
	assert_true(len > 0);
	path[len] = '\0';
	camera_close(&camera);
	return path;
}

static const char *heaps = "memfd,udmabuf,system,cma";

struct wanted {
	const char *renderer, *arguments;
	int status;
	const char *said[6];
};

static void check(const char *camera, const struct wanted *wanted)
{
	const struct weston_options options = {.renderer = wanted->renderer,
		.ini = "[tenon]\ndevices=vkms\n",
		.width = 800,
		.height = 600};
	char arguments[512];
	size_t len = 0;

	while (len < 6 && wanted->said[len] != NULL) {
		len++;
	}
	setenv("TENON_HEAPS", heaps, 1);
	snprintf(arguments, sizeof(arguments), "--device %s %s", find_camera(camera),
		wanted->arguments);
	program_check(&options, TEST_CAMERA, arguments, wanted->status, wanted->said, len, NULL);
}

/* Weston's software renderer has no dma-bufs: a memfd for it, a udmabuf of it for the camera. */
TEST_TIMEOUT(pixman_and_shm, 180)
{
	check(CAMERA_ANY,
		&(struct wanted){"pixman", "-s 640x480 -n 20 --verify", 0,
			{"XRGB8888, 640x480", "memfd, as udmabuf for the camera",
				"copies by this program 0", "compared             0 pixels",
				"frames captured      20"}});
}

/* Mesa's software renderer takes dma-bufs where it sees no DRM device. */
static void check_gl(const char *camera, const struct wanted *wanted)
{
	rig_require();
	assert_int_equal(system("rm -f /dev/dri/renderD*"), 0);
	check(camera, wanted);
}

TEST_TIMEOUT(gl_and_dmabufs, 280)
{
	check_gl(CAMERA_ANY,
		&(struct wanted){"gl", "-s 640x480 -n 10 --verify", 0,
			{"sent by              linux-dmabuf", "copies by this program 0",
				"compared             0 pixels", "frames captured      10",
				"memory               system"}});
}

/* Nothing but contiguous memory will do: the area's, or without one what the camera allocates for
 * itself; or there is a clear answer before anything is set up. */
TEST_TIMEOUT(contiguous_camera, 280)
{
	const char *memory =
		rig_guest_is("cma") ? "memory               cma" : "memory               camera";

	heaps = "memfd,system,cma"; /* udmabuf may find pages in a row */
	check_gl(CAMERA_CONTIGUOUS,
		&(struct wanted){"gl", "-s 640x480 -n 5 --verify", 0,
			{"sent by              linux-dmabuf", memory,
				"compared             0 pixels", "copies by this program 0"}});
	check_gl(CAMERA_CONTIGUOUS, &(struct wanted){"gl", "-s 640x480 -n 5 --heap system", 4,
					    {"no memory of this machine satisfies the devices",
						    "heap system: its memory is scattered, "
						    "contiguous memory is needed"}});
	/* wl_shm wants a memfd, which is not contiguous */
	check(CAMERA_CONTIGUOUS, &(struct wanted){"pixman", "-s 640x480 -n 1", 4,
					 {"no memory of this machine satisfies the devices"}});
}

/* Unplugs a camera once its frames come. */
static pid_t unplug_later(const char *name)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct camera camera = {.fd = rig_open_video(name)};
		struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};

		do {
			usleep(50000);
		} while (rig_ioctl(camera.fd, VIDIOC_QUERYBUF, &buffer) < 0 || buffer.sequence < 3);
		_exit(camera_unplug(&camera) == 0 ? 0 : 1);
	}
	return pid;
}

TEST_TIMEOUT(unplugged_while_it_streams, 180)
{
	pid_t pid;
	int status;

	rig_require();
	pid = unplug_later(CAMERA_ANY);
	check(CAMERA_ANY, &(struct wanted){"pixman", "-s 640x480 -n 100000", 3,
				  {"the camera is gone; was it unplugged?", "frames captured",
					  "copies by this program 0"}});
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(rig_dmabufs(), 0);
}

TEST_TIMEOUT(clear_errors, 180)
{
	check(CAMERA_ANY, &(struct wanted){"pixman", "-s 641x481 -n 1", 1, {"641", "640"}});
	check(CAMERA_ANY, &(struct wanted){"pixman", "-s 640x480 -f P010 -n 1", 1,
				  {"does not have the format"}});
	check(CAMERA_ANY, &(struct wanted){"pixman", "-s 640x480 -f NV12 -n 1", 1,
				  {"the compositor takes no format of", "by wl_shm"}});
	check(CAMERA_ANY,
		&(struct wanted){"pixman", "--device /dev/null", 3, {"/dev/null: no V4L2 device"}});
}
