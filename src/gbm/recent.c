/* SPDX-License-Identifier: MIT */

/*
 * What heaps said a moment ago. Bos come in bursts, a surface's buffers or a window that is
 * resized, and asking all heaps takes longer than making one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gbm/device.h"

#define FRESH_MS 100

/* Less than this, and less than a quarter, is so little that each bo counts. */
#define PLENTY_BYTES (UINT64_C(256) << 20)

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_short(const struct tenon_heap_info *heap)
{
	if (heap->total_bytes == UINT64_MAX || heap->free_bytes == UINT64_MAX) {
		return heap->availability == TENON_EXHAUSTED;
	}
	return heap->free_bytes < PLENTY_BYTES && heap->free_bytes < heap->total_bytes / 4;
}

static bool is_fresh(struct tg_device *device, size_t pairs_len)
{
	const struct tg_recent *recent = &device->recent;
	return recent->heaps != NULL && recent->pairs_len == pairs_len &&
	       now_ms() - recent->at_ms < FRESH_MS;
}

static void forget(struct tg_recent *recent)
{
	free(recent->heaps);
	recent->heaps = NULL;
}

/* With the lock. Where memory is short, what is free now need not be so for the next bo. */
static int ask(struct tg_device *device, size_t pairs_len)
{
	struct tg_recent *recent = &device->recent;
	forget(recent);
	recent->at_ms = now_ms();
	recent->pairs_len = pairs_len;
	int ret = tenon_context_dup_heap_infos(device->context, &recent->heaps, &recent->len);
	for (size_t i = 0; ret == 0 && i < recent->len; i++) {
		if (is_short(&recent->heaps[i])) {
			recent->at_ms -= FRESH_MS;
			break;
		}
	}
	return ret;
}

int tg_recent_heaps(struct tg_device *device, struct tenon_heap_info **out, size_t *len)
{
	const struct tenon_format_modifier *pairs;
	size_t pairs_len = tg_mesa_heap_get_pairs(device, &pairs);
	struct tenon_heap_info *copy = NULL;
	int ret = 0;
	pthread_mutex_lock(&device->lock);
	if (!is_fresh(device, pairs_len)) {
		ret = ask(device, pairs_len);
	}
	if (ret == 0) {
		copy = calloc(device->recent.len + 1, sizeof(*copy));
		ret = copy == NULL ? -ENOMEM : 0;
	}
	if (ret == 0) {
		memcpy(copy, device->recent.heaps, device->recent.len * sizeof(*copy));
		*len = device->recent.len;
		*out = copy;
	}
	pthread_mutex_unlock(&device->lock);
	return ret;
}

void tg_recent_forget(struct tg_device *device)
{
	pthread_mutex_lock(&device->lock);
	forget(&device->recent);
	pthread_mutex_unlock(&device->lock);
}
