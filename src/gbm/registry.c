/* SPDX-License-Identifier: MIT */

/*
 * Mesa's gbm_device and gbm_bo have no room for anything of ours, so what belongs to them is found
 * by their address. A bo may be destroyed after its device: the device then goes with the last bo.
 */
#include <stdint.h>

#include "gbm/device.h"

#define BUCKETS 256 /* a power of two */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct tg_device *devices;
static struct tg_bo *bos[BUCKETS];

static struct tg_bo **bucket_of(const struct gbm_bo *gbm)
{
	/* allocations are 16 bytes apart at least; the multiplier spreads what remains */
	uint64_t key = ((uintptr_t)gbm >> 4) * UINT64_C(0x9e3779b97f4a7c15);
	return &bos[key >> 56];
}

void tg_registry_add_device(struct tg_device *device)
{
	pthread_mutex_lock(&lock);
	device->next = devices;
	devices = device;
	pthread_mutex_unlock(&lock);
}

struct tg_device *tg_registry_find_device(const struct gbm_device *gbm)
{
	pthread_mutex_lock(&lock);
	struct tg_device *device = devices;
	while (device != NULL && device->gbm != gbm) {
		device = device->next;
	}
	pthread_mutex_unlock(&lock);
	return device;
}

void tg_registry_add_bo(struct tg_bo *bo)
{
	pthread_mutex_lock(&lock);
	struct tg_bo **bucket = bucket_of(bo->gbm);
	bo->next = *bucket;
	*bucket = bo;
	bo->device->bos++;
	pthread_mutex_unlock(&lock);
}

struct tg_bo *tg_registry_find_bo(const struct gbm_bo *gbm)
{
	pthread_mutex_lock(&lock);
	struct tg_bo *bo = *bucket_of(gbm);
	while (bo != NULL && bo->gbm != gbm) {
		bo = bo->next;
	}
	pthread_mutex_unlock(&lock);
	return bo;
}

struct tg_bo *tg_registry_take_bo(const struct gbm_bo *gbm)
{
	pthread_mutex_lock(&lock);
	struct tg_bo **at = bucket_of(gbm);
	while (*at != NULL && (*at)->gbm != gbm) {
		at = &(*at)->next;
	}
	struct tg_bo *bo = *at;
	if (bo != NULL) {
		*at = bo->next;
	}
	pthread_mutex_unlock(&lock);
	return bo;
}

static void unlink_device(struct tg_device *device)
{
	struct tg_device **at = &devices;
	while (*at != device) {
		at = &(*at)->next;
	}
	*at = device->next;
}

void tg_registry_hold(struct tg_device *device)
{
	pthread_mutex_lock(&lock);
	device->bos++;
	pthread_mutex_unlock(&lock);
}

bool tg_registry_drop(struct tg_device *device)
{
	pthread_mutex_lock(&lock);
	bool last = --device->bos == 0 && device->destroyed;
	if (last) {
		unlink_device(device);
	}
	pthread_mutex_unlock(&lock);
	return last;
}

bool tg_registry_destroy_device(struct tg_device *device)
{
	pthread_mutex_lock(&lock);
	device->destroyed = true;
	bool last = device->bos == 0;
	if (last) {
		unlink_device(device);
	}
	pthread_mutex_unlock(&lock);
	return last;
}
