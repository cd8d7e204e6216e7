/* SPDX-License-Identifier: MIT */
#ifndef TENON_WIRE_RECORDS_H
#define TENON_WIRE_RECORDS_H

/*
 * Questions and answers as records packed into the arrays of few messages: see the description of
 * tenon_negotiation_v1 in the protocol, which is the truth of it. A sender puts all records into
 * one array and cuts it with wire_cut(); a receiver reads message by message.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wayland-util.h>

#include <tenon/format.h>
#include <tenon/plan.h>

#include "wayland/wire/wire.h"

enum {
	WIRE_RECORDS_MAX = 4000,    /* bytes of records in one message */
	WIRE_QUESTION_MAX = 131072, /* bytes of records in one question */
};

/* tenon_negotiation_v1.record. */
enum wire_kind {
	WIRE_RECORD_FORMATS = 1,
	WIRE_RECORD_MODIFIERS = 2,
	WIRE_RECORD_DEVICE = 3,
	WIRE_RECORD_ALTERNATIVE = 4,
	WIRE_RECORD_PAIRS = 5,
	WIRE_RECORD_ALTERNATIVE_HEAP = 6,
	WIRE_RECORD_SOURCE = 7,
	WIRE_RECORD_LIMITS = 8,
	WIRE_RECORD_LIMITS_HEAP = 9,
	WIRE_RECORD_HEAP = 10,

	WIRE_RECORD_LAYOUT = 32,
	WIRE_RECORD_NEEDS = 33,
	WIRE_RECORD_NEEDS_HEAP = 34,
	WIRE_RECORD_CHOICE = 35,
	WIRE_RECORD_RULED_OUT = 36,
	WIRE_RECORD_CONFLICT_DEVICE = 37,
	WIRE_RECORD_HINT = 38,
	WIRE_RECORD_TEXT = 39,
};

/* What stands before the contents of a record. */
struct wire_header {
	uint32_t kind;   /* with WIRE_MUST_UNDERSTAND */
	uint32_t length; /* bytes of contents, without padding */
};

/* A record that was read: contents are borrowed from the message, at any alignment. */
struct wire_record {
	uint32_t kind; /* without WIRE_MUST_UNDERSTAND */
	bool must_understand;
	const char *data;
	size_t size;
};

/* The bytes of a message that are still to be read. */
struct wire_bytes {
	const char *at;
	size_t left;
};

/* Takes n bytes off. NULL: there are not that many. */
const char *wire_take(struct wire_bytes *bytes, size_t n);

/* The same of a number; 0 or -EPROTO. */
int wire_take_u32(struct wire_bytes *bytes, uint32_t *value);
int wire_take_u64(struct wire_bytes *bytes, uint64_t *value);

/* Takes n bytes off that are text without NUL, at most max; text has max + 1. 0 or -EPROTO. */
int wire_take_text(struct wire_bytes *bytes, char *text, size_t n, size_t max);

/* The next record. 1; 0: there is none; -EPROTO: what is there is none. */
int wire_next_record(struct wire_record *record, struct wire_bytes *bytes);

/* How much of size bytes of records goes into the next message: whole records, as many as fit. */
size_t wire_cut(const void *records, size_t size);

/*
 * Appending records. All return 0 or -ENOMEM; then a record may be there in part, and the array is
 * of no use. wire_begin_record() returns where the record is, for wire_end_record(), or SIZE_MAX;
 * in between contents are appended as bytes.
 */
size_t wire_begin_record(struct wl_array *out, enum wire_kind kind);
int wire_end_record(struct wl_array *out, size_t record);
int wire_put_bytes(struct wl_array *out, const void *data, size_t size);

/* A record that is a text of at most max bytes; what is more is cut off. */
int wire_put_text(struct wl_array *out, enum wire_kind kind, const char *text, size_t max);

/* The heaps of a list of limits, one record each. */
int wire_put_limits_heaps(
	struct wl_array *out, enum wire_kind kind, const struct tenon_limits *limits);

/* The records of a question. */
int wire_put_formats(struct wl_array *out, const uint32_t *formats, size_t len);
int wire_put_modifiers(struct wl_array *out, const uint64_t *modifiers, size_t len);
int wire_put_device(struct wl_array *out, const struct tenon_participant *participant);
int wire_put_own_limits(struct wl_array *out, const struct tenon_limits *limits);
int wire_put_heap(struct wl_array *out, const struct tenon_heap_info *info);

/* A question as it is read. */
struct wire_question {
	uint32_t formats[WIRE_FORMATS_MAX];
	size_t formats_len;
	uint64_t modifiers[WIRE_FORMATS_MAX];
	size_t modifiers_len;
	struct tenon_participant devices[WIRE_DEVICES_MAX];
	size_t devices_len;
	struct tenon_heap_info *heaps; /* NULL until the first */
	size_t heaps_len, heaps_room;
	struct tenon_limits *limits; /* the client's own; NULL: none */
	size_t limits_heaps_len[2];  /* accepted, preferred */
	bool limits_unsupported;     /* of limits: must be understood, and is not known */
	bool record_unsupported;     /* the same of a record */

	/* What is being read. */
	struct wire_device device; /* the one that is open */
	size_t alternatives_len;   /* of the devices before it */
	size_t pairs_len;          /* of all alternatives but the open one */
	size_t bytes;              /* of records */
};

void wire_question_init(struct wire_question *question);
void wire_question_finish(struct wire_question *question);

/*
 * Read the records of one message. 0; -EPROTO: malformed; -E2BIG: a bound is exceeded; -EDOM: no
 * role, or one that does not exist; -ENODEV: an alternative without a device; -ENOENT: a device
 * without an alternative, or what belongs to an alternative without one; -ENOMEM. After an error
 * the question may be finished and nothing else.
 */
int wire_question_read(struct wire_question *question, const void *data, size_t size);

/* No more messages follow. As wire_question_read(). */
int wire_question_end(struct wire_question *question);

/* The records of an answer. */
int wire_put_layout(struct wl_array *out, const struct tenon_layout *layout);
int wire_put_needs(struct wl_array *out, const struct tenon_limits *limits);
int wire_put_ruled_out(struct wl_array *out, const struct tenon_ruled_out *ruled_out);
int wire_put_conflict_device(
	struct wl_array *out, const char *name, const char *value, const char *source);

/* The layout of an answer. */
struct wire_layout {
	uint32_t format;
	uint64_t modifier;
	uint64_t object_sizes[TENON_MAX_PLANES];
	size_t objects_len;
	struct tenon_plane_layout planes[TENON_MAX_PLANES];
	size_t planes_len;
};

/*
 * Who is told of the records of an answer. Each is called for one record, with borrowed arguments,
 * and returns 0 or a negative errno, which ends the reading.
 */
struct wire_answer_impl {
	int (*layout)(void *data, const struct wire_layout *layout);
	/* Takes ownership of limits, on failure, too. */
	int (*needs)(void *data, struct tenon_limits *limits);
	int (*needs_heap)(void *data, enum tenon_property property, const char *name);
	int (*choice)(void *data, const char *name);
	/* device may be NULL, and so may source */
	int (*ruled_out)(void *data, const char *what, const char *why, const char *device);
	int (*conflict_device)(void *data, const char *name, const char *value, const char *source);
	int (*hint)(void *data, const char *text);
	int (*text)(void *data, const char *text);
};

/*
 * Read the records of one message of an answer. 0; -EPROTO: malformed; -ENOTSUP: something in it
 * must be understood and is not known; -ENOMEM; what impl returns.
 */
int wire_answer_read(
	const struct wire_answer_impl *impl, void *impl_data, const void *data, size_t size);

#endif
