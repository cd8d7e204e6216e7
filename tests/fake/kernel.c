/* SPDX-License-Identifier: MIT */
#include "fake/kernel.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/page.h"
#include "fake/node.h"
#include "harness.h"

#define DMA_BUF_MAGIC 0x444d4142

enum {
	NODES_MAX = 16,
	BUFFERS_MAX = 4096,
	REQUESTS_MAX = 64,
	ITEMS_MAX = 4096,
};

/* A dma-buf: an unnamed file in the folder. */
struct buffer {
	dev_t dev;
	ino_t ino;
	int node; /* of which heap or device; -1: a udmabuf */
	uint64_t bytes;
	int begun;            /* CPU access that has not been ended */
	int64_t signalled_ms; /* when its fence is */
};

struct request {
	unsigned long number;
	unsigned calls, fail_times;
	int error;
};

static struct {
	pthread_mutex_t lock;
	char dir[64];
	struct node nodes[NODES_MAX];
	int nodes_len;
	struct buffer buffers[BUFFERS_MAX];
	int buffers_len;
	struct request requests[REQUESTS_MAX];
	struct udmabuf_create_item items[ITEMS_MAX];
	size_t items_len;
	int unbalanced;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *fake_start(void)
{
	strcpy(fake.dir, "/tmp/tenon-fake-XXXXXX");
	assert_non_null(mkdtemp(fake.dir));
	assert_int_equal(chmod(fake.dir, 0755), 0);
	return fake.dir;
}

static struct buffer *find_buffer(int fd)
{
	struct stat status;

	if (fake.buffers_len == 0 || fstat(fd, &status) < 0) {
		return NULL;
	}
	/* the latest first: a file's number is used again when it is gone */
	for (int i = fake.buffers_len - 1; i >= 0; i--) {
		if (fake.buffers[i].ino == status.st_ino && fake.buffers[i].dev == status.st_dev) {
			return &fake.buffers[i];
		}
	}
	return NULL;
}

int64_t fake_buffer_bytes(int fd)
{
	const struct buffer *buffer = find_buffer(fd);

	return buffer != NULL ? (int64_t)buffer->bytes : -1;
}

bool fake_buffer_is_scattered(int fd)
{
	const struct buffer *buffer = find_buffer(fd);

	return buffer != NULL && buffer->node >= 0 &&
	       strcmp(fake.nodes[buffer->node].name, "system") == 0;
}

/* Forgets buffers that no fd of this process is open on any more. */
static void sweep(void)
{
	bool alive[BUFFERS_MAX] = {false};
	DIR *fds = opendir("/proc/self/fd");
	struct dirent *entry;
	int kept = 0;

	assert_non_null(fds);
	while ((entry = readdir(fds)) != NULL) {
		struct buffer *buffer = find_buffer(atoi(entry->d_name));

		if (entry->d_name[0] != '.' && buffer != NULL) {
			alive[buffer - fake.buffers] = true;
		}
	}
	closedir(fds);
	for (int i = 0; i < fake.buffers_len; i++) {
		if (alive[i]) {
			fake.buffers[kept++] = fake.buffers[i];
		} else {
			fake.unbalanced += fake.buffers[i].begun != 0;
		}
	}
	fake.buffers_len = kept;
}

void fake_finish(void)
{
	char path[200];

	fake_drm_sweep();
	sweep();
	for (int i = 0; i < fake.nodes_len; i++) {
		snprintf(path, sizeof(path), "%s/%s", fake.dir, fake.nodes[i].name);
		unlink(path);
	}
	assert_int_equal(rmdir(fake.dir), 0);
	assert_int_equal(fake.buffers_len, 0);
	assert_int_equal(fake.unbalanced, 0);
}

static struct node *add_node(const char *name, enum kind kind)
{
	struct node *node = &fake.nodes[fake.nodes_len++];
	struct stat status;
	char path[200];
	int fd;

	assert_true(fake.nodes_len <= NODES_MAX);
	snprintf(path, sizeof(path), "%s/%s", fake.dir, name);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(fstat(fd, &status), 0);
	close(fd);
	snprintf(node->name, sizeof(node->name), "%s", name);
	node->kind = kind;
	node->dev = status.st_dev;
	node->ino = status.st_ino;
	return node;
}

void fake_add_dma_heap(const char *name, uint64_t bytes)
{
	add_node(name, DMA_HEAP)->bytes = bytes;
}

const char *fake_add_udmabuf(uint32_t list_limit, uint32_t size_limit_mb)
{
	static char path[200];
	struct node *node = add_node("udmabuf", UDMABUF);

	node->list_limit = list_limit;
	node->size_limit_mb = size_limit_mb;
	snprintf(path, sizeof(path), "%s/udmabuf", fake.dir);
	return path;
}

const char *fake_add_v4l2(const char *name, const struct fake_v4l2 *config)
{
	static char path[200];
	struct node *node = add_node(name, V4L2);

	node->v4l2 = *config;
	node->bytes = config->bytes;
	snprintf(path, sizeof(path), "%s/%s", fake.dir, name);
	return path;
}

const char *fake_add_drm(const char *name, const struct fake_drm *config)
{
	static char path[200];

	add_node(name, DRM)->drm = *config;
	snprintf(path, sizeof(path), "%s/%s", fake.dir, name);
	return path;
}

void fake_drm_unplug(const char *name)
{
	pthread_mutex_lock(&fake.lock);
	for (int i = 0; i < fake.nodes_len; i++) {
		fake.nodes[i].gone = fake.nodes[i].gone || strcmp(fake.nodes[i].name, name) == 0;
	}
	pthread_mutex_unlock(&fake.lock);
}

static struct node *find_node(int fd)
{
	struct stat status;

	if (fake.nodes_len == 0 || fstat(fd, &status) < 0) {
		return NULL;
	}
	for (int i = 0; i < fake.nodes_len; i++) {
		if (fake.nodes[i].ino == status.st_ino && fake.nodes[i].dev == status.st_dev) {
			return &fake.nodes[i];
		}
	}
	return NULL;
}

uint64_t fake_left_of(const struct node *node)
{
	uint64_t left = node->bytes;

	sweep();
	for (int i = 0; i < fake.buffers_len; i++) {
		if (fake.buffers[i].node == (int)(node - fake.nodes) && left != UINT64_MAX) {
			left -= fake.buffers[i].bytes;
		}
	}
	return left;
}

uint64_t fake_left(const char *name)
{
	for (int i = 0; i < fake.nodes_len; i++) {
		if (strcmp(fake.nodes[i].name, name) == 0) {
			return fake_left_of(&fake.nodes[i]);
		}
	}
	fail_msg("no such dma-heap: %s", name);
	return 0;
}

static struct request *request_of(unsigned long number)
{
	for (int i = 0; i < REQUESTS_MAX; i++) {
		if (fake.requests[i].number == number || fake.requests[i].number == 0) {
			fake.requests[i].number = number;
			return &fake.requests[i];
		}
	}
	abort();
}

unsigned fake_calls(unsigned long request)
{
	return request_of(request)->calls;
}

void fake_fail(unsigned long request, int error, unsigned times)
{
	request_of(request)->error = error;
	request_of(request)->fail_times = times;
}

void fake_set_fence(int dmabuf, int after_ms)
{
	struct buffer *buffer = find_buffer(dmabuf);

	assert_non_null(buffer);
	buffer->signalled_ms = after_ms < 0 ? INT64_MAX : now_ms() + after_ms;
}

size_t fake_last_list(const struct udmabuf_create_item **items)
{
	*items = fake.items;
	return fake.items_len;
}

int fake_new_buffer(const struct node *node, uint64_t bytes, bool cloexec)
{
	int fd = open(fake.dir, O_TMPFILE | O_RDWR | (cloexec ? O_CLOEXEC : 0), 0600);
	struct stat status;

	if (fd < 0) {
		return -errno;
	}
	if (fake.buffers_len == BUFFERS_MAX) {
		sweep();
	}
	assert_true(fake.buffers_len < BUFFERS_MAX);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	assert_int_equal(fstat(fd, &status), 0);
	fake.buffers[fake.buffers_len++] = (struct buffer){
		.dev = status.st_dev,
		.ino = status.st_ino,
		.node = node != NULL ? (int)(node - fake.nodes) : -1,
		.bytes = bytes,
	};
	return fd;
}

static int dma_heap_ioctl(struct node *node, unsigned long request, void *argument)
{
	struct dma_heap_allocation_data *ask = argument;
	uint64_t page = page_get_size(), bytes;
	int fd;

	if (request != DMA_HEAP_IOCTL_ALLOC) {
		return -ENOTTY;
	}
	if (ask->fd != 0 || (ask->fd_flags & ~DMA_HEAP_VALID_FD_FLAGS) != 0 ||
		(ask->heap_flags & ~DMA_HEAP_VALID_HEAP_FLAGS) != 0) {
		return -EINVAL;
	}
	bytes = (ask->len + page - 1) / page * page;
	if (bytes == 0) {
		return -EINVAL;
	}
	if (bytes > fake_left_of(node)) {
		return -ENOMEM;
	}
	fd = fake_new_buffer(node, bytes, ask->fd_flags & O_CLOEXEC);
	if (fd < 0) {
		return fd;
	}
	ask->fd = (uint32_t)fd;
	return 0;
}

/* As the kernel looks at one range; its bytes, or a negative errno. */
static int64_t check_item(const struct udmabuf_create_item *item)
{
	uint64_t page = page_get_size();
	int seals = fcntl((int)item->memfd, F_GET_SEALS);
	struct stat status;

	if (item->offset % page != 0 || item->size % page != 0 || item->size == 0) {
		return -EINVAL;
	}
	if (fcntl((int)item->memfd, F_GETFD) < 0) {
		return -EBADFD;
	}
	if (seals < 0) {
		return -EBADFD;
	}
	if (!(seals & F_SEAL_SHRINK) || (seals & F_SEAL_WRITE)) {
		return -EINVAL;
	}
	fstat((int)item->memfd, &status);
	if (item->offset + item->size > (uint64_t)status.st_size) {
		return -EINVAL;
	}
	return (int64_t)item->size;
}

static int create_udmabuf(const struct node *node, uint32_t flags,
	const struct udmabuf_create_item *items, size_t len)
{
	uint64_t bytes = 0;

	if ((flags & ~(uint32_t)UDMABUF_FLAGS_CLOEXEC) != 0 || len == 0 || len > node->list_limit ||
		len > ITEMS_MAX) {
		return -EINVAL;
	}
	for (size_t i = 0; i < len; i++) {
		int64_t part = check_item(&items[i]);

		if (part < 0) {
			return (int)part;
		}
		bytes += (uint64_t)part;
		if (bytes > (uint64_t)node->size_limit_mb << 20) {
			return -EINVAL;
		}
	}
	memcpy(fake.items, items, len * sizeof(*items));
	fake.items_len = len;
	return fake_new_buffer(NULL, bytes, flags & UDMABUF_FLAGS_CLOEXEC);
}

static int udmabuf_ioctl(const struct node *node, unsigned long request, void *argument)
{
	const struct udmabuf_create *one = argument;
	const struct udmabuf_create_list *list = argument;
	struct udmabuf_create_item item;

	switch (request) {
	case UDMABUF_CREATE:
		item = (struct udmabuf_create_item){
			.memfd = one->memfd,
			.offset = one->offset,
			.size = one->size,
		};
		return create_udmabuf(node, one->flags, &item, 1);
	case UDMABUF_CREATE_LIST:
		return create_udmabuf(node, list->flags, list->list, list->count);
	default:
		return -ENOTTY;
	}
}

static int dmabuf_ioctl(struct buffer *buffer, unsigned long request, void *argument)
{
	const struct dma_buf_sync *sync = argument;

	if (request == DMA_BUF_SET_NAME) {
		return strnlen(argument, 32) < 32 ? 0 : -EINVAL;
	}
	if (request != DMA_BUF_IOCTL_SYNC) {
		return -ENOTTY;
	}
	if ((sync->flags & ~(uint64_t)DMA_BUF_SYNC_VALID_FLAGS_MASK) != 0 ||
		(sync->flags & DMA_BUF_SYNC_RW) == 0) {
		return -EINVAL;
	}
	if (sync->flags & DMA_BUF_SYNC_END) {
		fake.unbalanced += buffer->begun == 0;
		buffer->begun--;
	} else {
		buffer->begun++;
	}
	return 0;
}

/* 1: not the fake's; else the result. */
static int fake_ioctl(int fd, unsigned long request, void *argument)
{
	struct node *node = find_node(fd);
	struct buffer *buffer = node == NULL ? find_buffer(fd) : NULL;
	struct request *about;

	if (node == NULL && buffer == NULL) {
		return INT32_MAX;
	}
	about = request_of(request);
	about->calls++;
	if (about->fail_times > 0) {
		about->fail_times--;
		return -about->error;
	}
	if (buffer != NULL) {
		return dmabuf_ioctl(buffer, request, argument);
	}
	switch (node->kind) {
	case DMA_HEAP:
		return dma_heap_ioctl(node, request, argument);
	case UDMABUF:
		return udmabuf_ioctl(node, request, argument);
	case DRM:
		return node->gone ? -ENODEV : fake_drm_ioctl(node, fd, request, argument);
	default:
		return fake_v4l2_ioctl(node, request, argument);
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int fd, unsigned long request, ...);
	va_list args;
	void *argument;
	int ret;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	pthread_mutex_lock(&fake.lock);
	ret = fake_ioctl(fd, request, argument);
	pthread_mutex_unlock(&fake.lock);
	if (ret == INT32_MAX) {
		*(void **)&real = dlsym(RTLD_NEXT, "ioctl");
		return real(fd, request, argument);
	}
	if (ret < 0) {
		errno = -ret;
		return -1;
	}
	return ret;
}

int fstatfs(int fd, struct statfs *out)
{
	int (*real)(int fd, struct statfs *out);
	bool ours;
	int ret;

	*(void **)&real = dlsym(RTLD_NEXT, sizeof(off_t) > sizeof(long) ? "fstatfs64" : "fstatfs");
	ret = real(fd, out);
	pthread_mutex_lock(&fake.lock);
	ours = find_buffer(fd) != NULL;
	pthread_mutex_unlock(&fake.lock);
	if (ret == 0 && ours) {
		out->f_type = DMA_BUF_MAGIC;
	}
	return ret;
}

int poll(struct pollfd *fds, nfds_t len, int timeout)
{
	int (*real)(struct pollfd * fds, nfds_t len, int timeout);
	struct buffer *buffer;
	int64_t left = 0;

	pthread_mutex_lock(&fake.lock);
	buffer = len == 1 ? find_buffer(fds[0].fd) : NULL;
	if (buffer != NULL) {
		left = buffer->signalled_ms - now_ms();
	}
	pthread_mutex_unlock(&fake.lock);
	*(void **)&real = dlsym(RTLD_NEXT, "poll");
	if (buffer == NULL) {
		return real(fds, len, timeout);
	}
	fds[0].revents = 0;
	if (left > 0) {
		bool first = timeout >= 0 && left > timeout;
		int ret = real(NULL, 0, first ? timeout : (int)(left < 1000000 ? left : 1000000));

		if (ret < 0 || first) {
			return ret;
		}
	}
	fds[0].revents = fds[0].events;
	return 1;
}
