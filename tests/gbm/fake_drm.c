/* SPDX-License-Identifier: MIT */
#include "fake_drm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <tenon/drm.h>
#include <tenon/probe.h>

#include "harness/harness.h"

#define FILES_MAX 256

struct fake_drm fake_drm;

/* Handles of the one open file there is: an index and a count for each file imported. */
static struct {
	ino_t ino;
	int fd, count;
} files[FILES_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* libdrm */

drmVersionPtr drmGetVersion(int fd)
{
	drmVersionPtr version = calloc(1, sizeof(*version));

	version->name = strdup("fake");
	version->name_len = 4;
	return version;
}

void drmFreeVersion(drmVersionPtr version)
{
	if (version != NULL) {
		free(version->name);
		free(version);
	}
}

int drmGetCap(int fd, uint64_t capability, uint64_t *value)
{
	*value = capability == DRM_CAP_DUMB_BUFFER;
	return 0;
}

int drmGetDevices2(uint32_t flags, drmDevicePtr devices[], int max_devices)
{
	return 0;
}

char *drmGetRenderDeviceNameFromFd(int fd)
{
	return strdup("/dev/dri/renderD128");
}

/* With the lock; takes fd over. */
static uint32_t keep_file(int fd)
{
	struct stat file;
	size_t free_at = FILES_MAX;

	assert_int_equal(fstat(fd, &file), 0);
	for (size_t i = 0; i < FILES_MAX; i++) {
		if (files[i].count > 0 && files[i].ino == file.st_ino) {
			files[i].count++;
			close(fd);
			return (uint32_t)i + 1;
		}
		free_at = files[i].count == 0 && free_at == FILES_MAX ? i : free_at;
	}
	assert_true(free_at < FILES_MAX);
	files[free_at].ino = file.st_ino;
	files[free_at].fd = fd;
	files[free_at].count = 1;
	return (uint32_t)free_at + 1;
}

int drmIoctl(int fd, unsigned long request, void *arg)
{
	struct drm_mode_create_dumb *dumb = arg;
	int file;

	if (request != DRM_IOCTL_MODE_CREATE_DUMB) {
		errno = ENOTTY;
		return -1;
	}
	dumb->pitch = dumb->width * 4;
	dumb->size = ((uint64_t)dumb->pitch * dumb->height + 4095) / 4096 * 4096;
	file = memfd_create("dumb", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(file >= 0);
	assert_int_equal(ftruncate(file, (off_t)dumb->size), 0);
	assert_int_equal(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	pthread_mutex_lock(&lock);
	dumb->handle = keep_file(file);
	pthread_mutex_unlock(&lock);
	fake_drm.dumbs++;
	return 0;
}

static int close_handle(uint32_t handle)
{
	pthread_mutex_lock(&lock);
	assert_true(handle >= 1 && handle <= FILES_MAX);
	assert_true(files[handle - 1].count > 0);
	if (--files[handle - 1].count == 0) {
		close(files[handle - 1].fd);
	}
	pthread_mutex_unlock(&lock);
	return 0;
}

int drmModeDestroyDumbBuffer(int fd, uint32_t handle)
{
	fake_drm.dumbs--;
	return close_handle(handle);
}

int drmPrimeHandleToFD(int fd, uint32_t handle, uint32_t flags, int *prime_fd)
{
	pthread_mutex_lock(&lock);
	assert_true(handle >= 1 && handle <= FILES_MAX && files[handle - 1].count > 0);
	*prime_fd = fcntl(files[handle - 1].fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(&lock);
	return *prime_fd >= 0 ? 0 : -1;
}

/* The files stand for dma-bufs, whose caches need no work here. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (request == DMA_BUF_IOCTL_SYNC) {
		return 0;
	}
	return (int)syscall(SYS_ioctl, fd, request, arg);
}

/* tenon/drm.h */

struct tenon_drm_device {
	int fd;
	struct tenon_offer *offer;
};

int tenon_drm_device_create(struct tenon_drm_device **out, int fd)
{
	struct tenon_drm_device *device = calloc(1, sizeof(*device));

	device->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	assert_true(device->fd >= 0);
	device->offer = tenon_offer_ref(fake_drm.offer);
	*out = device;
	return 0;
}

void tenon_drm_device_unref(struct tenon_drm_device *device)
{
	if (device != NULL) {
		tenon_offer_unref(device->offer);
		close(device->fd);
		free(device);
	}
}

const char *tenon_drm_device_get_driver(const struct tenon_drm_device *device)
{
	return "fake";
}

int tenon_drm_device_get_facts(struct tenon_drm_device *device, const struct tenon_drm_facts **out)
{
	static const struct tenon_drm_plane plane = {.id = 1, .has_modifiers = true};
	static const struct tenon_drm_plane *const planes[] = {&plane};
	static const struct tenon_drm_facts none, one = {.planes = planes, .planes_len = 1};

	*out = fake_drm.planes ? &one : &none;
	return 0;
}

int tenon_drm_device_create_offer(struct tenon_offer **out, struct tenon_drm_device *device,
	const struct tenon_device_table *table, const char *name)
{
	*out = tenon_offer_ref(device->offer);
	return 0;
}

int tenon_drm_device_probe(struct tenon_drm_device *device, const struct tenon_layout *layout,
	const int *fds, size_t fds_len, uint32_t stages,
	const struct tenon_drm_probe_options *options, struct tenon_probe_result *result)
{
	bool refused = fake_drm.refuses_heap != NULL && options->memory != NULL &&
		       strcmp(options->memory, fake_drm.refuses_heap) == 0 &&
		       tenon_layout_get_modifier(layout) == fake_drm.refuses_modifier;
	enum tenon_probe_stage stage =
		fake_drm.refuses_import ? TENON_PROBE_IMPORT : TENON_PROBE_FRAMEBUFFER;

	assert_int_equal(fds_len, tenon_layout_get_objects_len(layout));
	for (size_t i = 0; i < fds_len; i++) {
		assert_true(fcntl(fds[i], F_GETFD) >= 0);
	}
	fake_drm.probes++;
	result->asked = stages;
	result->passed = refused ? 0 : stages;
	result->refused = refused && (stages & stage) ? stage : 0;
	result->error = result->refused != 0 ? -EINVAL : 0;
	return 0;
}

struct tenon_drm_import {
	uint32_t handle;
};

int tenon_drm_device_import(
	struct tenon_drm_import **out, struct tenon_drm_device *device, int dmabuf)
{
	struct tenon_drm_import *import = calloc(1, sizeof(*import));
	int file = fcntl(dmabuf, F_DUPFD_CLOEXEC, 0);

	assert_true(file >= 0);
	pthread_mutex_lock(&lock);
	import->handle = keep_file(file);
	pthread_mutex_unlock(&lock);
	fake_drm.handles++;
	*out = import;
	return 0;
}

uint32_t tenon_drm_import_get_handle(const struct tenon_drm_import *import)
{
	return import->handle;
}

void tenon_drm_import_unref(struct tenon_drm_import *import)
{
	if (import != NULL) {
		close_handle(import->handle);
		fake_drm.handles--;
		free(import);
	}
}
