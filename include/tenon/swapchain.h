/* SPDX-License-Identifier: MIT */
#ifndef TENON_SWAPCHAIN_H
#define TENON_SWAPCHAIN_H

/*
 * Several buffers that take turns: one is painted while others are shown.
 *
 *	free --acquire--> painted --submit--> shown --release--> free
 *	                  painted --cancel--> free
 *
 * Buffers are made at their first acquire. When the devices change, or the size, the chain goes
 * over at the next acquire; old buffers stay valid until they are released.
 *
 * Threads: every function may be called from any thread.
 */

#include <stddef.h>
#include <stdint.h>

#include <tenon/buffer.h>
#include <tenon/common.h>
#include <tenon/constraint.h>
#include <tenon/context.h>
#include <tenon/plan.h>

TENON_BEGIN_DECLS

/** Greatest number of buffers in a chain. */
#define TENON_SWAPCHAIN_MAX 16

struct tenon_swapchain;

/** How to make a chain; zeroed members mean what their comment says. */
struct tenon_swapchain_options {
	size_t size;                                  /* sizeof(struct tenon_swapchain_options) */
	uint32_t buffers_len;                         /* 1 to TENON_SWAPCHAIN_MAX; 0: 3 */
	struct tenon_buffer_options buffer;           /* what each buffer is */
	const struct tenon_participant *participants; /* who uses them */
	size_t participants_len;
	/* Makes a buffer instead of tenon_buffer_create(), for memory that a peer allocates. It
	 * must satisfy plan; its reference goes to the chain. Returns 0 or a negative errno. It
	 * must not use the chain. NULL: the context's heaps. */
	int (*make)(void *data, const struct tenon_plan *plan, struct tenon_buffer **out);
	void *make_data;
};

/** A buffer to paint. */
struct tenon_swapchain_image {
	struct tenon_buffer *buffer; /* borrowed: valid until it is submitted and released */
	/* How many frames ago its contents were the newest: 1 is the last frame submitted; 0: the
	 * contents are undefined. */
	uint32_t age;
	/* What has been submitted since its contents were the newest: this, and what is new in
	 * the next frame, has to be painted. The whole picture when age is 0. Borrowed: valid
	 * until the buffer is submitted or cancelled. */
	const struct tenon_rect *damage;
	size_t damage_len;
	/* Counts the changes of devices and size; the buffers of different generations may differ
	 * in format, layout, heap and size. */
	uint64_t generation;
};

/**
 * Create a chain. Plans, but allocates nothing.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_swapchain_destroy(). TENON_CONFLICT when the participants cannot agree: *conflict, unless
 * conflict is NULL, says why; the caller owns it. -EINVAL on too many buffers; as
 * tenon_buffer_create().
 */
TENON_EXPORT int tenon_swapchain_create(struct tenon_swapchain **out, struct tenon_context *context,
	const struct tenon_swapchain_options *options, struct tenon_conflict **conflict);

/**
 * Release a chain. Buffers that are still painted or shown live as long as somebody else holds a
 * reference to them. The caller must not use the chain from another thread any more. NULL is a
 * no-op.
 */
TENON_EXPORT void tenon_swapchain_destroy(struct tenon_swapchain *chain);

/**
 * Replace the devices and, unless width is 0, the size. The buffers at hand stay if they satisfy
 * the new plan as they are; if not, each next acquire gives a new one, and the old ones go when
 * they are released: no frame is missed.
 *
 * Returns 0. TENON_CONFLICT when the new devices cannot agree: the chain goes on as it was, and
 * *conflict, unless conflict is NULL, says why. Errors as tenon_swapchain_create(): the chain goes
 * on as it was.
 */
TENON_EXPORT int tenon_swapchain_change(struct tenon_swapchain *chain,
	const struct tenon_participant *participants, size_t participants_len, uint32_t width,
	uint32_t height, struct tenon_conflict **conflict);

/**
 * The plan of the buffers to come. Borrowed: valid until tenon_swapchain_change() or
 * tenon_swapchain_destroy().
 */
TENON_EXPORT const struct tenon_plan *tenon_swapchain_get_plan(struct tenon_swapchain *chain);

/**
 * The attachment of participant i to a buffer of the chain, for tenon_attachment_begin() and
 * _end(); NULL when there is no such buffer or participant. Borrowed: valid until
 * tenon_swapchain_change(), or until the buffer leaves the chain.
 */
TENON_EXPORT struct tenon_attachment *tenon_swapchain_get_attachment(
	struct tenon_swapchain *chain, const struct tenon_buffer *buffer, size_t i);

/**
 * Take a buffer to paint: the free one shown last, so that the least has to be repainted. Waits
 * for one at most timeout_ms milliseconds (-1: without limit; 0: not at all).
 *
 * Returns 0 and writes *image, whose buffer is allocated; -ETIMEDOUT when none came free; as
 * tenon_buffer_allocate(). When memory for a new generation is out while old buffers are still
 * shown, it waits for them to be released, too.
 */
TENON_EXPORT int tenon_swapchain_acquire(
	struct tenon_swapchain *chain, struct tenon_swapchain_image *image, int timeout_ms);

/**
 * Show a painted buffer: it is the newest frame. damage is where it differs from the frame before;
 * NULL or an all-zero rectangle: everywhere. Rectangles are clipped to the picture.
 *
 * Returns 0, or -ENOENT when the buffer is not being painted.
 */
TENON_EXPORT int tenon_swapchain_submit(struct tenon_swapchain *chain, struct tenon_buffer *buffer,
	const struct tenon_rect *damage, size_t damage_len);

/**
 * Give a painted buffer back without showing it. Its contents count as undefined.
 *
 * Returns 0, or -ENOENT when the buffer is not being painted.
 */
TENON_EXPORT int tenon_swapchain_cancel(struct tenon_swapchain *chain, struct tenon_buffer *buffer);

/**
 * Say that a submitted buffer is not shown or read any more.
 *
 * Returns 0, or -ENOENT when the buffer is not shown.
 */
TENON_EXPORT int tenon_swapchain_release(
	struct tenon_swapchain *chain, struct tenon_buffer *buffer);

TENON_END_DECLS

#endif
