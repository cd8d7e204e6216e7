/* SPDX-License-Identifier: MIT */
#include "buffer/slot.h"

#include <errno.h>
#include <stdlib.h>

static void detach_all(struct tenon_attachment **attachments, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		tenon_attachment_destroy(attachments[i]);
	}
	free(attachments);
}

void slot_destroy(struct slot *slot)
{
	if (slot == NULL) {
		return;
	}
	detach_all(slot->attachments, slot->attachments_len);
	tenon_buffer_unref(slot->buffer);
	free(slot);
}

/* Attaches everybody to a buffer, checked or known to fit: 0, TENON_CONFLICT or a negative errno,
 * and then nobody is attached. */
static int attach_all(struct tenon_buffer *buffer, const struct tenon_participant *participants,
	size_t len, struct tenon_attachment ***out)
{
	struct tenon_attachment **all = calloc(len + 1, sizeof(struct tenon_attachment *));
	int rc = 0;

	if (all == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < len && rc == 0; i++) {
		if (tenon_buffer_is_allocated(buffer)) {
			rc = tenon_buffer_attach(buffer, participants[i].offer,
				participants[i].roles, &all[i], NULL);
			continue;
		}
		pthread_mutex_lock(&buffer->mutex);
		all[i] = buffer_add(buffer, &participants[i]);
		pthread_mutex_unlock(&buffer->mutex);
		rc = all[i] != NULL ? 0 : -ENOMEM;
	}
	if (rc != 0) {
		detach_all(all, len);
		return rc;
	}
	*out = all;
	return 0;
}

int slot_reattach(struct slot *slot, const struct tenon_participant *participants, size_t len)
{
	struct tenon_attachment **all;
	int rc = attach_all(slot->buffer, participants, len, &all);

	if (rc != 0) {
		return rc;
	}
	detach_all(slot->attachments, slot->attachments_len);
	slot->attachments = all;
	slot->attachments_len = len;
	return 0;
}

int slot_create(struct slot **out, struct tenon_buffer *buffer,
	const struct tenon_participant *participants, size_t len)
{
	struct slot *slot = calloc(1, sizeof(*slot));
	int rc;

	if (slot == NULL) {
		tenon_buffer_unref(buffer);
		return -ENOMEM;
	}
	slot->buffer = buffer;
	rc = attach_all(buffer, participants, len, &slot->attachments);
	if (rc == 0) {
		slot->attachments_len = len;
		rc = tenon_buffer_allocate(buffer);
	}
	if (rc != 0) {
		slot_destroy(slot);
		return rc;
	}
	*out = slot;
	return 0;
}
