/* SPDX-License-Identifier: MIT */

/* Descriptions of buffers with fds that are something else, and at the wrong time. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "hostile.h"
#include "tenon-buffer-constraints-v1-client-protocol.h"

#define NEGOTIATION "tenon_negotiation_v1"
#define DESCRIBED "tenon_described_buffer_v1"

static void handle_accepted(void *data, struct tenon_described_buffer_v1 *described)
{
	struct hostile *hostile = data;

	hostile->accepted = true;
}

static void handle_rejected(
	void *data, struct tenon_described_buffer_v1 *described, uint32_t reason, const char *text)
{
	struct hostile *hostile = data;

	hostile->rejected = true;
	hostile->reason = reason;
}

static const struct tenon_described_buffer_v1_listener described_listener = {
	.accepted = handle_accepted,
	.rejected = handle_rejected,
};

/* A memfd; sealed against shrinking, if wanted. */
static int make_memfd(size_t size, bool sealed)
{
	int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	if (sealed) {
		assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	}
	return fd;
}

static struct wl_buffer *make_wl_buffer(struct hostile *hostile, int32_t width, int32_t stride)
{
	size_t size = (size_t)stride * 64;
	int fd = make_memfd(size, true);
	struct wl_shm_pool *pool = wl_shm_create_pool(hostile->shm, fd, (int32_t)size);
	struct wl_buffer *buffer =
		wl_shm_pool_create_buffer(pool, 0, width, 64, stride, WL_SHM_FORMAT_XRGB8888);

	wl_shm_pool_destroy(pool);
	close(fd);
	return buffer;
}

/* A buffer as it was negotiated, to be described. */
static struct tenon_described_buffer_v1 *begin(struct hostile *hostile, struct wl_buffer **buffer)
{
	struct tenon_described_buffer_v1 *described;

	if (!hostile->resolved) {
		hostile_resolve(hostile);
	}
	*buffer = make_wl_buffer(hostile, 64, (int32_t)hostile->pitch);
	described = tenon_negotiation_v1_describe_buffer(hostile->negotiation, *buffer);
	tenon_described_buffer_v1_add_listener(described, &described_listener, hostile);
	return described;
}

/* The proxies alone: what was asked stays asked. */
static void drop(struct tenon_described_buffer_v1 *described, struct wl_buffer *buffer)
{
	wl_proxy_destroy((struct wl_proxy *)described);
	if (buffer != NULL) {
		wl_proxy_destroy((struct wl_proxy *)buffer);
	}
}

/* Describes with this fd, and takes it. Returns the reason of the rejection; -1: accepted. */
static int describe(struct hostile *hostile, int fd)
{
	struct wl_buffer *buffer;
	struct tenon_described_buffer_v1 *described = begin(hostile, &buffer);

	assert_true(fd >= 0);
	hostile->accepted = false;
	hostile->rejected = false;
	tenon_described_buffer_v1_add_object(described, 0, fd);
	close(fd);
	tenon_described_buffer_v1_submit(described);
	hostile_roundtrip(hostile);
	assert_true(hostile->accepted != hostile->rejected); /* exactly one */
	tenon_described_buffer_v1_destroy(described);
	wl_buffer_destroy(buffer);
	return hostile->accepted ? -1 : (int)hostile->reason;
}

static void fds_that_are_no_memory(struct hostile *hostile)
{
	char path[] = "/tmp/tenon-hostile-XXXXXX";
	int fds[2];
	int fd;

	hostile_resolve(hostile);
	assert_int_equal(describe(hostile, open("/dev/null", O_RDWR | O_CLOEXEC)),
		TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_MEMORY);
	assert_int_equal(describe(hostile, open("/dev/zero", O_RDWR | O_CLOEXEC)),
		TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_MEMORY);
	assert_int_equal(describe(hostile, open("/", O_RDONLY | O_CLOEXEC)),
		TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_MEMORY);
	assert_int_equal(describe(hostile, open("/", O_PATH | O_CLOEXEC)),
		TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_MEMORY);
	assert_int_equal(describe(hostile, eventfd(0, EFD_CLOEXEC)),
		TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_MEMORY);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(describe(hostile, fds[0]), TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_MEMORY);
	assert_int_equal(describe(hostile, fds[1]), TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_MEMORY);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(describe(hostile, fds[0]), TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_MEMORY);
	close(fds[1]);
	/* a file on a disk, or, where /tmp is in memory, one that is not sealed */
	fd = mkostemp(path, O_CLOEXEC);
	unlink(path);
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_true(describe(hostile, fd) <= TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_SEALED);
	assert_true(hostile->rejected);
}

static void memory_that_is_not_fit(struct hostile *hostile)
{
	hostile_resolve(hostile);
	assert_int_equal(describe(hostile, make_memfd(hostile->object_size, false)),
		TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_SEALED);
	assert_int_equal(describe(hostile, make_memfd(hostile->object_size - 1, true)),
		TENON_DESCRIBED_BUFFER_V1_REJECTION_TOO_SMALL);
	assert_int_equal(describe(hostile, make_memfd(0, true)),
		TENON_DESCRIBED_BUFFER_V1_REJECTION_TOO_SMALL);
	assert_int_equal(describe(hostile, make_memfd(hostile->object_size, true)), -1);
}

static void another_buffer(struct hostile *hostile)
{
	struct tenon_described_buffer_v1 *described;
	struct wl_buffer *buffer;
	int fd;

	hostile_resolve(hostile);
	fd = make_memfd(hostile->object_size, true);
	buffer = make_wl_buffer(hostile, 63, (int32_t)hostile->pitch);
	described = tenon_negotiation_v1_describe_buffer(hostile->negotiation, buffer);
	tenon_described_buffer_v1_add_listener(described, &described_listener, hostile);
	tenon_described_buffer_v1_add_object(described, 0, fd);
	tenon_described_buffer_v1_submit(described);
	close(fd);
	hostile_roundtrip(hostile);
	assert_true(hostile->rejected);
	assert_int_equal(hostile->reason, TENON_DESCRIBED_BUFFER_V1_REJECTION_MISMATCH);
	drop(described, buffer);
}

static void buffer_that_is_gone(struct hostile *hostile)
{
	struct wl_buffer *buffer;
	struct tenon_described_buffer_v1 *described = begin(hostile, &buffer);
	int fd = make_memfd(hostile->object_size, true);

	wl_buffer_destroy(buffer);
	tenon_described_buffer_v1_add_object(described, 0, fd);
	tenon_described_buffer_v1_submit(described);
	close(fd);
	hostile_roundtrip(hostile);
	assert_true(hostile->rejected);
	assert_int_equal(hostile->reason, TENON_DESCRIBED_BUFFER_V1_REJECTION_BUFFER_GONE);
	drop(described, NULL);
}

/* The second description of a buffer replaces the first; both are answered. */
static void described_twice(struct hostile *hostile)
{
	struct wl_buffer *buffer;
	struct tenon_described_buffer_v1 *first = begin(hostile, &buffer);
	struct tenon_described_buffer_v1 *second =
		tenon_negotiation_v1_describe_buffer(hostile->negotiation, buffer);
	int fd = make_memfd(hostile->object_size, true);

	tenon_described_buffer_v1_add_listener(second, &described_listener, hostile);
	tenon_described_buffer_v1_add_object(first, 0, fd);
	tenon_described_buffer_v1_submit(first);
	hostile_roundtrip(hostile);
	assert_true(hostile->rejected && !hostile->accepted);
	tenon_described_buffer_v1_add_object(second, 0, fd);
	tenon_described_buffer_v1_submit(second);
	hostile_roundtrip(hostile);
	assert_true(hostile->accepted);
	close(fd);
	tenon_described_buffer_v1_destroy(first);
	drop(second, buffer);
}

static void buffers_of_1000_never_submitted(struct hostile *hostile)
{
	struct wl_buffer *buffer;
	struct tenon_described_buffer_v1 *described = begin(hostile, &buffer);
	int fd = make_memfd(hostile->object_size, true);

	drop(described, NULL);
	for (int i = 0; i < 1000; i++) {
		described = tenon_negotiation_v1_describe_buffer(hostile->negotiation, buffer);
		tenon_described_buffer_v1_add_object(described, 0, fd);
		if (i % 10 == 0) {
			hostile_roundtrip(hostile);
		}
		wl_proxy_destroy((struct wl_proxy *)described);
	}
	close(fd);
	wl_proxy_destroy((struct wl_proxy *)buffer);
}

static void before_the_answer(struct hostile *hostile)
{
	struct wl_buffer *buffer = make_wl_buffer(hostile, 64, 256);

	drop(tenon_negotiation_v1_describe_buffer(hostile->negotiation, buffer), buffer);
}

static void object_that_is_none(struct hostile *hostile)
{
	struct wl_buffer *buffer;
	struct tenon_described_buffer_v1 *described = begin(hostile, &buffer);
	int fd = make_memfd(hostile->object_size, true);

	tenon_described_buffer_v1_add_object(described, 1, fd);
	hostile_roundtrip(hostile);
	close(fd);
	drop(described, buffer);
}

static void object_of_a_huge_number(struct hostile *hostile)
{
	struct wl_buffer *buffer;
	struct tenon_described_buffer_v1 *described = begin(hostile, &buffer);
	int fd = make_memfd(hostile->object_size, true);

	tenon_described_buffer_v1_add_object(described, UINT32_MAX, fd);
	hostile_roundtrip(hostile);
	close(fd);
	drop(described, buffer);
}

static void object_twice(struct hostile *hostile)
{
	struct wl_buffer *buffer;
	struct tenon_described_buffer_v1 *described = begin(hostile, &buffer);
	int fd = make_memfd(hostile->object_size, true);

	tenon_described_buffer_v1_add_object(described, 0, fd);
	tenon_described_buffer_v1_add_object(described, 0, fd);
	hostile_roundtrip(hostile);
	close(fd);
	drop(described, buffer);
}

static void submit_without_object(struct hostile *hostile)
{
	struct wl_buffer *buffer;
	struct tenon_described_buffer_v1 *described = begin(hostile, &buffer);

	tenon_described_buffer_v1_submit(described);
	hostile_roundtrip(hostile);
	drop(described, buffer);
}

static void described_and_submitted_twice(struct hostile *hostile)
{
	struct wl_buffer *buffer;
	struct tenon_described_buffer_v1 *described = begin(hostile, &buffer);
	int fd = make_memfd(hostile->object_size, true);

	tenon_described_buffer_v1_add_object(described, 0, fd);
	tenon_described_buffer_v1_submit(described);
	tenon_described_buffer_v1_submit(described);
	hostile_roundtrip(hostile);
	close(fd);
	drop(described, buffer);
}

static const struct hostile_case cases[] = {
	{"fds_that_are_no_memory", fds_that_are_no_memory, NULL, 0},
	{"memory_that_is_not_fit", memory_that_is_not_fit, NULL, 0},
	{"another_buffer", another_buffer, NULL, 0},
	{"buffer_that_is_gone", buffer_that_is_gone, NULL, 0},
	{"described_twice", described_twice, NULL, 0},
	{"buffers_of_1000_never_submitted", buffers_of_1000_never_submitted, NULL, 0},
	{"before_the_answer", before_the_answer, NEGOTIATION,
		TENON_NEGOTIATION_V1_ERROR_NOT_RESOLVED},
	{"object_that_is_none", object_that_is_none, DESCRIBED,
		TENON_DESCRIBED_BUFFER_V1_ERROR_INVALID_INDEX},
	{"object_of_a_huge_number", object_of_a_huge_number, DESCRIBED,
		TENON_DESCRIBED_BUFFER_V1_ERROR_INVALID_INDEX},
	{"object_twice", object_twice, DESCRIBED, TENON_DESCRIBED_BUFFER_V1_ERROR_DUPLICATE},
	{"submit_without_object", submit_without_object, DESCRIBED,
		TENON_DESCRIBED_BUFFER_V1_ERROR_INCOMPLETE},
	{"described_and_submitted_twice", described_and_submitted_twice, DESCRIBED,
		TENON_DESCRIBED_BUFFER_V1_ERROR_ALREADY_SUBMITTED},
};

void hostile_run_memory(const struct hostile_target *target)
{
	hostile_run(target, cases, sizeof(cases) / sizeof(cases[0]));
}
