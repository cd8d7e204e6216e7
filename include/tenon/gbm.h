/* SPDX-License-Identifier: MIT */
#ifndef TENON_GBM_H
#define TENON_GBM_H

/*
 * For programs over libgbm that want to say more than GBM can: buffers under constraints of their
 * own, CPU access in brackets, and why a bo is as it is. The programs link libtenon-gbm; the bos
 * must be of a device whose backend is Tenon's (GBM_BACKEND=tenon).
 *
 * Threads: as libgbm. A device may be used from several threads at once, a bo by one at a time.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tenon/access.h>
#include <tenon/buffer.h>
#include <tenon/common.h>
#include <tenon/constraint.h>

struct gbm_backend;
struct gbm_bo;
struct gbm_core;
struct gbm_device;

TENON_BEGIN_DECLS

/**
 * Whether a device's backend is Tenon's.
 */
TENON_EXPORT bool tenon_gbm_is_tenon(struct gbm_device *device);

/**
 * For tenon_gbm.so, which libgbm loads: the backend, as libgbm asks for it. Programs have no use
 * for it.
 *
 * Returns a constant.
 */
TENON_EXPORT const struct gbm_backend *tenon_gbm_get_backend(const struct gbm_core *core);

/** What a bo is to be, beside what gbm_bo_create() is told. */
struct tenon_gbm_options {
	size_t size; /* sizeof(struct tenon_gbm_options) */
	/* Who will touch the bo, beside the devices the backend knows of. */
	const struct tenon_participant *participants;
	size_t participants_len;
	const struct tenon_limits *limits; /* the caller's own; NULL: none */
	const uint64_t *modifiers;         /* as gbm_bo_create_with_modifiers2(); NULL: any */
	size_t modifiers_len;
	/* Leave out the devices the backend knows of (TENON_DEVICES, tenon.ini, the outputs). */
	bool only_these;
};

/**
 * Create a bo as gbm_bo_create() does, under more constraints. It is always Tenon's memory: where
 * that cannot be, the call fails and does not fall back to Mesa's allocation.
 *
 * Returns 0 and writes *out: the caller owns the bo and must release it with gbm_bo_destroy().
 * TENON_CONFLICT when the devices cannot agree: *conflict, unless conflict is NULL, says why, and
 * the caller must release it with tenon_conflict_destroy(). -EINVAL when the device is not of
 * Tenon's backend, or width, height or format make no sense; -ENODEV when no heap's memory passes
 * the device (TENON_DEBUG=2 tells which stage refused); -ENOMEM; as tenon_buffer_create() and
 * tenon_buffer_allocate().
 */
TENON_EXPORT int tenon_gbm_bo_create(struct gbm_bo **out, struct gbm_device *device, uint32_t width,
	uint32_t height, uint32_t format, uint32_t usage, const struct tenon_gbm_options *options,
	struct tenon_conflict **conflict);

/**
 * The Tenon buffer behind a bo, or NULL when its memory is Mesa's own or of another backend.
 * Borrowed: valid until gbm_bo_destroy(); take a reference to keep it longer.
 */
TENON_EXPORT struct tenon_buffer *tenon_gbm_bo_get_buffer(struct gbm_bo *bo);

/**
 * Why a bo is as it is, in one line without newline: what was asked, for which devices, what they
 * need together, heap, what the device said to it, layout. NULL when the bo is of another backend.
 * Borrowed: valid until gbm_bo_destroy().
 */
TENON_EXPORT const char *tenon_gbm_bo_get_text(struct gbm_bo *bo);

/**
 * Prepare a bo for the CPU: tenon_access_prepare() for its buffer. access->buffer is filled in;
 * flags and rect are the caller's.
 *
 * Returns as tenon_access_prepare(), or -ENOTSUP when the memory is not Tenon's.
 */
TENON_EXPORT int tenon_gbm_bo_prepare(
	struct gbm_bo *bo, struct tenon_access *access, int timeout_ms);

/**
 * Undo tenon_gbm_bo_prepare(). Returns as tenon_access_finish().
 */
TENON_EXPORT int tenon_gbm_bo_finish(struct gbm_bo *bo, struct tenon_access *access);

TENON_END_DECLS

#endif
