/* SPDX-License-Identifier: MIT */
#ifndef TENON_WIRE_H
#define TENON_WIRE_H

/*
 * How constraints travel, for both sides: see protocol/tenon-buffer-constraints-v1.xml, which is
 * the truth of it. Everything read here came from another process: it is bounded and checked, and
 * what is wrong with it is an errno, never an assertion.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wayland-util.h>

#include <tenon/constraint.h>
#include <tenon/plan.h>

enum {
	WIRE_LIMITS_MAX = 96,        /* limits in an array */
	WIRE_PAIRS_MAX = 128,        /* pairs in an array */
	WIRE_PAIRS_TOTAL_MAX = 4096, /* pairs of a negotiation */
	WIRE_TABLE_MAX = 65536,      /* pairs in a table */
	WIRE_TRANCHES_MAX = 4,
	WIRE_DEVICES_MAX = 16,      /* of a tranche, of a negotiation */
	WIRE_ALTERNATIVES_MAX = 64, /* of a device, of a negotiation */
	WIRE_HEAPS_MAX = 32,
	WIRE_FACTS_MAX = 32, /* facts of a heap */
	WIRE_FORMATS_MAX = 32,
	WIRE_NAME_MAX = 63,        /* bytes of a name */
	WIRE_SHORT_TEXT_MAX = 255, /* bytes of a value, a source, a reason */
	WIRE_TEXT_MAX = 1023,
	WIRE_RULED_OUT_MAX = 32,
	WIRE_CONFLICT_DEVICES_MAX = 32,
};

#define WIRE_MUST_UNDERSTAND (UINT32_C(1) << 31)
#define WIRE_UNKNOWN (UINT32_C(1) << 30)
#define WIRE_NUMBER_MASK UINT32_C(0xffff)

struct wire_limit {
	uint32_t property;
	uint32_t plane;
	uint64_t value;
};

struct wire_pair {
	uint32_t format;
	uint32_t padding;
	uint64_t modifier;
};

struct wire_fact {
	uint32_t key;
	uint32_t padding;
	uint64_t value;
};

static inline uint32_t wire_hi(uint64_t value)
{
	return (uint32_t)(value >> 32);
}

static inline uint32_t wire_lo(uint64_t value)
{
	return (uint32_t)value;
}

static inline uint64_t wire_u64(uint32_t hi, uint32_t lo)
{
	return (uint64_t)hi << 32 | lo;
}

/* The i-th property that limits may have, those with names last; 0 from the first after them. */
uint32_t wire_property(size_t i);

/* Append every numeric limit that is set. 0 or -ENOMEM; then out is as it was. */
int wire_put_limits(struct wl_array *out, const struct tenon_limits *limits);

/*
 * Read an array of limits into *limits, which must be empty. 0; -EPROTO: malformed; -E2BIG: too
 * many; -ENOTSUP: well-formed, but a property must be understood that is not known; -ENOMEM.
 * Whatever the result, *limits may be destroyed and nothing else.
 */
int wire_get_limits(struct tenon_limits *limits, const void *data, size_t size);

/* Append pairs. 0 or -ENOMEM; then out is as it was. */
int wire_put_pairs(
	struct wl_array *out, const struct tenon_format_modifier *pairs, size_t pairs_len);

/*
 * Read an array of 1 to WIRE_PAIRS_MAX pairs, and append them to out as struct
 * tenon_format_modifier. 0; -EPROTO; -E2BIG; -ENOMEM.
 */
int wire_get_pairs(struct wl_array *out, const void *data, size_t size);

/* Append the facts of a heap. 0 or -ENOMEM; then out is as it was. */
int wire_put_facts(struct wl_array *out, const struct tenon_heap_info *info);

/* Read facts into *info, whose other members are set to "nothing known". 0; -EPROTO; -E2BIG. */
int wire_get_facts(struct tenon_heap_info *info, const void *data, size_t size);

/* Append a dev_t as both sides' C library has it; nothing for 0. 0 or -ENOMEM. */
int wire_put_dev(struct wl_array *out, dev_t dev);

/* 0 or -EPROTO. */
int wire_get_dev(dev_t *out, const void *data, size_t size);

/* Make a sealed memfd of a table of pairs. The caller must close() *fd. 0 or a negative errno. */
int wire_table_create(int *fd, const struct tenon_format_modifier *pairs, size_t pairs_len);

/*
 * Read a table of size bytes of an fd that came from elsewhere. Writes an array that the caller
 * must free(), NULL for an empty one. 0; -EPROTO: malformed, not sealed, too small; -E2BIG;
 * -ENOMEM. Never blocks, whatever the fd is.
 */
int wire_table_read(struct tenon_format_modifier **out, size_t *out_len, int fd, uint32_t size);

/* The entries of a table in memory, for wire_table_read() and its fuzzer. As that. */
int wire_table_parse(
	struct tenon_format_modifier **out, size_t *out_len, const void *data, size_t size);

/* Copies text, at most max bytes (buf has max + 1), cut between two characters. NULL is "". */
void wire_text(char *buf, size_t max, const char *text);

/* Whether a name is 1 to WIRE_NAME_MAX bytes. */
bool wire_name_is_valid(const char *name);

/*
 * A device being built from its messages: wire_device_begin(), then for each alternative
 * wire_device_alternative() and what belongs to it, then wire_device_end().
 */
struct wire_device {
	struct tenon_offer *offer; /* NULL: none begun */
	uint32_t roles;
	size_t alternatives_len; /* usable or not, the open one included */

	/* The open alternative, as long as limits is not NULL. */
	struct tenon_limits *limits;
	bool usable; /* false: a property of it must be understood and is not known */
	uint32_t alternative_roles;
	struct wl_array pairs; /* struct tenon_format_modifier */
	size_t heaps_len[2];   /* accepted, preferred */
};

/* Add a heap's name to limits, of which lens[] many are accepted and preferred. As wire_get_*(). */
int wire_add_heap(struct tenon_limits *limits, size_t lens[2], uint32_t property, const char *name);

/* Zeroes. */
void wire_device_init(struct wire_device *device);

/* Drops what is there, and zeroes. */
void wire_device_finish(struct wire_device *device);

/* 0; -EPROTO: bad name or dev; -EDOM: bad role; -ENOMEM. */
int wire_device_begin(struct wire_device *device, const char *name, uint32_t roles, const void *dev,
	size_t dev_size, uint32_t coherent);

/*
 * Begin an alternative; the one before is closed. pairs are appended by the caller to
 * device->pairs. 0; -EPROTO; -E2BIG: too many limits; -EDOM: bad role; -ENOMEM.
 */
int wire_device_alternative(
	struct wire_device *device, uint32_t roles, const void *limits, size_t limits_size);

/* Things of the open alternative. 0; -ENOENT: none is open; -EPROTO; -E2BIG; -ENOMEM. */
int wire_device_heap(struct wire_device *device, uint32_t property, const char *name);
int wire_device_source(struct wire_device *device, uint32_t property, const char *text);

/*
 * Close the last alternative, and hand the device over: the caller owns the reference out->offer.
 * 0; -ENOENT: it has no alternative; -EPROTO: an alternative contradicts itself; -ENOMEM.
 */
int wire_device_end(struct wire_device *device, struct tenon_participant *out);

#endif
