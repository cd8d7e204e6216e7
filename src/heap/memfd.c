/* SPDX-License-Identifier: MIT */
#include "heap/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "heap/builtin.h"
#include "heap/internal.h"
#include "heap/system.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

static int open_memfd(const char *label, unsigned flags)
{
	const unsigned base = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(label, base | MFD_NOEXEC_SEAL | flags);

	/* before Linux 6.3 the flag is not known */
	if (fd < 0 && errno == EINVAL) {
		fd = memfd_create(label, base | flags);
	}
	return fd < 0 ? -errno : fd;
}

int heap_memfd_create(const char *label, uint64_t bytes, unsigned flags)
{
	/* The last seal: a peer that gets the fd must not add its own, against writing say. */
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	char name[128];
	int fd, ret;

	/* the kernel takes at most 249 bytes */
	strncpy(name, label != NULL ? label : "tenon", sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	fd = open_memfd(name, flags);
	if (fd < 0) {
		return fd;
	}
	if (ftruncate(fd, (off_t)bytes) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

/* Bytes that could still be had; swapping what others have counts. */
static uint64_t room_left(uint64_t wanted)
{
	struct sysinfo info;
	uint64_t swap, available;

	if (sysinfo(&info) < 0) {
		return UINT64_MAX;
	}
	swap = (uint64_t)info.freeswap * info.mem_unit;
	available = (uint64_t)info.freeram * info.mem_unit + swap;
	if (wanted <= available) {
		return available; /* the usual case, without reading a file */
	}
	if (heap_read_meminfo(&available, "MemAvailable") < 0) {
		available = (uint64_t)info.totalram * info.mem_unit;
	}
	return available + swap;
}

int heap_memfd_check_room(const struct tenon_alloc_request *request, uint64_t bytes)
{
	uint64_t left = room_left(bytes);

	if (bytes > left) {
		return heap_fail(request, -ENOMEM,
			"%" PRIu64 " bytes are asked for, the machine has %" PRIu64 " left", bytes,
			left);
	}
	return 0;
}

static int memfd_query(void *data, struct tenon_heap_info *info)
{
	info->contiguity = TENON_CONTIGUITY_UNKNOWN; /* nobody is told, but root */
	info->cache = TENON_CACHE_CACHED;
	info->protection = TENON_PROTECTION_NONE;
	info->scarcity = HEAP_SCARCITY_MEMFD;
	info->granularity = heap_page_size();
	info->mappable = true;
	info->own_fd = true;
	heap_read_room(HEAP_AREA_RAM, &info->free_bytes, &info->total_bytes);
	heap_describe_ram(info);
	return 0;
}

static int memfd_alloc(
	void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory)
{
	uint64_t bytes;
	int ret;

	if (!heap_round_up(request->bytes, heap_page_size(), &bytes)) {
		return heap_fail(request, -EOVERFLOW, "more bytes than a file can have");
	}
	ret = heap_memfd_check_room(request, bytes);
	if (ret < 0) {
		return ret;
	}
	memory->fd = heap_memfd_create(request->label, bytes, 0);
	if (memory->fd < 0) {
		return heap_fail(request, memory->fd, "memfd of %" PRIu64 " bytes: %s", bytes,
			strerror(-memory->fd));
	}
	memory->bytes = bytes;
	memory->contiguity =
		bytes > heap_page_size() ? TENON_CONTIGUITY_UNKNOWN : TENON_CONTIGUITY_ASSURED;
	memory->cache = TENON_CACHE_CACHED;
	memory->protection = TENON_PROTECTION_NONE;
	memory->own_fd = true;
	memory->mappable = true;
	memory->zeroed = true;
	return 0;
}

static void memfd_free(void *data, struct tenon_memory *memory)
{
	close(memory->fd);
}

static const struct tenon_heap_impl memfd_impl = {
	.size = sizeof(struct tenon_heap_impl),
	.name = "memfd",
	.query = memfd_query,
	.alloc = memfd_alloc,
	.free = memfd_free,
};

int heap_create_memfd(struct tenon_heap **out)
{
	return tenon_heap_create(out, &memfd_impl, NULL);
}
