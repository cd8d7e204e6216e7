/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>

#include "device/limits_copy.h"
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
	if (ret == 0) {
		ret = device_limits_copy(kept, limits, lift ? &entry->text.lifted : NULL);
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
