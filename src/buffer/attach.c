/* SPDX-License-Identifier: MIT */

/* Who takes part: attaching, detaching, the plan for all of them, and a device's declared use. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/buffer.h"
#include "buffer/cache.h"
#include "buffer/fence.h"
#include "buffer/held.h"

/* Those who take part in a plan beside the attached. */
struct extra {
	const struct tenon_participant *items;
	size_t len;
};

/* Everybody attached, and some more. */
static int gather(
	struct tenon_buffer *buffer, struct extra more, struct tenon_participant **out, size_t *len)
{
	size_t count = more.len;
	struct tenon_participant *all;

	for (struct tenon_attachment *a = buffer->attachments; a != NULL; a = a->next) {
		count++;
	}
	all = calloc(count + 1, sizeof(*all));
	if (all == NULL) {
		return -ENOMEM;
	}
	*len = 0;
	for (struct tenon_attachment *a = buffer->attachments; a != NULL; a = a->next) {
		all[(*len)++] = (struct tenon_participant){.offer = a->offer, .roles = a->roles};
	}
	for (size_t i = 0; i < more.len; i++) {
		all[(*len)++] = more.items[i];
	}
	*out = all;
	return 0;
}

void buffer_forget_heaps(struct tenon_buffer *buffer)
{
	free(buffer->heaps);
	buffer->heaps = NULL;
}

/* What heaps said when the buffer was first planned, for the caller to change. */
static int dup_known_heaps(struct tenon_buffer *buffer, struct tenon_heap_info **out, size_t *len)
{
	int rc = buffer->heaps != NULL ? 0
				       : tenon_context_dup_heap_infos(buffer->context,
						 &buffer->heaps, &buffer->heaps_len);

	if (rc < 0) {
		return rc;
	}
	*out = calloc(buffer->heaps_len + 1, sizeof(**out));
	if (*out == NULL) {
		return -ENOMEM;
	}
	memcpy(*out, buffer->heaps, buffer->heaps_len * sizeof(**out));
	*len = buffer->heaps_len;
	return 0;
}

/* A buffer that must be a dma-buf is not planned for heaps that give none. */
static void rule_out_heaps(
	const struct tenon_buffer *buffer, struct tenon_heap_info *heaps, size_t len)
{
	for (size_t i = 0; buffer->linear_only && i < len; i++) {
		heaps[i].lays_out_len = 0;
	}
	if ((buffer->flags & TENON_BUFFER_DMABUF) == 0) {
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (!heaps[i].dmabuf) {
			heaps[i].availability = TENON_ABSENT;
			snprintf(heaps[i].reason, sizeof(heaps[i].reason),
				"it gives no dma-bufs, and the buffer is to be one");
		}
	}
}

static int plan_with(struct tenon_buffer *buffer, const struct tenon_heap_info *heaps,
	size_t heaps_len, struct extra more, const struct tenon_layout *only,
	struct tenon_plan **out, struct tenon_conflict **conflict)
{
	struct tenon_plan_options options = {
		.size = sizeof(options),
		.width = buffer->width,
		.height = buffer->height,
		.formats = buffer->formats,
		.formats_len = buffer->formats_len,
		.modifiers = buffer->modifiers,
		.modifiers_len = buffer->modifiers_len,
		.heaps = heaps,
		.heaps_len = heaps_len,
		.limits = buffer->limits,
	};
	struct tenon_participant *all;
	uint64_t modifier;
	uint32_t format;
	int rc;

	if (only != NULL) {
		format = tenon_format_get_fourcc(tenon_layout_get_format(only));
		modifier = tenon_layout_get_modifier(only);
		options.formats = &format;
		options.formats_len = 1;
		options.modifiers = &modifier;
		options.modifiers_len = 1;
	}
	rc = gather(buffer, more, &all, &options.participants_len);
	if (rc < 0) {
		return rc;
	}
	options.participants = all;
	rc = tenon_plan_create(out, &options, conflict);
	free(all);
	return rc;
}

/* With what heaps said, which is taken. */
static int plan_from(struct tenon_buffer *buffer, struct tenon_heap_info *heaps, size_t heaps_len,
	struct extra extra, const struct tenon_layout *only, struct tenon_plan **out,
	struct tenon_conflict **conflict)
{
	int rc;

	rule_out_heaps(buffer, heaps, heaps_len);
	rc = plan_with(buffer, heaps, heaps_len, extra, only, out, conflict);
	free(heaps);
	return rc;
}

int buffer_make_plan(struct tenon_buffer *buffer, const struct tenon_participant *more,
	size_t more_len, const struct tenon_layout *only, struct tenon_plan **out,
	struct tenon_conflict **conflict)
{
	struct extra extra = {.items = more, .len = more_len};
	struct tenon_heap_info *heaps;
	size_t len;
	int rc = tenon_context_dup_heap_infos(buffer->context, &heaps, &len);

	return rc < 0 ? rc : plan_from(buffer, heaps, len, extra, only, out, conflict);
}

int buffer_plan_ahead(struct tenon_buffer *buffer, const struct tenon_participant *more,
	struct tenon_plan **out, struct tenon_conflict **conflict)
{
	struct extra extra = {.items = more, .len = more != NULL};
	struct tenon_heap_info *heaps;
	size_t len;
	int rc = dup_known_heaps(buffer, &heaps, &len);

	return rc < 0 ? rc : plan_from(buffer, heaps, len, extra, NULL, out, conflict);
}

int buffer_ensure_plan(struct tenon_buffer *buffer)
{
	return buffer->plan != NULL ? 0 : buffer_plan_ahead(buffer, NULL, &buffer->plan, NULL);
}

static int reason_of(enum tenon_availability availability)
{
	switch (availability) {
	case TENON_REFUSED:
		return -EACCES;
	case TENON_EXHAUSTED:
		return -ENOMEM;
	default:
		return -ENODEV;
	}
}

int buffer_why_no_heap(struct tenon_buffer *buffer)
{
	enum tenon_availability *really;
	struct tenon_heap_info *heaps;
	struct tenon_plan *plan = NULL;
	int reason = -ENODEV;
	const char *name;
	size_t len;

	if (tenon_context_dup_heap_infos(buffer->context, &heaps, &len) < 0) {
		return -ENODEV;
	}
	rule_out_heaps(buffer, heaps, len);
	really = calloc(len + 1, sizeof(*really));
	/* What would be planned if every heap were to be had? */
	for (size_t i = 0; i < len && really != NULL; i++) {
		really[i] = heaps[i].availability;
		if (really[i] != TENON_ABSENT) {
			heaps[i].availability = TENON_AVAILABLE;
			heaps[i].free_bytes = UINT64_MAX;
		}
	}
	if (really != NULL) {
		plan_with(buffer, heaps, len, (struct extra){0}, NULL, &plan, NULL);
	}
	for (size_t i = 0; plan != NULL && (name = tenon_plan_get_heap(plan, i)) != NULL; i++) {
		for (size_t j = 0; j < len; j++) {
			if (strcmp(heaps[j].name, name) == 0 && reason == -ENODEV) {
				reason = reason_of(really[j]);
			}
		}
	}
	tenon_plan_destroy(plan);
	free(really);
	free(heaps);
	return reason;
}

/* Memory that exists must do, or be moved; on success *moved is the plan to move to, or NULL. */
static int attach_late(struct tenon_buffer *buffer, const struct tenon_participant *late,
	struct tenon_plan **move_to, struct tenon_conflict **conflict)
{
	struct tenon_conflict *existing = NULL;
	int rc = buffer_check_late(buffer, late, &existing);

	if (rc != TENON_CONFLICT) {
		return rc;
	}
	if ((buffer->flags & TENON_BUFFER_MOVABLE) == 0 || buffer->imported) {
		*conflict = existing;
		return rc;
	}
	tenon_conflict_destroy(existing);
	return buffer_make_plan(buffer, late, 1, buffer->store.layout, move_to, conflict);
}

/* Nobody holds it, and nobody can while this runs: takes `access`. */
static int try_move(struct tenon_buffer *buffer, struct tenon_plan *plan)
{
	uint32_t left;
	int rc;

	if (buffer->exported || buffer->windows_len > 0 || fence_is_pending(buffer) ||
		!lock_try(&buffer->access, true)) {
		tenon_plan_destroy(plan);
		return -EBUSY;
	}
	rc = buffer_move(buffer, plan);
	left = lock_drop(&buffer->access, true);
	if (rc < 0) {
		tenon_plan_destroy(plan);
	}
	/* The caller has a reference, and cache work is done: nothing can be left. */
	(void)left;
	return rc;
}

/* With the mutex: whether one more fits, and what must be done for it. */
static int admit(struct tenon_buffer *buffer, const struct tenon_participant *more,
	struct tenon_conflict **conflict)
{
	struct tenon_plan *plan = NULL;
	int rc;

	if (buffer->store.layout == NULL) {
		rc = buffer_plan_ahead(buffer, more, &plan, conflict);
		if (rc == 0) {
			tenon_plan_destroy(buffer->plan);
			buffer->plan = plan;
		}
		return rc;
	}
	rc = attach_late(buffer, more, &plan, conflict);
	return rc == 0 && plan != NULL ? try_move(buffer, plan) : rc;
}

static void hand_out(struct tenon_conflict *conflict, struct tenon_conflict **out)
{
	if (out != NULL && conflict != NULL) {
		*out = conflict;
	} else {
		tenon_conflict_destroy(conflict);
	}
}

static void link_attachment(struct tenon_buffer *buffer, struct tenon_attachment *attachment,
	const struct tenon_participant *participant)
{
	attachment->buffer = tenon_buffer_ref(buffer);
	attachment->offer = tenon_offer_ref(participant->offer);
	attachment->roles = participant->roles;
	attachment->next = buffer->attachments;
	buffer->attachments = attachment;
	cache_update(buffer);
}

struct tenon_attachment *buffer_add(
	struct tenon_buffer *buffer, const struct tenon_participant *participant)
{
	struct tenon_attachment *attachment = calloc(1, sizeof(*attachment));

	if (attachment != NULL) {
		link_attachment(buffer, attachment, participant);
		tenon_plan_destroy(buffer->plan);
		buffer->plan = NULL;
	}
	return attachment;
}

int tenon_buffer_attach(struct tenon_buffer *buffer, struct tenon_offer *offer, uint32_t roles,
	struct tenon_attachment **out, struct tenon_conflict **conflict_out)
{
	struct tenon_participant more = {.offer = offer, .roles = roles};
	struct tenon_conflict *conflict = NULL;
	struct tenon_attachment *attachment;
	int rc;

	if (offer == NULL || (roles & ~TENON_ROLE_ANY) != 0) {
		return -EINVAL;
	}
	attachment = calloc(1, sizeof(*attachment));
	if (attachment == NULL) {
		return -ENOMEM;
	}
	pthread_mutex_lock(&buffer->mutex);
	rc = admit(buffer, &more, &conflict);
	if (rc == 0) {
		link_attachment(buffer, attachment, &more);
	}
	pthread_mutex_unlock(&buffer->mutex);
	hand_out(conflict, rc == TENON_CONFLICT ? conflict_out : NULL);
	if (rc != 0) {
		free(attachment);
		return rc;
	}
	*out = attachment;
	return 0;
}

void tenon_attachment_destroy(struct tenon_attachment *attachment)
{
	struct tenon_attachment **at;
	struct tenon_buffer *buffer;

	if (attachment == NULL) {
		return;
	}
	buffer = attachment->buffer;
	tenon_attachment_end(attachment);
	pthread_mutex_lock(&buffer->mutex);
	for (at = &buffer->attachments; *at != attachment;) {
		at = &(*at)->next;
	}
	*at = attachment->next;
	/* The rest is merged anew when the plan is needed; a plan of memory that exists stays. */
	tenon_plan_destroy(buffer->plan);
	buffer->plan = NULL;
	cache_update(buffer);
	pthread_mutex_unlock(&buffer->mutex);
	tenon_offer_unref(attachment->offer);
	tenon_buffer_unref(buffer);
	free(attachment);
}

struct tenon_offer *tenon_attachment_get_offer(const struct tenon_attachment *attachment)
{
	return attachment->offer;
}

/* Takes buffer->access for the device; the calling thread may have brackets of its own. */
static int take_for_device(struct tenon_buffer *buffer, uint32_t flags, struct deadline *deadline)
{
	bool write = (flags & TENON_ACCESS_WRITE) != 0;
	uint32_t mine = held_mode(buffer);

	if (mine == ACCESS_RW || (mine != 0 && write)) {
		return -EDEADLK;
	}
	if (mine != 0) {
		lock_join(&buffer->access);
		return 0;
	}
	return held_take(buffer, flags, 0, held_order(), deadline);
}

static void drop_for_device(struct tenon_buffer *buffer, uint32_t flags)
{
	buffer_after_drop(buffer, lock_drop(&buffer->access, (flags & TENON_ACCESS_WRITE) != 0));
}

static int begin_use(struct tenon_attachment *attachment, uint32_t flags, int timeout_ms)
{
	struct tenon_buffer *buffer = attachment->buffer;
	struct deadline deadline = {.timeout_ms = timeout_ms};
	int rc = take_for_device(buffer, flags, &deadline);

	if (rc < 0) {
		return rc;
	}
	rc = fence_wait(buffer, flags, &deadline);
	if (rc < 0) {
		drop_for_device(buffer, flags);
		return rc;
	}
	pthread_mutex_lock(&buffer->mutex);
	rc = buffer_ensure_memory(buffer);
	pthread_mutex_unlock(&buffer->mutex);
	if (rc == 0) {
		rc = cache_begin_device(buffer, attachment->offer, flags);
	}
	if (rc < 0) {
		drop_for_device(buffer, flags);
	}
	return rc;
}

int tenon_attachment_begin(struct tenon_attachment *attachment, uint32_t flags, int timeout_ms)
{
	struct tenon_buffer *buffer = attachment->buffer;
	int rc = 0;

	if (flags == 0 || (flags & ~ACCESS_RW) != 0) {
		return -EINVAL;
	}
	pthread_mutex_lock(&buffer->mutex);
	if (attachment->use != 0 || attachment->beginning) {
		rc = -EBUSY;
	} else {
		attachment->beginning = true;
	}
	pthread_mutex_unlock(&buffer->mutex);
	if (rc < 0) {
		return rc;
	}
	rc = begin_use(attachment, flags, timeout_ms);
	pthread_mutex_lock(&buffer->mutex);
	attachment->beginning = false;
	if (rc == 0) {
		attachment->use = flags;
	}
	pthread_mutex_unlock(&buffer->mutex);
	return rc;
}

int tenon_attachment_end(struct tenon_attachment *attachment)
{
	struct tenon_buffer *buffer = attachment->buffer;
	uint32_t use;

	pthread_mutex_lock(&buffer->mutex);
	use = attachment->use;
	attachment->use = 0;
	pthread_mutex_unlock(&buffer->mutex);
	if (use == 0) {
		return -ENOENT;
	}
	drop_for_device(buffer, use);
	return 0;
}
