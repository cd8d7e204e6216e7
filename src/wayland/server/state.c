/* SPDX-License-Identifier: MIT */
#include "wayland/server/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The table of pairs as it grows; alternatives with the same pairs share them. */
struct table {
	struct wl_array pairs; /* struct tenon_format_modifier */
};

static bool same_pairs(
	const struct tenon_format_modifier *a, const struct tenon_format_modifier *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (a[i].format != b[i].format || a[i].modifier != b[i].modifier) {
			return false;
		}
	}
	return true;
}

/* Looks for the run among those of earlier alternatives; SIZE_MAX: not there. */
static size_t find_run(const struct tenon_server_state *state, const struct table *table,
	const struct tenon_format_modifier *pairs, size_t len)
{
	const struct tenon_format_modifier *all = table->pairs.data;

	for (size_t t = 0; t < state->tranches_len; t++) {
		for (size_t d = 0; d < state->tranches[t].devices_len; d++) {
			const struct state_device *device = &state->tranches[t].devices[d];

			for (size_t a = 0; a < device->alternatives_len; a++) {
				const struct state_alternative *other = &device->alternatives[a];

				if (other->count == len &&
					same_pairs(&all[other->first], pairs, len)) {
					return other->first;
				}
			}
		}
	}
	return SIZE_MAX;
}

static int add_run(const struct tenon_server_state *state, struct table *table,
	const struct tenon_format_modifier *pairs, size_t len, uint32_t *first)
{
	size_t at = find_run(state, table, pairs, len);
	struct tenon_format_modifier *copy;

	if (at == SIZE_MAX) {
		at = table->pairs.size / sizeof(*pairs);
		if (len > WIRE_TABLE_MAX - at) {
			return -E2BIG;
		}
		copy = wl_array_add(&table->pairs, len * sizeof(*pairs));
		if (copy == NULL) {
			return -ENOMEM;
		}
		memcpy(copy, pairs, len * sizeof(*pairs));
	}
	*first = (uint32_t)at;
	return 0;
}

static bool heaps_fit(const struct tenon_limits *limits, enum tenon_property property)
{
	const char *const *names = tenon_limits_get_heaps(limits, property);
	size_t len = 0;

	while (names != NULL && names[len] != NULL) {
		len++;
	}
	return len <= WIRE_HEAPS_MAX;
}

static int compile_alternative(struct tenon_server_state *state, struct table *table,
	struct state_device *device, size_t i)
{
	struct state_alternative *alternative = &device->alternatives[i];
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	size_t pairs_len;
	int err;

	wl_array_init(&alternative->limits);
	err = tenon_offer_get_alternative(device->offer, i, NULL, &pairs, &pairs_len, &limits);
	if (err == 0 && (!heaps_fit(limits, TENON_PROP_HEAP) ||
				!heaps_fit(limits, TENON_PROP_HEAP_PREFERRED))) {
		err = -E2BIG;
	}
	if (err == 0) {
		err = wire_put_limits(&alternative->limits, limits);
	}
	if (err == 0) {
		err = add_run(state, table, pairs, pairs_len, &alternative->first);
	}
	if (err != 0) {
		wl_array_release(&alternative->limits);
		return err;
	}
	alternative->count = (uint32_t)pairs_len;
	device->alternatives_len++;
	return 0;
}

static int compile_device(struct tenon_server_state *state, struct table *table,
	struct state_device *device, const struct tenon_participant *participant)
{
	struct tenon_offer *offer = participant->offer;
	size_t len;
	int err;

	if (offer == NULL || (participant->roles & ~TENON_ROLE_ANY) != 0 ||
		!wire_name_is_valid(tenon_offer_get_device(offer))) {
		return -EINVAL;
	}
	len = tenon_offer_get_alternatives_len(offer);
	if (len == 0 || len > WIRE_ALTERNATIVES_MAX) {
		return len == 0 ? -EINVAL : -E2BIG;
	}
	device->offer = tenon_offer_ref(offer);
	device->roles = participant->roles;
	wl_array_init(&device->dev);
	device->alternatives = calloc(len, sizeof(device->alternatives[0]));
	if (device->alternatives == NULL) {
		return -ENOMEM;
	}
	err = wire_put_dev(&device->dev, tenon_offer_get_dev(offer));
	for (size_t i = 0; i < len && err == 0; i++) {
		err = compile_alternative(state, table, device, i);
	}
	return err;
}

static void state_destroy(struct tenon_server_state *state)
{
	for (size_t t = 0; t < state->tranches_len; t++) {
		for (size_t d = 0; d < state->tranches[t].devices_len; d++) {
			struct state_device *device = &state->tranches[t].devices[d];

			for (size_t a = 0; a < device->alternatives_len; a++) {
				wl_array_release(&device->alternatives[a].limits);
			}
			free(device->alternatives);
			wl_array_release(&device->dev);
			tenon_offer_unref(device->offer);
		}
	}
	if (state->table_fd >= 0) {
		close(state->table_fd);
	}
	free(state);
}

static int compile_tranche(struct tenon_server_state *state, struct table *table,
	const struct tenon_server_tranche *tranche)
{
	struct state_tranche *out = &state->tranches[state->tranches_len++];

	if (tranche->participants_len > TENON_SERVER_DEVICES_MAX) {
		return -E2BIG;
	}
	out->scanout = tranche->scanout;
	for (size_t d = 0; d < tranche->participants_len; d++) {
		/* counted first, so that state_destroy() sees what was half made */
		struct state_device *device = &out->devices[out->devices_len++];
		int err = compile_device(state, table, device, &tranche->participants[d]);

		if (err != 0) {
			return err;
		}
	}
	return 0;
}

static int compile(struct tenon_server_state *state, struct table *table,
	const struct tenon_server_tranche *tranches, size_t tranches_len)
{
	size_t len;
	int err = 0;

	for (size_t t = 0; t < tranches_len && err == 0; t++) {
		err = compile_tranche(state, table, &tranches[t]);
	}
	if (err != 0) {
		return err;
	}
	if (tranches_len == 0) {
		state->tranches_len = 1; /* everything is accepted */
	}
	len = table->pairs.size / sizeof(struct tenon_format_modifier);
	state->table_size = (uint32_t)(len * sizeof(struct wire_pair));
	return wire_table_create(&state->table_fd, table->pairs.data, len);
}

int tenon_server_state_create(struct tenon_server_state **out,
	const struct tenon_server_tranche *tranches, size_t tranches_len)
{
	struct tenon_server_state *state;
	struct table table;
	int err;

	if (tranches_len > TENON_SERVER_TRANCHES_MAX) {
		return -E2BIG;
	}
	state = calloc(1, sizeof(*state));
	if (state == NULL) {
		return -ENOMEM;
	}
	state->refs = 1;
	state->table_fd = -1;
	wl_array_init(&table.pairs);
	err = compile(state, &table, tranches, tranches_len);
	wl_array_release(&table.pairs);
	if (err != 0) {
		state_destroy(state);
		return err;
	}
	*out = state;
	return 0;
}

struct tenon_server_state *tenon_server_state_ref(struct tenon_server_state *state)
{
	state->refs++;
	return state;
}

void tenon_server_state_unref(struct tenon_server_state *state)
{
	if (state != NULL && --state->refs == 0) {
		state_destroy(state);
	}
}

static void send_heaps(struct wl_resource *resource, const struct tenon_limits *limits,
	enum tenon_property property)
{
	const char *const *names = tenon_limits_get_heaps(limits, property);

	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		tenon_constraints_v1_send_heap(resource, property, names[i]);
	}
}

static void send_sources(struct wl_resource *resource, const struct tenon_limits *limits)
{
	uint32_t number;

	for (size_t i = 0; (number = wire_property(i)) != 0; i++) {
		char text[WIRE_SHORT_TEXT_MAX + 1];
		const char *source = tenon_limits_get_source(limits, (enum tenon_property)number);

		if (source != NULL) {
			wire_text(text, WIRE_SHORT_TEXT_MAX, source);
			tenon_constraints_v1_send_source(resource, number, text);
		}
	}
}

static void send_device(struct wl_resource *resource, const struct state_device *device)
{
	/* the C binding takes arrays it does not change as not const */
	tenon_constraints_v1_send_device(resource, tenon_offer_get_device(device->offer),
		device->roles, (struct wl_array *)&device->dev,
		tenon_offer_get_coherent(device->offer));
	for (size_t a = 0; a < device->alternatives_len; a++) {
		struct state_alternative *alternative = &device->alternatives[a];
		const struct tenon_limits *limits;
		uint32_t roles;

		tenon_offer_get_alternative(device->offer, a, &roles, NULL, NULL, &limits);
		tenon_constraints_v1_send_alternative(resource, roles, alternative->first,
			alternative->count, &alternative->limits);
		send_heaps(resource, limits, TENON_PROP_HEAP);
		send_heaps(resource, limits, TENON_PROP_HEAP_PREFERRED);
		send_sources(resource, limits);
	}
}

void state_send(const struct tenon_server_state *state, struct wl_resource *resource)
{
	tenon_constraints_v1_send_format_table(resource, state->table_fd, state->table_size);
	for (size_t t = 0; t < state->tranches_len; t++) {
		const struct state_tranche *tranche = &state->tranches[t];

		tenon_constraints_v1_send_tranche(resource,
			tranche->scanout ? TENON_CONSTRAINTS_V1_TRANCHE_FLAGS_SCANOUT : 0);
		for (size_t d = 0; d < tranche->devices_len; d++) {
			send_device(resource, &tranche->devices[d]);
		}
	}
	tenon_constraints_v1_send_done(resource);
}
