/* SPDX-License-Identifier: MIT */
#include "wayland/wire/wire.h"

#include <errno.h>
#include <string.h>

/*
 * The properties that travel as numbers. tests/wayland/test_wire.c compares this with the
 * vocabulary itself, so that no property can be forgotten.
 */
static const struct {
	uint8_t number;
	bool per_plane;
	bool preference;
} properties[] = {
	{TENON_PROP_PITCH_MULTIPLE, true, false},
	{TENON_PROP_PITCH_REMAINDER, true, false},
	{TENON_PROP_PITCH_MULTIPLE_PIXELS, true, false},
	{TENON_PROP_PITCH_REMAINDER_PIXELS, true, false},
	{TENON_PROP_PITCH_EXACT, true, false},
	{TENON_PROP_PITCH_TIGHT, true, false},
	{TENON_PROP_PITCH_MAX, true, false},
	{TENON_PROP_PITCH_LINKED, false, false},
	{TENON_PROP_PITCH_PREFERRED, true, true},
	{TENON_PROP_PITCH_PREFERRED_REMAINDER, true, true},
	{TENON_PROP_WIDTH_MIN, false, false},
	{TENON_PROP_WIDTH_MAX, false, false},
	{TENON_PROP_HEIGHT_MIN, false, false},
	{TENON_PROP_HEIGHT_MAX, false, false},
	{TENON_PROP_WIDTH_ALIGN, true, false},
	{TENON_PROP_HEIGHT_ALIGN, true, false},
	{TENON_PROP_OFFSET_ALIGN, true, false},
	{TENON_PROP_BASE_ALIGN, false, false},
	{TENON_PROP_SIZE_ALIGN, false, false},
	{TENON_PROP_SIZE_TAIL, false, false},
	{TENON_PROP_PLANE_TAIL, true, false},
	{TENON_PROP_SEGMENTS_MAX, false, false},
	{TENON_PROP_SEGMENT_SIZE_MAX, false, false},
	{TENON_PROP_SEGMENT_BOUNDARY, false, false},
	{TENON_PROP_ADDRESS_MIN, false, false},
	{TENON_PROP_ADDRESS_MAX, false, false},
	{TENON_PROP_CACHE, false, false},
	{TENON_PROP_OBJECTS, false, false},
	{TENON_PROP_OWN_FD, false, false},
	{TENON_PROP_PROTECTED, false, false},
};

enum {
	PROPERTIES_LEN = sizeof(properties) / sizeof(properties[0]),
};

uint32_t wire_property(size_t i)
{
	if (i < PROPERTIES_LEN) {
		return properties[i].number;
	}
	if (i == PROPERTIES_LEN) {
		return TENON_PROP_HEAP;
	}
	return i == PROPERTIES_LEN + 1 ? TENON_PROP_HEAP_PREFERRED : 0;
}

/* What tenon_limits_get() says of a property and plane. */
struct answer {
	int err;
	uint64_t value;
};

static struct answer ask(const struct tenon_limits *limits, size_t i, uint32_t plane)
{
	struct answer answer = {0};

	answer.err = tenon_limits_get(
		limits, (enum tenon_property)properties[i].number, plane, &answer.value);
	if (answer.err != 0) {
		answer.value = 0;
	}
	return answer;
}

static int put(struct wl_array *out, size_t i, uint32_t plane, struct answer answer)
{
	struct wire_limit limit = {properties[i].number, plane, answer.value};
	void *at;

	if (answer.err != 0 && answer.err != -ENODATA) {
		return 0; /* unconstrained */
	}
	at = wl_array_add(out, sizeof(limit));
	if (at == NULL) {
		return -ENOMEM;
	}
	limit.property |= properties[i].preference ? 0 : WIRE_MUST_UNDERSTAND;
	limit.property |= answer.err == -ENODATA ? WIRE_UNKNOWN : 0;
	memcpy(at, &limit, sizeof(limit)); /* may not be aligned for 64 bits */
	return 0;
}

static int put_per_plane(struct wl_array *out, const struct tenon_limits *limits, size_t i)
{
	struct answer answer = ask(limits, i, TENON_PLANE_ALL);

	if (answer.err != -ERANGE) {
		return put(out, i, TENON_PLANE_ALL, answer);
	}
	for (uint32_t plane = 0; plane < TENON_MAX_PLANES; plane++) {
		if (put(out, i, plane, ask(limits, i, plane)) != 0) {
			return -ENOMEM;
		}
	}
	return 0;
}

int wire_put_limits(struct wl_array *out, const struct tenon_limits *limits)
{
	enum tenon_property there[TENON_NUMBERS_MAX];
	size_t there_len = tenon_limits_list(limits, there), at = 0;
	size_t before = out->size;
	int err = 0;

	/* both lists are in the order of numbers */
	for (size_t i = 0; i < PROPERTIES_LEN && at < there_len && err == 0; i++) {
		if (properties[i].number != there[at]) {
			continue;
		}
		at++;
		if (properties[i].per_plane) {
			err = put_per_plane(out, limits, i);
		} else {
			err = put(out, i, TENON_PLANE_ALL, ask(limits, i, TENON_PLANE_ALL));
		}
	}
	if (err != 0) {
		out->size = before;
	}
	return err;
}

static bool is_known(uint32_t number)
{
	for (size_t i = 0; i < PROPERTIES_LEN; i++) {
		if (properties[i].number == number) {
			return true;
		}
	}
	return false;
}

/* 0; -EPROTO; -ENOTSUP; -ENOMEM. */
static int get_one(struct tenon_limits *limits, const struct wire_limit *limit)
{
	uint32_t number = limit->property & WIRE_NUMBER_MASK;
	bool unknown = (limit->property & WIRE_UNKNOWN) != 0;
	int err;

	if ((limit->property & ~(WIRE_MUST_UNDERSTAND | WIRE_UNKNOWN | WIRE_NUMBER_MASK)) != 0 ||
		(limit->plane >= TENON_MAX_PLANES && limit->plane != TENON_PLANE_ALL) ||
		(unknown && limit->value != 0)) {
		return -EPROTO;
	}
	if (!is_known(number)) {
		/* names and what only conflicts have are known, but are no limits */
		if (number < 128 && tenon_property_get_name((enum tenon_property)number) != NULL) {
			return -EPROTO;
		}
		return (limit->property & WIRE_MUST_UNDERSTAND) != 0 ? -ENOTSUP : 0;
	}
	if (unknown) {
		err = tenon_limits_set_unknown(limits, (enum tenon_property)number, limit->plane);
	} else {
		err = tenon_limits_set(
			limits, (enum tenon_property)number, limit->plane, limit->value);
	}
	return err == 0 || err == -ENOMEM ? err : -EPROTO;
}

static bool is_duplicate(const struct wire_limit *limits, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (((limits[j].property ^ limits[i].property) & WIRE_NUMBER_MASK) == 0 &&
			limits[j].plane == limits[i].plane) {
			return true;
		}
	}
	return false;
}

int wire_get_limits(struct tenon_limits *limits, const void *data, size_t size)
{
	struct wire_limit entries[WIRE_LIMITS_MAX];
	size_t len = size / sizeof(entries[0]);
	bool unsupported = false;

	if (size % sizeof(entries[0]) != 0) {
		return -EPROTO;
	}
	if (len > WIRE_LIMITS_MAX) {
		return -E2BIG;
	}
	if (size > 0) {
		memcpy(entries, data, size); /* the message need not be aligned for 64 bits */
	}
	for (size_t i = 0; i < len; i++) {
		int err = is_duplicate(entries, i) ? -EPROTO : get_one(limits, &entries[i]);

		if (err == -ENOTSUP) {
			unsupported = true;
		} else if (err != 0) {
			return err;
		}
	}
	return unsupported ? -ENOTSUP : 0;
}
