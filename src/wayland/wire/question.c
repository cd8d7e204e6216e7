/* SPDX-License-Identifier: MIT */
#include "wayland/wire/records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void wire_question_init(struct wire_question *question)
{
	memset(question, 0, sizeof(*question));
	wire_device_init(&question->device);
}

void wire_question_finish(struct wire_question *question)
{
	for (size_t i = 0; i < question->devices_len; i++) {
		tenon_offer_unref(question->devices[i].offer);
	}
	free(question->heaps);
	tenon_limits_destroy(question->limits);
	wire_device_finish(&question->device);
	wire_question_init(question);
}

/* Appends a list of numbers, of which there may be WIRE_FORMATS_MAX in all. */
static int read_list(void *list, size_t *len, size_t element, struct wire_bytes bytes)
{
	size_t more = bytes.left / element;

	if (more == 0 || bytes.left % element != 0) {
		return -EPROTO;
	}
	if (more > WIRE_FORMATS_MAX - *len) {
		return -E2BIG;
	}
	memcpy((char *)list + *len * element, bytes.at, bytes.left);
	*len += more;
	return 0;
}

static int read_formats(struct wire_question *question, struct wire_bytes bytes)
{
	return read_list(
		question->formats, &question->formats_len, sizeof(question->formats[0]), bytes);
}

static int read_modifiers(struct wire_question *question, struct wire_bytes bytes)
{
	return read_list(question->modifiers, &question->modifiers_len,
		sizeof(question->modifiers[0]), bytes);
}

/* Counts the pairs of the alternative that is about to be closed. */
static int close_pairs(struct wire_question *question)
{
	question->pairs_len += question->device.pairs.size / sizeof(struct tenon_format_modifier);
	return question->pairs_len > WIRE_PAIRS_TOTAL_MAX ? -E2BIG : 0;
}

/* Puts the device that is open, if there is one, with the others. */
static int close_device(struct wire_question *question)
{
	int err;

	if (question->device.offer == NULL) {
		return 0;
	}
	err = close_pairs(question);
	if (err == 0) {
		err = wire_device_end(&question->device, &question->devices[question->devices_len]);
	}
	if (err == 0) {
		question->devices_len++;
		question->alternatives_len += question->device.alternatives_len;
	}
	return err;
}

static int read_device(struct wire_question *question, struct wire_bytes bytes)
{
	char name[WIRE_NAME_MAX + 1];
	uint32_t roles, coherent;
	uint64_t number;
	dev_t dev;
	int err = close_device(question);

	if (err == 0 && question->devices_len >= WIRE_DEVICES_MAX) {
		err = -E2BIG;
	}
	if (err != 0) {
		return err;
	}
	if (wire_take_u32(&bytes, &roles) != 0 || wire_take_u32(&bytes, &coherent) != 0 ||
		wire_take_u64(&bytes, &number) != 0 ||
		wire_take_text(&bytes, name, bytes.left, WIRE_NAME_MAX) != 0) {
		return -EPROTO;
	}
	dev = (dev_t)number;
	return wire_device_begin(
		&question->device, name, roles, &dev, dev != 0 ? sizeof(dev) : 0, coherent);
}

static int read_alternative(struct wire_question *question, struct wire_bytes bytes)
{
	struct wire_device *device = &question->device;
	uint32_t roles, limits_len;
	const char *limits;
	size_t limits_size;
	int err;

	if (device->offer == NULL) {
		return -ENODEV;
	}
	err = close_pairs(question);
	if (err != 0) {
		return err;
	}
	if (question->alternatives_len + device->alternatives_len >= WIRE_ALTERNATIVES_MAX) {
		return -E2BIG;
	}
	if (wire_take_u32(&bytes, &roles) != 0 || wire_take_u32(&bytes, &limits_len) != 0) {
		return -EPROTO;
	}
	if (limits_len > WIRE_LIMITS_MAX) {
		return -E2BIG;
	}
	limits_size = limits_len * sizeof(struct wire_limit);
	limits = wire_take(&bytes, limits_size);
	if (limits == NULL) {
		return -EPROTO;
	}
	err = wire_device_alternative(device, roles, limits, limits_size);
	return err != 0 ? err : wire_get_pairs(&device->pairs, bytes.at, bytes.left);
}

static int read_pairs(struct wire_question *question, struct wire_bytes bytes)
{
	struct wire_device *device = &question->device;
	int err;

	if (device->limits == NULL) {
		return -ENOENT;
	}
	err = wire_get_pairs(&device->pairs, bytes.at, bytes.left);
	if (err == 0 && device->pairs.size / sizeof(struct tenon_format_modifier) >
				WIRE_PAIRS_TOTAL_MAX - question->pairs_len) {
		err = -E2BIG;
	}
	return err;
}

/* A property and a text of 0 to max bytes. */
static int take_property(struct wire_bytes *bytes, uint32_t *property, char *text, size_t max)
{
	int err = wire_take_u32(bytes, property);

	return err != 0 ? err : wire_take_text(bytes, text, bytes->left, max);
}

/* A property and a text of the open alternative, which told takes. */
static int read_of_alternative(struct wire_question *question, struct wire_bytes bytes, size_t max,
	int (*told)(struct wire_device *device, uint32_t property, const char *text))
{
	char text[WIRE_SHORT_TEXT_MAX + 1];
	uint32_t property;
	int err = question->device.limits != NULL ? 0 : -ENOENT;

	if (err == 0) {
		err = take_property(&bytes, &property, text, max);
	}
	return err != 0 ? err : told(&question->device, property, text);
}

static int read_alternative_heap(struct wire_question *question, struct wire_bytes bytes)
{
	return read_of_alternative(question, bytes, WIRE_NAME_MAX, wire_device_heap);
}

static int read_source(struct wire_question *question, struct wire_bytes bytes)
{
	return read_of_alternative(question, bytes, WIRE_SHORT_TEXT_MAX, wire_device_source);
}

static int read_limits(struct wire_question *question, struct wire_bytes bytes)
{
	struct tenon_limits *limits;
	int err = tenon_limits_create(&limits);

	if (err != 0) {
		return err;
	}
	err = wire_get_limits(limits, bytes.at, bytes.left);
	if (err != 0 && err != -ENOTSUP) {
		tenon_limits_destroy(limits);
		return err;
	}
	tenon_limits_destroy(question->limits);
	question->limits = limits;
	question->limits_unsupported = err == -ENOTSUP;
	memset(question->limits_heaps_len, 0, sizeof(question->limits_heaps_len));
	return 0;
}

static int read_limits_heap(struct wire_question *question, struct wire_bytes bytes)
{
	char name[WIRE_NAME_MAX + 1];
	uint32_t property;
	int err = take_property(&bytes, &property, name, WIRE_NAME_MAX);

	if (err == 0 && question->limits == NULL) {
		err = tenon_limits_create(&question->limits);
	}
	return err != 0 ? err
			: wire_add_heap(
				  question->limits, question->limits_heaps_len, property, name);
}

/* Room for one heap more. 0; -E2BIG; -ENOMEM. */
static int make_room(struct wire_question *question)
{
	size_t room = question->heaps_room != 0 ? 2 * question->heaps_room : 4;
	struct tenon_heap_info *more;

	if (question->heaps_len >= WIRE_HEAPS_MAX) {
		return -E2BIG;
	}
	if (question->heaps_len < question->heaps_room) {
		return 0;
	}
	more = reallocarray(question->heaps, room, sizeof(*more));
	if (more == NULL) {
		return -ENOMEM;
	}
	question->heaps = more;
	question->heaps_room = room;
	return 0;
}

static int read_heap(struct wire_question *question, struct wire_bytes bytes)
{
	struct tenon_heap_info *info;
	char name[WIRE_NAME_MAX + 1];
	const char *facts;
	uint32_t facts_len;
	int err = make_room(question);

	if (err == 0) {
		err = wire_take_u32(&bytes, &facts_len);
	}
	if (err != 0) {
		return err;
	}
	if (facts_len > WIRE_FACTS_MAX) {
		return -E2BIG;
	}
	facts = wire_take(&bytes, facts_len * sizeof(struct wire_fact));
	if (facts == NULL || wire_take_text(&bytes, name, bytes.left, WIRE_NAME_MAX) != 0 ||
		!wire_name_is_valid(name)) {
		return -EPROTO;
	}
	info = &question->heaps[question->heaps_len];
	err = wire_get_facts(info, facts, facts_len * sizeof(struct wire_fact));
	if (err == 0) {
		memcpy(info->name, name, strlen(name) + 1);
		question->heaps_len++;
	}
	return err;
}

static int read_record(struct wire_question *question, const struct wire_record *record)
{
	static int (*const reads[])(struct wire_question * question, struct wire_bytes bytes) = {
		[WIRE_RECORD_FORMATS] = read_formats,
		[WIRE_RECORD_MODIFIERS] = read_modifiers,
		[WIRE_RECORD_DEVICE] = read_device,
		[WIRE_RECORD_ALTERNATIVE] = read_alternative,
		[WIRE_RECORD_PAIRS] = read_pairs,
		[WIRE_RECORD_ALTERNATIVE_HEAP] = read_alternative_heap,
		[WIRE_RECORD_SOURCE] = read_source,
		[WIRE_RECORD_LIMITS] = read_limits,
		[WIRE_RECORD_LIMITS_HEAP] = read_limits_heap,
		[WIRE_RECORD_HEAP] = read_heap,
	};
	const struct wire_bytes bytes = {record->data, record->size};

	if (record->kind < sizeof(reads) / sizeof(reads[0]) && reads[record->kind] != NULL) {
		return reads[record->kind](question, bytes);
	}
	question->record_unsupported |= record->must_understand;
	return 0;
}

int wire_question_read(struct wire_question *question, const void *data, size_t size)
{
	struct wire_bytes bytes = {data, size};
	struct wire_record record;
	int more;

	if (size > WIRE_RECORDS_MAX || size > WIRE_QUESTION_MAX - question->bytes) {
		return -E2BIG;
	}
	question->bytes += size;
	while ((more = wire_next_record(&record, &bytes)) > 0) {
		int err = read_record(question, &record);

		if (err != 0) {
			return err;
		}
	}
	return more;
}

int wire_question_end(struct wire_question *question)
{
	return close_device(question);
}
