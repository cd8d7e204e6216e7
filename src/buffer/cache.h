/* SPDX-License-Identifier: MIT */
#ifndef TENON_BUFFER_CACHE_H
#define TENON_BUFFER_CACHE_H

/*
 * Making the CPU's caches right, and only when they are not.
 *
 * Where the kernel must be asked (CACHE_ASKED) each CPU access has its own pair of begin and end.
 * Where every user is known (CACHE_TRACKED) a pair is opened by the first CPU access after a
 * device's use and closed by the next device's use; CPU accesses between find it open and cost
 * nothing, and so does everything when all devices see the CPU's caches.
 *
 * Whatever happens, each begin has its end.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buffer/buffer.h"

/*
 * For a CPU access that holds buffer->access: makes caches right. *bracket is what cache_end() must
 * be given; 0 when the access has no pair of its own. 0 or a negative errno: nothing is open.
 */
int cache_begin(
	struct tenon_buffer *buffer, uint32_t access, struct deadline *deadline, uint32_t *bracket);

/* Closes what cache_begin() opened: 0 or the first error, all is closed in any case. */
int cache_end(struct tenon_buffer *buffer, uint32_t bracket);

/* For a device that holds buffer->access and is about to begin: 0 or a negative errno. */
int cache_begin_device(
	struct tenon_buffer *buffer, const struct tenon_offer *offer, uint32_t access);

/* Decides anew who decides: after memory, attachments or exports changed. With the mutex. */
void cache_update(struct tenon_buffer *buffer);

/* Says anew, in buffer->ready, whether a CPU access has anything to do. With the mutex. */
void cache_publish(struct tenon_buffer *buffer);

/* Leaves nothing open and nothing dirty; 0 or the first error. With the mutex. */
int cache_settle(struct tenon_buffer *buffer);

/* Before the memory goes: ends what is open. */
void cache_close(struct tenon_buffer *buffer);

#endif
