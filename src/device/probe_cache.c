/* SPDX-License-Identifier: MIT */
#include "device/probe_cache.h"

#include <stdlib.h>
#include <string.h>

/* Member by member: what lies between members of a copied struct is anything. */
static void copy_plane(struct tenon_plane_layout *out, const struct tenon_layout *layout, size_t i)
{
	struct tenon_plane_layout plane;

	tenon_layout_get_plane(layout, i, &plane);
	out->object = plane.object;
	out->pitch = plane.pitch;
	out->offset = plane.offset;
	out->size = plane.size;
	out->width = plane.width;
	out->height = plane.height;
}

bool probe_key_init(struct probe_key *key, const struct tenon_layout *layout, const char *memory,
	uint32_t stages)
{
	memset(key, 0, sizeof(*key));
	if (memory == NULL || strlen(memory) >= sizeof(key->memory)) {
		return false;
	}
	strcpy(key->memory, memory);
	key->format = tenon_format_get_fourcc(tenon_layout_get_format(layout));
	key->modifier = tenon_layout_get_modifier(layout);
	key->stages = stages;
	tenon_layout_get_size(layout, &key->width, &key->height);
	for (size_t i = 0; i < tenon_layout_get_planes_len(layout); i++) {
		copy_plane(&key->planes[i], layout, i);
	}
	for (size_t i = 0; i < tenon_layout_get_objects_len(layout); i++) {
		key->objects[i] = tenon_layout_get_object_size(layout, i);
	}
	return true;
}

const struct tenon_probe_result *probe_cache_find(
	const struct probe_cache *cache, const struct probe_key *key)
{
	for (size_t i = 0; i < cache->len; i++) {
		if (memcmp(&cache->entries[i].key, key, sizeof(*key)) == 0) {
			return &cache->entries[i].result;
		}
	}
	return NULL;
}

void probe_cache_keep(struct probe_cache *cache, const struct probe_key *key,
	const struct tenon_probe_result *result)
{
	if (cache->entries == NULL) {
		cache->entries = calloc(PROBE_CACHE_LEN, sizeof(*cache->entries));
	}
	if (cache->entries == NULL) {
		return;
	}
	/* by bytes, as they are compared */
	memcpy(&cache->entries[cache->next].key, key, sizeof(*key));
	cache->entries[cache->next].result = *result;
	cache->next = (cache->next + 1) % PROBE_CACHE_LEN;
	if (cache->len < PROBE_CACHE_LEN) {
		cache->len++;
	}
}

void probe_cache_clear(struct probe_cache *cache)
{
	free(cache->entries);
	*cache = (struct probe_cache){0};
}
