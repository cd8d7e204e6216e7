/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_BUFFER_FIXTURE_H
#define TENON_TEST_BUFFER_FIXTURE_H

/*
 * What tests of the buffer and access rooms share: a context with heaps that do as they are told
 * and count what is asked of them, and offers in a line.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <drm_fourcc.h>

#include <tenon/access.h>
#include <tenon/buffer.h>
#include <tenon/context.h>
#include <tenon/heap.h>

/* How a heap behaves. Zero is a plain one: cached memory that needs no cache work. */
struct fake_heap_options {
	const char *name;
	uint32_t scarcity;
	bool sync;       /* memory needs cache work, which is counted */
	bool unmappable; /* mmap is refused */
	bool no_fd;
	bool part; /* not an fd of its own */
	enum tenon_availability availability;
	enum tenon_contiguity contiguity; /* what it says and gives; 0: unknown */
	uint64_t address;                 /* of what it gives if contiguous */
	uint32_t cache;                   /* 0: cached */
};

struct fake_heap {
	struct fake_heap_options options;
	struct tenon_heap *heap;
	atomic_int queries, allocs, frees, maps, unmaps;
	atomic_int begins, ends;
	/* Accesses open now: begun and not ended. Never below 0. */
	atomic_int open_reads, open_writes;
	atomic_int unbalanced;        /* ends without a begin */
	atomic_int alloc_error;       /* each alloc fails with this errno */
	atomic_int alloc_error_after; /* so many succeed before */
	atomic_int begin_error;       /* each begin fails with it */
	atomic_int begin_error_after;
	atomic_int end_error;
	atomic_int last_timeout; /* of a begin */
};

/* A context that knows no heap but what is added, and reads no file. */
struct tenon_context *fixture_context(void);

/* Adds a heap to a context; it may be released once the context is. */
struct fake_heap *fake_heap_add(
	struct tenon_context *context, const struct fake_heap_options *options);
void fake_heap_release(struct fake_heap *fake);

/* An offer for XRGB8888 (or any format, if any) linear in all roles. limits are released. */
struct tenon_offer *fixture_offer(const char *device, struct tenon_limits *limits);
struct tenon_offer *fixture_offer_any(const char *device, struct tenon_limits *limits);

/* Limits of one property, for all planes. */
struct tenon_limits *fixture_limit(enum tenon_property property, uint64_t value);

/* Limits that accept heaps only: names separated by blanks. */
struct tenon_limits *fixture_heaps(const char *names);

/* An XRGB8888 buffer. */
struct tenon_buffer *fixture_buffer(
	struct tenon_context *context, uint32_t width, uint32_t height, uint32_t flags);

/* Attaches, which must succeed. The offer's reference is the attachment's from now on. */
struct tenon_attachment *fixture_attach(struct tenon_buffer *buffer, struct tenon_offer *offer);

/* Milliseconds since some moment. */
int64_t fixture_now_ms(void);

#endif
