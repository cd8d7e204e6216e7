/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_DRM_FILE_H
#define TENON_DEVICE_DRM_FILE_H

/*
 * An open file of a DRM node. GEM handles and the right to set modes belong to it, not to an fd:
 * two devices made of duplicates of one fd share one object of this kind, and with it the
 * book-keeping of handles (prime.c).
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct tenon_drm_import;

struct drm_file {
	int fd;                /* ours */
	size_t users;          /* devices; under the registry's lock */
	bool shared;           /* others may have handles in it; under the registry's lock */
	struct drm_file *next; /* registry */

	pthread_mutex_t lock; /* of the imports, and of import and close with the kernel */
	struct tenon_drm_import *imports;
};

/*
 * The object of fd's open file, a new one or another device's. shared: the fd came from somebody
 * else. Takes ownership of fd, also on failure: use (*out)->fd. 0, -ENOMEM or another negative
 * errno. Undone by drm_file_put(). Any thread.
 */
int drm_file_get(struct drm_file **out, int fd, bool shared);

/* One user less; the last one closes the file. */
void drm_file_put(struct drm_file *file);

/* Whether others may have handles in the file. */
bool drm_file_is_shared(struct drm_file *file);

#endif
