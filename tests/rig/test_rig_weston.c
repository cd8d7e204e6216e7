/* SPDX-License-Identifier: MIT */

/*
 * Weston on a display, which allocates its framebuffers through libgbm: with Tenon's backend the
 * screen shows the same as with Mesa's own, from framebuffers as the devices need them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "harness/harness.h"
#include "programs.h"
#include "rig.h"
#include "weston.h"

struct screen {
	unsigned long sum; /* vkms's checksum of what it shows */
	char report[65536];
	char *log; /* Weston's, with what its libraries say */
};

static const struct weston_options *weston_options(const char *renderer)
{
	static struct weston_options options;

	options = (struct weston_options){
		.renderer = renderer,
		.stock = true,
		.drm_device = strrchr(backend_node(), '/') + 1,
	};
	return &options;
}

/* A test card on Weston's screen, verified by its own screenshot; and what the kernel then has. */
static void show(const char *renderer, struct screen *screen)
{
	struct weston *weston = weston_start(weston_options(renderer));
	char arguments[512];
	const char *sum;

	snprintf(arguments, sizeof(arguments),
		"-n 2 -s 320x240 --verify --exec 'cd /sys/kernel/debug/dri/%d; "
		"echo auto >crtc-0/crc/control; "
		/* the kernel's texts have ends of strings in them */
		"{ cat framebuffer; dd if=crtc-0/crc/data bs=256 count=2 2>/dev/null; } | "
		"tr -d \"\\000\" | sed \"s/^0x[^ ]* /sum /\"'",
		backend_card());
	int status = program_run(
		weston, TEST_PAINTER, arguments, screen->report, sizeof(screen->report));
	if (status != 0 || strstr(screen->report, "every pixel as it was painted") == NULL) {
		fprintf(stderr, "%s\n", screen->report);
		fail_msg("status %d", status);
	}
	screen->log = weston_dup_log(weston);
	weston_stop(weston);
	sum = strstr(screen->report, "sum 0x");
	if (sum == NULL) {
		fprintf(stderr, "%s\n", screen->report);
	}
	assert_non_null(sum);
	screen->sum = strtoul(sum + strlen("sum "), NULL, 16);
	assert_int_not_equal(screen->sum, 0);
}

static void check_same(const char *renderer, struct screen *mesa, struct screen *tenon)
{
	backend_use_mesa();
	show(renderer, mesa);
	backend_use("odd");
	setenv("TENON_DEBUG", "2", 1);
	show(renderer, tenon);
	assert_int_equal(mesa->sum, tenon->sum);
}

/* The framebuffer on the screen has the pitch that the devices agree on, and its memory is what
 * software GL can draw to. */
TEST_TIMEOUT(gl_weston_shows_the_same_from_constrained_buffers, 150)
{
	static struct screen mesa, tenon;

	rig_require();
	check_same("gl", &mesa, &tenon);
	assert_non_null(strstr(mesa.report, "pitch[0]=4096"));
	assert_null(strstr(tenon.report, "pitch[0]=4096"));
	assert_non_null(strstr(tenon.report, "pitch[0]=4352"));
	assert_non_null(strstr(tenon.log, "gbm: bo 1024x768 XRGB8888 for scanout"));
	assert_non_null(strstr(tenon.log, "heap dumb, probe passed"));
	assert_null(strstr(tenon.log, "Mesa's own allocation"));
	free(mesa.log);
	free(tenon.log);
}

/* With pixman Weston makes its framebuffers by ioctls of its own, and no bo at all: the backend
 * changes nothing, and does no harm. */
TEST_TIMEOUT(pixman_weston_asks_for_no_bo, 150)
{
	static struct screen mesa, tenon;

	rig_require();
	check_same("pixman", &mesa, &tenon);
	assert_non_null(strstr(tenon.report, "pitch[0]=4096"));
	assert_null(strstr(tenon.log, "gbm: bo"));
	free(mesa.log);
	free(tenon.log);
}

/* Software GL cannot draw to the only memory that a device takes: nothing is shown, and the stage
 * that refused is named. */
TEST_TIMEOUT(weston_says_which_stage_refused, 100)
{
	struct weston *weston;
	char *log;

	rig_require();
	backend_use("strip");
	weston = weston_start(weston_options("gl"));
	for (int i = 0; i < 100; i++) {
		log = weston_dup_log(weston);
		if (strstr(log, "failed to lock front buffer") != NULL) {
			break;
		}
		free(log);
		log = NULL;
		usleep(100000);
	}
	weston_stop(weston);
	assert_non_null(log);
	assert_non_null(strstr(log, "heap cma refused at map"));
	assert_null(strstr(log, "Mesa's own allocation"));
	free(log);
}
