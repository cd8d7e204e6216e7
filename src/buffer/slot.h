/* SPDX-License-Identifier: MIT */
#ifndef TENON_BUFFER_SLOT_H
#define TENON_BUFFER_SLOT_H

/* A buffer of a swapchain, with the devices that use it. */

#include "buffer/buffer.h"
#include "buffer/damage.h"

enum slot_state {
	SLOT_FREE = 0,
	SLOT_PAINTED,
	SLOT_SHOWN,
};

/* A buffer of the chain; an empty slot has none. */
struct slot {
	struct tenon_buffer *buffer;
	struct tenon_attachment **attachments; /* one for each participant */
	size_t attachments_len;
	enum slot_state state;
	uint64_t frame; /* its contents were the newest as this frame; 0: they are undefined */
	uint64_t generation;
	struct damage damage; /* what was submitted since */
	struct slot *next;    /* in the list of the retired */
};

/*
 * Makes a slot of a buffer, whose reference is taken over, also on failure; attaches participants
 * and allocates. 0, TENON_CONFLICT or a negative errno.
 */
int slot_create(struct slot **out, struct tenon_buffer *buffer,
	const struct tenon_participant *participants, size_t len);

/* NULL is a no-op. */
void slot_destroy(struct slot *slot);

/*
 * Swaps the attachments for those of new participants: 0, or, when one of them cannot use the
 * buffer as it is, TENON_CONFLICT or a negative errno.
 */
int slot_reattach(struct slot *slot, const struct tenon_participant *participants, size_t len);

#endif
