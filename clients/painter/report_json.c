/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "painter.h"
#include "to_json.h"

static void add_devices(json_object *array, const struct painter *painter, const char *side,
	const struct tenon_participant *devices, size_t len)
{
	const struct tenon_layout *layout =
		painter->buffers.negotiation != NULL
			? tenon_client_negotiation_get_layout(painter->buffers.negotiation)
			: NULL;

	for (size_t i = 0; i < len; i++) {
		json_object *device = json_object_new_object();
		char line[1024];

		offer_to_line(line, sizeof(line), devices[i].offer, devices[i].roles,
			painter->options.format,
			layout != NULL ? tenon_layout_get_modifier(layout) : 0);
		json_add_text(device, "name", tenon_offer_get_device(devices[i].offer));
		json_add_text(device, "side", side);
		json_add_text(device, "needs", line);
		json_object_array_add(array, device);
	}
}

static json_object *make_devices(const struct painter *painter)
{
	json_object *array = json_object_new_array();
	const struct tenon_participant *peers;
	size_t len;

	add_devices(array, painter, "client", painter->buffers.own, painter->buffers.own_len);
	peers = buffers_get_peers(&painter->buffers, &len);
	add_devices(array, painter, "compositor", peers, len);
	return array;
}

static json_object *make_planes(const struct tenon_layout *layout)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < tenon_layout_get_planes_len(layout); i++) {
		json_object *object = json_object_new_object();
		struct tenon_plane_layout plane;

		tenon_layout_get_plane(layout, i, &plane);
		json_add_number(object, "offset", plane.offset);
		json_add_number(object, "pitch", plane.pitch);
		json_add_number(object, "size", plane.size);
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *make_plan(struct painter *painter)
{
	const struct tenon_layout *layout =
		tenon_client_negotiation_get_layout(painter->buffers.negotiation);
	json_object *plan = json_object_new_object();
	char line[1024];

	json_add_text(plan, "format", tenon_format_get_name(tenon_layout_get_format(layout)));
	snprintf(line, sizeof(line), "0x%016llx",
		(unsigned long long)tenon_layout_get_modifier(layout));
	json_add_text(plan, "modifier", line);
	json_add_text(plan, "heap",
		painter->buffers.shown != NULL ? tenon_buffer_get_heap(painter->buffers.shown)
					       : NULL);
	json_add_number(plan, "size", tenon_layout_get_object_size(layout, 0));
	json_add_text(plan, "confidence",
		painter->buffers.shown != NULL
			? contiguity_name(tenon_buffer_get_contiguity(painter->buffers.shown))
			: "unknown");
	json_add_bool(plan, "needs_contiguous",
		tenon_client_negotiation_needs_contiguous(painter->buffers.negotiation));
	limits_to_line(line, sizeof(line),
		tenon_client_negotiation_get_limits(painter->buffers.negotiation));
	json_add_text(plan, "needs", line);
	json_add_bool(plan, "answered_by_compositor",
		tenon_client_negotiation_is_remote(painter->buffers.negotiation));
	json_object_object_add(plan, "planes", make_planes(layout));
	return plan;
}

static json_object *make_conflict(const struct painter *painter)
{
	const struct tenon_client_negotiation *negotiation = painter->buffers.negotiation;
	json_object *conflict = json_object_new_object();
	json_object *devices = json_object_new_array();
	size_t len = tenon_client_negotiation_get_conflict_devices_len(negotiation);

	json_add_text(conflict, "property",
		tenon_property_get_name(
			tenon_client_negotiation_get_conflict_property(negotiation)));
	for (size_t i = 0; i < len; i++) {
		json_object *device = json_object_new_object();
		const char *name, *value, *source;

		tenon_client_negotiation_get_conflict_device(
			negotiation, i, &name, &value, &source);
		json_add_text(device, "name", name);
		json_add_text(device, "value", value);
		json_add_text(device, "source", source);
		json_object_array_add(devices, device);
	}
	json_object_object_add(conflict, "devices", devices);
	json_add_text(conflict, "hint", tenon_client_negotiation_get_conflict_hint(negotiation));
	return conflict;
}

static json_object *make_shown(const struct painter *painter)
{
	const struct tenon_client_statistics *seen = &painter->buffers.statistics;
	const struct counts *counts = &painter->counts;
	json_object *shown = json_object_new_object();

	json_add_text(shown, "transport", transport_name(painter->buffers.transport));
	json_add_number(shown, "buffers", painter->buffers.made);
	json_add_number(shown, "described", painter->buffers.described);
	json_add_number(shown, "rejected", painter->buffers.rejected);
	json_add_number(shown, "painted", counts->painted);
	json_add_number(shown, "client_copies", counts->copies);
	json_add_number(shown, "frame_callbacks", painter->buffers.frames);
	if (painter->buffers.has_statistics) {
		json_add_number(shown, "commits", seen->commits);
		json_add_number(shown, "shown", seen->shown);
		json_add_number(shown, "uploads", seen->uploads);
		json_add_number(shown, "upload_bytes", seen->upload_bytes);
		json_add_number(shown, "compositions", seen->compositions);
		json_add_number(shown, "composition_bytes", seen->composition_bytes);
		json_add_number(shown, "other_copies", seen->others);
	}
	if (counts->verified) {
		json_add_number(shown, "different_pixels", counts->different_pixels);
	}
	return shown;
}

void report_print_json(struct painter *painter, enum status status)
{
	bool resolved = painter->buffers.negotiation != NULL &&
			tenon_client_negotiation_get_layout(painter->buffers.negotiation) != NULL;
	json_object *report = json_object_new_object();

	json_add_text(report, "status", status_name(status));
	json_add_text(report, "text", status != STATUS_OK ? painter->buffers.failure : NULL);
	json_add_number(report, "width", painter->options.width);
	json_add_number(report, "height", painter->options.height);
	json_add_text(report, "source", tenon_client_get_source_text(painter->buffers.client));
	json_object_object_add(report, "devices", make_devices(painter));
	json_object_object_add(report, "plan", resolved ? make_plan(painter) : NULL);
	json_object_object_add(
		report, "conflict", status == STATUS_CONFLICT ? make_conflict(painter) : NULL);
	json_object_object_add(
		report, "shown", painter->counts.painted > 0 ? make_shown(painter) : NULL);
	json_print(report);
}
