/* SPDX-License-Identifier: MIT */
/* tenon-kms on vkms: what the screen shows, in which order, and what stays behind. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "card.h"
#include "harness.h"
#include "rig.h"
#include "swsync.h"

#define PROGRAM TEST_BUILD_ROOT "/clients/tenon-kms"
#define DEVICES_INI TEST_SOURCE_ROOT "/src/device/devices.ini"

enum {
	ARGS_MAX = 24,
	WIDTH = 320,
	HEIGHT = 200,
};

/* A run that has not ended. */
struct run {
	pid_t pid;
	int out;
	char text[8192]; /* all it has said, at the end */
};

static void start(struct run *run, const char *args, int inherited)
{
	char copy[512], *argv[ARGS_MAX] = {(char *)PROGRAM}, *rest = copy, *arg;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", args);
	while ((arg = strsep(&rest, " ")) != NULL) {
		argv[argc++] = arg;
		assert_in_range(argc, 1, ARGS_MAX - 1);
	}
	run->out = memfd_create("out", MFD_CLOEXEC);
	run->pid = fork();
	assert_true(run->pid >= 0);
	if (run->pid == 0) {
		setenv("TENON_CONFIG", "", 1);
		setenv("TENON_DEVICE_TABLE", DEVICES_INI, 1);
		dup2(run->out, STDOUT_FILENO);
		dup2(run->out, STDERR_FILENO);
		if (inherited >= 0) {
			dup2(inherited, 9);
		}
		execv(PROGRAM, argv);
		_exit(127);
	}
}

static int finish(struct run *run)
{
	int status;
	ssize_t len;

	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	len = pread(run->out, run->text, sizeof(run->text) - 1, 0);
	assert_true(len >= 0);
	run->text[len] = '\0';
	close(run->out);
	if (!WIFEXITED(status)) {
		fail_msg("status %d: %s", status, run->text);
	}
	return WEXITSTATUS(status);
}

static void expect(const char *args, int status, const char *words)
{
	struct run run;
	int got;

	start(&run, args, -1);
	got = finish(&run);
	if (got != status || strstr(run.text, words) == NULL) {
		fail_msg("status %d, \"%s\" wanted; %d: %s", status, words, got, run.text);
	}
}

TEST(frames_are_shown)
{
	rig_require();
	expect("-n 5", 0, "vkms, Virtual-1\npicture    XRGB8888 1024x768, pitch 4096\n");
	expect("-n 3 --size 800x600 --heap dumb", 0, "memory     dumb\nframes     3");
	/* rows that suit another device, too: 1366 pixels are 5464 bytes */
	expect("-n 2 --connector Writeback-1 -s 1366x64 --devices amdgpu:render", 0, "pitch 5632");
	assert_int_equal(rig_dmabufs(), 0);
}

TEST(screen_shows_what_was_painted)
{
	rig_require();
	expect("--connector Writeback-1 -s 320x240 -n 4", 0, "compared   4, 0 pixels differ");
	expect("--connector Writeback-1 -s 320x240 -n 2 -f RGB565", 0,
		"compared   2, 0 pixels differ");
	if (rig_guest_is("cma")) {
		expect("--connector Writeback-1 -s 320x240 -n 2 --heap cma", 0, "memory     cma");
	}
}

/* The program's own word is not taken for it. */
static void check_dump(const char *path, unsigned frame)
{
	pixman_image_t *card = pixman_image_create_bits(PIXMAN_x8r8g8b8, WIDTH, HEIGHT, NULL, 0);
	const uint32_t *pixels = pixman_image_get_data(card);
	FILE *file = fopen(path, "re");
	unsigned width, height;

	assert_non_null(file);
	assert_int_equal(card_paint(card, frame), 0);
	assert_int_equal(fscanf(file, "P6 %u %u 255", &width, &height), 2);
	assert_int_equal(fgetc(file), '\n');
	assert_int_equal(width, WIDTH);
	assert_int_equal(height, HEIGHT);
	for (int i = 0; i < WIDTH * HEIGHT; i++) {
		uint32_t red = (uint32_t)fgetc(file), green = (uint32_t)fgetc(file);
		uint32_t blue = (uint32_t)fgetc(file);

		assert_int_equal(red << 16 | green << 8 | blue, pixels[i] & 0xffffff);
	}
	assert_int_equal(fgetc(file), EOF);
	fclose(file);
	pixman_image_unref(card);
}

TEST(dump_is_the_card)
{
	char path[] = "/tmp/tenon-kms-XXXXXX", args[128];
	int fd;

	rig_require();
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	snprintf(args, sizeof(args), "--connector Writeback-1 -s 320x200 -n 3 --dump %s", path);
	expect(args, 0, "compared   3");
	check_dump(path, 2);
	unlink(path);
}

/* The first frame waits for a fence that nobody has signalled, and so does all that follows. */
TEST(fence_delays_the_frame)
{
	struct run run;
	int timeline, fence, status;

	rig_require();
	timeline = swsync_open();
	assert_true(timeline >= 0);
	fence = swsync_fence(timeline, 1);
	assert_true(fence >= 0);
	start(&run, "-n 2 --in-fence 9", fence);
	/* as long as three frames take at most, ten times over */
	assert_int_equal(poll(NULL, 0, 500), 0);
	assert_int_equal(waitpid(run.pid, &status, WNOHANG), 0);
	assert_int_equal(swsync_advance(timeline, 1), 0);
	assert_int_equal(finish(&run), 0);
	assert_non_null(strstr(run.text, "frames     2"));
	close(fence);
	close(timeline);
}

/* What the first CRTC shows: its framebuffer, 0 for nothing. */
static uint32_t shown_by(int card, uint32_t crtc_id, int *mode_valid)
{
	drmModeCrtc *crtc = drmModeGetCrtc(card, crtc_id);
	uint32_t fb;

	assert_non_null(crtc);
	fb = crtc->buffer_id;
	*mode_valid = crtc->mode_valid;
	drmModeFreeCrtc(crtc);
	return fb;
}

/* A screen with a framebuffer of this card's, in its own mode. */
static uint32_t show_something(int card, const drmModeRes *resources)
{
	struct drm_mode_create_dumb dumb = {.bpp = 32};
	drmModeConnector *connector = drmModeGetConnector(card, resources->connectors[0]);
	uint32_t fb = 0;

	assert_non_null(connector);
	assert_true(connector->count_modes > 0);
	dumb.width = connector->modes[0].hdisplay;
	dumb.height = connector->modes[0].vdisplay;
	assert_int_equal(drmIoctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb), 0);
	assert_int_equal(
		drmModeAddFB(card, dumb.width, dumb.height, 24, 32, dumb.pitch, dumb.handle, &fb),
		0);
	assert_int_equal(drmModeSetCrtc(card, resources->crtcs[0], fb, 0, 0,
				 &connector->connector_id, 1, &connector->modes[0]),
		0);
	drmModeFreeConnector(connector);
	return fb;
}

TEST(screen_is_put_back)
{
	drmModeRes *resources;
	int card, mode_valid;
	uint32_t fb;

	rig_require();
	card = rig_open_card("vkms");
	resources = drmModeGetResources(card);
	assert_non_null(resources);
	/* from nothing to nothing */
	assert_int_equal(drmDropMaster(card), 0);
	expect("-n 2", 0, "frames     2");
	assert_int_equal(shown_by(card, resources->crtcs[0], &mode_valid), 0);
	assert_false(mode_valid);
	/* and from what was there to that; another mode in between */
	assert_int_equal(drmSetMaster(card), 0);
	fb = show_something(card, resources);
	assert_int_equal(drmDropMaster(card), 0);
	expect("-n 2 -s 800x600", 0, "frames     2");
	assert_int_equal(shown_by(card, resources->crtcs[0], &mode_valid), fb);
	assert_true(mode_valid);
	expect("-n 2 -c Writeback-1", 0, "compared   2");
	assert_int_equal(shown_by(card, resources->crtcs[0], &mode_valid), fb);
	drmModeFreeResources(resources);
	close(card);
}

TEST(errors_are_clear)
{
	int master;

	rig_require();
	expect("--connector HDMI-A-9", 3, "there is no connector \"HDMI-A-9\"");
	expect("--size 3x3", 3, "Virtual-1 has no mode of 3x3; its own is 1024x768");
	expect("--device /dev/null", 3, "/dev/null: no DRM device");
	expect("--device /dev/dri/card0", 3, "/dev/dri/card0: this device has no display");
	expect("--heap nowhere", 4, "needs heap nowhere");
	expect("--frames 0", 2, "--frames does not take \"0\"");
	expect("--devices nodevice", 2, "nodevice");
	expect("--devices mxsfb-drm:scanout --devices amdgpu:render -c Writeback-1 -s 1366x64", 1,
		"amdgpu needs pitch multiple of 256; mxsfb-drm needs pitch exactly 5464");
	master = rig_open_card("vkms");
	assert_true(drmIsMaster(master));
	expect("--device /dev/dri/card1", 3, "right to set modes");
	close(master);
	assert_int_equal(rig_dmabufs(), 0);
}
