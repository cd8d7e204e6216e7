/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_PROBE_CACHE_H
#define TENON_DEVICE_PROBE_CACHE_H

/*
 * Answers of probes that hold until the device changes, by layout, kind of memory and stages. The
 * oldest makes place for a new one. Whoever uses a cache has it to himself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/format.h>
#include <tenon/probe.h>

enum {
	PROBE_MEMORY_MAX = 64, /* bytes of a memory's name, with the end; longer: not kept */
	PROBE_CACHE_LEN = 64,
};

/* What an answer is kept by. Zeroed before it is filled, so that it can be compared by bytes. */
struct probe_key {
	char memory[PROBE_MEMORY_MAX];
	uint64_t modifier;
	uint64_t objects[TENON_MAX_PLANES]; /* sizes */
	struct tenon_plane_layout planes[TENON_MAX_PLANES];
	uint32_t format, width, height, stages;
};

struct probe_cache {
	struct {
		struct probe_key key;
		struct tenon_probe_result result;
	} * entries; /* PROBE_CACHE_LEN; NULL: nothing yet */
	size_t len, next;
};

/* Fills a key; false when there is nothing to keep an answer by. */
bool probe_key_init(struct probe_key *key, const struct tenon_layout *layout, const char *memory,
	uint32_t stages);

/* The answer, or NULL. Valid until the cache changes. */
const struct tenon_probe_result *probe_cache_find(
	const struct probe_cache *cache, const struct probe_key *key);

/* Keeps an answer if there is memory for it. */
void probe_cache_keep(struct probe_cache *cache, const struct probe_key *key,
	const struct tenon_probe_result *result);

/* Forgets all; the cache may be used again. */
void probe_cache_clear(struct probe_cache *cache);

#endif
