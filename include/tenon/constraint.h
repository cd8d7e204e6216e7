/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_H
#define TENON_CONSTRAINT_H

/*
 * What devices need of a buffer, and what all of them need together.
 *
 * A device makes an *offer*: alternatives, each of which says "in these roles, for these
 * format-modifier pairs, I can use a buffer within these limits". *Merging* offers keeps what every
 * device accepts. When nothing is left, the answer is a *conflict*: who, what, which values.
 *
 * Limits are (property, plane, 64-bit value) triples, the same in this API, in text files and on
 * the wire. A property nobody set is unconstrained; one marked unknown is known to matter but its
 * value is not known: it constrains nothing and is shown as unknown.
 *
 * Threads: an object may be used by one thread at a time; objects that are no longer changed
 * (a finished offer, a merge, a conflict) may be read by any number of threads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <tenon/common.h>

TENON_BEGIN_DECLS

/** Greatest number of planes a format has. */
#define TENON_MAX_PLANES 4

/** As a plane number: the value holds for every plane. */
#define TENON_PLANE_ALL UINT32_MAX

/** As a format: any format that Tenon can lay out. */
#define TENON_FORMAT_ANY 0u

/** What a device does with a buffer; a bit mask. */
enum tenon_role {
	TENON_ROLE_RENDER = 1 << 0,  /* a GPU draws into it or samples it */
	TENON_ROLE_SCANOUT = 1 << 1, /* a display plane shows it */
	TENON_ROLE_CURSOR = 1 << 2,  /* a display's cursor plane shows it */
	TENON_ROLE_ENCODE = 1 << 3,  /* an encoder reads it */
	TENON_ROLE_DECODE = 1 << 4,  /* a decoder writes it */
	TENON_ROLE_CAPTURE = 1 << 5, /* a camera or grabber writes it */
	TENON_ROLE_CPU = 1 << 6,     /* the CPU reads or writes it through a mapping */
};

/** Every role there is. */
#define TENON_ROLE_ANY 0x7fu

/**
 * The vocabulary of limits. Numbers are stable: they are the wire's.
 *
 * "per plane" properties hold for one plane or for all; the others take plane TENON_PLANE_ALL.
 */
enum tenon_property {
	/* Conflicts only: no common format, no common modifier. */
	TENON_PROP_FORMAT = 1,
	TENON_PROP_MODIFIER = 2,

	/* Pitch is congruent to REMAINDER modulo MULTIPLE; no remainder means 0. Per plane. */
	TENON_PROP_PITCH_MULTIPLE = 16,         /* bytes, > 0 */
	TENON_PROP_PITCH_REMAINDER = 17,        /* bytes, < PITCH_MULTIPLE */
	TENON_PROP_PITCH_MULTIPLE_PIXELS = 18,  /* pixels of the plane, > 0 */
	TENON_PROP_PITCH_REMAINDER_PIXELS = 19, /* pixels, < PITCH_MULTIPLE_PIXELS */
	TENON_PROP_PITCH_EXACT = 20,            /* bytes: the pitch is this number; per plane */
	TENON_PROP_PITCH_TIGHT = 21,            /* 1: pitch is width x bytes per pixel; per plane */
	TENON_PROP_PITCH_MAX = 22,              /* bytes, inclusive; per plane */
	TENON_PROP_PITCH_LINKED = 23,           /* 1: chroma pitches follow from plane 0's pitch */
	/* Preferred pitch; never makes a plan fail. Per plane. */
	TENON_PROP_PITCH_PREFERRED = 24,           /* bytes, multiple */
	TENON_PROP_PITCH_PREFERRED_REMAINDER = 25, /* bytes */

	/* Of the image: pixels, inclusive. */
	TENON_PROP_WIDTH_MIN = 32,
	TENON_PROP_WIDTH_MAX = 33,
	TENON_PROP_HEIGHT_MIN = 34,
	TENON_PROP_HEIGHT_MAX = 35,
	/* Of the memory: there is room for rows and columns as if they were padded to a multiple of
	 * this. Pixels, at most 65535, per plane. Of several devices each has the room that it
	 * needs, so a merge keeps each alignment: tenon_limits_get_paddings(). */
	TENON_PROP_WIDTH_ALIGN = 36,
	TENON_PROP_HEIGHT_ALIGN = 37,

	TENON_PROP_OFFSET_ALIGN = 48, /* bytes, of a plane within its memory object; per plane */
	TENON_PROP_BASE_ALIGN = 49,   /* bytes, of a memory object's device address */
	TENON_PROP_SIZE_ALIGN = 50,   /* bytes, of a memory object's size */
	TENON_PROP_SIZE_TAIL = 51,    /* bytes after the last plane that the device may touch */
	TENON_PROP_PLANE_TAIL = 52,   /* bytes after each plane; per plane */

	TENON_PROP_SEGMENTS_MAX = 64,     /* count; 1 is contiguous in the device's address space */
	TENON_PROP_SEGMENT_SIZE_MAX = 65, /* bytes */
	TENON_PROP_SEGMENT_BOUNDARY = 66, /* bytes, power of two no segment may cross */
	TENON_PROP_ADDRESS_MIN = 67,      /* lowest address, inclusive */
	TENON_PROP_ADDRESS_MAX = 68, /* highest address, inclusive; a number, not a bit count */

	TENON_PROP_CACHE = 80,     /* accepted: mask of enum tenon_cache */
	TENON_PROP_OBJECTS = 81,   /* accepted: mask of enum tenon_objects */
	TENON_PROP_OWN_FD = 82,    /* 1: each buffer has its own fd, and starts at its offset 0 */
	TENON_PROP_PROTECTED = 83, /* accepted: mask of enum tenon_protection */

	TENON_PROP_HEAP = 96,           /* names of heaps accepted; tenon_limits_allow_heap() */
	TENON_PROP_HEAP_PREFERRED = 97, /* names, best first; tenon_limits_prefer_heap() */
};

/** CPU mappings a device can live with. */
enum tenon_cache {
	TENON_CACHE_CACHED = 1 << 0,
	TENON_CACHE_UNCACHED = 1 << 1, /* uncached or write-combining */
};

/** Planes in one memory object, or one object for each plane. */
enum tenon_objects {
	TENON_OBJECTS_ONE = 1 << 0,
	TENON_OBJECTS_PER_PLANE = 1 << 1,
};

/** Memory the CPU may read, or not. */
enum tenon_protection {
	TENON_PROTECTION_NONE = 1 << 0,
	TENON_PROTECTION_SECURE = 1 << 1,
};

/** Yes, no, or nobody knows. */
enum tenon_answer {
	TENON_UNKNOWN = 0,
	TENON_NO = 1,
	TENON_YES = 2,
};

/** A pixel format (DRM fourcc) and a modifier (drm_fourcc.h). */
struct tenon_format_modifier {
	uint32_t format;
	uint64_t modifier;
};

struct tenon_limits;
struct tenon_offer;
struct tenon_merge;
struct tenon_conflict;

/**
 * The name of a property as text files, JSON and messages write it, such as "pitch-multiple".
 *
 * Returns a static string, or NULL when there is no such property. Any thread.
 */
TENON_EXPORT const char *tenon_property_get_name(enum tenon_property property);

/**
 * The property of a name.
 *
 * Returns 0 and writes *out, or -ENOENT. Any thread.
 */
TENON_EXPORT int tenon_property_from_name(enum tenon_property *out, const char *name);

/**
 * The unit of a property's values: "bytes", "pixels", "count", "address", "flag", "mask", "names".
 *
 * Returns a static string, or NULL when there is no such property. Any thread.
 */
TENON_EXPORT const char *tenon_property_get_unit(enum tenon_property property);

/**
 * Whether a property may be set for one plane apart from the others. Any thread.
 */
TENON_EXPORT bool tenon_property_is_per_plane(enum tenon_property property);

/**
 * Create an empty set of limits: everything is unconstrained.
 *
 * The caller owns the result and must release it with tenon_limits_destroy(). Returns 0 or -ENOMEM.
 */
TENON_EXPORT int tenon_limits_create(struct tenon_limits **out);

/**
 * Release limits. NULL is a no-op.
 */
TENON_EXPORT void tenon_limits_destroy(struct tenon_limits *limits);

/**
 * Copy limits.
 *
 * The caller owns the result and must release it with tenon_limits_destroy(). Returns 0 or -ENOMEM.
 */
TENON_EXPORT int tenon_limits_dup(struct tenon_limits **out, const struct tenon_limits *limits);

/**
 * Set one limit, in the property's unit (enum tenon_property). plane is 0 to 3 or TENON_PLANE_ALL.
 * Setting it again replaces it; setting it for all planes replaces it for each.
 *
 * Returns 0; -EINVAL when the property does not exist or takes names, is not per plane, or the
 * plane does not exist; -ERANGE when the value makes no sense for it (a multiple of 0, a boundary
 * that is no power of two, an empty mask).
 */
TENON_EXPORT int tenon_limits_set(
	struct tenon_limits *limits, enum tenon_property property, uint32_t plane, uint64_t value);

/**
 * Mark a property as unknown: it is known to matter and nobody could say the value.
 *
 * Returns as tenon_limits_set().
 */
TENON_EXPORT int tenon_limits_set_unknown(
	struct tenon_limits *limits, enum tenon_property property, uint32_t plane);

/**
 * Remember where a value was found (a data sheet, a driver's source and line). Shown with
 * conflicts. NULL forgets it. TENON_PROP_FORMAT and TENON_PROP_MODIFIER are here the pairs of the
 * alternative that the limits are given with.
 *
 * Returns 0, -EINVAL when the property does not exist, or -ENOMEM.
 */
TENON_EXPORT int tenon_limits_set_source(
	struct tenon_limits *limits, enum tenon_property property, const char *source);

/**
 * The source remembered for a property, or NULL. Borrowed: valid until the limits change.
 */
TENON_EXPORT const char *tenon_limits_get_source(
	const struct tenon_limits *limits, enum tenon_property property);

/**
 * Read one limit.
 *
 * Returns 0 and writes *value; -ENOENT when unconstrained; -ENODATA when unknown; -ERANGE when
 * plane is TENON_PLANE_ALL and the planes differ; -EINVAL as tenon_limits_set().
 */
TENON_EXPORT int tenon_limits_get(const struct tenon_limits *limits, enum tenon_property property,
	uint32_t plane, uint64_t *value);

/**
 * Most alignments of width or height that limits hold for one plane, after a merge.
 */
#define TENON_PADDINGS_MAX 4

/**
 * Add an alignment of width or height (TENON_PROP_WIDTH_ALIGN, TENON_PROP_HEIGHT_ALIGN, in pixels)
 * to those that are set: rows or columns must have room for each of them. One that divides another
 * adds nothing.
 *
 * Returns as tenon_limits_set(); -ENOSPC when there would be more than TENON_PADDINGS_MAX.
 */
TENON_EXPORT int tenon_limits_add_padding(
	struct tenon_limits *limits, enum tenon_property property, uint32_t plane, uint64_t value);

/**
 * All alignments of width or height, the greatest first; none divides another. Who lays memory out
 * pads to each of them and takes what is longest. Of the same limits tenon_limits_get() gives one
 * number, their least common multiple, which serves all but may be more than they need.
 *
 * Returns how many were written; 0 when there are none, when plane is TENON_PLANE_ALL and the
 * planes differ, and for other properties.
 */
TENON_EXPORT size_t tenon_limits_get_paddings(const struct tenon_limits *limits,
	enum tenon_property property, uint32_t plane, uint32_t out[TENON_PADDINGS_MAX]);

/**
 * Whether a property was marked as unknown (for any plane, if plane is TENON_PLANE_ALL). In limits
 * that came out of a merge it can have a value, too: one device knew it, another did not.
 */
TENON_EXPORT bool tenon_limits_is_unknown(
	const struct tenon_limits *limits, enum tenon_property property, uint32_t plane);

/** How many properties that are numbers there are at most, also in times to come. */
#define TENON_NUMBERS_MAX 128

/**
 * List the properties that are numbers and of which something is said, for whichever plane: set, or
 * marked as unknown. What is not listed reads -ENOENT. Returns how many were written, in the order
 * of their numbers.
 */
TENON_EXPORT size_t tenon_limits_list(
	const struct tenon_limits *limits, enum tenon_property out[TENON_NUMBERS_MAX]);

/**
 * Accept memory of this heap. With no call any heap is accepted; after the first only those named.
 *
 * Returns 0, -EINVAL on an empty or over-long name (over 63 bytes), -ENOSPC when there are too
 * many (32), -ENOMEM.
 */
TENON_EXPORT int tenon_limits_allow_heap(struct tenon_limits *limits, const char *name);

/**
 * Prefer memory of this heap, after those preferred by earlier calls. Never makes a plan fail. In a
 * merge, heaps come in the order of how many devices prefer them, then of how highly.
 *
 * Returns as tenon_limits_allow_heap().
 */
TENON_EXPORT int tenon_limits_prefer_heap(struct tenon_limits *limits, const char *name);

/**
 * Names set by tenon_limits_allow_heap() (property TENON_PROP_HEAP) or tenon_limits_prefer_heap()
 * (TENON_PROP_HEAP_PREFERRED).
 *
 * Returns a NULL-terminated array, or NULL when there are none. Borrowed: valid until the limits
 * change.
 */
TENON_EXPORT const char *const *tenon_limits_get_heaps(
	const struct tenon_limits *limits, enum tenon_property property);

/**
 * Create an offer of a device. The name identifies the device in merges, conflicts and messages.
 *
 * The caller owns the result and must release it with tenon_offer_unref(). Returns 0, -EINVAL on
 * an empty name, -ENOMEM.
 */
TENON_EXPORT int tenon_offer_create(struct tenon_offer **out, const char *device);

/**
 * Take another reference. Any thread. Returns its argument.
 */
TENON_EXPORT struct tenon_offer *tenon_offer_ref(struct tenon_offer *offer);

/**
 * Drop a reference; the last one frees the offer. NULL is a no-op. Any thread.
 */
TENON_EXPORT void tenon_offer_unref(struct tenon_offer *offer);

/**
 * Add an alternative: in any of these roles (mask of enum tenon_role), for these pairs, buffers
 * within these limits. A pair's format may be TENON_FORMAT_ANY. limits may be NULL: unconstrained.
 * pairs and limits are copied. Must not be called once the offer is used by a merge.
 *
 * Returns 0; -EINVAL when roles or pairs are empty, a role does not exist, or limits contradict
 * themselves (a remainder not below its multiple, a minimum above its maximum); -EBUSY when the
 * offer is in use; -ENOMEM.
 */
TENON_EXPORT int tenon_offer_add(struct tenon_offer *offer, uint32_t roles,
	const struct tenon_format_modifier *pairs, size_t pairs_len,
	const struct tenon_limits *limits);

/**
 * Say whether the device sees the CPU's caches. Not a limit: it decides whether CPU access has to
 * clean caches. TENON_UNKNOWN, the default, is treated as TENON_NO.
 */
TENON_EXPORT void tenon_offer_set_coherent(struct tenon_offer *offer, enum tenon_answer coherent);

/**
 * What tenon_offer_set_coherent() said.
 */
TENON_EXPORT enum tenon_answer tenon_offer_get_coherent(const struct tenon_offer *offer);

/**
 * Say which DRM device the offer is of. 0 is none.
 */
TENON_EXPORT void tenon_offer_set_dev(struct tenon_offer *offer, dev_t dev);

/**
 * What tenon_offer_set_dev() said.
 */
TENON_EXPORT dev_t tenon_offer_get_dev(const struct tenon_offer *offer);

/**
 * The name given at creation. Borrowed: valid until the offer's last tenon_offer_unref().
 */
TENON_EXPORT const char *tenon_offer_get_device(const struct tenon_offer *offer);

/**
 * Number of alternatives.
 */
TENON_EXPORT size_t tenon_offer_get_alternatives_len(const struct tenon_offer *offer);

/**
 * All roles that the offer's alternatives are for, as a mask of enum tenon_role. Any thread while
 * nobody adds to the offer.
 */
TENON_EXPORT uint32_t tenon_offer_get_roles(const struct tenon_offer *offer);

/**
 * Read alternative i. Every out pointer may be NULL; what is written is borrowed: valid until the
 * offer's last tenon_offer_unref(). *limits is never NULL.
 *
 * Returns 0 or -EINVAL when there is no such alternative.
 */
TENON_EXPORT int tenon_offer_get_alternative(const struct tenon_offer *offer, size_t i,
	uint32_t *roles, const struct tenon_format_modifier **pairs, size_t *pairs_len,
	const struct tenon_limits **limits);

/** A device that takes part, and what it will do with the buffer. */
struct tenon_participant {
	struct tenon_offer *offer;
	/* Mask of enum tenon_role: the buffer must serve in each of them. 0: in any one the
	 * device offers. */
	uint32_t roles;
};

/**
 * Merge offers: keep what every participant accepts. The merge takes references to the offers.
 * The outcome does not depend on the order of participants, and the same device twice is as once.
 * No participants is a merge that accepts everything, and has no candidates to list.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_merge_destroy(). TENON_CONFLICT when nothing is left: if conflict is not NULL, *conflict
 * names the smallest set of devices that cannot agree (tenon_conflict_is_smallest() tells where the
 * search for it had to end early); the caller owns it and must release it with
 * tenon_conflict_destroy(). -EINVAL on a NULL offer or a role bit that does not exist; -E2BIG when
 * alternatives multiply beyond 256 that differ, none of them better than another, or alignments of
 * width or height beyond TENON_PADDINGS_MAX; -ENOMEM.
 */
TENON_EXPORT int tenon_merge_create(struct tenon_merge **out,
	const struct tenon_participant *participants, size_t participants_len,
	struct tenon_conflict **conflict);

/**
 * Merge two merges, as if all their participants had been merged at once.
 *
 * Returns as tenon_merge_create(). a and b may be the same; both stay as they were.
 */
TENON_EXPORT int tenon_merge_join(struct tenon_merge **out, const struct tenon_merge *a,
	const struct tenon_merge *b, struct tenon_conflict **conflict);

/**
 * Release a merge. NULL is a no-op.
 */
TENON_EXPORT void tenon_merge_destroy(struct tenon_merge *merge);

/**
 * Number of candidates: each is one format-modifier pair with one set of limits; a pair can occur
 * more than once, with limits of which none is better than another.
 */
TENON_EXPORT size_t tenon_merge_get_candidates_len(const struct tenon_merge *merge);

/**
 * Read candidate i, in a fixed order that depends on the offers alone. Every out pointer may be
 * NULL. *limits is borrowed: valid until tenon_merge_destroy().
 *
 * Returns 0 or -EINVAL when there is no such candidate.
 */
TENON_EXPORT int tenon_merge_get_candidate(const struct tenon_merge *merge, size_t i,
	struct tenon_format_modifier *pair, const struct tenon_limits **limits);

/**
 * Who asked for a value of candidate i: the devices that ask for just that value; where it is made
 * of several (64 and 48 make 192), those whose part no other device asks for more strictly. For a
 * property that is unknown and has no value, those that do not know it.
 *
 * Returns a NULL-terminated array of device names, in byte order, or NULL when nobody did or on
 * -ENOMEM. The caller owns the array (not the names, which live as long as the merge) and must
 * release it with free().
 */
TENON_EXPORT const char **tenon_merge_dup_askers(
	const struct tenon_merge *merge, size_t i, enum tenon_property property, uint32_t plane);

/**
 * Where a device found what it says of a property in candidate i: the source of its own limit
 * (tenon_limits_set_source()), be it that the candidate's value is made of several. device is a
 * participant's name, such as tenon_merge_dup_askers() gives.
 *
 * Returns NULL when the device says nothing of it, or not where it found that. Borrowed: valid
 * until tenon_merge_destroy().
 */
TENON_EXPORT const char *tenon_merge_find_source(const struct tenon_merge *merge, size_t i,
	enum tenon_property property, const char *device);

/**
 * Who marked a property of candidate i as unknown, be it that others gave it a value.
 *
 * Returns as tenon_merge_dup_askers().
 */
TENON_EXPORT const char **tenon_merge_dup_unsure(
	const struct tenon_merge *merge, size_t i, enum tenon_property property, uint32_t plane);

/**
 * Release a conflict. NULL is a no-op.
 */
TENON_EXPORT void tenon_conflict_destroy(struct tenon_conflict *conflict);

/**
 * What the devices cannot agree on.
 */
TENON_EXPORT enum tenon_property tenon_conflict_get_property(const struct tenon_conflict *conflict);

/**
 * Number of devices in the set that cannot agree.
 */
TENON_EXPORT size_t tenon_conflict_get_devices_len(const struct tenon_conflict *conflict);

/**
 * Whether no smaller set of devices was left unasked. False where so many devices disagree in so
 * many ways that the search ended at its bound: then none of the devices can be left out, but
 * others, and fewer, may not agree either. Of up to ten devices it is always true.
 */
TENON_EXPORT bool tenon_conflict_is_smallest(const struct tenon_conflict *conflict);

/**
 * Device i of the conflict, its value as text ("multiple of 256", "exactly 5464") and the value's
 * source or NULL. Out pointers may be NULL. Borrowed: valid until tenon_conflict_destroy().
 *
 * Returns 0 or -EINVAL when there is no such device.
 */
TENON_EXPORT int tenon_conflict_get_device(const struct tenon_conflict *conflict, size_t i,
	const char **device, const char **value, const char **source);

/**
 * What would satisfy, as a sentence, or NULL when nothing is known to. Borrowed: valid until
 * tenon_conflict_destroy().
 */
TENON_EXPORT const char *tenon_conflict_get_hint(const struct tenon_conflict *conflict);

/**
 * The whole conflict as one sentence without a newline. Borrowed: valid until
 * tenon_conflict_destroy().
 */
TENON_EXPORT const char *tenon_conflict_get_text(const struct tenon_conflict *conflict);

TENON_END_DECLS

#endif
