/* SPDX-License-Identifier: MIT */
#ifndef TENON_BUFFER_H
#define TENON_BUFFER_H

/*
 * A buffer and its life:
 *
 *	created		size and formats are known; no memory is taken
 *	attached	each device that will touch it attaches and says what it needs; one that
 *			cannot agree with the others is refused with the conflict
 *	allocated	at the first tenon_buffer_allocate(), export, window or CPU access: the plan
 *			is made good, from the next heap when the first is out of memory
 *	late attach	checked against what exists: accepted, refused, or moved if that is allowed
 *	released	when the last reference is dropped
 *
 * CPU access is in access.h. Threads: every function may be called from any thread, and a buffer
 * used by several threads at once; what is "borrowed" is valid as its comment says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>
#include <tenon/constraint.h>
#include <tenon/context.h>
#include <tenon/format.h>
#include <tenon/heap.h>
#include <tenon/plan.h>

TENON_BEGIN_DECLS

struct tenon_buffer;
struct tenon_attachment;
struct tenon_window;

/** A rectangle of a picture, in pixels. All zero: the whole picture. */
struct tenon_rect {
	uint32_t x, y, width, height;
};

/** Ways a buffer can be; a bit mask. */
enum tenon_buffer_flags {
	/* A late attach may move the buffer to other memory, contents kept, when nobody holds it:
	 * it was never exported, is not prepared, has no window, no device uses it and no
	 * fence is pending. */
	TENON_BUFFER_MOVABLE = 1 << 0,
	/* A promise of the caller: every use by a device is told with tenon_attachment_begin()
	 * and _end(), and nobody else uses the fds. CPU access then asks the kernel to do cache
	 * work only when a device has been at it in between. */
	TENON_BUFFER_DECLARED = 1 << 1,
	/* The memory objects are dma-bufs: heaps that give something else are not taken. */
	TENON_BUFFER_DMABUF = 1 << 2,
	/* It never leaves this process as an fd, so it may be a part of a larger memory (a region
	 * heap's, which is fast). Exporting it is -EPERM. */
	TENON_BUFFER_PRIVATE = 1 << 3,
};

/** What a buffer is to be; zeroed members mean what their comment says. */
struct tenon_buffer_options {
	size_t size;             /* sizeof(struct tenon_buffer_options) */
	uint32_t width, height;  /* pixels */
	const uint32_t *formats; /* DRM fourccs, best first; NULL: whatever the devices share */
	size_t formats_len;
	const uint64_t *modifiers; /* best first; NULL: whatever the devices share */
	size_t modifiers_len;
	const struct tenon_limits *limits; /* the caller's own; NULL: none */
	uint32_t flags;                    /* mask of enum tenon_buffer_flags */
	const char *name;                  /* for messages and conflicts; NULL: "buffer" */
	/* Where tenon_buffer_create() says why no buffer can be made; NULL: it is only logged. */
	struct tenon_conflict **conflict;
	/*
	 * What tenon_context_dup_heap_infos() said a moment ago, for those who make many buffers:
	 * asking the heaps takes longer than all else but the allocation. They are asked anew when
	 * it does not lead to memory. NULL: they are asked now.
	 */
	const struct tenon_heap_info *heaps;
	size_t heaps_len;
};

/**
 * Create a buffer. No memory is allocated, and every option is copied.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_buffer_unref(). -EINVAL when width or height is 0, a format is not known, a flag does not
 * exist, or heaps are not those of this library's tenon_context_dup_heap_infos(); -EOVERFLOW when
 * the picture does not fit 63 bits; TENON_CONFLICT when the limits contradict the size or the
 * formats: *options->conflict, if asked for, says why, and the caller must release it with
 * tenon_conflict_destroy(); -ENOTSUP as tenon_plan_create(); -ENOMEM.
 */
TENON_EXPORT int tenon_buffer_create(struct tenon_buffer **out, struct tenon_context *context,
	const struct tenon_buffer_options *options);

/**
 * Take another reference. Returns its argument.
 */
TENON_EXPORT struct tenon_buffer *tenon_buffer_ref(struct tenon_buffer *buffer);

/**
 * Drop a reference; the last one releases the memory. NULL is a no-op.
 *
 * Attachments and windows hold a reference of their own. The caller must not drop the last one
 * while the buffer is prepared (access.h). If it happens all the same the error is logged, and the
 * memory lives on until the access is finished.
 */
TENON_EXPORT void tenon_buffer_unref(struct tenon_buffer *buffer);

/**
 * Attach a device: from now on the buffer must satisfy it in all of roles (mask of enum
 * tenon_role; 0: in any one it offers). conflict may be NULL.
 *
 * Before the buffer is allocated, what the device needs is merged with what the others need.
 * After that, it is checked against the memory and layout that exist; a buffer that does not
 * satisfy the device is moved if it was made TENON_BUFFER_MOVABLE and nobody holds it.
 *
 * Returns 0 and writes *out: the caller owns the attachment and must release it with
 * tenon_attachment_destroy(). TENON_CONFLICT when the device cannot be satisfied: *conflict says
 * why, the caller owns it and must release it with tenon_conflict_destroy(); the buffer stays as
 * it was. -EBUSY when the buffer would have to be moved, may be, and somebody holds it now.
 * -EINVAL on a role that does not exist; -ENOMEM; moving also: as tenon_buffer_allocate().
 */
TENON_EXPORT int tenon_buffer_attach(struct tenon_buffer *buffer, struct tenon_offer *offer,
	uint32_t roles, struct tenon_attachment **out, struct tenon_conflict **conflict);

/**
 * Detach a device. What remains is merged anew, so a limit that only this device had is gone;
 * memory that exists stays as it is. A use that was begun is ended. NULL is a no-op.
 */
TENON_EXPORT void tenon_attachment_destroy(struct tenon_attachment *attachment);

/**
 * The offer given to tenon_buffer_attach(). Borrowed: valid until tenon_attachment_destroy().
 */
TENON_EXPORT struct tenon_offer *tenon_attachment_get_offer(
	const struct tenon_attachment *attachment);

/**
 * Say that the device begins to use the buffer. flags is a mask of enum tenon_access_flags
 * (heap.h): TENON_ACCESS_READ, TENON_ACCESS_WRITE or both. Devices and CPU exclude each other as
 * threads do: readers share, a writer is alone; the call waits for whoever must finish first, at
 * most timeout_ms milliseconds (-1: without limit; 0: not at all). What the CPU wrote is made
 * visible to a device that does not see its caches. Allocates if need be.
 *
 * Returns 0; -EBUSY when the attachment's use has begun already; -ETIMEDOUT; -EDEADLK when the
 * calling thread itself has the buffer prepared in a way that excludes it; -EINVAL; an error of the
 * cache operation; as tenon_buffer_allocate(). On failure nothing has begun.
 */
TENON_EXPORT int tenon_attachment_begin(
	struct tenon_attachment *attachment, uint32_t flags, int timeout_ms);

/**
 * Say that the device's use has ended. May be called by another thread than began it.
 *
 * Returns 0, or -ENOENT when no use had begun.
 */
TENON_EXPORT int tenon_attachment_end(struct tenon_attachment *attachment);

/**
 * Say that somebody goes on using the buffer until a fence signals: a GPU, for example, whose
 * commands have been submitted. tenon_access_prepare() and tenon_attachment_begin() wait for it
 * within their time limit: for reading, until those who write (TENON_ACCESS_WRITE in flags, a mask
 * of enum tenon_access_flags) have finished; for writing, until all have. A thread that has the
 * buffer prepared already is not told.
 *
 * fence is a file descriptor that becomes readable when it signals, such as a sync_file
 * (EGL_ANDROID_native_fence_sync); it is duplicated. One that signals an error, or whose other end
 * is gone, counts as signalled. Where memory is a dma-buf and the fence a sync_file, the kernel is
 * told, too (DMA_BUF_IOCTL_IMPORT_SYNC_FILE, Linux 6.0), so that everybody else who holds the
 * dma-buf waits for it as well.
 *
 * Where uses are declared, add the fence between tenon_attachment_begin() and
 * tenon_attachment_end().
 *
 * Returns 0; -EINVAL when flags has neither READ nor WRITE, or more; -EBADF; -ENOENT when the
 * buffer has no memory yet; -EBUSY when 64 fences have not signalled; -EMFILE; -ENOMEM.
 */
TENON_EXPORT int tenon_buffer_add_fence(struct tenon_buffer *buffer, int fence, uint32_t flags);

/**
 * Allocate now what the first use would allocate. Done already: a no-op. Of several threads that
 * call it at once one allocates.
 *
 * Returns 0; -ENODEV when no heap of this machine satisfies the plan (tenon_buffer_get_plan() and
 * tenon_plan_get_text() say why); -EACCES when one would, but this process may not use it;
 * -ENOMEM when each that would is out of memory; -ENOTSUP when nothing but layouts of a heap's own
 * allocator is accepted, and what it made does not suit all: tenon_buffer_get_conflict() says whom.
 * After a failure it may be tried again.
 */
TENON_EXPORT int tenon_buffer_allocate(struct tenon_buffer *buffer);

/**
 * Whether the buffer has memory.
 */
TENON_EXPORT bool tenon_buffer_is_allocated(struct tenon_buffer *buffer);

/**
 * The plan: of what was allocated, or of what would be. NULL for an imported buffer. Borrowed:
 * valid until the buffer is released, and while nobody attaches or detaches before it is allocated
 * or moves it.
 */
TENON_EXPORT const struct tenon_plan *tenon_buffer_get_plan(struct tenon_buffer *buffer);

/**
 * The layout: of what exists, or of what would be allocated. Borrowed as tenon_buffer_get_plan().
 */
TENON_EXPORT const struct tenon_layout *tenon_buffer_get_layout(struct tenon_buffer *buffer);

/**
 * Why the layout that a heap's own allocator made was not taken, when memory was last allocated or
 * failed to be: the device and the heap that do not agree. NULL when that did not happen. Borrowed:
 * valid until the buffer is released, or tenon_buffer_allocate() is called again after a failure.
 */
TENON_EXPORT const struct tenon_conflict *tenon_buffer_get_conflict(struct tenon_buffer *buffer);

/**
 * The heap the memory came from, "import" for an imported buffer, NULL before it is allocated.
 * Borrowed: valid until the buffer is released or moved.
 */
TENON_EXPORT const char *tenon_buffer_get_heap(struct tenon_buffer *buffer);

/**
 * What is known of the contiguity of the memory; TENON_CONTIGUITY_UNKNOWN before it is allocated.
 */
TENON_EXPORT enum tenon_contiguity tenon_buffer_get_contiguity(struct tenon_buffer *buffer);

/**
 * Say that a device which takes nothing but contiguous memory has accepted the buffer: its
 * contiguity is proven from now on.
 *
 * Returns 0; -ENOENT when the buffer has no memory yet; -ENOTSUP when its pages may move, so that a
 * proof would not last.
 */
TENON_EXPORT int tenon_buffer_set_proven(struct tenon_buffer *buffer);

/**
 * The scatter list of a memory object: its segments (heap.h) in order, neighbours joined.
 * Allocates if need be.
 *
 * Returns 0 and writes *out and *len: the caller owns the array and must release it with free().
 * -ENODATA when the addresses cannot all be known (this process may not see them, or the memory is
 * not there yet); -EINVAL when there is no such object; -ENOMEM; as tenon_buffer_allocate(). Unless
 * the heap pins its pages, the list is as of now.
 */
TENON_EXPORT int tenon_buffer_dup_segments(
	struct tenon_buffer *buffer, size_t object, struct tenon_segment **out, size_t *len);

/**
 * Export a memory object (tenon_layout_get_objects_len()) as a file descriptor: a dma-buf where
 * the heap makes dma-bufs, else a sealed memfd. Allocates if need be. Every export of the same
 * object is the same dma-buf. From now on somebody outside may hold the buffer: it does not move
 * any more.
 *
 * Returns 0 and writes *fd, which is close-on-exec and the caller's to close. -EINVAL when there
 * is no such object; -EPERM when the memory is part of a larger object, which is not given away;
 * -ENOTSUP when the heap has no file descriptors; -EMFILE; as tenon_buffer_allocate().
 */
TENON_EXPORT int tenon_buffer_export(struct tenon_buffer *buffer, size_t object, int *fd);

/** A buffer that comes from elsewhere. */
struct tenon_buffer_import {
	size_t size;            /* sizeof(struct tenon_buffer_import) */
	uint32_t width, height; /* pixels */
	uint32_t format;        /* DRM fourcc */
	uint64_t modifier;
	size_t planes_len;
	/* object, pitch and offset are read; size 0: as much as the rows need; width and height
	 * 0: as the format says. */
	struct tenon_plane_layout planes[TENON_MAX_PLANES];
	size_t objects_len;
	/* One for each object; several may be of the same file. Duplicated, they stay the
	 * caller's. */
	int fds[TENON_MAX_PLANES];
	uint32_t flags;   /* TENON_BUFFER_DECLARED, or 0 */
	const char *name; /* as in struct tenon_buffer_options */
};

/**
 * Import a buffer. Memory that this context knows already, be it by an earlier import or because
 * it allocated it, gives the same buffer: another reference to it. The import is treated as coming
 * from somebody who is not trusted.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_buffer_unref(). -EBADF; -ENOTSUP when an fd is neither a dma-buf nor a memfd; -EPERM when
 * a memfd is not sealed against shrinking; -EINVAL when the planes do not fit the picture or the
 * objects, or a format is not known; -EOVERFLOW; -EEXIST when the memory is known and overlaps
 * with a different layout; -EMFILE; -ENOMEM.
 */
TENON_EXPORT int tenon_buffer_import(struct tenon_buffer **out, struct tenon_context *context,
	const struct tenon_buffer_import *import);

/**
 * Remember something of the caller's with the buffer, under the address key. Replaces (and
 * destroys) what was there; data NULL removes it. destroy may be NULL; it is called when the data
 * is replaced or the buffer is released.
 *
 * Returns 0 or -ENOMEM.
 */
TENON_EXPORT int tenon_buffer_set_data(
	struct tenon_buffer *buffer, const void *key, void *data, void (*destroy)(void *data));

/**
 * What tenon_buffer_set_data() remembered under key, or NULL.
 */
TENON_EXPORT void *tenon_buffer_get_data(struct tenon_buffer *buffer, const void *key);

/**
 * Create a window: a view of one memory object, a part of it at a time, for buffers too large to
 * be mapped whole. Allocates if need be. Nothing is mapped yet.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_window_destroy(). The window holds a reference to the buffer. -EINVAL when there is no such
 * object; -ENOTSUP when the memory cannot be mapped; -ENOMEM; as tenon_buffer_allocate().
 */
TENON_EXPORT int tenon_window_create(
	struct tenon_window **out, struct tenon_buffer *buffer, size_t object);

/**
 * Move the window to length bytes from offset on; the part seen before is unmapped. The memory may
 * be touched only while the calling thread has the buffer prepared (access.h), with
 * TENON_ACCESS_NO_MAP if the whole is too large to map. A window is used by one thread at a time.
 *
 * Returns 0 and writes *data, which points to the byte at offset: borrowed, valid until the next
 * tenon_window_move() or tenon_window_destroy(). -EINVAL when length is 0 or the part leaves the
 * object; -ENOMEM when there is no address space: the window sees nothing then.
 */
TENON_EXPORT int tenon_window_move(
	struct tenon_window *window, uint64_t offset, size_t length, void **data);

/**
 * Unmap and release a window. NULL is a no-op.
 */
TENON_EXPORT void tenon_window_destroy(struct tenon_window *window);

TENON_END_DECLS

#endif
