/* SPDX-License-Identifier: MIT */

/*
 * Pictures that a heap's own allocator lays out. It may choose among the modifiers that all accept,
 * for it knows which of them is fastest; what it made is then held against what everybody needs,
 * and what does not suit is not offered to it again.
 */
#include <errno.h>
#include <stdlib.h>

#include "buffer/buffer.h"

struct choice {
	uint64_t *modifiers;
	size_t len;
};

static uint32_t gather_roles(const struct tenon_buffer *buffer)
{
	uint32_t roles = 0;

	for (const struct tenon_attachment *a = buffer->attachments; a != NULL; a = a->next) {
		roles |= a->roles;
	}
	return roles;
}

static int lay_out(struct tenon_buffer *buffer, struct store *store, const struct tenon_plan *plan,
	const struct choice *choice, struct tenon_heap *heap)
{
	char reason[256] = "";
	struct tenon_picture_request request = {
		.size = sizeof(request),
		.width = buffer->width,
		.height = buffer->height,
		.format = tenon_format_get_fourcc(
			tenon_layout_get_format(tenon_plan_get_layout(plan))),
		.modifiers = choice->modifiers,
		.modifiers_len = choice->len,
		.roles = gather_roles(buffer),
		.label = buffer->name,
		.reason = reason,
		.reason_size = sizeof(reason),
	};
	int rc = tenon_heap_allocate_picture(&store->own_layout, store->objects, heap, &request);

	if (rc < 0) {
		log_write(&buffer->context->log, TENON_LOG_INFO, "%s: heap %s: error %d%s%s",
			buffer->name, tenon_heap_get_name(heap), -rc, reason[0] != '\0' ? ": " : "",
			reason);
		return rc;
	}
	store->layout = store->own_layout;
	store->objects_len = tenon_layout_get_objects_len(store->layout);
	return 0;
}

/* The caller's own limits, as of one more device. */
static int check_caller(
	struct tenon_buffer *buffer, const struct store *store, struct tenon_conflict **conflict)
{
	const struct tenon_format_modifier pair = {
		.format = TENON_FORMAT_ANY,
		.modifier = tenon_layout_get_modifier(store->layout),
	};
	struct tenon_participant caller = {0};
	int rc = tenon_offer_create(&caller.offer, "caller");

	if (rc == 0) {
		rc = tenon_offer_add(caller.offer, TENON_ROLE_ANY, &pair, 1, buffer->limits);
	}
	if (rc == 0) {
		rc = store_check(store, &caller, conflict);
	}
	tenon_offer_unref(caller.offer);
	return rc;
}

static int check_all(
	struct tenon_buffer *buffer, const struct store *store, struct tenon_conflict **conflict)
{
	int rc = check_caller(buffer, store, conflict);

	for (const struct tenon_attachment *a = buffer->attachments; rc == 0 && a != NULL;
		a = a->next) {
		struct tenon_participant participant = {.offer = a->offer, .roles = a->roles};

		rc = store_check(store, &participant, conflict);
	}
	return rc;
}

static void strike_out(struct choice *choice, uint64_t modifier)
{
	size_t len = 0;

	for (size_t i = 0; i < choice->len; i++) {
		if (choice->modifiers[i] != modifier) {
			choice->modifiers[len++] = choice->modifiers[i];
		}
	}
	choice->len = len;
}

/* The first conflict is of what the allocator likes best: that one is kept. */
static void keep(struct tenon_buffer *buffer, struct tenon_conflict *conflict)
{
	log_write(&buffer->context->log, TENON_LOG_INFO, "%s: %s", buffer->name,
		tenon_conflict_get_text(conflict));
	if (buffer->conflict == NULL) {
		buffer->conflict = conflict;
	} else {
		tenon_conflict_destroy(conflict);
	}
}

/* Lays out and checks; TENON_CONFLICT when what came out does not suit somebody. */
static int try_once(struct tenon_buffer *buffer, struct store *store, const struct tenon_plan *plan,
	struct choice *choice, struct tenon_heap *heap)
{
	struct tenon_conflict *conflict = NULL;
	int rc = lay_out(buffer, store, plan, choice, heap);

	if (rc < 0) {
		return rc;
	}
	rc = check_all(buffer, store, &conflict);
	if (rc == TENON_CONFLICT) {
		keep(buffer, conflict);
		strike_out(choice, tenon_layout_get_modifier(store->layout));
	}
	if (rc != 0) {
		store_finish(store);
	}
	return rc;
}

int picture_allocate(struct tenon_buffer *buffer, struct store *store,
	const struct tenon_plan *plan, size_t i, struct tenon_heap *heap)
{
	struct choice choice;
	int rc = tenon_plan_dup_modifiers(plan, i, &choice.modifiers, &choice.len);

	if (rc < 0) {
		return rc;
	}
	do {
		rc = choice.len > 0 ? try_once(buffer, store, plan, &choice, heap) : -ENOTSUP;
	} while (rc == TENON_CONFLICT);
	free(choice.modifiers);
	return rc;
}
