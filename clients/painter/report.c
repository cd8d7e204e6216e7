/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "painter.h"

static uint64_t modifier_of(const struct painter *painter)
{
	const struct tenon_layout *layout =
		painter->buffers.negotiation != NULL
			? tenon_client_negotiation_get_layout(painter->buffers.negotiation)
			: NULL;

	return layout != NULL ? tenon_layout_get_modifier(layout) : 0;
}

static void print_device(
	const struct painter *painter, const char *whose, const struct tenon_participant *device)
{
	char line[1024];

	offer_to_line(line, sizeof(line), device->offer, device->roles, painter->options.format,
		modifier_of(painter));
	printf("    %-18s %s  (%s)\n", tenon_offer_get_device(device->offer), line, whose);
}

static void print_devices(const struct painter *painter)
{
	const struct tenon_participant *peers;
	size_t len;

	printf("  devices and what they need\n");
	for (size_t i = 0; i < painter->buffers.own_len; i++) {
		print_device(painter, "this program's", &painter->buffers.own[i]);
	}
	peers = buffers_get_peers(&painter->buffers, &len);
	for (size_t i = 0; i < len; i++) {
		print_device(painter, "the compositor's", &peers[i]);
	}
}

static void print_layout(const struct painter *painter)
{
	const struct tenon_layout *layout =
		tenon_client_negotiation_get_layout(painter->buffers.negotiation);
	char line[1024], modifier[64];

	limits_to_line(line, sizeof(line),
		tenon_client_negotiation_get_limits(painter->buffers.negotiation));
	tenon_modifier_print(modifier, sizeof(modifier), tenon_layout_get_modifier(layout));
	printf("  all of them need     %s\n", line[0] != '\0' ? line : "nothing");
	printf("  answered by          %s\n",
		tenon_client_negotiation_is_remote(painter->buffers.negotiation) ? "the compositor"
										 : "this program");
	printf("  format               %s, modifier %s\n",
		tenon_format_get_name(tenon_layout_get_format(layout)), modifier);
	for (size_t i = 0; i < tenon_layout_get_planes_len(layout); i++) {
		struct tenon_plane_layout plane;

		tenon_layout_get_plane(layout, i, &plane);
		printf("  layout of plane %zu    pitch %u, offset %" PRIu64 ", %" PRIu64 " bytes\n",
			i, plane.pitch, plane.offset, plane.size);
	}
}

static void print_memory(struct painter *painter)
{
	const struct tenon_plan *plan = painter->buffers.shown != NULL
						? tenon_buffer_get_plan(painter->buffers.shown)
						: NULL;
	struct tenon_ruled_out out;

	if (painter->buffers.shown != NULL) {
		printf("  heap                 %s\n",
			tenon_buffer_get_heap(painter->buffers.shown));
		printf("  contiguity           %s%s\n",
			contiguity_name(tenon_buffer_get_contiguity(painter->buffers.shown)),
			tenon_client_negotiation_needs_contiguous(painter->buffers.negotiation)
				? " (and needed)"
				: " (not needed)");
	}
	for (size_t i = 0; plan != NULL && tenon_plan_get_ruled_out(plan, i, &out) == 0; i++) {
		printf("    not %s: %s%s%s%s\n", out.what, out.why, out.device != NULL ? " (" : "",
			out.device != NULL ? out.device : "", out.device != NULL ? ")" : "");
	}
}

static void print_conflict(const struct painter *painter)
{
	const struct tenon_client_negotiation *negotiation = painter->buffers.negotiation;
	size_t len = tenon_client_negotiation_get_conflict_devices_len(negotiation);
	const char *hint = tenon_client_negotiation_get_conflict_hint(negotiation);
	const char *property = tenon_property_get_name(
		tenon_client_negotiation_get_conflict_property(negotiation));

	printf("  conflict             %s\n", property != NULL ? property : "a new property");
	for (size_t i = 0; i < len; i++) {
		const char *name, *value, *source;

		tenon_client_negotiation_get_conflict_device(
			negotiation, i, &name, &value, &source);
		printf("    %-18s %s%s%s%s\n", name, value, source != NULL ? "  [" : "",
			source != NULL ? source : "", source != NULL ? "]" : "");
	}
	if (hint != NULL) {
		printf("  what would do        %s\n", hint);
	}
}

void report_print(struct painter *painter, enum status status)
{
	bool resolved = painter->buffers.negotiation != NULL &&
			tenon_client_negotiation_get_layout(painter->buffers.negotiation) != NULL;

	printf("%ux%u\n", painter->options.width, painter->options.height);
	printf("  known through        %s\n",
		tenon_client_get_source_text(painter->buffers.client));
	print_devices(painter);
	if (status == STATUS_CONFLICT) {
		print_conflict(painter);
	}
	if (resolved) {
		print_layout(painter);
		print_memory(painter);
	}
	if (painter->counts.painted > 0) {
		buffers_print_copies(
			&painter->buffers, painter->counts.painted, painter->counts.copies);
	}
	if (painter->counts.verified) {
		printf("  on the screen        %s\n", painter->counts.different_pixels == 0
							      ? "every pixel as it was painted"
							      : "not what was painted");
	}
	if (status != STATUS_OK) {
		printf("  outcome              %s: %s\n", status_name(status),
			painter->buffers.failure);
	}
}
