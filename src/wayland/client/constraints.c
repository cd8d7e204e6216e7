/* SPDX-License-Identifier: MIT */
#include "wayland/client/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Forgets what is being received, but for the table. */
static void reset_next(struct tenon_client_constraints *constraints)
{
	batch_finish(&constraints->next);
	wire_device_finish(&constraints->device);
	constraints->next_err = 0;
}

static void free_table(struct tenon_client_constraints *constraints)
{
	free(constraints->table);
	constraints->table = NULL;
	constraints->table_len = 0;
}

void constraints_done(struct tenon_client_constraints *constraints)
{
	bool destroyed = false, changed = true;

	if (constraints->next_err == 0) {
		batch_finish(&constraints->batch);
		constraints->batch = constraints->next;
		memset(&constraints->next, 0, sizeof(constraints->next));
		constraints->generation++;
		constraints->err = 0;
	} else if (constraints->generation == 0) {
		constraints->err = constraints->next_err;
	} else {
		changed = false; /* the batch before still holds */
	}
	constraints->arrived = true;
	reset_next(constraints);
	if (constraints->handler != NULL && changed) {
		constraints->destroyed = &destroyed;
		constraints->handler(constraints->data, constraints);
		if (!destroyed) {
			constraints->destroyed = NULL;
		}
	}
}

/* Remembers the first thing wrong with the batch. */
static void note(struct tenon_client_constraints *constraints, int err)
{
	if (constraints->next_err == 0 && err != 0) {
		constraints->next_err = err == -ENOMEM ? err : -EPROTO;
	}
}

static void handle_format_table(
	void *data, struct tenon_constraints_v1 *proxy, int32_t fd, uint32_t size)
{
	struct tenon_client_constraints *constraints = data;

	reset_next(constraints); /* a batch begins */
	free_table(constraints);
	note(constraints, wire_table_read(&constraints->table, &constraints->table_len, fd, size));
	close(fd);
}

/* Puts the device that is being received, if there is one, into the tranche. */
static int close_device(struct tenon_client_constraints *constraints)
{
	struct batch *batch = &constraints->next;
	struct batch_tranche *tranche;
	struct tenon_participant device;
	int err;

	if (constraints->device.offer == NULL) {
		return 0;
	}
	tranche = &batch->tranches[batch->tranches_len - 1];
	if (tranche->devices_len >= WIRE_DEVICES_MAX) {
		return -E2BIG;
	}
	err = wire_device_end(&constraints->device, &device);
	if (err == 0) {
		tranche->devices[tranche->devices_len++] = device;
	}
	return err;
}

static void handle_tranche(void *data, struct tenon_constraints_v1 *proxy, uint32_t flags)
{
	struct tenon_client_constraints *constraints = data;
	struct batch *batch = &constraints->next;

	note(constraints, close_device(constraints));
	if (constraints->next_err != 0) {
		return;
	}
	if (batch->tranches_len >= WIRE_TRANCHES_MAX) {
		note(constraints, -E2BIG);
		return;
	}
	batch->tranches[batch->tranches_len++].scanout =
		(flags & TENON_CONSTRAINTS_V1_TRANCHE_FLAGS_SCANOUT) != 0;
}

static void handle_device(void *data, struct tenon_constraints_v1 *proxy, const char *name,
	uint32_t roles, struct wl_array *dev, uint32_t coherent)
{
	struct tenon_client_constraints *constraints = data;

	note(constraints, close_device(constraints));
	if (constraints->next_err != 0) {
		return;
	}
	if (constraints->next.tranches_len == 0) {
		note(constraints, -EPROTO);
		return;
	}
	note(constraints, wire_device_begin(&constraints->device, name, roles, dev->data, dev->size,
				  coherent));
}

static int add_alternative(struct tenon_client_constraints *constraints, uint32_t roles,
	uint32_t first, uint32_t count, const struct wl_array *limits)
{
	struct wire_device *device = &constraints->device;
	struct tenon_format_modifier *pairs;
	int err;

	if (device->offer == NULL || device->alternatives_len >= WIRE_ALTERNATIVES_MAX ||
		count == 0 || first > constraints->table_len ||
		count > constraints->table_len - first) {
		return -EPROTO;
	}
	err = wire_device_alternative(device, roles, limits->data, limits->size);
	if (err != 0) {
		return err;
	}
	pairs = wl_array_add(&device->pairs, count * sizeof(*pairs));
	if (pairs == NULL) {
		return -ENOMEM;
	}
	memcpy(pairs, &constraints->table[first], count * sizeof(*pairs));
	return 0;
}

static void handle_alternative(void *data, struct tenon_constraints_v1 *proxy, uint32_t roles,
	uint32_t first, uint32_t count, struct wl_array *limits)
{
	struct tenon_client_constraints *constraints = data;

	if (constraints->next_err == 0) {
		note(constraints, add_alternative(constraints, roles, first, count, limits));
	}
}

static void handle_heap(
	void *data, struct tenon_constraints_v1 *proxy, uint32_t property, const char *name)
{
	struct tenon_client_constraints *constraints = data;

	if (constraints->next_err == 0) {
		note(constraints, wire_device_heap(&constraints->device, property, name));
	}
}

static void handle_source(
	void *data, struct tenon_constraints_v1 *proxy, uint32_t property, const char *text)
{
	struct tenon_client_constraints *constraints = data;

	if (constraints->next_err == 0) {
		note(constraints, wire_device_source(&constraints->device, property, text));
	}
}

static void handle_done(void *data, struct tenon_constraints_v1 *proxy)
{
	struct tenon_client_constraints *constraints = data;

	note(constraints, close_device(constraints));
	if (constraints->next.tranches_len == 0) {
		note(constraints, -EPROTO);
	}
	constraints_done(constraints);
}

static const struct tenon_constraints_v1_listener constraints_listener = {
	.format_table = handle_format_table,
	.tranche = handle_tranche,
	.device = handle_device,
	.alternative = handle_alternative,
	.heap = handle_heap,
	.source = handle_source,
	.done = handle_done,
};

static int create_proxy(struct tenon_client_constraints *constraints, struct wl_surface *surface)
{
	struct tenon_buffer_constraints_v1 *manager = constraints->client->manager;

	constraints->proxy =
		surface != NULL
			? tenon_buffer_constraints_v1_get_surface_constraints(manager, surface)
			: tenon_buffer_constraints_v1_get_default_constraints(manager);
	if (constraints->proxy == NULL) {
		return -ENOMEM;
	}
	tenon_constraints_v1_add_listener(constraints->proxy, &constraints_listener, constraints);
	return 0;
}

/* What is known without asking holds at once. */
static int create_fixed(struct tenon_client_constraints *constraints)
{
	int err = batch_fallback(&constraints->batch, constraints->client);

	if (err == 0) {
		constraints->generation = 1;
		constraints->arrived = true;
	}
	return err;
}

int tenon_client_constraints_create(struct tenon_client_constraints **out,
	struct tenon_client *client, struct wl_surface *surface,
	tenon_client_constraints_handler handler, void *data)
{
	struct tenon_client_constraints *constraints;
	int err;

	if (client->source == TENON_CLIENT_SOURCE_NONE) {
		return -ENOTSUP;
	}
	constraints = calloc(1, sizeof(*constraints));
	if (constraints == NULL) {
		return -ENOMEM;
	}
	constraints->client = client;
	constraints->handler = handler;
	constraints->data = data;
	wire_device_init(&constraints->device);
	wl_array_init(&constraints->indices);
	switch (client->source) {
	case TENON_CLIENT_SOURCE_CONSTRAINTS:
		err = create_proxy(constraints, surface);
		break;
	case TENON_CLIENT_SOURCE_DMABUF_FEEDBACK:
		err = feedback_create(constraints, surface);
		break;
	default:
		err = create_fixed(constraints);
		break;
	}
	if (err != 0) {
		tenon_client_constraints_destroy(constraints);
		return err;
	}
	*out = constraints;
	return 0;
}

void tenon_client_constraints_destroy(struct tenon_client_constraints *constraints)
{
	if (constraints == NULL) {
		return;
	}
	if (constraints->destroyed != NULL) {
		*constraints->destroyed = true;
	}
	if (constraints->proxy != NULL) {
		tenon_constraints_v1_destroy(constraints->proxy);
	}
	if (constraints->feedback != NULL) {
		zwp_linux_dmabuf_feedback_v1_destroy(constraints->feedback);
	}
	reset_next(constraints);
	free_table(constraints);
	batch_finish(&constraints->batch);
	wl_array_release(&constraints->indices);
	free(constraints);
}

int tenon_client_constraints_wait(struct tenon_client_constraints *constraints)
{
	int err = client_wait(constraints->client, &constraints->arrived);

	return err != 0 ? err : constraints->err;
}

uint64_t tenon_client_constraints_get_generation(const struct tenon_client_constraints *constraints)
{
	return constraints->generation;
}

size_t tenon_client_constraints_get_tranches_len(const struct tenon_client_constraints *constraints)
{
	return constraints->batch.tranches_len;
}

const struct tenon_participant *tenon_client_constraints_get_tranche(
	const struct tenon_client_constraints *constraints, size_t i, size_t *len, bool *scanout)
{
	const struct batch_tranche *tranche;

	if (i >= constraints->batch.tranches_len) {
		return NULL;
	}
	tranche = &constraints->batch.tranches[i];
	*len = tranche->devices_len;
	if (scanout != NULL) {
		*scanout = tranche->scanout;
	}
	return tranche->devices;
}
