/* SPDX-License-Identifier: MIT */

/*
 * Buffers that take turns.
 *
 * A chain has slots for buffers of its present plan. When the plan changes, a buffer that does not
 * satisfy the new devices leaves its slot at once: to nowhere if it is free, else to the list of
 * the retired until it is released. So the slots are there for the next acquire, and what is shown
 * stays shown.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/swapchain.h>

#include "buffer/buffer.h"
#include "buffer/slot.h"

#define OPTIONS_LEAST (offsetof(struct tenon_swapchain_options, make_data) + sizeof(void *))
#define BUFFER_OPTIONS_LEAST (offsetof(struct tenon_buffer_options, name) + sizeof(const char *))

struct tenon_swapchain {
	pthread_mutex_t mutex; /* of everything */
	pthread_cond_t released;
	struct tenon_buffer *model; /* what each buffer is to be; never allocated */
	struct tenon_participant *participants;
	size_t participants_len;
	struct tenon_plan *plan;
	uint64_t generation;
	uint64_t frame; /* submitted so far */
	int (*make)(void *data, const struct tenon_plan *plan, struct tenon_buffer **out);
	void *make_data;
	struct slot *slots[TENON_SWAPCHAIN_MAX];
	size_t slots_len;
	struct slot *retired;
};

static void release_participants(struct tenon_participant *participants, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		tenon_offer_unref(participants[i].offer);
	}
	free(participants);
}

/* The copy holds references. */
static int dup_participants(
	struct tenon_participant **out, const struct tenon_participant *from, size_t len)
{
	struct tenon_participant *copy;

	for (size_t i = 0; i < len; i++) {
		if (from[i].offer == NULL) {
			return -EINVAL;
		}
	}
	copy = calloc(len + 1, sizeof(*copy));
	if (copy == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < len; i++) {
		copy[i] = from[i];
		tenon_offer_ref(copy[i].offer);
	}
	*out = copy;
	return 0;
}

static int plan_for(struct tenon_swapchain *chain, const struct tenon_participant *participants,
	size_t len, struct tenon_plan **plan, struct tenon_conflict **conflict)
{
	int rc;

	pthread_mutex_lock(&chain->model->mutex);
	rc = buffer_make_plan(chain->model, participants, len, NULL, plan, conflict);
	pthread_mutex_unlock(&chain->model->mutex);
	return rc;
}

static int init_locks(struct tenon_swapchain *chain)
{
	pthread_condattr_t attr;
	int rc = -pthread_condattr_init(&attr);

	if (rc < 0) {
		return rc;
	}
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	rc = -pthread_cond_init(&chain->released, &attr);
	pthread_condattr_destroy(&attr);
	if (rc < 0) {
		return rc;
	}
	rc = -pthread_mutex_init(&chain->mutex, NULL);
	if (rc < 0) {
		pthread_cond_destroy(&chain->released);
	}
	return rc;
}

static void finish_locks(struct tenon_swapchain *chain)
{
	pthread_mutex_destroy(&chain->mutex);
	pthread_cond_destroy(&chain->released);
}

static int fill(struct tenon_swapchain *chain, struct tenon_context *context,
	const struct tenon_swapchain_options *options, struct tenon_conflict **conflict)
{
	struct tenon_buffer_options buffer;
	int rc = context_copy_options(
		&buffer, sizeof(buffer), &options->buffer, BUFFER_OPTIONS_LEAST);

	if (rc < 0) {
		return rc;
	}
	/* What does not fit any more is replaced, never moved under somebody's eyes. */
	buffer.flags &= ~(uint32_t)TENON_BUFFER_MOVABLE;
	buffer.conflict = conflict;
	chain->slots_len = options->buffers_len != 0 ? options->buffers_len : 3;
	chain->make = options->make;
	chain->make_data = options->make_data;
	chain->generation = 1;
	rc = tenon_buffer_create(&chain->model, context, &buffer);
	if (rc != 0) {
		return rc;
	}
	rc = dup_participants(
		&chain->participants, options->participants, options->participants_len);
	if (rc < 0) {
		return rc;
	}
	chain->participants_len = options->participants_len;
	return plan_for(
		chain, chain->participants, chain->participants_len, &chain->plan, conflict);
}

int tenon_swapchain_create(struct tenon_swapchain **out, struct tenon_context *context,
	const struct tenon_swapchain_options *caller, struct tenon_conflict **conflict)
{
	struct tenon_swapchain_options options;
	struct tenon_swapchain *chain;
	int rc = context_copy_options(&options, sizeof(options), caller, OPTIONS_LEAST);

	if (rc < 0 || options.buffers_len > TENON_SWAPCHAIN_MAX) {
		return -EINVAL;
	}
	chain = calloc(1, sizeof(*chain));
	if (chain == NULL) {
		return -ENOMEM;
	}
	rc = init_locks(chain);
	if (rc < 0) {
		free(chain);
		return rc;
	}
	rc = fill(chain, context, &options, conflict);
	if (rc != 0) {
		tenon_swapchain_destroy(chain);
		return rc;
	}
	*out = chain;
	return 0;
}

void tenon_swapchain_destroy(struct tenon_swapchain *chain)
{
	if (chain == NULL) {
		return;
	}
	for (size_t i = 0; i < chain->slots_len; i++) {
		slot_destroy(chain->slots[i]);
	}
	while (chain->retired != NULL) {
		struct slot *next = chain->retired->next;

		slot_destroy(chain->retired);
		chain->retired = next;
	}
	tenon_plan_destroy(chain->plan);
	release_participants(chain->participants, chain->participants_len);
	tenon_buffer_unref(chain->model);
	finish_locks(chain);
	free(chain);
}

static int make_buffer(struct tenon_swapchain *chain, struct tenon_buffer **out)
{
	const struct tenon_buffer *model = chain->model;
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = model->width,
		.height = model->height,
		.formats = model->formats,
		.formats_len = model->formats_len,
		.modifiers = model->modifiers,
		.modifiers_len = model->modifiers_len,
		.limits = model->limits,
		.flags = model->flags,
		.name = model->name,
	};

	return chain->make != NULL ? chain->make(chain->make_data, chain->plan, out)
				   : tenon_buffer_create(out, model->context, &options);
}

static int slot_make(struct tenon_swapchain *chain, struct slot **out)
{
	struct tenon_buffer *buffer = NULL;
	int rc = make_buffer(chain, &buffer);

	if (rc == 0) {
		rc = slot_create(out, buffer, chain->participants, chain->participants_len);
	}
	if (rc == 0) {
		(*out)->generation = chain->generation;
	}
	return rc == TENON_CONFLICT ? -EINVAL : rc;
}

static void retire(struct tenon_swapchain *chain, size_t i)
{
	struct slot *slot = chain->slots[i];

	chain->slots[i] = NULL;
	if (slot->state == SLOT_FREE) {
		slot_destroy(slot);
		return;
	}
	slot->next = chain->retired;
	chain->retired = slot;
}

/* Everything that can fail is done; takes over plan and participants. */
static void adopt(struct tenon_swapchain *chain, struct tenon_plan *plan,
	struct tenon_participant *participants, size_t len, bool resized)
{
	tenon_plan_destroy(chain->plan);
	chain->plan = plan;
	release_participants(chain->participants, chain->participants_len);
	chain->participants = participants;
	chain->participants_len = len;
	chain->generation++;
	for (size_t i = 0; i < chain->slots_len; i++) {
		struct slot *slot = chain->slots[i];

		if (slot != NULL && (resized || slot_reattach(slot, participants, len) != 0)) {
			retire(chain, i);
		}
	}
	pthread_cond_broadcast(&chain->released);
}

static void resize_model(struct tenon_swapchain *chain, uint32_t width, uint32_t height)
{
	pthread_mutex_lock(&chain->model->mutex);
	chain->model->width = width;
	chain->model->height = height;
	pthread_mutex_unlock(&chain->model->mutex);
}

static int change(struct tenon_swapchain *chain, const struct tenon_participant *participants,
	size_t len, uint32_t width, uint32_t height, struct tenon_conflict **conflict)
{
	uint32_t old_width = chain->model->width, old_height = chain->model->height;
	struct tenon_participant *copy = NULL;
	struct tenon_plan *plan = NULL;
	int rc = dup_participants(&copy, participants, len);

	if (rc < 0) {
		return rc;
	}
	if (width != 0) {
		resize_model(chain, width, height);
	}
	rc = plan_for(chain, copy, len, &plan, conflict);
	if (rc != 0) {
		resize_model(chain, old_width, old_height);
		release_participants(copy, len);
		return rc;
	}
	adopt(chain, plan, copy, len, width != 0 && (width != old_width || height != old_height));
	return 0;
}

int tenon_swapchain_change(struct tenon_swapchain *chain,
	const struct tenon_participant *participants, size_t participants_len, uint32_t width,
	uint32_t height, struct tenon_conflict **conflict)
{
	int rc;

	if ((width == 0) != (height == 0)) {
		return -EINVAL;
	}
	pthread_mutex_lock(&chain->mutex);
	rc = change(chain, participants, participants_len, width, height, conflict);
	pthread_mutex_unlock(&chain->mutex);
	return rc;
}

const struct tenon_plan *tenon_swapchain_get_plan(struct tenon_swapchain *chain)
{
	const struct tenon_plan *plan;

	pthread_mutex_lock(&chain->mutex);
	plan = chain->plan;
	pthread_mutex_unlock(&chain->mutex);
	return plan;
}

/* The free buffer with the newest contents, or NULL. */
static struct slot *find_free(struct tenon_swapchain *chain)
{
	struct slot *best = NULL;

	for (size_t i = 0; i < chain->slots_len; i++) {
		struct slot *slot = chain->slots[i];

		if (slot != NULL && slot->state == SLOT_FREE &&
			(best == NULL || slot->frame > best->frame)) {
			best = slot;
		}
	}
	return best;
}

/* 0; -EAGAIN when all slots are busy; another negative errno when no buffer can be made. */
static int get_slot(struct tenon_swapchain *chain, struct slot **out)
{
	struct slot *slot = find_free(chain);

	if (slot != NULL) {
		*out = slot;
		return 0;
	}
	for (size_t i = 0; i < chain->slots_len; i++) {
		if (chain->slots[i] == NULL) {
			int rc = slot_make(chain, &chain->slots[i]);

			/* Memory may come back with what is still shown. */
			if (rc == -ENOMEM && chain->retired != NULL) {
				return -EAGAIN;
			}
			*out = chain->slots[i];
			return rc;
		}
	}
	return -EAGAIN;
}

static int wait_for_slot(
	struct tenon_swapchain *chain, struct slot **slot, struct deadline *deadline)
{
	const struct timespec *at;
	int waited = 0;
	int rc;

	while ((rc = get_slot(chain, slot)) == -EAGAIN) {
		if (waited == ETIMEDOUT) {
			return -ETIMEDOUT;
		}
		at = deadline_at(deadline);
		waited = at == NULL ? pthread_cond_wait(&chain->released, &chain->mutex)
				    : pthread_cond_timedwait(&chain->released, &chain->mutex, at);
	}
	return rc;
}

static void start_painting(
	struct tenon_swapchain *chain, struct slot *slot, struct tenon_swapchain_image *image)
{
	uint64_t age = slot->frame != 0 ? chain->frame - slot->frame + 1 : 0;

	slot->state = SLOT_PAINTED;
	if (age == 0 || age > UINT32_MAX) {
		age = 0;
		damage_set_all(&slot->damage, slot->buffer->width, slot->buffer->height);
	}
	*image = (struct tenon_swapchain_image){
		.buffer = slot->buffer,
		.age = (uint32_t)age,
		.damage = slot->damage.rects,
		.damage_len = slot->damage.len,
		.generation = slot->generation,
	};
}

int tenon_swapchain_acquire(
	struct tenon_swapchain *chain, struct tenon_swapchain_image *image, int timeout_ms)
{
	struct deadline deadline = {.timeout_ms = timeout_ms};
	struct slot *slot = NULL;
	int rc;

	pthread_mutex_lock(&chain->mutex);
	rc = wait_for_slot(chain, &slot, &deadline);
	if (rc == 0) {
		start_painting(chain, slot, image);
	}
	pthread_mutex_unlock(&chain->mutex);
	return rc;
}

/* The slot of a buffer, among the present and the retired, or NULL. */
static struct slot *find_slot(struct tenon_swapchain *chain, const struct tenon_buffer *buffer)
{
	for (size_t i = 0; i < chain->slots_len; i++) {
		if (chain->slots[i] != NULL && chain->slots[i]->buffer == buffer) {
			return chain->slots[i];
		}
	}
	for (struct slot *s = chain->retired; s != NULL; s = s->next) {
		if (s->buffer == buffer) {
			return s;
		}
	}
	return NULL;
}

static struct slot *find_in_state(
	struct tenon_swapchain *chain, const struct tenon_buffer *buffer, enum slot_state state)
{
	struct slot *slot = find_slot(chain, buffer);

	return slot != NULL && slot->state == state ? slot : NULL;
}

struct tenon_attachment *tenon_swapchain_get_attachment(
	struct tenon_swapchain *chain, const struct tenon_buffer *buffer, size_t i)
{
	struct tenon_attachment *attachment = NULL;
	struct slot *slot;

	pthread_mutex_lock(&chain->mutex);
	slot = find_slot(chain, buffer);
	if (slot != NULL && i < slot->attachments_len) {
		attachment = slot->attachments[i];
	}
	pthread_mutex_unlock(&chain->mutex);
	return attachment;
}

static void spread(struct tenon_swapchain *chain, const struct slot *shown,
	const struct tenon_rect *damage, size_t len)
{
	uint32_t width = shown->buffer->width, height = shown->buffer->height;

	for (size_t i = 0; i < chain->slots_len; i++) {
		struct slot *slot = chain->slots[i];

		/* One that is being painted will be what it is painted to be. */
		if (slot == NULL || slot == shown || slot->state == SLOT_PAINTED) {
			continue;
		}
		if (damage == NULL || slot->buffer->width != width ||
			slot->buffer->height != height) {
			damage_set_all(&slot->damage, slot->buffer->width, slot->buffer->height);
			continue;
		}
		for (size_t j = 0; j < len; j++) {
			damage_add(&slot->damage, &damage[j], width, height);
		}
	}
}

int tenon_swapchain_submit(struct tenon_swapchain *chain, struct tenon_buffer *buffer,
	const struct tenon_rect *damage, size_t damage_len)
{
	struct slot *slot;

	pthread_mutex_lock(&chain->mutex);
	slot = find_in_state(chain, buffer, SLOT_PAINTED);
	if (slot != NULL) {
		spread(chain, slot, damage, damage_len);
		slot->state = SLOT_SHOWN;
		slot->frame = ++chain->frame;
		slot->damage.len = 0;
	}
	pthread_mutex_unlock(&chain->mutex);
	return slot != NULL ? 0 : -ENOENT;
}

/* Back to free; a retired one goes. With the mutex. */
static void set_free(struct tenon_swapchain *chain, struct slot *slot)
{
	struct slot **at;

	for (at = &chain->retired; *at != NULL && *at != slot;) {
		at = &(*at)->next;
	}
	if (*at != NULL) {
		*at = slot->next;
		slot_destroy(slot);
	} else {
		slot->state = SLOT_FREE;
	}
	pthread_cond_broadcast(&chain->released);
}

int tenon_swapchain_cancel(struct tenon_swapchain *chain, struct tenon_buffer *buffer)
{
	struct slot *slot;

	pthread_mutex_lock(&chain->mutex);
	slot = find_in_state(chain, buffer, SLOT_PAINTED);
	if (slot != NULL) {
		slot->frame = 0;
		set_free(chain, slot);
	}
	pthread_mutex_unlock(&chain->mutex);
	return slot != NULL ? 0 : -ENOENT;
}

int tenon_swapchain_release(struct tenon_swapchain *chain, struct tenon_buffer *buffer)
{
	struct slot *slot;

	pthread_mutex_lock(&chain->mutex);
	slot = find_in_state(chain, buffer, SLOT_SHOWN);
	if (slot != NULL) {
		set_free(chain, slot);
	}
	pthread_mutex_unlock(&chain->mutex);
	return slot != NULL ? 0 : -ENOENT;
}
