/* SPDX-License-Identifier: MIT */

/* Questions whose records are broken, wrong, too many or out of place. */

#include <string.h>

#include <drm_fourcc.h>

#include "harness.h"
#include "hostile.h"
#include "tenon-buffer-constraints-v1-client-protocol.h"
#include "wayland/wire/records.h"

#define NEGOTIATION "tenon_negotiation_v1"
#define RECORD(name) TENON_NEGOTIATION_V1_RECORD_##name

static const struct wire_pair good_pair = {DRM_FORMAT_XRGB8888, 0, DRM_FORMAT_MOD_LINEAR};

/* Bytes that need not be records. */
static void add_raw(struct hostile *hostile, const void *data, size_t size)
{
	struct wl_array array = {size, size, (void *)data};

	tenon_negotiation_v1_add(hostile->negotiation, &array);
}

static void add_one(struct hostile *hostile, uint32_t kind, const void *data, size_t size)
{
	hostile_add(hostile, kind, &(struct hostile_piece){data, size}, 1);
}

static void add_text(
	struct hostile *hostile, uint32_t kind, uint32_t number, const char *text, size_t size)
{
	const struct hostile_piece pieces[] = {{&number, sizeof(number)}, {text, size}};

	hostile_add(hostile, kind, pieces, 2);
}

static void half_a_header(struct hostile *hostile)
{
	add_raw(hostile, "\1\0\0\200", 4);
}

static void record_longer_than_its_array(struct hostile *hostile)
{
	const uint32_t record[] = {0x80000000 | RECORD(FORMATS), 8, DRM_FORMAT_XRGB8888};

	add_raw(hostile, record, sizeof(record));
}

static void record_of_the_greatest_length(struct hostile *hostile)
{
	const uint32_t record[] = {0x80000000 | RECORD(FORMATS), UINT32_MAX, DRM_FORMAT_XRGB8888};

	add_raw(hostile, record, sizeof(record));
}

static void record_without_its_padding(struct hostile *hostile)
{
	const uint32_t head[] = {0x7fff, 1};
	char record[9];

	memcpy(record, head, sizeof(head));
	record[8] = 'x';
	add_raw(hostile, record, sizeof(record));
}

static void record_padded_with_something(struct hostile *hostile)
{
	const uint32_t record[] = {0x7fff, 1, 0x01000000};

	add_raw(hostile, record, sizeof(record));
}

static void record_of_set_reserved_bits(struct hostile *hostile)
{
	const uint32_t record[] = {0x40007fff, 0};

	add_raw(hostile, record, sizeof(record));
}

static void array_above_its_bound(struct hostile *hostile)
{
	static uint32_t records[WIRE_RECORDS_MAX / sizeof(uint32_t) + 2];

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i += 2) {
		records[i] = 0x7fff; /* a record that may be skipped, without contents */
	}
	add_raw(hostile, records, sizeof(records));
}

static void question_above_its_bound(struct hostile *hostile)
{
	static uint32_t records[WIRE_RECORDS_MAX / sizeof(uint32_t)];

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i += 2) {
		records[i] = 0x7fff;
	}
	for (size_t i = 0; i <= WIRE_QUESTION_MAX / sizeof(records); i++) {
		add_raw(hostile, records, sizeof(records));
	}
}

static void many_formats(struct hostile *hostile)
{
	for (uint32_t i = 0; i < WIRE_FORMATS_MAX + 1; i++) {
		add_one(hostile, RECORD(FORMATS), &i, sizeof(i));
	}
}

static void many_formats_at_once(struct hostile *hostile)
{
	uint32_t formats[WIRE_FORMATS_MAX + 1] = {0};

	add_one(hostile, RECORD(FORMATS), formats, sizeof(formats));
}

static void half_a_format(struct hostile *hostile)
{
	add_one(hostile, RECORD(FORMATS), "XR2", 3);
}

static void no_formats(struct hostile *hostile)
{
	add_one(hostile, RECORD(FORMATS), NULL, 0);
}

static void many_modifiers(struct hostile *hostile)
{
	for (uint64_t i = 0; i < WIRE_FORMATS_MAX + 1; i++) {
		add_one(hostile, RECORD(MODIFIERS), &i, sizeof(i));
	}
}

static void half_a_modifier(struct hostile *hostile)
{
	add_one(hostile, RECORD(MODIFIERS), "1234", 4);
}

static void alternative_without_device(struct hostile *hostile)
{
	hostile_add_alternative(hostile, TENON_ROLE_RENDER, NULL, 0);
}

static void pairs_without_alternative(struct hostile *hostile)
{
	hostile_add_device(hostile, "gpu");
	add_one(hostile, RECORD(PAIRS), &good_pair, sizeof(good_pair));
}

/* What belongs to an alternative does not go to that of the device before. */
static void pairs_of_another_device(struct hostile *hostile)
{
	hostile_prepare(hostile);
	pairs_without_alternative(hostile);
}

static void heap_without_alternative(struct hostile *hostile)
{
	add_text(hostile, RECORD(ALTERNATIVE_HEAP), TENON_PROP_HEAP, "memfd", 5);
}

static void source_without_alternative(struct hostile *hostile)
{
	add_text(hostile, RECORD(SOURCE), TENON_PROP_PITCH_MAX, "a book", 6);
}

static void source_that_is_long(struct hostile *hostile)
{
	static char text[WIRE_SHORT_TEXT_MAX + 1];

	memset(text, 'x', sizeof(text));
	hostile_prepare(hostile);
	add_text(hostile, RECORD(SOURCE), TENON_PROP_PITCH_MAX, text, sizeof(text));
}

static void source_with_a_nul(struct hostile *hostile)
{
	hostile_prepare(hostile);
	add_text(hostile, RECORD(SOURCE), TENON_PROP_PITCH_MAX, "a\0b", 3);
}

static void device_without_alternative(struct hostile *hostile)
{
	hostile_add_device(hostile, "gpu");
	hostile_add_device(hostile, "camera");
}

static void last_device_without_alternative(struct hostile *hostile)
{
	hostile_add_device(hostile, "gpu");
	hostile_submit(hostile, 64, 64);
}

/* A device with this head: roles, coherence and the two halves of a dev_t. */
static void add_head(struct hostile *hostile, uint32_t roles, uint32_t coherent)
{
	const uint32_t head[4] = {roles, coherent, 0, 0};
	const struct hostile_piece pieces[] = {{head, sizeof(head)}, {"gpu", 3}};

	hostile_add(hostile, RECORD(DEVICE), pieces, 2);
}

static void device_role_that_is_none(struct hostile *hostile)
{
	add_head(hostile, 0x80, 0);
}

static void device_of_strange_coherence(struct hostile *hostile)
{
	add_head(hostile, 0, 3);
}

static void device_cut_short(struct hostile *hostile)
{
	const uint32_t head[3] = {0};

	add_one(hostile, RECORD(DEVICE), head, sizeof(head));
}

static void alternative_without_role(struct hostile *hostile)
{
	hostile_add_device(hostile, "gpu");
	hostile_add_alternative(hostile, 0, NULL, 0);
}

static void alternative_role_that_is_none(struct hostile *hostile)
{
	hostile_add_device(hostile, "gpu");
	hostile_add_alternative(hostile, UINT32_MAX, NULL, 0);
}

static void device_without_name(struct hostile *hostile)
{
	hostile_add_device(hostile, "");
}

static void device_of_long_name(struct hostile *hostile)
{
	char name[WIRE_NAME_MAX + 2];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	hostile_add_device(hostile, name);
}

static void device_of_a_name_with_nul(struct hostile *hostile)
{
	const uint32_t head[4] = {0};
	const struct hostile_piece pieces[] = {{head, sizeof(head)}, {"g\0pu", 4}};

	hostile_add(hostile, RECORD(DEVICE), pieces, 2);
}

/* An alternative that says it has a limit, of which there are only 10 bytes. */
static void half_a_limit(struct hostile *hostile)
{
	const uint32_t head[2] = {TENON_ROLE_RENDER, 1};
	const struct hostile_piece pieces[] = {{head, sizeof(head)}, {"0123456789", 10}};

	hostile_add_device(hostile, "gpu");
	hostile_add(hostile, RECORD(ALTERNATIVE), pieces, 2);
}

static void many_limits(struct hostile *hostile)
{
	static struct wire_limit limits[WIRE_LIMITS_MAX + 1];

	for (uint32_t i = 0; i < WIRE_LIMITS_MAX + 1; i++) {
		limits[i] = (struct wire_limit){0x1000 + i, TENON_PLANE_ALL, 1};
	}
	hostile_add_device(hostile, "gpu");
	hostile_add_alternative(hostile, TENON_ROLE_RENDER, limits, WIRE_LIMITS_MAX + 1);
}

static void limits_of_the_greatest_number(struct hostile *hostile)
{
	const uint32_t head[2] = {TENON_ROLE_RENDER, UINT32_MAX};

	hostile_add_device(hostile, "gpu");
	add_one(hostile, RECORD(ALTERNATIVE), head, sizeof(head));
}

static void add_limit(struct hostile *hostile, uint32_t property, uint32_t plane, uint64_t value)
{
	const struct wire_limit limit = {property, plane, value};

	hostile_add_device(hostile, "gpu");
	hostile_add_alternative(hostile, TENON_ROLE_RENDER, &limit, 1);
}

static void limit_of_a_plane_that_is_none(struct hostile *hostile)
{
	add_limit(hostile, TENON_PROP_PITCH_MULTIPLE, 17, 1);
}

static void multiple_of_0(struct hostile *hostile)
{
	add_limit(hostile, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 0);
}

static void limit_of_set_reserved_bits(struct hostile *hostile)
{
	add_limit(hostile, TENON_PROP_PITCH_MULTIPLE | 1u << 20, TENON_PLANE_ALL, 4);
}

static void limits_that_contradict_themselves(struct hostile *hostile)
{
	const struct wire_limit limits[] = {
		{TENON_PROP_WIDTH_MIN, TENON_PLANE_ALL, 100},
		{TENON_PROP_WIDTH_MAX, TENON_PLANE_ALL, 99},
	};

	hostile_add_device(hostile, "gpu");
	hostile_add_alternative(hostile, TENON_ROLE_RENDER, limits, 2);
	hostile_add_device(hostile, "camera"); /* closes the alternative */
}

static void own_limits_malformed(struct hostile *hostile)
{
	add_one(hostile, RECORD(LIMITS), "x", 1);
}

static void add_pairs(struct hostile *hostile, const void *data, size_t size)
{
	const uint32_t head[2] = {TENON_ROLE_RENDER, 0};
	const struct hostile_piece pieces[] = {{head, sizeof(head)}, {data, size}};

	hostile_add_device(hostile, "gpu");
	hostile_add(hostile, RECORD(ALTERNATIVE), pieces, 2);
}

static void no_pairs(struct hostile *hostile)
{
	add_pairs(hostile, NULL, 0);
}

static void half_a_pair(struct hostile *hostile)
{
	add_pairs(hostile, &good_pair, sizeof(good_pair) - 1);
}

static void padded_pair(struct hostile *hostile)
{
	const struct wire_pair pair = {DRM_FORMAT_XRGB8888, 1, 0};

	add_pairs(hostile, &pair, sizeof(pair));
}

static void many_pairs_at_once(struct hostile *hostile)
{
	static struct wire_pair pairs[WIRE_PAIRS_MAX + 1];

	add_pairs(hostile, pairs, sizeof(pairs));
}

static void many_pairs_in_all(struct hostile *hostile)
{
	static struct wire_pair pairs[WIRE_PAIRS_MAX];

	add_pairs(hostile, pairs, sizeof(pairs));
	for (size_t i = 0; i < WIRE_PAIRS_TOTAL_MAX / WIRE_PAIRS_MAX; i++) {
		add_one(hostile, RECORD(PAIRS), pairs, sizeof(pairs));
	}
}

static void many_devices(struct hostile *hostile)
{
	for (size_t i = 0; i < WIRE_DEVICES_MAX + 1; i++) {
		hostile_add_device(hostile, "gpu");
		hostile_add_alternative(hostile, TENON_ROLE_RENDER, NULL, 0);
	}
}

static void many_alternatives(struct hostile *hostile)
{
	hostile_add_device(hostile, "gpu");
	for (size_t i = 0; i < WIRE_ALTERNATIVES_MAX + 1; i++) {
		hostile_add_alternative(hostile, TENON_ROLE_RENDER, NULL, 0);
	}
}

/* A heap that says how many facts it has, and has those. */
static void add_heap(
	struct hostile *hostile, const char *name, uint32_t number, const void *facts, size_t size)
{
	const struct hostile_piece pieces[] = {
		{&number, sizeof(number)}, {facts, size}, {name, strlen(name)}};

	hostile_add(hostile, RECORD(HEAP), pieces, 3);
}

static void many_heaps(struct hostile *hostile)
{
	for (size_t i = 0; i < WIRE_HEAPS_MAX + 1; i++) {
		add_heap(hostile, "memfd", 0, NULL, 0);
	}
}

static void heap_without_name(struct hostile *hostile)
{
	add_heap(hostile, "", 0, NULL, 0);
}

static void half_a_fact(struct hostile *hostile)
{
	add_heap(hostile, "", 1, "0123", 4);
}

static void many_facts(struct hostile *hostile)
{
	add_heap(hostile, "memfd", WIRE_FACTS_MAX + 1, NULL, 0);
}

static void strange_fact(struct hostile *hostile)
{
	const struct wire_fact fact = {2, 0, 77}; /* contiguity */

	add_heap(hostile, "memfd", 1, &fact, sizeof(fact));
}

static void heap_of_another_property(struct hostile *hostile)
{
	add_text(hostile, RECORD(LIMITS_HEAP), TENON_PROP_PITCH_MAX, "memfd", 5);
}

static void many_names_of_heaps(struct hostile *hostile)
{
	char name[] = "heap-a";

	for (size_t i = 0; i < WIRE_HEAPS_MAX + 1; i++) {
		name[5] = (char)('0' + i);
		add_text(hostile, RECORD(LIMITS_HEAP), TENON_PROP_HEAP, name, 6);
	}
}

static void check_unsupported(struct hostile *hostile)
{
	hostile_submit(hostile, 64, 64);
	hostile_roundtrip(hostile);
	assert_true(hostile->failed);
	assert_int_equal(hostile->reason, TENON_NEGOTIATION_V1_FAILURE_UNSUPPORTED);
}

static void unknown_formats_only(struct hostile *hostile)
{
	const uint32_t format = 0x12345678;

	add_one(hostile, RECORD(FORMATS), &format, sizeof(format));
	check_unsupported(hostile);
}

static void property_that_must_be_understood(struct hostile *hostile)
{
	add_limit(hostile, 0x7ffe | WIRE_MUST_UNDERSTAND, TENON_PLANE_ALL, 1);
	check_unsupported(hostile);
}

static void record_that_must_be_understood(struct hostile *hostile)
{
	hostile_prepare(hostile);
	add_one(hostile, 0x7fff, "x", 1);
	check_unsupported(hostile);
}

static void record_of_an_answer(struct hostile *hostile)
{
	hostile_prepare(hostile);
	add_one(hostile, RECORD(TEXT), "no", 2);
	check_unsupported(hostile);
}

static void record_that_may_be_skipped(struct hostile *hostile)
{
	const uint32_t record[] = {0x7fff, 5, 0x78787878, 0x78};

	add_raw(hostile, record, sizeof(record));
	hostile_resolve(hostile);
}

/* As much of everything as is allowed, and each alternative unlike the others. */
static void most_that_is_allowed(struct hostile *hostile)
{
	for (uint32_t d = 0; d < WIRE_DEVICES_MAX; d++) {
		hostile_add_device(hostile, "gpu");
		for (uint32_t a = 0; a < WIRE_ALTERNATIVES_MAX / WIRE_DEVICES_MAX; a++) {
			const struct wire_limit limits[] = {
				{TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 4 + a * 7 + d},
				{TENON_PROP_OFFSET_ALIGN, TENON_PLANE_ALL, 1 + (d * 5 + a) % 13},
				{TENON_PROP_HEIGHT_ALIGN, TENON_PLANE_ALL, 1 + (a * 3 + d) % 11},
			};

			hostile_add_alternative(hostile, TENON_ROLE_RENDER, limits, 3);
		}
	}
	hostile_submit(hostile, 1920, 1080);
	hostile_roundtrip(hostile);
	assert_true(hostile->resolved || hostile->conflict || hostile->failed);
}

#define CASE(name, error) \
	{ \
#name, name, NEGOTIATION, TENON_NEGOTIATION_V1_ERROR_##error \
	}

static const struct hostile_case cases[] = {
	CASE(half_a_header, MALFORMED),
	CASE(record_longer_than_its_array, MALFORMED),
	CASE(record_of_the_greatest_length, MALFORMED),
	CASE(record_without_its_padding, MALFORMED),
	CASE(record_padded_with_something, MALFORMED),
	CASE(record_of_set_reserved_bits, MALFORMED),
	CASE(array_above_its_bound, TOO_MANY),
	CASE(question_above_its_bound, TOO_MANY),
	CASE(many_formats, TOO_MANY),
	CASE(many_formats_at_once, TOO_MANY),
	CASE(half_a_format, MALFORMED),
	CASE(no_formats, MALFORMED),
	CASE(many_modifiers, TOO_MANY),
	CASE(half_a_modifier, MALFORMED),
	CASE(alternative_without_device, NO_DEVICE),
	CASE(pairs_without_alternative, NO_ALTERNATIVE),
	CASE(pairs_of_another_device, NO_ALTERNATIVE),
	CASE(heap_without_alternative, NO_ALTERNATIVE),
	CASE(source_without_alternative, NO_ALTERNATIVE),
	CASE(source_that_is_long, MALFORMED),
	CASE(source_with_a_nul, MALFORMED),
	CASE(device_without_alternative, NO_ALTERNATIVE),
	CASE(last_device_without_alternative, NO_ALTERNATIVE),
	CASE(device_role_that_is_none, NOT_A_ROLE),
	CASE(device_of_strange_coherence, MALFORMED),
	CASE(device_cut_short, MALFORMED),
	CASE(device_without_name, MALFORMED),
	CASE(device_of_long_name, MALFORMED),
	CASE(device_of_a_name_with_nul, MALFORMED),
	CASE(alternative_without_role, NOT_A_ROLE),
	CASE(alternative_role_that_is_none, NOT_A_ROLE),
	CASE(half_a_limit, MALFORMED),
	CASE(many_limits, TOO_MANY),
	CASE(limits_of_the_greatest_number, TOO_MANY),
	CASE(limit_of_a_plane_that_is_none, MALFORMED),
	CASE(multiple_of_0, MALFORMED),
	CASE(limit_of_set_reserved_bits, MALFORMED),
	CASE(limits_that_contradict_themselves, MALFORMED),
	CASE(own_limits_malformed, MALFORMED),
	CASE(no_pairs, MALFORMED),
	CASE(half_a_pair, MALFORMED),
	CASE(padded_pair, MALFORMED),
	CASE(many_pairs_at_once, TOO_MANY),
	CASE(many_pairs_in_all, TOO_MANY),
	CASE(many_devices, TOO_MANY),
	CASE(many_alternatives, TOO_MANY),
	CASE(many_heaps, TOO_MANY),
	CASE(heap_without_name, MALFORMED),
	CASE(half_a_fact, MALFORMED),
	CASE(many_facts, TOO_MANY),
	CASE(strange_fact, MALFORMED),
	CASE(heap_of_another_property, MALFORMED),
	CASE(many_names_of_heaps, TOO_MANY),
	{"unknown_formats_only", unknown_formats_only, NULL, 0},
	{"property_that_must_be_understood", property_that_must_be_understood, NULL, 0},
	{"record_that_must_be_understood", record_that_must_be_understood, NULL, 0},
	{"record_of_an_answer", record_of_an_answer, NULL, 0},
	{"record_that_may_be_skipped", record_that_may_be_skipped, NULL, 0},
	{"most_that_is_allowed", most_that_is_allowed, NULL, 0},
};

void hostile_run_records(const struct hostile_target *target)
{
	hostile_run(target, cases, sizeof(cases) / sizeof(cases[0]));
}
