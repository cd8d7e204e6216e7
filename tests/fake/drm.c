/* SPDX-License-Identifier: MIT */
/* DRM nodes: GEM handles, PRIME, framebuffers. */
#include <drm.h>
#include <drm_fourcc.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tenon/format.h>

#include "fake/node.h"
#include "harness.h"

enum {
	FILES_MAX = 16,
	HANDLES_MAX = 32,
	FBS_MAX = 16,
	OFFSET_STEP = 4096,
};

/* A GEM handle's object: a dma-buf, by an fd of the fake's own. */
struct object {
	int dmabuf; /* -1: the handle is free */
	bool dumb;
};

/* An open file. What fds are of the same one is known by their common file offset, which nobody
 * else changes. */
struct file {
	off_t offset; /* 0: free */
	dev_t dev;
	ino_t ino;
	struct object objects[HANDLES_MAX]; /* by handle - 1 */
	struct fake_drm_fb fbs[FBS_MAX];
	struct fake_drm_client client;
	bool was_master;
};

static struct {
	struct file files[FILES_MAX];
	off_t last_offset;
	uint32_t last_fb;
	off_t master; /* offset of the file that may set modes; 0: none */
} drm;

static void close_file(struct file *file)
{
	for (int i = 0; i < HANDLES_MAX; i++) {
		if (file->objects[i].dmabuf >= 0) {
			close(file->objects[i].dmabuf);
		}
	}
	if (drm.master == file->offset) {
		drm.master = 0;
	}
	memset(file, 0, sizeof(*file));
}

static bool is_open(const struct file *file)
{
	for (int fd = 0; fd < 1024; fd++) {
		struct stat status;

		if (lseek(fd, 0, SEEK_CUR) == file->offset && fstat(fd, &status) == 0 &&
			status.st_ino == file->ino && status.st_dev == file->dev) {
			return true;
		}
	}
	return false;
}

void fake_drm_sweep(void)
{
	int kept = errno;

	for (int i = 0; i < FILES_MAX; i++) {
		if (drm.files[i].offset != 0 && !is_open(&drm.files[i])) {
			close_file(&drm.files[i]);
		}
	}
	errno = kept;
}

static struct file *open_file(const struct node *node, int fd)
{
	for (int i = 0; i < FILES_MAX; i++) {
		struct file *file = &drm.files[i];

		if (file->offset != 0) {
			continue;
		}
		drm.last_offset += OFFSET_STEP;
		assert_int_equal(lseek(fd, drm.last_offset, SEEK_SET), drm.last_offset);
		file->offset = drm.last_offset;
		file->dev = node->dev;
		file->ino = node->ino;
		for (int k = 0; k < HANDLES_MAX; k++) {
			file->objects[k].dmabuf = -1;
		}
		/* the kernel's rule, too: who opens a card that nobody is master of */
		if (drm.master == 0) {
			drm.master = file->offset;
			file->was_master = true;
		}
		return file;
	}
	fail_msg("too many open files of DRM nodes");
	return NULL;
}

static struct file *file_of(const struct node *node, int fd)
{
	off_t offset = lseek(fd, 0, SEEK_CUR);

	for (int i = 0; i < FILES_MAX && offset != 0; i++) {
		if (drm.files[i].offset == offset) {
			return &drm.files[i];
		}
	}
	fake_drm_sweep();
	return open_file(node, fd);
}

unsigned fake_drm_objects(int fd)
{
	off_t offset = lseek(fd, 0, SEEK_CUR);
	unsigned count = 0;

	for (int i = 0; i < FILES_MAX; i++) {
		for (int k = 0; k < HANDLES_MAX && drm.files[i].offset == offset; k++) {
			count += drm.files[i].objects[k].dmabuf >= 0;
			count += k < FBS_MAX && drm.files[i].fbs[k].id != 0;
		}
	}
	return count;
}

static struct object *object_of(struct file *file, uint32_t handle)
{
	return handle == 0 || handle > HANDLES_MAX || file->objects[handle - 1].dmabuf < 0
		       ? NULL
		       : &file->objects[handle - 1];
}

static void put_text(char *to, __kernel_size_t *len, const char *text)
{
	size_t has = strlen(text);

	if (to != NULL) {
		memcpy(to, text, *len < has ? *len : has);
	}
	*len = has;
}

static int get_version(const struct node *node, struct drm_version *version)
{
	put_text(version->name, &version->name_len, node->drm.driver);
	put_text(version->date, &version->date_len, "20260101");
	put_text(version->desc, &version->desc_len, "a fake");
	return 0;
}

static int get_cap(struct drm_get_cap *cap)
{
	switch (cap->capability) {
	case DRM_CAP_DUMB_BUFFER:
	case DRM_CAP_ADDFB2_MODIFIERS:
		cap->value = 1;
		return 0;
	case DRM_CAP_PRIME:
		cap->value = DRM_PRIME_CAP_IMPORT | DRM_PRIME_CAP_EXPORT;
		return 0;
	default:
		return -EINVAL;
	}
}

/* The lowest free handle. */
static int add_object(struct file *file, int dmabuf, bool dumb, uint32_t *handle)
{
	for (uint32_t i = 0; i < HANDLES_MAX; i++) {
		if (file->objects[i].dmabuf < 0) {
			file->objects[i] = (struct object){.dmabuf = dmabuf, .dumb = dumb};
			*handle = i + 1;
			return 0;
		}
	}
	return -ENOMEM;
}

static bool is_same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino &&
	       x.st_dev == y.st_dev;
}

static int fd_to_handle(const struct node *node, struct file *file, struct drm_prime_handle *prime)
{
	if (fcntl(prime->fd, F_GETFD) < 0) {
		return -EBADF;
	}
	if (fake_buffer_bytes(prime->fd) < 0) {
		return -EINVAL;
	}
	for (uint32_t i = 0; i < HANDLES_MAX; i++) {
		if (file->objects[i].dmabuf >= 0 && is_same(file->objects[i].dmabuf, prime->fd)) {
			prime->handle = i + 1;
			return 0;
		}
	}
	if (node->drm.contiguous && fake_buffer_is_scattered(prime->fd)) {
		return -EINVAL;
	}
	return add_object(file, fcntl(prime->fd, F_DUPFD_CLOEXEC, 0), false, &prime->handle);
}

static int handle_to_fd(struct file *file, struct drm_prime_handle *prime)
{
	struct object *object = object_of(file, prime->handle);

	if ((prime->flags & ~(uint32_t)(DRM_CLOEXEC | DRM_RDWR)) != 0) {
		return -EINVAL;
	}
	if (object == NULL) {
		return -ENOENT;
	}
	prime->fd = fcntl(object->dmabuf, F_DUPFD_CLOEXEC, 0);
	return prime->fd < 0 ? -errno : 0;
}

static int close_handle(struct file *file, uint32_t handle)
{
	struct object *object = object_of(file, handle);

	if (object == NULL) {
		return -EINVAL;
	}
	close(object->dmabuf);
	object->dmabuf = -1;
	return 0;
}

/* Rows as the device wants them. */
static int create_dumb(
	const struct node *node, struct file *file, struct drm_mode_create_dumb *dumb)
{
	uint32_t multiple = node->drm.pitch_multiple != 0 ? node->drm.pitch_multiple : 1, rows;
	uint32_t align = node->drm.rows_align != 0 ? node->drm.rows_align : 1;
	uint64_t pitch;

	if (dumb->width == 0 || dumb->height == 0 || dumb->bpp != 32 || dumb->flags != 0 ||
		dumb->height > INT32_MAX) {
		return -EINVAL;
	}
	pitch = ((uint64_t)dumb->width * 4 + multiple - 1) / multiple * multiple;
	pitch += node->drm.pitch_remainder;
	rows = (dumb->height + align - 1) / align * align;
	if (node->drm.commit_pitch_multiple != 0) {
		uint32_t more = node->drm.commit_pitch_multiple;

		pitch = (pitch + more - 1) / more * more;
	}
	dumb->pitch = (uint32_t)pitch;
	dumb->size = pitch * rows;
	return add_object(file, fake_new_buffer(NULL, dumb->size, true), true, &dumb->handle);
}

static bool has_format(const struct node *node, uint32_t format)
{
	for (size_t i = 0; i < node->drm.formats_len; i++) {
		if (node->drm.formats[i] == format) {
			return true;
		}
	}
	return false;
}

static uint64_t rounded(uint32_t value, uint32_t align)
{
	return align > 1 ? ((uint64_t)value + align - 1) / align * align : value;
}

/* The core's checks, then the driver's. */
static int check_plane(const struct node *node, struct file *file,
	const struct drm_mode_fb_cmd2 *fb, const struct tenon_format *format, unsigned i)
{
	const struct fake_drm *rules = &node->drm;
	struct object *object = object_of(file, fb->handles[i]);
	unsigned bytes, block, hsub, vsub;
	uint64_t width, height, needed;

	tenon_format_get_plane(format, i, &bytes, &block, &hsub, &vsub);
	width = (fb->width + hsub - 1) / hsub;
	height = (fb->height + vsub - 1) / vsub;
	if (object == NULL) {
		return -ENOENT;
	}
	if (fb->pitches[i] < width * bytes / block ||
		(rules->pitch_multiple != 0 &&
			fb->pitches[i] % rules->pitch_multiple != rules->pitch_remainder) ||
		(rules->pitch_max != 0 && fb->pitches[i] > rules->pitch_max) ||
		(rules->pitch_tight && fb->pitches[i] != width * bytes / block) ||
		(rules->offset_align != 0 && fb->offsets[i] % rules->offset_align != 0) ||
		((fb->flags & DRM_MODE_FB_MODIFIERS) && fb->modifier[i] != fb->modifier[0])) {
		return -EINVAL;
	}
	needed = (rounded((uint32_t)height, rules->rows_align) - 1) * fb->pitches[i] +
		 width * bytes / block + fb->offsets[i];
	if (rules->rows_align > 1) {
		needed = rounded((uint32_t)height, rules->rows_align) * fb->pitches[i] +
			 fb->offsets[i];
	}
	return needed > (uint64_t)fake_buffer_bytes(object->dmabuf) ? -EINVAL : 0;
}

static int add_fb(const struct node *node, struct file *file, struct drm_mode_fb_cmd2 *fb)
{
	const struct tenon_format *format = tenon_format_get(fb->pixel_format);
	const struct fake_drm *rules = &node->drm;

	if (!has_format(node, fb->pixel_format) || format == NULL || fb->width == 0 ||
		fb->height == 0 || (rules->width_max != 0 && fb->width > rules->width_max) ||
		(rules->height_max != 0 && fb->height > rules->height_max) ||
		(fb->flags & ~(uint32_t)DRM_MODE_FB_MODIFIERS) != 0 || fb->modifier[0] != 0) {
		return -EINVAL;
	}
	for (unsigned i = 0; i < 4; i++) {
		int ret = 0;

		if (i < tenon_format_get_planes_len(format)) {
			ret = check_plane(node, file, fb, format, i);
		} else if (fb->handles[i] != 0 || fb->pitches[i] != 0 || fb->modifier[i] != 0) {
			ret = -EINVAL;
		}
		if (ret != 0) {
			return ret;
		}
	}
	for (int i = 0; i < FBS_MAX; i++) {
		if (file->fbs[i].id == 0) {
			fb->fb_id = ++drm.last_fb;
			file->fbs[i] = (struct fake_drm_fb){.id = fb->fb_id,
				.width = fb->width,
				.height = fb->height,
				.format = fb->pixel_format,
				.pitch = fb->pitches[0]};
			return 0;
		}
	}
	return -ENOMEM;
}

static int remove_fb(struct file *file, uint32_t id)
{
	for (int i = 0; i < FBS_MAX; i++) {
		if (id != 0 && file->fbs[i].id == id) {
			file->fbs[i].id = 0;
			return 0;
		}
	}
	return -ENOENT;
}

static int map_dumb(struct file *file, struct drm_mode_map_dumb *map)
{
	struct object *object = object_of(file, map->handle);

	if (object == NULL) {
		return -ENOENT;
	}
	map->offset = (uint64_t)map->handle << 32;
	return object->dumb ? 0 : -EINVAL;
}

static int drop_master(struct file *file)
{
	if (drm.master != file->offset) {
		return -EINVAL;
	}
	drm.master = 0;
	return 0;
}

static int show_ioctl(
	const struct node *node, struct file *file, unsigned long request, void *argument)
{
	if (node->drm.render_node) {
		return -EACCES;
	}
	switch (request) {
	case DRM_IOCTL_AUTH_MAGIC:
		/* of magic 0 */
		return drm.master == file->offset ? -EINVAL : -EACCES;
	case DRM_IOCTL_DROP_MASTER:
		return drop_master(file);
	}
	if (node->drm.no_screen) {
		return -EOPNOTSUPP;
	}
	switch (request) {
	case DRM_IOCTL_MODE_ADDFB2:
		return add_fb(node, file, argument);
	case DRM_IOCTL_MODE_RMFB:
		return remove_fb(file, *(uint32_t *)argument);
	}
	file->client.fbs = file->fbs;
	file->client.fbs_len = FBS_MAX;
	if (request == DRM_IOCTL_MODE_ATOMIC && drm.master != file->offset) {
		return -EACCES;
	}
	return fake_drm_kms_ioctl(node, &file->client, request, argument);
}

int fake_drm_ioctl(struct node *node, int fd, unsigned long request, void *argument)
{
	struct file *file = file_of(node, fd);

	switch (request) {
	case DRM_IOCTL_VERSION:
		return get_version(node, argument);
	case DRM_IOCTL_GET_CAP:
		return get_cap(argument);
	case DRM_IOCTL_PRIME_FD_TO_HANDLE:
		return fd_to_handle(node, file, argument);
	case DRM_IOCTL_PRIME_HANDLE_TO_FD:
		return handle_to_fd(file, argument);
	case DRM_IOCTL_GEM_CLOSE:
		return close_handle(file, ((struct drm_gem_close *)argument)->handle);
	case DRM_IOCTL_MODE_CREATE_DUMB:
		return create_dumb(node, file, argument);
	case DRM_IOCTL_MODE_DESTROY_DUMB:
		return close_handle(file, ((struct drm_mode_destroy_dumb *)argument)->handle);
	case DRM_IOCTL_MODE_MAP_DUMB:
		return map_dumb(file, argument);
	default:
		return show_ioctl(node, file, request, argument);
	}
}
