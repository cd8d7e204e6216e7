/* SPDX-License-Identifier: MIT */

/*
 * tenon-camera: a camera's frames on the screen, in buffers that the camera and the compositor
 * both take. Nothing is copied here.
 */
#include <inttypes.h>
#include <stdio.h>

#include "camera.h"

static enum status start(struct camera *camera)
{
	struct buffers_options options = {
		.program = "tenon-camera",
		.len = camera->options.buffers,
		.transports = camera->options.transports,
	};
	enum status status = camera_open(camera);

	if (status != STATUS_OK) {
		return status;
	}
	options.width = camera->options.width;
	options.height = camera->options.height;
	if (window_init(&camera->window, "tenon-camera") != 0) {
		return STATUS_FAILED; /* it has said why */
	}
	return buffers_start(&camera->buffers, &camera->window, &options);
}

static void print_memory(const struct camera *camera)
{
	const struct tenon_layout *layout =
		tenon_client_negotiation_get_layout(camera->buffers.negotiation);
	struct tenon_plane_layout plane;

	printf("tenon-camera: %s (%s), %s, %ux%u\n", camera->options.node,
		tenon_v4l2_device_get_card(camera->device),
		tenon_format_get_name(tenon_layout_get_format(layout)), camera->options.width,
		camera->options.height);
	for (size_t i = 0; tenon_layout_get_plane(layout, i, &plane) == 0; i++) {
		printf("  plane %zu              pitch %u, offset %" PRIu64 "\n", i, plane.pitch,
			plane.offset);
	}
	printf("  memory               %s%s\n",
		camera->buffers.shown != NULL ? tenon_buffer_get_heap(camera->buffers.shown)
					      : "none was taken",
		camera->as_memfd ? ", as udmabuf for the camera" : "");
}

static void report(const struct camera *camera)
{
	if (camera->buffers.negotiation == NULL ||
		tenon_client_negotiation_get_layout(camera->buffers.negotiation) == NULL) {
		return;
	}
	print_memory(camera);
	printf("  frames captured      %" PRIu64 ", missed %" PRIu64 ", damaged %" PRIu64 "\n",
		camera->counts.captured, camera->counts.missed, camera->counts.damaged);
	buffers_print_copies(&camera->buffers, camera->counts.captured, camera->counts.copies);
	if (camera->counts.verified) {
		printf("  compared             %" PRIu64 " pixels differ\n",
			camera->counts.different_pixels);
	}
}

static enum status run(struct camera *camera)
{
	enum status status = start(camera);

	if (status == STATUS_OK) {
		status = camera_choose(camera);
	}
	if (status == STATUS_OK) {
		status = camera_stream(camera);
	}
	if (status == STATUS_OK) {
		status = camera_look(camera);
	}
	report(camera);
	if (status != STATUS_OK && camera->buffers.failure[0] != '\0') {
		fprintf(stderr, "tenon-camera: %s\n", camera->buffers.failure);
	}
	return status;
}

static void finish(struct camera *camera)
{
	capture_stop(&camera->capture);
	buffers_finish(&camera->buffers);
	if (camera->window.display != NULL) {
		window_finish(&camera->window);
	}
	tenon_v4l2_device_unref(camera->device);
}

int main(int argc, char **argv)
{
	struct camera camera = {0};
	enum status status;

	if (!options_parse(&camera.options, argc, argv, &status)) {
		return status;
	}
	status = run(&camera);
	finish(&camera);
	return status;
}
