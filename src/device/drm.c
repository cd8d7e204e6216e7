/* SPDX-License-Identifier: MIT */
#include "device/drm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xf86drm.h>

#include "base/system_file.h"
#include "device/drm_facts.h"

static int identify(struct tenon_drm_device *device)
{
	drmVersion *version;
	struct stat st;

	if (fstat(device->fd, &st) != 0) {
		return -errno;
	}
	version = drmGetVersion(device->fd);
	if (version == NULL) {
		return -ENODEV;
	}
	device->dev = st.st_rdev;
	snprintf(device->driver, sizeof(device->driver), "%.*s", version->name_len, version->name);
	drmFreeVersion(version);
	return 0;
}

/* Takes ownership of fd, also on failure. */
static int create(struct tenon_drm_device **out, int fd, bool shared)
{
	struct tenon_drm_device *device = calloc(1, sizeof(*device));
	int err;

	if (device == NULL) {
		close(fd);
		return -ENOMEM;
	}
	err = drm_file_get(&device->file, fd, shared);
	if (err != 0) {
		goto err_device;
	}
	atomic_init(&device->refs, 1);
	device->fd = device->file->fd;
	err = identify(device);
	if (err != 0) {
		goto err_file;
	}
	err = -pthread_mutex_init(&device->lock, NULL);
	if (err != 0) {
		goto err_file;
	}
	err = -pthread_mutex_init(&device->facts_lock, NULL);
	if (err != 0) {
		goto err_lock;
	}
	*out = device;
	return 0;
err_lock:
	pthread_mutex_destroy(&device->lock);
err_file:
	drm_file_put(device->file);
err_device:
	free(device);
	return err;
}

int tenon_drm_device_create(struct tenon_drm_device **out, int fd)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return own < 0 ? -errno : create(out, own, true);
}

int tenon_drm_device_open(struct tenon_drm_device **out, const char *node)
{
	int fd = system_open_node(node, O_RDWR | O_NONBLOCK);

	return fd < 0 ? fd : create(out, fd, false);
}

struct tenon_drm_device *tenon_drm_device_ref(struct tenon_drm_device *device)
{
	atomic_fetch_add_explicit(&device->refs, 1, memory_order_relaxed);
	return device;
}

void tenon_drm_device_unref(struct tenon_drm_device *device)
{
	if (device == NULL ||
		atomic_fetch_sub_explicit(&device->refs, 1, memory_order_acq_rel) > 1) {
		return;
	}
	probe_cache_clear(&device->probes);
	drm_facts_destroy(device->facts);
	pthread_mutex_destroy(&device->facts_lock);
	pthread_mutex_destroy(&device->lock);
	drm_file_put(device->file);
	free(device);
}

int tenon_drm_device_get_fd(const struct tenon_drm_device *device)
{
	return device->fd;
}

const char *tenon_drm_device_get_driver(const struct tenon_drm_device *device)
{
	return device->driver;
}

dev_t tenon_drm_device_get_dev(const struct tenon_drm_device *device)
{
	return device->dev;
}
