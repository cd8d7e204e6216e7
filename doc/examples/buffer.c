/* SPDX-License-Identifier: MIT */
/* The example of doc/buffer.md: a buffer's life, and a swapchain. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tenon/access.h>
#include <tenon/buffer.h>
#include <tenon/context.h>
#include <tenon/swapchain.h>

/* A device that wants rows to begin at multiples of some bytes. Real ones come from the device
 * table (tenon_context_find_device()), from a DRM or V4L2 node, or from a compositor. */
static int make_device(struct tenon_offer **out, const char *name, uint64_t multiple)
{
	const struct tenon_format_modifier pair = {.format = TENON_FORMAT_ANY, .modifier = 0};
	struct tenon_limits *limits = NULL;
	struct tenon_offer *offer = NULL;
	int rc = tenon_limits_create(&limits);

	if (rc == 0) {
		rc = tenon_limits_set(limits, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, multiple);
	}
	if (rc == 0) {
		rc = tenon_offer_create(&offer, name);
	}
	if (rc == 0) {
		rc = tenon_offer_add(offer, TENON_ROLE_ANY, &pair, 1, limits);
	}
	tenon_limits_destroy(limits);
	if (rc < 0) {
		tenon_offer_unref(offer);
		return rc;
	}
	*out = offer;
	return 0;
}

/* Attaches, and tells why not. */
static int attach(struct tenon_buffer *buffer, struct tenon_offer *device,
	struct tenon_attachment **attachment)
{
	struct tenon_conflict *conflict = NULL;
	int rc;

	rc = tenon_buffer_attach(buffer, device, TENON_ROLE_SCANOUT, attachment, &conflict);
	if (rc == TENON_CONFLICT) {
		printf("refused: %s\n", tenon_conflict_get_text(conflict));
		tenon_conflict_destroy(conflict);
	}
	return rc;
}

static int paint(struct tenon_buffer *buffer, uint32_t height, int colour)
{
	struct tenon_access access = {.buffer = buffer, .flags = TENON_ACCESS_WRITE};
	int rc;

	rc = tenon_access_prepare(&access, 1, 1000);
	if (rc < 0) {
		fprintf(stderr, "cannot paint: %s\n", tenon_access_error_name(rc));
		return rc;
	}
	memset(access.data[0], colour, (size_t)access.pitch[0] * height);
	return tenon_access_finish(&access, 1);
}

static int live(
	struct tenon_context *context, struct tenon_offer *display, struct tenon_offer *late)
{
	const uint32_t format = tenon_format_get_fourcc(tenon_format_from_name("XRGB8888"));
	const struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = 1366,
		.height = 768,
		.formats = &format,
		.formats_len = 1,
	};
	struct tenon_attachment *at_display = NULL, *too_late = NULL;
	struct tenon_plane_layout plane;
	struct tenon_buffer *buffer;
	int fd;
	int rc;

	rc = tenon_buffer_create(&buffer, context, &options);
	if (rc != 0) {
		return rc;
	}
	rc = attach(buffer, display, &at_display);
	if (rc == 0) {
		rc = paint(buffer, options.height, 0x7f);
	}
	if (rc == 0) {
		tenon_layout_get_plane(tenon_buffer_get_layout(buffer), 0, &plane);
		printf("pitch %u, from heap %s\n", plane.pitch, tenon_buffer_get_heap(buffer));
		rc = tenon_buffer_export(buffer, 0, &fd);
	}
	if (rc == 0) {
		/* hand it to whoever shows it */
		close(fd);
		rc = attach(buffer, late, &too_late) == TENON_CONFLICT ? 0 : -EPROTO;
	}
	tenon_attachment_destroy(at_display);
	tenon_buffer_unref(buffer);
	return rc;
}

static int show_frames(
	struct tenon_context *context, struct tenon_offer *display, struct tenon_offer *other)
{
	const uint32_t format = tenon_format_get_fourcc(tenon_format_from_name("XRGB8888"));
	struct tenon_participant devices = {.offer = display, .roles = TENON_ROLE_SCANOUT};
	const struct tenon_swapchain_options options = {
		.size = sizeof(options),
		.buffers_len = 3,
		.buffer =
			{
				.size = sizeof(options.buffer),
				.width = 1366,
				.height = 768,
				.formats = &format,
				.formats_len = 1,
			},
		.participants = &devices,
		.participants_len = 1,
	};
	struct tenon_buffer *shown = NULL;
	struct tenon_swapchain *chain;
	int rc;

	rc = tenon_swapchain_create(&chain, context, &options, NULL);
	for (int frame = 0; rc == 0 && frame < 100; frame++) {
		struct tenon_swapchain_image image;

		if (frame == 50) {
			/* the surface moves to another output */
			devices.offer = other;
			rc = tenon_swapchain_change(chain, &devices, 1, 0, 0, NULL);
		}
		if (rc == 0) {
			rc = tenon_swapchain_acquire(chain, &image, 1000);
		}
		if (rc == 0) {
			rc = paint(image.buffer, 768, frame);
		}
		if (rc == 0) {
			rc = tenon_swapchain_submit(chain, image.buffer, NULL, 0);
		}
		/* here the display would say so, some time later */
		if (rc == 0 && shown != NULL) {
			rc = tenon_swapchain_release(chain, shown);
		}
		shown = rc == 0 ? image.buffer : NULL;
	}
	if (rc == 0) {
		tenon_swapchain_destroy(chain);
	}
	return rc;
}

int main(void)
{
	struct tenon_offer *display = NULL, *other = NULL;
	struct tenon_context *context;
	int rc;

	rc = tenon_context_create(&context, NULL);
	if (rc < 0) {
		return 1;
	}
	rc = make_device(&display, "display", 256);
	if (rc == 0) {
		rc = make_device(&other, "other", 4096);
	}
	if (rc == 0) {
		rc = live(context, display, other);
	}
	if (rc == 0) {
		rc = show_frames(context, display, other);
	}
	tenon_offer_unref(display);
	tenon_offer_unref(other);
	tenon_context_unref(context);
	return rc == 0 ? 0 : 1;
}
