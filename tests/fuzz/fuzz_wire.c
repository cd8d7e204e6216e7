/* SPDX-License-Identifier: MIT */
/*
 * Tables of formats, arrays of limits, pairs and facts as they come from another process: whatever
 * is accepted is written and read back the same. The first byte says which it is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wayland/wire/wire.h"

#include "fuzz.h"

static void require(int condition)
{
	if (!condition) {
		abort();
	}
}

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

void fuzz_one(const uint8_t *data, size_t size)
{
	static void (*const tries[])(const uint8_t *data, size_t size) = {
		try_table, try_pairs, try_limits, try_facts, try_device};

	if (size == 0) {
		return;
	}
	tries[data[0] % (sizeof(tries) / sizeof(tries[0]))](data + 1, size - 1);
}
