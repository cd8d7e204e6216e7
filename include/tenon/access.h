/* SPDX-License-Identifier: MIT */
#ifndef TENON_ACCESS_H
#define TENON_ACCESS_H

/*
 * CPU access: every touch of a buffer's memory lies between tenon_access_prepare() and
 * tenon_access_finish().
 *
 *	struct tenon_access a = {.buffer = buffer, .flags = TENON_ACCESS_WRITE};
 *
 *	rc = tenon_access_prepare(&a, 1, 1000);
 *	if (rc < 0) {
 *		return rc;
 *	}
 *	memset(a.data[0], 0xff, (size_t)a.pitch[0] * height);
 *	return tenon_access_finish(&a, 1);
 *
 * Between threads of a process readers share and a writer is alone. A set of buffers is taken in
 * one order whatever the order of the array, all or nothing, so two threads that take {a, b} and
 * {b, a} never wait for each other. A thread that has buffers prepared and asks for more either
 * gets them or -EDEADLK.
 *
 * Misuse is an error of its own (tenon_access_error_name()), changes nothing and is logged.
 */

#include <stddef.h>
#include <stdint.h>

#include <tenon/buffer.h>
#include <tenon/common.h>
#include <tenon/heap.h>

TENON_BEGIN_DECLS

/**
 * As an access flag beside TENON_ACCESS_READ and TENON_ACCESS_WRITE (heap.h): do not map. For
 * windows (buffer.h), and for memory that somebody else maps.
 */
#define TENON_ACCESS_NO_MAP (1u << 2)

/** Reads and writes. */
#define TENON_ACCESS_RW (TENON_ACCESS_READ | TENON_ACCESS_WRITE)

/** One buffer of a set. The caller fills in the first three, the call the rest. */
struct tenon_access {
	struct tenon_buffer *buffer;
	/* Mask of enum tenon_access_flags, and TENON_ACCESS_NO_MAP. WRITE alone promises that all
	 * of the rectangle is written; who writes a part of it takes TENON_ACCESS_RW. Writing
	 * through a bracket without WRITE is not seen by devices, and other readers see it half
	 * done. */
	uint32_t flags;
	struct tenon_rect rect; /* all zero: the whole picture */
	/* For what is to come: not looked at unless a flag says so. */
	uint64_t reserved[2];

	/* For each plane: where the rectangle's first pixel is stored (the sample that covers it
	 * in a subsampled plane), and the bytes from row to row. NULL and 0 for planes the format
	 * does not have, and with TENON_ACCESS_NO_MAP. Valid until the access is finished. */
	void *data[TENON_MAX_PLANES];
	uint32_t pitch[TENON_MAX_PLANES];
};

/**
 * Prepare buffers for the CPU: wait for whoever must finish first (threads, devices whose use is
 * declared, fences: buffer.h), make the caches right if they
 * are not, and give pointers. Buffers that have no memory yet are allocated. timeout_ms is for the
 * whole set, in milliseconds; -1 waits without limit, 0 does not wait.
 *
 * The caller must hold a reference to each buffer until the access is finished. Brackets of one
 * thread may be nested: the same buffer again in another call, for reading inside of reading or
 * writing, or for writing inside of reading when no other thread reads.
 *
 * Returns 0. On failure everything is undone, and data and pitch of each are NULL and 0:
 * -EINVAL: no buffer, neither READ nor WRITE, an unknown flag, or a rectangle outside of the
 *	picture;
 * -EALREADY: the same buffer twice in one set;
 * -ETIMEDOUT: somebody had one of them for too long;
 * -EDEADLK: to wait, while this thread has others prepared, could be for ever;
 * -ENOTSUP: the memory cannot be mapped, or the modifier has no linear view; devices may go on;
 * -ENOMEM: out of memory or address space (then see tenon_window_create());
 * -EACCES: writing was asked for and the memory is for reading only;
 * others: as tenon_buffer_allocate(), or what the cache operation returned.
 *
 * Any thread.
 */
TENON_EXPORT int tenon_access_prepare(struct tenon_access *accesses, size_t len, int timeout_ms);

/**
 * Finish what this thread prepared; sets need not be finished as they were prepared, nor in order.
 * The same flags must be given as when prepared; data and pitch become NULL and 0.
 *
 * Returns 0. Misuse, with nothing finished:
 * -ENOENT: not prepared by anybody;
 * -EPERM: prepared, but by another thread;
 * -EPROTO: prepared by this thread, but with other flags;
 * -EALREADY: the same buffer twice in one set;
 * -EINVAL: no buffer.
 * Any other error is that of a cache operation: all of the set is finished all the same.
 *
 * Any thread that prepared.
 */
TENON_EXPORT int tenon_access_finish(struct tenon_access *accesses, size_t len);

/**
 * The name of a result of the two calls, such as "not-prepared" for -ENOENT. A static string, NULL
 * for a number they never give a meaning of their own.
 */
TENON_EXPORT const char *tenon_access_error_name(int error);

TENON_END_DECLS

#endif
