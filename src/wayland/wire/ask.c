/* SPDX-License-Identifier: MIT */
#include "wayland/wire/records.h"

#include <errno.h>
#include <string.h>

/* A record that is an array; none if the array is empty. */
static int put_array(struct wl_array *out, enum wire_kind kind, const void *data, size_t size)
{
	size_t record;

	if (size == 0) {
		return 0;
	}
	record = wire_begin_record(out, kind);
	if (record == SIZE_MAX || wire_put_bytes(out, data, size) != 0) {
		return -ENOMEM;
	}
	return wire_end_record(out, record);
}

int wire_put_formats(struct wl_array *out, const uint32_t *formats, size_t len)
{
	return put_array(out, WIRE_RECORD_FORMATS, formats, len * sizeof(formats[0]));
}

int wire_put_modifiers(struct wl_array *out, const uint64_t *modifiers, size_t len)
{
	return put_array(out, WIRE_RECORD_MODIFIERS, modifiers, len * sizeof(modifiers[0]));
}

static int put_sources(struct wl_array *out, const struct tenon_limits *limits)
{
	uint32_t number;
	int err = 0;

	for (size_t i = 0; (number = wire_property(i)) != 0 && err == 0; i++) {
		char text[WIRE_SHORT_TEXT_MAX + 1];
		const char *source = tenon_limits_get_source(limits, (enum tenon_property)number);
		size_t record;

		if (source == NULL) {
			continue;
		}
		wire_text(text, WIRE_SHORT_TEXT_MAX, source);
		record = wire_begin_record(out, WIRE_RECORD_SOURCE);
		if (record == SIZE_MAX || wire_put_bytes(out, &number, sizeof(number)) != 0 ||
			wire_put_bytes(out, text, strlen(text)) != 0) {
			return -ENOMEM;
		}
		err = wire_end_record(out, record);
	}
	return err;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The record of an alternative, with as many pairs as it may have, and those of further pairs. */
static int put_pairs_and_limits(struct wl_array *out, uint32_t roles,
	const struct tenon_format_modifier *pairs, size_t len, const struct tenon_limits *limits)
{
	const size_t record = wire_begin_record(out, WIRE_RECORD_ALTERNATIVE);
	const size_t contents = out->size;
	uint32_t head[2] = {roles, 0};
	size_t at = min_size(len, WIRE_PAIRS_MAX);
	int err;

	if (record == SIZE_MAX || wire_put_bytes(out, head, sizeof(head)) != 0 ||
		wire_put_limits(out, limits) != 0) {
		return -ENOMEM;
	}
	head[1] = (uint32_t)((out->size - contents - sizeof(head)) / sizeof(struct wire_limit));
	memcpy((char *)out->data + contents, head, sizeof(head));
	if (wire_put_pairs(out, pairs, at) != 0) {
		return -ENOMEM;
	}
	err = wire_end_record(out, record);
	for (; at < len && err == 0; at += WIRE_PAIRS_MAX) {
		size_t more = wire_begin_record(out, WIRE_RECORD_PAIRS);

		if (more == SIZE_MAX ||
			wire_put_pairs(out, &pairs[at], min_size(len - at, WIRE_PAIRS_MAX)) != 0) {
			return -ENOMEM;
		}
		err = wire_end_record(out, more);
	}
	return err;
}

static int put_alternative(struct wl_array *out, const struct tenon_offer *offer, size_t i)
{
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	size_t len;
	uint32_t roles;
	int err;

	tenon_offer_get_alternative(offer, i, &roles, &pairs, &len, &limits);
	err = put_pairs_and_limits(out, roles, pairs, len, limits);
	if (err == 0) {
		err = wire_put_limits_heaps(out, WIRE_RECORD_ALTERNATIVE_HEAP, limits);
	}
	return err != 0 ? err : put_sources(out, limits);
}

int wire_put_device(struct wl_array *out, const struct tenon_participant *participant)
{
	const struct tenon_offer *offer = participant->offer;
	const char *name = tenon_offer_get_device(offer);
	const uint32_t head[2] = {participant->roles, (uint32_t)tenon_offer_get_coherent(offer)};
	const uint64_t dev = tenon_offer_get_dev(offer);
	size_t record = wire_begin_record(out, WIRE_RECORD_DEVICE);
	int err;

	if (record == SIZE_MAX || wire_put_bytes(out, head, sizeof(head)) != 0 ||
		wire_put_bytes(out, &dev, sizeof(dev)) != 0 ||
		wire_put_bytes(out, name, strlen(name)) != 0) {
		return -ENOMEM;
	}
	err = wire_end_record(out, record);
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer) && err == 0; i++) {
		err = put_alternative(out, offer, i);
	}
	return err;
}

int wire_put_own_limits(struct wl_array *out, const struct tenon_limits *limits)
{
	size_t record = wire_begin_record(out, WIRE_RECORD_LIMITS);
	int err;

	if (record == SIZE_MAX || wire_put_limits(out, limits) != 0) {
		return -ENOMEM;
	}
	err = wire_end_record(out, record);
	return err != 0 ? err : wire_put_limits_heaps(out, WIRE_RECORD_LIMITS_HEAP, limits);
}

int wire_put_heap(struct wl_array *out, const struct tenon_heap_info *info)
{
	size_t record = wire_begin_record(out, WIRE_RECORD_HEAP);
	size_t contents = out->size;
	uint32_t facts = 0;

	if (record == SIZE_MAX || wire_put_bytes(out, &facts, sizeof(facts)) != 0 ||
		wire_put_facts(out, info) != 0) {
		return -ENOMEM;
	}
	facts = (uint32_t)((out->size - contents - sizeof(facts)) / sizeof(struct wire_fact));
	memcpy((char *)out->data + contents, &facts, sizeof(facts));
	if (wire_put_bytes(out, info->name, strnlen(info->name, WIRE_NAME_MAX)) != 0) {
		return -ENOMEM;
	}
	return wire_end_record(out, record);
}
