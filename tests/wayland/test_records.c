/* SPDX-License-Identifier: MIT */

/* Questions as records: what is written is read back the same, however it is cut. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "wayland/wire/records.h"

#include "../unit/random.h"

enum { ROUNDS = 300 };

static const enum tenon_property some_properties[] = {TENON_PROP_PITCH_MULTIPLE,
	TENON_PROP_PLANE_TAIL, TENON_PROP_WIDTH_MIN, TENON_PROP_HEIGHT_ALIGN,
	TENON_PROP_OFFSET_ALIGN, TENON_PROP_BASE_ALIGN, TENON_PROP_SIZE_TAIL,
	TENON_PROP_SEGMENTS_MAX, TENON_PROP_CACHE};

/* A name of 1 to 63 bytes. */
static void draw_name(struct random *random, char name[WIRE_NAME_MAX + 1])
{
	size_t len = 1 + random_below(random, WIRE_NAME_MAX);

	for (size_t i = 0; i < len; i++) {
		name[i] = (char)('a' + random_below(random, 26));
	}
	name[len] = '\0';
}

static struct tenon_limits *draw_limits(struct random *random, bool with_source)
{
	struct tenon_limits *limits;

	assert_int_equal(tenon_limits_create(&limits), 0);
	for (uint32_t n = random_below(random, 6); n > 0; n--) {
		enum tenon_property property = some_properties[random_below(random, 9)];
		bool per_plane = tenon_property_is_per_plane(property);
		uint32_t plane = per_plane && random_below(random, 2) == 0 ? random_below(random, 4)
									   : TENON_PLANE_ALL;

		if (random_below(random, 4) == 0) {
			assert_int_equal(tenon_limits_set_unknown(limits, property, plane), 0);
		} else {
			assert_int_equal(tenon_limits_set(limits, property, plane,
						 1 + random_below(random, 2)),
				0);
		}
		if (with_source && random_below(random, 3) == 0) {
			assert_int_equal(
				tenon_limits_set_source(limits, property, "a data sheet"), 0);
		}
	}
	for (uint32_t n = random_below(random, 4); n > 0; n--) {
		char name[WIRE_NAME_MAX + 1];

		draw_name(random, name);
		if (random_below(random, 2) == 0) {
			(void)tenon_limits_allow_heap(limits, name);
		} else {
			(void)tenon_limits_prefer_heap(limits, name);
		}
	}
	return limits;
}

static struct tenon_offer *draw_offer(struct random *random)
{
	static struct tenon_format_modifier pairs[WIRE_PAIRS_MAX * 2 + 50];
	struct tenon_offer *offer;
	char name[WIRE_NAME_MAX + 1];

	draw_name(random, name);
	assert_int_equal(tenon_offer_create(&offer, name), 0);
	tenon_offer_set_dev(offer, random_below(random, 2) == 0 ? 0 : (dev_t)random_next(random));
	tenon_offer_set_coherent(offer, (enum tenon_answer)random_below(random, 3));
	for (uint32_t n = 1 + random_below(random, 4); n > 0; n--) {
		struct tenon_limits *limits = draw_limits(random, true);
		size_t len = 1 + random_below(random, random_below(random, 4) == 0 ? 300 : 8);

		for (size_t i = 0; i < len; i++) {
			pairs[i].format = random_below(random, 4);
			pairs[i].modifier = random_next(random);
		}
		assert_int_equal(tenon_offer_add(offer, 1 + random_below(random, TENON_ROLE_ANY),
					 pairs, len, limits),
			0);
		tenon_limits_destroy(limits);
	}
	return offer;
}

/* Reads all of it, as it would be cut, or at every record. Returns the first error. */
static int read_question(struct wire_question *question, const struct wl_array *all, bool finely)
{
	const char *at = all->data;
	size_t left = all->size;
	int err = 0;

	while (left > 0 && err == 0) {
		size_t cut = wire_cut(at, left);

		assert_true(cut > 0 && cut <= WIRE_RECORDS_MAX);
		if (finely) {
			struct wire_bytes bytes = {at, left};
			struct wire_record record;

			assert_int_equal(wire_next_record(&record, &bytes), 1);
			cut = left - bytes.left;
		}
		err = wire_question_read(question, at, cut);
		at += cut;
		left -= cut;
	}
	return err != 0 ? err : wire_question_end(question);
}

static void put_question(struct wl_array *out, const struct wire_question *question)
{
	wl_array_init(out);
	assert_int_equal(wire_put_formats(out, question->formats, question->formats_len), 0);
	assert_int_equal(wire_put_modifiers(out, question->modifiers, question->modifiers_len), 0);
	for (size_t i = 0; i < question->devices_len; i++) {
		assert_int_equal(wire_put_device(out, &question->devices[i]), 0);
	}
	if (question->limits != NULL) {
		assert_int_equal(wire_put_own_limits(out, question->limits), 0);
	}
	for (size_t i = 0; i < question->heaps_len; i++) {
		assert_int_equal(wire_put_heap(out, &question->heaps[i]), 0);
	}
}

static void check_same_bytes(const struct wl_array *a, const struct wl_array *b)
{
	assert_int_equal(a->size, b->size);
	assert_true(a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* A question of its own heap of everything. The caller finishes it. */
static void draw_question(struct random *random, struct wire_question *question)
{
	wire_question_init(question);
	question->formats_len = random_below(random, 4);
	question->modifiers_len = random_below(random, 4);
	for (size_t i = 0; i < 4; i++) {
		question->formats[i] = (uint32_t)random_next(random);
		question->modifiers[i] = random_next(random);
	}
	for (uint32_t n = random_below(random, 5); n > 0; n--) {
		question->devices[question->devices_len++] = (struct tenon_participant){
			.offer = draw_offer(random),
			.roles = random_below(random, TENON_ROLE_ANY + 1),
		};
	}
	if (random_below(random, 2) == 0) {
		question->limits = draw_limits(random, false);
	}
	question->heaps = calloc(8, sizeof(*question->heaps));
	assert_non_null(question->heaps);
	for (uint32_t n = random_below(random, 8); n > 0; n--) {
		struct tenon_heap_info *info = &question->heaps[question->heaps_len++];

		info->size = sizeof(*info);
		draw_name(random, info->name);
		info->free_bytes = random_next(random);
		info->total_bytes = UINT64_MAX;
		info->scarcity = random_below(random, 3);
		info->contiguity = (enum tenon_contiguity)random_below(random, 5);
		info->mappable = random_below(random, 2) == 0;
	}
}

static void check_heaps(const struct wire_question *a, const struct wire_question *b)
{
	assert_int_equal(a->heaps_len, b->heaps_len);
	for (size_t i = 0; i < a->heaps_len; i++) {
		assert_string_equal(a->heaps[i].name, b->heaps[i].name);
		assert_true(a->heaps[i].free_bytes == b->heaps[i].free_bytes);
		assert_int_equal(a->heaps[i].contiguity, b->heaps[i].contiguity);
		assert_int_equal(a->heaps[i].mappable, b->heaps[i].mappable);
	}
}

/* What the records say apart from what they are encoded to. */
static void check_question(const struct wire_question *a, const struct wire_question *b)
{
	assert_int_equal(a->formats_len, b->formats_len);
	assert_memory_equal(a->formats, b->formats, a->formats_len * sizeof(a->formats[0]));
	assert_int_equal(a->modifiers_len, b->modifiers_len);
	assert_memory_equal(a->modifiers, b->modifiers, a->modifiers_len * sizeof(a->modifiers[0]));
	assert_int_equal(a->devices_len, b->devices_len);
	for (size_t i = 0; i < a->devices_len; i++) {
		const struct tenon_offer *x = a->devices[i].offer, *y = b->devices[i].offer;

		assert_int_equal(a->devices[i].roles, b->devices[i].roles);
		assert_string_equal(tenon_offer_get_device(x), tenon_offer_get_device(y));
		assert_true(tenon_offer_get_dev(x) == tenon_offer_get_dev(y));
		assert_int_equal(tenon_offer_get_coherent(x), tenon_offer_get_coherent(y));
		assert_int_equal(
			tenon_offer_get_alternatives_len(x), tenon_offer_get_alternatives_len(y));
	}
	assert_int_equal(a->limits != NULL, b->limits != NULL);
	check_heaps(a, b);
}

TEST_TIMEOUT(questions_come_back, 60)
{
	struct random random = {11};
	size_t cut = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct wire_question asked, read;
		struct wl_array first, second;

		draw_question(&random, &asked);
		put_question(&first, &asked);
		cut += first.size > WIRE_RECORDS_MAX;
		wire_question_init(&read);
		assert_int_equal(read_question(&read, &first, i % 2 == 0), 0);
		check_question(&asked, &read);
		assert_false(read.record_unsupported || read.limits_unsupported);
		put_question(&second, &read);
		check_same_bytes(&first, &second);
		wire_question_finish(&asked);
		wire_question_finish(&read);
		wl_array_release(&first);
		wl_array_release(&second);
	}
	assert_true(cut >= ROUNDS / 4 && cut <= ROUNDS * 3 / 4); /* both kinds were tried */
}

/* Wherever a question breaks off, it is refused, or is one that ends there. */
TEST(questions_that_break_off_are_refused)
{
	struct random random = {5};
	struct wire_question asked, read;
	struct wl_array whole;
	size_t good = 0;

	do {
		draw_question(&random, &asked);
		put_question(&whole, &asked);
		if (whole.size >= 500 && whole.size <= WIRE_RECORDS_MAX) {
			break;
		}
		wire_question_finish(&asked);
		wl_array_release(&whole);
	} while (true);
	for (size_t size = 0; size < whole.size; size++) {
		char *bytes = malloc(size + 1); /* of its very size, for the sanitizers */
		int err;

		assert_non_null(bytes);
		memcpy(bytes + 1, whole.data, size); /* and not aligned */
		wire_question_init(&read);
		err = wire_question_read(&read, bytes + 1, size);
		assert_true(err == 0 || err == -EPROTO);
		good += err == 0;
		wire_question_finish(&read);
		free(bytes);
	}
	assert_true(good > 0 && good < whole.size / 8);
	wire_question_finish(&asked);
	wl_array_release(&whole);
}

/* Every record is cut where it is whole, and as late as can be. */
TEST(records_are_cut_between_them)
{
	struct wl_array all;
	size_t at = 0;

	wl_array_init(&all);
	for (size_t i = 0; i < 400; i++) {
		char text[64];

		snprintf(text, sizeof(text), "%.*s", (int)(i % 60),
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		assert_int_equal(wire_put_text(&all, WIRE_RECORD_TEXT, text, 63), 0);
		assert_int_equal(all.size % 4, 0);
	}
	while (at < all.size) {
		const char *data = (const char *)all.data + at;
		size_t left = all.size - at, cut = wire_cut(data, left);
		struct wire_bytes bytes = {data, cut};
		struct wire_record record;

		while (bytes.left > 0) {
			assert_int_equal(wire_next_record(&record, &bytes), 1);
			assert_int_equal(record.kind, WIRE_RECORD_TEXT);
		}
		assert_true(cut <= WIRE_RECORDS_MAX);
		bytes = (struct wire_bytes){data + cut, left - cut};
		if (cut < left) {
			assert_int_equal(wire_next_record(&record, &bytes), 1);
			assert_true(left - bytes.left > WIRE_RECORDS_MAX); /* no room for it */
		}
		at += cut;
	}
	assert_int_equal(wire_cut(NULL, 0), 0);
	wl_array_release(&all);
}

/* A value that goes with multiples of 1. */
static uint64_t least_value(enum tenon_property property)
{
	return strstr(tenon_property_get_name(property), "remainder") != NULL ? 0 : 1;
}

/* The longest records there are fit into a message. */
TEST(the_longest_record_fits)
{
	static struct tenon_format_modifier pairs[WIRE_PAIRS_MAX];
	struct tenon_participant device = {0};
	struct tenon_limits *limits;
	struct wire_question read;
	struct wl_array all;
	uint32_t number;

	assert_int_equal(tenon_limits_create(&limits), 0);
	for (size_t i = 0; (number = wire_property(i)) != 0; i++) {
		enum tenon_property property = (enum tenon_property)number;
		uint32_t planes = tenon_property_is_per_plane(property) ? TENON_MAX_PLANES : 1;

		/* different on each plane, so that there is one limit for each; names fail */
		for (uint32_t p = 0; p < planes; p++) {
			uint32_t plane = planes > 1 ? p : TENON_PLANE_ALL;

			if (p % 2 == 0) {
				(void)tenon_limits_set_unknown(limits, property, plane);
			} else {
				(void)tenon_limits_set(
					limits, property, plane, least_value(property));
			}
		}
	}
	for (size_t i = 0; i < WIRE_PAIRS_MAX; i++) {
		pairs[i].modifier = i;
	}
	wl_array_init(&all);
	assert_int_equal(tenon_offer_create(&device.offer, "gpu"), 0);
	assert_int_equal(
		tenon_offer_add(device.offer, TENON_ROLE_RENDER, pairs, WIRE_PAIRS_MAX, limits), 0);
	assert_int_equal(wire_put_device(&all, &device), 0);
	assert_true(all.size > 3000);
	wire_question_init(&read);
	assert_int_equal(read_question(&read, &all, false), 0);
	assert_int_equal(read.devices_len, 1);
	wire_question_finish(&read);
	wl_array_release(&all);
	tenon_limits_destroy(limits);
	tenon_offer_unref(device.offer);
}

TEST(questions_have_bounds)
{
	static uint32_t bytes[WIRE_RECORDS_MAX / 4 + 2];
	struct wire_question question;
	size_t taken = 0;

	for (size_t i = 0; i < WIRE_RECORDS_MAX / 4 + 2; i += 2) {
		bytes[i] = 0x7fff;
	}
	wire_question_init(&question);
	assert_int_equal(wire_question_read(&question, bytes, WIRE_RECORDS_MAX + 8), -E2BIG);
	while (taken + WIRE_RECORDS_MAX <= WIRE_QUESTION_MAX) {
		assert_int_equal(wire_question_read(&question, bytes, WIRE_RECORDS_MAX), 0);
		taken += WIRE_RECORDS_MAX;
	}
	assert_int_equal(wire_question_read(&question, bytes, WIRE_RECORDS_MAX), -E2BIG);
	assert_int_equal(
		wire_question_read(&question, bytes, (WIRE_QUESTION_MAX - taken) / 8 * 8), 0);
	assert_false(question.record_unsupported); /* those may be skipped */
	wire_question_finish(&question);
}

/* Records that are not known, in questions and in answers. */
TEST(unknown_records_are_skipped_unless_they_must_be_understood)
{
	const uint32_t may[] = {0x7fff, 3, 0x787878}, must[] = {0x80007fff, 0};
	const struct wire_answer_impl none = {0};
	struct wire_question question;

	wire_question_init(&question);
	assert_int_equal(wire_question_read(&question, may, sizeof(may)), 0);
	assert_false(question.record_unsupported);
	assert_int_equal(wire_question_read(&question, must, sizeof(must)), 0);
	assert_true(question.record_unsupported);
	wire_question_finish(&question);
	assert_int_equal(wire_answer_read(&none, NULL, may, sizeof(may)), 0);
	assert_int_equal(wire_answer_read(&none, NULL, must, sizeof(must)), -ENOTSUP);
	assert_int_equal(wire_answer_read(&none, NULL, may, 7), -EPROTO);
	assert_int_equal(wire_answer_read(&none, NULL, NULL, 0), 0);
}
