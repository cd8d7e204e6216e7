/* SPDX-License-Identifier: MIT */
#include "wayland/wire/wire.h"

#include <errno.h>
#include <string.h>

/* Keys of tenon_negotiation_v1.heap_key. */
enum key {
	KEY_AVAILABILITY = 1,
	KEY_CONTIGUITY,
	KEY_CACHE,
	KEY_PROTECTION,
	KEY_SCARCITY,
	KEY_FREE_BYTES,
	KEY_TOTAL_BYTES,
	KEY_MAX_BYTES,
	KEY_GRANULARITY,
	KEY_BASE_ALIGN,
	KEY_ADDRESS_MIN,
	KEY_ADDRESS_MAX,
	KEY_DMABUF,
	KEY_MAPPABLE,
	KEY_OWN_FD,
	KEY_SEGMENT_SIZE,
	KEY_LAST = KEY_SEGMENT_SIZE,
};

static uint64_t fact_of(const struct tenon_heap_info *info, enum key key)
{
	switch (key) {
	case KEY_AVAILABILITY:
		return info->availability;
	case KEY_CONTIGUITY:
		return info->contiguity;
	case KEY_CACHE:
		return info->cache;
	case KEY_PROTECTION:
		return info->protection;
	case KEY_SCARCITY:
		return info->scarcity;
	case KEY_FREE_BYTES:
		return info->free_bytes;
	case KEY_TOTAL_BYTES:
		return info->total_bytes;
	case KEY_MAX_BYTES:
		return info->max_bytes;
	case KEY_GRANULARITY:
		return info->granularity;
	case KEY_BASE_ALIGN:
		return info->base_align;
	case KEY_ADDRESS_MIN:
		return info->address_min;
	case KEY_ADDRESS_MAX:
		return info->address_max;
	case KEY_DMABUF:
		return info->dmabuf;
	case KEY_MAPPABLE:
		return info->mappable;
	case KEY_OWN_FD:
		return info->own_fd;
	case KEY_SEGMENT_SIZE:
		return info->segment_size;
	}
	return 0;
}

/* The value that says nothing, and so need not be sent. */
static uint64_t nothing_of(enum key key)
{
	return key == KEY_FREE_BYTES || key == KEY_TOTAL_BYTES ? UINT64_MAX : 0;
}

int wire_put_facts(struct wl_array *out, const struct tenon_heap_info *info)
{
	size_t before = out->size;

	for (int key = KEY_AVAILABILITY; key <= KEY_LAST; key++) {
		const struct wire_fact fact = {(uint32_t)key, 0, fact_of(info, (enum key)key)};
		void *at;

		if (fact.value == nothing_of((enum key)key)) {
			continue;
		}
		at = wl_array_add(out, sizeof(fact));
		if (at == NULL) {
			out->size = before;
			return -ENOMEM;
		}
		memcpy(at, &fact, sizeof(fact)); /* may not be aligned for 64 bits */
	}
	return 0;
}

/* 0 or -EPROTO when the value makes no sense. */
static int check(const struct wire_fact *fact)
{
	switch (fact->key) {
	case KEY_AVAILABILITY:
		return fact->value <= TENON_EXHAUSTED ? 0 : -EPROTO;
	case KEY_CONTIGUITY:
		return fact->value <= TENON_CONTIGUITY_ASSURED ? 0 : -EPROTO;
	case KEY_CACHE:
		return fact->value <= (TENON_CACHE_CACHED | TENON_CACHE_UNCACHED) ? 0 : -EPROTO;
	case KEY_PROTECTION:
		return fact->value <= (TENON_PROTECTION_NONE | TENON_PROTECTION_SECURE) ? 0
											: -EPROTO;
	case KEY_SCARCITY:
	case KEY_SEGMENT_SIZE:
		return fact->value <= UINT32_MAX ? 0 : -EPROTO;
	case KEY_DMABUF:
	case KEY_MAPPABLE:
	case KEY_OWN_FD:
		return fact->value <= 1 ? 0 : -EPROTO;
	default:
		return 0;
	}
}

static void set_fact(struct tenon_heap_info *info, const struct wire_fact *fact)
{
	switch (fact->key) {
	case KEY_AVAILABILITY:
		info->availability = (enum tenon_availability)fact->value;
		break;
	case KEY_CONTIGUITY:
		info->contiguity = (enum tenon_contiguity)fact->value;
		break;
	case KEY_CACHE:
		info->cache = (uint32_t)fact->value;
		break;
	case KEY_PROTECTION:
		info->protection = (uint32_t)fact->value;
		break;
	case KEY_SCARCITY:
		info->scarcity = (uint32_t)fact->value;
		break;
	case KEY_FREE_BYTES:
		info->free_bytes = fact->value;
		break;
	case KEY_TOTAL_BYTES:
		info->total_bytes = fact->value;
		break;
	case KEY_MAX_BYTES:
		info->max_bytes = fact->value;
		break;
	case KEY_GRANULARITY:
		info->granularity = fact->value;
		break;
	case KEY_BASE_ALIGN:
		info->base_align = fact->value;
		break;
	case KEY_ADDRESS_MIN:
		info->address_min = fact->value;
		break;
	case KEY_ADDRESS_MAX:
		info->address_max = fact->value;
		break;
	case KEY_DMABUF:
		info->dmabuf = fact->value != 0;
		break;
	case KEY_MAPPABLE:
		info->mappable = fact->value != 0;
		break;
	case KEY_OWN_FD:
		info->own_fd = fact->value != 0;
		break;
	case KEY_SEGMENT_SIZE:
		info->segment_size = (uint32_t)fact->value;
		break;
	default: /* a newer sender's */
		break;
	}
}

int wire_get_facts(struct tenon_heap_info *info, const void *data, size_t size)
{
	size_t len = size / sizeof(struct wire_fact);
	const char *at = data;

	if (size % sizeof(struct wire_fact) != 0) {
		return -EPROTO;
	}
	if (len > WIRE_FACTS_MAX) {
		return -E2BIG;
	}
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->free_bytes = UINT64_MAX;
	info->total_bytes = UINT64_MAX;
	for (size_t i = 0; i < len; i++, at += sizeof(struct wire_fact)) {
		struct wire_fact fact;

		memcpy(&fact, at, sizeof(fact));
		if (fact.padding != 0 || check(&fact) != 0) {
			return -EPROTO;
		}
		set_fact(info, &fact);
	}
	return 0;
}
