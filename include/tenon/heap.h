/* SPDX-License-Identifier: MIT */
#ifndef TENON_HEAP_H
#define TENON_HEAP_H

/*
 * Where memory comes from.
 *
 * A *heap* hands out *memory*: bytes behind a file descriptor, with what is known of them (are they
 * contiguous, how are they cached, where do they lie). Tenon has heaps for memfds, huge pages,
 * dma-heaps, udmabuf, DRM dumb buffers and V4L2 buffers; an application brings its own by filling a
 * struct tenon_heap_impl. Parts of one big memory are handed out by a region heap, which is fast.
 *
 * Three things that look alike are told apart everywhere: a heap that is *absent* (no such node or
 * kernel feature: -ENOENT), one that *refuses* (-EACCES, with node, owner and mode), and one that
 * is *exhausted* (-ENOSPC: its own pool is used up or too scattered; -ENOMEM: the machine's memory
 * is).
 *
 * Threads: a heap may be used by any number of threads at once; a memory by one at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>
#include <tenon/constraint.h>
#include <tenon/format.h>
#include <tenon/plan.h>

TENON_BEGIN_DECLS

struct tenon_heap;
struct tenon_heaps;
struct tenon_hugepages;

/** An address nobody knows. */
#define TENON_ADDRESS_UNKNOWN UINT64_MAX

/** What the CPU does with a mapping; a bit mask. */
enum tenon_access_flags {
	TENON_ACCESS_READ = 1 << 0,
	TENON_ACCESS_WRITE = 1 << 1,
};

/** How memory is asked for; a bit mask. */
enum tenon_alloc_flags {
	/* All bytes are zero. Without it they may hold what this process wrote there before; never
	 * what another process wrote. */
	TENON_ALLOC_ZERO = 1 << 0,
	/* An fd that is this memory's alone, from offset 0. Memory that may leave the process to a
	 * peer which must not see the rest needs it. */
	TENON_ALLOC_OWN_FD = 1 << 1,
	/* The fd is a dma-buf. */
	TENON_ALLOC_DMABUF = 1 << 2,
	/* Nobody who imports the memory maps it in the kernel, as vivid and vkms do. Only then may
	 * kernels that would map a udmabuf of huge pages wrongly make it of such. */
	TENON_ALLOC_NO_KERNEL_MAP = 1 << 3,
};

/** What is asked of a heap. Members left 0 ask for nothing. */
struct tenon_alloc_request {
	size_t size;               /* sizeof(struct tenon_alloc_request) */
	uint64_t bytes;            /* > 0; heaps round it up to their granularity */
	uint64_t align;            /* bytes; of the address, need not be a power of two */
	uint64_t segments_max;     /* count; 1: contiguous */
	uint64_t segment_size_max; /* bytes */
	uint64_t segment_boundary; /* bytes, power of two no segment may cross */
	/* Inclusive; max 0: no limit. This and align are held against addresses that are known;
	 * where none is, the plan has judged by what the heap says of itself. */
	uint64_t address_min;
	uint64_t address_max;
	uint32_t cache;      /* accepted: mask of enum tenon_cache; 0: any */
	uint32_t protection; /* accepted: mask of enum tenon_protection; 0: none needed */
	uint32_t flags;      /* mask of enum tenon_alloc_flags */
	/* The layout and which of its memory objects this is, for heaps that allocate pictures and
	 * not bytes (DRM dumb). NULL: bytes is all there is to know. Not kept. */
	const struct tenon_layout *layout;
	uint32_t object;
	const char *label; /* for debugging: the memfd's or dma-buf's name; NULL: "tenon" */
	/* Where to write a sentence without newline about a failure; NULL: nowhere. */
	char *reason;
	size_t reason_size;
};

/**
 * Memory of a heap. Made by the library, filled by the heap, read by everybody: nobody else writes
 * to it.
 */
struct tenon_memory {
	size_t size;                      /* sizeof(struct tenon_memory) */
	struct tenon_heap *heap;          /* where it came from, a reference; NULL: imported */
	int fd;                           /* the memory's own, dup() it to keep it; -1: none */
	uint64_t offset;                  /* bytes from the fd's start */
	uint64_t bytes;                   /* at least what was asked for */
	enum tenon_contiguity contiguity; /* PROVEN, ASSURED, NONE or UNKNOWN */
	uint64_t address;    /* of the first byte, if contiguous; TENON_ADDRESS_UNKNOWN */
	uint32_t cache;      /* enum tenon_cache of its mappings; 0: unknown */
	uint32_t protection; /* enum tenon_protection; 0: none */
	bool dmabuf;         /* fd is a dma-buf */
	bool own_fd;         /* fd is of this memory alone and offset is 0 */
	bool mappable;       /* the CPU may try to map it */
	bool zeroed;         /* all bytes were zero when it was handed out */
	bool pinned;         /* its pages stay where they are as long as it lives */
	void *data;          /* the heap's */
};

/** Bytes that lie side by side in the physical address space. */
struct tenon_segment {
	uint64_t offset;  /* bytes from the memory's first byte */
	uint64_t bytes;   /* length */
	uint64_t address; /* physical; TENON_ADDRESS_UNKNOWN */
};

/** A picture that a heap's own allocator is to lay out. */
struct tenon_picture_request {
	size_t size;               /* sizeof(struct tenon_picture_request) */
	uint32_t width, height;    /* pixels */
	uint32_t format;           /* DRM fourcc */
	const uint64_t *modifiers; /* the allocator chooses one of these; best first */
	size_t modifiers_len;      /* > 0 */
	uint32_t roles;            /* what for: mask of enum tenon_role; 0: not known */
	const char *label;         /* as in struct tenon_alloc_request */
	/* Where to write a sentence without newline about a failure; NULL: nowhere. */
	char *reason;
	size_t reason_size;
};

/** What the allocator made of it. */
struct tenon_picture {
	size_t size; /* sizeof(struct tenon_picture) */
	uint64_t modifier;
	/* As tenon_layout_create_from_planes() takes them. */
	size_t planes_len;
	struct tenon_plane_layout planes[TENON_MAX_PLANES];
	/* Planes often share their memory. */
	size_t objects_len;
	struct tenon_memory *objects[TENON_MAX_PLANES];
};

/**
 * A heap's functions. Put one in a static const object; it must live as long as the heaps made of
 * it. Every function gets the data pointer given to tenon_heap_create(), and may be called from
 * several threads at once.
 */
struct tenon_heap_impl {
	size_t size;      /* sizeof(struct tenon_heap_impl) */
	const char *name; /* 1 to 63 bytes, no comma, no blank */

	/*
	 * Mandatory. Say what the heap offers, here and now: *info is zeroed but for size and name,
	 * which stay. Returns 0; a heap that is not available returns 0, too, and says so in
	 * info->availability and info->reason. A negative errno: the answer could not be found.
	 */
	int (*query)(void *data, struct tenon_heap_info *info);

	/*
	 * Mandatory. Fill *memory, which is zeroed but for size, heap, fd (-1) and address
	 * (unknown). The fd must be close-on-exec. Returns 0; -ENOENT, -EACCES, -ENOSPC, -ENOMEM as
	 * at the head of this file; -ENOTSUP when the heap can never give what is asked; another
	 * negative errno. On failure nothing may be left behind.
	 */
	int (*alloc)(
		void *data, const struct tenon_alloc_request *request, struct tenon_memory *memory);

	/* Mandatory. Release what alloc made: fd and data. No mapping is left by then. */
	void (*free)(void *data, struct tenon_memory *memory);

	/*
	 * Optional, both or none: map bytes of the memory from offset for these accesses (mask of
	 * enum tenon_access_flags), and undo it. offset is a multiple of the page size. Without
	 * them mmap() of the fd is used.
	 */
	int (*map)(void *data, const struct tenon_memory *memory, uint64_t offset, uint64_t bytes,
		uint32_t access, void **out);
	void (*unmap)(void *data, const struct tenon_memory *memory, void *address, uint64_t bytes);

	/*
	 * Optional: where the memory lies. Write an array that free() releases; segments in order
	 * of offset, covering memory->bytes. Without it only contiguous memory has an answer.
	 */
	int (*segments)(void *data, const struct tenon_memory *memory, struct tenon_segment **out,
		size_t *len);

	/*
	 * Optional, both or none: bracket CPU access. begin waits until no device writes (for
	 * reads) or uses (for writes) the memory, at most timeout_ms (-1: without limit;
	 * -ETIMEDOUT), and makes caches right. Without them DMA_BUF_IOCTL_SYNC is used for
	 * dma-bufs, nothing for other memory.
	 */
	int (*sync_begin)(
		void *data, const struct tenon_memory *memory, uint32_t access, int timeout_ms);
	int (*sync_end)(void *data, const struct tenon_memory *memory, uint32_t access);

	/* Optional: the last reference to the heap is gone, and all its memory. */
	void (*destroy)(void *data);

	/*
	 * Optional: lay a picture out and allocate it, in one of the pairs that query told in
	 * info->lays_out. picture->objects are TENON_MAX_PLANES memories, prepared as for alloc:
	 * fill the first objects_len of them, and all else of *picture. free() releases each.
	 * Results as of alloc; -ENOTSUP when this picture cannot be laid out in any of these
	 * modifiers. On failure nothing may be left behind.
	 */
	int (*alloc_picture)(void *data, const struct tenon_picture_request *request,
		struct tenon_picture *picture);
};

/**
 * Make a heap of an implementation, an application's own for example.
 *
 * The caller owns the result and must release it with tenon_heap_unref(). data is handed to each of
 * the implementation's functions; it is the implementation's to release, in destroy(). Returns 0;
 * -EINVAL when impl's size or name is wrong, a mandatory function is missing, or only one of a pair
 * is there; -ENOMEM. On failure destroy() is not called. Any thread.
 */
TENON_EXPORT int tenon_heap_create(
	struct tenon_heap **out, const struct tenon_heap_impl *impl, void *data);

/**
 * Take another reference. Returns its argument. Any thread.
 */
TENON_EXPORT struct tenon_heap *tenon_heap_ref(struct tenon_heap *heap);

/**
 * Drop a reference. NULL is a no-op. Memory holds a reference to its heap, so the heap goes after
 * its last memory. Any thread.
 */
TENON_EXPORT void tenon_heap_unref(struct tenon_heap *heap);

/**
 * The heap's name: what limits, plans and TENON_HEAPS call it. Borrowed: valid until the last
 * tenon_heap_unref(). Any thread.
 */
TENON_EXPORT const char *tenon_heap_get_name(const struct tenon_heap *heap);

/**
 * What the heap offers, here and now. The caller must set info->size; the rest is written. A heap
 * that is absent, refused or exhausted is a successful answer: see info->availability and
 * info->reason.
 *
 * Returns 0, -EINVAL when info->size is not one the library knows, or the heap's error. Any thread.
 */
TENON_EXPORT int tenon_heap_query(struct tenon_heap *heap, struct tenon_heap_info *info);

/**
 * Get memory.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_memory_destroy(). -ENOENT: the heap is absent; -EACCES: refused; -ENOSPC: its own pool has
 * not enough left, or not in the form asked for; -ENOMEM: the machine's memory is out; -ENOTSUP:
 * this heap can never give what is asked; -EPERM: it could, but this process cannot prove that it
 * did (contiguity without the right to read page frames); -EINVAL: bytes is 0, a boundary is no
 * power of two, a window is empty, a flag is not known; -EOVERFLOW: rounding up overflows; or
 * another errno of the kernel. In each case a sentence is in request->reason. Any thread.
 */
TENON_EXPORT int tenon_heap_allocate(struct tenon_memory **out, struct tenon_heap *heap,
	const struct tenon_alloc_request *request);

/**
 * Get a picture that the heap's own allocator lays out: tiled, compressed, or whatever the device
 * likes best among the modifiers of the request.
 *
 * Returns 0 and writes *out, the layout, which the caller owns and must release with
 * tenon_layout_destroy(), and the first tenon_layout_get_objects_len() of objects: the caller owns
 * each and must release it with tenon_memory_destroy(). -ENOTSUP when the heap lays nothing out, or
 * not this picture; -EINVAL when width, height or modifiers_len is 0, the format is not known, or
 * reserved members are not zero; -EIO when the heap answers with a layout that makes no sense; else
 * as tenon_heap_allocate(). Any thread.
 */
TENON_EXPORT int tenon_heap_allocate_picture(struct tenon_layout **out,
	struct tenon_memory *objects[TENON_MAX_PLANES], struct tenon_heap *heap,
	const struct tenon_picture_request *request);

/**
 * Release memory: the caller must have unmapped it. NULL is a no-op.
 */
TENON_EXPORT void tenon_memory_destroy(struct tenon_memory *memory);

/** What is said of memory that comes from elsewhere. Members left 0 say nothing. */
struct tenon_memory_import {
	size_t size;     /* sizeof(struct tenon_memory_import) */
	int fd;          /* a dma-buf or a memfd; is duplicated, stays the caller's */
	uint64_t offset; /* bytes from the fd's start */
	uint64_t bytes;  /* 0: to the end */
	uint32_t cache;  /* enum tenon_cache of its mappings, if known */
	enum tenon_contiguity contiguity; /* if known; PROVABLE is taken as UNKNOWN */
	/* Accept a memfd that its owner may still shrink. Only for an fd of a peer that is trusted:
	 * touching what was cut off kills the process. */
	bool unsealed;
};

/**
 * Make memory of an fd that came from elsewhere, a peer or another allocator.
 *
 * The caller owns the result and must release it with tenon_memory_destroy(). Returns 0; -EBADF;
 * -EINVAL when the range leaves the fd's size or is empty; -EPERM for a memfd that is not sealed
 * against shrinking, or a file on a tmpfs, which cannot be; -ENOTSUP when the fd is none of these;
 * -ENOMEM. Any thread.
 */
TENON_EXPORT int tenon_memory_import(
	struct tenon_memory **out, const struct tenon_memory_import *options);

/**
 * Map bytes of memory for the CPU, for these accesses (mask of enum tenon_access_flags, not empty).
 * offset must be a multiple of the page size; bytes > 0. A part is mapped as well as the whole:
 * large memory can be seen through one small window after the other.
 *
 * Returns 0 and writes *out, an address valid until tenon_memory_unmap(); -EINVAL when the range
 * leaves the memory or offset is not aligned; -ENOTSUP when the memory cannot be mapped; -ENOMEM;
 * or another errno of mmap().
 */
TENON_EXPORT int tenon_memory_map(
	struct tenon_memory *memory, uint64_t offset, uint64_t bytes, uint32_t access, void **out);

/**
 * Undo tenon_memory_map(), with the same bytes. NULL address is a no-op.
 */
TENON_EXPORT void tenon_memory_unmap(struct tenon_memory *memory, void *address, uint64_t bytes);

/**
 * Where the memory lies, as segments in order of offset that cover all of it; neighbours that
 * touch are one segment. Addresses that this process may not know are TENON_ADDRESS_UNKNOWN, and
 * such a page is a segment of its own. Unless memory->pinned, they are as of now: the kernel may
 * move pages.
 *
 * Returns 0 and writes *out, an array of *len: the caller owns it and must release it with free().
 * -ENOTSUP when nothing can be known; -ENOMEM.
 */
TENON_EXPORT int tenon_memory_dup_segments(
	struct tenon_memory *memory, struct tenon_segment **out, size_t *len);

/**
 * Begin CPU access (mask of enum tenon_access_flags): wait for devices, at most timeout_ms
 * milliseconds (0: do not wait, -1: without limit), then make caches right. Must be balanced by
 * tenon_memory_sync_end() with the same access, if and only if this returned 0.
 *
 * Returns 0; -EINVAL on an empty or unknown mask; -ETIMEDOUT; or another errno of the kernel.
 */
TENON_EXPORT int tenon_memory_sync_begin(
	struct tenon_memory *memory, uint32_t access, int timeout_ms);

/**
 * End CPU access. Returns 0, -EINVAL or another errno of the kernel.
 */
TENON_EXPORT int tenon_memory_sync_end(struct tenon_memory *memory, uint32_t access);

/** Which built-in heaps to open, and where. Members left 0 mean what their comment says. */
struct tenon_heaps_options {
	size_t size; /* sizeof(struct tenon_heaps_options) */
	/* Names separated by commas; the order is that of the list. "dma-heap" is all dma-heaps.
	 * NULL: the variable TENON_HEAPS, else all but "null". */
	const char *names;
	const char *dma_heap_dir; /* NULL: TENON_DMA_HEAP_DIR, else /dev/dma_heap */
	/* "NODE=NAME" pairs separated by commas: what a dma-heap node is to be called. Before
	 * Tenon's own table, which calls the kernel's default CMA heap "cma", whatever its node
	 * is. A "+" before NAME says that the heap gives contiguous memory only: "rk-pool=+cma".
	 * NULL: TENON_DMA_HEAP_ALIASES, else none. */
	const char *dma_heap_aliases;
	const char *udmabuf; /* node; NULL: TENON_UDMABUF, else /dev/udmabuf */
};

/**
 * Open the built-in heaps: "memfd" (sealed shared memory, always there), "udmabuf" (the same as a
 * dma-buf), "hugepages" (2 MiB pages, contiguous runs found and proven), "hugepages-1g",
 * "system" and "cma" and whatever else is in /dev/dma_heap, "null" (always refuses; for tests; only
 * when named). A heap that is absent or refused is in the list, and says so when asked.
 *
 * The caller owns the result and must release it with tenon_heaps_destroy(). options may be NULL.
 * Returns 0, -EINVAL when a name is not known (TENON_HEAPS, too) or an alias is malformed, -ENOMEM.
 */
TENON_EXPORT int tenon_heaps_create(
	struct tenon_heaps **out, const struct tenon_heaps_options *options);

/**
 * Release the list. Heaps somebody holds a reference to live on. NULL is a no-op.
 */
TENON_EXPORT void tenon_heaps_destroy(struct tenon_heaps *heaps);

/**
 * Add a heap, an application's own or a region, at the end. Takes a reference.
 *
 * Returns 0, -EEXIST when there is one of that name, -ENOMEM. Must not be called while another
 * thread uses the list.
 */
TENON_EXPORT int tenon_heaps_add(struct tenon_heaps *heaps, struct tenon_heap *heap);

/**
 * Heap i, or NULL when there are no more. Borrowed: valid until tenon_heaps_destroy(), or longer
 * with tenon_heap_ref().
 */
TENON_EXPORT struct tenon_heap *tenon_heaps_get(const struct tenon_heaps *heaps, size_t i);

/**
 * The heap of a name, or NULL. Borrowed as tenon_heaps_get().
 */
TENON_EXPORT struct tenon_heap *tenon_heaps_find(const struct tenon_heaps *heaps, const char *name);

/**
 * Ask every heap what it offers, for tenon_plan_create(). A heap whose answer cannot be found is
 * shown as absent, with the errno as reason.
 *
 * Returns 0 and writes *out, an array of *len: the caller owns it and must release it with free().
 * -ENOMEM.
 */
TENON_EXPORT int tenon_heaps_dup_infos(
	const struct tenon_heaps *heaps, struct tenon_heap_info **out, size_t *len);

/**
 * Make a heap that hands out parts of one memory of another heap: fast, since the pages are there
 * and mapped already, and contiguous if that memory is. Its parts share one fd and so are only
 * for peers that may see all of them; it answers TENON_ALLOC_OWN_FD with -ENOTSUP. request says how
 * large the memory is and what it must satisfy; its flags may be 0.
 *
 * The caller owns the result and must release it with tenon_heap_unref(). Returns 0, -EINVAL as
 * tenon_heap_create(), or an error of tenon_heap_allocate(). Any thread.
 */
TENON_EXPORT int tenon_heap_create_region(struct tenon_heap **out, const char *name,
	struct tenon_heap *parent, const struct tenon_alloc_request *request);

/**
 * Create a heap of a DRM device's dumb buffers, which the device's own driver allocates: always
 * good for that device, from CMA where it is a display controller without an IOMMU. fd is any node
 * of the device but a render node (which has no dumb buffers); it is duplicated, and stays the
 * caller's. contiguity is TENON_CONTIGUITY_ASSURED where the driver is known to allocate nothing
 * else, as those are whose display takes contiguous memory only; else TENON_CONTIGUITY_UNKNOWN.
 * name is the heap's; NULL: "dumb".
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_heap_unref(). -ENODEV when fd is no DRM node; -EBADF; -EMFILE; -EINVAL on a bad name;
 * -ENOMEM. Any thread.
 */
TENON_EXPORT int tenon_heap_create_dumb(
	struct tenon_heap **out, const char *name, int fd, enum tenon_contiguity contiguity);

/**
 * Create a heap of the buffers that a V4L2 device's driver allocates: a way to contiguous memory
 * where there is no CMA heap. node is the path of a device that streams ("/dev/video0"); it is
 * opened for each allocation, and its format stays as it is. While another program streams from it
 * tenon_heap_allocate() returns -EBUSY. contiguity is TENON_CONTIGUITY_ASSURED where the driver is
 * known to allocate nothing else; other values are taken as TENON_CONTIGUITY_UNKNOWN. name is the
 * heap's; NULL: "v4l2".
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_heap_unref(). -EINVAL on a bad name or a path that is too long; -ENOMEM. A node that is not
 * there is no error here: the heap says so when asked. Any thread.
 */
TENON_EXPORT int tenon_heap_create_v4l2(struct tenon_heap **out, const char *name, const char *node,
	enum tenon_contiguity contiguity);

/**
 * Reserve huge pages: raise the kernel's count of pages of page_bytes (2 MiB or 1 GiB; 0: the
 * machine's usual size) by as many as are missing until count pages are free. What was raised is
 * put back by tenon_hugepages_release(), and also when the process ends in any other way: a small
 * process of its own waits for that.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_hugepages_release(). -ENOENT: no huge pages of this size; -EACCES: this process may not
 * (root may); -ENOMEM: the kernel found fewer pages than asked, and what it found was put back;
 * -EINVAL: count is 0. reason, if not NULL, gets a sentence of at most reason_size bytes. Any
 * thread.
 */
TENON_EXPORT int tenon_hugepages_reserve(struct tenon_hugepages **out, uint64_t page_bytes,
	uint64_t count, char *reason, size_t reason_size);

/**
 * Reserve huge pages that lie in one physical row, whatever the machine's memory looks like: a page
 * of 1 GiB is reserved, for which the kernel moves others out of the way, and cut into smaller
 * ones. A whole GiB is taken, however few pages are asked for.
 *
 * Returns as tenon_hugepages_reserve(); also -ENOTSUP when the kernel cannot do it (it came with
 * Linux 5.16, on machines that have pages of 1 GiB) or count pages are more than 1 GiB.
 */
TENON_EXPORT int tenon_hugepages_reserve_run(struct tenon_hugepages **out, uint64_t page_bytes,
	uint64_t count, char *reason, size_t reason_size);

/**
 * How many pages this reservation raised the count by. Any thread.
 */
TENON_EXPORT uint64_t tenon_hugepages_get_raised(const struct tenon_hugepages *pages);

/**
 * Put back what was raised. Pages still in use go when they are freed. NULL is a no-op.
 */
TENON_EXPORT void tenon_hugepages_release(struct tenon_hugepages *pages);

TENON_END_DECLS

#endif
