/* SPDX-License-Identifier: MIT */
#ifndef TENON_BUFFER_PRIVATE_H
#define TENON_BUFFER_PRIVATE_H

/*
 * The inside of a buffer, for this room and those to its right.
 *
 * Two locks: `access` says who may touch the memory and is held as long as somebody does; `mutex`
 * guards the members and is held for moments. Who needs both takes `access` first; while the mutex
 * is held, `access` is only tried.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <tenon/buffer.h>

#include "buffer/context.h"
#include "buffer/lock.h"

#define ACCESS_RW ((uint32_t)TENON_ACCESS_READ | (uint32_t)TENON_ACCESS_WRITE)

/*
 * What a CPU access finds done already, as bits of tenon_buffer.ready. The lower two: caches are
 * right for reads, for writes. The upper two: the memory is mapped for them.
 */
#define READY_QUIET(access) ((uint32_t)(access))
#define READY_MAPPED(access) ((uint32_t)(access) << 2)

/* Who decides whether caches need work. */
enum cache_mode {
	CACHE_NONE = 0, /* nobody: this memory needs none, or there is none yet */
	CACHE_TRACKED,  /* Tenon: every use is known to it */
	CACHE_ASKED,    /* the kernel, at each access */
};

/* Memory that exists. */
struct store {
	struct tenon_plan *plan;           /* NULL: imported */
	struct tenon_layout *own_layout;   /* of imports, and of a heap's own allocator */
	const struct tenon_layout *layout; /* NULL: there is no memory */
	struct tenon_memory *objects[TENON_MAX_PLANES];
	size_t objects_len;
	uint64_t first[TENON_MAX_PLANES];  /* bytes before what is mapped: whole pages */
	uint64_t mapped[TENON_MAX_PLANES]; /* bytes from there on */
	void *maps[TENON_MAX_PLANES];
	uint32_t map_access; /* what the mappings allow; 0: not mapped */
};

/* Which file a memory object is. */
struct object_key {
	dev_t dev;
	ino_t ino;
	uint64_t start, end; /* bytes of it that the buffer occupies */
	/* In the context's register: */
	struct tenon_buffer *buffer;
	struct object_key *next;
};

struct buffer_data {
	const void *key;
	void *data;
	void (*destroy)(void *data);
	struct buffer_data *next;
};

struct tenon_attachment {
	struct tenon_buffer *buffer; /* a reference */
	struct tenon_offer *offer;   /* a reference */
	uint32_t roles;
	uint32_t use;   /* accesses the device has begun; 0: none */
	bool beginning; /* somebody waits in tenon_attachment_begin() */
	struct tenon_attachment *next;
};

struct fence;

struct tenon_buffer {
	/* What tenon_access_prepare() needs when nothing is due comes first. */
	struct lock access;
	_Atomic uint32_t ready;
	/* What struct tenon_access is given: NULL and 0 for planes the format does not have. Valid
	 * while READY_MAPPED; changed only by who holds `access` alone. */
	struct buffer_view {
		void *data[TENON_MAX_PLANES];
		uint32_t pitch[TENON_MAX_PLANES];
	} view;
	uint64_t id; /* unique in the process: the order in which sets are taken */
	uint32_t width, height;

	atomic_uint refs;
	struct tenon_context *context; /* a reference */
	char *name;
	uint32_t flags; /* enum tenon_buffer_flags */
	bool imported;

	pthread_mutex_t mutex; /* of everything below */
	uint32_t *formats;
	size_t formats_len;
	uint64_t *modifiers;
	size_t modifiers_len;
	struct tenon_limits *limits; /* the caller's, and own-fd unless TENON_BUFFER_PRIVATE */
	struct tenon_attachment *attachments;
	struct tenon_plan *plan;       /* of what would be allocated; NULL: to be made anew */
	struct tenon_heap_info *heaps; /* what it was made with; NULL: to be asked */
	size_t heaps_len;
	/* Why what a heap laid out itself was not taken when memory was last wanted; or NULL. */
	struct tenon_conflict *conflict;
	bool linear_only; /* while no heap is to lay it out */
	struct store store;
	struct buffer_data *data;
	size_t windows_len;
	bool exported;
	bool proven;          /* tenon_buffer_set_proven() */
	struct fence *fences; /* fence.h */

	/* cache.h */
	enum cache_mode cache_mode;
	uint32_t cache_open;    /* accesses for which a bracket of the kernel's is open */
	bool cache_touched;     /* the CPU has been at this memory */
	bool cache_unbracketed; /* the CPU may have written while no bracket was needed */
	bool cache_stale;       /* a device has written what the CPU's caches may not show */

	/* Of the context's register, under its lock: */
	struct object_key keys[TENON_MAX_PLANES];
	bool registered;
};

/* buffer.c */

/* A buffer with nothing but its locks, name and flags, or -ENOMEM. */
int buffer_create_bare(
	struct tenon_buffer **out, struct tenon_context *context, const char *name, uint32_t flags);

/* Frees it; nobody may use it any more. */
void buffer_release(struct tenon_buffer *buffer);

/* What lock_drop() leaves to do. */
void buffer_after_drop(struct tenon_buffer *buffer, uint32_t left);

/* Whether some thread's CPU access is under way, as far as can be seen. */
bool buffer_is_prepared(struct tenon_buffer *buffer);

/* attach.c; all with the mutex */

/*
 * The plan for everybody attached and some more. only: not NULL, restricts it to the format and
 * modifier of this layout. Returns as tenon_plan_create().
 */
int buffer_make_plan(struct tenon_buffer *buffer, const struct tenon_participant *more,
	size_t more_len, const struct tenon_layout *only, struct tenon_plan **out,
	struct tenon_conflict **conflict);

/*
 * The same of a buffer without memory, with what heaps said when it was first planned: asking them
 * takes longer than planning, and a buffer is planned once for each who takes part. more: one, or
 * NULL.
 */
int buffer_plan_ahead(struct tenon_buffer *buffer, const struct tenon_participant *more,
	struct tenon_plan **out, struct tenon_conflict **conflict);

/* The next plan is to ask the heaps. */
void buffer_forget_heaps(struct tenon_buffer *buffer);

/* Adds somebody who is known to fit: the attachment, or NULL when memory is out. */
struct tenon_attachment *buffer_add(
	struct tenon_buffer *buffer, const struct tenon_participant *participant);

/*
 * Why no heap of a plan can be had: -EACCES or -ENOMEM when there would be one that refuses, or is
 * used up; else -ENODEV.
 */
int buffer_why_no_heap(struct tenon_buffer *buffer);

/* Makes buffer->plan if it is to be made anew: 0, or what tenon_plan_create() returns. */
int buffer_ensure_plan(struct tenon_buffer *buffer);

/* late.c; with the mutex */

/* Whether a device can use the memory that exists: 0, TENON_CONFLICT and the conflict, -errno. */
int buffer_check_late(struct tenon_buffer *buffer, const struct tenon_participant *late,
	struct tenon_conflict **conflict);

/* The same of memory that is no buffer's yet, under its heap's name. */
int store_check(const struct store *store, const struct tenon_participant *participant,
	struct tenon_conflict **conflict);

/* picture.c; with the mutex */

/*
 * Has the plan's i-th heap lay the picture out, in a way that suits everybody attached. Returns 0;
 * -ENOTSUP when it has no such way, and buffer->conflict then says who is in the way, if somebody
 * is; or an error of tenon_heap_allocate_picture().
 */
int picture_allocate(struct tenon_buffer *buffer, struct store *store,
	const struct tenon_plan *plan, size_t i, struct tenon_heap *heap);

/* store.c; with the mutex */

/* Gets memory for a plan, which is taken over on success. Returns as tenon_buffer_allocate(). */
int store_allocate(struct tenon_buffer *buffer, struct store *store, struct tenon_plan *plan);

/* Maps all of it. */
int store_map(struct store *store, uint32_t access);

void store_unmap(struct store *store);

/* Unmaps and releases; all zero afterwards. */
void store_finish(struct store *store);

/* The bytes of a memory object that planes occupy. */
void store_get_extent(const struct store *store, size_t object, uint64_t *start, uint64_t *end);

/* The address of a plane's first byte. The store must be mapped. */
char *store_get_plane(const struct store *store, size_t plane);

/* Allocates unless that is done. */
int buffer_ensure_memory(struct tenon_buffer *buffer);

/* Allocates and maps for these accesses unless that is done. */
int buffer_ensure_mapped(struct tenon_buffer *buffer, uint32_t access);

/* Puts memory in; the store is taken over. */
void buffer_set_store(struct tenon_buffer *buffer, struct store *store);

/* move.c; with the mutex and `access` alone */

/* Moves to memory of a plan, contents kept; the plan is taken over on success. */
int buffer_move(struct tenon_buffer *buffer, struct tenon_plan *plan);

#endif
