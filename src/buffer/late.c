/* SPDX-License-Identifier: MIT */

/*
 * Whether a device can use memory that exists. What exists is told as an offer of its own, so that
 * a device that cannot use it gets a conflict of the usual kind: "buffer needs pitch exactly 5464;
 * amdgpu needs pitch multiple of 256".
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/buffer.h"
#include "buffer/request.h"
#include "constraint/conflict.h"

/* Memory that exists, and what it is called. */
struct existing {
	const struct store *store;
	const char *name;
	bool proven;
	const char *hint;
};

/* Sets a limit unless something failed before. */
static void state(int *rc, struct tenon_limits *limits, enum tenon_property property,
	uint32_t plane, uint64_t value)
{
	if (*rc == 0) {
		*rc = tenon_limits_set(limits, property, plane, value);
	}
}

static int state_limits(struct tenon_limits *limits, const struct store *store)
{
	const struct tenon_layout *layout = store->layout;
	const struct tenon_memory *memory = store->objects[0];
	size_t planes_len = tenon_layout_get_planes_len(layout);
	unsigned own_len = tenon_format_get_planes_len(tenon_layout_get_format(layout));
	bool one = store->objects_len == 1;
	struct tenon_plane_layout plane;
	int rc = 0;

	/* what compression adds has no pitch that limits speak of */
	for (uint32_t i = 0; i < planes_len && i < own_len; i++) {
		tenon_layout_get_plane(layout, i, &plane);
		state(&rc, limits, TENON_PROP_PITCH_EXACT, i, plane.pitch);
	}
	state(&rc, limits, TENON_PROP_OBJECTS, TENON_PLANE_ALL,
		one || planes_len == 1 ? TENON_OBJECTS_ONE : TENON_OBJECTS_PER_PLANE);
	if (planes_len == 1) {
		/* with one plane the two are the same */
		state(&rc, limits, TENON_PROP_OBJECTS, TENON_PLANE_ALL,
			TENON_OBJECTS_ONE | TENON_OBJECTS_PER_PLANE);
	}
	if (memory->cache != 0) {
		state(&rc, limits, TENON_PROP_CACHE, TENON_PLANE_ALL, memory->cache);
	}
	state(&rc, limits, TENON_PROP_PROTECTED, TENON_PLANE_ALL,
		memory->protection != 0 ? memory->protection : TENON_PROTECTION_NONE);
	if (rc == 0) {
		rc = tenon_limits_allow_heap(limits,
			memory->heap != NULL ? tenon_heap_get_name(memory->heap) : "import");
	}
	return rc;
}

/* The buffer as it is, as an offer. */
static int state_offer(const struct existing *existing, struct tenon_offer **out)
{
	struct tenon_format_modifier pair = {
		.format = tenon_format_get_fourcc(tenon_layout_get_format(existing->store->layout)),
		.modifier = tenon_layout_get_modifier(existing->store->layout),
	};
	struct tenon_limits *limits = NULL;
	struct tenon_offer *offer = NULL;
	int rc = tenon_limits_create(&limits);

	if (rc == 0) {
		rc = state_limits(limits, existing->store);
	}
	if (rc == 0) {
		rc = tenon_offer_create(
			&offer, existing->name[0] != '\0' ? existing->name : "buffer");
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

/* 0, TENON_CONFLICT and the property in the way, or -ENOMEM. */
static int check_candidate(const struct existing *existing, const struct tenon_limits *limits,
	enum tenon_property *property)
{
	const struct store *store = existing->store;
	int rc = tenon_layout_check(store->layout, limits, property);

	for (size_t i = 0; rc == 0 && i < store->objects_len; i++) {
		struct tenon_alloc_request request;

		request_from_limits(&request, limits, store->layout, i);
		rc = request_check(&request, store->objects[i], existing->proven, property);
	}
	return rc;
}

/* A value of the device's, as conflicts write it. */
static void print_need(char *text, size_t size, const struct tenon_limits *limits,
	enum tenon_property property, uint32_t planes_len)
{
	int rc = tenon_limits_print_value(text, size, limits, property, TENON_PLANE_ALL);

	for (uint32_t plane = 0; rc < 0 && plane < planes_len; plane++) {
		rc = tenon_limits_print_value(text, size, limits, property, plane);
	}
	if (rc < 0) {
		snprintf(text, size, "other than it is");
	}
}

static int by_name(const void *a, const void *b)
{
	const struct tenon_conflict_entry *x = a, *y = b;

	return strcmp(x->device, y->device);
}

static int make_conflict(const struct existing *existing, const struct tenon_participant *late,
	const struct tenon_limits *limits, enum tenon_property property,
	struct tenon_conflict **conflict)
{
	char need[64];
	struct tenon_conflict_entry entries[2] = {
		{.device = existing->name, .value = "as it was allocated"},
		{
			.device = tenon_offer_get_device(late->offer),
			.value = need,
			.source = tenon_limits_get_source(limits, property),
		},
	};

	print_need(need, sizeof(need), limits, property,
		(uint32_t)tenon_layout_get_planes_len(existing->store->layout));
	qsort(entries, 2, sizeof(entries[0]), by_name);
	return _tenon_conflict_create(conflict, property, entries, 2, existing->hint);
}

/* Some candidate of the merge must hold for what exists. */
static int check_merge(const struct existing *existing, const struct tenon_participant *late,
	const struct tenon_merge *merge, struct tenon_conflict **conflict)
{
	size_t len = tenon_merge_get_candidates_len(merge);
	const struct tenon_limits *limits = NULL;
	enum tenon_property property = TENON_PROP_FORMAT;
	int rc = TENON_CONFLICT;

	for (size_t i = 0; rc == TENON_CONFLICT && i < len; i++) {
		tenon_merge_get_candidate(merge, i, NULL, &limits);
		rc = check_candidate(existing, limits, &property);
	}
	if (rc == TENON_CONFLICT && limits != NULL) {
		int made = make_conflict(existing, late, limits, property, conflict);

		rc = made < 0 ? made : rc;
	}
	return rc;
}

static int check(const struct existing *existing, const struct tenon_participant *late,
	struct tenon_conflict **conflict)
{
	struct tenon_participant both[2] = {{0}, *late};
	struct tenon_merge *merge = NULL;
	int rc = state_offer(existing, &both[0].offer);

	if (rc < 0) {
		return rc;
	}
	rc = tenon_merge_create(&merge, both, 2, conflict);
	if (rc == 0) {
		rc = check_merge(existing, late, merge, conflict);
	}
	tenon_merge_destroy(merge);
	tenon_offer_unref(both[0].offer);
	return rc;
}

int buffer_check_late(struct tenon_buffer *buffer, const struct tenon_participant *late,
	struct tenon_conflict **conflict)
{
	const struct existing existing = {
		.store = &buffer->store,
		.name = buffer->name,
		.proven = buffer->proven,
		.hint = "a buffer that this device is attached to before it is allocated, or one "
			"that may be moved",
	};

	return check(&existing, late, conflict);
}

int store_check(const struct store *store, const struct tenon_participant *participant,
	struct tenon_conflict **conflict)
{
	char name[80];
	const struct existing existing = {.store = store, .name = name};

	snprintf(name, sizeof(name), "heap %s", tenon_heap_get_name(store->objects[0]->heap));
	return check(&existing, participant, conflict);
}
