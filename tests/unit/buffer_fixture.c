/* SPDX-License-Identifier: MIT */
#include "buffer_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

static int fake_query(void *data, struct tenon_heap_info *info)
{
	struct fake_heap *fake = data;
	const struct fake_heap_options *o = &fake->options;

	atomic_fetch_add(&fake->queries, 1);
	info->availability = o->availability;
	if (o->availability != TENON_AVAILABLE) {
		snprintf(info->reason, sizeof(info->reason), "told to be so");
	}
	info->contiguity = o->contiguity;
	info->cache = o->cache != 0 ? o->cache : TENON_CACHE_CACHED;
	info->scarcity = o->scarcity;
	info->free_bytes = UINT64_MAX;
	info->total_bytes = UINT64_MAX;
	info->mappable = !o->unmappable;
	info->own_fd = !o->part;
	return 0;
}

/* Whether this is the call that fails. */
static bool fails(atomic_int *error, atomic_int *after)
{
	return atomic_load(error) != 0 && atomic_fetch_sub(after, 1) <= 0;
}

static int fake_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	struct fake_heap *fake = data;
	int fd;

	if (fails(&fake->alloc_error, &fake->alloc_error_after)) {
		return -atomic_load(&fake->alloc_error);
	}
	fd = memfd_create("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0) {
		return -errno;
	}
	if (ftruncate(fd, (off_t)request->bytes) < 0) {
		close(fd);
		return -errno;
	}
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	memory->fd = fd;
	memory->bytes = request->bytes;
	memory->contiguity = fake->options.contiguity == TENON_CONTIGUITY_PROVABLE
				     ? TENON_CONTIGUITY_PROVEN
				     : fake->options.contiguity;
	if (fake->options.address != 0) {
		memory->address = fake->options.address;
	}
	memory->cache = fake->options.cache != 0 ? fake->options.cache : TENON_CACHE_CACHED;
	memory->own_fd = !fake->options.part;
	memory->mappable = !fake->options.unmappable;
	memory->zeroed = true;
	memory->pinned = fake->options.contiguity == TENON_CONTIGUITY_ASSURED;
	atomic_fetch_add(&fake->allocs, 1);
	return 0;
}

static void fake_free(void *data, struct tenon_memory *memory)
{
	struct fake_heap *fake = data;

	close(memory->fd);
	atomic_fetch_add(&fake->frees, 1);
}

static int fake_map(void *data, const struct tenon_memory *memory, uint64_t offset, uint64_t bytes,
	uint32_t access, void **out)
{
	struct fake_heap *fake = data;
	void *at;

	if (fake->options.unmappable) {
		return -ENODEV;
	}
	at = mmap(NULL, bytes, PROT_READ | (access & TENON_ACCESS_WRITE ? PROT_WRITE : 0),
		MAP_SHARED, memory->fd, (off_t)offset);
	if (at == MAP_FAILED) {
		return -errno;
	}
	atomic_fetch_add(&fake->maps, 1);
	*out = at;
	return 0;
}

static void fake_unmap(void *data, const struct tenon_memory *memory, void *address, uint64_t bytes)
{
	struct fake_heap *fake = data;

	munmap(address, bytes);
	atomic_fetch_add(&fake->unmaps, 1);
}

static int fake_sync_begin(
	void *data, const struct tenon_memory *memory, uint32_t access, int timeout_ms)
{
	struct fake_heap *fake = data;

	atomic_store(&fake->last_timeout, timeout_ms);
	if (fails(&fake->begin_error, &fake->begin_error_after)) {
		return -atomic_load(&fake->begin_error);
	}
	atomic_fetch_add(&fake->begins, 1);
	atomic_fetch_add(&fake->open_reads, (access & TENON_ACCESS_READ) != 0);
	atomic_fetch_add(&fake->open_writes, (access & TENON_ACCESS_WRITE) != 0);
	return 0;
}

static int fake_sync_end(void *data, const struct tenon_memory *memory, uint32_t access)
{
	struct fake_heap *fake = data;

	atomic_fetch_add(&fake->ends, 1);
	if ((access & TENON_ACCESS_READ) && atomic_fetch_sub(&fake->open_reads, 1) <= 0) {
		atomic_fetch_add(&fake->unbalanced, 1);
	}
	if ((access & TENON_ACCESS_WRITE) && atomic_fetch_sub(&fake->open_writes, 1) <= 0) {
		atomic_fetch_add(&fake->unbalanced, 1);
	}
	return -atomic_load(&fake->end_error);
}

static const struct tenon_heap_impl plain_impl = {
	.size = sizeof(plain_impl),
	.name = "fake",
	.query = fake_query,
	.alloc = fake_alloc,
	.free = fake_free,
	.map = fake_map,
	.unmap = fake_unmap,
};

struct tenon_context *fixture_context(void)
{
	struct tenon_context_options options = {
		.size = sizeof(options),
		.no_config = true,
		.no_heaps = true,
	};
	struct tenon_context *context;

	assert_int_equal(tenon_context_create(&context, &options), 0);
	return context;
}

struct fake_heap *fake_heap_add(
	struct tenon_context *context, const struct fake_heap_options *options)
{
	struct fake_heap *fake = calloc(1, sizeof(*fake));
	struct tenon_heap_impl impl = plain_impl;

	assert_non_null(fake);
	fake->options = *options;
	impl.name = options->name;
	if (options->sync) {
		impl.sync_begin = fake_sync_begin;
		impl.sync_end = fake_sync_end;
	}
	assert_int_equal(tenon_heap_create(&fake->heap, &impl, fake), 0);
	assert_int_equal(tenon_context_add_heap(context, fake->heap), 0);
	return fake;
}

void fake_heap_release(struct fake_heap *fake)
{
	tenon_heap_unref(fake->heap);
	assert_int_equal(atomic_load(&fake->allocs), atomic_load(&fake->frees));
	assert_int_equal(atomic_load(&fake->maps), atomic_load(&fake->unmaps));
	assert_int_equal(atomic_load(&fake->begins), atomic_load(&fake->ends));
	assert_int_equal(atomic_load(&fake->open_reads), 0);
	assert_int_equal(atomic_load(&fake->open_writes), 0);
	assert_int_equal(atomic_load(&fake->unbalanced), 0);
	free(fake);
}

static struct tenon_offer *make_offer(
	const char *device, uint32_t format, struct tenon_limits *limits)
{
	const struct tenon_format_modifier pair = {format, DRM_FORMAT_MOD_LINEAR};
	struct tenon_offer *offer;

	assert_int_equal(tenon_offer_create(&offer, device), 0);
	assert_int_equal(tenon_offer_add(offer, TENON_ROLE_ANY, &pair, 1, limits), 0);
	tenon_limits_destroy(limits);
	return offer;
}

struct tenon_offer *fixture_offer(const char *device, struct tenon_limits *limits)
{
	return make_offer(device, DRM_FORMAT_XRGB8888, limits);
}

struct tenon_offer *fixture_offer_any(const char *device, struct tenon_limits *limits)
{
	return make_offer(device, TENON_FORMAT_ANY, limits);
}

struct tenon_limits *fixture_limit(enum tenon_property property, uint64_t value)
{
	struct tenon_limits *limits;

	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_int_equal(tenon_limits_set(limits, property, TENON_PLANE_ALL, value), 0);
	return limits;
}

struct tenon_limits *fixture_heaps(const char *names)
{
	struct tenon_limits *limits;
	char copy[128];

	snprintf(copy, sizeof(copy), "%s", names);
	assert_int_equal(tenon_limits_create(&limits), 0);
	for (char *name = strtok(copy, " "); name != NULL; name = strtok(NULL, " ")) {
		assert_int_equal(tenon_limits_allow_heap(limits, name), 0);
	}
	return limits;
}

struct tenon_buffer *fixture_buffer(
	struct tenon_context *context, uint32_t width, uint32_t height, uint32_t flags)
{
	const uint32_t format = DRM_FORMAT_XRGB8888;
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = width,
		.height = height,
		.formats = &format,
		.formats_len = 1,
		.flags = flags,
	};
	struct tenon_buffer *buffer;

	assert_int_equal(tenon_buffer_create(&buffer, context, &options), 0);
	return buffer;
}

struct tenon_attachment *fixture_attach(struct tenon_buffer *buffer, struct tenon_offer *offer)
{
	struct tenon_attachment *attachment;

	assert_int_equal(tenon_buffer_attach(buffer, offer, 0, &attachment, NULL), 0);
	tenon_offer_unref(offer);
	return attachment;
}

int64_t fixture_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
