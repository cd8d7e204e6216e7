/* SPDX-License-Identifier: MIT */
/*
 * Real frames in every format of vivid's that has a DRM name: read as drm_fourcc.h says the format
 * lies in memory, the picture's bars have the same colours in all of them. A name that is
 * translated wrongly shows as red bars that are blue.
 */
#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tenon/v4l2.h>

#include "camera.h"
#include "harness.h"
#include "rig.h"
#include "unit/fourcc_words.h"

enum {
	WIDTH = 640,
	HEIGHT = 480,
	BARS = 8,
};

struct colour {
	int r, g, b;
};

/* A frame as the driver delivers it. */
struct frame {
	const struct tenon_format *format;
	const uint8_t *data;
	uint32_t pitch;
};

/* len bits of the little-endian word at a place. */
static unsigned bits_at(const uint8_t *at, unsigned shift, unsigned len)
{
	unsigned value = 0;

	for (unsigned i = 0; i < len; i++) {
		value |= (unsigned)(at[(shift + i) / 8] >> ((shift + i) % 8) & 1) << i;
	}
	return value;
}

static int to_8_bits(unsigned value, unsigned bits)
{
	return (int)(value * 255 / ((1u << bits) - 1));
}

/* The component of a pixel, scaled to 8 bits; -1: the format has none such. Of two pixels in one
 * block the first one's luma. */
static int component(const struct frame *frame, const uint8_t *block, const char *name)
{
	struct fourcc_part parts[8];
	size_t len = fourcc_read_parts(DRM_HEADER, tenon_format_get_name(frame->format), parts);
	unsigned shift = 0;

	assert_true(len > 0);
	for (size_t i = len; i-- > 0;) {
		bool same = strcmp(parts[i].name, name) == 0 ||
			    (strncmp(parts[i].name, name, strlen(name)) == 0 &&
				    parts[i].name[strlen(name)] == '0');

		if (same) {
			return to_8_bits(bits_at(block, shift, parts[i].bits), parts[i].bits);
		}
		shift += parts[i].bits;
	}
	return -1;
}

/* ITU-R BT.601, limited range, as vivid converts. */
static struct colour from_yuv(int y, int cb, int cr)
{
	double l = 1.164 * (y - 16);
	struct colour c = {
		.r = (int)(l + 1.596 * (cr - 128)),
		.g = (int)(l - 0.813 * (cr - 128) - 0.392 * (cb - 128)),
		.b = (int)(l + 2.017 * (cb - 128)),
	};

	c.r = c.r < 0 ? 0 : c.r > 255 ? 255 : c.r;
	c.g = c.g < 0 ? 0 : c.g > 255 ? 255 : c.g;
	c.b = c.b < 0 ? 0 : c.b > 255 ? 255 : c.b;
	return c;
}

/* The byte of a plane that follows the planes before it, in proportion. */
static const uint8_t *plane_byte(
	const struct frame *frame, unsigned plane, uint32_t x, uint32_t y, unsigned *bytes)
{
	const uint8_t *base = frame->data;
	unsigned hsub = 1, vsub = 1;
	uint32_t pitch = frame->pitch;

	for (unsigned i = 0; i <= plane; i++) {
		base += i > 0 ? (size_t)pitch * (HEIGHT / vsub) : 0;
		assert_int_equal(
			tenon_format_get_plane(frame->format, i, bytes, NULL, &hsub, &vsub), 0);
		pitch = frame->pitch * *bytes / hsub;
	}
	return base + (size_t)(y / vsub) * pitch + x / hsub * *bytes;
}

/* Luma in one plane, chroma in others, in the order the header says. */
static struct colour read_planar(const struct frame *frame, uint32_t x, uint32_t y)
{
	char define[64];
	const char *line;
	unsigned bytes;
	int luma = *plane_byte(frame, 0, x, y, &bytes), first, second;
	bool cb_first;

	snprintf(define, sizeof(define), "DRM_FORMAT_%s", tenon_format_get_name(frame->format));
	line = fourcc_find_define(DRM_HEADER, define);
	assert_non_null(line);
	first = *plane_byte(frame, 1, x, y, &bytes);
	if (tenon_format_get_planes_len(frame->format) == 2) {
		second = plane_byte(frame, 1, x, y, &bytes)[1];
		cb_first = strstr(line, "Cr:Cb plane") != NULL; /* the word's low byte */
	} else {
		second = *plane_byte(frame, 2, x, y, &bytes);
		cb_first = strstr(line, "Cb (1)") != NULL;
	}
	return from_yuv(luma, cb_first ? first : second, cb_first ? second : first);
}

static struct colour read_pixel(const struct frame *frame, uint32_t x, uint32_t y)
{
	unsigned bytes, width;
	const uint8_t *block;
	struct colour c;
	int luma;

	if (tenon_format_get_planes_len(frame->format) > 1) {
		return read_planar(frame, x, y);
	}
	assert_int_equal(tenon_format_get_plane(frame->format, 0, &bytes, &width, NULL, NULL), 0);
	block = frame->data + (size_t)y * frame->pitch + x / width * bytes;
	luma = component(frame, block, "Y");
	if (luma >= 0) {
		return from_yuv(luma, component(frame, block, "Cb"), component(frame, block, "Cr"));
	}
	c.r = component(frame, block, "R");
	c.g = component(frame, block, "G");
	c.b = component(frame, block, "B");
	return c;
}

/* Captures a frame, and reads the middles of its bars. */
static void read_bars(const struct tenon_v4l2_format *format, struct colour bars[BARS])
{
	struct camera camera;
	struct frame frame = {.format = tenon_format_get(format->drm.format)};
	void *map;

	assert_int_equal(
		camera_open(&camera, CAMERA_ANY, WIDTH, HEIGHT, format->pixelformat, 0), 0);
	assert_int_equal(camera_make(&camera, 1), 0);
	assert_int_equal(camera_start(&camera), 0);
	assert_int_equal(camera_take(&camera, 5000), 0);
	map = mmap(NULL, camera.size, PROT_READ, MAP_SHARED, camera.fd, 0);
	assert_true(map != MAP_FAILED);
	frame.data = map;
	frame.pitch = camera.pitch;
	for (uint32_t i = 0; i < BARS; i++) {
		bars[i] = read_pixel(&frame, WIDTH / BARS * i + WIDTH / BARS / 2, HEIGHT / 2);
	}
	munmap(map, camera.size);
	camera_stop(&camera);
	camera_close(&camera);
}

/* Of the whole range, by BT.709: vivid's grey. */
static int luma_of(const struct colour *c)
{
	return (2126 * c->r + 7152 * c->g + 722 * c->b) / 10000;
}

static bool is_near(const struct tenon_format *format, const struct colour *wanted,
	const struct colour *got, int most)
{
	const char *name = tenon_format_get_name(format);

	if (name[0] == 'R' && name[1] >= '0' && name[1] <= '9') {
		return abs(luma_of(wanted) - got->r) <= most;
	}
	return abs(wanted->r - got->r) <= most && abs(wanted->g - got->g) <= most &&
	       abs(wanted->b - got->b) <= most;
}

TEST_TIMEOUT(bars_have_their_colours_in_every_format, 280)
{
	/* XBGR32: the bytes B, G, R and one more; what all others are held against */
	struct tenon_v4l2_format format = {.size = sizeof(format),
		.pixelformat = V4L2_PIX_FMT_XBGR32,
		.drm = {.format = 0x34325258}};
	struct tenon_v4l2_device *device = NULL;
	struct colour wanted[BARS], bars[BARS];
	unsigned tried = 0;
	int fd;

	rig_require();
	if (access(DRM_HEADER, R_OK) != 0) {
		TEST_SKIP("no " DRM_HEADER);
	}
	read_bars(&format, wanted);
	assert_true(wanted[0].r > 150 && wanted[0].g > 150 && wanted[0].b > 150); /* white */
	assert_true(wanted[5].r > 150 && wanted[5].g < 50 && wanted[5].b < 50);   /* red */
	assert_true(wanted[6].r < 50 && wanted[6].g < 50 && wanted[6].b > 150);   /* blue */
	fd = rig_open_video(CAMERA_ANY);
	assert_true(fd >= 0);
	assert_int_equal(tenon_v4l2_device_create(&device, fd), 0);
	close(fd);
	for (size_t i = 0;
		tenon_v4l2_device_get_format(device, TENON_V4L2_CAPTURE, i, &format) == 0; i++) {
		if (!format.known) {
			continue;
		}
		read_bars(&format, bars);
		for (int bar = 0; bar < BARS; bar++) {
			if (!is_near(tenon_format_get(format.drm.format), &wanted[bar], &bars[bar],
				    32)) {
				fail_msg("%s as %s: bar %d is %d, %d, %d, not %d, %d, %d",
					format.description,
					tenon_format_get_name(tenon_format_get(format.drm.format)),
					bar, bars[bar].r, bars[bar].g, bars[bar].b, wanted[bar].r,
					wanted[bar].g, wanted[bar].b);
			}
		}
		tried++;
	}
	print_message("# %u formats\n", tried);
	assert_true(tried >= 45);
	tenon_v4l2_device_unref(device);
}
