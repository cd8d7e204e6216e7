/* SPDX-License-Identifier: MIT */
#ifndef TENON_BUFFER_CONTEXT_H
#define TENON_BUFFER_CONTEXT_H

/* The inside of a context, for this room and those to its right. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include <tenon/context.h>
#include <tenon/device.h>

#include "base/log.h"

enum { CONTEXT_BUCKETS = 64 };

struct object_key;

struct tenon_context {
	atomic_uint refs;
	struct log log;
	struct tenon_config *config;

	/* Of the list of heaps: adding writes, everything else reads. */
	pthread_rwlock_t heaps_lock;
	struct tenon_heaps *heaps;

	/* Of the device table, which is read at its first use. */
	pthread_mutex_t table_lock;
	char *table_path; /* an extra file, or NULL */
	struct tenon_device_table *table;

	/* Of the register of buffers that may come in again: register.h. */
	pthread_mutex_t register_lock;
	struct object_key *registered[CONTEXT_BUCKETS];
};

/* Copies a struct of options that begins with its size, whatever version the caller's has: what
 * the caller does not know is zero, what the library does not know must be. 0 or -EINVAL. */
int context_copy_options(void *to, size_t to_size, const void *from, size_t least_size);

#endif
