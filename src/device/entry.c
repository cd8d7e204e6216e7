/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>

#include "config/limits_text.h"
#include "config/limits_value.h"
#include "device/table.h"

static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

const char *tenon_device_entry_get_name(const struct tenon_device_entry *entry)
{
	return entry->text.name;
}

const char *tenon_device_entry_get_driver(const struct tenon_device_entry *entry)
{
	return entry->text.driver.text != NULL ? entry->text.driver.text : entry->text.name;
}

const char *tenon_device_entry_get_bus(const struct tenon_device_entry *entry)
{
	return or_empty(entry->text.bus.text);
}

const char *tenon_device_entry_get_description(const struct tenon_device_entry *entry)
{
	return or_empty(entry->text.description.text);
}

const char *tenon_device_entry_get_note(const struct tenon_device_entry *entry)
{
	return or_empty(entry->text.note.text);
}

const char *tenon_device_entry_get_origin(const struct tenon_device_entry *entry)
{
	return entry->origin;
}

struct tenon_offer *tenon_device_entry_get_offer(const struct tenon_device_entry *entry)
{
	return entry->text.offer;
}

bool tenon_device_entry_is_lifted_by_iommu(
	const struct tenon_device_entry *entry, enum tenon_property property)
{
	return property_set_has(&entry->text.lifted, property);
}

/* Copies what width or height is padded to. */
static int copy_paddings(struct tenon_limits *to, const struct tenon_limits *from,
	enum tenon_property property, uint32_t plane)
{
	uint32_t list[TENON_PADDINGS_MAX];
	size_t len = tenon_limits_get_paddings(from, property, plane, list);
	int ret = 0;

	for (size_t i = 0; i < len && ret == 0; i++) {
		ret = tenon_limits_add_padding(to, property, plane, list[i]);
	}
	return ret;
}

/* Copies one value, or that it is unknown; nothing when there is none. */
static int copy_value(struct tenon_limits *to, const struct tenon_limits *from,
	enum tenon_property property, uint32_t plane)
{
	uint64_t value = 0;

	switch (tenon_limits_get(from, property, plane, &value)) {
	case 0:
		return limits_value_is_padding(property)
			       ? copy_paddings(to, from, property, plane)
			       : tenon_limits_set(to, property, plane, value);
	case -ENODATA:
		return tenon_limits_set_unknown(to, property, plane);
	default:
		return 0;
	}
}

static int copy_heaps(
	struct tenon_limits *to, const struct tenon_limits *from, enum tenon_property property)
{
	const char *const *names = tenon_limits_get_heaps(from, property);
	int ret = 0;

	for (size_t i = 0; names != NULL && names[i] != NULL && ret == 0; i++) {
		ret = property == TENON_PROP_HEAP ? tenon_limits_allow_heap(to, names[i])
						  : tenon_limits_prefer_heap(to, names[i]);
	}
	return ret;
}

static int copy_property(
	struct tenon_limits *to, const struct tenon_limits *from, enum tenon_property property)
{
	const char *source = tenon_limits_get_source(from, property);
	int ret = 0;

	if (limits_value_is_names(property)) {
		ret = copy_heaps(to, from, property);
	} else if (!tenon_property_is_per_plane(property)) {
		ret = copy_value(to, from, property, TENON_PLANE_ALL);
	} else {
		for (uint32_t i = 0; i < TENON_MAX_PLANES && ret == 0; i++) {
			ret = copy_value(to, from, property, i);
		}
	}
	return ret == 0 && source != NULL ? tenon_limits_set_source(to, property, source) : ret;
}

/* Copies alternative i without what an IOMMU lifts. */
static int add_lifted(
	struct tenon_offer *offer, const struct tenon_device_entry *entry, size_t i, bool lift)
{
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	struct tenon_limits *kept = NULL;
	size_t pairs_len;
	uint32_t roles;
	int ret;

	ret = tenon_offer_get_alternative(
		entry->text.offer, i, &roles, &pairs, &pairs_len, &limits);
	if (ret == 0) {
		ret = tenon_limits_create(&kept);
	}
	for (unsigned p = 0; p < PROPERTY_MAX && ret == 0; p++) {
		if (limits_value_exists(p) &&
			!(lift && tenon_device_entry_is_lifted_by_iommu(entry, p))) {
			ret = copy_property(kept, limits, p);
		}
	}
	if (ret == 0) {
		ret = tenon_offer_add(offer, roles, pairs, pairs_len, kept);
	}
	tenon_limits_destroy(kept);
	return ret;
}

int tenon_device_entry_create_offer(struct tenon_offer **out,
	const struct tenon_device_entry *entry, const char *name, enum tenon_iommu iommu)
{
	size_t len = tenon_offer_get_alternatives_len(entry->text.offer);
	struct tenon_offer *offer = NULL;
	int ret;

	if (name == NULL && iommu != TENON_IOMMU_TRANSLATES) {
		*out = tenon_offer_ref(entry->text.offer);
		return 0;
	}
	ret = tenon_offer_create(&offer, name != NULL ? name : entry->text.name);
	for (size_t i = 0; i < len && ret == 0; i++) {
		ret = add_lifted(offer, entry, i, iommu == TENON_IOMMU_TRANSLATES);
	}
	if (ret < 0) {
		tenon_offer_unref(offer);
		return ret;
	}
	tenon_offer_set_coherent(offer, tenon_offer_get_coherent(entry->text.offer));
	tenon_offer_set_dev(offer, tenon_offer_get_dev(entry->text.offer));
	*out = offer;
	return 0;
}
