/* SPDX-License-Identifier: MIT */

/*
 * Memory of others in a DRM device: PRIME.
 *
 * The kernel does not count handles. Who imports a dma-buf a second time into the same open file
 * gets the handle that is there already, and whoever closes it first closes it for all. So the
 * imports of an open file are counted here, one object for each handle, and the last reference
 * closes it, once.
 *
 * Others may use the same open file without asking us: Mesa, when the program gave its fd to both.
 * Then
 * - a handle may have been there before our import, and is not ours to close. An import that makes
 *   a handle makes the kernel hold the dma-buf once more, so the dma-buf's count of users tells.
 *   It is a guess where other processes come or go at that moment;
 * - somebody may close our handle, and its number may soon mean another object. When an import gets
 *   the number of an entry whose dma-buf is another, the entry is given up; before a handle is
 *   closed it is exported, to see that it still is what it was.
 * What cannot be seen is somebody who came by our handle after us, and is left with a number that
 * we close. Files that the library opened itself have no such others, and are spared the looks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xf86drm.h>

#include "device/drm.h"

struct tenon_drm_import {
	struct tenon_drm_device *device; /* a reference */
	uint32_t handle;
	dev_t dev; /* the dma-buf's, and its inode */
	ino_t ino;
	/* under the file's lock */
	size_t references;
	bool theirs; /* the handle was there before us */
	bool lost;   /* somebody closed the handle; no longer in the list */
	struct tenon_drm_import *next;
};

/* How often the dma-buf is held, by fds, handles and devices; -1: nobody says. */
static long count_holders(int dmabuf)
{
	char path[64], line[128];
	long count = -1;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", dmabuf);
	info = fopen(path, "re");
	while (info != NULL && count < 0 && fgets(line, sizeof(line), info) != NULL) {
		if (sscanf(line, "count: %ld", &count) != 1) {
			count = -1;
		}
	}
	if (info != NULL) {
		fclose(info);
	}
	return count;
}

static int fd_to_handle(int fd, int dmabuf, uint32_t *handle)
{
	return drmPrimeFDToHandle(fd, dmabuf, handle) != 0 ? -errno : 0;
}

static int handle_to_fd(int fd, uint32_t handle, int *dmabuf)
{
	int ret = drmPrimeHandleToFD(fd, handle, DRM_CLOEXEC | DRM_RDWR, dmabuf);

	if (ret != 0 && errno == EINVAL) { /* before Linux 4.6 there was no DRM_RDWR */
		ret = drmPrimeHandleToFD(fd, handle, DRM_CLOEXEC, dmabuf);
	}
	return ret != 0 ? -errno : 0;
}

static struct tenon_drm_import **find_handle(struct drm_file *file, uint32_t handle)
{
	struct tenon_drm_import **link = &file->imports;

	while (*link != NULL && (*link)->handle != handle) {
		link = &(*link)->next;
	}
	return link;
}

static bool is_of(const struct tenon_drm_import *import, const struct stat *dmabuf)
{
	return import->ino == dmabuf->st_ino && import->dev == dmabuf->st_dev;
}

/* The entry of a handle that an import gave, or NULL; an entry that the handle is no longer of is
 * given up. */
static struct tenon_drm_import *find(
	struct drm_file *file, uint32_t handle, const struct stat *dmabuf)
{
	struct tenon_drm_import **link = find_handle(file, handle);
	struct tenon_drm_import *found = *link;

	if (found != NULL && !is_of(found, dmabuf)) {
		*link = found->next;
		found->lost = true;
		found = NULL;
	}
	return found;
}

static void add(struct tenon_drm_import *import, struct tenon_drm_device *device, uint32_t handle,
	const struct stat *dmabuf)
{
	*import = (struct tenon_drm_import){
		.device = tenon_drm_device_ref(device),
		.handle = handle,
		.dev = dmabuf->st_dev,
		.ino = dmabuf->st_ino,
		.references = 1,
		.next = device->file->imports,
	};
	device->file->imports = import;
}

/* With the file locked. Uses *fresh, and makes it NULL, where a new object is needed. */
static int import_locked(struct tenon_drm_import **out, struct tenon_drm_import **fresh,
	struct tenon_drm_device *device, int dmabuf)
{
	bool watch = drm_file_is_shared(device->file);
	long before = watch ? count_holders(dmabuf) : -1;
	struct stat status;
	uint32_t handle = 0;
	int ret = fd_to_handle(device->fd, dmabuf, &handle);

	if (ret != 0) {
		return ret;
	}
	if (fstat(dmabuf, &status) != 0) {
		/* Somebody closed the fd under us. Whose the handle is cannot be known now. */
		return -errno;
	}
	*out = find(device->file, handle, &status);
	if (*out != NULL) {
		(*out)->references++;
		return 0;
	}
	*out = *fresh;
	*fresh = NULL;
	add(*out, device, handle, &status);
	(*out)->theirs = watch && before >= 0 && count_holders(dmabuf) == before;
	return 0;
}

int tenon_drm_device_import(
	struct tenon_drm_import **out, struct tenon_drm_device *device, int dmabuf)
{
	struct tenon_drm_import *import = NULL, *fresh = calloc(1, sizeof(*fresh));
	int ret;

	if (fresh == NULL) {
		return -ENOMEM;
	}
	pthread_mutex_lock(&device->file->lock);
	ret = import_locked(&import, &fresh, device, dmabuf);
	pthread_mutex_unlock(&device->file->lock);
	free(fresh);
	if (ret == 0) {
		*out = import;
	}
	return ret;
}

struct tenon_drm_import *tenon_drm_import_ref(struct tenon_drm_import *import)
{
	pthread_mutex_lock(&import->device->file->lock);
	import->references++;
	pthread_mutex_unlock(&import->device->file->lock);
	return import;
}

/* Whether the handle still is the dma-buf's that was imported. */
static bool is_still_it(const struct tenon_drm_import *import)
{
	struct stat status;
	int dmabuf, ret;
	bool same;

	if (!drm_file_is_shared(import->device->file)) {
		return true;
	}
	ret = handle_to_fd(import->device->fd, import->handle, &dmabuf);
	if (ret != 0) {
		return ret != -ENOENT; /* a driver that exports nothing: nobody can know */
	}
	same = fstat(dmabuf, &status) == 0 && is_of(import, &status);
	close(dmabuf);
	return same;
}

static void end_locked(struct tenon_drm_import *import)
{
	if (!import->lost) {
		*find_handle(import->device->file, import->handle) = import->next;
		if (!import->theirs && is_still_it(import)) {
			drmCloseBufferHandle(import->device->fd, import->handle);
		}
	}
}

void tenon_drm_import_unref(struct tenon_drm_import *import)
{
	struct drm_file *file;
	bool last;

	if (import == NULL) {
		return;
	}
	file = import->device->file;
	pthread_mutex_lock(&file->lock);
	last = --import->references == 0;
	if (last) {
		end_locked(import);
	}
	pthread_mutex_unlock(&file->lock);
	if (last) {
		tenon_drm_device_unref(import->device);
		free(import);
	}
}

uint32_t tenon_drm_import_get_handle(const struct tenon_drm_import *import)
{
	return import->handle;
}

int tenon_drm_import_export(const struct tenon_drm_import *import, int *out)
{
	int dmabuf = -1;
	int ret = handle_to_fd(import->device->fd, import->handle, &dmabuf);

	if (ret == 0) {
		*out = dmabuf;
	}
	return ret;
}
