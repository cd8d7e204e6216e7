/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONTEXT_H
#define TENON_CONTEXT_H

/*
 * What buffers of one program share: the heaps memory may come from, the table of devices, the
 * settings (tenon.ini), the messages, and the register by which a dma-buf that comes in twice is
 * one buffer.
 *
 * Threads: every function may be called from any thread at any time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>
#include <tenon/config.h>
#include <tenon/constraint.h>
#include <tenon/heap.h>
#include <tenon/log.h>
#include <tenon/plan.h>

TENON_BEGIN_DECLS

struct tenon_context;
struct tenon_device_table;

/** How to make a context; zeroed members mean what their comment says. */
struct tenon_context_options {
	size_t size;           /* sizeof(struct tenon_context_options) */
	tenon_log_handler log; /* NULL: to stderr */
	void *log_data;        /* passed to log */
	/* The level of tenon.ini and that of $TENON_DEBUG count, too: the highest wins. */
	enum tenon_log_level log_level;
	const char *config_path;  /* tenon.ini; NULL: the usual one, as tenon_config_load() */
	const char *device_table; /* a file read after the usual ones; NULL: none */
	bool no_config;           /* read no tenon.ini */
	bool no_heaps;            /* begin without heaps: for those of tenon_context_add_heap() */
};

/**
 * Create a context. options may be NULL: the defaults. The built-in heaps are opened; one that is
 * absent or refused stays listed with the reason.
 *
 * The caller owns the result and must release it with tenon_context_unref(). Buffers hold a
 * reference of their own. Returns 0; -EINVAL when options->size is not one the library knows, or
 * a heap the settings name does not exist; as tenon_config_load() when tenon.ini cannot be read (a
 * message says file, line and what was expected); -ENOMEM.
 */
TENON_EXPORT int tenon_context_create(
	struct tenon_context **out, const struct tenon_context_options *options);

/**
 * Take another reference. Returns its argument.
 */
TENON_EXPORT struct tenon_context *tenon_context_ref(struct tenon_context *context);

/**
 * Drop a reference; the last one frees the context and its heaps. NULL is a no-op.
 */
TENON_EXPORT void tenon_context_unref(struct tenon_context *context);

/**
 * Replace the message handler and level. handler NULL restores the default: stderr.
 */
TENON_EXPORT void tenon_context_set_log(struct tenon_context *context, tenon_log_handler handler,
	enum tenon_log_level level, void *data);

/**
 * Write a message through the context's handler, if its level is let through. errno is kept.
 */
TENON_EXPORT void tenon_context_log(struct tenon_context *context, enum tenon_log_level level,
	const char *fmt, ...) TENON_PRINTF(3, 4);

/**
 * Add a heap: an application's own, or a region (heap.h). It is tried by its scarcity, as all
 * others are. Takes a reference.
 *
 * Returns 0, -EEXIST when there is a heap of that name, -ENOMEM.
 */
TENON_EXPORT int tenon_context_add_heap(struct tenon_context *context, struct tenon_heap *heap);

/**
 * Number of heaps.
 */
TENON_EXPORT size_t tenon_context_get_heaps_len(struct tenon_context *context);

/**
 * Heap i, or NULL when there is no such heap. Borrowed: valid until the context is freed.
 */
TENON_EXPORT struct tenon_heap *tenon_context_get_heap(struct tenon_context *context, size_t i);

/**
 * The heap of a name, or NULL. Borrowed: valid until the context is freed.
 */
TENON_EXPORT struct tenon_heap *tenon_context_find_heap(
	struct tenon_context *context, const char *name);

/**
 * Ask every heap what it offers now, in the form tenon_plan_create() takes.
 *
 * Returns 0 and writes *out and *len: the caller owns the array and must release it with free().
 * -ENOMEM.
 */
TENON_EXPORT int tenon_context_dup_heap_infos(
	struct tenon_context *context, struct tenon_heap_info **out, size_t *len);

/**
 * The device table (device.h): the usual one and what the options name. It is read at the first
 * call and not changed afterwards, so any number of threads may read it.
 *
 * Returns 0 and writes *out. Borrowed: valid until the context is freed. As
 * tenon_device_table_load() when the table cannot be read (a message says where); -ENOMEM.
 */
TENON_EXPORT int tenon_context_get_device_table(
	struct tenon_context *context, const struct tenon_device_table **out);

/**
 * The offer of a device, by its name in the device table (device.h), such as "mxsfb-drm". The
 * table is read at the first call.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_offer_unref(). -ENOENT when the table does not know the name; as tenon_device_table_load()
 * when the table cannot be read (a message says where); -ENOMEM.
 */
TENON_EXPORT int tenon_context_find_device(
	struct tenon_context *context, const char *name, struct tenon_offer **out);

/**
 * The settings in force. Borrowed: valid until the context is freed.
 */
TENON_EXPORT const struct tenon_config *tenon_context_get_config(struct tenon_context *context);

/**
 * Make a plan with the context's heaps: tenon_plan_create() with heaps filled in when
 * options->heaps is NULL. Returns as that function does.
 */
TENON_EXPORT int tenon_context_plan(struct tenon_context *context, struct tenon_plan **out,
	const struct tenon_plan_options *options, struct tenon_conflict **conflict);

TENON_END_DECLS

#endif
