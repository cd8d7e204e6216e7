/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_DRM_H
#define TENON_DEVICE_DRM_H

#include <pthread.h>
#include <stddef.h>

#include <tenon/drm.h>

struct tenon_drm_device {
	size_t references; /* under lock */
	int fd;            /* ours */
	dev_t dev;
	char driver[64];
	pthread_mutex_t lock;
};

#endif
