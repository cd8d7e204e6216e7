/* SPDX-License-Identifier: MIT */

/*
 * GL into real dma-bufs that go to Weston: tenon-egl's way, with fences of the kernel's. Software
 * GL imports dma-bufs only where no render node is visible, so those are taken away first.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "harness/harness.h"
#include "programs.h"
#include "rig.h"
#include "weston.h"

static const char no_egl[] = "EGL_EXT_image_dma_buf_import is not here";

static void hide_render_nodes(void)
{
	glob_t nodes = {0};

	rig_require();
	if (glob("/dev/dri/renderD*", 0, NULL, &nodes) == 0) {
		for (size_t i = 0; i < nodes.gl_pathc; i++) {
			assert_int_equal(unlink(nodes.gl_pathv[i]), 0);
		}
	}
	globfree(&nodes);
}

static void check(const char *renderer, const char *ini, const char *heaps, int status,
	const char *const *said, size_t len)
{
	const struct weston_options options = {
		.renderer = renderer, .ini = ini, .width = 320, .height = 200};

	hide_render_nodes();
	setenv("TENON_HEAPS", heaps, 1);
	program_check(&options, TEST_EGL, "--verify -n 4 -s 161x99", status, said, len, no_egl);
}

static const char amdgpu[] = "[tenon]\ndevices=amdgpu\n";
static const char mxsfb[] = "[tenon]\ndevices=mxsfb-drm\n";
static const char strip[] = "[tenon]\ndevices=strip\n";

TEST_TIMEOUT(buffers_of_the_system_heap, 100)
{
	static const char *const said[] = {"native fences", "pitch 768",
		"heap                 system", "linux-dmabuf: the memory is a dma-buf",
		"every pixel as GL drew it", "frames painted       4, copies by this program 0",
		"frames shown         4 of 4", "upload to the GPU 0 "};

	check("gl", amdgpu, "system,udmabuf,cma", 0, said, 8);
}

TEST_TIMEOUT(buffers_of_udmabuf, 100)
{
	static const char *const said[] = {"heap                 udmabuf",
		"linux-dmabuf: the memory is a dma-buf", "every pixel as GL drew it",
		"copies by this program 0"};

	check("gl", amdgpu, "udmabuf", 0, said, 4);
}

/* The display takes memory of the CMA heap only, and GL draws to it. */
TEST_TIMEOUT(buffers_of_cma_where_a_device_demands_it, 100)
{
	static const char *const said[] = {"heap                 cma",
		"linux-dmabuf: the memory is a dma-buf", "every pixel as GL drew it",
		"copies by this program 0"};

	backend_add_devices();
	check("gl", strip, "memfd,system,udmabuf,cma", 0, said, 4);
}

/* Its rows must be as long as the picture, and software GL's begin at multiples of 16 bytes. */
TEST_TIMEOUT(a_conflict_with_gl_itself_is_named, 100)
{
	static const char *const said[] = {"llvmpipe", "mxsfb-drm"};

	check("gl", mxsfb, "cma", 1, said, 2);
}

/* Without linux-dmabuf the same dma-buf goes by wl_shm. */
TEST_TIMEOUT(pixman_takes_the_dmabuf_by_shm, 100)
{
	static const char *const said[] = {"heap                 system",
		"wl_shm: the compositor does not have linux-dmabuf", "every pixel as GL drew it",
		"copies by this program 0"};

	check("pixman", amdgpu, "system", 0, said, 4);
}

/* Read and written in place, each after GL by its fence: the same pixels as by the stock calls. */
TEST_TIMEOUT(pixels_in_place_are_those_of_the_stock_calls, 150)
{
	char output[4096];

	hide_render_nodes();
	setenv("TENON_CONFIG", "", 1);
	setenv("TENON_HEAPS", "system", 1);
	assert_int_equal(backend_run(TEST_READBACK " 2>&1", output, sizeof(output)), 0);
	assert_non_null(strstr(output, "native fences"));
	assert_non_null(strstr(output, "3840x2160"));
}
