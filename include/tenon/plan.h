/* SPDX-License-Identifier: MIT */
#ifndef TENON_PLAN_H
#define TENON_PLAN_H

/*
 * The decision: which format, modifier, layout and memory serve a set of devices; or why none do.
 *
 * Planning opens nothing and allocates nothing: heaps are given as descriptions, so a plan can be
 * made for another machine than this one. A plan never changes once made and may be read by any
 * number of threads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>
#include <tenon/constraint.h>
#include <tenon/format.h>

TENON_BEGIN_DECLS

/** Whether a heap can be had here and now. */
enum tenon_availability {
	TENON_AVAILABLE = 0,
	TENON_ABSENT,    /* no such node, no such kernel feature */
	TENON_REFUSED,   /* it is there, this process may not use it */
	TENON_EXHAUSTED, /* it is there and has no memory left */
};

/** What is known of a heap's, or a buffer's, contiguity. Never claimed: assured or proven. */
enum tenon_contiguity {
	TENON_CONTIGUITY_UNKNOWN = 0,
	TENON_CONTIGUITY_NONE,     /* scattered, as far as is known */
	TENON_CONTIGUITY_PROVABLE, /* a heap's: each allocation is proven or refused */
	TENON_CONTIGUITY_PROVEN,   /* a buffer's: seen in pagemap, or accepted by a strict device */
	TENON_CONTIGUITY_ASSURED,  /* the heap gives nothing else */
};

/** What a heap offers. A name and availability are enough; 0 means as the comment says. */
struct tenon_heap_info {
	size_t size; /* sizeof(struct tenon_heap_info) */
	char name[64];
	enum tenon_availability availability;
	char reason[256]; /* why it is not available: node, owner, mode; else empty */
	enum tenon_contiguity contiguity;
	uint32_t cache;      /* mask of enum tenon_cache a mapping has; 0: unknown */
	uint32_t protection; /* mask of enum tenon_protection; 0: none */
	uint32_t scarcity;   /* 0 is plentiful; heaps of lower scarcity are tried first */
	/* 0 or UINT64_MAX: unknown. A heap that has nothing left is TENON_EXHAUSTED. */
	uint64_t free_bytes;
	uint64_t total_bytes;
	uint64_t max_bytes;   /* greatest single allocation; 0: no limit of its own */
	uint64_t granularity; /* sizes are rounded up to this; 0: page size */
	uint64_t base_align;  /* least alignment of an allocation's address; 0: a page */
	/*
	 * Where its memory lies, inclusive; a maximum of 0: unknown. Devices that cannot reach all
	 * addresses get memory of a heap whose addresses are known to be within reach, or of one
	 * that proves each allocation (TENON_CONTIGUITY_PROVABLE), which then looks at the
	 * addresses, too, and refuses what is out of reach.
	 */
	uint64_t address_min;
	uint64_t address_max;
	bool dmabuf;           /* its fds are dma-bufs */
	bool mappable;         /* the CPU may map it */
	bool own_fd;           /* each allocation has its own fd and starts at offset 0 */
	uint32_t segment_size; /* bytes physically contiguous at least; 0: a page */
	/*
	 * Tiled and compressed layouts that this heap's own allocator makes: it decides pitches and
	 * sizes, so they are known only when a buffer has been allocated. A format may be
	 * TENON_FORMAT_ANY. Borrowed: the heap's, as long as it lives.
	 */
	const struct tenon_format_modifier *lays_out;
	size_t lays_out_len;
	bool lays_out_only; /* it gives no memory for layouts that others make */
};

struct tenon_plan;
struct tenon_split;

/** What to plan. Zeroed members mean what their comment says. */
struct tenon_plan_options {
	size_t size;             /* sizeof(struct tenon_plan_options) */
	uint32_t width, height;  /* pixels */
	const uint32_t *formats; /* DRM fourccs, best first; NULL: whatever the devices share */
	size_t formats_len;
	const uint64_t *modifiers; /* best first; NULL: whatever the devices share */
	size_t modifiers_len;
	const struct tenon_participant *participants;
	size_t participants_len;
	/*
	 * Array; NULL: plan without choosing memory. Elements lie as far apart as the first one's
	 * `size` says.
	 */
	const struct tenon_heap_info *heaps;
	size_t heaps_len;
	const struct tenon_limits *limits; /* the caller's own, for all pairs; NULL: none */
	/*
	 * What a plan or its conflict may take, in units of some 50 ns, for those who plan with
	 * offers that come from elsewhere: what takes more is -E2BIG. Counted, not timed: the same
	 * options always come to the same result. 0: no bound but those of tenon_merge_create(),
	 * with which some offers take a second.
	 */
	size_t work_max;
};

/**
 * Plan a buffer: among what all participants accept, what has memory here; then the format and
 * modifier that come first in the options' lists (without a list of formats, the one that most
 * hardware takes; without one of modifiers, tiled layouts before linear ones, as they are faster);
 * then the memory that somebody prefers, else the least scarce; then the fewest bytes. When no heap
 * that satisfies is available, the plan is made all the same: tenon_plan_get_heap() is NULL, and
 * tenon_plan_get_text() says what memory it needs and why each heap is ruled out.
 *
 * Tiled and compressed layouts are planned where an available heap lays them out (struct
 * tenon_heap_info). Then the format and the modifier are decided and the planes are not: the
 * plan's layout has none, and the heap's allocator has its say when it allocates. Which modifiers
 * it may choose from is in tenon_plan_dup_modifiers().
 *
 * The plan keeps copies and references of all it needs: what the options point to may be released.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_plan_destroy(). TENON_CONFLICT when the participants cannot agree: if conflict is not
 * NULL, *conflict says who, what and which values; the caller owns it and must release it with
 * tenon_conflict_destroy(). The caller's own limits take part under the name "caller". -EINVAL when
 * width or height is 0, a format is not known, an offer is NULL or the limits contradict
 * themselves; -E2BIG as tenon_merge_create(); -EOVERFLOW when width x height x pitch does not fit;
 * -ENOTSUP when all that is left are modifiers that neither Tenon nor a heap here can lay out;
 * -ENOMEM.
 */
TENON_EXPORT int tenon_plan_create(struct tenon_plan **out,
	const struct tenon_plan_options *options, struct tenon_conflict **conflict);

/**
 * Release a plan. NULL is a no-op.
 */
TENON_EXPORT void tenon_plan_destroy(struct tenon_plan *plan);

/**
 * The layout; without planes (tenon_layout_get_planes_len() is 0) where the heap's own allocator
 * decides it. Borrowed: valid until tenon_plan_destroy().
 */
TENON_EXPORT const struct tenon_layout *tenon_plan_get_layout(const struct tenon_plan *plan);

/**
 * What the memory must satisfy: the merged limits the layout was made within. Borrowed: valid
 * until tenon_plan_destroy().
 */
TENON_EXPORT const struct tenon_limits *tenon_plan_get_limits(const struct tenon_plan *plan);

/**
 * Name of the i-th best heap: 0 is the choice, the next is for when that one is out of memory.
 * NULL from the first that does not exist. Borrowed: valid until tenon_plan_destroy().
 */
TENON_EXPORT const char *tenon_plan_get_heap(const struct tenon_plan *plan, size_t i);

/**
 * The modifiers that would do with the plan's format in memory of its i-th best heap, best first:
 * what an allocator that chooses the layout itself may choose from. What it made must still be held
 * against what the devices need of that modifier. For a linear plan: LINEAR alone.
 *
 * Returns 0 and writes *out, an array of *len: the caller owns it and must release it with free().
 * -EINVAL when there is no such heap; -ENOMEM.
 */
TENON_EXPORT int tenon_plan_dup_modifiers(
	const struct tenon_plan *plan, size_t i, uint64_t **out, size_t *len);

/**
 * Whether some participant needs the buffer contiguous (fewer segments than pages).
 */
TENON_EXPORT bool tenon_plan_needs_contiguous(const struct tenon_plan *plan);

/**
 * What contiguity the chosen heap gives: assured, provable or unknown.
 */
TENON_EXPORT enum tenon_contiguity tenon_plan_get_contiguity(const struct tenon_plan *plan);

/**
 * Who asked for a value of the plan; as tenon_merge_dup_askers().
 */
TENON_EXPORT const char **tenon_plan_dup_askers(
	const struct tenon_plan *plan, enum tenon_property property, uint32_t plane);

/**
 * Where a device found what it says of a property; as tenon_merge_find_source(). Borrowed: valid
 * until tenon_plan_destroy().
 */
TENON_EXPORT const char *tenon_plan_find_source(
	const struct tenon_plan *plan, enum tenon_property property, const char *device);

/** A heap, format or modifier the plan did not take, and why. */
struct tenon_ruled_out {
	const char *what;   /* "heap system", "format NV12", "modifier ..." */
	const char *why;    /* a sentence without full stop */
	const char *device; /* who ruled it out; NULL: the heap or the machine itself */
};

/**
 * Read the i-th thing ruled out: formats that were asked for and would have come before the one
 * taken, modifiers, heaps. Borrowed: valid until tenon_plan_destroy().
 *
 * Returns 0; -EINVAL when there are no more; -ENOMEM.
 */
TENON_EXPORT int tenon_plan_get_ruled_out(
	const struct tenon_plan *plan, size_t i, struct tenon_ruled_out *out);

/**
 * The plan explained for a person: several lines, what was chosen and why, what was ruled out and
 * by whom. Never NULL: without memory for it, it says so. Borrowed: valid until
 * tenon_plan_destroy().
 */
TENON_EXPORT const char *tenon_plan_get_text(const struct tenon_plan *plan);

/**
 * When no single buffer serves all: which participants share which buffer, so that the fewest
 * bytes are copied between buffers. Options are as for tenon_plan_create(). The first participant
 * is where the picture comes from: its buffer is copied to each other one. A buffer that no heap
 * here has memory for is avoided, even at the price of a copy. Where the bytes copied are the same,
 * fewer copies change the format, then there are fewer buffers, then they are smaller. Up to
 * 6 participants the result is the best there is; beyond it is good but may not be the best.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_split_destroy(). One buffer that serves all is a split into one. TENON_CONFLICT when some
 * participant cannot be served even alone. Other errors as tenon_plan_create().
 */
TENON_EXPORT int tenon_split_create(struct tenon_split **out,
	const struct tenon_plan_options *options, struct tenon_conflict **conflict);

/**
 * Release a split. NULL is a no-op.
 */
TENON_EXPORT void tenon_split_destroy(struct tenon_split *split);

/**
 * Number of buffers.
 */
TENON_EXPORT size_t tenon_split_get_buffers_len(const struct tenon_split *split);

/**
 * The plan of buffer i, or NULL when there is no such buffer. Borrowed: valid until
 * tenon_split_destroy().
 */
TENON_EXPORT const struct tenon_plan *tenon_split_get_plan(
	const struct tenon_split *split, size_t i);

/**
 * Which buffer participant i uses; SIZE_MAX when there is no such participant.
 */
TENON_EXPORT size_t tenon_split_get_buffer_of(const struct tenon_split *split, size_t participant);

/**
 * Bytes copied for each frame, all copies together.
 */
TENON_EXPORT uint64_t tenon_split_get_copied_bytes(const struct tenon_split *split);

TENON_END_DECLS

#endif
