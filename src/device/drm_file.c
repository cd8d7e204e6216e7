/* SPDX-License-Identifier: MIT */
#include "device/drm_file.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	pthread_mutex_t lock;
	struct drm_file *files;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Every kernel with DRM has kcmp() (it selects KCMP since Linux 5.12). Where a sandbox forbids it,
 * no two fds are taken for the same file. */
static bool is_same_file(int a, int b)
{
	pid_t self = getpid();

	return syscall(SYS_kcmp, self, self, KCMP_FILE, a, b) == 0;
}

static struct drm_file *find(int fd)
{
	for (struct drm_file *file = registry.files; file != NULL; file = file->next) {
		if (is_same_file(file->fd, fd)) {
			return file;
		}
	}
	return NULL;
}

static struct drm_file *add(int fd)
{
	struct drm_file *file = calloc(1, sizeof(*file));

	if (file == NULL) {
		return NULL;
	}
	if (pthread_mutex_init(&file->lock, NULL) != 0) {
		free(file);
		return NULL;
	}
	file->fd = fd;
	file->next = registry.files;
	registry.files = file;
	return file;
}

int drm_file_get(struct drm_file **out, int fd, bool shared)
{
	struct drm_file *file;

	pthread_mutex_lock(&registry.lock);
	file = find(fd);
	if (file != NULL) {
		close(fd);
	} else {
		file = add(fd);
	}
	if (file != NULL) {
		file->users++;
		file->shared = file->shared || shared;
		*out = file;
	}
	pthread_mutex_unlock(&registry.lock);
	if (file == NULL) {
		close(fd);
		return -ENOMEM;
	}
	return 0;
}

static void take_out(struct drm_file *file)
{
	struct drm_file **link = &registry.files;

	while (*link != file) {
		link = &(*link)->next;
	}
	*link = file->next;
}

void drm_file_put(struct drm_file *file)
{
	bool last;

	pthread_mutex_lock(&registry.lock);
	last = --file->users == 0;
	if (last) {
		take_out(file);
	}
	pthread_mutex_unlock(&registry.lock);
	if (last) {
		pthread_mutex_destroy(&file->lock);
		close(file->fd);
		free(file);
	}
}

bool drm_file_is_shared(struct drm_file *file)
{
	bool shared;

	pthread_mutex_lock(&registry.lock);
	shared = file->shared;
	pthread_mutex_unlock(&registry.lock);
	return shared;
}
