/* SPDX-License-Identifier: MIT */
#include "constraint/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/names.h"
#include "constraint/padding.h"

int tenon_limits_create(struct tenon_limits **out)
{
	struct tenon_limits *limits = calloc(1, sizeof(*limits));

	if (limits == NULL) {
		return -ENOMEM;
	}
	limits->owns = true;
	*out = limits;
	return 0;
}

static size_t rows(void)
{
	size_t n = 0;

	while (_tenon_property_list(n) != NULL) {
		n++;
	}
	return n;
}

static void destroy_sources(char **sources)
{
	for (size_t i = 0; sources != NULL && i < rows(); i++) {
		free(sources[i]);
	}
	free(sources);
}

void tenon_limits_destroy(struct tenon_limits *limits)
{
	if (limits == NULL) {
		return;
	}
	if (limits->owns) {
		_tenon_names_finish(&limits->heaps);
		_tenon_names_finish(&limits->preferred);
		destroy_sources(limits->sources);
	}
	free(limits);
}

static int dup_sources(char ***out, char *const *sources)
{
	size_t n = rows();
	char **copy;

	if (sources == NULL) {
		*out = NULL;
		return 0;
	}
	copy = calloc(n, sizeof(*copy));
	if (copy == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		if (sources[i] == NULL) {
			continue;
		}
		copy[i] = strdup(sources[i]);
		if (copy[i] == NULL) {
			destroy_sources(copy);
			return -ENOMEM;
		}
	}
	*out = copy;
	return 0;
}

int tenon_limits_dup(struct tenon_limits **out, const struct tenon_limits *limits)
{
	struct tenon_limits *copy = malloc(sizeof(*copy));

	if (copy == NULL) {
		return -ENOMEM;
	}
	*copy = *limits;
	copy->owns = true;
	copy->heaps = (struct tenon_names){.set = false};
	copy->preferred = copy->heaps;
	copy->sources = NULL;
	if (_tenon_names_copy(&copy->heaps, &limits->heaps) < 0 ||
		_tenon_names_copy(&copy->preferred, &limits->preferred) < 0 ||
		dup_sources(&copy->sources, limits->sources) < 0) {
		tenon_limits_destroy(copy);
		return -ENOMEM;
	}
	*out = copy;
	return 0;
}

/* The row of a property that holds numbers, when it can be set for that plane; else NULL. */
static const struct tenon_property_info *find_number(enum tenon_property property, uint32_t plane)
{
	const struct tenon_property_info *info = _tenon_property_info(property);

	if (info == NULL || info->kind == TENON_KIND_PAIRS || info->kind == TENON_KIND_NAMES) {
		return NULL;
	}
	if (plane != TENON_PLANE_ALL && (!info->per_plane || plane >= TENON_MAX_PLANES)) {
		return NULL;
	}
	return info;
}

/* From here on each plane has values of its own. */
static void split_planes(struct tenon_limits *limits)
{
	if (!limits->split) {
		for (unsigned i = 1; i < TENON_MAX_PLANES; i++) {
			limits->plane[i] = limits->plane[0];
		}
		limits->split = true;
	}
}

/* A slot is set, or unknown, or neither. */
static void put_plane(struct tenon_limits_plane *plane, unsigned slot, bool unknown, uint64_t value)
{
	uint16_t bit = (uint16_t)(1u << slot);

	plane->set = (uint16_t)(unknown ? plane->set & ~bit : plane->set | bit);
	plane->unknown = (uint16_t)(unknown ? plane->unknown | bit : plane->unknown & ~bit);
	plane->value[slot] = value;
}

static void put(struct tenon_limits *limits, const struct tenon_property_info *info, uint32_t plane,
	bool unknown, uint64_t value)
{
	if (!info->per_plane) {
		uint32_t bit = UINT32_C(1) << info->slot;

		limits->set = unknown ? limits->set & ~bit : limits->set | bit;
		limits->unknown = unknown ? limits->unknown | bit : limits->unknown & ~bit;
		limits->scalar[info->slot] = value;
		return;
	}
	if (plane != TENON_PLANE_ALL) {
		split_planes(limits);
		put_plane(&limits->plane[plane], info->slot, unknown, value);
		return;
	}
	for (unsigned i = 0; i < (limits->split ? TENON_MAX_PLANES : 1u); i++) {
		put_plane(&limits->plane[i], info->slot, unknown, value);
	}
}

int tenon_limits_set(
	struct tenon_limits *limits, enum tenon_property property, uint32_t plane, uint64_t value)
{
	const struct tenon_property_info *info = find_number(property, plane);

	if (info == NULL) {
		return -EINVAL;
	}
	if (!_tenon_property_accepts(info, value)) {
		return -ERANGE;
	}
	put(limits, info, plane, false, value);
	return 0;
}

int tenon_limits_set_unknown(
	struct tenon_limits *limits, enum tenon_property property, uint32_t plane)
{
	const struct tenon_property_info *info = find_number(property, plane);

	if (info == NULL) {
		return -EINVAL;
	}
	put(limits, info, plane, true, 0);
	return 0;
}

/* The index of a property's row, or SIZE_MAX. */
static size_t row_of(enum tenon_property property)
{
	const struct tenon_property_info *info = _tenon_property_info(property);

	if (info == NULL) {
		return SIZE_MAX;
	}
	return (size_t)(info - _tenon_property_list(0));
}

int tenon_limits_set_source(
	struct tenon_limits *limits, enum tenon_property property, const char *source)
{
	size_t row = row_of(property);
	char *copy = NULL;

	if (row == SIZE_MAX) {
		return -EINVAL;
	}
	if (limits->sources == NULL) {
		if (source == NULL) {
			return 0;
		}
		limits->sources = calloc(rows(), sizeof(*limits->sources));
		if (limits->sources == NULL) {
			return -ENOMEM;
		}
	}
	if (source != NULL) {
		copy = strdup(source);
		if (copy == NULL) {
			return -ENOMEM;
		}
	}
	free(limits->sources[row]);
	limits->sources[row] = copy;
	return 0;
}

const char *tenon_limits_get_source(const struct tenon_limits *limits, enum tenon_property property)
{
	size_t row = limits->sources != NULL ? row_of(property) : SIZE_MAX;

	return row != SIZE_MAX ? limits->sources[row] : NULL;
}

static int read_plane(const struct tenon_limits_plane *plane, unsigned slot, uint64_t *value)
{
	if ((plane->set >> slot & 1) != 0) {
		*value = plane->value[slot];
		return 0;
	}
	return (plane->unknown >> slot & 1) != 0 ? -ENODATA : -ENOENT;
}

/* What all planes have in common, or -ERANGE. */
static int read_planes(const struct tenon_limits *limits, unsigned slot, uint64_t *value)
{
	uint64_t first = 0, other = 0;
	int rc = read_plane(&limits->plane[0], slot, &first);

	for (unsigned i = 1; limits->split && i < TENON_MAX_PLANES; i++) {
		if (read_plane(&limits->plane[i], slot, &other) != rc ||
			(rc == 0 && other != first)) {
			return -ERANGE;
		}
	}
	if (rc == 0) {
		*value = first;
	}
	return rc;
}

/* The value at a slot as it is kept. */
static int read_value(const struct tenon_limits *limits, const struct tenon_property_info *info,
	uint32_t plane, uint64_t *value)
{
	if (info->per_plane) {
		return plane == TENON_PLANE_ALL ? read_planes(limits, info->slot, value)
						: read_plane(_tenon_limits_of_plane(limits, plane),
							  info->slot, value);
	}
	if ((limits->set >> info->slot & 1) != 0) {
		*value = limits->scalar[info->slot];
		return 0;
	}
	return (limits->unknown >> info->slot & 1) != 0 ? -ENODATA : -ENOENT;
}

int tenon_limits_get(const struct tenon_limits *limits, enum tenon_property property,
	uint32_t plane, uint64_t *value)
{
	const struct tenon_property_info *info = find_number(property, plane);
	int rc = info != NULL ? read_value(limits, info, plane, value) : -EINVAL;

	if (rc == 0 && info->kind == TENON_KIND_PADDING) {
		*value = _tenon_padding_lcm(*value);
	}
	return rc;
}

int tenon_limits_add_padding(
	struct tenon_limits *limits, enum tenon_property property, uint32_t plane, uint64_t value)
{
	const struct tenon_property_info *info = find_number(property, plane);
	unsigned first = plane == TENON_PLANE_ALL ? 0 : plane;
	unsigned end = plane == TENON_PLANE_ALL ? TENON_MAX_PLANES : plane + 1;
	uint64_t sets[TENON_MAX_PLANES];

	if (info == NULL || info->kind != TENON_KIND_PADDING) {
		return -EINVAL;
	}
	if (!_tenon_property_accepts(info, value)) {
		return -ERANGE;
	}
	for (unsigned i = first; i < end; i++) {
		if (!_tenon_padding_meet(
			    _tenon_limits_plane(limits, i, info->slot), value, &sets[i])) {
			return -ENOSPC;
		}
	}
	if (plane == TENON_PLANE_ALL && !limits->split) {
		end = 1;
	}
	for (unsigned i = first; i < end; i++) {
		put(limits, info, limits->split || plane != TENON_PLANE_ALL ? i : TENON_PLANE_ALL,
			false, sets[i]);
	}
	return 0;
}

size_t tenon_limits_get_paddings(const struct tenon_limits *limits, enum tenon_property property,
	uint32_t plane, uint32_t out[TENON_PADDINGS_MAX])
{
	const struct tenon_property_info *info = find_number(property, plane);
	uint64_t set;

	if (info == NULL || info->kind != TENON_KIND_PADDING ||
		read_value(limits, info, plane, &set) != 0) {
		return 0;
	}
	return _tenon_padding_get(set, out);
}

size_t tenon_limits_list(
	const struct tenon_limits *limits, enum tenon_property out[TENON_NUMBERS_MAX])
{
	const uint32_t scalars = limits->set | limits->unknown;
	const struct tenon_property_info *info;
	uint32_t slots = 0;
	size_t len = 0;

	for (unsigned i = 0; i < TENON_MAX_PLANES; i++) {
		const struct tenon_limits_plane *plane = _tenon_limits_of_plane(limits, i);

		slots |= (uint32_t)(plane->set | plane->unknown);
	}
	for (size_t i = 0; (info = _tenon_property_list(i)) != NULL; i++) {
		bool number = info->kind != TENON_KIND_PAIRS && info->kind != TENON_KIND_NAMES;

		if (number && ((info->per_plane ? slots : scalars) >> info->slot & 1) != 0) {
			out[len++] = info->property;
		}
	}
	return len;
}

bool tenon_limits_is_unknown(
	const struct tenon_limits *limits, enum tenon_property property, uint32_t plane)
{
	const struct tenon_property_info *info = find_number(property, plane);
	unsigned unknown = 0;

	if (info == NULL) {
		return false;
	}
	if (!info->per_plane) {
		return (limits->unknown >> info->slot & 1) != 0;
	}
	if (plane != TENON_PLANE_ALL) {
		return (_tenon_limits_of_plane(limits, plane)->unknown >> info->slot & 1) != 0;
	}
	for (unsigned i = 0; i < TENON_MAX_PLANES; i++) {
		unknown |= _tenon_limits_of_plane(limits, i)->unknown;
	}
	return (unknown >> info->slot & 1) != 0;
}

int tenon_limits_allow_heap(struct tenon_limits *limits, const char *name)
{
	return _tenon_names_insert(&limits->heaps, name);
}

int tenon_limits_prefer_heap(struct tenon_limits *limits, const char *name)
{
	return _tenon_names_append(&limits->preferred, name);
}

const char *const *tenon_limits_get_heaps(
	const struct tenon_limits *limits, enum tenon_property property)
{
	switch (property) {
	case TENON_PROP_HEAP:
		return limits->heaps.name;
	case TENON_PROP_HEAP_PREFERRED:
		return limits->preferred.name;
	default:
		return NULL;
	}
}

bool _tenon_limits_accept_heap(const struct tenon_limits *limits, const char *name)
{
	return !limits->heaps.set || _tenon_names_find(&limits->heaps, name) != SIZE_MAX;
}

size_t _tenon_limits_rank_heap(const struct tenon_limits *limits, const char *name)
{
	return _tenon_names_find(&limits->preferred, name);
}
