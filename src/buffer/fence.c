/* SPDX-License-Identifier: MIT */
#include "buffer/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "buffer/cache.h"
#include "heap/dmabuf.h"

struct fence {
	int fd; /* readable once it has signalled */
	uint32_t access;
	uint32_t refs; /* the list's, and one for each that waits; under the buffer's mutex */
	struct fence *next;
};

static void fence_unref(struct fence *fence)
{
	if (--fence->refs == 0) {
		close(fence->fd);
		free(fence);
	}
}

static bool excludes(const struct fence *fence, uint32_t access)
{
	return ((fence->access | access) & TENON_ACCESS_WRITE) != 0;
}

/* Error and hang-up count, too: nobody is left who could signal. */
static int poll_until(int fd, struct deadline *deadline)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	for (;;) {
		int left = deadline_left(deadline);
		int ret = poll(&wait, 1, left);

		if (ret > 0) {
			return 0;
		}
		if (ret == 0 && left == 0) {
			return -ETIMEDOUT;
		}
		if (ret < 0 && errno != EINTR && errno != EAGAIN) {
			return -errno;
		}
	}
}

static struct fence *find_excluding(const struct tenon_buffer *buffer, uint32_t access)
{
	struct fence *fence = buffer->fences;

	while (fence != NULL && !excludes(fence, access)) {
		fence = fence->next;
	}
	return fence;
}

uint32_t fence_get_excluded(const struct tenon_buffer *buffer)
{
	uint32_t excluded = 0;

	for (const struct fence *f = buffer->fences; f != NULL; f = f->next) {
		excluded |= f->access & TENON_ACCESS_WRITE ? ACCESS_RW : TENON_ACCESS_WRITE;
	}
	return excluded;
}

/* Another who waited may have removed it already. */
static void remove_fence(struct tenon_buffer *buffer, struct fence *fence)
{
	for (struct fence **at = &buffer->fences; *at != NULL; at = &(*at)->next) {
		if (*at == fence) {
			*at = fence->next;
			fence_unref(fence);
			return;
		}
	}
}

int fence_wait(struct tenon_buffer *buffer, uint32_t access, struct deadline *deadline)
{
	struct fence *fence;
	int rc = 0;

	pthread_mutex_lock(&buffer->mutex);
	while (rc == 0 && (fence = find_excluding(buffer, access)) != NULL) {
		fence->refs++;
		pthread_mutex_unlock(&buffer->mutex);
		rc = poll_until(fence->fd, deadline);
		pthread_mutex_lock(&buffer->mutex);
		if (rc == 0) {
			remove_fence(buffer, fence);
			cache_publish(buffer);
		}
		fence_unref(fence);
	}
	pthread_mutex_unlock(&buffer->mutex);
	return rc;
}

/* Forgets those that have signalled; returns how many have not. With the mutex. */
static size_t prune(struct tenon_buffer *buffer)
{
	struct pollfd waits[FENCES_MAX];
	nfds_t polled = 0, i = 0;
	size_t left = 0;

	for (struct fence *f = buffer->fences; f != NULL; f = f->next) {
		waits[polled++] = (struct pollfd){.fd = f->fd, .events = POLLIN};
	}
	if (polled == 0 || poll(waits, polled, 0) <= 0) {
		return polled;
	}
	for (struct fence **at = &buffer->fences; *at != NULL; i++) {
		struct fence *fence = *at;

		if (waits[i].revents != 0) {
			*at = fence->next;
			fence_unref(fence);
		} else {
			at = &fence->next;
			left++;
		}
	}
	cache_publish(buffer);
	return left;
}

bool fence_is_pending(struct tenon_buffer *buffer)
{
	return prune(buffer) > 0;
}

void fence_forget_all(struct tenon_buffer *buffer)
{
	while (buffer->fences != NULL) {
		remove_fence(buffer, buffer->fences);
	}
}

/* Tells the kernel, so that everybody else who has the dma-bufs waits, too. */
static int tell_kernel(const struct tenon_buffer *buffer, const struct fence *fence)
{
	for (size_t i = 0; i < buffer->store.objects_len; i++) {
		const struct tenon_memory *memory = buffer->store.objects[i];
		int rc = memory->dmabuf
				 ? heap_dmabuf_add_fence(memory->fd, fence->fd, fence->access)
				 : 0;

		/* An older kernel, or a fence that is not one of its own: it is known here. */
		if (rc < 0 && rc != -ENOTTY && rc != -EINVAL) {
			return rc;
		}
	}
	return 0;
}

static int add(struct tenon_buffer *buffer, struct fence *fence)
{
	int rc;

	if (buffer->store.layout == NULL) {
		return -ENOENT;
	}
	if (prune(buffer) >= FENCES_MAX) {
		return -EBUSY;
	}
	rc = tell_kernel(buffer, fence);
	if (rc == 0) {
		fence->next = buffer->fences;
		buffer->fences = fence;
		cache_publish(buffer);
	}
	return rc;
}

int tenon_buffer_add_fence(struct tenon_buffer *buffer, int fd, uint32_t flags)
{
	struct fence *fence;
	int rc;

	if (flags == 0 || (flags & ~ACCESS_RW) != 0) {
		return -EINVAL;
	}
	fence = calloc(1, sizeof(*fence));
	if (fence == NULL) {
		return -ENOMEM;
	}
	fence->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fence->fd < 0) {
		rc = -errno;
		free(fence);
		return rc;
	}
	fence->access = flags;
	fence->refs = 1;
	pthread_mutex_lock(&buffer->mutex);
	rc = add(buffer, fence);
	if (rc < 0) {
		fence_unref(fence);
	}
	pthread_mutex_unlock(&buffer->mutex);
	return rc;
}
