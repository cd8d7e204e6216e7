/* SPDX-License-Identifier: MIT */
/*
 * Bytes as offers: what is merged must be within an alternative of each device for each role asked
 * for; in another order the outcome is the same; the devices of a conflict do conflict, and without
 * any one of them they agree.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/constraint.h>

#include "constraint/meet.h"
#include "constraint/planes.h"
#include "fuzz.h"
#include "reader.h"

enum {
	DEVICES_MAX = 6,
	ALTERNATIVES_MAX = 4,
	PAIRS_MAX = 5,
	VALUES_MAX = 7,
};

/* Small numbers, powers of two and numbers next to them, or any. */
static uint64_t take_number(struct reader *in)
{
	unsigned kind = take(in, 1);
	uint64_t value = 0;

	switch (kind >> 6) {
	case 0:
		return kind & 0x3f;
	case 1:
		return UINT64_C(1) << (kind & 0x3f);
	case 2:
		return (UINT64_C(1) << (kind & 0x3f)) - 1 + take(in, 1) % 3;
	default:
		for (unsigned i = 0; i < (kind & 7) + 1; i++) {
			value = value << 8 | take(in, 1);
		}
		return value;
	}
}

static void take_value(struct reader *in, struct tenon_limits *limits)
{
	static const char *const heaps[] = {"a", "b", "c", "d"};
	const struct tenon_property_info *info = _tenon_property_list(take(in, 1) % 36);
	unsigned plane = take(in, 1);
	uint64_t value;

	if (info == NULL) {
		return;
	}
	if (info->property == TENON_PROP_HEAP) {
		require(tenon_limits_allow_heap(limits, heaps[plane % 4]) == 0);
		return;
	}
	if (info->property == TENON_PROP_HEAP_PREFERRED) {
		require(tenon_limits_prefer_heap(limits, heaps[plane % 4]) == 0);
		return;
	}
	value = take_number(in);
	if (info->kind == TENON_KIND_MASK) {
		value = 1 + value % info->mask;
	}
	/* what makes no sense is refused */
	tenon_limits_set(
		limits, info->property, plane % 5 == 4 ? TENON_PLANE_ALL : plane % 5, value);
	if (plane >= 250) {
		tenon_limits_set_unknown(limits, info->property, TENON_PLANE_ALL);
	}
}

static void take_alternative(struct reader *in, struct tenon_offer *offer)
{
	struct tenon_format_modifier pairs[PAIRS_MAX];
	struct tenon_limits *limits;
	unsigned first = take(in, 1);
	size_t pairs_len = 1 + first % PAIRS_MAX;
	size_t values = take(in, 1) % (VALUES_MAX + 1);
	int rc;

	require(tenon_limits_create(&limits) == 0);
	for (size_t i = 0; i < values; i++) {
		take_value(in, limits);
	}
	for (size_t i = 0; i < pairs_len; i++) {
		unsigned pair = take(in, 1);

		pairs[i] = (struct tenon_format_modifier){
			.format = pair % 4,
			.modifier = pair / 4 % 4,
		};
	}
	rc = tenon_offer_add(offer, 1 + first / PAIRS_MAX % 7, pairs, pairs_len, limits);
	require(rc == 0 || rc == -EINVAL);
	tenon_limits_destroy(limits);
}

static size_t take_participants(struct reader *in, struct tenon_participant *out)
{
	size_t len = 1 + take(in, 1) % DEVICES_MAX;

	for (size_t i = 0; i < len; i++) {
		unsigned head = take(in, 1);
		char name[2] = {(char)('a' + head % 8), '\0'};
		size_t alternatives = 1 + head / 8 % ALTERNATIVES_MAX;

		require(tenon_offer_create(&out[i].offer, name) == 0);
		out[i].roles = head / 32;
		for (size_t k = 0; k < alternatives; k++) {
			take_alternative(in, out[i].offer);
		}
	}
	return len;
}

static bool is_within_one(const struct tenon_offer *offer, uint32_t role,
	const struct tenon_format_modifier *pair, const struct tenon_limits *limits)
{
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *wide;
	uint32_t roles;
	size_t len;

	for (size_t i = 0; tenon_offer_get_alternative(offer, i, &roles, &pairs, &len, &wide) == 0;
		i++) {
		for (size_t k = 0; (roles & role) != 0 && k < len; k++) {
			if (pairs[k].modifier == pair->modifier &&
				(pairs[k].format == TENON_FORMAT_ANY ||
					pairs[k].format == pair->format) &&
				(_tenon_limits_compare(limits, wide, _tenon_planes_of(pair)) &
					TENON_WITHIN) != 0) {
				return true;
			}
		}
	}
	return false;
}

static void check_candidate(const struct tenon_participant *participants, size_t len,
	const struct tenon_merge *merge, size_t i)
{
	struct tenon_format_modifier pair;
	const struct tenon_limits *limits;

	require(tenon_merge_get_candidate(merge, i, &pair, &limits) == 0);
	require(_tenon_limits_find_contradiction(limits) == 0);
	for (size_t d = 0; d < len; d++) {
		uint32_t roles = participants[d].roles;

		require(roles != 0 ||
			is_within_one(participants[d].offer, TENON_ROLE_ANY, &pair, limits));
		for (uint32_t role = 1; role <= roles; role <<= 1) {
			require((roles & role) == 0 ||
				is_within_one(participants[d].offer, role, &pair, limits));
		}
	}
	for (size_t row = 0; _tenon_property_list(row) != NULL; row++) {
		free(tenon_merge_dup_askers(
			merge, i, _tenon_property_list(row)->property, TENON_PLANE_ALL));
	}
}

/* Those whose device is in the conflict, but for device number `without`. */
static size_t pick(const struct tenon_participant *from, size_t len,
	const struct tenon_conflict *conflict, size_t without, struct tenon_participant *out)
{
	size_t picked = 0;

	for (size_t i = 0; i < len; i++) {
		const char *device;

		for (size_t k = 0; tenon_conflict_get_device(conflict, k, &device, NULL, NULL) == 0;
			k++) {
			if (k != without &&
				strcmp(device, tenon_offer_get_device(from[i].offer)) == 0) {
				out[picked++] = from[i];
			}
		}
	}
	return picked;
}

static void check_conflict(const struct tenon_participant *participants, size_t len,
	const struct tenon_conflict *conflict)
{
	struct tenon_participant some[DEVICES_MAX];
	size_t devices = tenon_conflict_get_devices_len(conflict);
	struct tenon_merge *merge = NULL;
	size_t picked = pick(participants, len, conflict, SIZE_MAX, some);

	require(tenon_merge_create(&merge, some, picked, NULL) == TENON_CONFLICT);
	for (size_t i = 0; i < devices; i++) {
		picked = pick(participants, len, conflict, i, some);
		require(tenon_merge_create(&merge, some, picked, NULL) == 0);
		tenon_merge_destroy(merge);
	}
}

static void check_same(const struct tenon_merge *a, const struct tenon_merge *b)
{
	size_t len = tenon_merge_get_candidates_len(a);

	require(len == tenon_merge_get_candidates_len(b));
	for (size_t i = 0; i < len; i++) {
		struct tenon_format_modifier pa, pb;
		const struct tenon_limits *la, *lb;

		require(tenon_merge_get_candidate(a, i, &pa, &la) == 0);
		require(tenon_merge_get_candidate(b, i, &pb, &lb) == 0);
		require(pa.format == pb.format && pa.modifier == pb.modifier);
		require(_tenon_limits_order(la, lb) == 0);
	}
}

void fuzz_one(const uint8_t *data, size_t size)
{
	struct reader in = {data, size};
	struct tenon_participant participants[DEVICES_MAX], turned[DEVICES_MAX];
	size_t len = take_participants(&in, participants);
	struct tenon_merge *merge = NULL, *again = NULL;
	struct tenon_conflict *conflict = NULL, *other = NULL;
	int rc = tenon_merge_create(&merge, participants, len, &conflict);

	for (size_t i = 0; i < len; i++) {
		turned[i] = participants[len - 1 - i];
	}
	require(tenon_merge_create(&again, turned, len, &other) == rc);
	if (rc == 0) {
		check_same(merge, again);
		for (size_t i = 0; i < tenon_merge_get_candidates_len(merge); i++) {
			check_candidate(participants, len, merge, i);
		}
	} else {
		require(rc == TENON_CONFLICT);
		check_conflict(participants, len, conflict);
		require(strcmp(tenon_conflict_get_text(conflict), tenon_conflict_get_text(other)) ==
			0);
	}
	tenon_conflict_destroy(conflict);
	tenon_conflict_destroy(other);
	tenon_merge_destroy(merge);
	tenon_merge_destroy(again);
	for (size_t i = 0; i < len; i++) {
		tenon_offer_unref(participants[i].offer);
	}
}
