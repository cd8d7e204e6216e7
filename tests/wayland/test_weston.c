/* SPDX-License-Identifier: MIT */

/* The whole way through a real Weston, with either renderer. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include <tenon/client.h>

#include "harness.h"
#include "screenshot.h"
#include "weston.h"
#include "window.h"

/* vc4 shows pitches up to a bound; mxsfb-drm the exact one; amdgpu multiples of 256. */
static const char two_devices[] = "[tenon]\n"
				  "[tenon-output]\n"
				  "name=headless\n"
				  "devices=amdgpu\n"
				  "[tenon-output]\n"
				  "name=second\n"
				  "devices=mxsfb-drm\n";

struct scene {
	struct weston *weston;
	struct wl_display *display;
	struct window window;
	struct tenon_client *client;
};

static void scene_start(struct scene *scene, const struct weston_options *options)
{
	scene->weston = weston_start(options);
	scene->display = weston_connect(scene->weston);
	assert_int_equal(window_init_display(&scene->window, scene->display, "tenon-test"), 0);
	assert_int_equal(tenon_client_create(&scene->client, scene->display, NULL), 0);
}

static void scene_stop(struct scene *scene)
{
	tenon_client_destroy(scene->client);
	window_finish(&scene->window);
	wl_display_disconnect(scene->display);
	weston_stop(scene->weston);
}

/* A buffer made as a negotiation says, filled with a picture. */
struct picture {
	struct tenon_client_negotiation *negotiation;
	struct tenon_client_buffer *buffer;
	uint32_t width, height, pitch;
	size_t bytes;
	int fd;
	uint32_t *map;
};

/* Pixels that no mistake in pitch, order or place leaves as they are. */
static uint32_t pixel_at(uint32_t x, uint32_t y)
{
	return 0xff000000 | ((x * 7 + y * 13) & 0xff) << 16 | ((x ^ y) & 0xff) << 8 | (y & 0xff);
}

static void picture_paint(struct picture *picture)
{
	for (uint32_t y = 0; y < picture->height; y++) {
		uint32_t *row = picture->map + (size_t)y * (picture->pitch / 4);

		for (uint32_t x = 0; x < picture->width; x++) {
			row[x] = pixel_at(x, y);
		}
	}
}

static int negotiate(struct scene *scene, struct picture *picture, uint32_t width, uint32_t height)
{
	static const uint32_t xrgb = DRM_FORMAT_XRGB8888;
	const struct tenon_client_question question = {
		.size = sizeof(question),
		.surface = scene->window.surface,
		.width = width,
		.height = height,
		.formats = &xrgb,
		.formats_len = 1,
	};

	memset(picture, 0, sizeof(*picture));
	picture->fd = -1;
	picture->width = width;
	picture->height = height;
	assert_int_equal(tenon_client_negotiation_create(
				 &picture->negotiation, scene->client, &question, NULL, NULL),
		0);
	return tenon_client_negotiation_wait(picture->negotiation);
}

static void picture_start(struct scene *scene, struct picture *picture, uint32_t width,
	uint32_t height, uint32_t transports)
{
	struct tenon_client_buffer_options options = {.size = sizeof(options), .fds_len = 1};
	struct tenon_plane_layout plane;
	char reason[128] = "";

	assert_int_equal(negotiate(scene, picture, width, height), 0);
	options.layout = tenon_client_negotiation_get_layout(picture->negotiation);
	options.negotiation = picture->negotiation;
	options.transports = transports;
	options.fds = &picture->fd;
	tenon_layout_get_plane(options.layout, 0, &plane);
	picture->pitch = plane.pitch;
	picture->bytes = tenon_layout_get_object_size(options.layout, 0);
	picture->fd = memfd_create("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(picture->fd, (off_t)picture->bytes), 0);
	assert_int_equal(fcntl(picture->fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	picture->map =
		mmap(NULL, picture->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, picture->fd, 0);
	assert_ptr_not_equal(picture->map, MAP_FAILED);
	picture_paint(picture);
	if (tenon_client_buffer_create(
		    &picture->buffer, scene->client, &options, reason, sizeof(reason)) != 0) {
		fail_msg("%s", reason);
	}
}

static void picture_finish(struct picture *picture)
{
	tenon_client_buffer_destroy(picture->buffer);
	tenon_client_negotiation_destroy(picture->negotiation);
	if (picture->map != NULL) {
		munmap(picture->map, picture->bytes);
	}
	if (picture->fd >= 0) {
		close(picture->fd);
	}
}

/* Shows the picture in the output's middle, as the shell does, and finds every pixel there. */
static void check_screen(struct scene *scene, const struct picture *picture, const char *output)
{
	struct image image;
	uint32_t left, top;

	assert_int_equal(screenshot_take(&image, &scene->window, output), 0);
	left = (image.width - picture->width) / 2;
	top = (image.height - picture->height) / 2;
	for (uint32_t y = 0; y < picture->height; y++) {
		for (uint32_t x = 0; x < picture->width; x++) {
			uint32_t is = image.pixels[(size_t)(top + y) * image.width + left + x];

			if ((is & 0xffffff) != (pixel_at(x, y) & 0xffffff)) {
				fail_msg("pixel %u,%u is %06x instead of %06x", x, y, is & 0xffffff,
					pixel_at(x, y) & 0xffffff);
			}
		}
	}
	image_finish(&image);
}

static void show_frames(struct scene *scene, struct picture *picture, int frames)
{
	for (int i = 0; i < frames; i++) {
		window_show(&scene->window, tenon_client_buffer_get_wl_buffer(picture->buffer));
		assert_int_equal(window_wait_frame(&scene->window), 0);
	}
}

static struct tenon_client_statistics statistics_of(struct scene *scene)
{
	struct tenon_client_statistics statistics = {.size = sizeof(statistics)};

	assert_int_equal(
		tenon_client_get_statistics(scene->client, scene->window.surface, &statistics), 0);
	return statistics;
}

static void check_way(const char *renderer, uint32_t width, uint32_t height)
{
	const struct weston_options options = {.renderer = renderer, .ini = two_devices};
	struct tenon_client_statistics statistics;
	struct picture picture;
	struct scene scene;
	bool gl = strcmp(renderer, "gl") == 0;

	scene_start(&scene, &options);
	assert_int_equal(tenon_client_get_source(scene.client), TENON_CLIENT_SOURCE_CONSTRAINTS);
	picture_start(&scene, &picture, width, height, 0);
	assert_int_equal(picture.pitch, (width * 4 + 255) / 256 * 256); /* amdgpu's */
	show_frames(&scene, &picture, 3);
	check_screen(&scene, &picture, "headless");
	assert_int_equal(
		tenon_client_buffer_get_transport(picture.buffer), TENON_CLIENT_TRANSPORT_SHM);
	tenon_client_dispatch_pending(scene.client);
	assert_int_equal(tenon_client_buffer_get_described(picture.buffer, NULL),
		TENON_CLIENT_DESCRIBED_ACCEPTED);
	statistics = statistics_of(&scene);
	assert_int_equal(statistics.commits, 3);
	assert_int_equal(statistics.shown, 3);
	assert_int_equal(statistics.compositions, 3);
	assert_int_equal(statistics.composition_bytes, (uint64_t)3 * width * height * 4);
	/* GL fills its texture from the wl_shm buffer each time; pixman reads it in place */
	assert_int_equal(statistics.uploads, gl ? 3 : 0);
	assert_int_equal(statistics.upload_bytes, gl ? (uint64_t)3 * width * height * 4 : 0);
	assert_int_equal(statistics.others, 0);
	picture_finish(&picture);
	scene_stop(&scene);
}

TEST_TIMEOUT(pixman_shows_what_was_negotiated, 60)
{
	check_way("pixman", 1366, 768);
}

TEST_TIMEOUT(pixman_shows_an_odd_size, 60)
{
	check_way("pixman", 353, 241);
}

TEST_TIMEOUT(gl_shows_what_was_negotiated, 60)
{
	check_way("gl", 1366, 768);
}

TEST_TIMEOUT(gl_shows_an_odd_size, 60)
{
	check_way("gl", 353, 241);
}

/* Software GL takes a memfd for a dma-buf, and then copies nothing. */
TEST_TIMEOUT(gl_takes_a_memfd_without_a_copy, 60)
{
	const struct weston_options options = {.renderer = "gl", .ini = two_devices};
	struct tenon_client_statistics statistics;
	struct picture picture;
	struct scene scene;

	scene_start(&scene, &options);
	picture_start(&scene, &picture, 353, 241,
		TENON_CLIENT_TRANSPORT_EMULATED | TENON_CLIENT_TRANSPORT_SHM);
	if (tenon_client_buffer_get_transport(picture.buffer) == TENON_CLIENT_TRANSPORT_SHM) {
		picture_finish(&picture);
		scene_stop(&scene);
		TEST_SKIP("this GL takes dma-bufs only");
	}
	show_frames(&scene, &picture, 2);
	check_screen(&scene, &picture, "headless");
	statistics = statistics_of(&scene);
	assert_int_equal(statistics.shown, 2);
	assert_int_equal(statistics.uploads, 0);
	picture_finish(&picture);
	scene_stop(&scene);
}

/* The pitch follows the device that the output pretends to be. */
TEST_TIMEOUT(another_device_gives_another_pitch, 60)
{
	static const char ini[] = "[tenon]\ndevices=mxsfb-drm:scanout\n";
	const struct weston_options options = {.renderer = "pixman", .ini = ini};
	struct picture picture;
	struct scene scene;

	scene_start(&scene, &options);
	picture_start(&scene, &picture, 1366, 768, 0);
	assert_int_equal(picture.pitch, 5464);
	show_frames(&scene, &picture, 1);
	check_screen(&scene, &picture, NULL);
	picture_finish(&picture);
	scene_stop(&scene);
}

TEST_TIMEOUT(devices_of_an_output_can_be_in_conflict, 60)
{
	static const char ini[] = "[tenon]\ndevices=mxsfb-drm,amdgpu\n";
	const struct weston_options options = {.renderer = "pixman", .ini = ini};
	struct picture picture;
	struct scene scene;

	scene_start(&scene, &options);
	assert_int_equal(negotiate(&scene, &picture, 1366, 768), TENON_CONFLICT);
	assert_int_equal(tenon_client_negotiation_get_conflict_devices_len(picture.negotiation), 2);
	assert_non_null(strstr(tenon_client_negotiation_get_text(picture.negotiation), "amdgpu"));
	picture_finish(&picture);
	scene_stop(&scene);
}

/* Scanout comes first; where it cannot be, the composited tranche holds. */
TEST_TIMEOUT(scanout_is_preferred_to_composition, 60)
{
	static const char ini[] = "[tenon]\nscanout=mxsfb-drm\ndevices=amdgpu\n";
	const struct weston_options options = {.renderer = "pixman", .ini = ini};
	static const uint32_t xrgb = DRM_FORMAT_XRGB8888;
	struct tenon_client_question question = {.size = sizeof(question),
		.width = 1366,
		.height = 768,
		.formats = &xrgb,
		.formats_len = 1};
	struct tenon_client_negotiation *negotiation;
	struct tenon_limits *limits;
	struct scene scene;
	bool scanout;

	scene_start(&scene, &options);
	tenon_client_negotiation_create(&negotiation, scene.client, &question, NULL, NULL);
	assert_int_equal(tenon_client_negotiation_wait(negotiation), 0);
	assert_int_equal(tenon_client_negotiation_get_tranche(negotiation, &scanout), 0);
	assert_true(scanout);
	tenon_client_negotiation_destroy(negotiation);
	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_int_equal(
		tenon_limits_set(limits, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 512), 0);
	question.limits = limits;
	tenon_client_negotiation_create(&negotiation, scene.client, &question, NULL, NULL);
	assert_int_equal(tenon_client_negotiation_wait(negotiation), 0);
	assert_int_equal(tenon_client_negotiation_get_tranche(negotiation, &scanout), 1);
	assert_false(scanout);
	tenon_client_negotiation_destroy(negotiation);
	tenon_limits_destroy(limits);
	scene_stop(&scene);
}

static bool has_device(const struct tenon_client_constraints *constraints, const char *name)
{
	size_t tranches = tenon_client_constraints_get_tranches_len(constraints);

	for (size_t t = 0; t < tranches; t++) {
		const struct tenon_participant *devices;
		size_t len;

		devices = tenon_client_constraints_get_tranche(constraints, t, &len, NULL);
		for (size_t i = 0; i < len; i++) {
			if (strcmp(tenon_offer_get_device(devices[i].offer), name) == 0) {
				return true;
			}
		}
	}
	return false;
}

TEST_TIMEOUT(offers_follow_the_surface_to_another_output, 60)
{
	const struct weston_options options = {
		.renderer = "pixman", .ini = two_devices, .second_output = true};
	struct tenon_client_constraints *constraints;
	struct picture picture;
	struct scene scene;
	uint64_t generation;

	scene_start(&scene, &options);
	assert_non_null(window_find_output(&scene.window, "second"));
	window_set_fullscreen(&scene.window, "headless");
	assert_int_equal(tenon_client_constraints_create(
				 &constraints, scene.client, scene.window.surface, NULL, NULL),
		0);
	assert_int_equal(tenon_client_constraints_wait(constraints), 0);
	picture_start(&scene, &picture, 1366, 768, 0);
	show_frames(&scene, &picture, 2);
	assert_true(has_device(constraints, "amdgpu"));
	generation = tenon_client_constraints_get_generation(constraints);

	window_set_fullscreen(&scene.window, "second");
	wl_display_roundtrip(scene.display);
	assert_int_equal(scene.window.configured_width, 1920);
	picture_finish(&picture);
	picture_start(&scene, &picture, 1920, 1080, 0); /* the shell waits for the size */
	show_frames(&scene, &picture, 2);
	while (tenon_client_constraints_get_generation(constraints) == generation) {
		assert_true(tenon_client_dispatch(scene.client) >= 0);
	}
	assert_true(has_device(constraints, "mxsfb-drm"));
	assert_false(has_device(constraints, "amdgpu"));
	picture_finish(&picture);
	picture_start(&scene, &picture, 1366, 768, 0);
	assert_int_equal(picture.pitch, 5464); /* negotiated for where it is now */
	show_frames(&scene, &picture, 1);
	check_screen(&scene, &picture, "second");
	picture_finish(&picture);
	tenon_client_constraints_destroy(constraints);
	scene_stop(&scene);
}

TEST_TIMEOUT(heaps_are_limited_by_the_settings, 60)
{
	static const char ini[] = "[tenon]\nheaps=only-this\n";
	const struct weston_options options = {.renderer = "pixman", .ini = ini};
	const char *const *names;
	struct picture picture;
	struct scene scene;

	scene_start(&scene, &options);
	assert_int_equal(negotiate(&scene, &picture, 64, 64), 0);
	names = tenon_limits_get_heaps(
		tenon_client_negotiation_get_limits(picture.negotiation), TENON_PROP_HEAP);
	assert_non_null(names);
	assert_string_equal(names[0], "only-this");
	assert_null(names[1]);
	picture_finish(&picture);
	scene_stop(&scene);
}

static void check_refused(const char *ini, const char *said)
{
	const struct weston_options options = {.renderer = "pixman", .ini = ini};
	char *log = weston_start_and_fail(&options);
	bool found = strstr(log, said) != NULL;

	if (!found) {
		fprintf(stderr, "%s\n", log);
	}
	free(log);
	assert_true(found);
}

TEST_TIMEOUT(wrong_settings_are_refused_by_name, 60)
{
	check_refused("[tenon]\ndevices=vc5\n", "did you mean \"vc4\"");
	check_refused("[tenon-output]\nname=headless\ndevices=vc4:scannout\n",
		"did you mean \"scanout\"?");
	check_refused("[tenon-output]\ndevices=vc4\n", "[tenon-output] has no name");
	check_refused("[tenon]\ndevice-table=/nonexistent.ini\n", "/nonexistent.ini");
	check_refused("[tenon]\nrenderer=false\nheaps=memfd\n", "heaps needs renderer");
}

TEST_TIMEOUT(module_listed_twice_is_there_once, 60)
{
	const struct weston_options options = {
		.renderer = "pixman", .modules = TEST_TENON_WESTON ","};
	struct picture picture;
	struct scene scene;

	scene_start(&scene, &options);
	picture_start(&scene, &picture, 64, 64, 0);
	show_frames(&scene, &picture, 1);
	assert_int_equal(statistics_of(&scene).shown, 1);
	picture_finish(&picture);
	scene_stop(&scene);
}

/* A device table of the test's own, given in weston.ini. */
TEST_TIMEOUT(device_table_can_be_given, 60)
{
	char path[] = "/tmp/tenon-test-table-XXXXXX";
	char ini[128];
	struct weston_options options = {.renderer = "pixman", .ini = ini};
	static const char table[] = "[device test-screen]\n"
				    "[alternative]\n"
				    "roles = scanout\n"
				    "formats = XRGB8888\n"
				    "modifiers = LINEAR\n"
				    "pitch-multiple = 640\n";
	struct picture picture;
	struct scene scene;
	int fd = mkostemp(path, O_CLOEXEC);

	assert_int_equal(write(fd, table, sizeof(table) - 1), sizeof(table) - 1);
	close(fd);
	snprintf(ini, sizeof(ini), "[tenon]\ndevice-table=%s\ndevices=test-screen\n", path);
	scene_start(&scene, &options);
	picture_start(&scene, &picture, 1366, 768, 0);
	assert_int_equal(picture.pitch, 5760);
	picture_finish(&picture);
	scene_stop(&scene);
	unlink(path);
}

static void check_stock(const char *renderer, enum tenon_client_source source, const char *said)
{
	const struct weston_options options = {.renderer = renderer, .stock = true};
	struct picture picture;
	struct scene scene;

	scene_start(&scene, &options);
	assert_int_equal(tenon_client_get_source(scene.client), source);
	assert_non_null(strstr(tenon_client_get_source_text(scene.client), said));
	picture_start(&scene, &picture, 1366, 768, 0);
	assert_false(tenon_client_negotiation_is_remote(picture.negotiation));
	assert_int_equal(tenon_client_buffer_get_described(picture.buffer, NULL),
		TENON_CLIENT_DESCRIBED_NOT);
	show_frames(&scene, &picture, 1);
	check_screen(&scene, &picture, NULL);
	picture_finish(&picture);
	scene_stop(&scene);
}

TEST_TIMEOUT(stock_pixman_falls_back_to_wl_shm, 60)
{
	check_stock("pixman", TENON_CLIENT_SOURCE_SHM, "wl_shm formats");
}

TEST_TIMEOUT(stock_gl_falls_back_to_linux_dmabuf, 60)
{
	const struct weston_options options = {.renderer = "gl", .stock = true};
	struct weston *weston = weston_start(&options);
	struct wl_display *display = weston_connect(weston);
	enum tenon_client_source source;
	struct tenon_client *client;

	assert_int_equal(tenon_client_create(&client, display, NULL), 0);
	source = tenon_client_get_source(client);
	tenon_client_destroy(client);
	wl_display_disconnect(display);
	weston_stop(weston);
	/* version 4 needs a DRM device behind the renderer */
	if (source == TENON_CLIENT_SOURCE_DMABUF_FEEDBACK) {
		check_stock("gl", source, "linux-dmabuf feedback");
	} else {
		check_stock("gl", TENON_CLIENT_SOURCE_DMABUF_FORMATS, "linux-dmabuf formats");
	}
}

/* Each source that is not the best can be asked for, and works. */
TEST_TIMEOUT(sources_can_be_chosen, 60)
{
	const struct weston_options options = {.renderer = "gl", .ini = two_devices};
	struct weston *weston = weston_start(&options);
	struct wl_display *display = weston_connect(weston);

	for (int source = TENON_CLIENT_SOURCE_DMABUF_FEEDBACK; source <= TENON_CLIENT_SOURCE_SHM;
		source++) {
		const struct tenon_client_options client_options = {.size = sizeof(client_options),
			.best_source = (enum tenon_client_source)source};
		struct tenon_client_question question = {
			.size = sizeof(question), .width = 353, .height = 241};
		struct tenon_client_negotiation *negotiation;
		struct tenon_client *client;

		assert_int_equal(tenon_client_create(&client, display, &client_options), 0);
		assert_true((int)tenon_client_get_source(client) >= source);
		tenon_client_negotiation_create(&negotiation, client, &question, NULL, NULL);
		assert_int_equal(tenon_client_negotiation_wait(negotiation), 0);
		assert_false(tenon_client_negotiation_is_remote(negotiation));
		tenon_client_negotiation_destroy(negotiation);
		tenon_client_destroy(client);
	}
	wl_display_disconnect(display);
	weston_stop(weston);
}

TEST_TIMEOUT(clients_leave_nothing_behind, 60)
{
	const struct weston_options options = {.renderer = "pixman", .ini = two_devices};
	struct weston *weston = weston_start(&options);
	int fds = weston_count_fds(weston);

	for (int i = 0; i < 10; i++) {
		struct scene scene = {.weston = weston};
		struct picture picture;

		scene.display = weston_connect(weston);
		/*
		 * Nothing is shown: kiosk-shell of Weston 14.0.2 uses the view of the client
		 * before after it is freed when there is no seat.
		 */
		assert_int_equal(tenon_client_create(&scene.client, scene.display, NULL), 0);
		picture_start(&scene, &picture, 353, 241, 0);
		wl_display_roundtrip(scene.display);
		picture_finish(&picture);
		tenon_client_destroy(scene.client);
		wl_display_disconnect(scene.display);
	}
	assert_int_equal(weston_count_fds(weston), fds);
	weston_stop(weston);
}
