/* SPDX-License-Identifier: MIT */
/* Memory that comes in and goes out: the same memory is the same buffer, and what is hostile is
 * refused. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer_fixture.h"
#include "harness.h"

enum { WIDTH = 64, HEIGHT = 16, PITCH = 256, BYTES = PITCH * HEIGHT };

static int sealed(size_t bytes, int seals)
{
	int fd = memfd_create("peer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static struct tenon_buffer_import import_of(int fd)
{
	return (struct tenon_buffer_import){
		.size = sizeof(struct tenon_buffer_import),
		.width = WIDTH,
		.height = HEIGHT,
		.format = DRM_FORMAT_XRGB8888,
		.modifier = DRM_FORMAT_MOD_LINEAR,
		.planes_len = 1,
		.planes = {{.pitch = PITCH}},
		.objects_len = 1,
		.fds = {fd},
	};
}

static ino_t inode_of(int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	return status.st_ino;
}

TEST(twice_imported_is_one_buffer)
{
	struct tenon_context *context = fixture_context();
	int fd = sealed(BYTES, F_SEAL_SHRINK), other = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct tenon_buffer_import import = import_of(fd);
	struct tenon_buffer *a, *b, *c;

	assert_int_equal(tenon_buffer_import(&a, context, &import), 0);
	import = import_of(other);
	assert_int_equal(tenon_buffer_import(&b, context, &import), 0);
	assert_ptr_equal(a, b);
	assert_string_equal(tenon_buffer_get_heap(a), "import");
	assert_null(tenon_buffer_get_plan(a));
	tenon_buffer_unref(a);
	/* still there: the second import holds it */
	assert_int_equal(tenon_buffer_import(&c, context, &import), 0);
	assert_ptr_equal(c, b);
	tenon_buffer_unref(b);
	tenon_buffer_unref(c);
	/* gone: a new one, and the fds are still the caller's */
	assert_int_equal(tenon_buffer_import(&a, context, &import), 0);
	tenon_buffer_unref(a);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(other), 0);
	tenon_context_unref(context);
}

TEST(exports_are_the_same_memory_and_come_home)
{
	struct tenon_context *context = fixture_context();
	struct fake_heap *fake =
		fake_heap_add(context, &(struct fake_heap_options){.name = "plain"});
	struct tenon_buffer *buffer = fixture_buffer(context, WIDTH, HEIGHT, 0), *home;
	struct tenon_buffer_import import;
	int a, b;

	assert_int_equal(tenon_buffer_export(buffer, 0, &a), 0);
	assert_int_equal(tenon_buffer_export(buffer, 0, &b), 0);
	assert_int_not_equal(a, b);
	assert_int_equal(inode_of(a), inode_of(b));
	assert_true(fcntl(a, F_GETFD) & FD_CLOEXEC);
	import = import_of(a);
	assert_int_equal(tenon_buffer_import(&home, context, &import), 0);
	assert_ptr_equal(home, buffer);
	tenon_buffer_unref(home);
	/* an import gives the original on */
	close(b);
	assert_int_equal(tenon_buffer_export(home, 0, &b), 0);
	assert_int_equal(inode_of(a), inode_of(b));
	assert_int_equal(tenon_buffer_export(buffer, 1, &b), -EINVAL);
	close(a);
	close(b);
	tenon_buffer_unref(buffer);
	tenon_context_unref(context);
	fake_heap_release(fake);
}

TEST(other_contexts_know_nothing_of_it)
{
	struct tenon_context *one = fixture_context(), *two = fixture_context();
	int fd = sealed(BYTES, F_SEAL_SHRINK);
	struct tenon_buffer_import import = import_of(fd);
	struct tenon_buffer *a, *b;

	assert_int_equal(tenon_buffer_import(&a, one, &import), 0);
	assert_int_equal(tenon_buffer_import(&b, two, &import), 0);
	assert_ptr_not_equal(a, b);
	tenon_buffer_unref(a);
	tenon_buffer_unref(b);
	close(fd);
	tenon_context_unref(one);
	tenon_context_unref(two);
}

TEST(same_memory_with_another_layout)
{
	struct tenon_context *context = fixture_context();
	int fd = sealed(2 * BYTES, F_SEAL_SHRINK);
	struct tenon_buffer_import import = import_of(fd);
	struct tenon_buffer *a, *b, *unset = NULL;

	assert_int_equal(tenon_buffer_import(&a, context, &import), 0);
	import.height = HEIGHT / 2;
	assert_int_equal(tenon_buffer_import(&unset, context, &import), -EEXIST);
	import = import_of(fd);
	import.format = DRM_FORMAT_ARGB8888;
	assert_int_equal(tenon_buffer_import(&unset, context, &import), -EEXIST);
	import = import_of(fd);
	import.planes[0].offset = BYTES / 2;
	assert_int_equal(tenon_buffer_import(&unset, context, &import), -EEXIST);
	assert_null(unset);
	/* the other half of a pool is another buffer */
	import.planes[0].offset = BYTES;
	assert_int_equal(tenon_buffer_import(&b, context, &import), 0);
	assert_ptr_not_equal(a, b);
	tenon_buffer_unref(a);
	tenon_buffer_unref(b);
	close(fd);
	tenon_context_unref(context);
}

static void no_change(struct tenon_buffer_import *import)
{
}

static void no_fd(struct tenon_buffer_import *import)
{
	import->fds[0] = -1;
}

static void closed_fd(struct tenon_buffer_import *import)
{
	import->fds[0] = 4095;
}

static void no_width(struct tenon_buffer_import *import)
{
	import->width = 0;
}

static void too_high(struct tenon_buffer_import *import)
{
	import->height = HEIGHT + 1;
}

static void huge(struct tenon_buffer_import *import)
{
	import->width = UINT32_MAX;
	import->height = UINT32_MAX;
	import->planes[0].pitch = UINT32_MAX;
}

static void short_pitch(struct tenon_buffer_import *import)
{
	import->planes[0].pitch = WIDTH * 4 - 1;
}

static void zero_pitch(struct tenon_buffer_import *import)
{
	import->planes[0].pitch = 0;
}

static void far_offset(struct tenon_buffer_import *import)
{
	import->planes[0].offset = UINT64_MAX - 100;
}

static void past_the_end(struct tenon_buffer_import *import)
{
	import->planes[0].offset = 4;
}

static void unknown_format(struct tenon_buffer_import *import)
{
	import->format = 0x20202020;
}

static void wrong_planes(struct tenon_buffer_import *import)
{
	import->planes_len = 2;
}

static void many_planes(struct tenon_buffer_import *import)
{
	import->planes_len = 1000;
}

static void no_objects(struct tenon_buffer_import *import)
{
	import->objects_len = 0;
}

static void many_objects(struct tenon_buffer_import *import)
{
	import->objects_len = 1000;
}

static void no_such_object(struct tenon_buffer_import *import)
{
	import->planes[0].object = 1;
}

static void unknown_flag(struct tenon_buffer_import *import)
{
	import->flags = TENON_BUFFER_MOVABLE;
}

static void old_struct(struct tenon_buffer_import *import)
{
	import->size = sizeof(size_t);
}

static const struct {
	const char *name;
	int seals;
	void (*spoil)(struct tenon_buffer_import *import);
	int expected;
} hostile[] = {
	{"fine", F_SEAL_SHRINK, no_change, 0},
	{"not sealed", 0, no_change, -EPERM},
	{"sealed against the wrong thing", F_SEAL_GROW, no_change, -EPERM},
	{"no fd", F_SEAL_SHRINK, no_fd, -EBADF},
	{"closed fd", F_SEAL_SHRINK, closed_fd, -EBADF},
	{"no width", F_SEAL_SHRINK, no_width, -EINVAL},
	{"rows past the end", F_SEAL_SHRINK, too_high, -EINVAL},
	{"overflow", F_SEAL_SHRINK, huge, 1 /* -EINVAL or -EOVERFLOW */},
	{"pitch below a row", F_SEAL_SHRINK, short_pitch, -EINVAL},
	{"no pitch", F_SEAL_SHRINK, zero_pitch, -EINVAL},
	{"offset that wraps", F_SEAL_SHRINK, far_offset, 1},
	{"offset past the end", F_SEAL_SHRINK, past_the_end, -EINVAL},
	{"unknown format", F_SEAL_SHRINK, unknown_format, -EINVAL},
	{"wrong number of planes", F_SEAL_SHRINK, wrong_planes, -EINVAL},
	{"a thousand planes", F_SEAL_SHRINK, many_planes, -EINVAL},
	{"no objects", F_SEAL_SHRINK, no_objects, -EINVAL},
	{"a thousand objects", F_SEAL_SHRINK, many_objects, -EINVAL},
	{"plane in no object", F_SEAL_SHRINK, no_such_object, -EINVAL},
	{"unknown flag", F_SEAL_SHRINK, unknown_flag, -EINVAL},
	{"struct too small", F_SEAL_SHRINK, old_struct, -EINVAL},
};

TEST(what_a_peer_may_send)
{
	struct tenon_context *context = fixture_context();

	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		int fd = sealed(BYTES, hostile[i].seals != 0 ? hostile[i].seals : F_SEAL_GROW);
		struct tenon_buffer_import import = import_of(fd);
		struct tenon_buffer *buffer = NULL;
		int rc;

		hostile[i].spoil(&import);
		rc = tenon_buffer_import(&buffer, context, &import);
		if (rc != hostile[i].expected &&
			!(hostile[i].expected == 1 && (rc == -EINVAL || rc == -EOVERFLOW))) {
			fail_msg("%s: %d", hostile[i].name, rc);
		}
		assert_int_equal(buffer != NULL, hostile[i].expected == 0);
		tenon_buffer_unref(buffer);
		close(fd);
	}
	tenon_context_unref(context);
}

TEST(other_kinds_of_fds)
{
	struct tenon_context *context = fixture_context();
	struct tenon_buffer_import import;
	struct tenon_buffer *buffer;
	int pipes[2];
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	import = import_of(fd);
	assert_int_equal(tenon_buffer_import(&buffer, context, &import), -ENOTSUP);
	import = import_of(pipes[0]);
	assert_int_equal(tenon_buffer_import(&buffer, context, &import), -ENOTSUP);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
	tenon_context_unref(context);
}

TEST(read_only_memory_can_be_read)
{
	struct tenon_context *context = fixture_context();
	int fd = sealed(BYTES, F_SEAL_SHRINK);
	char path[64];
	struct tenon_buffer_import import;
	struct tenon_access access = {.flags = TENON_ACCESS_READ};
	struct tenon_buffer *buffer;
	int reading;

	assert_int_equal(pwrite(fd, "abcd", 4, 0), 4);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reading = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(reading >= 0);
	import = import_of(reading);
	assert_int_equal(tenon_buffer_import(&buffer, context, &import), 0);
	access.buffer = buffer;
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_memory_equal(access.data[0], "abcd", 4);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	access.flags = TENON_ACCESS_WRITE;
	assert_int_equal(tenon_access_prepare(&access, 1, 0), -EACCES);
	assert_null(access.data[0]);
	access.flags = TENON_ACCESS_READ;
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	tenon_buffer_unref(buffer);
	close(fd);
	close(reading);
	tenon_context_unref(context);
}

TEST(two_planes_in_two_objects)
{
	struct tenon_context *context = fixture_context();
	int luma = sealed(PITCH * HEIGHT, F_SEAL_SHRINK);
	int chroma = sealed(PITCH * HEIGHT / 2, F_SEAL_SHRINK);
	struct tenon_buffer_import import = {
		.size = sizeof(import),
		.width = WIDTH,
		.height = HEIGHT,
		.format = DRM_FORMAT_NV12,
		.planes_len = 2,
		.planes = {{.object = 0, .pitch = PITCH}, {.object = 1, .pitch = PITCH}},
		.objects_len = 2,
		.fds = {luma, chroma},
	};
	struct tenon_access access = {.flags = TENON_ACCESS_RW};
	struct tenon_buffer *buffer, *again;
	int fd;

	assert_int_equal(tenon_buffer_import(&buffer, context, &import), 0);
	assert_int_equal(tenon_buffer_import(&again, context, &import), 0);
	assert_ptr_equal(buffer, again);
	tenon_buffer_unref(again);
	access.buffer = buffer;
	assert_int_equal(tenon_access_prepare(&access, 1, 0), 0);
	((char *)access.data[1])[PITCH] = 'x';
	assert_int_equal(tenon_access_finish(&access, 1), 0);
	assert_int_equal(tenon_buffer_export(buffer, 1, &fd), 0);
	assert_int_equal(inode_of(fd), inode_of(chroma));
	close(fd);
	tenon_buffer_unref(buffer);
	/* one file for both planes, at the same place */
	import.fds[1] = luma;
	assert_int_equal(tenon_buffer_import(&buffer, context, &import), -EINVAL);
	close(luma);
	close(chroma);
	tenon_context_unref(context);
}

TEST(two_planes_of_one_object_with_an_fd_each)
{
	struct tenon_context *context = fixture_context();
	int fd = sealed(PITCH * HEIGHT * 3 / 2, F_SEAL_SHRINK);
	int twin = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct tenon_buffer_import import = {
		.size = sizeof(import),
		.width = WIDTH,
		.height = HEIGHT,
		.format = DRM_FORMAT_NV12,
		.planes_len = 2,
		.planes = {{.object = 0, .pitch = PITCH},
			{.object = 1, .pitch = PITCH, .offset = PITCH * HEIGHT}},
		.objects_len = 2,
		.fds = {fd, twin},
	};
	struct tenon_buffer *two, *one;

	assert_int_equal(tenon_buffer_import(&two, context, &import), 0);
	assert_int_equal(tenon_layout_get_objects_len(tenon_buffer_get_layout(two)), 1);
	import.objects_len = 1;
	import.planes[1].object = 0;
	assert_int_equal(tenon_buffer_import(&one, context, &import), 0);
	assert_ptr_equal(one, two);
	tenon_buffer_unref(one);
	tenon_buffer_unref(two);
	close(fd);
	close(twin);
	tenon_context_unref(context);
}

TEST(a_device_checks_what_was_imported)
{
	struct tenon_context *context = fixture_context();
	int fd = sealed(BYTES, F_SEAL_SHRINK);
	struct tenon_buffer_import import = import_of(fd);
	struct tenon_offer *offer = fixture_offer("display", NULL);
	struct tenon_offer *wide =
		fixture_offer("wide", fixture_limit(TENON_PROP_PITCH_MULTIPLE, 512));
	struct tenon_attachment *attachment;
	struct tenon_conflict *conflict = NULL;
	struct tenon_buffer *buffer;

	assert_int_equal(tenon_buffer_import(&buffer, context, &import), 0);
	assert_int_equal(tenon_buffer_attach(buffer, offer, 0, &attachment, &conflict), 0);
	tenon_attachment_destroy(attachment);
	assert_null(conflict);
	assert_int_equal(
		tenon_buffer_attach(buffer, wide, 0, &attachment, &conflict), TENON_CONFLICT);
	assert_int_equal(tenon_conflict_get_devices_len(conflict), 2);
	tenon_conflict_destroy(conflict);
	tenon_offer_unref(offer);
	tenon_offer_unref(wide);
	tenon_buffer_unref(buffer);
	close(fd);
	tenon_context_unref(context);
}

struct importers {
	struct tenon_context *context;
	int fd;
	atomic_int wrong;
};

static void *import_and_drop(void *data)
{
	struct importers *importers = data;
	struct tenon_buffer_import import = import_of(importers->fd);
	struct tenon_buffer *a, *b;

	for (int i = 0; i < 500; i++) {
		if (tenon_buffer_import(&a, importers->context, &import) != 0) {
			atomic_fetch_add(&importers->wrong, 1);
			continue;
		}
		/* while one reference is held no other buffer may appear */
		if (tenon_buffer_import(&b, importers->context, &import) != 0) {
			atomic_fetch_add(&importers->wrong, 1);
		} else {
			atomic_fetch_add(&importers->wrong, a != b);
			tenon_buffer_unref(b);
		}
		tenon_buffer_unref(a);
	}
	return NULL;
}

TEST(threads_that_import_and_drop)
{
	struct importers importers = {
		.context = fixture_context(),
		.fd = sealed(BYTES, F_SEAL_SHRINK),
	};
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		pthread_create(&threads[i], NULL, import_and_drop, &importers);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(atomic_load(&importers.wrong), 0);
	close(importers.fd);
	tenon_context_unref(importers.context);
}
