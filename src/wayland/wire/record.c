/* SPDX-License-Identifier: MIT */
#include "wayland/wire/records.h"

#include <errno.h>
#include <string.h>

/* Contents are followed by zeros up to a multiple of this. */
enum { ALIGNMENT = 4 };

static size_t padding_of(size_t size)
{
	return (ALIGNMENT - size % ALIGNMENT) % ALIGNMENT;
}

const char *wire_take(struct wire_bytes *bytes, size_t n)
{
	const char *at = bytes->at;

	if (n > bytes->left) {
		return NULL;
	}
	bytes->left -= n;
	bytes->at = n > 0 ? at + n : at;
	return at;
}

int wire_take_u32(struct wire_bytes *bytes, uint32_t *value)
{
	const char *at = wire_take(bytes, sizeof(*value));

	if (at == NULL) {
		return -EPROTO;
	}
	memcpy(value, at, sizeof(*value));
	return 0;
}

int wire_take_u64(struct wire_bytes *bytes, uint64_t *value)
{
	const char *at = wire_take(bytes, sizeof(*value));

	if (at == NULL) {
		return -EPROTO;
	}
	memcpy(value, at, sizeof(*value));
	return 0;
}

int wire_take_text(struct wire_bytes *bytes, char *text, size_t n, size_t max)
{
	const char *at = n <= max ? wire_take(bytes, n) : NULL;

	if (at == NULL || memchr(at, '\0', n) != NULL) {
		return -EPROTO;
	}
	memcpy(text, at, n);
	text[n] = '\0';
	return 0;
}

int wire_next_record(struct wire_record *record, struct wire_bytes *bytes)
{
	struct wire_header header;
	const char *padding;
	size_t padding_len;

	if (bytes->left == 0) {
		return 0;
	}
	if (wire_take_u32(bytes, &header.kind) != 0 || wire_take_u32(bytes, &header.length) != 0 ||
		(header.kind & ~(WIRE_MUST_UNDERSTAND | WIRE_NUMBER_MASK)) != 0) {
		return -EPROTO;
	}
	record->kind = header.kind & WIRE_NUMBER_MASK;
	record->must_understand = (header.kind & WIRE_MUST_UNDERSTAND) != 0;
	record->size = header.length;
	record->data = wire_take(bytes, record->size);
	padding_len = padding_of(record->size);
	padding = record->data != NULL ? wire_take(bytes, padding_len) : NULL;
	if (padding == NULL || memcmp(padding, "\0\0\0", padding_len) != 0) {
		return -EPROTO;
	}
	return 1;
}

size_t wire_cut(const void *records, size_t size)
{
	const char *data = records;
	size_t cut = 0, next = 0;

	if (size <= WIRE_RECORDS_MAX) {
		return size;
	}
	while (next <= WIRE_RECORDS_MAX) {
		struct wire_header header;

		cut = next;
		memcpy(&header, data + cut, sizeof(header));
		next += sizeof(header) + header.length + padding_of(header.length);
	}
	return cut;
}

int wire_put_bytes(struct wl_array *out, const void *data, size_t size)
{
	void *at;

	if (size == 0) {
		return 0;
	}
	at = wl_array_add(out, size);
	if (at == NULL) {
		return -ENOMEM;
	}
	memcpy(at, data, size);
	return 0;
}

size_t wire_begin_record(struct wl_array *out, enum wire_kind kind)
{
	const struct wire_header header = {(uint32_t)kind | WIRE_MUST_UNDERSTAND, 0};
	size_t at = out->size;

	return wire_put_bytes(out, &header, sizeof(header)) == 0 ? at : SIZE_MAX;
}

int wire_end_record(struct wl_array *out, size_t record)
{
	size_t size = out->size - record - sizeof(struct wire_header);
	struct wire_header *header = (struct wire_header *)((char *)out->data + record);

	header->length = (uint32_t)size;
	return wire_put_bytes(out, "\0\0\0", padding_of(size));
}

int wire_put_text(struct wl_array *out, enum wire_kind kind, const char *text, size_t max)
{
	char cut[WIRE_TEXT_MAX + 1];
	size_t record = wire_begin_record(out, kind);

	wire_text(cut, max < WIRE_TEXT_MAX ? max : WIRE_TEXT_MAX, text);
	if (record == SIZE_MAX || wire_put_bytes(out, cut, strlen(cut)) != 0) {
		return -ENOMEM;
	}
	return wire_end_record(out, record);
}

static int put_heaps(struct wl_array *out, enum wire_kind kind, const struct tenon_limits *limits,
	enum tenon_property property)
{
	const char *const *names = tenon_limits_get_heaps(limits, property);
	const uint32_t number = property;
	int err = 0;

	for (size_t i = 0; names != NULL && names[i] != NULL && i < WIRE_HEAPS_MAX && err == 0;
		i++) {
		size_t record = wire_begin_record(out, kind);

		if (record == SIZE_MAX || wire_put_bytes(out, &number, sizeof(number)) != 0 ||
			wire_put_bytes(out, names[i], strlen(names[i])) != 0) {
			return -ENOMEM;
		}
		err = wire_end_record(out, record);
	}
	return err;
}

int wire_put_limits_heaps(
	struct wl_array *out, enum wire_kind kind, const struct tenon_limits *limits)
{
	int err = put_heaps(out, kind, limits, TENON_PROP_HEAP);

	return err != 0 ? err : put_heaps(out, kind, limits, TENON_PROP_HEAP_PREFERRED);
}
