/* SPDX-License-Identifier: MIT */

/*
 * tenon-egl as a Wayland client: exit status, report, and every pixel. On software GL, which takes
 * a memfd for a dma-buf where there is no DRM device.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "harness.h"
#include "programs.h"
#include "weston.h"

static const char amdgpu[] = "[tenon]\ndevices=amdgpu\n";
static const char mxsfb[] = "[tenon]\ndevices=mxsfb-drm\n";

/* Status 3 and this on stderr: EGL of this machine does not import memory. */
static const char no_egl[] = "EGL_EXT_image_dma_buf_import is not here";

static void check(const char *renderer, const char *ini, bool stock, const char *arguments,
	int status, const char *const *said, size_t len)
{
	const struct weston_options options = {.renderer = renderer, .ini = ini, .stock = stock};
	program_check(&options, TEST_EGL, arguments, status, said, len, no_egl);
}

TEST_TIMEOUT(gl_draws_what_gl_shows_without_a_copy, 60)
{
	static const char *const said[] = {"drawn by             llvmpipe", "pitch 1536",
		"linux-dmabuf with a memfd", "every pixel as GL drew it",
		"frames painted       4, copies by this program 0", "frames shown         4 of 4",
		"upload to the GPU 0 "};

	check("gl", amdgpu, false, "--verify -n 4 -s 353x241 --transport emulated", 0, said, 7);
}

TEST_TIMEOUT(pixman_shows_the_same_memory_by_shm, 60)
{
	static const char *const said[] = {"pitch 1536", "wl_shm", "every pixel as GL drew it",
		"copies by this program 0", "upload to the GPU 0 "};

	check("pixman", amdgpu, false, "--verify -n 4 -s 353x241", 0, said, 5);
}

/* Rows of 1412 bytes would do for stock Weston, and software GL would crash. */
TEST_TIMEOUT(stock_weston_is_fallen_back_from, 60)
{
	static const char *const gl[] = {"linux-dmabuf formats", "pitch 1424",
		"linux-dmabuf with a memfd", "every pixel as GL drew it",
		"the compositor does not count copies"};
	static const char *const pixman[] = {
		"wl_shm formats", "pitch 1424", "wl_shm:", "every pixel as GL drew it"};

	check("gl", "", true, "--verify -n 3 -s 353x241 --transport emulated", 0, gl, 5);
	check("pixman", "", true, "--verify -n 3 -s 353x241", 0, pixman, 4);
}

TEST_TIMEOUT(what_cannot_be_is_said, 60)
{
	static const char *const conflict[] = {"mxsfb-drm", "amdgpu"};
	static const char *const memory[] = {"no memory of this machine satisfies the devices"};
	static const char *const transport[] = {"no wl_buffer"};

	check("pixman", mxsfb, false, "-s 1366x768 -d amdgpu", 1, conflict, 2);
	check("pixman", mxsfb, false, "-n 1", 4, memory, 1);
	check("gl", amdgpu, false, "-n 1 --transport dmabuf", 3, transport, 1);
}

TEST_TIMEOUT(pictures_are_written, 60)
{
	const struct weston_options options = {.renderer = "gl", .ini = amdgpu};
	static const char png[] = "/tmp/tenon-test-egl.png", raw[] = "/tmp/tenon-test-egl.raw";
	struct stat info;

	remove(png);
	remove(raw);
	program_check(&options, TEST_EGL,
		"-n 2 -s 64x48 --quiet --screenshot /tmp/tenon-test-egl.png --dump "
		"/tmp/tenon-test-egl.raw",
		0, NULL, 0, no_egl);
	assert_int_equal(stat(png, &info), 0);
	assert_true(info.st_size > 100);
	assert_int_equal(stat(raw, &info), 0);
	assert_int_equal(info.st_size, 64 * 48 * 4);
	remove(png);
	remove(raw);
}

TEST_TIMEOUT(wrong_command_lines_are_refused, 60)
{
	const struct weston_options options = {.renderer = "pixman", .ini = amdgpu};
	static const char *const wrong[] = {"-s 0x5", "-s 5", "-n 0", "-n 1x", "--buffers 17",
		"--transport mail", "--nonsense", "extra", "-d no-such-device -n 1",
		"-d amdgpu:no-such-role -n 1", "--kms /dev/null --verify"};
	struct weston *weston = weston_start(&options);
	char out[16384];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (program_run(weston, TEST_EGL, wrong[i], out, sizeof(out)) != 2) {
			fail_msg("%s: %s", wrong[i], out);
		}
	}
	assert_int_equal(program_run(weston, TEST_EGL, "--help", out, sizeof(out)), 0);
	weston_stop(weston);
}
