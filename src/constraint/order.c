/* SPDX-License-Identifier: MIT */
#include "constraint/meet.h"
#include "constraint/names.h"
#include "constraint/padding.h"

#include <string.h>

enum {
	SLOTS_PREFERRED =
		1 << TENON_PLANE_PITCH_PREFERRED | 1 << TENON_PLANE_PITCH_PREFERRED_REMAINDER,
};

static bool within(unsigned kind, uint64_t a, uint64_t b)
{
	switch (kind) {
	case TENON_KIND_MIN:
	case TENON_KIND_FLAG:
		return a >= b;
	case TENON_KIND_MAX:
	case TENON_KIND_ADDRESS:
	case TENON_KIND_BOUNDARY:
		return a <= b;
	case TENON_KIND_ALIGN:
		return a % b == 0;
	case TENON_KIND_PADDING:
		return _tenon_padding_within(a, b);
	case TENON_KIND_MASK:
		return (a & ~b) == 0;
	case TENON_KIND_EXACT:
		return b == 0 || a == b; /* 0: none */
	default:
		return a == b;
	}
}

bool _tenon_value_within(const struct tenon_property_info *info, uint64_t a, uint64_t b)
{
	return within(info->kind, a, b);
}

bool _tenon_congruence_within(struct tenon_congruence a, struct tenon_congruence b)
{
	/* UINT64_MAX as the modulus: a single number (number.h) */
	if (a.multiple == UINT64_MAX) {
		uint64_t number = a.remainder != 0 ? a.remainder : UINT64_MAX;

		return number % b.multiple == b.remainder;
	}
	return a.multiple % b.multiple == 0 && a.remainder % b.multiple == b.remainder;
}

static unsigned compare_planes(
	const struct tenon_limits_plane *a, const struct tenon_limits_plane *b, unsigned order)
{
	unsigned bits = (a->set | b->set) & ~(unsigned)SLOTS_PREFERRED;

	for (unsigned i = 0; i < TENON_PLANE_PITCH_PREFERRED; i += 2) {
		if ((bits >> i & 3) != 0) {
			struct tenon_congruence ca = _tenon_congruence_at(a, i);
			struct tenon_congruence cb = _tenon_congruence_at(b, i);

			order &= (_tenon_congruence_within(ca, cb) ? TENON_WITHIN : 0u) |
				 (_tenon_congruence_within(cb, ca) ? TENON_AROUND : 0u);
		}
	}
	for (unsigned i = TENON_PLANE_PITCH_EXACT; bits >> i != 0 && order != 0; i++) {
		uint64_t va, vb;

		if ((bits >> i & 1) == 0) {
			continue;
		}
		va = (a->set >> i & 1) != 0 ? a->value[i] : _tenon_plane_neutral[i];
		vb = (b->set >> i & 1) != 0 ? b->value[i] : _tenon_plane_neutral[i];
		order &= (within(_tenon_plane_kind[i], va, vb) ? TENON_WITHIN : 0u) |
			 (within(_tenon_plane_kind[i], vb, va) ? TENON_AROUND : 0u);
	}
	return order;
}

unsigned _tenon_limits_compare(
	const struct tenon_limits *a, const struct tenon_limits *b, unsigned planes)
{
	unsigned order = TENON_WITHIN | TENON_AROUND;
	uint32_t bits = a->set | b->set;

	if (a == b) {
		return order;
	}
	for (unsigned i = 0; i < (a->split || b->split ? planes : 1u) && order != 0; i++) {
		order = compare_planes(
			_tenon_limits_of_plane(a, i), _tenon_limits_of_plane(b, i), order);
	}
	for (unsigned i = 0; bits >> i != 0 && order != 0; i++) {
		if ((bits >> i & 1) != 0) {
			uint64_t va = _tenon_limits_scalar(a, i), vb = _tenon_limits_scalar(b, i);

			order &= (within(_tenon_scalar_kind[i], va, vb) ? TENON_WITHIN : 0u) |
				 (within(_tenon_scalar_kind[i], vb, va) ? TENON_AROUND : 0u);
		}
	}
	if (order != 0 && (a->heaps.set || b->heaps.set)) {
		order &= (_tenon_names_is_subset(&a->heaps, &b->heaps) ? TENON_WITHIN : 0u) |
			 (_tenon_names_is_subset(&b->heaps, &a->heaps) ? TENON_AROUND : 0u);
	}
	return order;
}

static int order_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int order_values(const uint64_t *a, const uint64_t *b, uint32_t set)
{
	int order = 0;

	for (unsigned i = 0; set >> i != 0 && order == 0; i++) {
		if ((set >> i & 1) != 0) {
			order = order_numbers(a[i], b[i]);
		}
	}
	return order;
}

static int order_names(const struct tenon_names *a, const struct tenon_names *b)
{
	int order = order_numbers(a->len, b->len);

	for (size_t i = 0; i < a->len && order == 0; i++) {
		order = strcmp(a->name[i], b->name[i]);
	}
	return order;
}

int _tenon_limits_order(const struct tenon_limits *a, const struct tenon_limits *b)
{
	int order = order_numbers(a->set, b->set);

	if (order == 0) {
		order = order_numbers(a->unknown, b->unknown);
	}
	if (order == 0) {
		order = order_values(a->scalar, b->scalar, a->set);
	}
	for (unsigned i = 0; i < (a->split || b->split ? TENON_MAX_PLANES : 1u) && order == 0;
		i++) {
		const struct tenon_limits_plane *pa = _tenon_limits_of_plane(a, i);
		const struct tenon_limits_plane *pb = _tenon_limits_of_plane(b, i);

		order = order_numbers(pa->set, pb->set);
		if (order == 0) {
			order = order_numbers(pa->unknown, pb->unknown);
		}
		if (order == 0) {
			order = order_values(pa->value, pb->value, pa->set);
		}
	}
	if (order == 0) {
		order = order_names(&a->heaps, &b->heaps);
	}
	if (order == 0) {
		order = order_names(&a->preferred, &b->preferred);
	}
	return order;
}
