/* SPDX-License-Identifier: MIT */
#include "wayland/client/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * linux-dmabuf feedback says which formats and modifiers which device takes, in tranches, best
 * first. That is a part of what tenon_constraints_v1 says, so it becomes offers without limits.
 */

static void note(struct tenon_client_constraints *constraints, int err)
{
	if (constraints->next_err == 0 && err != 0) {
		constraints->next_err = err == -ENOMEM ? err : -EPROTO;
	}
}

/*
 * The table's fd need not be sealed here, and a client must trust its compositor anyway; copying it
 * at once leaves no time for it to change.
 */
static int read_table(struct tenon_client_constraints *constraints, int fd, uint32_t size)
{
	void *map;
	int err;

	if (size == 0) {
		return 0;
	}
	if (size > WIRE_TABLE_MAX * sizeof(struct wire_pair)) {
		return -E2BIG;
	}
	map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		return -EPROTO;
	}
	/* its padding is unspecified, not zero: take the entries one by one */
	constraints->table_len = size / sizeof(struct wire_pair);
	constraints->table = calloc(constraints->table_len, sizeof(*constraints->table));
	if (constraints->table == NULL) {
		constraints->table_len = 0;
		err = -ENOMEM;
	} else {
		const struct wire_pair *entries = map;

		for (size_t i = 0; i < constraints->table_len; i++) {
			constraints->table[i].format = entries[i].format;
			constraints->table[i].modifier = entries[i].modifier;
		}
		err = 0;
	}
	munmap(map, size);
	return err;
}

static void handle_format_table(
	void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, int32_t fd, uint32_t size)
{
	struct tenon_client_constraints *constraints = data;

	free(constraints->table);
	constraints->table = NULL;
	constraints->table_len = 0;
	note(constraints, read_table(constraints, fd, size));
	close(fd);
}

static void handle_main_device(
	void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *device)
{
	/* what a client should render on; a tranche's device is who touches the buffer */
}

static void handle_tranche_target_device(
	void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *device)
{
	struct tenon_client_constraints *constraints = data;

	note(constraints, wire_get_dev(&constraints->target, device->data, device->size));
}

static void handle_tranche_formats(
	void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *indices)
{
	struct tenon_client_constraints *constraints = data;

	if (wl_array_copy(&constraints->indices, indices) < 0) {
		note(constraints, -ENOMEM);
	}
}

static void handle_tranche_flags(
	void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, uint32_t flags)
{
	struct tenon_client_constraints *constraints = data;

	constraints->scanout = (flags & ZWP_LINUX_DMABUF_FEEDBACK_V1_TRANCHE_FLAGS_SCANOUT) != 0;
}

/* The pairs that the tranche's indices name. 0 or a negative errno. */
static int dup_pairs(const struct tenon_client_constraints *constraints,
	struct tenon_format_modifier **out, size_t *out_len)
{
	const uint16_t *indices = constraints->indices.data;
	size_t len = constraints->indices.size / sizeof(*indices);
	struct tenon_format_modifier *pairs = calloc(len > 0 ? len : 1, sizeof(*pairs));

	if (pairs == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < len; i++) {
		if (indices[i] >= constraints->table_len) {
			free(pairs);
			return -EPROTO;
		}
		pairs[i] = constraints->table[indices[i]];
	}
	*out = pairs;
	*out_len = len;
	return 0;
}

static int add_tranche(struct tenon_client_constraints *constraints)
{
	uint32_t role = constraints->scanout ? TENON_ROLE_SCANOUT : TENON_ROLE_RENDER;
	struct tenon_format_modifier *pairs = NULL;
	struct tenon_offer *offer = NULL;
	size_t pairs_len;
	int err;

	if (constraints->indices.size == 0 ||
		constraints->next.tranches_len == BATCH_TRANCHES_MAX) {
		return 0; /* nothing in it, or of the worst */
	}
	err = dup_pairs(constraints, &pairs, &pairs_len);
	if (err != 0) {
		return err;
	}
	err = tenon_offer_create(
		&offer, constraints->scanout ? "compositor-scanout" : "compositor");
	if (err == 0) {
		tenon_offer_set_dev(offer, constraints->target);
		err = tenon_offer_add(offer, role, pairs, pairs_len, NULL);
	}
	free(pairs);
	if (err != 0) {
		tenon_offer_unref(offer);
		return err;
	}
	return batch_add(&constraints->next, constraints->scanout, offer, role);
}

static void handle_tranche_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback)
{
	struct tenon_client_constraints *constraints = data;

	if (constraints->next_err == 0) {
		note(constraints, add_tranche(constraints));
	}
	constraints->indices.size = 0;
	constraints->target = 0;
	constraints->scanout = false;
}

static void handle_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback)
{
	struct tenon_client_constraints *constraints = data;

	if (constraints->next.tranches_len == 0) {
		note(constraints, -EPROTO);
	}
	constraints_done(constraints); /* the table stays for the batches to come */
}

static const struct zwp_linux_dmabuf_feedback_v1_listener feedback_listener = {
	.done = handle_done,
	.format_table = handle_format_table,
	.main_device = handle_main_device,
	.tranche_done = handle_tranche_done,
	.tranche_target_device = handle_tranche_target_device,
	.tranche_formats = handle_tranche_formats,
	.tranche_flags = handle_tranche_flags,
};

int feedback_create(struct tenon_client_constraints *constraints, struct wl_surface *surface)
{
	struct zwp_linux_dmabuf_v1 *dmabuf = constraints->client->dmabuf;

	constraints->feedback = surface != NULL
					? zwp_linux_dmabuf_v1_get_surface_feedback(dmabuf, surface)
					: zwp_linux_dmabuf_v1_get_default_feedback(dmabuf);
	if (constraints->feedback == NULL) {
		return -ENOMEM;
	}
	zwp_linux_dmabuf_feedback_v1_add_listener(
		constraints->feedback, &feedback_listener, constraints);
	return 0;
}
