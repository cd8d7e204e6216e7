/* SPDX-License-Identifier: MIT */
#ifndef TENON_BUFFER_FENCE_H
#define TENON_BUFFER_FENCE_H

/*
 * Uses that go on after the call that told of them: each ends when its fence signals. They are kept
 * until somebody has waited for them, or another is added. Accesses that may have to wait are not
 * "ready" meanwhile, so that tenon_access_prepare() goes the long way.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buffer/buffer.h"

enum { FENCES_MAX = 64 };

/*
 * Waits until nobody uses the memory in a way that excludes this access: readers wait for writers,
 * writers for everybody. 0, -ETIMEDOUT, or what poll() says. Without the mutex.
 */
int fence_wait(struct tenon_buffer *buffer, uint32_t access, struct deadline *deadline);

/* The accesses that would have to wait for a fence. With the mutex. */
uint32_t fence_get_excluded(const struct tenon_buffer *buffer);

/* Whether a use goes on. With the mutex. */
bool fence_is_pending(struct tenon_buffer *buffer);

/* Forgets all. With the mutex, or when nobody else has the buffer. */
void fence_forget_all(struct tenon_buffer *buffer);

#endif
