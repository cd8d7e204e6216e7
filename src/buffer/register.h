/* SPDX-License-Identifier: MIT */
#ifndef TENON_BUFFER_REGISTER_H
#define TENON_BUFFER_REGISTER_H

#include "buffer/buffer.h"

/* Which file an fd is, and the bytes of it that count. 0 or a negative errno. */
int register_make_key(struct object_key *key, int fd, uint64_t start, uint64_t end);

bool register_is_same_file(const struct object_key *a, const struct object_key *b);

/*
 * Looks for a buffer with the same memory and layout as a new one, whose keys are filled in: *known
 * is that one, with another reference, or the new one itself, which is then registered. -EEXIST
 * when the memory is known under another layout.
 */
int register_find_or_add(struct tenon_buffer *fresh, struct tenon_buffer **known);

/* Makes a buffer known that was allocated here. With the mutex. 0 or a negative errno. */
int register_add(struct tenon_buffer *buffer);

void register_remove(struct tenon_buffer *buffer);

#endif
