/* SPDX-License-Identifier: MIT */
/*
 * Tables of formats, arrays of limits, pairs and facts, questions and answers as they come from
 * another process: whatever is accepted is written and read back the same. The first byte says
 * which it is.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "wayland/wire/records.h"
#include "wayland/wire/wire.h"

#include "fuzz.h"
#include "reader.h"

static void try_table(const uint8_t *data, size_t size)
{
	struct tenon_format_modifier *pairs, *again;
	size_t len, again_len;
	struct wl_array wire;

	if (wire_table_parse(&pairs, &len, data, size) != 0) {
		return;
	}
	wl_array_init(&wire);
	require(len == size / sizeof(struct wire_pair));
	require(wire_put_pairs(&wire, pairs, len) == 0);
	require(wire.size == size && (size == 0 || memcmp(wire.data, data, size) == 0));
	require(wire_table_parse(&again, &again_len, wire.data, wire.size) == 0);
	require(again_len == len);
	wl_array_release(&wire);
	free(pairs);
	free(again);
}

static void try_pairs(const uint8_t *data, size_t size)
{
	struct wl_array pairs;
	int err;

	wl_array_init(&pairs);
	err = wire_get_pairs(&pairs, data, size);
	require(err == 0 || pairs.size == 0);
	require(err != 0 || pairs.size / sizeof(struct tenon_format_modifier) ==
				    size / sizeof(struct wire_pair));
	wl_array_release(&pairs);
}

/* The limits as bytes. */
static void put(struct wl_array *wire, const struct tenon_limits *limits)
{
	wl_array_init(wire);
	require(wire_put_limits(wire, limits) == 0);
	require(wire->size <= WIRE_LIMITS_MAX * sizeof(struct wire_limit));
}

static void try_limits(const uint8_t *data, size_t size)
{
	struct tenon_limits *limits = NULL, *again = NULL;
	struct wl_array first, second;
	int err;

	require(tenon_limits_create(&limits) == 0 && tenon_limits_create(&again) == 0);
	err = wire_get_limits(limits, data, size);
	require(err == 0 || err == -EPROTO || err == -E2BIG || err == -ENOTSUP);
	if (err == 0) {
		put(&first, limits);
		require(wire_get_limits(again, first.data, first.size) == 0);
		put(&second, again);
		require(first.size == second.size &&
			(first.size == 0 || memcmp(first.data, second.data, first.size) == 0));
		wl_array_release(&first);
		wl_array_release(&second);
	}
	tenon_limits_destroy(limits);
	tenon_limits_destroy(again);
}

static void try_facts(const uint8_t *data, size_t size)
{
	struct tenon_heap_info info, again;
	struct wl_array wire;

	if (wire_get_facts(&info, data, size) != 0) {
		return;
	}
	wl_array_init(&wire);
	require(wire_put_facts(&wire, &info) == 0);
	require(wire_get_facts(&again, wire.data, wire.size) == 0);
	require(memcmp(&info, &again, sizeof(info)) == 0); /* both were zeroed whole */
	wl_array_release(&wire);
}

/* A device: alternatives of what there is, one after the other. */
static void try_device(const uint8_t *data, size_t size)
{
	struct tenon_participant out = {0};
	struct wire_device device;
	int err;

	wire_device_init(&device);
	err = wire_device_begin(&device, "fuzz", size > 0 ? data[0] : 0, NULL, 0, 0);
	while (err == 0 && size >= 4) {
		size_t limits = data[1] % 8 * sizeof(struct wire_limit);
		size_t pairs = data[2] % 4 * sizeof(struct wire_pair);
		uint32_t roles = data[3];

		data += 4;
		size -= 4;
		if (limits + pairs > size) {
			break;
		}
		err = wire_device_alternative(&device, roles, data, limits);
		if (err == 0) {
			err = wire_get_pairs(&device.pairs, data + limits, pairs);
		}
		data += limits + pairs;
		size -= limits + pairs;
	}
	if (err == 0 && wire_device_end(&device, &out) == 0) {
		require(tenon_offer_get_alternatives_len(out.offer) <= device.alternatives_len);
		tenon_offer_unref(out.offer);
	}
	wire_device_finish(&device);
}

/* Reads a question message by message. */
static int read_question(struct wire_question *question, const void *data, size_t size)
{
	const char *at = data;
	int err = 0;

	wire_question_init(question);
	while (size > 0 && err == 0) {
		size_t cut = wire_cut(at, size);

		err = wire_question_read(question, at, cut);
		at += cut;
		size -= cut;
	}
	return err != 0 ? err : wire_question_end(question);
}

/* The question as bytes. False: it has a device that is left without an alternative. */
static bool put_question(struct wl_array *out, const struct wire_question *question)
{
	wl_array_init(out);
	require(wire_put_formats(out, question->formats, question->formats_len) == 0);
	require(wire_put_modifiers(out, question->modifiers, question->modifiers_len) == 0);
	for (size_t i = 0; i < question->devices_len; i++) {
		if (tenon_offer_get_alternatives_len(question->devices[i].offer) == 0) {
			return false;
		}
		require(wire_put_device(out, &question->devices[i]) == 0);
	}
	if (question->limits != NULL) {
		require(wire_put_own_limits(out, question->limits) == 0);
	}
	for (size_t i = 0; i < question->heaps_len; i++) {
		require(wire_put_heap(out, &question->heaps[i]) == 0);
	}
	return true;
}

static void try_question(const uint8_t *data, size_t size)
{
	struct wire_question question, again;
	struct wl_array first, second;
	int err;

	/* one message, so that nothing is cut before it is known to be sound */
	wire_question_init(&question);
	err = wire_question_read(&question, data, size);
	if (err == 0) {
		err = wire_question_end(&question);
	}
	require(err == 0 || err == -EPROTO || err == -E2BIG || err == -EDOM || err == -ENODEV ||
		err == -ENOENT);
	if (err == 0) {
		if (put_question(&first, &question)) {
			require(read_question(&again, first.data, first.size) == 0);
			require(put_question(&second, &again));
			require(first.size == second.size &&
				(first.size == 0 ||
					memcmp(first.data, second.data, first.size) == 0));
			wire_question_finish(&again);
			wl_array_release(&second);
		}
		wl_array_release(&first);
	}
	wire_question_finish(&question);
}

/* Writes what an answer tells, but for layouts, which are only made of a plan. */
static int again_layout(void *data, const struct wire_layout *layout)
{
	require(layout->objects_len >= 1 && layout->objects_len <= TENON_MAX_PLANES);
	require(layout->planes_len >= 1 && layout->planes_len <= TENON_MAX_PLANES);
	return 0;
}

static int again_needs(void *data, struct tenon_limits *limits)
{
	int err = wire_put_needs(data, limits);

	tenon_limits_destroy(limits);
	return err;
}

static int again_needs_heap(void *data, enum tenon_property property, const char *name)
{
	require(wire_name_is_valid(name));
	return wire_put_text(data, WIRE_RECORD_CHOICE, name, WIRE_NAME_MAX);
}

static int again_choice(void *data, const char *name)
{
	require(wire_name_is_valid(name));
	return wire_put_text(data, WIRE_RECORD_CHOICE, name, WIRE_NAME_MAX);
}

static int again_ruled_out(void *data, const char *what, const char *why, const char *device)
{
	const struct tenon_ruled_out ruled_out = {what, why, device};

	return wire_put_ruled_out(data, &ruled_out);
}

static int again_conflict_device(
	void *data, const char *name, const char *value, const char *source)
{
	return wire_put_conflict_device(data, name, value, source);
}

static int again_hint(void *data, const char *text)
{
	return wire_put_text(data, WIRE_RECORD_HINT, text, WIRE_TEXT_MAX);
}

static int again_text(void *data, const char *text)
{
	return wire_put_text(data, WIRE_RECORD_TEXT, text, WIRE_TEXT_MAX);
}

static const struct wire_answer_impl again_impl = {
	.layout = again_layout,
	.needs = again_needs,
	.needs_heap = again_needs_heap,
	.choice = again_choice,
	.ruled_out = again_ruled_out,
	.conflict_device = again_conflict_device,
	.hint = again_hint,
	.text = again_text,
};

static void try_answer(const uint8_t *data, size_t size)
{
	struct wl_array first, second;
	int err;

	wl_array_init(&first);
	wl_array_init(&second);
	err = wire_answer_read(&again_impl, &first, data, size);
	require(err == 0 || err == -EPROTO || err == -ENOTSUP);
	if (err == 0) {
		require(wire_answer_read(&again_impl, &second, first.data, first.size) == 0);
		require(first.size == second.size &&
			(first.size == 0 || memcmp(first.data, second.data, first.size) == 0));
	}
	wl_array_release(&first);
	wl_array_release(&second);
}

void fuzz_one(const uint8_t *data, size_t size)
{
	static void (*const tries[])(const uint8_t *data, size_t size) = {
		try_table, try_pairs, try_limits, try_facts, try_device, try_question, try_answer};

	if (size == 0) {
		return;
	}
	tries[data[0] % (sizeof(tries) / sizeof(tries[0]))](data + 1, size - 1);
}
