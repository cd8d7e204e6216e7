/* SPDX-License-Identifier: MIT */

/* Negotiations of libtenon-client with libtenon-server, and buffers that are described. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "harness.h"
#include "offers.h"
#include "scene.h"

/* A question of a client with one device. */
static struct tenon_client_question ask(struct scene *scene, const struct tenon_participant *device)
{
	return (struct tenon_client_question){
		.size = sizeof(struct tenon_client_question),
		.surface = scene->surface,
		.width = 1366,
		.height = 768,
		.participants = device,
		.participants_len = device != NULL ? 1 : 0,
	};
}

TEST(negotiation_is_resolved)
{
	struct tenon_client_negotiation *negotiation;
	struct tenon_client_question question;
	struct tenon_participant gpu = {.roles = TENON_ROLE_RENDER};
	struct tenon_plane_layout plane;
	const struct tenon_layout *layout;
	struct scene scene;
	uint64_t value = 0;
	bool scanout = false;

	scene_start(&scene, NULL);
	scene_offer(&scene, "screen", TENON_PROP_PITCH_MULTIPLE, 256, false);
	gpu.offer = offer_make("gpu", TENON_ROLE_RENDER, TENON_PROP_PITCH_MULTIPLE, 96);
	question = ask(&scene, &gpu);
	assert_int_equal(
		tenon_client_negotiation_create(&negotiation, scene.client, &question, NULL, NULL),
		0);
	assert_int_equal(tenon_client_negotiation_get_status(negotiation), -EAGAIN);
	assert_null(tenon_client_negotiation_get_layout(negotiation));
	assert_int_equal(tenon_client_negotiation_wait(negotiation), 0);
	assert_true(tenon_client_negotiation_is_remote(negotiation));
	layout = tenon_client_negotiation_get_layout(negotiation);
	assert_non_null(layout);
	assert_int_equal(tenon_layout_get_plane(layout, 0, &plane), 0);
	assert_int_equal(plane.pitch % 768, 0); /* the least common multiple of 256 and 96 */
	assert_true(plane.pitch >= 4 * 1366 && plane.pitch < 4 * 1366 + 768);
	assert_int_equal(tenon_limits_get(tenon_client_negotiation_get_limits(negotiation),
				 TENON_PROP_PITCH_MULTIPLE, 0, &value),
		0);
	assert_int_equal(value, 768);
	assert_int_equal(tenon_limits_get(tenon_client_negotiation_get_exact_limits(negotiation),
				 TENON_PROP_PITCH_EXACT, 0, &value),
		0);
	assert_int_equal(value, plane.pitch);
	assert_int_equal(tenon_client_negotiation_get_tranche(negotiation, &scanout), 0);
	assert_true(scanout);
	assert_null(tenon_client_negotiation_get_heap(negotiation, 0)); /* none was given */
	assert_null(tenon_client_negotiation_get_text(negotiation));
	assert_int_equal(tenon_client_negotiation_get_conflict_devices_len(negotiation), 0);
	tenon_client_negotiation_destroy(negotiation);
	tenon_offer_unref(gpu.offer);
	scene_stop(&scene);
}

/* What the client would find by itself, given the same offers, is what the compositor answers. */
TEST(answer_equals_a_local_plan)
{
	struct tenon_client_negotiation *negotiation;
	struct tenon_client_question question;
	struct tenon_participant both[2] = {{.roles = TENON_ROLE_RENDER}, {.roles = 0}};
	struct tenon_plan_options options = {.size = sizeof(options)};
	struct tenon_plane_layout remote, local;
	uint32_t formats[] = {DRM_FORMAT_NV12};
	struct tenon_plan *plan;
	struct scene scene;

	scene_start(&scene, NULL);
	scene_offer(&scene, "screen", TENON_PROP_HEIGHT_ALIGN, 16, true);
	both[0].offer = offer_make("gpu", TENON_ROLE_RENDER, TENON_PROP_PITCH_MULTIPLE, 128);
	both[1].offer = offer_make("screen", TENON_ROLE_SCANOUT, TENON_PROP_HEIGHT_ALIGN, 16);
	question = ask(&scene, both);
	question.formats = formats;
	question.formats_len = 1;
	question.width = 354;
	question.height = 242;
	tenon_client_negotiation_create(&negotiation, scene.client, &question, NULL, NULL);
	assert_int_equal(tenon_client_negotiation_wait(negotiation), 0);
	options.width = 354;
	options.height = 242;
	options.formats = formats;
	options.formats_len = 1;
	options.participants = both;
	options.participants_len = 2;
	assert_int_equal(tenon_plan_create(&plan, &options, NULL), 0);
	for (size_t i = 0; i < 2; i++) {
		tenon_layout_get_plane(
			tenon_client_negotiation_get_layout(negotiation), i, &remote);
		tenon_layout_get_plane(tenon_plan_get_layout(plan), i, &local);
		assert_memory_equal(&remote, &local, sizeof(remote));
	}
	tenon_plan_destroy(plan);
	tenon_client_negotiation_destroy(negotiation);
	tenon_offer_unref(both[0].offer);
	tenon_offer_unref(both[1].offer);
	scene_stop(&scene);
}

TEST(conflict_names_who_and_what)
{
	struct tenon_client_negotiation *negotiation;
	struct tenon_client_question question;
	struct tenon_participant gpu = {.roles = TENON_ROLE_RENDER};
	const char *name, *value, *source;
	bool seen_screen = false, seen_gpu = false;
	struct scene scene;

	scene_start(&scene, NULL);
	scene_offer(&scene, "screen", TENON_PROP_PITCH_EXACT, 5464, false);
	gpu.offer = offer_make("gpu", TENON_ROLE_RENDER, TENON_PROP_PITCH_MULTIPLE, 256);
	question = ask(&scene, &gpu);
	tenon_client_negotiation_create(&negotiation, scene.client, &question, NULL, NULL);
	assert_int_equal(tenon_client_negotiation_wait(negotiation), TENON_CONFLICT);
	assert_null(tenon_client_negotiation_get_layout(negotiation));
	assert_int_equal(tenon_client_negotiation_get_conflict_devices_len(negotiation), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(tenon_client_negotiation_get_conflict_device(
					 negotiation, i, &name, &value, &source),
			0);
		seen_screen = seen_screen || strcmp(name, "screen") == 0;
		seen_gpu = seen_gpu || strcmp(name, "gpu") == 0;
		assert_true(strlen(value) > 0);
		assert_string_equal(source, "made up");
	}
	assert_true(seen_screen && seen_gpu);
	assert_non_null(strstr(tenon_client_negotiation_get_text(negotiation), "5464"));
	assert_int_equal(
		tenon_client_negotiation_get_conflict_device(negotiation, 2, NULL, NULL, NULL),
		-EINVAL);
	tenon_client_negotiation_destroy(negotiation);
	tenon_offer_unref(gpu.offer);
	scene_stop(&scene);
}

/* One question that cannot be answered. */
static int status_of(struct scene *scene, const struct tenon_client_question *question)
{
	struct tenon_client_negotiation *negotiation;
	int status =
		tenon_client_negotiation_create(&negotiation, scene->client, question, NULL, NULL);

	if (status == 0) {
		status = tenon_client_negotiation_wait(negotiation);
		assert_true(status == 0 || tenon_client_negotiation_get_text(negotiation) != NULL);
		tenon_client_negotiation_destroy(negotiation);
	}
	return status;
}

TEST(failures_are_told_apart)
{
	const uint32_t nonsense = 0x21212121, xrgb = DRM_FORMAT_XRGB8888;
	struct tenon_client_question question;
	struct scene scene;

	scene_start(&scene, NULL);
	scene_offer(&scene, "screen", 0, 0, false);
	question = ask(&scene, NULL);
	question.width = INT32_MAX;
	question.height = INT32_MAX;
	question.formats = &xrgb;
	question.formats_len = 1;
	assert_int_equal(status_of(&scene, &question), -EOVERFLOW);
	question = ask(&scene, NULL);
	question.formats = &nonsense;
	question.formats_len = 1;
	assert_int_equal(status_of(&scene, &question), -ENOTSUP);
	question = ask(&scene, NULL);
	question.width = 0;
	assert_int_equal(status_of(&scene, &question), -EINVAL);
	question.width = UINT32_MAX;
	assert_int_equal(status_of(&scene, &question), -EINVAL);
	question = ask(&scene, NULL);
	question.formats_len = 33;
	assert_int_equal(status_of(&scene, &question), -E2BIG);
	question = ask(&scene, NULL);
	assert_int_equal(status_of(&scene, &question), 0); /* and it still works */
	scene_stop(&scene);
}

TEST(constraints_of_a_dead_surface_are_inert)
{
	struct tenon_client_constraints *constraints;
	struct tenon_client_question question;
	struct scene scene;

	scene_start(&scene, NULL);
	assert_int_equal(tenon_client_constraints_create(
				 &constraints, scene.client, scene.surface, NULL, NULL),
		0);
	assert_int_equal(tenon_client_constraints_wait(constraints), 0);
	wl_surface_destroy(scene.surface);
	scene.surface = NULL;
	wl_display_roundtrip(scene.display);
	question = ask(&scene, NULL);
	assert_int_equal(status_of(&scene, &question), 0); /* the default's */
	tenon_client_constraints_destroy(constraints);     /* inert, and goes without a fuss */
	scene_settle(&scene);
	assert_int_equal(wl_display_get_error(scene.display), 0);
	scene_stop(&scene);
}

/* The heaps of the client are chosen among by the compositor. */
TEST(heaps_are_chosen)
{
	struct tenon_heap_info heaps[2] = {
		{.size = sizeof(heaps[0]),
			.name = "plain",
			.free_bytes = UINT64_MAX,
			.total_bytes = UINT64_MAX,
			.contiguity = TENON_CONTIGUITY_NONE,
			.mappable = true},
		{.size = sizeof(heaps[0]),
			.name = "row",
			.free_bytes = UINT64_MAX,
			.total_bytes = UINT64_MAX,
			.contiguity = TENON_CONTIGUITY_ASSURED,
			.scarcity = 10,
			.mappable = true},
	};
	struct tenon_client_negotiation *negotiation;
	struct tenon_client_question question;
	struct tenon_ruled_out out;
	struct scene scene;

	scene_start(&scene, NULL);
	scene_offer(&scene, "screen", TENON_PROP_SEGMENTS_MAX, 1, false);
	question = ask(&scene, NULL);
	question.heaps = heaps;
	question.heaps_len = 2;
	question.explain = true;
	tenon_client_negotiation_create(&negotiation, scene.client, &question, NULL, NULL);
	assert_int_equal(tenon_client_negotiation_wait(negotiation), 0);
	assert_string_equal(tenon_client_negotiation_get_heap(negotiation, 0), "row");
	assert_null(tenon_client_negotiation_get_heap(negotiation, 1));
	assert_true(tenon_client_negotiation_needs_contiguous(negotiation));
	assert_int_equal(
		tenon_client_negotiation_get_contiguity(negotiation), TENON_CONTIGUITY_ASSURED);
	assert_int_equal(tenon_client_negotiation_get_ruled_out(negotiation, 0, &out), 0);
	assert_non_null(strstr(out.what, "plain"));
	assert_string_equal(out.device, "screen");
	tenon_client_negotiation_destroy(negotiation);
	scene_stop(&scene);
}

/* Memory for a layout. */
static int make_memory(const struct tenon_layout *layout, bool sealed)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)tenon_layout_get_object_size(layout, 0)), 0);
	if (sealed) {
		assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	}
	return fd;
}

static enum tenon_client_described describe(
	struct scene *scene, struct tenon_client_negotiation *negotiation, int fd)
{
	struct tenon_client_buffer_options options = {
		.size = sizeof(options),
		.layout = tenon_client_negotiation_get_layout(negotiation),
		.fds = &fd,
		.fds_len = 1,
		.negotiation = negotiation,
	};
	enum tenon_client_described described;
	struct tenon_client_buffer *buffer;
	char reason[128] = "";
	const char *text;

	assert_int_equal(tenon_client_buffer_create(
				 &buffer, scene->client, &options, reason, sizeof(reason)),
		0);
	assert_int_equal(tenon_client_buffer_get_transport(buffer), TENON_CLIENT_TRANSPORT_SHM);
	assert_int_equal(
		tenon_client_buffer_get_described(buffer, NULL), TENON_CLIENT_DESCRIBED_PENDING);
	scene_settle(scene);
	described = tenon_client_buffer_get_described(buffer, &text);
	assert_int_equal(described == TENON_CLIENT_DESCRIBED_REJECTED, text != NULL);
	tenon_client_buffer_destroy(buffer);
	return described;
}

TEST(buffers_are_described)
{
	const uint32_t xrgb = DRM_FORMAT_XRGB8888;
	struct tenon_client_negotiation *negotiation;
	struct tenon_client_question question;
	struct scene scene;
	int fd;

	scene_start(&scene, NULL);
	scene_offer(&scene, "screen", TENON_PROP_PITCH_MULTIPLE, 256, false);
	question = ask(&scene, NULL);
	question.formats = &xrgb;
	question.formats_len = 1;
	tenon_client_negotiation_create(&negotiation, scene.client, &question, NULL, NULL);
	assert_int_equal(tenon_client_negotiation_wait(negotiation), 0);
	fd = make_memory(tenon_client_negotiation_get_layout(negotiation), true);
	assert_int_equal(describe(&scene, negotiation, fd), TENON_CLIENT_DESCRIBED_ACCEPTED);
	close(fd);
	fd = make_memory(tenon_client_negotiation_get_layout(negotiation), false);
	assert_int_equal(describe(&scene, negotiation, fd), TENON_CLIENT_DESCRIBED_REJECTED);
	close(fd);
	tenon_client_negotiation_destroy(negotiation);
	scene_stop(&scene);
}

static void destroy_server(struct bare *bare, void *data)
{
	bare_destroy_server(bare);
}

TEST(withdrawn_server_leaves_inert_objects)
{
	struct tenon_client_constraints *constraints;
	struct tenon_client_question question;
	struct scene scene;

	scene_start(&scene, NULL);
	tenon_client_constraints_create(&constraints, scene.client, scene.surface, NULL, NULL);
	assert_int_equal(tenon_client_constraints_wait(constraints), 0);
	bare_call(scene.bare, destroy_server, NULL);
	question = ask(&scene, NULL);
	assert_int_equal(status_of(&scene, &question), -EACCES);
	tenon_client_constraints_destroy(constraints);
	scene_settle(&scene);
	assert_int_equal(wl_display_get_error(scene.display), 0);
	scene_stop(&scene);
}

TEST(lost_connection_is_an_error)
{
	struct tenon_client_negotiation *negotiation;
	struct tenon_client_question question;
	struct scene scene;

	scene_start(&scene, NULL);
	question = ask(&scene, NULL);
	assert_int_equal(
		tenon_client_negotiation_create(&negotiation, scene.client, &question, NULL, NULL),
		0);
	bare_stop(scene.bare);
	assert_true(tenon_client_negotiation_wait(negotiation) < 0);
	tenon_client_negotiation_destroy(negotiation);
	tenon_client_destroy(scene.client);
	wl_surface_destroy(scene.surface);
	bare_unbind(&scene.globals);
	wl_display_disconnect(scene.display);
}
