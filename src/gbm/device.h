/* SPDX-License-Identifier: MIT */
#ifndef TENON_GBM_DEVICE_H
#define TENON_GBM_DEVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/access.h>
#include <tenon/buffer.h>
#include <tenon/context.h>
#include <tenon/drm.h>
#include <tenon/gbm.h>

#include "gbm/abi.h"

/* Most devices that a bo is made for, and most refusals that are remembered. */
#define TG_PARTICIPANTS_MAX 16
#define TG_REFUSALS_MAX 64

/* The name of the heap of Mesa's own allocator. */
#define TG_MESA_HEAP "mesa"

/*
 * Memory that this device does not take, found by trying: a heap's, for whatever is laid out
 * linear, or only as this picture.
 */
struct tg_refusal {
	char heap[64];
	bool whole_heap;
	uint32_t width, height, format, usage;
	uint64_t modifier;
	const char *stage; /* a constant string */
	int error;         /* negative errno */
};

/* What the heaps said, and when. */
struct tg_recent {
	struct tenon_heap_info *heaps; /* NULL: they have not been asked */
	size_t len;
	size_t pairs_len; /* how much Mesa's allocator laid out by then */
	int64_t at_ms;
};

/*
 * One GBM device. The program holds a struct gbm_device that Mesa made, whose entries were replaced
 * by ours, or, free-standing, one of our own.
 */
struct tg_device {
	struct gbm_device *gbm;
	struct gbm_device_v0 mesa; /* Mesa's entries as they were; zeroed: free-standing */
	struct gbm_device_v1 mesa1;
	struct tenon_context *context;
	int fd;          /* the program's; after the device was destroyed a duplicate */
	bool fd_is_ours; /* it is that duplicate */
	bool drm;        /* fd is a DRM node */
	struct tenon_drm_device *drm_device; /* if it is; for probes */
	bool software;                       /* Mesa draws on the CPU here, through MAP_DUMB */
	bool strict;                         /* TENON_STRICT */
	char driver[64];
	struct tg_mesa_heap *mesa_heap; /* the context's; NULL: free-standing */
	/* Whom bos are made for; roles 0: those the usage asks for, as far as offered. */
	struct tenon_participant participants[TG_PARTICIPANTS_MAX];
	size_t participants_len;
	size_t own_len; /* the first of them: the device itself, and software GL if that draws */
	/* The display of a device that only renders, the GPU of one that only shows; or NULL. */
	struct tenon_offer *partner;
	uint32_t partner_role;

	pthread_mutex_t lock;                        /* the members below */
	struct tg_refusal refusals[TG_REFUSALS_MAX]; /* when full, the oldest makes place */
	size_t refusals_len, refusals_next;
	/* participants[0] with what Mesa lays out on it, as far as it was asked; NULL: nothing */
	struct tenon_offer *self;
	size_t self_pairs_len;
	struct tg_recent recent;
	bool fallback_said;

	/* under the registry's lock */
	size_t bos;     /* bos and surfaces that live */
	bool destroyed; /* by the program; freed with the last of those */
	struct tg_device *next;
};

/* A map of a bo that is in force: what bo_map hands out as map_data. */
struct tg_map {
	struct tenon_access access;
	struct tg_map *next;
};

struct tg_bo {
	struct gbm_bo own;  /* what the program holds, if the bo is not Mesa's; is the first */
	struct gbm_bo *gbm; /* what the program holds: &own or Mesa's */
	struct tg_device *device;
	struct tenon_buffer *buffer; /* NULL: memory of Mesa's own */
	struct tenon_attachment *attachments[TG_PARTICIPANTS_MAX];
	size_t attachments_len;
	/* GEM handles of the objects, on DRM nodes; NULL where the bo is Mesa's */
	struct tenon_drm_import *imports[TENON_MAX_PLANES];
	char *text; /* tenon_gbm_bo_get_text() */
	struct tg_map *maps;
	struct tg_bo *next; /* registry */
};

/* What is asked for. */
struct tg_request {
	uint32_t width, height, format, usage;
	const uint64_t *modifiers; /* NULL: any */
	size_t modifiers_len;
	const struct tenon_gbm_options *options; /* NULL: none */
};

/* registry.c: which gbm_device and gbm_bo are ours. */
void tg_registry_add_device(struct tg_device *device);
struct tg_device *tg_registry_find_device(const struct gbm_device *gbm);
void tg_registry_add_bo(struct tg_bo *bo);
struct tg_bo *tg_registry_find_bo(const struct gbm_bo *gbm);
/* Takes a bo out; NULL when it is not ours. The caller then releases it with tg_registry_drop(). */
struct tg_bo *tg_registry_take_bo(const struct gbm_bo *gbm);
/* One bo or surface more, or less; true when the device was destroyed and this was the last. */
void tg_registry_hold(struct tg_device *device);
bool tg_registry_drop(struct tg_device *device);
/* The program destroys the device: true when nothing of it lives and it can be freed now. */
bool tg_registry_destroy_device(struct tg_device *device);

/* backend.c */
void tg_device_free(struct tg_device *device);
uint32_t tg_canonical_format(uint32_t format);

/* refuse.c: a device that fails with a negative errno whatever is asked; NULL without memory. */
struct gbm_device *tg_refuse_device(int fd, uint32_t version, int error);

/* identify.c: what device this is, and the heap of its own memory. 0 or a negative errno. */
int tg_identify(struct tg_device *device);
int tg_heaps_init(struct tg_device *device);
/* Whether Mesa has no hardware driver for it, render node or not. */
bool tg_is_virtual(const char *driver);
/* Whether a variable says 1, or anything that does not mean no. */
bool tg_is_set(const char *variable);
/* Of memory that the device's driver allocates. */
enum tenon_contiguity tg_own_contiguity(struct tg_device *device);

/* mesa_heap.c: Mesa's allocator as a heap. Nothing is done where there is no Mesa. */
int tg_mesa_heap_init(struct tg_device *device);
/* Ask Mesa about the layouts that a request could be in. */
void tg_mesa_heap_learn(struct tg_device *device, const struct tg_request *request);
/* What it has been found to lay out; valid as long as the device. */
size_t tg_mesa_heap_get_pairs(struct tg_device *device, const struct tenon_format_modifier **pairs);
/* What this thread allocates for from now on; NULL: nothing. */
void tg_mesa_heap_set_request(const struct tg_request *request);

/*
 * recent.c: what the heaps said a moment ago, for tenon_buffer_create(). The caller must free *out.
 * 0 or a negative errno.
 */
int tg_recent_heaps(struct tg_device *device, struct tenon_heap_info **out, size_t *len);
/* They did not do as they said: the next who wants to know asks them. */
void tg_recent_forget(struct tg_device *device);

/* mesa.c: Mesa's backend file; NULL when this Mesa has none. */
const struct gbm_backend *tg_mesa_backend(const struct gbm_core *core);
/* Whether TENON_GBM_MESA says to do without it. */
bool tg_mesa_is_unwanted(void);

/* participants.c */
int tg_participants_init(struct tg_device *device);
void tg_participants_finish(struct tg_device *device);
uint32_t tg_roles_of_usage(uint32_t usage);
/* The roles of a participant for a usage: those asked for that it offers; 0 when none. */
/*
 * The device itself as one that takes part, with what Mesa lays out on it. Returns 0 and writes
 * *out: the caller must release it with tenon_offer_unref(). -ENOMEM.
 */
int tg_self_offer(struct tg_device *device, struct tenon_offer **out);
uint32_t tg_participant_roles(const struct tenon_participant *participant, uint32_t usage);

/* partner.c: the other half of a device, if there is just one that it could be. */
int tg_partner_init(struct tg_device *device);

/* probe.c: whether the device takes this memory. Returns 0 or the negative errno of *stage. */
int tg_probe(
	struct tg_device *device, struct tenon_buffer *buffer, uint32_t usage, const char **stage);

/*
 * filter.c: one more participant of an allocation, which takes all but the memory that the device
 * has refused.
 */
struct tg_filter {
	struct tenon_offer *offer; /* NULL: nothing was refused */
	/* Of this allocation: also what is not remembered beyond it. */
	struct tg_refusal tried[TG_REFUSALS_MAX];
	size_t tried_len;
};
/* Makes the offer anew, of what is refused now. Returns 0, -ENODEV when nothing is left, -ENOMEM.
 */
int tg_filter_update(
	struct tg_filter *filter, struct tg_device *device, const struct tg_request *request);
/* Whether a conflict is one that leaving out refused memory has made. */
bool tg_filter_is_in_the_way(const struct tg_filter *filter, const struct tenon_conflict *conflict);
/* The device refuses a buffer at a stage, with a negative errno. Returns -EAGAIN, or -ENODEV when
 * it has refused too many to try on. */
int tg_filter_refuse(struct tg_filter *filter, struct tg_device *device,
	const struct tg_request *request, struct tenon_buffer *buffer, const char *stage,
	int error);
void tg_filter_finish(struct tg_filter *filter);
/* Whether a refusal is about memory of this heap as this request, with this modifier. */
bool tg_refusal_applies(const struct tg_refusal *refusal, const struct tg_request *request,
	const char *heap, uint64_t modifier);

/*
 * allocate.c: a bo in Tenon's memory. Returns 0, TENON_CONFLICT or a negative errno; why, which may
 * be NULL, then gets a sentence that the caller frees (NULL when out of memory).
 */
int tg_allocate(struct tg_bo **out, struct tg_device *device, const struct tg_request *request,
	struct tenon_conflict **conflict, char **why);
struct tg_bo *tg_bo_create(struct tg_device *device);
void tg_bo_free(struct tg_bo *bo);
void tg_bo_drop_handles(struct tg_bo *bo);

/* import.c: wrap a buffer into something the program can hold. */
int tg_bo_wrap(struct tg_bo *bo, const struct tg_request *request);
struct gbm_bo *tg_bo_import(struct gbm_device *gbm, uint32_t type, void *buffer, uint32_t usage);

/* bo.c, map.c: the entries. */
/* Whether nothing but a linear layout will do. */
bool tg_is_linear_only(const struct tg_request *request);
void tg_bo_set_entries(struct gbm_device_v0 *entries);
struct gbm_bo *tg_bo_create_entry(struct gbm_device *gbm, uint32_t width, uint32_t height,
	uint32_t format, uint32_t usage, const uint64_t *modifiers,
	const unsigned int modifiers_len);
void *tg_bo_map(struct gbm_bo *gbm, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
	uint32_t flags, uint32_t *stride, void **map_data);
void tg_bo_unmap(struct gbm_bo *gbm, void *map_data);
int tg_bo_write(struct gbm_bo *gbm, const void *data, size_t size);
void tg_bo_unmap_all(struct tg_bo *bo);

/* explain.c */
char *tg_explain(const struct tg_bo *bo, const struct tg_request *request);
/* Why there is no memory for a bo: what the device refused, and what the plan ruled out. */
char *tg_explain_failure(const struct tg_bo *bo, const struct tg_request *request, int error);
char *tg_explain_request(const struct tg_device *device, const struct tg_request *request);

#endif
