/* SPDX-License-Identifier: MIT */

/* Mesa's allocator as a heap of the plan: tiled and compressed layouts that all devices take. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mesa_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint64_t fast[] = {FAST};
static const uint64_t all[] = {DRM_FORMAT_MOD_LINEAR, SLOW, FAST};

/* Devices of the table: all take tiles, each in its way. */
static const char picky[] = "[device tiles]\n"
			    "bus = drm\n"
			    "[alternative]\n"
			    "roles = any\n"
			    "formats = XRGB8888\n"
			    "modifiers = LINEAR 0x100000000000001 0x100000000000002\n"
			    "[device wide]\n"
			    "bus = drm\n"
			    "[alternative]\n"
			    "roles = any\n"
			    "formats = XRGB8888\n"
			    "modifiers = LINEAR 0x100000000000001 0x100000000000002\n"
			    "pitch-multiple = 640\n"
			    "[device odd]\n"
			    "bus = drm\n"
			    "[alternative]\n"
			    "roles = any\n"
			    "formats = XRGB8888\n"
			    "modifiers = LINEAR 0x100000000000001 0x100000000000002\n"
			    "pitch-multiple = 384\n";

static ino_t file_of(int fd)
{
	struct stat file;
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &file), 0);
	close(fd);
	return file.st_ino;
}

TEST(a_tiled_list_is_laid_out_by_mesa)
{
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *bo = mesa_bo(device, fast, 1);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == FAST);
	assert_int_equal(gbm_bo_get_plane_count(bo), 1);
	assert_int_equal(gbm_bo_get_stride(bo), 512);
	assert_int_equal(gbm_bo_get_offset(bo, 0), 0);
	assert_int_equal(gbm_bo_get_bpp(bo), 32);
	assert_int_equal(gbm_bo_get_width(bo), 100);
	assert_int_equal(gbm_bo_get_handle(bo).u32, (uint32_t)file_of(gbm_bo_get_fd(bo)));
	/* Mesa made it, and imported what became of it; only the import lives */
	assert_int_equal(fake_mesa->creates, 1);
	assert_int_equal(fake_mesa->usage, GBM_BO_USE_RENDERING | GBM_BO_USE_SCANOUT);
	assert_int_equal(fake_mesa->imports, 1);
	assert_true(fake_mesa->imported == FAST);
	assert_int_equal(fake_mesa->live, 1);
	assert_non_null(tenon_gbm_bo_get_buffer(bo));
	const char *text = tenon_gbm_bo_get_text(bo);
	if (strstr(text, "heap mesa") == NULL || strstr(text, "layout I915_Y_TILED") == NULL ||
		strstr(text, "pitch 512 offset 0 size 32768") == NULL) {
		fail_msg("%s", text);
	}
	gbm_bo_destroy(bo);
	mesa_close(device);
}

TEST(tiles_cannot_be_mapped_as_rows)
{
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *bo = mesa_bo(device, fast, 1);
	uint32_t stride = 0;
	void *data = NULL;
	/* Mesa can: it copies, through its own bo */
	void *map = gbm_bo_map(bo, 0, 0, 100, 50, GBM_BO_TRANSFER_READ, &stride, &data);
	assert_non_null(map);
	assert_int_equal(fake_mesa->maps, 1);
	gbm_bo_unmap(bo, data);
	assert_int_equal(fake_mesa->maps, 0);
	gbm_bo_destroy(bo);
	mesa_close(device);
}

/* GBM's lists have no order: Mesa chooses among what is not linear. */
TEST(of_a_mixed_list_tiles_come_first)
{
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *bo = mesa_bo(device, all, 3);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == FAST);
	assert_int_equal(fake_mesa->listed, 2);
	gbm_bo_destroy(bo);
	/* what Mesa does not know is not asked for */
	const uint64_t unknown[] = {DRM_FORMAT_MOD_LINEAR, I915_FORMAT_MOD_Yf_TILED};
	bo = mesa_bo(device, unknown, 2);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == DRM_FORMAT_MOD_LINEAR);
	assert_int_equal(fake_mesa->creates, 1);
	gbm_bo_destroy(bo);
	/* and INVALID in a list leaves the layout unsaid: rows will do */
	const uint64_t unsaid[] = {DRM_FORMAT_MOD_INVALID};
	bo = mesa_bo(device, unsaid, 1);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == DRM_FORMAT_MOD_LINEAR);
	gbm_bo_destroy(bo);
	mesa_close(device);
}

TEST(usages_of_the_cpu_are_linear)
{
	const uint32_t written = GBM_BO_USE_WRITE | GBM_BO_USE_CURSOR;
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *bo = gbm_bo_create_with_modifiers2(
		device, 100, 50, GBM_FORMAT_XRGB8888, all, 3, written);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == DRM_FORMAT_MOD_LINEAR);
	gbm_bo_destroy(bo);
	assert_null(gbm_bo_create_with_modifiers2(
		device, 100, 50, GBM_FORMAT_XRGB8888, fast, 1, written));
	assert_int_equal(errno, EINVAL);
	/* libgbm itself lets nobody ask for this with a list */
	bo = gbm_bo_create(device, 100, 50, GBM_FORMAT_XRGB8888, GBM_BO_USE_LINEAR);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == DRM_FORMAT_MOD_LINEAR);
	gbm_bo_destroy(bo);
	assert_int_equal(fake_mesa->creates, 0);
	mesa_close(device);
}

/* What Mesa makes is held against what all need. */
TEST(the_next_modifier_is_tried)
{
	struct gbm_device *device = mesa_open("tiles wide", picky);
	struct gbm_bo *bo = mesa_bo(device, all, 3);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == SLOW);
	assert_int_equal(gbm_bo_get_stride(bo), 640);
	assert_int_equal(fake_mesa->creates, 2);
	gbm_bo_destroy(bo);
	mesa_close(device);
}

TEST(rows_are_the_last_way)
{
	struct gbm_device *device = mesa_open("tiles odd", picky);
	struct gbm_bo *bo = mesa_bo(device, all, 3);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == DRM_FORMAT_MOD_LINEAR);
	assert_int_equal(gbm_bo_get_stride(bo), 768);
	assert_non_null(strstr(tenon_gbm_bo_get_text(bo), "heap dumb"));
	gbm_bo_destroy(bo);
	mesa_close(device);
}

TEST(who_is_in_the_way_is_named)
{
	mesa_catch_messages();
	struct gbm_device *device = mesa_open("odd", picky);
	const uint64_t tiles[] = {SLOW, FAST};
	assert_null(mesa_bo(device, tiles, 2));
	assert_int_equal(errno, EINVAL);
	mesa_expect_message("refused: heap mesa needs pitch exactly 512 (plane 0); "
			    "odd needs pitch multiple of 384; for odd 768 would do\n");
	mesa_close(device);
}

/* Without a list, the layouts are those of everybody's offers, if somebody offers any. */
static void offer_tiles(void)
{
	const struct tenon_format_modifier pairs[] = {
		{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR},
		{DRM_FORMAT_XRGB8888, SLOW},
		{DRM_FORMAT_XRGB8888, FAST},
	};
	assert_int_equal(tenon_offer_create(&fake_drm.offer, "fake"), 0);
	assert_int_equal(tenon_offer_add(fake_drm.offer, TENON_ROLE_ANY, pairs, 3, NULL), 0);
	fake_drm.planes = true;
}

TEST(without_a_list_mesa_takes_its_implicit_layout)
{
	offer_tiles();
	struct gbm_device *device = mesa_open("", NULL);
	fake_mesa->implicit = SLOW;
	struct gbm_bo *bo =
		gbm_bo_create(device, 100, 50, GBM_FORMAT_XRGB8888, GBM_BO_USE_RENDERING);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == SLOW);
	assert_int_equal(fake_mesa->listed, 0);
	gbm_bo_destroy(bo);
	/* one that not all take is not taken: a program that names no modifier would show it wrong
	 */
	fake_mesa->implicit = I915_FORMAT_MOD_Yf_TILED;
	fake_mesa->layouts[2].modifier = I915_FORMAT_MOD_Yf_TILED;
	fake_mesa->layouts[2].pitch_align = 512;
	fake_mesa->layouts[2].planes = 1;
	bo = gbm_bo_create(device, 100, 50, GBM_FORMAT_XRGB8888, GBM_BO_USE_RENDERING);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == DRM_FORMAT_MOD_LINEAR);
	gbm_bo_destroy(bo);
	mesa_close(device);
}

TEST(without_a_list_rows_where_nobody_offers_more)
{
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *bo =
		gbm_bo_create(device, 100, 50, GBM_FORMAT_XRGB8888, GBM_BO_USE_RENDERING);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == DRM_FORMAT_MOD_LINEAR);
	assert_int_equal(fake_mesa->creates, 0);
	gbm_bo_destroy(bo);
	mesa_close(device);
}

/* What is shown must be as the planes take it, whatever Mesa could do. */
TEST(planes_have_the_last_word)
{
	const struct tenon_format_modifier rows = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
	const struct tenon_format_modifier shown[] = {
		{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, {DRM_FORMAT_XRGB8888, SLOW}};
	assert_int_equal(tenon_offer_create(&fake_drm.offer, "fake"), 0);
	assert_int_equal(tenon_offer_add(fake_drm.offer, TENON_ROLE_SCANOUT, shown, 2, NULL), 0);
	assert_int_equal(tenon_offer_add(fake_drm.offer, TENON_ROLE_RENDER, &rows, 1, NULL), 0);
	fake_drm.planes = true;
	struct gbm_device *device = mesa_open("", NULL);
	struct gbm_bo *bo = mesa_bo(device, all, 3);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == SLOW);
	gbm_bo_destroy(bo);
	bo = gbm_bo_create_with_modifiers2(
		device, 100, 50, GBM_FORMAT_XRGB8888, all, 3, GBM_BO_USE_RENDERING);
	assert_non_null(bo);
	assert_true(gbm_bo_get_modifier(bo) == FAST);
	gbm_bo_destroy(bo);
	mesa_close(device);
}

/* Planes of compression, in one memory or in several. */
TEST(each_plane_has_its_fd_and_handle)
{
	for (int separate = 0; separate < 2; separate++) {
		struct gbm_device *device = mesa_open("", NULL);
		fake_mesa->layouts[0].planes = 2;
		fake_mesa->layouts[0].separate = separate;
		struct gbm_bo *bo = mesa_bo(device, fast, 1);
		assert_non_null(bo);
		assert_int_equal(gbm_bo_get_plane_count(bo), 2);
		ino_t files[] = {file_of(gbm_bo_get_fd_for_plane(bo, 0)),
			file_of(gbm_bo_get_fd_for_plane(bo, 1))};
		assert_int_equal(files[0] != files[1], separate);
		assert_int_equal(gbm_bo_get_handle_for_plane(bo, 0).u32, (uint32_t)files[0]);
		assert_int_equal(gbm_bo_get_handle_for_plane(bo, 1).u32, (uint32_t)files[1]);
		assert_int_equal(gbm_bo_get_offset(bo, 1), separate ? 0 : 32768);
		assert_int_equal(gbm_bo_get_stride_for_plane(bo, 1), 512);
		assert_int_equal(gbm_bo_get_fd_for_plane(bo, 2), -1);
		gbm_bo_destroy(bo);
		mesa_close(device);
	}
}

/* Refused once as a framebuffer is not tried again; the rest of the heap's layouts are. */
TEST(the_device_has_its_say)
{
	struct gbm_device *device = mesa_open("", NULL);
	fake_drm.refuses_heap = "mesa";
	fake_drm.refuses_modifier = FAST;
	for (int i = 0; i < 3; i++) {
		struct gbm_bo *bo = mesa_bo(device, all, 3);
		assert_non_null(bo);
		assert_true(gbm_bo_get_modifier(bo) == SLOW);
		assert_non_null(strstr(tenon_gbm_bo_get_text(bo), "(mesa refused at framebuffer)"));
		gbm_bo_destroy(bo);
		/* the refused one once, then only the other */
		assert_int_equal(fake_mesa->creates, 2 + i);
		assert_int_equal(fake_drm.probes, 2 + i);
	}
	mesa_catch_messages();
	assert_null(mesa_bo(device, fast, 1));
	assert_int_equal(errno, ENODEV);
	mesa_expect_message("heap mesa refused at framebuffer");
	mesa_close(device);
}

TEST(mesa_that_fails_or_lies_is_left)
{
	struct gbm_device *device = mesa_open("", NULL);
	for (int i = 0; i < 3; i++) {
		fake_mesa->error = i == 0 ? EINVAL : i == 1 ? ENOMEM : 0;
		fake_mesa->lie = i == 2;
		struct gbm_bo *bo = mesa_bo(device, all, 3);
		assert_non_null(bo);
		assert_true(gbm_bo_get_modifier(bo) == DRM_FORMAT_MOD_LINEAR);
		gbm_bo_destroy(bo);
		assert_null(mesa_bo(device, fast, 1));
		assert_int_equal(errno, i == 1 ? ENOMEM : EINVAL);
		assert_int_equal(fake_mesa->live, 0);
	}
	mesa_close(device);
}

/* Each layout is asked about once. */
TEST(mesa_is_not_asked_again)
{
	struct gbm_device *device = mesa_open("", NULL);
	for (int i = 0; i < 5; i++) {
		gbm_bo_destroy(mesa_bo(device, all, 3));
	}
	assert_int_equal(fake_mesa->asked, 2);
	mesa_close(device);
}
