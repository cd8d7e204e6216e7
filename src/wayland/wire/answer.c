/* SPDX-License-Identifier: MIT */
#include "wayland/wire/records.h"

#include <errno.h>
#include <string.h>

/* A plane of a layout. */
struct wire_plane {
	uint32_t object, pitch;
	uint64_t offset, size;
	uint32_t width, height;
};

/* The length of a text that is not there. */
#define NO_TEXT UINT32_MAX

int wire_put_layout(struct wl_array *out, const struct tenon_layout *layout)
{
	const uint64_t modifier = tenon_layout_get_modifier(layout);
	const size_t objects_len = tenon_layout_get_objects_len(layout);
	const uint32_t head[2] = {
		tenon_format_get_fourcc(tenon_layout_get_format(layout)), (uint32_t)objects_len};
	size_t record = wire_begin_record(out, WIRE_RECORD_LAYOUT);
	int err = record != SIZE_MAX ? wire_put_bytes(out, head, sizeof(head)) : -ENOMEM;

	if (err == 0) {
		err = wire_put_bytes(out, &modifier, sizeof(modifier));
	}
	for (size_t i = 0; i < objects_len && err == 0; i++) {
		uint64_t size = tenon_layout_get_object_size(layout, i);

		err = wire_put_bytes(out, &size, sizeof(size));
	}
	for (size_t i = 0; i < tenon_layout_get_planes_len(layout) && err == 0; i++) {
		struct tenon_plane_layout plane;
		struct wire_plane wire;

		tenon_layout_get_plane(layout, i, &plane);
		wire = (struct wire_plane){plane.object, plane.pitch, plane.offset, plane.size,
			plane.width, plane.height};
		err = wire_put_bytes(out, &wire, sizeof(wire));
	}
	return err != 0 ? err : wire_end_record(out, record);
}

int wire_put_needs(struct wl_array *out, const struct tenon_limits *limits)
{
	size_t record = wire_begin_record(out, WIRE_RECORD_NEEDS);
	int err;

	if (record == SIZE_MAX || wire_put_limits(out, limits) != 0) {
		return -ENOMEM;
	}
	err = wire_end_record(out, record);
	return err != 0 ? err : wire_put_limits_heaps(out, WIRE_RECORD_NEEDS_HEAP, limits);
}

/* Three texts, of which the last may be missing. */
static int put_texts(struct wl_array *out, enum wire_kind kind, const char *const texts[3])
{
	char cut[3][WIRE_SHORT_TEXT_MAX + 1];
	uint32_t lengths[3];
	size_t record = wire_begin_record(out, kind);
	int err;

	for (size_t i = 0; i < 3; i++) {
		wire_text(cut[i], WIRE_SHORT_TEXT_MAX, texts[i]);
		lengths[i] = (uint32_t)strlen(cut[i]);
	}
	if (texts[2] == NULL) {
		lengths[2] = NO_TEXT;
	}
	err = record != SIZE_MAX ? wire_put_bytes(out, lengths, sizeof(lengths)) : -ENOMEM;
	for (size_t i = 0; i < 3 && err == 0; i++) {
		err = wire_put_bytes(out, cut[i], lengths[i] != NO_TEXT ? lengths[i] : 0);
	}
	return err != 0 ? err : wire_end_record(out, record);
}

int wire_put_ruled_out(struct wl_array *out, const struct tenon_ruled_out *ruled_out)
{
	const char *const texts[3] = {ruled_out->what, ruled_out->why, ruled_out->device};

	return put_texts(out, WIRE_RECORD_RULED_OUT, texts);
}

int wire_put_conflict_device(
	struct wl_array *out, const char *name, const char *value, const char *source)
{
	const char *const texts[3] = {name, value, source};

	return put_texts(out, WIRE_RECORD_CONFLICT_DEVICE, texts);
}

/* An answer being read. */
struct reading {
	const struct wire_answer_impl *impl;
	void *data;
};

static int read_planes(struct wire_layout *layout, struct wire_bytes bytes)
{
	size_t len = bytes.left / sizeof(struct wire_plane);

	if (len == 0 || len > TENON_MAX_PLANES || bytes.left % sizeof(struct wire_plane) != 0) {
		return -EPROTO;
	}
	for (size_t i = 0; i < len; i++) {
		struct wire_plane plane;

		memcpy(&plane, bytes.at + i * sizeof(plane), sizeof(plane));
		layout->planes[i] = (struct tenon_plane_layout){
			.object = plane.object,
			.pitch = plane.pitch,
			.offset = plane.offset,
			.size = plane.size,
			.width = plane.width,
			.height = plane.height,
		};
	}
	layout->planes_len = len;
	return 0;
}

static int read_layout(const struct reading *reading, struct wire_bytes bytes)
{
	struct wire_layout layout = {0};
	uint32_t objects_len;

	if (wire_take_u32(&bytes, &layout.format) != 0 ||
		wire_take_u32(&bytes, &objects_len) != 0 ||
		wire_take_u64(&bytes, &layout.modifier) != 0 || objects_len == 0 ||
		objects_len > TENON_MAX_PLANES) {
		return -EPROTO;
	}
	for (size_t i = 0; i < objects_len; i++) {
		if (wire_take_u64(&bytes, &layout.object_sizes[i]) != 0) {
			return -EPROTO;
		}
	}
	layout.objects_len = objects_len;
	if (read_planes(&layout, bytes) != 0) {
		return -EPROTO;
	}
	return reading->impl->layout(reading->data, &layout);
}

static int read_needs(const struct reading *reading, struct wire_bytes bytes)
{
	struct tenon_limits *limits;
	int err = tenon_limits_create(&limits);

	if (err != 0) {
		return err;
	}
	err = wire_get_limits(limits, bytes.at, bytes.left);
	if (err != 0) {
		tenon_limits_destroy(limits);
		return err == -E2BIG ? -EPROTO : err;
	}
	return reading->impl->needs(reading->data, limits);
}

static int read_needs_heap(const struct reading *reading, struct wire_bytes bytes)
{
	char name[WIRE_NAME_MAX + 1];
	uint32_t property;

	if (wire_take_u32(&bytes, &property) != 0 ||
		(property != TENON_PROP_HEAP && property != TENON_PROP_HEAP_PREFERRED) ||
		wire_take_text(&bytes, name, bytes.left, WIRE_NAME_MAX) != 0 ||
		!wire_name_is_valid(name)) {
		return -EPROTO;
	}
	return reading->impl->needs_heap(reading->data, (enum tenon_property)property, name);
}

static int read_choice(const struct reading *reading, struct wire_bytes bytes)
{
	char name[WIRE_NAME_MAX + 1];

	if (wire_take_text(&bytes, name, bytes.left, WIRE_NAME_MAX) != 0 ||
		!wire_name_is_valid(name)) {
		return -EPROTO;
	}
	return reading->impl->choice(reading->data, name);
}

/* Reads three texts and hands them on. */
static int read_texts(int (*told)(void *data, const char *a, const char *b, const char *c),
	void *data, struct wire_bytes bytes)
{
	char texts[3][WIRE_SHORT_TEXT_MAX + 1];
	uint32_t lengths[3];
	bool has_third;

	for (size_t i = 0; i < 3; i++) {
		if (wire_take_u32(&bytes, &lengths[i]) != 0) {
			return -EPROTO;
		}
	}
	has_third = lengths[2] != NO_TEXT;
	for (size_t i = 0; i < (has_third ? 3u : 2u); i++) {
		if (wire_take_text(&bytes, texts[i], lengths[i], WIRE_SHORT_TEXT_MAX) != 0) {
			return -EPROTO;
		}
	}
	return bytes.left == 0 ? told(data, texts[0], texts[1], has_third ? texts[2] : NULL)
			       : -EPROTO;
}

static int read_ruled_out(const struct reading *reading, struct wire_bytes bytes)
{
	return read_texts(reading->impl->ruled_out, reading->data, bytes);
}

static int read_conflict_device(const struct reading *reading, struct wire_bytes bytes)
{
	return read_texts(reading->impl->conflict_device, reading->data, bytes);
}

static int read_hint(const struct reading *reading, struct wire_bytes bytes)
{
	char text[WIRE_TEXT_MAX + 1];

	return wire_take_text(&bytes, text, bytes.left, WIRE_TEXT_MAX) == 0
		       ? reading->impl->hint(reading->data, text)
		       : -EPROTO;
}

static int read_text(const struct reading *reading, struct wire_bytes bytes)
{
	char text[WIRE_TEXT_MAX + 1];

	return wire_take_text(&bytes, text, bytes.left, WIRE_TEXT_MAX) == 0
		       ? reading->impl->text(reading->data, text)
		       : -EPROTO;
}

static int read_record(const struct reading *reading, const struct wire_record *record)
{
	static int (*const reads[])(const struct reading *reading, struct wire_bytes bytes) = {
		[WIRE_RECORD_LAYOUT] = read_layout,
		[WIRE_RECORD_NEEDS] = read_needs,
		[WIRE_RECORD_NEEDS_HEAP] = read_needs_heap,
		[WIRE_RECORD_CHOICE] = read_choice,
		[WIRE_RECORD_RULED_OUT] = read_ruled_out,
		[WIRE_RECORD_CONFLICT_DEVICE] = read_conflict_device,
		[WIRE_RECORD_HINT] = read_hint,
		[WIRE_RECORD_TEXT] = read_text,
	};
	const struct wire_bytes bytes = {record->data, record->size};

	if (record->kind < sizeof(reads) / sizeof(reads[0]) && reads[record->kind] != NULL) {
		return reads[record->kind](reading, bytes);
	}
	return record->must_understand ? -ENOTSUP : 0;
}

int wire_answer_read(
	const struct wire_answer_impl *impl, void *impl_data, const void *data, size_t size)
{
	const struct reading reading = {impl, impl_data};
	struct wire_bytes bytes = {data, size};
	struct wire_record record;
	int more;

	while ((more = wire_next_record(&record, &bytes)) > 0) {
		int err = read_record(&reading, &record);

		if (err != 0) {
			return err;
		}
	}
	return more;
}
