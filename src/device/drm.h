/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_DRM_H
#define TENON_DEVICE_DRM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include <tenon/drm.h>

#include "device/drm_file.h"
#include "device/probe_cache.h"

struct drm_facts;

struct tenon_drm_device {
	atomic_uint refs;
	struct drm_file *file;
	int fd; /* the file's */
	dev_t dev;
	char driver[64];
	pthread_mutex_t lock;
	struct probe_cache probes;  /* under lock */
	unsigned probes_generation; /* under lock; how often all was forgotten */

	pthread_mutex_t facts_lock;
	struct drm_facts *facts; /* NULL: not read yet; under facts_lock, constant once there */
};

#endif
