/* SPDX-License-Identifier: MIT */

/* What travels: every property, every kind of damage to it. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "wayland/wire/wire.h"

static bool travels_as_name(uint32_t number)
{
	const char *unit = tenon_property_get_unit((enum tenon_property)number);

	return unit != NULL && strcmp(unit, "names") == 0;
}

/* The table in limits.c is complete, and no property can be added without it. */
TEST(every_property_travels)
{
	bool seen[256] = {false};
	uint32_t number;

	for (size_t i = 0; (number = wire_property(i)) != 0; i++) {
		assert_true(number < 256);
		assert_false(seen[number]);
		assert_non_null(tenon_property_get_name((enum tenon_property)number));
		seen[number] = true;
	}
	for (number = 0; number < 256; number++) {
		bool is_property = tenon_property_get_name((enum tenon_property)number) != NULL &&
				   number != TENON_PROP_FORMAT && number != TENON_PROP_MODIFIER;

		assert_int_equal(seen[number], is_property);
	}
}

/* A value that every property takes that is no name. */
static uint64_t value_of(uint32_t number)
{
	switch (number) {
	case TENON_PROP_PITCH_REMAINDER:
	case TENON_PROP_PITCH_REMAINDER_PIXELS:
	case TENON_PROP_PITCH_PREFERRED_REMAINDER:
		return 0;
	case TENON_PROP_ADDRESS_MAX:
		return 0xddc00000u - 1;
	default:
		return 1;
	}
}

static void check_same(const struct tenon_limits *a, const struct tenon_limits *b)
{
	uint32_t number;

	for (size_t i = 0; (number = wire_property(i)) != 0; i++) {
		enum tenon_property property = (enum tenon_property)number;
		uint32_t planes = tenon_property_is_per_plane(property) ? TENON_MAX_PLANES : 1;

		if (travels_as_name(number)) {
			continue;
		}
		for (uint32_t p = 0; p < planes; p++) {
			uint32_t plane = planes > 1 ? p : TENON_PLANE_ALL;
			uint64_t va = 0, vb = 0;
			int ra = tenon_limits_get(a, property, plane, &va);

			assert_int_equal(ra, tenon_limits_get(b, property, plane, &vb));
			assert_true(ra != 0 || va == vb);
		}
	}
}

static struct tenon_limits *round_trip(const struct tenon_limits *limits, size_t *len)
{
	struct tenon_limits *back;
	struct wl_array array;

	wl_array_init(&array);
	assert_int_equal(wire_put_limits(&array, limits), 0);
	*len = array.size / sizeof(struct wire_limit);
	assert_int_equal(tenon_limits_create(&back), 0);
	assert_int_equal(wire_get_limits(back, array.data, array.size), 0);
	wl_array_release(&array);
	return back;
}

TEST(limits_come_back)
{
	struct tenon_limits *limits, *back;
	uint32_t number;
	size_t set = 0, len;

	assert_int_equal(tenon_limits_create(&limits), 0);
	for (size_t i = 0; (number = wire_property(i)) != 0; i++) {
		if (!travels_as_name(number)) {
			assert_int_equal(tenon_limits_set(limits, (enum tenon_property)number,
						 TENON_PLANE_ALL, value_of(number)),
				0);
			set++;
		}
	}
	back = round_trip(limits, &len);
	assert_int_equal(len, set); /* equal for all planes is one limit */
	assert_true(len <= WIRE_LIMITS_MAX);
	check_same(limits, back);
	tenon_limits_destroy(back);
	tenon_limits_destroy(limits);
}

/* A receiver may ignore preferences, and nothing else. */
TEST(limits_must_be_understood_but_for_preferences)
{
	static const uint32_t numbers[] = {TENON_PROP_PITCH_MULTIPLE, TENON_PROP_SEGMENTS_MAX,
		TENON_PROP_PITCH_PREFERRED, TENON_PROP_PITCH_PREFERRED_REMAINDER};
	struct tenon_limits *limits;
	const struct wire_limit *entries;
	struct wl_array array;

	wl_array_init(&array);
	assert_int_equal(tenon_limits_create(&limits), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(tenon_limits_set(limits, (enum tenon_property)numbers[i],
					 TENON_PLANE_ALL, value_of(numbers[i])),
			0);
	}
	assert_int_equal(wire_put_limits(&array, limits), 0);
	assert_int_equal(array.size, 4 * sizeof(*entries));
	entries = array.data;
	for (size_t i = 0; i < 4; i++) {
		uint32_t number = entries[i].property & WIRE_NUMBER_MASK;
		bool preference = number == TENON_PROP_PITCH_PREFERRED ||
				  number == TENON_PROP_PITCH_PREFERRED_REMAINDER;

		assert_int_equal((entries[i].property & WIRE_MUST_UNDERSTAND) != 0, !preference);
	}
	tenon_limits_destroy(limits);
	wl_array_release(&array);
}

TEST(limits_of_planes_come_back)
{
	struct tenon_limits *limits, *back;
	uint32_t number;
	size_t len;

	assert_int_equal(tenon_limits_create(&limits), 0);
	for (size_t i = 0; (number = wire_property(i)) != 0; i++) {
		enum tenon_property property = (enum tenon_property)number;

		if (travels_as_name(number) || !tenon_property_is_per_plane(property)) {
			continue;
		}
		assert_int_equal(tenon_limits_set(limits, property, 0, value_of(number)), 0);
		assert_int_equal(tenon_limits_set_unknown(limits, property, 2), 0);
	}
	back = round_trip(limits, &len);
	assert_true(len <= WIRE_LIMITS_MAX);
	check_same(limits, back);
	assert_int_equal(tenon_limits_get(back, TENON_PROP_PITCH_MAX, 2, &(uint64_t){0}), -ENODATA);
	assert_int_equal(tenon_limits_get(back, TENON_PROP_PITCH_MAX, 3, &(uint64_t){0}), -ENOENT);
	tenon_limits_destroy(back);
	tenon_limits_destroy(limits);
}

/* What one entry comes to. */
static int read_one(uint32_t property, uint32_t plane, uint64_t value)
{
	const struct wire_limit limit = {property, plane, value};
	struct tenon_limits *limits;
	int result;

	assert_int_equal(tenon_limits_create(&limits), 0);
	result = wire_get_limits(limits, &limit, sizeof(limit));
	tenon_limits_destroy(limits);
	return result;
}

TEST(malformed_limits_are_refused)
{
	static const struct {
		uint32_t property, plane;
		uint64_t value;
		int result;
	} cases[] = {
		{TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 64, 0},
		{TENON_PROP_PITCH_MULTIPLE | WIRE_MUST_UNDERSTAND, 3, 64, 0},
		{TENON_PROP_PITCH_MULTIPLE, 4, 64, -EPROTO}, /* no such plane */
		{TENON_PROP_PITCH_MULTIPLE, UINT32_MAX - 1, 64, -EPROTO},
		{TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 0, -EPROTO}, /* multiple of 0 */
		{TENON_PROP_PITCH_MULTIPLE | 1u << 16, TENON_PLANE_ALL, 64, -EPROTO},
		{TENON_PROP_PITCH_MULTIPLE | 1u << 29, TENON_PLANE_ALL, 64, -EPROTO},
		{TENON_PROP_PITCH_MULTIPLE | WIRE_UNKNOWN, TENON_PLANE_ALL, 0, 0},
		{TENON_PROP_PITCH_MULTIPLE | WIRE_UNKNOWN, TENON_PLANE_ALL, 1, -EPROTO},
		{TENON_PROP_WIDTH_MAX, 0, 100, -EPROTO}, /* not per plane */
		{TENON_PROP_SEGMENT_BOUNDARY, TENON_PLANE_ALL, 3, -EPROTO},
		{TENON_PROP_CACHE, TENON_PLANE_ALL, 0, -EPROTO}, /* empty mask */
		{TENON_PROP_HEAP, TENON_PLANE_ALL, 1, -EPROTO},  /* takes names */
		{TENON_PROP_FORMAT, TENON_PLANE_ALL, 1, -EPROTO},
		{0x7fff, TENON_PLANE_ALL, 1, 0}, /* not known, need not be */
		{0x7fff | WIRE_MUST_UNDERSTAND, TENON_PLANE_ALL, 1, -ENOTSUP},
		{0 | WIRE_MUST_UNDERSTAND, TENON_PLANE_ALL, 1, -ENOTSUP},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int result = read_one(cases[i].property, cases[i].plane, cases[i].value);

		if (result != cases[i].result) {
			fail_msg("case %zu: %d instead of %d", i, result, cases[i].result);
		}
	}
}

TEST(arrays_of_limits_are_bounded)
{
	struct wire_limit many[WIRE_LIMITS_MAX + 1];
	struct tenon_limits *limits;

	for (size_t i = 0; i < WIRE_LIMITS_MAX + 1; i++) {
		many[i] = (struct wire_limit){(uint32_t)(0x4000 + i) & 0x3fff, TENON_PLANE_ALL, 1};
		many[i].property |= 0x2000;
	}
	assert_int_equal(tenon_limits_create(&limits), 0);
	assert_int_equal(wire_get_limits(limits, many, WIRE_LIMITS_MAX * sizeof(many[0])), 0);
	assert_int_equal(wire_get_limits(limits, many, sizeof(many)), -E2BIG);
	assert_int_equal(wire_get_limits(limits, many, sizeof(many[0]) - 1), -EPROTO);
	assert_int_equal(wire_get_limits(limits, NULL, 0), 0);
	many[1] = many[0];
	many[1].property |= WIRE_MUST_UNDERSTAND; /* the same all the same */
	assert_int_equal(wire_get_limits(limits, many, 2 * sizeof(many[0])), -EPROTO);
	tenon_limits_destroy(limits);
}

/* A property that must be understood does not hide what is malformed. */
TEST(malformed_wins_over_unsupported)
{
	const struct wire_limit limits[] = {
		{0x7fff | WIRE_MUST_UNDERSTAND, TENON_PLANE_ALL, 1},
		{TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 0},
	};
	struct tenon_limits *out;

	assert_int_equal(tenon_limits_create(&out), 0);
	assert_int_equal(wire_get_limits(out, limits, sizeof(limits)), -EPROTO);
	tenon_limits_destroy(out);
}

static const struct tenon_format_modifier some_pairs[] = {
	{0x34325258, 0},
	{0x34325241, 0x0100000000000001},
	{0, 0},
};

TEST(pairs_come_back)
{
	struct tenon_format_modifier *back;
	struct wl_array wire, pairs;

	wl_array_init(&wire);
	wl_array_init(&pairs);
	assert_int_equal(wire_put_pairs(&wire, some_pairs, 3), 0);
	assert_int_equal(wire_get_pairs(&pairs, wire.data, wire.size), 0);
	assert_int_equal(pairs.size, sizeof(some_pairs));
	back = pairs.data;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(back[i].format, some_pairs[i].format);
		assert_int_equal(back[i].modifier, some_pairs[i].modifier);
	}
	assert_int_equal(wire_get_pairs(&pairs, wire.data, 0), -EPROTO);
	assert_int_equal(wire_get_pairs(&pairs, wire.data, 15), -EPROTO);
	((struct wire_pair *)wire.data)[1].padding = 1;
	assert_int_equal(wire_get_pairs(&pairs, wire.data, wire.size), -EPROTO);
	assert_int_equal(pairs.size, sizeof(some_pairs)); /* nothing half appended */
	wl_array_release(&wire);
	wl_array_release(&pairs);
}

TEST(too_many_pairs_are_refused)
{
	static struct wire_pair many[WIRE_PAIRS_MAX + 1];
	struct wl_array pairs;

	wl_array_init(&pairs);
	assert_int_equal(wire_get_pairs(&pairs, many, sizeof(many)), -E2BIG);
	assert_int_equal(wire_get_pairs(&pairs, many, sizeof(many) - sizeof(many[0])), 0);
	wl_array_release(&pairs);
}

TEST(tables_come_back)
{
	struct tenon_format_modifier *back = NULL;
	size_t len = 0;
	int fd = -1;

	assert_int_equal(wire_table_create(&fd, some_pairs, 3), 0);
	assert_int_equal(wire_table_read(&back, &len, fd, 48), 0);
	assert_int_equal(len, 3);
	assert_int_equal(back[1].modifier, some_pairs[1].modifier);
	free(back);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 48); /* as the writer left it: not moved */
	assert_true(ftruncate(fd, 16) < 0);           /* sealed */
	assert_int_equal(wire_table_read(&back, &len, fd, 0), 0);
	assert_null(back);
	assert_int_equal(wire_table_read(&back, &len, fd, 64), -EPROTO); /* larger than it is */
	assert_int_equal(wire_table_read(&back, &len, fd, 17), -EPROTO);
	assert_int_equal(wire_table_read(&back, &len, fd, 16 * (WIRE_TABLE_MAX + 1)), -E2BIG);
	close(fd);
}

static int read_from(int fd)
{
	struct tenon_format_modifier *back = NULL;
	size_t len = 0;
	int err;

	assert_true(fd >= 0);
	err = wire_table_read(&back, &len, fd, 16);
	close(fd);
	return err;
}

TEST(tables_in_wrong_files_are_refused)
{
	int fds[2];
	int fd;

	assert_int_equal(read_from(open("/dev/null", O_RDONLY | O_CLOEXEC)), -EPROTO);
	assert_int_equal(read_from(open("/dev/zero", O_RDONLY | O_CLOEXEC)), -EPROTO);
	assert_int_equal(read_from(open("/", O_RDONLY | O_CLOEXEC)), -EPROTO);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(read_from(fds[0]), -EPROTO); /* and does not wait */
	close(fds[1]);
	fd = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(fd, 16), 0);
	assert_int_equal(read_from(fd), -EPROTO);
	assert_int_equal(
		wire_table_read(&(struct tenon_format_modifier *){NULL}, &(size_t){0}, -1, 16),
		-EPROTO);
}

TEST(facts_come_back)
{
	const struct tenon_heap_info info = {
		.size = sizeof(info),
		.name = "cma",
		.availability = TENON_EXHAUSTED,
		.contiguity = TENON_CONTIGUITY_ASSURED,
		.cache = TENON_CACHE_UNCACHED,
		.protection = TENON_PROTECTION_NONE,
		.scarcity = 5,
		.free_bytes = 0,
		.total_bytes = UINT64_MAX,
		.max_bytes = 1 << 20,
		.granularity = 4096,
		.base_align = 65536,
		.address_min = 1,
		.address_max = UINT64_MAX,
		.dmabuf = true,
		.mappable = true,
		.own_fd = true,
		.segment_size = 1 << 16,
	};
	struct tenon_heap_info back;
	struct wl_array facts;

	wl_array_init(&facts);
	assert_int_equal(wire_put_facts(&facts, &info), 0);
	assert_int_equal(wire_get_facts(&back, facts.data, facts.size), 0);
	memcpy(back.name, info.name, sizeof(back.name)); /* travels apart */
	assert_int_equal(back.size, info.size);
	assert_int_equal(back.availability, info.availability);
	assert_int_equal(back.contiguity, info.contiguity);
	assert_int_equal(back.cache, info.cache);
	assert_int_equal(back.protection, info.protection);
	assert_int_equal(back.scarcity, info.scarcity);
	assert_int_equal(back.free_bytes, info.free_bytes);
	assert_true(back.total_bytes == info.total_bytes);
	assert_int_equal(back.max_bytes, info.max_bytes);
	assert_int_equal(back.granularity, info.granularity);
	assert_int_equal(back.base_align, info.base_align);
	assert_int_equal(back.address_min, info.address_min);
	assert_true(back.address_max == info.address_max);
	assert_true(back.dmabuf && back.mappable && back.own_fd);
	assert_int_equal(back.segment_size, info.segment_size);
	wl_array_release(&facts);
}

TEST(malformed_facts_are_refused)
{
	static const struct {
		struct wire_fact fact;
		int result;
	} cases[] = {
		{{1, 0, TENON_EXHAUSTED}, 0}, {{1, 0, TENON_EXHAUSTED + 1}, -EPROTO},
		{{2, 0, TENON_CONTIGUITY_ASSURED + 1}, -EPROTO}, {{3, 0, 4}, -EPROTO},
		{{4, 0, 4}, -EPROTO}, {{5, 0, (uint64_t)UINT32_MAX + 1}, -EPROTO},
		{{13, 0, 2}, -EPROTO}, {{16, 0, (uint64_t)UINT32_MAX + 1}, -EPROTO},
		{{6, 1, 0}, -EPROTO}, {{999, 0, 7}, 0}, /* a newer sender's */
	};
	struct wire_fact many[WIRE_FACTS_MAX + 1] = {0};
	struct tenon_heap_info info;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(wire_get_facts(&info, &cases[i].fact, sizeof(cases[i].fact)),
			cases[i].result);
	}
	assert_int_equal(wire_get_facts(&info, many, 7), -EPROTO);
	assert_int_equal(wire_get_facts(&info, many, sizeof(many)), -E2BIG);
	assert_int_equal(wire_get_facts(&info, NULL, 0), 0);
	assert_true(info.free_bytes == UINT64_MAX);
}

TEST(texts_are_cut_between_characters)
{
	char buf[8];

	wire_text(buf, 7, "short");
	assert_string_equal(buf, "short");
	wire_text(buf, 7, NULL);
	assert_string_equal(buf, "");
	wire_text(buf, 7, "1234567890");
	assert_string_equal(buf, "1234567");
	wire_text(buf, 7, "12345\xe2\x82\xac"); /* a euro sign does not fit */
	assert_string_equal(buf, "12345");
	wire_text(buf, 7, "1234\xe2\x82\xac");
	assert_string_equal(buf, "1234\xe2\x82\xac");
}

TEST(alternatives_that_must_be_understood_are_left_out)
{
	const struct wire_limit strange = {0x7fff | WIRE_MUST_UNDERSTAND, TENON_PLANE_ALL, 1};
	struct tenon_participant out = {0};
	struct wire_device device;

	wire_device_init(&device);
	assert_int_equal(wire_device_begin(&device, "gpu", 0, NULL, 0, TENON_YES), 0);
	assert_int_equal(
		wire_device_alternative(&device, TENON_ROLE_RENDER, &strange, sizeof(strange)), 0);
	assert_non_null(wl_array_add(&device.pairs, sizeof(some_pairs[0])));
	memcpy(device.pairs.data, some_pairs, sizeof(some_pairs[0]));
	assert_int_equal(wire_device_alternative(&device, TENON_ROLE_CPU, NULL, 0), 0);
	assert_non_null(wl_array_add(&device.pairs, sizeof(some_pairs[0])));
	memcpy(device.pairs.data, some_pairs, sizeof(some_pairs[0]));
	assert_int_equal(wire_device_heap(&device, TENON_PROP_HEAP, "memfd"), 0);
	assert_int_equal(wire_device_heap(&device, TENON_PROP_PITCH_MAX, "memfd"), -EPROTO);
	assert_int_equal(wire_device_heap(&device, TENON_PROP_HEAP, ""), -EPROTO);
	assert_int_equal(wire_device_source(&device, TENON_PROP_PITCH_MAX, "a book"), 0);
	assert_int_equal(wire_device_end(&device, &out), 0);
	assert_int_equal(tenon_offer_get_alternatives_len(out.offer), 1);
	assert_int_equal(tenon_offer_get_coherent(out.offer), TENON_YES);
	tenon_offer_unref(out.offer);
	wire_device_finish(&device);
}
