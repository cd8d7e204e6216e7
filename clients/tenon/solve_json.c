/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/config.h>
#include <tenon/format.h>

#include "to_json.h"
#include "limits.h"
#include "solve.h"
#include "tool.h"

static json_object *make_device(const struct tenon_participant *participant)
{
	json_object *object = json_object_new_object();

	json_add_text(object, "name", tenon_offer_get_device(participant->offer));
	json_object_object_add(object, "roles", limits_json_roles(participant->roles));
	return object;
}

/* Devices of the question: those of one buffer of a split, or all. */
static json_object *make_devices(
	const struct question *question, const struct tenon_split *split, size_t which)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < question->participants_len; i++) {
		if (split == NULL || tenon_split_get_buffer_of(split, i) == which) {
			json_object_array_add(array, make_device(&question->participants[i]));
		}
	}
	return array;
}

static json_object *make_planes(const struct tenon_layout *layout)
{
	json_object *array = json_object_new_array();
	struct tenon_plane_layout plane;

	for (size_t i = 0; tenon_layout_get_plane(layout, i, &plane) == 0; i++) {
		json_object *object = json_object_new_object();

		json_add_number(object, "object", plane.object);
		json_add_number(object, "offset", plane.offset);
		json_add_number(object, "pitch", plane.pitch);
		json_add_number(object, "rows", plane.height);
		json_add_number(object, "size", plane.size);
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *make_objects(const struct tenon_layout *layout)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < tenon_layout_get_objects_len(layout); i++) {
		json_object_array_add(
			array, json_object_new_uint64(tenon_layout_get_object_size(layout, i)));
	}
	return array;
}

static json_object *make_ruled_out(const struct tenon_plan *plan)
{
	json_object *array = json_object_new_array();
	struct tenon_ruled_out out;

	for (size_t i = 0; tenon_plan_get_ruled_out(plan, i, &out) == 0; i++) {
		json_object *object = json_object_new_object();

		json_add_text(object, "what", out.what);
		json_add_text(object, "why", out.why);
		json_add_text(object, "device", out.device);
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *make_next_heaps(const struct tenon_plan *plan)
{
	json_object *array = json_object_new_array();
	const char *heap;

	for (size_t i = 1; (heap = tenon_plan_get_heap(plan, i)) != NULL; i++) {
		json_object_array_add(array, json_text(heap));
	}
	return array;
}

/* Who asked for a limit of a plan. */
static json_object *make_askers(void *data, enum tenon_property property, uint32_t plane)
{
	const char **askers = tenon_plan_dup_askers(data, property, plane);
	json_object *array = json_object_new_array();

	for (size_t i = 0; askers != NULL && askers[i] != NULL; i++) {
		json_object *asker = json_object_new_object();

		json_add_text(asker, "name", askers[i]);
		json_add_text(asker, "source", tenon_plan_find_source(data, property, askers[i]));
		json_object_array_add(array, asker);
	}
	free(askers);
	return array;
}

static void add_plan(
	json_object *object, const struct question *question, const struct tenon_plan *plan)
{
	const struct tenon_layout *layout = tenon_plan_get_layout(plan);
	const char *heap = tenon_plan_get_heap(plan, 0);
	char modifier[32];

	solve_print_modifier(modifier, sizeof(modifier), tenon_layout_get_modifier(layout));
	json_add_text(object, "format", tenon_format_get_name(tenon_layout_get_format(layout)));
	json_add_text(object, "modifier", modifier);
	json_add_number(object, "width", question->width);
	json_add_number(object, "height", question->height);
	json_add_text(object, "heap", heap);
	json_object_object_add(object, "next_heaps", make_next_heaps(plan));
	json_add_number(object, "size", solve_layout_bytes(layout));
	json_object_object_add(object, "objects", make_objects(layout));
	json_add_bool(object, "contiguous", tenon_plan_needs_contiguous(plan));
	json_add_text(object, "confidence", tool_contiguity_word(tenon_plan_get_contiguity(plan)));
	json_object_object_add(object, "planes", make_planes(layout));
	json_object_object_add(object, "limits",
		limits_json(tenon_plan_get_limits(plan), make_askers, (void *)plan));
	json_object_object_add(object, "ruled_out", make_ruled_out(plan));
	if (question->explain) {
		json_add_text(object, "explanation", tenon_plan_get_text(plan));
	}
}

static void add_conflict(json_object *object, const struct tenon_conflict *conflict)
{
	json_object *array = json_object_new_array();
	const char *device, *value, *source;

	json_add_text(
		object, "property", tenon_property_get_name(tenon_conflict_get_property(conflict)));
	for (size_t i = 0; tenon_conflict_get_device(conflict, i, &device, &value, &source) == 0;
		i++) {
		json_object *row = json_object_new_object();

		json_add_text(row, "name", device);
		json_add_text(row, "value", value);
		json_add_text(row, "source", source);
		json_object_array_add(array, row);
	}
	json_object_object_add(object, "devices", array);
	json_object_object_add(
		object, "smallest", json_object_new_boolean(tenon_conflict_is_smallest(conflict)));
	json_add_text(object, "hint", tenon_conflict_get_hint(conflict));
	json_add_text(object, "text", tenon_conflict_get_text(conflict));
}

void solve_json_plan(const struct question *question, const struct tenon_plan *plan)
{
	json_object *root = json_object_new_object();

	json_add_text(root, "result", "plan");
	add_plan(root, question, plan);
	json_object_object_add(root, "devices", make_devices(question, NULL, 0));
	json_print(root);
}

void solve_json_conflict(const struct question *question, const struct tenon_conflict *conflict)
{
	json_object *root = json_object_new_object();

	json_add_text(root, "result", "conflict");
	json_add_number(root, "width", question->width);
	json_add_number(root, "height", question->height);
	add_conflict(root, conflict);
	json_print(root);
}

void solve_json_split(const struct question *question, const struct tenon_split *split,
	const struct tenon_conflict *conflict)
{
	json_object *root = json_object_new_object(), *buffers = json_object_new_array();
	json_object *reason = NULL;

	json_add_text(root, "result", "split");
	json_add_number(root, "copied_bytes", tenon_split_get_copied_bytes(split));
	for (size_t i = 0; i < tenon_split_get_buffers_len(split); i++) {
		json_object *buffer = json_object_new_object();

		add_plan(buffer, question, tenon_split_get_plan(split, i));
		json_object_object_add(buffer, "devices", make_devices(question, split, i));
		json_object_array_add(buffers, buffer);
	}
	json_object_object_add(root, "buffers", buffers);
	if (conflict != NULL) {
		reason = json_object_new_object();
		add_conflict(reason, conflict);
	}
	json_object_object_add(root, "conflict", reason);
	json_print(root);
}
